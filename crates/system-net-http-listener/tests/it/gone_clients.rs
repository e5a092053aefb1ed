//! Requests in the queue whose clients go: they leave it, and make room for others.
//!
//! Listener and clients share one thread here: what a client sent or closed is known to the system at once, and to
//! the listener after some turns of the runtime, so that nothing is waited for.

use std::future::Future;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use system_net_http_listener::{HttpListenerContext, HttpListenerLimits, TestListener};
use tokio::io::AsyncReadExt;

use crate::access_log::{logged, rows};
use crate::support::{Client, HANG, connect};
use crate::tls::tls_stream;

/// Runs a test on a listener that lives in the test's own thread, with room for so many requests in its queue.
pub(crate) fn with_queue_of<F: Future<Output = ()>>(
    most: usize,
    listener: TestListener,
    test: impl FnOnce(TestListener) -> F,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        // Two connections: who leaves has to leave its place, too.
        listener.set_limits(HttpListenerLimits {
            connections: 2,
            request_queue: most,
            ..listener.limits()
        });
        listener.start_here().unwrap();
        test(listener).await;
    });
}

/// Lets the listener do all that it can.
pub(crate) async fn turn() {
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
}

/// Ends a connection by a reset.
pub(crate) fn reset(stream: &TcpStream) {
    set_socket_linger(stream, Some(Duration::ZERO)).unwrap();
}

pub(crate) async fn take(listener: &TestListener, path: &str) -> HttpListenerContext {
    let context = listener.get_context_async().await.unwrap();
    assert_eq!(context.request().raw_url(), path);
    context
}

