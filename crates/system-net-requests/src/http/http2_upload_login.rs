//! Logins over HTTP/2 of requests whose body is written once and not kept: as over HTTP/1.1
//! ([`upload_login`](super::upload_login)) a server that is asked to continue asks for the login instead.
//! A login of a connection turns to HTTP/1.1, if the request may.

use system_net_http_proto::ResponseHead;

use super::authentication::Login;
use super::carrier::Carrier;
use super::exchange::Exchange;
use super::round_trip::trace_answer;
use crate::error::WebError;
use crate::http2::{Again, Http2Stream};

/// A stream on which a body can be written.
pub(super) struct OpenedHttp2 {
    pub(super) stream: Box<Http2Stream>,
    /// Whether the server still has to say that it wants the body.
    pub(super) waits_for_continue: bool,
    /// The response that came instead.
    pub(super) early: Option<ResponseHead>,
    /// The login that went with the head.
    pub(super) login: Option<Box<Login>>,
}

/// What a server said before the body.
pub(super) enum Asked {
    /// The body may follow, or the response came instead of it.
    Opened(OpenedHttp2),
    /// There is a login to send, or the stream was not looked at: another try.
    Again,
}

impl Exchange {
    /// Whether the login has to be made before the body, which is not there a second time.
    pub(super) fn logs_in_before_body(&self) -> bool {
        !self.properties.allow_write_stream_buffering && self.may_log_in()
    }

    /// Waits for what the server says before the body. `tries`: a stream that nobody looked at is opened
    /// once more.
    pub(super) async fn asked_for_login(
        &mut self,
        mut stream: Box<Http2Stream>,
        tries: bool,
    ) -> Result<Asked, WebError> {
        let head = match self.await_answer_or_continue(&mut stream).await {
            None => return Ok(Asked::Opened(self.opened(stream, None))),
            Some(Ok(head)) => head,
            // It has a login of connections to ask for.
            Some(Err(failure)) if failure.again == Again::Http1 && self.falls_back_to_http1() => {
                return Ok(Asked::Again);
            }
            Some(Err(failure)) => {
                let unseen = match failure.again {
                    Again::Ignored => true,
                    Again::Lost => stream.may_be_stale(),
                    Again::No | Again::Http1 => false,
                };
                return match unseen && tries {
                    true => Ok(Asked::Again),
                    false => Err(self.abort.explain(failure.error)),
                };
            }
        };
        let mut carrier = Carrier::Http2(stream);
        if self.answers_before_body(&mut carrier, &head).await? {
            trace_answer(carrier.traced(), &head);
            self.tell_of_received_head(&head, false);
            self.note_version(&mut carrier, &head);
            // The verdict is about connections of HTTP/1, which the next try finds.
            self.log_in()?;
            return Ok(Asked::Again);
        }
        Ok(match carrier {
            Carrier::Http2(stream) => Asked::Opened(self.opened(stream, Some(head))),
            // It was made above.
            Carrier::Http1(_) => Asked::Again,
        })
    }

    /// Whether there is an answer to what is asked for, which can be sent.
    async fn answers_before_body(
        &mut self,
        carrier: &mut Carrier,
        head: &ResponseHead,
    ) -> Result<bool, WebError> {
        // A login by hand that was refused is not made again by the credentials.
        let by_hand = self.redirected_headers().get("Authorization").is_some();
        if !matches!(head.status, 401 | 407) || (by_hand && head.status == 401) {
            return Ok(false);
        }
        self.note_login(carrier, head)?;
        let abort = self.abort_handle();
        let answered = Box::pin(abort.guard(self.answer_challenge(head))).await?;
        Ok(answered && self.can_log_in_over(head.version))
    }

    /// The login goes along to the end of the body.
    fn opened(&mut self, stream: Box<Http2Stream>, early: Option<ResponseHead>) -> OpenedHttp2 {
        OpenedHttp2 {
            stream,
            waits_for_continue: false,
            early,
            login: Some(Box::new(self.login.take())),
        }
    }
}
