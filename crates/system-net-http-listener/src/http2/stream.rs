//! One request and its response: a stream of a connection.
//!
//! ```text
//!   Running --- finish --------------------------> Finished
//!      |------- abort, connection over ----------> Aborted: RST_STREAM
//!      +------- dropped unanswered --> Dropped --> 500 if the handler failed, else RST_STREAM
//! ```

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Waker};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::Response;
use system_net_http_proto::{BodyLength, RequestHead};
use system_net_primitives::{HttpStatusCode, HttpVersion, Misuse, WebHeaderCollection};

use super::connection::{Http2Connection, lock};
use super::line::Line;
use super::response::{Follows, framed, trailer_map};
use super::sending::Rest;
use crate::access_log::Reason as LogReason;
use crate::authentication::Field;
use crate::bandwidth::{Bandwidth, Throttle};
use crate::connection::{Head, Outcome, Phase};
use crate::error::{HttpListenerError, HttpListenerErrorKind};
use crate::pace::Pace;
use crate::router::INVALID_HOSTNAME;

pub(crate) struct Stream {
    connection: Arc<Http2Connection>,
    pub(super) number: u64,
    /// The handler runs in the connection's own task.
    inline: AtomicBool,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) phase: Phase,
    /// A handler runs whose end decides what becomes of a request that was dropped.
    handling: bool,
    pub(super) head_request: bool,
    pub(super) awaits_continue: bool,
    /// The handles of the stream; those that are done with are gone.
    pub(super) respond: Option<SendResponse<Bytes>>,
    pub(super) receive: Option<RecvStream>,
    pub(super) send: Option<SendStream<Bytes>>,
    /// What came and was not read yet.
    pub(super) buffered: Bytes,
    pub(super) trailers: Option<WebHeaderCollection>,
    pub(super) follows: Follows,
    /// How much of the request's body was read.
    pub(super) read: u64,
    pub(super) throttle: Option<Box<Throttle>>,
    /// What is logged of it.
    line: Option<Box<Line>>,
    /// The listener answers in the program's stead.
    by_listener: bool,
    /// How much of the response's body was sent, and how fast.
    pub(super) sent: u64,
    pub(super) pace: Pace,
}

impl State {
    /// Whether a response has begun.
    pub(super) fn begun(&self) -> bool {
        self.respond.is_none()
    }

    /// Whether a response was given, and nothing of it is missing.
    fn is_whole(&self) -> bool {
        self.begun()
            && match self.follows {
                Follows::Nothing | Follows::Dropped => true,
                Follows::Fixed(left) => left == 0,
                Follows::Unknown => false,
            }
    }

    /// Lets go of the stream. What the client still sends is refused by `h2`.
    fn release(&mut self) {
        let buffered = std::mem::take(&mut self.buffered);
        if let Some(mut receive) = self.receive.take() {
            // More than came is never released.
            let _ = receive.flow_control().release_capacity(buffered.len());
        }
        self.respond = None;
        self.send = None;
    }

    /// The line of the log, as far as it is not over with the rest of the body.
    fn end_line(&mut self, whole: bool) -> Option<Box<Line>> {
        let mut line = self.line.take()?;
        line.set_received(self.read);
        line.set_sent(self.sent, whole);
        Some(line)
    }

    fn reset(&mut self, reason: Reason) {
        if let Some(respond) = &mut self.respond {
            respond.send_reset(reason);
        }
        if let Some(send) = &mut self.send {
            send.send_reset(reason);
        }
    }
}

impl Stream {
    pub(super) fn new(
        connection: Arc<Http2Connection>,
        number: u64,
        respond: SendResponse<Bytes>,
        receive: RecvStream,
        head_request: bool,
    ) -> Self {
        connection.request_begun();
        Self {
            connection,
            number,
            inline: AtomicBool::new(false),
            state: Mutex::new(State {
                phase: Phase::Running,
                handling: false,
                head_request,
                awaits_continue: false,
                respond: Some(respond),
                receive: Some(receive),
                send: None,
                buffered: Bytes::new(),
                trailers: None,
                follows: Follows::Nothing,
                read: 0,
                throttle: None,
                line: None,
                by_listener: false,
                sent: 0,
                pace: Pace::default(),
            }),
        }
    }

