//! Scripted peers for the tests of the `system-net` workspace.
//!
//! Every peer listens on `127.0.0.1` with a port the system chose, runs on plain threads, records
//! what it received byte by byte, and ends all of its threads when it is dropped. Nothing here is
//! shared with the crates under test: what they get wrong this crate must not get wrong too.
//!
//! In scope: an HTTP/1 server that answers by handler ([`HttpPeer::serve`]) or does exactly what
//! a script says ([`HttpPeer::scripts`]) or a closure does ([`HttpPeer::converse`]), plain or over TLS; a throw-away certificate authority
//! ([`Authority`]); a proxy ([`HttpPeer::proxy`]); ports that refuse ([`refused_port`]) and ports that swallow ([`Blackhole`]);
//! HTTP/2 by hand ([`Http2Conversation`]); a name server that answers from a zone, or does not ([`DnsPeer`]);
//! network namespaces with cables between them ([`Namespace`], Linux, root);
//! whether a thread waits in the kernel ([`Blocked`], Linux); the password of all logins ([`PASSWORD`]).
//!
//! Out of scope: being a good server. The peer trusts the test that drives it.
//!
//! # A tour
//!
//! ```
//! use std::io::{Read, Write};
//! use system_net_testkit::{HttpPeer, Response, Script};
//!
//! // A handler: every request, any number of connections, keep-alive.
//! let peer = HttpPeer::serve(|request| Response::new(200).body(request.target()));
//! let mut client = std::net::TcpStream::connect(peer.address()).unwrap();
//! client.write_all(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
//! let mut answer = String::new();
//! client.read_to_string(&mut answer).unwrap();
//! assert!(answer.ends_with("\r\n\r\n/a"));
//! assert_eq!(peer.requests()[0].header_names(), ["Host", "Connection"]);
//! assert_eq!(peer.connections_opened(), 1);
//!
//! // A script for each connection in turn: the second one is cut inside the body.
//! let peer = HttpPeer::scripts([
//!     Script::new().head().send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").close(),
//!     Script::new().head().send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no").reset(),
//! ]);
//! assert!(peer.url("/x").starts_with("http://127.0.0.1:"));
//! ```

#![forbid(unsafe_code)]

mod authority;
#[cfg(target_os = "linux")]
mod blocked;
mod connection;
mod conversation;
mod dns;
mod http2;
mod login;
#[cfg(target_os = "linux")]
mod namespace;
mod peer;
mod ports;
mod proxy;
mod record;
mod script;
mod serve;
mod shared;
mod signal;
mod tls;

pub use authority::{Authority, Issued, Validity};
#[cfg(target_os = "linux")]
pub use blocked::Blocked;
pub use conversation::{Conversation, Interrupted};
pub use dns::{DnsPeer, DnsQuery, DnsType, DnsZone, ResponseCode};
pub use http2::{
    Http2Conversation, Http2Event, Http2Frame, Http2Request, block as header_block, frame,
    frame_bytes,
};
pub use login::{PASSWORD, basic_login};
#[cfg(target_os = "linux")]
pub use namespace::Namespace;
pub use peer::HttpPeer;
pub use ports::{Blackhole, refused_port};
pub use proxy::ProxyAnswer;
pub use record::{Ended, RecordedConnection, RecordedRequest};
pub use script::Script;
pub use serve::Response;
pub use signal::Signal;
pub use tls::{TlsIdentity, TlsManners};
