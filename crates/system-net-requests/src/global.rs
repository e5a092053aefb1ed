//! The static members of .NET: one-line forwards to the global context. No other module names it.
#![expect(clippy::disallowed_methods, reason = "this is the forwarding module")]

use std::sync::{Arc, Once};

use system_net_config::NetContext;
use system_net_primitives::Misuse;
use system_net_security::authentication::AuthenticationModules;
use system_net_web_proxy::Proxy;

use crate::cache_policy::HttpRequestCachePolicy;
use crate::error::WebError;
use crate::http::{AuthenticationManager, HttpWebRequest};
use crate::service_point::{ServicePoint, ServicePointManager};
use crate::trace;
use crate::web_client::WebClient;
use crate::web_request::{ToUri, WebRequest};
use crate::web_request_impl::WebRequestCreate;

/// The global context, unless its configuration file could not be read: then no request is made
/// with settings nobody wanted. The types it names and nobody has registered by now are told once, in
/// traces; what else in it has no effect is told by whichever class is traced first.
fn global() -> Result<&'static NetContext, WebError> {
    static TOLD: Once = Once::new();
    let context = NetContext::global();
    context.check_configuration()?;
    TOLD.call_once(|| {
        let emitter = trace::class("Configuration");
        for note in context.configuration_notes_of_types(true) {
            emitter.warning("Load", format_args!("{note}"));
        }
    });
    Ok(context)
}

impl AuthenticationManager {
    /// [`of`](Self::of) the global context.
    ///
    /// # Errors
    /// As there, and if the configuration file cannot be read.
    pub fn global() -> Result<Arc<AuthenticationModules>, WebError> {
        Self::of(global()?)
    }
}

impl WebRequest {
    /// [`create_in`](Self::create_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebRequest.Create`
    #[doc(alias = "WebRequest.Create")]
    pub fn create(uri: impl ToUri) -> Result<Self, WebError> {
        Self::create_in(global()?, uri)
    }

    /// [`create_default_in`](Self::create_default_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebRequest.CreateDefault`
    #[doc(alias = "WebRequest.CreateDefault")]
    pub fn create_default(uri: impl ToUri) -> Result<Self, WebError> {
        Self::create_default_in(global()?, uri)
    }

    /// [`create_http_in`](Self::create_http_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebRequest.CreateHttp`
    #[doc(alias = "WebRequest.CreateHttp")]
    pub fn create_http(uri: impl ToUri) -> Result<HttpWebRequest, WebError> {
        Self::create_http_in(global()?, uri)
    }

    /// [`register_prefix_in`](Self::register_prefix_in) the global context.
    ///
    /// .NET: `System.Net.WebRequest.RegisterPrefix`
    #[doc(alias = "WebRequest.RegisterPrefix")]
    pub fn register_prefix(prefix: &str, creator: impl WebRequestCreate + 'static) -> bool {
        Self::register_prefix_in(NetContext::global(), prefix, creator)
    }

    /// [`default_web_proxy_in`](Self::default_web_proxy_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebRequest.DefaultWebProxy`
    #[doc(alias = "WebRequest.DefaultWebProxy")]
    pub fn default_web_proxy() -> Result<Option<Arc<dyn Proxy>>, WebError> {
        Ok(Self::default_web_proxy_in(global()?)?)
    }

    /// [`set_default_web_proxy_in`](Self::set_default_web_proxy_in) the global context.
    pub fn set_default_web_proxy(proxy: Option<Arc<dyn Proxy>>) {
        Self::set_default_web_proxy_in(NetContext::global(), proxy);
    }
}

impl HttpWebRequest {
    /// [`default_cache_policy_in`](Self::default_cache_policy_in) the global context.
    ///
    /// .NET: `System.Net.HttpWebRequest.DefaultCachePolicy`
    #[doc(alias = "HttpWebRequest.DefaultCachePolicy")]
    #[must_use]
    pub fn default_cache_policy() -> HttpRequestCachePolicy {
        Self::default_cache_policy_in(NetContext::global())
    }

    /// [`set_default_cache_policy_in`](Self::set_default_cache_policy_in) the global context.
    ///
    /// # Errors
    /// As there.
    pub fn set_default_cache_policy(policy: HttpRequestCachePolicy) -> Result<(), Misuse> {
        Self::set_default_cache_policy_in(NetContext::global(), policy)
    }

    /// [`default_maximum_response_headers_length_in`][in] the global context.
    ///
    /// .NET: `System.Net.HttpWebRequest.DefaultMaximumResponseHeadersLength`
    ///
    /// [in]: Self::default_maximum_response_headers_length_in
    #[doc(alias = "HttpWebRequest.DefaultMaximumResponseHeadersLength")]
    #[must_use]
    pub fn default_maximum_response_headers_length() -> Option<u32> {
        Self::default_maximum_response_headers_length_in(NetContext::global())
    }

    /// [`set_default_maximum_response_headers_length_in`][in] the global context.
    ///
    /// [in]: Self::set_default_maximum_response_headers_length_in
    pub fn set_default_maximum_response_headers_length(kib: Option<u32>) {
        Self::set_default_maximum_response_headers_length_in(NetContext::global(), kib);
    }

    /// [`default_maximum_error_response_length_in`][in] the global context.
    ///
    /// .NET: `System.Net.HttpWebRequest.DefaultMaximumErrorResponseLength`
    ///
    /// [in]: Self::default_maximum_error_response_length_in
    #[doc(alias = "HttpWebRequest.DefaultMaximumErrorResponseLength")]
    #[must_use]
    pub fn default_maximum_error_response_length() -> Option<u32> {
        Self::default_maximum_error_response_length_in(NetContext::global())
    }

    /// [`set_default_maximum_error_response_length_in`][in] the global context.
    ///
    /// [in]: Self::set_default_maximum_error_response_length_in
    pub fn set_default_maximum_error_response_length(kib: Option<u32>) {
        Self::set_default_maximum_error_response_length_in(NetContext::global(), kib);
    }
}

impl ServicePointManager {
    /// The manager of the global context.
    #[must_use]
    pub fn global() -> Arc<Self> {
        Self::of(NetContext::global())
    }

    /// [`ServicePointManager::find`] in the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.ServicePointManager.FindServicePoint`
    #[doc(alias = "ServicePointManager.FindServicePoint")]
    pub fn find_service_point(uri: impl ToUri) -> Result<Arc<ServicePoint>, WebError> {
        Self::global().find(uri)
    }

    /// [`ServicePointManager::find_with_proxy`] in the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.ServicePointManager.FindServicePoint`
    #[doc(alias = "ServicePointManager.FindServicePoint")]
    pub fn find_service_point_with_proxy(
        uri: impl ToUri,
        proxy: Option<&dyn Proxy>,
    ) -> Result<Arc<ServicePoint>, WebError> {
        Self::global().find_with_proxy(uri, proxy)
    }
}

impl WebClient {
    /// A client in the global context.
    ///
    /// .NET: `System.Net.WebClient.#ctor`
    #[doc(alias = "WebClient")]
    #[must_use]
    pub fn new() -> Self {
        Self::new_in(NetContext::global())
    }
}

impl Default for WebClient {
    fn default() -> Self {
        Self::new()
    }
}
