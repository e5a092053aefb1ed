//! What a connection answers when it is asked about itself, and what it does with its buffers.

use std::borrow::Cow;

use system_net_http_proto::{
    BodyLength, ClientConnection, ClientEvent, Limits, PreparedHeaders, RequestHead,
    ServerConnection, ServerEvent,
};
use system_net_primitives::{HttpVersion, WebHeaderCollection};

use crate::record::{Asked, GET, UPGRADE, ask};

/// A server that has read this.
fn server(input: &str) -> (ServerConnection, RequestHead) {
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(input.as_bytes());
    match connection.poll_event() {
        Ok(ServerEvent::Head(head)) => (connection, *head),
        other => panic!("{input:?}: {other:?}"),
    }
}

#[test]
fn output_can_be_written_in_pieces() {
    let mut connection = ClientConnection::new(Limits::default());
    connection
        .begin_request("GET", "/", HttpVersion::VERSION11)
        .unwrap();
    connection.end_head().unwrap();
    connection.consume_output(4);
    assert_eq!(connection.output(), b"/ HTTP/1.1\r\n\r\n");
    connection.consume_output(10);
    assert_eq!(connection.output(), b"\r\n\r\n");
    connection.release_buffers();
    assert_eq!(connection.output(), b"\r\n\r\n", "not written yet");
    connection.consume_output(4);
    assert_eq!(connection.output(), b"");
    let (mut connection, _) = server("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    connection.begin_response(204, "", None).unwrap();
    connection.end_head().unwrap();
    connection.consume_output(9);
    assert_eq!(connection.output(), b"204 \r\n\r\n");
}

#[test]
fn a_server_knows_idle_from_slow() {
    let request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n";
    let mut connection = ServerConnection::new(Limits::default());
    assert!(!connection.head_begun());
    assert_eq!(connection.buffered_input(), 0);
    connection.handle_input(&request[..5]);
    assert!(connection.head_begun());
    assert_eq!(connection.buffered_input(), 5);
    connection.handle_input(&request[5..]);
    connection.handle_input(b"abGET");
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Head(_))));
    assert!(!connection.head_begun(), "what is buffered is the body");
    assert_eq!(connection.buffered_input(), 5);
    assert!(!connection.awaits_continue());
    assert!(!connection.is_upgraded());
    connection.consume_body(2);
    assert_eq!(connection.buffered_input(), 3, "of the next request");
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::End)));
    assert!(
        !connection.head_begun(),
        "the next request has its turn yet"
    );
    assert_eq!(connection.remaining_body(), Some(0), "no response yet");
    connection.begin_response(200, "", None).unwrap();
    assert_eq!(connection.remaining_body(), Some(0), "still in the head");
    connection.write_body_length(BodyLength::Fixed(3)).unwrap();
    connection.end_head().unwrap();
    assert_eq!(connection.remaining_body(), Some(3));
    connection.send_body(b"a").unwrap();
    assert_eq!(connection.remaining_body(), Some(2));
    connection.send_body(b"bc").unwrap();
    connection.end_body(None).unwrap();
    assert!(connection.next_request().unwrap());
    assert!(connection.head_begun());
}

#[test]
fn a_server_reads_bodies_past_the_buffer() {
    let (mut connection, _) =
        server("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    assert_eq!(connection.direct_read_limit(), 0, "bytes are buffered");
    connection.consume_body(5);
    assert_eq!(connection.direct_read_limit(), 5);
    connection.direct_read(3);
    assert_eq!(connection.direct_read_limit(), 2);
    assert!(!connection.request_complete());
    connection.direct_read(2);
    assert_eq!(connection.direct_read_limit(), 0);
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::End)));
    let (mut connection, _) = server("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    connection.handle_eof();
    assert_eq!(connection.direct_read_limit(), 0, "nothing more comes");
    let (mut connection, _) =
        server("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n");
    assert!(matches!(
        connection.poll_event(),
        Ok(ServerEvent::NeedInput)
    ));
    assert_eq!(connection.direct_read_limit(), 0, "chunks go through it");
}

/// What was once asked for is kept for the next message, until the connection goes to sleep.
#[test]
fn memory_is_released_when_asked() {
    let mut client = ClientConnection::new(Limits::default());
    assert!(client.input_space(10_000).len() >= 10_000);
    assert!(client.input_space(1).len() >= 10_000);
    client.handle_input(b"x");
    client.release_buffers();
    assert!(client.input_space(1).len() > 9_000, "something is buffered");
    let mut client = ClientConnection::new(Limits::default());
    client.input_space(10_000);
    client.release_buffers();
    assert!(client.input_space(1).len() < 10_000);
    let mut server = ServerConnection::new(Limits::default());
    server.input_space(10_000);
    assert!(server.input_space(1).len() >= 10_000);
    server.release_buffers();
    assert!(server.input_space(1).len() < 10_000);
}

