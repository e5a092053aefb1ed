//! `WebRequest`: one request API over every registered scheme.

mod calls;
mod properties;
mod to_uri;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use system_net_config::NetContext;
use system_net_primitives::Misuse;
use system_net_uri::Uri;
use system_net_web_proxy::{DefaultWebProxy, Proxy, WebProxy};

pub(crate) use self::calls::end;
pub use self::to_uri::ToUri;
use crate::error::{WebError, without_user_info};
use crate::http::HttpWebRequest;
use crate::registry::Registry;
use crate::trace;
use crate::web_request_impl::{WebRequestCreate, WebRequestImpl};

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
    inner: Repr,
}

/// HTTP's own request stands in it as it is: neither it nor its future needs a box.
enum Repr {
    Http(HttpWebRequest),
    Other(Box<dyn WebRequestImpl>),
}

impl WebRequest {
    /// Wraps a protocol's request; what a [`WebRequestCreate`] returns.
    #[must_use]
    pub fn new(request: impl WebRequestImpl) -> Self {
        Self {
            inner: Repr::Other(Box::new(request)),
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
        (self.as_impl() as &dyn Any).downcast_ref()
    }

    /// The request as its concrete type, to change it.
    pub fn downcast_mut<T: WebRequestImpl>(&mut self) -> Option<&mut T> {
        (self.as_impl_mut() as &mut dyn Any).downcast_mut()
    }

    /// Turns the request into its concrete type.
    ///
    /// # Errors
    /// The request itself, if it is of another type.
    pub fn downcast<T: WebRequestImpl>(self) -> Result<T, Self> {
        if self.downcast_ref::<T>().is_none() {
            return Err(self);
        }
        let inner: Box<dyn Any> = match self.inner {
            Repr::Http(request) => Box::new(request),
            Repr::Other(request) => request,
        };
        Ok(*inner.downcast().expect("the type was checked above"))
    }

    fn as_impl(&self) -> &dyn WebRequestImpl {
        match &self.inner {
            Repr::Http(request) => request,
            Repr::Other(request) => &**request,
        }
    }

    fn as_impl_mut(&mut self) -> &mut dyn WebRequestImpl {
        match &mut self.inner {
            Repr::Http(request) => request,
            Repr::Other(request) => &mut **request,
        }
    }
}

impl From<HttpWebRequest> for WebRequest {
    fn from(request: HttpWebRequest) -> Self {
        Self {
            inner: Repr::Http(request),
        }
    }
}

impl fmt::Debug for WebRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebRequest")
            .field("method", &self.as_impl().method().ok())
            .field(
                "request_uri",
                &self.as_impl().request_uri().ok().map(without_user_info),
            )
            .finish_non_exhaustive()
    }
}
