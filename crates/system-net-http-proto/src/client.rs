//! The client's side of a connection.
//!
//! Read: RFC 9112 (HTTP/1.1), RFC 9110 sections 7.8 (Upgrade), 9.3.6 (CONNECT), 10.1.1 (Expect) and
//! 15.2 (1xx).

use std::collections::VecDeque;

use system_net_primitives::{HttpVersion, WebHeaderCollection};

use crate::body::{BodyReader, BodyStep};
use crate::buffer::InputBuffer;
use crate::bytes::is_token;
use crate::error::{Input, Place, ProtoError, Rule};
use crate::facts::Facts;
use crate::fields::{FieldRules, parse_fields, unfold};
use crate::framing::{BodyFraming, ResponseContext, response_framing};
use crate::head::{ResponseHead, reason_text};
use crate::limits::{LimitName, Limits};
use crate::section::{SectionLimits, SectionScanner};
use crate::start_line::{check_response_start, parse_status_line};
use crate::writer::{BodyLength, MessageWriter, check_version};

/// What a client gets to know from [`ClientConnection::poll_event`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientEvent {
    /// Nothing more can be said before more bytes arrive.
    NeedInput,
    /// An interim response (1xx but 101); another response follows.
    Informational(ResponseHead),
    /// The head of the final response.
    Head(ResponseHead),
    /// [`ClientConnection::body`] is not empty.
    Body,
    /// The fields after a chunked body; only if there are any.
    Trailers(WebHeaderCollection),
    /// The response is complete. Comes again while no further response is awaited.
    End,
    /// The connection now speaks another protocol (101, or 2xx to CONNECT); go on with
    /// [`ClientConnection::take_upgraded`].
    Upgraded,
}

/// An HTTP/1.0 and 1.1 client connection that knows no socket.
///
/// # Order of calls
/// A request: [`begin_request`](Self::begin_request), any number of
/// [`write_header`](Self::write_header), [`write_body_length`](Self::write_body_length) at the place
/// where that field is to stand, [`end_head`](Self::end_head); if there is a body,
/// [`send_body`](Self::send_body) (or [`reserve_body`](Self::reserve_body) and
/// [`commit_reserved`](Self::commit_reserved)) and [`end_body`](Self::end_body). What is to be
/// written to the peer then stands in [`output`](Self::output).
///
/// Its response: [`poll_event`](Self::poll_event) until it says `NeedInput`; read into
/// [`input_space`](Self::input_space) and say [`input_filled`](Self::input_filled); poll again.
/// After `End`, [`can_reuse`](Self::can_reuse) is the verdict on the connection.
///
/// The next request may begin before the response to the one before is there (pipelining).
///
/// # States
/// ```text
///  begin_request -> write_header* -> end_head -> send_body* -> end_body          (sending)
///
///                 1xx: Informational
///                    +------+
///                    v      |
///  request begun -> Head ---+---> Body* ---> Trailers? ---> End -> next request's Head, or idle
///                    |                                       ^
///                    +--- HEAD, 204, 304, length 0 ----------+                  (receiving)
///                    +--- 101, CONNECT 2xx ----------------> Upgraded
/// ```
///
/// # Limits
/// [`Limits`] bounds what is kept of a head or a trailer section. Body bytes are kept only as far
/// as the driver read them.
///
/// # Examples
/// ```
/// use system_net_http_proto::{BodyFraming, ClientConnection, ClientEvent, Limits};
/// use system_net_primitives::HttpVersion;
///
/// let mut connection = ClientConnection::new(Limits::default());
/// connection.begin_request("GET", "/", HttpVersion::VERSION11)?;
/// connection.write_header(b"Host", b"example.org")?;
/// connection.end_head()?;
/// assert_eq!(connection.output(), b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
/// connection.consume_output(connection.output().len());
///
/// connection.handle_input(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
/// let ClientEvent::Head(head) = connection.poll_event()? else { panic!() };
/// assert_eq!((head.status, head.framing), (200, BodyFraming::Fixed(5)));
/// assert!(matches!(connection.poll_event()?, ClientEvent::Body));
/// assert_eq!(connection.body(), b"hello");
/// connection.consume_body(5);
/// assert!(matches!(connection.poll_event()?, ClientEvent::End));
/// assert!(connection.can_reuse());
/// # Ok::<(), system_net_http_proto::ProtoError>(())
/// ```
#[derive(Debug)]
pub struct ClientConnection {
    limits: Limits,
    input: InputBuffer,
    writer: MessageWriter,
    scanner: SectionScanner,
    /// Requests begun whose responses have not ended, oldest first.
    exchanges: VecDeque<Exchange>,
    state: State,
    eof: bool,
    /// No message so far forbids using the connection again.
    persistent: bool,
    /// A byte of the current response was seen.
    started: bool,
    /// Interim responses of the current exchange.
    informational: u32,
    /// Bytes of the current response that have left the input.
    offset: u64,
    failed: Option<ProtoError>,
}

