//! The client's side of a connection.
//!
//! Read: RFC 9112 (HTTP/1.1), RFC 9110 sections 7.8 (Upgrade), 9.3.6 (CONNECT), 10.1.1 (Expect) and
//! 15.2 (1xx).

use std::collections::VecDeque;

use system_net_primitives::WebHeaderCollection;

use crate::body::{BodyReader, BodyStep};
use crate::buffer::InputBuffer;
use crate::chunked::ChunkFrame;
use crate::error::ProtoError;
use crate::head::ResponseHead;
use crate::limits::Limits;
use crate::section::SectionScanner;
use crate::usual::LastHead;
use crate::writer::MessageWriter;

mod chunks;
mod prepared;
mod request;
mod response;

pub use chunks::{ChunkLines, ChunkParts};
pub use prepared::PreparedRequest;

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
/// The next request may begin before the response to the one before is there (pipelining); one that
/// was made beforehand goes out with [`send_prepared`](Self::send_prepared).
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
    /// How much memory the last head took: the next takes about as much.
    head_memory: usize,
    last_head: LastHead,
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
    /// How long the interim responses of the next response were.
    interim_length: u32,
    /// Bytes of the current response that have left the input.
    offset: u64,
    failed: Option<ProtoError>,
    /// What stands between the chunks of a body.
    chunk_frame: ChunkFrame,
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

/// Input: what was received.
impl ClientConnection {
    /// A fresh connection.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            input: InputBuffer::default(),
            writer: MessageWriter::new(),
            scanner: SectionScanner::default(),
            head_memory: 0,
            last_head: LastHead::default(),
            exchanges: VecDeque::new(),
            state: State::Head,
            eof: false,
            persistent: true,
            started: false,
            informational: 0,
            interim_length: 0,
            offset: 0,
            failed: None,
            chunk_frame: ChunkFrame::default(),
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

    /// Gives the memory of empty buffers back, for a connection that will be idle for long.
    pub fn release_buffers(&mut self) {
        self.input.release();
        self.writer.out.release();
        self.last_head = LastHead::default();
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
    /// `Grammar`, `LimitExceeded` and `UnexpectedEof`; the connection is then of no further use and
    /// every later call gives the same error.
    #[inline]
    pub fn poll_event(&mut self) -> Result<ClientEvent, ProtoError> {
        if self.awaits_head() && self.input.is_empty() && !self.eof {
            return Ok(ClientEvent::NeedInput);
        }
        if matches!(&self.state, State::Body(body) if body.is_over()) && self.failed.is_none() {
            self.end_exchange();
            return Ok(ClientEvent::End);
        }
        self.next_event()
    }

    /// Whether a request is under way, and nothing is wrong.
    #[inline]
    fn awaits_head(&self) -> bool {
        matches!(self.state, State::Head)
            && !self.exchanges.is_empty()
            && self.persistent
            && self.failed.is_none()
    }

    fn next_event(&mut self) -> Result<ClientEvent, ProtoError> {
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
                    Some(&mut self.chunk_frame),
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

    /// Whether bytes are there that were not used yet.
    #[inline]
    #[must_use]
    pub fn has_input(&self) -> bool {
        !self.input.is_empty()
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
