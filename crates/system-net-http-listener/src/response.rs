//! The response's side of a context.

mod fields;
mod proof;

use fields::Fields;

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use encoding_rs::Encoding;
use system_net_diagnostics::{Emitter, TraceEventType, Traced};
use system_net_http_proto::BodyLength;
use system_net_primitives::{
    CookieCollection, HttpStatusCode, HttpVersion, Misuse, WebHeaderCollection,
};

use crate::authentication::{KnownBody, ResponseProof};
use crate::connection::Head;
use crate::error::HttpListenerError;
use crate::exchange::Exchange;
use crate::streams::HttpResponseStream;
use crate::trace;

/// What a request is answered.
///
/// Set the properties, then give the body: whole with [`close_with`](Self::close_with), piece by
/// piece through [`output_stream`](Self::output_stream), or none with [`close`](Self::close). A
/// response that is dropped before that closes the connection.
///
/// Everything here can be called from blocking and from asynchronous code: nothing waits for the
/// client but the stream's writes.
///
/// .NET: `System.Net.HttpListenerResponse`
///
/// # Differences from .NET
/// * The properties are fixed by [`output_stream`](Self::output_stream), not by its first write.
/// * Setters give [`Misuse::InvalidOperation`] from then on, also those that .NET ignores.
/// * `Server` and `Date` are written unless [`headers`](Self::headers) has them.
pub struct HttpListenerResponse {
    exchange: Exchange,
    status: u16,
    version: HttpVersion,
    headers: Fields,
    /// `NO_LENGTH` unless it was set.
    length: u64,
    chunked: bool,
    keep_alive: bool,
    state: State,
    seldom: Option<Box<Seldom>>,
    traced: Traced,
}

/// No length: greater ones than the greatest `i64` are refused.
const NO_LENGTH: u64 = u64::MAX;

/// What few responses have.
#[derive(Default)]
pub(crate) struct Seldom {
    pub(crate) cookies: CookieCollection,
    /// The cookies stand among the headers.
    cookies_given: bool,
    pub(crate) encoding: Option<&'static Encoding>,
    /// The text behind the status, where it is not the usual one.
    description: Option<Box<str>>,
    /// What a login wants to know of the body.
    pub(crate) proof: Option<ResponseProof>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing was said yet.
    Open,
    /// The head is fixed; the stream ends the response.
    Streaming,
    Closed,
}

impl HttpListenerResponse {
    #[inline]
    pub(crate) fn new(exchange: Exchange, headers: Box<WebHeaderCollection>) -> Self {
        Self {
            status: 200,
            version: match exchange.is_http2() {
                false => HttpVersion::VERSION11,
                true => HttpVersion::VERSION20,
            },
            exchange,
            headers: Fields::new(headers),
            length: NO_LENGTH,
            chunked: false,
            keep_alive: true,
            state: State::Open,
            seldom: None,
            traced: Traced::new(),
        }
    }

    pub(crate) fn seldom(&self) -> Option<&Seldom> {
        self.seldom.as_deref()
    }

    /// What few responses have, to change.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] once the head was given.
    pub(crate) fn seldom_mut(&mut self) -> Result<&mut Seldom, Misuse> {
        self.check_open()?;
        Ok(self.seldom.get_or_insert_default())
    }

    pub(crate) fn utc_now(&self) -> SystemTime {
        self.exchange.facts().clock().utc_now()
    }

    /// Puts the cookies behind the other fields.
    #[cold]
    fn give_cookies(&mut self) -> Result<(), Misuse> {
        let fields = self.cookie_fields()?;
        match &mut self.seldom {
            Some(seldom) if !seldom.cookies_given => seldom.cookies_given = true,
            _ => return Ok(()),
        }
        for field in fields {
            self.put_field("Set-Cookie", &field);
        }
        Ok(())
    }

