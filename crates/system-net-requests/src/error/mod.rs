//! `WebError`: the one error of this crate. Its status is set at the place that knows the phase.

mod advice;
mod status;

pub use status::WebExceptionStatus;

use std::error::Error;
use std::fmt;
use std::io;

use system_net_http_proto::{Blame, ProtoError, ProtoErrorKind};
use system_net_primitives::{AccessDenied, Misuse};
use system_net_security::{ChannelProblem, TlsError, TlsErrorKind};
use system_net_sockets::{ConnectError, ConnectErrorKind, SocketError};
use system_net_uri::{Uri, UriFormatError};
use system_net_web_proxy::WebProxyError;

use crate::WebResponse;
use crate::http2::Http2Error;

/// What a request was doing when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Before anything was sent: looking at the arguments.
    Preparing,
    /// Waiting for a free connection of the service point.
    Queueing,
    /// Resolving the host name.
    Resolving,
    /// Connecting.
    Connecting,
    /// Setting up TLS.
    SecuringChannel,
    /// Sending the request.
    Sending,
    /// Waiting for the head of the response, or reading it.
    ReadingHead,
    /// Reading the body of the response.
    ReadingBody,
    /// Deciding what comes next: redirects, authentication.
    Deciding,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preparing => "preparing the request",
            Self::Queueing => "waiting for a free connection",
            Self::Resolving => "resolving the host name",
            Self::Connecting => "connecting",
            Self::SecuringChannel => "setting up TLS",
            Self::Sending => "sending the request",
            Self::ReadingHead => "waiting for the response",
            Self::ReadingBody => "reading the response body",
            Self::Deciding => "following the response",
        })
    }
}

/// Why a request could not be made or did not succeed.
///
/// [`status`](Self::status) tells what happened, [`response`](Self::response) holds the response
/// of a protocol error, [`advice`](Self::advice) what to do about it. Errors in the arguments are
/// told apart by [`misuse`](Self::misuse) and [`uri_format`](Self::uri_format).
///
/// `Display` prints one line: status, address, phase and cause. `{:#}` adds the advice, a line each.
///
/// .NET: `System.Net.WebException`
#[doc(alias = "WebException")]
pub struct WebError {
    inner: Box<Inner>,
}

struct Inner {
    status: WebExceptionStatus,
    phase: Phase,
    uri: Option<Uri>,
    detail: String,
    response: Option<WebResponse>,
    source: Option<Box<dyn Error + Send + Sync>>,
    body_is_gone: bool,
}

