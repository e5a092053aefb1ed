//! What breaks the protocol, and that nothing of it gets further.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use system_net_http_listener::TestListener;

use crate::support::{Client, answering};

/// Answers everything, and counts what it gets to see.
fn counting() -> (TestListener, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let listener = answering(move |mut context| {
        count.fetch_add(1, Ordering::SeqCst);
        // The client may be gone, or its request without an end.
        let _ = context.response_mut().close_with("seen");
    });
    (listener, seen)
}

#[test]
fn smuggle_cl_te_both() {
    let (listener, seen) = counting();
    for fields in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 6",
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "Content-Length: 6\r\nTransfer-Encoding: identity",
        "Content-Length: 6\r\nContent-Length: 5",
    ] {
        let mut client = Client::new(&listener);
        client.send(format!(
            "POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n0\r\n\r\nX\
             GET /second HTTP/1.1\r\nHost: h\r\n\r\n"
        ));
        let answer = client.answer();
        assert_eq!(answer.status(), 400, "{fields}");
        assert_eq!(answer.header("Connection"), Some("close"), "{fields}");
        client.expect_closed();
    }
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[test]
fn bad_requests_are_answered_and_closed() {
    let (listener, seen) = counting();
    #[track_caller]
    fn check(listener: &TestListener, request: &str, status: u16) {
        let mut client = Client::new(listener);
        client.send(request.to_owned() + "GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
        let answer = client.answer();
        assert_eq!(answer.status(), status, "{request:?}");
        assert_eq!(answer.header("Connection"), Some("close"), "{request:?}");
        client.expect_closed();
    }
    for (request, status) in [
        ("\u{1}\r\n\r\n", 400),
        ("GET\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: \u{0}\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: h\n\n", 400),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            501,
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n",
            400,
        ),
        ("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 501),
    ] {
        check(&listener, request, status);
    }
    let long = "x".repeat(20_000);
    check(
        &listener,
        &format!("GET /{long} HTTP/1.1\r\nHost: h\r\n\r\n"),
        414,
    );
    let many = "A: b\r\n".repeat(101);
    check(
        &listener,
        &format!("GET / HTTP/1.1\r\nHost: h\r\n{many}\r\n"),
        431,
    );
    let big = "x".repeat(70_000);
    check(
        &listener,
        &format!("GET / HTTP/1.1\r\nHost: h\r\nA: {big}\r\n\r\n"),
        431,
    );
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[test]
fn a_malformed_chunk_is_seen_by_nobody_but_the_reader() {
    let (listener, seen) = counting();
    for chunks in [
        "g\r\n",
        "5\r\nabcdeX\r\n",
        "fffffffffffffffff\r\n",
        "1\na\r\n",
    ] {
        let mut client = Client::new(&listener);
        client.request("POST /", &["Transfer-Encoding: chunked"], chunks);
        client.send("0\r\n\r\nGET /second HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_eq!(client.answer().text(), "seen");
        client.expect_closed();
    }
    assert_eq!(
        seen.load(Ordering::SeqCst),
        4,
        "the first requests, whose bodies nobody read"
    );
}

/// dotnet/runtime#89983: a path that is no URI ended the listener there.
#[test]
fn percent_paths_are_harmless() {
    let listener = answering(|mut context| {
        let url = context.request().url().map(ToString::to_string);
        let raw = context.request().raw_url().to_owned();
        context
            .response_mut()
            .close_with(format!("{raw} {}", url.is_some()))
            .unwrap();
    });
    let mut client = Client::new(&listener);
    for path in [
        "/%", "/%%", "/%2", "/%zz", "/a%", "/%00", "/%ff%fe", "/?%", "/%25", "/[", "/\\", "//",
        "/?", "/|^`{}\"",
    ] {
        assert!(client.get(path).text().starts_with(path), "{path}");
    }
}
