//! What goes out, and what is refused before it does.

use proptest::prelude::*;
use system_net_http_proto::{
    BodyLength, ClientConnection, ClientEvent, Input, Limits, PreparedHeaders, ProtoErrorKind,
    ServerConnection, ServerEvent,
};
use system_net_primitives::{HttpVersion, WebHeaderCollection};

use crate::record::enough;

fn begun() -> ClientConnection {
    let mut connection = ClientConnection::new(Limits::default());
    connection
        .begin_request("POST", "/", HttpVersion::VERSION11)
        .unwrap();
    connection
}

/// A server that has read a request of this method and version.
fn asked(method: &str, version: &str) -> ServerConnection {
    let mut connection = ServerConnection::new(Limits::default());
    let target = if method == "CONNECT" { "a:1" } else { "/" };
    let input = format!("{method} {target} HTTP/{version}\r\nHost: a\r\n\r\n");
    connection.handle_input(input.as_bytes());
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Head(_))));
    connection
}

fn text(output: &[u8]) -> String {
    output.escape_ascii().to_string()
}

#[test]
fn requests_are_written_as_given() {
    let mut connection = ClientConnection::new(Limits::default());
    connection
        .begin_request("get", "http://a.example/?q=1", HttpVersion::VERSION10)
        .unwrap();
    connection.write_header(b"hOST", b"a.example").unwrap();
    connection.write_header(b"X", b"").unwrap();
    connection.write_header(b"Y", b"\xe4\tz").unwrap();
    connection.end_head().unwrap();
    assert_eq!(
        connection.output(),
        b"get http://a.example/?q=1 HTTP/1.0\r\nhOST: a.example\r\nX: \r\nY: \xe4\tz\r\n\r\n"
    );
    assert!(connection.request_complete());
}

