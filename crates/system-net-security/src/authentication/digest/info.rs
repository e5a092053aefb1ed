//! What `Authentication-Info` says (RFC 7616 section 3.5): with each response of some servers, so that
//! its usual form is read without copies.

use super::super::Challenge;

/// The parameters that count, without quotes and escapes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Info<'a> {
    pub(super) proof: Option<&'a str>,
    pub(super) cnonce: Option<&'a str>,
    pub(super) nc: Option<&'a str>,
    pub(super) qop: Option<&'a str>,
    pub(super) next_nonce: Option<&'a str>,
}

impl<'a> Info<'a> {
    /// Reads a field of the usual form: names with tokens, or with quoted strings that have no
    /// escapes, a comma between them, nothing twice. `None` for others, which may be right too.
    pub(super) fn of_usual(field: &'a [u8]) -> Option<Self> {
        let mut rest = std::str::from_utf8(field).ok()?;
        let mut info = Self::default();
        loop {
            let (name, behind) = rest.split_once('=')?;
            let (value, behind) = match behind.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => {
                    let end = behind.bytes().position(|b| !b.is_ascii_alphanumeric());
                    match behind.split_at(end.unwrap_or(behind.len())) {
                        ("", _) => return None,
                        token => token,
                    }
                }
            };
            if !value.bytes().all(is_usual) {
                return None;
            }
            let place = match name {
                "rspauth" => &mut info.proof,
                "cnonce" => &mut info.cnonce,
                "nc" => &mut info.nc,
                "qop" => &mut info.qop,
                "nextnonce" => &mut info.next_nonce,
                _ => return None,
            };
            if place.replace(value).is_some() {
                return None;
            }
            if behind.is_empty() {
                return Some(info);
            }
            rest = behind
                .strip_prefix(", ")
                .or_else(|| behind.strip_prefix(','))?;
        }
    }

    /// What a field says that was read by the rules.
    pub(super) fn of(info: &'a Challenge) -> Self {
        Self {
            proof: info.parameter("rspauth"),
            cnonce: info.parameter("cnonce"),
            nc: info.parameter("nc"),
            qop: info.parameter("qop"),
            next_nonce: info.parameter("nextnonce"),
        }
    }
}

/// Visible characters of ASCII that mean nothing of their own in quotes.
const fn is_usual(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The usual reader gives what the rules give, or nothing.
    #[track_caller]
    fn check(field: &str, is_usual: bool) {
        let usual = Info::of_usual(field.as_bytes());
        assert_eq!(usual.is_some(), is_usual, "{field}");
        let read = Challenge::parse_info(field.as_bytes());
        if let Some(usual) = usual {
            let read = read.unwrap_or_else(|| panic!("{field}: the rules refuse it"));
            assert_eq!(usual, Info::of(&read), "{field}");
        }
    }

    #[test]
    fn usual_fields() {
        let apache = "rspauth=\"0ce71e68\", cnonce=\"MzI2YTAxZWQ=\", nc=00000001, qop=auth";
        check(apache, true);
        check("nextnonce=\"a/b+c==\",qop=auth,nc=00000002", true);
        check("qop=\"auth\"", true);
        check("rspauth=\"\"", true);
        check("nextnonce=\"a,b\"", true);
        for other in [
            "",
            " ",
            "rspauth",
            "rspauth=",
            "rspauth=\"a",
            "rspauth=\"a\\\"b\"",
            "RSPAUTH=\"a\"",
            "rspauth = \"a\"",
            "rspauth=\"a\", rspauth=\"b\"",
            "rspauth=\"a\",",
            "rspauth=\"a\", , nc=1",
            "rspauth=\"a\"; nc=1",
            "rspauth=\"a\"nc=1",
            "qop=auth nc=1",
            "qop=auth,nc=1\"",
            "other=1, qop=auth",
            "nextnonce=\"\u{e4}\"",
            "nextnonce=\"a b\"",
            "nc=1-2",
        ] {
            check(other, false);
        }
    }
}
