//! The head of a request as a server sees it: RFC 9112 section 3.

use std::borrow::Cow;

use system_net_primitives::{HttpVersion, WebHeaderCollection};

use crate::bytes::{graphic_len, token_len};
use crate::error::{Place, ProtoError, Rule};
use crate::facts::{Facts, is_host};
use crate::fields::{FieldRules, parse_fields};
use crate::framing::{BodyFraming, request_framing};
use crate::limits::Limits;
use crate::section::SectionScanner;
use crate::start_line::parse_request_line;
use crate::usual::{self, LastHead};

/// The request line and the fields of a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestHead {
    /// The method, as sent; methods are case-sensitive.
    pub method: Cow<'static, str>,
    /// The target, as sent: visible ASCII characters only.
    pub target: String,
    /// Which of the four forms the target has.
    pub form: TargetForm,
    /// The version of the client.
    pub version: HttpVersion,
    /// The fields, in order and with their letter case.
    pub headers: WebHeaderCollection,
    /// How the body is delimited; never `UntilClose`.
    pub body_length: BodyFraming,
    /// The client waits for 100 (Continue) before it sends the body.
    pub expect_continue: bool,
    /// The client allows to use the connection again.
    pub keep_alive: bool,
    /// The client asks for another protocol (`Upgrade`).
    pub upgrade: bool,
    /// The fields are, byte for byte, those of the request before on the same connection. False says
    /// nothing.
    pub same_fields: bool,
}

impl RequestHead {
    /// One that came over HTTP/2, whose frames say how long the body is: `body_length` is what a
    /// field announces, or `Chunked` for one that ends when it ends.
    #[must_use]
    pub fn of_http2(
        method: Cow<'static, str>,
        target: String,
        form: TargetForm,
        headers: WebHeaderCollection,
        body_length: BodyFraming,
    ) -> Self {
        Self {
            method,
            target,
            form,
            version: HttpVersion::VERSION20,
            headers,
            body_length,
            expect_continue: false,
            keep_alive: true,
            upgrade: false,
            same_fields: false,
        }
    }

    /// Makes it what [`of_http2`](Self::of_http2) gives, in the memory that it has. Its fields stay as they
    /// are, for the caller to [refill](WebHeaderCollection::refill).
    pub fn refill_http2(
        &mut self,
        method: Cow<'static, str>,
        target: &str,
        form: TargetForm,
        body_length: BodyFraming,
    ) {
        let (mut text, headers) = (
            std::mem::take(&mut self.target),
            std::mem::take(&mut self.headers),
        );
        text.clear();
        text.push_str(target);
        *self = Self::of_http2(method, text, form, headers, body_length);
    }
}

/// The forms of a request target: RFC 9112 section 3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetForm {
    /// `/path?query`
    Origin,
    /// `http://host/path`, as sent to proxies.
    Absolute,
    /// `host:port`, with CONNECT only.
    Authority,
    /// `*`, with OPTIONS only.
    Asterisk,
}

impl RequestHead {
    /// Nothing yet, to be filled.
    pub(crate) fn empty() -> Self {
        Self {
            method: Cow::Borrowed(""),
            target: String::new(),
            form: TargetForm::Origin,
            version: HttpVersion::VERSION11,
            headers: WebHeaderCollection::new(),
            body_length: BodyFraming::None,
            expect_continue: false,
            keep_alive: false,
            upgrade: false,
            same_fields: false,
        }
    }

    /// The bytes of memory that it owns.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.target.capacity() + self.headers.memory()
    }

    /// Takes in what the fields mean, but for the framing.
    fn learn(&mut self, facts: &Facts) {
        let version_11 = self.version >= HttpVersion::VERSION11;
        // RFC 9110 section 10.1.1: the expectation of an HTTP/1.0 client is ignored, and so is
        // one without a body to hold back.
        self.expect_continue =
            facts.expect_continue && version_11 && self.body_length != BodyFraming::None;
        self.keep_alive = facts.persistent(self.version);
        self.upgrade = facts.upgrade && facts.connection_upgrade && version_11;
    }
}

/// Reads a complete head, whose lines `scanner` knows.
pub(crate) fn read_request_head(
    data: &[u8],
    scanner: &SectionScanner,
    limits: &Limits,
) -> Result<RequestHead, ProtoError> {
    let Some((&first_end, field_ends)) = scanner.line_ends().split_first() else {
        return Err(ProtoError::grammar(Rule::RequestLine, Place::StartLine).at(0));
    };
    let first_end = first_end as usize;
    let (method, target, version) = parse_request_line(&data[..first_end - 1])?;
    let form = target_form(method, target).ok_or_else(|| {
        ProtoError::grammar(Rule::Target, Place::StartLine)
            .at(method.len() + 1)
            .on_line(1)
    })?;
    let rules = FieldRules {
        most: limits.headers,
        place: Place::Headers,
        space_before_colon: false,
        clean: scanner.is_clean(),
    };
    let mut facts = Facts::default();
    let headers = parse_fields(data, first_end + 1, field_ends, 2, rules, &mut facts)?;
    check_host(&facts, version)?;
    let body_length = request_framing(&facts, version)?;
    if form == TargetForm::Authority && body_length != BodyFraming::None {
        // RFC 9110 section 9.3.6: "A CONNECT request message does not have content."
        return Err(ProtoError::grammar(Rule::ConnectBody, Place::Headers));
    }
    let mut head = RequestHead {
        method: method_text(method),
        target: visible_text(target),
        form,
        version,
        headers,
        body_length,
        ..RequestHead::empty()
    };
    head.learn(&facts);
    Ok(head)
}

