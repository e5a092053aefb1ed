//! Requests made on one machine and sent on another, behind others.

use system_net_http_proto::{
    BodyLength, ClientConnection, ClientEvent, Limits, PreparedRequest, ProtoError, ProtoErrorKind,
};
use system_net_primitives::HttpVersion;

fn draft(method: &str, fields: &[(&str, &str)], length: Option<BodyLength>) -> ClientConnection {
    let mut draft = ClientConnection::new(Limits::default());
    draft
        .begin_request(method, "/", HttpVersion::VERSION11)
        .unwrap();
    for (name, value) in fields {
        draft
            .write_header(name.as_bytes(), value.as_bytes())
            .unwrap();
    }
    if let Some(length) = length {
        draft.write_body_length(length).unwrap();
    }
    draft.end_head().unwrap();
    draft
}

fn prepared(method: &str) -> PreparedRequest {
    draft(method, &[], None).into_prepared().unwrap()
}

#[track_caller]
fn is_misuse<T>(result: Result<T, ProtoError>) {
    match result {
        Ok(_) => panic!("taken"),
        Err(error) => assert!(matches!(error.kind(), ProtoErrorKind::Misuse(_)), "{error}"),
    }
}

#[test]
fn bytes_and_answers_are_those_of_the_request() {
    let get = prepared("GET");
    assert_eq!(get.as_bytes(), b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(format!("{get:?}"), "PreparedRequest(18 bytes)");
    let mut connection = draft("GET", &[], None);
    assert!(!connection.can_reuse());
    // What it answers to depends on the request: HEAD has no body.
    connection.send_prepared(&prepared("HEAD")).unwrap();
    connection.send_prepared(&get).unwrap();
    assert_eq!(connection.in_flight(), 3);
    let out = b"GET / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
    assert_eq!(connection.output(), out);
    connection.consume_output(out.len());
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    for (body, left) in [(true, 2), (false, 1), (true, 0)] {
        connection.handle_input(answer);
        assert!(connection.has_input());
        assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
        assert!(!connection.awaits_response(), "this one is not over");
        if body {
            connection.handle_input(b"x");
            assert!(matches!(connection.poll_event(), Ok(ClientEvent::Body)));
            connection.consume_body(1);
        }
        assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
        assert_eq!(connection.awaits_response(), left > 0);
        assert_eq!(connection.can_reuse(), left == 0);
        assert!(!connection.response_started() && !connection.has_input());
    }
}

#[test]
fn what_cannot_go_behind_others_is_refused() {
    let body = Some(BodyLength::Fixed(3));
    for draft in [
        ClientConnection::new(Limits::default()),
        draft("CONNECT", &[], None),
        draft("GET", &[("Upgrade", "x"), ("Connection", "upgrade")], None),
        draft("PUT", &[], body),
        draft("PUT", &[], Some(BodyLength::Chunked)),
    ] {
        is_misuse(draft.into_prepared());
    }
    let mut ended = draft("PUT", &[], body);
    ended.send_body(b"abc").unwrap();
    ended.end_body(None).unwrap();
    is_misuse(ended.into_prepared());
    let mut sent = draft("GET", &[], None);
    sent.consume_output(1);
    is_misuse(sent.into_prepared());
    let mut two = draft("GET", &[], None);
    two.send_prepared(&prepared("GET")).unwrap();
    is_misuse(two.into_prepared());
    // An empty body is none.
    let empty = draft("POST", &[], Some(BodyLength::Fixed(0)));
    assert!(empty.into_prepared().is_ok());
}

#[test]
fn nothing_goes_behind_what_allows_none() {
    let get = prepared("GET");
    for mut connection in [
        draft("PUT", &[], Some(BodyLength::Fixed(3))),
        draft("GET", &[("Connection", "close")], None),
        draft("CONNECT", &[], None),
    ] {
        let out = connection.output().to_vec();
        is_misuse(connection.send_prepared(&get));
        assert_eq!(connection.output(), out, "nothing was written");
    }
    let mut closed = ClientConnection::new(Limits::default());
    closed.handle_eof();
    is_misuse(closed.send_prepared(&get));
    let mut surplus = ClientConnection::new(Limits::default());
    surplus.handle_input(b"HTTP/1.1 408 Too late");
    assert!(surplus.send_prepared(&get).is_err());
}

/// After "close" no further response is awaited, whatever was sent.
#[test]
fn nothing_is_awaited_after_the_last_response() {
    let mut connection = draft("GET", &[], None);
    connection.send_prepared(&prepared("GET")).unwrap();
    connection.handle_input(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::Head(_))));
    assert!(matches!(connection.poll_event(), Ok(ClientEvent::End)));
    assert_eq!(connection.in_flight(), 1);
    assert!(!connection.awaits_response());
    assert!(connection.poll_event().is_err());
}
