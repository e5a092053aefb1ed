//! The commands of a server: what is to be sent.

use system_net_primitives::{HttpVersion, WebHeaderCollection};

use super::{Request, Response, ServerConnection, State};
use crate::error::{Input, ProtoError};
use crate::writer::{BodyLength, PreparedHeaders, check_reason, check_version, status_line};

impl ServerConnection {
    /// Begins a response by writing its status line. Without a version it is HTTP/1.1, as RFC 9112
    /// section 2.3 has it even for HTTP/1.0 clients.
    ///
    /// A status of 1xx is an interim response: it has a head only, and the final response is begun
    /// with another call. 101, and 2xx to CONNECT, end HTTP on this connection.
    ///
    /// # Errors
    /// `InvalidInput` for a status outside of 100 to 999, a reason with control characters or
    /// characters above U+00FF, a version other than 1.0 and 1.1. `Misuse` if there is no request to answer, if it was
    /// answered already, for interim responses to an HTTP/1.0 client, and for 101 that was not asked
    /// for or comes before the end of the request.
    #[inline]
    pub fn begin_response(
        &mut self,
        status: u16,
        reason: &str,
        version: Option<HttpVersion>,
    ) -> Result<(), ProtoError> {
        if !(100..1000).contains(&status) {
            return Err(ProtoError::input(Input::Status));
        }
        let version = version.unwrap_or(HttpVersion::VERSION11);
        let version_text = check_version(version)?;
        let next = self.check_can_respond(status, version)?;
        let reason = check_reason(reason)?;
        let (code, end) = status_line(status);
        self.writer.start(&[version_text, &code, &reason, end])?;
        self.response = next;
        Ok(())
    }

    /// Whether a response may begin now.
    #[inline]
    pub(super) fn check_can_answer(&self) -> Result<(), ProtoError> {
        if matches!(self.state, State::Head) && self.failed.is_none() {
            return Err(ProtoError::misuse("there is no request to answer"));
        }
        match self.response {
            Response::None => Ok(()),
            Response::Interim => Err(ProtoError::misuse(
                "the head of the interim response is not complete",
            )),
            _ => Err(ProtoError::misuse("the request was answered already")),
        }
    }

    fn check_can_respond(&self, status: u16, version: HttpVersion) -> Result<Response, ProtoError> {
        self.check_can_answer()?;
        if status >= 200 || status == 101 {
            if status == 101 && !(self.request.upgrade && self.request_complete()) {
                return Err(ProtoError::misuse(
                    "the client cannot take another protocol here",
                ));
            }
            return Ok(Response::Head {
                status,
                version_10: version < HttpVersion::VERSION11,
            });
        }
        // RFC 9110 section 15.2: "a server MUST NOT send a 1xx response to an HTTP/1.0 client."
        if self.request.version_10 || version < HttpVersion::VERSION11 || self.failed.is_some() {
            return Err(ProtoError::misuse(
                "the client cannot take interim responses",
            ));
        }
        Ok(Response::Interim)
    }

