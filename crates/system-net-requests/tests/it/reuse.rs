//! Connections: which are used again, and which must not be.

use std::io::{Read, Write};
use std::time::Duration;

use system_net_config::NetContext;
use system_net_requests::{WebExceptionStatus as Status, WebResponse};
use system_net_testkit::{Authority, HttpPeer, Script, Signal, Validity};

use crate::pool::{OK, answer_all, point, request};
use crate::{check_status, context, context_trusting, get, post, web_error, write_body};

/// Bytes after a response, or unasked for later: that connection serves nobody else, and the next
/// request gets its own answer.
#[test]
fn pool_poison_extra_bytes() {
    const EVIL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    for (what, tail) in [
        ("with the body", EVIL),
        ("a byte", "x"),
        ("a line end", "\r\n"),
    ] {
        for later in [false, true] {
            let (go, gone) = (Signal::new(), Signal::new());
            let script = if later {
                let script = Script::new().answer(OK).wait_for(&go).send(tail);
                script.raise(&gone).stall()
            } else {
                Script::new().answer(format!("{OK}{tail}")).stall()
            };
            let context = context();
            let peer = HttpPeer::scripts([script, Script::new().answer(OK).stall()]);
            assert_eq!(get(&context, &peer.url("/1")), "ok", "{what}");
            if later {
                go.raise();
                assert!(gone.wait(Duration::from_secs(20)));
            }
            assert_eq!(get(&context, &peer.url("/2")), "ok", "{what}, {later}");
            let seen: Vec<usize> = peer.requests().iter().map(|r| r.connection).collect();
            assert_eq!(seen, [0, 1], "{what}, {later}");
        }
    }
    // To a HEAD, and to a response that has no body by its status.
    for (method, answer) in [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\nevil"),
        ("GET", "HTTP/1.1 304 Not Modified\r\n\r\nevil"),
    ] {
        let context = context();
        let peer = HttpPeer::scripts([
            Script::new().answer(answer).stall(),
            Script::new().answer(OK).stall(),
        ]);
        let mut first = request(&context, &peer.url("/1"));
        first.set_method(method).unwrap();
        // 304 is an error by its status; its response is the same kind of thing.
        let first = first.get_response().map(WebResponse::from);
        let first = first.unwrap_or_else(|error| error.into_response().unwrap());
        assert_eq!(first.into_bytes().unwrap(), b"");
        assert_eq!(get(&context, &peer.url("/2")), "ok");
        assert_eq!(peer.connections_opened(), 2, "{method} {answer}");
    }
}

/// Responses after which the connection must not be used again, and those after which it is.
#[test]
fn reuse_by_response() {
    for (answer, reused) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", true),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            true,
        ),
        (
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
            false,
        ),
        (
            "HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 2\r\n\r\nok",
            false,
        ),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false),
        (
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
            true,
        ),
    ] {
        let context = context();
        let peer = HttpPeer::each(Script::new().answer(answer).repeat(2));
        for _ in 0..2 {
            get(&context, &peer.url("/"));
        }
        assert_eq!(peer.connections_opened() == 1, reused, "{answer}");
        let point = point(&context, &peer.url("/"));
        assert_eq!(point.current_connections() == 1, reused, "{answer}");
    }
}

