//! `WebRequest`: one request API over every registered scheme.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_diagnostics::Call;
use system_net_primitives::{
    AsyncCallback, AsyncResult, AsyncState, Credentials, Misuse, WebHeaderCollection,
};
use system_net_uri::{Uri, UriFormatError, UriKind, UriSettings};
use system_net_web_proxy::{DefaultWebProxy, Proxy, WebProxy};

use crate::abort::AbortHandle;
use crate::blocking::{BoxFuture, block_on_within};
use crate::error::{WebError, without_user_info};
use crate::http::HttpWebRequest;
use crate::registry::Registry;
use crate::streams::RequestStream;
use crate::trace;
use crate::web_request_impl::{WebRequestCreate, WebRequestImpl};
use crate::web_response::WebResponse;

/// A request to an address, of the protocol its scheme names.
///
/// [`create`](Self::create) finds the protocol by the longest registered prefix: `http:`, `https:`
/// and `file:` are built in, others are added with [`register_prefix`](Self::register_prefix).
/// Properties are set first; [`get_response`](Self::get_response) or its asynchronous twins then
/// send. A request is for one use: once it is sent, its properties cannot be changed.
///
/// # Blocking
/// The blocking calls need no runtime and work inside one. They wait at most
/// [`timeout`](Self::timeout).
///
/// .NET: `System.Net.WebRequest`
pub struct WebRequest {
    inner: Box<dyn WebRequestImpl>,
}

/// What an address can be given as: text, or a [`Uri`].
pub trait ToUri {
    /// The address.
    ///
    /// # Errors
    /// The text is not an absolute URI.
    fn to_uri(&self) -> Result<Uri, UriFormatError>;

    /// The address, read as a context reads addresses. What is a [`Uri`] already stays as it was
    /// read.
    ///
    /// # Errors
    /// The text is not an absolute URI.
    fn to_uri_in(&self, settings: &UriSettings) -> Result<Uri, UriFormatError> {
        let _ = settings;
        self.to_uri()
    }
}

impl ToUri for str {
    fn to_uri(&self) -> Result<Uri, UriFormatError> {
        Uri::parse(self)
    }

    fn to_uri_in(&self, settings: &UriSettings) -> Result<Uri, UriFormatError> {
        Uri::parse_in(self, UriKind::Absolute, settings)
    }
}

impl ToUri for String {
    fn to_uri(&self) -> Result<Uri, UriFormatError> {
        Uri::parse(self)
    }

    fn to_uri_in(&self, settings: &UriSettings) -> Result<Uri, UriFormatError> {
        self.as_str().to_uri_in(settings)
    }
}

impl ToUri for Uri {
    fn to_uri(&self) -> Result<Uri, UriFormatError> {
        Ok(self.clone())
    }
}

impl<T: ToUri + ?Sized> ToUri for &T {
    fn to_uri(&self) -> Result<Uri, UriFormatError> {
        (**self).to_uri()
    }

    fn to_uri_in(&self, settings: &UriSettings) -> Result<Uri, UriFormatError> {
        (**self).to_uri_in(settings)
    }
}

impl WebRequest {
    /// Wraps a protocol's request; what a [`WebRequestCreate`] returns.
    #[must_use]
    pub fn new(request: impl WebRequestImpl) -> Self {
        Self {
            inner: Box::new(request),
        }
    }

    /// Makes a request for an address, in a context.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// [`uri_format`](WebError::uri_format): the text is not an absolute URI.
    /// [`Misuse::NotSupported`]: no protocol is registered for the address.
    ///
    /// .NET: `System.Net.WebRequest.Create`
    pub fn create_in(context: &NetContext, uri: impl ToUri) -> Result<Self, WebError> {
        let uri = uri.to_uri_in(&context.uri_settings())?;
        Self::traced("Create", &uri, || {
            Registry::of(context).create(context, &uri)
        })
    }

    /// Makes a request for an address, by its scheme alone: prefixes that name a server or a path
    /// are passed over.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As for [`create_in`](Self::create_in).
    ///
    /// .NET: `System.Net.WebRequest.CreateDefault`
    pub fn create_default_in(context: &NetContext, uri: impl ToUri) -> Result<Self, WebError> {
        let uri = uri.to_uri_in(&context.uri_settings())?;
        Self::traced("CreateDefault", &uri, || {
            Registry::of(context).create_default(context, &uri)
        })
    }

    #[inline]
    fn traced(
        method: &'static str,
        uri: &Uri,
        make: impl FnOnce() -> Result<Self, WebError>,
    ) -> Result<Self, WebError> {
        match trace::heard() {
            false => make(),
            true => Self::made(method, uri, make),
        }
    }

