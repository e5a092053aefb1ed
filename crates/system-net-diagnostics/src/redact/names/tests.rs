//! Names that tell of secrets, and ordinary ones.

use super::*;

#[track_caller]
fn of(name: &str) -> Told {
    let lower = name.to_ascii_lowercase();
    let upper = name.bytes().enumerate();
    told(Name {
        bytes: lower.as_bytes(),
        upper: upper.fold(0, |upper, (at, byte)| {
            upper | u64::from(byte.is_ascii_uppercase()) << at
        }),
    })
}

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
        "csrf",
        "functions-key",
        "jwt",
        "passcode",
        "passphrase",
        "passwd",
        "password",
        "private-key",
        "private_key",
        "privatekey",
        "pwd",
        "samlart",
        "samlrequest",
        "samlresponse",
        "secret",
        "sessid",
        "session-id",
        "session_id",
        "sessionid",
        "signature",
        "subscription-key",
        "token",
        "xsrf",
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

/// Of fields, parameters, members and elements alike.
#[test]
fn trace_redaction_of_telling_names() {
    for name in [
        "X-Session-Id",
        "sessionid",
        "SessionId",
        "X-Auth",
        "X-Authentication",
        "X-CSRF",
        "X-CSRF-Token",
        "_csrf",
        "csrfmiddlewaretoken",
        "X-XSRF-TOKEN",
        "X-JWT-Assertion",
        "Cf-Access-Jwt-Assertion",
        "DPoP",
        "Key",
        "key",
        "x-ms-encryption-key",
        "x-amz-server-side-encryption-customer-key",
        "x-amz-server-side-encryption-customer-key-MD5",
        "Ocp-Apim-Subscription-Key",
        "UserPass",
        "userPass",
        "userpass",
        "user_pass",
        "db_pass",
        "dbPass",
        "DB_PASS",
        "pass",
        "pass1",
        "pass_2",
        "pass_confirm",
        "newPassRepeat",
        "passcode",
        "passCode",
        "pw",
        "user_pw",
        "pin",
        "pinCode",
        "otp",
        "otp_value",
        "jwt",
        "id_jwt",
        "ASP.NET_SessionId",
        "ASPSESSIONIDQACBDTTQ",
        "PHPSESSID",
        "JSESSIONID",
        "connect.sid",
        "session",
        "user_session",
        "sid2",
        "authorization_code",
        "authCode",
        "code_verifier",
        "codeVerifier",
        "device_code",
        "user_code",
        "verificationCode",
        "ticket",
        "x-ticket",
        "client_assertion",
        "SAMLRequest",
        "SAMLResponse",
        "SAMLart",
        "samlResponse",
        "creds",
        "awsCredentials",
        "psk",
        "sig",
        "clientKey",
        "client_key",
        "masterKey",
        "encryptionkey",
        "AWSAccessKeyId",
        "X-OAuth",
        "proxyAuth",
        "myauthorization",
        "user[db_pass]",
        "user[dbPass]",
        "user%5BdbPass%5D",
        "user%5Bdb%50ass%5D",
    ] {
        let told = of(name);
        assert!(
            told.secret && told.parameter && told.field.is_some(),
            "{name}: {told:?}"
        );
    }
}

/// They stay readable.
#[test]
fn trace_redaction_spares_ordinary_names() {
    for name in [
        "",
        "-",
        "keyboard",
        "keyword",
        "keywords",
        "monkey",
        "turkey",
        "public_key",
        "publicKey",
        "primary-key",
        "cache_key",
        "Idempotency-Key",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Key1",
        "key1",
        "key_id",
        "client_key_size",
        "author",
        "authors",
        "authority",
        "Authenticate",
        "authenticated",
        "Authentication-Results",
        "authMethod",
        "auth_type",
        "authentication_method",
        "compass",
        "bypass",
        "passenger",
        "passed",
        "passive",
        "pass-through",
        "passThrough",
        "pass_count",
        "encompass",
        "Public-Key-Pins",
        "pinned",
        "spin",
        "tokenizer",
        "tokenization",
        "tokenise",
        "secretary",
        "session_count",
        "sessionCount",
        "sessions",
        "session-timeout",
        "obsession",
        "inside",
        "side",
        "ticket_id",
        "tickets",
        "ticketPrice",
        "sigma",
        "design",
        "assertions",
        "client_assertion_type",
        "DPoP-Nonce",
        "status_code",
        "statusCode",
        "country-code",
        "zipCode",
        "encode",
        "challenge",
        "code_challenge_method",
        "Content-Type",
        "Content-Encoding",
        "Content-Security-Policy",
        "ETag",
        "Cache-Control",
        "Host",
        "Accept",
        "Accept-Cookies",
        "User-Agent",
        "Connection",
        "Proxy-Connection",
        "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Headers",
        "Transfer-Encoding",
        "X-Request-Id",
        "X-Passed",
        "client_id",
        "grant_type",
        "code_of_conduct",
        "user",
        "username",
        "id",
        "hash",
        "data",
        "data[id]",
        "%",
        "%5",
        "%zz[",
    ] {
        assert_eq!(of(name), Told::default(), "{name}");
    }
    // In a query a grant, elsewhere a number.
    let told = of("code");
    assert!(told.parameter && !told.secret && told.field.is_none());
}

/// Words of any text are fields where they begin a line.
#[test]
fn trace_redaction_of_fields_of_one_word() {
    for (name, in_line) in [
        ("Key", false),
        ("session", false),
        ("pass", false),
        ("DPoP", true),
        ("UserPass", true),
        ("X-Auth", true),
        ("password", true),
        ("sessionid", true),
        ("Authorization", true),
        ("Cookie", true),
    ] {
        assert!(of(name).field_at(true).is_some(), "{name}");
        assert_eq!(of(name).field_at(false).is_some(), in_line, "{name}");
    }
}
