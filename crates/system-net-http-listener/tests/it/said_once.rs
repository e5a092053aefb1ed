//! What a response says once, and what it is too late to say.

use std::io::{Read, Write};

use system_net_http_listener::{HttpListener, HttpListenerLimits};
use system_net_primitives::Cookie;

use crate::support::{Client, echoing};

/// A response that was refused and is given again, put right, has its cookies once.
#[test]
fn cookies_of_a_second_try() {
    let listener = HttpListener::test_http().unwrap();
    for streamed in [false, true] {
        let mut client = Client::new(&listener);
        client.request("GET /", &[], "");
        let mut context = listener.get_context().unwrap();
        let response = context.response_mut();
        response
            .append_cookie(Cookie::new("a", "1").unwrap())
            .unwrap();
        response.set_status_code(204).unwrap();
        for _ in 0..2 {
            let refused = match streamed {
                true => response.output_stream().map(drop),
                false => response.close_with("no place for it"),
            };
            assert!(refused.is_err(), "204 has no body");
        }
        response.set_status_code(200).unwrap();
        if streamed {
            let mut output = response.output_stream().unwrap();
            output.write_all(b"body").unwrap();
            output.close().unwrap();
        } else {
            response.close_with("body").unwrap();
        }
        let answer = client.answer();
        assert_eq!(answer.text(), "body");
        assert_eq!(answer.header("Set-Cookie"), Some("a=1"), "once");
    }
}

/// RFC 9110 section 15.2: interim answers come before the final one. Who begins to answer and reads the
/// body then, asks for it no more.
#[test]
fn no_100_once_the_answer_has_begun() {
    let listener = HttpListener::test_http().unwrap();
    let mut client = Client::new(&listener);
    let fields = ["Content-Length: 5", "Expect: 100-continue"];
    client.request("POST /", &fields, "");
    let mut context = listener.get_context().unwrap();
    let (request, response) = context.split();
    let mut output = response.output_stream().unwrap();
    output.write_all(b"first").unwrap();
    output.flush().unwrap();
    let head = client.until("\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(client.until("first\r\n"), "5\r\nfirst\r\n");
    // The client sends it all the same.
    client.send("hello");
    let mut body = Vec::new();
    request.input_stream().read_to_end(&mut body).unwrap();
    assert_eq!(body, b"hello");
    output.write_all(b"last").unwrap();
    output.close().unwrap();
    assert_eq!(client.until("0\r\n\r\n"), "4\r\nlast\r\n0\r\n\r\n");
    drop(context);
    client.end_sending();
    client.expect_closed();
}

/// A socket that is closed with unread bytes is reset, and what was sent may be lost with it: of a client
/// that is refused in the middle of its body the rest is read.
#[test]
fn refused_requests_see_their_answer() {
    let listener = echoing();
    listener.set_limits(HttpListenerLimits {
        body_bytes: Some(10),
        ..listener.limits()
    });
    const BODY: usize = 200_000;
    let client = Client::new(&listener);
    let mut stream = client.stream();
    let mut request =
        format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {BODY}\r\n\r\n").into_bytes();
    request.resize(request.len() + BODY, b'x');
    stream.write_all(&request).unwrap();
    client.end_sending();
    let mut got = Vec::new();
    stream.read_to_end(&mut got).expect("it is reset");
    assert!(got.starts_with(b"HTTP/1.1 413 "), "{}", got.escape_ascii());
}
