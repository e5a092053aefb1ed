//! The error of this crate: what rule was broken, by whom, and where in the message.

use std::error::Error;
use std::fmt;

use crate::limits::LimitName;

/// Why a message could not be read or written.
///
/// After an error from `poll_event` the connection stays failed: the same error comes back and the
/// connection cannot be reused. An error from a command leaves the output as it was before.
#[derive(Clone, PartialEq, Eq)]
pub struct ProtoError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ProtoErrorKind,
    place: Place,
    offset: Option<u64>,
    line: Option<u32>,
}

/// What went wrong. [`ProtoError::blame`] groups these by who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtoErrorKind {
    /// The peer sent bytes that break this rule of the grammar.
    Grammar(Rule),
    /// The peer sent more than this limit allows.
    LimitExceeded(LimitName),
    /// The peer closed the connection inside a message; [`ProtoError::place`] says where.
    UnexpectedEof,
    /// The caller gave a value that may not be written.
    InvalidInput(Input),
    /// The caller gave more body bytes than the length it announced.
    BodyTooLong {
        /// How many bytes were over.
        excess: u64,
    },
    /// The caller ended the body before the length it announced.
    BodyTooShort {
        /// How many bytes were still owed.
        missing: u64,
    },
    /// The caller gave a command that does not fit the state; the text says which.
    Misuse(&'static str),
}

/// Rules of the grammar and of framing that a peer can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The first line is not a status line (this is also what an HTTP/0.9 answer looks like).
    StatusLine,
    /// The first line is not a request line.
    RequestLine,
    /// The method is not a token.
    Method,
    /// The request target fits none of the four forms, or not this method.
    Target,
    /// The major version is not 1.
    Version,
    /// A line ends in LF alone, or CR stands alone.
    LineEnd,
    /// A field name is empty or not a token.
    HeaderName,
    /// White space stands between a field name and the colon.
    SpaceBeforeColon,
    /// A line has no colon.
    MissingColon,
    /// A field value has a control character.
    HeaderValue,
    /// A field is continued on the next line (obs-fold).
    FoldedHeader,
    /// `Content-Length` is not one number, or several ones differ.
    ContentLength,
    /// `Transfer-Encoding` does not end in exactly one `chunked`, or stands in HTTP/1.0.
    TransferEncoding,
    /// The request uses a transfer coding beside `chunked`, which is not implemented.
    UnknownTransferCoding,
    /// `Content-Length` and `Transfer-Encoding` in one message.
    ConflictingLengths,
    /// `Host` is missing, doubled or malformed.
    Host,
    /// A CONNECT request announces a body.
    ConnectBody,
    /// A chunk does not begin with 1 to 16 hexadecimal digits that fit 64 bits.
    ChunkSize,
    /// A chunk extension is malformed.
    ChunkExtension,
    /// The data of a chunk is not followed by CR LF.
    ChunkEnd,
    /// The server switched protocols unasked.
    UnexpectedUpgrade,
    /// Bytes arrived that belong to no request.
    UnsolicitedData,
}

/// Values of the caller that are checked before they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Input {
    /// The method has to be a token.
    Method,
    /// The target may have visible ASCII characters only, and at least one.
    Target,
    /// Only HTTP/1.0 and HTTP/1.1 can be written.
    Version,
    /// The status has to have three digits.
    Status,
    /// The reason may not have control characters.
    Reason,
    /// The field name has to be a token.
    HeaderName,
    /// The field value may not have control characters beside the tab.
    HeaderValue,
    /// A trailer may not be a field that frames, routes or authenticates.
    Trailer,
    /// The transfer codings have to be a list of tokens without `chunked`.
    TransferCodings,
}

/// Where in a message something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// Before the first byte of a message.
    Start,
    /// In the status line or request line.
    StartLine,
    /// In the fields of the head.
    Headers,
    /// In a body with a known length.
    Body,
    /// In the line that begins a chunk.
    ChunkSize,
    /// In the data of a chunk, or at its end.
    ChunkData,
    /// In the trailer section.
    Trailers,
    /// After a message.
    AfterMessage,
    /// In what the caller writes.
    Output,
}

/// Who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The peer broke the protocol.
    Peer,
    /// The peer went over a limit of ours.
    Limit,
    /// The caller misused the connection.
    Caller,
}

impl ProtoError {
    #[cold]
    pub(crate) fn grammar(rule: Rule, place: Place) -> Self {
        Self::new(ProtoErrorKind::Grammar(rule), place)
    }

    #[cold]
    pub(crate) fn limit(name: LimitName, place: Place) -> Self {
        Self::new(ProtoErrorKind::LimitExceeded(name), place)
    }

    #[cold]
    pub(crate) fn eof(place: Place) -> Self {
        Self::new(ProtoErrorKind::UnexpectedEof, place)
    }

    #[cold]
    pub(crate) fn input(input: Input) -> Self {
        Self::new(ProtoErrorKind::InvalidInput(input), Place::Output)
    }

    #[cold]
    pub(crate) fn misuse(what: &'static str) -> Self {
        Self::new(ProtoErrorKind::Misuse(what), Place::Output)
    }

    #[cold]
    pub(crate) fn new(kind: ProtoErrorKind, place: Place) -> Self {
        Self(Box::new(Inner {
            kind,
            place,
            offset: None,
            line: None,
        }))
    }

    #[cold]
    pub(crate) fn at(mut self, offset: usize) -> Self {
        self.0.offset = Some(offset as u64);
        self
    }

    #[cold]
    pub(crate) fn on_line(mut self, line: usize) -> Self {
        self.0.line = u32::try_from(line).ok();
        self
    }

