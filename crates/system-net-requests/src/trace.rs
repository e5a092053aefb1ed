//! The trace source `System.Net`: under which names the classes of this crate are traced, and what
//! is shown of them.

use std::fmt;

use system_net_diagnostics::{Call, Emitter, Source, TraceEventType, Traced};
use system_net_uri::Uri;

use crate::error::{WebError, without_user_info};
use crate::web_request::WebRequest;
use crate::web_response::WebResponse;

/// Members of a class that have no object.
pub(crate) const fn class(name: &'static str) -> Emitter<'static> {
    Emitter::of_class(Source::Net, name)
}

pub(crate) const fn request(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::Net, "HttpWebRequest", traced)
}

pub(crate) const fn response(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::Net, "HttpWebResponse", traced)
}

/// What .NET has for the bodies of both.
pub(crate) const fn stream(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::Net, "ConnectStream", traced)
}

pub(crate) const fn connection(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::Net, "Connection", traced)
}

pub(crate) const fn service_point(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::Net, "ServicePoint", traced)
}

/// Whether anybody hears of calls, or of their errors: asked once where a call is hot, so that what
/// is traced stands apart.
#[inline]
pub(crate) fn heard() -> bool {
    class("WebRequest").wanted(TraceEventType::Error)
}

/// A call of a member of `WebRequest`, which is one of the protocol's class. Protocols of other
/// authors trace themselves.
#[inline]
pub(crate) fn enter(web_request: &WebRequest, method: &'static str) -> Call {
    if !heard() {
        return Call::NONE;
    }
    match web_request.as_http() {
        Some(http) => http.trace().enter(method, format_args!("")),
        None => Call::NONE,
    }
}

/// The end of a call that gives a response.
#[inline]
pub(crate) fn exit_with_response(call: Call, result: &Result<WebResponse, WebError>) {
    call.exit_result(result, |response| {
        Shown(response.as_http().map(|http| http.trace().name()))
    });
}

/// A value, if there is one to show.
pub(crate) struct Shown<T>(pub(crate) Option<T>);

impl<T: fmt::Display> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(f))
    }
}

/// An address, without user name and password; made only if somebody reads it.
pub(crate) struct Address<'a>(pub(crate) &'a Uri);

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_user_info(self.0))
    }
}

/// The first bytes of a buffer, which a stream has read or written, as a call of its own.
#[inline]
pub(crate) fn transferred(traced: &Traced, method: &'static str, buffer: &[u8], count: usize) {
    if stream(traced).wanted(TraceEventType::Verbose) {
        transferred_heard(traced, method, &buffer[..count]);
    }
}

#[cold]
#[inline(never)]
fn transferred_heard(traced: &Traced, method: &'static str, data: &[u8]) {
    let emitter = stream(traced);
    let call = emitter.enter(method, format_args!(""));
    if !data.is_empty() {
        emitter.data(method, data);
    }
    call.exit(format_args!("{0}#{0}", data.len()));
}
