//! What went wrong with a stream: in the terms of the crate's errors, and whether the request may be
//! sent again.

use std::io;

use h2::Reason;

use super::frames::FrameFlood;
use super::guarded::{Facts, Fault};
use crate::error::{Phase, WebError, WebExceptionStatus};

/// The error of HTTP/2 behind a [`WebError`].
///
/// .NET: `System.Net.Http.HttpProtocolException`
#[doc(alias = "HttpProtocolException")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Http2Error {
    code: u32,
    of_stream: bool,
}

impl Http2Error {
    pub(crate) fn of(error: &h2::Error) -> Option<Self> {
        let code = error.reason()?.into();
        Some(Self {
            code,
            of_stream: error.is_reset(),
        })
    }

    /// The code, as RFC 9113 section 7 lists them: 0x7 is REFUSED_STREAM.
    ///
    /// .NET: `System.Net.Http.HttpProtocolException.ErrorCode`
    #[doc(alias = "HttpProtocolException.ErrorCode")]
    #[must_use]
    pub fn code(&self) -> u32 {
        self.code
    }

    /// Whether the stream of the request alone was ended, and not its connection.
    #[must_use]
    pub fn is_of_stream(&self) -> bool {
        self.of_stream
    }
}

/// Why a request over HTTP/2 failed.
pub(crate) struct Failure {
    pub(crate) error: WebError,
    pub(crate) again: Again,
}

/// Whether, and how, a request that failed may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// It failed.
    No,
    /// The server has not looked at it: safe for every method (RFC 9113 section 8.7).
    Ignored,
    /// The connection was lost, and how much the server did is not known.
    Lost,
    /// The server wants HTTP/1.1 for it (RFC 9113 section 7, HTTP_1_1_REQUIRED).
    Http1,
}

impl Failure {
    pub(crate) fn new(error: WebError) -> Self {
        Self {
            error,
            again: Again::No,
        }
    }

    /// What `h2` says of a stream.
    pub(super) fn of(error: h2::Error, stream: u32, facts: &Facts, phase: Phase) -> Self {
        let again = again(&error, stream, facts);
        Self {
            error: web_error(error, Some(stream), facts, phase),
            again,
        }
    }

    /// What `h2` says instead of opening a stream: nothing was sent.
    pub(super) fn unopened(error: h2::Error, facts: &Facts) -> Self {
        facts.close();
        Self {
            error: web_error(error, None, facts, Phase::Sending),
            again: Again::Ignored,
        }
    }
}

fn again(error: &h2::Error, stream: u32, facts: &Facts) -> Again {
    if facts.was_ignored(stream) {
        return Again::Ignored;
    }
    if error.is_reset() && error.is_remote() {
        return match error.reason() {
            Some(Reason::REFUSED_STREAM) => Again::Ignored,
            Some(Reason::HTTP_1_1_REQUIRED) => Again::Http1,
            _ => Again::No,
        };
    }
    // RFC 9113 section 6.8: a GOAWAY of an error leaves open what became of the streams below.
    if error.is_go_away() && error.is_remote() {
        return match error.reason() {
            Some(Reason::HTTP_1_1_REQUIRED) => Again::Http1,
            _ => Again::Lost,
        };
    }
    match error.is_io() && facts.fault().is_none() {
        true => Again::Lost,
        false => Again::No,
    }
}

fn web_error(error: h2::Error, stream: Option<u32>, facts: &Facts, phase: Phase) -> WebError {
    let io = error.get_io().map(io::Error::kind);
    if io.is_some() || error.is_go_away() {
        match facts.fault() {
            Some(Fault::Flood) => {
                let status = WebExceptionStatus::ServerProtocolViolation;
                return WebError::new(status, phase, FrameFlood.to_string());
            }
            Some(Fault::ClientRefused) => {
                let status = WebExceptionStatus::SecureChannelFailure;
                return WebError::new(status, phase, error.to_string()).with_source(error);
            }
            Some(Fault::PingTimeout(limit)) => {
                let what = format!("the server answered no PING within {limit:?}");
                return WebError::new(WebExceptionStatus::KeepAliveFailure, phase, what);
            }
            None => {}
        }
    }
    // `h2` ends a stream, or the connection, for a head that is much too long as for one that is wrong.
    let stream = stream.filter(|_| error.is_reset());
    let limit = facts
        .limit_of_head(stream)
        .filter(|_| io.is_none() && !error.is_remote());
    if let Some(limit) = limit {
        let status = WebExceptionStatus::MessageLengthLimitExceeded;
        let what = format!("the head of the response has more than {limit} bytes: {error}");
        return WebError::new(status, phase, what).with_source(error);
    }
    let (status, what) = match io {
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe) => (
            WebExceptionStatus::ConnectionClosed,
            "the server closed the connection".to_owned(),
        ),
        Some(_) => (failed(phase), error.to_string()),
        None if error.is_remote() => (failed(phase), told_by_the_server(&error)),
        None if error.is_go_away() && error.reason() == Some(Reason::ENHANCE_YOUR_CALM) => (
            WebExceptionStatus::MessageLengthLimitExceeded,
            format!("the server sends heads without measure: {error}"),
        ),
        // Of our own making: the server broke the rules.
        None => (
            WebExceptionStatus::ServerProtocolViolation,
            format!("what the server sent breaks the rules of HTTP/2: {error}"),
        ),
    };
    WebError::new(status, phase, what).with_source(error)
}

/// A body that is not as long as its head says.
pub(super) fn wrong_length(error: h2::Error) -> WebError {
    WebError::new(
        WebExceptionStatus::ServerProtocolViolation,
        Phase::ReadingBody,
        format!("the body has fewer or more bytes than its content-length says: {error}"),
    )
    .with_source(error)
}

fn told_by_the_server(error: &h2::Error) -> String {
    let reason = error.reason().map_or(0, u32::from);
    let name = error.reason().map_or("", |reason| reason_name(reason));
    match error.is_reset() {
        true => format!("the server ended the stream: {name} ({reason:#x})"),
        false => format!("the server ended the connection: {name} ({reason:#x})"),
    }
}

/// As RFC 9113 section 7 has them.
fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::NO_ERROR => "NO_ERROR",
        Reason::PROTOCOL_ERROR => "PROTOCOL_ERROR",
        Reason::INTERNAL_ERROR => "INTERNAL_ERROR",
        Reason::FLOW_CONTROL_ERROR => "FLOW_CONTROL_ERROR",
        Reason::SETTINGS_TIMEOUT => "SETTINGS_TIMEOUT",
        Reason::STREAM_CLOSED => "STREAM_CLOSED",
        Reason::FRAME_SIZE_ERROR => "FRAME_SIZE_ERROR",
        Reason::REFUSED_STREAM => "REFUSED_STREAM",
        Reason::CANCEL => "CANCEL",
        Reason::COMPRESSION_ERROR => "COMPRESSION_ERROR",
        Reason::CONNECT_ERROR => "CONNECT_ERROR",
        Reason::ENHANCE_YOUR_CALM => "ENHANCE_YOUR_CALM",
        Reason::INADEQUATE_SECURITY => "INADEQUATE_SECURITY",
        Reason::HTTP_1_1_REQUIRED => "HTTP_1_1_REQUIRED",
        _ => "an error of its own",
    }
}

fn failed(phase: Phase) -> WebExceptionStatus {
    match phase {
        Phase::Sending => WebExceptionStatus::SendFailure,
        _ => WebExceptionStatus::ReceiveFailure,
    }
}
