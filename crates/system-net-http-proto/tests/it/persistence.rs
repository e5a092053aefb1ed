//! When a connection is used again: RFC 9112 section 9.3, on both sides.

use system_net_http_proto::{
    BodyLength, ClientConnection, ClientEvent, Limits, ServerConnection, ServerEvent,
};
use system_net_primitives::HttpVersion;

use crate::record::{Asked, GET, ask, client};

const FRAMINGS: [(&str, &str, bool); 4] = [
    ("Content-Length: 2\r\n", "ok", true),
    ("Content-Length: 0\r\n", "", true),
    (
        "Transfer-Encoding: chunked\r\n",
        "2\r\nok\r\n0\r\n\r\n",
        true,
    ),
    ("", "ok", false),
];

const CONNECTIONS: [(&str, bool, bool); 9] = [
    // (value, persistent in 1.1, persistent in 1.0)
    ("", true, false),
    ("keep-alive", true, true),
    ("Keep-Alive", true, true),
    ("x, keep-alive", true, true),
    ("close", false, false),
    ("CLOSE", false, false),
    ("close, keep-alive", false, false),
    ("keep-alive,x , close", false, false),
    ("closed", true, false),
];

/// Versions of both messages, times `Connection` of both, times framing.
#[test]
fn keep_alive_verdict_of_the_client() {
    let mut rows = 0;
    for (asked_version, asked_10) in [
        (HttpVersion::VERSION11, false),
        (HttpVersion::VERSION10, true),
    ] {
        for (asked, asked_keeps_11, asked_keeps_10) in CONNECTIONS {
            let asked_keeps = if asked_10 {
                asked_keeps_10
            } else {
                asked_keeps_11
            };
            for answer_version in ["1.1", "1.0"] {
                for (answer, answer_keeps_11, answer_keeps_10) in CONNECTIONS {
                    let answer_keeps = if answer_version == "1.0" {
                        answer_keeps_10
                    } else {
                        answer_keeps_11
                    };
                    for (framing, body, framed) in FRAMINGS {
                        if answer_version == "1.0" && framing.starts_with("Transfer") {
                            continue;
                        }
                        let mut connection = ClientConnection::new(Limits::default());
                        connection.begin_request("GET", "/", asked_version).unwrap();
                        if !asked.is_empty() {
                            connection
                                .write_header(b"Connection", asked.as_bytes())
                                .unwrap();
                        }
                        connection.end_head().unwrap();
                        connection.consume_output(connection.output().len());
                        let said = if answer.is_empty() {
                            String::new()
                        } else {
                            format!("Connection: {answer}\r\n")
                        };
                        let input =
                            format!("HTTP/{answer_version} 200 OK\r\n{framing}{said}\r\n{body}");
                        connection.handle_input(input.as_bytes());
                        let verdict = finish(&mut connection);
                        let expected = asked_keeps && answer_keeps && framed;
                        assert_eq!(verdict, expected, "{asked_version} {asked:?} {input:?}");
                        rows += 1;
                    }
                }
            }
        }
    }
    assert_eq!(rows, 2 * 9 * 9 * (4 + 3));
}

/// Reads to the end; the connection stays open unless the body needs its end.
fn finish(connection: &mut ClientConnection) -> bool {
    for _ in 0..100 {
        match connection.poll_event().unwrap() {
            ClientEvent::End => return connection.can_reuse(),
            ClientEvent::NeedInput => connection.handle_eof(),
            _ => connection.consume_body(connection.body().len()),
        }
    }
    panic!("the response does not end")
}

#[test]
fn several_connection_fields_count_together() {
    let input = b"HTTP/1.1 204 No Content\r\nConnection: x\r\nConnection: close\r\n\r\n";
    assert_eq!(
        client(&[GET], Limits::default(), &[input])[1..],
        ["end", "close"]
    );
    let input = b"HTTP/1.1 204 No Content\r\nProxy-Connection: close\r\n\r\n";
    assert_eq!(
        client(&[GET], Limits::default(), &[input])[1..],
        ["end", "close"]
    );
    let input = b"HTTP/1.0 204 No Content\r\nProxy-Connection: keep-alive\r\n\r\n";
    assert_eq!(
        client(&[GET], Limits::default(), &[input])[1..],
        ["end", "close"]
    );
}

