//! The advice helps: each failure is reproduced, what it advises is done, and the request succeeds.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use system_net_config::{NetContext, Settings};
use system_net_requests::{
    HttpWebRequest, Phase, ServicePointManager, WebError, WebExceptionStatus as Status, WebRequest,
};
use system_net_sockets::{Dns, OverrideResolver};
use system_net_testkit::{Authority, HttpPeer, Response, Script, Signal, Validity};
use system_net_web_proxy::{Proxy, WebProxy};

use crate::advice_provoked::closing_when_idle;
use crate::{check_status, context, context_trusting, post};

/// The request fails so, and advises the member; the same request with the advice followed gets
/// `ok`.
#[track_caller]
fn check(
    context: &NetContext,
    url: &str,
    status: Status,
    member: &str,
    cure: impl FnOnce(&mut HttpWebRequest),
) {
    let make = || WebRequest::create_http_in(context, url).unwrap();
    let error = check_status(make().get_response(), status);
    advises(&error, member);
    let mut cured = make();
    cure(&mut cured);
    let response = cured.get_response().unwrap();
    assert_eq!(response.into_string().unwrap(), "ok");
}

#[track_caller]
fn advises(error: &WebError, member: &str) {
    let found = error.advice().iter().any(|line| line.contains(member));
    assert!(found, "{member} in {error:#}");
}

#[test]
fn advice_applied_cures() {
    maximum_response_headers_length();
    keep_alive();
    proxy_none();
    allow_write_stream_buffering();
    unsafe_header_parsing();
    authority_added();
    connection_limit();
}

fn maximum_response_headers_length() {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: {}\r\n\r\nok",
        "a".repeat(65 * 1024)
    );
    let peer = HttpPeer::each(Script::new().answer(head));
    check(
        &context(),
        &peer.url("/"),
        Status::MessageLengthLimitExceeded,
        "HttpWebRequest::set_maximum_response_headers_length",
        |request| {
            request
                .set_maximum_response_headers_length(Some(66))
                .unwrap();
        },
    );
}

/// A server that closes connections as soon as they are idle; the body of the second request
/// cannot be sent again.
fn keep_alive() {
    let peer = closing_when_idle();
    let url = peer.url("/");
    let two = |keep_alive| {
        let context = context();
        let mut answers = Vec::new();
        for _ in 0..2 {
            let mut request = post(&context, &url);
            request.set_keep_alive(keep_alive).unwrap();
            request.set_content_length(3).unwrap();
            request.set_allow_write_stream_buffering(false).unwrap();
            let mut body = request.get_request_stream().unwrap();
            body.write_all(b"abc").unwrap();
            body.close().unwrap();
            answers.push(request.get_response().and_then(|r| r.into_string()));
        }
        answers
    };
    let [first, second] = &mut two(true)[..] else {
        panic!("two requests")
    };
    assert_eq!(first.as_deref().unwrap(), "ok");
    let error = second.as_ref().unwrap_err();
    assert_eq!(error.status(), Status::KeepAliveFailure, "{error}");
    advises(error, "HttpWebRequest::set_keep_alive(false)");
    for answer in two(false) {
        assert_eq!(answer.unwrap(), "ok");
    }
    // The other advice: the body is kept, and what may be sent twice is sent again by itself.
    advises(
        error,
        "HttpWebRequest::set_allow_write_stream_buffering(true)",
    );
    let context = context();
    for _ in 0..2 {
        let mut request = post(&context, &url);
        request.set_method("PUT").unwrap();
        crate::write_body(&mut request, "abc");
        assert_eq!(request.get_response().unwrap().into_string().unwrap(), "ok");
    }
}

