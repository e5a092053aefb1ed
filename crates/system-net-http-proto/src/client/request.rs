//! The commands of a client: what is to be sent.

use system_net_primitives::{HttpVersion, WebHeaderCollection};

use super::{ClientConnection, Exchange, State};
use crate::bytes::{bad_value_byte, graphic_len, is_token};
use crate::error::{Input, Place, ProtoError, Rule};
use crate::writer::{BodyLength, PreparedHeaders, check_version};

impl ClientConnection {
    /// Begins a request by writing its request line. `target` goes out as it is: the form it has
    /// to have (RFC 9112 section 3.2) is the caller's choice.
    ///
    /// # Errors
    /// `InvalidInput` for a method that is not a token, a target that is empty or has other than
    /// visible ASCII characters, a version other than 1.0 and 1.1. `Misuse` if the request before
    /// is not complete or the connection cannot be used again. `Grammar(UnsolicitedData)` if bytes
    /// arrived that belong to no request.
    #[inline]
    pub fn begin_request(
        &mut self,
        method: &str,
        target: &str,
        version: HttpVersion,
    ) -> Result<(), ProtoError> {
        if !is_token(method.as_bytes()) {
            return Err(ProtoError::input(Input::Method));
        }
        if target.is_empty() || graphic_len(target.as_bytes()) < target.len() {
            return Err(ProtoError::input(Input::Target));
        }
        let version_text = check_version(version)?;
        self.check_can_begin()?;
        self.writer.start(&[
            method.as_bytes(),
            b" ",
            target.as_bytes(),
            b" ",
            version_text,
            b"\r\n",
        ])?;
        self.begin_exchange(Exchange {
            version_10: version < HttpVersion::VERSION11,
            head_request: method == "HEAD",
            connect: method == "CONNECT",
            ..Exchange::default()
        });
        Ok(())
    }

    /// Writes the whole head of a request of HTTP/1.1 that says nothing but whither it goes: in one
    /// go what [`begin_request`](Self::begin_request), [`write_header`](Self::write_header) with
    /// `Host` and [`end_head`](Self::end_head) write.
    ///
    /// # Errors
    /// As theirs; then nothing is written.
    pub fn write_plain(
        &mut self,
        method: &str,
        target: &str,
        host: &str,
    ) -> Result<(), ProtoError> {
        self.write_plain_with(method, target, host, None)
    }

    /// As [`write_plain`](Self::write_plain), with who sends it: a field `Authorization` behind
    /// `Host`.
    ///
    /// # Errors
    /// As [`write_plain`](Self::write_plain).
    pub fn write_plain_authorized(
        &mut self,
        method: &str,
        target: &str,
        host: &str,
        authorization: &str,
    ) -> Result<(), ProtoError> {
        let authorization = authorization.as_bytes();
        if bad_value_byte(authorization).is_some() {
            return Err(ProtoError::input(Input::HeaderValue));
        }
        self.write_plain_with(method, target, host, Some(authorization))
    }

    #[inline]
    fn write_plain_with(
        &mut self,
        method: &str,
        target: &str,
        host: &str,
        authorization: Option<&[u8]>,
    ) -> Result<(), ProtoError> {
        let usual = matches!(method, "GET" | "HEAD");
        if !usual && !is_token(method.as_bytes()) {
            return Err(ProtoError::input(Input::Method));
        }
        if target.is_empty() || graphic_len(target.as_bytes()) < target.len() {
            return Err(ProtoError::input(Input::Target));
        }
        if bad_value_byte(host.as_bytes()).is_some() {
            return Err(ProtoError::input(Input::HeaderValue));
        }
        self.check_can_begin()?;
        let (line, host) = ((method.as_bytes(), target.as_bytes()), host.as_bytes());
        self.writer.plain(line, host, authorization)?;
        self.begin_exchange(Exchange {
            head_request: method == "HEAD",
            connect: method == "CONNECT",
            persistent: true,
            ..Exchange::default()
        });
        Ok(())
    }

    #[inline]
    pub(super) fn begin_exchange(&mut self, exchange: Exchange) {
        if self.exchanges.is_empty() {
            self.started = false;
            self.offset = 0;
            self.informational = 0;
        }
        self.exchanges.push_back(exchange);
    }

