//! Connections that go on with another protocol.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use system_net_http_listener::{HttpListener, HttpListenerErrorKind as Kind, TestListener};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Client, answering};
use crate::tls::tls_client;

const UPGRADE: [&str; 2] = ["Connection: Upgrade", "Upgrade: echo"];

/// A client that asks for another protocol, with bytes of it right behind.
fn asking(listener: &HttpListener, early: &str) -> Client {
    let mut client = Client::new(listener);
    client.request("GET /chat", &UPGRADE, early);
    client
}

#[test]
fn an_upgraded_connection_is_a_stream() {
    let listener = HttpListener::test_http().unwrap();
    let mut client = asking(&listener, "early ");
    let mut context = listener.get_context().unwrap();
    let response = context.response_mut();
    response.add_header("Sec-WebSocket-Accept", "x").unwrap();
    response.add_header("Upgrade", "other").unwrap();
    let mut stream = context.upgrade("echo/1").unwrap();
    let head = client.until("\r\n\r\n");
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("HTTP/1.1 101 Switching Protocols"));
    let lines: Vec<_> = lines
        .filter(|line| !line.starts_with("Date: ") && !line.starts_with("Server: "))
        .collect();
    let own = [
        "Sec-WebSocket-Accept: x",
        "Connection: Upgrade",
        "Upgrade: echo/1",
        "",
    ];
    assert_eq!(lines, own);
    assert!(stream.tls().is_none());
    let address = client.stream().local_addr().unwrap();
    assert_eq!(stream.remote_end_point().to_string(), address.to_string());
    // What came behind the request, in pieces, then what comes.
    let mut piece = [0; 4];
    assert_eq!(stream.read(&mut piece).unwrap(), 4);
    assert_eq!(&piece, b"earl");
    client.send("late");
    let mut rest = [0; 6];
    stream.read_exact(&mut rest).unwrap();
    assert_eq!(&rest, b"y late");
    stream.write_all(b"answer").unwrap();
    stream.flush().unwrap();
    assert_eq!(client.exactly(6), b"answer");
    stream.shutdown_write().unwrap();
    client.send("after");
    client.expect_closed();
    let mut after = [0; 5];
    stream.read_exact(&mut after).unwrap();
    assert_eq!(&after, b"after");
}

#[test]
fn a_dropped_stream_sends_what_was_written() {
    let listener = HttpListener::test_http().unwrap();
    for _ in 0..20 {
        let mut client = asking(&listener, "");
        let mut stream = listener.get_context().unwrap().upgrade("echo").unwrap();
        stream.write_all(&[b'x'; 100_000]).unwrap();
        drop(stream);
        client.until("\r\n\r\n");
        assert_eq!(client.rest().len(), 100_000);
    }
}

#[test]
fn an_upgraded_connection_serves_async_code_and_handlers() {
    let listener = TestListener::https().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let serving = listener.listener().clone();
    let served = runtime.spawn(async move {
        serving
            .serve(async |context| {
                let mut stream = context.upgrade_async("echo").await.unwrap().into_async();
                let mut block = [0; 3];
                stream.read_exact(&mut block).await.unwrap();
                stream.write_all(&block).await.unwrap();
                stream.flush().await.unwrap();
                let mut blocking = stream.into_blocking();
                assert!(blocking.tls().is_some());
                blocking.set_write_timeout(Some(Duration::from_secs(20)));
                tokio::task::spawn_blocking(move || blocking.write_all(b"!").unwrap())
                    .await
                    .unwrap();
            })
            .await
    });
    let mut client = tls_client(&listener.url("/"), listener.ca().unwrap(), "localhost");
    client.request("GET /", &UPGRADE, "a");
    client.until("\r\n\r\n");
    client.send("bc");
    assert_eq!(client.exactly(4), b"abc!");
    listener.stop().unwrap();
    runtime.block_on(served).unwrap().unwrap();
}

