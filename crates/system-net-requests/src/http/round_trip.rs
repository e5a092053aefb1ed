//! One round trip of an exchange: a connection, the head, the body, the head of the response.

use std::future::poll_fn;
use std::task::{Context, Poll};

use system_net_diagnostics::{TraceEventType, Traced};
use system_net_http_proto::{BodyLength, ClientEvent, Limits, ProtoError, ResponseHead};
use system_net_primitives::HttpVersion;
use system_net_runtime::{Timer, timeout_at};

use super::carrier::Carrier;
use super::connection_login::binding_of;
use super::exchange::{Exchange, InFlight, RequestBody};
use super::head::Head;
use super::http2_upload::OpenedForUpload;
use super::pipelining::TakesAlong;
use super::upload_login::OpenedHttp1;
use crate::blocking::deadline_after;
use crate::connection::{Connection, ReadError, WriteError};
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::rate_limit::RateLimit;
use crate::retry::is_idempotent;
use crate::service_point::Lease;
use crate::timeouts::{Timeouts, limited};
use crate::trace;

impl Exchange {
    pub(super) async fn round_trip(&mut self) -> Result<(Carrier, ResponseHead), WebError> {
        if self.body.is_in_flight()
            && let Some(answer) = Box::pin(self.finish_in_flight()).await?
        {
            return Ok(answer);
        }
        if let Some(lease) = self.held.take()
            && let Some(answer) = Box::pin(self.over_lease(lease, false, false)).await?
        {
            return Ok(answer);
        }
        if self.choose_route()?.group.protocol.may_be_http2() {
            return Box::pin(self.round_trip_http2()).await;
        }
        loop {
            self.choose_route()?;
            let pipelines = self.may_pipeline();
            let (lease, is_behind) = self.connection(pipelines).await?;
            if let Some(answer) = self.over_lease(lease, pipelines, is_behind).await? {
                return Ok(answer);
            }
        }
    }

    /// Over a connection of HTTP/1. `None`: it was a kept-alive one the server had closed, and the
    /// request is to be sent again.
    pub(super) async fn over_lease(
        &mut self,
        mut lease: Lease,
        pipelines: bool,
        is_behind: bool,
    ) -> Result<Option<(Carrier, ResponseHead)>, WebError> {
        let mut pipelines = pipelines;
        if !is_behind && self.may_log_in() {
            self.found_connection(lease.connection());
            let connection = lease.connection();
            if self.properties.pre_authenticate
                && self.login.authorization().is_none()
                && !connection.logged_in
            {
                let binding = binding_of(connection);
                let abort = self.abort_handle();
                Box::pin(abort.guard(self.pre_authenticate_connection(binding))).await?;
                pipelines &= !self.login_is_of_connection();
            }
        }
        let sent = match is_behind {
            true => Ok(None),
            false => self.send_in_time(&mut lease, pipelines).await,
        };
        let answer = match sent {
            Ok(None) => {
                let takes_along = TakesAlong::of(pipelines, is_behind);
                self.receive(&mut lease, takes_along).await
            }
            Ok(Some(head)) => Ok(head),
            Err(failure) => Err(failure),
        };
        let failure = match answer {
            Ok(head) => return Ok(Some((Carrier::Http1(lease), head))),
            Err(failure) => failure,
        };
        let repeats = is_idempotent(self.method()) || self.awaits_challenge();
        if self.login_is_of_connection() && repeats && self.is_stale(&failure, lease.connection()) {
            match self.awaits_challenge() && self.login_begins() {
                // Its first message was not heard: it goes out on another connection, without the body.
                true => self.count_restart()?,
                false => self.login_was_interrupted()?,
            }
            return Ok(None);
        }
        if self.goes_alone(is_behind, &failure) {
            return Ok(None);
        }
        if !self.is_stale(&failure, lease.connection()) {
            return Err(failure.error);
        }
        if !is_idempotent(self.method()) {
            return Err(keep_alive_failure(failure.error, UNSAFE));
        }
        trace::request(&self.properties.traced).note(format_args!(
            "The connection was closed by the server while it was idle; sending again."
        ));
        Ok(None)
    }