fn proxy_none() {
    let context = context();
    let mut resolver = OverrideResolver::closed();
    resolver.insert("server.example", vec!["127.0.0.1".parse().unwrap()]);
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    let proxy = Arc::new(WebProxy::new("http://proxy.example:8080").unwrap());
    WebRequest::set_default_web_proxy_in(&context, Some(proxy as Arc<dyn Proxy>));
    let peer = HttpPeer::serve(|_| Response::new(200).body("ok"));
    check(
        &context,
        &format!("http://server.example:{}/", peer.port()),
        Status::ProxyNameResolutionFailure,
        "HttpWebRequest::set_proxy(None)",
        |request| request.set_proxy(None).unwrap(),
    );
}

/// A server that is in no hurry to read a large body. Where it is kept until it is complete, all of
/// it has to go out within the time for the response; where it is sent at once, each write has a
/// time of its own.
fn allow_write_stream_buffering() {
    const PIECE: usize = 1 << 20;
    const PIECES: usize = 32;
    let upload = |buffering: bool| {
        let patience = Signal::new();
        let peer = HttpPeer::each(
            Script::new()
                .head()
                .wait_for(&patience)
                .discard((PIECE * PIECES) as u64)
                .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        );
        let mut request = post(&context(), &peer.url("/"));
        request.set_timeout(Some(Duration::from_secs(2))).unwrap();
        if !buffering {
            request.set_allow_write_stream_buffering(false).unwrap();
            request.set_content_length((PIECE * PIECES) as u64).unwrap();
        }
        let mut body = request.get_request_stream().unwrap();
        let begun = Instant::now();
        body.write_all(&vec![7; PIECE]).unwrap();
        if !buffering {
            // The upload as a whole takes longer than the request's time.
            std::thread::sleep(Duration::from_millis(2500));
            patience.raise();
        }
        for _ in 1..PIECES {
            body.write_all(&vec![7; PIECE]).unwrap();
        }
        body.close().unwrap();
        if !buffering {
            assert!(begun.elapsed() > Duration::from_secs(2));
        }
        request.get_response().and_then(|r| r.into_string())
    };
    let error = check_status(upload(true), Status::Timeout);
    assert_eq!(error.phase(), Phase::Sending, "{error}");
    advises(
        &error,
        "HttpWebRequest::set_allow_write_stream_buffering(false)",
    );
    assert_eq!(upload(false).unwrap(), "ok");
}

fn unsafe_header_parsing() {
    let peer = HttpPeer::each(
        Script::new().answer("HTTP/1.1 200 OK\r\nContent-Length : 2\r\nX: a\r\n b\r\n\r\nok"),
    );
    let error = check_status(
        WebRequest::create_in(&context(), peer.url("/"))
            .unwrap()
            .get_response(),
        Status::ServerProtocolViolation,
    );
    advises(&error, "HttpWebRequestSettings::use_unsafe_header_parsing");
    let mut settings = Settings::default();
    settings.http_web_request.use_unsafe_header_parsing = true;
    let lenient = NetContext::with_settings(settings);
    assert_eq!(crate::get(&lenient, &peer.url("/")), "ok");
}

fn authority_added() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200).body("ok"));
    let url = peer.url_localhost("/");
    let error = check_status(
        WebRequest::create_in(&context(), &url)
            .unwrap()
            .get_response(),
        Status::TrustFailure,
    );
    advises(&error, "TlsSettings::extra_roots");
    assert_eq!(crate::get(&context_trusting(&authority), &url), "ok");
}

/// A response that nobody reads holds the only connection.
fn connection_limit() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("ok"));
    let second = |limit: usize, time| {
        let context = context();
        ServicePointManager::of(&context)
            .set_default_connection_limit(limit)
            .unwrap();
        let mut first = WebRequest::create_in(&context, peer.url("/")).unwrap();
        let _held = first.get_response().unwrap();
        let mut request = WebRequest::create_in(&context, peer.url("/")).unwrap();
        request.set_timeout(Some(time)).unwrap();
        request.get_response().and_then(|r| r.into_string())
    };
    let error = check_status(second(1, Duration::from_millis(200)), Status::Timeout);
    assert_eq!(error.phase(), Phase::Queueing, "{error}");
    assert_eq!(second(2, Duration::from_secs(20)).unwrap(), "ok");
}
