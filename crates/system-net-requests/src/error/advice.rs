//! What to do about each failure: the guide's table "Understanding WebRequest Problems and
//! Exceptions", in terms of this library and of today.
//!
//! `tests/conformance/advice` has the table as a person wrote it: every cell of the guide, what
//! became of it, and every line below. Two pieces of the guide's advice never stand first: a
//! certificate policy that accepts everything, and unsafe header parsing
//! (docs/porting/differences.md).

use system_net_security::{ChannelProblem, TlsErrorKind, TrustProblem};

use super::WebExceptionStatus;

const MORE_CONNECTIONS: &str = "ServicePointManager::set_default_connection_limit allows more connections to a server, if \
     many requests wait for one";
const LESS_LOAD: &str =
    "the client or the server may be overloaded: reduce the load, and look at the server's log";
const NO_BLOCKING: &str = "in asynchronous code use HttpWebRequest::get_response_async: blocking calls hold the threads \
     that others need";
const OWN_CONNECTION: &str = "HttpWebRequest::set_keep_alive(false) on the requests to a server that closes idle \
     connections early gives each a connection of its own";
const SEND_AGAIN: &str =
    "send the request again, if it may be made twice: the connection may have been reset";
const NO_PROXY: &str = "HttpWebRequest::set_proxy(None) goes without a proxy";

const VIOLATION_LOOK: &str = "look at a trace of the exchange (the trace source System.Net): the server's answer does not \
     follow HTTP";

const TRUST_AUTHORITY: &str = "add the certificate of the authority that signed the server's to the system's store \
     (update-ca-certificates), or name it with SSL_CERT_FILE or in TlsSettings::extra_roots";
const TRUST_NAME: &str = "ask for one of the names that the certificate is for: its subject alternative names count, \
     its common name does not";
const TRUST_CLOCK: &str = "check this machine's clock if the certificate is said to be expired or not yet valid; if it \
     is right, the server needs another certificate";
const TRUST_LOOK: &str = "look at what the server shows: openssl s_client -showcerts -connect HOST:PORT, or \
     TlsError::certificate of the error's source";
const TRUST_CALLBACK: &str = "if the server cannot get another certificate, \
     HttpWebRequest::set_server_certificate_validation_callback can compare it with the one you \
     know; one that accepts everything protects nothing";
const TRUST_KEY: &str = "if the server has got a new key, and whoever runs it says so, pin that one in \
     TlsSettings::pinned_public_keys; if not, somebody stands in for the server";
const TRUST_REVOKED: &str =
    "do not use the server until it has another certificate, if its authority has revoked this one";

const CHANNEL_PLAIN: &str = "check that the server speaks TLS on this port; http: may be meant";
const CHANNEL_VERSION: &str = "bring the server up to TLS 1.2 or 1.3 with a current cipher suite: nothing older is spoken, \
     whatever SecurityProtocol says";
const CHANNEL_CLIENT: &str = "if the server wants a certificate of its clients, add one with its private key \
     (HttpWebRequest::client_certificates_mut), and let the server trust the authority that issued \
     it";
const CHANNEL_LOG: &str =
    "if the connection is cut, look for a firewall on the way, and at the server's log";

const CHANNEL_OWN: &str =
    "put right what stands in the error: it is of this machine or program, not of the server";

