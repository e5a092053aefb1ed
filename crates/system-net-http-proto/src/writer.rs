//! Writing one message after the other: head, framing, body. Both sides use it.
//!
//! ```text
//!  Idle -- start line --> Head -- end_head --> Idle          (no body)
//!                                         \--> Body --+----> Idle   (end_body)
//!                                               ^  |  |
//!                               commit_reserved |  v  +----> Abandoned
//!                                            Reserved
//! ```

use std::borrow::Cow;
use std::fmt;

use system_net_primitives::{HttpVersion, WebHeaderCollection};

use crate::buffer::OutputBuffer;
use crate::bytes::{bad_value_byte, is_name, is_token, trim_ows};
use crate::error::{Input, ProtoError};
use crate::facts::Facts;

mod body;

pub use body::is_forbidden_trailer;

/// How the end of a body that we send is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// There is no body. A client writes no field for it; a server writes `Content-Length: 0`
    /// where a body would be possible.
    #[default]
    None,
    /// `Content-Length` with this number, 0 included.
    Fixed(u64),
    /// `Transfer-Encoding: chunked`. A server answers an HTTP/1.0 client with
    /// [`UntilClose`](Self::UntilClose) instead.
    Chunked,
    /// By closing the connection; only a server can do that.
    UntilClose,
}

/// What the writer is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Head,
    Body(Framing),
    /// A piece was announced whose bytes the driver writes itself.
    Reserved(Framing),
    /// The rest of the body will not be sent.
    Abandoned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// So many bytes are still owed.
    Fixed(u64),
    Chunked,
    UntilClose,
    /// The message may not have a body, but its writer may believe it has (answers to HEAD).
    Discard,
}

/// Fields that are checked once and then written with many messages, as `Server` and `Date` are.
///
/// ```
/// use system_net_http_proto::PreparedHeaders;
///
/// let prepared = PreparedHeaders::new([(&b"Server"[..], &b"system-net"[..])])?;
/// assert_eq!(prepared.as_bytes(), b"Server: system-net\r\n");
/// assert!(PreparedHeaders::new([(&b"Server"[..], &b"x\r\nSet-Cookie: y"[..])]).is_err());
/// # Ok::<(), system_net_http_proto::ProtoError>(())
/// ```
#[derive(Clone, Default)]
pub struct PreparedHeaders {
    lines: Vec<u8>,
    facts: Facts,
}

impl PreparedHeaders {
    /// Checks the fields, as `write_header` does.
    ///
    /// # Errors
    /// `InvalidInput` for a name that is not a token or a value with control characters. `Misuse`
    /// for `Content-Length` and `Transfer-Encoding`.
    pub fn new<'a>(
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<Self, ProtoError> {
        let mut prepared = Self::default();
        for (name, value) in fields {
            check_own_field(name, value)?;
            prepared.facts.learn_sent(name, value);
            for piece in [name, b": ", value, b"\r\n"] {
                prepared.lines.extend_from_slice(piece);
            }
        }
        Ok(prepared)
    }

    /// Whether they say what becomes of the connection.
    pub(crate) fn says_connection(&self) -> bool {
        self.facts.close || self.facts.keep_alive || self.facts.connection_upgrade
    }

    /// The lines as they are written.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.lines
    }
}

// The values may be secret.
impl fmt::Debug for PreparedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedHeaders({} bytes)", self.lines.len())
    }
}

#[derive(Debug)]
pub(crate) struct MessageWriter {
    pub(crate) out: OutputBuffer,
    state: State,
    /// What was said about the length in the head being written.
    length: Option<BodyLength>,
    /// What the head being written says.
    pub(crate) facts: Facts,
    /// Where the head being written begins in the output.
    head_mark: usize,
    body_begun: bool,
}

impl MessageWriter {
    pub(crate) fn new() -> Self {
        Self {
            out: OutputBuffer::default(),
            state: State::Idle,
            length: None,
            facts: Facts::default(),
            head_mark: 0,
            body_begun: false,
        }
    }

    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// The message is complete and had no body.
    pub(crate) fn is_bodiless(&self) -> bool {
        self.is_idle()
            && matches!(
                self.length,
                None | Some(BodyLength::None | BodyLength::Fixed(0))
            )
    }

    #[inline]
    pub(crate) fn discards(&self) -> bool {
        matches!(
            self.state,
            State::Body(Framing::Discard) | State::Reserved(Framing::Discard)
        )
    }

    pub(crate) fn body_begun(&self) -> bool {
        self.body_begun
    }

    /// What was announced in this head, if anything was.
    pub(crate) fn announced(&self) -> Option<BodyLength> {
        self.length
    }

