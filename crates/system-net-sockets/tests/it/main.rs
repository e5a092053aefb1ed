//! Tests of the crate at its boundary.
//!
//! - `asynchronous`: the asynchronous calls of `Socket`
//! - `begin_end`: Begin and End of `Socket`
//! - `connecting`: the connector against listeners, refusing and swallowing ports
//! - `dns`: the class `Dns`, with a watched resolver and against a name server
//! - `endings`: End members refuse the operations of others
//! - `event_args`: `SocketAsyncEventArgs`
//! - `four_classes`: the errors of the four classes of sockets
//! - `protection`: IP protection levels, also between computers with addresses of Teredo
//! - `network_stream`: `NetworkStream`
//! - `resolving`: the resolvers
//! - `socket`: `Socket`, the calls that wait
//! - `stream_support`: sockets with peers of std, and places to run futures in
//! - `tcp_client`: `TcpClient`
//! - `tcp_listener`: `TcpListener`
//! - `tcp_udp_async`: the asynchronous calls and Begin/End of the three clients
//! - `udp_batch`: datagrams in batches
//! - `udp_client`: `UdpClient`

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests are the other threads, measure real time, and fail by panics"
)]

mod asynchronous;
mod begin_end;
mod connecting;
mod dns;
mod endings;
#[cfg(target_os = "linux")]
mod event_args;
mod four_classes;
mod network_stream;
mod protection;
mod resolving;
mod socket;
mod stream_support;
mod tcp_client;
mod tcp_listener;
mod tcp_udp_async;
mod udp_batch;
mod udp_client;