/// In one go, and otherwise as in pieces.
#[test]
fn plain_requests_are_as_those_in_pieces() {
    #[track_caller]
    fn check(method: &str, target: &str, host: &str, authorization: Option<&str>) {
        let mut plain = ClientConnection::new(Limits::default());
        let mut pieces = ClientConnection::new(Limits::default());
        let written = match authorization {
            None => plain.write_plain(method, target, host),
            Some(value) => plain.write_plain_authorized(method, target, host, value),
        };
        let expected = pieces
            .begin_request(method, target, HttpVersion::VERSION11)
            .and_then(|()| pieces.write_header(b"Host", host.as_bytes()))
            .and_then(|()| match authorization {
                None => Ok(()),
                Some(value) => pieces.write_header(b"Authorization", value.as_bytes()),
            })
            .and_then(|()| pieces.end_head());
        let kinds = [written, expected].map(|result| result.map_err(|error| error.kind()));
        assert_eq!(kinds[0], kinds[1]);
        if kinds[0].is_err() {
            assert!(plain.output().is_empty(), "nothing is written");
            return;
        }
        assert_eq!(text(plain.output()), text(pieces.output()));
        for connection in [&mut plain, &mut pieces] {
            assert!(connection.request_complete());
            let second = connection.write_plain("GET", "/2", "a");
            assert_eq!(second.is_ok(), method != "CONNECT", "{method}");
            connection.consume_output(connection.output().len());
            connection.handle_input(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
            let event = connection.poll_event();
            assert!(matches!(event, Ok(ClientEvent::Head(_))), "{event:?}");
        }
        let next = [&mut plain, &mut pieces].map(|connection| {
            let event = connection.poll_event();
            format!("{event:?} {}", connection.in_flight())
        });
        assert_eq!(next[0], next[1]);
    }
    for method in ["GET", "HEAD", "CONNECT", "OPTIONS", "get", "", "G T"] {
        check(method, "/1k", "a.example:8080", None);
        check(method, "/1k", "a.example:8080", Some("Basic YTpi"));
    }
    for target in ["", "/a b", "/\u{e4}", "/?q", "*"] {
        check("GET", target, "a.example", None);
    }
    for host in ["", "a\r\nX: y", "a\tb", "\u{e4}", "a\0"] {
        check("GET", "/", host, None);
        check("GET", "/", host, Some("Basic YTpi"));
    }
    for value in [
        "",
        "a\r\nX: y",
        "Digest a=\"b\", c=d",
        "\u{e4}",
        "a\0",
        "a\tb",
    ] {
        check("GET", "/", "a.example", Some(value));
    }
}

#[test]
fn body_length_stands_where_it_is_written() {
    let rows = [
        (BodyLength::None, ""),
        (BodyLength::Fixed(0), "Content-Length: 0\r\n"),
        (BodyLength::Fixed(7), "Content-Length: 7\r\n"),
        (
            BodyLength::Fixed(u64::MAX),
            "Content-Length: 18446744073709551615\r\n",
        ),
        (BodyLength::Chunked, "Transfer-Encoding: chunked\r\n"),
    ];
    for (length, field) in rows {
        let mut connection = begun();
        connection.write_header(b"A", b"b").unwrap();
        connection.write_body_length(length).unwrap();
        connection.write_header(b"C", b"d").unwrap();
        assert!(connection.write_body_length(length).is_err(), "only once");
        connection.end_head().unwrap();
        let expected = format!("POST / HTTP/1.1\r\nA: b\r\n{field}C: d\r\n\r\n");
        assert_eq!(text(connection.output()), text(expected.as_bytes()));
    }
    let mut connection = begun();
    assert!(
        connection
            .write_body_length(BodyLength::UntilClose)
            .is_err()
    );
    connection.write_chunked_with("gzip").unwrap();
    connection.end_head().unwrap();
    assert_eq!(
        connection.output(),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
    );
}

#[test]
fn old_peers_get_no_chunks_from_a_client() {
    let mut connection = ClientConnection::new(Limits::default());
    connection
        .begin_request("POST", "/", HttpVersion::VERSION10)
        .unwrap();
    assert!(connection.write_body_length(BodyLength::Chunked).is_err());
    assert!(connection.write_chunked_with("gzip").is_err());
    connection.write_body_length(BodyLength::Fixed(0)).unwrap();
}

#[test]
fn fixed_bodies_keep_their_length() {
    let mut connection = begun();
    connection.write_body_length(BodyLength::Fixed(5)).unwrap();
    connection.end_head().unwrap();
    connection.consume_output(connection.output().len());
    assert_eq!(connection.remaining_body(), Some(5));
    connection.send_body(b"he").unwrap();
    let short = connection.end_body(None).unwrap_err();
    assert_eq!(short.kind(), ProtoErrorKind::BodyTooShort { missing: 3 });
    let long = connection.send_body(b"llo!!").unwrap_err();
    assert_eq!(long.kind(), ProtoErrorKind::BodyTooLong { excess: 2 });
    assert_eq!(
        connection.output(),
        b"he",
        "the piece that does not fit is not begun"
    );
    assert_eq!(connection.remaining_body(), Some(3));
    connection.send_body(b"").unwrap();
    connection.send_body(b"llo").unwrap();
    assert_eq!(connection.remaining_body(), Some(0));
    assert!(!connection.request_complete());
    connection.end_body(None).unwrap();
    assert!(connection.request_complete());
    assert_eq!(connection.output(), b"hello");
    let after = connection.send_body(b"!").unwrap_err();
    assert_eq!(after.kind(), ProtoErrorKind::BodyTooLong { excess: 1 });
}

#[test]
fn chunks_are_framed_and_empty_ones_left_out() {
    let mut trailers = WebHeaderCollection::new();
    trailers.add("X-Sum", "1").unwrap();
    let mut connection = begun();
    connection.write_body_length(BodyLength::Chunked).unwrap();
    connection.end_head().unwrap();
    connection.consume_output(connection.output().len());
    connection.send_body(b"hello").unwrap();
    connection.send_body(b"").unwrap();
    connection.send_body(&[b'x'; 26]).unwrap();
    assert_eq!(connection.remaining_body(), None);
    connection.end_body(Some(&trailers)).unwrap();
    assert_eq!(
        text(connection.output()),
        format!(
            "5\\r\\nhello\\r\\n1a\\r\\n{}\\r\\n0\\r\\nX-Sum: 1\\r\\n\\r\\n",
            "x".repeat(26)
        )
    );
}

#[test]
fn reserved_pieces_are_written_by_the_driver() {
    let mut connection = begun();
    connection.write_body_length(BodyLength::Chunked).unwrap();
    connection.end_head().unwrap();
    connection.consume_output(connection.output().len());
    connection.reserve_body(300).unwrap();
    assert_eq!(connection.output(), b"12c\r\n");
    connection.consume_output(5);
    assert!(
        connection.send_body(b"x").is_err(),
        "one piece after the other"
    );
    assert!(connection.end_body(None).is_err());
    connection.commit_reserved();
    connection.reserve_body(0).unwrap();
    connection.commit_reserved();
    connection.end_body(None).unwrap();
    assert_eq!(connection.output(), b"\r\n0\r\n\r\n");

    let mut connection = begun();
    connection.write_body_length(BodyLength::Fixed(3)).unwrap();
    connection.end_head().unwrap();
    connection.consume_output(connection.output().len());
    assert!(connection.reserve_body(4).is_err());
    connection.reserve_body(3).unwrap();
    connection.commit_reserved();
    assert_eq!(connection.output(), b"");
    connection.end_body(None).unwrap();
}

#[test]
fn trailers_only_where_they_may_stand() {
    let trailers = |name| {
        let mut trailers = WebHeaderCollection::new();
        trailers.push_raw(name, b"1");
        trailers
    };
    for (length, name, accepted) in [
        (BodyLength::Chunked, &b"X-Sum"[..], true),
        (BodyLength::Chunked, b"Digest", true),
        (BodyLength::Chunked, b"Content-Length", false),
        (BodyLength::Chunked, b"transfer-encoding", false),
        (BodyLength::Chunked, b"Host", false),
        (BodyLength::Chunked, b"AUTHORIZATION", false),
        (BodyLength::Chunked, b"Set-Cookie", false),
        (BodyLength::Chunked, b"Bad Name", false),
        (BodyLength::Chunked, b"", false),
        (BodyLength::Fixed(1), b"X-Sum", false),
    ] {
        let mut connection = begun();
        connection.write_body_length(length).unwrap();
        connection.end_head().unwrap();
        connection.send_body(b"x").unwrap();
        let before = connection.output().len();
        let result = connection.end_body(Some(&trailers(name)));
        assert_eq!(result.is_ok(), accepted, "{}", name.escape_ascii());
        if !accepted {
            assert_eq!(connection.output().len(), before);
            connection.end_body(None).unwrap();
        }
    }
}

#[test]
fn commands_out_of_order_are_refused() {
    let mut connection = ClientConnection::new(Limits::default());
    assert!(connection.write_header(b"A", b"b").is_err());
    assert!(connection.end_head().is_err());
    assert!(connection.write_body_length(BodyLength::None).is_err());
    connection
        .begin_request("GET", "/", HttpVersion::VERSION11)
        .unwrap();
    assert!(
        connection
            .begin_request("GET", "/", HttpVersion::VERSION11)
            .is_err()
    );
    assert!(connection.send_body(b"x").is_err());
    assert!(connection.end_body(None).is_err());
    for name in [
        &b"Content-Length"[..],
        b"content-length",
        b"Transfer-Encoding",
    ] {
        assert!(connection.write_header(name, b"1").is_err());
    }
    connection.end_head().unwrap();
    assert_eq!(connection.output(), b"GET / HTTP/1.1\r\n\r\n");
    let mut server = ServerConnection::new(Limits::default());
    assert!(server.begin_response(200, "OK", None).is_err());
    assert!(server.end_head().is_err());
    assert!(server.next_request().is_err());
}

/// A request whose head failed half-way leaves no trace.
#[test]
fn a_head_can_be_taken_back() {
    let mut connection = ClientConnection::new(Limits::default());
    connection
        .begin_request("GET", "/1", HttpVersion::VERSION11)
        .unwrap();
    connection.end_head().unwrap();
    connection
        .begin_request("GET", "/2", HttpVersion::VERSION11)
        .unwrap();
    connection.write_header(b"A", b"b").unwrap();
    assert!(connection.write_header(b"A", b"b\n").is_err());
    connection.cancel_head();
    assert_eq!(connection.output(), b"GET /1 HTTP/1.1\r\n\r\n");
    assert_eq!(connection.in_flight(), 1);
    connection.cancel_head();
    connection
        .begin_request("GET", "/3", HttpVersion::VERSION11)
        .unwrap();
    assert_eq!(connection.in_flight(), 2);

    let mut server = asked("GET", "1.1");
    server.begin_response(500, "Oops", None).unwrap();
    server.cancel_head();
    server.begin_response(204, "No Content", None).unwrap();
    server.end_head().unwrap();
    assert_eq!(server.output(), b"HTTP/1.1 204 No Content\r\n\r\n");
}

/// What a server writes for a response with this body, by method, version and status.
#[test]
fn responses_are_framed_for_their_request() {
    use BodyLength::{Chunked, Fixed, None as NoBody, UntilClose};
    let ok = "HTTP/1.1 200 OK\\r\\n";
    let rows = [
        (
            "GET",
            "1.1",
            200,
            NoBody,
            format!("{ok}Content-Length: 0\\r\\n\\r\\n"),
        ),
        (
            "GET",
            "1.1",
            200,
            Fixed(2),
            format!("{ok}Content-Length: 2\\r\\n\\r\\nhi"),
        ),
        (
            "GET",
            "1.1",
            200,
            Chunked,
            format!("{ok}Transfer-Encoding: chunked\\r\\n\\r\\n2\\r\\nhi\\r\\n0\\r\\n\\r\\n"),
        ),
        (
            "GET",
            "1.1",
            200,
            UntilClose,
            format!("{ok}Connection: close\\r\\n\\r\\nhi"),
        ),
        (
            "GET",
            "1.0",
            200,
            Chunked,
            format!("{ok}Connection: close\\r\\n\\r\\nhi"),
        ),
        ("HEAD", "1.1", 200, NoBody, format!("{ok}\\r\\n")),
        (
            "HEAD",
            "1.1",
            200,
            Fixed(2),
            format!("{ok}Content-Length: 2\\r\\n\\r\\n"),
        ),
        (
            "HEAD",
            "1.1",
            200,
            Chunked,
            format!("{ok}Transfer-Encoding: chunked\\r\\n\\r\\n"),
        ),
        ("HEAD", "1.1", 200, UntilClose, format!("{ok}\\r\\n")),
        (
            "GET",
            "1.1",
            304,
            Fixed(2),
            "HTTP/1.1 304 OK\\r\\nContent-Length: 2\\r\\n\\r\\n".into(),
        ),
        (
            "GET",
            "1.1",
            304,
            NoBody,
            "HTTP/1.1 304 OK\\r\\n\\r\\n".into(),
        ),
        (
            "GET",
            "1.1",
            204,
            NoBody,
            "HTTP/1.1 204 OK\\r\\n\\r\\n".into(),
        ),
        (
            "GET",
            "1.1",
            205,
            NoBody,
            "HTTP/1.1 205 OK\\r\\nContent-Length: 0\\r\\n\\r\\n".into(),
        ),
        ("CONNECT", "1.1", 200, NoBody, format!("{ok}\\r\\n")),
        (
            "CONNECT",
            "1.1",
            502,
            Fixed(2),
            "HTTP/1.1 502 OK\\r\\nContent-Length: 2\\r\\n\\r\\nhi".into(),
        ),
    ];
    for (method, version, status, length, expected) in rows {
        let mut connection = asked(method, version);
        connection.begin_response(status, "OK", None).unwrap();
        connection.write_body_length(length).unwrap();
        connection.end_head().unwrap();
        if length != NoBody {
            connection.send_body(b"hi").unwrap();
        }
        connection.end_body(None).unwrap();
        assert_eq!(
            text(connection.output()),
            expected,
            "{method} {version} {status} {length:?}"
        );
        assert!(connection.response_complete());
    }
    for (method, status) in [("GET", 204), ("CONNECT", 200), ("HEAD", 204)] {
        let mut connection = asked(method, "1.1");
        connection.begin_response(status, "", None).unwrap();
        assert!(connection.write_body_length(Fixed(2)).is_err());
        assert!(connection.write_body_length(Chunked).is_err());
    }
}

/// Prepared fields say what they say, as those written one by one.
#[test]
fn prepared_fields_count() {
    let prepared =
        PreparedHeaders::new([(&b"Server"[..], &b"x"[..]), (b"Connection", b"close")]).unwrap();
    let mut connection = asked("GET", "1.1");
    assert!(
        connection.write_prepared(&prepared).is_err(),
        "no head was begun"
    );
    connection.begin_response(204, "", None).unwrap();
    connection.write_prepared(&prepared).unwrap();
    connection.end_head().unwrap();
    assert_eq!(
        connection.output(),
        b"HTTP/1.1 204 \r\nServer: x\r\nConnection: close\r\n\r\n"
    );
    assert!(!connection.keep_alive());
    assert!(PreparedHeaders::new([(&b"Content-Length"[..], &b"1"[..])]).is_err());
    let mut client = begun();
    let waits = PreparedHeaders::new([(&b"Expect"[..], &b"100-continue"[..])]).unwrap();
    client.write_prepared(&waits).unwrap();
    client.write_body_length(BodyLength::Fixed(1)).unwrap();
    client.end_head().unwrap();
    assert!(client.awaits_continue());
}

/// What passes through a connection does not show in its `Debug` form, and idle ones can give their
/// memory back without forgetting anything.
#[test]
fn buffers_are_discreet() {
    let mut connection = begun();
    connection
        .write_header(b"Authorization", b"Basic c2VjcmV0")
        .unwrap();
    connection.end_head().unwrap();
    connection.handle_input(b"HTTP/1.1 200 c2VjcmV0");
    let prepared = PreparedHeaders::new([(&b"Cookie"[..], &b"c2VjcmV0"[..])]).unwrap();
    let shown = format!("{connection:?} {prepared:?}");
    assert!(
        !shown.contains("c2VjcmV0") && !shown.contains("99, 50, 86"),
        "{shown}"
    );
    let output = connection.output().to_vec();
    connection.release_buffers();
    assert_eq!(connection.output(), output);
    connection.consume_output(output.len());
    connection.release_buffers();
    connection.handle_input(b"\r\nContent-Length: 0\r\n\r\n");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    connection.release_buffers();
    assert!(connection.can_reuse());
}

#[test]
fn reserved_pieces_of_a_head_response_are_not_written() {
    let mut connection = asked("HEAD", "1.1");
    connection.begin_response(200, "OK", None).unwrap();
    connection.write_body_length(BodyLength::Fixed(9)).unwrap();
    connection.end_head().unwrap();
    assert!(!connection.reserve_body(9).unwrap());
    connection.commit_reserved();
    connection.end_body(None).unwrap();
    assert!(connection.keep_alive());
}

#[test]
fn a_server_upgrades_when_asked() {
    let mut connection = asked("GET", "1.1");
    assert!(
        connection
            .begin_response(101, "Switching Protocols", None)
            .is_err()
    );
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nraw",
    );
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Head(_))));
    connection
        .begin_response(101, "Switching Protocols", None)
        .unwrap();
    connection.write_header(b"Connection", b"Upgrade").unwrap();
    connection.write_header(b"Upgrade", b"echo").unwrap();
    connection.end_head().unwrap();
    assert!(connection.is_upgraded());
    assert!(!connection.next_request().unwrap());
    assert_eq!(
        connection.output(),
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
    );
    assert_eq!(connection.take_upgraded(), b"raw");
}

