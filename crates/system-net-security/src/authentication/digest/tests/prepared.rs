//! What is made ready once for many requests: the fields are the same as without that.

use md5::{Digest as _, Md5};

use super::{Exchange, client, field};
use crate::authentication::{AuthenticationModule as _, Challenges, Update};

const CHALLENGE: &str = "Digest realm=\"r\", nonce=\"some nonce that is longer than a block of the \
                         hash, to begin within the second\", qop=\"auth\"";
const OLD: &str = "Digest realm=\"r\", nonce=\"n\"";

fn md5(text: &str) -> String {
    let bytes = Md5::digest(text);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Requests one after the other with the same nonce, each proof made by hand.
#[track_caller]
fn check(challenge: &str, requests: &[(&'static str, &str)]) {
    let client = client();
    let first = Exchange::new("http://h/first").answer(&client, challenge);
    assert!(first.is_some());
    let secret = md5("joe:r:secret");
    for (at, (method, target)) in requests.iter().enumerate() {
        let mut exchange = Exchange::new(&format!("http://h{target}"));
        exchange.method = method;
        let sent = exchange.unasked(&client).unwrap();
        let (nonce, uri) = (field(&sent, "nonce"), field(&sent, "uri"));
        assert_eq!(uri, *target);
        let asked = md5(&format!("{method}:{target}"));
        let proof = if challenge == OLD {
            format!("{secret}:{nonce}:{asked}")
        } else {
            let (nc, cnonce) = (field(&sent, "nc"), field(&sent, "cnonce"));
            assert_eq!(
                nc,
                format!("{:08x}", at + 2),
                "the challenge was answered before"
            );
            format!("{secret}:{nonce}:{nc}:{cnonce}:auth:{asked}")
        };
        assert_eq!(field(&sent, "response"), md5(&proof), "{method} {target}");
    }
}

#[test]
fn one_target_again_and_again() {
    let requests = [("GET", "/a"); 20];
    check(CHALLENGE, &requests);
    check(OLD, &requests);
}

#[test]
fn the_same_target_with_other_methods() {
    let requests = [
        ("GET", "/a"),
        ("HEAD", "/a"),
        ("GET", "/a"),
        ("DELETE", "/a"),
    ];
    check(CHALLENGE, &requests);
    check(OLD, &requests);
}

#[test]
fn more_targets_than_are_kept() {
    let targets: Vec<String> = (0..40).map(|at| format!("/item/{}", at * 7)).collect();
    let long = format!("/{}", "x".repeat(5000));
    let targets = targets.iter().chain([&long, &long]);
    let requests: Vec<_> = targets.map(|target| ("GET", target.as_str())).collect();
    let twice = [&requests[..], &requests[..]].concat();
    check(CHALLENGE, &twice);
    check(OLD, &twice);
}

/// Every way in which the fixed part can end within a block, and the hashes of other block sizes.
#[test]
fn nonces_of_every_length() {
    for length in 1..150 {
        check(
            &format!(
                "Digest realm=\"r\", nonce=\"{}\", qop=\"auth\"",
                "n".repeat(length)
            ),
            &[("GET", "/a"), ("GET", "/a")],
        );
    }
}

/// Each response proves that the server knows the password, in whatever letters; a proof of another
/// request, another number or another target is none.
#[test]
fn the_server_proves_itself_each_time() {
    let client = client();
    let first = Exchange::new("http://h/a").answer(&client, CHALLENGE);
    assert!(first.is_some());
    let secret = md5("joe:r:secret");
    for target in ["/a", "/b", "/a", "/a", "/b"] {
        let proof = |number: &str, of: &str, exchange: &mut Exchange| {
            let sent = exchange.unasked(&client).unwrap();
            let (nonce, cnonce) = (field(&sent, "nonce"), field(&sent, "cnonce"));
            let nc = field(&sent, "nc");
            let number = if number.is_empty() { &nc } else { number };
            let asked = md5(&format!(":{of}"));
            let proof = md5(&format!("{secret}:{nonce}:{number}:{cnonce}:auth:{asked}"));
            (nc, proof)
        };
        let told = |exchange: &mut Exchange, info: &str| {
            let challenges = Challenges::default();
            client.update(&challenges, Some(info.as_bytes()), &mut exchange.request())
        };
        let mut exchange = Exchange::new(&format!("http://h{target}"));
        let (nc, right) = proof("", target, &mut exchange);
        for info in [
            format!("rspauth=\"{right}\", qop=auth, nc={nc}"),
            format!("RSPAUTH = \"{}\"", right.to_uppercase()),
        ] {
            let update = told(&mut exchange, &info);
            assert!(
                matches!(update, Update::MutuallyAuthenticated),
                "{update:?}"
            );
        }
        let (_, of_other) = proof("00000000", target, &mut exchange);
        let (_, elsewhere) = proof("", "/c", &mut exchange);
        for wrong in [of_other, elsewhere, String::new()] {
            let update = told(&mut exchange, &format!("rspauth=\"{wrong}\""));
            assert!(matches!(update, Update::Failed(_)), "{update:?}");
        }
    }
}