    /// The request stream has sent the request; only its response is missing. `None`: the
    /// connection was a kept-alive one the server had closed, and the request can be repeated.
    async fn finish_in_flight(&mut self) -> Result<Option<(Carrier, ResponseHead)>, WebError> {
        let in_flight = match std::mem::replace(&mut self.body, RequestBody::None) {
            RequestBody::InFlight(in_flight) => in_flight,
            RequestBody::InFlightHttp2(in_flight) => {
                return self.finish_in_flight_http2(*in_flight).await;
            }
            _ => return Ok(None),
        };
        let InFlight {
            mut lease,
            replay,
            early,
            login,
        } = *in_flight;
        if let Some(login) = login {
            self.login = *login;
            self.alone |= self.login_is_of_connection();
        }
        let replayable = replay.is_some();
        if let Some(replay) = replay {
            self.body = RequestBody::Buffered(replay.into());
        }
        if let Some(head) = early {
            return Ok(Some((Carrier::Http1(lease), head)));
        }
        let received = match flush(lease.connection()).await {
            Ok(()) => self.receive(&mut lease, TakesAlong::Nobody).await,
            Err(failure) => Err(failure),
        };
        let failure = match received {
            Ok(head) => return Ok(Some((Carrier::Http1(lease), head))),
            Err(failure) => failure,
        };
        match self.is_stale(&failure, lease.connection()) {
            false => Err(failure.error),
            true if !is_idempotent(self.method()) => Err(keep_alive_failure(failure.error, UNSAFE)),
            true if replayable => Ok(None),
            true => Err(keep_alive_failure(failure.error, NOT_KEPT)),
        }
    }

    /// RFC 9112 section 9.3.1: an idle connection may be closed just as a request goes out, which
    /// may then be sent again if its method is idempotent. House rule: only a reused connection,
    /// no byte of a response.
    pub(super) fn is_stale(&self, failure: &Failure, connection: &Connection) -> bool {
        failure.connection_lost
            && connection.is_reused()
            && !connection.proto.response_started()
            && !self.abort.is_aborted()
    }

    /// Sends the request. A response if there is one already.
    async fn send_in_time(
        &self,
        lease: &mut Lease,
        pipelines: bool,
    ) -> Result<Option<ResponseHead>, Failure> {
        match &self.timeouts {
            None => self.send(lease, pipelines).await,
            Some(timeouts) => Box::pin(limited(timeouts.send(), self.send(lease, pipelines)))
                .await
                .map_err(Failure::over(Phase::Sending))?,
        }
    }

    async fn send(
        &self,
        lease: &mut Lease,
        pipelines: bool,
    ) -> Result<Option<ResponseHead>, Failure> {
        let connection = lease.connection();
        let body = match &self.body {
            RequestBody::Buffered(_) if self.awaits_challenge() => None,
            RequestBody::Buffered(body) => Some(&**body),
            _ => None,
        };
        let length = self.body_length(body.map(|body| body.len() as u64));
        let expects = self.write_head(connection, length)?;
        if let Some(body) = body.filter(|body| !body.is_empty()) {
            if let Some(head) = Box::pin(self.send_body(lease, body, expects)).await? {
                return Ok(Some(head));
            }
        } else {
            connection.proto.end_body(None).map_err(Failure::proto)?;
        }
        poll_fn(|cx| {
            if pipelines {
                lease.take_along(cx);
            }
            lease.connection().poll_flush(cx)
        })
        .await
        .map_err(Failure::write)?;
        Ok(None)
    }

    /// Puts the head of the request into the connection's output. True: it asks the server to
    /// continue before the body.
    pub(super) fn write_head(
        &self,
        connection: &mut Connection,
        body: Option<BodyLength>,
    ) -> Result<bool, Failure> {
        self.abort.set_phase(Phase::Sending);
        let first = connection.requests == 0;
        connection.requests += 1;
        connection.proto.set_limits(self.limits());
        let expect_continue = self.expects_continue(body);
        let cookie = self.cookie_field();
        let head = self.head(cookie.as_deref(), body, expect_continue, first);
        head.write(&mut connection.proto).map_err(Failure::proto)?;
        connection
            .continue_delegate
            .clone_from(&self.properties.continue_delegate);
        self.trace_head(connection.proto.output());
        self.tell_of_sent_head(connection.proto.output().len(), false);
        Ok(expect_continue)
    }

    /// Whether a request with such a body asks the server to continue before it.
    pub(super) fn expects_continue(&self, body: Option<BodyLength>) -> bool {
        let has_content = match body {
            Some(BodyLength::Fixed(length)) => length > 0,
            Some(BodyLength::Chunked) => true,
            _ => false,
        };
        has_content
            && self.properties.protocol_version >= HttpVersion::VERSION11
            && self
                .route
                .as_ref()
                .is_some_and(|route| route.point.expect_100_continue())
    }

