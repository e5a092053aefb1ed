//! What errors say, and what is shown of a connection and what is not.

use system_net_http_proto::{
    BodyLength, ClientConnection, Limits, PreparedHeaders, ProtoError, ServerConnection,
};
use system_net_primitives::HttpVersion;

use crate::record::{GET, ask};

#[track_caller]
fn check(error: ProtoError, expected: &str) {
    assert_eq!(error.to_string(), expected);
}

/// What a client with one request says to these bytes, and nothing after them.
fn client(input: &str) -> ProtoError {
    client_within(Limits::default(), input)
}

fn client_within(limits: Limits, input: &str) -> ProtoError {
    let mut connection = ClientConnection::new(limits);
    ask(&mut connection, &[GET]);
    connection.handle_input(input.as_bytes());
    connection.handle_eof();
    for _ in 0..10 {
        match connection.poll_event() {
            Ok(_) => connection.consume_body(connection.body().len()),
            Err(error) => return error,
        }
    }
    panic!("{input:?} is accepted")
}

fn server(input: &str) -> ProtoError {
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(input.as_bytes());
    connection.handle_eof();
    for _ in 0..10 {
        if let Err(error) = connection.poll_event() {
            return error;
        }
    }
    panic!("{input:?} is accepted")
}

#[test]
fn broken_rules_are_named_with_their_place() {
    for (input, expected) in [
        (
            "ICY 200 OK\r\n\r\n",
            "not an HTTP/1 status line in the first line, line 1, byte 0 of the message",
        ),
        (
            "HTTP/2.0 200 OK\r\n\r\n",
            "the HTTP version is not supported in the first line, line 1, byte 5 of the message",
        ),
        (
            "HTTP/1.1 200 OK\n",
            "a line does not end in CR LF in the first line, line 1, byte 15 of the message",
        ),
        (
            "HTTP/1.1 200 OK\r\nA B: c\r\n\r\n",
            "a header name is malformed in the headers, line 2, byte 18 of the message",
        ),
        (
            "HTTP/1.1 200 OK\r\nA : c\r\n\r\n",
            "white space before the colon of a header in the headers, line 2, byte 18 of the message",
        ),
        (
            "HTTP/1.1 200 OK\r\nA\r\n\r\n",
            "a header line without colon in the headers, line 2, byte 18 of the message",
        ),
        (
            "HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n",
            "a control character in a header value in the headers, line 2, byte 20 of the message",
        ),
        (
            "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
            "a header is folded over two lines in the headers, line 3, byte 23 of the message",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "Content-Length is malformed in the headers, line 2, byte 33 of the message",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
            "Transfer-Encoding is malformed in the headers",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx",
            "a chunk size is malformed in a chunk size line, byte 47 of the message",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;;\r\n",
            "a chunk extension is malformed in a chunk size line, byte 48 of the message",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab",
            "the data of a chunk does not end in CR LF in the data of a chunk, byte 51 of the message",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n:\r\n\r\n",
            "a header name is malformed in the trailers, line 1, byte 50 of the message",
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
            "the server switched protocols unasked in the first line",
        ),
        (
            "",
            "the connection was closed before the first byte of the message",
        ),
        ("HTTP/1.1 2", "the connection was closed in the first line"),
        (
            "HTTP/1.1 200 OK\r\nA",
            "the connection was closed in the headers",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx",
            "the connection was closed in the body",
        ),
    ] {
        check(client(input), expected);
    }
    for (input, expected) in [
        (
            "\x16\x03\x01\r\n\r\n",
            "not an HTTP/1 request line in the first line, line 1, byte 0 of the message",
        ),
        (
            "G(T / HTTP/1.1\r\n\r\n",
            "the method is not a token in the first line, line 1, byte 1 of the message",
        ),
        (
            "GET x HTTP/1.1\r\n\r\n",
            "the request target is malformed in the first line, line 1, byte 4 of the message",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "a transfer coding is not supported in the headers",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
            "Content-Length stands beside Transfer-Encoding in the headers",
        ),
        (
            "GET / HTTP/1.1\r\n\r\n",
            "Host is missing, doubled or malformed in the headers",
        ),
        (
            "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
            "a CONNECT request announces a body in the headers",
        ),
    ] {
        check(server(input), expected);
    }
    let mut connection = ClientConnection::new(Limits::default());
    connection.handle_input(b"x");
    check(
        connection
            .begin_request("GET", "/", HttpVersion::VERSION11)
            .unwrap_err(),
        "data arrived that belongs to no request after the message",
    );
}

