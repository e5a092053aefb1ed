//! The two ends of a connection put together: the transport and the protocol's state.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;

use bytes::Bytes;
use system_net_http_proto::ServerConnection;
use system_net_primitives::{Clock, WebHeaderCollection};
use system_net_runtime::{Timer, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::ledger::Ledger;
use super::scratch::with_scratch;
use crate::bandwidth::{Bandwidth, Throttle};
use crate::date::OwnFields;
use crate::pace::Pace;
use crate::timeouts::HttpListenerTimeoutManager;

/// How much is read at a time of what nobody wants.
const DISCARDED: usize = 4096;

/// Whose turn it is on the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The connection's task reads the next request, or ends the connection.
    Task,
    /// A context has the request.
    Running,
    /// The response is given completely; what is left of it to be written stands in the output.
    Finished,
    /// The context was dropped before it answered.
    Dropped {
        /// By a panic.
        panicking: bool,
    },
    /// The connection was ended.
    Aborted,
    /// Another listener has it.
    Moved,
}

/// The state of a connection, under its lock.
pub(crate) struct Io {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) http: ServerConnection,
    /// The body that follows the output.
    tail: Option<Tail>,
    /// Bytes were given to the transport that it may hold back until it is flushed.
    unflushed: bool,
    /// Nothing more will be written.
    shut: bool,
    /// There is input the protocol was not asked about yet.
    pub(crate) news: bool,
    pace: Pace,
    /// By which the pace is measured, once it was.
    pace_clock: Option<Arc<dyn Clock>>,
    /// What was written to the transport, and read from it, in all.
    sent: u64,
    received: u64,
    /// What goes into the access log, if there is one.
    pub(crate) ledger: Option<Box<Ledger>>,
    /// How fast we may write, where that is limited.
    throttle: Option<Box<Throttle>>,
    pub(crate) phase: Phase,
    /// Counts the requests; what belongs to an earlier one than the current may not touch anything.
    pub(crate) number: u64,
    /// The connection ends with the current response, whatever else happens.
    pub(crate) last: bool,
    /// It is a HEAD request.
    pub(crate) head_request: bool,
    /// Bytes of the request's body that were handed on.
    pub(crate) body_read: u64,
    /// The connection's task, once it has waited.
    pub(crate) task: Option<Waker>,
    /// The task waits for the end of the phase `Running`.
    pub(crate) task_waits: bool,
    /// The task has waited during the current request.
    pub(crate) task_waited: bool,
    /// The last request whose program has waited for the client, to read or to write.
    pub(crate) program_waits: u64,
    /// When the timer of the task wakes it at the latest, if it waits for the answer.
    pub(crate) wakes_at: Option<Instant>,
    /// When the connection became idle, if the task was not told.
    pub(crate) idle_since: Option<Instant>,
    pub(crate) own_fields: OwnFields,
    /// When the last response was given, if it was given whole.
    pub(crate) answered: Option<Instant>,
    /// The memory of the last response's headers.
    pub(crate) spare_headers: Option<Box<WebHeaderCollection>>,
    /// The fields behind a chunked request body.
    pub(crate) trailers: Option<WebHeaderCollection>,
}

struct Tail {
    data: Bytes,
    sent: usize,
}

impl Io {
    pub(crate) fn new(transport: Box<dyn Transport>, http: ServerConnection) -> Self {
        Self {
            transport,
            http,
            tail: None,
            unflushed: false,
            shut: false,
            news: false,
            pace: Pace::default(),
            pace_clock: None,
            sent: 0,
            received: 0,
            ledger: None,
            throttle: None,
            phase: Phase::Task,
            number: 0,
            last: false,
            head_request: false,
            body_read: 0,
            task: None,
            task_waits: false,
            task_waited: false,
            program_waits: 0,
            wakes_at: None,
            idle_since: None,
            own_fields: OwnFields::default(),
            answered: None,
            spare_headers: None,
            trailers: None,
        }
    }

    /// Forgets what holds for the listener and the task that have had the connection.
    pub(crate) fn forget_listener(&mut self) {
        self.throttle = None;
        self.task = None;
        self.task_waits = false;
        self.task_waited = false;
        self.program_waits = 0;
        self.wakes_at = None;
        self.idle_since = None;
        self.own_fields = OwnFields::default();
        self.answered = None;
    }