/// The answer may come before the request is sent; the connection can be used once both are done.
#[test]
fn reuse_needs_our_body_sent() {
    let mut connection = ClientConnection::new(Limits::default());
    connection
        .begin_request("POST", "/", HttpVersion::VERSION11)
        .unwrap();
    connection.write_body_length(BodyLength::Fixed(4)).unwrap();
    connection.end_head().unwrap();
    connection.send_body(b"ab").unwrap();
    connection.consume_output(connection.output().len());
    connection.handle_input(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    assert!(!connection.can_reuse(), "two bytes are owed");
    connection.send_body(b"cd").unwrap();
    connection.end_body(None).unwrap();
    assert!(!connection.can_reuse(), "two bytes are not written yet");
    connection.consume_output(connection.output().len());
    assert!(connection.can_reuse());
}

#[test]
fn reuse_ends_with_the_connection() {
    let mut connection = ClientConnection::new(Limits::default());
    assert!(
        connection.can_reuse(),
        "a fresh connection can take a request"
    );
    ask(&mut connection, &[GET]);
    assert!(!connection.can_reuse(), "a response is awaited");
    connection.handle_input(b"HTTP/1.1 204 No Content\r\n\r\n");
    assert!(finish(&mut connection));
    connection.handle_eof();
    assert!(!connection.can_reuse());
    assert!(
        connection
            .begin_request("GET", "/", HttpVersion::VERSION11)
            .is_err()
    );
}

#[test]
fn nothing_is_pipelined_behind_a_last_request() {
    for last in [
        Asked {
            headers: &[("Connection", "close")],
            ..GET
        },
        Asked {
            version: HttpVersion::VERSION10,
            ..GET
        },
        crate::record::CONNECT,
        crate::record::UPGRADE,
    ] {
        let mut connection = ClientConnection::new(Limits::default());
        ask(&mut connection, &[GET, last]);
        assert!(
            connection
                .begin_request("GET", "/", HttpVersion::VERSION11)
                .is_err()
        );
    }
}

/// Request version and `Connection`, response `Connection` and framing: what a server writes and
/// whether it goes on.
#[test]
fn keep_alive_verdict_of_the_server() {
    for (request_version, is_10) in [("1.1", false), ("1.0", true)] {
        for (asked, keeps_11, keeps_10) in CONNECTIONS {
            let request_keeps = if is_10 { keeps_10 } else { keeps_11 };
            for answer in ["", "close", "keep-alive"] {
                for length in [
                    BodyLength::None,
                    BodyLength::Fixed(0),
                    BodyLength::Fixed(2),
                    BodyLength::Chunked,
                    BodyLength::UntilClose,
                ] {
                    let said = if asked.is_empty() {
                        String::new()
                    } else {
                        format!("Connection: {asked}\r\n")
                    };
                    let input = format!("GET / HTTP/{request_version}\r\nHost: a\r\n{said}\r\n");
                    let mut connection = ServerConnection::new(Limits::default());
                    connection.handle_input(input.as_bytes());
                    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Head(_))));
                    connection.begin_response(200, "OK", None).unwrap();
                    if !answer.is_empty() {
                        connection
                            .write_header(b"Connection", answer.as_bytes())
                            .unwrap();
                    }
                    connection.write_body_length(length).unwrap();
                    connection.end_head().unwrap();
                    if !matches!(length, BodyLength::None | BodyLength::Fixed(0)) {
                        connection.send_body(b"ok").unwrap();
                    }
                    connection.end_body(None).unwrap();
                    let until_close =
                        length == BodyLength::UntilClose || is_10 && length == BodyLength::Chunked;
                    let keeps = request_keeps && answer != "close" && !until_close;
                    let text = String::from_utf8(connection.output().to_vec()).unwrap();
                    assert_eq!(
                        text.contains("chunked"),
                        length == BodyLength::Chunked && !is_10
                    );
                    assert_eq!(
                        text.contains("Connection: close\r\n"),
                        !keeps,
                        "{input:?}\n{text}"
                    );
                    let says_keep = text.contains("Connection: keep-alive\r\n");
                    assert_eq!(
                        says_keep,
                        answer == "keep-alive" || keeps && is_10,
                        "{text}"
                    );
                    assert_eq!(connection.keep_alive(), keeps, "{input:?}\n{text}");
                    assert_eq!(connection.next_request().unwrap(), keeps);
                }
            }
        }
    }
}

#[test]
fn a_server_closes_over_an_unread_body() {
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Head(_))));
    connection.begin_response(200, "OK", None).unwrap();
    connection.end_head().unwrap();
    assert!(!connection.keep_alive());
    // It may still read the rest and then go on.
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Body)));
    connection.consume_body(3);
    connection.handle_input(b"lo");
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Body)));
    connection.consume_body(2);
    assert!(connection.keep_alive());
    assert!(connection.next_request().unwrap());
}

#[test]
fn a_server_can_make_any_response_the_last() {
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Head(_))));
    connection.close_after_response();
    connection.begin_response(204, "No Content", None).unwrap();
    connection.end_head().unwrap();
    assert_eq!(
        connection.output(),
        b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    );
    assert!(!connection.next_request().unwrap());
}
