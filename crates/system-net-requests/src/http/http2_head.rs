//! The head of a request for HTTP/2: the same fields as for HTTP/1, in the same order, without those
//! that are about the connection.

use std::borrow::Cow;

use system_net_http_proto::BodyLength;
use system_net_primitives::Misuse;

use super::exchange::Exchange;
use super::head::{Head, Way, host_field};
use crate::decompression::AcceptEncoding;
use crate::http2::RequestHead;

impl Exchange {
    /// The head; whether it asks the server to continue before the body.
    pub(super) fn http2_head(
        &self,
        body: Option<BodyLength>,
    ) -> Result<(RequestHead, bool), Misuse> {
        let expects = self.expects_continue(body);
        let cookie = self.cookie_field();
        let head = self.head(cookie.as_deref(), body, expects, false);
        head.for_http2().map(|head| (head, expects))
    }
}

impl Head<'_> {
    fn for_http2(&self) -> Result<RequestHead, Misuse> {
        let authority = match self.host {
            Some(host) => Cow::Borrowed(host),
            None => host_field(self.uri),
        };
        let mut head = RequestHead::new(
            self.method,
            self.uri.scheme(),
            &authority,
            self.uri.path_and_query(),
        )?;
        if let Some(connection) = self.headers.get("Connection") {
            head.nominate(&connection);
        }
        let accept_encoding = AcceptEncoding::of(self.decompression, self.headers);
        for (name, value) in self.own_headers(&accept_encoding).iter_bytes() {
            head.push(name, value)?;
        }
        if let Some(cookie) = self.cookie.filter(|cookie| !cookie.is_empty()) {
            head.push(b"cookie", cookie.as_bytes())?;
        }
        if let Some(authorization) = self.authorization {
            head.push(b"authorization", authorization.as_bytes())?;
        }
        // What a proxy is told it was told when the tunnel was opened.
        debug_assert!(!matches!(self.way, Way::Proxied { .. }), "HTTP/1 alone");
        // Without a length the end of the stream is the end of the body (RFC 9113 section 8.1).
        if let Some(BodyLength::Fixed(length)) = self.body {
            head.push(b"content-length", length.to_string().as_bytes())?;
        }
        match (self.headers.get("Expect"), self.expect_continue) {
            (None, false) => {}
            (None, true) => head.push(b"expect", b"100-continue")?,
            (Some(own), false) => head.push(b"expect", own.as_bytes())?,
            (Some(own), true) => head.push(b"expect", format!("{own}, 100-continue").as_bytes())?,
        }
        if let AcceptEncoding::Added(codings) = &accept_encoding {
            head.push(b"accept-encoding", codings.as_bytes())?;
        }
        Ok(head)
    }
}
