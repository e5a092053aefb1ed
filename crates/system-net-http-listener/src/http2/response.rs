//! The head of a response, from the listener's terms into HTTP/2's.
//!
//! Read: RFC 9113 section 8.2.2 (fields about the connection); RFC 9110 section 8.6; RFC 7541 section
//! 7.1.3.

use std::time::{Duration, Instant, SystemTime};

use http::header::{
    CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, HeaderName, HeaderValue, SERVER, SET_COOKIE,
    TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::{Response, StatusCode, Version};
use system_net_http_proto::{BodyLength, is_forbidden_trailer};
use system_net_primitives::{Clock, Misuse, WebHeaderCollection};

use crate::connection::Head;
use crate::date::date;
use crate::error::{HttpListenerError, HttpListenerErrorKind};

/// Fields that take more memory are not kept for the next response.
const MOST_KEPT: usize = 1024;

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// Nothing: the head ends the stream.
    Nothing,
    /// Nothing, but the program may write a body, which is dropped.
    Dropped,
    /// So many bytes.
    Fixed(u64),
    /// As many as come.
    Unknown,
}

/// What is known of a head beside its fields.
pub(super) struct Framed {
    pub(super) response: Response<()>,
    pub(super) follows: Follows,
    /// The program wants the connection to end.
    pub(super) close: bool,
}

/// The fields of the listener's own, made once per second, and the head that was made last.
#[derive(Default)]
pub(super) struct OwnFields {
    date: Option<(Instant, Instant, HeaderValue)>,
    server: Option<HeaderValue>,
    last: Last,
}

/// The head that was made last: most responses of a connection have the same fields.
#[derive(Default)]
struct Last {
    /// The program's fields.
    fields: WebHeaderCollection,
    /// What they became, with the listener's own, once they came a second time.
    made: Option<Made>,
}

#[derive(Clone)]
struct Made {
    headers: HeaderMap,
    length: Option<u64>,
    close: bool,
}

impl OwnFields {
    pub(super) fn new(server: Option<&str>) -> Self {
        Self {
            // It was checked when it was set.
            server: server.and_then(|server| HeaderValue::from_str(server).ok()),
            ..Self::default()
        }
    }

    /// The date is of this second; else it is made anew, and what was made with the old one forgotten.
    fn refresh(&mut self, clock: &dyn Clock) -> HeaderValue {
        let now = clock.now();
        if let Some((from, to, value)) = &self.date
            && *from <= now
            && now < *to
        {
            return value.clone();
        }
        let time = clock.utc_now();
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        let part = since.unwrap_or_default().subsec_nanos();
        let left = Duration::from_secs(1) - Duration::from_nanos(part.into());
        let value = HeaderValue::from_bytes(&date(time));
        // It has letters, digits and spaces.
        let value = value.unwrap_or_else(|_| HeaderValue::from_static(""));
        self.date = Some((now, now + left, value.clone()));
        self.last.made = None;
        value
    }

    /// The fields of a response whose program has set these.
    fn make(
        &mut self,
        fields: &WebHeaderCollection,
        length: Option<u64>,
        clock: &dyn Clock,
    ) -> Result<Made, HttpListenerError> {
        let date = self.refresh(clock);
        let again = self.last.fields.is_copy(fields);
        if again
            && let Some(made) = &self.last.made
            && made.length.is_some() == length.is_some()
        {
            let mut made = made.clone();
            if let Some(length) = length.filter(|_| made.length != length) {
                made.headers
                    .insert(CONTENT_LENGTH, HeaderValue::from(length));
            }
            return Ok(made);
        }
        let mut headers = HeaderMap::with_capacity(fields.len() + 3);
        let close = put_fields(&mut headers, fields)?;
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        if let Some(server) = &self.server
            && !headers.contains_key(SERVER)
        {
            headers.insert(SERVER, server.clone());
        }
        if !headers.contains_key(DATE) {
            headers.insert(DATE, date);
        }
        let made = Made {
            headers,
            length,
            close,
        };
        if again {
            self.last.made = Some(made.clone());
        } else {
            self.last.made = None;
            match fields.memory() <= MOST_KEPT {
                true => self.last.fields.copy_from(fields),
                false => self.last.fields.clear(),
            }
        }
        Ok(made)
    }
}