/// What the response's reading depends on.
#[derive(Clone, Copy, Debug, Default)]
struct Exchange {
    version_10: bool,
    head_request: bool,
    connect: bool,
    /// The request asked for another protocol.
    upgrade: bool,
    /// The request allows to use the connection again.
    persistent: bool,
    /// The request asked for 100 (Continue), and none came so far.
    awaits_continue: bool,
}

#[derive(Debug)]
enum State {
    /// Awaiting the head of a response, or idle.
    Head,
    Body(BodyReader),
    Upgraded,
}

/// Commands: what is to be sent.
impl ClientConnection {
    /// A fresh connection.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            input: InputBuffer::default(),
            writer: MessageWriter::new(),
            scanner: SectionScanner::default(),
            exchanges: VecDeque::new(),
            state: State::Head,
            eof: false,
            persistent: true,
            started: false,
            informational: 0,
            offset: 0,
            failed: None,
        }
    }

    /// Sets the limits from the next line read on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

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
        if target.is_empty() || !target.bytes().all(|b| b.is_ascii_graphic()) {
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
        if self.exchanges.is_empty() {
            self.started = false;
            self.offset = 0;
            self.informational = 0;
        }
        self.exchanges.push_back(Exchange {
            version_10: version < HttpVersion::VERSION11,
            head_request: method == "HEAD",
            connect: method == "CONNECT",
            ..Exchange::default()
        });
        Ok(())
    }

    #[inline]
    fn check_can_begin(&self) -> Result<(), ProtoError> {
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
            exchange.awaits_continue = facts.expect_continue;
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

/// Input: what was received.
impl ClientConnection {
    /// Room for at least `min` bytes to read into.
    #[inline]
    pub fn input_space(&mut self, min: usize) -> &mut [u8] {
        self.input.space(min)
    }

    /// Says that `n` bytes were read into the room.
    ///
    /// # Panics
    /// If `n` is more than the room.
    #[inline]
    pub fn input_filled(&mut self, n: usize) {
        self.started |= n > 0;
        self.input.filled(n);
    }

    /// Takes bytes that were read elsewhere, copied.
    pub fn handle_input(&mut self, data: &[u8]) {
        self.started |= !data.is_empty();
        self.input.extend(data);
    }

    /// Says that the peer has closed its side.
    pub fn handle_eof(&mut self) {
        self.eof = true;
    }

    /// How many bytes of the body may be read past the buffer, straight to where they are wanted;
    /// 0 if bytes are buffered or the framing has to be looked at first.
    #[inline]
    #[must_use]
    pub fn direct_read_limit(&self) -> u64 {
        match &self.state {
            State::Body(body) if self.input.is_empty() && !self.eof => body.direct_limit(),
            _ => 0,
        }
    }

    /// Says that `n` body bytes were read past the buffer.
    ///
    /// # Panics
    /// If `n` is more than [`direct_read_limit`](Self::direct_read_limit).
    #[inline]
    pub fn direct_read(&mut self, n: u64) {
        assert!(
            n <= self.direct_read_limit(),
            "read more bytes directly than allowed"
        );
        if let State::Body(body) = &mut self.state {
            body.advance(n);
            self.offset += n;
        }
    }

    /// Goes on as far as the input allows and says what happened.
    ///
    /// # Errors
    /// `Grammar`, `LimitExceeded` and `UnexpectedEof`; the connection is then of no further use and
    /// every later call gives the same error.
    #[inline]
    pub fn poll_event(&mut self) -> Result<ClientEvent, ProtoError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = match &mut self.state {
            State::Head => self.poll_head(),
            State::Body(body) => body
                .step(
                    &mut self.input,
                    self.eof,
                    &mut self.scanner,
                    &self.limits,
                    &mut self.offset,
                )
                .map(|step| match step {
                    BodyStep::NeedInput => ClientEvent::NeedInput,
                    BodyStep::Data => ClientEvent::Body,
                    BodyStep::Trailers(trailers) => ClientEvent::Trailers(trailers),
                    BodyStep::Done => {
                        self.end_exchange();
                        ClientEvent::End
                    }
                }),
            State::Upgraded => Ok(ClientEvent::Upgraded),
        };
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }

    /// The body bytes that are buffered. Not empty after [`ClientEvent::Body`].
    #[inline]
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match &self.state {
            State::Body(body) => body.available(&self.input),
            _ => &[],
        }
    }

    /// Says that `n` bytes of [`body`](Self::body) were used.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline]
    pub fn consume_body(&mut self, n: usize) {
        assert!(
            n <= self.body().len(),
            "consumed more of the body than there is"
        );
        if let State::Body(body) = &mut self.state {
            body.advance(n as u64);
            self.offset += n as u64;
            self.input.consume(n);
        }
    }

    /// Whether the connection may carry another request now: the response has ended, both sides
    /// agreed to keep the connection, the response did not end with the connection, our request is
    /// sent completely and written, nothing arrived that belongs to no request, and the framing was
    /// not contradictory.
    #[must_use]
    pub fn can_reuse(&self) -> bool {
        self.persistent
            && !self.eof
            && self.failed.is_none()
            && matches!(self.state, State::Head)
            && self.exchanges.is_empty()
            && self.writer.is_idle()
            && self.output().is_empty()
            && self.input.is_empty()
    }

    /// Whether bytes are there that belong to no request.
    #[must_use]
    pub fn has_surplus(&self) -> bool {
        self.exchanges.is_empty() && matches!(self.state, State::Head) && !self.input.is_empty()
    }

    /// Whether any byte of the current response was seen. A request may be sent again on another
    /// connection only if not.
    #[must_use]
    pub fn response_started(&self) -> bool {
        self.started
    }

    /// How many requests have been begun whose responses have not ended.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.exchanges.len()
    }

    /// Ends HTTP on this connection and gives the bytes that came behind the response. Meant for
    /// after [`ClientEvent::Upgraded`].
    #[must_use]
    pub fn take_upgraded(self) -> Vec<u8> {
        self.input.into_data()
    }
}