impl WebError {
    /// Makes an error, for authors of protocols.
    ///
    /// .NET: `System.Net.WebException.#ctor(String, WebExceptionStatus)`
    #[must_use]
    pub fn new(status: WebExceptionStatus, phase: Phase, detail: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                status,
                phase,
                uri: None,
                detail: detail.into(),
                response: None,
                source: None,
                body_is_gone: false,
            }),
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Adds the address of the request, unless there is one already.
    #[must_use]
    pub fn with_uri(mut self, uri: &Uri) -> Self {
        if self.inner.uri.is_none() {
            self.inner.uri = Some(uri.clone());
        }
        self
    }

    /// Adds the response that the error is about.
    #[must_use]
    pub fn with_response(mut self, response: WebResponse) -> Self {
        self.inner.response = Some(response);
        self
    }

    pub(crate) fn with_body_gone(mut self, is_gone: bool) -> Self {
        self.inner.body_is_gone = is_gone;
        self
    }

    /// Whether the server asked for a login when a body that was not kept had been sent already: the
    /// request may succeed if it is made once more, with the whole body.
    #[must_use]
    pub fn body_is_gone(&self) -> bool {
        self.inner.body_is_gone
    }

    /// What happened.
    ///
    /// [`WebExceptionStatus::UnknownError`] for errors in the arguments; see [`misuse`](Self::misuse).
    ///
    /// .NET: `System.Net.WebException.Status`
    #[doc(alias = "WebException.Status")]
    #[must_use]
    pub fn status(&self) -> WebExceptionStatus {
        self.inner.status
    }

    /// The response, if the server sent a complete one: present exactly for
    /// [`WebExceptionStatus::ProtocolError`]. Its body can still be read.
    ///
    /// .NET: `System.Net.WebException.Response`
    #[doc(alias = "WebException.Response")]
    #[must_use]
    pub fn response(&self) -> Option<&WebResponse> {
        self.inner.response.as_ref()
    }

    /// Takes the response out of the error.
    #[must_use]
    pub fn into_response(self) -> Option<WebResponse> {
        self.inner.response
    }

    /// What the request was doing.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.inner.phase
    }

    /// The address of the request, if the error knows it.
    #[must_use]
    pub fn uri(&self) -> Option<&Uri> {
        self.inner.uri.as_ref()
    }

    /// The mistake in the call, if that is what the error is (.NET: an exception that is not a
    /// `WebException`: `InvalidOperationException`, `ArgumentException`, `NotSupportedException` …).
    #[must_use]
    pub fn misuse(&self) -> Option<&Misuse> {
        self.source_as()
    }

    /// With what an HTTP/2 server, or this side on account of one that broke the rules, ended a stream
    /// or the connection; `None` for every other error.
    #[must_use]
    pub fn http2_error(&self) -> Option<Http2Error> {
        self.source_as().and_then(Http2Error::of)
    }

    /// The refusal of a policy, if that is what the error is: of the request itself, of looking its
    /// host up, or of the address it was to connect to (.NET: `SecurityException`). Of several
    /// addresses, the first that was refused; others may have failed.
    #[doc(alias = "SecurityException")]
    #[must_use]
    pub fn denied(&self) -> Option<&AccessDenied> {
        if let Some(denied) = self.source_as() {
            return Some(denied);
        }
        let connect: &ConnectError = self.source_as()?;
        let attempts = connect.attempts().iter().map(|(_, error)| error);
        let mut errors = attempts.chain([connect.socket_error()]);
        errors.find_map(SocketError::denied)
    }

    /// The mistake in the address, if that is what the error is (.NET: `UriFormatException`).
    #[must_use]
    pub fn uri_format(&self) -> Option<&UriFormatError> {
        self.source_as()
    }

    /// What can be done about it, most likely first: the guide's table "Understanding WebRequest
    /// Problems and Exceptions", as it holds for this library. Where the error knows more than its
    /// status, as of a certificate that has expired, only the lines that are about that.
    ///
    /// The lines name, by type and member: [`AbortHandle::abort`](crate::AbortHandle::abort),
    /// [`HttpWebRequest::get_response_async`], [`HttpWebRequest::set_allow_write_stream_buffering`],
    /// [`HttpWebRequest::set_decompression_limits`], [`HttpWebRequest::set_keep_alive`],
    /// [`HttpWebRequest::set_maximum_response_headers_length`],
    /// [`HttpWebRequest::set_protocol_version`], [`HttpWebRequest::set_proxy`],
    /// [`HttpWebRequest::set_read_write_timeout`],
    /// [`HttpWebRequest::set_server_certificate_validation_callback`],
    /// [`HttpWebRequest::set_timeout`],
    /// [`HttpWebRequestSettings::use_unsafe_header_parsing`][unsafe],
    /// [`ServicePointManager::set_default_connection_limit`],
    /// [`ServicePointManager::set_max_service_point_idle_time`], [`TlsError::certificate`],
    /// [`TlsSettings::extra_roots`](system_net_config::TlsSettings::extra_roots),
    /// [`WebError::response`], [`WebProxy::new`](system_net_web_proxy::WebProxy::new),
    /// [`WebRequest::default_web_proxy`].
    ///
    /// [`HttpWebRequest::get_response_async`]: crate::HttpWebRequest::get_response_async
    /// [`HttpWebRequest::set_allow_write_stream_buffering`]: crate::HttpWebRequest::set_allow_write_stream_buffering
    /// [`HttpWebRequest::set_decompression_limits`]: crate::HttpWebRequest::set_decompression_limits
    /// [`HttpWebRequest::set_keep_alive`]: crate::HttpWebRequest::set_keep_alive
    /// [`HttpWebRequest::set_maximum_response_headers_length`]: crate::HttpWebRequest::set_maximum_response_headers_length
    /// [`HttpWebRequest::set_protocol_version`]: crate::HttpWebRequest::set_protocol_version
    /// [`HttpWebRequest::set_proxy`]: crate::HttpWebRequest::set_proxy
    /// [`HttpWebRequest::set_read_write_timeout`]: crate::HttpWebRequest::set_read_write_timeout
    /// [`HttpWebRequest::set_server_certificate_validation_callback`]: crate::HttpWebRequest::set_server_certificate_validation_callback
    /// [`HttpWebRequest::set_timeout`]: crate::HttpWebRequest::set_timeout
    /// [unsafe]: system_net_config::HttpWebRequestSettings::use_unsafe_header_parsing
    /// [`ServicePointManager::set_default_connection_limit`]: crate::ServicePointManager::set_default_connection_limit
    /// [`ServicePointManager::set_max_service_point_idle_time`]: crate::ServicePointManager::set_max_service_point_idle_time
    /// [`WebRequest::default_web_proxy`]: crate::WebRequest::default_web_proxy
    #[must_use]
    pub fn advice(&self) -> &'static [&'static str] {
        if self.misuse().is_some() || self.uri_format().is_some() {
            return &[];
        }
        if self.inner.uri.as_ref().is_some_and(Uri::is_file) {
            return &["check the path, and that this user may read or write there"];
        }
        if self.status() == WebExceptionStatus::ServerProtocolViolation
            && self.http2_error().is_some()
        {
            return advice::ON_HTTP2_VIOLATION;
        }
        let of_tls = self
            .tls_error()
            .and_then(|error| advice::advice_on_tls(error.kind()));
        of_tls.unwrap_or_else(|| advice::advice(self.inner.status))
    }

    /// What TLS said, if that is where it failed.
    fn tls_error(&self) -> Option<&TlsError> {
        let in_io = || self.source_as().and_then(TlsError::of_io_error);
        self.source_as().or_else(in_io)
    }

    fn source_as<E: Error + 'static>(&self) -> Option<&E> {
        self.inner.source.as_ref()?.downcast_ref()
    }
}

