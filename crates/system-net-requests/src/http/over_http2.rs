//! One round trip over HTTP/2: a stream, the head, the body, the head of the response; or over
//! HTTP/1.1, if that is what the server chooses.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, ready};

use bytes::Bytes;
use system_net_http_proto::{BodyLength, ResponseHead};
use system_net_primitives::{HttpStatusCode, HttpVersion, Misuse};
use system_net_runtime::{Timer, Transport, timeout_at};

use super::carrier::Carrier;
use super::connection_event::ConnectionEventArgs;
use super::exchange::{Exchange, RequestBody};
use super::round_trip::{UNSAFE, ends_the_body, keep_alive_failure};
use super::route::Route;
use crate::blocking::deadline_after;
use crate::connection::Connection;
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::http2::{Again, Answer, Failure, Http2Stream, Protocol, Slot, Turn, head_size};
use crate::rate_limit::RateLimit;
use crate::retry::is_idempotent;
use crate::service_point::{Acquired, Lease};
use crate::timeouts::{Timeouts, limited};
use crate::trace;

/// How many times a request goes out anew in a row that servers would not look at, on connections on
/// which they looked at no other.
const MOST_IGNORED: u32 = 3;

/// What a request is sent over.
pub(super) enum Chosen {
    Http1(Lease),
    Http2(Slot),
}

impl Exchange {
    pub(super) async fn round_trip_http2(&mut self) -> Result<(Carrier, ResponseHead), WebError> {
        let mut ignored = 0;
        loop {
            let slot = match self.choose_connection().await? {
                Chosen::Http2(slot) => slot,
                Chosen::Http1(lease) => match self.over_lease(lease, false, false).await? {
                    Some(answer) => return Ok(answer),
                    None => continue,
                },
            };
            let mut sent = None;
            let session = Arc::clone(slot.session());
            let failure = match self.over_stream(slot, &mut sent).await {
                Ok(head) => match sent {
                    Some(stream) => return Ok((Carrier::Http2(Box::new(stream)), head)),
                    None => return Err(WebError::canceled()),
                },
                Err(failure) => failure,
            };
            let stale = sent.as_ref().is_some_and(Http2Stream::may_be_stale);
            drop(sent);
            if failure.again == Again::Ignored && session.has_served() {
                // It goes forward: others had their turn on the connection.
                ignored = 0;
            }
            if !self.goes_out_again(&failure, stale, &mut ignored)? {
                return Err(failure.error);
            }
            if failure.again == Again::Http1 {
                return Box::pin(self.round_trip()).await;
            }
        }
    }

    /// Whether a request that failed is sent again, for reasons of the protocol.
    pub(super) fn goes_out_again(
        &mut self,
        failure: &Failure,
        stale: bool,
        ignored: &mut u32,
    ) -> Result<bool, WebError> {
        if self.abort.is_aborted() {
            return Ok(false);
        }
        let why = match failure.again {
            Again::No => return Ok(false),
            Again::Ignored => {
                *ignored += 1;
                if *ignored > MOST_IGNORED {
                    return Ok(false);
                }
                "The server has not looked at the request; sending again."
            }
            Again::Lost if !stale => return Ok(false),
            Again::Lost if !is_idempotent(self.method()) => {
                return Err(keep_alive_failure(failure.error.repeated(), UNSAFE));
            }
            Again::Lost => "The connection was lost before an answer; sending again.",
            Again::Http1 => {
                if !self.falls_back_to_http1() {
                    return Ok(false);
                }
                "The server wants HTTP/1.1 for the request; sending again."
            }
        };
        trace::request(&self.properties.traced).note(format_args!("{why}"));
        Ok(true)
    }

    /// From now on the request goes over HTTP/1.1; false if its policy forbids that.
    pub(super) fn falls_back_to_http1(&mut self) -> bool {
        let may = self
            .route
            .as_ref()
            .is_some_and(|route| route.group.protocol == Protocol::Http2OrLower);
        if may {
            self.http1_only = true;
            self.route = None;
        }
        may
    }

