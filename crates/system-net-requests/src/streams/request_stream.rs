//! `RequestStream`: the body of a request, written by the caller.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use system_net_primitives::{AsyncCallback, AsyncResult, AsyncState, Misuse};
use system_net_runtime::block_on;
use tokio::io::AsyncWrite;

use super::response_stream::Wait;
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::rate_limit::{RateLimit, limited_sink};

/// Where the bytes of a request body go. What authors of protocols implement.
pub trait RequestSink: Send {
    /// Takes some bytes.
    ///
    /// # Errors
    /// What the protocol says; a [`WebError`] inside keeps its status.
    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>>;

    /// Sends what was taken.
    ///
    /// # Errors
    /// As for `poll_write`.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends the body: checks its length, sends what is left. Called once more after `Pending`.
    ///
    /// # Errors
    /// As for `poll_write`, and when the body is shorter than its announced length.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// The stream is dropped without having been closed. Ends the body as far as that is possible
    /// without waiting.
    fn abandon(&mut self);

    /// How long a blocking write may wait; `None`: without limit.
    fn write_timeout(&self) -> Option<Duration> {
        None
    }
}

/// The body of a request: write-only, not seekable.
///
/// [`close`](Self::close) it before the response is asked for. A stream that is dropped counts as
/// closed; what is wrong with it is then told by `get_response`.
///
/// # Blocking
/// Writes wait until the data is on its way, at most the request's `read_write_timeout`.
///
/// .NET: `System.IO.Stream` as returned by `System.Net.WebRequest.GetRequestStream`
pub struct RequestStream {
    /// `None` once closed or turned into the asynchronous kind.
    sink: Option<SharedSink>,
    /// A write that `begin_write` started is under way.
    writing: Arc<AtomicBool>,
}

/// Shared with the writes that `begin_write` started.
type SharedSink = Arc<Mutex<Box<dyn RequestSink>>>;

impl RequestSink for SharedSink {
    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        lock(self).poll_write(cx, data)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        lock(self).poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        lock(self).poll_close(cx)
    }

    fn abandon(&mut self) {
        lock(self).abandon();
    }

    fn write_timeout(&self) -> Option<Duration> {
        lock(self).write_timeout()
    }
}

impl RequestStream {
    /// A stream over a sink.
    #[must_use]
    pub fn new(sink: Box<dyn RequestSink>) -> Self {
        Self {
            sink: Some(Arc::new(Mutex::new(sink))),
            writing: Arc::default(),
        }
    }

    /// Always false.
    ///
    /// .NET: `System.IO.Stream.CanRead`
    #[must_use]
    pub fn can_read(&self) -> bool {
        false
    }

    /// Always true.
    ///
    /// .NET: `System.IO.Stream.CanWrite`
    #[must_use]
    pub fn can_write(&self) -> bool {
        true
    }

    /// Always false.
    ///
    /// .NET: `System.IO.Stream.CanSeek`
    #[must_use]
    pub fn can_seek(&self) -> bool {
        false
    }

    /// A network stream has no position.
    ///
    /// # Errors
    /// Always [`Misuse::NotSupported`].
    ///
    /// .NET: `System.IO.Stream.Position`
    pub fn position(&self) -> Result<u64, Misuse> {
        Err(not_seekable())
    }

    /// A network stream has no position.
    ///
    /// # Errors
    /// Always [`Misuse::NotSupported`].
    ///
    /// .NET: `System.IO.Stream.Seek`
    pub fn seek(&mut self, _to: io::SeekFrom) -> Result<u64, Misuse> {
        Err(not_seekable())
    }

    /// Ends the body. Closing twice is harmless.
    ///
    /// # Errors
    /// Fewer bytes were written than the content length says (status `RequestCanceled`), or the
    /// connection failed.
    ///
    /// # Blocking
    /// Until the rest is sent, at most the request's `read_write_timeout`.
    ///
    /// .NET: `System.IO.Stream.Close`
    pub fn close(&mut self) -> Result<(), WebError> {
        let Some(sink) = self.sink.take() else {
            return Ok(());
        };
        blocking(&sink, |sink, cx| sink.poll_close(cx)).map_err(sending)
    }

    /// The same stream, written no faster than a limit allows.
    #[must_use]
    pub fn limited(mut self, limit: &RateLimit) -> Self {
        let sink = self.sink.take();
        Self {
            sink: sink.map(|sink| Arc::new(Mutex::new(limited_sink(Box::new(sink), limit)))),
            writing: Arc::default(),
        }
    }

    /// The same stream for asynchronous code. `shutdown` closes it.
    #[must_use]
    pub fn into_async(mut self) -> AsyncRequestStream {
        AsyncRequestStream {
            sink: self.sink.take(),
        }
    }

