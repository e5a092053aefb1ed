//! `WebResponse`: the response to a `WebRequest`, of the protocol that answered.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use system_net_primitives::{Misuse, WebHeaderCollection};
use system_net_uri::Uri;

use crate::error::{Phase, WebError, WebExceptionStatus, without_user_info};
use crate::file::FileWebResponse;
use crate::http::HttpWebResponse;
use crate::streams::ResponseStream;

/// A response of some protocol, behind [`WebResponse`]. What authors of protocols implement; every
/// member but the stream has a default.
///
/// .NET: the virtual members of `System.Net.WebResponse`
pub trait WebResponseImpl: Any + Send + Sync {
    /// See [`WebResponse::get_response_stream`].
    ///
    /// # Errors
    /// [`Misuse::Disposed`]: the response was closed.
    fn get_response_stream(&self) -> Result<ResponseStream, Misuse>;

    /// See [`WebResponse::close`].
    fn close(&self) {}

    /// See [`WebResponse::response_uri`].
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] unless overridden.
    fn response_uri(&self) -> Result<&Uri, Misuse> {
        Err(not_implemented("response_uri"))
    }

    /// See [`WebResponse::headers`].
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] unless overridden.
    fn headers(&self) -> Result<&WebHeaderCollection, Misuse> {
        Err(not_implemented("headers"))
    }

    /// See [`WebResponse::supports_headers`].
    fn supports_headers(&self) -> bool {
        self.headers().is_ok()
    }

    /// See [`WebResponse::content_length`].
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] unless overridden.
    fn content_length(&self) -> Result<Option<u64>, Misuse> {
        Err(not_implemented("content_length"))
    }

    /// See [`WebResponse::content_type`].
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] unless overridden.
    fn content_type(&self) -> Result<Option<Cow<'_, str>>, Misuse> {
        Err(not_implemented("content_type"))
    }

    /// See [`WebResponse::is_from_cache`].
    fn is_from_cache(&self) -> bool {
        false
    }

    /// See [`WebResponse::is_mutually_authenticated`].
    fn is_mutually_authenticated(&self) -> bool {
        false
    }
}

/// The response to a [`WebRequest`](crate::WebRequest).
///
/// It is a handle: clones are the same response. The body is read from
/// [`get_response_stream`](Self::get_response_stream) as it arrives. Read it to its end, drop the
/// response and its streams, or [`close`](Self::close) it: a response that is kept unread keeps
/// its connection, and a service point has only a few.
///
/// .NET: `System.Net.WebResponse`
#[derive(Clone)]
pub struct WebResponse {
    inner: Repr,
}

/// The built-in protocols without a further allocation, the others boxed.
#[derive(Clone)]
enum Repr {
    Http(HttpWebResponse),
    File(FileWebResponse),
    Other(Arc<dyn WebResponseImpl>),
}

impl WebResponse {
    /// Wraps a protocol's response.
    #[must_use]
    pub fn new(response: impl WebResponseImpl) -> Self {
        Self {
            inner: Repr::Other(Arc::new(response)),
        }
    }

    /// A response that consists of these bytes and has neither headers nor an address: enough for
    /// small protocols.
    #[must_use]
    pub fn from_bytes(body: impl Into<Vec<u8>>) -> Self {
        Self::new(BytesResponse {
            body: body.into().into(),
        })
    }

    /// The body, read as it arrives. Calling it again gives a handle to the same stream.
    ///
    /// # Errors
    /// [`Misuse::Disposed`]: the response was closed.
    ///
    /// .NET: `System.Net.WebResponse.GetResponseStream`
    #[doc(alias = "WebResponse.GetResponseStream")]
    pub fn get_response_stream(&self) -> Result<ResponseStream, Misuse> {
        self.as_impl().get_response_stream()
    }

    /// Closes the response and its streams and frees its connection. Closing twice, or after the
    /// stream, is harmless; the properties stay readable.
    ///
    /// .NET: `System.Net.WebResponse.Close`
    #[doc(alias = "WebResponse.Close")]
    pub fn close(&self) {
        self.as_impl().close();
    }

    /// The address that answered, after redirects.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol does not keep it.
    ///
    /// .NET: `System.Net.WebResponse.ResponseUri`
    #[doc(alias = "WebResponse.ResponseUri")]
    pub fn response_uri(&self) -> Result<&Uri, Misuse> {
        self.as_impl().response_uri()
    }

    /// The headers of the response, in the order they came.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol has none.
    ///
    /// .NET: `System.Net.WebResponse.Headers`
    #[doc(alias = "WebResponse.Headers")]
    pub fn headers(&self) -> Result<&WebHeaderCollection, Misuse> {
        self.as_impl().headers()
    }

    /// Whether the protocol has headers.
    ///
    /// .NET: `System.Net.WebResponse.SupportsHeaders`
    #[doc(alias = "WebResponse.SupportsHeaders")]
    #[must_use]
    pub fn supports_headers(&self) -> bool {
        self.as_impl().supports_headers()
    }

    /// The length of the body in bytes; `None` (.NET: -1): not told beforehand.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol does not tell.
    ///
    /// .NET: `System.Net.WebResponse.ContentLength`
    #[doc(alias = "WebResponse.ContentLength")]
    pub fn content_length(&self) -> Result<Option<u64>, Misuse> {
        self.as_impl().content_length()
    }