#[test]
fn status_and_version_are_checked() {
    let mut connection = asked("GET", "1.1");
    for status in [0, 99, 1000, u16::MAX] {
        let refused = connection.begin_response(status, "", None).unwrap_err();
        assert_eq!(refused.kind(), ProtoErrorKind::InvalidInput(Input::Status));
    }
    for version in [HttpVersion::VERSION20, HttpVersion::UNKNOWN] {
        assert!(connection.begin_response(200, "", Some(version)).is_err());
        let mut client = ClientConnection::new(Limits::default());
        assert!(client.begin_request("GET", "/", version).is_err());
    }
    connection
        .begin_response(200, "Gr\u{fc}\u{df}e", Some(HttpVersion::VERSION10))
        .unwrap();
    connection.end_head().unwrap();
    assert_eq!(
        text(connection.output()),
        "HTTP/1.0 200 Gr\\xfc\\xdfe\\r\\nContent-Length: 0\\r\\nConnection: keep-alive\\r\\n\\r\\n"
    );
}

/// A piece of text with at least one byte that would end a line or a string somewhere.
fn hostile() -> impl Strategy<Value = String> {
    let breaks = prop_oneof![
        Just("\r\n"),
        Just("\r"),
        Just("\n"),
        Just("\0"),
        Just("\r\n\r\n")
    ];
    ("[ -~\u{e4}]{0,12}", breaks, "[ -~\u{e4}]{0,12}")
        .prop_map(|(before, broken, after)| format!("{before}{broken}{after}"))
}