    /// A stream of a connection that there is or that is opened now, or a connection of HTTP/1.1.
    pub(super) async fn choose_connection(&mut self) -> Result<Chosen, WebError> {
        self.choose_route()?;
        self.begin_stages();
        let this = &*self;
        let route = this.route.as_ref().expect("a route was chosen above");
        let request = trace::request(&this.properties.traced);
        request.associate(&trace::service_point(&route.point.traced));
        this.abort.set_phase(Phase::Queueing);
        this.abort.check()?;
        let turn = match route.point.http2.acquire(&route.point, &route.group) {
            Ok(turn) => turn,
            Err(turn) => {
                let turn = Box::pin(async { Ok(turn.await) });
                this.abort.guard(turn).await?
            }
        };
        let is_new = matches!(turn, Turn::Open(_));
        let slot = match turn {
            Turn::Stream(slot) => slot,
            Turn::Open(opening) => {
                let place = match this.place(route, false).await? {
                    Acquired::Place(place) => place,
                    // Nothing was offered that could have gone out behind another request.
                    Acquired::Connection(lease) | Acquired::Turn(lease, _) => {
                        opening.chose_http1();
                        return this.http1_chosen(lease, false);
                    }
                };
                let connect = Box::pin(this.connect_in_time(this.uri(), route));
                let transport = this.abort.guard(connect).await?;
                if route.group.tunnel.is_none() {
                    route.point.opened(&*transport);
                }
                if !speaks_http2(&*transport) {
                    check_fallback(route)?;
                    let connection = Connection::new(transport, this.limits());
                    super::round_trip::trace_connected(&connection);
                    let lease = place.fill(connection);
                    opening.chose_http1();
                    return this.http1_chosen(lease, true);
                }
                let head_bytes = this.limits().head_bytes;
                let speak = Box::pin(opening.speak(transport, place, head_bytes));
                let slot = this.abort.guard(speak).await?;
                trace_connected(&slot);
                slot
            }
        };
        let session = slot.session();
        trace::connection(&session.traced).associate(&request);
        if !is_new {
            this.check_again(|| session.end_points().1)?;
        }
        this.tell_of_connection(|redirects| {
            let reached = this.reached();
            ConnectionEventArgs::of_end_points(session.end_points(), is_new, redirects, reached)
        });
        Ok(Chosen::Http2(slot))
    }

    fn http1_chosen(&self, mut lease: Lease, is_new: bool) -> Result<Chosen, WebError> {
        self.taken(&mut lease, is_new)?;
        Ok(Chosen::Http1(lease))
    }

    /// Sends the request; `sent` has the stream as soon as there is one.
    async fn over_stream(
        &self,
        slot: Slot,
        sent: &mut Option<Http2Stream>,
    ) -> Result<ResponseHead, Failure> {
        let body = match &self.body {
            RequestBody::Buffered(body) => Some(body.clone()),
            _ => None,
        };
        let length = self.body_length(body.as_ref().map(|body| body.len() as u64));
        let body = body.filter(|body| !body.is_empty());
        let (stream, expects) = self.open_stream(slot, length, body.is_none())?;
        let stream = sent.insert(stream);
        let exchanged = Box::pin(async {
            let Some(body) = body else {
                return Ok(self.answer_of(stream).await);
            };
            let limit = self.timeouts.as_deref().and_then(Timeouts::send);
            let sending = self.send_or_answer(stream, body, expects);
            Ok(match limited(limit, sending).await {
                Ok(Ok(Some(head))) => Ok(head),
                Ok(Ok(None)) => self.answer_of(stream).await,
                Ok(Err(failure)) => Err(failure),
                Err(limit) => Err(Failure::new(WebError::over(Phase::Sending, limit))),
            })
        });
        let head = match self.abort.guard(exchanged).await {
            Ok(result) => result?,
            Err(aborted) => return Err(Failure::new(aborted)),
        };
        self.check_head(&head)?;
        Ok(head)
    }