    #[cold]
    #[inline(never)]
    fn made(
        method: &'static str,
        uri: &Uri,
        make: impl FnOnce() -> Result<Self, WebError>,
    ) -> Result<Self, WebError> {
        let uri = trace::Address(uri);
        let call = trace::class("WebRequest").enter(method, format_args!("{uri}"));
        let made = make();
        call.exit_result(&made, |made| {
            trace::Shown(made.as_http().map(|http| http.trace().name()))
        });
        made
    }

    /// Makes an HTTP request, of the concrete type.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// [`uri_format`](WebError::uri_format): the text is not an absolute URI.
    /// [`Misuse::NotSupported`]: its scheme is neither `http` nor `https`.
    ///
    /// .NET: `System.Net.WebRequest.CreateHttp`
    pub fn create_http_in(
        context: &NetContext,
        uri: impl ToUri,
    ) -> Result<HttpWebRequest, WebError> {
        let uri = uri.to_uri_in(&context.uri_settings())?;
        let call = trace::class("WebRequest")
            .enter("CreateHttp", format_args!("{}", trace::Address(&uri)));
        let made = HttpWebRequest::create_in(context, uri);
        call.exit_result(&made, |made| made.trace().name());
        made
    }

    /// Registers a creator for a prefix of addresses: a scheme, a scheme and server, or those and a
    /// path. The longest prefix wins; letter case does not matter; a prefix without a colon is a
    /// whole scheme.
    ///
    /// Returns false, and changes nothing, if the prefix is registered already.
    ///
    /// .NET: `System.Net.WebRequest.RegisterPrefix`
    pub fn register_prefix_in(
        context: &NetContext,
        prefix: &str,
        creator: impl WebRequestCreate + 'static,
    ) -> bool {
        Registry::of(context).register(prefix, Arc::new(creator))
    }

    /// Sends the request and waits for the head of the response; its body is read later.
    ///
    /// Calling it again gives the same response, as long as that is held somewhere.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// Anything that went wrong on the way, with its status; a response that says there was an
    /// error is in [`WebError::response`].
    ///
    /// # Blocking
    /// At most [`timeout`](Self::timeout) (100 s unless set).
    ///
    /// .NET: `System.Net.WebRequest.GetResponse`
    #[doc(alias = "WebRequest.GetResponse")]
    pub fn get_response(&mut self) -> Result<WebResponse, WebError> {
        let call = trace::enter(self, "GetResponse");
        let (timeout, abort) = self.limits();
        let result = block_on_within(timeout, abort.as_ref(), self.inner.send_async())
            .map_err(|error| self.named(error));
        trace::exit_with_response(call, &result);
        result
    }

    /// [`get_response`](Self::get_response) for asynchronous code. It has no time-out of its own;
    /// dropping the future cancels the request.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebRequest.GetResponseAsync`
    #[doc(alias = "WebRequest.GetResponseAsync")]
    pub async fn get_response_async(&mut self) -> Result<WebResponse, WebError> {
        let sending = self.inner.send_async();
        if trace::heard() {
            // Boxed, so that the future of the usual path stays small.
            return Box::pin(self.traced_response("GetResponseAsync", sending)).await;
        }
        sending.await
    }

    async fn traced_response(
        &self,
        method: &'static str,
        sending: BoxFuture<Result<WebResponse, WebError>>,
    ) -> Result<WebResponse, WebError> {
        let call = trace::enter(self, method);
        let result = sending.await;
        trace::exit_with_response(call, &result);
        result
    }

