//! A prepared head is the one that would be written step by step, or is not written.

use system_net_http_proto::{
    BodyLength, Limits, PreparedResponse, ProtoError, ServerConnection, ServerEvent,
};

fn fields() -> [(&'static [u8], &'static [u8]); 2] {
    [(b"Server", b"x"), (b"X-Empty", b"")]
}

fn asked(request: &str) -> ServerConnection {
    let mut connection = ServerConnection::new(Limits::default());
    connection.handle_input(request.as_bytes());
    assert!(matches!(connection.poll_event(), Ok(ServerEvent::Head(_))));
    connection
}

/// The same response the long way.
fn step_by_step(connection: &mut ServerConnection, status: u16, body: &[u8]) -> Vec<u8> {
    connection.begin_response(status, "Why", None).unwrap();
    connection
        .write_body_length(BodyLength::Fixed(body.len() as u64))
        .unwrap();
    for (name, value) in fields() {
        connection.write_header(name, value).unwrap();
    }
    connection.end_head().unwrap();
    connection.send_body(body).unwrap();
    connection.end_body(None).unwrap();
    connection.output().to_vec()
}

#[test]
fn prepared_responses_are_those_written_step_by_step() {
    #[track_caller]
    fn check(request: &str, closing: bool, suits: bool) {
        for (status, body) in [(200, &b"ok"[..]), (404, b""), (999, &[b'x'; 12345])] {
            let mut prepared = PreparedResponse::new(status, "Why", fields()).unwrap();
            let [mut long, mut short, mut split] = [(); 3].map(|()| asked(request));
            for connection in [&mut long, &mut short, &mut split] {
                if closing {
                    connection.close_after_response();
                }
            }
            let expected = step_by_step(&mut long, status, body);
            assert_eq!(short.answer_prepared(&mut prepared, body).unwrap(), suits);
            let length = body.len() as u64;
            assert_eq!(split.begin_prepared(&mut prepared, length).unwrap(), suits);
            if suits {
                assert!(short.response_complete());
                assert_eq!(split.remaining_body(), Some(length));
                split.send_body(body).unwrap();
                split.end_body(None).unwrap();
            } else {
                // Nothing has happened: it can be answered yet.
                assert!(short.output().is_empty() && split.output().is_empty());
                step_by_step(&mut short, status, body);
                step_by_step(&mut split, status, body);
            }
            for mut connection in [short, split] {
                assert_eq!(connection.output(), expected, "{request}");
                assert_eq!(connection.keep_alive(), long.keep_alive());
                let again = connection.answer_prepared(&mut prepared, body);
                assert_eq!(again.unwrap_err().response_status(), None, "answered twice");
            }
        }
    }
    check("GET / HTTP/1.1\r\nHost: a\r\n\r\n", false, true);
    check("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true, false);
    check(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        false,
        false,
    );
    check(
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        false,
        false,
    );
    check("GET / HTTP/1.0\r\n\r\n", false, false);
    check("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", false, false);
    // The body is still to come, but it will.
    check(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        false,
        true,
    );
    let expects = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    check(expects, false, false);
}

#[test]
fn one_prepared_response_takes_bodies_of_any_length() {
    let mut prepared = PreparedResponse::new(200, "Why", fields()).unwrap();
    for length in [0, 7, 7, 12345, 10, 0, 100, 99, 99] {
        let body = vec![b'x'; length];
        let [mut long, mut whole, mut split] =
            [(); 3].map(|()| asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        let expected = step_by_step(&mut long, 200, &body);
        assert!(whole.answer_prepared(&mut prepared, &body).unwrap());
        assert_eq!(whole.output(), expected, "{length}");
        let begun = split.begin_prepared(&mut prepared, length as u64);
        assert!(begun.unwrap());
        let head = &expected[..expected.len() - length];
        assert_eq!(split.output(), head, "{length}");
    }
}

#[test]
fn prepared_responses_need_a_request() {
    let mut prepared = PreparedResponse::new(200, "OK", fields()).unwrap();
    let mut connection = ServerConnection::new(Limits::default());
    assert!(connection.answer_prepared(&mut prepared, b"").is_err());
    assert!(connection.begin_prepared(&mut prepared, 0).is_err());
    let mut connect = asked("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(!connect.answer_prepared(&mut prepared, b"").unwrap());
    let mut connection = asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut nothing = PreparedResponse::default();
    assert!(!connection.answer_prepared(&mut nothing, b"").unwrap());
    connection.begin_response(200, "OK", None).unwrap();
    assert!(connection.answer_prepared(&mut prepared, b"").is_err());
}

#[test]
fn what_cannot_be_prepared() {
    #[track_caller]
    fn check(made: Result<PreparedResponse, ProtoError>, text: &str) {
        assert_eq!(made.map_err(|error| error.to_string()).unwrap_err(), text);
    }
    let field = |name: &'static str, value: &'static str| {
        PreparedResponse::new(200, "OK", [(name.as_bytes(), value.as_bytes())])
    };
    for status in [0, 99, 1000] {
        let made = PreparedResponse::new(status, "", fields());
        check(made, "the status has to have three digits");
    }
    for status in [100, 101, 199, 204, 304] {
        let made = PreparedResponse::new(status, "", fields());
        check(made, "this status has no body");
    }
    for reason in ["a\r\nb", "\u{100}"] {
        let made = PreparedResponse::new(200, reason, fields());
        check(made, "the reason may not have control characters");
    }
    check(
        field("X", "a\r\nb"),
        "the header value may not have control characters",
    );
    check(field("X y", ""), "the header name has to be a token");
    check(
        field("Content-Length", "3"),
        "the body's length is written with write_body_length",
    );
    let connection = "what Connection says cannot be prepared";
    check(field("Connection", "Close"), connection);
    check(field("Connection", "x, keep-alive"), connection);
    check(field("connection", "upgrade"), connection);
    assert!(field("Connection", "x").is_ok());
}
