//! Blocking calls, futures and Begin/End: the same request from every surrounding.

use std::cell::RefCell;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use system_net_config::NetContext;
use system_net_primitives::Misuse;
use system_net_requests::{
    HttpWebRequest, HttpWebResponse, ServicePointManager, WebError, WebExceptionStatus as Status,
    WebRequest,
};
use system_net_testkit::{Authority, HttpPeer, Response, Script, Signal, Validity};
use tokio::io::AsyncReadExt;
use tokio::runtime::{Builder, Runtime};

use crate::{check_status, context, context_trusting, get, http, post, web_error, write_body};

const PATIENCE: Duration = Duration::from_secs(20);
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn multi_thread() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Echoes the target, so that nobody takes another's answer for his own.
fn echo() -> HttpPeer {
    HttpPeer::serve(|request| Response::new(200).body(request.target()))
}

#[track_caller]
fn check_get(context: &NetContext, peer: &HttpPeer, path: &str) {
    assert_eq!(get(context, &peer.url(path)), path);
}

async fn get_async(context: &NetContext, url: &str) -> String {
    let mut request = WebRequest::create_in(context, url).unwrap();
    let response = request.get_response_async().await.unwrap();
    let mut text = String::new();
    let mut stream = response.get_response_stream().unwrap().into_async();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

// ---- Blocking calls ----

#[test]
fn blocking_without_a_runtime() {
    let (context, peer) = (context(), echo());
    check_get(&context, &peer, "/1");
    check_get(&context, &peer, "/2");
    assert_eq!(peer.connections_opened(), 1);
}

/// reqwest's blocking client panics here; .NET has no such thing as a wrong place for a call.
#[test]
fn sync_inside_tokio_ok() {
    let (context, peer) = (Arc::new(context()), Arc::new(echo()));
    for runtime in [multi_thread(), current_thread()] {
        runtime.block_on(async {
            check_get(&context, &peer, "/in-async");
            let (c, p) = (Arc::clone(&context), Arc::clone(&peer));
            tokio::spawn(async move { check_get(&c, &p, "/in-a-task") })
                .await
                .unwrap();
            let (c, p) = (Arc::clone(&context), Arc::clone(&peer));
            tokio::task::spawn_blocking(move || check_get(&c, &p, "/in-spawn-blocking"))
                .await
                .unwrap();
            // Bodies and streams as well.
            let mut request = post(&context, &peer.url("/up"));
            request.set_content_length(5).unwrap();
            write_body(&mut request, "hello");
            request.get_response().unwrap();
        });
        let _entered = runtime.enter();
        check_get(&context, &peer, "/entered");
    }
    multi_thread().block_on(async {
        tokio::spawn({
            let (context, peer) = (Arc::clone(&context), Arc::clone(&peer));
            async move {
                tokio::task::block_in_place(|| check_get(&context, &peer, "/in-block-in-place"));
            }
        })
        .await
        .unwrap();
    });
    assert_eq!(peer.connections_opened(), 1);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main_of_many_threads(context: &NetContext, peer: &HttpPeer) {
    check_get(context, peer, "/many-threads");
}

#[tokio::main(flavor = "current_thread")]
async fn main_of_one_thread(context: &NetContext, peer: &HttpPeer) {
    check_get(context, peer, "/one-thread");
}

#[test]
fn sync_inside_tokio_main() {
    let (context, peer) = (context(), echo());
    main_of_many_threads(&context, &peer);
    main_of_one_thread(&context, &peer);
}

/// The same over TLS, with the connection going back and forth between all of them.
#[test]
fn tls_connection_moves_between_runtimes() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let context = context_trusting(&authority);
    let peer = HttpPeer::serve_tls(&identity, |request| {
        Response::new(200).body(request.target())
    });
    let url = |path: &str| peer.url_localhost(path);
    for round in 0..2 {
        assert_eq!(get(&context, &url("/sync")), "/sync");
        for runtime in [multi_thread(), current_thread()] {
            runtime.block_on(async {
                assert_eq!(get_async(&context, &url("/async")).await, "/async");
                assert_eq!(get(&context, &url("/sync-in")), "/sync-in");
            });
        }
        let mut request = WebRequest::create_in(&context, url("/begin")).unwrap();
        let begun = request.begin_get_response(None, None);
        let response = request.end_get_response(&begun).unwrap();
        assert_eq!(response.into_string().unwrap(), "/begin", "round {round}");
    }
    assert_eq!(peer.connections_opened(), 1, "no second handshake");
}

/// 64 plain threads, a limit of 8: everybody is served, over at most 8 connections.
#[test]
fn sync_from_64_threads() {
    let (context, peer) = (context(), echo());
    let point = ServicePointManager::of(&context)
        .find(peer.url("/"))
        .unwrap();
    point.set_connection_limit(8).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let (context, peer) = (&context, &peer);
            scope.spawn(move || {
                for number in 0..8 {
                    check_get(context, peer, &format!("/{thread}/{number}"));
                }
            });
        }
    });
    assert_eq!(peer.request_count(), 64 * 8);
    assert!(peer.connections_opened() <= 8);
    assert!(point.current_connections() <= 8);
}