    /// Counts the requests of the connection.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn connection(&self) -> &Arc<Http2Connection> {
        &self.connection
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The state, if the request still runs.
    pub(super) fn running(&self) -> Result<MutexGuard<'_, State>, HttpListenerError> {
        let state = self.lock();
        if state.phase == Phase::Running {
            if !self.connection.is_aborted() {
                return Ok(state);
            }
            if self.connection.is_lost() {
                let kind = HttpListenerErrorKind::ConnectionLost;
                return Err(HttpListenerError::new(kind, "the connection has ended"));
            }
        }
        Err(HttpListenerError::answered())
    }

    pub(super) fn is_running(&self) -> bool {
        self.lock().phase == Phase::Running
    }

    pub(super) fn set_inline(&self, inline: bool) {
        self.inline.store(inline, Ordering::Relaxed);
    }

    pub(super) fn is_inline(&self) -> bool {
        self.inline.load(Ordering::Relaxed)
    }

    /// Begins the line of the log; without a head for one that is broken.
    pub(super) fn log(&self, head: Option<&RequestHead>) {
        self.lock().line = Line::new(&self.connection, head);
    }

    /// The user that the log is to name.
    pub(crate) fn log_user(&self, name: &str) {
        if let Some(line) = &mut self.lock().line {
            line.set_user(name);
        }
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.connection.is_aborted() || self.lock().phase == Phase::Aborted
    }

    /// Lets the limits of the request's prefix hold for its response.
    pub(super) fn limit_by(&self, bandwidth: &Bandwidth) {
        self.lock().throttle = Throttle::new(bandwidth);
    }

    /// The client waits to be told to send the body.
    pub(super) fn expect_continue(&self) {
        self.lock().awaits_continue = true;
    }

    pub(super) fn handler_begun(&self) {
        self.lock().handling = true;
        self.connection.handler_begun();
    }

    /// The handler has returned, or panicked.
    pub(super) fn handler_ended(&self, outcome: Outcome) {
        {
            let mut state = self.lock();
            state.handling = false;
            if let Phase::Dropped { panicking } = state.phase {
                self.settle(state, panicking || outcome == Outcome::Failed);
            }
        }
        self.connection.handler_ended();
    }

    /// Ends the phase `Running`.
    fn leave(&self, mut state: MutexGuard<'_, State>, phase: Phase) {
        state.phase = phase;
        let line = state.end_line(phase == Phase::Finished);
        state.release();
        drop(state);
        drop(line);
        self.connection.request_ended(self.is_inline());
    }

    /// Ends a request that was dropped unanswered.
    fn settle(&self, mut state: MutexGuard<'_, State>, failed: bool) {
        if failed && !state.begun() && !self.connection.is_aborted() {
            state.phase = Phase::Running;
            // What the client did wrong within the body is its own fault.
            let status = match state.read > self.connection.body_limit {
                true => 413,
                false => 500,
            };
            self.refuse_locked(state, status, "", &[]);
            return;
        }
        if !state.begun()
            && let Some(line) = &mut state.line
        {
            line.set_reason(LogReason::Unanswered);
        }
        state.reset(Reason::INTERNAL_ERROR);
        self.leave(state, Phase::Aborted);
    }

    /// Gives up the request: the stream is ended, and the connection goes on.
    pub(crate) fn abort(&self) {
        if let Ok(state) = self.running() {
            self.abort_locked(state, Reason::CANCEL);
        }
    }

    fn abort_locked(&self, mut state: MutexGuard<'_, State>, reason: Reason) {
        state.reset(reason);
        self.leave(state, Phase::Aborted);
    }

    /// Ends a request that no program is to see, in the way of the protocol.
    pub(crate) fn reset(&self, reason: Reason) {
        if let Ok(state) = self.running() {
            self.abort_locked(state, reason);
        }
    }

    /// Whether the client has given up a request for which no answer has begun.
    pub(super) fn is_given_up(&self) -> bool {
        let mut state = self.lock();
        let mut cx = Context::from_waker(Waker::noop());
        let respond = state.respond.as_mut();
        respond.is_some_and(|respond| respond.poll_reset(&mut cx).is_ready())
    }

    /// Gives up a request whose client has gone before the program took it.
    pub(crate) fn lose(&self) {
        self.connection.run.shared.trace().note(format_args!(
            "The client {} has given up a request before it was taken.",
            self.connection.remote
        ));
        let mut state = self.lock();
        if state.phase != Phase::Running {
            return;
        }
        if !self.connection.is_aborted()
            && let Some(line) = &mut state.line
        {
            line.set_reason(LogReason::ClientReset);
        }
        self.abort_locked(state, Reason::CANCEL);
    }

    /// The response, or its stream, was dropped before it was closed.
    pub(crate) fn drop_response(&self) {
        let mut state = self.lock();
        if state.phase != Phase::Running {
            return;
        }
        if state.is_whole() {
            // It was sent, or the connection is over; there is nobody to tell.
            let _ = self.finish_locked(state);
            return;
        }
        let panicking = std::thread::panicking();
        if state.handling {
            state.phase = Phase::Dropped { panicking };
        } else {
            self.settle(state, panicking);
        }
    }

    /// The response is gone; its headers' memory may serve another one.
    pub(crate) fn release(&self, headers: Box<WebHeaderCollection>, unanswered: bool) {
        if unanswered {
            self.drop_response();
        }
        lock(&self.connection.spares).keep_headers(headers);
    }

    /// The request is gone; its head's memory may serve another one.
    pub(crate) fn recycle(&self, head: Box<RequestHead>) {
        lock(&self.connection.spares).keep_head(head);
    }
}