    /// Makes the current response the last.
    pub(crate) fn close_after_response(&mut self) {
        self.last = true;
        self.http.close_after_response();
    }

    /// Whether everything was handed to the transport.
    #[inline]
    pub(crate) fn is_flushed(&self) -> bool {
        self.http.output().is_empty() && self.tail.is_none() && !self.unflushed
    }

    /// Lets `body` follow the output, without a copy. Nothing may be put into the output until both
    /// are written.
    pub(crate) fn set_tail(&mut self, body: Bytes) {
        debug_assert!(self.tail.is_none(), "the tail before is written first");
        if !body.is_empty() {
            self.tail = Some(Tail {
                data: body,
                sent: 0,
            });
        }
    }

    pub(crate) fn has_tail(&self) -> bool {
        self.tail.is_some()
    }

    /// Writes all output. On `Pending` whoever polls looks at
    /// [`poll_too_slow`](Self::poll_too_slow) too.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.throttle.is_some() {
            ready!(self.poll_write_throttled(cx))?;
        }
        loop {
            let output = self.http.output();
            let transport = Pin::new(&mut self.transport);
            let written = match &self.tail {
                None if output.is_empty() => break,
                None => ready!(transport.poll_write(cx, output))?,
                Some(tail) => {
                    let parts = [IoSlice::new(output), IoSlice::new(&tail.data[tail.sent..])];
                    let first = usize::from(output.is_empty());
                    ready!(transport.poll_write_vectored(cx, &parts[first..]))?
                }
            };
            self.written(written)?;
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.transport).poll_flush(cx))?;
            self.unflushed = false;
            self.rest();
        }
        Poll::Ready(Ok(()))
    }

    /// Writes all output, as fast as the limits allow.
    #[cold]
    fn poll_write_throttled(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(throttle) = &mut self.throttle {
            let output = self.http.output();
            let piece = match &self.tail {
                _ if !output.is_empty() => output,
                Some(tail) => &tail.data[tail.sent..],
                None => break,
            };
            let Poll::Ready(allowed) = throttle.poll_take(cx, piece.len()) else {
                return self.poll_meanwhile(cx);
            };
            let polled = Pin::new(&mut self.transport).poll_write(cx, &piece[..allowed]);
            let written = match &polled {
                Poll::Ready(Ok(written)) => *written,
                _ => 0,
            };
            throttle.give_back(allowed - written);
            self.written(ready!(polled)?)?;
        }
        Poll::Ready(Ok(()))
    }

    /// While the limits let nothing through, what they let through before goes out. Never ready, unless
    /// that fails.
    fn poll_meanwhile<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if self.unflushed {
            ready!(Pin::new(&mut self.transport).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Pending
    }

    /// Whether what is written from now on is limited just like this.
    pub(crate) fn is_limited_by(&self, bandwidth: &Bandwidth) -> bool {
        Throttle::is_for(self.throttle.as_deref(), bandwidth)
    }

    /// Limits what is written from now on.
    pub(crate) fn limit_by(&mut self, bandwidth: &Bandwidth) {
        self.throttle = Throttle::new(bandwidth);
    }

    fn written(&mut self, written: usize) -> io::Result<()> {
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.unflushed = true;
        self.sent += written as u64;
        let of_output = written.min(self.http.output().len());
        self.http.consume_output(of_output);
        if let Some(tail) = &mut self.tail {
            tail.sent += written - of_output;
            if tail.sent == tail.data.len() {
                self.tail = None;
            }
        }
        Ok(())
    }

    /// Writes the output and as much of `data` behind it as the transport takes: at least one byte.
    pub(crate) fn poll_write_through(
        &mut self,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut data = data;
        let mut allowed = data.len();
        if self.throttle.is_some() {
            ready!(self.poll_write_throttled(cx))?;
        }
        if let Some(throttle) = &mut self.throttle {
            let Poll::Ready(taken) = throttle.poll_take(cx, allowed) else {
                return self.poll_meanwhile(cx);
            };
            allowed = taken;
            data = &data[..allowed];
        }
        let polled = self.poll_write_allowed(cx, data);
        if let Some(throttle) = &self.throttle {
            let written = match &polled {
                Poll::Ready(Ok(written)) => *written,
                _ => 0,
            };
            throttle.give_back(allowed - written);
        }
        polled
    }

    fn poll_write_allowed(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let output = self.http.output();
            let waiting = output.len();
            let parts = [IoSlice::new(output), IoSlice::new(data)];
            let first = usize::from(waiting == 0);
            let transport = Pin::new(&mut self.transport);
            let written = ready!(transport.poll_write_vectored(cx, &parts[first..]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unflushed = true;
            self.sent += written as u64;
            let of_output = written.min(waiting);
            self.http.consume_output(of_output);
            if written > of_output {
                self.rest();
                return Poll::Ready(Ok(written - of_output));
            }
        }
    }

    /// Ready if the client takes the output too slowly.
    pub(crate) fn poll_too_slow(
        &mut self,
        cx: &mut Context<'_>,
        timer: &mut Timer,
        clock: &Arc<dyn Clock>,
        timeouts: &HttpListenerTimeoutManager,
    ) -> Poll<()> {
        if self
            .throttle
            .as_ref()
            .is_some_and(|throttle| throttle.waits())
        {
            // It is we who wait, and are woken when we may go on.
            self.rest();
            return Poll::Pending;
        }
        self.pace_clock.get_or_insert_with(|| Arc::clone(clock));
        let taken = self.sent;
        self.pace
            .poll_too_slow(taken, cx, timer, &**clock, timeouts)
    }

    /// Nothing waits for the client any more.
    #[inline]
    fn rest(&mut self) {
        if self.pace.waits()
            && let Some(clock) = &self.pace_clock
        {
            self.pace.rest(|| clock.now());
        }
    }

    /// Reads once into the input, between requests: into memory of the thread first, as most
    /// connections wait most of the time.
    pub(crate) fn poll_fill_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        with_scratch(|scratch| {
            let mut buf = ReadBuf::new(scratch);
            ready!(Pin::new(&mut self.transport).poll_read(cx, &mut buf))?;
            self.news = true;
            match buf.filled() {
                [] => self.http.handle_eof(),
                data => {
                    self.received += data.len() as u64;
                    self.http.handle_input(data);
                }
            }
            Poll::Ready(Ok(()))
        })
    }

    /// Reads once into the input; its end is told to the protocol.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>, room: usize) -> Poll<io::Result<()>> {
        let mut buf = ReadBuf::new(self.http.input_space(room));
        ready!(Pin::new(&mut self.transport).poll_read(cx, &mut buf))?;
        self.news = true;
        match buf.filled().len() {
            0 => self.http.handle_eof(),
            length => {
                self.received += length as u64;
                self.http.input_filled(length);
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Bytes that were read past the input.
    pub(crate) fn count_direct(&mut self, read: usize) {
        self.received += read as u64;
    }

    /// How many bytes were written in all.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// How many bytes were written, or are to be.
    pub(crate) fn given(&self) -> u64 {
        let tail = |tail: &Tail| tail.data.len() - tail.sent;
        let waiting = self.http.output().len() + self.tail.as_ref().map_or(0, tail);
        self.sent + waiting as u64
    }

    /// How many bytes were read and taken in.
    pub(crate) fn received(&self) -> u64 {
        self.received - self.http.buffered_input() as u64
    }

    /// Says that nothing more will be written.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.shut {
            ready!(Pin::new(&mut self.transport).poll_shutdown(cx))?;
            self.shut = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads once and forgets what came; 0 at the end.
    pub(crate) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut block = [0; DISCARDED];
        let mut buf = ReadBuf::new(&mut block);
        ready!(Pin::new(&mut self.transport).poll_read(cx, &mut buf))?;
        Poll::Ready(Ok(buf.filled().len()))
    }

    /// Gives the memory of a response's headers to the next response.
    pub(crate) fn recycle(&mut self, mut headers: Box<WebHeaderCollection>) {
        headers.clear();
        self.spare_headers = Some(headers);
    }
}