/// Sends a request when it is dropped, and tells what came of it.
struct SendsOnDrop {
    context: NetContext,
    url: String,
    result: mpsc::Sender<Result<String, WebError>>,
}

impl Drop for SendsOnDrop {
    fn drop(&mut self) {
        let mut request = WebRequest::create_in(&self.context, &self.url).unwrap();
        let text = request
            .get_response()
            .and_then(|response| response.into_string());
        let _nobody_asks_any_more = self.result.send(text);
    }
}

/// A destructor that makes a request while its runtime shuts down.
#[test]
fn sync_from_drop_during_shutdown() {
    for runtime in [multi_thread(), current_thread()] {
        let (context, peer) = (context(), echo());
        let (result, results) = mpsc::channel();
        // A connection of this runtime stands in the pool.
        runtime.block_on(get_async(&context, &peer.url("/before")));
        let guard = SendsOnDrop {
            context: context.clone(),
            url: peer.url("/drop"),
            result,
        };
        let (started, has_started) = tokio::sync::oneshot::channel();
        runtime.spawn(async move {
            let _guard = guard;
            started.send(()).unwrap();
            std::future::pending::<()>().await;
        });
        runtime.block_on(has_started).unwrap();
        drop(runtime);
        let text = results.recv_timeout(PATIENCE).unwrap();
        assert_eq!(text.unwrap(), "/drop");
        check_get(&context, &peer, "/after");
    }
}

/// A destructor of a thread-local variable, before and after tokio's own variables are gone.
#[test]
fn sync_from_a_thread_local_destructor() {
    thread_local! {
        static LAST: RefCell<Option<SendsOnDrop>> = const { RefCell::new(None) };
    }
    for ours_first in [false, true] {
        let (context, peer) = (context(), echo());
        let (result, results) = mpsc::channel();
        let guard = SendsOnDrop {
            context: context.clone(),
            url: peer.url("/last"),
            result,
        };
        let url = peer.url("/first");
        std::thread::spawn(move || {
            // What is touched first is destroyed last.
            if ours_first {
                LAST.with(|last| last.borrow_mut().take());
            }
            let runtime = current_thread();
            runtime.block_on(async {
                get_async(&context, &url).await;
            });
            get(&context, &url);
            LAST.with(|last| *last.borrow_mut() = Some(guard));
        })
        .join()
        .unwrap();
        let text = results.recv_timeout(PATIENCE).unwrap();
        assert_eq!(text.unwrap(), "/last", "ours first: {ours_first}");
    }
}

/// The server lives on the very thread that waits for it: nothing can help but the time-out.
#[test]
fn blocking_its_own_server_ends_by_timeout() {
    let runtime = current_thread();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            use tokio::io::AsyncWriteExt;
            let (mut stream, _) = listener.accept().await.unwrap();
            let _gone = stream.write_all(OK.as_bytes()).await;
        });
        let mut request = http(&url);
        request
            .set_timeout(Some(Duration::from_millis(150)))
            .unwrap();
        let start = Instant::now();
        check_status(request.get_response(), Status::Timeout);
        assert!(start.elapsed() < Duration::from_secs(5));
        // The runtime is as good as before.
        server.await.unwrap();
    });
}

// ---- Futures ----

/// The pool holds a connection of a runtime that is gone: it is used on, from another runtime and
/// by blocking calls.
#[test]
fn connection_outlives_its_runtime() {
    let (context, peer) = (context(), echo());
    for round in 0..3 {
        for make in [multi_thread, current_thread] {
            let runtime = make();
            let path = format!("/{round}");
            let text = runtime.block_on(get_async(&context, &peer.url(&path)));
            assert_eq!(text, path);
            drop(runtime);
        }
        check_get(&context, &peer, "/sync");
    }
    assert_eq!(peer.connections_opened(), 1);
}

