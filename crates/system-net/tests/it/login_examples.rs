//! The examples of logins and certificates: what they print alone, and what of a login a server sees.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_testkit::{HttpPeer, RecordedRequest, Response};

use crate::examples::{printed, printed_with};

#[track_caller]
fn check(name: &str, expected: &[&str]) {
    let text = printed(name, &[]);
    assert_eq!(text.lines().collect::<Vec<_>>(), expected, "{name}");
}

/// The field of a login behind its scheme, decoded.
fn decoded(request: &RecordedRequest, scheme: &str) -> Option<Vec<u8>> {
    let field = request.header("Authorization")?;
    let token = field.strip_prefix(scheme)?;
    Some(STANDARD.decode(token.trim()).unwrap())
}

/// A part of an NTLM message that is named at this offset, as UTF-16.
fn part(message: &[u8], at: usize) -> String {
    let length = usize::from(u16::from_le_bytes([message[at], message[at + 1]]));
    let offset = u32::from_le_bytes(message[at + 4..at + 8].try_into().unwrap()) as usize;
    let units = message[offset..offset + length].chunks(2);
    let units: Vec<u16> = units
        .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
        .collect();
    String::from_utf16(&units).unwrap()
}

/// A challenge of NTLM as a server may send it: Unicode, extended security, 128 bits, and a list of
/// names that ends at once.
fn ntlm_challenge() -> String {
    let mut message = b"NTLMSSP\0\x02\0\0\0".to_vec();
    message.extend([0, 0, 0, 0, 56, 0, 0, 0]);
    message.extend(0xe288_8215_u32.to_le_bytes());
    message.extend(*b"12345678");
    message.extend([0; 8]);
    message.extend([4, 0, 4, 0, 56, 0, 0, 0]);
    message.extend([10, 0, 0, 0, 0, 0, 0, 15]);
    message.extend([0; 4]);
    format!("NTLM {}", STANDARD.encode(message))
}

/// Asks by what the path says, and answers with who came.
fn asking() -> HttpPeer {
    HttpPeer::serve(|request| {
        let unauthorized =
            |challenge: &str| Response::new(401).header("WWW-Authenticate", challenge);
        if request.request_line().contains("/basic") {
            return match decoded(request, "Basic ") {
                Some(login) => Response::new(200).body(login),
                None => unauthorized("Basic realm=\"contoso.com\""),
            };
        }
        if request.request_line().contains("/digest") {
            return match request.header("Authorization") {
                Some(field) => {
                    let name = field.split("username=\"").nth(1).unwrap();
                    Response::new(200).body(name.split('"').next().unwrap())
                }
                None => unauthorized("Digest realm=\"r\", nonce=\"n\", qop=\"auth\""),
            };
        }
        match decoded(request, "NTLM ") {
            Some(message) if message[8] == 3 => {
                let (domain, user) = (part(&message, 28), part(&message, 36));
                Response::new(200).body(format!("{domain}\\{user}"))
            }
            Some(_) => unauthorized(&ntlm_challenge()),
            None => unauthorized("NTLM"),
        }
    })
}

#[test]
fn example_credentials() {
    let peer = asking();
    let text = printed("credentials", &[&peer.url("/")]);
    let lines: Vec<&str> = text.lines().collect();
    // For Digest the domain stands in the name, where a backslash is escaped.
    let expected = [
        "joe:Joe's password",
        "joe",
        "CONTOSO\\joe",
        "CONTOSO\\\\joe",
    ];
    assert_eq!(lines[..4], expected, "{text}");
    assert!(lines[4].contains("401") && lines.len() == 5, "{text}");

    let alone = printed("credentials", &[]);
    let lines: Vec<&str> = alone.lines().collect();
    let expected = [
        "joe by Basic",
        "joe by Digest",
        "CONTOSO\\joe by NTLM",
        "CONTOSO\\joe by Digest",
    ];
    assert_eq!(lines[..4], expected, "{alone}");
    assert!(lines[4].contains("401") && lines.len() == 5, "{alone}");
}

#[test]
fn example_default_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users");
    std::fs::write(&users, "CONTOSO:joe:Joe's password\n").unwrap();
    let known = [
        ("NTLM_USER_FILE", users.to_str().unwrap()),
        ("NTLM_USER", "joe"),
    ];
    let nowhere = [
        ("KRB5CCNAME", "FILE:/nowhere"),
        ("KRB5_CONFIG", "/dev/null"),
    ];
    let environment = [known, nowhere].concat();
    let peer = asking();
    let text = printed_with("default_credentials", &[&peer.url("/")], &environment);
    assert_eq!(text, "CONTOSO\\joe\n");
    let text = printed_with("default_credentials", &[], &environment);
    assert_eq!(text, "CONTOSO\\joe by NTLM\n");
    let text = printed_with("default_credentials", &[&peer.url("/")], &nowhere);
    assert!(
        text.contains("401") && text.ends_with("with NTLM_USER_FILE\n"),
        "{text}"
    );
}

#[test]
fn example_custom_auth_module() {
    let text = printed("custom_auth_module", &[]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (2, "Hello joe"), "{text}");
    assert!(lines[1].contains("401"), "{text}");
}

#[test]
fn example_ssl_web_request() {
    check(
        "ssl_web_request",
        &[
            "nobody",
            "Subject: CN=system-net testkit server",
            "Issuer: CN=system-net testkit authority 1",
            "without trust: TrustFailure",
            "the certificate is known: OK",
        ],
    );
}

#[test]
fn example_client_certificate() {
    check(
        "client_certificate",
        &[
            "Hello CN=joe",
            "without a certificate: SecureChannelFailure",
        ],
    );
}

#[test]
fn example_extended_protection() {
    check(
        "extended_protection",
        &["directly: CONTOSO\\joe by NTLM", "passed on: ProtocolError"],
    );
}

#[test]
fn example_connection_group() {
    check(
        "connection_group",
        &[
            "joe is CONTOSO\\joe by NTLM",
            "susan is CONTOSO\\susan by NTLM",
            "joe is CONTOSO\\joe by NTLM",
            "susan is CONTOSO\\susan by NTLM",
            "2 connections",
            "1 when joe has gone",
        ],
    );
}
