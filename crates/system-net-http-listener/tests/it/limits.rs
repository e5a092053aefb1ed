//! Connections and the queue.

use std::thread;
use std::time::Duration;

use system_net_http_listener::{HttpListener, HttpListenerLimits};

use crate::support::{Client, echoing};

#[test]
fn connection_limits() {
    let total = |limits: &mut HttpListenerLimits| limits.connections = 2;
    let of_peer = |limits: &mut HttpListenerLimits| limits.connections_per_peer = Some(2);
    for set in [total as fn(&mut HttpListenerLimits), of_peer] {
        let listener = echoing();
        let mut limits = listener.limits();
        set(&mut limits);
        listener.set_limits(limits);
        let mut first = Client::new(&listener);
        let mut second = Client::new(&listener);
        assert_eq!(first.get("/").status(), 200);
        assert_eq!(second.get("/").status(), 200);
        let mut third = Client::new(&listener);
        let answer = third.request("GET /", &[], "").answer();
        assert_eq!(
            (answer.status(), answer.header("Connection")),
            (503, Some("close"))
        );
        third.expect_closed();
        assert_eq!(second.get("/").status(), 200, "who is in is not disturbed");
        drop(first);
        // The listener sees the end of the first one a little later.
        for attempt in 0.. {
            if Client::new(&listener).get("/").status() == 200 {
                break;
            }
            assert!(
                attempt < 200,
                "the place of a connection that is gone stays taken"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_full_queue_is_answered_with_503() {
    let listener = HttpListener::test_http().unwrap();
    let limits = HttpListenerLimits {
        request_queue: 2,
        ..listener.limits()
    };
    listener.set_limits(limits);
    let mut waiting = Vec::new();
    let refused = loop {
        let mut client = Client::new(&listener);
        client.request("GET /", &[], "");
        client
            .stream()
            .set_read_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        if client.stream().peek(&mut [0]).is_ok() {
            break client.answer();
        }
        waiting.push(client);
    };
    assert_eq!(waiting.len(), 2);
    assert_eq!(refused.status(), 503);
    for mut client in waiting {
        listener
            .get_context()
            .unwrap()
            .response_mut()
            .close_with("kept")
            .unwrap();
        assert_eq!(client.answer().text(), "kept");
    }
}

#[test]
fn message_limits_at_and_above() {
    let listener = echoing();
    let request = |path: usize, fields: usize| {
        let fields = "A: b\r\n".repeat(fields - 1);
        format!(
            "GET /{} HTTP/1.1\r\nHost: h\r\n{fields}\r\n",
            "p".repeat(path)
        )
    };
    let line = |path: usize| format!("GET /{} HTTP/1.1\r\n", "p".repeat(path)).len();
    listener.set_limits(HttpListenerLimits {
        request_line_bytes: line(50),
        headers: 5,
        head_bytes: request(50, 5).len(),
        ..listener.limits()
    });
    let status = |request: String| Client::new(&listener).send(request).answer().status();
    assert_eq!(status(request(50, 5)), 200);
    assert_eq!(status(request(51, 2)), 414);
    assert_eq!(status(request(1, 6)), 431);
    listener.set_limits(HttpListenerLimits {
        head_bytes: request(50, 5).len() - 1,
        ..listener.limits()
    });
    assert_eq!(status(request(50, 5)), 431);
}