/// A runtime is dropped in the midst of requests: those are gone with it, their connections too,
/// and the pool serves others on.
#[test]
fn runtime_dropped_mid_way() {
    for make in [multi_thread, current_thread] {
        let context = context();
        let peer = HttpPeer::converse(|talk| {
            loop {
                let head = talk.head()?;
                if head.target() == "/never" {
                    return talk.stall();
                }
                talk.send(OK)?;
            }
        });
        let runtime = make();
        // One idle connection of this runtime, one whose answer never comes.
        runtime.block_on(async {
            let mut one = WebRequest::create_in(&context, peer.url("/one")).unwrap();
            let held = one.get_response_async().await.unwrap();
            let mut never = WebRequest::create_in(&context, peer.url("/never")).unwrap();
            let pending = tokio::spawn(async move { never.get_response_async().await.map(drop) });
            while peer.request_count() < 2 {
                tokio::task::yield_now().await;
            }
            held.into_string().unwrap();
            assert!(!pending.is_finished());
        });
        drop(runtime);
        assert_eq!(get(&context, &peer.url("/sync")), "ok");
        let other = current_thread();
        let text = other.block_on(get_async(&context, &peer.url("/async")));
        assert_eq!(text, "ok");
        peer.wait_for_open_at_most(1);
        let point = ServicePointManager::of(&context)
            .find(peer.url("/"))
            .unwrap();
        assert_eq!(point.current_connections(), 1);
    }
}

/// A body is begun on one runtime, goes on on another while the first is gone or stands still,
/// and is ended by blocking reads.
#[test]
fn half_read_body_changes_hands() {
    for keep in [false, true] {
        for make in [multi_thread, current_thread] {
            let steps: Vec<Signal> = (0..3).map(|_| Signal::new()).collect();
            let peer = HttpPeer::scripts([Script::new()
                .answer("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nab")
                .wait_for(&steps[0])
                .send("cd")
                .wait_for(&steps[1])
                .send("ef")
                .wait_for(&steps[2])
                .send("gh")]);
            let context = context();
            let first = make();
            let mut part = [0; 2];
            let mut stream = first.block_on(async {
                let mut request = WebRequest::create_in(&context, peer.url("/")).unwrap();
                let response = request.get_response_async().await.unwrap();
                let mut stream = response.get_response_stream().unwrap().into_async();
                stream.read_exact(&mut part).await.unwrap();
                stream
            });
            assert_eq!(&part, b"ab");
            let kept = keep.then_some(first);
            steps[0].raise();
            let mut stream = current_thread().block_on(async {
                stream.read_exact(&mut part).await.unwrap();
                stream
            });
            assert_eq!(&part, b"cd");
            steps[1].raise();
            let thread = std::thread::spawn(move || {
                let mut part = [0; 2];
                multi_thread()
                    .block_on(stream.read_exact(&mut part))
                    .unwrap();
                (stream, part)
            });
            let (stream, part) = thread.join().unwrap();
            assert_eq!(&part, b"ef");
            steps[2].raise();
            let mut rest = String::new();
            stream.into_sync().read_to_string(&mut rest).unwrap();
            assert_eq!(rest, "gh");
            drop(kept);
            assert_eq!(peer.connections_opened(), 1);
        }
    }
}

/// Futures that are dropped mid-way leave no connection behind on which an answer is still to
/// come: the next request gets its own.
#[tokio::test]
async fn dropped_future_leaves_no_answer_behind() {
    let context = context();
    // The slow answer is sent when the connection is used again, before that request's own.
    let peer = HttpPeer::converse(|talk| {
        loop {
            let head = talk.head()?;
            if head.target() == "/slow" {
                talk.peek()?;
            }
            let target = head.target();
            talk.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{target}",
                target.len()
            ))?;
        }
    });
    for _ in 0..10 {
        // A connection that is kept, so that the slow request is sent on it.
        assert_eq!(get_async(&context, &peer.url("/warm")).await, "/warm");
        let before = peer.request_count();
        let mut slow = WebRequest::create_in(&context, peer.url("/slow")).unwrap();
        tokio::select! {
            biased;
            result = slow.get_response_async() => panic!("answered: {result:?}"),
            () = async {
                while peer.request_count() == before {
                    tokio::task::yield_now().await;
                }
            } => {}
        }
        assert_eq!(get_async(&context, &peer.url("/next")).await, "/next");
        // A request whose future was dropped has failed.
        let error = slow.get_response_async().await.unwrap_err();
        assert!(
            matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
            "{error:?}"
        );
    }
    let point = ServicePointManager::of(&context)
        .find(peer.url("/"))
        .unwrap();
    assert_eq!(point.current_connections(), 1);
}

