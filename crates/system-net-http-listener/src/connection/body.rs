//! The bodies of the request that runs, as its streams read and write them.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use system_net_http_proto::ServerEvent;
use tokio::io::{AsyncRead, ReadBuf};

use super::{Connection, Io, Wait, lost, poll_too_slow};
use crate::error::{HttpListenerError, HttpListenerErrorKind};

/// Room for one read of a body that is parsed before it is handed on.
const BODY_READ: usize = 16 * 1024;
/// Into a buffer of at least this size the body is read directly.
const DIRECT_READ: usize = 1024;
/// Pieces up to this size are copied behind what waits to be written; of a body without a fixed
/// length also larger ones, in such steps.
const COPIED: usize = 16 * 1024;
/// Of a body that nobody wants so much is read at a time.
const DISCARDED: usize = 4 * 1024;
/// With this much waiting to be written nothing more is taken.
const WAITING: usize = 64 * 1024;

impl Connection {
    /// Reads from the request's body; nothing is read at its end. The first call asks a client that
    /// waits for it to send the body.
    pub(crate) fn poll_read_body(
        &self,
        number: u64,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        wait: &mut Wait,
    ) -> Poll<io::Result<()>> {
        let mut io = self.running(number)?;
        let io = &mut *io;
        if io.body_read > self.body_limit {
            return Poll::Ready(Err(self.body_too_long(io)));
        }
        // RFC 9110 section 10.1.1: 100 (Continue) says that the body is wanted. Once the response
        // has begun it is too late to say so.
        if io.http.awaits_continue() && !io.http.response_begun() {
            io.http.send_continue().map_err(HttpListenerError::from)?;
        }
        loop {
            match io.http.poll_event().map_err(HttpListenerError::from)? {
                ServerEvent::Body => {
                    let length = io.http.body().len().min(buf.remaining());
                    buf.put_slice(&io.http.body()[..length]);
                    io.http.consume_body(length);
                    wait.restart();
                    return Poll::Ready(self.count_body(io, length));
                }
                ServerEvent::Trailers(trailers) => io.trailers = Some(trailers),
                ServerEvent::NeedInput => match poll_more(io, cx, buf)? {
                    Poll::Ready(true) => {
                        // Of a fixed length, which is within the limits.
                        wait.restart();
                        return Poll::Ready(Ok(()));
                    }
                    Poll::Ready(false) => {}
                    Poll::Pending => {
                        io.program_waits = number;
                        let limit = self.timeouts().entity_body();
                        ready!(wait.poll(cx, self.clock(), limit));
                        io.close_after_response();
                        let error = HttpListenerError::new(
                            HttpListenerErrorKind::TimedOut,
                            "the client did not send the request's body in time",
                        );
                        return Poll::Ready(Err(error.into()));
                    }
                },
                // `End`; the others do not come within a request.
                _ => return Poll::Ready(Ok(())),
            }
        }
    }

    /// Counts what is handed on of a body whose length is not known beforehand.
    fn count_body(&self, io: &mut Io, length: usize) -> io::Result<()> {
        io.body_read += length as u64;
        if io.body_read <= self.body_limit {
            return Ok(());
        }
        Err(self.body_too_long(io))
    }

    /// Whether more of the request's body came than the limit lets through.
    pub(crate) fn body_is_too_long(&self) -> bool {
        self.lock().body_read > self.body_limit
    }

    #[cold]
    fn body_too_long(&self, io: &mut Io) -> io::Error {
        io.close_after_response();
        let limit = self.body_limit;
        let why = format!("the request's body is longer than the limit of {limit} bytes");
        HttpListenerError::new(HttpListenerErrorKind::BadRequest, why).into()
    }

    /// Reads the request's body and forgets it, as long as it is worth it: else false.
    pub(crate) async fn discard_body(&self, number: u64) -> bool {
        let mut left = self.run.shared.limits().drain_bytes;
        let mut wait = Wait::default();
        let mut block = [0; DISCARDED];
        loop {
            let read = poll_fn(|cx| {
                let mut buf = ReadBuf::new(&mut block);
                ready!(self.poll_read_body(number, cx, &mut buf, &mut wait))?;
                Poll::Ready(io::Result::Ok(buf.filled().len()))
            });
            match read.await {
                Ok(0) => return true,
                Ok(read) => match left.checked_sub(read as u64) {
                    Some(rest) => left = rest,
                    None => return false,
                },
                Err(_) => return false,
            }
        }
    }

