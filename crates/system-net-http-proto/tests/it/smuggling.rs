//! Messages that two peers could read differently, and bytes that belong to nobody.

use system_net_http_proto::{
    ClientConnection, ClientEvent, Limits, ProtoErrorKind, Rule, ServerConnection,
};
use system_net_primitives::HttpVersion;

use crate::record::{GET, ask, bytewise, client, server};

/// Security: both lengths in a request are refused, in either order and spelling, and nothing
/// behind it is ever seen; a response with both follows the chunks and ends the connection.
#[test]
fn smuggle_cl_te_both() {
    for headers in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "transfer-encoding: CHUNKED\r\ncontent-length: 0\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: identity\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n",
        "Content-Length: 4\r\nTransfer-Encoding:\r\n",
        "Content-Length: 4\r\nX: y\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
    ] {
        for version in ["1.0", "1.1"] {
            let input = format!(
                "POST / HTTP/{version}\r\nHost: a\r\n{headers}\r\n0\r\n\r\n\
                 GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
            );
            let refused = ["error Grammar(ConflictingLengths) Headers -> 400"];
            assert_eq!(
                server(Limits::default(), &[input.as_bytes()]),
                refused,
                "{headers:?}"
            );
            assert_eq!(
                server(Limits::default(), &bytewise(input.as_bytes())),
                refused
            );
        }
    }
    let input = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n\
                  2\r\nok\r\n0\r\n\r\n";
    let said = client(&[GET], Limits::default(), &[input]);
    assert!(said[0].contains("/chunked conflict "), "{said:?}");
    assert_eq!(said[1..], ["body ok", "end", "close"]);
    // Nor is it used again where the framing did not matter.
    let input =
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(
        client(&[GET], Limits::default(), &[input])[1..],
        ["end", "close"]
    );
}

/// After a refused request the server can answer it once, and says that it closes.
#[test]
fn refused_requests_can_be_answered() {
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n\
          GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    let error = connection.poll_event().unwrap_err();
    assert_eq!(
        error.kind(),
        ProtoErrorKind::Grammar(Rule::ConflictingLengths)
    );
    connection
        .begin_response(error.response_status().unwrap(), "Bad Request", None)
        .unwrap();
    connection.end_head().unwrap();
    assert_eq!(
        connection.output(),
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    assert!(!connection.next_request().unwrap());
    assert!(connection.poll_event().is_err());
    assert!(connection.begin_response(200, "OK", None).is_err());
}

/// Security: bytes that nobody asked for never become the answer to the next request.
#[test]
fn pool_poison_extra_bytes() {
    let good = &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"[..];
    let poison = &b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"[..];
    for extra in [&b"x"[..], b"\r\n", b"\0", poison] {
        for (first, second) in [(&[good, extra].concat()[..], &b""[..]), (good, extra)] {
            let mut connection = ClientConnection::new(Limits::default());
            ask(&mut connection, &[GET]);
            connection.handle_input(first);
            let ended = (0..10).any(|_| {
                connection.consume_body(connection.body().len());
                matches!(connection.poll_event().unwrap(), ClientEvent::End)
            });
            assert!(ended);
            assert_eq!(connection.can_reuse(), second.len() == extra.len());
            // The rest arrives while the connection is idle.
            connection.handle_input(second);
            assert!(connection.has_surplus());
            assert!(!connection.can_reuse());
            assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
            let refused = connection.begin_request("GET", "/", HttpVersion::VERSION11);
            assert_eq!(
                refused.unwrap_err().kind(),
                ProtoErrorKind::Grammar(Rule::UnsolicitedData)
            );
        }
    }
    // A body longer than its length is such bytes as well.
    for input in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok"[..],
        b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n0\r\n\r\n",
    ] {
        assert_eq!(
            client(&[GET], Limits::default(), &[input]).last().unwrap(),
            "close"
        );
        assert_eq!(
            client(&[GET], Limits::default(), &bytewise(input))
                .last()
                .unwrap(),
            "close"
        );
    }
    // And so are bytes that come before any request.
    let mut fresh = ClientConnection::new(Limits::default());
    fresh.handle_input(b"HTTP/1.1 408 Request Timeout\r\n\r\n");
    assert!(!fresh.can_reuse());
    assert!(
        fresh
            .begin_request("GET", "/", HttpVersion::VERSION11)
            .is_err()
    );
}

/// The rule for sending a request again: only if nothing of the answer was seen.
#[test]
fn response_started_is_per_request() {
    let mut connection = ClientConnection::new(Limits::default());
    ask(&mut connection, &[GET]);
    assert!(!connection.response_started());
    connection.handle_input(b"H");
    assert!(connection.response_started());
    connection.handle_input(b"TTP/1.1 204 No Content\r\n\r\n");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    ask(&mut connection, &[GET]);
    assert!(!connection.response_started());
    connection.handle_eof();
    let error = connection.poll_event().unwrap_err();
    assert_eq!(error.kind(), ProtoErrorKind::UnexpectedEof);
    assert!(!connection.response_started());
}
