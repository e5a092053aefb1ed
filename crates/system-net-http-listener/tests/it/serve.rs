//! Handlers: in the connection's task, on threads, that fail and panic.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use system_net_http_listener::{
    HttpListener, HttpListenerContext, HttpListenerErrorKind as Kind, HttpListenerLimits,
    TestListener,
};
use tokio::runtime::Runtime;

use crate::support::{Client, HANG};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn refuses(listener: &TestListener) -> bool {
    TcpStream::connect(listener.url("").split('/').nth(2).unwrap()).is_err()
}

#[test]
fn serve_answers_until_it_is_stopped() {
    let listener = TestListener::http().unwrap();
    let runtime = runtime();
    let served = listener.listener().clone();
    let serving = runtime.spawn(async move {
        let handler = |mut context: HttpListenerContext| async move {
            let path = context.request().raw_url().to_owned();
            // Waits, so that the handler does not end at once.
            tokio::time::sleep(Duration::from_millis(1)).await;
            context.response_mut().close_with(path)
        };
        served.serve(handler).await
    });
    let mut client = Client::new(&listener);
    for round in 0..20 {
        let path = format!("/{round}");
        assert_eq!(client.get(&path).text(), path);
    }
    assert!(listener.is_listening());
    let error = listener.get_context().unwrap_err();
    assert_eq!(error.kind(), Kind::Misuse);
    let again = runtime.block_on(listener.serve(|_| async {})).unwrap_err();
    assert_eq!(again.kind(), Kind::Misuse);
    listener.stop().unwrap();
    runtime.block_on(serving).unwrap().unwrap();
    client.expect_closed();
    assert!(refuses(&listener));
}

#[test]
fn dropping_serve_leaves_nothing_behind() {
    let listener = TestListener::http().unwrap();
    let runtime = runtime();
    let (sender, entered) = mpsc::channel();
    let served = listener.listener().clone();
    let serving = runtime.spawn(async move {
        let handler = move |context: HttpListenerContext| {
            sender.send(()).unwrap();
            async move {
                std::future::pending::<()>().await;
                drop(context);
            }
        };
        served.serve(handler).await
    });
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    entered.recv_timeout(HANG).unwrap();
    serving.abort();
    client.expect_closed();
    assert!(refuses(&listener));
    assert!(!listener.is_listening());
}

#[test]
fn a_dropped_runtime_ends_its_connections_and_the_listener_can_start_again() {
    let listener = TestListener::http().unwrap();
    let runtime = runtime();
    let served = listener.listener().clone();
    runtime.spawn(async move {
        served
            .serve(async |mut context| context.response_mut().close_with("x"))
            .await
    });
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/").text(), "x");
    drop(runtime);
    client.expect_closed();
    listener.start().unwrap();
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    listener
        .get_context()
        .unwrap()
        .response_mut()
        .close_with("y")
        .unwrap();
    assert_eq!(client.answer().text(), "y");
}

#[test]
fn panics_and_errors_are_500_and_end_one_connection() {
    let listener = TestListener::http().unwrap();
    let runtime = runtime();
    let served = listener.listener().clone();
    let handler = |mut context: HttpListenerContext| async move {
        match context.request().raw_url() {
            "/panic" => panic!("on purpose"),
            "/panic-later" => {
                tokio::time::sleep(Duration::from_millis(5)).await;
                panic!("on purpose");
            }
            "/panic-in-body" => {
                let mut output = context.response_mut().output_stream()?;
                output.write_all(b"begun").unwrap();
                panic!("on purpose");
            }
            "/panic-after" => {
                context.response_mut().close_with("answered")?;
                panic!("on purpose");
            }
            "/error" => Err(std::io::Error::other("on purpose")),
            "/drop" => Ok(()),
            _ => {
                context.response_mut().close_with("good")?;
                Ok(())
            }
        }
    };
    runtime.spawn(async move { served.serve(handler).await });
    let mut other = Client::new(&listener);
    assert_eq!(other.get("/").text(), "good");
    for path in ["/panic", "/panic-later", "/error"] {
        let mut client = Client::new(&listener);
        assert_eq!(client.get("/").text(), "good");
        // The answers before and the answer to this one; not the one behind.
        client
            .request("GET /", &[], "")
            .request(&format!("GET {path}"), &[], "");
        client.request("GET /behind", &[], "");
        assert_eq!(client.answer().text(), "good");
        let answer = client.answer();
        assert_eq!(
            (answer.status(), answer.header("Connection")),
            (500, Some("close")),
            "{path}"
        );
        client.expect_closed();
        assert_eq!(other.get("/").text(), "good", "{path}");
    }
    let mut client = Client::new(&listener);
    client
        .request("GET /", &[], "")
        .request("GET /drop", &[], "");
    assert_eq!(client.answer().text(), "good");
    client.expect_closed();
    let mut client = Client::new(&listener);
    client.request("GET /panic-in-body", &[], "");
    let got = String::from_utf8(client.rest()).unwrap();
    assert!(got.ends_with("\r\n5\r\nbegun\r\n"), "{got}");
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/panic-after").text(), "answered");
    assert_eq!(client.get("/").text(), "good", "the answer was complete");
    assert_eq!(other.get("/").text(), "good");
}

