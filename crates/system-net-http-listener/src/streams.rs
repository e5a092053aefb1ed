//! The bodies as streams: blocking ones, and the same for asynchronous code.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use system_net_diagnostics::{Emitter, Traced};
use system_net_primitives::WebHeaderCollection;
use system_net_runtime::block_on;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::authentication::{HeldBody, TrailingProof};
use crate::connection::Wait;
use crate::error::HttpListenerError;
use crate::exchange::Exchange;
use crate::trace;

/// The body of a request.
///
/// Reading past the end of the response, or after the connection was ended, is an error. A body that
/// is not read is dropped by the listener.
///
/// .NET: `System.Net.HttpListenerRequest.InputStream`
///
/// # Blocking
/// A read waits for the client, at most for
/// [`entity_body`](crate::HttpListenerTimeoutManager::entity_body); works inside and outside of
/// runtimes. In asynchronous code use [`into_async`](Self::into_async). While one side of a context
/// is read or written asynchronously, do not use the other one blockingly on another thread.
pub struct HttpRequestStream {
    exchange: Exchange,
    /// The body, if it was read already.
    held: Option<Arc<HeldBody>>,
    wait: Wait,
    traced: Traced,
}

impl HttpRequestStream {
    pub(crate) fn new(exchange: Exchange, held: Option<Arc<HeldBody>>) -> Self {
        Self {
            exchange,
            held,
            wait: Wait::default(),
            traced: Traced::new(),
        }
    }

    /// The stream in traces.
    #[inline]
    pub(crate) fn trace(&self) -> Emitter<'_> {
        trace::request_stream(&self.traced)
    }

    /// The stream for asynchronous code.
    #[must_use]
    pub fn into_async(self) -> AsyncHttpRequestStream {
        AsyncHttpRequestStream(self)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let polled = match &self.held {
            None => self.exchange.poll_read_body(cx, buf, &mut self.wait),
            Some(held) => {
                held.read(buf);
                Poll::Ready(Ok(()))
            }
        };
        match &polled {
            Poll::Ready(Ok(())) => {
                trace::transferred(self.trace(), "Read", &buf.filled()[before..]);
            }
            Poll::Ready(Err(error)) => self.trace().exception("Read", error),
            Poll::Pending => {}
        }
        polled
    }
}

impl Read for HttpRequestStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.held.is_none()
            && let Some(read) = self.exchange.read_buffered(buf)
        {
            trace::transferred(self.trace(), "Read", &buf[..read]);
            return Ok(read);
        }
        block_on(poll_fn(|cx| {
            let mut buf = ReadBuf::new(buf);
            self.poll_read(cx, &mut buf).map_ok(|()| buf.filled().len())
        }))
    }
}

/// [`HttpRequestStream`] for asynchronous code.
#[derive(Debug)]
pub struct AsyncHttpRequestStream(HttpRequestStream);

impl AsyncHttpRequestStream {
    /// The stream for blocking code.
    #[must_use]
    pub fn into_blocking(self) -> HttpRequestStream {
        self.0
    }
}

impl AsyncRead for AsyncHttpRequestStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.poll_read(cx, buf)
    }
}

/// The body of a response.
///
/// Each write goes out at once; collect small ones (`BufWriter`). [`close`](Self::close) ends the
/// response. A stream that is dropped ends it only if all announced bytes were written; otherwise it
/// closes the connection, so that the client sees that something is missing.
///
/// .NET: `System.Net.HttpListenerResponse.OutputStream`
///
/// # Blocking
/// A write waits until the client took most of what was written before, and is given up when the
/// client is slower than
/// [`min_send_bytes_per_second`](crate::HttpListenerTimeoutManager::min_send_bytes_per_second);
/// works inside and outside of runtimes. In asynchronous code use [`into_async`](Self::into_async).
pub struct HttpResponseStream {
    exchange: Exchange,
    wait: Wait,
    /// A blocking write had to wait once; the next ones may have to as well.
    slow: bool,
    closed: bool,
    /// What a login wants to stand behind the body.
    proof: Option<Box<TrailingProof>>,
    traced: Traced,
}

impl HttpResponseStream {
    pub(crate) fn new(exchange: Exchange, proof: Option<Box<TrailingProof>>) -> Self {
        Self {
            exchange,
            proof,
            wait: Wait::default(),
            slow: false,
            closed: false,
            traced: Traced::new(),
        }
    }

