//! The body of a request over HTTP/2 while the caller writes it.

use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use system_net_http_proto::{BodyLength, ResponseHead};
use system_net_primitives::HttpStatusCode;
use system_net_runtime::Timer;
use system_net_security::extended_protection::TransportContext;

use super::authentication::Login;
use super::carrier::Carrier;
use super::exchange::{Exchange, RequestBody};
use super::http2_upload_login::{Asked, OpenedHttp2};
use super::over_http2::Chosen;
use super::request_continue::HttpContinueDelegate;
use super::round_trip::{NOT_KEPT, ends_the_body, keep_alive_failure};
use super::upload::{too_long, too_short};
use super::upload_login::OpenedHttp1;
use crate::error::{Phase, WebError};
use crate::http2::{Again, Answer, Failure, Http2Stream};
use crate::timeouts::PieceLimit;

/// How many streams are opened for a body before its head is given up.
const MOST_OPENED: u32 = 3;

/// What a body that is written piece by piece goes over.
pub(super) enum OpenedForUpload {
    Http1(OpenedHttp1),
    Http2(OpenedHttp2),
}

/// A stream whose body is being written.
pub(super) struct Http2Wire {
    stream: Box<Http2Stream>,
    /// Until when 100 (Continue) is waited for; `None`: not, or not any more.
    waits_for_continue: Option<(Timer, Option<Instant>)>,
    delegate: Option<HttpContinueDelegate>,
    /// How much of the announced length is missing; `None`: none was announced.
    missing: Option<u64>,
    /// The end was sent.
    ended: bool,
    /// The server answered and does not want the body: the rest is not sent.
    early: Option<ResponseHead>,
    /// The server answered well already; the rest is still sent.
    answered: Option<ResponseHead>,
    /// Whether what failed may be sent again.
    again: Again,
    /// How long each write may take, and all of them.
    time: Option<Box<PieceLimit>>,
    /// The login that went with the head.
    login: Option<Box<Login>>,
}

/// A request whose head and body went out while the caller wrote.
pub(crate) struct InFlightHttp2 {
    stream: Box<Http2Stream>,
    /// What was written, if it was kept.
    replay: Option<Vec<u8>>,
    /// The response that came before the body was wanted.
    early: Option<ResponseHead>,
    /// The login that went with the head.
    login: Option<Box<Login>>,
}

impl Exchange {
    /// Opens a stream and sends the head for a body that follows piece by piece.
    pub(super) async fn open_for_upload_http2(
        &mut self,
        length: BodyLength,
    ) -> Result<OpenedForUpload, WebError> {
        let mut opened = 0;
        loop {
            let slot = match self.choose_connection().await? {
                Chosen::Http2(slot) => slot,
                Chosen::Http1(lease) if self.logs_in_before_body() => {
                    self.held = Some(lease);
                    return self.open_after_login(length).await;
                }
                Chosen::Http1(lease) => match self.begin_upload(lease, length).await? {
                    Some((lease, expects)) => {
                        return Ok(OpenedForUpload::Http1(OpenedHttp1::new(lease, expects)));
                    }
                    None => continue,
                },
            };
            opened += 1;
            let empty = matches!(length, BodyLength::Fixed(0));
            match self.open_stream(slot, Some(length), empty) {
                Ok((stream, true)) if self.logs_in_before_body() => {
                    let tries = opened < MOST_OPENED;
                    match Box::pin(self.asked_for_login(Box::new(stream), tries)).await? {
                        Asked::Opened(opened) => return Ok(OpenedForUpload::Http2(opened)),
                        Asked::Again => {}
                    }
                }
                Ok((stream, expects)) => {
                    let login = self.logs_in_before_body();
                    return Ok(OpenedForUpload::Http2(OpenedHttp2 {
                        stream: Box::new(stream),
                        waits_for_continue: expects,
                        early: None,
                        login: login.then(|| Box::new(self.login.take())),
                    }));
                }
                Err(failure) if failure.again == Again::Ignored && opened < MOST_OPENED => {}
                Err(failure) => return Err(self.abort.explain(failure.error)),
            }
        }
    }

    /// The request stream has sent the request; only its response is missing. `None`: it is to be
    /// sent again.
    pub(super) async fn finish_in_flight_http2(
        &mut self,
        in_flight: InFlightHttp2,
    ) -> Result<Option<(Carrier, ResponseHead)>, WebError> {
        let InFlightHttp2 {
            mut stream,
            replay,
            early,
            login,
        } = in_flight;
        if let Some(login) = login {
            self.login = *login;
        }
        let replayable = replay.is_some();
        if let Some(replay) = replay {
            self.body = RequestBody::Buffered(replay.into());
        }
        let received = match early {
            Some(head) => Ok(head),
            None => self.answer_of(&mut stream).await,
        };
        let received = received.and_then(|head| self.check_head(&head).map(|()| head));
        let failure = match received {
            Ok(head) => return Ok(Some((Carrier::Http2(stream), head))),
            Err(failure) => failure,
        };
        let stale = stream.may_be_stale();
        drop(stream);
        match self.goes_out_again(&failure, stale, &mut 0)? {
            false => Err(failure.error),
            true if replayable => Ok(None),
            true => Err(keep_alive_failure(failure.error, NOT_KEPT)),
        }
    }
}

impl Http2Wire {
    /// The channel below.
    pub(super) fn channel(&self) -> TransportContext {
        self.stream.session().channel().clone()
    }

