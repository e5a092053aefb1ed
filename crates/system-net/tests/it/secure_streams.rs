//! The examples of streams with TLS and with logins: what both sides say of each other.

use crate::examples::printed;

#[track_caller]
fn check(name: &str, expected: &[&str]) {
    let text = printed(name, &[]);
    let lines: Vec<&str> = text.lines().collect();
    for line in expected {
        assert!(lines.contains(line), "{line:?} in {text}");
    }
    assert_eq!(lines.len(), expected.len(), "{text}");
}

#[test]
fn example_secure_streams() {
    check(
        "secure_streams",
        &[
            "Protocol: Tls13",
            "Cipher: Aes256 strength 256",
            "Is authenticated: true, mutually: true, encrypted: true, signed: true",
            "Remote certificate: CN=system-net testkit server",
            "Server received: Hello from the client.",
            "From: CN=joe",
            "Client received: Hello from the server.",
        ],
    );
}

#[test]
fn example_negotiate_stream() {
    check(
        "negotiate_stream",
        &[
            "Is authenticated: true, encrypted: true, signed: true",
            "Server: EXAMPLE\\ann by NTLM",
            "Server received: Hello from the client.",
            "Client received: Hello from the server.",
        ],
    );
}
