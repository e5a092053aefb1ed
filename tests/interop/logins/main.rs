//! Logins against peers not written by us: MIT Kerberos, python-gssapi, pyspnego, Apache's
//! mod_auth_gssapi, curl. Runs with `SYSTEM_NET_INTEROP=1` only; `cargo xtask interop` installs what
//! is missing and sets it.
//!
//! - `realm`: a key distribution center for one test, in its own folder.
//! - `peer`: the other side of a login, by `peer.py`.
//! - `kerberos`: both sides, channel bindings, names, delegation.
//! - `negotiation`: Kerberos or NTLM, and when each is chosen; NTLM alone.
//! - `streams`: `NegotiateStream`, by `stream.py`.
//! - `squid`: logins at a proxy.
//! - `http`: Apache and curl; `crowd`: many users at once.
//! - `bound`: our requests at acceptors over TLS that demand a channel binding, and through a relay.
//! - `listener`: curl, requests, httpx and pyspnego at our listener; a relay in between.
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads its environment and starts threads"
)]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod bound;
mod crowd;
mod doctor;
mod http;
mod kerberos;
mod listener;
mod negotiation;
mod peer;
mod realm;
mod squid;
mod streams;

/// Whether the real peers may be started; says so when not.
fn enabled(test: &str) -> bool {
    if std::env::var("SYSTEM_NET_INTEROP").is_ok_and(|value| value == "1") {
        return true;
    }
    println!("skipped: {test}: SYSTEM_NET_INTEROP=1 is not set");
    false
}
