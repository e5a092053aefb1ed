//! Which names tell of secrets: of fields, of parameters, of elements, of commands.
//!
//! Some parts tell wherever they stand, as `password` in `dbpassword2`. Others are words of
//! ordinary names too and tell only as words of their own, at the end of a name or before others
//! that say no more than which it is: `pass` in `UserPass` and `pass_confirm`, but not in
//! `compass` or `pass-through`; `key` where the word before it says that it opens something.

mod words;

use words::{in_segments, is_camel_case, is_secret_by_words};

/// As many bytes of a name as are compared; of longer names the end.
pub(super) const NAME: usize = 64;

/// A name, its letters in lower case, and which of them were not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub(super) bytes: &'a [u8],
    /// A bit each, of the first byte the lowest.
    pub(super) upper: u64,
}

/// What the value of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// A scheme and a secret.
    Credentials,
    /// A scheme, and a secret with some.
    Challenge,
    /// A secret.
    Secret,
}

/// What a name tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Whether a parameter, a member, an element or a part of a form is a secret.
    pub(super) secret: bool,
    /// Whether a parameter is in a query or a form; elsewhere it need not be.
    pub(super) parameter: bool,
    /// What a field holds.
    pub(super) field: Option<Field>,
    /// Whether it is a field only where it begins a line: alone it is a word of any text.
    pub(super) begins_line: bool,
}

impl Told {
    fn or(self, other: Self) -> Self {
        Self {
            secret: self.secret || other.secret,
            parameter: self.parameter || other.parameter,
            begins_line: match (self.field, other.field) {
                (Some(_), Some(_)) => self.begins_line && other.begins_line,
                _ => self.begins_line || other.begins_line,
            },
            field: self.field.or(other.field),
        }
    }

    /// Whether a colon behind the name begins a secret.
    pub(super) fn field_at(self, begins_line: bool) -> Option<Field> {
        self.field.filter(|_| begins_line || !self.begins_line)
    }
}

/// What a name tells.
pub(super) fn told(name: Name<'_>) -> Told {
    if name.bytes.is_empty() {
        return Told::default();
    }
    in_segments(name, told_by_segment)
}

fn told_by_segment(name: Name<'_>) -> Told {
    let field = |kind| Told {
        field: Some(kind),
        ..Told::default()
    };
    match name.bytes {
        b"code" => {
            return Told {
                parameter: true,
                ..Told::default()
            };
        }
        b"www-authenticate" | b"proxy-authenticate" => return field(Field::Challenge),
        b"authentication-info" | b"proxy-authentication-info" => return field(Field::Secret),
        b"cookie2" | b"set-cookie2" => return field(Field::Secret),
        // Says whether there may be some.
        b"access-control-allow-credentials" => return Told::default(),
        _ => {}
    }
    let ends = |end: &[u8]| name.bytes.ends_with(end);
    let always = ends(b"authorization") || ends(b"cookie") || has_secret_part(name.bytes);
    if !always && !is_secret_by_words(name) {
        return Told::default();
    }
    let credentials = ends(b"authorization") || ends(b"authentication") || ends(b"auth");
    let is_one_word = || name.bytes.iter().all(u8::is_ascii_alphanumeric) && !is_camel_case(name);
    Told {
        secret: true,
        parameter: true,
        field: Some(if credentials {
            Field::Credentials
        } else {
            Field::Secret
        }),
        begins_line: !always && is_one_word(),
    }
}

/// What follows a command of FTP or mail.
pub(super) fn command(name: &[u8]) -> Option<Field> {
    match name {
        b"pass" | b"acct" | b"adat" => Some(Field::Secret),
        b"auth" => Some(Field::Credentials),
        _ => None,
    }
}

/// Whether a part of the name alone says that it is a secret.
pub(super) fn has_secret_part(name: &[u8]) -> bool {
    (0..name.len()).any(|at| {
        let rest = &name[at..];
        // All names of a dump come by here: two bytes say no to most of their places.
        let parts: &[&str] = match rest {
            [b'a', b'c', ..] => &[
                "access-key",
                "access_key",
                "accesskey",
                "account-key",
                "account_key",
                "accountkey",
            ],
            [b'a', b'p', ..] => &["api-key", "api_key", "apikey"],
            [b'a', b'u', ..] => &["auth-key", "auth_key", "authkey"],
            [b'c', b'r', ..] => &["credential"],
            [b'c', b's', ..] | [b'x', b's', ..] => &["csrf", "xsrf"],
            [b'f', b'u', ..] => &["functions-key"],
            [b'j', b'w', ..] => &["jwt"],
            [b'p', b'a', ..] => &["passcode", "passphrase", "passwd", "password"],
            [b'p', b'r', ..] => &["private-key", "private_key", "privatekey"],
            [b'p', b'w', ..] => &["pwd"],
            [b's', b'a', ..] => &[
                "samlart",
                "samlrequest",
                "samlresponse",
                "saml-re",
                "saml_re",
            ],
            [b's', b'e', ..] => match rest.strip_prefix(b"secret") {
                Some(rest) => return !rest.starts_with(b"ar"),
                None => &["sessid", "session-id", "session_id", "sessionid"],
            },
            [b's', b'i', ..] => &["signature"],
            [b's', b'u', ..] => &["subscription-key"],
            [b't', b'o', ..] => match rest.strip_prefix(b"token") {
                // To take a text apart.
                Some(rest) => return !rest.starts_with(b"iz") && !rest.starts_with(b"ise"),
                None => return false,
            },
            _ => return false,
        };
        parts.iter().any(|part| rest.starts_with(part.as_bytes()))
    })
}

#[cfg(test)]
mod tests;