#[test]
fn no_other_request_can_be_upgraded() {
    #[track_caller]
    fn check(line: &str, fields: &[&str], body: &str) {
        let listener = HttpListener::test_http().unwrap();
        let mut client = Client::new(&listener);
        client.send(format!(
            "{line}\r\nHost: h\r\n{}\r\n{body}",
            fields
                .iter()
                .map(|field| format!("{field}\r\n"))
                .collect::<String>()
        ));
        let context = listener.get_context().unwrap();
        let error = context.upgrade("echo").unwrap_err();
        assert_eq!(error.kind(), Kind::Misuse, "{line} {fields:?}: {error}");
        client.expect_closed();
    }
    check("GET / HTTP/1.1", &[], "");
    check("GET / HTTP/1.1", &UPGRADE[..1], "");
    check("GET / HTTP/1.1", &UPGRADE[1..], "");
    check("GET / HTTP/1.0", &UPGRADE, "");
    // Its body was not read.
    let body = [UPGRADE[0], UPGRADE[1], "Content-Length: 3"];
    check("POST / HTTP/1.1", &body, "abc");

    let listener = HttpListener::test_http().unwrap();
    let mut client = asking(&listener, "");
    let context = listener.get_context().unwrap();
    assert_eq!(context.upgrade("a b").unwrap_err().kind(), Kind::Misuse);
    client.expect_closed();
    let mut client = asking(&listener, "");
    let mut context = listener.get_context().unwrap();
    context.response_mut().close_with("no").unwrap();
    assert_eq!(context.upgrade("echo").unwrap_err().kind(), Kind::Misuse);
    assert_eq!(client.answer().text(), "no");
}

#[test]
fn a_body_that_was_read_may_be_followed_by_another_protocol() {
    let listener = HttpListener::test_http().unwrap();
    let mut client = Client::new(&listener);
    let fields = [UPGRADE[0], UPGRADE[1], "Content-Length: 3"];
    client.request("POST /", &fields, "abcdef");
    let context = listener.get_context().unwrap();
    let mut body = String::new();
    context
        .request()
        .input_stream()
        .read_to_string(&mut body)
        .unwrap();
    assert_eq!(body, "abc");
    let mut stream = context.upgrade("echo").unwrap();
    let mut early = [0; 3];
    stream.read_exact(&mut early).unwrap();
    assert_eq!(&early, b"def");
}

#[test]
fn reads_of_an_upgraded_connection_end_in_time() {
    let listener = HttpListener::test_http().unwrap();
    let _client = asking(&listener, "");
    let mut stream = listener.get_context().unwrap().upgrade("echo").unwrap();
    assert_eq!(
        (stream.read_timeout(), stream.write_timeout()),
        (None, None)
    );
    stream.set_read_timeout(Some(Duration::from_millis(20)));
    let error = stream.read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    stream.set_write_timeout(Some(Duration::from_millis(20)));
    let error = (0..1000).find_map(|_| stream.write_all(&[0; 65_536]).err());
    assert_eq!(error.unwrap().kind(), ErrorKind::TimedOut);
}

#[test]
fn the_end_of_the_listener_ends_upgraded_connections() {
    let listener = HttpListener::test_http().unwrap();
    let mut client = asking(&listener, "");
    let mut stream = listener.get_context().unwrap().upgrade("echo").unwrap();
    client.until("\r\n\r\n");
    listener.abort();
    client.expect_closed();
    assert!(!matches!(stream.read(&mut [0; 1]), Ok(1..)));

    let listener = HttpListener::test_http().unwrap();
    listener
        .timeout_manager()
        .set_drain_requests(Duration::from_millis(100));
    let mut client = asking(&listener, "");
    let _stream = listener.get_context().unwrap().upgrade("echo").unwrap();
    client.until("\r\n\r\n");
    listener.drain().unwrap();
    client.expect_closed();

    // One that is dropped is no reason to wait.
    let listener = HttpListener::test_http().unwrap();
    let mut client = asking(&listener, "");
    drop(listener.get_context().unwrap().upgrade("echo").unwrap());
    client.until("\r\n\r\n");
    client.expect_closed();
    listener.drain().unwrap();
}

#[test]
fn tunnels_are_refused() {
    let listener = answering(|_| panic!("nobody gets to see this"));
    let mut client = Client::new(&listener);
    client.send("CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n");
    let answer = client.answer();
    assert_eq!(
        (answer.status(), answer.header("Connection")),
        (501, Some("close"))
    );
    client.expect_closed();
}
