//! The head of a request, from HTTP/2's terms into the listener's.
//!
//! Read: RFC 9113 section 8; RFC 9110 sections 5.5, 7.2 and 8.6.

use std::borrow::Cow;

use http::Method;
use http::header::{CONTENT_LENGTH, COOKIE, EXPECT, HOST, HeaderMap, HeaderValue};
use http::request::Parts;
use system_net_http_proto::{BodyFraming, Limits, RequestHead, TargetForm};
use system_net_primitives::{HeaderSet, WebHeaderCollection};

/// Why no program gets to see a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// RFC 9113 section 8.1.1: a stream error of type PROTOCOL_ERROR.
    Malformed(&'static str),
    /// It is answered with this status.
    Status(u16),
}

/// The head; `ended`: no body follows.
///
/// `h2` has checked that the pseudo fields are there, once and first, that names are in lower case,
/// that no field is about the connection, and that values have no control characters; it will compare
/// the length that is announced with the one that comes.
pub(super) fn request_head(
    parts: Parts,
    ended: bool,
    limits: &Limits,
) -> Result<RequestHead, Refused> {
    let Parts {
        method,
        uri,
        headers,
        ..
    } = parts;
    if headers.len() >= limits.headers {
        return Err(Refused::Status(431));
    }
    let authority = uri.authority().map(http::uri::Authority::as_str);
    let (target, form) = if method == Method::CONNECT {
        (authority.unwrap_or_default(), TargetForm::Authority)
    } else {
        let Some(path) = uri.path_and_query() else {
            return Err(Refused::Malformed("there is no :path"));
        };
        (path.as_str(), form_of(path.as_str(), &method)?)
    };
    if target.len() > limits.start_line_bytes {
        return Err(Refused::Status(414));
    }
    // Which of the two it is, the connection says: a proxy may have put the client's own here.
    if uri
        .scheme_str()
        .is_some_and(|scheme| scheme != "http" && scheme != "https")
    {
        return Err(Refused::Status(400));
    }
    let host = host_of(authority, &headers)?;
    let body_length = framing(&headers, ended)?;
    let cookie = crumbs(&headers);
    let joined = cookie.is_some();
    for (_, value) in headers.iter() {
        // RFC 9113 section 8.2.1: "A field value MUST NOT start or end with an ASCII whitespace
        // character".
        if let [b' ' | b'\t', ..] | [.., b' ' | b'\t'] = value.as_bytes() {
            return Err(Refused::Malformed("a value begins or ends with a space"));
        }
    }
    let fields = || {
        let host = (&b"host"[..], host.as_bytes());
        let cookie = cookie.as_deref().map(|cookie| (&b"cookie"[..], cookie));
        // Both are put in their places anew.
        let own = headers
            .iter()
            .filter(|(name, _)| **name != HOST && !(**name == COOKIE && joined));
        let own = own.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
        [host].into_iter().chain(own).chain(cookie)
    };
    let expect_continue = !ended
        && headers
            .get(EXPECT)
            .is_some_and(|expect| expect.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    let mut head = RequestHead::of_http2(
        method_text(&method),
        target.into(),
        form,
        WebHeaderCollection::of_fields(HeaderSet::Request, fields),
        body_length,
    );
    head.expect_continue = expect_continue;
    Ok(head)
}

fn method_text(method: &Method) -> Cow<'static, str> {
    Cow::Borrowed(match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::HEAD => "HEAD",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => return Cow::Owned(method.as_str().to_owned()),
    })
}

/// RFC 9113 section 8.3.1: a path "MUST start with '/'", or is `*` "for an OPTIONS request".
fn form_of(target: &str, method: &Method) -> Result<TargetForm, Refused> {
    if !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Refused::Status(400));
    }
    match target {
        "*" if method == Method::OPTIONS => Ok(TargetForm::Asterisk),
        _ if target.starts_with('/') => Ok(TargetForm::Origin),
        _ => Err(Refused::Malformed(":path is no path")),
    }
}

/// RFC 9113 section 8.3.1: the host stands in `:authority`, or in `Host`; both "identify the same
/// entity".
fn host_of<'a>(authority: Option<&'a str>, headers: &'a HeaderMap) -> Result<&'a str, Refused> {
    let mut fields = headers.get_all(HOST).iter();
    let field = match fields.next().map(HeaderValue::to_str) {
        None => None,
        Some(Ok(field)) => Some(field),
        Some(Err(_)) => return Err(Refused::Malformed("host is no host")),
    };
    if fields.next().is_some() {
        return Err(Refused::Malformed("there are two hosts"));
    }
    let host = match (authority, field) {
        (Some(authority), Some(field)) if !authority.eq_ignore_ascii_case(field) => {
            return Err(Refused::Malformed(":authority and host differ"));
        }
        (Some(host), _) | (None, Some(host)) => host,
        (None, None) => return Err(Refused::Malformed("there is no :authority")),
    };
    match host.contains('@') {
        true => Err(Refused::Malformed(":authority has a user")),
        false => Ok(host),
    }
}

fn framing(headers: &HeaderMap, ended: bool) -> Result<BodyFraming, Refused> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let length = match lengths.next() {
        None => None,
        Some(length) => {
            // `h2` looks at the first one alone.
            if lengths.any(|other| other != length) {
                return Err(Refused::Malformed("there are two lengths"));
            }
            let digits = length.as_bytes();
            let parsed = length.to_str().ok().and_then(|text| text.parse().ok());
            match parsed {
                Some(length) if digits.iter().all(u8::is_ascii_digit) => Some(length),
                _ => return Err(Refused::Malformed("content-length is no number")),
            }
        }
    };
    Ok(match length {
        _ if ended => BodyFraming::None,
        Some(length) => BodyFraming::Fixed(length),
        None => BodyFraming::Chunked,
    })
}

/// RFC 9113 section 8.2.3: the fields that a cookie was split into "MUST be concatenated into a single
/// octet string using the two-octet delimiter of 0x3b, 0x20". `None`: there is one at most.
fn crumbs(headers: &HeaderMap) -> Option<Vec<u8>> {
    let mut crumbs = headers.get_all(COOKIE).iter();
    let first = crumbs.next()?;
    let second = crumbs.next()?;
    let mut cookie = first.as_bytes().to_vec();
    for crumb in [second].into_iter().chain(crumbs) {
        cookie.extend_from_slice(b"; ");
        cookie.extend_from_slice(crumb.as_bytes());
    }
    Some(cookie)
}
