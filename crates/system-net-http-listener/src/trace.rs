//! The trace source `System.Net.HttpListener`: under which names what this crate does is traced.

use std::io;
use std::task::Poll;

use system_net_diagnostics::{Emitter, Source, TraceEventType, Traced};

/// What belongs to no listener that is at hand.
pub(crate) const fn class() -> Emitter<'static> {
    Emitter::of_class(Source::HttpListener, "HttpListener")
}

/// The listener.
pub(crate) const fn listener(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::HttpListener, "HttpListener", traced)
}

pub(crate) const fn request(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::HttpListener, "HttpListenerRequest", traced)
}

pub(crate) const fn response(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::HttpListener, "HttpListenerResponse", traced)
}

pub(crate) const fn request_stream(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::HttpListener, "HttpRequestStream", traced)
}

pub(crate) const fn response_stream(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::HttpListener, "HttpResponseStream", traced)
}

/// Data that a stream has read or written, as a call of its own.
#[inline]
pub(crate) fn transferred(emitter: Emitter<'_>, method: &'static str, data: &[u8]) {
    if emitter.wanted(TraceEventType::Verbose) {
        let call = emitter.enter(method, format_args!(""));
        if !data.is_empty() {
            emitter.data(method, data);
        }
        call.exit(format_args!("{0}#{0}", data.len()));
    }
}

/// What a write has come to.
#[inline]
pub(crate) fn written(emitter: Emitter<'_>, data: &[u8], polled: &Poll<io::Result<usize>>) {
    match polled {
        Poll::Ready(Ok(count)) => transferred(emitter, "Write", &data[..*count]),
        Poll::Ready(Err(error)) => emitter.exception("Write", error),
        Poll::Pending => {}
    }
}
