//! The properties of a `WebClient`.

use std::sync::Arc;

use system_net_primitives::{CredentialCache, Credentials, Misuse, WebHeaderCollection};
use system_net_uri::Uri;
use system_net_web_proxy::{DefaultWebProxy, Proxy};

use super::{WebClient, WebRequestHook, WebResponseHook};
use crate::cache_policy::HttpRequestCachePolicy;
use crate::rate_limit::RateLimit;
use crate::retry::RetryPolicy;

impl WebClient {
    /// What relative addresses are relative to.
    ///
    /// .NET: `System.Net.WebClient.BaseAddress`
    #[doc(alias = "WebClient.BaseAddress")]
    #[must_use]
    pub fn base_address(&self) -> Option<&Uri> {
        self.base_address.as_ref()
    }

    /// Sets what relative addresses are relative to.
    pub fn set_base_address(&mut self, base_address: Option<Uri>) {
        self.base_address = base_address;
    }

    /// The name and value pairs that every address without a query gets as its query.
    ///
    /// .NET: `System.Net.WebClient.QueryString`
    #[doc(alias = "WebClient.QueryString")]
    #[must_use]
    pub fn query_string(&self) -> &[(String, String)] {
        &self.query
    }

    /// The query pairs, to change them.
    pub fn query_string_mut(&mut self) -> &mut Vec<(String, String)> {
        &mut self.query
    }

    /// The headers of every request.
    ///
    /// .NET: `System.Net.WebClient.Headers`
    #[doc(alias = "WebClient.Headers")]
    #[must_use]
    pub fn headers(&self) -> &WebHeaderCollection {
        &self.headers
    }

    /// The headers of every request, to change them.
    pub fn headers_mut(&mut self) -> &mut WebHeaderCollection {
        &mut self.headers
    }

    /// The headers of the last response, if its protocol has any.
    ///
    /// .NET: `System.Net.WebClient.ResponseHeaders`
    #[doc(alias = "WebClient.ResponseHeaders")]
    #[must_use]
    pub fn response_headers(&self) -> Option<WebHeaderCollection> {
        self.last_headers().clone()
    }

    /// The credentials to answer challenges with.
    ///
    /// .NET: `System.Net.WebClient.Credentials`
    #[doc(alias = "WebClient.Credentials")]
    #[must_use]
    pub fn credentials(&self) -> Option<&Arc<dyn Credentials>> {
        self.credentials.as_ref()
    }

    /// Sets the credentials.
    pub fn set_credentials(&mut self, credentials: Option<Arc<dyn Credentials>>) {
        self.credentials = credentials;
        self.use_default_credentials = false;
    }

    /// Whether the credentials of the process's user are sent.
    ///
    /// .NET: `System.Net.WebClient.UseDefaultCredentials`
    #[doc(alias = "WebClient.UseDefaultCredentials")]
    #[must_use]
    pub fn use_default_credentials(&self) -> bool {
        self.use_default_credentials
    }

    /// Sends the credentials of the process's user, or none.
    pub fn set_use_default_credentials(&mut self, use_default: bool) {
        self.credentials = use_default.then(CredentialCache::default_credentials);
        self.use_default_credentials = use_default;
    }

