//! `WebExceptionStatus`: what went wrong with a request, in the guide's words.

/// Why a request failed.
///
/// The status is set where the phase is known (resolving, connecting, sending …) and never guessed
/// afterwards from an outer error. The numbers are those of .NET.
///
/// .NET: `System.Net.WebExceptionStatus`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(i32)]
pub enum WebExceptionStatus {
    /// No error was encountered. Reserved: no error of this library carries it.
    #[doc(alias = "WebExceptionStatus.Success")]
    Success = 0,
    /// The name service could not resolve the host name.
    #[doc(alias = "WebExceptionStatus.NameResolutionFailure")]
    NameResolutionFailure = 1,
    /// The remote service could not be contacted at the transport level.
    #[doc(alias = "WebExceptionStatus.ConnectFailure")]
    ConnectFailure = 2,
    /// A complete response was not received: the connection failed while it was read.
    #[doc(alias = "WebExceptionStatus.ReceiveFailure")]
    ReceiveFailure = 3,
    /// A complete request could not be sent.
    #[doc(alias = "WebExceptionStatus.SendFailure")]
    SendFailure = 4,
    /// A pipelined request failed because the connection did. Reserved: only requests that can be
    /// sent again are pipelined, and they are.
    #[doc(alias = "WebExceptionStatus.PipelineFailure")]
    PipelineFailure = 5,
    /// The request was cancelled, by `abort()` or because an upload ended short of its length.
    #[doc(alias = "WebExceptionStatus.RequestCanceled")]
    RequestCanceled = 6,
    /// The response was complete but says there was an error (HTTP status 400 and above).
    #[doc(alias = "WebExceptionStatus.ProtocolError")]
    ProtocolError = 7,
    /// The peer closed the connection before the response was complete.
    #[doc(alias = "WebExceptionStatus.ConnectionClosed")]
    ConnectionClosed = 8,
    /// The server's certificate could not be validated.
    #[doc(alias = "WebExceptionStatus.TrustFailure")]
    TrustFailure = 9,
    /// The TLS channel could not be set up.
    #[doc(alias = "WebExceptionStatus.SecureChannelFailure")]
    SecureChannelFailure = 10,
    /// The response was not valid in its protocol.
    #[doc(alias = "WebExceptionStatus.ServerProtocolViolation")]
    ServerProtocolViolation = 11,
    /// A kept-alive connection was closed by the server as the request went out, and the request
    /// could not be repeated.
    #[doc(alias = "WebExceptionStatus.KeepAliveFailure")]
    KeepAliveFailure = 12,
    /// A request is in progress. Reserved: .NET uses it inside only.
    #[doc(alias = "WebExceptionStatus.Pending")]
    Pending = 13,
    /// No response came within the time-out set for the request.
    #[doc(alias = "WebExceptionStatus.Timeout")]
    Timeout = 14,
    /// The name service could not resolve the proxy's host name.
    #[doc(alias = "WebExceptionStatus.ProxyNameResolutionFailure")]
    ProxyNameResolutionFailure = 15,
    /// Something else went wrong; the error's text and source say what.
    #[doc(alias = "WebExceptionStatus.UnknownError")]
    UnknownError = 16,
    /// A message was longer than the limit for it.
    #[doc(alias = "WebExceptionStatus.MessageLengthLimitExceeded")]
    MessageLengthLimitExceeded = 17,
    /// The cache does not hold the resource. Reserved until there is a cache.
    #[doc(alias = "WebExceptionStatus.CacheEntryNotFound")]
    CacheEntryNotFound = 18,
    /// The cache policy forbids the request. Reserved until there is a cache.
    #[doc(alias = "WebExceptionStatus.RequestProhibitedByCachePolicy")]
    RequestProhibitedByCachePolicy = 19,
    /// The proxy forbids the request.
    #[doc(alias = "WebExceptionStatus.RequestProhibitedByProxy")]
    RequestProhibitedByProxy = 20,
}

impl WebExceptionStatus {
    /// Every value, in the order of its number.
    pub const ALL: [Self; 21] = [
        Self::Success,
        Self::NameResolutionFailure,
        Self::ConnectFailure,
        Self::ReceiveFailure,
        Self::SendFailure,
        Self::PipelineFailure,
        Self::RequestCanceled,
        Self::ProtocolError,
        Self::ConnectionClosed,
        Self::TrustFailure,
        Self::SecureChannelFailure,
        Self::ServerProtocolViolation,
        Self::KeepAliveFailure,
        Self::Pending,
        Self::Timeout,
        Self::ProxyNameResolutionFailure,
        Self::UnknownError,
        Self::MessageLengthLimitExceeded,
        Self::CacheEntryNotFound,
        Self::RequestProhibitedByCachePolicy,
        Self::RequestProhibitedByProxy,
    ];

    /// The name as .NET prints it, for example `ConnectFailure`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::NameResolutionFailure => "NameResolutionFailure",
            Self::ConnectFailure => "ConnectFailure",
            Self::ReceiveFailure => "ReceiveFailure",
            Self::SendFailure => "SendFailure",
            Self::PipelineFailure => "PipelineFailure",
            Self::RequestCanceled => "RequestCanceled",
            Self::ProtocolError => "ProtocolError",
            Self::ConnectionClosed => "ConnectionClosed",
            Self::TrustFailure => "TrustFailure",
            Self::SecureChannelFailure => "SecureChannelFailure",
            Self::ServerProtocolViolation => "ServerProtocolViolation",
            Self::KeepAliveFailure => "KeepAliveFailure",
            Self::Pending => "Pending",
            Self::Timeout => "Timeout",
            Self::ProxyNameResolutionFailure => "ProxyNameResolutionFailure",
            Self::UnknownError => "UnknownError",
            Self::MessageLengthLimitExceeded => "MessageLengthLimitExceeded",
            Self::CacheEntryNotFound => "CacheEntryNotFound",
            Self::RequestProhibitedByCachePolicy => "RequestProhibitedByCachePolicy",
            Self::RequestProhibitedByProxy => "RequestProhibitedByProxy",
        }
    }
}

impl std::fmt::Display for WebExceptionStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