async fn asking(listener: &TestListener, sent: &str) -> Client {
    let mut client = Client::to(&listener.url(""));
    client.send(sent);
    turn().await;
    client
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// Nobody else gets in.
async fn expect_full(listener: &TestListener) {
    let mut other = asking(listener, &get("/other")).await;
    assert_eq!(other.answer().status(), 503);
    drop(other);
    turn().await;
}

/// Two more get in, in this order, and are answered.
async fn expect_room(listener: &TestListener) {
    let mut next = asking(listener, &get("/next")).await;
    let mut first = take(listener, "/next").await;
    let mut last = asking(listener, &get("/last")).await;
    let mut second = take(listener, "/last").await;
    first.response_mut().close_with("next").unwrap();
    second.response_mut().close_with("last").unwrap();
    turn().await;
    assert_eq!(next.answer().text(), "next");
    assert_eq!(last.answer().text(), "last");
    drop((next, last));
    turn().await;
}

/// All of a request, with more behind it, and less than it.
const SENT: [&str; 3] = [
    "GET /gone HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /gone HTTP/1.1\r\nHost: localhost\r\n\r\nGET /next HTTP/1.1\r\nHost: loc",
    "POST /gone HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345",
];

#[test]
fn a_client_that_resets_its_connection_leaves_the_queue() {
    for sent in SENT {
        // What comes behind the head in time, and what comes later.
        for later in ["", "6"] {
            with_queue_of(1, TestListener::http().unwrap(), |listener| async move {
                for _ in 0..2 {
                    let mut client = asking(&listener, sent).await;
                    client.send(later);
                    turn().await;
                    expect_full(&listener).await;
                    reset(client.stream());
                    drop(client);
                    turn().await;
                    expect_room(&listener).await;
                }
            });
        }
    }
}

#[test]
fn who_has_gone_from_the_queue_is_logged_as_that() {
    for sent in SENT {
        with_queue_of(1, TestListener::http().unwrap(), |listener| async move {
            let (log, lines) = logged(&listener, Default::default());
            let client = asking(&listener, sent).await;
            expect_full(&listener).await;
            reset(client.stream());
            drop(client);
            turn().await;
            expect_room(&listener).await;
            let rows = rows(&log, &lines, 4);
            let told = rows.iter().find(|row| row["cs-uri-stem"] == "/gone");
            let told = told.unwrap();
            assert_eq!(told["s-reason"], "ClientReset");
            assert_eq!(told["sc-status"], "-");
            assert_eq!(told["sc-bytes"], "0");
        });
    }
}

#[test]
fn a_client_of_tls_that_resets_its_connection_leaves_the_queue() {
    with_queue_of(1, TestListener::https().unwrap(), |listener| async move {
        let listener = Arc::new(listener);
        let asked = Arc::clone(&listener);
        let ask = move |path: &str| {
            let (listener, request) = (Arc::clone(&asked), get(path));
            tokio::task::spawn_blocking(move || {
                let ca = listener.ca().unwrap();
                let mut client = Client::over(tls_stream(&listener.url(""), ca, &[]));
                client.send(request);
                client
            })
        };
        let client = ask("/gone").await.unwrap();
        turn().await;
        let mut other = ask("/other").await.unwrap();
        let refused = tokio::task::spawn_blocking(move || other.answer().status());
        assert_eq!(refused.await.unwrap(), 503);
        turn().await;
        reset(&client.inner().sock);
        drop(client);
        turn().await;
        let _next = ask("/next").await.unwrap();
        turn().await;
        drop(take(&listener, "/next").await);
    });
}

/// It may wait for its answer, and has it if there is room for it.
#[test]
fn a_client_that_ends_its_side_keeps_its_place() {
    with_queue_of(2, TestListener::http().unwrap(), |listener| async move {
        for _ in 0..3 {
            let mut client = asking(&listener, &get("/half")).await;
            client.end_sending();
            turn().await;
            let mut next = asking(&listener, &get("/next")).await;
            let mut half = take(&listener, "/half").await;
            half.response_mut().close_with("half").unwrap();
            let mut context = take(&listener, "/next").await;
            context.response_mut().close_with("next").unwrap();
            turn().await;
            assert_eq!(client.answer().text(), "half");
            client.expect_closed();
            assert_eq!(next.answer().text(), "next");
            drop((client, next));
            turn().await;
        }
    });
}

#[test]
fn a_client_that_ends_its_side_gives_way_when_the_queue_is_full() {
    for sent in SENT {
        with_queue_of(1, TestListener::http().unwrap(), |listener| async move {
            let (log, lines) = logged(&listener, Default::default());
            for round in 1..=2 {
                let mut client = asking(&listener, sent).await;
                expect_full(&listener).await;
                client.end_sending();
                turn().await;
                let next = asking(&listener, &get("/next")).await;
                // Who waits is told, and who has gone does not mind.
                assert_eq!(client.answer().status(), 503);
                drop((take(&listener, "/next").await, next, client));
                turn().await;
                let rows = rows(&log, &lines, 3 * round);
                let told = rows.iter().rfind(|row| row["cs-uri-stem"] == "/gone");
                let told = told.unwrap();
                assert_eq!(
                    [&*told["s-reason"], &*told["sc-status"]],
                    ["ClientClosed", "503"]
                );
            }
        });
    }
}

/// Those who have ended their side are known before they are in the queue, too.
#[test]
fn a_client_that_ends_its_side_at_once_gives_way() {
    with_queue_of(1, TestListener::http().unwrap(), |listener| async move {
        let mut client = Client::over(connect(&listener.url("")));
        client.send(get("/gone"));
        client.stream().shutdown(Shutdown::Write).unwrap();
        turn().await;
        expect_room(&listener).await;
        assert_eq!(client.answer().status(), 503);
    });
}

/// What comes while a request is in the queue is not looked at, and not lost.
#[test]
fn what_comes_while_a_request_is_in_the_queue_is_read_later() {
    with_queue_of(2, TestListener::http().unwrap(), |listener| async move {
        let mut client = asking(
            &listener,
            "POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n123",
        )
        .await;
        for more in ["45", "67", "8"] {
            client.send(more);
            turn().await;
        }
        let mut first = take(&listener, "/1").await;
        let reading = async {
            let mut body = String::new();
            let mut input = first.request().input_stream().into_async();
            input.read_to_string(&mut body).await.unwrap();
            body
        };
        let sending = async {
            turn().await;
            client.send("90");
        };
        assert_eq!(tokio::join!(reading, sending).0, "1234567890");
        for path in ["/2", "/3"] {
            // Behind a request that is taken, and behind one that is not.
            client.send(get(path));
            turn().await;
        }
        first.response_mut().close_with("1").unwrap();
        turn().await;
        for path in ["/2", "/3"] {
            let mut context = take(&listener, path).await;
            context.response_mut().close_with(path).unwrap();
            turn().await;
        }
        assert_eq!(client.answer().text(), "1");
        assert_eq!(client.answer().text(), "/2");
        assert_eq!(client.answer().text(), "/3");
    });
}

/// A connection's task that is woken for something else does not wait in the place of a program that reads.
#[test]
fn a_program_that_waits_for_its_client_is_woken() {
    with_queue_of(1, TestListener::http().unwrap(), |listener| async move {
        let mut client = asking(
            &listener,
            "POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n12",
        )
        .await;
        let context = take(&listener, "/1").await;
        let reading = tokio::spawn(async move {
            let mut body = String::new();
            let mut input = context.request().input_stream().into_async();
            input.read_to_string(&mut body).await.unwrap();
            body
        });
        turn().await;
        // That every connection hears of.
        listener.stop().unwrap();
        turn().await;
        client.send("34");
        let read = tokio::time::timeout(HANG, reading).await;
        assert_eq!(read.unwrap().unwrap(), "1234");
    });
}
