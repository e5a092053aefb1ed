//! HTTP/1.0 and HTTP/1.1 as state machines on bytes, for clients and for servers.
//!
//! # In scope
//! * [`ClientConnection`]: requests out, responses in
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
mod section;
mod start_line;
mod writer;

pub use client::{ClientConnection, ClientEvent};
pub use error::{Blame, Input, Place, ProtoError, ProtoErrorKind, Rule};
pub use framing::BodyFraming;
pub use head::ResponseHead;
pub use limits::{LimitName, Limits};
pub use writer::BodyLength;