/// RFC 9112 section 3.2: "A server MUST respond with a 400 (Bad Request) status code to any
/// HTTP/1.1 request message that lacks a Host header field and to any request message that
/// contains more than one Host header field line or a Host header field with an invalid field
/// value."
fn check_host(facts: &Facts, version: HttpVersion) -> Result<(), ProtoError> {
    let missing = facts.hosts == 0 && version >= HttpVersion::VERSION11;
    if missing || facts.hosts > 1 || facts.bad_host {
        return Err(ProtoError::grammar(Rule::Host, Place::Headers));
    }
    Ok(())
}

/// The form of the target, or `None` if it has none that goes with the method.
fn target_form(method: &[u8], target: &[u8]) -> Option<TargetForm> {
    if method == b"CONNECT" {
        let colon = target.iter().rposition(|&b| b == b':')?;
        let (host, port) = (&target[..colon], &target[colon + 1..]);
        let port_ok = (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit);
        let host_ok = !host.is_empty() && is_host(host);
        return (host_ok && port_ok).then_some(TargetForm::Authority);
    }
    if target.first() == Some(&b'/') {
        return Some(TargetForm::Origin);
    }
    if target == b"*" {
        return (method == b"OPTIONS").then_some(TargetForm::Asterisk);
    }
    let colon = target.iter().position(|&b| b == b':')?;
    let (scheme, rest) = (&target[..colon], target[colon..].strip_prefix(b"://")?);
    let scheme_ok = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme
            .iter()
            .all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    (scheme_ok && !rest.is_empty()).then_some(TargetForm::Absolute)
}

/// Reads the head at the beginning of `data` into `head`, which is empty, if it is there as a whole
/// and of the usual form; gives its length.
///
/// Nothing is refused here: where anything is odd, the scanner and the parser of lines know what is
/// wrong and where.
#[inline]
pub(crate) fn read_usual(
    data: &[u8],
    limits: &Limits,
    last: &mut LastHead,
    head: &mut RequestHead,
) -> Option<usize> {
    let method_len = match data {
        [b'G', b'E', b'T', ..] => 3,
        _ => token_len(data),
    };
    let (method, rest) = data.split_at(method_len);
    let rest = rest.strip_prefix(b" ").filter(|_| !method.is_empty())?;
    let (target, rest) = rest.split_at(graphic_len(rest));
    let version_11 = rest.starts_with(b" HTTP/1.1\r\n");
    if !version_11 && !rest.starts_with(b" HTTP/1.0\r\n") {
        return None;
    }
    let fields = &rest[11..];
    let first_end = data.len() - fields.len() - 2;
    let read = last.read_fields(fields, &mut head.headers)?;
    let (facts, text) = (read.facts, read.text);
    head.same_fields = read.repeated;
    let length = first_end + 2 + text + 2;
    if !usual::fits(limits, first_end, length, head.headers.len()) {
        return None;
    }
    head.version = match version_11 {
        true => HttpVersion::VERSION11,
        false => HttpVersion::VERSION10,
    };
    head.form = target_form(method, target).filter(|_| !target.is_empty())?;
    check_host(&facts, head.version).ok()?;
    head.body_length = request_framing(&facts, head.version).ok()?;
    if head.form == TargetForm::Authority && head.body_length != BodyFraming::None {
        return None;
    }
    head.method = method_text(method);
    // Mostly it is the last one again, in whose memory this one stands.
    if head.target.as_bytes() != target {
        head.target.clear();
        head.target.push_str(std::str::from_utf8(target).ok()?);
    }
    head.learn(&facts);
    Some(length)
}

/// The method without memory of its own if it is a usual one.
#[inline]
fn method_text(method: &[u8]) -> Cow<'static, str> {
    Cow::Borrowed(match method {
        b"GET" => "GET",
        b"POST" => "POST",
        b"HEAD" => "HEAD",
        b"PUT" => "PUT",
        b"DELETE" => "DELETE",
        b"OPTIONS" => "OPTIONS",
        b"PATCH" => "PATCH",
        b"CONNECT" => "CONNECT",
        b"TRACE" => "TRACE",
        _ => return Cow::Owned(visible_text(method)),
    })
}

/// Bytes that were found to be visible ASCII characters, as text.
fn visible_text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("ASCII characters are UTF-8")
}
