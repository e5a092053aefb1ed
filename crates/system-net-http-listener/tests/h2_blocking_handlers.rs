//! HTTP/2 requests that come together, and handlers that block their thread, against the rules: none of
//! the others waits for them. In a process of its own, whose background threads nobody else blocks.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]
#![allow(
    clippy::disallowed_methods,
    reason = "clients are plain threads, and real time passes for them"
)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use system_net_http_listener::{HttpListenerContext, TestListener};
use system_net_testkit::{frame, frame_bytes, header_block};

const REQUESTS: u32 = 60;

/// Reads answers until so many streams have ended; their bodies.
fn bodies(stream: &mut TcpStream, streams: usize) -> BTreeMap<u32, String> {
    let (mut bodies, mut ended) = (BTreeMap::<u32, String>::new(), 0);
    while ended < streams {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let [a, b, c, kind, flags, id @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        stream.read_exact(&mut payload).unwrap();
        assert!(kind != frame::RST_STREAM && kind != frame::GOAWAY);
        if kind == frame::DATA {
            let body = bodies.entry(u32::from_be_bytes(id)).or_default();
            body.push_str(&String::from_utf8(payload).unwrap());
            ended += usize::from(flags & frame::END_STREAM != 0);
        }
    }
    bodies
}

/// Requests in one write, one of which waits for a body: at first with the only thread of its runtime,
/// then with one of those that took the connection over.
#[test]
fn requests_of_one_read_do_not_wait_for_each_other() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = TestListener::http().unwrap();
    let served = listener.listener().clone();
    runtime.spawn(async move {
        let handler = |mut context: HttpListenerContext| {
            let mut text = context.request().raw_url().to_owned();
            let mut body = context.request().input_stream();
            body.read_to_string(&mut text).unwrap();
            let answered = context.response_mut().close_with(text);
            async { answered }
        };
        served.serve(handler).await
    });
    let url = listener.url("");
    let mut stream = TcpStream::connect(url.split('/').nth(2).unwrap()).unwrap();
    let hang = Some(Duration::from_secs(60));
    stream.set_read_timeout(hang).unwrap();
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame_bytes(frame::SETTINGS, 0, 0, &[]));
    for (round, blocking) in (0..).zip([1, 1, REQUESTS / 2, REQUESTS]) {
        let id = |number: u32| 1000 * round + 2 * number + 1;
        for number in 1..=REQUESTS {
            let (method, end) = match number == blocking {
                true => ("POST", 0),
                false => ("GET", frame::END_STREAM),
            };
            let block = header_block(&[
                (":method", method),
                (":scheme", "http"),
                (":authority", "127.0.0.1"),
                (":path", &format!("/{number}")),
            ]);
            let flags = frame::END_HEADERS | end;
            bytes.extend(frame_bytes(frame::HEADERS, flags, id(number), &block));
        }
        stream.write_all(&std::mem::take(&mut bytes)).unwrap();
        let others = (1..=REQUESTS).filter(|number| *number != blocking);
        let expected: BTreeMap<_, _> = others
            .map(|number| (id(number), format!("/{number}")))
            .collect();
        assert_eq!(bodies(&mut stream, expected.len()), expected);
        let body = frame_bytes(frame::DATA, frame::END_STREAM, id(blocking), b", body");
        stream.write_all(&body).unwrap();
        let last = (id(blocking), format!("/{blocking}, body"));
        assert_eq!(bodies(&mut stream, 1), BTreeMap::from([last]));
    }
}
