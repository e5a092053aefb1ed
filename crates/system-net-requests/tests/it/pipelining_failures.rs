//! What becomes of requests behind others when something goes wrong: connections that end, callers
//! that give up, responses that do not come.

use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_net_requests::WebExceptionStatus as Status;
use tokio::task::JoinSet;

use crate::lines::{HANG, Line, Server};
use crate::pipelining::{all_echoed, begin, hears, one_connection, read, settle};
use crate::pool::{point, request};
use crate::{check_status, context};
/// A connection that ends with the answer to the first of four, said or unsaid: the others are sent
/// again elsewhere.
#[tokio::test]
async fn a_connection_that_ends_gives_the_others_back() {
    for fields in ["", "Connection: close\r\n"] {
        let context = context();
        let server = Server::start(move |line| {
            if line.number > 0 {
                return line.echo();
            }
            line.expect("GET /first");
            line.answer("/first");
            for path in ["/1", "/2", "/3", "/4"] {
                line.expect(&format!("GET {path}"));
            }
            line.answer_with(fields, "/1");
        });
        let point = one_connection(&context, &server).await;
        let tasks = begin(&context, &server, &["/1", "/2", "/3", "/4"]).await;
        all_echoed(tasks).await;
        assert_eq!(server.opened(), 2, "{fields:?}");
        assert_eq!(point.current_connections(), 1);
        assert!(point.supports_pipelining(), "once is no habit");
        server.end(&context);
    }
}

/// One of the middle is given up: its place in the row cannot be taken by another. Who is before it
/// is served where it is, who is behind it elsewhere.
#[tokio::test]
async fn who_leaves_the_row_holds_up_nobody() {
    #[derive(Clone, Copy, Debug)]
    enum Leave {
        Drop,
        Abort,
        Timeout,
    }
    for leave in [Leave::Drop, Leave::Abort, Leave::Timeout] {
        let context = context();
        let (go, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let server = Server::start(move |line| {
            if line.number > 0 {
                return line.echo();
            }
            line.expect("GET /first");
            line.answer("/first");
            for path in ["/1", "/2", "/3", "/4"] {
                line.expect(&format!("GET {path}"));
            }
            wait.lock().unwrap().recv_timeout(HANG).unwrap();
            line.answer("/1");
            line.answer("/2");
            assert_eq!(line.request(), None, "nothing more comes on it");
        });
        let point = one_connection(&context, &server).await;
        let before = begin(&context, &server, &["/1", "/2"]).await;
        let mut third = request(&context, &server.url("/3"));
        if let Leave::Timeout = leave {
            third
                .set_total_timeout(Some(Duration::from_millis(100)))
                .unwrap();
        }
        let aborted = third.abort_handle();
        let third = tokio::spawn(async move { third.get_response_async().await.map(drop) });
        settle().await;
        let behind = begin(&context, &server, &["/4"]).await;
        match leave {
            Leave::Drop => {
                third.abort();
                assert!(third.await.unwrap_err().is_cancelled());
            }
            Leave::Abort => {
                aborted.abort();
                check_status(third.await.unwrap(), Status::RequestCanceled);
            }
            Leave::Timeout => {
                check_status(third.await.unwrap(), Status::Timeout);
            }
        }
        go.send(()).unwrap();
        all_echoed(before).await;
        all_echoed(behind).await;
        assert_eq!(server.opened(), 2, "{leave:?}");
        assert_eq!(point.current_connections(), 1, "{leave:?}");
        server.end(&context);
    }
}

/// The one whose response is awaited is dropped, in each phase: those behind are sent elsewhere.
#[tokio::test]
async fn a_dropped_owner_gives_the_others_back() {
    for head in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbeginning",
    ] {
        let context = context();
        let server = Server::start(move |line| {
            if line.number > 0 {
                return line.echo();
            }
            line.expect("GET /first");
            line.answer("/first");
            for path in ["/1", "/2", "/3"] {
                line.expect(&format!("GET {path}"));
            }
            line.stream.write_all(head.as_bytes()).unwrap();
            assert_eq!(line.request(), None);
        });
        let point = one_connection(&context, &server).await;
        let mut first = request(&context, &server.url("/1"));
        let first = tokio::spawn(async move { first.get_response_async().await.unwrap() });
        settle().await;
        let behind = begin(&context, &server, &["/2", "/3"]).await;
        match head {
            "" => first.abort(),
            _ => drop(first.await.unwrap()),
        }
        all_echoed(behind).await;
        assert_eq!(server.opened(), 2);
        assert_eq!(point.current_connections(), 1);
        server.end(&context);
    }
}