    /// The stream in traces.
    #[inline]
    pub(crate) fn trace(&self) -> Emitter<'_> {
        trace::response_stream(&self.traced)
    }

    /// The stream for asynchronous code.
    #[must_use]
    pub fn into_async(self) -> AsyncHttpResponseStream {
        AsyncHttpResponseStream(self)
    }

    /// Ends the response. Returns at once: what the client does not take now is written in the
    /// background.
    ///
    /// # Errors
    /// As [`HttpListenerResponse::close`](crate::HttpListenerResponse::close).
    pub fn close(mut self) -> Result<(), HttpListenerError> {
        self.finish()
    }

    /// As [`close`](Self::close), with these fields behind the body: trailers (RFC 9110 section 6.5).
    /// They stand behind bodies that are sent in chunks; a client of HTTP/1.0 gets none.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As [`close`](Self::close); `Misuse` if a length was set, `ProtocolViolation` for a field that
    /// may not stand there, such as `Content-Length`. The connection is closed then.
    pub fn close_with_trailers(
        mut self,
        trailers: &WebHeaderCollection,
    ) -> Result<(), HttpListenerError> {
        self.closed = true;
        let _call = self.trace().enter("Close", format_args!(""));
        let finished = match &self.proof {
            None => self.exchange.finish_with(trailers),
            Some(proof) => {
                let mut trailers = trailers.clone();
                proof.put(&mut trailers);
                self.exchange.finish_with(&trailers)
            }
        };
        self.exchange.tolerate((), finished)
    }

    fn finish(&mut self) -> Result<(), HttpListenerError> {
        if std::mem::replace(&mut self.closed, true) {
            return Ok(());
        }
        let _call = self.trace().enter("Close", format_args!(""));
        let finished = match &self.proof {
            None => self.exchange.finish(),
            Some(proof) => {
                let mut trailers = WebHeaderCollection::for_response();
                proof.put(&mut trailers);
                self.exchange.finish_with(&trailers)
            }
        };
        self.exchange.tolerate((), finished)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let polled = self
            .exchange
            .poll_write_body(cx, data, &mut self.wait)
            .map(|result| self.exchange.tolerate(data.len(), result))
            .map_err(Into::into);
        if let Some(proof) = &mut self.proof
            && let Poll::Ready(Ok(written)) = &polled
        {
            proof.was_written(&data[..*written]);
        }
        trace::written(self.trace(), data, &polled);
        polled
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.exchange
            .poll_flush_body(cx, &mut self.wait)
            .map(|result| self.exchange.tolerate((), result))
            .map_err(Into::into)
    }

    /// Polls until ready, on this thread. The first attempt does without the executor: a client
    /// that takes what it is sent is the rule.
    fn block<T>(&mut self, mut poll: impl FnMut(&mut Self, &mut Context<'_>) -> Poll<T>) -> T {
        if !self.slow {
            let mut cx = Context::from_waker(Waker::noop());
            if let Poll::Ready(value) = poll(self, &mut cx) {
                return value;
            }
            self.slow = true;
        }
        block_on(poll_fn(|cx| poll(self, cx)))
    }
}

impl Write for HttpResponseStream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.block(|this, cx| this.poll_write(cx, data))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.block(Self::poll_flush)
    }
}

impl Drop for HttpResponseStream {
    fn drop(&mut self) {
        if !self.closed {
            self.exchange.drop_response();
        }
    }
}

/// [`HttpResponseStream`] for asynchronous code. Its shutdown ends the response.
#[derive(Debug)]
pub struct AsyncHttpResponseStream(HttpResponseStream);

impl AsyncHttpResponseStream {
    /// The stream for blocking code.
    #[must_use]
    pub fn into_blocking(self) -> HttpResponseStream {
        self.0
    }

    /// As [`HttpResponseStream::close`].
    ///
    /// # Errors
    /// As [`HttpResponseStream::close`].
    pub fn close(self) -> Result<(), HttpListenerError> {
        self.0.close()
    }
}

impl AsyncWrite for AsyncHttpResponseStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.finish().map_err(Into::into))
    }
}

impl fmt::Debug for HttpRequestStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequestStream").finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpResponseStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponseStream")
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}
