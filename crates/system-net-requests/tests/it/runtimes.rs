//! Blocking calls and futures: the same request from every surrounding.

use std::cell::RefCell;
use std::io::Read;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use system_net_config::NetContext;
use system_net_primitives::Misuse;
use system_net_requests::{
    ServicePointManager, WebError, WebExceptionStatus as Status, WebRequest,
};
use system_net_testkit::{Authority, HttpPeer, Response, Script, Signal, Validity};
use tokio::io::AsyncReadExt;
use tokio::runtime::{Builder, Runtime};

use crate::{check_status, context, context_trusting, get, http, post, write_body};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn multi_thread() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Echoes the target, so that nobody takes another's answer for his own.
pub(crate) fn echo() -> HttpPeer {
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
