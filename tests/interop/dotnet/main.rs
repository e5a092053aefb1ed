//! Real .NET as the other side: `SslStream` and `NegotiateStream` both ways, `HttpWebRequest` and
//! `HttpClient` at our listener, our requests at `HttpListener`. Runs with `SYSTEM_NET_INTEROP=1`
//! only; `cargo xtask interop` installs .NET Core 3.1, which comes in a Python package, and sets it.
//!
//! - `peer`: a process of .NET, by `peer.py`.
//! - `ssl`: `SslStream`; `negotiate`: `NegotiateStream`, by Kerberos and by NTLM; `http`: requests.
//! - `realm`: the key distribution center of `interop-logins`.
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads its environment and starts threads"
)]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod http;
mod negotiate;
mod peer;
#[path = "../logins/realm.rs"]
#[allow(dead_code, reason = "the other suite uses all of it")]
mod realm;
mod ssl;

/// Whether the real peers may be started; says so when not.
fn enabled(test: &str) -> bool {
    if std::env::var("SYSTEM_NET_INTEROP").is_ok_and(|value| value == "1") {
        return true;
    }
    println!("skipped: {test}: SYSTEM_NET_INTEROP=1 is not set");
    false
}