    /// Starts [`get_response`](Self::get_response) on the background runtime. `callback` is called
    /// there, once. The time-out does not apply; [`abort`](Self::abort) ends it.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.WebRequest.BeginGetResponse`
    #[doc(alias = "WebRequest.BeginGetResponse")]
    pub fn begin_get_response(
        &mut self,
        callback: Option<AsyncCallback<Result<WebResponse, WebError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<WebResponse, WebError>> {
        let _call = trace::enter(self, "BeginGetResponse");
        system_net_runtime::begin(self.inner.send_async(), callback, state)
    }

    /// Waits for what [`begin_get_response`](Self::begin_get_response) started and takes its result.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As for `get_response`; [`Misuse::InvalidOperation`] if it was taken before.
    ///
    /// .NET: `System.Net.WebRequest.EndGetResponse`
    #[doc(alias = "WebRequest.EndGetResponse")]
    pub fn end_get_response(
        &self,
        result: &AsyncResult<Result<WebResponse, WebError>>,
    ) -> Result<WebResponse, WebError> {
        let call = trace::enter(self, "EndGetResponse");
        let result = end(result, self.inner.abort_handle().ok().as_ref());
        trace::exit_with_response(call, &result);
        result
    }

    /// Opens the stream for the body of the request.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As for `get_response`; [`Misuse::InvalidOperation`] if the method takes no body or the
    /// request was sent.
    ///
    /// # Blocking
    /// May connect and send the head of the request; at most [`timeout`](Self::timeout).
    ///
    /// .NET: `System.Net.WebRequest.GetRequestStream`
    #[doc(alias = "WebRequest.GetRequestStream")]
    pub fn get_request_stream(&mut self) -> Result<RequestStream, WebError> {
        let call = trace::enter(self, "GetRequestStream");
        let (timeout, abort) = self.limits();
        let stream = self.inner.open_request_stream_async();
        let result = block_on_within(timeout, abort.as_ref(), stream);
        let result = result.map_err(|error| self.named(error));
        self.exit_with_stream(call, &result);
        result
    }

    /// [`get_request_stream`](Self::get_request_stream) for asynchronous code.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebRequest.GetRequestStreamAsync`
    #[doc(alias = "WebRequest.GetRequestStreamAsync")]
    pub async fn get_request_stream_async(&mut self) -> Result<RequestStream, WebError> {
        let call = trace::enter(self, "GetRequestStreamAsync");
        let result = self.inner.open_request_stream_async().await;
        self.exit_with_stream(call, &result);
        result
    }

    /// Starts [`get_request_stream`](Self::get_request_stream) on the background runtime.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.WebRequest.BeginGetRequestStream`
    #[doc(alias = "WebRequest.BeginGetRequestStream")]
    pub fn begin_get_request_stream(
        &mut self,
        callback: Option<AsyncCallback<Result<RequestStream, WebError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<RequestStream, WebError>> {
        let _call = trace::enter(self, "BeginGetRequestStream");
        system_net_runtime::begin(self.inner.open_request_stream_async(), callback, state)
    }

    /// Waits for what [`begin_get_request_stream`](Self::begin_get_request_stream) started.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As for `get_request_stream`; [`Misuse::InvalidOperation`] if it was taken before.
    ///
    /// .NET: `System.Net.WebRequest.EndGetRequestStream`
    #[doc(alias = "WebRequest.EndGetRequestStream")]
    pub fn end_get_request_stream(
        &self,
        result: &AsyncResult<Result<RequestStream, WebError>>,
    ) -> Result<RequestStream, WebError> {
        let call = trace::enter(self, "EndGetRequestStream");
        let result = end(result, self.inner.abort_handle().ok().as_ref());
        self.exit_with_stream(call, &result);
        result
    }

    #[inline]
    fn exit_with_stream(&self, call: Call, result: &Result<RequestStream, WebError>) {
        call.exit_result(result, |_| {
            trace::Shown(self.as_http().map(HttpWebRequest::stream_name))
        });
    }

    /// Cancels the request, in whatever phase it is. See also [`abort_handle`](Self::abort_handle).
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol cannot be cancelled.
    ///
    /// .NET: `System.Net.WebRequest.Abort`
    #[doc(alias = "WebRequest.Abort")]
    pub fn abort(&self) -> Result<(), Misuse> {
        let _call = trace::enter(self, "Abort");
        self.inner.abort_handle().map(|handle| handle.abort())
    }

    /// A handle with which another thread can cancel the request.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol cannot be cancelled.
    pub fn abort_handle(&self) -> Result<AbortHandle, Misuse> {
        self.inner.abort_handle()
    }

    /// The address the request was made for. A response after redirects has its own,
    /// [`WebResponse::response_uri`].
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol does not keep it.
    ///
    /// .NET: `System.Net.WebRequest.RequestUri`
    #[doc(alias = "WebRequest.RequestUri")]
    pub fn request_uri(&self) -> Result<&Uri, Misuse> {
        self.inner.request_uri()
    }

    /// The verb. `GET` unless set, for every built-in protocol.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol has no verbs.
    ///
    /// .NET: `System.Net.WebRequest.Method`
    #[doc(alias = "WebRequest.Method")]
    pub fn method(&self) -> Result<&str, Misuse> {
        self.inner.method()
    }

    /// Sets the verb.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: it is empty or not a token. [`Misuse::InvalidOperation`]: the
    /// request was sent.
    pub fn set_method(&mut self, method: &str) -> Result<(), Misuse> {
        self.inner.set_method(method)
    }

    /// The headers to send.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] or [`Misuse::NotSupported`] if the protocol has none.
    ///
    /// .NET: `System.Net.WebRequest.Headers`
    #[doc(alias = "WebRequest.Headers")]
    pub fn headers(&self) -> Result<&WebHeaderCollection, Misuse> {
        self.inner.headers()
    }

    /// The headers to send, to change them. Headers that have a property of their own are refused
    /// by the collection.
    ///
    /// # Errors
    /// As for [`headers`](Self::headers); [`Misuse::InvalidOperation`]: the request was sent.
    pub fn headers_mut(&mut self) -> Result<&mut WebHeaderCollection, Misuse> {
        self.inner.headers_mut()
    }

    /// The announced length of the body in bytes; `None` (.NET: -1): not known.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol sends no bodies.
    ///
    /// .NET: `System.Net.WebRequest.ContentLength`
    #[doc(alias = "WebRequest.ContentLength")]
    pub fn content_length(&self) -> Result<Option<u64>, Misuse> {
        self.inner.content_length()
    }

    /// Announces the length of the body. Exactly so much must then be written.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_content_length(&mut self, length: u64) -> Result<(), Misuse> {
        self.inner.set_content_length(length)
    }

    /// The media type of the body.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] if the protocol has none.
    ///
    /// .NET: `System.Net.WebRequest.ContentType`
    #[doc(alias = "WebRequest.ContentType")]
    pub fn content_type(&self) -> Result<Option<String>, Misuse> {
        self.inner.content_type()
    }

    /// Sets the media type of the body; `None` removes it.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: it cannot stand in a header. [`Misuse::InvalidOperation`]: the
    /// request was sent.
    pub fn set_content_type(&mut self, content_type: Option<&str>) -> Result<(), Misuse> {
        self.inner.set_content_type(content_type)
    }

    /// The credentials to answer a challenge with.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol has no login.
    ///
    /// .NET: `System.Net.WebRequest.Credentials`
    #[doc(alias = "WebRequest.Credentials")]
    pub fn credentials(&self) -> Result<Option<Arc<dyn Credentials>>, Misuse> {
        self.inner.credentials()
    }

    /// Sets the credentials; `None` sends none.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_credentials(
        &mut self,
        credentials: Option<Arc<dyn Credentials>>,
    ) -> Result<(), Misuse> {
        self.inner.set_credentials(credentials)
    }

