//! Tests of the crate at its boundary.
//!
//! - `places`: a blocking call and a connection in every place a program may use them from
//! - `moving`: connections that move between runtimes, idle and busy
//! - `wakes`: what ends a wait: other threads, kills, foreign wakers
//! - `deadlines`: timers and time-outs
//! - `begin_end`: Begin/End operations
//! - `tcp`: the transport and the acceptor themselves
//! - `readable`: waiting for something to read without reading it
//! - `shared`: sockets that many tasks wait for at once
//! - `support`: peers that share no code with the crate
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests are the other threads, measure real time, and fail by panics"
)]

mod begin_end;
mod deadlines;
mod moving;
mod places;
mod readable;
mod shared;
mod support;
mod tcp;
mod wakes;