// ---- One place for the table from causes to statuses (house style 3.3) ----

impl WebError {
    /// The connector's failures: resolving and connecting.
    pub(crate) fn connect(error: ConnectError) -> Self {
        let (status, phase) = match error.kind() {
            ConnectErrorKind::Resolve => {
                (WebExceptionStatus::NameResolutionFailure, Phase::Resolving)
            }
            _ => (WebExceptionStatus::ConnectFailure, Phase::Connecting),
        };
        Self::new(status, phase, error.to_string()).with_source(error)
    }

    /// The connector's failures on the way to a proxy.
    pub(crate) fn connect_to_proxy(error: ConnectError) -> Self {
        let (status, phase) = match error.kind() {
            ConnectErrorKind::Resolve => (
                WebExceptionStatus::ProxyNameResolutionFailure,
                Phase::Resolving,
            ),
            _ => (WebExceptionStatus::ConnectFailure, Phase::Connecting),
        };
        Self::new(status, phase, format!("the proxy: {error}")).with_source(error)
    }

    /// TLS failures during the handshake.
    pub(crate) fn tls(error: TlsError) -> Self {
        let status = match error.kind() {
            TlsErrorKind::Trust(_) => WebExceptionStatus::TrustFailure,
            _ => WebExceptionStatus::SecureChannelFailure,
        };
        Self::new(status, Phase::SecuringChannel, error.to_string()).with_source(error)
    }

