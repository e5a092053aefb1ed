//! A connection: shared by its task, which reads requests, and by the context that answers one.
//!
//! ```text
//!          poll_head                      close, drop
//!   Task ------------> Running (context) -------------> Finished | Dropped | Aborted
//!    ^                                                      |
//!    +---------------- next_request ------------------------+--> closed
//! ```

use std::io;
use std::ops::Deref;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use system_net_http_proto::{BodyLength, ProtoErrorKind, ServerConnection};
use system_net_primitives::{HttpVersion, WebHeaderCollection};
use system_net_runtime::{Killer, Timer, Transport};

use crate::date::date;
use crate::error::HttpListenerError;

mod answered;
mod body;
mod facts;
mod farewell;
mod handling;
mod heads;
mod io_state;
mod ledger;
mod listening;
mod nowhere;
mod own_answers;
mod preface;
mod queued;
mod scratch;
mod task;
mod upgrade;
mod wait;

pub(crate) use facts::Facts;
pub(crate) use handling::{Dispatch, Outcome};
pub(crate) use heads::Received;
pub(crate) use io_state::{Io, Phase};
pub(crate) use preface::Preface;
pub(crate) use task::serve_connection;
pub(crate) use wait::Wait;

/// One accepted connection.
pub(crate) struct Connection {
    facts: Facts,
    /// Requests are answered in the connection's own task, which writes what `finish` leaves.
    serving: bool,
    killer: Option<Killer>,
    /// The client is known to send no more.
    ended: AtomicBool,
    io: Mutex<Io>,
}

impl Deref for Connection {
    type Target = Facts;

    #[inline]
    fn deref(&self) -> &Facts {
        &self.facts
    }
}

