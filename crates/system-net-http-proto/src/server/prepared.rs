//! Heads of responses that are checked once and then written again and again.

use std::fmt;
use std::ops::Range;

use super::{Response, ServerConnection};
use crate::error::{Input, ProtoError};
use crate::writer::{MOST_DIGITS, PreparedHeaders, check_reason, decimal, status_line};

/// The head of a response to be written many times, whose body may have another length each time.
///
/// # Examples
/// ```
/// use system_net_http_proto::{Limits, PreparedResponse, ServerConnection, ServerEvent};
///
/// let fields = [(&b"Content-Type"[..], &b"text/plain"[..])];
/// let mut prepared = PreparedResponse::new(200, "OK", fields)?;
/// let mut connection = ServerConnection::new(Limits::default());
/// connection.handle_input(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
/// assert!(matches!(connection.poll_event()?, ServerEvent::Head(_)));
/// assert!(connection.answer_prepared(&mut prepared, b"hello")?);
/// assert_eq!(
///     connection.output(),
///     b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello",
/// );
/// # Ok::<(), system_net_http_proto::ProtoError>(())
/// ```
#[derive(Clone, Default)]
pub struct PreparedResponse {
    /// The whole head, for a body of the last length.
    text: Vec<u8>,
    /// Where its number stands; empty if nothing is prepared.
    number: Range<usize>,
    length: u64,
}

const LENGTH: &[u8] = b"Content-Length: ";

impl PreparedResponse {
    /// Checks status line and fields as `begin_response` and `write_header` do.
    ///
    /// # Errors
    /// As those; `Misuse` for a status whose responses have no body, and for a `Connection` field that closes, keeps or upgrades: that is not the same for every request.
    pub fn new<'a>(
        status: u16,
        reason: &str,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<Self, ProtoError> {
        if !(100..1000).contains(&status) {
            return Err(ProtoError::input(Input::Status));
        }
        if status < 200 || matches!(status, 204 | 205 | 304) {
            return Err(ProtoError::misuse("this status has no body"));
        }
        let fields = PreparedHeaders::new(fields)?;
        if fields.says_connection() {
            return Err(ProtoError::misuse(
                "what Connection says cannot be prepared",
            ));
        }
        let reason = check_reason(reason)?;
        let mut text = Vec::new();
        let (start, end) = status_line(status);
        for piece in [&b"HTTP/1.1"[..], &start, &reason, end, LENGTH] {
            text.extend_from_slice(piece);
        }
        let start = text.len();
        for piece in [b"0\r\n", fields.as_bytes(), b"\r\n"] {
            text.extend_from_slice(piece);
        }
        Ok(Self {
            text,
            number: start..start + 1,
            length: 0,
        })
    }

    /// The head for a body of this length.
    #[inline]
    fn for_length(&mut self, length: u64) -> &[u8] {
        if length != self.length {
            self.set_length(length);
        }
        &self.text
    }

    fn set_length(&mut self, length: u64) {
        let mut digits = [0; MOST_DIGITS];
        let digits = decimal(length, &mut digits);
        self.text
            .splice(self.number.clone(), digits.iter().copied());
        self.number.end = self.number.start + digits.len();
        self.length = length;
    }
}

// The values may be secret.
impl fmt::Debug for PreparedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedResponse({} bytes)", self.text.len())
    }
}

impl ServerConnection {
    /// Writes a whole response: the prepared head and this body, copied. False, with nothing written,
    /// if this request's response has to say something else: to HEAD, CONNECT and clients of
    /// HTTP/1.0, and where the connection ends.
    ///
    /// # Errors
    /// `Misuse` if there is no request to answer, or it was answered already.
    #[inline]
    pub fn answer_prepared(
        &mut self,
        prepared: &mut PreparedResponse,
        body: &[u8],
    ) -> Result<bool, ProtoError> {
        if !self.suits(prepared)? {
            return Ok(false);
        }
        let head = prepared.for_length(body.len() as u64);
        self.writer.whole(head, body)?;
        self.response = Response::Sent { keep_alive: true };
        Ok(true)
    }

    /// Writes the prepared head for a body of this length, which is to follow. False as
    /// [`answer_prepared`](Self::answer_prepared) says.
    ///
    /// # Errors
    /// As [`answer_prepared`](Self::answer_prepared).
    pub fn begin_prepared(
        &mut self,
        prepared: &mut PreparedResponse,
        length: u64,
    ) -> Result<bool, ProtoError> {
        if !self.suits(prepared)? {
            return Ok(false);
        }
        self.writer
            .whole_head(prepared.for_length(length), length)?;
        self.response = Response::Sent { keep_alive: true };
        Ok(true)
    }

    /// Whether the response to this request has just the head that was prepared.
    #[inline]
    fn suits(&self, prepared: &PreparedResponse) -> Result<bool, ProtoError> {
        self.check_can_answer()?;
        let request = &self.request;
        let alike = request.keep_alive
            && !request.version_10
            && !request.head_request
            && !request.connect
            && !self.close
            && self.failed.is_none();
        // A client that waits for 100 and gets something else may or may not send its body.
        Ok(alike
            && !prepared.number.is_empty()
            && (!request.awaits_continue || self.request_complete()))
    }
}
