//! HTTP/2 connections: who opens them, who drives them, which request gets which stream.
//!
//! The bytes of the protocol are `h2`'s. What is here stands around it: a [`Session`](session::Session) is one
//! connection with many streams; [`Sessions`] are those of a service point, with a fair queue for
//! streams and the right to open one more; the driver polls a connection on behalf of all its
//! requests; [`FrameWatch`](frames::FrameWatch) looks at the frames that come in, and ends a
//! connection whose server sends what brings nothing.
//!
//! Read: RFC 9113 (HTTP/2), RFC 7541 (HPACK), RFC 7301 (ALPN).

mod driver;
mod error;
mod frames;
mod guarded;
mod head;
mod lock;
mod opening;
mod policy;
mod session;
mod sessions;
mod settings;
mod stream;
mod waiter;

pub use error::Http2Error;
pub(crate) use error::{Again, Failure};
pub(crate) use head::RequestHead;
pub use policy::HttpVersionPolicy;
pub(crate) use policy::Protocol;
pub(crate) use sessions::{Sessions, Slot, Terms as SessionTerms, Turn};
pub(crate) use settings::{Http2Settings, MAX_WINDOW, MIN_WINDOW, Settings};
pub(crate) use stream::{Answer, Http2Stream, head_size};
