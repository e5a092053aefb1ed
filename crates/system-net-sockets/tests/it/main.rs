//! Tests of the crate at its boundary.
//!
//! - `connecting`: the connector against listeners, refusing and swallowing ports
//! - `resolving`: the resolvers

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests are the other threads, measure real time, and fail by panics"
)]

mod connecting;
mod resolving;
