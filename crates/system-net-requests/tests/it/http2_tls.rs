//! Who chooses HTTP/2 over TLS (ALPN), what is done if it is not chosen, and the way through tunnels.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use system_net_config::NetContext;
use system_net_primitives::{HttpVersion, NetworkCredential};
use system_net_requests::{
    HttpVersionPolicy as Policy, HttpWebRequest, WebExceptionStatus as Status, WebRequest,
};
use system_net_testkit::{
    Authority, Http2Conversation, HttpPeer, ProxyAnswer, Response, TlsIdentity, TlsManners,
    Validity,
};

use crate::proxies::{at, resolving};
use crate::{check_status, context_trusting};

pub(crate) const HTTP_1_1_REQUIRED: u32 = 13;

pub(crate) fn identity(authority: &Authority, alpn: &[&str]) -> TlsIdentity {
    let manners = TlsManners {
        alpn,
        ..TlsManners::default()
    };
    authority
        .issue(&["localhost"], Validity::Now)
        .identity_with(manners)
}

/// Speaks HTTP/2 to who begins it, else HTTP/1.1.
fn both(identity: &TlsIdentity) -> HttpPeer {
    HttpPeer::converse_tls(identity, |wire| {
        if wire.peek()?.starts_with(b"PRI") {
            let mut talk = Http2Conversation::begin(wire, &[])?;
            loop {
                let head = talk.request()?;
                talk.respond(head.stream, "200", b"two")?;
            }
        }
        loop {
            wire.head()?;
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")?;
        }
    })
}

fn request(
    context: &NetContext,
    url: &str,
    version: HttpVersion,
    policy: Policy,
) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request.set_protocol_version(version).unwrap();
    request.set_version_policy(policy).unwrap();
    request
}

/// What is asked, what the server knows, and what comes of it.
#[test]
fn alpn_decides() {
    const ONE: HttpVersion = HttpVersion::VERSION11;
    const TWO: HttpVersion = HttpVersion::VERSION20;
    use Policy::{
        RequestVersionExact as Exact, RequestVersionOrHigher as OrHigher,
        RequestVersionOrLower as OrLower,
    };
    let authority = Authority::new();
    let context = context_trusting(&authority);
    let check = |alpn: &[&str], version, policy, expected: Result<HttpVersion, Status>| {
        let peer = both(&identity(&authority, alpn));
        for _ in 0..2 {
            let mut request = request(&context, &peer.url_localhost("/"), version, policy);
            let result = request.get_response();
            match expected {
                Ok(version) => {
                    let response = result.unwrap();
                    assert_eq!(response.protocol_version(), version);
                    let text = response.into_string().unwrap();
                    assert_eq!(text, if version == TWO { "two" } else { "one" });
                }
                Err(status) => drop(check_status(result, status)),
            }
        }
        if expected.is_ok() {
            assert_eq!(
                peer.connections_opened(),
                1,
                "{alpn:?} {version} {policy:?}"
            );
        }
    };
    let knows = ["h2", "http/1.1"];
    check(&knows, TWO, OrLower, Ok(TWO));
    check(&knows, TWO, OrHigher, Ok(TWO));
    check(&knows, TWO, Exact, Ok(TWO));
    check(&knows, ONE, OrLower, Ok(ONE));
    check(&knows, ONE, OrHigher, Ok(TWO));
    check(&knows, ONE, Exact, Ok(ONE));
    let old = ["http/1.1"];
    check(&old, TWO, OrLower, Ok(ONE));
    check(&old, ONE, OrHigher, Ok(ONE));
    check(&old, TWO, Exact, Err(Status::SecureChannelFailure));
    check(&old, TWO, OrHigher, Err(Status::SecureChannelFailure));
    check(&["h2"], TWO, OrLower, Ok(TWO));
}

/// Over HTTP/1.1 as the server's choice, more requests than connections wait their turn.
#[test]
fn fallback_keeps_the_limit_of_connections() {
    let authority = Authority::new();
    let context = context_trusting(&authority);
    let identity = identity(&authority, &["http/1.1"]);
    let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200).body("one"));
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                let url = peer.url_localhost("/");
                let policy = Policy::RequestVersionOrLower;
                let mut request = request(&context, &url, HttpVersion::VERSION20, policy);
                assert_eq!(
                    request.get_response().unwrap().into_string().unwrap(),
                    "one"
                );
            });
        }
    });
    assert_eq!(peer.request_count(), 12);
    assert!(
        peer.most_connections_open() <= 2,
        "{}",
        peer.most_connections_open()
    );
}

