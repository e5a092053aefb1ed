//! The body of a response over HTTP/2 while it is read: what was read makes room for as much more.

use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use system_net_primitives::{Misuse, WebHeaderCollection};

use super::waiters::Waiters;
use crate::abort::AbortHandle;
use crate::error::WebError;
use crate::http2::Http2Stream;
use crate::timeouts::PieceLimit;

/// The rest of a response.
pub(super) struct Http2Body {
    /// `None` once the body has ended, failed or was closed.
    stream: Option<Box<Http2Stream>>,
    /// The piece that is being read, and how long it was.
    piece: Bytes,
    length: usize,
    abort: AbortHandle,
    trailers: Option<Box<WebHeaderCollection>>,
    closed: bool,
    /// What a read has told; later ones tell the same. The end of a body is never made up.
    failed: Option<WebError>,
    waiters: Waiters,
    /// How much more may be read; `None`: all there is.
    left: Option<u64>,
    /// How long reading may take.
    time: Option<Box<PieceLimit>>,
}

impl Http2Body {
    /// The body that follows a head just read.
    pub(super) fn new(stream: Box<Http2Stream>, abort: AbortHandle) -> Self {
        let mut body = Self {
            stream: Some(stream),
            piece: Bytes::new(),
            length: 0,
            abort,
            trailers: None,
            closed: false,
            failed: None,
            waiters: Waiters::default(),
            left: None,
            time: None,
        };
        body.end_if_at_end();
        body
    }

    pub(super) fn limit(&mut self, bytes: u64) {
        self.left = Some(bytes);
    }

    /// Limits the time that reading takes.
    pub(super) fn limit_time(&mut self, time: Option<Box<PieceLimit>>) {
        self.time = time;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether all of it was read, and nothing was wrong with it.
    pub(super) fn has_ended(&self) -> bool {
        self.stream.is_none() && self.piece.is_empty() && !self.closed && self.failed.is_none()
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.abort.is_aborted()
    }

    pub(super) fn trailers(&self) -> Option<&WebHeaderCollection> {
        self.trailers.as_deref()
    }

    pub(super) fn take_buffered(&mut self, buffer: &mut [u8]) -> usize {
        match self.abort.is_aborted() || self.closed {
            true => 0,
            false => self.take(buffer),
        }
    }

    /// Reads some bytes; 0 is the end. Any number of readers may wait.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, WebError>> {
        if self.waiters.is_empty() {
            let result = self.poll_read_in_time(cx, buffer);
            if result.is_pending() {
                self.waiters.add(cx);
            }
            return result;
        }
        let mut waiters = std::mem::take(&mut self.waiters);
        let result = waiters.poll(cx, |cx| self.poll_read_in_time(cx, buffer));
        self.waiters = waiters;
        result
    }

    fn poll_read_in_time(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, WebError>> {
        let read = self.poll_read_once(cx, buffer);
        let Some(time) = self.time.as_deref_mut().filter(|_| self.stream.is_some()) else {
            return read;
        };
        match time.poll(cx, read.is_pending()) {
            Poll::Pending => read,
            Poll::Ready(error) => {
                self.stream = None;
                self.piece = Bytes::new();
                self.failed = Some(error.repeated());
                Poll::Ready(Err(error))
            }
        }
    }

    fn poll_read_once(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, WebError>> {
        loop {
            self.abort.check()?;
            if self.left == Some(0) {
                // What is kept of it has been read; the rest is not wanted.
                self.piece = Bytes::new();
                self.stream = None;
            }
            let n = self.take(buffer);
            if n > 0 || (buffer.is_empty() && self.stream.is_some()) {
                return Poll::Ready(Ok(n));
            }
            let Some(stream) = &mut self.stream else {
                return Poll::Ready(self.read_after_end());
            };
            match ready!(stream.poll_data(cx)) {
                Some(Ok(piece)) => {
                    self.length = piece.len();
                    self.piece = piece;
                    self.end_if_at_end();
                }
                Some(Err(error)) => return Poll::Ready(Err(self.fail(error))),
                None => match ready!(stream.poll_trailers(cx)) {
                    Ok(trailers) => {
                        self.trailers = trailers.map(Box::new);
                        self.finish();
                    }
                    Err(error) => return Poll::Ready(Err(self.fail(error))),
                },
            }
        }
    }

    /// Takes from the piece that is here. When all of it was taken the server may send as much more.
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let mut n = self.piece.len().min(buffer.len());
        if let Some(left) = self.left {
            n = usize::try_from(left).map_or(n, |left| n.min(left));
        }
        if n == 0 {
            return 0;
        }
        buffer[..n].copy_from_slice(&self.piece[..n]);
        self.piece.advance(n);
        if let Some(left) = &mut self.left {
            *left -= n as u64;
        }
        if self.piece.is_empty() {
            self.piece = Bytes::new();
            if let Some(stream) = &mut self.stream {
                stream.release(self.length);
            }
        }
        n
    }

    /// Nothing comes after the piece: the stream is over, whether that is read now or later.
    fn end_if_at_end(&mut self) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        if stream.is_at_end() {
            // The connection's window is the others', too.
            stream.release(self.piece.len());
            self.finish();
        }
    }

    /// The body has ended: there is room for another stream.
    fn finish(&mut self) {
        self.stream = None;
        // An abort up to here may have cancelled the stream; one from here on cannot.
        self.abort.detach();
    }

    fn read_after_end(&self) -> Result<usize, WebError> {
        match &self.failed {
            Some(error) => Err(error.repeated()),
            None if self.closed => Err(Misuse::disposed("ResponseStream").into()),
            None => Ok(0),
        }
    }

    fn fail(&mut self, error: WebError) -> WebError {
        self.stream = None;
        let error = self.abort.explain(error);
        self.failed = Some(error.repeated());
        error
    }

    /// Gives up the rest: the stream is cancelled, and the connection lives on.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.piece = Bytes::new();
        if let Some(stream) = self.stream.take() {
            // Who waits for this stream looks again.
            stream.killer().kill();
        }
        self.waiters.wake();
    }
}

impl Drop for Http2Body {
    fn drop(&mut self) {
        self.close();
    }
}
