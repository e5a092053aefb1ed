//! Start, stop, abort, close, and the ways to take a request.

use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerErrorKind as Kind};
use system_net_primitives::Misuse;
use system_net_runtime::block_on;

use crate::support::{Client, HANG, answering, echoing};

fn address(listener: &HttpListener) -> String {
    let url = listener.url("").unwrap();
    url.split('/').nth(2).unwrap().to_owned()
}

#[test]
fn listener_start_stop_abort_close() {
    let listener = HttpListener::new_in(&NetContext::new());
    assert!(HttpListener::is_supported());
    assert!(!listener.is_listening());
    let error = listener.get_context().unwrap_err();
    assert!(
        matches!(error.as_misuse(), Some(Misuse::InvalidOperation(_))),
        "{error}"
    );
    // Without a prefix it starts, and listens nowhere.
    listener.start().unwrap();
    assert!(listener.is_listening());
    assert!(listener.local_endpoints().unwrap().is_empty());
    assert!(listener.url("").is_err());
    listener.prefixes().add("http://127.0.0.1:0/").unwrap();
    let first = address(&listener);
    listener.start().unwrap();
    assert_eq!(address(&listener), first, "a second start does nothing");
    assert_eq!(listener.local_endpoints().unwrap()[0].to_string(), first);

    listener.stop().unwrap();
    assert!(!listener.is_listening());
    assert!(
        TcpStream::connect(&*first).is_err(),
        "stopped, and still accepts"
    );
    listener.stop().unwrap();
    let again = first.rsplit_once(':').unwrap().1;
    listener.prefixes().clear().unwrap();
    listener
        .prefixes()
        .add(&format!("http://127.0.0.1:{again}/"))
        .unwrap();
    listener.start().unwrap();
    assert_eq!(address(&listener), first, "the port can be had again");
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    listener
        .get_context()
        .unwrap()
        .response_mut()
        .close_with("x")
        .unwrap();
    assert_eq!(client.answer().text(), "x");

    listener.abort();
    client.expect_closed();
    for error in [
        listener.start().unwrap_err(),
        listener.stop().unwrap_err(),
        listener.bind().unwrap_err(),
        listener.get_context().unwrap_err(),
        listener
            .prefixes()
            .add("http://127.0.0.1:0/x/")
            .unwrap_err(),
    ] {
        assert_eq!(
            error.as_misuse(),
            Some(&Misuse::disposed("HttpListener")),
            "{error}"
        );
    }
    listener.abort();
    listener.close();
}

#[test]
fn the_last_handle_closes_the_listener() {
    let listener = HttpListener::test_http().unwrap();
    let address = address(&listener);
    let clone = listener.listener().clone();
    drop(listener);
    drop(TcpStream::connect(&*address).unwrap());
    drop(clone);
    assert!(TcpStream::connect(&*address).is_err());
}

#[test]
fn listener_get_context_three_ways() {
    let listener = HttpListener::test_http().unwrap();
    let ask = |path: &'static str| {
        let mut client = Client::new(&listener);
        client.request(path, &[], "");
        client
    };
    // Blocking.
    let mut client = ask("GET /blocking");
    let mut context = listener.get_context().unwrap();
    assert_eq!(context.request().raw_url(), "/blocking");
    context.response_mut().close().unwrap();
    assert_eq!(client.answer().status(), 200);
    // Asynchronous, in a runtime of the caller's.
    let mut client = ask("GET /async");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut context = runtime.block_on(listener.get_context_async()).unwrap();
    drop(runtime);
    assert_eq!(context.request().raw_url(), "/async");
    context.response_mut().close().unwrap();
    assert_eq!(client.answer().status(), 200);
    // Begin and End, with a callback and a state.
    let (sender, called) = mpsc::channel();
    let callback = Box::new(move |result: &system_net_http_listener::GetContextResult| {
        let state = result.async_state().unwrap().downcast_ref::<u32>().copied();
        sender.send(state).unwrap();
    });
    let begun = listener
        .begin_get_context(Some(callback), Some(std::sync::Arc::new(7u32)))
        .unwrap();
    assert!(!begun.is_completed());
    let mut client = ask("GET /begin");
    let other = HttpListener::test_http().unwrap();
    let error = other.end_get_context(&begun).unwrap_err();
    assert_eq!(error.kind(), Kind::Misuse, "another listener began it");
    // .NET: InvalidOperationException, where no request can come.
    other.prefixes().clear().unwrap();
    for error in [
        other.get_context().unwrap_err(),
        block_on(other.get_context_async()).unwrap_err(),
        other.begin_get_context(None, None).unwrap_err(),
    ] {
        assert!(error.to_string().contains("has no prefix"), "{error}");
    }
    let mut context = listener.end_get_context(&begun).unwrap();
    assert_eq!(context.request().raw_url(), "/begin");
    assert_eq!(called.recv_timeout(HANG).unwrap(), Some(7));
    let error = listener.end_get_context(&begun).unwrap_err();
    assert_eq!(error.kind(), Kind::Misuse);
    context.response_mut().close().unwrap();
    assert_eq!(client.answer().status(), 200);
    // Stopping ends all who wait.
    let begun = listener.begin_get_context(None, None).unwrap();
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| listener.get_context()))
            .collect();
        let waiting_async = scope.spawn(|| block_on(listener.get_context_async()));
        // Whoever is not there yet gets another error, which the assertion below would show.
        thread::sleep(Duration::from_millis(100));
        listener.stop().unwrap();
        for waiting in waiting {
            assert_eq!(waiting.join().unwrap().unwrap_err().error_code(), 995);
        }
        let error = waiting_async.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), Kind::OperationAborted);
    });
    let error = listener.end_get_context(&begun).unwrap_err();
    assert_eq!(error.kind(), Kind::OperationAborted);
}

