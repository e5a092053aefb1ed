//! Which names tell of secrets: of fields, of parameters, of commands. All in lower case.

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

/// Whether a field of this name carries secrets.
pub(super) fn field(name: &[u8]) -> Option<Field> {
    in_segments(name, |name| match name {
        b"www-authenticate" | b"proxy-authenticate" => Some(Field::Challenge),
        b"cookie" | b"cookie2" | b"set-cookie" | b"set-cookie2" => Some(Field::Secret),
        b"authentication-info" | b"proxy-authentication-info" => Some(Field::Secret),
        b"access-control-allow-credentials" => None,
        _ if name.ends_with(b"authorization") => Some(Field::Credentials),
        _ => has_secret_part(name).then_some(Field::Secret),
    })
}

/// Asks of a name and, if it is one as `user[password]` or `user%5Bpassword%5D`, of its segments.
fn in_segments<T>(name: &[u8], ask: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    let special = |byte: &u8| matches!(byte, b'[' | b']' | b'%');
    if !name.iter().any(special) {
        return ask(name);
    }
    let mut decoded = Vec::with_capacity(name.len());
    let mut rest = name;
    while let [byte, tail @ ..] = rest {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let octet = match tail {
            [high, low, ..] if *byte == b'%' => digit(*high).zip(digit(*low)),
            _ => None,
        };
        if let Some(octet) = octet.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
            decoded.push(octet.to_ascii_lowercase());
            rest = &tail[2..];
        } else {
            decoded.push(*byte);
            rest = tail;
        }
    }
    let ends = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'.');
    decoded.split(ends).find_map(ask)
}

/// What follows a command of FTP or mail.
pub(super) fn command(name: &[u8]) -> Option<Field> {
    match name {
        b"pass" | b"acct" | b"adat" => Some(Field::Secret),
        b"auth" => Some(Field::Credentials),
        _ => None,
    }
}

/// Whether a parameter of this name is a secret in a query or a form; elsewhere it need not be.
pub(super) fn is_parameter(name: &[u8]) -> bool {
    in_segments(name, |name| (name == b"code").then_some(())).is_some()
}

/// Whether a parameter of this name is a secret.
pub(super) fn is_secret(name: &[u8]) -> bool {
    const NAMES: &[&str] = &[
        "assertion",
        "auth",
        "authorization",
        "client_assertion",
        "cookie",
        "jsessionid",
        "key",
        "otp",
        "pass",
        "phpsessid",
        "pin",
        "samlresponse",
        "session",
        "session_id",
        "sessionid",
        "set-cookie",
        "sid",
        "sig",
        "x-amz-credential",
    ];
    in_segments(name, |name| {
        let known = NAMES.iter().any(|text| text.as_bytes() == name)
            || name.ends_with(b"authorization")
            || has_secret_part(name);
        known.then_some(())
    })
    .is_some()
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
            [b'f', b'u', ..] => &["functions-key"],
            [b'p', b'a', ..] => &["passphrase", "passwd", "password"],
            [b'p', b'r', ..] => &["private-key", "private_key", "privatekey"],
            [b'p', b'w', ..] => &["pwd"],
            [b's', b'e', ..] => &["secret"],
            [b's', b'i', ..] => &["signature"],
            [b's', b'u', ..] => &["subscription-key"],
            [b't', b'o', ..] => &["token"],
            _ => return false,
        };
        parts.iter().any(|part| rest.starts_with(part.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of them, wherever it stands in a name.
    #[test]
    fn trace_redaction_of_parts_of_names() {
        for part in [
            "access-key",
            "access_key",
            "accesskey",
            "account-key",
            "account_key",
            "accountkey",
            "api-key",
            "api_key",
            "apikey",
            "auth-key",
            "auth_key",
            "authkey",
            "credential",
            "functions-key",
            "passphrase",
            "passwd",
            "password",
            "private-key",
            "private_key",
            "privatekey",
            "pwd",
            "secret",
            "signature",
            "subscription-key",
            "token",
        ] {
            for name in [
                part,
                &format!("a{part}"),
                &format!("{part}s"),
                &format!("x-{part}-1"),
            ] {
                assert!(has_secret_part(name.as_bytes()), "{name}");
            }
            assert!(!has_secret_part(&part.as_bytes()[1..]), "{part}");
            assert!(
                !has_secret_part(&part.as_bytes()[..part.len() - 1]),
                "{part}"
            );
        }
    }
}