#[test]
fn a_handler_that_panics_before_its_future_is_500_too() {
    let listener = TestListener::http().unwrap();
    let runtime = runtime();
    let served = listener.listener().clone();
    let handler = |mut context: HttpListenerContext| {
        assert_eq!(context.request().raw_url(), "/", "on purpose");
        async move { context.response_mut().close_with("good") }
    };
    runtime.spawn(async move { served.serve(handler).await });
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/").text(), "good");
    assert_eq!(client.get("/x").status(), 500);
    client.expect_closed();
    assert_eq!(Client::new(&listener).get("/").text(), "good");
}

#[test]
fn a_panic_of_a_taker_is_500_too() {
    let listener = HttpListener::test_http().unwrap();
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    let context = listener.get_context().unwrap();
    let panicked = thread::spawn(move || {
        let _context = context;
        panic!("on purpose");
    });
    assert!(panicked.join().is_err());
    assert_eq!(client.answer().status(), 500);
    client.expect_closed();
}

#[test]
fn serve_blocking_runs_handlers_side_by_side() {
    let listener = TestListener::http().unwrap();
    let at_once = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let served = listener.listener().clone();
    let (now, top) = (Arc::clone(&at_once), Arc::clone(&most));
    let serving = thread::spawn(move || {
        served.serve_blocking(move |mut context| {
            top.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            if context.request().raw_url() == "/panic" {
                now.fetch_sub(1, Ordering::SeqCst);
                panic!("on purpose");
            }
            // A blocking handler, which must not stop the others.
            thread::sleep(Duration::from_millis(200));
            now.fetch_sub(1, Ordering::SeqCst);
            context.response_mut().close_with("blocking")
        })
    });
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(Client::new(&listener).get("/").text(), "blocking"));
        }
    });
    assert!(most.load(Ordering::SeqCst) > 2, "{most:?}");
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/panic").status(), 500);
    listener.stop().unwrap();
    serving.join().unwrap().unwrap();
}

#[test]
fn a_handler_may_give_the_context_away() {
    let listener = TestListener::http().unwrap();
    let runtime = runtime();
    let served = listener.listener().clone();
    let handler = |mut context: HttpListenerContext| {
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            context.response_mut().close_with("elsewhere").unwrap();
        });
        std::future::ready(())
    };
    runtime.spawn(async move { served.serve(handler).await });
    let mut client = Client::new(&listener);
    for _ in 0..3 {
        client.request("GET /", &[], "").request("GET /", &[], "");
        assert_eq!(client.answer().text(), "elsewhere");
        assert_eq!(client.answer().text(), "elsewhere");
    }
}

#[test]
fn an_answer_goes_out_while_its_handler_goes_on() {
    let listener = TestListener::http().unwrap();
    let runtime = runtime();
    let served = listener.listener().clone();
    let (sender, finish) = mpsc::channel::<()>();
    let finish = Arc::new(std::sync::Mutex::new(finish));
    let handler = move |mut context: HttpListenerContext| {
        let finish = Arc::clone(&finish);
        async move {
            context.response_mut().close_with("early").unwrap();
            while finish.lock().unwrap().try_recv().is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    runtime.spawn(async move { served.serve(handler).await });
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/").text(), "early");
    sender.send(()).unwrap();
    client.request("GET /", &[], "");
    assert_eq!(client.answer().text(), "early");
    sender.send(()).unwrap();
}

/// Blocking handlers have a number of threads, whatever clients do; who waits longer than requests in a
/// queue is told no.
#[test]
fn blocking_handlers_are_limited() {
    let listener = TestListener::http().unwrap();
    let limits = listener.limits();
    assert_eq!(limits.blocking_requests, 256);
    listener.set_limits(HttpListenerLimits {
        blocking_requests: 2,
        ..limits
    });
    let (entered, running) = mpsc::channel();
    let (finish, finished) = mpsc::channel::<()>();
    let finished = std::sync::Mutex::new(finished);
    let listener = listener
        .answering(move |mut context| {
            entered.send(()).unwrap();
            finished.lock().unwrap().recv().unwrap();
            context.response_mut().close_with("done").unwrap();
        })
        .unwrap();
    let mut clients: Vec<Client> = (0..3).map(|_| Client::new(&listener)).collect();
    for client in &mut clients {
        client.request("GET /", &[], "");
    }
    // Two of them, and the third one once there is a place.
    for _ in 0..2 {
        running.recv_timeout(HANG).unwrap();
    }
    assert!(running.recv_timeout(Duration::from_millis(100)).is_err());
    finish.send(()).unwrap();
    running.recv_timeout(HANG).unwrap();
    finish.send(()).unwrap();
    finish.send(()).unwrap();
    for client in &mut clients {
        assert_eq!(client.answer().text(), "done");
    }
    // All places are taken, and the third one has no patience.
    listener
        .timeout_manager()
        .set_request_queue(Duration::from_millis(50));
    clients[0].request("GET /", &[], "");
    clients[1].request("GET /", &[], "");
    for _ in 0..2 {
        running.recv_timeout(HANG).unwrap();
    }
    assert_eq!(clients[2].get("/").status(), 503);
    for _ in 0..2 {
        finish.send(()).unwrap();
    }
    assert_eq!(clients[0].answer().text(), "done");
    assert_eq!(clients[1].answer().text(), "done");
}
