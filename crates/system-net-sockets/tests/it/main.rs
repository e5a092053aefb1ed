//! Tests of the crate at its boundary.
//!
//! - `connecting`: the connector against listeners, refusing and swallowing ports
//! - `dns`: the class `Dns`, with a watched resolver and against a name server
//! - `resolving`: the resolvers

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests are the other threads, measure real time, and fail by panics"
)]

mod connecting;
mod dns;
mod resolving;
