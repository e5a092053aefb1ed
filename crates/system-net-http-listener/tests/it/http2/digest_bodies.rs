//! Digest over whole bodies (`auth-int`): bodies in frames, proofs in heads and in trailers.

use std::sync::atomic::Ordering;

use system_net_testkit::frame;

use super::peer::{END, Peer, head};
use crate::digest_bodies::{covered, covering, info};

#[test]
fn covered_bodies() {
    let (listener, seen) = covered(true);
    let mut peer = Peer::new(&listener.url(""));
    peer.head(1, END, &head("GET", "/", &[]));
    let asked = peer.reply(1);
    let challenge = asked.header("www-authenticate").unwrap().to_owned();
    let (_, rest) = challenge.split_once("nonce=\"").unwrap();
    let nonce = rest.split('"').next().unwrap();
    let mut stream = 1;
    let mut post = |nc: u32, path: &str, sent: &str| {
        stream += 2;
        let login = covering(nonce, nc, "POST", path, b"content");
        peer.head(
            stream,
            frame::END_HEADERS,
            &head("POST", path, &[("authorization", &login)]),
        );
        let (one, two) = sent.split_at(3);
        peer.data(stream, one.as_bytes(), false);
        peer.data(stream, two.as_bytes(), true);
        peer.reply(stream)
    };
    let reply = post(1, "/whole", "content");
    assert_eq!(reply.text(), "joe content");
    let right = info(nonce, 1, "/whole", b"joe content");
    assert_eq!(reply.header("authentication-info"), Some(&*right));
    let reply = post(2, "/stream", "content");
    assert_eq!(reply.text(), "joe content");
    assert_eq!(reply.header("authentication-info"), None);
    assert_eq!(reply.header("trailer"), Some("Authentication-Info"));
    let right = info(nonce, 2, "/stream", b"joe content");
    let trailers = reply.heads.last().unwrap();
    assert_eq!(*trailers, [("authentication-info".to_owned(), right)]);
    assert_eq!(post(3, "/whole", "contenT").status(), 401);
    assert_eq!(seen.load(Ordering::SeqCst), 2);
    let mut limits = listener.limits();
    limits.digest_body_bytes = 6;
    listener.set_limits(limits);
    assert_eq!(post(4, "/whole", "content").status(), 413);
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}