/// A kept connection that the server closed meanwhile is seen to be closed, or the request is
/// repeated once on a new one: the caller notices nothing. What must not come twice is not
/// repeated once the server may have read it.
#[test]
fn stale_connection_is_replaced() {
    type Run = fn(&NetContext, &HttpPeer);
    let get_it: Run = |context, peer| assert_eq!(get(context, &peer.url("/2")), "ok");
    let post_it: Run = |context, peer| {
        let mut request = post(context, &peer.url("/2"));
        write_body(&mut request, "hello");
        assert_eq!(request.get_response().unwrap().into_string().unwrap(), "ok");
        assert_eq!(peer.requests().last().unwrap().body, b"hello");
    };
    let kept: Run = |context, peer| {
        let mut request = post(context, &peer.url("/2"));
        request.set_content_length(5).unwrap();
        write_body(&mut request, "hello");
        assert_eq!(request.get_response().unwrap().into_string().unwrap(), "ok");
        assert_eq!(peer.requests().last().unwrap().body, b"hello");
    };
    let put_it: Run = |context, peer| {
        let mut request = request(context, &peer.url("/2"));
        request.set_method("PUT").unwrap();
        write_body(&mut request, "hello");
        assert_eq!(request.get_response().unwrap().into_string().unwrap(), "ok");
        assert_eq!(peer.requests().last().unwrap().body, b"hello");
    };
    for run in [get_it, put_it, post_it, kept] {
        // Closed while idle.
        let context = context();
        let peer = HttpPeer::converse(|talk| {
            let head = talk.head()?;
            talk.body(&head)?;
            talk.send(OK)?;
            match talk.connection_index() {
                0 => talk.close(),
                _ => Ok(()),
            }
        });
        assert_eq!(get(&context, &peer.url("/1")), "ok");
        peer.wait_for_open_at_most(0);
        run(&context, &peer);
        assert_eq!(peer.connections_opened(), 2);
    }
    // Closed, or reset, when the request is there.
    for run in [get_it, put_it] {
        for reset in [false, true] {
            let context = context();
            let peer = closes_at_the_second(reset);
            assert_eq!(get(&context, &peer.url("/1")), "ok");
            run(&context, &peer);
            assert_eq!(peer.connections_opened(), 2);
        }
    }
}

/// What must not come twice is not repeated once the server may have read it.
#[test]
fn post_is_never_sent_twice() {
    for (reset, length) in [
        (false, None),
        (true, None),
        (false, Some(5)),
        (true, Some(5)),
    ] {
        let context = context();
        let peer = closes_at_the_second(reset);
        assert_eq!(get(&context, &peer.url("/1")), "ok");
        let mut request = post(&context, &peer.url("/2"));
        if let Some(length) = length {
            request.set_content_length(length).unwrap();
        }
        write_body(&mut request, "hello");
        let error = check_status(request.get_response(), Status::KeepAliveFailure);
        assert!(error.to_string().contains("safe to send twice"), "{error}");
        assert_eq!(peer.connections_opened(), 1);
    }
}

/// Answers the first request of its first connection, and ends that when all of the second is
/// there.
fn closes_at_the_second(reset: bool) -> HttpPeer {
    HttpPeer::converse(move |talk| {
        let head = talk.head()?;
        talk.body(&head)?;
        talk.send(OK)?;
        if talk.connection_index() == 0 {
            let head = talk.head()?;
            talk.body(&head)?;
            return if reset { talk.reset() } else { talk.close() };
        }
        Ok(())
    })
}

/// A new connection that fails is no stale one: nothing is repeated. Nor is anything after the
/// first byte of a response.
#[test]
fn only_stale_connections_are_replaced() {
    let context = context();
    let peer = HttpPeer::each(Script::new().head().close());
    check_status(
        request(&context, &peer.url("/")).get_response(),
        Status::ConnectionClosed,
    );
    assert_eq!(peer.connections_opened(), 1);

    let peer = HttpPeer::each(Script::new().answer(OK).answer("HTTP/1.1 2").close());
    assert_eq!(get(&context, &peer.url("/1")), "ok");
    check_status(
        request(&context, &peer.url("/2")).get_response(),
        Status::ConnectionClosed,
    );
    assert_eq!((peer.connections_opened(), peer.request_count()), (1, 2));
}

/// A response that is read half way and dropped takes its connection with it; one that had
/// arrived whole does not.
#[test]
fn unread_response_on_drop() {
    let context = context();
    let rest = Signal::new();
    let peer = HttpPeer::scripts([
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
            .wait_for(&rest)
            .send("cd")
            .stall(),
        Script::new().answer(OK).repeat(2).stall(),
    ]);
    let mut first = request(&context, &peer.url("/1"));
    let mut stream = first.get_response().unwrap().get_response_stream().unwrap();
    stream.read_exact(&mut [0; 2]).unwrap();
    drop(stream);
    rest.raise();
    drop(request(&context, &peer.url("/2")).get_response().unwrap());
    assert_eq!(get(&context, &peer.url("/3")), "ok");
    let seen: Vec<usize> = peer.requests().iter().map(|r| r.connection).collect();
    assert_eq!(seen, [0, 1, 1]);
}

