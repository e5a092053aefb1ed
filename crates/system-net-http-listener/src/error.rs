//! The one error of the listener, with the numbers .NET programs know.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;

use system_net_http_proto::{ProtoError, ProtoErrorKind};
use system_net_primitives::Misuse;

/// Why the listener, or an answer on one of its connections, failed.
///
/// .NET: `System.Net.HttpListenerException`, and the `InvalidOperationException`,
/// `ObjectDisposedException` and `ProtocolViolationException` of the same members
#[doc(alias = "HttpListenerException")]
pub struct HttpListenerError(Box<Inner>);

struct Inner {
    kind: HttpListenerErrorKind,
    message: Cow<'static, str>,
    source: Option<Box<dyn Error + Send + Sync>>,
    /// The number it was made from.
    code: Option<i32>,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpListenerErrorKind {
    /// The call does not fit the state of the object; the source is a [`Misuse`].
    Misuse,
    /// The same prefix, or one that excludes it, is registered.
    AlreadyExists,
    /// Another socket has the port.
    AddressInUse,
    /// The process may not listen there.
    AccessDenied,
    /// The prefix cannot be listened for.
    InvalidPrefix,
    /// The listener was stopped, closed or aborted.
    OperationAborted,
    /// The client is gone, or the connection was ended.
    ConnectionLost,
    /// The client did not do its part in time.
    TimedOut,
    /// The client broke the protocol.
    BadRequest,
    /// The answer breaks its own announcement, or has characters no answer may have.
    ProtocolViolation,
    /// The TLS identity is missing or cannot be used.
    Tls,
    /// The system refused for another reason.
    Io,
}

impl HttpListenerError {
    #[cold]
    pub(crate) fn new(kind: HttpListenerErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
            code: None,
        }))
    }

    pub(crate) fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// The operation was cut short by `stop`, `close` or `abort`.
    #[cold]
    pub(crate) fn aborted() -> Self {
        Self::new(
            HttpListenerErrorKind::OperationAborted,
            "the listener was stopped",
        )
    }

    /// The answer was given, aborted, or handed to its stream already.
    #[cold]
    pub(crate) fn answered() -> Self {
        Misuse::invalid_operation("the response is closed").into()
    }

    /// What happened, from an error of the connection.
    #[cold]
    pub(crate) fn of_io(error: io::Error, doing: &'static str) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::TimedOut => HttpListenerErrorKind::TimedOut,
            io::ErrorKind::InvalidData => HttpListenerErrorKind::BadRequest,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
            | io::ErrorKind::WriteZero
            | io::ErrorKind::UnexpectedEof => HttpListenerErrorKind::ConnectionLost,
            _ => HttpListenerErrorKind::Io,
        };
        Self::new(kind, doing).with_source(error)
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> HttpListenerErrorKind {
        self.0.kind
    }

    /// An error with the number of a Windows error, for programs that pass on errors of their own as
    /// one of a listener. Its kind is that of the number, `Io` if it is none of a listener's.
    ///
    /// .NET: `System.Net.HttpListenerException.HttpListenerException`
    #[doc(alias = "HttpListenerException.HttpListenerException")]
    #[must_use]
    pub fn from_error_code(error_code: i32, message: &str) -> Self {
        let kind = match error_code {
            5 => HttpListenerErrorKind::AccessDenied,
            32 => HttpListenerErrorKind::AddressInUse,
            64 | 1229 => HttpListenerErrorKind::ConnectionLost,
            87 => HttpListenerErrorKind::ProtocolViolation,
            121 => HttpListenerErrorKind::TimedOut,
            183 => HttpListenerErrorKind::AlreadyExists,
            995 => HttpListenerErrorKind::OperationAborted,
            4317 => HttpListenerErrorKind::Misuse,
            _ => HttpListenerErrorKind::Io,
        };
        let mut error = Self::new(kind, message.to_owned());
        error.0.code = Some(error_code);
        error
    }

    /// The number of the Windows error that .NET reports in this case.
    ///
    /// .NET: `System.Net.HttpListenerException.ErrorCode`
    #[doc(alias = "HttpListenerException.ErrorCode")]
    #[must_use]
    pub fn error_code(&self) -> i32 {
        if let Some(code) = self.0.code {
            return code;
        }
        match self.0.kind {
            HttpListenerErrorKind::AccessDenied => 5,
            HttpListenerErrorKind::AddressInUse => 32,
            HttpListenerErrorKind::ConnectionLost => 64,
            HttpListenerErrorKind::InvalidPrefix
            | HttpListenerErrorKind::BadRequest
            | HttpListenerErrorKind::ProtocolViolation
            | HttpListenerErrorKind::Tls => 87,
            HttpListenerErrorKind::TimedOut => 121,
            HttpListenerErrorKind::AlreadyExists => 183,
            HttpListenerErrorKind::OperationAborted => 995,
            HttpListenerErrorKind::Misuse => 4317,
            HttpListenerErrorKind::Io => 31,
        }
    }

    /// The misuse behind an error of kind [`Misuse`](HttpListenerErrorKind::Misuse).
    #[must_use]
    pub fn as_misuse(&self) -> Option<&Misuse> {
        self.0.source.as_deref()?.downcast_ref()
    }

    fn io_kind(&self) -> io::ErrorKind {
        match self.0.kind {
            HttpListenerErrorKind::Misuse
            | HttpListenerErrorKind::ProtocolViolation
            | HttpListenerErrorKind::InvalidPrefix
            | HttpListenerErrorKind::Tls => io::ErrorKind::InvalidInput,
            HttpListenerErrorKind::AlreadyExists | HttpListenerErrorKind::AddressInUse => {
                io::ErrorKind::AddrInUse
            }
            HttpListenerErrorKind::AccessDenied => io::ErrorKind::PermissionDenied,
            HttpListenerErrorKind::OperationAborted => io::ErrorKind::ConnectionAborted,
            HttpListenerErrorKind::ConnectionLost => io::ErrorKind::ConnectionReset,
            HttpListenerErrorKind::TimedOut => io::ErrorKind::TimedOut,
            HttpListenerErrorKind::BadRequest => io::ErrorKind::InvalidData,
            HttpListenerErrorKind::Io => io::ErrorKind::Other,
        }
    }
}

impl fmt::Display for HttpListenerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for HttpListenerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpListenerError")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish()
    }
}

impl Error for HttpListenerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<Misuse> for HttpListenerError {
    #[cold]
    fn from(misuse: Misuse) -> Self {
        Self::new(HttpListenerErrorKind::Misuse, misuse.to_string()).with_source(misuse)
    }
}

impl From<ProtoError> for HttpListenerError {
    #[cold]
    fn from(error: ProtoError) -> Self {
        let kind = match error.kind() {
            ProtoErrorKind::Grammar(_) | ProtoErrorKind::LimitExceeded(_) => {
                HttpListenerErrorKind::BadRequest
            }
            ProtoErrorKind::UnexpectedEof => HttpListenerErrorKind::ConnectionLost,
            ProtoErrorKind::Misuse(what) => return Misuse::invalid_operation(what).into(),
            _ => HttpListenerErrorKind::ProtocolViolation,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}

impl From<HttpListenerError> for io::Error {
    fn from(error: HttpListenerError) -> Self {
        Self::new(error.io_kind(), error)
    }
}