    /// The response in traces.
    #[inline]
    pub(crate) fn trace(&self) -> Emitter<'_> {
        trace::response(&self.traced)
    }

    /// The status, and the fields of the program's own.
    #[inline]
    fn trace_head(&self) {
        let emitter = self.trace();
        if emitter.wanted(TraceEventType::Information) {
            let line = format!("{} {}", self.status, self.status_description());
            emitter.note(format_args!("{line}"));
            let mut head = format!("HTTP/{} {line}\r\n", self.version).into_bytes();
            head.extend(self.headers.to_byte_array());
            emitter.data("SendHeaders", &head);
        }
    }

    /// Adds a field of the listener's own.
    pub(crate) fn put_field(&mut self, name: &str, value: &str) {
        self.headers.push_raw(name.as_bytes(), value.as_bytes());
    }

    fn check_open(&self) -> Result<(), Misuse> {
        match self.state {
            State::Open => Ok(()),
            _ => Err(Misuse::invalid_operation(
                "the head of the response was given already",
            )),
        }
    }

    /// The status; 200 unless set.
    ///
    /// .NET: `System.Net.HttpListenerResponse.StatusCode`
    #[doc(alias = "HttpListenerResponse.StatusCode")]
    #[must_use]
    pub fn status_code(&self) -> HttpStatusCode {
        HttpStatusCode::new(self.status)
    }

    /// Sets the status, as a number or as a [`HttpStatusCode`].
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] outside of 200 to 999: interim answers are none, and
    /// [`Misuse::InvalidOperation`] once the head was given.
    pub fn set_status_code(&mut self, value: impl Into<StatusNumber>) -> Result<(), Misuse> {
        self.check_open()?;
        let StatusNumber(value) = value.into();
        if !(200..1000).contains(&value) {
            return Err(Misuse::out_of_range("value", "from 200 to 999"));
        }
        self.status = value;
        if let Some(seldom) = &mut self.seldom {
            seldom.description = None;
        }
        Ok(())
    }

    /// The text behind the status: the usual one unless set. HTTP/2 does not send it.
    ///
    /// .NET: `System.Net.HttpListenerResponse.StatusDescription`
    #[doc(alias = "HttpListenerResponse.StatusDescription")]
    #[must_use]
    pub fn status_description(&self) -> &str {
        let seldom = self.seldom.as_ref();
        match seldom.and_then(|seldom| seldom.description.as_deref()) {
            Some(description) => description,
            None if self.status == 200 => "OK",
            None => HttpStatusCode::new(self.status).description(),
        }
    }

    /// Sets the text behind the status; setting the status undoes this.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for line breaks, control characters and characters above U+00FF;
    /// [`Misuse::InvalidOperation`] once the head was given.
    pub fn set_status_description(&mut self, value: &str) -> Result<(), Misuse> {
        self.check_open()?;
        if !value
            .chars()
            .all(|c| matches!(c, '\t' | ' '..='~' | '\u{80}'..='\u{ff}'))
        {
            return Err(Misuse::invalid_argument(
                "value",
                "a status description has no line breaks, control characters and characters \
                 above U+00FF",
            ));
        }
        self.seldom_mut()?.description = Some(value.into());
        Ok(())
    }

    /// The header fields of the program's own.
    ///
    /// .NET: `System.Net.HttpListenerResponse.Headers`
    #[doc(alias = "HttpListenerResponse.Headers")]
    #[must_use]
    pub fn headers(&self) -> &WebHeaderCollection {
        &self.headers
    }

    /// The header fields, to change. Those about length and transfer are properties.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] once the head was given.
    pub fn headers_mut(&mut self) -> Result<&mut WebHeaderCollection, Misuse> {
        self.check_open()?;
        Ok(&mut self.headers)
    }

    /// Puts copies of these fields in the place of all.
    ///
    /// # Errors
    /// As [`add_header`](Self::add_header), for the first field that may not be set; nothing has
    /// changed then.
    pub fn set_headers(&mut self, value: &WebHeaderCollection) -> Result<(), Misuse> {
        self.check_open()?;
        let mut headers = WebHeaderCollection::for_response();
        for (name, value) in value.iter() {
            headers.add(name, &value)?;
        }
        *self.headers = headers;
        Ok(())
    }

    /// Takes over status, description, version, headers, length, [`send_chunked`](Self::send_chunked)
    /// and [`keep_alive`](Self::keep_alive) of another response; not its cookies, and not its body.
    ///
    /// .NET: `System.Net.HttpListenerResponse.CopyFrom`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] once the head was given.
    ///
    /// # Differences from .NET
    /// The two do not share their headers afterwards.
    #[doc(alias = "HttpListenerResponse.CopyFrom")]
    pub fn copy_from(&mut self, template_response: &Self) -> Result<(), Misuse> {
        self.check_open()?;
        self.status = template_response.status;
        let description = template_response.seldom.as_ref();
        let description = description.and_then(|seldom| seldom.description.as_ref());
        if description.is_some() || self.seldom.is_some() {
            self.seldom.get_or_insert_default().description = description.cloned();
        }
        self.version = template_response.version;
        self.headers.clone_from(&template_response.headers);
        self.length = template_response.length;
        self.chunked = template_response.chunked;
        self.keep_alive = template_response.keep_alive;
        Ok(())
    }

    /// Sets a header field in the place of all of its name.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListenerResponse.AddHeader`
    ///
    /// # Errors
    /// As [`WebHeaderCollection::set`]; [`Misuse::InvalidOperation`] once the head was given.
    #[doc(alias = "HttpListenerResponse.AddHeader")]
    pub fn add_header(&mut self, name: &str, value: &str) -> Result<(), Misuse> {
        self.check_open()?;
        self.trace()
            .information("AddHeader", format_args!("{name}: {value}"));
        self.headers.set(name, value)
    }

    /// Adds a header field behind those of its name.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListenerResponse.AppendHeader`
    ///
    /// # Errors
    /// As [`WebHeaderCollection::add`]; [`Misuse::InvalidOperation`] once the head was given.
    #[doc(alias = "HttpListenerResponse.AppendHeader")]
    pub fn append_header(&mut self, name: &str, value: &str) -> Result<(), Misuse> {
        self.check_open()?;
        self.trace()
            .information("AppendHeader", format_args!("{name}: {value}"));
        self.headers.add(name, value)
    }

    /// The media type of the body.
    ///
    /// .NET: `System.Net.HttpListenerResponse.ContentType`
    #[doc(alias = "HttpListenerResponse.ContentType")]
    #[must_use]
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.headers.get("Content-Type")
    }

    /// Sets the media type of the body; an empty one takes the field away.
    ///
    /// # Errors
    /// As [`add_header`](Self::add_header).
    pub fn set_content_type(&mut self, value: &str) -> Result<(), Misuse> {
        // Nearly every response sets it, once: what can be wrong with it is looked at in one go.
        if is_plain(value.as_bytes())
            && self.state == State::Open
            && !self.headers.contains("Content-Type")
        {
            self.headers.push_raw(b"Content-Type", value.as_bytes());
            return Ok(());
        }
        self.set_or_remove("Content-Type", value)
    }

    fn set_or_remove(&mut self, name: &str, value: &str) -> Result<(), Misuse> {
        if !value.is_empty() {
            return self.add_header(name, value);
        }
        self.check_open()?;
        self.headers.remove(name)
    }

    /// The length of the body, if it was set.
    ///
    /// .NET: `System.Net.HttpListenerResponse.ContentLength64`
    #[doc(alias = "HttpListenerResponse.ContentLength64")]
    #[must_use]
    pub fn content_length64(&self) -> Option<u64> {
        (self.length != NO_LENGTH).then_some(self.length)
    }

    /// Sets the length of the body; exactly so many bytes have to be written then.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] above the greatest `i64`; [`Misuse::InvalidOperation`] once the head
    /// was given.
    pub fn set_content_length64(&mut self, value: u64) -> Result<(), Misuse> {
        self.check_open()?;
        if i64::try_from(value).is_err() {
            return Err(Misuse::out_of_range(
                "value",
                "from 0 to 9223372036854775807",
            ));
        }
        self.length = value;
        self.chunked = false;
        Ok(())
    }

    /// Whether the body is sent in chunks although its length may be known.
    ///
    /// .NET: `System.Net.HttpListenerResponse.SendChunked`
    #[doc(alias = "HttpListenerResponse.SendChunked")]
    #[must_use]
    pub fn send_chunked(&self) -> bool {
        self.chunked
    }

    /// Sends the body in chunks, or not. To HTTP/1.0 clients it is sent up to the end of the
    /// connection instead. A length that was set is forgotten.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] once the head was given.
    pub fn set_send_chunked(&mut self, value: bool) -> Result<(), Misuse> {
        self.check_open()?;
        self.chunked = value;
        if value {
            self.length = NO_LENGTH;
        }
        Ok(())
    }

    /// Whether the connection may be used again.
    ///
    /// .NET: `System.Net.HttpListenerResponse.KeepAlive`
    #[doc(alias = "HttpListenerResponse.KeepAlive")]
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// Closes the connection after the response, or not. An HTTP/2 connection takes no more requests
    /// then, and ends when those that run are answered.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] once the head was given.
    pub fn set_keep_alive(&mut self, value: bool) -> Result<(), Misuse> {
        self.check_open()?;
        self.keep_alive = value;
        Ok(())
    }

    /// The version in the status line; 2.0 on HTTP/2, which has none.
    ///
    /// .NET: `System.Net.HttpListenerResponse.ProtocolVersion`
    #[doc(alias = "HttpListenerResponse.ProtocolVersion")]
    #[must_use]
    pub fn protocol_version(&self) -> HttpVersion {
        self.version
    }

    /// Sets the version in the status line; with 1.0 nothing is sent in chunks. HTTP/2 has no status
    /// line: there this changes nothing, and the version stays 2.0.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for another version than 1.0 and 1.1;
    /// [`Misuse::InvalidOperation`] once the head was given.
    pub fn set_protocol_version(&mut self, value: HttpVersion) -> Result<(), Misuse> {
        self.check_open()?;
        if value != HttpVersion::VERSION10 && value != HttpVersion::VERSION11 {
            return Err(Misuse::invalid_argument(
                "value",
                "the version is 1.0 or 1.1",
            ));
        }
        if !self.exchange.is_http2() {
            self.version = value;
        }
        Ok(())
    }

    /// Where the client is sent with [`redirect`](Self::redirect).
    ///
    /// .NET: `System.Net.HttpListenerResponse.RedirectLocation`
    #[doc(alias = "HttpListenerResponse.RedirectLocation")]
    #[must_use]
    pub fn redirect_location(&self) -> Option<Cow<'_, str>> {
        self.headers.get("Location")
    }

    /// Sets the `Location` field; an empty one takes it away. The status stays as it is.
    ///
    /// # Errors
    /// As [`add_header`](Self::add_header).
    pub fn set_redirect_location(&mut self, value: &str) -> Result<(), Misuse> {
        self.set_or_remove("Location", value)
    }

    /// Sends the client to another URL: status 302 with a `Location`. The response still has to be
    /// closed.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListenerResponse.Redirect`
    ///
    /// # Errors
    /// As [`add_header`](Self::add_header).
    #[doc(alias = "HttpListenerResponse.Redirect")]
    pub fn redirect(&mut self, url: &str) -> Result<(), Misuse> {
        self.trace()
            .information("Redirect", format_args!("url={url}"));
        self.add_header("Location", url)?;
        self.set_status_code(302)?;
        Ok(())
    }

    /// Asks the client to log in by a scheme of the program's own: status 401, and a
    /// `WWW-Authenticate` field with this challenge behind those that are there. The response still
    /// has to be closed. The listener asks by itself for the schemes it knows:
    /// [`HttpListener::set_authentication_schemes`](crate::HttpListener::set_authentication_schemes).
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for what no field can carry, and for an empty challenge;
    /// [`Misuse::InvalidOperation`] once the head was given.
    ///
    /// # Differences from .NET
    /// There no program can set the field: `AddHeader` refuses its name, and does so here.
    pub fn ask_for_login(&mut self, challenge: &str) -> Result<(), Misuse> {
        self.check_open()?;
        if challenge.trim().is_empty() {
            return Err(Misuse::invalid_argument("challenge", "is empty"));
        }
        self.headers.add_engine("WWW-Authenticate", challenge)?;
        self.set_status_code(401)?;
        Ok(())
    }

    /// Gives the head and hands out the stream that takes the body. With no length set it is sent in
    /// chunks, or up to the end of the connection to HTTP/1.0 clients.
    ///
    /// The head goes to the client together with the first bytes. The response ends when the stream
    /// is closed, or dropped with all announced bytes written.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListenerResponse.OutputStream`
    ///
    /// # Errors
    /// `Misuse` if the head was given before, or the status allows no body.
    #[doc(alias = "HttpListenerResponse.OutputStream")]
    pub fn output_stream(&mut self) -> Result<HttpResponseStream, HttpListenerError> {
        let call = self.trace().enter("OutputStream_get", format_args!(""));
        self.check_open()?;
        let length = match self.content_length64() {
            Some(length) => BodyLength::Fixed(length),
            None => BodyLength::Chunked,
        };
        let known = match length {
            BodyLength::Fixed(0) => KnownBody::Whole(b""),
            BodyLength::Chunked => KnownBody::Open,
            _ => KnownBody::Announced,
        };
        self.begin(length, known)?;
        self.state = State::Streaming;
        let proof = self.take_trailing_proof();
        let stream = HttpResponseStream::new(self.exchange.clone(), proof);
        if call.is_heard() {
            call.exit(format_args!("{}", stream.trace().name()));
        }
        Ok(stream)
    }

    fn head(&self, length: BodyLength) -> Head<'_> {
        Head {
            status: self.status,
            reason: self.status_description(),
            version: self.version,
            headers: &self.headers,
            keep_alive: self.keep_alive,
            length,
        }
    }

    fn begin(&mut self, length: BodyLength, body: KnownBody<'_>) -> Result<(), HttpListenerError> {
        if self.seldom.is_some() {
            self.give_cookies()?;
            self.give_proof(body);
        }
        self.trace_head();
        self.exchange.begin_response(&self.head(length))
    }

    /// Gives the head of 101 (Switching Protocols); the response is over with it.
    pub(crate) fn give_upgrade(&mut self, protocol: &str) -> Result<(), HttpListenerError> {
        self.check_open()?;
        self.headers.remove_engine("Connection");
        self.headers.remove_engine("Upgrade");
        self.put_field("Connection", "Upgrade");
        self.put_field("Upgrade", protocol);
        self.status = 101;
        self.keep_alive = true;
        self.begin(BodyLength::None, KnownBody::Whole(b""))?;
        self.state = State::Closed;
        Ok(())
    }

    /// Ends the response, without a body if none was given. A second call does nothing.
    ///
    /// Returns at once: what the client does not take now is written in the background.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListenerResponse.Close`
    ///
    /// # Errors
    /// `ProtocolViolation` if more bytes were announced than written; `ConnectionLost` if the client
    /// is known to be gone; `Misuse` if the connection was ended. The connection is closed then.
    #[doc(alias = "HttpListenerResponse.Close")]
    pub fn close(&mut self) -> Result<(), HttpListenerError> {
        let _call = self.trace().enter("Close", format_args!(""));
        match self.state {
            State::Closed => return Ok(()),
            State::Streaming => {}
            State::Open => {
                let length = match self.content_length64() {
                    _ if self.chunked => BodyLength::Chunked,
                    Some(length) => BodyLength::Fixed(length),
                    None => BodyLength::None,
                };
                self.begin(length, KnownBody::Whole(b""))?;
            }
        }
        self.finish()
    }

    /// Gives the whole body and ends the response. The length is set unless
    /// [`send_chunked`](Self::send_chunked).
    ///
    /// Returns at once: what the client does not take now is written in the background. Texts and
    /// vectors that are given away are not copied.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListenerResponse.Close(Byte[], Boolean)`
    ///
    /// # Errors
    /// As [`close`](Self::close); `Misuse` if the head was given before, or the status allows no
    /// body; `ProtocolViolation` if another length was set.
    pub fn close_with(&mut self, body: impl Into<Bytes>) -> Result<(), HttpListenerError> {
        let _call = self.trace().enter("Close", format_args!(""));
        self.check_open()?;
        let body = body.into();
        if self.seldom.is_some() {
            self.give_cookies()?;
            self.give_proof(KnownBody::Whole(&body));
        }
        self.trace_head();
        self.trace().data("Close", &body);
        let length = match self.content_length64() {
            _ if self.chunked => BodyLength::Chunked,
            Some(length) => BodyLength::Fixed(length),
            None => BodyLength::Fixed(body.len() as u64),
        };
        self.exchange
            .tolerate((), self.exchange.answer(&self.head(length), body))?;
        self.state = State::Closed;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), HttpListenerError> {
        self.state = State::Closed;
        self.exchange.tolerate((), self.exchange.finish())
    }

    /// Ends the connection without a (complete) response; of HTTP/2 the request's stream alone, with
    /// RST_STREAM.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpListenerResponse.Abort`
    #[doc(alias = "HttpListenerResponse.Abort")]
    pub fn abort(&mut self) {
        let _call = self.trace().enter("Abort", format_args!(""));
        self.state = State::Closed;
        self.exchange.abort();
    }
}