    /// Sends a body. A response instead of it, if the server answers before it has the whole.
    async fn send_or_answer(
        &self,
        stream: &mut Http2Stream,
        body: Bytes,
        expects: bool,
    ) -> Result<Option<ResponseHead>, Failure> {
        if expects && let Some(answer) = self.await_answer_or_continue(stream).await {
            return answer.map(Some);
        }
        let extras = self.properties.extras.as_deref();
        let limit = extras.and_then(|extras| extras.upload_limit.as_ref());
        self.send_body_http2(stream, body, limit).await
    }

    /// Sends the head. With it: whether the server is asked to continue before the body.
    pub(super) fn open_stream(
        &self,
        slot: Slot,
        length: Option<BodyLength>,
        end: bool,
    ) -> Result<(Http2Stream, bool), Failure> {
        self.abort.set_phase(Phase::Sending);
        let (head, expects) = self
            .http2_head(length)
            .map_err(|error| Failure::new(error.into()))?;
        if trace::request(&self.properties.traced)
            .wanted(system_net_diagnostics::TraceEventType::Information)
        {
            self.trace_head(&head.text());
        }
        let extras = self.properties.extras.as_deref();
        if extras.is_some_and(|extras| extras.on_head.is_some()) {
            self.tell_of_sent_head(head.text().len(), false);
        }
        if !self.properties.keep_alive {
            slot.retire();
        }
        let stream = Http2Stream::open(slot, head, end)?;
        self.abort
            .attach(Some(stream.killer()))
            .map_err(Failure::new)?;
        Ok((stream, expects))
    }

    /// The head of the response.
    pub(super) async fn answer_of(
        &self,
        stream: &mut Http2Stream,
    ) -> Result<ResponseHead, Failure> {
        self.abort.set_phase(Phase::ReadingHead);
        let delegate = self.properties.continue_delegate.as_ref();
        let answer = poll_fn(|cx| {
            loop {
                match ready!(stream.poll_answer(cx, delegate.is_some(), Phase::ReadingHead))? {
                    Answer::Head(head) => return Poll::Ready(Ok(head)),
                    Answer::Informational(head) => self.tell_of_informational(&head),
                }
            }
        });
        match self.timeouts.as_deref() {
            None => answer.await,
            Some(timeouts) => Box::pin(limited(timeouts.headers(), answer))
                .await
                .map_err(|limit| Failure::new(WebError::over(Phase::ReadingHead, limit)))?,
        }
    }

    /// Waits for 100 (Continue), for the response, or for as long as the request wants to.
    pub(super) async fn await_answer_or_continue(
        &self,
        stream: &mut Http2Stream,
    ) -> Option<Result<ResponseHead, Failure>> {
        let answer = poll_fn(|cx| {
            loop {
                match ready!(stream.poll_answer(cx, true, Phase::ReadingHead)) {
                    Ok(Answer::Head(head)) => return Poll::Ready(Some(Ok(head))),
                    Ok(Answer::Informational(head)) => {
                        self.tell_of_informational(&head);
                        if head.status == 100 {
                            return Poll::Ready(None);
                        }
                    }
                    Err(failure) => return Poll::Ready(Some(Err(failure))),
                }
            }
        });
        let deadline = deadline_after(self.properties.continue_timeout);
        timeout_at(deadline, answer).await.unwrap_or(None)
    }

