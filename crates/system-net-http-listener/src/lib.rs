//! HttpListener: the server for HTTP and HTTPS inside of a program.
//!
//! # In scope
//! * [`HttpListener`]: prefixes, start and stop, the three ways to take requests one by one
//!   (blocking, asynchronous, Begin/End), and [`HttpListener::serve`] for a handler
//! * [`HttpListenerContext`] with [`HttpListenerRequest`] and [`HttpListenerResponse`]: properties,
//!   headers, cookies, bodies streamed both ways, trailers, keep-alive, pipelining, 100 (Continue)
//! * The hand-over of a connection to another protocol: [`HttpListenerContext::upgrade`]
//! * Logins by Basic, Digest, NTLM and Negotiate: [`HttpListener::set_authentication_schemes`]
//! * TLS on the same prefixes; limits and time-outs, which are on by default; bandwidth limits
//! * [`AccessLog`]: a line for each request
//!
//! * HTTP/2, by ALPN and in clear text by prior knowledge, with the same contexts:
//!   [`HttpListener::set_http2`]
//!
//! # Out of scope
//! The grammar of HTTP (`system-net-http-proto`), TLS and logins themselves (`system-net-security`), driving
//! (`system-net-runtime`).
//!
//! # Where things run
//! [`HttpListener::start`] puts accept loops and connections on the background runtime, so that
//! programs without a runtime work; [`HttpListener::serve`] puts them on the caller's. A context may be
//! answered anywhere: blocking on any thread, or asynchronously in any runtime.
//!
//! # Features
//! * `kerberos` (default): Kerberos logins, as one of those that Negotiate chooses from
//! * `trace` (default): what the classes do is traced
//! * `test-util`: listeners for tests, with a throw-away certificate authority
#![cfg_attr(
    feature = "test-util",
    doc = "
# For tests
```
use system_net_http_listener::TestListener;

let listener = TestListener::https()?;
assert!(listener.url(\"/x\").starts_with(\"https://127.0.0.1:\"));
# Ok::<(), system_net_http_listener::HttpListenerError>(())
```"
)]
#![forbid(unsafe_code)]

mod access_log;
mod authentication;
mod bandwidth;
mod client_certificate;
mod connection;
mod content_encoding;
mod context;
mod cookies;
mod date;
mod error;
mod exchange;
#[cfg(feature = "test-util")]
mod faults;
mod global;
mod handshake;
mod host;
mod http2;
mod interpose;
mod kept;
mod limits;
mod listener;
mod pace;
mod path;
mod ports;
mod prefix;
mod prefixes;
mod query_string;
mod queue;
mod request;
mod response;
mod router;
mod routes;
mod run;
mod serve;
mod shared;
mod sockets;
mod streams;
#[cfg(feature = "test-util")]
mod test_util;
mod timeouts;
mod trace;
mod upgrade;

pub use access_log::{
    AccessLog, AccessLogField, AccessLogFormat, AccessLogOptions, AccessLogRotation,
    RotatedCallback,
};
pub use authentication::{
    AuthenticationSchemeSelector, AuthenticationSchemes, ExtendedProtectionSelector,
    HttpListenerBasicIdentity, HttpListenerIdentity,
};
pub use client_certificate::GetClientCertificateResult;
pub use context::HttpListenerContext;
pub use error::{HttpListenerError, HttpListenerErrorKind};
#[cfg(feature = "test-util")]
pub use faults::{Fault, Faults};
pub use http2::HttpListenerHttp2Options;
pub use limits::HttpListenerLimits;
pub use listener::{GetContextResult, HttpListener};
pub use prefixes::HttpListenerPrefixCollection;
pub use query_string::QueryString;
pub use request::{HttpListenerRequest, RequestTraceIdentifier};
pub use response::{HttpListenerResponse, StatusNumber};
pub use serve::HandlerResult;
pub use streams::{
    AsyncHttpRequestStream, AsyncHttpResponseStream, HttpRequestStream, HttpResponseStream,
};
pub use system_net_runtime::RateLimit;
#[cfg(feature = "test-util")]
pub use test_util::TestListener;
pub use timeouts::HttpListenerTimeoutManager;
pub use upgrade::{AsyncHttpUpgradedStream, HttpUpgradedStream};
