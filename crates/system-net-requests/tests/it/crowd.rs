//! Many requests at once against few connections, and requests that are given up anywhere.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_requests::{HttpWebRequest, WebError};

use crate::context;
use crate::lines::{HANG, Server};
use crate::pipelining::{fetch, read};
use crate::pool::{point, request};

/// Answers each request with its target, and counts them.
fn counting() -> (Server, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let server = Server::start(move |line| {
        while let Some(request) = line.request() {
            counted.fetch_add(1, Ordering::SeqCst);
            if !line.answer(request.split(' ').nth(1).unwrap()) {
                return;
            }
        }
    });
    (server, requests)
}

/// Nobody waited much longer than the others, counted in how many others were served meanwhile.
///
/// A turn of the whole crowd is what waiting in line takes. A median below that says that the machine let
/// only some run at a time, and those who did not run were not kept waiting by us.
#[track_caller]
fn check_waits(mut waits: Vec<usize>, crowd: usize) {
    waits.sort_unstable();
    let (median, p99) = (waits[waits.len() / 2], waits[waits.len() * 99 / 100]);
    assert!(
        p99 < 20 * median.max(crowd),
        "{crowd} at once: median {median}, 99 % within {p99}"
    );
}

/// 10,000 requests from 500 tasks against a limit of 8: never more than 8 connections, everybody is
/// served, nobody starves; with requests behind others and without.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crowd_of_tasks_shares_eight_connections() {
    const TASKS: usize = 500;
    const EACH: usize = 20;
    for pipelined in [true, false] {
        let context = context();
        let (server, requests) = counting();
        let service = point(&context, &server.url("/"));
        service.set_connection_limit(8).unwrap();
        let served = Arc::new(AtomicUsize::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..TASKS {
            let (context, url) = (context.clone(), server.url(""));
            let served = Arc::clone(&served);
            tasks.spawn(async move {
                let mut waits = Vec::new();
                for number in 0..EACH {
                    let path = format!("/{task}/{number}");
                    let mut request = request(&context, &format!("{url}{path}"));
                    request.set_pipelined(pipelined).unwrap();
                    let begun = served.load(Ordering::SeqCst);
                    assert_eq!(fetch(request).await, path);
                    waits.push(served.fetch_add(1, Ordering::SeqCst) - begun);
                }
                waits
            });
        }
        let waits: Vec<usize> = tasks.join_all().await.concat();
        assert_eq!(waits.len(), TASKS * EACH);
        check_waits(waits, TASKS);
        assert_eq!(requests.load(Ordering::SeqCst), TASKS * EACH);
        // None was closed and opened anew, so there were never more.
        assert_eq!(server.opened(), 8, "pipelined: {pipelined}");
        assert!(service.current_connections() <= 8);
        server.end(&context);
    }
}

/// The same with blocking calls, on threads.
#[test]
fn crowd_of_threads_shares_eight_connections() {
    const THREADS: usize = 48;
    const EACH: usize = 50;
    for pipelined in [true, false] {
        let context = context();
        let (server, requests) = counting();
        point(&context, &server.url("/"))
            .set_connection_limit(8)
            .unwrap();
        let served = AtomicUsize::new(0);
        let waits: Vec<usize> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (context, url, served) = (&context, server.url(""), &served);
                    scope.spawn(move || {
                        let mut waits = Vec::new();
                        for number in 0..EACH {
                            let path = format!("/{thread}/{number}");
                            let mut request = request(context, &format!("{url}{path}"));
                            request.set_pipelined(pipelined).unwrap();
                            let begun = served.load(Ordering::SeqCst);
                            let response = request.get_response().unwrap();
                            assert_eq!(response.into_string().unwrap(), path);
                            waits.push(served.fetch_add(1, Ordering::SeqCst) - begun);
                        }
                        waits
                    })
                })
                .collect();
            threads
                .into_iter()
                .flat_map(|t| t.join().unwrap())
                .collect()
        });
        check_waits(waits, THREADS);
        assert_eq!(requests.load(Ordering::SeqCst), THREADS * EACH);
        assert_eq!(server.opened(), 8, "pipelined: {pipelined}");
        server.end(&context);
    }
}

