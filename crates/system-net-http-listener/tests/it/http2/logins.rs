//! Logins: Basic and Digest work; those of a connection need HTTP/1.1.

use std::sync::atomic::Ordering;

use system_net_http_listener::AuthenticationSchemes as Schemes;

use super::peer::{END, Peer, Reply, code, head};
use crate::logins::{basic, digest, guarded};
use crate::support::Client;

const B: Schemes = Schemes::BASIC;
const D: Schemes = Schemes::DIGEST;
const N: Schemes = Schemes::NTLM;
const I: Schemes = Schemes::INTEGRATED_WINDOWS_AUTHENTICATION;
const A: Schemes = Schemes::ANONYMOUS;

/// A request with what stands in `Authorization`, as a line of HTTP/1 or nothing.
fn ask(peer: &mut Peer, stream: u32, line: &str) -> Reply {
    let value = line.split_once(": ").map(|(_, value)| value);
    let fields: Vec<_> = value
        .map(|value| ("authorization", value))
        .into_iter()
        .collect();
    peer.head(stream, END, &head("GET", "/a", &fields));
    peer.reply(stream)
}

#[test]
fn basic_and_digest() {
    let (listener, seen) = guarded(B | D);
    let mut peer = Peer::new(&listener.url(""));
    let asked = ask(&mut peer, 1, "");
    assert_eq!(asked.status(), 401);
    let challenges: Vec<_> = asked.heads[0]
        .iter()
        .filter(|(name, _)| name == "www-authenticate")
        .map(|(_, value)| value.split(' ').next().unwrap())
        .collect();
    assert_eq!(challenges, ["Digest", "Digest", "Basic"]);
    assert_eq!(ask(&mut peer, 3, &basic("joe", "wrong")).status(), 401);
    assert_eq!(
        ask(&mut peer, 5, &basic("joe", "joes:own")).text(),
        "Basic joe"
    );
    let nonce = asked.header("www-authenticate").unwrap();
    let nonce = nonce
        .split("nonce=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let proof = digest("joe", "joes:own", nonce, 1, "/a");
    let reply = ask(&mut peer, 7, &proof);
    assert_eq!(reply.text(), "Digest joe");
    assert!(reply.header("authentication-info").is_some());
    // A proof holds once.
    assert_eq!(ask(&mut peer, 9, &proof).status(), 401);
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

#[test]
fn logins_of_a_connection_need_http1() {
    #[track_caller]
    fn check(schemes: Schemes, line: &str, expected: Result<&str, u32>) {
        let (listener, _) = guarded(schemes);
        let mut peer = Peer::new(&listener.url(""));
        let reply = ask(&mut peer, 1, line);
        let got = reply.reset.map_or_else(|| Ok(reply.text()), Err);
        assert_eq!(got, expected);
        // The stream alone.
        peer.ping();
        // Over HTTP/1.1 the client is asked.
        if expected.is_err() {
            let asked = Client::new(&listener).get("/");
            assert!(matches!(asked.status(), 200 | 401));
        }
    }
    let ntlm = "Authorization: NTLM TlRMTVNTUAABAAAABoIIAA==";
    check(I, "", Err(code::HTTP_1_1_REQUIRED));
    check(N | B, "", Err(code::HTTP_1_1_REQUIRED));
    check(N | B, &basic("joe", "joes:own"), Ok("Basic joe"));
    check(N | A, ntlm, Err(code::HTTP_1_1_REQUIRED));
    check(N | A, "", Ok("nobody"));
    check(Schemes::NONE, "", Ok("403 Forbidden\n"));
}
