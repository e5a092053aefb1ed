//! Tests of the crate at its boundary.
//!
//! - `asynchronous`: the asynchronous calls of `Socket`
//! - `connecting`: the connector against listeners, refusing and swallowing ports
//! - `dns`: the class `Dns`, with a watched resolver and against a name server
//! - `event_args`: `SocketAsyncEventArgs`
//! - `resolving`: the resolvers
//! - `stream_support`: sockets with peers of std, and places to run futures in

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests are the other threads, measure real time, and fail by panics"
)]

mod asynchronous;
mod connecting;
mod dns;
#[cfg(target_os = "linux")]
mod event_args;
mod resolving;
mod stream_support;
