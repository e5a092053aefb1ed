//! Tests across the crates of the workspace.
//!
//! - `src/bin/oracle`: grades recorded rows of what real .NET answers.
//! - `src/bin/wire`: replays captures of real .NET clients.
//! - `conformance/`: the data vendored for both, and the exceptions with their reasons.
//! - `interop/`: real servers and, in `interop/sockets/`, real peers of sockets and network
//!   namespaces; runs only with `SYSTEM_NET_INTEROP=1`.
//! - `faults/`: a server that restarts, resets and stalls by chance, and what each request then came to.
//! - `recorded/`: runs both graders over the vendored data in a plain `cargo test`.
//! - `bench/`: its own workspace, so that peers never slow the normal build.

#![forbid(unsafe_code)]

pub mod content;