/// A server that wants HTTP/1.1 for a request gets it so, unless the policy forbids it.
#[test]
fn http_1_1_required() {
    let authority = Authority::new();
    let context = context_trusting(&authority);
    let identity = identity(&authority, &["h2", "http/1.1"]);
    let peer = HttpPeer::converse_tls(&identity, |wire| {
        if wire.peek()?.starts_with(b"PRI") {
            let mut talk = Http2Conversation::begin(wire, &[])?;
            loop {
                let head = talk.request()?;
                talk.reset(head.stream, HTTP_1_1_REQUIRED)?;
            }
        }
        loop {
            wire.head()?;
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")?;
        }
    });
    let url = peer.url_localhost("/");
    let ask = |policy| request(&context, &url, HttpVersion::VERSION20, policy).get_response();
    let response = ask(Policy::RequestVersionOrLower).unwrap();
    assert_eq!(response.protocol_version(), HttpVersion::VERSION11);
    assert_eq!(response.into_string().unwrap(), "one");
    let error = check_status(ask(Policy::RequestVersionExact), Status::ReceiveFailure);
    assert!(error.to_string().contains("HTTP_1_1_REQUIRED"), "{error}");
}

/// Basic goes over HTTP/2; two users share the connection, as each request says whose it is.
#[test]
fn basic_over_http2() {
    let authority = Authority::new();
    let context = context_trusting(&authority);
    let peer = HttpPeer::converse_tls(&identity(&authority, &["h2"]), |wire| {
        let mut talk = Http2Conversation::begin(wire, &[])?;
        loop {
            let head = talk.request()?;
            match head.field("authorization") {
                Some(answer) => talk.respond(head.stream, "200", answer.as_bytes())?,
                None => {
                    let fields = [
                        (":status", "401"),
                        ("www-authenticate", "Basic realm=\"r\""),
                    ];
                    talk.head(head.stream, &fields, true)?;
                }
            }
        }
    });
    let policy = Policy::RequestVersionOrLower;
    let mut request = request(
        &context,
        &peer.url_localhost("/"),
        HttpVersion::VERSION20,
        policy,
    );
    request
        .set_credentials(Some(Arc::new(NetworkCredential::new("u", "p"))))
        .unwrap();
    let response = request.get_response().unwrap();
    assert_eq!(response.protocol_version(), HttpVersion::VERSION20);
    assert_eq!(response.into_string().unwrap(), "Basic dTpw");
    assert_eq!(peer.connections_opened(), 1);
}

/// Through the tunnel of a proxy.
#[test]
fn through_a_tunnel() {
    let authority = Authority::new();
    let context = resolving(context_trusting(&authority));
    let manners = TlsManners {
        alpn: &["h2", "http/1.1"],
        ..TlsManners::default()
    };
    let issued = authority.issue(&["a.example"], Validity::Now);
    let peer = both(&issued.identity_with(manners));
    let address = peer.address();
    let tunnels = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tunnels);
    let proxy = HttpPeer::proxy(move |request| {
        assert_eq!(request.method(), "CONNECT");
        counted.fetch_add(1, Ordering::Relaxed);
        ProxyAnswer::Tunnel(address)
    });
    for _ in 0..3 {
        let policy = Policy::RequestVersionExact;
        let url = "https://a.example/";
        let mut request = request(&context, url, HttpVersion::VERSION20, policy);
        request.set_proxy(Some(at(&proxy))).unwrap();
        let response = request.get_response().unwrap();
        assert_eq!(response.protocol_version(), HttpVersion::VERSION20);
        assert_eq!(response.into_string().unwrap(), "two");
    }
    assert_eq!(tunnels.load(Ordering::Relaxed), 1);
    // Without a tunnel there is no HTTP/2.
    let url = "http://h.example/";
    let policy = Policy::RequestVersionExact;
    let mut request = request(&context, url, HttpVersion::VERSION20, policy);
    request.set_proxy(Some(at(&proxy))).unwrap();
    let error = request.get_response().unwrap_err();
    assert!(error.misuse().is_some(), "{error:#}");
}