proptest! {
    /// Security: no command of either side lets CR, LF or NUL through, wherever it is put; what was
    /// written before stays as it was.
    #[test]
    fn crlf_injection_everywhere(bad in hostile()) {
        let bytes = bad.as_bytes();
        let mut smuggled = WebHeaderCollection::new();
        smuggled.push_raw(b"X", bytes);
        let mut named = WebHeaderCollection::new();
        named.push_raw(bytes, b"v");

        prop_assert!(PreparedHeaders::new([(bytes, &b"v"[..])]).is_err());
        prop_assert!(PreparedHeaders::new([(&b"X"[..], bytes)]).is_err());

        let mut client = ClientConnection::new(Limits::default());
        prop_assert!(client.begin_request(&bad, "/", HttpVersion::VERSION11).is_err());
        prop_assert!(client.begin_request("GET", &bad, HttpVersion::VERSION11).is_err());
        prop_assert_eq!(client.output(), b"");
        client.begin_request("POST", "/", HttpVersion::VERSION11).unwrap();
        prop_assert!(client.write_header(bytes, b"v").is_err());
        prop_assert!(client.write_header(b"X", bytes).is_err());
        prop_assert!(client.write_header(b"Host", bytes).is_err());
        prop_assert!(client.write_headers(&smuggled).is_err());
        prop_assert!(client.write_headers(&named).is_err());
        prop_assert!(client.write_chunked_with(&bad).is_err());
        client.write_body_length(BodyLength::Chunked).unwrap();
        client.end_head().unwrap();
        prop_assert!(client.end_body(Some(&smuggled)).is_err());
        prop_assert!(client.end_body(Some(&named)).is_err());
        prop_assert_eq!(
            client.output(),
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        );

        let mut server = asked("GET", "1.1");
        prop_assert!(server.begin_response(200, &bad, None).is_err());
        prop_assert_eq!(server.output(), b"");
        server.begin_response(200, "OK", None).unwrap();
        prop_assert!(server.write_header(bytes, b"v").is_err());
        prop_assert!(server.write_header(b"X", bytes).is_err());
        prop_assert!(server.write_headers(&smuggled).is_err());
        prop_assert!(server.write_headers(&named).is_err());
        server.write_body_length(BodyLength::Chunked).unwrap();
        server.end_head().unwrap();
        prop_assert!(server.end_body(Some(&smuggled)).is_err());
        prop_assert!(server.end_body(Some(&named)).is_err());
        prop_assert_eq!(
            server.output(),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
    }

    /// Whatever body a client sends in whatever pieces, a server reads the same, and the same
    /// trailers.
    #[test]
    fn chunked_roundtrip(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8),
        chunked: bool,
        trailer in "[!-~]{1,20}",
    ) {
        let whole = pieces.concat();
        let mut trailers = WebHeaderCollection::new();
        trailers.push_raw(b"X-Sum", trailer.as_bytes());
        let length =
            if chunked { BodyLength::Chunked } else { BodyLength::Fixed(whole.len() as u64) };
        let mut client = ClientConnection::new(Limits::default());
        client.begin_request("PUT", "/", HttpVersion::VERSION11).unwrap();
        client.write_header(b"Host", b"a").unwrap();
        client.write_body_length(length).unwrap();
        client.end_head().unwrap();
        let mut server = ServerConnection::new(Limits::default());
        let (mut body, mut said) = (Vec::new(), WebHeaderCollection::new());
        for piece in &pieces {
            client.send_body(piece).unwrap();
        }
        client.end_body(chunked.then_some(&trailers)).unwrap();
        server.handle_input(client.output());
        let mut polls = enough(whole.len());
        loop {
            prop_assert!(polls.next().is_some(), "it goes on for ever");
            match server.poll_event().unwrap() {
                ServerEvent::Head(_) => {}
                ServerEvent::Body => {
                    body.extend_from_slice(server.body());
                    server.consume_body(server.body().len());
                }
                ServerEvent::Trailers(trailers) => said = trailers,
                ServerEvent::End => break,
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(&body, &whole);
        prop_assert_eq!(said.get_first("X-Sum"), chunked.then_some(trailer.as_bytes()));

        // And back.
        server.begin_response(200, "OK", None).unwrap();
        server.write_body_length(length).unwrap();
        server.end_head().unwrap();
        for piece in &pieces {
            prop_assert!(server.reserve_body(piece.len()).unwrap());
            let line = server.output().to_vec();
            server.consume_output(line.len());
            client.handle_input(&line);
            client.handle_input(piece);
            server.commit_reserved();
        }
        server.end_body(None).unwrap();
        client.handle_input(server.output());
        client.consume_output(client.output().len());
        body.clear();
        let mut polls = enough(whole.len());
        loop {
            prop_assert!(polls.next().is_some(), "it goes on for ever");
            match client.poll_event().unwrap() {
                ClientEvent::Head(_) => {}
                ClientEvent::Body => {
                    body.extend_from_slice(client.body());
                    client.consume_body(client.body().len());
                }
                ClientEvent::End => break,
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(&body, &whole);
        prop_assert!(client.can_reuse());
    }
}
