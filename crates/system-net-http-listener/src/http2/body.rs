//! The bodies of a stream, as its request and its response read and write them.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::Reason;
use system_net_primitives::{HeaderSet, WebHeaderCollection};
use tokio::io::ReadBuf;

use super::driver::attend;
use super::response::Follows;
use super::sending::WAITING;
use super::stream::{State, Stream, failed, too_long};
use crate::connection::Wait;
use crate::error::{HttpListenerError, HttpListenerErrorKind};

/// Of a body that nobody wants so much is read at a time.
const DISCARDED: usize = 4 * 1024;

impl Stream {
    /// Reads from the request's body; nothing is read at its end. The first call asks a client that
    /// waits for it to send the body.
    pub(crate) fn poll_read_body(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        wait: &mut Wait,
    ) -> Poll<io::Result<()>> {
        let mut guard = self.running()?;
        let state = &mut *guard;
        let limit = self.connection().body_limit;
        if state.read > limit {
            return Poll::Ready(Err(body_too_long(limit)));
        }
        self.send_continue(state)?;
        loop {
            if state.read == limit && !state.buffered.is_empty() {
                state.read += 1;
                return Poll::Ready(Err(body_too_long(limit)));
            }
            let allowed = usize::try_from(limit - state.read).unwrap_or(usize::MAX);
            if let Some(taken) = take_buffered(state, buf.remaining().min(allowed)) {
                buf.put_slice(&taken);
                wait.restart();
                state.read += taken.len() as u64;
                return Poll::Ready(Ok(()));
            }
            match poll_piece(state, cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => {
                    let error = failed(error, "the request's body could not be read");
                    return Poll::Ready(Err(error.into()));
                }
                Poll::Pending => {
                    drop(guard);
                    attend(self.connection(), cx, self.is_inline());
                    let connection = self.connection();
                    let limit = connection.timeouts().entity_body();
                    ready!(wait.poll(cx, connection.clock(), limit));
                    let error = HttpListenerError::new(
                        HttpListenerErrorKind::TimedOut,
                        "the client did not send the request's body in time",
                    );
                    return Poll::Ready(Err(error.into()));
                }
            }
        }
    }

    /// Whether more of the request's body came than the limit lets through.
    pub(crate) fn body_is_too_long(&self) -> bool {
        self.lock().read > self.connection().body_limit
    }

    /// Takes what is buffered of the request's body, if anything is.
    pub(crate) fn read_buffered(&self, buf: &mut [u8]) -> Option<usize> {
        let mut state = self.running().ok()?;
        let length = state.buffered.len().min(buf.len()) as u64;
        // What goes beyond the limit is for the one who can say so.
        if state.read + length > self.connection().body_limit {
            return None;
        }
        let taken = take_buffered(&mut state, buf.len())?;
        state.read += length;
        buf[..taken.len()].copy_from_slice(&taken);
        Some(taken.len())
    }

    /// The fields behind the request's body, once it was read.
    pub(crate) fn trailers(&self) -> Option<WebHeaderCollection> {
        self.lock().trailers.clone()
    }

