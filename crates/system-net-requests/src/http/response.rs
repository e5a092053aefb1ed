//! `HttpWebResponse`: the response to an HTTP request.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use system_net_diagnostics::{Emitter, Traced};
use system_net_http_proto::{BodyFraming, ResponseHead};
use system_net_primitives::{
    CookieCollection, HttpStatusCode, HttpVersion, Misuse, WebHeaderCollection,
};
use system_net_uri::Uri;

use super::decoded_body::DecodedBody;
use crate::error::{Phase, WebError, WebExceptionStatus, without_user_info};
use crate::rate_limit::RateLimit;
use crate::streams::{ResponseSource, ResponseStream};
use crate::trace;
use crate::web_response::{READ_ALL_LIMIT, WebResponse, WebResponseImpl, check_in_memory};

/// How much of a body is read ahead at once.
const PIECE: usize = 16 * 1024;

/// The response to an HTTP request.
///
/// It is a handle: clones are the same response. See [`WebResponse`] for what happens to its
/// connection.
///
/// .NET: `System.Net.HttpWebResponse`
#[derive(Clone)]
pub struct HttpWebResponse {
    inner: Arc<ResponseInner>,
}

/// The response itself, shared by its handles and streams.
pub(crate) struct ResponseInner {
    head: ResponseHead,
    method: Cow<'static, str>,
    uri: Uri,
    content_length: Option<u64>,
    read_timeout: Option<Duration>,
    cookies: Mutex<CookieCollection>,
    /// The media type that counts among several.
    media_type: Option<Box<str>>,
    /// How fast the body is read.
    limit: Option<RateLimit>,
    mutually_authenticated: bool,
    body: Mutex<DecodedBody>,
    /// The response in traces, and its stream.
    traced: Traced,
    stream: Traced,
}