    /// Begins a head; the start line has been checked.
    #[inline]
    pub(crate) fn start(&mut self, line: &[&[u8]]) -> Result<(), ProtoError> {
        if self.state != State::Idle {
            return Err(ProtoError::misuse("the message before is not complete"));
        }
        self.head_mark = self.out.mark();
        self.out.reserve(256);
        for piece in line {
            self.out.put(piece);
        }
        self.state = State::Head;
        self.length = None;
        self.facts = Facts::default();
        self.body_begun = false;
        Ok(())
    }

    /// Writes a whole head with no field but `Host` and perhaps `Authorization`; its parts have been
    /// checked. The line is of method and target.
    #[inline]
    pub(crate) fn plain(
        &mut self,
        (method, target): (&[u8], &[u8]),
        host: &[u8],
        authorization: Option<&[u8]>,
    ) -> Result<(), ProtoError> {
        const BETWEEN: &[u8] = b" HTTP/1.1\r\nHost: ";
        const AUTHORIZATION: &[u8] = b"\r\nAuthorization: ";
        if self.state != State::Idle {
            return Err(ProtoError::misuse("the message before is not complete"));
        }
        let more = authorization.map_or(0, |value| AUTHORIZATION.len() + value.len());
        let parts = method.len() + target.len() + host.len() + more;
        self.out.reserve(parts + BETWEEN.len() + 5);
        self.out.put(method);
        self.out.put(b" ");
        self.out.put(target);
        self.out.put(BETWEEN);
        self.out.put(host);
        if let Some(value) = authorization {
            self.out.put(AUTHORIZATION);
            self.out.put(value);
        }
        self.out.put(b"\r\n\r\n");
        self.length = None;
        self.facts = Facts::default();
        self.body_begun = false;
        Ok(())
    }

    /// Writes a whole message whose head was checked and says the length of the body.
    #[inline]
    pub(crate) fn whole(&mut self, head: &[u8], body: &[u8]) -> Result<(), ProtoError> {
        self.whole_head(head, body.len() as u64)?;
        self.out.put(body);
        self.state = State::Idle;
        Ok(())
    }

    /// Writes a whole head that was checked and says this length.
    #[inline]
    pub(crate) fn whole_head(&mut self, head: &[u8], length: u64) -> Result<(), ProtoError> {
        if self.state != State::Idle {
            return Err(ProtoError::misuse("the message before is not complete"));
        }
        // A short body follows without another look at the memory.
        self.out.reserve(head.len() + 64);
        self.out.put(head);
        self.length = Some(BodyLength::Fixed(length));
        self.facts = Facts::default();
        self.body_begun = false;
        self.state = match length {
            0 => State::Idle,
            _ => State::Body(Framing::Fixed(length)),
        };
        Ok(())
    }

    /// Takes back the head being written.
    pub(crate) fn cancel_head(&mut self) -> bool {
        let cancelled = self.state == State::Head;
        if cancelled {
            self.out.rewind(self.head_mark);
            self.state = State::Idle;
        }
        cancelled
    }

    #[inline]
    fn check_head(&self) -> Result<(), ProtoError> {
        if self.state == State::Head {
            Ok(())
        } else {
            Err(ProtoError::misuse(
                "headers are written between the first line and end_head",
            ))
        }
    }

    #[inline]
    pub(crate) fn header(&mut self, name: &[u8], value: &[u8]) -> Result<(), ProtoError> {
        self.check_head()?;
        check_own_field(name, value)?;
        self.facts.learn_sent(name, value);
        self.put_field(name, value);
        Ok(())
    }

    #[inline]
    pub(crate) fn prepared(&mut self, prepared: &PreparedHeaders) -> Result<(), ProtoError> {
        self.check_head()?;
        self.facts.merge_sent(&prepared.facts);
        self.out.put(&prepared.lines);
        Ok(())
    }

