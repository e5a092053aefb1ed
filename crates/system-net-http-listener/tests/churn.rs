//! Connections that come and go leave no memory and no descriptor behind: a program of its own, as what
//! it counts is the whole process.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on shall fail, and says what it leaves out; its clients have threads"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicIsize, Ordering};
use std::time::{Duration, Instant};

use system_net_http_listener::{
    HttpListener, HttpListenerContext, HttpListenerError, TestListener,
};

/// The system's allocator, which counts how many bytes are in use.
struct Counting;

static IN_USE: AtomicIsize = AtomicIsize::new(0);

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: the caller keeps the contract of the trait, which is the system's too.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: as above.
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    // SAFETY: as above.
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        IN_USE.fetch_add(
            size.cast_signed() - layout.size().cast_signed(),
            Ordering::Relaxed,
        );
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many requests there are on a connection before it ends.
const EACH: usize = 10;
/// Bytes that may be in use besides: what a runtime keeps for itself, which does not grow with the
/// connections. A single byte that each of them leaves is seen.
const SPARE: isize = 32 * 1024;
const RESIDENT_SPARE_KIB: u64 = 4096;
/// A hang is a failure; nothing takes that long.
const HANG: Duration = Duration::from_secs(60);

/// 100,000 requests on connections that end in every way there is; a tenth of them unless
/// `SYSTEM_NET_SLOW=1`.
#[test]
fn churn_leaves_nothing_behind() {
    let slow = std::env::var_os("SYSTEM_NET_SLOW").is_some_and(|value| value == "1");
    let requests = if slow { 100_000 } else { 10_000 };
    if !slow {
        println!("{requests} requests; 100,000 with SYSTEM_NET_SLOW=1");
    }
    for queue in [false, true] {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let listener = TestListener::http().unwrap();
        let address = listener.url("").split('/').nth(2).unwrap().to_owned();
        runtime.block_on(async {
            let churning = tokio::task::spawn_blocking(move || churn(&address, requests));
            tokio::select! {
                () = serve(listener.listener(), queue) => panic!("it ended by itself"),
                churned = churning => churned.unwrap(),
            }
        });
    }
}

async fn serve(listener: &HttpListener, queue: bool) {
    if !queue {
        let handler = |context| std::future::ready(answer(context));
        return listener.serve(handler).await.unwrap();
    }
    listener.start_here().unwrap();
    loop {
        let context = listener.get_context_async().await.unwrap();
        // Some are given up, and of some the client is gone.
        let _ = answer(context);
    }
}

fn answer(mut context: HttpListenerContext) -> Result<(), HttpListenerError> {
    let (request, response) = context.split();
    match request.raw_url() {
        "/drop" => Ok(()),
        "/close" => {
            response.set_keep_alive(false)?;
            response.close_with("bye")
        }
        _ => response.close_with("Hello, World!"),
    }
}

fn churn(address: &str, requests: usize) {
    let connections = requests / EACH;
    // Whatever is made once is made now.
    for number in 0..200 {
        one(address, number);
    }
    let (descriptors, in_use) = settled(None);
    let resident = resident_kib();
    for number in 0..connections {
        one(address, number);
    }
    let (descriptors_now, in_use_now) = settled(Some((descriptors, in_use + SPARE)));
    assert_eq!(descriptors_now, descriptors, "descriptors");
    assert!(
        in_use_now <= in_use + SPARE,
        "{} bytes of {connections} connections",
        in_use_now - in_use
    );
    let resident_now = resident_kib();
    assert!(
        resident_now <= resident + RESIDENT_SPARE_KIB,
        "{resident_now} KiB resident, {resident} before"
    );
}

/// The life of a connection; how it ends is told by its number.
fn one(address: &str, number: usize) {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(HANG)).unwrap();
    let usual = format!("GET /{number} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    if number.is_multiple_of(3) {
        // All at once.
        connection
            .write_all(usual.repeat(EACH - 1).as_bytes())
            .unwrap();
        (0..EACH - 1).for_each(|_| read_answer(&mut connection, "World!"));
    } else {
        for _ in 0..EACH - 1 {
            connection.write_all(usual.as_bytes()).unwrap();
            read_answer(&mut connection, "World!");
        }
    }
    let last = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut send = |text: &str| connection.write_all(text.as_bytes()).unwrap();
    match number % 6 {
        0 => {
            send(&usual);
            read_answer(&mut connection, "World!");
            return;
        }
        1 => send(&last("/close")),
        2 => send(&last("/drop")),
        3 => send("nonsense\r\n\r\n"),
        4 => {
            // Half a head, and then nothing.
            send("GET / HTTP/1.1\r\nHo");
            connection.shutdown(Shutdown::Write).unwrap();
        }
        _ => {
            // The answer is not read: the system resets the connection.
            send(&usual);
            return;
        }
    }
    // Closed by the listener, with or without a word.
    let mut rest = Vec::new();
    let _ = connection.read_to_end(&mut rest);
}

fn read_answer(connection: &mut TcpStream, end: &str) {
    // Byte for byte behind the head: the next answer may be there already.
    let mut answer = Vec::with_capacity(256);
    let mut byte = [0];
    while !answer.ends_with(end.as_bytes()) {
        connection.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
}

/// Descriptors and bytes in use once every connection is gone: when they are what is wanted, or else do
/// not change any more.
fn settled(wanted: Option<(usize, isize)>) -> (usize, isize) {
    let begun = Instant::now();
    let mut before = (usize::MAX, isize::MAX);
    let mut same = 0;
    loop {
        let now = (descriptors(), IN_USE.load(Ordering::Relaxed));
        if wanted.is_some_and(|(descriptors, bytes)| now.0 == descriptors && now.1 <= bytes) {
            return now;
        }
        same = if now == before { same + 1 } else { 0 };
        let enough = if wanted.is_some() { 1000 } else { 50 };
        if same > enough || begun.elapsed() > HANG {
            return now;
        }
        before = now;
        // The listener has to get its turn.
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn descriptors() -> usize {
    // Without the one that looks.
    std::fs::read_dir("/proc/self/fd").unwrap().count() - 1
}

/// The memory of this process that is really there.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = { status.lines() }.find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}