    /// What the protocol machine says about the peer's bytes, or about ours.
    pub(crate) fn proto(error: ProtoError, phase: Phase) -> Self {
        let status = match error.kind() {
            ProtoErrorKind::LimitExceeded(_) => WebExceptionStatus::MessageLengthLimitExceeded,
            ProtoErrorKind::UnexpectedEof => WebExceptionStatus::ConnectionClosed,
            _ if error.blame() == Blame::Caller => {
                return Self::from(Misuse::invalid_operation(error.to_string()));
            }
            _ => WebExceptionStatus::ServerProtocolViolation,
        };
        Self::new(status, phase, error.to_string()).with_source(error)
    }

    /// A write to the connection failed.
    pub(crate) fn send(error: io::Error) -> Self {
        let status = match refuses_client(&error) {
            true => WebExceptionStatus::SecureChannelFailure,
            false => WebExceptionStatus::SendFailure,
        };
        Self::new(status, Phase::Sending, error.to_string()).with_source(error)
    }

    /// A read from the connection failed.
    pub(crate) fn receive(error: io::Error, phase: Phase) -> Self {
        let status = match error.kind() {
            _ if refuses_client(&error) => WebExceptionStatus::SecureChannelFailure,
            io::ErrorKind::UnexpectedEof => WebExceptionStatus::ConnectionClosed,
            _ => WebExceptionStatus::ReceiveFailure,
        };
        Self::new(status, phase, error.to_string()).with_source(error)
    }

    /// The time for something ran out.
    pub(crate) fn timeout(phase: Phase, limit: std::time::Duration) -> Self {
        Self::new(
            WebExceptionStatus::Timeout,
            phase,
            format!("nothing came within {limit:?}"),
        )
    }

    /// A phase took longer than its limit.
    pub(crate) fn over(phase: Phase, limit: std::time::Duration) -> Self {
        let detail = format!("this took longer than its limit of {limit:?}");
        Self::new(WebExceptionStatus::Timeout, phase, detail)
    }

    /// All phases together took longer than their limit.
    pub(crate) fn total_over(phase: Phase, limit: std::time::Duration) -> Self {
        let detail = format!("the request took longer than its limit of {limit:?} in all");
        Self::new(WebExceptionStatus::Timeout, phase, detail)
    }

    /// `abort()` was called.
    pub(crate) fn canceled() -> Self {
        Self::new(
            WebExceptionStatus::RequestCanceled,
            Phase::Deciding,
            "the request was aborted",
        )
    }

    /// The same failure for another who asks: without the cause, which can be handed out only once.
    pub(crate) fn repeated(&self) -> Self {
        let mut error = Self::new(self.status(), self.phase(), self.inner.detail.clone());
        error.inner.uri.clone_from(&self.inner.uri);
        error
    }

    /// As an `io::Error`, for the streams; `get_ref().downcast_ref::<WebError>()` finds it again.
    pub(crate) fn into_io(self) -> io::Error {
        let kind = match self.status() {
            WebExceptionStatus::Timeout => io::ErrorKind::TimedOut,
            WebExceptionStatus::ConnectionClosed => io::ErrorKind::UnexpectedEof,
            WebExceptionStatus::ReceiveFailure | WebExceptionStatus::SendFailure => {
                let cause = self
                    .inner
                    .source
                    .as_ref()
                    .and_then(|s| s.downcast_ref::<io::Error>());
                cause.map_or(io::ErrorKind::Other, io::Error::kind)
            }
            WebExceptionStatus::ServerProtocolViolation
            | WebExceptionStatus::MessageLengthLimitExceeded => io::ErrorKind::InvalidData,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, self)
    }

    /// The `WebError` inside an `io::Error` of a stream, or a new one around it.
    #[must_use]
    pub fn from_io(error: io::Error, status: WebExceptionStatus, phase: Phase) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Self::new(status, phase, error.to_string()).with_source(error),
        }
    }
}

