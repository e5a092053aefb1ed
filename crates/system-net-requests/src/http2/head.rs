//! The head of a request in HTTP/2's terms: pseudo fields, names in lower case, nothing about the
//! connection.
//!
//! Read: RFC 9113 section 8.

use http::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue, PROXY_AUTHORIZATION};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, Uri, Version};
use system_net_primitives::Misuse;

/// RFC 9113 section 8.2.2: "An endpoint MUST NOT generate an HTTP/2 message containing
/// connection-specific header fields". The host is `:authority`.
const NOT_SENT: [&str; 7] = [
    "connection",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// A head being made.
pub(crate) struct RequestHead {
    request: Request<()>,
    /// Names that the caller's `Connection` has: fields of theirs are about the connection, too.
    nominated: Vec<String>,
}

impl RequestHead {
    /// # Errors
    /// [`Misuse::InvalidArgument`]: a method or an address that no head can have.
    pub(crate) fn new(
        method: &str,
        scheme: &str,
        authority: &str,
        path_and_query: &str,
    ) -> Result<Self, Misuse> {
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|error| Misuse::invalid_argument("method", error.to_string()))?;
        let wrong = |error: http::uri::InvalidUri| {
            Misuse::invalid_argument("uri", format!("{error}: it cannot be sent over HTTP/2"))
        };
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(match scheme {
            "https" => Scheme::HTTPS,
            _ => Scheme::HTTP,
        });
        parts.authority = Some(Authority::try_from(authority).map_err(wrong)?);
        parts.path_and_query = Some(PathAndQuery::try_from(path_and_query).map_err(wrong)?);
        let uri = Uri::from_parts(parts)
            .map_err(|error| Misuse::invalid_argument("uri", error.to_string()))?;
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_2;
        Ok(Self {
            request,
            nominated: Vec::new(),
        })
    }

    /// The caller's `Connection`: what it names is not sent.
    pub(crate) fn nominate(&mut self, connection: &str) {
        let names = connection
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase());
        self.nominated.extend(names);
    }

    /// Adds a field, unless it is one about the connection.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: name or value cannot stand in a head.
    pub(crate) fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), Misuse> {
        let wrong = |what: String| Misuse::invalid_argument("headers", what);
        let name = HeaderName::from_bytes(name).map_err(|error| wrong(error.to_string()))?;
        let is_nominated = self
            .nominated
            .iter()
            .any(|nominated| *nominated == name.as_str());
        if is_nominated || NOT_SENT.contains(&name.as_str()) {
            return Ok(());
        }
        // RFC 9113 section 8.2.2: TE "MUST NOT contain any value other than trailers".
        if name == http::header::TE && !value.eq_ignore_ascii_case(b"trailers") {
            return Ok(());
        }
        let mut value =
            HeaderValue::from_bytes(value).map_err(|error| wrong(format!("{name}: {error}")))?;
        // RFC 7541 section 7.1.3: what is secret never enters a table that a guess can be tried on.
        if name == AUTHORIZATION || name == COOKIE || name == PROXY_AUTHORIZATION {
            value.set_sensitive(true);
        }
        self.request.headers_mut().append(name, value);
        Ok(())
    }

    /// The head as text, for traces.
    pub(crate) fn text(&self) -> Vec<u8> {
        let request = &self.request;
        let target = request
            .uri()
            .path_and_query()
            .map_or("/", PathAndQuery::as_str);
        let mut text = format!("{} {target} HTTP/2.0\r\n", request.method()).into_bytes();
        let authority = request.uri().authority().map_or("", Authority::as_str);
        text.extend(format!(":authority: {authority}\r\n").bytes());
        for (name, value) in request.headers() {
            text.extend(name.as_str().bytes());
            text.extend(b": ");
            text.extend(value.as_bytes());
            text.extend(b"\r\n");
        }
        text.extend(b"\r\n");
        text
    }

    pub(super) fn into_request(self) -> Request<()> {
        self.request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_about_the_connection_are_left_out() {
        #[track_caller]
        fn check(connection: &str, fields: &[(&str, &str)], expected: &[(&str, &str)]) {
            let mut head = RequestHead::new("GET", "https", "h", "/").expect("a head");
            head.nominate(connection);
            for (name, value) in fields {
                head.push(name.as_bytes(), value.as_bytes())
                    .expect("a field");
            }
            let sent: Vec<_> = head
                .request
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str(), value.to_str().expect("text")))
                .collect();
            assert_eq!(sent, expected);
        }
        check(
            "",
            &[("Accept", "a"), ("X-B", "b")],
            &[("accept", "a"), ("x-b", "b")],
        );
        check(
            "",
            &[("Host", "h"), ("Connection", "close"), ("Upgrade", "x")],
            &[],
        );
        check("", &[("Keep-Alive", "1"), ("Proxy-Connection", "x")], &[]);
        check(
            "",
            &[("Transfer-Encoding", "gzip"), ("HTTP2-Settings", "x")],
            &[],
        );
        check("", &[("TE", "Trailers")], &[("te", "Trailers")]);
        check("", &[("TE", "gzip, trailers")], &[]);
        check(
            "X-Mine, close",
            &[("x-mine", "1"), ("x-other", "2")],
            &[("x-other", "2")],
        );
    }

    #[test]
    fn secrets_are_not_for_the_table() {
        let mut head = RequestHead::new("GET", "https", "h", "/").expect("a head");
        for name in ["Authorization", "Cookie", "Proxy-Authorization", "Accept"] {
            head.push(name.as_bytes(), b"x").expect("a field");
        }
        let sensitive: Vec<_> = head
            .request
            .headers()
            .iter()
            .filter(|(_, value)| value.is_sensitive())
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(
            sensitive,
            ["authorization", "cookie", "proxy-authorization"]
        );
    }
}