    /// Starts writing `data`. One write at a time: a second one before the first has ended fails
    /// with `InvalidInput`, as it would be a matter of luck which goes first. The write runs on the background runtime; `callback` is called
    /// there, once.
    ///
    /// .NET: `System.IO.Stream.BeginWrite`
    pub fn begin_write(
        &self,
        data: Vec<u8>,
        callback: Option<AsyncCallback<io::Result<()>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<io::Result<()>> {
        let sink = self.sink.clone();
        let turn = Turn::take(&self.writing);
        let write = async move {
            let sink = sink.ok_or_else(closed)?;
            let _turn = turn?;
            let mut rest = &data[..];
            while !rest.is_empty() {
                let n = poll_fn(|cx| lock(&sink).poll_write(cx, rest)).await?;
                rest = &rest[n..];
            }
            Ok(())
        };
        system_net_runtime::begin(write, callback, state)
    }

    /// Waits for the end of a write.
    ///
    /// # Errors
    /// The write's own; `InvalidInput` if it was ended before.
    ///
    /// .NET: `System.IO.Stream.EndWrite`
    pub fn end_write(&self, result: &AsyncResult<io::Result<()>>) -> io::Result<()> {
        result
            .end()
            .map_err(|misuse| io::Error::new(io::ErrorKind::InvalidInput, misuse))?
    }

    fn sink(&self) -> io::Result<&SharedSink> {
        self.sink.as_ref().ok_or_else(closed)
    }
}

impl Write for RequestStream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let sink = self.sink()?;
        if data.is_empty() {
            return Ok(0);
        }
        blocking(sink, |sink, cx| sink.poll_write(cx, data))
    }

    fn flush(&mut self) -> io::Result<()> {
        blocking(self.sink()?, |sink, cx| sink.poll_flush(cx))
    }
}

impl Drop for RequestStream {
    fn drop(&mut self) {
        if let Some(sink) = self.sink.take() {
            lock(&sink).abandon();
        }
    }
}

impl fmt::Debug for RequestStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestStream")
            .field("open", &self.sink.is_some())
            .finish_non_exhaustive()
    }
}

/// A [`RequestStream`] for asynchronous code. `shutdown` closes it; its writes have no time-out of
/// their own.
pub struct AsyncRequestStream {
    sink: Option<SharedSink>,
}

impl AsyncRequestStream {
    /// A stream that was closed already.
    pub(crate) fn closed() -> Self {
        Self { sink: None }
    }

    /// The same stream for blocking code.
    #[must_use]
    pub fn into_sync(mut self) -> RequestStream {
        RequestStream {
            sink: self.sink.take(),
            writing: Arc::default(),
        }
    }

    /// Ends the body, as [`RequestStream::close`] does.
    ///
    /// # Errors
    /// As there.
    pub async fn close(&mut self) -> Result<(), WebError> {
        let Some(sink) = self.sink.take() else {
            return Ok(());
        };
        poll_fn(|cx| lock(&sink).poll_close(cx))
            .await
            .map_err(sending)
    }
}

impl AsyncWrite for AsyncRequestStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &self.sink {
            Some(_) if data.is_empty() => Poll::Ready(Ok(0)),
            Some(sink) => lock(sink).poll_write(cx, data),
            None => Poll::Ready(Err(closed())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.sink {
            Some(sink) => lock(sink).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(sink) = &self.sink else {
            return Poll::Ready(Ok(()));
        };
        let closed = std::task::ready!(lock(sink).poll_close(cx));
        self.sink = None;
        Poll::Ready(closed)
    }
}

impl Drop for AsyncRequestStream {
    fn drop(&mut self) {
        if let Some(sink) = self.sink.take() {
            lock(&sink).abandon();
        }
    }
}

impl fmt::Debug for AsyncRequestStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncRequestStream").finish_non_exhaustive()
    }
}

/// The turn of a write that `begin_write` started.
struct Turn(Arc<AtomicBool>);

impl Turn {
    fn take(writing: &Arc<AtomicBool>) -> io::Result<Self> {
        if writing.swap(true, Ordering::SeqCst) {
            let misuse = Misuse::invalid_operation("another write to this stream has not ended");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, misuse));
        }
        Ok(Self(Arc::clone(writing)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// One operation of the sink on the caller's thread, within the sink's time-out.
fn blocking<T>(
    sink: &SharedSink,
    mut operation: impl FnMut(&mut dyn RequestSink, &mut Context<'_>) -> Poll<io::Result<T>>,
) -> io::Result<T> {
    let mut wait = Wait::new(lock(sink).write_timeout());
    block_on(poll_fn(|cx| match operation(&mut **lock(sink), cx) {
        Poll::Ready(result) => Poll::Ready(result),
        Poll::Pending => wait.poll(cx, Phase::Sending).map(Err),
    }))
}

fn sending(error: io::Error) -> WebError {
    WebError::from_io(error, WebExceptionStatus::SendFailure, Phase::Sending)
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, Misuse::disposed("RequestStream"))
}

fn not_seekable() -> Misuse {
    Misuse::not_supported("this stream does not support seek operations")
}

fn lock(sink: &Mutex<Box<dyn RequestSink>>) -> MutexGuard<'_, Box<dyn RequestSink>> {
    sink.lock().unwrap_or_else(PoisonError::into_inner)
}