/// Whether there is something, and visible characters of ASCII alone; eight are looked at in one step.
#[inline]
fn is_plain(value: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // A byte below `!` borrows, and one above `~` carries, into its own highest bit.
    let word = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        (word.wrapping_sub(ONES * 0x21) | word.wrapping_add(ONES)) & (ONES * 0x80) == 0
    };
    match value.last_chunk() {
        Some(last) => word(last) && value.as_chunks().0.iter().all(word),
        None => !value.is_empty() && value.iter().all(u8::is_ascii_graphic),
    }
}

impl Drop for HttpListenerResponse {
    fn drop(&mut self) {
        let unanswered = self.state == State::Open;
        if let Some(headers) = self.headers.take() {
            self.exchange.release(headers, unanswered);
        }
    }
}

impl fmt::Debug for HttpListenerResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpListenerResponse")
            .field("status_code", &self.status)
            .field("headers", &*self.headers)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A status as [`HttpListenerResponse::set_status_code`] takes it: from a number or a
/// [`HttpStatusCode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusNumber(u16);

impl From<u16> for StatusNumber {
    fn from(number: u16) -> Self {
        Self(number)
    }
}

impl From<HttpStatusCode> for StatusNumber {
    fn from(status: HttpStatusCode) -> Self {
        Self(status.as_u16())
    }
}
