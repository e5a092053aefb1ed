//! The server's side of a connection.
//!
//! Read: RFC 9112 (HTTP/1.1), RFC 9110 sections 6.4.1 (no content), 7.8 (Upgrade), 9.3.2 (HEAD),
//! 9.3.6 (CONNECT) and 10.1.1 (Expect).

use system_net_primitives::{HttpVersion, WebHeaderCollection};

use crate::body::{BodyReader, BodyStep};
use crate::buffer::InputBuffer;
use crate::error::{Place, ProtoError, Rule};
use crate::limits::{LimitName, Limits};
use crate::request::{RequestHead, read_request_head, read_usual};
use crate::section::{SectionLimits, SectionScanner};
use crate::start_line::check_request_start;
use crate::usual::LastHead;
use crate::writer::MessageWriter;

mod prepared;
mod response;

pub use prepared::PreparedResponse;

/// What a server gets to know from [`ServerConnection::poll_event`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerEvent {
    /// Nothing more can be said before more bytes arrive.
    NeedInput,
    /// The head of a request.
    Head(Box<RequestHead>),
    /// [`ServerConnection::body`] is not empty.
    Body,
    /// The fields after a chunked body; only if there are any.
    Trailers(WebHeaderCollection),
    /// The request is complete. Comes again until [`ServerConnection::next_request`].
    End,
    /// The client closed the connection between two requests.
    Closed,
}

/// A head that owns more is not kept for the next request.
const MOST_KEPT: usize = 4096;

/// What the buffers of a connection that waits may hold: that of usual heads.
const INPUT_KEPT: usize = 2048;
const OUTPUT_KEPT: usize = 4096;

/// An HTTP/1.0 and 1.1 server connection that knows no socket.
///
/// # Order of calls
/// [`poll_event`](Self::poll_event) until it says `NeedInput`; read into
/// [`input_space`](Self::input_space), say [`input_filled`](Self::input_filled), poll again. After
/// `Head` the response may begin at any time: [`begin_response`](Self::begin_response), any number of
/// [`write_header`](Self::write_header), [`write_body_length`](Self::write_body_length) at the place
/// where that field is to stand, [`end_head`](Self::end_head); if there is a body,
/// [`send_body`](Self::send_body) (or [`reserve_body`](Self::reserve_body) and
/// [`commit_reserved`](Self::commit_reserved)) and [`end_body`](Self::end_body). What is to be
/// written to the peer then stands in [`output`](Self::output). When both the request and the
/// response are complete, [`next_request`](Self::next_request) says whether to go on or to close.
///
/// After an error from `poll_event`, [`ProtoError::response_status`] is what to answer, if anything,
/// with the same commands; the connection is closed afterwards.
///
/// Requests that arrive before they are asked for (pipelining) stay in the buffer.
///
/// # States
/// ```text
///   +-> Head ---> Body* ---> Trailers? ---> End ----+                            (receiving)
///   |    |                                          |
///   |    |  (1xx head)*                             +--> next_request --> close
///   |    +-> begin_response -> end_head -> end_body-+       |             (sending)
///   |                            |                          |
///   |                            +-- 101, CONNECT 2xx --> upgraded
///   +-------------------------------------------------------+
/// ```
///
/// # Examples
/// ```
/// use system_net_http_proto::{BodyLength, Limits, ServerConnection, ServerEvent};
///
/// let mut connection = ServerConnection::new(Limits::default());
/// connection.handle_input(b"GET /x HTTP/1.1\r\nHost: example.org\r\n\r\n");
/// let ServerEvent::Head(head) = connection.poll_event()? else { panic!() };
/// assert_eq!((&*head.method, &*head.target), ("GET", "/x"));
/// assert!(matches!(connection.poll_event()?, ServerEvent::End));
///
/// connection.begin_response(200, "OK", None)?;
/// connection.write_body_length(BodyLength::Fixed(5))?;
/// connection.end_head()?;
/// connection.send_body(b"hello")?;
/// connection.end_body(None)?;
/// assert_eq!(connection.output(), b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
/// connection.consume_output(connection.output().len());
/// assert!(connection.next_request()?, "the connection stays open");
/// # Ok::<(), system_net_http_proto::ProtoError>(())
/// ```
#[derive(Debug)]
pub struct ServerConnection {
    limits: Limits,
    input: InputBuffer,
    writer: MessageWriter,
    scanner: SectionScanner,
    last_head: LastHead,
    /// The memory of a head that was given back.
    spare_head: Option<Box<RequestHead>>,
    state: State,
    request: Request,
    response: Response,
    eof: bool,
    /// Somebody decided that this response is the last.
    close: bool,
    /// Empty lines skipped before the request.
    empty_lines: u32,
    /// Bytes of the current request that have left the input.
    offset: u64,
    failed: Option<ProtoError>,
}