/// The same over TLS, where the rest has to be decrypted to get behind it: up to 64 KiB that have
/// arrived cost less than a handshake, and more, or what is still to come, less than to wait for it.
#[test]
fn unread_response_over_tls() {
    let authority = Authority::new();
    // The length, and how much of that the server sends before the client gives it up.
    for (length, sent, opened) in [
        (0, 0, 1),
        (5_000, 5_000, 1),
        (60_000, 60_000, 1),
        (60_000, 50_000, 2),
        (200_000, 50_000, 2),
    ] {
        let identity = authority.issue(&["localhost"], Validity::Now).identity();
        let (tell, told) = std::sync::mpsc::channel();
        let tell = std::sync::Mutex::new(tell);
        let peer = HttpPeer::converse(move |talk| {
            talk.start_tls(&identity)?;
            loop {
                talk.head()?;
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                talk.send(head + &"b".repeat(sent))?;
                tell.lock().unwrap().send(()).unwrap();
                if sent < length {
                    return talk.stall();
                }
            }
        });
        let context = context_trusting(&authority);
        let url = format!("https://localhost:{}/", peer.port());
        for _ in 0..2 {
            let response = request(&context, &url).get_response().unwrap();
            told.recv_timeout(Duration::from_secs(60)).unwrap();
            drop(response);
        }
        assert_eq!(
            peer.connections_opened(),
            opened,
            "{sent} of {length} bytes"
        );
    }
}

/// An upload that is given up half way leaves nothing behind on which another request could run.
#[test]
fn unfinished_upload_closes_its_connection() {
    let context = context();
    let peer = HttpPeer::converse(answer_all);
    let mut upload = post(&context, &peer.url("/up"));
    upload.set_content_length(100).unwrap();
    let mut stream = upload.get_request_stream().unwrap();
    stream.write_all(b"GET /evil HTTP/1.1\r\n\r\n").unwrap();
    check_status(stream.close(), Status::RequestCanceled);
    assert_eq!(get(&context, &peer.url("/good")), "ok");
    let requests = peer.requests();
    let good = requests.iter().find(|request| request.target() == "/good");
    assert_eq!(good.unwrap().connection, 1);

    // The same with the request dropped, stream and all.
    let mut upload = post(&context, &peer.url("/up"));
    upload.set_content_length(100).unwrap();
    let stream = upload.get_request_stream().unwrap();
    drop(upload);
    drop(stream);
    assert_eq!(point(&context, &peer.url("/")).current_connections(), 0);
    assert_eq!(get(&context, &peer.url("/good")), "ok");
    peer.wait_for_open_at_most(1);
}

/// A failed request gives its place back, in every phase.
#[test]
fn failed_requests_free_their_place() {
    let context = context();
    let refused = format!("http://{}/", system_net_testkit::refused_port());
    let plain = HttpPeer::each(Script::new().send("not TLS").close());
    let secure = format!("https://{}/", plain.address());
    let garbage = HttpPeer::each(Script::new().answer("garbage\r\n\r\n").stall());
    for url in [refused, secure, garbage.url("/")] {
        for _ in 0..5 {
            request(&context, &url).get_response().unwrap_err();
        }
        assert_eq!(point(&context, &url).current_connections(), 0, "{url}");
    }
}

/// Close in any order and twice: harmless, the properties stay readable, and the connection is
/// counted back. Files and custom protocols stand in `responses`.
#[test]
fn closing_twice_counts_back_once() {
    let context = context();
    let peer = HttpPeer::converse(|talk| {
        loop {
            talk.head()?;
            talk.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")?;
        }
    });
    let point = point(&context, &peer.url("/"));
    for stream_first in [false, true] {
        let mut one = request(&context, &peer.url("/"));
        let mut other = request(&context, &peer.url("/"));
        let response = one.get_response().unwrap();
        let held = other.get_response().unwrap();
        assert_eq!(point.current_connections(), 2);
        let mut stream = response.get_response_stream().unwrap();
        for _ in 0..2 {
            if stream_first {
                stream.close();
                response.close();
            } else {
                response.close();
                stream.close();
            }
        }
        assert_eq!(point.current_connections(), 1, "once, not twice");
        stream.read(&mut [0; 1]).map_err(web_error).unwrap_err();
        assert_eq!(response.status_code().as_u16(), 200);
        assert_eq!(response.content_length(), Some(9));
        drop((response, stream, one, held, other));
        assert_eq!(point.current_connections(), 0);
    }
}
