//! HTTP/1.0 and HTTP/1.1 as state machines on bytes, for clients and for servers.
//!
//! A connection is a value that is fed the bytes read from a peer and asked for events and for the
//! bytes to write. It opens no socket, reads no clock, starts no thread and waits for nothing; a
//! driver does that, blocking or asynchronous, on whatever transport.
//!
//! # In scope
//! * [`ClientConnection`]: requests out, responses in; pipelining, 1xx, upgrades, CONNECT
//! * [`ServerConnection`]: requests in, responses out; pipelining, 100 (Continue), upgrades
//! * the framing of bodies in both directions: `Content-Length`, chunks with trailers, the end of
//!   the connection
//! * the verdict whether a connection can be used again
//! * [`Limits`] on everything a peer can make us keep, and one error, [`ProtoError`], that says who
//!   is at fault and where in the message
//! * [`redirect_method`]: what a redirect does to the method
//!
//! # Out of scope
//! Sockets, TLS, pools, time-outs, redirects as such, authentication, cookies, caching, content
//! codings, HTTP/2. The request engine and the listener have those.
//!
//! # Where it sits
//! Above `system-net-primitives`, whose header collection holds the fields; below
//! `system-net-requests` and `system-net-http-listener`.
//!
//! # A round trip
//! The two sides, connected without a network:
//!
//! ```
//! use system_net_http_proto::{
//!     BodyLength, ClientConnection, ClientEvent, Limits, ServerConnection, ServerEvent,
//! };
//! use system_net_primitives::HttpVersion;
//!
//! let mut client = ClientConnection::new(Limits::default());
//! let mut server = ServerConnection::new(Limits::default());
//!
//! // The client says what it wants ...
//! client.begin_request("PUT", "/notes/1", HttpVersion::VERSION11)?;
//! client.write_header(b"Host", b"a.example")?;
//! client.write_body_length(BodyLength::Chunked)?;
//! client.end_head()?;
//! client.send_body(b"remember the milk")?;
//! client.end_body(None)?;
//!
//! // ... a driver carries the bytes over ...
//! let bytes = client.output().to_vec();
//! client.consume_output(bytes.len());
//! server.handle_input(&bytes);
//!
//! // ... and the server reads them and answers.
//! let mut note = Vec::new();
//! loop {
//!     match server.poll_event()? {
//!         ServerEvent::Head(head) => assert_eq!(&*head.target, "/notes/1"),
//!         ServerEvent::Body => {
//!             note.extend_from_slice(server.body());
//!             server.consume_body(server.body().len());
//!         }
//!         ServerEvent::End => break,
//!         other => panic!("not in this example: {other:?}"),
//!     }
//! }
//! assert_eq!(note, b"remember the milk");
//! server.begin_response(204, "No Content", None)?;
//! server.end_head()?;
//!
//! client.handle_input(server.output());
//! let ClientEvent::Head(head) = client.poll_event()? else { panic!("no head") };
//! assert_eq!((head.status, head.reason()), (204, "No Content"));
//! assert!(matches!(client.poll_event()?, ClientEvent::End));
//! assert!(client.can_reuse());
//! # Ok::<(), system_net_http_proto::ProtoError>(())
//! ```
//!
//! # How strict it is
//! | in a message | client | server |
//! |---|---|---|
//! | a line that ends in LF alone, a CR alone, NUL and other control characters | refused | refused |
//! | a folded field, white space before a colon | refused, or read if `unsafe_header_parsing` | refused |
//! | `Content-Length` other than one number of digits, or several that differ | refused | refused |
//! | `Content-Length` beside `Transfer-Encoding` | the latter counts, no reuse | refused |
//! | `Transfer-Encoding` that does not end in one `chunked`, or in HTTP/1.0 | read to the end of the connection | refused |
//! | `chunked` twice | refused | refused |
//! | other codings before `chunked` | framed by the chunks; the codings stay | refused with 501 |
//! | no `Host`, two, or a malformed one | | refused (missing: in HTTP/1.1) |
//! | empty lines before the message | refused | a few are skipped |
//! | an answer without status line (HTTP/0.9), 101 unasked | refused | |
//!
//! Nothing the caller gives is written before it is checked: a CR, LF or NUL in a method, target,
//! reason, field or trailer is an error, and leaves the output as it was.
#![forbid(unsafe_code)]

mod body;
mod buffer;
mod bytes;
mod chunked;
mod client;
mod error;
mod facts;
mod fields;
mod framing;
mod head;
mod limits;
mod redirect;
mod request;
mod section;
mod server;
mod start_line;
mod usual;
mod writer;

pub use client::{ChunkLines, ChunkParts, ClientConnection, ClientEvent, PreparedRequest};
pub use error::{Blame, Input, Place, ProtoError, ProtoErrorKind, Rule};
pub use framing::BodyFraming;
pub use head::ResponseHead;
pub use limits::{LimitName, Limits};
pub use redirect::{RedirectMethod, redirect_method};
pub use request::{RequestHead, TargetForm};
pub use server::{PreparedResponse, ServerConnection, ServerEvent};
pub use writer::{BodyLength, PreparedHeaders, is_forbidden_trailer};
