//! What to do about each failure: the guide's table "Understanding WebRequest Problems and
//! Exceptions", in terms of this library and of today.
//!
//! Two pieces of the guide's advice are left out on purpose: a certificate policy that accepts
//! everything, and unsafe header parsing as the first thing to try (docs/porting/differences.md).

use super::WebExceptionStatus;

/// The advice for a status; empty where there is nothing to add to the error's own text.
pub(super) fn advice(status: WebExceptionStatus) -> &'static [&'static str] {
    use WebExceptionStatus as S;
    match status {
        S::SendFailure | S::ReceiveFailure => &[
            "send the request again: the connection may have been reset",
            "set keep_alive(false) on the request if the server closes idle connections early",
            "raise ServicePointManager::default_connection_limit if many requests wait for a connection",
            "for large uploads set allow_write_stream_buffering(false) and a content length",
        ],
        S::ConnectionClosed => &[
            "the server closed the connection early: look at its log, or reduce the load",
            "raise ServicePointManager::default_connection_limit if many requests wait for a connection",
        ],
        S::KeepAliveFailure => &[
            "send the request again: the server had closed the idle connection",
            "set keep_alive(false) for requests that must not be repeated",
        ],
        S::TrustFailure => &[
            "add the certificate of the authority that signed the server's to the system's store \
             (update-ca-certificates), or name it with SSL_CERT_FILE or as an extra root of the context",
            "check that the host name in the address is one of the certificate's subject alternative names",
            "check this machine's clock if the certificate is said to be expired or not yet valid",
        ],
        S::SecureChannelFailure => &[
            "check that the server speaks TLS on this port; http: may be meant",
            "check that client and server have a TLS version and a cipher suite in common",
        ],
        S::ConnectFailure => &[
            "check that the service runs and listens on this address and port",
            "a firewall may block the connection, or a proxy may be required",
        ],
        S::NameResolutionFailure => &[
            "check the spelling of the host name and the machine's DNS settings",
            "behind a company proxy, names outside may only resolve at the proxy",
        ],
        S::ProxyNameResolutionFailure => &[
            "check the proxy's host name",
            "set the request's proxy to none to go without it",
        ],
        S::RequestCanceled => &[
            "abort() was called, or an upload stream was closed before all of its content was written",
        ],
        S::MessageLengthLimitExceeded => &[
            "raise maximum_response_headers_length if the server is trusted to send such long headers",
        ],
        S::ServerProtocolViolation => {
            &["look at a trace of the exchange: the server's answer does not follow its protocol"]
        }
        S::Timeout => &[
            "raise the request's timeout, or find out why the server is slow",
            "if the server runs on the very thread that waits, use the asynchronous call",
        ],
        S::ProtocolError => &["the response is in response(); its body may say more"],
        _ => &[],
    }
}
