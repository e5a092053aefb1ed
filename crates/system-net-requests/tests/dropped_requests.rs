//! What is given up leaves nothing behind: neither memory nor descriptors. Counts those of the whole
//! process, so it is a program of its own with one test.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that fails by panics"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::task::Poll;

use system_net_config::NetContext;
use system_net_requests::{ServicePointManager, WebRequest};

/// The system's allocator, which counts what is in use.
struct Counting;

static IN_USE: AtomicIsize = AtomicIsize::new(0);

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: the caller keeps the contract of the trait, which is the system's too.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size() as isize, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: as above.
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as isize, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Answers on each connection with 3,000 bytes in two pieces.
fn server() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let (mut seen, mut piece) = (Vec::<u8>::new(), [0; 4096]);
                while let Ok(count @ 1..) = stream.read(&mut piece) {
                    seen.extend(&piece[..count]);
                    while let Some(at) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
                        seen.drain(..at + 4);
                        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n";
                        if stream.write_all(head).is_err()
                            || stream.write_all(&[b'b'; 3000]).is_err()
                        {
                            return;
                        }
                    }
                }
            });
        }
    });
    port
}

/// Polls a future at most so often; true: it was ready before.
async fn poll_times(future: impl Future, mut times: usize) -> bool {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| {
        if times == 0 {
            return Poll::Ready(false);
        }
        times -= 1;
        future.as_mut().poll(cx).map(|_| true)
    })
    .await
}

async fn fetch(context: NetContext, url: String) {
    let mut request = WebRequest::create_in(&context, url).unwrap();
    let response = request.get_response_async().await.unwrap();
    let mut stream = response.get_response_stream().unwrap().into_async();
    let read = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    assert_eq!(read.unwrap(), 3000);
}

/// Futures dropped at each await while others wait and are behind them, responses dropped unread, and
/// at last the context.
fn round(port: u16) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let context = NetContext::new();
    let url = format!("http://127.0.0.1:{port}/");
    let point = ServicePointManager::of(&context).find(&*url).unwrap();
    point.set_connection_limit(1).unwrap();
    // Who closes idle connections sleeps, and remembers for which service point, for as long as one
    // may be idle.
    point.set_max_idle_time(None).unwrap();
    runtime.block_on(async {
        fetch(context.clone(), url.clone()).await;
        for times in 0..30 {
            let others: Vec<_> = (0..3)
                .map(|_| tokio::spawn(fetch(context.clone(), url.clone())))
                .collect();
            tokio::task::yield_now().await;
            let done = poll_times(fetch(context.clone(), url.clone()), times).await;
            let mut unread = WebRequest::create_in(&context, &*url).unwrap();
            drop(unread.get_response_async().await.unwrap());
            for other in others {
                other.await.unwrap();
            }
            if done {
                return;
            }
        }
        panic!("more than 30 polls");
    });
    assert!(point.current_connections() <= 1);
}

fn descriptors() -> usize {
    let all = std::fs::read_dir("/proc/self/fd").unwrap();
    all.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}

/// Memory and sockets, once neither changes any more: the server's threads close their ends when they
/// see ours closed, threads that end give their own memory back last, and who looks after requests
/// behind others looks every 250 ms.
fn settled() -> (isize, usize) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let mut last = (IN_USE.load(Ordering::SeqCst), descriptors());
    loop {
        std::thread::sleep(std::time::Duration::from_millis(1000));
        let now = (IN_USE.load(Ordering::SeqCst), descriptors());
        if now.1 == last.1 || std::time::Instant::now() > end {
            return now;
        }
        last = now;
    }
}

#[test]
fn what_is_given_up_leaves_nothing_behind() {
    let port = server();
    // What is made once: tables, the background runtime and its timers.
    (0..5).for_each(|_| round(port));
    let (before, kept) = settled();
    const ROUNDS: isize = 20;
    (0..ROUNDS).for_each(|_| round(port));
    let (after, sockets) = settled();
    // The listener, and what runtimes keep for signals where they have them.
    assert_eq!(sockets, kept, "no socket of a request is left");
    // A round makes hundreds of requests; one block left by each of them would be much more.
    let growth = after - before;
    assert!(growth < ROUNDS * 64, "{growth} bytes in {ROUNDS} rounds");
}
