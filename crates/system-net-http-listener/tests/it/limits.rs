//! Connections and the queue.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use system_net_http_listener::{HttpListener, HttpListenerLimits};

use crate::support::{Client, HANG, echoing};

#[test]
fn connection_limits() {
    let total = |limits: &mut HttpListenerLimits| limits.connections = 2;
    let of_peer = |limits: &mut HttpListenerLimits| limits.connections_per_peer = Some(2);
    for set in [total as fn(&mut HttpListenerLimits), of_peer] {
        let listener = echoing();
        let mut limits = listener.limits();
        set(&mut limits);
        listener.set_limits(limits);
        let mut first = Client::new(&listener);
        let mut second = Client::new(&listener);
        assert_eq!(first.get("/").status(), 200);
        assert_eq!(second.get("/").status(), 200);
        let mut third = Client::new(&listener);
        let answer = third.request("GET /", &[], "").answer();
        assert_eq!(
            (answer.status(), answer.header("Connection")),
            (503, Some("close"))
        );
        third.expect_closed();
        assert_eq!(second.get("/").status(), 200, "who is in is not disturbed");
        drop(first);
        // The listener sees the end of the first one a little later.
        for attempt in 0.. {
            if Client::new(&listener).get("/").status() == 200 {
                break;
            }
            assert!(
                attempt < 200,
                "the place of a connection that is gone stays taken"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// However many were refused before: only so many are told at once, and who was told makes room.
#[test]
fn refused_connections_are_told_for_good() {
    let listener = echoing();
    listener.set_limits(HttpListenerLimits {
        connections: 1,
        ..listener.limits()
    });
    let mut first = Client::new(&listener);
    assert_eq!(first.get("/").status(), 200);
    let begun = Instant::now();
    let mut told = 0;
    while told < 200 {
        assert!(begun.elapsed() < HANG, "only {told} were told");
        let mut one = Client::new(&listener);
        // It may be closed without a word: so many may be waiting for their words.
        let _ = one.stream().write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        told += usize::from(one.rest().starts_with(b"HTTP/1.1 503 "));
    }
    assert_eq!(first.get("/").status(), 200);
}

#[test]
fn a_full_queue_is_answered_with_503() {
    let listener = HttpListener::test_http().unwrap();
    let limits = HttpListenerLimits {
        request_queue: 2,
        ..listener.limits()
    };
    listener.set_limits(limits);
    let mut waiting = Vec::new();
    let refused = loop {
        assert!(waiting.len() <= 2, "nobody is refused");
        let mut client = Client::new(&listener);
        client.request("GET /", &[], "");
        client
            .stream()
            .set_read_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        if client.stream().peek(&mut [0]).is_ok() {
            break client.answer();
        }
        waiting.push(client);
    };
    assert_eq!(waiting.len(), 2);
    assert_eq!(refused.status(), 503);
    for mut client in waiting {
        listener
            .get_context()
            .unwrap()
            .response_mut()
            .close_with("kept")
            .unwrap();
        assert_eq!(client.answer().text(), "kept");
    }
}

/// With the limits set so, one more connection is neither refused nor served until there is a place.
#[test]
fn a_connection_waits_for_its_place() {
    let listener = echoing();
    let limits = HttpListenerLimits {
        connections: 2,
        wait_for_connection: true,
        ..listener.limits()
    };
    listener.set_limits(limits);
    let mut first = Client::new(&listener);
    let mut second = Client::new(&listener);
    assert_eq!(first.get("/1").text(), "GET /1 ");
    assert_eq!(second.get("/2").text(), "GET /2 ");
    let mut more: Vec<Client> = (0..3).map(|_| Client::new(&listener)).collect();
    for client in &mut more {
        client.request("GET /more", &[], "");
    }
    // Those who are in go on; whoever waits has heard nothing meanwhile.
    for _ in 0..20 {
        assert_eq!(second.get("/2").text(), "GET /2 ");
    }
    for client in &more {
        let quiet = client.stream();
        quiet.set_nonblocking(true).unwrap();
        let heard = quiet.peek(&mut [0]);
        assert!(heard.is_err(), "served above the limit: {heard:?}");
        quiet.set_nonblocking(false).unwrap();
    }
    // One by one, each as soon as another one is gone.
    drop(first);
    for mut client in more {
        assert_eq!(client.answer().text(), "GET /more ");
    }
    // A larger limit lets in who waits.
    let _third = Client::new(&listener).get("/3");
    let mut third = Client::new(&listener);
    assert_eq!(third.get("/3").text(), "GET /3 ");
    let mut fourth = Client::new(&listener);
    fourth.request("GET /4", &[], "");
    listener.set_limits(HttpListenerLimits {
        connections: 3,
        ..limits
    });
    assert_eq!(fourth.answer().text(), "GET /4 ");
    // Who waits does not keep the listener from its end.
    let mut fifth = Client::new(&listener);
    fifth.request("GET /5", &[], "");
    listener.close();
    drop((second, third, fourth));
    fifth.expect_closed();
}

#[test]
fn bodies_at_and_above_the_limit() {
    let listener = echoing();
    listener.set_limits(HttpListenerLimits {
        body_bytes: Some(10),
        ..listener.limits()
    });
    let mut client = Client::new(&listener);
    client.request("POST /", &["Content-Length: 10"], "0123456789");
    assert_eq!(client.answer().text(), "POST / 0123456789");
    let chunked = ["Transfer-Encoding: chunked"];
    client.request("POST /", &chunked, "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n");
    assert_eq!(client.answer().text(), "POST / 0123456789");
    client.request("POST /", &["Content-Length: 11"], "0123456789x");
    let answer = client.answer();
    assert_eq!(
        (answer.status(), answer.header("Connection")),
        (413, Some("close"))
    );
    client.expect_closed();
    // It is not asked to send what nobody wants.
    let mut client = Client::new(&listener);
    let fields = ["Content-Length: 11", "Expect: 100-continue"];
    client.request("POST /", &fields, "");
    assert_eq!(client.answer().status(), 413);
    client.expect_closed();

    // In chunks the reader sees it, and what it has not read yet is not handed on.
    let listener = HttpListener::test_http().unwrap();
    listener.set_limits(HttpListenerLimits {
        body_bytes: Some(10),
        ..listener.limits()
    });
    let mut client = Client::new(&listener);
    client.request("POST /", &chunked, "a\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n");
    let mut context = listener.get_context().unwrap();
    let mut body = Vec::new();
    let mut stream = context.request().input_stream();
    let error = stream.read_to_end(&mut body).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
    assert!(error.to_string().contains("10 bytes"), "{error}");
    assert_eq!(body, b"0123456789");
    assert!(stream.read(&mut [0; 8]).is_err(), "and not again");
    context.response_mut().set_status_code(413).unwrap();
    context.response_mut().close().unwrap();
    let answer = client.answer();
    assert_eq!(
        (answer.status(), answer.header("Connection")),
        (413, Some("close"))
    );
}

/// What lies ready in the middle of a chunk counts as what has to be waited for.
#[test]
fn buffered_bodies_above_the_limit() {
    for (first, second) in [(1, 64), (10, 64), (4, 7), (3, 20)] {
        let listener = HttpListener::test_http().unwrap();
        listener.set_limits(HttpListenerLimits {
            body_bytes: Some(10),
            ..listener.limits()
        });
        let mut client = Client::new(&listener);
        let chunked = ["Transfer-Encoding: chunked"];
        let body = "14\r\n0123456789abcdefghij\r\n0\r\n\r\n";
        client.request("POST /", &chunked, body);
        let context = listener.get_context().unwrap();
        let mut stream = context.request().input_stream();
        let mut block = [0; 64];
        assert_eq!(stream.read(&mut block[..first]).unwrap(), first);
        let read = stream.read(&mut block[..second]);
        let error = read.expect_err("more than the limit was handed on");
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
        assert!(stream.read(&mut block).is_err(), "and not again");
    }
}

#[test]
fn message_limits_at_and_above() {
    let listener = echoing();
    let request = |path: usize, fields: usize| {
        let fields = "A: b\r\n".repeat(fields - 1);
        format!(
            "GET /{} HTTP/1.1\r\nHost: h\r\n{fields}\r\n",
            "p".repeat(path)
        )
    };
    let line = |path: usize| format!("GET /{} HTTP/1.1\r\n", "p".repeat(path)).len();
    listener.set_limits(HttpListenerLimits {
        request_line_bytes: line(50),
        headers: 5,
        head_bytes: request(50, 5).len(),
        ..listener.limits()
    });
    let status = |request: String| Client::new(&listener).send(request).answer().status();
    assert_eq!(status(request(50, 5)), 200);
    assert_eq!(status(request(51, 2)), 414);
    assert_eq!(status(request(1, 6)), 431);
    listener.set_limits(HttpListenerLimits {
        head_bytes: request(50, 5).len() - 1,
        ..listener.limits()
    });
    assert_eq!(status(request(50, 5)), 431);
}
