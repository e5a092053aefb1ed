//! HTTP/2 rapid reset (CVE-2023-44487): requests that are given up as soon as they are sent cost a
//! listener next to nothing. In a process of its own, whose memory nobody else uses.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]
#![allow(
    clippy::disallowed_methods,
    reason = "clients are plain threads, and real time passes for them"
)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use system_net_http_listener::{HttpListenerContext, TestListener};
use system_net_testkit::{frame, frame_bytes, header_block};

const RESETS: u32 = 10_000;
const ENHANCE_YOUR_CALM: u32 = 11;

/// The code of the GOAWAY with which the connection ends.
fn code_of_end(mut stream: TcpStream) -> u32 {
    let mut all = Vec::new();
    // What came before a reset stays readable.
    let _ = stream.read_to_end(&mut all);
    let mut rest = &*all;
    let mut code = None;
    while let [a, b, c, kind, _, _, _, _, _, payload @ ..] = rest {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        let Some(payload) = payload.get(..length) else {
            break;
        };
        if *kind == frame::GOAWAY {
            code = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
        }
        rest = &rest[9 + length..];
    }
    code.unwrap()
}

/// One connection with that many requests that are given up. `patient`: every request is seen before.
fn attack(listener: &TestListener, patient: Option<&AtomicUsize>) -> u32 {
    let url = listener.url("");
    let mut stream = TcpStream::connect(url.split('/').nth(2).unwrap()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let mut begun = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    begun.extend(frame_bytes(frame::SETTINGS, 0, 0, &[]));
    stream.write_all(&begun).unwrap();
    // The answers have to be taken, or the listener would wait for that.
    let reading = stream.try_clone().unwrap();
    let reader = std::thread::spawn(move || code_of_end(reading));
    let block = header_block(&[
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "127.0.0.1"),
        (":path", "/"),
    ]);
    let flags = frame::END_STREAM | frame::END_HEADERS;
    // As many at once as the listener lets run.
    for start in (0..RESETS).step_by(50) {
        let ids = (start..start + 50).map(|round| 2 * round + 1);
        let open = |id| frame_bytes(frame::HEADERS, flags, id, &block);
        let reset = |id| frame_bytes(frame::RST_STREAM, 0, id, &8u32.to_be_bytes());
        let sent = match patient {
            None => {
                let both = ids.flat_map(|id| [open(id), reset(id)]);
                stream.write_all(&both.collect::<Vec<_>>().concat())
            }
            Some(seen) => {
                let before = seen.load(Ordering::SeqCst);
                let opened: Vec<u8> = ids.clone().flat_map(open).collect();
                let sent = stream.write_all(&opened);
                while seen.load(Ordering::SeqCst) < before + 50 && !reader.is_finished() {
                    std::thread::yield_now();
                }
                let resets: Vec<u8> = ids.flat_map(reset).collect();
                sent.and_then(|()| stream.write_all(&resets))
            }
        };
        if sent.is_err() || reader.is_finished() {
            break;
        }
    }
    reader.join().unwrap()
}

fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn h2_rapid_reset() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let listener = TestListener::http().unwrap();
    let begun = Arc::new(AtomicUsize::new(0));
    let running = Arc::new(AtomicUsize::new(0));
    let served = listener.listener().clone();
    let (count, run) = (Arc::clone(&begun), Arc::clone(&running));
    runtime.spawn(async move {
        let handler = move |mut context: HttpListenerContext| {
            count.fetch_add(1, Ordering::SeqCst);
            run.fetch_add(1, Ordering::SeqCst);
            let run = Arc::clone(&run);
            async move {
                tokio::task::yield_now().await;
                let _ = context.response_mut().close_with("ok");
                run.fetch_sub(1, Ordering::SeqCst);
            }
        };
        served.serve(handler).await
    });
    let options = listener.http2();
    let mut memory = Vec::new();
    for round in 0..9 {
        let before = begun.load(Ordering::SeqCst);
        let start = Instant::now();
        let code = attack(&listener, (round % 3 == 2).then_some(&begun));
        assert_eq!(code, ENHANCE_YOUR_CALM, "round {round}");
        let seen = begun.load(Ordering::SeqCst) - before;
        // What is allowed at once and for the time it took, and what was under way besides.
        let seconds = u32::try_from(start.elapsed().as_secs() + 1).unwrap();
        let most = options.resets + seconds * options.resets_per_second + options.streams;
        assert!(
            seen <= most as usize,
            "round {round}: {seen} requests were begun"
        );
        memory.push(resident_kib());
    }
    // Every handler has ended, the last ones perhaps only just now.
    while running.load(Ordering::SeqCst) > 0 {
        std::thread::yield_now();
    }
    let (first, last) = (memory[2], memory[8]);
    assert!(
        last < first + 8 * 1024,
        "the memory grows with every attack: {memory:?} KiB"
    );
    // A good client is served.
    let authority = listener.url("");
    let mut client = TcpStream::connect(authority.split('/').nth(2).unwrap()).unwrap();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
    listener.drain().unwrap();
}
