//! Logins at peers that others wrote: Apache's and Squid's Digest and Basic for our client, curl for
//! our server. Runs with `SYSTEM_NET_INTEROP=1` only, as `cargo xtask interop` sets it.
//!
//! - `servers`: starts Apache and Squid, each for one test, on free loopback ports.
//! - `client`: HttpWebRequest; `server`: `DigestServer` before curl.
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads its environment and waits for servers"
)]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod client;
mod server;
mod servers;

/// Whether the real peers may be started; says so when not.
fn enabled(test: &str) -> bool {
    if std::env::var("SYSTEM_NET_INTEROP").is_ok_and(|value| value == "1") {
        return true;
    }
    println!("skipped: {test}: SYSTEM_NET_INTEROP=1 is not set");
    false
}