    pub(super) fn new(
        opened: OpenedHttp2,
        waits_for_continue: Option<(Timer, Option<Instant>)>,
        delegate: Option<HttpContinueDelegate>,
        length: BodyLength,
        time: Option<Box<PieceLimit>>,
    ) -> Self {
        let missing = match length {
            BodyLength::Fixed(length) => Some(length),
            _ => None,
        };
        Self {
            stream: opened.stream,
            waits_for_continue,
            delegate,
            missing,
            ended: missing == Some(0),
            early: opened.early,
            answered: None,
            again: Again::No,
            time,
            login: opened.login,
        }
    }

    /// The request goes on with its response.
    pub(super) fn into_in_flight(self, replay: Option<Vec<u8>>) -> InFlightHttp2 {
        InFlightHttp2 {
            stream: self.stream,
            replay,
            early: self.early.or(self.answered),
            login: self.login,
        }
    }

    /// What was written and is kept can be sent again: the server has not looked at it, or the
    /// connection was lost before any answer.
    pub(super) fn is_stale(&self) -> bool {
        match self.again {
            Again::Ignored => true,
            Again::Lost => self.stream.may_be_stale(),
            Again::No | Again::Http1 => false,
        }
    }

    pub(super) fn poll_write_in_time(
        &mut self,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<Result<usize, WebError>> {
        let written = self.poll_write(cx, data);
        let Some(time) = self.time.as_deref_mut() else {
            return written;
        };
        match (time.poll(cx, written.is_pending()), written) {
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
            if let Some(room) = self.missing
                && data.len() as u64 > room
            {
                return Poll::Ready(Err(too_long(data.len(), room)));
            }
            if data.is_empty() {
                return Poll::Ready(Ok(0));
            }
            let failure = match self.stream.poll_room(cx, data.len()) {
                Poll::Ready(Ok(n)) => match self.send(&data[..n]) {
                    Ok(()) => return Poll::Ready(Ok(n)),
                    Err(failure) => failure,
                },
                Poll::Ready(Err(failure)) => failure,
                Poll::Pending => {
                    ready!(self.poll_answer(cx))?;
                    continue;
                }
            };
            self.after_failure(cx, failure)?;
        }
    }

    fn send(&mut self, data: &[u8]) -> Result<(), Failure> {
        if let Some(missing) = &mut self.missing {
            *missing -= data.len() as u64;
            self.ended = *missing == 0;
        }
        self.stream.send(Bytes::copy_from_slice(data), self.ended)
    }

    /// While a write waits: the server may have answered, and want no more of the body.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebError>> {
        loop {
            match ready!(self.stream.poll_answer(cx, true, Phase::Sending)) {
                Ok(Answer::Informational(head)) => self.tell(&head),
                Ok(Answer::Head(head)) if ends_the_body(&head) => {
                    self.early = Some(head);
                    return Poll::Ready(Ok(()));
                }
                Ok(Answer::Head(head)) => {
                    self.answered = Some(head);
                    return Poll::Ready(Ok(()));
                }
                Err(failure) => return Poll::Ready(Err(self.failed(failure))),
            }
        }
    }

    /// A server that refuses a body may answer and end the stream at once: the answer counts.
    fn after_failure(&mut self, cx: &mut Context<'_>, failure: Failure) -> Result<(), WebError> {
        self.early = self.answered.take();
        if self.early.is_some() {
            return Ok(());
        }
        match self.stream.poll_answer(cx, false, Phase::Sending) {
            Poll::Ready(Ok(Answer::Head(head))) => {
                self.early = Some(head);
                Ok(())
            }
            // The half that reads knows why the stream has ended.
            Poll::Ready(Err(failure)) => Err(self.failed(failure)),
            _ => Err(self.failed(failure)),
        }
    }

    fn failed(&mut self, failure: Failure) -> WebError {
        self.again = failure.again;
        failure.error
    }

    fn tell(&self, head: &ResponseHead) {
        if let Some(delegate) = &self.delegate {
            delegate(HttpStatusCode::new(head.status), &head.headers);
        }
    }

    /// Ends the body.
    pub(super) fn end(&mut self) -> Result<(), WebError> {
        if self.early.is_some() || self.ended {
            return Ok(());
        }
        if let Some(missing) = self.missing
            && missing > 0
        {
            return Err(too_short(missing));
        }
        self.ended = true;
        match self.stream.send(Bytes::new(), true) {
            Ok(()) => Ok(()),
            // The answer, if there is one, is read when it is asked for.
            Err(_) if self.answered.is_some() => Ok(()),
            Err(failure) => Err(self.failed(failure)),
        }
    }

    /// Waits until the server wants the body, has answered, or has been waited for long enough.
    fn poll_continue(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebError>> {
        if self.waits_for_continue.is_none() {
            return Poll::Ready(Ok(()));
        }
        loop {
            match self.stream.poll_answer(cx, true, Phase::ReadingHead) {
                Poll::Ready(Ok(Answer::Informational(head))) => {
                    self.tell(&head);
                    if head.status == 100 {
                        break;
                    }
                }
                Poll::Ready(Ok(Answer::Head(head))) => {
                    self.early = Some(head);
                    break;
                }
                Poll::Ready(Err(failure)) => return Poll::Ready(Err(self.failed(failure))),
                Poll::Pending => {
                    let Some((timer, Some(deadline))) = &mut self.waits_for_continue else {
                        return Poll::Pending;
                    };
                    ready!(timer.poll_until(cx, *deadline));
                    break;
                }
            }
        }
        self.waits_for_continue = None;
        Poll::Ready(Ok(()))
    }
}