/// A blocking call that times out leaves nothing behind either.
#[test]
fn timed_out_call_leaves_no_answer_behind() {
    let context = context();
    let peer = HttpPeer::converse(|talk| {
        talk.head()?;
        if talk.connection_index() == 0 {
            talk.pause(Duration::from_millis(120))?;
            return talk.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
        }
        talk.send(OK)
    });
    let mut late = WebRequest::create_http_in(&context, peer.url("/late")).unwrap();
    late.set_timeout(Some(Duration::from_millis(60))).unwrap();
    check_status(late.get_response(), Status::Timeout);
    assert_eq!(get(&context, &peer.url("/next")), "ok");
}

/// A future of this library needs no tokio around it.
#[test]
fn futures_run_on_other_executors() {
    let (context, peer) = (context(), echo());
    let text = futures_executor(get_async(&context, &peer.url("/other")));
    assert_eq!(text, "/other");
}

/// The smallest executor there is: it parks its thread.
fn futures_executor<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut cx = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        std::thread::park_timeout(PATIENCE);
    }
}

#[test]
fn futures_and_handles_go_to_other_threads() {
    fn is_send<T: Send>(_: &T) {}
    fn is_sync<T: Sync>(_: &T) {}
    let mut request = http("http://h/");
    is_sync(&request);
    is_send(&request.get_response_async());
    is_send(&request.get_request_stream_async());
    let mut request = WebRequest::from(request);
    is_sync(&request);
    is_send(&request.get_response_async());
    is_send(&request.get_request_stream_async());
    is_sync(&request.abort_handle().unwrap());
}

// ---- Begin/End ----

/// In a thread that never heard of a runtime.
#[test]
fn begin_end_get_response() {
    let peer = HttpPeer::serve(|request| Response::new(200).body(&request.body));
    let calls = Arc::new(AtomicUsize::new(0));
    let called = Signal::new();

    // The upload, with a callback and the caller's state.
    let mut request = http(&peer.url("/"));
    request.set_method("POST").unwrap();
    let (count, done) = (Arc::clone(&calls), called.clone());
    let begun = request.begin_get_request_stream(
        Some(Box::new(move |result| {
            assert!(result.is_completed());
            let state = result.async_state().unwrap();
            assert_eq!(state.downcast_ref::<&str>(), Some(&"upload"));
            count.fetch_add(1, Ordering::SeqCst);
            done.raise();
        })),
        Some(Arc::new("upload")),
    );
    let mut stream = request.end_get_request_stream(&begun).unwrap();
    assert!(called.wait(PATIENCE));
    let write = stream.begin_write(b"hello".to_vec(), None, None);
    stream.end_write(&write).unwrap();
    stream.close().unwrap();

    // The response, ended inside the callback.
    let (send, results) = mpsc::channel::<Result<HttpWebResponse, Misuse>>();
    let count = Arc::clone(&calls);
    let begun = request.begin_get_response(
        Some(Box::new(move |result| {
            count.fetch_add(1, Ordering::SeqCst);
            send.send(result.end().map(Result::unwrap)).unwrap();
        })),
        None,
    );
    assert!(begun.async_state().is_none());
    let response = results.recv_timeout(PATIENCE).unwrap().unwrap();
    // Ended once already: a second time is a mistake.
    for _ in 0..2 {
        let error = request.end_get_response(&begun).unwrap_err();
        assert!(
            matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
            "{error:?}"
        );
    }
    let stream = response.get_response_stream().unwrap();
    let mut text = Vec::new();
    loop {
        let read = stream.begin_read(3, None, None);
        match stream.end_read(&read).unwrap() {
            piece if piece.is_empty() => break,
            piece => text.extend(piece),
        }
        let again = stream.end_read(&read).unwrap_err();
        assert_eq!(again.kind(), std::io::ErrorKind::InvalidInput);
    }
    assert_eq!(text, b"hello");
    assert_eq!(calls.load(Ordering::SeqCst), 2, "each callback ran once");
    assert_eq!(peer.request_count(), 1);
}

/// Failures come out of End; the callback runs all the same.
#[test]
fn begin_end_failure() {
    let (send, results) = mpsc::channel();
    let url = format!("http://{}/", system_net_testkit::refused_port());
    let mut request = WebRequest::create_in(&context(), &url).unwrap();
    let begun = request.begin_get_response(
        Some(Box::new(move |result| {
            send.send(result.is_completed()).unwrap();
        })),
        None,
    );
    check_status(request.end_get_response(&begun), Status::ConnectFailure);
    assert_eq!(results.recv_timeout(PATIENCE), Ok(true));
    assert!(results.recv_timeout(PATIENCE).is_err(), "it ran once");
}