    /// Moves the offset from "within the piece just parsed" to "within the message".
    #[cold]
    pub(crate) fn shifted(mut self, base: u64) -> Self {
        self.0.offset = self.0.offset.map(|offset| offset + base);
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ProtoErrorKind {
        self.0.kind
    }

    /// Where in the message it went wrong.
    #[must_use]
    pub fn place(&self) -> Place {
        self.0.place
    }

    /// How many bytes of the message precede the offending one, if that is known.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The line of the head or trailer section, counted from 1, if it is in one.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        self.0.line
    }

    /// Who is at fault.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self.0.kind {
            ProtoErrorKind::Grammar(_) | ProtoErrorKind::UnexpectedEof => Blame::Peer,
            ProtoErrorKind::LimitExceeded(_) => Blame::Limit,
            ProtoErrorKind::InvalidInput(_)
            | ProtoErrorKind::BodyTooLong { .. }
            | ProtoErrorKind::BodyTooShort { .. }
            | ProtoErrorKind::Misuse(_) => Blame::Caller,
        }
    }

    /// The status a server answers with before it closes; `None` where no answer makes sense,
    /// because the client is gone or the fault is the caller's.
    #[must_use]
    pub fn response_status(&self) -> Option<u16> {
        match self.0.kind {
            // RFC 9112 section 6.1: "A server that receives a request message with a transfer
            // coding it does not understand SHOULD respond with 501."
            ProtoErrorKind::Grammar(Rule::UnknownTransferCoding) => Some(501),
            ProtoErrorKind::Grammar(Rule::Version) => Some(505),
            ProtoErrorKind::Grammar(_) => Some(400),
            // RFC 9112 section 3: 414 for a target that is longer than the server wishes to parse.
            ProtoErrorKind::LimitExceeded(LimitName::StartLineBytes) => Some(414),
            // RFC 6585 section 5: 431 Request Header Fields Too Large.
            ProtoErrorKind::LimitExceeded(
                LimitName::HeadBytes | LimitName::Headers | LimitName::TrailerBytes,
            ) => Some(431),
            ProtoErrorKind::LimitExceeded(_) => Some(400),
            _ => None,
        }
    }
}

impl fmt::Debug for ProtoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtoError")
            .field("kind", &self.0.kind)
            .field("place", &self.0.place)
            .field("offset", &self.0.offset)
            .field("line", &self.0.line)
            .finish()
    }
}

impl fmt::Display for ProtoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind {
            ProtoErrorKind::Grammar(rule) => write!(f, "{rule}")?,
            ProtoErrorKind::LimitExceeded(name) => {
                write!(f, "the message exceeds the limit {name}")?;
            }
            ProtoErrorKind::UnexpectedEof => {
                return write!(f, "the connection was closed {}", self.0.place);
            }
            ProtoErrorKind::InvalidInput(input) => return write!(f, "{input}"),
            ProtoErrorKind::BodyTooLong { excess } => {
                return write!(
                    f,
                    "the body is {excess} bytes longer than its announced length"
                );
            }
            ProtoErrorKind::BodyTooShort { missing } => {
                return write!(
                    f,
                    "the body is {missing} bytes shorter than its announced length"
                );
            }
            ProtoErrorKind::Misuse(what) => return f.write_str(what),
        }
        write!(f, " {}", self.0.place)?;
        if let Some(line) = self.0.line {
            write!(f, ", line {line}")?;
        }
        if let Some(offset) = self.0.offset {
            write!(f, ", byte {offset} of the message")?;
        }
        Ok(())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StatusLine => "not an HTTP/1 status line",
            Self::RequestLine => "not an HTTP/1 request line",
            Self::Method => "the method is not a token",
            Self::Target => "the request target is malformed",
            Self::Version => "the HTTP version is not supported",
            Self::LineEnd => "a line does not end in CR LF",
            Self::HeaderName => "a header name is malformed",
            Self::SpaceBeforeColon => "white space before the colon of a header",
            Self::MissingColon => "a header line without colon",
            Self::HeaderValue => "a control character in a header value",
            Self::FoldedHeader => "a header is folded over two lines",
            Self::ContentLength => "Content-Length is malformed",
            Self::TransferEncoding => "Transfer-Encoding is malformed",
            Self::UnknownTransferCoding => "a transfer coding is not supported",
            Self::ConflictingLengths => "Content-Length stands beside Transfer-Encoding",
            Self::Host => "Host is missing, doubled or malformed",
            Self::ConnectBody => "a CONNECT request announces a body",
            Self::ChunkSize => "a chunk size is malformed",
            Self::ChunkExtension => "a chunk extension is malformed",
            Self::ChunkEnd => "the data of a chunk does not end in CR LF",
            Self::UnexpectedUpgrade => "the server switched protocols unasked",
            Self::UnsolicitedData => "data arrived that belongs to no request",
        })
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "the method has to be a token",
            Self::Target => "the request target may have visible ASCII characters only",
            Self::Version => "only HTTP/1.0 and HTTP/1.1 can be written",
            Self::Status => "the status has to have three digits",
            Self::Reason => "the reason may not have control characters",
            Self::HeaderName => "the header name has to be a token",
            Self::HeaderValue => "the header value may not have control characters",
            Self::Trailer => "this field may not stand in a trailer section",
            Self::TransferCodings => "the transfer codings have to be tokens other than chunked",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "before the first byte of the message",
            Self::StartLine => "in the first line",
            Self::Headers => "in the headers",
            Self::Body => "in the body",
            Self::ChunkSize => "in a chunk size line",
            Self::ChunkData => "in the data of a chunk",
            Self::Trailers => "in the trailers",
            Self::AfterMessage => "after the message",
            Self::Output => "in the output",
        })
    }
}

impl Error for ProtoError {}
