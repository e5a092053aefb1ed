//! The body of a request while the caller writes it.
//!
//! With a known length or chunks the head is written when the stream is opened, and goes out with the
//! first bytes of the body, or a moment later without them; the body goes out as it is written.
//! Without either it is collected, and sent when the response is asked for.

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use system_net_http_proto::{BodyLength, ClientEvent, ResponseHead};
use system_net_primitives::Misuse;
use system_net_runtime::{Timer, timeout_at};
use system_net_security::extended_protection::TransportContext;

use super::authentication::Login;
use super::exchange::{Exchange, InFlight, RequestBody};
use super::http2_upload::{Http2Wire, OpenedForUpload};
use super::properties::Properties;
use super::round_trip::{NOT_KEPT, ends_the_body, keep_alive_failure};
use crate::abort::AbortHandle;
use crate::blocking::deadline_after;
use crate::connection::{ReadError, WriteError};
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::service_point::Lease;
use crate::streams::{RequestSink, RequestStream};
use crate::timeouts::{End, PieceLimit};
use crate::trace;

/// A body being written: shared by its stream and its request.
pub(crate) struct Upload {
    properties: Arc<Properties>,
    state: Mutex<State>,
    abort: AbortHandle,
    length: Option<BodyLength>,
    write_timeout: Option<Duration>,
    continue_timeout: Duration,
}

struct State {
    mode: Mode,
    /// All that was written, if it is kept.
    kept: Option<Vec<u8>>,
    closed: bool,
}

enum Mode {
    /// Not opened, or collecting until the length is known.
    Collect,
    Send(Box<Wire>),
    SendHttp2(Box<Http2Wire>),
    /// Failed, aborted or taken; the error, until the request asks for it.
    Over(Option<WebError>),
}

struct Wire {
    lease: Lease,
    /// The head waits for the first bytes of the body; see [`HeldHeads`](super::held_heads::HeldHeads).
    holds_head: bool,
    /// Until when 100 (Continue) is waited for; `None`: not, or not any more.
    waits_for_continue: Option<(Timer, Option<Instant>)>,
    /// The server answered and does not want the body: the rest is not sent.
    early: Option<ResponseHead>,
    /// The server answered well already; the rest is still sent.
    answered: Option<ResponseHead>,
    /// The login that went with the head.
    login: Option<Box<Login>>,
    /// How long each write may take, and all of them.
    time: Option<Box<PieceLimit>>,
}

impl Upload {
    pub(super) fn new(properties: Arc<Properties>, abort: AbortHandle) -> Result<Self, Misuse> {
        let buffering = properties.allow_write_stream_buffering;
        let length = match (properties.send_chunked, properties.content_length) {
            (true, _) => Some(BodyLength::Chunked),
            (false, Some(length)) => Some(BodyLength::Fixed(length)),
            (false, None) if buffering => None,
            (false, None) => {
                return Err(Misuse::invalid_operation(
                    "with allow_write_stream_buffering off, set content_length or send_chunked",
                ));
            }
        };
        Ok(Self {
            state: Mutex::new(State {
                mode: Mode::Collect,
                kept: buffering.then(Vec::new),
                closed: false,
            }),
            abort,
            length,
            write_timeout: properties.read_write_timeout,
            continue_timeout: properties.continue_timeout,
            properties,
        })
    }

