//! Rounds on one kept-alive connection, for counting instructions.
//!
//!     cargo build --release -p system-net-http-proto --example instructions
//!     valgrind --tool=callgrind --callgrind-out-file=/dev/null \
//!         target/release/examples/instructions client 1000
//!
//! The cost of one round is the difference between runs of 2000 and 1000 rounds, divided by 1000.
//! A client round is a GET with two fields, answered with eight fields and 1 KiB; a server round is
//! a GET with three fields, answered with four fields (two of them prepared) and 13 bytes. With
//! `client-new` the date is another one in each answer.
#![allow(clippy::print_stderr, reason = "a program says how it is used")]

use std::hint::black_box;

use system_net_http_proto::{
    BodyLength, ClientConnection, ClientEvent, Limits, PreparedHeaders, ProtoError,
    ServerConnection, ServerEvent,
};
use system_net_primitives::HttpVersion;

const RESPONSE_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Server: nginx/1.22.1\r\n\
    Date: Mon, 23 Nov 2026 04:00:00 GMT\r\n\
    Content-Type: application/octet-stream\r\n\
    Content-Length: 1024\r\n\
    Last-Modified: Sun, 22 Nov 2026 16:00:00 GMT\r\n\
    Connection: keep-alive\r\n\
    ETag: \"6741f4c0-400\"\r\n\
    Accept-Ranges: bytes\r\n\r\n";

const REQUEST: &[u8] = b"GET /plaintext HTTP/1.1\r\n\
    Host: 127.0.0.1:8080\r\n\
    User-Agent: bench/1.0\r\n\
    Accept: */*\r\n\r\n";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let side = arguments.next();
    let rounds = arguments.next().and_then(|text| text.parse::<u32>().ok());
    let done = match (side.as_deref(), rounds) {
        (Some("client"), Some(rounds)) => client(rounds, false),
        (Some("client-new"), Some(rounds)) => client(rounds, true),
        (Some("server"), Some(rounds)) => server(rounds),
        _ => {
            eprintln!("usage: instructions client|client-new|server ROUNDS");
            return;
        }
    };
    if let Err(error) = done {
        eprintln!("{error}");
    }
}

fn client(rounds: u32, new: bool) -> Result<(), ProtoError> {
    let mut answer = [RESPONSE_HEAD, &[b'x'; 1024]].concat();
    let seconds = RESPONSE_HEAD.windows(4).position(|text| text == b" GMT");
    let mut user = [0u8; 2048];
    let mut connection = ClientConnection::new(Limits::default());
    for round in 0..rounds {
        if let Some(digit) = seconds.filter(|_| new) {
            answer[digit - 1] = b'0' + (round % 10) as u8;
        }
        connection.begin_request("GET", black_box("/1k"), HttpVersion::VERSION11)?;
        connection.write_header(b"Host", b"127.0.0.1:8080")?;
        connection.write_header(b"Connection", b"Keep-Alive")?;
        connection.end_head()?;
        let written = black_box(connection.output()).len();
        connection.consume_output(written);
        loop {
            match connection.poll_event()? {
                ClientEvent::NeedInput => {
                    connection.input_space(16 * 1024)[..answer.len()].copy_from_slice(&answer);
                    connection.input_filled(answer.len());
                }
                ClientEvent::Head(head) => {
                    black_box(&head);
                }
                ClientEvent::Body => {
                    let body = connection.body();
                    let read = body.len();
                    user[..read].copy_from_slice(body);
                    black_box(&user);
                    connection.consume_body(read);
                }
                ClientEvent::End => break,
                _ => {}
            }
        }
        assert!(connection.can_reuse(), "the connection is kept");
    }
    Ok(())
}

fn server(rounds: u32) -> Result<(), ProtoError> {
    let mut connection = ServerConnection::new(Limits::default());
    let usual = PreparedHeaders::new([
        (&b"Server"[..], &b"system-net"[..]),
        (b"Date", b"Mon, 23 Nov 2026 04:00:00 GMT"),
    ])?;
    for _ in 0..rounds {
        loop {
            match connection.poll_event()? {
                ServerEvent::NeedInput => {
                    connection.input_space(8 * 1024)[..REQUEST.len()].copy_from_slice(REQUEST);
                    connection.input_filled(REQUEST.len());
                }
                ServerEvent::Head(head) => {
                    black_box(&head);
                }
                ServerEvent::End => break,
                _ => {}
            }
        }
        connection.begin_response(200, "OK", None)?;
        connection.write_prepared(&usual)?;
        connection.write_header(b"Content-Type", b"text/plain")?;
        connection.write_body_length(BodyLength::Fixed(13))?;
        connection.end_head()?;
        connection.send_body(black_box(b"Hello, World!"))?;
        connection.end_body(None)?;
        let written = black_box(connection.output()).len();
        connection.consume_output(written);
        assert!(connection.next_request()?, "the connection is kept");
    }
    Ok(())
}
