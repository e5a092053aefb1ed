//! The head of a request, from HTTP/2's terms into the listener's.
//!
//! Read: RFC 9113 section 8; RFC 9110 sections 5.5, 7.2 and 8.6.

use std::borrow::Cow;

use http::Method;
use http::header::{CONTENT_LENGTH, COOKIE, EXPECT, HOST, HeaderMap, HeaderValue};
use http::request::Parts;
use system_net_http_proto::{BodyFraming, Limits, RequestHead, TargetForm};
use system_net_primitives::HeaderSet;

/// Why no program gets to see a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// RFC 9113 section 8.1.1: a stream error of type PROTOCOL_ERROR.
    Malformed(&'static str),
    /// It is answered with this status.
    Status(u16),
}

/// Makes `head` that of a request, in the memory that it has; `ended`: no body follows.
///
/// `h2` has checked that the pseudo fields are there, once and first, that names are in lower case,
/// that no field is about the connection, and that values have no control characters; it will compare
/// the length that is announced with the one that comes.
pub(super) fn request_head(
    head: &mut RequestHead,
    parts: &Parts,
    ended: bool,
    limits: &Limits,
) -> Result<(), Refused> {
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
    let (target, form) = if *method == Method::CONNECT {
        (authority.unwrap_or_default(), TargetForm::Authority)
    } else {
        let Some(path) = uri.path_and_query() else {
            return Err(Refused::Malformed("there is no :path"));
        };
        (path.as_str(), form_of(path.as_str(), method)?)
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
    let seen = Seen::of(headers);
    let host = host_of(authority, &seen)?;
    let body_length = framing(&seen, ended)?;
    if seen.spaced {
        return Err(Refused::Malformed("a value begins or ends with a space"));
    }
    let cookie = match seen.cookies {
        0 | 1 => None,
        _ => Some(crumbs(headers)),
    };
    let joined = cookie.is_some();
    head.refill_http2(method_text(method), target, form, body_length);
    head.headers.refill(HeaderSet::Request, || {
        let host = (&b"host"[..], host.as_bytes());
        let cookie = cookie.as_deref().map(|cookie| (&b"cookie"[..], cookie));
        // Both are put in their places anew.
        let own = headers
            .iter()
            .filter(|(name, _)| **name != HOST && !(joined && **name == COOKIE));
        let own = own.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
        [host].into_iter().chain(own).chain(cookie)
    });
    head.expect_continue = !ended
        && seen
            .expect
            .is_some_and(|expect| expect.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    Ok(())
}

/// What the fields of a request say about it, from one look at all of them.
#[derive(Default)]
struct Seen<'a> {
    host: Option<&'a HeaderValue>,
    hosts: usize,
    length: Option<&'a HeaderValue>,
    lengths_differ: bool,
    expect: Option<&'a HeaderValue>,
    cookies: usize,
    /// RFC 9113 section 8.2.1: "A field value MUST NOT start or end with an ASCII whitespace character".
    spaced: bool,
}

impl<'a> Seen<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let mut seen = Self::default();
        for (name, value) in headers {
            if let [b' ' | b'\t', ..] | [.., b' ' | b'\t'] = value.as_bytes() {
                seen.spaced = true;
            }
            if *name == HOST {
                seen.host.get_or_insert(value);
                seen.hosts += 1;
            } else if *name == CONTENT_LENGTH {
                let first = *seen.length.get_or_insert(value);
                seen.lengths_differ |= first != value;
            } else if *name == COOKIE {
                seen.cookies += 1;
            } else if *name == EXPECT {
                seen.expect.get_or_insert(value);
            }
        }
        seen
    }
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
fn host_of<'a>(authority: Option<&'a str>, seen: &Seen<'a>) -> Result<&'a str, Refused> {
    let field = match seen.host.map(HeaderValue::to_str) {
        None => None,
        Some(Ok(field)) => Some(field),
        Some(Err(_)) => return Err(Refused::Malformed("host is no host")),
    };
    if seen.hosts > 1 {
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

fn framing(seen: &Seen<'_>, ended: bool) -> Result<BodyFraming, Refused> {
    let length = match seen.length {
        None => None,
        Some(length) => {
            // `h2` looks at the first one alone.
            if seen.lengths_differ {
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
/// octet string using the two-octet delimiter of 0x3b, 0x20".
fn crumbs(headers: &HeaderMap) -> Vec<u8> {
    let mut cookie = Vec::new();
    for (number, crumb) in headers.get_all(COOKIE).iter().enumerate() {
        if number > 0 {
            cookie.extend_from_slice(b"; ");
        }
        cookie.extend_from_slice(crumb.as_bytes());
    }
    cookie
}
