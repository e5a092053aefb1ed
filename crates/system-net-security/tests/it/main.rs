//! The crate at its boundary, with real connections over loopback.
//!
//! - `authentication`: what modules are told, what is shown of a login, and the warning of Basic.
//! - `constant_time`: that the sources compare no proof by `==`.
//! - `bulk`: much data, both ways at once, and what is no record in the middle of it.
//! - `corpus`: inputs of the fuzz target of netrc files, kept and made; `fuzz_netrc` is its body.
//! - `pair`: a client and a server on one TCP connection; no tests.
//! - `handshake`: what a successful handshake gives: names, protocols, sessions, runtimes.
//! - `trust`: one test per reason not to trust a certificate, and the ways to trust it.
//! - `cancelled`: handshakes that are given up after each of their bytes, and within a step that
//!   waits on a thread of its own.
//! - `channel`: one test per way in which two sides find no way to talk.
//! - `stream`: reading, closing, idling and moving of established connections.
//! - `traces`: what is traced of certificates that are not good.
//! - `key_update`: keys that a peer renews within a connection.
//! - `kerberos`: logins by a ticket and a key that are kept beside the tests.
//! - `ocsp`: what stapled responses say of certificates.
//! - `server_names`: certificates by the name that is asked for, and pinned keys.
//! - `x509`: certificates from files and stores, and where their keys come from.
//! - `system_roots`: the environment's certificate store, in child processes.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have peers on threads, give up by the system's clock, and fail by panicking"
)]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod authentication;
mod bulk;
mod cancelled;
mod channel;
mod client_certificates;
mod constant_time;
mod corpus;
mod fuzz_netrc;
mod handshake;
#[cfg(feature = "kerberos")]
mod kerberos;
mod key_update;
mod ocsp;
mod pair;
mod server_names;
mod ssl_stream;
mod stream;
mod system_roots;
mod traces;
mod trust;
mod x509;
