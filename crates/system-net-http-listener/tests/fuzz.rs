//! Bytes at random for a listener, over HTTP/1 and HTTP/2: a program of its own, as whatever panics in
//! it, on any thread, is a fault.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on shall fail, and says what it leaves out; its clients have threads"
)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use system_net_http_listener::{HttpListenerContext, TestListener};

/// A hang is a failure; nothing takes that long.
const HANG: Duration = Duration::from_secs(20);

const PIECES: &[&[u8]] = &[
    b"GET ",
    b"POST ",
    b"/",
    b"/a?b=%41&c&=d;e=\xc3\xa4",
    b"%",
    b"..",
    b" HTTP/1.1\r\n",
    b" HTTP/1.0\r\n",
    b"Host: h\r\n",
    b"\r\n",
    b"\r",
    b"\n",
    b"Content-Length: ",
    b"5",
    b"18446744073709551616",
    b"\r\n\r\n",
    b":",
    b"Transfer-Encoding: chunked\r\n",
    b"0\r\n\r\n",
    b"3\r\nabc\r\n",
    b"Connection: close\r\n",
    b"Expect: 100-continue\r\n",
    b"Cookie: a=b; $Path=/; c=\"d\", ;=\r\n",
    b"Content-Type: text/plain; charset=\"utf-\xff\"\r\n",
    b"Accept-Language: de;q=, *;q=9, \r\n",
    b"Accept: */*, text/\r\n",
    b"Referer: http://[::1\r\n",
    b"Date: Tue, 31 Feb\r\n",
    b"Authorization: Basic !!!\r\n",
    b"\0",
    b"\xff\xfe",
    b"http://h/",
    b"http://h?x",
    b"*",
    b"[::1]",
    b";x=y",
    b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"Upgrade: x\r\nConnection: upgrade\r\n",
    b"\x16\x03\x01",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    // Frames: SETTINGS, its acknowledgement, HEADERS of a GET, DATA, RST_STREAM, PING, WINDOW_UPDATE,
    // CONTINUATION, PRIORITY, and one that has no name.
    b"\0\0\0\x04\0\0\0\0\0",
    b"\0\0\0\x04\x01\0\0\0\0",
    b"\0\0\x04\x01\x05\0\0\0\x01\x82\x84\x86\x81",
    b"\0\0\x04\x01\x04\0\0\0\x03\x83\x84\x86\x81",
    b"\0\0\x03\0\x01\0\0\0\x03abc",
    b"\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08",
    b"\0\0\x08\x06\0\0\0\0\0pingpong",
    b"\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff",
    b"\0\0\x01\x09\x04\0\0\0\x01\x82",
    b"\0\0\x05\x02\0\0\0\0\x01\0\0\0\x03\x10",
    b"\0\0\x02\x77\0\0\0\0\x05??",
];

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Looks at whatever can be seen of a request; none of it may panic, and all of it may fail.
fn look(mut context: HttpListenerContext) {
    let (request, response) = context.split();
    let mut body = Vec::new();
    // The client is as broken as its body.
    let _ = request.input_stream().read_to_end(&mut body);
    let seen = format!(
        "{request:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        request.url(),
        request.url_referrer(),
        request.query_string(),
        request.cookies(),
        request.content_encoding(),
        request.content_type(),
        request.user_languages(),
        request.accept_types(),
        request.user_host_name(),
        request.user_agent(),
        request.content_length64(),
        request.is_web_socket_request(),
        request.trailers(),
        request.headers(),
    );
    // It may be gone.
    let _ = response.close_with(format!("{} {}", request.raw_url(), seen.len()));
}

/// One second; ten of them with `SYSTEM_NET_SLOW=1`, as CI has it.
#[test]
fn fuzz_listener_10s() {
    std::panic::set_hook(Box::new(|panic| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        println!("{panic}");
    }));
    let slow = std::env::var_os("SYSTEM_NET_SLOW").is_some_and(|value| value == "1");
    if !slow {
        println!("one second only: SYSTEM_NET_SLOW=1 makes it ten");
    }
    let listener = TestListener::http().unwrap();
    let timeouts = listener.timeout_manager();
    timeouts.set_header_wait(Duration::from_millis(200));
    timeouts.set_entity_body(Duration::from_millis(200));
    let listener = listener.answering(look).unwrap();
    let url = listener.url("");
    let authority = url
        .split('/')
        .nth(2)
        .unwrap()
        .replace("localhost", "127.0.0.1");
    let connect = || {
        let stream = TcpStream::connect(&*authority).unwrap();
        stream.set_read_timeout(Some(HANG)).unwrap();
        stream
    };
    // A generator of its own, so that a failure can be had again.
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    let end = Instant::now() + Duration::from_secs(if slow { 10 } else { 1 });
    let mut rounds = 0;
    while Instant::now() < end || rounds <= 10 {
        rounds += 1;
        let mut bytes = Vec::new();
        // Both versions are found by their beginnings.
        match random(4) {
            0 => bytes.extend_from_slice(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"),
            1 => bytes.extend_from_slice(b"GET / HTTP/1.1\r\nHost: h\r\n"),
            _ => {}
        }
        for _ in 0..random(20) {
            bytes.extend_from_slice(PIECES[random(PIECES.len())]);
        }
        if random(4) == 0 && !bytes.is_empty() {
            let at = random(bytes.len());
            bytes[at] = random(256) as u8;
        }
        let mut client = connect();
        let cut = random(bytes.len() + 1);
        // The listener may have ended the connection after the first part.
        let _ = client.write_all(&bytes[..cut]);
        let _ = client.write_all(&bytes[cut..]);
        if random(2) == 0 {
            let _ = client.shutdown(Shutdown::Write);
            let _ = client.read_to_end(&mut Vec::new());
        }
        let panics = PANICS.load(Ordering::SeqCst);
        assert_eq!(panics, 0, "round {rounds}: {}", bytes.escape_ascii());
    }
    let mut client = connect();
    client
        .write_all(b"GET /alive HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\r\n\r\n/alive "), "{answer}");
    // Those of the last connections come late.
    drop(listener);
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
}