    /// Writes `100 Continue` if the client waits for it; otherwise does nothing.
    ///
    /// # Errors
    /// `Misuse` once the final response has begun.
    pub fn send_continue(&mut self) -> Result<(), ProtoError> {
        if self.response != Response::None {
            return Err(ProtoError::misuse("the final response has begun"));
        }
        if self.request.awaits_continue {
            self.request.awaits_continue = false;
            self.writer.out.put(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        Ok(())
    }

    /// Whether the client waits for 100 (Continue) and none was sent.
    #[must_use]
    pub fn awaits_continue(&self) -> bool {
        self.request.awaits_continue
    }

    /// Writes a field.
    ///
    /// # Errors
    /// `InvalidInput` for a name that is not a token or a value with control characters. `Misuse`
    /// for `Content-Length` and `Transfer-Encoding`, and outside of a head.
    #[inline]
    pub fn write_header(&mut self, name: &[u8], value: &[u8]) -> Result<(), ProtoError> {
        self.writer.header(name, value)
    }

    /// Writes all fields in their order.
    ///
    /// # Errors
    /// As [`write_header`](Self::write_header); the fields before the offending one are written.
    pub fn write_headers(&mut self, headers: &WebHeaderCollection) -> Result<(), ProtoError> {
        self.writer.headers(headers)
    }

    /// Writes fields that were checked before, in one piece.
    ///
    /// # Errors
    /// `Misuse` outside of a head.
    #[inline]
    pub fn write_prepared(&mut self, headers: &PreparedHeaders) -> Result<(), ProtoError> {
        self.writer.prepared(headers)
    }

    /// Announces the body and writes `Content-Length` or `Transfer-Encoding` where they may stand.
    /// Without this call there is no body.
    ///
    /// To HEAD, and with 304, the field is written and the body, if given, is dropped.
    ///
    /// # Errors
    /// `Misuse` outside of a head, the second time, and for a body with a status that has none
    /// (1xx, 204, and 2xx to CONNECT).
    #[inline]
    pub fn write_body_length(&mut self, length: BodyLength) -> Result<(), ProtoError> {
        let (status, version_10) = match self.response {
            Response::Head { status, version_10 } => (status, version_10),
            Response::Interim if matches!(length, BodyLength::None) => return Ok(()),
            Response::Interim => return Err(ProtoError::misuse("this status has no body")),
            _ => return Err(ProtoError::misuse("the length is written in the head")),
        };
        // RFC 9110 section 8.6 and RFC 9112 section 6.1: neither field with 1xx, 204, or 2xx to
        // CONNECT.
        if has_no_framing(self.request, status) {
            return match length {
                BodyLength::None | BodyLength::Fixed(0) => {
                    self.writer.body_length(BodyLength::None, true)
                }
                _ => Err(ProtoError::misuse("this status has no body")),
            };
        }
        match length {
            // RFC 9112 section 6.1: no Transfer-Encoding "unless the corresponding request
            // indicates HTTP/1.1 (or later minor revisions)."
            BodyLength::Chunked if self.request.version_10 || version_10 => {
                self.writer.body_length(BodyLength::UntilClose, false)
            }
            // Where no body follows anyway, the length of the one left out is simply not said.
            BodyLength::None if self.request.head_request || status == 304 => {
                self.writer.body_length(BodyLength::None, true)
            }
            BodyLength::None => self.writer.body_length(BodyLength::Fixed(0), false),
            // RFC 9110 section 15.3.6: "a server MUST NOT generate content in a 205 response."
            _ if status == 205 && length != BodyLength::Fixed(0) => {
                Err(ProtoError::misuse("this status has no body"))
            }
            _ => self.writer.body_length(length, false),
        }
    }

    /// Ends the head. Where nothing was written about it, `Content-Length: 0` and, if the
    /// connection's fate would otherwise be misunderstood, `Connection` are added.
    ///
    /// # Errors
    /// `Misuse` outside of a head.
    #[inline]
    pub fn end_head(&mut self) -> Result<(), ProtoError> {
        let (status, version_10) = match self.response {
            Response::Head { status, version_10 } => (status, version_10),
            Response::Interim => {
                self.writer.end_head(true)?;
                self.response = Response::None;
                return Ok(());
            }
            _ => return Err(ProtoError::misuse("no head was begun")),
        };
        if self.writer.announced().is_none() {
            self.write_body_length(BodyLength::None)?;
        }
        if status == 101 || self.request.connect && (200..300).contains(&status) {
            self.writer.end_head(true)?;
            self.response = Response::Upgraded;
            return Ok(());
        }
        let discard = self.request.head_request || status == 304;
        let until_close = !discard && self.writer.announced() == Some(BodyLength::UntilClose);
        // A client that waits for 100 and gets something else may or may not send its body, so
        // what comes next on the connection cannot be known.
        let undecided = self.request.awaits_continue && !self.request_complete();
        let keep_alive = self.request.keep_alive
            && !self.writer.facts.close
            && !until_close
            && !undecided
            && !self.close
            && self.failed.is_none();
        if !keep_alive && !self.writer.facts.close {
            self.writer.put_field(b"Connection", b"close");
        } else if keep_alive
            && (self.request.version_10 || version_10)
            && !self.writer.facts.keep_alive
        {
            self.writer.put_field(b"Connection", b"keep-alive");
        }
        self.writer.end_head(discard)?;
        self.response = Response::Sent { keep_alive };
        Ok(())
    }

    /// Takes back the response whose head is being written. Nothing of it may have been consumed
    /// from the output. Does nothing outside of a head.
    pub fn cancel_head(&mut self) {
        if self.writer.cancel_head() {
            self.response = Response::None;
        }
    }

    /// Writes a piece of the body, copied, with its framing.
    ///
    /// # Errors
    /// `BodyTooLong` over the announced length, nothing being written then. `Misuse` before the
    /// end of the head.
    pub fn send_body(&mut self, data: &[u8]) -> Result<(), ProtoError> {
        self.writer.body(data)
    }

    /// Announces a piece of the body without copying it: write [`output`](Self::output), then the
    /// `len` bytes, then call [`commit_reserved`](Self::commit_reserved). The answer is `false` if
    /// the bytes are not to be written, as for HEAD.
    ///
    /// # Errors
    /// As [`send_body`](Self::send_body).
    pub fn reserve_body(&mut self, len: usize) -> Result<bool, ProtoError> {
        self.writer.reserve_body(len)?;
        Ok(!self.writer.discards())
    }

    /// Ends the piece that was reserved.
    pub fn commit_reserved(&mut self) {
        self.writer.commit_reserved();
    }

    /// Ends the body, with fields after it if it is chunked.
    ///
    /// # Errors
    /// `BodyTooShort` if bytes are still owed; they can be sent yet. `InvalidInput` for fields that
    /// may not be trailers, `Misuse` for trailers of a body that is not chunked.
    pub fn end_body(&mut self, trailers: Option<&WebHeaderCollection>) -> Result<(), ProtoError> {
        self.writer.end_body(trailers)
    }

    /// How many bytes of the body are still owed: 0 without one, `None` if it has no fixed length.
    #[must_use]
    pub fn remaining_body(&self) -> Option<u64> {
        self.writer.remaining()
    }

    /// Whether the head of the final response is written.
    #[must_use]
    pub fn response_begun(&self) -> bool {
        matches!(self.response, Response::Sent { .. } | Response::Upgraded)
    }

    /// Whether the final response has been given completely: head, and body if there is one.
    #[must_use]
    pub fn response_complete(&self) -> bool {
        self.response_begun() && self.writer.is_idle()
    }

    /// What is to be written to the peer.
    #[inline]
    #[must_use]
    pub fn output(&self) -> &[u8] {
        self.writer.out.data()
    }

    /// Says that `n` bytes of the output were written.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline]
    pub fn consume_output(&mut self, n: usize) {
        self.writer.out.consume(n);
    }

    /// Makes the current response the last; said before [`end_head`](Self::end_head), the client
    /// is told so.
    pub fn close_after_response(&mut self) {
        self.close = true;
    }

    /// Whether the connection can carry another request after this one: client and response agree
    /// to keep it, both messages are complete, and nothing failed.
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.response == Response::Sent { keep_alive: true }
            && self.writer.is_idle()
            && self.request_complete()
            && !self.close
            && self.failed.is_none()
    }

    /// Goes on to the next request. `false` means that the connection has to be closed once the
    /// output is written; a request not received to its end is one reason for that.
    ///
    /// # Errors
    /// `Misuse` if the response is not complete.
    #[inline]
    pub fn next_request(&mut self) -> Result<bool, ProtoError> {
        if !self.response_complete() {
            return Err(ProtoError::misuse("the response is not complete"));
        }
        if !self.keep_alive() {
            return Ok(false);
        }
        self.state = State::Head;
        self.response = Response::None;
        self.request = Request::default();
        self.empty_lines = 0;
        self.offset = 0;
        self.scanner.reset();
        self.input.shrink();
        Ok(true)
    }

    /// Whether the connection now speaks another protocol.
    #[must_use]
    pub fn is_upgraded(&self) -> bool {
        self.response == Response::Upgraded
    }
}

/// May neither length field stand in this response?
fn has_no_framing(request: Request, status: u16) -> bool {
    status < 200 || status == 204 || request.connect && (200..300).contains(&status)
}
