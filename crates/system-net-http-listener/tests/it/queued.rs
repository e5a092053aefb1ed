//! Requests that are taken from the queue: what comes meanwhile, how long they and their connections wait, and
//! on which runtime they are.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use system_net_http_listener::{
    HttpListener, HttpListenerContext, HttpListenerErrorKind, TestListener,
};

use crate::support::{Client, HANG, answer_with, answering};

/// A listener whose requests come out here.
fn held() -> (TestListener, Receiver<HttpListenerContext>) {
    let (sender, receiver) = channel();
    // The test has what it wants when it drops the other end.
    let listener = answering(move |context| drop(sender.send(context)));
    (listener, receiver)
}

fn next(requests: &Receiver<HttpListenerContext>, path: &str) -> HttpListenerContext {
    let context = requests.recv_timeout(HANG).unwrap();
    assert_eq!(context.request().raw_url(), path);
    context
}

#[test]
fn what_comes_while_a_request_runs_is_answered_in_order() {
    let (listener, requests) = held();
    let mut client = Client::new(&listener);
    client.request("GET /1", &[], "");
    let mut first = next(&requests, "/1");
    // Whole, and then one that ends later.
    client.request("GET /2", &[], "");
    client.send("POST /3 HTTP/1.1\r\nHost: localhost\r\nConte");
    first.response_mut().close_with("one").unwrap();
    assert_eq!(client.answer().text(), "one");
    let mut second = next(&requests, "/2");
    client.send("nt-Length: 2\r\n\r\no");
    second.response_mut().close_with("two").unwrap();
    assert_eq!(client.answer().text(), "two");
    let mut third = next(&requests, "/3");
    third.response_mut().close_with("three").unwrap();
    assert_eq!(client.answer().text(), "three");
    // What is left of its body is drained.
    client.send("k").request("GET /4", &[], "");
    let mut last = next(&requests, "/4");
    last.response_mut().set_keep_alive(false).unwrap();
    last.response_mut().close_with("four").unwrap();
    assert_eq!(client.answer().text(), "four");
    client.expect_closed();
}

#[test]
fn a_client_that_has_said_all_gets_its_answer() {
    let (listener, requests) = held();
    let mut client = Client::new(&listener);
    client.request("GET /1", &[], "").end_sending();
    let mut context = next(&requests, "/1");
    context.response_mut().close_with("one").unwrap();
    assert_eq!(client.answer().text(), "one");
    client.expect_closed();
}

#[test]
fn answers_that_do_not_fit_at_once_come_whole() {
    let (listener, requests) = held();
    let mut client = Client::new(&listener);
    let body = vec![b'x'; 16 << 20];
    for _ in 0..2 {
        client.request("GET /", &[], "");
        let mut context = next(&requests, "/");
        context.response_mut().close_with(body.clone()).unwrap();
        assert!(client.answer().body == body);
    }
}

/// Answers that are written from elsewhere, some of them in several goes: the connection still hears of
/// the next request.
#[test]
fn answers_from_another_runtime_leave_the_connection_listening() {
    let listener = HttpListener::test_http().unwrap();
    let taking = listener.listener().clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            while let Ok(mut context) = taking.get_context_async().await {
                let body = vec![b'x'; context.request().raw_url().len() * 1000];
                context.response_mut().close_with(body).unwrap();
            }
        });
    });
    let mut client = Client::new(&listener);
    for length in (1..1000).step_by(3) {
        let body = client.get(&format!("/{}", "y".repeat(length - 1))).body;
        assert_eq!(body.len(), length * 1000);
    }
}

/// The time that a request may wait ends first, and does not end the connection: that has its own time
/// from the answer on.
#[test]
fn idle_times_count_from_the_answer() {
    let (queued, idle) = (Duration::from_millis(300), Duration::from_secs(8));
    let listener = HttpListener::test_http().unwrap();
    listener.timeout_manager().set_request_queue(queued);
    listener.timeout_manager().set_idle_connection(idle);
    answer_with(&listener, |mut context| {
        context.response_mut().close_with("ok").unwrap();
    });
    let mut client = Client::new(&listener);
    for _ in 0..2 {
        let asked = Instant::now();
        assert_eq!(client.get("/").text(), "ok");
        // Longer than a request may wait, and shorter than a connection may be idle.
        while asked.elapsed() < Duration::from_millis(450) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    let answered = Instant::now();
    assert_eq!(client.get("/").text(), "ok");
    client.expect_closed();
    assert!(answered.elapsed() >= idle, "{:?}", answered.elapsed());
}

#[test]
fn a_request_that_takes_its_time_is_answered() {
    let (listener, requests) = held();
    let queued = Duration::from_millis(100);
    listener.timeout_manager().set_request_queue(queued);
    listener.timeout_manager().set_idle_connection(2 * queued);
    let mut client = Client::new(&listener);
    client.request("GET /1", &[], "");
    let mut context = next(&requests, "/1");
    let begun = Instant::now();
    while begun.elapsed() < 4 * queued {
        std::thread::sleep(queued);
    }
    context.response_mut().close_with("one").unwrap();
    assert_eq!(client.answer().text(), "one");
    client.expect_closed();
}

#[test]
fn a_stop_ends_connections_that_were_answered() {
    let (listener, requests) = held();
    let mut client = Client::new(&listener);
    client.request("GET /1", &[], "");
    let mut context = next(&requests, "/1");
    context.response_mut().close_with("one").unwrap();
    assert_eq!(client.answer().text(), "one");
    listener.stop().unwrap();
    client.expect_closed();
}

#[test]
fn start_here_takes_requests_in_the_callers_runtime() {
    let listener = TestListener::http().unwrap();
    let outside = listener.start_here().unwrap_err();
    assert_eq!(outside.kind(), HttpListenerErrorKind::Misuse);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        listener.start_here().unwrap();
        listener.start_here().unwrap();
        let url = listener.url("");
        let client = tokio::task::spawn_blocking(move || {
            let mut client = Client::to(&url);
            [client.get("/a"), client.get("/b")].map(|answer| answer.text().to_owned())
        });
        for path in ["/a", "/b"] {
            let mut context = listener.get_context_async().await.unwrap();
            assert_eq!(context.request().raw_url(), path);
            context.response_mut().close_with(path).unwrap();
        }
        assert_eq!(client.await.unwrap(), ["/a", "/b"]);
    });
}