impl Connection {
    pub(crate) fn new(facts: Facts, transport: Box<dyn Transport>, serving: bool) -> Self {
        let http = ServerConnection::new(facts.run.shared.limits().message());
        let killer = transport.killer();
        let mut io = Io::new(transport, http);
        io.ledger = facts.log.is_some().then(Box::default);
        Self {
            facts,
            serving,
            killer,
            ended: AtomicBool::new(false),
            io: Mutex::new(io),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Io> {
        // What runs under the lock is ours; a panic in it ends the connection's task, and with it
        // the connection.
        self.io.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, if the request with this number still runs.
    fn running(&self, number: u64) -> Result<MutexGuard<'_, Io>, HttpListenerError> {
        let io = self.lock();
        if io.number == number && io.phase == Phase::Running {
            return Ok(io);
        }
        Err(HttpListenerError::answered())
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    pub(crate) fn killer(&self) -> Option<Killer> {
        self.killer.clone()
    }

    /// What was read for the request, if that is kept.
    pub(crate) fn kept_bytes(&self, number: u64) -> Option<Vec<u8>> {
        let kept = self.kept.as_ref()?;
        let io = self.running(number).ok()?;
        Some(kept.used(io.http.buffered_input()))
    }

    /// Ends the connection now, whatever it is doing, from any thread.
    pub(crate) fn kill(&self) {
        let mut io = self.lock();
        if io.phase == Phase::Moved {
            return;
        }
        if let Some(killer) = &self.killer {
            killer.kill();
        }
        if io.phase == Phase::Running {
            io.phase = Phase::Aborted;
        }
        let task = io.task.clone();
        drop(io);
        task.into_iter().for_each(Waker::wake);
    }

    /// Makes the task look at the state of the listener.
    pub(crate) fn wake_task(&self) {
        let task = self.lock().task.clone();
        task.into_iter().for_each(Waker::wake);
    }

    /// Ends the phase `Running` and wakes the task if it waits for that.
    fn leave_running(&self, mut io: MutexGuard<'_, Io>, phase: Phase) {
        io.phase = phase;
        let task = if std::mem::take(&mut io.task_waits) {
            io.task.clone()
        } else {
            None
        };
        drop(io);
        task.into_iter().for_each(Waker::wake);
    }

    /// Gives up the request: the connection is ended.
    pub(crate) fn abort(&self, number: u64) {
        if let Ok(io) = self.running(number) {
            self.abort_locked(io);
        }
    }

    #[cold]
    fn abort_locked(&self, io: MutexGuard<'_, Io>) {
        if let Some(killer) = &self.killer {
            killer.kill();
        }
        self.leave_running(io, Phase::Aborted);
    }

    /// The response, or its stream, was dropped before it was closed.
    pub(crate) fn drop_response(&self, number: u64) {
        let Ok(io) = self.running(number) else { return };
        let complete =
            io.http.response_begun() && (io.head_request || io.http.remaining_body() == Some(0));
        if complete {
            // It was written, or the connection is ended; there is nobody to tell.
            let _ = self.finish_locked(io);
        } else {
            let panicking = std::thread::panicking();
            self.leave_running(io, Phase::Dropped { panicking });
        }
    }

    /// The response is gone; its headers' memory serves the next one.
    pub(crate) fn release(&self, number: u64, headers: Box<WebHeaderCollection>, unanswered: bool) {
        if unanswered {
            self.drop_response(number);
        }
        let mut io = self.lock();
        if io.number == number {
            io.recycle(headers);
        }
    }
}

/// The parts of a head that the response knows.
pub(crate) struct Head<'a> {
    pub(crate) status: u16,
    pub(crate) reason: &'a str,
    pub(crate) version: HttpVersion,
    pub(crate) headers: &'a WebHeaderCollection,
    pub(crate) keep_alive: bool,
    pub(crate) length: BodyLength,
}

/// How much of a response is given.
enum Given {
    Nothing,
    Head,
    All,
}

impl Connection {
    /// Puts the head of the response into the output.
    pub(crate) fn begin_response(
        &self,
        number: u64,
        head: &Head<'_>,
    ) -> Result<(), HttpListenerError> {
        let mut io = self.running(number)?;
        self.put_head(&mut io, head)?;
        // The end of the body is what counts.
        io.answered = None;
        Ok(())
    }

    fn put_head(&self, io: &mut Io, head: &Head<'_>) -> Result<(), HttpListenerError> {
        if !head.keep_alive || self.stopping() {
            io.close_after_response();
        }
        let version = Some(head.version);
        io.http.begin_response(head.status, head.reason, version)?;
        let written = self.put_fields(io, head);
        if written.is_err() {
            // Nothing of the head is in the output then, and it can be begun again.
            io.http.cancel_head();
        } else if let Some(ledger) = &mut io.ledger {
            ledger.set_status(head.status, false);
        }
        written
    }

    fn put_fields(&self, io: &mut Io, head: &Head<'_>) -> Result<(), HttpListenerError> {
        let now = self.clock().now();
        io.answered = Some(now);
        let server = self.server.as_deref();
        put_headers(&mut io.http, &mut io.last, head.headers)?;
        io.http.write_body_length(head.length)?;
        let has_server = head.headers.contains("Server");
        let has_date = head.headers.contains("Date");
        if !has_server && !has_date {
            let fields = head.headers;
            io.own_fields.remember(head.status, head.reason, fields);
            let lines = io.own_fields.alone(now, self.clock(), server);
            io.http.write_prepared(lines)?;
        } else {
            if let Some(server) = server.filter(|_| !has_server) {
                io.http.write_header(b"Server", server.as_bytes())?;
            }
            if !has_date {
                let date = date(self.clock().utc_now());
                io.http.write_header(b"Date", &date)?;
            }
        }
        io.http.end_head()?;
        Ok(())
    }

    /// Gives the head of a response, if it is that of the last one and may be said to this request,
    /// too; and a short body with it.
    #[inline]
    fn put_again(
        &self,
        io: &mut Io,
        head: &Head<'_>,
        body: &Bytes,
    ) -> Result<Given, HttpListenerError> {
        let again = head.length == BodyLength::Fixed(body.len() as u64)
            && io
                .own_fields
                .is_repeated(head.status, head.reason, head.headers)
            && head.version == HttpVersion::VERSION11
            && head.keep_alive
            && !self.stopping();
        if !again {
            return Ok(Given::Nothing);
        }
        let now = self.clock().now();
        let server = self.server.as_deref();
        let prepared = io.own_fields.whole(now, self.clock(), server);
        let given = if body.len() <= COPIED {
            io.http
                .answer_prepared(prepared, body)?
                .then_some(Given::All)
        } else {
            io.http
                .begin_prepared(prepared, body.len() as u64)?
                .then_some(Given::Head)
        };
        if given.is_some() {
            io.answered = Some(now);
            if let Some(ledger) = &mut io.ledger {
                ledger.set_status(head.status, false);
            }
        }
        Ok(given.unwrap_or(Given::Nothing))
    }

    /// Gives a whole response, and ends it as [`finish`](Self::finish) does.
    ///
    /// # Errors
    /// As `begin_response`, nothing being given then; later ones end the connection.
    pub(crate) fn answer(
        &self,
        number: u64,
        head: &Head<'_>,
        body: Bytes,
    ) -> Result<(), HttpListenerError> {
        let mut io = self.running(number)?;
        match self.put_again(&mut io, head, &body)? {
            Given::All => return self.finish_locked(io),
            Given::Head => {}
            Given::Nothing => self.put_head(&mut io, head)?,
        }
        match put_body(&mut io, &body) {
            Ok(()) => self.finish_locked(io),
            Err(error) => {
                self.abort_locked(io);
                Err(error)
            }
        }
    }

    /// Ends the response. What is not written yet the task writes, and it goes on then.
    ///
    /// # Errors
    /// If the announced body is not complete, or the client is known to be gone; the connection is
    /// ended then.
    pub(crate) fn finish(&self, number: u64) -> Result<(), HttpListenerError> {
        self.finish_locked(self.running(number)?)
    }

    /// As [`finish`](Self::finish), with fields behind the body. A client of HTTP/1.0, to which it is
    /// sent up to the end of the connection, gets none.
    pub(crate) fn finish_with(
        &self,
        number: u64,
        trailers: &WebHeaderCollection,
    ) -> Result<(), HttpListenerError> {
        let mut io = self.running(number)?;
        if let Err(error) = io.http.end_body(Some(trailers)) {
            let until_close = io.http.remaining_body().is_none();
            if !until_close || !matches!(error.kind(), ProtoErrorKind::Misuse(_)) {
                self.abort_locked(io);
                return Err(error.into());
            }
        }
        self.finish_locked(io)
    }

    fn finish_locked(&self, mut io: MutexGuard<'_, Io>) -> Result<(), HttpListenerError> {
        if let Err(error) = io.http.end_body(None) {
            self.abort_locked(io);
            return Err(error.into());
        }
        // The task, if it runs the handler, goes on at once and writes together what it can. If
        // not, waking it may take a while, and if more requests wait in the input it has to be
        // woken anyway.
        if !self.serving && io.http.buffered_input() == 0 {
            let mut cx = Context::from_waker(Waker::noop());
            match io.poll_flush(&mut cx) {
                Poll::Ready(Ok(())) if self.goes_on_listening(&mut io) => return Ok(()),
                Poll::Ready(Err(error)) => {
                    self.leave_running(io, Phase::Aborted);
                    return Err(lost(error));
                }
                _ => {}
            }
        }
        self.leave_running(io, Phase::Finished);
        Ok(())
    }
}

/// Puts the program's fields into the head.
fn put_headers(
    http: &mut ServerConnection,
    last: &mut bool,
    headers: &WebHeaderCollection,
) -> Result<(), HttpListenerError> {
    for (name, value) in headers.iter_bytes() {
        if name.len() == 10 && name.eq_ignore_ascii_case(b"connection") {
            *last |= value.eq_ignore_ascii_case(b"close");
        }
        http.write_header(name, value)?;
    }
    Ok(())
}

/// Up to here a copy of a body costs less than a second vector.
const COPIED: usize = 16 * 1024;

/// Puts a whole body behind the head.
fn put_body(io: &mut Io, body: &Bytes) -> Result<(), HttpListenerError> {
    let whole = io.http.remaining_body() == Some(body.len() as u64);
    if whole && body.len() > COPIED && !io.has_tail() {
        io.http.reserve_body(body.len())?;
        io.http.commit_reserved();
        io.set_tail(body.clone());
    } else {
        io.http.send_body(body)?;
    }
    Ok(())
}

/// A write failed.
pub(crate) fn lost(error: io::Error) -> HttpListenerError {
    HttpListenerError::of_io(error, "the response could not be written")
}

/// Looks whether a client that lets us wait does so for too long.
fn poll_too_slow(
    connection: &Connection,
    io: &mut Io,
    cx: &mut Context<'_>,
    timer: &mut Timer,
) -> Poll<io::Error> {
    io.poll_too_slow(cx, timer, connection.shared_clock(), connection.timeouts())
        .map(|()| {
            io::Error::new(
                io::ErrorKind::TimedOut,
                "the client takes the response too slowly",
            )
        })
}