/// What Begin started can be awaited, waited for, and given up.
#[tokio::test]
async fn async_result_three_ways() {
    let (context, peer) = (context(), echo());
    let mut request = WebRequest::create_in(&context, peer.url("/await")).unwrap();
    let response = request
        .begin_get_response(None, None)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(response.into_string().unwrap(), "/await");

    let mut request = WebRequest::create_in(&context, peer.url("/wait")).unwrap();
    let begun = request.begin_get_response(None, None);
    assert!(begun.wait_timeout(PATIENCE));
    request.end_get_response(&begun).unwrap();

    let silent = HttpPeer::silent();
    let mut request = WebRequest::create_in(&context, silent.url("/cancel")).unwrap();
    let begun = request.begin_get_response(None, None);
    silent.wait_for_connections(1);
    begun.cancel();
    let error = request.end_get_response(&begun).unwrap_err();
    assert!(error.misuse().is_some(), "{error:?}");
    silent.wait_for_open_at_most(0);
}

/// 200 callbacks that all read with blocking calls, on a background runtime of two workers: slow,
/// but done.
#[test]
fn sync_read_inside_callback_no_deadlock() {
    let (context, peer) = (context(), echo());
    let point = ServicePointManager::of(&context)
        .find(peer.url("/"))
        .unwrap();
    point.set_connection_limit(16).unwrap();
    let (send, results) = mpsc::channel();
    let requests: Vec<HttpWebRequest> = (0..200)
        .map(|number| {
            let url = peer.url(&format!("/{number}"));
            let mut request = WebRequest::create_http_in(&context, &url).unwrap();
            let (context, send, url) = (context.clone(), send.clone(), peer.url("/again"));
            request.begin_get_response(
                Some(Box::new(move |result| {
                    let response = result.end().unwrap().unwrap();
                    let first = response.into_string().unwrap();
                    // A whole blocking request inside the callback.
                    send.send((first, get(&context, &url))).unwrap();
                })),
                None,
            );
            request
        })
        .collect();
    drop(send);
    let mut seen = Vec::new();
    while let Ok((first, second)) = results.recv_timeout(PATIENCE) {
        assert_eq!(second, "/again");
        seen.push(first);
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), requests.len());
}

/// `Timeout` is for blocking calls; what Begin started is ended by an abort only.
#[test]
fn timeout_ignored_by_begin_get_response() {
    let peer = HttpPeer::silent();
    let limited = || {
        let mut request = http(&peer.url("/"));
        request
            .set_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        request
    };
    let mut begins = limited();
    let begun = begins.begin_get_response(None, None);
    let start = Instant::now();
    check_status(limited().get_response(), Status::Timeout);
    assert!(start.elapsed() >= Duration::from_millis(100));
    // The row's own figure: still pending at one second.
    assert!(!begun.wait_timeout(Duration::from_secs(1) - start.elapsed()));
    begins.abort();
    check_status(begins.end_get_response(&begun), Status::RequestCanceled);
}

/// The total time-out is for every kind of call.
#[tokio::test]
async fn total_timeout_ends_every_call() {
    let peer = HttpPeer::silent();
    let limited = || {
        let mut request = http(&peer.url("/"));
        request
            .set_total_timeout(Some(Duration::from_millis(60)))
            .unwrap();
        request
    };
    check_status(limited().get_response(), Status::Timeout);
    check_status(limited().get_response_async().await, Status::Timeout);
    let mut request = limited();
    let begun = request.begin_get_response(None, None);
    check_status(request.end_get_response(&begun), Status::Timeout);
    peer.wait_for_open_at_most(0);
}

/// A time-out while another request holds the only connection, and while the body comes.
#[test]
fn timeouts_of_the_queue_and_the_body() {
    let context = context();
    let peer = HttpPeer::each(
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart")
            .stall(),
    );
    let mut holder = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
    holder
        .service_point()
        .unwrap()
        .set_connection_limit(1)
        .unwrap();
    holder
        .set_read_write_timeout(Some(Duration::from_millis(80)))
        .unwrap();
    let held = holder.get_response().unwrap();
    let mut waiter = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
    waiter.set_timeout(Some(Duration::from_millis(80))).unwrap();
    let error = check_status(waiter.get_response(), Status::Timeout);
    assert_eq!(error.phase(), system_net_requests::Phase::Queueing);
    let mut stream = held.get_response_stream().unwrap();
    stream.read_exact(&mut [0; 4]).unwrap();
    check_status(stream.read(&mut [0; 1]).map_err(web_error), Status::Timeout);
    assert_eq!(peer.connections_opened(), 1);
}