#[test]
fn a_dropped_wait_loses_no_request() {
    let listener = HttpListener::test_http().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..20 {
            let waiting = listener.get_context_async();
            assert!(
                tokio::time::timeout(Duration::from_millis(1), waiting)
                    .await
                    .is_err()
            );
        }
        let mut client = Client::new(&listener);
        client.request("GET /kept", &[], "");
        let mut context = listener.get_context_async().await.unwrap();
        context.response_mut().close_with("kept").unwrap();
        assert_eq!(client.answer().text(), "kept");
    });
}

#[test]
fn many_takers_answer_many_clients() {
    let listener = HttpListener::test_http().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            let listener = listener.listener().clone();
            scope.spawn(move || {
                while let Ok(mut context) = listener.get_context() {
                    let path = context.request().raw_url().to_owned();
                    context.response_mut().close_with(path).unwrap();
                }
            });
        }
        let clients: Vec<_> = (0..8)
            .map(|number| {
                let listener = &listener;
                scope.spawn(move || {
                    let mut client = Client::new(listener);
                    for round in 0..50 {
                        let path = format!("/{number}/{round}");
                        assert_eq!(client.get(&path).text(), path);
                    }
                })
            })
            .collect();
        clients
            .into_iter()
            .for_each(|client| client.join().unwrap());
        listener.stop().unwrap();
    });
}

#[test]
fn stop_lets_running_requests_finish() {
    let listener = HttpListener::test_http().unwrap();
    let mut idle = Client::new(&listener);
    idle.request("GET /idle", &[], "");
    listener
        .get_context()
        .unwrap()
        .response_mut()
        .close()
        .unwrap();
    assert_eq!(idle.answer().status(), 200);
    let mut busy = Client::new(&listener);
    busy.request("GET /busy", &[], "");
    let mut context = listener.get_context().unwrap();
    let mut waiting = Client::new(&listener);
    waiting.request("GET /waiting", &[], "");
    // Until it is in the queue, which nothing shows from here.
    thread::sleep(Duration::from_millis(200));
    listener.stop().unwrap();
    idle.expect_closed();
    let answer = waiting.answer();
    assert_eq!(
        (answer.status(), answer.header("Connection")),
        (503, Some("close"))
    );
    waiting.expect_closed();
    context.response_mut().close_with("late").unwrap();
    let answer = busy.answer();
    assert_eq!(
        (answer.text(), answer.header("Connection")),
        ("late", Some("close"))
    );
    busy.expect_closed();
    listener.drain().unwrap();
}

#[test]
fn drain_waits_for_the_deadline_at_most() {
    let listener = HttpListener::test_http().unwrap();
    listener
        .timeout_manager()
        .set_drain_requests(Duration::from_millis(200));
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    let mut context = listener.get_context().unwrap();
    listener.drain().unwrap();
    client.expect_closed();
    let error = context.response_mut().close_with("late").unwrap_err();
    assert_eq!(error.kind(), Kind::Misuse, "{error}");
}

#[test]
fn a_dropped_context_closes_the_connection() {
    let listener = answering(|context| {
        if context.request().raw_url() == "/good" {
            let mut context = context;
            context.response_mut().close_with("good").unwrap();
        }
    });
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/good").text(), "good");
    client.request("GET /dropped", &[], "").expect_closed();
    let mut client = Client::new(&listener);
    assert_eq!(client.get("/good").text(), "good");
}

#[test]
fn abort_of_a_response_ends_its_connection_alone() {
    let listener = answering(|mut context| {
        if context.request().raw_url() == "/abort" {
            context.response_mut().abort();
            assert!(context.response_mut().close().is_ok(), "closed already");
        } else {
            context.response_mut().close_with("good").unwrap();
        }
    });
    let mut other = Client::new(&listener);
    assert_eq!(other.get("/good").text(), "good");
    Client::new(&listener)
        .request("GET /abort", &[], "")
        .expect_closed();
    assert_eq!(other.get("/good").text(), "good");
}

#[test]
fn contexts_are_answered_from_destructors_and_runtimes() {
    struct AnswerOnDrop(Option<system_net_http_listener::HttpListenerContext>);
    impl Drop for AnswerOnDrop {
        fn drop(&mut self) {
            let mut context = self.0.take().unwrap();
            context
                .response_mut()
                .close_with("from a destructor")
                .unwrap();
        }
    }
    let listener = HttpListener::test_http().unwrap();
    let mut client = Client::new(&listener);
    client.request("GET /", &[], "");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let taken = listener.listener().clone();
    runtime.spawn(async move {
        // Blocking inside of a runtime works as well.
        let _context = AnswerOnDrop(Some(taken.get_context().unwrap()));
        std::future::pending::<()>().await;
    });
    // Until the task has the request and waits for ever.
    thread::sleep(Duration::from_millis(200));
    drop(runtime);
    assert_eq!(client.answer().text(), "from a destructor");
}

#[test]
fn the_listener_outlives_runtimes() {
    let listener = echoing();
    let mut client = Client::new(&listener);
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _context = runtime.enter();
        assert_eq!(client.get("/").text(), "GET / ");
    }
}
