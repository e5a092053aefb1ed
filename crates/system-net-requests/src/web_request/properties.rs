//! The properties of a request: forwards to its protocol.

use std::sync::Arc;
use std::time::Duration;

use system_net_primitives::{Credentials, Misuse, WebHeaderCollection};
use system_net_uri::Uri;
use system_net_web_proxy::Proxy;

use super::WebRequest;

impl WebRequest {
    /// The address the request was made for. A response after redirects has its own,
    /// [`WebResponse::response_uri`](crate::WebResponse::response_uri).
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol does not keep it.
    ///
    /// .NET: `System.Net.WebRequest.RequestUri`
    #[doc(alias = "WebRequest.RequestUri")]
    pub fn request_uri(&self) -> Result<&Uri, Misuse> {
        self.as_impl().request_uri()
    }

    /// The verb. `GET` unless set, for every built-in protocol.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol has no verbs.
    ///
    /// .NET: `System.Net.WebRequest.Method`
    #[doc(alias = "WebRequest.Method")]
    pub fn method(&self) -> Result<&str, Misuse> {
        self.as_impl().method()
    }

    /// Sets the verb.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: it is empty or not a token. [`Misuse::InvalidOperation`]: the
    /// request was sent.
    pub fn set_method(&mut self, method: &str) -> Result<(), Misuse> {
        self.as_impl_mut().set_method(method)
    }

    /// The headers to send.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] or [`Misuse::NotSupported`] if the protocol has none.
    ///
    /// .NET: `System.Net.WebRequest.Headers`
    #[doc(alias = "WebRequest.Headers")]
    pub fn headers(&self) -> Result<&WebHeaderCollection, Misuse> {
        self.as_impl().headers()
    }

    /// The headers to send, to change them. Headers that have a property of their own are refused
    /// by the collection.
    ///
    /// # Errors
    /// As for [`headers`](Self::headers); [`Misuse::InvalidOperation`]: the request was sent.
    pub fn headers_mut(&mut self) -> Result<&mut WebHeaderCollection, Misuse> {
        self.as_impl_mut().headers_mut()
    }

    /// The announced length of the body in bytes; `None` (.NET: -1): not known.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol sends no bodies.
    ///
    /// .NET: `System.Net.WebRequest.ContentLength`
    #[doc(alias = "WebRequest.ContentLength")]
    pub fn content_length(&self) -> Result<Option<u64>, Misuse> {
        self.as_impl().content_length()
    }

    /// Announces the length of the body. Exactly so much must then be written.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_content_length(&mut self, length: u64) -> Result<(), Misuse> {
        self.as_impl_mut().set_content_length(length)
    }

    /// The media type of the body.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] if the protocol has none.
    ///
    /// .NET: `System.Net.WebRequest.ContentType`
    #[doc(alias = "WebRequest.ContentType")]
    pub fn content_type(&self) -> Result<Option<String>, Misuse> {
        self.as_impl().content_type()
    }

    /// Sets the media type of the body; `None` removes it.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: it cannot stand in a header. [`Misuse::InvalidOperation`]: the
    /// request was sent.
    pub fn set_content_type(&mut self, content_type: Option<&str>) -> Result<(), Misuse> {
        self.as_impl_mut().set_content_type(content_type)
    }

    /// The credentials to answer a challenge with.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol has no login.
    ///
    /// .NET: `System.Net.WebRequest.Credentials`
    #[doc(alias = "WebRequest.Credentials")]
    pub fn credentials(&self) -> Result<Option<Arc<dyn Credentials>>, Misuse> {
        self.as_impl().credentials()
    }

    /// Sets the credentials; `None` sends none.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_credentials(
        &mut self,
        credentials: Option<Arc<dyn Credentials>>,
    ) -> Result<(), Misuse> {
        self.as_impl_mut().set_credentials(credentials)
    }

    /// Whether the credentials of the process's user are sent.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] for `file:`.
    ///
    /// .NET: `System.Net.WebRequest.UseDefaultCredentials`
    #[doc(alias = "WebRequest.UseDefaultCredentials")]
    pub fn use_default_credentials(&self) -> Result<bool, Misuse> {
        self.as_impl().use_default_credentials()
    }

    /// Sends the credentials of the process's user, or none.
    ///
    /// # Errors
    /// As for the getter; [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_use_default_credentials(&mut self, use_default: bool) -> Result<(), Misuse> {
        self.as_impl_mut().set_use_default_credentials(use_default)
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
        self.as_impl().pre_authenticate()
    }

    /// Sends credentials before they are asked for, where they were asked for before, or not.
    ///
    /// # Errors
    /// As for the getter; [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_pre_authenticate(&mut self, pre_authenticate: bool) -> Result<(), Misuse> {
        self.as_impl_mut().set_pre_authenticate(pre_authenticate)
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
        self.as_impl().proxy()
    }

    /// Sets the proxy the request goes through; `None`: directly, whatever the default is.
    ///
    /// # Errors
    /// As for the getter; [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_proxy(&mut self, proxy: Option<Arc<dyn Proxy>>) -> Result<(), Misuse> {
        self.as_impl_mut().set_proxy(proxy)
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
        self.as_impl().connection_group_name()
    }

    /// Names the group of connections.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was sent.
    pub fn set_connection_group_name(&mut self, name: Option<&str>) -> Result<(), Misuse> {
        self.as_impl_mut().set_connection_group_name(name)
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
        self.as_impl().timeout()
    }

    /// Sets how long the blocking calls wait.
    ///
    /// # Errors
    /// As for the getter.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<(), Misuse> {
        self.as_impl_mut().set_timeout(timeout)
    }
}
