//! Counts the heap allocations of a small GET, so it is a program of its own with one test.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on shall fail; its server has a thread"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;

use system_net_config::NetContext;
use system_net_requests::{ResponseStream, WebRequest};
use system_net_uri::Uri;
use tokio::io::AsyncReadExt;
use tokio::sync::oneshot;

/// The system's allocator, which counts what this thread asks for.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // A thread that ends asks for memory, too, when its count is gone.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: the caller keeps the contract of the trait, which is the system's too.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: as above.
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    // SAFETY: as above.
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often is asked before anything is counted, and while it is.
const ROUNDS: usize = 20;

/// The goals are 6 through the full API and 3 of the concrete type with an address read once: what
/// it takes today must not grow.
#[test]
fn a_small_get_allocates_five_times() {
    let (address, first) = serve();
    let text = format!("http://{address}/1k");
    let uri = Uri::parse(&text).unwrap();
    let context = NetContext::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut request = WebRequest::create_in(&context, text.as_str()).unwrap();
        let (response, ()) = tokio::join!(request.get_response_async(), first.wait_for_it());
        read(response.unwrap().get_response_stream().unwrap()).await;
        let mut full = Vec::with_capacity(ROUNDS);
        for round in 0..2 * ROUNDS {
            let before = ALLOCATIONS.get();
            let mut request = WebRequest::create_in(&context, text.as_str()).unwrap();
            let response = request.get_response_async().await.unwrap();
            read(response.get_response_stream().unwrap()).await;
            drop((request, response));
            if round >= ROUNDS {
                full.push(ALLOCATIONS.get() - before);
            }
        }
        assert_eq!(full, [5; ROUNDS], "the full API, from text");
        let mut concrete = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let before = ALLOCATIONS.get();
            let mut request = WebRequest::create_http_in(&context, &uri).unwrap();
            let response = request.get_response_async().await.unwrap();
            read(response.get_response_stream().unwrap()).await;
            drop((request, response));
            concrete.push(ALLOCATIONS.get() - before);
        }
        assert_eq!(concrete, [3; ROUNDS], "the concrete type");
    });
}

async fn read(stream: ResponseStream) {
    let (mut stream, mut piece) = (stream.into_async(), [0; 2048]);
    let mut bytes = 0;
    loop {
        match stream.read(&mut piece).await.unwrap() {
            0 => break,
            n => bytes += n,
        }
    }
    assert_eq!(bytes, 1024);
}

/// The first request: its answer comes when the client waits for it.
///
/// A socket is made known to the reactor when something would block for the first time, and that
/// takes a block. Unless it is seen to, that time may come while the blocks are counted.
struct First {
    received: oneshot::Receiver<()>,
    answer: mpsc::Sender<()>,
}

impl First {
    /// Polled beside the request.
    async fn wait_for_it(self) {
        self.received.await.unwrap();
        // The request is polled once more, and has nothing left to do but to read.
        tokio::task::yield_now().await;
        self.answer.send(()).unwrap();
    }
}

/// Answers one connection, and each request on it in one piece.
fn serve() -> (SocketAddr, First) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, received) = oneshot::channel();
    let (answer, told) = mpsc::channel();
    std::thread::spawn(move || serve_one(listener.accept().unwrap().0, tell, &told));
    (address, First { received, answer })
}

fn serve_one(mut stream: TcpStream, received: oneshot::Sender<()>, answer: &mpsc::Receiver<()>) {
    let mut first = Some(received);
    let head = "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Mon, 05 Jan 2026 10:00:00 GMT\r\n\
         Content-Type: text/plain\r\nContent-Length: 1024\r\n\
         Last-Modified: Sun, 04 Jan 2026 10:00:00 GMT\r\nConnection: keep-alive\r\n\
         ETag: \"695a3f20-400\"\r\nAccept-Ranges: bytes\r\n\r\n";
    let response = [head.as_bytes(), &[b'x'; 1024]].concat();
    let (mut request, mut piece) = (Vec::new(), [0; 1024]);
    loop {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(n) => request.extend_from_slice(&piece[..n]),
        }
        if request.ends_with(b"\r\n\r\n") {
            request.clear();
            if let Some(first) = first.take() {
                first.send(()).unwrap();
                answer.recv().unwrap();
            }
            // The client is gone when the test is over.
            if stream.write_all(&response).is_err() {
                return;
            }
        }
    }
}