/// A request may be sent again only if no byte of its response was seen.
#[test]
fn response_started_counts_bytes() {
    let mut connection = ClientConnection::new(Limits::default());
    ask(&mut connection, &[GET, GET]);
    connection.input_space(10);
    connection.input_filled(0);
    assert!(!connection.response_started());
    connection.handle_input(b"");
    assert!(!connection.response_started());
    connection.input_space(1)[0] = b'H';
    connection.input_filled(1);
    assert!(connection.response_started());
    connection.input_filled(0);
    assert!(connection.response_started());
    let next = b"TTP/1.1 204 \r\n\r\n";
    connection.handle_input(next);
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    assert!(!connection.response_started(), "nothing of the second one");
    assert!(!connection.has_surplus());
    connection.handle_input(b"HTTP/1.1 204 \r\n\r\nx");
    assert!(
        !connection.has_surplus(),
        "it belongs to the second request"
    );
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    assert!(!connection.response_started(), "no request waits");
    assert!(connection.has_surplus());

    let mut connection = ClientConnection::new(Limits::default());
    assert!(!connection.has_surplus());
    ask(&mut connection, &[GET, GET]);
    connection.handle_input(b"HTTP/1.1 204 \r\n\r\nH");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    assert!(connection.response_started(), "the second one has begun");
}

#[test]
fn a_response_gives_its_reason_away() {
    let mut connection = ClientConnection::new(Limits::default());
    ask(&mut connection, &[GET]);
    connection.handle_input(b"HTTP/1.1 204 As you wish\r\n\r\n");
    let Ok(ClientEvent::Head(mut head)) = connection.poll_event() else {
        panic!("a good head");
    };
    assert_eq!(head.take_reason(), "As you wish");
    assert_eq!(head.reason(), "");
}

#[test]
fn usual_methods_take_no_memory() {
    for method in [
        "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "get",
        "PROPFIND",
    ] {
        let target = if method == "CONNECT" { "a:1" } else { "/" };
        let (_, head) = server(&format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(head.method, method);
        let usual = !matches!(method, "get" | "PROPFIND");
        assert_eq!(matches!(head.method, Cow::Borrowed(_)), usual, "{method}");
    }
}

/// What cannot become a request is refused before a line of it is complete: nobody waits for the
/// end of a TLS greeting.
#[test]
fn other_protocols_are_refused_at_once() {
    for input in [&b"\x16\x03\x01"[..], b" GET", b"\0", b"\xe4"] {
        let mut connection = ServerConnection::new(Limits::default());
        connection.handle_input(input);
        assert!(connection.poll_event().is_err(), "{input:?}");
    }
    for input in [&b"SSH-2.0-x"[..], b"220 ready", b"\r\n", b"<html>"] {
        let mut connection = ClientConnection::new(Limits::default());
        ask(&mut connection, &[GET]);
        connection.handle_input(input);
        assert!(connection.poll_event().is_err(), "{input:?}");
    }
}

/// Names as long as those that matter mean nothing.
#[test]
fn other_fields_of_the_same_length() {
    let body = "Content-Length: 1\r\n";
    for (fields, expected) in [
        ("Expect: 100-continue\r\n", (true, true, false)),
        ("Accept: 100-continue\r\n", (false, true, false)),
        ("Connection: upgrade\r\nUpgrade: x\r\n", (false, true, true)),
        (
            "Connection: upgrade\r\nRefresh: x\r\n",
            (false, true, false),
        ),
        (
            "Keep-Alive: upgrade\r\nUpgrade: x\r\n",
            (false, true, false),
        ),
        ("Upgrade: x\r\n", (false, true, false)),
        ("Connection: close\r\n", (false, false, false)),
        ("Keep-Alive: close\r\n", (false, true, false)),
        ("Proxy-Connection: close\r\n", (false, false, false)),
        ("Xroxy-Connection: close\r\n", (false, true, false)),
        ("User: a:b, [c] \"d\"\r\n", (false, true, false)),
        ("Xontent-Length: x\r\n", (false, true, false)),
        ("Xransfer-Encoding: gzip\r\n", (false, true, false)),
    ] {
        let (_, head) = server(&format!("POST / HTTP/1.1\r\nHost: a\r\n{body}{fields}\r\n"));
        let found = (head.expect_continue, head.keep_alive, head.upgrade);
        assert_eq!(found, expected, "{fields}");
    }
}

/// A client that has sent these fields, once written one by one and once prepared.
fn clients(fields: &[(&str, &str)]) -> [ClientConnection; 2] {
    [false, true].map(|prepare| {
        let mut connection = ClientConnection::new(Limits::default());
        connection
            .begin_request("POST", "/", HttpVersion::VERSION11)
            .unwrap();
        let pairs = fields.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes()));
        if prepare {
            let prepared = PreparedHeaders::new(pairs).unwrap();
            connection.write_prepared(&prepared).unwrap();
        } else {
            for (name, value) in pairs {
                connection.write_header(name, value).unwrap();
            }
        }
        connection.write_body_length(BodyLength::Fixed(1)).unwrap();
        connection.end_head().unwrap();
        connection
    })
}

