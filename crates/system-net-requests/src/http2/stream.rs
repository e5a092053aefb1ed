//! One request and its response: a stream of a connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::{Reason, RecvStream, SendStream};
use http::HeaderMap;
use system_net_http_proto::{BodyFraming, ResponseHead};
use system_net_primitives::{HeaderSet, WebHeaderCollection};
use system_net_runtime::{Kill, Killer};

use super::error::{Failure, wrong_length};
use super::head::RequestHead;
use super::lock::lock;
use super::session::Session;
use super::sessions::Slot;
use crate::error::{Phase, WebError, WebExceptionStatus};

/// How much of a request's body waits in a stream before a write waits for the server.
pub(super) const SEND_BUFFER: usize = 256 * 1024;
/// The overhead that RFC 9113 section 6.5.2 counts for a field.
const FIELD_OVERHEAD: usize = 32;
/// How many informational responses may come before the final one.
const MOST_INFORMATIONAL: u32 = 100;

/// A stream. Dropped before its end, it is cancelled, and the connection lives on.
pub(crate) struct Http2Stream {
    // Dropped in this order: there is room for another stream when this one is gone.
    response: Option<ResponseFuture>,
    body: Option<RecvStream>,
    sender: Arc<Sender>,
    id: u32,
    reused: bool,
    answered: bool,
    informational: u32,
    /// How much of the body its head has promised and did not come yet.
    missing: Option<u64>,
    slot: Slot,
}

/// The half that sends, which an abort reaches from any thread.
struct Sender(Mutex<SendStream<Bytes>>);

impl Kill for Sender {
    fn kill(&self) {
        lock(&self.0).send_reset(Reason::CANCEL);
    }
}

/// What came of the head of a response.
pub(crate) enum Answer {
    /// 1xx.
    Informational(ResponseHead),
    /// The response itself.
    Head(ResponseHead),
}

impl Http2Stream {
    /// Sends the head of a request; `end`: there is nothing after it.
    pub(crate) fn open(slot: Slot, head: RequestHead, end: bool) -> Result<Self, Failure> {
        let session = &slot.session;
        let mut send = session.send.clone();
        let (response, sender) = send
            .send_request(head.into_request(), end)
            .map_err(|error| Failure::unopened(error, &session.facts))?;
        session.facts.head_sent();
        let id = response.stream_id().as_u32();
        Ok(Self {
            reused: session.is_reused(),
            response: Some(response),
            body: None,
            sender: Arc::new(Sender(Mutex::new(sender))),
            id,
            answered: false,
            informational: 0,
            missing: None,
            slot,
        })
    }

