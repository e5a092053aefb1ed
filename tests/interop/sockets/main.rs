//! Sockets against Debian's ncat and socat and Python's, and across network namespaces. Runs with
//! `SYSTEM_NET_INTEROP=1` only; `cargo xtask interop` installs what is missing and sets it.
//!
//! Tests in namespaces are skipped, and say so, where there can be none.
//!
//! - `broadcast`, `multicast`: datagrams to many; `datagrams`: what these tests share.
//! - `packets`: frames with link-layer addresses.
//! - `streams`: both protocols on one socket, several interfaces, firewalls.
//! - `tools`: our sockets with ncat, socat and Python; `peers`: starts those.
//! - `scopes`: link-local addresses and the interfaces they are on.
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads its environment and starts threads"
)]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]
#![cfg(target_os = "linux")]

mod broadcast;
mod datagrams;
mod multicast;
mod packets;
mod peers;
mod scopes;
mod streams;
mod tools;

use system_net_testkit::Namespace;

/// Whether the real peers may be started; says so when not.
fn enabled(test: &str) -> bool {
    if std::env::var("SYSTEM_NET_INTEROP").is_ok_and(|value| value == "1") {
        return true;
    }
    println!("skipped: {test}: SYSTEM_NET_INTEROP=1 is not set");
    false
}

/// Two namespaces with a cable, if the real peers may be started and there can be namespaces.
fn pair(test: &str) -> Option<(Namespace, Namespace)> {
    if enabled(test) {
        Namespace::pair(test)
    } else {
        None
    }
}
