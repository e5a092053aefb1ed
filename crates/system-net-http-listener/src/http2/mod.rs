//! HTTP/2: connections on which many requests are under way at once, each a stream.
//!
//! The crate `h2` has the frames, HPACK and flow control; what stands here is what a listener has to
//! know beyond that: which connections speak it, who drives them, what clients may not do, and
//! requests and responses in the listener's terms.
//!
//! Read: RFC 9113 (HTTP/2), RFC 7541 (HPACK), RFC 9110 section 7.8.
//!
//! - `options`: the settings
//! - `watch`: what clients may not do, a core on the bytes that come in; `guarded`: the transport
//!   with that core in it
//! - `connection`: what the streams of a connection share; `serving`: its life; `driver`: who polls it;
//!   `bell`: what wakes that one
//! - `stream`: one request; `body`: its bodies; `sending`: the rest of bodies that were given whole
//! - `line`: what of a stream is logged
//! - `request`, `response`: heads, from and to HTTP/2's terms; `spares`: their memory, used again

mod bell;
mod body;
mod connection;
mod driver;
mod guarded;
mod line;
mod options;
mod request;
mod response;
mod sending;
mod serving;
mod spares;
mod stream;
mod watch;

pub(crate) use connection::Http2Connection;
pub use options::HttpListenerHttp2Options;
pub(crate) use serving::{is_preface, serve};
pub(crate) use stream::Stream;