/// The advice for a status; empty where there is nothing to add to the error's own text.
pub(super) fn advice(status: WebExceptionStatus) -> &'static [&'static str] {
    use WebExceptionStatus as S;
    match status {
        S::SendFailure | S::ReceiveFailure => &[
            SEND_AGAIN,
            OWN_CONNECTION,
            "ServicePointManager::set_max_service_point_idle_time decides how long idle connections \
             are kept: a longer time saves connecting, one below the server's own limit saves \
             finding them closed",
            MORE_CONNECTIONS,
            "check the proxy: WebRequest::default_web_proxy tells which one is used, and \
             HttpWebRequest::set_proxy(None) goes without",
            "over https: check that the server's process may read its certificate and key; its log \
             says so",
            "for large uploads HttpWebRequest::set_allow_write_stream_buffering(false), with a \
             content length or chunks, sends what is written at once and keeps no copy",
            "bring this library (cargo update), the server and what stands between them up to date",
        ],
        S::ConnectionClosed => &[LESS_LOAD, MORE_CONNECTIONS, NO_BLOCKING],
        S::KeepAliveFailure => &[
            "send the request again: the server had closed the idle connection",
            "HttpWebRequest::set_allow_write_stream_buffering(true) keeps the body, and what is not \
             a POST is sent again by itself",
            OWN_CONNECTION,
        ],
        S::TrustFailure => &[
            TRUST_AUTHORITY,
            TRUST_NAME,
            TRUST_CLOCK,
            TRUST_LOOK,
            TRUST_CALLBACK,
        ],
        S::SecureChannelFailure => &[CHANNEL_PLAIN, CHANNEL_VERSION, CHANNEL_CLIENT, CHANNEL_LOG],
        S::ConnectFailure => &[
            "check that the service runs and listens on this address and port",
            "a firewall or a proxy on the way may block the connection: let it through",
            "name the proxy, if there must be one: HttpWebRequest::set_proxy with WebProxy::new, or \
             the variables http_proxy and https_proxy",
            "check that this process may connect (containers, seccomp, SELinux): strace -f -e \
             trace=network shows the call that is refused",
        ],
        S::NameResolutionFailure => &[
            "check the spelling of the host name and the machine's DNS settings",
            "behind a proxy, names outside may only resolve there: configure it, with \
             HttpWebRequest::set_proxy or the variables http_proxy and https_proxy",
            "check that no firewall or protection software on this machine blocks its name server \
             (port 53)",
        ],
        S::ProxyNameResolutionFailure => &[
            "configure the proxy correctly: check its host name in HttpWebRequest::set_proxy, in the \
             configuration file, or in the variables http_proxy and https_proxy",
            NO_PROXY,
        ],
        S::RequestCanceled => &[
            "AbortHandle::abort was called, or a request stream was closed before all of its content \
             was written",
            LESS_LOAD,
            MORE_CONNECTIONS,
            NO_BLOCKING,
        ],
        S::MessageLengthLimitExceeded => &[
            "HttpWebRequest::set_maximum_response_headers_length raises the limit for the head, in \
             KiB, if the server is trusted to send such a long one",
            "HttpWebRequest::set_decompression_limits raises those for a compressed body",
        ],
        S::ServerProtocolViolation => &[
            VIOLATION_LOOK,
            "as the last resort, and only for a server of your own, \
             HttpWebRequestSettings::use_unsafe_header_parsing bears blanks before colons and folded \
             lines: what is read leniently can be smuggled past others",
        ],
        S::Timeout => &[
            "raise the limit, with HttpWebRequest::set_timeout or set_read_write_timeout, or find \
             out why the server is slow",
            "for large uploads HttpWebRequest::set_allow_write_stream_buffering(false), with a \
             content length or chunks, gives each write a time of its own",
            "if the server runs on the very thread that waits, use \
             HttpWebRequest::get_response_async",
        ],
        S::ProtocolError => &["WebError::response has the server's answer; its body may say more"],
        S::RequestProhibitedByProxy => &[
            "ask whoever runs the proxy to let the request through, or name another proxy with \
               HttpWebRequest::set_proxy",
        ],
        _ => &[],
    }
}

/// The advice for a server that does not follow HTTP/2.
pub(super) const ON_HTTP2_VIOLATION: &[&str] = &[
    VIOLATION_LOOK,
    "HttpWebRequest::set_protocol_version with HTTP/1.1 goes without HTTP/2",
];

/// The advice where more is known than the status: only what is about that.
pub(super) fn advice_on_tls(kind: TlsErrorKind) -> Option<&'static [&'static str]> {
    Some(match kind {
        TlsErrorKind::Trust(TrustProblem::Expired | TrustProblem::NotYetValid) => {
            &[TRUST_CLOCK, TRUST_LOOK, TRUST_CALLBACK]
        }
        TlsErrorKind::Trust(TrustProblem::WrongHost) => &[TRUST_NAME, TRUST_LOOK, TRUST_CALLBACK],
        TlsErrorKind::Trust(TrustProblem::WrongPublicKey) => &[TRUST_KEY, TRUST_LOOK],
        TlsErrorKind::Trust(TrustProblem::Revoked) => &[TRUST_REVOKED, TRUST_LOOK],
        TlsErrorKind::Channel(ChannelProblem::NotTls) => &[CHANNEL_PLAIN],
        TlsErrorKind::Channel(ChannelProblem::NoCommonVersion) => &[CHANNEL_VERSION],
        // Servers that miss a certificate of the client answer so as well.
        TlsErrorKind::Channel(ChannelProblem::NoCommonCipher) => &[CHANNEL_VERSION, CHANNEL_CLIENT],
        TlsErrorKind::Channel(ChannelProblem::CertificateRefused) => &[CHANNEL_CLIENT],
        // Nothing was said to the server yet.
        TlsErrorKind::Configuration => &[CHANNEL_OWN],
        TlsErrorKind::Channel(ChannelProblem::Closed) => &[CHANNEL_LOG, CHANNEL_PLAIN],
        _ => return None,
    })
}
