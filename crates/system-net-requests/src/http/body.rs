//! The body of a response while it is read: from the connection it came on, which goes back to the
//! pool the moment the body ends.

use std::task::{Context, Poll, ready};

use system_net_http_proto::ClientEvent;
use system_net_primitives::{Misuse, WebHeaderCollection};

use super::waiters::Waiters;
use crate::abort::AbortHandle;
use crate::connection::ReadError;
use crate::error::{Phase, WebError};
use crate::service_point::Lease;
use crate::timeouts::PieceLimit;

/// Up to how much is thrown away of a body that nobody wants, rather than close its connection: what
/// costs less than the round trips that open another one. `docs/performance.md` has the figures.
const DISCARD_LIMIT: u64 = 64 * 1024;

/// The rest of a response.
pub(crate) struct Body {
    /// `None` once the body has ended, failed or was closed.
    lease: Option<Lease>,
    abort: AbortHandle,
    closed: bool,
    waiters: Waiters,
    /// What few bodies have. Apart, as a body is moved to where it is read from.
    rare: Option<Box<Rare>>,
}

#[derive(Default)]
struct Rare {
    trailers: Option<WebHeaderCollection>,
    /// What the machine found wrong while there was nobody to tell; the next read tells.
    broken: Option<ReadError>,
    /// What a read has told; later ones tell the same. The end of a body is never made up.
    failed: Option<WebError>,
    /// How much more may be read; `None`: all there is.
    left: Option<u64>,
    time: Option<Box<PieceLimit>>,
}

impl Body {
    /// The body that follows a head just read on `lease`.
    #[inline]
    pub(super) fn new(lease: Lease, abort: AbortHandle) -> Self {
        let mut body = Self::of(Some(lease), abort);
        // Many bodies are empty, or came with the head: then nothing need be kept.
        body.look_ahead();
        body
    }

    /// No body at all.
    pub(super) fn empty(abort: AbortHandle) -> Self {
        Self::of(None, abort)
    }