#[test]
fn limits_are_named() {
    let small = Limits {
        head_bytes: 40,
        start_line_bytes: 20,
        headers: 3,
        informational: 0,
        trailer_bytes: 10,
        chunk_extension_bytes: 2,
        ..Limits::default()
    };
    let chunked = "HTTP/1.1 200 \r\nTransfer-Encoding:chunked\r\n\r\n";
    let wide = Limits {
        head_bytes: 100,
        ..small
    };
    for (limits, input, expected) in [
        (
            small,
            "HTTP/1.1 200 abcdefghijklm\r\n\r\n",
            "start_line_bytes in the first line, line 1, byte 20 of the message",
        ),
        (
            small,
            "HTTP/1.1 200 OK\r\nA: b\r\nX: abcdefghijklmnop\r\n\r\n",
            "head_bytes in the headers, line 3, byte 40 of the message",
        ),
        (
            small,
            "HTTP/1.1 200 OK\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n",
            "headers in the headers, line 5, byte 29 of the message",
        ),
        (
            small,
            "HTTP/1.1 102 \r\n\r\n",
            "informational in the first line",
        ),
        (
            wide,
            &format!("{chunked}1;ab\r\nx\r\n"),
            "chunk_extension_bytes in a chunk size line, byte 47 of the message",
        ),
        (
            wide,
            &format!("{chunked}0\r\nA: bcdefghi\r\n\r\n"),
            "trailer_bytes in the trailers, line 1, byte 57 of the message",
        ),
        // Where both limits are the same, the whole head is what is too long.
        (
            Limits {
                start_line_bytes: 40,
                ..small
            },
            &"HTTP/1.1 200 abcdefg".repeat(3),
            "head_bytes in the first line, line 1, byte 40 of the message",
        ),
    ] {
        check(
            client_within(limits, input),
            &format!("the message exceeds the limit {expected}"),
        );
    }
    check(
        server(&"\r\n".repeat(5)),
        "the message exceeds the limit leading_empty_lines before the first byte of the message",
    );
}

#[test]
fn refused_input_is_named() {
    let mut connection = ClientConnection::new(Limits::default());
    let v11 = HttpVersion::VERSION11;
    for (method, target, version, expected) in [
        ("G T", "/", v11, "the method has to be a token"),
        (
            "GET",
            "/ä",
            v11,
            "the request target may have visible ASCII characters only",
        ),
        (
            "GET",
            "/",
            HttpVersion::new(2, 0),
            "only HTTP/1.0 and HTTP/1.1 can be written",
        ),
    ] {
        check(
            connection
                .begin_request(method, target, version)
                .unwrap_err(),
            expected,
        );
    }
    connection.begin_request("POST", "/", v11).unwrap();
    check(
        connection.write_header(b"a b", b"").unwrap_err(),
        "the header name has to be a token",
    );
    check(
        connection.write_header(b"a", b"\n").unwrap_err(),
        "the header value may not have control characters",
    );
    check(
        connection.write_chunked_with("chunked").unwrap_err(),
        "the transfer codings have to be tokens other than chunked",
    );
    connection.write_body_length(BodyLength::Fixed(2)).unwrap();
    connection.end_head().unwrap();
    check(
        connection.send_body(b"abcd").unwrap_err(),
        "the body is 2 bytes longer than its announced length",
    );
    check(
        connection.end_body(None).unwrap_err(),
        "the body is 2 bytes shorter than its announced length",
    );
    let mut server = ServerConnection::new(Limits::default());
    check(
        server.begin_response(99, "", None).unwrap_err(),
        "the status has to have three digits",
    );
    server.handle_input(b"GET / HTTP/1.0\r\n\r\n");
    server.poll_event().unwrap();
    check(
        server.begin_response(200, "\n", None).unwrap_err(),
        "the reason may not have control characters",
    );
    check(
        server.write_body_length(BodyLength::None).unwrap_err(),
        "the length is written in the head",
    );
    let mut chunked = ClientConnection::new(Limits::default());
    chunked.begin_request("POST", "/", v11).unwrap();
    chunked.write_body_length(BodyLength::Chunked).unwrap();
    chunked.end_head().unwrap();
    let mut trailers = system_net_primitives::WebHeaderCollection::new();
    trailers.push_raw(b"Host", b"a");
    check(
        chunked.end_body(Some(&trailers)).unwrap_err(),
        "this field may not stand in a trailer section",
    );
}

#[test]
fn debug_shows_what_an_error_is() {
    assert_eq!(
        format!("{:?}", client("HTTP/1.1 200 OK\r\n\x01: b\r\n\r\n")),
        "ProtoError { kind: Grammar(HeaderName), place: Headers, offset: Some(17), line: Some(2) }"
    );
}

/// Security: what passes may be a secret.
#[test]
fn debug_shows_no_contents() {
    let prepared = PreparedHeaders::new([(&b"Authorization"[..], &b"secret"[..])]).unwrap();
    assert_eq!(prepared.as_bytes(), b"Authorization: secret\r\n");
    assert_eq!(format!("{prepared:?}"), "PreparedHeaders(23 bytes)");
    let mut connection = ClientConnection::new(Limits::default());
    connection
        .begin_request("GET", "/", HttpVersion::VERSION11)
        .unwrap();
    connection.write_prepared(&prepared).unwrap();
    connection.end_head().unwrap();
    connection.handle_input(b"HTTP/1.1 200 secret\r\n");
    let shown = format!("{connection:?}");
    assert!(shown.contains("input: 21 bytes"), "{shown}");
    assert!(shown.contains("out: 41 bytes"), "{shown}");
    assert!(
        !shown.contains("secret") && !shown.contains("115, 101"),
        "{shown}"
    );
}
