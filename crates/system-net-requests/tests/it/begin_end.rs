//! Begin/End: the same request in the asynchronous form of .NET, and time-outs of every form.

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use system_net_primitives::Misuse;
use system_net_requests::{
    HttpWebRequest, HttpWebResponse, ServicePointManager, WebExceptionStatus as Status, WebRequest,
};
use system_net_testkit::{HttpPeer, Response, Script, Signal};

use crate::runtimes::{PATIENCE, echo};
use crate::{check_status, context, get, http, web_error};

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
