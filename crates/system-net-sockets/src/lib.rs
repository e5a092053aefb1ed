//! Sockets and names: what System.Net.Sockets and `Dns` are in .NET.
//!
//! - [`Socket`] is the system's socket: blocking calls are system calls on the caller's thread, which
//!   closing from another thread ends; with `_async` they are futures, with `begin_` and `end_`
//!   operations on the background runtime.
//! - [`SocketAsyncEventArgs`] is a context used again and again, without an allocation per operation.
//! - [`TcpClient`], [`TcpListener`], [`UdpClient`] and [`NetworkStream`] are what most programs need.
//! - [`Dns`] looks names up. [`Resolver`] is who answers: [`SystemResolver`] asks the system, as every
//!   program of the machine does; [`OverrideResolver`] answers from a table first.
//! - `Connector` (feature `tokio`) connects to a host by the first of its addresses that
//!   answers (Happy Eyeballs).
//! - [`SocketError`] carries .NET's [`SocketErrorCode`] and the system's own number.
//!
//! # In scope
//! Sockets of every kind the system has, name resolution and connecting, for all crates above.
//!
//! # Out of scope
//! Proxies (`system-net-web-proxy`), TLS (`system-net-security`), pools of connections
//! (`system-net-requests`), tables and counters of the machine (`system-net-network-information`).
//!
//! # Features
//! - `tokio` (default): the connector, the forms with `_async`, Begin/End. Without it the crate
//!   needs no asynchronous runtime; blocking calls, contexts and look-ups remain.
//! - `hickory`: a DNS client beside the system's, for chosen name servers, also over HTTPS.
//!
//! # Example
//! ```
//! use system_net_sockets::{TcpClient, TcpListener};
//! use std::io::{Read, Write};
//!
//! let listener = TcpListener::new("127.0.0.1".parse()?, 0)?;
//! listener.start()?;
//! let client = TcpClient::new()?;
//! client.connect(listener.local_endpoint()?)?;
//! let server = listener.accept_tcp_client()?;
//! client.get_stream()?.write_all(b"ping")?;
//! let mut text = [0; 4];
//! server.get_stream()?.read_exact(&mut text)?;
//! assert_eq!(&text, b"ping");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(unsafe_code)]

mod access;
#[cfg(feature = "tokio")]
mod connector;
mod dns;
mod enums;
mod error;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod event_args;
mod network_stream;
mod protection_level;
mod resolver;
mod socket;
mod sys;
mod tcp_client;
mod tcp_listener;
mod trace;
mod udp_client;

#[cfg(feature = "tokio")]
pub use connector::{ConnectError, ConnectErrorKind, ConnectOptions, Connector};
pub use dns::{Dns, IpHostEntry, PeerNames};
pub use enums::{
    IoControlCode, IpProtectionLevel, ProtocolType, SelectMode, SocketAsyncOperation, SocketFlags,
    SocketInformationOptions, SocketOptionLevel, SocketOptionName, SocketShutdown, SocketType,
    TransmitFileOptions,
};
pub use error::{SocketError, SocketErrorCode};
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use event_args::{
    BufferBlock, BufferGuard, BufferListGuard, BufferSegment, SendPacketsElement,
    SocketAsyncEventArgs, SocketAsyncEventArgsHandler, SocketAsyncEventArgsPool,
};
pub use network_stream::{FileAccess, NetworkStream};
#[cfg(feature = "tokio")]
pub use resolver::TimeLimitResolver;
pub use resolver::{
    BoxFuture, HostsEntry, HostsFile, NetbiosResolver, OverrideResolver, Resolver, SystemResolver,
    resolve_blocking,
};
#[cfg(feature = "hickory")]
pub use resolver::{HickoryResolver, NameServer};
#[cfg(feature = "tokio")]
pub use socket::{BufferCallback, BufferResult, BuffersResult};
pub use socket::{
    IpPacketInformation, Ipv6MulticastOption, LingerOption, MulticastOption, SafeSocketHandle,
    Socket, SocketInformation, SocketOptionValue, SocketReceiveFromResult,
    SocketReceiveMessageFromResult,
};
pub use tcp_client::TcpClient;
pub use tcp_listener::TcpListener;
pub use udp_client::{UdpBatch, UdpClient, UdpReceiveResult};
