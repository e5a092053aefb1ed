//! Network traces in the form of System.Net: what the classes of `system-net` do, as lines that a
//! configuration file switches on and sends to listeners.
//!
//! ```text
//! [588] (4357) Entering Socket#33574638::Send()
//! [588] (4387) Exiting Socket#33574638::Send()-> 61#61
//! ```
//!
//! # In scope
//! * [`Emitter`], [`Call`], [`Traced`], [`shown`]: how a class is traced
//! * listeners by the names that files have, and `TraceListener` for those of a program's own:
//!   whoever listens hears every object of the process, and no secret
//! * `problems`: what a configuration asks for and is not done
//! * `TraceLayer`: the same lines for those who compose their own subscriber
//!
//! `docs/tracing.md` tells operators of the files, the lines, the levels and what is masked.
//!
//! # Out of scope
//! The settings: `system_net_config::DiagnosticsSettings`. Becoming the process's subscriber, which
//! no library does.
//!
//! # How to emit
//! An object that is traced holds a [`Traced`] in the part its clones share, and makes an
//! [`Emitter`] where it needs one. The names of classes and members are those of .NET. A call is
//! [entered](Emitter::enter) first and [exited](Call::exit_result) last; in between go
//! [data](Emitter::data), [what belongs together](Emitter::associate), and
//! [exceptions](Emitter::exception). A [`Call`] borrows nothing, so it may live across `.await` and
//! beside `&mut self`; dropped, by `?` or with its future, it exits without a value.
//!
//! ```
//! use system_net_diagnostics::{Emitter, Source, Traced, shown};
//!
//! #[derive(Default)]
//! struct ServicePoint {
//!     traced: Traced,
//! }
//!
//! struct HttpWebRequest {
//!     traced: Traced,
//!     service_point: ServicePoint,
//! }
//!
//! impl HttpWebRequest {
//!     fn trace(&self) -> Emitter<'_> {
//!         Emitter::new(Source::Net, "HttpWebRequest", &self.traced)
//!     }
//!
//!     fn get_response(&mut self) -> Result<u16, std::io::Error> {
//!         let call = self.trace().enter("GetResponse", format_args!(""));
//!         let point = &self.service_point.traced;
//!         self.trace().associate(&Emitter::new(Source::Net, "ServicePoint", point));
//!         let answer = self.answer();
//!         // Ok: `Exiting HttpWebRequest#1::GetResponse()-> 200#200`; Err: a line for it, and one
//!         // for the exit.
//!         call.exit_result(&answer, |status| shown(status));
//!         answer
//!     }
//!
//!     fn answer(&mut self) -> Result<u16, std::io::Error> {
//!         self.trace().data("WriteHeaders", b"GET / HTTP/1.1\r\n\r\n");
//!         Ok(200)
//!     }
//! }
//!
//! fn get_host_addresses(host: &str) -> Result<usize, std::io::Error> {
//!     let emitter = Emitter::of_class(Source::Sockets, "DNS");
//!     let call = emitter.enter("GetHostAddresses", format_args!("{host}"));
//!     let found = Ok(1);
//!     call.exit_result(&found, |found| shown(found));
//!     found
//! }
//!
//! let mut request = HttpWebRequest {
//!     traced: Traced::new(),
//!     service_point: ServicePoint::default(),
//! };
//! assert_eq!(request.get_response().unwrap(), 200);
//! assert_eq!(get_host_addresses("localhost").unwrap(), 1);
//! ```
//!
//! While nobody hears, each of these costs a load and a branch for listeners and the same for
//! subscribers; arguments are not formatted and numbers not drawn. Put nothing costly before the
//! call: `format_args!` is free, `to_string` is not. An object that is shown as an argument or
//! result is its [`name`](Emitter::name).
//!
//! A crate that emits has a feature `trace`, on by default, that is
//! `["system-net-diagnostics/trace"]`; the workspace's dependency is without default features.
//!
//! # Features
//! * `trace` (default): traces at all. Without it everything above compiles to nothing.
//! * `layer`: a layer for `tracing-subscriber`
#![forbid(unsafe_code)]

#[cfg(feature = "trace")]
mod contexts;
#[cfg(feature = "trace")]
mod dispatch;
#[cfg(not(feature = "trace"))]
#[path = "off.rs"]
mod dispatch;
mod emitter;
#[cfg(feature = "trace")]
mod global;
#[cfg(feature = "trace")]
mod heard;
mod identity;
#[cfg(feature = "trace")]
mod json;
#[cfg(feature = "trace")]
mod kept;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "trace")]
mod lines;
#[cfg(feature = "trace")]
mod listener;
#[cfg(feature = "trace")]
mod moment;
#[cfg(feature = "trace")]
mod plan;
mod record;
#[cfg(feature = "trace")]
mod redact;
mod shown;
mod source;
#[cfg(feature = "trace")]
mod subscriber;
#[cfg(feature = "trace")]
mod turn;

#[cfg(feature = "trace")]
pub use contexts::TraceProblem;
pub use emitter::{Call, Emitter};
#[cfg(feature = "trace")]
pub use global::{flush, problems};
#[cfg(feature = "trace")]
pub use heard::{TraceData, TraceKind, TraceRecord};
pub use identity::{ObjectName, Traced};
#[cfg(feature = "layer")]
pub use layer::TraceLayer;
#[cfg(feature = "trace")]
pub use listener::{
    ConsoleTraceListener, JsonLinesTraceListener, TextWriterTraceListener, TraceListener,
    TraceListenerArguments, TraceListenerConstructor, TraceOutputOptions,
};
pub use shown::{Shown, shown};
pub use source::{Source, TraceEventType};