/// # Errors
/// [`Misuse::InvalidOperation`] for a body where none can be; `ProtocolViolation` for what no head can
/// have.
pub(super) fn framed(
    head: &Head<'_>,
    head_request: bool,
    own: &mut OwnFields,
    clock: &dyn Clock,
) -> Result<Framed, HttpListenerError> {
    let status = StatusCode::from_u16(head.status)
        .map_err(|_| unfit("a status has three digits".to_owned()))?;
    let (length, follows) = framing(head, head_request)?;
    let made = own.make(head.headers, length, clock)?;
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.version_mut() = Version::HTTP_2;
    *response.headers_mut() = made.headers;
    Ok(Framed {
        response,
        follows,
        close: made.close | !head.keep_alive,
    })
}

/// The length to announce, and what follows.
fn framing(
    head: &Head<'_>,
    head_request: bool,
) -> Result<(Option<u64>, Follows), HttpListenerError> {
    // RFC 9110 sections 8.6 and 15.3.6: no Content-Length with 204, and one of 0 with 205.
    if matches!(head.status, 204 | 205) {
        let length = (head.status == 205).then_some(0);
        return match head.length {
            BodyLength::None | BodyLength::Fixed(0) => Ok((length, Follows::Nothing)),
            _ => Err(Misuse::invalid_operation("this status has no body").into()),
        };
    }
    if head_request || head.status == 304 {
        return Ok(match head.length {
            BodyLength::Fixed(length) => (Some(length), Follows::Dropped),
            BodyLength::None => (None, Follows::Nothing),
            _ => (None, Follows::Dropped),
        });
    }
    Ok(match head.length {
        BodyLength::None | BodyLength::Fixed(0) => (Some(0), Follows::Nothing),
        BodyLength::Fixed(length) => (Some(length), Follows::Fixed(length)),
        _ => (None, Follows::Unknown),
    })
}

/// Puts the program's fields into the head. True: one says that the connection is to end.
fn put_fields(
    headers: &mut HeaderMap,
    fields: &WebHeaderCollection,
) -> Result<bool, HttpListenerError> {
    let mut close = false;
    let nominates = fields.contains("Connection");
    for (name, value) in fields.iter_bytes() {
        let name = HeaderName::from_bytes(name)
            .map_err(|error| unfit(format!("the name of a field: {error}")))?;
        if name == CONNECTION {
            close |= value.eq_ignore_ascii_case(b"close");
            continue;
        }
        if name == CONTENT_LENGTH || name == TRANSFER_ENCODING {
            let what = "the length and the transfer of a body are properties of the response";
            return Err(Misuse::invalid_operation(what).into());
        }
        if is_of_connection(&name) || (nominates && is_nominated(&name, fields)) {
            continue;
        }
        let mut value =
            HeaderValue::from_bytes(value).map_err(|error| unfit(format!("{name}: {error}")))?;
        // RFC 7541 section 7.1.3: what is secret never enters a table that a guess can be tried on.
        if name == SET_COOKIE || name == WWW_AUTHENTICATE {
            value.set_sensitive(true);
        }
        headers.append(name, value);
    }
    Ok(close)
}

/// The fields behind a body.
///
/// # Errors
/// `ProtocolViolation` for one that frames, routes or authenticates (RFC 9110 section 6.5.1), or that no
/// head can have.
pub(super) fn trailer_map(fields: &WebHeaderCollection) -> Result<HeaderMap, HttpListenerError> {
    let mut trailers = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields.iter_bytes() {
        let name = HeaderName::from_bytes(name)
            .map_err(|error| unfit(format!("the name of a field: {error}")))?;
        if is_forbidden_trailer(name.as_str().as_bytes()) {
            return Err(unfit(format!("{name} may not stand behind a body")));
        }
        let value =
            HeaderValue::from_bytes(value).map_err(|error| unfit(format!("{name}: {error}")))?;
        trailers.append(name, value);
    }
    Ok(trailers)
}

/// RFC 9113 section 8.2.2: "An endpoint MUST NOT generate an HTTP/2 message containing
/// connection-specific header fields".
fn is_of_connection(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "keep-alive" | "proxy-connection" | "upgrade" | "http2-settings"
    )
}

/// Whether the program's `Connection` names the field as one about the connection.
fn is_nominated(name: &HeaderName, fields: &WebHeaderCollection) -> bool {
    fields.get_all("Connection").any(|names| {
        let mut names = names.split(|byte| *byte == b',');
        names.any(|nominated| {
            nominated
                .trim_ascii()
                .eq_ignore_ascii_case(name.as_str().as_bytes())
        })
    })
}

#[cold]
fn unfit(what: String) -> HttpListenerError {
    HttpListenerError::new(HttpListenerErrorKind::ProtocolViolation, what)
}