/// Giving responses.
impl Stream {
    /// Gives the head of the response.
    pub(crate) fn begin_response(&self, head: &Head<'_>) -> Result<(), HttpListenerError> {
        let mut state = self.running()?;
        self.put_head(&mut state, head, false)
    }

    /// Puts the head into the output; `empty`: nothing follows it.
    fn put_head(
        &self,
        state: &mut State,
        head: &Head<'_>,
        empty: bool,
    ) -> Result<(), HttpListenerError> {
        if state.begun() {
            return Err(HttpListenerError::answered());
        }
        let clock = self.connection.clock();
        let mut own = lock(&self.connection.own_fields);
        let framed = framed(head, state.head_request, &mut own, clock)?;
        drop(own);
        let end = match framed.follows {
            Follows::Nothing | Follows::Dropped => true,
            Follows::Fixed(length) => length == 0,
            Follows::Unknown => empty,
        };
        state.follows = match end && framed.follows == Follows::Unknown {
            true => Follows::Nothing,
            false => framed.follows,
        };
        let Some(mut respond) = state.respond.take() else {
            return Err(HttpListenerError::answered());
        };
        let send = respond
            .send_response(framed.response, end)
            .map_err(|error| failed(error, "the response could not be sent"))?;
        state.send = Some(send);
        if let Some(line) = &mut state.line {
            line.set_status(head.status, state.by_listener);
        }
        if framed.close {
            self.connection.retire();
        }
        Ok(())
    }

    /// Gives a whole response, and ends it as [`finish`](Self::finish) does.
    ///
    /// # Errors
    /// As `begin_response`, nothing being given then; later ones end the stream.
    pub(crate) fn answer(&self, head: &Head<'_>, body: Bytes) -> Result<(), HttpListenerError> {
        let mut state = self.running()?;
        self.put_head(&mut state, head, body.is_empty())?;
        match self.put_body(&mut state, body) {
            Ok(()) => self.finish_locked(state),
            Err(error) => {
                self.abort_locked(state, Reason::INTERNAL_ERROR);
                Err(error)
            }
        }
    }