    /// Takes what is buffered of the request's body, if anything is.
    pub(crate) fn read_buffered(&self, number: u64, buf: &mut [u8]) -> Option<usize> {
        let mut io = self.running(number).ok()?;
        let length = io.http.body().len().min(buf.len());
        // What goes beyond the limit is for the one who can say so.
        if length == 0 || io.body_read + length as u64 > self.body_limit {
            return None;
        }
        io.body_read += length as u64;
        buf[..length].copy_from_slice(&io.http.body()[..length]);
        io.http.consume_body(length);
        Some(length)
    }

    /// Writes a piece of the response's body; the head, if it waits, goes first and with it.
    pub(crate) fn poll_write_body(
        &self,
        number: u64,
        cx: &mut Context<'_>,
        data: &[u8],
        wait: &mut Wait,
    ) -> Poll<Result<usize, HttpListenerError>> {
        let mut io = self.running(number)?;
        let io = &mut *io;
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if io.http.output().len() >= WAITING || io.has_tail() {
            ready!(self.poll_flushed(io, cx, wait))?;
        }
        let left = io.http.remaining_body();
        if let Some(left) = left
            && data.len() > COPIED
            && data.len() as u64 <= left
        {
            return match io.poll_write_through(cx, data) {
                Poll::Ready(Ok(written)) => {
                    io.http.reserve_body(written)?;
                    io.http.commit_reserved();
                    Poll::Ready(Ok(written))
                }
                Poll::Ready(Err(error)) => Poll::Ready(Err(lost(error))),
                Poll::Pending => {
                    io.program_waits = number;
                    poll_too_slow(self, io, cx, wait.timer()).map(|error| Err(lost(error)))
                }
            };
        }
        // A body of fixed length is refused as a whole when it is too long.
        let piece = match left {
            Some(_) => data,
            None => &data[..data.len().min(COPIED)],
        };
        io.http.send_body(piece)?;
        match io.poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(lost(error))),
            // What could not be written now is written with the next piece or at the end.
            _ => Poll::Ready(Ok(piece.len())),
        }
    }

    /// Writes everything that waits.
    pub(crate) fn poll_flush_body(
        &self,
        number: u64,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<(), HttpListenerError>> {
        let mut io = self.running(number)?;
        self.poll_flushed(&mut io, cx, wait)
    }

    fn poll_flushed(
        &self,
        io: &mut Io,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<(), HttpListenerError>> {
        match io.poll_flush(cx) {
            Poll::Ready(result) => Poll::Ready(result.map_err(lost)),
            Poll::Pending => {
                io.program_waits = io.number;
                poll_too_slow(self, io, cx, wait.timer()).map(|error| Err(lost(error)))
            }
        }
    }
}

/// Reads more of the body: directly into `buf` (`true`), or into the connection's input.
fn poll_more(io: &mut Io, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> io::Result<Poll<bool>> {
    if !io.is_flushed() {
        // The client may wait for this before it sends more; if it does not take it now, that
        // must not keep us from reading.
        if let Poll::Ready(Err(error)) = io.poll_flush(cx) {
            return Err(error);
        }
    }
    let direct = io.http.direct_read_limit();
    if direct == 0 || buf.remaining() < DIRECT_READ {
        return match io.poll_fill(cx, BODY_READ) {
            Poll::Ready(result) => result.map(|()| Poll::Ready(false)),
            Poll::Pending => Ok(Poll::Pending),
        };
    }
    let most = buf.remaining().min(WAITING);
    let length = usize::try_from(direct).map_or(most, |direct| direct.min(most));
    let mut part = ReadBuf::new(buf.initialize_unfilled_to(length));
    match Pin::new(&mut io.transport).poll_read(cx, &mut part) {
        Poll::Pending => return Ok(Poll::Pending),
        Poll::Ready(result) => result?,
    }
    let read = part.filled().len();
    if read == 0 {
        io.http.handle_eof();
        return Ok(Poll::Ready(false));
    }
    buf.advance(read);
    io.count_direct(read);
    io.http.direct_read(read as u64);
    Ok(Poll::Ready(true))
}