impl HttpWebResponse {
    #[inline]
    pub(super) fn new(
        head: ResponseHead,
        method: Cow<'static, str>,
        uri: Uri,
        read_timeout: Option<Duration>,
        cookies: CookieCollection,
        media_type: Option<Box<str>>,
        body: DecodedBody,
    ) -> Self {
        let content_length = match head.framing {
            _ if body.is_decompressed() => None,
            BodyFraming::Fixed(length) => Some(length),
            // Without a body the field alone tells: to HEAD and with 304 it is the length that GET
            // would have had.
            BodyFraming::None => head
                .headers
                .get_first("Content-Length")
                .and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok()),
            _ => None,
        };
        let inner = ResponseInner {
            head,
            method,
            uri,
            content_length,
            read_timeout,
            cookies: Mutex::new(cookies),
            media_type,
            limit: None,
            mutually_authenticated: false,
            body: Mutex::new(body),
            traced: Traced::new(),
            stream: Traced::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The same response, of a server that has proved who it is.
    pub(super) fn of_proven_server(mut self) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.mutually_authenticated = true;
        }
        self
    }

    /// The same response, whose body is read no faster than a limit allows.
    pub(super) fn limited(mut self, limit: Option<RateLimit>) -> Self {
        if limit.is_some()
            && let Some(inner) = Arc::get_mut(&mut self.inner)
        {
            inner.limit = limit;
        }
        self
    }

    /// Whether the login has proved who the server is as well: Kerberos, or Digest with the
    /// server's own proof. One that covers the body (`auth-int`) is judged when the body is read to its
    /// end: before that it is no proof, and a wrong one fails the read.
    ///
    /// .NET: `System.Net.HttpWebResponse.IsMutuallyAuthenticated`
    #[doc(alias = "HttpWebResponse.IsMutuallyAuthenticated")]
    #[must_use]
    pub fn is_mutually_authenticated(&self) -> bool {
        self.inner.mutually_authenticated || self.inner.body().is_proven()
    }

    pub(super) fn from_inner(inner: Arc<ResponseInner>) -> Self {
        Self { inner }
    }

    /// The response in traces.
    #[inline]
    pub(crate) fn trace(&self) -> Emitter<'_> {
        trace::response(&self.inner.traced)
    }

    /// Its stream in traces.
    #[inline]
    pub(super) fn trace_stream(&self) -> Emitter<'_> {
        trace::stream(&self.inner.stream)
    }

    pub(super) fn downgrade(&self) -> Weak<ResponseInner> {
        Arc::downgrade(&self.inner)
    }

    /// Ends the body after so many bytes; `None`: where it ends by itself.
    pub(super) fn limit_body(&self, bytes: Option<u64>) {
        if let Some(bytes) = bytes {
            self.inner.body().limit(bytes);
        }
    }

    /// The status code.
    ///
    /// .NET: `System.Net.HttpWebResponse.StatusCode`
    #[doc(alias = "HttpWebResponse.StatusCode")]
    #[must_use]
    pub fn status_code(&self) -> HttpStatusCode {
        HttpStatusCode::new(self.inner.head.status)
    }

    /// The reason phrase as the server sent it; empty if it sent none.
    ///
    /// .NET: `System.Net.HttpWebResponse.StatusDescription`
    #[doc(alias = "HttpWebResponse.StatusDescription")]
    #[must_use]
    pub fn status_description(&self) -> &str {
        self.inner.head.reason()
    }

    /// The HTTP version the server answered with.
    ///
    /// .NET: `System.Net.HttpWebResponse.ProtocolVersion`
    #[doc(alias = "HttpWebResponse.ProtocolVersion")]
    #[must_use]
    pub fn protocol_version(&self) -> HttpVersion {
        self.inner.head.version
    }

    /// The method of the request that was answered: after a redirect, of the last one.
    ///
    /// .NET: `System.Net.HttpWebResponse.Method`
    #[doc(alias = "HttpWebResponse.Method")]
    #[must_use]
    pub fn method(&self) -> &str {
        &self.inner.method
    }

    /// The address that answered, after redirects.
    ///
    /// .NET: `System.Net.HttpWebResponse.ResponseUri`
    #[doc(alias = "HttpWebResponse.ResponseUri")]
    #[must_use]
    pub fn response_uri(&self) -> &Uri {
        &self.inner.uri
    }

    /// The headers, in the order and letter case they came.
    ///
    /// .NET: `System.Net.HttpWebResponse.Headers`
    #[doc(alias = "HttpWebResponse.Headers")]
    #[must_use]
    pub fn headers(&self) -> &WebHeaderCollection {
        &self.inner.head.headers
    }

    /// The values of a header, joined by commas; empty if it did not come.
    ///
    /// .NET: `System.Net.HttpWebResponse.GetResponseHeader`
    #[doc(alias = "HttpWebResponse.GetResponseHeader")]
    #[must_use]
    pub fn get_response_header(&self, name: &str) -> Cow<'_, str> {
        self.header(name).unwrap_or_default()
    }

    /// The length of the body in bytes; `None` (.NET: -1): not told beforehand, as for a body that
    /// is decompressed. For HEAD it is the length that GET would give.
    ///
    /// .NET: `System.Net.HttpWebResponse.ContentLength`
    #[doc(alias = "HttpWebResponse.ContentLength")]
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.inner.content_length
    }

    /// The media type of the body, with its parameters.
    ///
    /// .NET: `System.Net.HttpWebResponse.ContentType`
    #[doc(alias = "HttpWebResponse.ContentType")]
    #[must_use]
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.header("Content-Type")
    }

    /// The content codings of the body, as the header has them; `None` for a body that is
    /// decompressed.
    ///
    /// .NET: `System.Net.HttpWebResponse.ContentEncoding`
    #[doc(alias = "HttpWebResponse.ContentEncoding")]
    #[must_use]
    pub fn content_encoding(&self) -> Option<Cow<'_, str>> {
        self.header("Content-Encoding")
    }

    /// The character set the content type names; `ISO-8859-1` for a text type without one (the
    /// default of RFC 2616), empty without a content type.
    ///
    /// .NET: `System.Net.HttpWebResponse.CharacterSet`
    #[doc(alias = "HttpWebResponse.CharacterSet")]
    #[must_use]
    pub fn character_set(&self) -> String {
        let Some(all) = self.content_type() else {
            return String::new();
        };
        let content_type = self.chosen_type(&all);
        match crate::text::charset(content_type) {
            Some(charset) => charset.to_owned(),
            None if content_type
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("text/") =>
            {
                "ISO-8859-1".to_owned()
            }
            None => String::new(),
        }
    }

    /// The `Server` header.
    ///
    /// .NET: `System.Net.HttpWebResponse.Server`
    #[doc(alias = "HttpWebResponse.Server")]
    #[must_use]
    pub fn server(&self) -> Option<Cow<'_, str>> {
        self.header("Server")
    }

    /// The time of the `Last-Modified` header; `None` without one.
    ///
    /// .NET: `System.Net.HttpWebResponse.LastModified`
    ///
    /// # Errors
    /// [`WebExceptionStatus::ServerProtocolViolation`]: what stands there is no date of
    /// RFC 9110 section 5.6.7.
    ///
    /// # Differences from .NET
    /// Without the header .NET gives the present time, as if the resource had just changed.
    #[doc(alias = "HttpWebResponse.LastModified")]
    pub fn last_modified(&self) -> Result<Option<SystemTime>, WebError> {
        let Some(field) = self.header("Last-Modified") else {
            return Ok(None);
        };
        httpdate::parse_http_date(&field)
            .map(Some)
            .map_err(|error| {
                let detail = format!("the Last-Modified header {field:?} is no date");
                let status = WebExceptionStatus::ServerProtocolViolation;
                WebError::new(status, Phase::ReadingHead, detail)
                    .with_source(error)
                    .with_uri(&self.inner.uri)
            })
    }

    /// The cookies that this response set and the request's container took; none without a
    /// container. Those of responses on the way, as redirects, are in the container alone.
    ///
    /// .NET: `System.Net.HttpWebResponse.Cookies`
    #[doc(alias = "HttpWebResponse.Cookies")]
    #[must_use]
    pub fn cookies(&self) -> CookieCollection {
        self.inner.cookies().clone()
    }

    /// Puts other cookies in their place, for whoever hands the response on.
    pub fn set_cookies(&self, cookies: CookieCollection) {
        *self.inner.cookies() = cookies;
    }

    /// The fields that came after a chunked body; only when the body has been read to its end.
    #[must_use]
    pub fn trailers(&self) -> Option<WebHeaderCollection> {
        self.inner.body().trailers().cloned()
    }

    /// The body, read as it arrives. Calling it again gives a handle to the same stream.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// [`Misuse::Disposed`]: the response was closed.
    ///
    /// .NET: `System.Net.HttpWebResponse.GetResponseStream`
    #[doc(alias = "HttpWebResponse.GetResponseStream")]
    pub fn get_response_stream(&self) -> Result<ResponseStream, Misuse> {
        let call = self.trace().enter("GetResponseStream", format_args!(""));
        if self.inner.body().is_closed() {
            let error = Misuse::disposed("HttpWebResponse");
            call.exit_error(&error);
            return Err(error);
        }
        if call.is_heard() {
            call.exit(format_args!("{}", self.trace_stream().name()));
        }
        let source: Arc<ResponseInner> = Arc::clone(&self.inner);
        let stream = ResponseStream::new(source);
        Ok(match &self.inner.limit {
            Some(limit) => stream.limited(limit),
            None => stream,
        })
    }

    /// Closes the response and its streams and frees its connection. The properties stay readable.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpWebResponse.Close`
    #[doc(alias = "HttpWebResponse.Close")]
    pub fn close(&self) {
        let _call = self.trace().enter("Close", format_args!(""));
        self.inner.close();
    }

    /// See [`WebResponse::into_bytes`].
    ///
    /// # Errors
    /// As there.
    pub fn into_bytes(self) -> Result<Vec<u8>, WebError> {
        WebResponse::from(self).into_bytes()
    }

    /// See [`WebResponse::into_string`].
    ///
    /// # Errors
    /// As there.
    pub fn into_string(self) -> Result<String, WebError> {
        WebResponse::from(self).into_string()
    }

    /// Of several media types the one that the request named; else all of them.
    fn chosen_type<'a>(&self, all: &'a str) -> &'a str {
        let Some(wanted) = self.inner.media_type.as_deref() else {
            return all;
        };
        let named = |one: &&str| {
            let name = one.split(';').next().unwrap_or_default().trim();
            name.eq_ignore_ascii_case(wanted)
        };
        all.split(',').find(named).unwrap_or(all)
    }

    /// Reads the whole body into memory, from where its streams give it.
    pub(super) async fn read_ahead(&self) -> Result<(), WebError> {
        let limit = self.max_in_memory().unwrap_or(READ_ALL_LIMIT);
        let mut bytes = Vec::new();
        let mut piece = vec![0; PIECE];
        loop {
            let read = poll_fn(|cx| self.inner.body().poll_read(cx, &mut piece)).await;
            let n = read.map_err(|error| error.with_uri(&self.inner.uri))?;
            if n == 0 {
                break;
            }
            check_in_memory(bytes.len() + n, limit)?;
            bytes.extend_from_slice(&piece[..n]);
        }
        self.inner.body().hold(bytes);
        Ok(())
    }

    /// The most bytes of the body that one call may read into memory, if it is decompressed.
    pub(crate) fn max_in_memory(&self) -> Option<u64> {
        self.inner.body().max_in_memory()
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.inner.head.headers.get(name)
    }
}

