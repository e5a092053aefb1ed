//! `ResponseStream`: the body of a response, read as it arrives.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use system_net_primitives::{AsyncCallback, AsyncResult, AsyncState, Misuse};
use system_net_runtime::{Timer, block_on};
use tokio::io::{AsyncRead, ReadBuf};

use super::sources::{AsyncSource, BlockingSource};
use crate::blocking::deadline_after;
use crate::error::{Phase, WebError};
use crate::rate_limit::{RateLimit, limited_source};

/// Where the bytes of a response come from. What authors of protocols implement, unless
/// [`ResponseStream::from_reader`] or [`ResponseStream::from_async_reader`] serves them.
pub trait ResponseSource: Send + Sync {
    /// Reads some bytes; 0 is the end.
    ///
    /// # Errors
    /// What the protocol says; a [`WebError`] inside keeps its status.
    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Reads for a blocking caller without the help of an executor: bytes that are already here,
    /// or a source that is itself blocking. `None`: use [`poll_read`](Self::poll_read).
    fn read_now(&self, _buffer: &mut [u8]) -> Option<io::Result<usize>> {
        None
    }

    /// Gives up the rest of the response and what it holds.
    fn close(&self);

    /// How long a blocking read may wait for its next bytes; `None`: without limit.
    fn read_timeout(&self) -> Option<Duration> {
        None
    }
}

/// The body of a response: read-only, not seekable, read as it arrives.
///
/// It is a handle: the response it came from can be dropped first. When the body has been read to
/// its end, the connection is free again; when the last handle is dropped or
/// [`close`](Self::close)d earlier, the connection is closed, unless the rest had already arrived.
///
/// # Blocking
/// `read` waits for the next bytes, at most the request's `read_write_timeout`, and needs no
/// runtime. For asynchronous code see [`into_async`](Self::into_async).
///
/// .NET: `System.IO.Stream` as returned by `System.Net.WebResponse.GetResponseStream`
pub struct ResponseStream {
    source: Arc<dyn ResponseSource>,
}

impl ResponseStream {
    /// A stream over a source.
    #[must_use]
    pub fn new(source: Arc<dyn ResponseSource>) -> Self {
        Self { source }
    }

    /// A stream over a blocking reader, such as a file. Asynchronous reads of it run on the
    /// background runtime's threads for blocking work.
    #[must_use]
    pub fn from_reader(reader: impl Read + Send + 'static) -> Self {
        Self::new(Arc::new(BlockingSource::new(reader)))
    }

    /// A stream over an asynchronous reader.
    #[must_use]
    pub fn from_async_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::new(Arc::new(AsyncSource::new(reader)))
    }

    /// Always true.
    ///
    /// .NET: `System.IO.Stream.CanRead`
    #[must_use]
    pub fn can_read(&self) -> bool {
        true
    }

    /// Always false.
    ///
    /// .NET: `System.IO.Stream.CanWrite`
    #[must_use]
    pub fn can_write(&self) -> bool {
        false
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

    /// Gives up the rest of the body. Closing twice, or after the response, is harmless.
    ///
    /// .NET: `System.IO.Stream.Close`
    pub fn close(&self) {
        self.source.close();
    }

    /// How long a blocking read waits for its next bytes; `None`: without limit.
    ///
    /// .NET: `System.IO.Stream.ReadTimeout`
    #[must_use]
    pub fn read_timeout(&self) -> Option<Duration> {
        self.source.read_timeout()
    }

    /// The same stream, read no faster than a limit allows.
    #[must_use]
    pub fn limited(self, limit: &RateLimit) -> Self {
        Self {
            source: limited_source(self.source, limit),
        }
    }

    /// The same stream for asynchronous code.
    #[must_use]
    pub fn into_async(self) -> AsyncResponseStream {
        AsyncResponseStream {
            source: self.source,
        }
    }

    /// Starts reading up to `size` bytes; the result holds the bytes read, none at the end.
    ///
    /// The read runs on the background runtime; `callback` is called there, once.
    ///
    /// .NET: `System.IO.Stream.BeginRead`
    pub fn begin_read(
        &self,
        size: usize,
        callback: Option<AsyncCallback<io::Result<Vec<u8>>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<io::Result<Vec<u8>>> {
        let source = Arc::clone(&self.source);
        let read = async move {
            let mut buffer = vec![0; size];
            let n = poll_fn(|cx| source.poll_read(cx, &mut buffer)).await?;
            buffer.truncate(n);
            Ok(buffer)
        };
        system_net_runtime::begin(read, callback, state)
    }

    /// Waits for the end of a read and takes its bytes; none at the end of the body.
    ///
    /// # Errors
    /// The read's own; `InvalidInput` if it was ended before.
    ///
    /// .NET: `System.IO.Stream.EndRead`
    pub fn end_read(&self, result: &AsyncResult<io::Result<Vec<u8>>>) -> io::Result<Vec<u8>> {
        result
            .end()
            .map_err(|misuse| io::Error::new(io::ErrorKind::InvalidInput, misuse))?
    }
}

impl Read for ResponseStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if let Some(result) = self.source.read_now(buffer) {
            return result;
        }
        let source = &*self.source;
        let mut wait = Wait::new(source.read_timeout());
        block_on(poll_fn(|cx| match source.poll_read(cx, buffer) {
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => wait.poll(cx, Phase::ReadingBody).map(Err),
        }))
    }
}

impl fmt::Debug for ResponseStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseStream").finish_non_exhaustive()
    }
}

/// A [`ResponseStream`] for asynchronous code. Its reads have no time-out of their own.
pub struct AsyncResponseStream {
    source: Arc<dyn ResponseSource>,
}

impl AsyncResponseStream {
    /// The same stream for blocking code.
    #[must_use]
    pub fn into_sync(self) -> ResponseStream {
        ResponseStream {
            source: self.source,
        }
    }
}

impl AsyncRead for AsyncResponseStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let n = ready!(self.source.poll_read(cx, buffer.initialize_unfilled()))?;
        buffer.advance(n);
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for AsyncResponseStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncResponseStream")
            .finish_non_exhaustive()
    }
}

/// The time-out of one blocking read or write; the clock is asked only if it really waits.
pub(super) struct Wait {
    limit: Option<Duration>,
    armed: Option<(Timer, std::time::Instant)>,
}

impl Wait {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self { limit, armed: None }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>, phase: Phase) -> Poll<io::Error> {
        let Some(limit) = self.limit else {
            return Poll::Pending;
        };
        if self.armed.is_none() {
            self.armed = deadline_after(limit).map(|deadline| (Timer::new(), deadline));
        }
        let Some((timer, deadline)) = &mut self.armed else {
            return Poll::Pending;
        };
        ready!(timer.poll_until(cx, *deadline));
        Poll::Ready(WebError::timeout(phase, limit).into_io())
    }
}

fn not_seekable() -> Misuse {
    Misuse::not_supported("this stream does not support seek operations")
}