    /// Sends a body that is in memory. A response instead of it, if the server answers before it has
    /// the whole.
    async fn send_body_http2(
        &self,
        stream: &mut Http2Stream,
        mut rest: Bytes,
        limit: Option<&RateLimit>,
    ) -> Result<Option<ResponseHead>, Failure> {
        let mut timer = Timer::new();
        let mut answer = None;
        poll_fn(|cx| {
            while !rest.is_empty() {
                let sent = self.poll_send(cx, stream, &mut rest, limit, &mut timer);
                let failure = match sent {
                    Poll::Ready(Ok(())) => continue,
                    Poll::Ready(Err(failure)) => Some(failure),
                    Poll::Pending if answer.is_some() => return Poll::Pending,
                    Poll::Pending => None,
                };
                // The server may have answered already, and then want no more of the body.
                let delegate = self.properties.continue_delegate.is_some();
                match (stream.poll_answer(cx, delegate, Phase::Sending), failure) {
                    (Poll::Ready(Ok(Answer::Informational(head))), None) => {
                        self.tell_of_informational(&head);
                    }
                    (Poll::Ready(Ok(Answer::Head(head))), failure) => {
                        let ends = failure.is_some() || ends_the_body(&head);
                        answer = Some(head);
                        if ends {
                            break;
                        }
                    }
                    (_, Some(_)) if answer.is_some() => break,
                    // The half that reads knows why the stream has ended.
                    (Poll::Ready(Err(failure)), Some(_)) => return Poll::Ready(Err(failure)),
                    (_, Some(failure)) | (Poll::Ready(Err(failure)), None) => {
                        return Poll::Ready(Err(failure));
                    }
                    (Poll::Pending, None) => return Poll::Pending,
                }
            }
            Poll::Ready(Ok(()))
        })
        .await?;
        Ok(answer)
    }

    /// Sends as much as there is room for; the last piece ends the body.
    fn poll_send(
        &self,
        cx: &mut std::task::Context<'_>,
        stream: &mut Http2Stream,
        rest: &mut Bytes,
        limit: Option<&RateLimit>,
        timer: &mut Timer,
    ) -> Poll<Result<(), Failure>> {
        let room = ready!(stream.poll_room(cx, rest.len()))?;
        let room = match limit {
            None => room,
            Some(limit) => ready!(limit.poll_take(cx, timer, room)),
        };
        let piece = rest.split_to(room);
        Poll::Ready(stream.send(piece, rest.is_empty()))
    }

    pub(super) fn tell_of_informational(&self, head: &ResponseHead) {
        if let Some(delegate) = &self.properties.continue_delegate {
            delegate(HttpStatusCode::new(head.status), &head.headers);
        }
    }

    /// `MaximumResponseHeadersLength`.
    pub(super) fn check_head(&self, head: &ResponseHead) -> Result<(), Failure> {
        let limit = self.limits().head_bytes;
        let size = head_size(&head.headers);
        if size <= limit {
            return Ok(());
        }
        Err(Failure::new(WebError::new(
            WebExceptionStatus::MessageLengthLimitExceeded,
            Phase::ReadingHead,
            format!("the head of the response has {size} bytes, and may have {limit}"),
        )))
    }
}

/// What the server chose in the handshake. In clear text it is taken to know HTTP/2 (RFC 9113 section
/// 3.3): nobody else is connected to that way.
fn speaks_http2(transport: &dyn Transport) -> bool {
    transport
        .tls()
        .is_none_or(|tls| tls.alpn.as_deref() == Some(b"h2"))
}

/// The server has chosen HTTP/1.1: an error if the policy of the request forbids that.
fn check_fallback(route: &Route) -> Result<(), WebError> {
    if route.group.protocol != Protocol::Http2 {
        return Ok(());
    }
    Err(WebError::new(
        WebExceptionStatus::SecureChannelFailure,
        Phase::SecuringChannel,
        format!(
            "the server does not choose HTTP/2, and the request wants version {} or none: allow RequestVersionOrLower",
            HttpVersion::VERSION20
        ),
    ))
}

/// From where to where a new connection leads.
fn trace_connected(slot: &Slot) {
    let session = slot.session();
    let emitter = trace::connection(&session.traced);
    if emitter.wanted(system_net_diagnostics::TraceEventType::Information)
        && let (Some(from), Some(to)) = session.end_points()
    {
        emitter.note(format_args!(
            "Created connection from {from} to {to}, of HTTP/2."
        ));
    }
}

/// Why HTTP/2 cannot be had through a proxy that passes requests on.
pub(super) fn not_through_proxy() -> Misuse {
    Misuse::not_supported(
        "HTTP/2 through a proxy that passes requests on: allow RequestVersionOrLower, or ask for https, which goes through a tunnel",
    )
}