/// Polls a future at most so often, each time it is woken; `None`: it was dropped then.
pub(crate) async fn poll_times<F: Future>(future: F, mut times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| {
        if times == 0 {
            return Poll::Ready(None);
        }
        times -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// A request from the first byte to the last.
async fn whole(mut request: HttpWebRequest) -> Result<String, WebError> {
    Ok(read(request.get_response_async().await?).await)
}

/// Given up at each of its awaits: alone, in the queue, behind another and before others, on the way
/// through a redirect. The others get their answers, and of it nothing is left.
#[tokio::test]
async fn dropped_at_every_await() {
    for (limit, others) in [(2, 0), (1, 3), (1, 20), (2, 6)] {
        for path in ["/slow", "/redirect", "/long"] {
            let context = context();
            let server = Server::start(|line| {
                while let Some(request) = line.request() {
                    let target = request.split(' ').nth(1).unwrap();
                    let body = "x".repeat(40_000);
                    let (head, rest) = match target {
                        "/redirect" => (
                            "HTTP/1.1 302 Found\r\nLocation: /slow\r\nContent-Length: 4\r\n\r\nmo"
                                .to_owned(),
                            "ve",
                        ),
                        "/long" => (
                            format!(
                                "HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n{}",
                                &body[1..]
                            ),
                            "x",
                        ),
                        _ => (
                            format!(
                                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
                                target.len()
                            ),
                            target,
                        ),
                    };
                    use std::io::Write;
                    for piece in [&head[..9], &head[9..], rest] {
                        if line.stream.write_all(piece.as_bytes()).is_err() {
                            return;
                        }
                        std::thread::sleep(Duration::from_micros(200));
                    }
                }
            });
            let service = point(&context, &server.url("/"));
            service.set_connection_limit(limit).unwrap();
            fetch(request(&context, &server.url("/first"))).await;
            let mut finished = false;
            for times in 0.. {
                let tasks: Vec<_> = (0..others)
                    .map(|number| other(&context, &server, number))
                    .collect();
                tokio::task::yield_now().await;
                let given_up = request(&context, &server.url(path));
                finished = poll_times(whole(given_up), times).await.is_some();
                for (number, task) in tasks.into_iter().enumerate() {
                    let served = tokio::time::timeout(HANG, task).await.expect("it hangs");
                    assert_eq!(served.unwrap(), format!("/{number}"), "{path} {times}");
                }
                // With the idle ones closed there is none.
                assert!(service.current_connections() <= limit);
                if times % 4 == 0 {
                    service.close_connection_group(None);
                    assert_eq!(service.current_connections(), 0, "{path} {times}");
                }
                if finished || times > 60 {
                    break;
                }
            }
            assert!(finished, "{path} takes more than 60 polls");
            server.end(&context);
        }
    }
}

fn other(context: &NetContext, server: &Server, number: usize) -> tokio::task::JoinHandle<String> {
    tokio::spawn(fetch(request(context, &server.url(&format!("/{number}")))))
}

/// A response that nobody reads: its connection is kept if all of it is there or as good as, and
/// closed if much is to come.
#[test]
fn unread_response_drains_or_closes() {
    for (length, opened) in [(0, 1), (5_000, 1), (60_000, 1), (50_000_000, 2)] {
        let context = context();
        let (tell, told) = std::sync::mpsc::channel();
        let tell = std::sync::Mutex::new(tell);
        let server = Server::start(move |line| {
            while line.request().is_some() {
                let body = "b".repeat(length);
                // The end of a long one is said before it is written: nobody takes it.
                if length > 1_000_000 {
                    tell.lock().unwrap().send(()).unwrap();
                }
                if !line.answer(&body) {
                    return;
                }
                if length <= 1_000_000 {
                    tell.lock().unwrap().send(()).unwrap();
                }
            }
        });
        for _ in 0..2 {
            let mut request = request(&context, &server.url("/"));
            let response = request.get_response().unwrap();
            told.recv_timeout(HANG).unwrap();
            drop(response);
        }
        assert_eq!(server.opened(), opened, "{length} bytes");
        server.end(&context);
    }
}
