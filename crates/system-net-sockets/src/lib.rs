//! Sockets and names: what System.Net.Sockets and `Dns` are in .NET.
//!
//! - [`SocketError`] carries .NET's [`SocketErrorCode`] and the system's own number.
//! - [`Resolver`] turns names into addresses: [`SystemResolver`] asks the system, as every
//!   program of the machine does; [`OverrideResolver`] answers from a table first.
//! - `Connector` (feature `tokio`) connects to a host by the first of its addresses that
//!   answers (Happy Eyeballs).
//!
//! # In scope
//! Errors, name resolution and connecting, for all crates above.
//!
//! # Out of scope
//! Proxies (`system-net-web-proxy`), TLS (`system-net-security`), pools of connections
//! (`system-net-requests`).
//!
//! # Features
//! - `hickory`: a DNS client beside the system's, for chosen name servers, also over HTTPS.
//! - `tokio` (default): the connector. Without it the crate needs no asynchronous runtime:
//!   errors, resolvers and [`resolve_blocking`] remain.
//!
//! # Example
//! ```
//! use std::sync::Arc;
//! use system_net_sockets::{OverrideResolver, Resolver, SystemResolver};
//!
//! let system: Arc<dyn Resolver> = Arc::new(SystemResolver::new());
//! let mut table = OverrideResolver::new(system);
//! table.insert("server.test", vec!["127.0.0.1".parse()?]);
//! # let answer = table.resolve("SERVER.test");
//! # let addresses = system_net_runtime::block_on(answer)?;
//! # assert_eq!(addresses.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(unsafe_code)]

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
#[cfg(feature = "hickory")]
pub use resolver::{HickoryResolver, NameServer};
pub use resolver::{
    BoxFuture, HostsEntry, HostsFile, OverrideResolver, Resolver, SystemResolver, resolve_blocking,
};
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