    fn put_body(&self, state: &mut State, mut body: Bytes) -> Result<(), HttpListenerError> {
        match state.follows {
            Follows::Dropped => return Ok(()),
            Follows::Nothing if body.is_empty() => return Ok(()),
            Follows::Nothing => return Err(too_long(body.len() as u64)),
            Follows::Fixed(length) if body.len() as u64 > length => {
                return Err(too_long(body.len() as u64 - length));
            }
            Follows::Fixed(length) if (body.len() as u64) < length => {
                state.follows = Follows::Fixed(length - body.len() as u64);
                return Ok(());
            }
            Follows::Fixed(_) | Follows::Unknown => {}
        }
        state.follows = Follows::Nothing;
        let Some(mut send) = state.send.take() else {
            return Ok(());
        };
        if let Some(throttle) = state.throttle.take() {
            self.leave_rest(state, Rest::new(send, body, Some(throttle)));
            return Ok(());
        }
        send.reserve_capacity(body.len());
        let room = send.capacity().min(body.len());
        if room == body.len() {
            state.sent += room as u64;
            return send
                .send_data(body, true)
                .map_err(|error| failed(error, "the response could not be sent"));
        }
        if room > 0 {
            send.send_data(body.split_to(room), false)
                .map_err(|error| failed(error, "the response could not be sent"))?;
        }
        state.sent += room as u64;
        self.leave_rest(state, Rest::new(send, body, None));
        Ok(())
    }

    fn leave_rest(&self, state: &mut State, mut rest: Rest) {
        if let Some(line) = state.end_line(false) {
            rest.log(line, state.sent);
        }
        self.connection.leave_rest(rest);
    }

    /// Ends the response. What the client does not take now is sent in the background.
    ///
    /// # Errors
    /// If the announced body is not complete, or the client is known to be gone; the stream is ended
    /// then.
    pub(crate) fn finish(&self) -> Result<(), HttpListenerError> {
        match self.running() {
            Ok(state) => self.finish_locked(state),
            Err(error) => self.finish_lost(error),
        }
    }

    /// A client that has all of the response may go before that is said.
    #[cold]
    fn finish_lost(&self, error: HttpListenerError) -> Result<(), HttpListenerError> {
        let state = self.lock();
        match state.phase == Phase::Running && state.is_whole() && self.connection.is_lost() {
            true => self.finish_locked(state),
            false => Err(error),
        }
    }

    /// As [`finish`](Self::finish), with fields behind the body.
    pub(crate) fn finish_with(
        &self,
        trailers: &WebHeaderCollection,
    ) -> Result<(), HttpListenerError> {
        let mut state = self.running()?;
        match state.follows {
            Follows::Unknown => {}
            // There is no body that they could stand behind.
            Follows::Dropped | Follows::Nothing => return self.finish_locked(state),
            Follows::Fixed(_) => {
                self.abort_locked(state, Reason::INTERNAL_ERROR);
                let what = "trailers stand behind bodies whose length was not set";
                return Err(Misuse::invalid_operation(what).into());
            }
        }
        let sent = trailer_map(trailers).and_then(|trailers| match &mut state.send {
            Some(send) => send
                .send_trailers(trailers)
                .map_err(|error| failed(error, "the response could not be sent")),
            None => Ok(()),
        });
        match sent {
            Ok(()) => {
                self.leave(state, Phase::Finished);
                Ok(())
            }
            Err(error) => {
                self.abort_locked(state, Reason::INTERNAL_ERROR);
                Err(error)
            }
        }
    }

    fn finish_locked(&self, mut state: MutexGuard<'_, State>) -> Result<(), HttpListenerError> {
        let ended = match state.follows {
            Follows::Nothing | Follows::Dropped | Follows::Fixed(0) => Ok(()),
            Follows::Fixed(missing) => {
                let kind = HttpListenerErrorKind::ProtocolViolation;
                let what = format!("the body is {missing} bytes shorter than its announced length");
                Err(HttpListenerError::new(kind, what))
            }
            Follows::Unknown => match &mut state.send {
                Some(send) => send
                    .send_data(Bytes::new(), true)
                    .map_err(|error| failed(error, "the response could not be sent")),
                None => Ok(()),
            },
        };
        match ended {
            Ok(()) => {
                self.leave(state, Phase::Finished);
                Ok(())
            }
            Err(error) => {
                self.abort_locked(state, Reason::INTERNAL_ERROR);
                Err(error)
            }
        }
    }