    /// Reads the request's body and forgets it, as long as it is worth it: else false.
    pub(crate) async fn discard_body(self: &Arc<Self>) -> bool {
        let mut left = self.connection().run.shared.limits().drain_bytes;
        let mut wait = Wait::default();
        let mut block = [0; DISCARDED];
        loop {
            let read = poll_fn(|cx| {
                let mut buf = ReadBuf::new(&mut block);
                ready!(self.poll_read_body(cx, &mut buf, &mut wait))?;
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

    /// Sends a piece of the response's body: as much of it as the client has room for.
    pub(crate) fn poll_write_body(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
        data: &[u8],
        wait: &mut Wait,
    ) -> Poll<Result<usize, HttpListenerError>> {
        let mut guard = self.running()?;
        let state = &mut *guard;
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let left = match state.follows {
            Follows::Dropped => return Poll::Ready(Ok(data.len())),
            Follows::Nothing => return Poll::Ready(Err(too_long(data.len() as u64))),
            // A body of fixed length is refused as a whole when it is too long.
            Follows::Fixed(left) if data.len() as u64 > left => {
                return Poll::Ready(Err(too_long(data.len() as u64 - left)));
            }
            Follows::Fixed(left) => Some(left),
            Follows::Unknown => None,
        };
        let Some(send) = &mut state.send else {
            return Poll::Ready(Err(HttpListenerError::answered()));
        };
        let broken = |error| failed(error, "the response could not be sent");
        loop {
            send.reserve_capacity(data.len().min(WAITING));
            let mut room = send.capacity().min(data.len());
            if room > 0 {
                if let Some(throttle) = &mut state.throttle {
                    let Poll::Ready(allowed) = throttle.poll_take(cx, room) else {
                        state.pace.rest(|| self.connection().clock().now());
                        drop(guard);
                        attend(self.connection(), cx, self.is_inline());
                        return Poll::Pending;
                    };
                    room = allowed;
                }
                let left = left.map(|left| left - room as u64);
                let piece = Bytes::copy_from_slice(&data[..room]);
                send.send_data(piece, left == Some(0)).map_err(broken)?;
                if let Some(left) = left {
                    state.follows = Follows::Fixed(left);
                }
                state.sent += room as u64;
                state.pace.rest(|| self.connection().clock().now());
                return Poll::Ready(Ok(room));
            }
            match send.poll_capacity(cx) {
                // It says at the next time what there is, or that one has to wait.
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(broken(error))),
                Poll::Ready(None) => {
                    let kind = HttpListenerErrorKind::ConnectionLost;
                    let what = "the client has ended the stream";
                    return Poll::Ready(Err(HttpListenerError::new(kind, what)));
                }
                Poll::Pending => break,
            }
        }
        let connection = self.connection();
        let (clock, timeouts) = (connection.clock(), connection.timeouts());
        let pace = &mut state.pace;
        let slow = pace.poll_too_slow(state.sent, cx, wait.timer(), clock, timeouts);
        if slow.is_ready() {
            send.send_reset(Reason::CANCEL);
            let kind = HttpListenerErrorKind::TimedOut;
            let what = "the client takes the response too slowly";
            return Poll::Ready(Err(HttpListenerError::new(kind, what)));
        }
        drop(guard);
        attend(connection, cx, self.is_inline());
        Poll::Pending
    }

    /// What was written goes out by itself: there is nothing to wait for.
    pub(crate) fn poll_flush_body(&self) -> Poll<Result<(), HttpListenerError>> {
        Poll::Ready(self.running().map(drop))
    }
}

#[cold]
fn body_too_long(limit: u64) -> io::Error {
    let why = format!("the request's body is longer than the limit of {limit} bytes");
    HttpListenerError::new(HttpListenerErrorKind::BadRequest, why).into()
}

/// Takes up to `most` of what is buffered, and gives the client room for as much.
fn take_buffered(state: &mut State, most: usize) -> Option<Bytes> {
    let length = state.buffered.len().min(most);
    if length == 0 {
        return None;
    }
    let taken = state.buffered.split_to(length);
    if let Some(receive) = &mut state.receive {
        // More than came is never released.
        let _ = receive.flow_control().release_capacity(length);
    }
    Some(taken)
}

/// The next piece of the request's body, into the buffer. False: its end.
fn poll_piece(state: &mut State, cx: &mut Context<'_>) -> Poll<Result<bool, h2::Error>> {
    let Some(receive) = &mut state.receive else {
        return Poll::Ready(Ok(false));
    };
    match ready!(receive.poll_data(cx)) {
        Some(Ok(data)) => {
            state.buffered = data;
            Poll::Ready(Ok(true))
        }
        Some(Err(error)) => Poll::Ready(Err(error)),
        None => {
            if state.trailers.is_none()
                && let Some(trailers) = ready!(receive.poll_trailers(cx))?
            {
                let fields = || {
                    let fields = trailers.iter();
                    fields.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
                };
                let trailers = WebHeaderCollection::of_fields(HeaderSet::Request, fields);
                state.trailers = Some(trailers);
            }
            Poll::Ready(Ok(false))
        }
    }
}