/// Behind a response that does not come nobody stays while another connection is free.
#[tokio::test]
async fn nobody_stays_behind_what_does_not_come() {
    let context = context();
    let (tell, told) = channel::<&str>();
    let tell = Mutex::new(tell);
    let server = Server::start(move |line| {
        while let Some(request) = line.request() {
            match &*request {
                "GET /slow" => {
                    tell.lock().unwrap().send("slow").unwrap();
                    line.expect("GET /behind");
                    tell.lock().unwrap().send("behind").unwrap();
                    // The other connection serves it; this one ends unanswered.
                    assert_eq!(line.request(), None);
                    return;
                }
                _ => {
                    line.answer(request.split(' ').nth(1).unwrap());
                }
            }
        }
    });
    let point = one_connection(&context, &server).await;
    let mut slow = request(&context, &server.url("/slow"));
    let slow = tokio::spawn(async move { slow.get_response_async().await.map(drop) });
    hears(&told, "slow").await;
    let behind = begin(&context, &server, &["/behind"]).await;
    hears(&told, "behind").await;
    // From now on there could be another connection.
    point.set_connection_limit(2).unwrap();
    all_echoed(behind).await;
    assert_eq!(server.opened(), 2);
    slow.abort();
    slow.await.unwrap_err();
    server.end(&context);
}

/// Servers that answer in HTTP/1.0, and those that leave unanswered what came behind the first, get
/// their requests one by one; the service point says so.
#[tokio::test]
async fn servers_that_break_it_are_remembered() {
    fn old(line: &mut Line) {
        while let Some(request) = line.request() {
            assert!(line.is_silent(), "something came before the answer");
            let target = request.split(' ').nth(1).unwrap();
            let length = target.len();
            let text = format!(
                "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: {length}\r\n\r\n{target}"
            );
            if line.stream.write_all(text.as_bytes()).is_err() {
                return;
            }
        }
    }
    // Takes all that comes at once for one request, and ends when it has answered that.
    fn forgetful(line: &mut Line) {
        while let Some(request) = line.request() {
            // It is slow, so that others come meanwhile if they come at all.
            std::thread::sleep(Duration::from_millis(20));
            let alone = line.is_silent();
            line.answer(request.split(' ').nth(1).unwrap());
            if !alone {
                return;
            }
        }
    }
    for talk in [old as fn(&mut Line), forgetful] {
        let context = context();
        let server = Server::start(talk);
        let point = point(&context, &server.url("/"));
        point.set_connection_limit(1).unwrap();
        for round in 0..8 {
            let paths: Vec<String> = (0..6).map(|number| format!("/{round}/{number}")).collect();
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            all_echoed(begin(&context, &server, &paths).await).await;
        }
        assert!(!point.supports_pipelining());
        let opened = server.opened();
        // One for each try, one for what came back, and not two for each round.
        assert!(opened <= 6, "{opened} connections");
        server.end(&context);
    }
}

/// Connections that end at any point, GETs and POSTs mixed, more than there are connections: each
/// gets its own answer or an error, and no POST comes twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_post_comes_twice_among_pipelined_requests() {
    let context = context();
    let posts = Arc::new(Mutex::new(HashMap::<String, u32>::new()));
    let counted = Arc::clone(&posts);
    let turns = AtomicUsize::new(0);
    let server = Server::start(move |line| {
        while let Some(request) = line.request() {
            let (method, target) = request.split_once(' ').unwrap();
            if method == "POST" {
                *counted
                    .lock()
                    .unwrap()
                    .entry(target.to_owned())
                    .or_default() += 1;
            }
            // Read and lost, half answered, answered and closed, or all well.
            let turn = turns.fetch_add(1, Ordering::SeqCst);
            match turn % 23 {
                7 => return,
                13 => {
                    let _ = line.stream.write_all(b"HTTP/1.1 200 OK\r\nConte");
                    return;
                }
                19 => {
                    line.answer(target);
                    return;
                }
                _ if !line.answer(target) => return,
                _ => {}
            }
        }
    });
    let service = point(&context, &server.url("/"));
    service.set_connection_limit(3).unwrap();
    service.set_expect_100_continue(false);
    let mut tasks = JoinSet::new();
    for task in 0..24 {
        let (context, url) = (context.clone(), server.url(""));
        tasks.spawn(async move {
            let mut failed = 0;
            for number in 0..40 {
                let path = format!("/{task}/{number}");
                let mut request = request(&context, &format!("{url}{path}"));
                if number % 5 == 4 {
                    request.set_method("POST").unwrap();
                }
                match request.get_response_async().await {
                    Ok(response) => assert_eq!(read(response).await, path),
                    Err(_) => failed += 1,
                }
            }
            failed
        });
    }
    let mut failed = 0;
    while let Some(done) = tasks.join_next().await {
        failed += done.unwrap();
    }
    assert!(failed < 24 * 40 / 5, "{failed} failed");
    let posts = posts.lock().unwrap();
    assert!(posts.values().all(|count| *count == 1), "{posts:?}");
    assert!(service.current_connections() <= 3);
    // Nothing is left behind: with the idle ones closed there is none.
    service.close_connection_group(None);
    assert_eq!(service.current_connections(), 0);
}
