//! The peers themselves, driven by raw sockets.
//!
//! - `blocked`: threads that wait in the kernel.
//! - `dns`: the name server.
//! - `handler`: `HttpPeer::serve`, framing, keep-alive, counters.
//! - `script`: each step, how connections end, shutdown.
//! - `tls`: TLS peers and the throw-away authority.
//! - `namespace`: network namespaces; skipped without root.
//! - `proxy`: absolute form and tunnels.
//! - `ports`: the port that refuses and the port that swallows.

#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]

#[cfg(target_os = "linux")]
mod blocked;
mod dns;
mod handler;
#[cfg(target_os = "linux")]
mod namespace;
mod ports;
mod proxy;
mod script;
mod tls;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use system_net_testkit::HttpPeer;

/// A client with a limit on every read, so that a fault fails instead of hanging.
fn connect(peer: &HttpPeer) -> TcpStream {
    let stream = TcpStream::connect(peer.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

/// Sends `request` and reads until the peer closes.
fn exchange(peer: &HttpPeer, request: &str) -> String {
    let mut stream = connect(peer);
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads exactly as much as `expected` is long and compares.
#[track_caller]
fn expect(stream: &mut TcpStream, expected: &str) {
    let mut answer = vec![0; expected.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), expected);
}