    /// Answers a request that no program gets to see.
    pub(crate) fn refuse(&self, status: u16) {
        self.refuse_with(status, &[]);
    }

    /// Answers a request that no program gets to see, with further fields.
    pub(crate) fn refuse_with(&self, status: u16, fields: &[Field]) {
        if let Ok(state) = self.running() {
            self.refuse_locked(state, status, "", fields);
        }
    }

    /// Answers a request for a host that no prefix has.
    pub(super) fn refuse_host(&self) {
        if let Ok(mut state) = self.running() {
            if let Some(line) = &mut state.line {
                line.set_reason(LogReason::Hostname);
            }
            self.refuse_locked(state, 400, INVALID_HOSTNAME, &[]);
        }
    }

    fn refuse_locked(
        &self,
        mut state: MutexGuard<'_, State>,
        status: u16,
        words: &str,
        fields: &[Field],
    ) {
        state.by_listener = true;
        let reason = HttpStatusCode::new(status).description();
        let body = format!("{status} {reason}{words}\n");
        let mut headers = WebHeaderCollection::for_response();
        headers.push_raw(b"Content-Type", b"text/plain");
        for (name, value) in fields {
            headers.push_raw(name.as_bytes(), value.as_bytes());
        }
        let head = Head {
            status,
            reason,
            version: HttpVersion::VERSION20,
            headers: &headers,
            keep_alive: true,
            length: BodyLength::Fixed(body.len() as u64),
        };
        let put = self
            .put_head(&mut state, &head, false)
            .and_then(|()| self.put_body(&mut state, body.into()));
        match put {
            Ok(()) => {
                // Nothing of it is missing.
                let _ = self.finish_locked(state);
            }
            Err(_) => self.abort_locked(state, Reason::INTERNAL_ERROR),
        }
    }

    /// RFC 9110 section 10.1.1: 100 (Continue) says that the body is wanted.
    pub(super) fn send_continue(&self, state: &mut State) -> Result<(), HttpListenerError> {
        if !std::mem::take(&mut state.awaits_continue) {
            return Ok(());
        }
        let Some(respond) = &mut state.respond else {
            return Ok(());
        };
        let mut interim = Response::new(());
        *interim.status_mut() = http::StatusCode::CONTINUE;
        respond
            .send_informational(interim)
            .map_err(|error| failed(error, "the client could not be asked for the body"))
    }
}

/// A request that nobody answers any more, as when a runtime ends.
impl Drop for Stream {
    fn drop(&mut self) {
        let state = self
            .state
            .get_mut()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if matches!(state.phase, Phase::Running | Phase::Dropped { .. }) {
            state.reset(Reason::CANCEL);
            state.release();
            self.connection.request_ended(false);
        }
    }
}

#[cold]
pub(super) fn too_long(excess: u64) -> HttpListenerError {
    HttpListenerError::new(
        HttpListenerErrorKind::ProtocolViolation,
        format!("the body is {excess} bytes longer than its announced length"),
    )
}

/// What happened, in the listener's terms.
#[cold]
pub(super) fn failed(error: h2::Error, doing: &'static str) -> HttpListenerError {
    let kind = if error.is_reset() && !error.is_remote() {
        // RFC 9113 section 8.1.1: a body that is not as long as announced, trailers that are none.
        HttpListenerErrorKind::BadRequest
    } else {
        HttpListenerErrorKind::ConnectionLost
    };
    match error.is_io() {
        true => match error.into_io() {
            Some(error) => HttpListenerError::of_io(error, doing),
            None => HttpListenerError::new(kind, doing),
        },
        false => HttpListenerError::new(kind, doing).with_source(error),
    }
}
