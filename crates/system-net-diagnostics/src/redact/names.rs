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
    match name {
        b"authorization" | b"proxy-authorization" => Some(Field::Credentials),
        b"www-authenticate" | b"proxy-authenticate" => Some(Field::Challenge),
        b"cookie" | b"cookie2" | b"set-cookie" | b"set-cookie2" => Some(Field::Secret),
        b"authentication-info" | b"proxy-authentication-info" => Some(Field::Secret),
        _ => has_secret_part(name).then_some(Field::Secret),
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
        "private_key",
        "pwd",
        "samlresponse",
        "session",
        "session_id",
        "sessionid",
        "set-cookie",
        "sid",
        "sig",
        "x-amz-credential",
    ];
    NAMES.iter().any(|text| text.as_bytes() == name) || has_secret_part(name)
}

/// Whether a part of the name alone says that it is a secret.
fn has_secret_part(name: &[u8]) -> bool {
    const PARTS: &[&str] = &[
        "api-key",
        "api_key",
        "apikey",
        "functions-key",
        "passphrase",
        "passwd",
        "password",
        "secret",
        "signature",
        "subscription-key",
        "token",
    ];
    PARTS.iter().any(|part| {
        let part = part.as_bytes();
        name.windows(part.len()).any(|window| window == part)
    })
}
