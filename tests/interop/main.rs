//! The library and the program `sysnet` against Debian's nginx. Runs with `SYSTEM_NET_INTEROP=1`
//! only; `cargo xtask interop` installs what is missing and sets it.
//!
//! - `nginx`: starts a server of its own for each test, on free loopback ports, in its own folder.
//! - `library`: the public API; `tls`: certificates, for both; `program`: `sysnet` and its exit
//!   codes, `curl`, `curl_codes`: beside that; `memory`: a GiB each way in little memory.
//! - `key_update`: openssl renews keys within a connection.
//! - `serve`: `sysnet serve` and curl.
//! - `http2`: nginx and nghttpd over HTTP/2; `listener_http2`: our listener with curl, nghttp and h2load.
//! - `certificates`: stapled OCSP responses with openssl, certificates by name with curl.
//! - `openssl`: TLS that fails at `openssl s_server`, each way with its status; `openssl_sessions`:
//!   sessions that go on, certificates by name, and wrong ones, there; `ssl_stream`: both
//!   sides of `SslStream` with openssl's.
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads its environment and starts threads"
)]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod certificates;
mod curl;
mod curl_codes;
mod http2;
mod key_update;
mod library;
mod listener_http2;
mod memory;
mod nginx;
mod openssl;
mod openssl_sessions;
mod program;
mod serve;
mod ssl_stream;
mod tls;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use system_net_config::NetContext;
use system_net_requests::{HttpWebRequest, WebRequest};

/// Whether the real peers may be started; says so when not.
fn enabled(test: &str) -> bool {
    if std::env::var("SYSTEM_NET_INTEROP").is_ok_and(|value| value == "1") {
        return true;
    }
    println!("skipped: {test}: SYSTEM_NET_INTEROP=1 is not set");
    false
}

fn request(context: &NetContext, url: &str) -> HttpWebRequest {
    WebRequest::create_http_in(context, url).unwrap()
}

/// A big file made mostly of a hole, with blocks of its own every 16 MiB and at both ends, so that
/// a missing, doubled or shifted part shows.
fn make_big_file(path: &Path, length: u64) {
    let mut file = File::create(path).unwrap();
    file.set_len(length).unwrap();
    let block: Vec<u8> = (0..4096_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let mut at = 0;
    while at < length {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&at.to_be_bytes()).unwrap();
        let room = usize::try_from((length - at - 8).min(block.len() as u64)).unwrap();
        file.write_all(&block[..room]).unwrap();
        at += 16 << 20;
    }
    file.seek(SeekFrom::Start(length - 4)).unwrap();
    file.write_all(b"tail").unwrap();
}

/// Reads both to their ends and compares every byte; the length.
#[track_caller]
fn assert_same(mut left: impl Read, mut right: impl Read) -> u64 {
    let mut at = 0;
    let (mut a, mut b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let count = left.read(&mut a).unwrap();
        if count == 0 {
            assert_eq!(
                right.read(&mut b).unwrap(),
                0,
                "one ends at {at}, the other does not"
            );
            return at;
        }
        right.read_exact(&mut b[..count]).unwrap();
        assert!(
            a[..count] == b[..count],
            "they differ between {at} and {}",
            at + count as u64
        );
        at += count as u64;
    }
}
