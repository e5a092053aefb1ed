//! The exact bytes of requests, kept for whoever tests a client.

use std::io::Read;

use system_net_http_listener::{HttpListener, TestListener};

use crate::support::Client;
use crate::tls::tls_client;

const FIRST: &str = "POST /first HTTP/1.1\r\nhost:h\r\nX-Odd:   two  words \r\n\
                     transfer-encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\n00\r\nTrailer-X: y\r\n\r\n";
const SECOND: &str = "GET /second HTTP/1.1\r\nHost: h\r\n\r\n";
const THIRD: &str = "PUT /third HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";

fn text(context: &system_net_http_listener::HttpListenerContext) -> String {
    String::from_utf8(context.request().raw_bytes().unwrap()).unwrap()
}

#[test]
fn requests_are_kept_byte_for_byte() {
    let listener = HttpListener::test_http().unwrap();
    assert_eq!(listener.kept_request_bytes(), None);
    listener.set_kept_request_bytes(Some(10_000));
    assert_eq!(listener.kept_request_bytes(), Some(10_000));
    let mut client = Client::new(&listener);
    // All in one read, so that each has to be told from those behind it.
    client.send([FIRST, SECOND, THIRD].concat());
    let mut context = listener.get_context().unwrap();
    let head = FIRST.find("3;ext").unwrap();
    assert_eq!(text(&context), FIRST[..head], "the body was not read yet");
    let mut body = String::new();
    let mut stream = context.request().input_stream();
    stream.read_to_string(&mut body).unwrap();
    assert_eq!((&*body, &*text(&context)), ("abc", FIRST));
    let (request, mut response) = {
        context.response_mut().set_keep_alive(true).unwrap();
        context.into_parts()
    };
    response.close().unwrap();
    assert_eq!(request.raw_bytes(), None, "it is answered");
    let mut context = listener.get_context().unwrap();
    assert_eq!(text(&context), SECOND);
    context.response_mut().close().unwrap();
    let mut context = listener.get_context().unwrap();
    let mut block = [0; 2];
    let mut stream = context.request().input_stream();
    stream.read_exact(&mut block).unwrap();
    assert_eq!(text(&context), THIRD[..THIRD.len() - 2]);
    context.response_mut().close().unwrap();
    // What nobody read of the third is not the fourth's.
    client.send(SECOND);
    let context = listener.get_context().unwrap();
    assert_eq!(text(&context), SECOND);
}

#[test]
fn so_many_bytes_are_kept_and_no_more() {
    let listener = HttpListener::test_http().unwrap();
    listener.set_kept_request_bytes(Some(100));
    let mut client = Client::new(&listener);
    for round in 0..3 {
        let body = "x".repeat(100_000);
        client.send(format!(
            "POST /{round} HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n{body}"
        ));
        let mut context = listener.get_context().unwrap();
        let mut read = Vec::new();
        let mut stream = context.request().input_stream();
        stream.read_to_end(&mut read).unwrap();
        assert_eq!(read.len(), 100_000);
        let kept = text(&context);
        assert_eq!(kept.len(), 100);
        assert!(
            kept.starts_with(&format!("POST /{round} HTTP/1.1\r\n")),
            "{kept}"
        );
        context.response_mut().close().unwrap();
        client.answer();
    }
    listener.set_kept_request_bytes(None);
    let mut client = Client::new(&listener);
    client.send(SECOND);
    assert_eq!(listener.get_context().unwrap().request().raw_bytes(), None);
}

#[test]
fn bytes_of_tls_connections_are_kept_in_the_clear() {
    let listener = TestListener::https().unwrap();
    listener.set_kept_request_bytes(Some(1000));
    let listener = listener
        .answering(|mut context| {
            let bytes = context.request().raw_bytes().unwrap();
            context.response_mut().close_with(bytes)
        })
        .unwrap();
    let mut client = tls_client(&listener.url("/"), listener.ca().unwrap(), "localhost");
    for _ in 0..2 {
        client.send(SECOND);
        assert_eq!(client.answer().text(), SECOND);
    }
}