impl From<Misuse> for WebError {
    fn from(misuse: Misuse) -> Self {
        Self::new(
            WebExceptionStatus::UnknownError,
            Phase::Preparing,
            misuse.to_string(),
        )
        .with_source(misuse)
    }
}

impl From<WebProxyError> for WebError {
    fn from(error: WebProxyError) -> Self {
        match error {
            WebProxyError::Address(error) => error.into(),
            WebProxyError::BypassList(misuse) => misuse.into(),
            other => Misuse::invalid_argument("proxy", other.to_string()).into(),
        }
    }
}

impl From<UriFormatError> for WebError {
    fn from(error: UriFormatError) -> Self {
        Self::new(
            WebExceptionStatus::UnknownError,
            Phase::Preparing,
            error.to_string(),
        )
        .with_source(error)
    }
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.inner;
        if self.misuse().is_some() || self.uri_format().is_some() {
            return f.write_str(&inner.detail);
        }
        write!(f, "{}", inner.status)?;
        if let Some(uri) = &inner.uri {
            write!(f, " at {}", without_user_info(uri))?;
        }
        write!(f, " while {}: {}", inner.phase, inner.detail)?;
        if f.alternate() {
            for advice in self.advice() {
                write!(f, "\n  - {advice}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebError")
            .field("status", &self.inner.status)
            .field("phase", &self.inner.phase)
            .field("uri", &self.inner.uri.as_ref().map(without_user_info))
            .field("detail", &self.inner.detail)
            .field("source", &self.inner.source)
            .finish_non_exhaustive()
    }
}

impl Error for WebError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.inner
            .source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

/// RFC 8446 section 4.4.2.4: a server of TLS 1.3 judges the client's certificate, or the lack of it,
/// after the client's part of the handshake: the refusal is read where the response should be.
pub(crate) fn refuses_client(error: &io::Error) -> bool {
    let refused = TlsErrorKind::Channel(ChannelProblem::CertificateRefused);
    TlsError::of_io_error(error).is_some_and(|error| error.kind() == refused)
}

/// The address without user name and password: errors and what is shown for debugging travel into
/// logs.
pub(crate) fn without_user_info(uri: &Uri) -> String {
    let text = uri.absolute_uri();
    let user_info = uri.user_info();
    if user_info.is_empty() {
        text.to_string()
    } else {
        text.replacen(&format!("{user_info}@"), "", 1)
    }
}

/// A text of a peer that should be an address, as an error may show it: without what may be a user
/// name and a password, and not at any length.
pub(crate) fn shown_address(text: &str) -> String {
    const LONGEST: usize = 200;
    let start = text.find("//").map_or(0, |slashes| slashes + 2);
    let end = text[start..].find(['/', '?', '#']);
    let end = end.map_or(text.len(), |end| start + end);
    // What is before an @ is none of a path's business; in a text without an authority it may be.
    let shown = match text[start..end].rfind('@') {
        Some(at) => format!("{}{}", &text[..start], &text[start + at + 1..]),
        None => text.to_owned(),
    };
    match shown.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}...", &shown[..cut]),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::shown_address;

    #[test]
    fn addresses_of_peers_are_shown_without_logins() {
        for (text, shown) in [
            ("http://user:pw@ho st/a?b", "http://ho st/a?b"),
            ("//u:p@w@h/", "//h/"),
            ("http://u:p@h", "http://h"),
            ("user:pw@h", "h"),
            ("/a@b", "/a@b"),
            ("http://h/a@b?c@d", "http://h/a@b?c@d"),
            ("http://u:p\\@h", "http://h"),
            ("", ""),
        ] {
            assert_eq!(shown_address(text), shown, "{text}");
        }
        assert_eq!(shown_address(&"\u{e4}".repeat(200)), "\u{e4}".repeat(200));
        let long = "\u{e4}".repeat(200) + "...";
        assert_eq!(shown_address(&"\u{e4}".repeat(201)), long);
    }
}