    /// All that goes into the head of the request; `first` on its connection.
    #[inline]
    pub(super) fn head<'a>(
        &'a self,
        cookie: Option<&'a str>,
        body: Option<BodyLength>,
        expect_continue: bool,
        first: bool,
    ) -> Head<'a> {
        let properties = &*self.properties;
        let redirected = self.redirected.as_deref();
        let host = properties.host.as_ref().map(|host| &*host.sent);
        Head {
            method: self.method(),
            uri: self.uri(),
            // What was to be HTTP/2 and is not is of the version below.
            version: properties.protocol_version.min(HttpVersion::VERSION11),
            headers: redirected.map_or(&properties.headers, |target| &target.headers),
            host: match host.filter(|_| redirected.is_none()) {
                None => self.host_of_route(),
                own => own,
            },
            authorization: self.login.authorization(),
            way: self.way(),
            cookie,
            decompression: properties.automatic_decompression,
            body,
            expect_continue,
            // All messages of a login go over one connection, also of who wants none kept after it.
            keep_alive: properties.keep_alive || self.login_goes_on(),
            first,
        }
    }

    /// The head of a request that is about to be sent.
    #[inline]
    pub(super) fn trace_head(&self, head: &[u8]) {
        if trace::request(&self.properties.traced).wanted(TraceEventType::Information) {
            self.trace_head_heard(head);
        }
    }

    #[cold]
    #[inline(never)]
    fn trace_head_heard(&self, head: &[u8]) {
        let request = trace::request(&self.properties.traced);
        let stream = trace::stream(&self.properties.stream);
        request.associate(&stream);
        let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
        request.note(format_args!("Request: {}", String::from_utf8_lossy(line)));
        stream.data("WriteHeaders", head);
    }

    /// Which field about the body the head has. A method that may have one says 0 without one.
    pub(super) fn body_length(&self, length: Option<u64>) -> Option<BodyLength> {
        let chunked = self.properties.send_chunked && self.redirected.is_none();
        match length {
            Some(_) if chunked => Some(BodyLength::Chunked),
            Some(length) => Some(BodyLength::Fixed(length)),
            None if matches!(self.method(), "POST" | "PUT" | "PATCH") => Some(BodyLength::Fixed(0)),
            None => None,
        }
    }

    /// Sends a body that is in memory. A response instead of it if the server answers before it
    /// wants the body, or while refusing it.
    async fn send_body(
        &self,
        lease: &mut Lease,
        body: &[u8],
        expects: bool,
    ) -> Result<Option<ResponseHead>, Failure> {
        let connection = lease.connection();
        if expects {
            flush(connection).await?;
            if let Some(head) = self.await_continue(connection).await? {
                return Ok(Some(head));
            }
        }
        let extras = self.properties.extras.as_deref();
        let limit = extras.and_then(|extras| extras.upload_limit.as_ref());
        match write_body(connection, body, limit).await {
            Ok(answer) => Ok(answer),
            // A server that refuses a body may answer and close at once: the answer counts.
            Err(failure) => match self.receive(lease, TakesAlong::Nobody).await {
                Ok(head) => Ok(Some(head)),
                Err(_) => Err(failure),
            },
        }
    }

    /// Waits for 100 (Continue), for the final response, or for as long as the request wants to.
    pub(super) async fn await_continue(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<ResponseHead>, Failure> {
        let deadline = deadline_after(self.properties.continue_timeout);
        let answer = poll_fn(|cx| {
            loop {
                match std::task::ready!(connection.poll_event(cx)) {
                    Ok(ClientEvent::Informational(head)) if head.status == 100 => {
                        return Poll::Ready(Ok(None));
                    }
                    Ok(ClientEvent::Head(head)) => return Poll::Ready(Ok(Some(head))),
                    Ok(_) => {}
                    Err(error) => return Poll::Ready(Err(Failure::read(error))),
                }
            }
        });
        match timeout_at(deadline, answer).await {
            Ok(answer) => answer,
            // RFC 9110 section 10.1.1: a client "SHOULD NOT wait for an indefinite period".
            Err(_elapsed) => Ok(None),
        }
    }

    /// Reads up to the head of the final response. Requests that wait for a connection may be sent
    /// meanwhile.
    pub(super) async fn receive(
        &self,
        lease: &mut Lease,
        mut takes_along: TakesAlong,
    ) -> Result<ResponseHead, Failure> {
        self.abort.set_phase(Phase::ReadingHead);
        let received = poll_fn(|cx| {
            takes_along.before_wait(lease, cx);
            poll_head(lease.connection(), cx)
        });
        let head = match &self.timeouts {
            None => received.await?,
            Some(timeouts) => Box::pin(limited(timeouts.headers(), received))
                .await
                .map_err(Failure::over(Phase::ReadingHead))??,
        };
        lease.answered();
        Ok(head)
    }

    // ---- For the request stream ----

    /// Connects and writes the head for a body that follows piece by piece.
    pub(super) async fn open_for_upload(
        &mut self,
        length: BodyLength,
    ) -> Result<OpenedForUpload, WebError> {
        if self.properties.pre_authenticate && !self.pre_authenticate_at_once()? {
            let abort = self.abort_handle();
            Box::pin(abort.guard(self.pre_authenticate())).await?;
        }
        if self.choose_route()?.group.protocol.may_be_http2() {
            return Box::pin(self.open_for_upload_http2(length)).await;
        }
        if !self.properties.allow_write_stream_buffering && self.may_log_in() {
            return Box::pin(self.open_after_login(length)).await;
        }
        loop {
            let (lease, _) = self.connection(false).await?;
            if let Some((lease, expects)) = self.begin_upload(lease, length).await? {
                return Ok(OpenedForUpload::Http1(OpenedHttp1::new(lease, expects)));
            }
        }
    }

    /// Writes the head, and sends it if the server is asked to continue; else it waits for the body.
    /// `None`: the connection was a kept-alive one the server had closed.
    pub(super) async fn begin_upload(
        &self,
        mut lease: Lease,
        length: BodyLength,
    ) -> Result<Option<(Lease, bool)>, WebError> {
        let connection = lease.connection();
        let expects = self
            .write_head(connection, Some(length))
            .map_err(|f| f.error)?;
        if !expects {
            return Ok(Some((lease, false)));
        }
        let limit = self.timeouts.as_deref().and_then(Timeouts::send);
        let flushed = limited(limit, flush(connection)).await;
        match flushed.unwrap_or_else(|limit| Err(Failure::over(Phase::Sending)(limit))) {
            Ok(()) => Ok(Some((lease, true))),
            Err(failure)
                if failure.connection_lost
                    && connection.is_reused()
                    && !self.abort.is_aborted() =>
            {
                Ok(None)
            }
            Err(failure) => Err(self.abort.explain(failure.error)),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        let kib = match self.properties.maximum_response_headers_length {
            Some(0) => self.manager.response_headers_length.get(),
            other => other,
        };
        Limits {
            // Far beyond any real head, and yet not without end.
            head_bytes: kib.map_or(usize::MAX / 2, |kib| kib as usize * 1024),
            unsafe_header_parsing: self.bears_unsafe_headers(),
            ..Limits::default()
        }
    }
}

pub(super) async fn flush(connection: &mut Connection) -> Result<(), Failure> {
    poll_fn(|cx| connection.poll_flush(cx))
        .await
        .map_err(Failure::write)
}

/// Reads up to the head of the final response.
pub(super) fn poll_head(
    connection: &mut Connection,
    cx: &mut Context<'_>,
) -> Poll<Result<ResponseHead, Failure>> {
    loop {
        match std::task::ready!(connection.poll_event(cx)) {
            Ok(ClientEvent::Head(head)) => return Poll::Ready(Ok(head)),
            Ok(ClientEvent::Informational(_)) => {}
            Ok(ClientEvent::Upgraded) => {
                return Poll::Ready(Err(Failure {
                    error: WebError::new(
                        WebExceptionStatus::ServerProtocolViolation,
                        Phase::ReadingHead,
                        "the server changed to another protocol unasked",
                    ),
                    connection_lost: false,
                }));
            }
            Ok(_) => {}
            Err(error) => return Poll::Ready(Err(Failure::read(error))),
        }
    }
}

/// Writes as much as goes. What is wrong with the connection the next read says.
pub(super) fn flush_some(connection: &mut Connection, cx: &mut Context<'_>) {
    if !connection.proto.output().is_empty() {
        let _ = connection.poll_flush(cx);
    }
}

/// Writes a body that is in memory, and the end of it. The server may answer meanwhile, and wait
/// itself for that to be read: an answer that makes the rest pointless ends the writing.
async fn write_body(
    connection: &mut Connection,
    body: &[u8],
    limit: Option<&RateLimit>,
) -> Result<Option<ResponseHead>, Failure> {
    let mut timer = Timer::new();
    let fixed = connection.proto.remaining_body().is_some();
    let mut rest = body;
    let mut answer = None;
    poll_fn(|cx| {
        while !rest.is_empty() {
            let allowed = match limit {
                None => Poll::Ready(rest.len()),
                Some(limit) => limit.poll_take(cx, &mut timer, rest.len()),
            };
            let written = match (allowed, fixed) {
                (Poll::Ready(n), true) => connection.poll_write_fixed(cx, &rest[..n]),
                (Poll::Ready(n), false) => connection.poll_write_chunk(cx, &rest[..n]),
                (Poll::Pending, _) => Poll::Pending,
            };
            if let (Some(limit), Poll::Ready(allowed)) = (limit, allowed) {
                let used = match &written {
                    Poll::Ready(Ok(n)) => *n,
                    _ => 0,
                };
                limit.give_back(allowed - used);
            }
            match written {
                Poll::Ready(Ok(n)) => rest = &rest[n..],
                Poll::Ready(Err(WriteError::Io(error))) => {
                    return Poll::Ready(Err(Failure::write(error)));
                }
                Poll::Ready(Err(WriteError::Proto(error))) => {
                    return Poll::Ready(Err(Failure::proto(error)));
                }
                Poll::Pending if answer.is_some() => return Poll::Pending,
                Poll::Pending => match std::task::ready!(connection.poll_early_answer(cx)) {
                    Ok(head) => {
                        let ends = ends_the_body(&head);
                        answer = Some(head);
                        if ends {
                            break;
                        }
                    }
                    Err(error) => {
                        let error = error.while_sending();
                        let connection_lost = error.status() == WebExceptionStatus::SendFailure;
                        return Poll::Ready(Err(Failure {
                            error,
                            connection_lost,
                        }));
                    }
                },
            }
        }
        Poll::Ready(Ok(()))
    })
    .await?;
    if rest.is_empty() {
        connection.proto.end_body(None).map_err(Failure::proto)?;
        if answer.is_some() {
            flush(connection).await?;
        }
    }
    Ok(answer)
}

/// Whether a response that came before the end of the request's body makes the rest pointless: it
/// is no success (RFC 9112 section 9.3: the client may close then).
pub(super) fn ends_the_body(head: &ResponseHead) -> bool {
    head.status >= 300
}

/// Why a request is not sent again.
pub(super) const NOT_KEPT: &str = "the body was not kept to send it again";
pub(super) const UNSAFE: &str =
    "whether it has read the request is not known, and its method is not safe to send twice";

pub(super) fn keep_alive_failure(cause: WebError, why: &str) -> WebError {
    WebError::new(
        WebExceptionStatus::KeepAliveFailure,
        Phase::Sending,
        format!("the server had closed the kept-alive connection, and {why}"),
    )
    .with_source(cause)
}

/// From where to where a new connection leads.
pub(super) fn trace_connected(connection: &Connection) {
    let emitter = trace::connection(&connection.traced);
    if emitter.wanted(TraceEventType::Information)
        && let (Some(from), Some(to)) = connection.end_points()
    {
        emitter.note(format_args!("Created connection from {from} to {to}."));
    }
}

/// The head of a response, as it came.
#[inline]
pub(super) fn trace_answer(traced: &Traced, head: &ResponseHead) {
    if trace::connection(traced).wanted(TraceEventType::Information) {
        trace_answer_heard(traced, head);
    }
}

#[cold]
#[inline(never)]
fn trace_answer_heard(traced: &Traced, head: &ResponseHead) {
    let emitter = trace::connection(traced);
    let (version, reason) = (head.version, head.reason());
    emitter.note(format_args!(
        "Received status line: Version={version}, StatusCode={}, StatusDescription={reason}.",
        head.status
    ));
    let mut bytes = format!("HTTP/{version} {} {reason}\r\n", head.status);
    for (name, value) in head.headers.iter() {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    bytes.push_str("\r\n");
    emitter.data("ReadHeaders", bytes.as_bytes());
}

/// Why a round trip failed.
pub(super) struct Failure {
    pub(super) error: WebError,
    /// The connection was found dead, as against a peer that answered nonsense.
    pub(super) connection_lost: bool,
}

impl Failure {
    fn write(error: std::io::Error) -> Self {
        Self {
            error: WebError::send(error),
            connection_lost: true,
        }
    }

    pub(super) fn proto(error: ProtoError) -> Self {
        Self {
            error: WebError::proto(error, Phase::Sending),
            connection_lost: false,
        }
    }

    pub(super) fn read(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => Self {
                error: WebError::receive(error, Phase::ReadingHead),
                connection_lost: true,
            },
            ReadError::Proto(error) => {
                let error = WebError::proto(error, Phase::ReadingHead);
                let connection_lost = error.status() == WebExceptionStatus::ConnectionClosed;
                Self {
                    error,
                    connection_lost,
                }
            }
        }
    }
}