    #[inline]
    fn of(lease: Option<Lease>, abort: AbortHandle) -> Self {
        Self {
            lease,
            abort,
            closed: false,
            waiters: Waiters::default(),
            rare: None,
        }
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Ends the body here if it is longer; the rest is not read.
    pub(super) fn limit(&mut self, bytes: u64) {
        self.rare().left = Some(bytes);
    }

    /// Limits the time that reading takes.
    pub(super) fn limit_time(&mut self, time: Option<Box<PieceLimit>>) {
        if time.is_some() {
            self.rare().time = time;
        }
    }

    /// How much of a buffer may be filled.
    fn room(&self, buffer: &[u8]) -> usize {
        let length = buffer.len();
        self.left().map_or(length, |left| {
            usize::try_from(left).map_or(length, |left| length.min(left))
        })
    }

    fn left(&self) -> Option<u64> {
        self.rare.as_deref()?.left
    }

    fn was_read(&mut self, bytes: usize) {
        if let Some(Rare {
            left: Some(left), ..
        }) = self.rare.as_deref_mut()
        {
            *left = left.saturating_sub(bytes as u64);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether all of it was read, and nothing was wrong with it.
    pub(super) fn has_ended(&self) -> bool {
        let broken = |rare: &Rare| rare.broken.is_some() || rare.failed.is_some();
        self.lease.is_none() && !self.closed && !self.rare.as_deref().is_some_and(broken)
    }

    /// Whether the request was aborted: the next read says so.
    pub(super) fn is_aborted(&self) -> bool {
        self.abort.is_aborted()
    }

    pub(super) fn trailers(&self) -> Option<&WebHeaderCollection> {
        self.rare.as_deref()?.trailers.as_ref()
    }

    /// Bytes that are here already; 0 says nothing about the end.
    pub(super) fn take_buffered(&mut self, buffer: &mut [u8]) -> usize {
        let room = self.room(buffer);
        let Some(lease) = self.lease.as_mut().filter(|_| !self.abort.is_aborted()) else {
            return 0;
        };
        let proto = &mut lease.connection().proto;
        let n = copy(proto.body(), &mut buffer[..room]);
        if n > 0 {
            proto.consume_body(n);
            self.was_read(n);
            self.look_ahead();
        }
        n
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
        let (Some(_), Some(rare)) = (&self.lease, self.rare.as_deref_mut()) else {
            return read;
        };
        let Some(time) = rare.time.as_deref_mut() else {
            return read;
        };
        match time.poll(cx, read.is_pending()) {
            Poll::Pending => read,
            Poll::Ready(error) => {
                self.lease = None;
                rare.failed = Some(error.repeated());
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
            if self.left() == Some(0) && self.lease.is_some() {
                // What is kept of it has been read.
                self.lease = None;
            }
            let room = self.room(buffer);
            let Some(lease) = &mut self.lease else {
                return Poll::Ready(self.read_after_end());
            };
            if buffer.is_empty() {
                return Poll::Ready(Ok(0));
            }
            if let Some(error) = self.rare.as_deref_mut().and_then(|rare| rare.broken.take()) {
                return Poll::Ready(Err(self.fail(error)));
            }
            let connection = lease.connection();
            let n = copy(connection.proto.body(), &mut buffer[..room]);
            if n > 0 {
                connection.proto.consume_body(n);
                self.was_read(n);
                self.look_ahead();
                return Poll::Ready(Ok(n));
            }
            let limit = connection.proto.direct_read_limit();
            let read = if limit > 0 {
                let limit = limit.min(room as u64);
                ready!(connection.poll_read_direct(cx, buffer, limit)).map(Some)
            } else if let Some(read) = connection.poll_read_chunks(cx, &mut buffer[..room]) {
                ready!(read).map(Some)
            } else {
                ready!(connection.poll_fill(cx)).map(|_| None)
            };
            let read = read.map_err(|error| self.fail(ReadError::Io(error)))?;
            self.was_read(read.unwrap_or(0));
            self.look_ahead();
            if let Some(n) = read.filter(|n| *n > 0) {
                return Poll::Ready(Ok(n));
            }
        }
    }

    /// What there is to read without a connection: the end, unless that was never reached.
    fn read_after_end(&self) -> Result<usize, WebError> {
        let failed = self.rare.as_deref().and_then(|rare| rare.failed.as_ref());
        match failed {
            Some(error) => Err(error.repeated()),
            None if self.closed => Err(Misuse::disposed("ResponseStream").into()),
            None => Ok(0),
        }
    }

    /// Advances, and keeps what is wrong for the next read: the bytes before it are good.
    fn look_ahead(&mut self) {
        if let Err(error) = self.advance() {
            self.rare().broken = Some(error);
        }
    }

    /// Lets the machine look at what is there, without waiting; gives the connection back at the
    /// end of the body.
    fn advance(&mut self) -> Result<(), ReadError> {
        loop {
            let Some(lease) = &mut self.lease else {
                return Ok(());
            };
            let proto = &mut lease.connection().proto;
            if !proto.body().is_empty() {
                return Ok(());
            }
            match proto.poll_event()? {
                ClientEvent::NeedInput | ClientEvent::Body => return Ok(()),
                ClientEvent::Trailers(trailers) => self.rare().trailers = Some(trailers),
                ClientEvent::End => {
                    self.finish();
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// The body has ended: the connection is free.
    fn finish(&mut self) {
        let Some(mut lease) = self.lease.take() else {
            return;
        };
        // An abort up to here may have shut the connection down; one from here on cannot.
        self.abort.detach();
        lease.connection().continue_delegate = None;
        let connection = lease.connection();
        connection.forget_size();
        let goes_on = connection.can_reuse() || connection.can_pass_on();
        if goes_on && !self.abort.is_aborted() {
            lease.give_back();
        }
    }

    /// The body cannot be read further: the connection is closed.
    fn fail(&mut self, error: ReadError) -> WebError {
        self.lease = None;
        let error = self.abort.explain(match error {
            ReadError::Io(error) => WebError::receive(error, Phase::ReadingBody),
            ReadError::Proto(error) => WebError::proto(error, Phase::ReadingBody),
        });
        self.rare().failed = Some(error.repeated());
        error
    }

    /// Throws away what the system holds of the body.
    fn discard(&mut self) {
        if self.abort.is_aborted() {
            return;
        }
        if let Some(lease) = &mut self.lease {
            lease.connection().discard(DISCARD_LIMIT);
            self.look_ahead();
        }
    }

    /// Gives up the rest. What has already arrived is skipped, in the machine's buffer and in the
    /// system's, so that a connection whose response is complete can be kept.
    pub(super) fn close(&mut self) {
        self.closed = true;
        while let Some(lease) = &mut self.lease {
            let proto = &mut lease.connection().proto;
            let n = proto.body().len();
            if n == 0 {
                break;
            }
            proto.consume_body(n);
            if self.advance().is_err() {
                break;
            }
        }
        self.discard();
        if let Some(mut lease) = self.lease.take() {
            // Who waits in poll(2) for this socket looks again.
            if let Some(socket) = lease.connection().killer() {
                socket.kill();
            }
        }
        self.waiters.wake();
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.close();
    }
}

fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let n = from.len().min(to.len());
    to[..n].copy_from_slice(&from[..n]);
    n
}
