//! HTTP/1.0 and HTTP/1.1 as state machines on bytes, for clients and for servers.
//!
//! # In scope
//! * [`ClientConnection`]: requests out, responses in
//! * [`ServerConnection`]: requests in, responses out
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
mod writer;

pub use client::{ClientConnection, ClientEvent};
pub use error::{Blame, Input, Place, ProtoError, ProtoErrorKind, Rule};
pub use framing::BodyFraming;
pub use head::ResponseHead;
pub use limits::{LimitName, Limits};
pub use redirect::{RedirectMethod, redirect_method};
pub use request::{RequestHead, TargetForm};
pub use server::{ServerConnection, ServerEvent};
pub use writer::{BodyLength, PreparedHeaders};