    /// The media type of the body; `None`: not told.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol does not tell.
    ///
    /// .NET: `System.Net.WebResponse.ContentType`
    #[doc(alias = "WebResponse.ContentType")]
    pub fn content_type(&self) -> Result<Option<Cow<'_, str>>, Misuse> {
        self.as_impl().content_type()
    }

    /// Whether the response came out of the cache.
    ///
    /// .NET: `System.Net.WebResponse.IsFromCache`
    #[doc(alias = "WebResponse.IsFromCache")]
    #[must_use]
    pub fn is_from_cache(&self) -> bool {
        self.as_impl().is_from_cache()
    }

    /// Whether both sides proved who they are.
    ///
    /// .NET: `System.Net.WebResponse.IsMutuallyAuthenticated`
    #[doc(alias = "WebResponse.IsMutuallyAuthenticated")]
    #[must_use]
    pub fn is_mutually_authenticated(&self) -> bool {
        self.as_impl().is_mutually_authenticated()
    }

    /// The response as an HTTP response, if it is one.
    #[must_use]
    pub fn as_http(&self) -> Option<&HttpWebResponse> {
        match &self.inner {
            Repr::Http(response) => Some(response),
            _ => None,
        }
    }

    /// The response as its concrete type.
    #[must_use]
    pub fn downcast_ref<T: WebResponseImpl>(&self) -> Option<&T> {
        (self.as_impl() as &dyn Any).downcast_ref()
    }

    /// Reads the whole body. At most 2 GiB are taken; stream larger ones.
    ///
    /// # Errors
    /// As reading the stream; the status tells which phase failed.
    ///
    /// # Blocking
    /// Until the body has come, each read at most the request's `read_write_timeout`.
    pub fn into_bytes(self) -> Result<Vec<u8>, WebError> {
        let announced = self.content_length().ok().flatten();
        let limit = self.max_in_memory();
        let mut stream = self.get_response_stream()?;
        read_whole(&mut stream, announced, limit).map_err(reading)
    }

    /// Reads the whole body as text, in the character set the content type names, else UTF-8.
    /// Malformed bytes become U+FFFD.
    ///
    /// # Errors
    /// As for [`into_bytes`](Self::into_bytes).
    ///
    /// # Blocking
    /// As there.
    pub fn into_string(self) -> Result<String, WebError> {
        let encoding = crate::text::encoding_of(self.content_type().ok().flatten().as_deref());
        let bytes = self.into_bytes()?;
        Ok(encoding.decode(&bytes).0.into_owned())
    }

    /// The most bytes of the body that may be read into memory by one call.
    pub(crate) fn max_in_memory(&self) -> u64 {
        let limit = self.as_http().and_then(HttpWebResponse::max_in_memory);
        limit.unwrap_or(READ_ALL_LIMIT).min(READ_ALL_LIMIT)
    }

    fn as_impl(&self) -> &dyn WebResponseImpl {
        match &self.inner {
            Repr::Http(response) => response,
            Repr::File(response) => response,
            Repr::Other(response) => &**response,
        }
    }
}

/// The most that is read into memory at once.
pub(crate) const READ_ALL_LIMIT: u64 = 2 << 30;

pub(crate) fn read_whole(
    stream: &mut impl Read,
    announced: Option<u64>,
    limit: u64,
) -> io::Result<Vec<u8>> {
    // An announced length is a hint of the peer's: it may not reserve more than a little.
    let capacity = announced.unwrap_or(0).min(1 << 20);
    let mut bytes = Vec::with_capacity(usize::try_from(capacity).unwrap_or(0));
    stream.take(limit + 1).read_to_end(&mut bytes)?;
    check_in_memory(bytes.len(), limit).map_err(WebError::into_io)?;
    Ok(bytes)
}

/// Whether so many bytes may be held in memory.
pub(crate) fn check_in_memory(length: usize, limit: u64) -> Result<(), WebError> {
    if length as u64 <= limit {
        return Ok(());
    }
    Err(WebError::new(
        WebExceptionStatus::MessageLengthLimitExceeded,
        Phase::ReadingBody,
        format!("the body is longer than {limit} bytes: read it from the stream"),
    ))
}

pub(crate) fn reading(error: io::Error) -> WebError {
    WebError::from_io(
        error,
        WebExceptionStatus::ReceiveFailure,
        Phase::ReadingBody,
    )
}

impl From<HttpWebResponse> for WebResponse {
    fn from(response: HttpWebResponse) -> Self {
        Self {
            inner: Repr::Http(response),
        }
    }
}

impl From<FileWebResponse> for WebResponse {
    fn from(response: FileWebResponse) -> Self {
        Self {
            inner: Repr::File(response),
        }
    }
}

impl fmt::Debug for WebResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebResponse")
            .field(
                "response_uri",
                &self.response_uri().ok().map(without_user_info),
            )
            .field("content_length", &self.content_length().ok())
            .finish_non_exhaustive()
    }
}

fn not_implemented(member: &'static str) -> Misuse {
    Misuse::not_implemented(format!("this protocol does not implement {member}"))
}

/// See [`WebResponse::from_bytes`].
struct BytesResponse {
    body: Arc<[u8]>,
}

impl WebResponseImpl for BytesResponse {
    fn get_response_stream(&self) -> Result<ResponseStream, Misuse> {
        Ok(ResponseStream::from_reader(io::Cursor::new(Arc::clone(
            &self.body,
        ))))
    }

    fn content_length(&self) -> Result<Option<u64>, Misuse> {
        Ok(Some(self.body.len() as u64))
    }
}