#[derive(Debug)]
enum State {
    /// Awaiting the head of a request.
    Head,
    Body(BodyReader),
    /// The request is complete; awaiting `next_request`.
    End,
}

/// What the response's framing depends on.
#[derive(Clone, Copy, Debug, Default)]
struct Request {
    version_10: bool,
    head_request: bool,
    connect: bool,
    upgrade: bool,
    keep_alive: bool,
    awaits_continue: bool,
}

/// How far the response is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Response {
    /// Not begun, or only interim ones were sent.
    #[default]
    None,
    /// The head of an interim response.
    Interim,
    /// The head of the final response. Holds what its framing depends on.
    Head {
        status: u16,
        version_10: bool,
    },
    /// The head of the final response is written.
    Sent {
        keep_alive: bool,
    },
    Upgraded,
}

/// Input: what was received.
impl ServerConnection {
    /// A fresh connection.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            input: InputBuffer::default(),
            writer: MessageWriter::new(),
            scanner: SectionScanner::default(),
            last_head: LastHead::default(),
            spare_head: None,
            state: State::Head,
            request: Request::default(),
            response: Response::None,
            eof: false,
            close: false,
            empty_lines: 0,
            offset: 0,
            failed: None,
        }
    }

    /// Sets the limits from the next line read on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

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
        self.input.filled(n);
    }

    /// Takes bytes that were read elsewhere, copied.
    pub fn handle_input(&mut self, data: &[u8]) {
        self.input.extend(data);
    }

    /// Says that the peer has closed its side.
    pub fn handle_eof(&mut self) {
        self.eof = true;
    }

    /// Bytes that were received and not used, of this request or of those after it.
    #[must_use]
    pub fn buffered_input(&self) -> usize {
        self.input.len()
    }

    /// Whether anything can be said of what was received: bytes that are not used, or the end.
    #[inline]
    #[must_use]
    pub fn has_input(&self) -> bool {
        self.eof || !self.input.is_empty()
    }

    /// Those bytes themselves.
    #[must_use]
    pub fn buffered(&self) -> &[u8] {
        self.input.data()
    }

    /// Whether a head has begun to arrive but is not complete: from here the client is slow, and
    /// not merely idle.
    #[must_use]
    pub fn head_begun(&self) -> bool {
        matches!(self.state, State::Head) && !self.input.is_empty()
    }

    /// Gives the memory of empty buffers back, for a connection that will be idle for long.
    pub fn release_buffers(&mut self) {
        self.input.release();
        self.writer.out.release();
        self.last_head = LastHead::default();
        self.spare_head = None;
    }

    /// Gives the memory of empty buffers back that unusually long messages have left: for a connection
    /// that waits for the next request.
    #[inline]
    pub fn release_large_buffers(&mut self) {
        self.input.release_above(INPUT_KEPT);
        self.writer.out.release_above(OUTPUT_KEPT);
    }

    /// Takes a head back that is not needed any more: the next one stands in its memory.
    #[inline]
    pub fn recycle(&mut self, head: Box<RequestHead>) {
        if head.memory() <= MOST_KEPT {
            self.spare_head = Some(head);
        }
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
            // No error within such a body tells its place, so nothing is counted.
            body.advance(n);
        }
    }

    /// Goes on as far as the input allows and says what happened.
    ///
    /// # Errors
    /// `Grammar`, `LimitExceeded` and `UnexpectedEof`; every later call gives the same error.
    #[inline]
    pub fn poll_event(&mut self) -> Result<ServerEvent, ProtoError> {
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
                    None,
                )
                .map(|step| match step {
                    BodyStep::NeedInput => ServerEvent::NeedInput,
                    BodyStep::Data => ServerEvent::Body,
                    BodyStep::Trailers(trailers) => ServerEvent::Trailers(trailers),
                    BodyStep::Done => {
                        self.state = State::End;
                        ServerEvent::End
                    }
                }),
            State::End => Ok(ServerEvent::End),
        };
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }

    /// The body bytes that are buffered. Not empty after [`ServerEvent::Body`].
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

    /// How many bytes of the request's body are still to be read, as far as its head has told: 0 for a
    /// body in chunks.
    #[must_use]
    pub fn unread_length(&self) -> u64 {
        match &self.state {
            State::Body(BodyReader::Fixed(rest)) => *rest,
            _ => 0,
        }
    }

    /// Whether the request has been received to its end.
    #[must_use]
    pub fn request_complete(&self) -> bool {
        matches!(
            self.state,
            State::End | State::Body(BodyReader::Done | BodyReader::Fixed(0))
        )
    }

    /// Ends HTTP on this connection and gives the bytes that came behind the request. Meant for
    /// after [`is_upgraded`](Self::is_upgraded) became true and the output was written.
    #[must_use]
    pub fn take_upgraded(self) -> Vec<u8> {
        self.input.into_data()
    }

    fn poll_head(&mut self) -> Result<ServerEvent, ProtoError> {
        if self.input.is_empty() && !self.eof {
            return Ok(ServerEvent::NeedInput);
        }
        if self.scanner.is_fresh()
            && let Some(event) = self.poll_usual_head()
        {
            return Ok(event);
        }
        self.skip_empty_lines()?;
        if !matches!(self.input.data(), [] | [b'\r']) {
            check_request_start(self.input.data())?;
        }
        let section = SectionLimits {
            bytes: self.limits.head_bytes,
            bytes_name: LimitName::HeadBytes,
            first_line: self.limits.start_line_bytes,
            first_place: Place::StartLine,
            place: Place::Headers,
        };
        let Some(length) = self.scanner.scan(self.input.data(), section)? else {
            if !self.eof {
                return Ok(ServerEvent::NeedInput);
            }
            return match self.scanner.line_ends() {
                _ if self.input.is_empty() => Ok(ServerEvent::Closed),
                [] => Err(ProtoError::eof(Place::StartLine)),
                _ => Err(ProtoError::eof(Place::Headers)),
            };
        };
        self.last_head.forget();
        let mut head = self.fresh_head();
        *head = read_request_head(self.input.data(), &self.scanner, &self.limits)?;
        Ok(self.begin_request(head, length))
    }

    /// The head at the front of the input, if it is all there and has nothing odd.
    #[inline]
    fn poll_usual_head(&mut self) -> Option<ServerEvent> {
        let mut head = self.fresh_head();
        let data = self.input.data();
        match read_usual(data, &self.limits, &mut self.last_head, &mut head) {
            Some(length) => Some(self.begin_request(head, length)),
            None => {
                self.spare_head = Some(head);
                None
            }
        }
    }

    /// A head to fill, without fields.
    #[inline]
    fn fresh_head(&mut self) -> Box<RequestHead> {
        match self.spare_head.take() {
            Some(mut head) => {
                head.headers.clear();
                head
            }
            None => Box::new(RequestHead::empty()),
        }
    }

    /// Goes on behind a head that takes so many bytes of the input.
    #[inline]
    fn begin_request(&mut self, head: Box<RequestHead>, length: usize) -> ServerEvent {
        self.input.consume(length);
        self.offset = length as u64;
        self.scanner.reset();
        self.request = Request {
            version_10: head.version < HttpVersion::VERSION11,
            head_request: head.method == "HEAD",
            connect: head.method == "CONNECT",
            upgrade: head.upgrade,
            keep_alive: head.keep_alive,
            awaits_continue: head.expect_continue,
        };
        self.state = State::Body(BodyReader::new(head.body_length));
        ServerEvent::Head(head)
    }

    /// RFC 9112 section 2.2: "a server that is expecting to receive and parse a request-line
    /// SHOULD ignore at least one empty line (CRLF) received prior to the request-line."
    fn skip_empty_lines(&mut self) -> Result<(), ProtoError> {
        while let [b'\r', second, ..] = *self.input.data() {
            if second != b'\n' {
                return Err(ProtoError::grammar(Rule::LineEnd, Place::StartLine).at(0));
            }
            self.empty_lines += 1;
            if self.empty_lines > self.limits.leading_empty_lines {
                return Err(ProtoError::limit(
                    LimitName::LeadingEmptyLines,
                    Place::Start,
                ));
            }
            self.input.consume(2);
            self.scanner.reset();
        }
        Ok(())
    }
}
