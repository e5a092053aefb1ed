//! Cancelling a request in every phase, and what is left of it.

use std::future::{Future, poll_fn};
use std::io::{Read, Write};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use system_net_primitives::IpAddress;
use system_net_requests::{
    AbortHandle, HttpWebRequest, ServicePointManager, WebError, WebExceptionStatus as Status,
    WebRequest,
};
use system_net_sockets::{Dns, Resolver, SocketError};
use system_net_testkit::{Blackhole, HttpPeer, Response, Script, Signal};

use crate::{check_status, context, get, http, post, web_error};

/// The six methods that the guide names.
#[track_caller]
fn check_all_canceled(request: &mut HttpWebRequest) {
    check_status(request.get_response(), Status::RequestCanceled);
    check_status(request.get_request_stream(), Status::RequestCanceled);
    let begun = request.begin_get_response(None, None);
    check_status(request.end_get_response(&begun), Status::RequestCanceled);
    let begun = request.begin_get_request_stream(None, None);
    check_status(
        request.end_get_request_stream(&begun),
        Status::RequestCanceled,
    );
}

/// Runs a blocking call on a thread of its own, aborts it when it has got to its phase, and checks
/// what is left.
#[track_caller]
fn check_abort(
    mut request: HttpWebRequest,
    call: impl FnOnce(&mut HttpWebRequest) -> Result<(), WebError> + Send + 'static,
    reached: impl FnOnce(),
) {
    let handle = request.abort_handle();
    let thread = std::thread::spawn(move || {
        let result = call(&mut request);
        (request, result)
    });
    reached();
    handle.abort();
    let (mut request, result) = thread.join().unwrap();
    check_status(result, Status::RequestCanceled);
    check_all_canceled(&mut request);
    let point = request.service_point().unwrap();
    assert_eq!(point.current_connections(), 0, "its place is free");
}

fn respond(request: &mut HttpWebRequest) -> Result<(), WebError> {
    request.get_response().map(drop)
}

/// Polls a future once, so that it has got as far as it can get by itself.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|cx| {
        Poll::Ready(match future.as_mut().poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}

/// Never knows an address; tells when it is asked and when it is no longer asked.
struct NeverResolves {
    asked: Signal,
    given_up: Signal,
}

impl Resolver for NeverResolves {
    fn resolve(
        &self,
        _host: &str,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<IpAddress>, SocketError>> + Send + 'static>> {
        struct RaiseOnDrop(Signal);
        impl Drop for RaiseOnDrop {
            fn drop(&mut self) {
                self.0.raise();
            }
        }
        let guard = RaiseOnDrop(self.given_up.clone());
        self.asked.raise();
        Box::pin(async move {
            let _guard = guard;
            std::future::pending().await
        })
    }
}

#[test]
fn abort_gives_request_canceled() {
    const PATIENCE: Duration = Duration::from_secs(20);

    // Resolving.
    let resolving = context();
    let (asked, given_up) = (Signal::new(), Signal::new());
    Dns::set_resolver_in(
        &resolving,
        Some(Arc::new(NeverResolves {
            asked: asked.clone(),
            given_up: given_up.clone(),
        })),
    );
    let request = WebRequest::create_http_in(&resolving, "http://host.example/").unwrap();
    check_abort(request, respond, || assert!(asked.wait(PATIENCE)));
    assert!(given_up.wait(PATIENCE), "the look-up was given up");

    // Setting up TLS: the server has the first bytes and says nothing.
    let greeted = Signal::new();
    let seen = greeted.clone();
    let peer = HttpPeer::converse(move |talk| {
        talk.peek()?;
        seen.raise();
        talk.stall()
    });
    let request = http(&format!("https://{}/", peer.address()));
    check_abort(request, respond, || assert!(greeted.wait(PATIENCE)));
    peer.wait_for_open_at_most(0);

    // Sending: the server has the head and reads no further, until the abort is over.
    for streamed in [true, false] {
        let over = Signal::new();
        let peer = HttpPeer::each(Script::new().head().wait_for(&over).stall());
        let mut request = post(&context(), &peer.url("/"));
        if streamed {
            request.set_content_length(1 << 40).unwrap();
            request.set_allow_write_stream_buffering(false).unwrap();
        }
        let send = move |request: &mut HttpWebRequest| {
            let mut stream = request.get_request_stream()?;
            let piece = vec![0; 1 << 20];
            if streamed {
                loop {
                    stream.write_all(&piece).map_err(web_error)?;
                }
            }
            for _ in 0..32 {
                stream.write_all(&piece).map_err(web_error)?;
            }
            stream.close()?;
            respond(request)
        };
        check_abort(request, send, || peer.wait_for_requests(1));
        over.raise();
        peer.wait_for_open_at_most(0);
    }

    // Waiting for 100 (Continue).
    let peer = HttpPeer::silent();
    let peer_head = HttpPeer::each(Script::new().head().stall());
    drop(peer);
    let mut request = http(&peer_head.url("/"));
    request.set_method("POST").unwrap();
    request
        .set_continue_timeout(Duration::from_secs(60))
        .unwrap();
    let send = |request: &mut HttpWebRequest| {
        let mut stream = request.get_request_stream()?;
        stream.write_all(b"x").map_err(web_error)?;
        stream.close()?;
        respond(request)
    };
    check_abort(request, send, || peer_head.wait_for_requests(1));
    peer_head.wait_for_open_at_most(0);

    // Waiting for the head, and in its midst.
    for part in ["", "HTTP/1.1 200 OK\r\nX-Pa"] {
        let peer = HttpPeer::each(Script::new().head().send(part).stall());
        check_abort(http(&peer.url("/")), respond, || peer.wait_for_requests(1));
        peer.wait_for_open_at_most(0);
    }

    // In the body, of every framing.
    for part in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\n\r\nabc",
    ] {
        let peer = HttpPeer::each(Script::new().head().send(part).stall());
        let began = Signal::new();
        let seen = began.clone();
        let read = move |request: &mut HttpWebRequest| {
            let mut stream = request.get_response()?.get_response_stream()?;
            stream.read_exact(&mut [0; 3]).map_err(web_error)?;
            seen.raise();
            let end = stream.read(&mut [0; 3]);
            let again = stream.read(&mut [0; 3]);
            check_status(again.map_err(web_error), Status::RequestCanceled);
            end.map(drop).map_err(web_error)
        };
        check_abort(http(&peer.url("/")), read, || assert!(began.wait(PATIENCE)));
        peer.wait_for_open_at_most(0);
    }
}

