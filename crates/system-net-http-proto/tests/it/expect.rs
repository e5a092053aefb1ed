//! 100 (Continue) and other interim responses: RFC 9110 sections 10.1.1 and 15.2.

use system_net_http_proto::{
    BodyLength, ClientConnection, ClientEvent, LimitName, Limits, ProtoErrorKind, ServerConnection,
    ServerEvent,
};
use system_net_primitives::HttpVersion;

use crate::record::{GET, bytewise, client};

/// A client that has sent the head of a request that waits for 100.
fn expecting() -> ClientConnection {
    let mut connection = ClientConnection::new(Limits::default());
    connection
        .begin_request("POST", "/", HttpVersion::VERSION11)
        .unwrap();
    connection.write_header(b"Host", b"a").unwrap();
    connection.write_header(b"Expect", b"100-continue").unwrap();
    connection.write_body_length(BodyLength::Fixed(5)).unwrap();
    connection.end_head().unwrap();
    connection.consume_output(connection.output().len());
    assert!(connection.awaits_continue());
    connection
}

#[test]
fn expecting_without_a_body_waits_for_nothing() {
    for length in [BodyLength::None, BodyLength::Fixed(0)] {
        let mut connection = ClientConnection::new(Limits::default());
        connection
            .begin_request("POST", "/", HttpVersion::VERSION11)
            .unwrap();
        connection.write_header(b"Expect", b"100-continue").unwrap();
        connection.write_body_length(length).unwrap();
        connection.end_head().unwrap();
        assert!(!connection.awaits_continue());
        connection.consume_output(connection.output().len());
        connection.handle_input(b"HTTP/1.1 204 No Content\r\n\r\n");
        assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
        assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
        assert!(connection.can_reuse());
    }
}

#[test]
fn expect_100_then_final() {
    let mut connection = expecting();
    connection.handle_input(b"HTTP/1.1 100 Continue\r\n\r\n");
    assert!(matches!(
        connection.poll_event(),
        Ok(ClientEvent::Informational(_))
    ));
    assert!(!connection.awaits_continue());
    connection.send_body(b"hello").unwrap();
    connection.end_body(None).unwrap();
    assert_eq!(connection.output(), b"hello");
    connection.consume_output(5);
    connection.handle_input(b"HTTP/1.1 204 No Content\r\n\r\n");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    assert!(connection.can_reuse());
}

/// Security: once the server has answered for good, the body stays back and the connection is
/// spent, since the server may take a body for the next request.
#[test]
fn expect_100_final_first() {
    for response in [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ] {
        let mut connection = expecting();
        connection.handle_input(response.as_bytes());
        let ended = (0..10).any(|_| matches!(connection.poll_event().unwrap(), ClientEvent::End));
        assert!(ended);
        let refused = connection.send_body(b"hello").unwrap_err();
        assert!(
            matches!(refused.kind(), ProtoErrorKind::Misuse(_)),
            "{refused}"
        );
        assert!(connection.end_body(None).is_err());
        assert_eq!(connection.output(), b"", "nothing of the body goes out");
        assert!(!connection.can_reuse());
        assert!(
            connection
                .begin_request("GET", "/", HttpVersion::VERSION11)
                .is_err()
        );
    }
}

/// Whoever waited long enough sends the body anyway; then a final answer is like any other.
#[test]
fn expect_100_silence() {
    let mut connection = expecting();
    connection.send_body(b"he").unwrap();
    connection.consume_output(2);
    connection.handle_input(b"HTTP/1.1 204 No Content\r\n\r\n");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    assert!(!connection.can_reuse());
    connection.send_body(b"llo").unwrap();
    connection.end_body(None).unwrap();
    connection.consume_output(3);
    assert!(connection.can_reuse());
}

/// Security: interim responses come to an end.
#[test]
fn thousand_100_continue() {
    let flood = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000);
    for said in [
        client(&[GET], Limits::default(), &[flood.as_bytes()]),
        client(&[GET], Limits::default(), &bytewise(flood.as_bytes())),
    ] {
        assert_eq!(said.len(), 33);
        assert!(
            said[..32]
                .iter()
                .all(|line| line == "info 1.1 100 Continue/none")
        );
        let limit = LimitName::Informational;
        assert_eq!(
            said[32],
            format!("error LimitExceeded({limit:?}) StartLine")
        );
    }
}

#[test]
fn server_sends_continue_once() {
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(
        b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n",
    );
    let Ok(ServerEvent::Head(head)) = connection.poll_event() else {
        panic!()
    };
    assert!(head.expect_continue && connection.awaits_continue());
    connection.send_continue().unwrap();
    connection.send_continue().unwrap();
    assert_eq!(connection.output(), b"HTTP/1.1 100 Continue\r\n\r\n");
    connection.consume_output(connection.output().len());
    connection.handle_input(b"ok");
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Body)));
    connection.consume_body(2);
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::End)));
    connection.begin_response(204, "No Content", None).unwrap();
    assert!(connection.send_continue().is_err());
    connection.end_head().unwrap();
    assert!(connection.next_request().unwrap());
}

/// A final answer instead of 100 leaves it open whether the body comes, so the server closes.
#[test]
fn server_refuses_the_expectation() {
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(
        b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    );
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Head(_))));
    connection
        .begin_response(417, "Expectation Failed", None)
        .unwrap();
    connection.end_head().unwrap();
    assert_eq!(
        connection.output(),
        b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    connection.handle_input(b"ok");
    assert!(!connection.next_request().unwrap());
}

#[test]
fn expectations_that_do_not_count() {
    for head in [
        "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continued\r\nContent-Length: 2\r\n\r\n",
    ] {
        let mut connection = ServerConnection::new(Limits::default());
        connection.handle_input(head.as_bytes());
        let Ok(ServerEvent::Head(head)) = connection.poll_event() else {
            panic!()
        };
        assert!(!head.expect_continue);
        connection.send_continue().unwrap();
        assert_eq!(connection.output(), b"");
    }
}

#[test]
fn server_sends_other_interim_responses() {
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(
        connection.begin_response(103, "Early Hints", None).is_err(),
        "no request yet"
    );
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Head(_))));
    connection.begin_response(103, "Early Hints", None).unwrap();
    connection.write_header(b"Link", b"</a>").unwrap();
    assert!(connection.write_body_length(BodyLength::Fixed(1)).is_err());
    connection.end_head().unwrap();
    assert!(!connection.response_begun());
    connection.begin_response(204, "No Content", None).unwrap();
    connection.end_head().unwrap();
    assert_eq!(
        connection.output(),
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
    );
    let mut old = ServerConnection::new(Limits::default());
    old.handle_input(b"GET / HTTP/1.0\r\n\r\n");
    assert!(matches!(old.poll_event(), Ok(ServerEvent::Head(_))));
    assert!(
        old.begin_response(103, "Early Hints", None).is_err(),
        "1.0 knows no 1xx"
    );
}
