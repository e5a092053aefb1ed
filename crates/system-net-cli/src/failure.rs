//! What went wrong, in one line with advice below, and the exit code that stands for it: curl's
//! number where curl has one.

use std::fmt::Display;
use std::io;

use serde::Serialize;
use system_net::{
    Misuse, Phase, TlsError, TlsErrorKind, TrustProblem, WebError, WebExceptionStatus,
};

use crate::advice::advice;

pub(crate) const FAILED: u8 = 1;
pub(crate) const USAGE: u8 = 2;
pub(crate) const BAD_URL: u8 = 3;
pub(crate) const RESOLVE_PROXY: u8 = 5;
pub(crate) const RESOLVE: u8 = 6;
pub(crate) const CONNECT: u8 = 7;
pub(crate) const WEIRD_REPLY: u8 = 8;
pub(crate) const PARTIAL: u8 = 18;
pub(crate) const HTTP2: u8 = 16;
pub(crate) const HTTP_ERROR: u8 = 22;
pub(crate) const WRITE: u8 = 23;
pub(crate) const NO_UPLOAD: u8 = 25;
pub(crate) const READ: u8 = 26;
pub(crate) const TIMEOUT: u8 = 28;
pub(crate) const RANGE: u8 = 33;
pub(crate) const TLS: u8 = 35;
pub(crate) const BAD_RESUME: u8 = 36;
pub(crate) const FILE: u8 = 37;
pub(crate) const REDIRECTS: u8 = 47;
pub(crate) const EMPTY_REPLY: u8 = 52;
pub(crate) const SEND: u8 = 55;
pub(crate) const RECEIVE: u8 = 56;
pub(crate) const CLIENT_CERTIFICATE: u8 = 58;
pub(crate) const CERTIFICATE: u8 = 60;
pub(crate) const HTTP2_STREAM: u8 = 92;
pub(crate) const CA_FILE: u8 = 77;
pub(crate) const CRL_FILE: u8 = 82;
pub(crate) const PINNED_KEY: u8 = 90;
pub(crate) const CERTIFICATE_STATUS: u8 = 91;
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a verb ends early.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    #[serde(rename = "exit_code")]
    pub(crate) code: u8,
    /// The .NET status of a request, or the .NET code of a look-up.
    pub(crate) status: Option<&'static str>,
    pub(crate) message: String,
    /// Lines that show the place in what was given, between the message and the advice.
    #[serde(skip)]
    pub(crate) excerpt: Vec<String>,
    pub(crate) advice: Vec<String>,
}

impl Failure {
    pub(crate) fn new(code: u8, message: impl Display) -> Self {
        Self {
            code,
            status: None,
            message: message.to_string(),
            excerpt: Vec::new(),
            advice: Vec::new(),
        }
    }

    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(USAGE, message)
    }

    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    /// Reading or writing a file, or a standard stream, failed.
    pub(crate) fn file(code: u8, what: impl Display, error: &io::Error) -> Self {
        Self::new(code, format_args!("{what}: {error}"))
    }

    /// The server answered with an error.
    pub(crate) fn http(status: u16, reason: &str) -> Self {
        Self {
            status: Some("ProtocolError"),
            ..Self::new(
                HTTP_ERROR,
                format_args!("the server returned an error: {status} {reason}"),
            )
        }
    }

    /// A request failed.
    pub(crate) fn request(error: &WebError) -> Self {
        Self {
            code: exit_code(error),
            status: Some(error.status().name()),
            // Status, address, phase and cause: the sources below repeat the cause in other words.
            message: shorten(&error.to_string())
                .replace(": leave allow_write_stream_buffering on", ""),
            excerpt: Vec::new(),
            advice: advice(error),
        }
    }

    /// Prints the line, the place and the advice.
    pub(crate) fn print(&self) {
        eprintln!("sysnet: {}", self.message);
        for line in &self.excerpt {
            eprintln!("  {line}");
        }
        for advice in &self.advice {
            eprintln!("  - {advice}");
        }
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Self::usage(misuse)
    }
}

impl From<system_net::HttpListenerError> for Failure {
    fn from(error: system_net::HttpListenerError) -> Self {
        Self::new(FAILED, error)
    }
}

/// The longest address that a message shows whole, in characters.
const LONGEST_WORD: usize = 200;

/// The message with its long words cut: an address may be as long as it likes, and the reason
/// stands behind it.
pub(crate) fn shorten(message: &str) -> String {
    let short = |word: &str| match word.char_indices().nth(LONGEST_WORD) {
        None => word.to_owned(),
        Some((end, _)) => format!("{}...", &word[..end]),
    };
    let words: Vec<String> = message.split(' ').map(short).collect();
    words.join(" ")
}

/// The one table from statuses to exit codes.
fn exit_code(error: &WebError) -> u8 {
    use WebExceptionStatus as Status;
    if error.uri_format().is_some() {
        return BAD_URL;
    }
    if error.misuse().is_some() {
        return FAILED;
    }
    if let Some(error) = error.http2_error() {
        return match error.is_of_stream() {
            true => HTTP2_STREAM,
            false => HTTP2,
        };
    }
    let before_the_answer = error.phase() == Phase::ReadingHead;
    match error.status() {
        Status::NameResolutionFailure => RESOLVE,
        Status::ProxyNameResolutionFailure => RESOLVE_PROXY,
        // No tunnel: as curl.
        Status::RequestProhibitedByProxy => RECEIVE,
        Status::ProtocolError if error.phase() == Phase::Connecting => RECEIVE,
        Status::ConnectFailure if error.uri().is_some_and(|uri| uri.is_file()) => FILE,
        Status::ConnectFailure => CONNECT,
        Status::ConnectionClosed if before_the_answer => EMPTY_REPLY,
        Status::ConnectionClosed => PARTIAL,
        Status::ReceiveFailure => RECEIVE,
        Status::MessageLengthLimitExceeded => RECEIVE,
        Status::SendFailure | Status::KeepAliveFailure => SEND,
        Status::ServerProtocolViolation => WEIRD_REPLY,
        Status::Timeout => TIMEOUT,
        Status::SecureChannelFailure => TLS,
        Status::TrustFailure => trust_code(error),
        Status::ProtocolError => HTTP_ERROR,
        _ => FAILED,
    }
}

/// Of what is wrong with a certificate, curl has numbers for some.
fn trust_code(error: &WebError) -> u8 {
    let source = std::error::Error::source(error);
    let kind = source
        .and_then(|it| it.downcast_ref::<TlsError>())
        .map(TlsError::kind);
    match kind {
        Some(TlsErrorKind::Trust(TrustProblem::WrongPublicKey)) => PINNED_KEY,
        Some(TlsErrorKind::Trust(TrustProblem::RevocationUnknown)) => CERTIFICATE_STATUS,
        _ => CERTIFICATE,
    }
}