/// The phases that nobody outside can see: the future was polled and cannot go on.
#[tokio::test]
async fn abort_gives_request_canceled_while_queueing_or_connecting() {
    let context = context();
    let peer = HttpPeer::each(Script::new().answer("HTTP/1.1 200 OK\r\n\r\npart").stall());
    let point = ServicePointManager::of(&context)
        .find(peer.url("/"))
        .unwrap();
    point.set_connection_limit(1).unwrap();
    let mut holder = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
    let held = holder.get_response_async().await.unwrap();
    let mut queued = WebRequest::create_http_in(&context, peer.url("/")).unwrap();

    let nowhere = Blackhole::new();
    let connecting = http(&format!("http://{}/", nowhere.address()));
    for (what, request) in [("queued", &mut queued), ("connecting", &mut { connecting })] {
        let handle = request.abort_handle();
        let mut future = Box::pin(request.get_response_async());
        assert!(poll_once(future.as_mut()).await.is_none(), "{what}");
        handle.abort();
        check_status(future.await, Status::RequestCanceled);
        check_all_canceled(request);
    }
    // The queue goes on without the one that was aborted.
    assert_eq!(peer.connections_opened(), 1);
    held.close();
    peer.wait_for_open_at_most(0);
    assert_eq!(point.current_connections(), 0);
}

#[test]
fn status_request_canceled() {
    let peer = HttpPeer::silent();
    // Before anything was sent.
    let mut request = http(&peer.url("/"));
    request.abort();
    assert!(request.abort_handle().is_aborted());
    let error = check_status(request.get_response(), Status::RequestCanceled);
    assert!(error.to_string().contains("aborted"), "{error}");
    assert!(!error.advice().is_empty() && error.response().is_none());
    assert_eq!(peer.connections_opened(), 0);

    // While it is under way, through the base type, from another thread.
    let mut request = WebRequest::create_in(&context(), peer.url("/")).unwrap();
    let begun = request.begin_get_response(None, None);
    peer.wait_for_connections(1);
    let handle: AbortHandle = request.abort_handle().unwrap();
    std::thread::spawn(move || handle.abort()).join().unwrap();
    check_status(request.end_get_response(&begun), Status::RequestCanceled);
    request.abort().expect("twice is harmless");
    peer.wait_for_open_at_most(0);
}

/// A waiting `begin_read` is ended as well.
#[test]
fn abort_ends_begin_read() {
    let peer = HttpPeer::each(
        Script::new()
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
            .stall(),
    );
    let mut request = http(&peer.url("/"));
    let stream = request
        .get_response()
        .unwrap()
        .get_response_stream()
        .unwrap();
    let read = stream.begin_read(9, None, None);
    assert!(!read.is_completed());
    request.abort();
    check_status(
        stream.end_read(&read).map_err(web_error),
        Status::RequestCanceled,
    );
    peer.wait_for_open_at_most(0);
}

/// Bytes that had already arrived are not handed out any more, to blocking and other readers.
#[tokio::test]
async fn abort_hides_what_has_arrived() {
    use tokio::io::AsyncReadExt;
    let peer = HttpPeer::serve(|_| Response::new(200).body("hello"));
    let mut request = http(&peer.url("/"));
    let response = request.get_response().unwrap();
    let mut stream = response.get_response_stream().unwrap();
    stream.read_exact(&mut [0; 2]).unwrap();
    request.abort();
    check_status(
        stream.read(&mut [0; 3]).map_err(web_error),
        Status::RequestCanceled,
    );
    let mut stream = pin!(stream.into_async());
    check_status(
        stream.read(&mut [0; 3]).await.map_err(web_error),
        Status::RequestCanceled,
    );
}

/// An abort that comes late has nothing to abort: the connection serves others by then.
#[test]
fn late_abort_leaves_the_connection_alone() {
    let context = context();
    let peer = HttpPeer::serve(|_| Response::new(200).body("ok"));
    let mut first = WebRequest::create_http_in(&context, peer.url("/1")).unwrap();
    first.get_response().unwrap().into_bytes().unwrap();
    let mut second = WebRequest::create_http_in(&context, peer.url("/2")).unwrap();
    let response = second.get_response().unwrap();
    first.abort();
    assert_eq!(response.into_string().unwrap(), "ok");
    assert_eq!(get(&context, &peer.url("/3")), "ok");
    assert_eq!(peer.connections_opened(), 1);
}
