//! Which version of HTTP a request may be sent in.

use system_net_primitives::HttpVersion;

/// What is to be done if the server does not speak the version that a request asks for.
///
/// .NET: `System.Net.Http.HttpVersionPolicy`
#[doc(alias = "System.Net.Http.HttpVersionPolicy")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpVersionPolicy {
    /// The version asked for, or an older one that the server prefers. Over TLS the server chooses
    /// while the connection is made (ALPN). In clear text that is not possible: there HTTP/2 becomes
    /// HTTP/1.1.
    #[default]
    #[doc(alias = "HttpVersionPolicy.RequestVersionOrLower")]
    RequestVersionOrLower,
    /// The version asked for, or a newer one that the server offers: 1.1 becomes HTTP/2 over TLS if
    /// the server chooses it. HTTP/2 stays HTTP/2; in clear text the server is taken to know it
    /// (prior knowledge, RFC 9113 section 3.3).
    #[doc(alias = "HttpVersionPolicy.RequestVersionOrHigher")]
    RequestVersionOrHigher,
    /// The version asked for and no other. HTTP/2 in clear text: prior knowledge.
    #[doc(alias = "HttpVersionPolicy.RequestVersionExact")]
    RequestVersionExact,
}

/// What connections of a group may speak. Part of what a connection is found by: those that may be
/// of HTTP/2 have places of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Protocol {
    #[default]
    Http1,
    /// HTTP/2 if the server chooses it, else HTTP/1.1.
    Http2OrLower,
    Http2,
}

impl Protocol {
    /// What a request of that version and policy goes out in.
    pub(crate) fn of(version: HttpVersion, policy: HttpVersionPolicy, secure: bool) -> Self {
        use HttpVersionPolicy::{
            RequestVersionExact, RequestVersionOrHigher, RequestVersionOrLower,
        };
        match (version >= HttpVersion::VERSION20, policy, secure) {
            (true, RequestVersionOrLower, true) | (false, RequestVersionOrHigher, true) => {
                Self::Http2OrLower
            }
            (true, RequestVersionOrHigher | RequestVersionExact, _) => Self::Http2,
            _ => Self::Http1,
        }
    }

    /// The names to offer in the handshake (RFC 7301), the best first; none: the extension is left
    /// out.
    pub(crate) fn offers(self) -> &'static [&'static [u8]] {
        match self {
            Self::Http1 => &[],
            Self::Http2OrLower => &[b"h2", b"http/1.1"],
            Self::Http2 => &[b"h2"],
        }
    }

    pub(crate) fn may_be_http2(self) -> bool {
        self != Self::Http1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocol_of_version_policy_and_scheme() {
        use HttpVersionPolicy::{
            RequestVersionExact as Exact, RequestVersionOrHigher as OrHigher,
            RequestVersionOrLower as OrLower,
        };
        use Protocol::{Http1, Http2, Http2OrLower};
        #[track_caller]
        fn check(minor: (u8, u8), policy: HttpVersionPolicy, tls: Protocol, clear: Protocol) {
            let version = HttpVersion::new(minor.0, minor.1);
            assert_eq!(Protocol::of(version, policy, true), tls, "over TLS");
            assert_eq!(Protocol::of(version, policy, false), clear, "in clear text");
        }
        check((1, 0), OrLower, Http1, Http1);
        check((1, 0), OrHigher, Http2OrLower, Http1);
        check((1, 0), Exact, Http1, Http1);
        check((1, 1), OrLower, Http1, Http1);
        check((1, 1), OrHigher, Http2OrLower, Http1);
        check((1, 1), Exact, Http1, Http1);
        check((2, 0), OrLower, Http2OrLower, Http1);
        check((2, 0), OrHigher, Http2, Http2);
        check((2, 0), Exact, Http2, Http2);
    }
}