    pub(crate) fn headers(&mut self, headers: &WebHeaderCollection) -> Result<(), ProtoError> {
        self.check_head()?;
        for (name, value) in headers.iter_bytes() {
            self.header(name, value)?;
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn put_field(&mut self, name: &[u8], value: &[u8]) {
        self.out.put_field(name, value);
    }

    /// Notes the length and writes its field. `silent` leaves the field out.
    #[inline]
    pub(crate) fn body_length(
        &mut self,
        length: BodyLength,
        silent: bool,
    ) -> Result<(), ProtoError> {
        self.check_head()?;
        if self.length.is_some() {
            return Err(ProtoError::misuse("the body's length was written already"));
        }
        self.length = Some(length);
        match length {
            _ if silent => {}
            BodyLength::None | BodyLength::UntilClose => {}
            BodyLength::Chunked => self.put_field(b"Transfer-Encoding", b"chunked"),
            BodyLength::Fixed(length) => {
                self.out.put(b"Content-Length: ");
                self.put_decimal(length);
                self.out.put(b"\r\n");
            }
        }
        Ok(())
    }

    /// As `body_length(Chunked)`, with other codings before `chunked`.
    pub(crate) fn chunked_with(&mut self, codings: &[u8]) -> Result<(), ProtoError> {
        self.check_head()?;
        let valid = codings
            .split(|&b| b == b',')
            .map(trim_ows)
            .all(|coding| is_token(coding) && !coding.eq_ignore_ascii_case(b"chunked"));
        if !valid {
            return Err(ProtoError::input(Input::TransferCodings));
        }
        self.body_length(BodyLength::Chunked, true)?;
        self.out.put(b"Transfer-Encoding: ");
        self.out.put(codings);
        self.out.put(b", chunked\r\n");
        Ok(())
    }

    fn put_decimal(&mut self, number: u64) {
        let mut digits = [0; MOST_DIGITS];
        self.out.put(decimal(number, &mut digits));
    }

    /// Ends the head. `discard` says that the message has no body, whatever its fields say.
    #[inline]
    pub(crate) fn end_head(&mut self, discard: bool) -> Result<(), ProtoError> {
        self.check_head()?;
        self.out.put(b"\r\n");
        self.state = match self.length {
            None | Some(BodyLength::None | BodyLength::Fixed(0)) => State::Idle,
            Some(_) if discard => State::Body(Framing::Discard),
            Some(BodyLength::Fixed(length)) => State::Body(Framing::Fixed(length)),
            Some(BodyLength::Chunked) => State::Body(Framing::Chunked),
            Some(BodyLength::UntilClose) => State::Body(Framing::UntilClose),
        };
        Ok(())
    }
}

/// The digits of the greatest number.
pub(crate) const MOST_DIGITS: usize = 20;

/// A number as text, at the end of `digits`.
pub(crate) fn decimal(mut number: u64, digits: &mut [u8; MOST_DIGITS]) -> &[u8] {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[at..];
        }
    }
}

/// RFC 9110 section 5.5: a sender never generates CR, LF or NUL in a field.
#[inline]
fn check_field(name: &[u8], value: &[u8]) -> Result<(), ProtoError> {
    if !is_token(name) {
        return Err(ProtoError::input(Input::HeaderName));
    }
    if bad_value_byte(value).is_some() {
        return Err(ProtoError::input(Input::HeaderValue));
    }
    Ok(())
}

/// As [`check_field`], for the fields that callers write.
#[inline]
fn check_own_field(name: &[u8], value: &[u8]) -> Result<(), ProtoError> {
    check_field(name, value)?;
    if is_framing_field(name) {
        return Err(ProtoError::misuse(
            "the body's length is written with write_body_length",
        ));
    }
    Ok(())
}

/// Is this one of the fields the writer writes itself?
#[inline]
fn is_framing_field(name: &[u8]) -> bool {
    match name.len() {
        14 => is_name(name, b"content-length"),
        17 => is_name(name, b"transfer-encoding"),
        _ => false,
    }
}

/// The bytes of a reason phrase, which is Latin-1 on the wire.
pub(crate) fn check_reason(reason: &str) -> Result<Cow<'_, [u8]>, ProtoError> {
    let wrong = || ProtoError::input(Input::Reason);
    let bytes = if reason.is_ascii() {
        Cow::Borrowed(reason.as_bytes())
    } else {
        let latin1 = reason.chars().map(|c| u8::try_from(u32::from(c)).ok());
        Cow::Owned(latin1.collect::<Option<Vec<u8>>>().ok_or_else(wrong)?)
    };
    match bad_value_byte(&bytes) {
        None => Ok(bytes),
        Some(_) => Err(wrong()),
    }
}

/// What stands between the version and the reason phrase, and behind that.
#[inline]
pub(crate) fn status_line(status: u16) -> ([u8; 5], &'static [u8]) {
    let digit = |n: u16| b'0' + (n % 10) as u8;
    let code = [
        b' ',
        digit(status / 100),
        digit(status / 10),
        digit(status),
        b' ',
    ];
    (code, b"\r\n")
}

/// Checks what both start lines have in common.
pub(crate) fn check_version(version: HttpVersion) -> Result<&'static [u8], ProtoError> {
    match version {
        HttpVersion::VERSION11 => Ok(b"HTTP/1.1"),
        HttpVersion::VERSION10 => Ok(b"HTTP/1.0"),
        _ => Err(ProtoError::input(Input::Version)),
    }
}