/// Reading heads.
impl ClientConnection {
    fn poll_head(&mut self) -> Result<ClientEvent, ProtoError> {
        let Some(&exchange) = self.exchanges.front() else {
            return Ok(ClientEvent::End);
        };
        if !self.persistent {
            // RFC 9112 section 9.6: no further response comes after one with "close".
            return Err(ProtoError::eof(Place::Start));
        }
        check_response_start(self.input.data())?;
        let section = SectionLimits {
            bytes: self.limits.head_bytes,
            bytes_name: LimitName::HeadBytes,
            first_line: self.limits.start_line_bytes,
            first_place: Place::StartLine,
            place: Place::Headers,
        };
        let Some(length) = self.scanner.scan(self.input.data(), section)? else {
            if !self.eof {
                return Ok(ClientEvent::NeedInput);
            }
            return Err(ProtoError::eof(match self.scanner.line_ends() {
                _ if self.input.is_empty() => Place::Start,
                [] => Place::StartLine,
                _ => Place::Headers,
            }));
        };
        if self.limits.unsafe_header_parsing {
            unfold(self.input.data_mut(), self.scanner.line_ends_mut(), 1);
        }
        self.read_head(length, exchange)
    }

    fn read_head(&mut self, length: usize, exchange: Exchange) -> Result<ClientEvent, ProtoError> {
        let data = self.input.data();
        let Some((&first_end, field_ends)) = self.scanner.line_ends().split_first() else {
            return Err(ProtoError::grammar(Rule::StatusLine, Place::StartLine).at(0));
        };
        let first_end = first_end as usize;
        let (version, status, reason) = parse_status_line(&data[..first_end - 1])?;
        let rules = FieldRules {
            most: self.limits.headers,
            place: Place::Headers,
            space_before_colon: self.limits.unsafe_header_parsing,
        };
        let mut facts = Facts::default();
        let headers = parse_fields(data, first_end + 1, field_ends, 2, rules, &mut facts)?;
        let context = ResponseContext {
            head_request: exchange.head_request,
        };
        let (mut framing, trusted) = response_framing(&facts, version, status, context)?;
        let switches = status == 101 || exchange.connect && (200..300).contains(&status);
        if switches {
            // RFC 9112 section 6.3, item 2: a 2xx to CONNECT has no body; its length is ignored.
            framing = BodyFraming::None;
        }
        let reason = reason_text(status, reason);
        let head = ResponseHead::new(
            version,
            status,
            reason,
            headers,
            framing,
            facts.conflicting_lengths(),
        );
        self.input.consume(length);
        self.offset = length as u64;
        self.scanner.reset();
        if (100..200).contains(&status) && status != 101 {
            return self.informational(head);
        }
        if status == 101 && !exchange.upgrade {
            return Err(ProtoError::grammar(
                Rule::UnexpectedUpgrade,
                Place::StartLine,
            ));
        }
        self.settle_continue();
        if switches {
            self.persistent = false;
            self.state = State::Upgraded;
        } else {
            self.persistent = trusted && exchange.persistent && facts.persistent(version);
            self.state = State::Body(BodyReader::new(framing));
        }
        Ok(ClientEvent::Head(head))
    }

    fn informational(&mut self, head: ResponseHead) -> Result<ClientEvent, ProtoError> {
        self.informational += 1;
        if self.informational > self.limits.informational {
            return Err(ProtoError::limit(
                LimitName::Informational,
                Place::StartLine,
            ));
        }
        if head.status == 100
            && let Some(exchange) = self.exchanges.front_mut()
        {
            exchange.awaits_continue = false;
        }
        self.offset = 0;
        Ok(ClientEvent::Informational(head))
    }

    /// The final response is there. If the body was held back for 100 (Continue), it will not be
    /// sent at all: the server may take it for the next request.
    fn settle_continue(&mut self) {
        let Some(exchange) = self.exchanges.front_mut() else {
            return;
        };
        let held_back = exchange.awaits_continue && !self.writer.body_begun();
        exchange.awaits_continue = false;
        if held_back && self.exchanges.len() == 1 {
            self.writer.abandon();
        }
    }

    #[inline]
    fn end_exchange(&mut self) {
        self.exchanges.pop_front();
        self.state = State::Head;
        self.scanner.reset();
        self.offset = 0;
        self.informational = 0;
        self.started = !self.exchanges.is_empty() && !self.input.is_empty();
        self.input.shrink();
    }
}
