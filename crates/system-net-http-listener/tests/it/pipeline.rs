//! Several requests on one connection.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use system_net_http_listener::{HttpListenerContext, TestListener};

use crate::support::{Client, answering, echoing};

/// Serves with `serve`, on a runtime of its own.
fn serving(listener: &TestListener, handler: impl Fn(HttpListenerContext) + Send + Sync + 'static) {
    let listener = listener.listener().clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let handled = listener.serve(move |context| {
            handler(context);
            std::future::ready(())
        });
        runtime.block_on(handled).unwrap();
    });
}

fn pipelined(listener: &TestListener) {
    let mut client = Client::new(listener);
    let mut requests = String::new();
    for number in 0..500 {
        match number % 3 {
            0 => write!(requests, "GET /{number} HTTP/1.1\r\nHost: h\r\n\r\n"),
            1 => write!(
                requests,
                "POST /{number} HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
            ),
            _ => write!(
                requests,
                "POST /{number} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
                 1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
            ),
        }
        .unwrap();
    }
    client.send(&requests);
    for number in 0..500 {
        let answer = client.answer();
        let path = answer.text().split(' ').nth(1).unwrap();
        assert_eq!(path, format!("/{number}"));
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    pipelined(&echoing());
}

#[test]
fn pipelined_requests_are_answered_in_order_by_a_handler() {
    let listener = TestListener::http().unwrap();
    // The bodies are left unread.
    serving(&listener, |mut context| {
        let text = format!("GET {} ", context.request().raw_url());
        context.response_mut().close_with(text).unwrap();
    });
    pipelined(&listener);
}

#[test]
fn pipelined_large_answers_stay_apart() {
    let listener = TestListener::http().unwrap();
    serving(&listener, |mut context| {
        let length: usize = context.request().raw_url()[1..].parse().unwrap();
        context
            .response_mut()
            .close_with(vec![b'a' + (length % 26) as u8; length])
            .unwrap();
    });
    let mut client = Client::new(&listener);
    let lengths = [
        10, 100_000, 20, 300_000, 16_384, 16_385, 1, 70_000, 70_001, 0, 5,
    ];
    let mut requests = String::new();
    for length in lengths {
        write!(requests, "GET /{length} HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    }
    client.send(&requests);
    for length in lengths {
        let answer = client.answer();
        assert_eq!(answer.body.len(), length);
        assert!(
            answer.body.iter().all(|&b| b == b'a' + (length % 26) as u8),
            "{length}"
        );
    }
}

#[test]
fn a_connection_is_used_again_and_again() {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let listener = answering(move |mut context| {
        count.fetch_add(1, Ordering::SeqCst);
        let peer = context.request().remote_end_point().to_string();
        context.response_mut().close_with(peer).unwrap();
    });
    let mut client = Client::new(&listener);
    let own = client.stream().local_addr().unwrap().to_string();
    for _ in 0..1000 {
        assert_eq!(client.get("/").text(), own);
    }
    assert_eq!(seen.load(Ordering::SeqCst), 1000);
}

#[test]
fn close_is_answered_and_obeyed() {
    let listener = echoing();
    for (line, close) in [
        (
            "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            Some("close"),
        ),
        ("GET / HTTP/1.0\r\n\r\n", Some("close")),
    ] {
        let mut client = Client::new(&listener);
        // What stands behind the last request is not answered.
        client.send(format!("{line}GET /behind HTTP/1.1\r\nHost: h\r\n\r\n"));
        let answer = client.answer();
        assert_eq!(
            (answer.text(), answer.header("Connection")),
            ("GET / ", close)
        );
        client.expect_closed();
    }
}

#[test]
fn a_client_that_has_ended_sending_gets_its_answers() {
    let listener = echoing();
    let mut client = Client::new(&listener);
    client.request("GET /1", &[], "").request("GET /2", &[], "");
    client.end_sending();
    assert_eq!(client.answer().text(), "GET /1 ");
    assert_eq!(client.answer().text(), "GET /2 ");
    client.expect_closed();
}