    /// Whether the credentials of the process's user are sent.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] for `file:`.
    ///
    /// .NET: `System.Net.WebRequest.UseDefaultCredentials`
    #[doc(alias = "WebRequest.UseDefaultCredentials")]
    pub fn use_default_credentials(&self) -> Result<bool, Misuse> {
        self.inner.use_default_credentials()
    }

    /// Sends the credentials of the process's user, or none.
    ///
    /// # Errors
    /// As for the getter; [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_use_default_credentials(&mut self, use_default: bool) -> Result<(), Misuse> {
        self.inner.set_use_default_credentials(use_default)
    }

    /// Whether credentials are sent with the first request to a place below one that asked for
    /// them before.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol has no login.
    ///
    /// .NET: `System.Net.WebRequest.PreAuthenticate`
    #[doc(alias = "WebRequest.PreAuthenticate")]
    pub fn pre_authenticate(&self) -> Result<bool, Misuse> {
        self.inner.pre_authenticate()
    }

    /// Sends credentials before they are asked for, where they were asked for before, or not.
    ///
    /// # Errors
    /// As for the getter; [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_pre_authenticate(&mut self, pre_authenticate: bool) -> Result<(), Misuse> {
        self.inner.set_pre_authenticate(pre_authenticate)
    }

    /// The proxy the request goes through; `None`: directly. That of
    /// [`default_web_proxy`](Self::default_web_proxy) when the request was made, unless set.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol knows no proxies.
    ///
    /// .NET: `System.Net.WebRequest.Proxy`
    #[doc(alias = "WebRequest.Proxy")]
    pub fn proxy(&self) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
        self.inner.proxy()
    }

    /// Sets the proxy the request goes through; `None`: directly, whatever the default is.
    ///
    /// # Errors
    /// As for the getter; [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_proxy(&mut self, proxy: Option<Arc<dyn Proxy>>) -> Result<(), Misuse> {
        self.inner.set_proxy(proxy)
    }

    /// The proxy of a context's requests that set none; `None`: they go directly. What was set, else
    /// what `<defaultProxy>` of the configuration and the system say: see [`DefaultWebProxy`].
    ///
    /// # Errors
    /// As for [`DefaultWebProxy::get`].
    ///
    /// .NET: `System.Net.WebRequest.DefaultWebProxy`
    pub fn default_web_proxy_in(context: &NetContext) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
        DefaultWebProxy::of(context).get()
    }

    /// Sets the proxy of a context's requests that set none; requests made before keep theirs.
    ///
    /// .NET: `System.Net.WebRequest.DefaultWebProxy`
    pub fn set_default_web_proxy_in(context: &NetContext, proxy: Option<Arc<dyn Proxy>>) {
        DefaultWebProxy::of(context).set(proxy);
    }

    /// The proxy of the system, whatever the configuration says: [`WebProxy::system`].
    ///
    /// .NET: `System.Net.WebRequest.GetSystemWebProxy`
    #[doc(alias = "WebRequest.GetSystemWebProxy")]
    #[must_use]
    pub fn get_system_web_proxy() -> Arc<dyn Proxy> {
        Arc::new(WebProxy::system())
    }

    /// The group of connections this request may use; requests of other groups never share one
    /// with it. `None`: the unnamed group.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol pools no connections.
    ///
    /// .NET: `System.Net.WebRequest.ConnectionGroupName`
    #[doc(alias = "WebRequest.ConnectionGroupName")]
    pub fn connection_group_name(&self) -> Result<Option<&str>, Misuse> {
        self.inner.connection_group_name()
    }

    /// Names the group of connections.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_connection_group_name(&mut self, name: Option<&str>) -> Result<(), Misuse> {
        self.inner.set_connection_group_name(name)
    }

    /// How long the blocking calls wait; `None` (.NET: -1): without limit. 100 s unless set. The
    /// asynchronous calls and Begin/End have no time-out; they are ended by dropping the future
    /// or by [`abort`](Self::abort).
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol has no time-outs.
    ///
    /// .NET: `System.Net.WebRequest.Timeout` (there in milliseconds)
    #[doc(alias = "WebRequest.Timeout")]
    pub fn timeout(&self) -> Result<Option<Duration>, Misuse> {
        self.inner.timeout()
    }

    /// Sets how long the blocking calls wait.
    ///
    /// # Errors
    /// As for the getter.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<(), Misuse> {
        self.inner.set_timeout(timeout)
    }

    /// The request as an HTTP request, if it is one.
    #[must_use]
    pub fn as_http(&self) -> Option<&HttpWebRequest> {
        self.downcast_ref()
    }

    /// The request as an HTTP request, if it is one, to set HTTP's own properties.
    pub fn as_http_mut(&mut self) -> Option<&mut HttpWebRequest> {
        self.downcast_mut()
    }

    /// The request as its concrete type.
    #[must_use]
    pub fn downcast_ref<T: WebRequestImpl>(&self) -> Option<&T> {
        (&*self.inner as &dyn Any).downcast_ref()
    }

    /// The request as its concrete type, to change it.
    pub fn downcast_mut<T: WebRequestImpl>(&mut self) -> Option<&mut T> {
        (&mut *self.inner as &mut dyn Any).downcast_mut()
    }

    /// Turns the request into its concrete type.
    ///
    /// # Errors
    /// The request itself, if it is of another type.
    pub fn downcast<T: WebRequestImpl>(self) -> Result<T, Self> {
        if self.downcast_ref::<T>().is_none() {
            return Err(self);
        }
        let inner: Box<dyn Any> = self.inner;
        Ok(*inner.downcast().expect("the type was checked above"))
    }

    /// The error with the request's address, if that is known.
    fn named(&self, error: WebError) -> WebError {
        match self.inner.request_uri() {
            Ok(uri) => error.with_uri(uri),
            Err(_) => error,
        }
    }

    /// The time-out and the abort handle, for the blocking calls; none where the protocol has none.
    fn limits(&self) -> (Option<Duration>, Option<AbortHandle>) {
        (
            self.inner.timeout().ok().flatten(),
            self.inner.abort_handle().ok(),
        )
    }
}

impl From<HttpWebRequest> for WebRequest {
    fn from(request: HttpWebRequest) -> Self {
        Self::new(request)
    }
}

impl fmt::Debug for WebRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebRequest")
            .field("method", &self.inner.method().ok())
            .field(
                "request_uri",
                &self.inner.request_uri().ok().map(without_user_info),
            )
            .finish_non_exhaustive()
    }
}

/// The End half of a Begin/End pair: after an abort the answer is `RequestCanceled`, whatever the
/// operation itself came to.
pub(crate) fn end<T>(
    result: &AsyncResult<Result<T, WebError>>,
    abort: Option<&AbortHandle>,
) -> Result<T, WebError> {
    let outcome = result.end()?;
    if let Some(abort) = abort {
        abort.check()?;
    }
    outcome
}