impl WebResponseImpl for HttpWebResponse {
    fn get_response_stream(&self) -> Result<ResponseStream, Misuse> {
        self.get_response_stream()
    }

    fn close(&self) {
        self.close();
    }

    fn response_uri(&self) -> Result<&Uri, Misuse> {
        Ok(self.response_uri())
    }

    fn headers(&self) -> Result<&WebHeaderCollection, Misuse> {
        Ok(self.headers())
    }

    fn is_mutually_authenticated(&self) -> bool {
        self.is_mutually_authenticated()
    }

    fn content_length(&self) -> Result<Option<u64>, Misuse> {
        Ok(self.content_length())
    }

    fn content_type(&self) -> Result<Option<Cow<'_, str>>, Misuse> {
        Ok(self.content_type())
    }
}

impl ResponseInner {
    fn cookies(&self) -> MutexGuard<'_, CookieCollection> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn body(&self) -> MutexGuard<'_, DecodedBody> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResponseSource for ResponseInner {
    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let read = self.body().poll_read(cx, buffer);
        match &read {
            Poll::Ready(Ok(n)) => trace::transferred(&self.stream, "Read", buffer, *n),
            Poll::Ready(Err(error)) => trace::stream(&self.stream).exception("Read", error),
            Poll::Pending => {}
        }
        read.map_err(|error| error.with_uri(&self.uri).into_io())
    }

    fn read_now(&self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        let n = self.body().take_buffered(buffer);
        if n > 0 {
            trace::transferred(&self.stream, "Read", buffer, n);
        }
        (n > 0).then_some(Ok(n))
    }

    fn close(&self) {
        let _call = trace::stream(&self.stream).enter("Close", format_args!(""));
        self.body().close();
    }

    fn read_timeout(&self) -> Option<Duration> {
        self.read_timeout
    }
}

impl fmt::Debug for HttpWebResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpWebResponse")
            .field("status_code", &self.status_code())
            .field("response_uri", &without_user_info(&self.inner.uri))
            .field("content_length", &self.inner.content_length)
            .finish_non_exhaustive()
    }
}