    #[inline]
    pub(super) fn check_can_begin(&self) -> Result<(), ProtoError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.eof || !self.persistent || matches!(self.state, State::Upgraded) {
            return Err(ProtoError::misuse(
                "the connection cannot take another request",
            ));
        }
        match self.exchanges.back() {
            None if self.has_surplus() => Err(ProtoError::grammar(
                Rule::UnsolicitedData,
                Place::AfterMessage,
            )),
            Some(last) if last.connect || last.upgrade || !last.persistent => Err(
                ProtoError::misuse("the request before does not allow another one"),
            ),
            _ => Ok(()),
        }
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

    /// Announces the body and writes `Content-Length` or `Transfer-Encoding`. Without this call
    /// there is no body.
    ///
    /// # Errors
    /// `Misuse` outside of a head, the second time, for `UntilClose`, and for `Chunked` in
    /// HTTP/1.0.
    pub fn write_body_length(&mut self, length: BodyLength) -> Result<(), ProtoError> {
        match length {
            BodyLength::UntilClose => Err(ProtoError::misuse(
                "a request cannot end with the connection",
            )),
            BodyLength::Chunked => {
                self.check_chunked()?;
                self.writer.body_length(length, false)
            }
            _ => self.writer.body_length(length, false),
        }
    }

    /// Announces a chunked body that has other transfer codings, which the caller has applied:
    /// `Transfer-Encoding: gzip, chunked`.
    ///
    /// # Errors
    /// `InvalidInput` if `codings` is not a list of tokens or contains `chunked`; `Misuse` as for
    /// [`write_body_length`](Self::write_body_length).
    pub fn write_chunked_with(&mut self, codings: &str) -> Result<(), ProtoError> {
        self.check_chunked()?;
        self.writer.chunked_with(codings.as_bytes())
    }

    fn check_chunked(&self) -> Result<(), ProtoError> {
        // RFC 9112 section 6.1: "A client MUST NOT send a request containing Transfer-Encoding
        // unless it knows the server will handle HTTP/1.1 requests".
        match self.exchanges.back() {
            Some(last) if last.version_10 => {
                Err(ProtoError::misuse("HTTP/1.0 has no chunked bodies"))
            }
            _ => Ok(()),
        }
    }

    /// Ends the head.
    ///
    /// # Errors
    /// `Misuse` outside of a head.
    #[inline]
    pub fn end_head(&mut self) -> Result<(), ProtoError> {
        self.writer.end_head(false)?;
        let facts = &self.writer.facts;
        if let Some(exchange) = self.exchanges.back_mut() {
            let version = if exchange.version_10 {
                HttpVersion::VERSION10
            } else {
                HttpVersion::VERSION11
            };
            exchange.persistent = facts.persistent(version);
            exchange.upgrade = facts.upgrade && facts.connection_upgrade;
            // Without a body there is nothing to hold back.
            exchange.awaits_continue = facts.expect_continue && !self.writer.is_idle();
        }
        Ok(())
    }

    /// Takes back the request whose head is being written, after an error in it, say. Nothing of
    /// it may have been consumed from the output. Does nothing outside of a head.
    pub fn cancel_head(&mut self) {
        if self.writer.cancel_head() {
            self.exchanges.pop_back();
        }
    }

    /// Writes a piece of the body, copied, with its framing.
    ///
    /// # Errors
    /// `BodyTooLong` over the announced length, nothing being written then. `Misuse` before the end
    /// of the head, and once the server has answered a request that awaits 100 (Continue).
    pub fn send_body(&mut self, data: &[u8]) -> Result<(), ProtoError> {
        self.writer.body(data)
    }

    /// Announces a piece of the body without copying it: write [`output`](Self::output), then the
    /// `len` bytes, then call [`commit_reserved`](Self::commit_reserved).
    ///
    /// # Errors
    /// As [`send_body`](Self::send_body).
    pub fn reserve_body(&mut self, len: usize) -> Result<(), ProtoError> {
        self.writer.reserve_body(len)
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

    /// Whether the last request has been given completely: head, and body if there is one.
    #[must_use]
    pub fn request_complete(&self) -> bool {
        self.writer.is_idle()
    }

    /// Whether the current request asked for 100 (Continue) and neither that nor another answer
    /// came so far.
    #[must_use]
    pub fn awaits_continue(&self) -> bool {
        self.exchanges
            .front()
            .is_some_and(|exchange| exchange.awaits_continue)
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
}