/// The same for what a client sends: whether it waits, may switch protocols, keeps the connection.
#[test]
fn sent_fields_of_the_same_length() {
    for (fields, waits, switches, keeps) in [
        (&[("Expect", "100-continue")][..], true, false, true),
        (&[("Accept", "100-continue")], false, false, true),
        (
            &[("Connection", "upgrade"), ("Upgrade", "x")],
            false,
            true,
            true,
        ),
        (
            &[("Connection", "upgrade"), ("Refresh", "x")],
            false,
            false,
            true,
        ),
        (&[("Connection", "upgrade")], false, false, true),
        (&[("Upgrade", "x")], false, false, true),
        (
            &[("Keep-Alive", "upgrade"), ("Upgrade", "x")],
            false,
            false,
            true,
        ),
        (&[("Connection", "close")], false, false, false),
        (&[("Keep-Alive", "close")], false, false, true),
    ] {
        for mut connection in clients(fields) {
            assert_eq!(connection.awaits_continue(), waits, "{fields:?}");
            connection.send_body(b"x").unwrap();
            connection.end_body(None).unwrap();
            let refused = connection.begin_request("GET", "/", HttpVersion::VERSION11);
            connection.cancel_head();
            assert_eq!(refused.is_ok(), keeps && !switches, "{fields:?}");
            connection.handle_input(b"HTTP/1.1 101 Switching Protocols\r\n\r\n");
            assert_eq!(connection.poll_event().is_ok(), switches, "{fields:?}");
        }
    }
}

/// An old client that wants to keep the connection is told once that it is kept.
#[test]
fn prepared_keep_alive_is_not_doubled() {
    let prepared = PreparedHeaders::new([(&b"Connection"[..], &b"keep-alive"[..])]).unwrap();
    for prepare in [false, true] {
        let (mut connection, _) = server("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assert!(matches!(connection.poll_event(), Ok(ServerEvent::End)));
        connection.begin_response(204, "", None).unwrap();
        if prepare {
            connection.write_prepared(&prepared).unwrap();
        }
        connection.end_head().unwrap();
        assert_eq!(
            connection.output().escape_ascii().to_string(),
            "HTTP/1.1 204 \\r\\nConnection: keep-alive\\r\\n\\r\\n"
        );
        assert!(connection.next_request().unwrap());
    }
}

#[test]
fn interim_heads_are_begun_once() {
    let (mut connection, _) = server("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let old = connection.begin_response(103, "", Some(HttpVersion::VERSION10));
    assert_eq!(
        old.unwrap_err().to_string(),
        "the client cannot take interim responses"
    );
    connection
        .begin_response(103, "", Some(HttpVersion::VERSION11))
        .unwrap();
    assert_eq!(
        connection
            .begin_response(200, "", None)
            .unwrap_err()
            .to_string(),
        "the head of the interim response is not complete"
    );
    connection.write_body_length(BodyLength::None).unwrap();
    assert_eq!(
        connection
            .write_body_length(BodyLength::Fixed(1))
            .unwrap_err()
            .to_string(),
        "this status has no body"
    );
    connection.end_head().unwrap();
    connection.begin_response(200, "", None).unwrap();
    connection.end_head().unwrap();
    assert_eq!(
        connection
            .begin_response(200, "", None)
            .unwrap_err()
            .to_string(),
        "the request was answered already"
    );
}

/// The trailers of a body that is left out are left out with it.
#[test]
fn trailers_of_an_answer_to_head() {
    let (mut connection, _) = server("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    connection.begin_response(200, "", None).unwrap();
    connection.write_body_length(BodyLength::Chunked).unwrap();
    connection.end_head().unwrap();
    let head = connection.output().to_vec();
    connection.send_body(b"abc").unwrap();
    let mut trailers = WebHeaderCollection::new();
    trailers.push_raw(b"X-Sum", b"1");
    connection.end_body(Some(&trailers)).unwrap();
    assert_eq!(connection.output(), head);
    assert!(connection.response_complete());
}

#[test]
fn a_server_takes_other_limits() {
    let mut connection = ServerConnection::new(Limits::default());
    connection.set_limits(Limits {
        headers: 1,
        chunk_extension_bytes: 0,
        ..Limits::default()
    });
    connection.handle_input(b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n");
    let error = connection.poll_event().unwrap_err();
    assert_eq!(error.response_status(), Some(431));
    let mut connection = ServerConnection::new(Limits {
        chunk_extension_bytes: 0,
        ..Limits::default()
    });
    connection
        .handle_input(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\r\n");
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Head(_))));
    let error = connection.poll_event().unwrap_err();
    assert_eq!(error.response_status(), Some(400), "no limit of heads");
}

/// Only those who asked for another protocol are given one.
#[test]
fn upgrades_need_both_fields() {
    let both = Asked {
        headers: &[("Connection", "upgrade")],
        ..UPGRADE
    };
    let mut connection = ClientConnection::new(Limits::default());
    ask(&mut connection, &[both]);
    connection.handle_input(b"HTTP/1.1 101 Switching Protocols\r\n\r\n");
    assert!(connection.poll_event().is_err());
}
