//! `WebRequestImpl`: what the author of a protocol implements to be reached through `WebRequest`.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_primitives::{Credentials, Misuse, WebHeaderCollection};
use system_net_uri::Uri;
use system_net_web_proxy::Proxy;

use crate::abort::AbortHandle;
use crate::blocking::BoxFuture;
use crate::error::WebError;
use crate::streams::RequestStream;
use crate::{WebRequest, WebResponse};

/// Makes requests for the addresses a prefix was registered for.
///
/// ```
/// use system_net_config::NetContext;
/// use system_net_requests::{BoxFuture, WebError, WebRequest, WebRequestCreate, WebRequestImpl, WebResponse};
/// use system_net_uri::Uri;
///
/// struct EchoRequest;
/// impl WebRequestImpl for EchoRequest {
///     fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>> {
///         Box::pin(async { Ok(WebResponse::from_bytes("hello")) })
///     }
/// }
///
/// struct EchoCreator;
/// impl WebRequestCreate for EchoCreator {
///     fn create(&self, _context: &NetContext, _uri: &Uri) -> Result<WebRequest, WebError> {
///         Ok(WebRequest::new(EchoRequest))
///     }
/// }
///
/// let context = NetContext::new();
/// assert!(WebRequest::register_prefix_in(&context, "echo", EchoCreator));
/// let response = WebRequest::create_in(&context, "echo:anything")?.get_response()?;
/// assert_eq!(response.into_string()?, "hello");
/// # Ok::<(), WebError>(())
/// ```
///
/// .NET: `System.Net.IWebRequestCreate`
#[doc(alias = "IWebRequestCreate")]
pub trait WebRequestCreate: Send + Sync {
    /// Makes a request that can run a whole transaction with no property set.
    ///
    /// # Errors
    /// The address is not one this protocol can serve.
    ///
    /// .NET: `System.Net.IWebRequestCreate.Create`
    #[doc(alias = "IWebRequestCreate.Create")]
    fn create(&self, context: &NetContext, uri: &Uri) -> Result<WebRequest, WebError>;
}

/// A request of some protocol, behind [`WebRequest`].
///
/// Only [`send_async`](Self::send_async) is required. Every other member has a default that
/// returns [`Misuse::NotImplemented`]; a protocol overrides what it can honour, and returns
/// [`Misuse::NotSupported`] for a property that makes no sense for it.
///
/// The blocking calls, the Begin/End pairs and the time-out come from [`WebRequest`], over the
/// futures of this trait.
///
/// .NET: the virtual members of `System.Net.WebRequest`
pub trait WebRequestImpl: Any + Send + Sync {
    /// Sends the request and gives the response. The future owns all it needs; dropping it cancels
    /// the request and leaves nothing behind.
    fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>>;

    /// Opens the stream for the body of the request.
    fn open_request_stream_async(&mut self) -> BoxFuture<Result<RequestStream, WebError>> {
        let error = not_implemented("get_request_stream");
        Box::pin(async move { Err(error.into()) })
    }

    /// See [`WebRequest::request_uri`].
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] unless overridden; the same holds for every member below.
    fn request_uri(&self) -> Result<&Uri, Misuse> {
        Err(not_implemented("request_uri"))
    }

    /// See [`WebRequest::method`].
    fn method(&self) -> Result<&str, Misuse> {
        Err(not_implemented("method"))
    }

    /// See [`WebRequest::set_method`].
    fn set_method(&mut self, _method: &str) -> Result<(), Misuse> {
        Err(not_implemented("set_method"))
    }

    /// See [`WebRequest::headers`].
    fn headers(&self) -> Result<&WebHeaderCollection, Misuse> {
        Err(not_implemented("headers"))
    }

    /// See [`WebRequest::headers_mut`].
    fn headers_mut(&mut self) -> Result<&mut WebHeaderCollection, Misuse> {
        Err(not_implemented("headers_mut"))
    }

    /// See [`WebRequest::content_length`].
    fn content_length(&self) -> Result<Option<u64>, Misuse> {
        Err(not_implemented("content_length"))
    }

    /// See [`WebRequest::set_content_length`].
    fn set_content_length(&mut self, _length: u64) -> Result<(), Misuse> {
        Err(not_implemented("set_content_length"))
    }

    /// See [`WebRequest::content_type`].
    fn content_type(&self) -> Result<Option<String>, Misuse> {
        Err(not_implemented("content_type"))
    }

    /// See [`WebRequest::set_content_type`].
    fn set_content_type(&mut self, _content_type: Option<&str>) -> Result<(), Misuse> {
        Err(not_implemented("set_content_type"))
    }

    /// See [`WebRequest::credentials`].
    fn credentials(&self) -> Result<Option<Arc<dyn Credentials>>, Misuse> {
        Err(not_implemented("credentials"))
    }

    /// See [`WebRequest::set_credentials`].
    fn set_credentials(
        &mut self,
        _credentials: Option<Arc<dyn Credentials>>,
    ) -> Result<(), Misuse> {
        Err(not_implemented("set_credentials"))
    }

    /// See [`WebRequest::use_default_credentials`].
    fn use_default_credentials(&self) -> Result<bool, Misuse> {
        Err(not_implemented("use_default_credentials"))
    }

    /// See [`WebRequest::set_use_default_credentials`].
    fn set_use_default_credentials(&mut self, _use_default: bool) -> Result<(), Misuse> {
        Err(not_implemented("set_use_default_credentials"))
    }

    /// See [`WebRequest::pre_authenticate`].
    fn pre_authenticate(&self) -> Result<bool, Misuse> {
        Err(not_implemented("pre_authenticate"))
    }

    /// See [`WebRequest::set_pre_authenticate`].
    fn set_pre_authenticate(&mut self, _pre_authenticate: bool) -> Result<(), Misuse> {
        Err(not_implemented("set_pre_authenticate"))
    }

    /// See [`WebRequest::proxy`].
    fn proxy(&self) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
        Err(not_implemented("proxy"))
    }

    /// See [`WebRequest::set_proxy`].
    fn set_proxy(&mut self, _proxy: Option<Arc<dyn Proxy>>) -> Result<(), Misuse> {
        Err(not_implemented("set_proxy"))
    }

    /// See [`WebRequest::connection_group_name`].
    fn connection_group_name(&self) -> Result<Option<&str>, Misuse> {
        Err(not_implemented("connection_group_name"))
    }

    /// See [`WebRequest::set_connection_group_name`].
    fn set_connection_group_name(&mut self, _name: Option<&str>) -> Result<(), Misuse> {
        Err(not_implemented("set_connection_group_name"))
    }

    /// See [`WebRequest::timeout`].
    fn timeout(&self) -> Result<Option<Duration>, Misuse> {
        Err(not_implemented("timeout"))
    }

    /// See [`WebRequest::set_timeout`].
    fn set_timeout(&mut self, _timeout: Option<Duration>) -> Result<(), Misuse> {
        Err(not_implemented("set_timeout"))
    }

    /// See [`WebRequest::abort_handle`].
    fn abort_handle(&self) -> Result<AbortHandle, Misuse> {
        Err(not_implemented("abort_handle"))
    }
}

fn not_implemented(member: &'static str) -> Misuse {
    Misuse::not_implemented(format!("this protocol does not implement {member}"))
}