    /// Connects and writes the head, if the body can be sent as it is written.
    pub(super) async fn open(self: &Arc<Self>, mut exchange: Exchange) -> Result<(), WebError> {
        let Some(length) = self.length else {
            return Ok(());
        };
        let end = exchange.end();
        let abort = exchange.abort_handle();
        let opening = exchange.open_for_upload(length);
        let opened = match end {
            None => opening.await,
            Some(End { at, limit }) => Box::pin(timeout_at(at, opening))
                .await
                .unwrap_or_else(|_| Err(WebError::total_over(abort.phase(), limit))),
        };
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.state().mode = Mode::Over(Some(error.repeated()));
                return Err(error);
            }
        };
        let time = PieceLimit::new(Phase::Sending, exchange.timeouts().send(), end);
        let deadline = deadline_after(self.continue_timeout);
        let waits = |expects: bool| expects.then(|| (Timer::new(), deadline));
        self.state().mode = match opened {
            OpenedForUpload::Http1(opened) => Mode::Send(Box::new(Wire {
                lease: opened.lease,
                holds_head: !opened.head_is_out,
                waits_for_continue: waits(opened.waits_for_continue),
                early: opened.early,
                answered: None,
                login: opened.login,
                time,
            })),
            OpenedForUpload::Http2(opened) => {
                let delegate = self.properties.continue_delegate.clone();
                let waits = waits(opened.waits_for_continue);
                let wire = Http2Wire::new(opened, waits, delegate, length, time);
                Mode::SendHttp2(Box::new(wire))
            }
        };
        self.hold_head(&exchange).await
    }

    /// The head goes out with the body, if that begins soon.
    async fn hold_head(self: &Arc<Self>, exchange: &Exchange) -> Result<(), WebError> {
        let holds = matches!(&self.state().mode, Mode::Send(wire) if wire.holds_head);
        if !holds || exchange.manager.held_heads.hold(self) {
            return Ok(());
        }
        let mut sink = Sink(Arc::clone(self));
        let flushed = poll_fn(|cx| sink.poll_flush(cx)).await;
        flushed.map_err(|error| {
            WebError::from_io(error, WebExceptionStatus::SendFailure, Phase::Sending)
        })
    }

    /// Sends the head if the body has not begun. False: the connection takes no bytes now.
    pub(super) fn send_head(&self, cx: &mut Context<'_>) -> bool {
        match &mut self.state().mode {
            Mode::Send(wire) if wire.holds_head => {
                // What is wrong with the connection the next write says.
                let sent = wire.lease.connection().poll_flush(cx).is_ready();
                wire.holds_head = !sent;
                sent
            }
            _ => true,
        }
    }

    /// The channel that the body goes over; without a value if nothing was opened yet.
    pub(super) fn channel(&self) -> TransportContext {
        match &mut self.state().mode {
            Mode::Send(wire) => {
                let tls = wire.lease.connection().tls_to_share();
                tls.as_ref().map(TransportContext::of).unwrap_or_default()
            }
            Mode::SendHttp2(wire) => wire.channel(),
            Mode::Collect | Mode::Over(_) => TransportContext::default(),
        }
    }

    /// The stream that writes to it.
    pub(super) fn stream(self: &Arc<Self>) -> RequestStream {
        RequestStream::new(Box::new(Sink(Arc::clone(self))))
    }

    /// What was written, for the request to go on with. Only when the stream is closed.
    pub(super) fn take(&self) -> Result<RequestBody, WebError> {
        let mut state = self.state();
        if let Mode::Over(error) = &mut state.mode {
            return Err(error.take().unwrap_or_else(WebError::canceled));
        }
        if !state.closed {
            return Err(Misuse::invalid_operation(
                "close the request stream before asking for the response",
            )
            .into());
        }
        let kept = state.kept.take();
        Ok(match std::mem::replace(&mut state.mode, Mode::Over(None)) {
            Mode::Send(wire) => {
                let Wire {
                    lease,
                    early,
                    answered,
                    login,
                    ..
                } = *wire;
                RequestBody::InFlight(Box::new(InFlight {
                    lease,
                    replay: kept,
                    early: early.or(answered),
                    login,
                }))
            }
            Mode::SendHttp2(wire) => {
                RequestBody::InFlightHttp2(Box::new(wire.into_in_flight(kept)))
            }
            _ => RequestBody::Buffered(kept.unwrap_or_default().into()),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The stream's end of an [`Upload`].
struct Sink(Arc<Upload>);

impl RequestSink for Sink {
    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let upload = &*self.0;
        let mut state = upload.state();
        let mut n = data.len();
        let written = match &mut state.mode {
            Mode::Send(wire) => Some(ready!(wire.poll_write_in_time(cx, data))),
            Mode::SendHttp2(wire) => Some(ready!(wire.poll_write_in_time(cx, data))),
            _ => None,
        };
        match written {
            Some(Ok(sent)) => n = sent,
            Some(Err(error)) => upload.lost(&mut state, error)?,
            None => {}
        }
        match &state.mode {
            Mode::Send(_) | Mode::SendHttp2(_) => {}
            Mode::Collect => upload.check_room(&state, n).map_err(WebError::into_io)?,
            Mode::Over(_) => return Poll::Ready(Err(WebError::canceled().into_io())),
        }
        if let Some(kept) = &mut state.kept {
            kept.extend_from_slice(&data[..n]);
        }
        trace::transferred(&upload.properties.stream, "Write", data, n);
        Poll::Ready(Ok(n))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let upload = &*self.0;
        let mut state = upload.state();
        let Mode::Send(wire) = &mut state.mode else {
            return Poll::Ready(Ok(()));
        };
        match ready!(wire.poll_flush_in_time(cx)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(upload.lost(&mut state, error)),
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let upload = &*self.0;
        let mut state = upload.state();
        state.closed = true;
        let closed = match &mut state.mode {
            Mode::Send(wire) => match wire.end() {
                Ok(()) => ready!(wire.poll_flush_in_time(cx)),
                Err(error) => Err(error),
            },
            Mode::SendHttp2(wire) => wire.end(),
            _ => Ok(()),
        };
        if let Err(error) = closed {
            upload.lost(&mut state, error)?;
        }
        drop(trace::stream(&upload.properties.stream).enter("Close", format_args!("")));
        let whole = upload.check_whole(&state);
        Poll::Ready(whole.map_err(|error| upload.fail(&mut state, error)))
    }

    fn abandon(&mut self) {
        let upload = &*self.0;
        let mut state = upload.state();
        if state.closed {
            return;
        }
        state.closed = true;
        // What is still to be flushed goes out when the response is asked for.
        let ended = match &mut state.mode {
            Mode::Send(wire) => wire.end(),
            Mode::SendHttp2(wire) => wire.end(),
            _ => upload.check_whole(&state),
        };
        if let Err(error) = ended {
            upload.fail(&mut state, error);
        }
    }

    fn write_timeout(&self) -> Option<Duration> {
        self.0.write_timeout
    }
}

impl Upload {
    /// Writing failed. On a kept-alive connection that the server had closed, with a body that is
    /// kept, nothing is lost: the rest is collected, and all of it sent on another connection.
    fn lost(&self, state: &mut State, error: WebError) -> io::Result<()> {
        let stale = match &mut state.mode {
            Mode::Send(wire) => wire.is_stale(&error),
            Mode::SendHttp2(wire) => wire.is_stale(),
            _ => false,
        };
        if !stale || self.abort.is_aborted() {
            return Err(self.fail(state, error));
        }
        if state.kept.is_none() {
            return Err(self.fail(state, keep_alive_failure(error, NOT_KEPT)));
        }
        let request = trace::request(&self.properties.traced);
        request.note(format_args!(
            "The connection was closed by the server while it was idle; the body is kept."
        ));
        state.mode = Mode::Collect;
        Ok(())
    }

    /// How much of the announced length a collected body still lacks.
    fn missing(&self, state: &State) -> Option<u64> {
        let collected = state.kept.as_ref().map_or(0, Vec::len) as u64;
        match (&state.mode, self.length) {
            (Mode::Collect, Some(BodyLength::Fixed(length))) => Some(length - collected),
            _ => None,
        }
    }

    fn check_room(&self, state: &State, n: usize) -> Result<(), WebError> {
        match self.missing(state) {
            Some(missing) if n as u64 > missing => Err(too_long(n, missing)),
            _ => Ok(()),
        }
    }

    fn check_whole(&self, state: &State) -> Result<(), WebError> {
        match self.missing(state) {
            Some(missing) if missing > 0 => Err(too_short(missing)),
            _ => Ok(()),
        }
    }

    /// The body cannot be sent further. The connection is closed; the request is told when it asks.
    fn fail(&self, state: &mut State, error: WebError) -> io::Error {
        let error = self.abort.explain(error);
        // A write over the announced length is the caller's slip: the body so far is still good.
        if error.misuse().is_none() {
            state.mode = Mode::Over(Some(error.repeated()));
        }
        error.into_io()
    }
}

impl Wire {
    /// The connection was a kept-alive one, and was found dead before any byte of an answer.
    fn is_stale(&mut self, error: &WebError) -> bool {
        let connection = self.lease.connection();
        connection.is_reused()
            && !connection.proto.response_started()
            && matches!(
                error.status(),
                WebExceptionStatus::SendFailure
                    | WebExceptionStatus::ReceiveFailure
                    | WebExceptionStatus::ConnectionClosed
            )
    }

    fn poll_write_in_time(
        &mut self,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<Result<usize, WebError>> {
        self.holds_head = false;
        let written = self.poll_write(cx, data);
        self.in_time(cx, written)
    }

    fn poll_flush_in_time(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebError>> {
        self.holds_head = false;
        let flushed = self.poll_flush(cx);
        self.in_time(cx, flushed)
    }

    /// What came of a poll, or that it took too long.
    fn in_time<T>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<Result<T, WebError>>,
    ) -> Poll<Result<T, WebError>> {
        let Some(time) = self.time.as_deref_mut() else {
            return polled;
        };
        match (time.poll(cx, polled.is_pending()), polled) {
            // What has gone out is told, whatever the time: the next write is not.
            (_, Poll::Ready(done)) => Poll::Ready(done),
            (Poll::Ready(error), Poll::Pending) => Poll::Ready(Err(error)),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<Result<usize, WebError>> {
        ready!(self.poll_continue(cx))?;
        loop {
            if self.early.is_some() {
                return Poll::Ready(Ok(data.len()));
            }
            let connection = self.lease.connection();
            let written = match connection.proto.remaining_body() {
                Some(room) if data.len() as u64 > room => {
                    return Poll::Ready(Err(too_long(data.len(), room)));
                }
                Some(_) => connection.poll_write_fixed(cx, data),
                None => connection.poll_write_chunk(cx, data),
            };
            return Poll::Ready(match written {
                Poll::Ready(Ok(n)) => Ok(n),
                Poll::Ready(Err(WriteError::Proto(error))) => {
                    Err(WebError::proto(error, Phase::Sending))
                }
                Poll::Ready(Err(WriteError::Io(error))) => {
                    self.after_failed_write(cx, error).map(|()| data.len())
                }
                Poll::Pending => {
                    ready!(self.poll_answer(cx))?;
                    continue;
                }
            });
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebError>> {
        loop {
            if self.early.is_some() {
                return Poll::Ready(Ok(()));
            }
            match self.lease.connection().poll_flush(cx) {
                Poll::Ready(Ok(())) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(self.after_failed_write(cx, error)),
                Poll::Pending => ready!(self.poll_answer(cx))?,
            }
        }
    }

    /// While a write waits: the server may have answered, and wait itself for that to be read.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebError>> {
        if self.answered.is_some() {
            return Poll::Pending;
        }
        match ready!(self.lease.connection().poll_early_answer(cx)) {
            Ok(head) if ends_the_body(&head) => self.early = Some(head),
            Ok(head) => self.answered = Some(head),
            Err(error) => return Poll::Ready(Err(error.while_sending())),
        }
        Poll::Ready(Ok(()))
    }

    /// Ends the body in the machine; what that writes is still to be flushed.
    fn end(&mut self) -> Result<(), WebError> {
        let proto = &mut self.lease.connection().proto;
        if self.early.is_some() || proto.request_complete() {
            return Ok(());
        }
        match proto.remaining_body() {
            Some(missing) if missing > 0 => Err(too_short(missing)),
            _ => proto
                .end_body(None)
                .map_err(|error| WebError::proto(error, Phase::Sending)),
        }
    }

    /// Waits until the server wants the body, has answered, or has been waited for long enough.
    fn poll_continue(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebError>> {
        let Some((timer, deadline)) = &mut self.waits_for_continue else {
            return Poll::Ready(Ok(()));
        };
        loop {
            match self.lease.connection().poll_event(cx) {
                Poll::Ready(Ok(ClientEvent::Informational(head))) if head.status == 100 => break,
                Poll::Ready(Ok(ClientEvent::Head(head))) => {
                    self.early = Some(head);
                    break;
                }
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(read_error(error))),
                Poll::Pending => {
                    let Some(deadline) = *deadline else {
                        return Poll::Pending;
                    };
                    ready!(timer.poll_until(cx, deadline));
                    break;
                }
            }
        }
        self.waits_for_continue = None;
        Poll::Ready(Ok(()))
    }

    /// A server that refuses a body may answer and close at once: the answer counts.
    fn after_failed_write(
        &mut self,
        cx: &mut Context<'_>,
        error: io::Error,
    ) -> Result<(), WebError> {
        self.early = self.answered.take();
        if self.early.is_none()
            && let Poll::Ready(Ok(head)) = self.lease.connection().poll_early_answer(cx)
        {
            self.early = Some(head);
        }
        if self.early.is_some() {
            return Ok(());
        }
        Err(WebError::send(error))
    }
}

pub(super) fn too_long(n: usize, room: u64) -> WebError {
    Misuse::invalid_operation(format!(
        "{n} bytes written where the content length leaves room for {room}"
    ))
    .into()
}

pub(super) fn too_short(missing: u64) -> WebError {
    WebError::new(
        WebExceptionStatus::RequestCanceled,
        Phase::Sending,
        format!("the request stream was closed {missing} bytes short of the content length"),
    )
}

fn read_error(error: ReadError) -> WebError {
    match error {
        ReadError::Io(error) => WebError::receive(error, Phase::ReadingHead),
        ReadError::Proto(error) => WebError::proto(error, Phase::ReadingHead),
    }
}