    /// The connection.
    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.slot.session
    }

    /// Cancels the stream from any thread.
    pub(crate) fn killer(&self) -> Killer {
        Killer::new(&self.sender)
    }

    /// Whether an earlier request went over the connection, and nothing was answered to this one.
    pub(crate) fn may_be_stale(&self) -> bool {
        self.reused && !self.answered
    }

    /// The connection takes no more requests.
    pub(crate) fn retire(&self) {
        self.slot.retire();
    }

    /// The head of the response, or an informational one. `with_informational` false: those are
    /// passed over.
    pub(crate) fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        with_informational: bool,
        phase: Phase,
    ) -> Poll<Result<Answer, Failure>> {
        let Some(response) = &mut self.response else {
            // Nothing more comes that could be a head.
            return Poll::Pending;
        };
        let facts = &self.slot.session.facts;
        if with_informational {
            match response.poll_informational(cx) {
                Poll::Ready(Some(Ok(head))) => {
                    self.answered = true;
                    self.informational += 1;
                    if self.informational > MOST_INFORMATIONAL {
                        return Poll::Ready(Err(Failure::new(too_many_informational())));
                    }
                    let head = response_head(head.map(|()| None::<RecvStream>).into_parts().0);
                    return Poll::Ready(Ok(Answer::Informational(head)));
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Err(Failure::of(error, self.id, facts, phase)));
                }
                Poll::Ready(None) => {}
                Poll::Pending => {
                    self.slot.session.driver.attend(cx);
                    return Poll::Pending;
                }
            }
        }
        match Pin::new(response).poll(cx) {
            Poll::Ready(Ok(response)) => {
                self.answered = true;
                self.response = None;
                let (head, body) = response.into_parts();
                let ended = body.is_end_stream();
                self.body = Some(body);
                let mut head = response_head(head);
                if !ended {
                    head.framing = framing(&head.headers);
                    if let BodyFraming::Fixed(length) = head.framing {
                        self.missing = Some(length);
                    }
                }
                Poll::Ready(Ok(Answer::Head(head)))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(Failure::of(error, self.id, facts, phase))),
            Poll::Pending => {
                self.slot.session.driver.attend(cx);
                Poll::Pending
            }
        }
    }

    /// The next piece of the body; `None`: its end.
    pub(crate) fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, WebError>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        match body.poll_data(cx) {
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(Ok(data))) => {
                if let Some(missing) = &mut self.missing {
                    *missing = missing.saturating_sub(data.len() as u64);
                }
                Poll::Ready(Some(Ok(data)))
            }
            Poll::Ready(Some(Err(error)))
                if is_malformed(&error) && self.missing.is_some_and(|missing| missing > 0) =>
            {
                Poll::Ready(Some(Err(wrong_length(error))))
            }
            Poll::Ready(Some(Err(error))) => {
                let facts = &self.slot.session.facts;
                let failure = Failure::of(error, self.id, facts, Phase::ReadingBody);
                Poll::Ready(Some(Err(failure.error)))
            }
            Poll::Pending => {
                self.slot.session.driver.attend(cx);
                Poll::Pending
            }
        }
    }

    /// The fields after the body, once that has ended.
    pub(crate) fn poll_trailers(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<WebHeaderCollection>, WebError>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(Ok(None));
        };
        match body.poll_trailers(cx) {
            Poll::Ready(Ok(trailers)) => {
                Poll::Ready(Ok(trailers.map(|trailers| collection(&trailers))))
            }
            Poll::Ready(Err(error)) => {
                let facts = &self.slot.session.facts;
                let failure = Failure::of(error, self.id, facts, Phase::ReadingBody);
                Poll::Ready(Err(failure.error))
            }
            Poll::Pending => {
                self.slot.session.driver.attend(cx);
                Poll::Pending
            }
        }
    }

    /// Whether nothing comes after what was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.body.as_ref().is_none_or(RecvStream::is_end_stream)
    }

    /// So many bytes of the body were read by the user: the server may send as many more.
    pub(crate) fn release(&mut self, bytes: usize) {
        if let Some(body) = &mut self.body {
            // More than came is never released.
            let _ = body.flow_control().release_capacity(bytes);
        }
    }

    /// Room for the body of the request: how many of `wanted` bytes may be sent now.
    pub(crate) fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        wanted: usize,
    ) -> Poll<Result<usize, Failure>> {
        let mut sender = lock(&self.sender.0);
        sender.reserve_capacity(wanted.min(SEND_BUFFER));
        let room = sender.capacity();
        if room > 0 {
            return Poll::Ready(Ok(room.min(wanted)));
        }
        let facts = &self.slot.session.facts;
        match sender.poll_capacity(cx) {
            Poll::Ready(Some(Ok(room))) if room > 0 => Poll::Ready(Ok(room.min(wanted))),
            Poll::Ready(Some(Err(error))) => {
                Poll::Ready(Err(Failure::of(error, self.id, facts, Phase::Sending)))
            }
            Poll::Ready(None) => Poll::Ready(Err(Failure::new(ended_early()))),
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {
                drop(sender);
                self.slot.session.driver.attend(cx);
                Poll::Pending
            }
        }
    }

    /// Sends a piece of the body for which there is room.
    pub(crate) fn send(&mut self, data: Bytes, end: bool) -> Result<(), Failure> {
        let facts = &self.slot.session.facts;
        facts.body_sent(data.len());
        lock(&self.sender.0)
            .send_data(data, end)
            .map_err(|error| Failure::of(error, self.id, facts, Phase::Sending))
    }
}

fn response_head(parts: http::response::Parts) -> ResponseHead {
    let headers = collection(&parts.headers);
    ResponseHead::of_http2(parts.status.as_u16(), headers)
}

fn framing(headers: &WebHeaderCollection) -> BodyFraming {
    let length = headers.get_first("Content-Length");
    // `h2` has checked it against what comes.
    let length = length.and_then(|length| std::str::from_utf8(length).ok()?.trim().parse().ok());
    match length {
        Some(0) => BodyFraming::None,
        Some(length) => BodyFraming::Fixed(length),
        None => BodyFraming::Chunked,
    }
}

fn collection(fields: &HeaderMap) -> WebHeaderCollection {
    WebHeaderCollection::of_fields(HeaderSet::Response, || {
        let fields = fields.iter();
        fields.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
    })
}

/// The size of a head as RFC 9113 section 6.5.2 counts it.
pub(crate) fn head_size(headers: &WebHeaderCollection) -> usize {
    headers
        .iter_bytes()
        .map(|(name, value)| name.len() + value.len() + FIELD_OVERHEAD)
        .sum()
}

/// RFC 9113 section 8.1.1: what `h2` ends a stream for that came as it may not.
fn is_malformed(error: &h2::Error) -> bool {
    error.is_reset() && !error.is_remote() && error.reason() == Some(Reason::PROTOCOL_ERROR)
}

fn too_many_informational() -> WebError {
    WebError::new(
        WebExceptionStatus::MessageLengthLimitExceeded,
        Phase::ReadingHead,
        format!("the server sent more than {MOST_INFORMATIONAL} informational responses"),
    )
}

fn ended_early() -> WebError {
    WebError::new(
        WebExceptionStatus::SendFailure,
        Phase::Sending,
        "the server ended the stream before it had the whole body",
    )
}
