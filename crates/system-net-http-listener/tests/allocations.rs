//! Counts the heap allocations of a small request on a kept-alive connection, so it is a program of its
//! own with one test.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on shall fail; its client has a thread"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use system_net_http_listener::{HttpListenerContext, HttpListenerError, TestListener};

/// The system's allocator, which counts what the process asks for.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: the caller keeps the contract of the trait, which is the system's too.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
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
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROUNDS: usize = 1000;
/// The head of a response is made anew each second, and a runtime asks for memory now and then.
const SELDOM: usize = 100;
const EACH_SECOND: usize = 20;

#[derive(Clone, Copy, Debug)]
enum Way {
    Serve,
    Queue,
    Background,
}

#[derive(Clone, Copy, Debug)]
enum Body {
    Short,
    Long,
    /// In pieces of a length said beforehand.
    Streamed,
}

/// One by one or in pipelines of 16, answered by a handler or through the queue.
#[test]
fn a_small_request_allocates_nothing() {
    let ways = [
        (Way::Serve, 0),
        (Way::Queue, 0),
        // Another thread may read the next head before the program's has let go of the last one.
        (Way::Background, 3),
    ];
    for (way, each) in ways {
        check(way, Body::Short, &[same], 1, each);
        check(way, Body::Short, &[same], 16, each);
        check(way, Body::Long, &[same], 1, each);
        // Heads that differ are read into the memory of those before.
        check(way, Body::Short, &[same, other], 1, each);
    }
    check(Way::Serve, Body::Streamed, &[same], 1, 0);
}

fn same(address: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {address}\r\nAccept: */*\r\n\r\n")
}

fn other(address: &str) -> String {
    format!("GET /b?c HTTP/1.1\r\nHost: {address}\r\nAccept: text/x\r\nX-Y: z\r\n\r\n")
}

#[track_caller]
fn check(way: Way, body: Body, heads: &[fn(&str) -> String], depth: usize, each: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = TestListener::http().unwrap();
    let address = listener.url("").split('/').nth(2).unwrap().to_owned();
    let batches: Vec<String> = heads
        .iter()
        .map(|head| head(&address).repeat(depth))
        .collect();
    let long = Bytes::from(vec![b'x'; 100_000]);
    let length = match body {
        Body::Short | Body::Streamed => 13,
        Body::Long => long.len(),
    };
    let counted = runtime.block_on(async {
        let client = tokio::task::spawn_blocking(move || {
            let mut connection = TcpStream::connect(&*address).unwrap();
            let mut room = vec![0; 1 << 20];
            let rounds = ROUNDS / depth;
            for _ in 0..rounds {
                ask(&mut connection, &batches, depth, length, &mut room);
            }
            let begun = Instant::now();
            let before = ALLOCATIONS.load(Ordering::Relaxed);
            for _ in 0..rounds {
                ask(&mut connection, &batches, depth, length, &mut room);
            }
            let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
            let seconds = begun.elapsed().as_secs() as usize + 1;
            let seldom = SELDOM + EACH_SECOND * seconds;
            (allocations, rounds * depth * batches.len(), seldom)
        });
        let answering = async {
            let handle = move |context| answer(context, body, long.clone());
            match way {
                Way::Serve => {
                    let handler = move |context| std::future::ready(handle(context));
                    listener.serve(handler).await.unwrap();
                }
                Way::Queue | Way::Background => {
                    match way {
                        Way::Queue => listener.start_here().unwrap(),
                        _ => listener.start().unwrap(),
                    }
                    loop {
                        handle(listener.get_context_async().await.unwrap()).unwrap();
                    }
                }
            }
        };
        tokio::select! {
            () = answering => panic!("it ended by itself"),
            counted = client => counted.unwrap(),
        }
    });
    let (allocations, requests, seldom) = counted;
    assert!(
        allocations <= each * requests + seldom,
        "{way:?} {body:?} {} heads, {depth} at a time: {allocations} allocations of {requests} requests",
        heads.len()
    );
}

fn answer(
    mut context: HttpListenerContext,
    body: Body,
    long: Bytes,
) -> Result<(), HttpListenerError> {
    let response = context.response_mut();
    response.set_content_type("text/plain")?;
    match body {
        Body::Short => response.close_with("Hello, World!"),
        Body::Long => response.close_with(long),
        Body::Streamed => {
            response.set_content_length64(13)?;
            let mut stream = response.output_stream()?;
            stream.write_all(b"Hello, ").unwrap();
            stream.write_all(b"World!").unwrap();
            stream.close()
        }
    }
}

/// Sends each batch and reads its answers.
fn ask(
    connection: &mut TcpStream,
    batches: &[String],
    depth: usize,
    length: usize,
    room: &mut [u8],
) {
    for batch in batches {
        connection.write_all(batch.as_bytes()).unwrap();
        let (mut missing, mut filled) = (depth, 0);
        let mut begin = 0;
        while missing > 0 {
            let read = connection.read(&mut room[filled..]).unwrap();
            assert!(read > 0, "closed within the answers");
            filled += read;
            while let Some(head) = room[begin..filled]
                .windows(4)
                .position(|w| w == b"\r\n\r\n")
                && begin + head + 4 + length <= filled
            {
                begin += head + 4 + length;
                missing -= 1;
            }
        }
        assert_eq!(begin, filled, "more than the answers");
    }
}
