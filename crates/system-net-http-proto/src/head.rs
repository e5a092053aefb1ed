//! The heads a connection hands out.

use std::borrow::Cow;

use system_net_primitives::{HttpStatusCode, HttpVersion, WebHeaderCollection};

use crate::framing::BodyFraming;

/// The status line and the fields of a response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResponseHead {
    /// The version the server answers with.
    pub version: HttpVersion,
    /// The status code, 100 to 999.
    pub status: u16,
    /// The fields, in order and with their letter case.
    pub headers: WebHeaderCollection,
    /// How the body is delimited.
    pub framing: BodyFraming,
    /// Both `Content-Length` and `Transfer-Encoding` were there. The latter was followed, and the
    /// connection will not be used again.
    pub conflicting_lengths: bool,
    /// There is a field that is about a login: `WWW-Authenticate`, `Authentication-Info`, or that
    /// of a proxy. Over HTTP/2 nobody looked, and there may be one.
    pub about_login: bool,
    pub(crate) wire_length: u32,
    reason: Cow<'static, str>,
}

impl ResponseHead {
    pub(crate) fn new(
        version: HttpVersion,
        status: u16,
        reason: Cow<'static, str>,
        headers: WebHeaderCollection,
        framing: BodyFraming,
        conflicting_lengths: bool,
        about_login: bool,
    ) -> Self {
        Self {
            version,
            status,
            headers,
            framing,
            conflicting_lengths,
            about_login,
            wire_length: 0,
            reason,
        }
    }

    /// The head of a response that came over HTTP/2, for drivers of that: without a reason phrase
    /// (RFC 9113 section 8.3.2), so that the usual one stands there, and taken to have no body.
    #[must_use]
    pub fn of_http2(status: u16, headers: WebHeaderCollection) -> Self {
        let reason = Cow::Borrowed(HttpStatusCode::new(status).description());
        let framing = BodyFraming::None;
        Self::new(
            HttpVersion::VERSION20,
            status,
            reason,
            headers,
            framing,
            false,
            true,
        )
    }

    /// The reason phrase; bytes outside of ASCII are read as Latin-1. Empty if there is none.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// How many bytes it took on the wire, with the empty line and with the heads of interim
    /// responses before it; 0 for one that did not come as text.
    #[must_use]
    pub fn wire_length(&self) -> u32 {
        self.wire_length
    }

    /// Takes the reason phrase out without copying it.
    #[must_use]
    pub fn take_reason(&mut self) -> Cow<'static, str> {
        std::mem::take(&mut self.reason)
    }
}

/// The phrase as text, without memory of its own if it is the usual one.
#[inline]
pub(crate) fn reason_text(status: u16, reason: &[u8]) -> Cow<'static, str> {
    if reason.is_empty() {
        return Cow::Borrowed("");
    }
    if status == 200 && reason == b"OK" {
        return Cow::Borrowed("OK");
    }
    let usual = HttpStatusCode::new(status).description();
    if usual.as_bytes() == reason {
        return Cow::Borrowed(usual);
    }
    Cow::Owned(reason.iter().copied().map(char::from).collect())
}