    /// The proxy of every request; `None`: they go directly. The default proxy unless set.
    ///
    /// # Errors
    /// As for [`DefaultWebProxy::get`], unless one was set.
    ///
    /// .NET: `System.Net.WebClient.Proxy`
    #[doc(alias = "WebClient.Proxy")]
    pub fn proxy(&self) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
        match &self.proxy {
            Some(proxy) => Ok(proxy.clone()),
            None => DefaultWebProxy::of(&self.context).get(),
        }
    }

    /// Sets the proxy of every request; `None`: they go directly, whatever the default is.
    pub fn set_proxy(&mut self, proxy: Option<Arc<dyn Proxy>>) {
        self.proxy = Some(proxy);
    }

    /// The name of the encoding that text is uploaded in, and downloaded text is read in unless
    /// its content type says otherwise. UTF-8 unless set.
    ///
    /// .NET: `System.Net.WebClient.Encoding`
    #[doc(alias = "WebClient.Encoding")]
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Sets the encoding by its name, for example `utf-8` or `iso-8859-1`.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: there is no such encoding.
    pub fn set_encoding(&mut self, name: &str) -> Result<(), Misuse> {
        self.encoding = crate::text::encoding_named(name)?;
        Ok(())
    }

    /// Whether responses are read into memory before they are handed on, where the protocol can;
    /// not unless set.
    ///
    /// .NET: `System.Net.WebClient.AllowReadStreamBuffering`
    #[doc(alias = "WebClient.AllowReadStreamBuffering")]
    #[must_use]
    pub fn allow_read_stream_buffering(&self) -> bool {
        self.buffering.read
    }

    /// Sets whether responses are read into memory before they are handed on.
    pub fn set_allow_read_stream_buffering(&mut self, allow: bool) {
        self.buffering.read = allow;
    }

    /// Whether what is uploaded is kept, so that it can be sent again after a login or a redirect;
    /// it is unless set.
    ///
    /// .NET: `System.Net.WebClient.AllowWriteStreamBuffering`
    #[doc(alias = "WebClient.AllowWriteStreamBuffering")]
    #[must_use]
    pub fn allow_write_stream_buffering(&self) -> bool {
        self.buffering.write
    }

    /// Sets whether what is uploaded is kept.
    pub fn set_allow_write_stream_buffering(&mut self, allow: bool) {
        self.buffering.write = allow;
    }

    /// Calls `hook` with every request before anything of it is sent, to set what the client has no
    /// property for: a cookie container, a time-out. `None`: nobody. In .NET a class derived from
    /// `WebClient` does so.
    ///
    /// .NET: `System.Net.WebClient.GetWebRequest`
    #[doc(alias = "WebClient.GetWebRequest")]
    pub fn set_get_web_request(&mut self, hook: Option<WebRequestHook>) {
        self.get_web_request = hook;
    }

    /// Calls `hook` with every response before its body is read; what it returns as an error ends
    /// the operation. `None`: nobody.
    ///
    /// .NET: `System.Net.WebClient.GetWebResponse`
    #[doc(alias = "WebClient.GetWebResponse")]
    pub fn set_get_web_response(&mut self, hook: Option<WebResponseHook>) {
        self.get_web_response = hook;
    }

    /// Where responses of HTTP may come from; `None`, as after creation: as the context has it.
    ///
    /// .NET: `System.Net.WebClient.CachePolicy`
    #[doc(alias = "WebClient.CachePolicy")]
    #[must_use]
    pub fn cache_policy(&self) -> Option<HttpRequestCachePolicy> {
        self.cache_policy
    }

    /// Sets where responses of HTTP may come from.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: the policy needs a cache; see [`HttpRequestCachePolicy`].
    pub fn set_cache_policy(
        &mut self,
        policy: Option<HttpRequestCachePolicy>,
    ) -> Result<(), Misuse> {
        self.cache_policy = policy.map(HttpRequestCachePolicy::checked).transpose()?;
        Ok(())
    }

    /// When requests are sent again by themselves; `None`, which is the default: never. See
    /// [`RetryPolicy`].
    #[must_use]
    pub fn retry_policy(&self) -> Option<&RetryPolicy> {
        self.retry.as_ref()
    }

    /// Sets when requests are sent again by themselves.
    pub fn set_retry_policy(&mut self, policy: Option<RetryPolicy>) {
        self.retry = policy;
    }

    /// How fast all downloads of this client together are; `None`, which is the default: without
    /// limit.
    #[must_use]
    pub fn download_rate_limit(&self) -> Option<&RateLimit> {
        self.download_limit.as_ref()
    }

    /// Sets how fast all downloads of this client together are.
    pub fn set_download_rate_limit(&mut self, limit: Option<RateLimit>) {
        self.download_limit = limit;
    }

    /// How fast all uploads of this client together are; `None`, which is the default: without
    /// limit.
    #[must_use]
    pub fn upload_rate_limit(&self) -> Option<&RateLimit> {
        self.upload_limit.as_ref()
    }

    /// Sets how fast all uploads of this client together are.
    pub fn set_upload_rate_limit(&mut self, limit: Option<RateLimit>) {
        self.upload_limit = limit;
    }
}
