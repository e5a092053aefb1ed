//! The properties of `HttpWebRequest`: getters, setters, and the base properties for `WebRequest`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use system_net_primitives::{CredentialCache, Credentials, Misuse, WebHeaderCollection};
use system_net_uri::Uri;
use system_net_web_proxy::Proxy;

use super::head::host_field;
use super::properties::HostOverride;
use super::request::HttpWebRequest;
use crate::abort::AbortHandle;
use crate::blocking::BoxFuture;
use crate::error::WebError;
use crate::streams::RequestStream;
use crate::web_request_impl::WebRequestImpl;
use crate::web_response::WebResponse;

impl HttpWebRequest {
    /// The address the request was made for.
    ///
    /// .NET: `System.Net.HttpWebRequest.RequestUri`
    #[doc(alias = "HttpWebRequest.RequestUri")]
    #[must_use]
    pub fn request_uri(&self) -> &Uri {
        &self.properties.uri
    }

    /// The method. `GET` unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.Method`
    #[doc(alias = "HttpWebRequest.Method")]
    #[must_use]
    pub fn method(&self) -> &str {
        &self.properties.method
    }

    /// Sets the method: a standard one in any letter case, or any token.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: empty or not a token. [`Misuse::InvalidOperation`]: the request
    /// was started.
    pub fn set_method(&mut self, method: &str) -> Result<(), Misuse> {
        let properties = self.unsent()?;
        if method.is_empty() || !method.bytes().all(is_token_byte) {
            let shown = method.escape_debug();
            return Err(Misuse::invalid_argument(
                "value",
                format!("'{shown}' is not a method name"),
            ));
        }
        let known = ["GET", "HEAD", "POST", "PUT", "CONNECT"];
        properties.method = match known
            .iter()
            .find(|known| known.eq_ignore_ascii_case(method))
        {
            Some(known) => Cow::Borrowed(*known),
            None => Cow::Owned(method.to_owned()),
        };
        Ok(())
    }

    /// The headers to send. Those with a property of their own are refused by the collection.
    ///
    /// .NET: `System.Net.HttpWebRequest.Headers`
    #[doc(alias = "HttpWebRequest.Headers")]
    #[must_use]
    pub fn headers(&self) -> &WebHeaderCollection {
        &self.properties.headers
    }

    /// The headers to send, to change them.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn headers_mut(&mut self) -> Result<&mut WebHeaderCollection, Misuse> {
        Ok(&mut self.unsent()?.headers)
    }

    /// The `Accept` header.
    ///
    /// .NET: `System.Net.HttpWebRequest.Accept`
    #[doc(alias = "HttpWebRequest.Accept")]
    #[must_use]
    pub fn accept(&self) -> Option<Cow<'_, str>> {
        self.properties.headers.get("Accept")
    }

    /// Sets the `Accept` header; `None` removes it.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: it cannot stand in a header. [`Misuse::InvalidOperation`]: the
    /// request was started.
    pub fn set_accept(&mut self, accept: Option<&str>) -> Result<(), Misuse> {
        self.set_header("Accept", accept)
    }

    /// The `Content-Type` header.
    ///
    /// .NET: `System.Net.HttpWebRequest.ContentType`
    #[doc(alias = "HttpWebRequest.ContentType")]
    #[must_use]
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.properties.headers.get("Content-Type")
    }

    /// Sets the `Content-Type` header; `None` removes it.
    ///
    /// # Errors
    /// As for [`set_accept`](Self::set_accept).
    pub fn set_content_type(&mut self, content_type: Option<&str>) -> Result<(), Misuse> {
        self.set_header("Content-Type", content_type)
    }

    /// The `User-Agent` header. Not sent unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.UserAgent`
    #[doc(alias = "HttpWebRequest.UserAgent")]
    #[must_use]
    pub fn user_agent(&self) -> Option<Cow<'_, str>> {
        self.properties.headers.get("User-Agent")
    }

    /// Sets the `User-Agent` header; `None` removes it.
    ///
    /// # Errors
    /// As for [`set_accept`](Self::set_accept).
    pub fn set_user_agent(&mut self, user_agent: Option<&str>) -> Result<(), Misuse> {
        self.set_header("User-Agent", user_agent)
    }

    /// The `Referer` header.
    ///
    /// .NET: `System.Net.HttpWebRequest.Referer`
    #[doc(alias = "HttpWebRequest.Referer")]
    #[must_use]
    pub fn referer(&self) -> Option<Cow<'_, str>> {
        self.properties.headers.get("Referer")
    }

    /// Sets the `Referer` header; `None` removes it.
    ///
    /// # Errors
    /// As for [`set_accept`](Self::set_accept).
    pub fn set_referer(&mut self, referer: Option<&str>) -> Result<(), Misuse> {
        self.set_header("Referer", referer)
    }

    /// The `Host` header: the address's own host unless set. It changes neither where the request
    /// is sent to nor what the certificate must say.
    ///
    /// .NET: `System.Net.HttpWebRequest.Host`
    #[doc(alias = "HttpWebRequest.Host")]
    #[must_use]
    pub fn host(&self) -> Cow<'_, str> {
        let uri = &self.properties.uri;
        match (&self.properties.host, uri.port()) {
            (Some(host), _) => Cow::Borrowed(&*host.shown),
            (None, Some(port)) if !uri.is_default_port() => {
                Cow::Owned(format!("{}:{port}", uri.host()))
            }
            (None, _) => Cow::Borrowed(uri.host()),
        }
    }

    /// Sets the `Host` header: a host, and a port if it is not the scheme's. A name outside ASCII
    /// is sent in its form for DNS.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: not a host. [`Misuse::InvalidOperation`]: the request was
    /// started.
    pub fn set_host(&mut self, host: &str) -> Result<(), Misuse> {
        let scheme = self.properties.uri.scheme().to_owned();
        let properties = self.unsent()?;
        let wrong = || {
            Misuse::invalid_argument("value", format!("'{}' is not a host", host.escape_debug()))
        };
        if host.is_empty() || host.contains(['/', '?', '#', '@', '\\']) {
            return Err(wrong());
        }
        let parsed = Uri::parse(&format!("{scheme}://{host}/")).map_err(|_| wrong())?;
        if parsed.host().is_empty() {
            return Err(wrong());
        }
        let sent = match host.is_ascii() {
            true => Cow::Borrowed(host),
            false => host_field(&parsed),
        };
        if sent.is_empty() {
            return Err(wrong());
        }
        properties.host = Some(HostOverride {
            shown: host.into(),
            sent: sent.into(),
        });
        Ok(())
    }

    /// The announced length of the body in bytes; `None` (.NET: -1): not announced.
    ///
    /// .NET: `System.Net.HttpWebRequest.ContentLength`
    #[doc(alias = "HttpWebRequest.ContentLength")]
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.properties.content_length
    }

    /// Announces the length of the body: exactly so much must then be written.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_content_length(&mut self, length: u64) -> Result<(), Misuse> {
        self.unsent()?.content_length = Some(length);
        Ok(())
    }

    /// Whether the body is sent in chunks, without its length being known beforehand.
    ///
    /// .NET: `System.Net.HttpWebRequest.SendChunked`
    #[doc(alias = "HttpWebRequest.SendChunked")]
    #[must_use]
    pub fn send_chunked(&self) -> bool {
        self.properties.send_chunked
    }

    /// Sends the body in chunks. It has precedence over a content length.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_send_chunked(&mut self, chunked: bool) -> Result<(), Misuse> {
        self.unsent()?.send_chunked = chunked;
        Ok(())
    }

    /// Whether the connection is kept for other requests. On unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.KeepAlive`
    #[doc(alias = "HttpWebRequest.KeepAlive")]
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.properties.keep_alive
    }

    /// Keeps the connection for other requests, or not.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_keep_alive(&mut self, keep_alive: bool) -> Result<(), Misuse> {
        self.unsent()?.keep_alive = keep_alive;
        Ok(())
    }

    /// Whether redirects are followed. On unless set; off, a redirect is handed out as it came.
    ///
    /// .NET: `System.Net.HttpWebRequest.AllowAutoRedirect`
    #[doc(alias = "HttpWebRequest.AllowAutoRedirect")]
    #[must_use]
    pub fn allow_auto_redirect(&self) -> bool {
        self.properties.allow_auto_redirect
    }

    /// Follows redirects, or not.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_allow_auto_redirect(&mut self, allow: bool) -> Result<(), Misuse> {
        self.unsent()?.allow_auto_redirect = allow;
        Ok(())
    }

    /// How many redirects are followed. 50 unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.MaximumAutomaticRedirections`
    #[doc(alias = "HttpWebRequest.MaximumAutomaticRedirections")]
    #[must_use]
    pub fn maximum_automatic_redirections(&self) -> u32 {
        self.properties.maximum_automatic_redirections
    }

    /// Sets how many redirects are followed.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: 0; set `allow_auto_redirect` off instead.
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_maximum_automatic_redirections(&mut self, maximum: u32) -> Result<(), Misuse> {
        if maximum == 0 {
            return Err(Misuse::out_of_range(
                "value",
                "at least 1: set allow_auto_redirect off to follow none",
            ));
        }
        self.unsent()?.maximum_automatic_redirections = maximum;
        Ok(())
    }

    /// Whether the body is kept in memory as it is written, so that the request can be repeated
    /// after a redirect, a login or a connection found closed. On unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.AllowWriteStreamBuffering`
    #[doc(alias = "HttpWebRequest.AllowWriteStreamBuffering")]
    #[must_use]
    pub fn allow_write_stream_buffering(&self) -> bool {
        self.properties.allow_write_stream_buffering
    }

    /// Keeps the body in memory as it is written, or not. Off needs a content length or chunks. A
    /// login is made then before the body is begun, if the server is asked first
    /// (`ServicePoint::set_expect_100_continue`) or with `pre_authenticate`; else a 401 is an error.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_allow_write_stream_buffering(&mut self, allow: bool) -> Result<(), Misuse> {
        self.unsent()?.allow_write_stream_buffering = allow;
        Ok(())
    }

    /// How long the head of a response may be, in KiB; `None` (.NET: -1): without limit; 0: as
    /// configured (64).
    ///
    /// .NET: `System.Net.HttpWebRequest.MaximumResponseHeadersLength`
    #[doc(alias = "HttpWebRequest.MaximumResponseHeadersLength")]
    #[must_use]
    pub fn maximum_response_headers_length(&self) -> Option<u32> {
        self.properties.maximum_response_headers_length
    }

    /// Sets how long the head of a response may be, in KiB.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_maximum_response_headers_length(&mut self, kib: Option<u32>) -> Result<(), Misuse> {
        self.unsent()?.maximum_response_headers_length = kib;
        Ok(())
    }

    /// How long the blocking calls wait; `None` (.NET: -1): without limit. 100 s unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.Timeout` (there in milliseconds)
    #[doc(alias = "HttpWebRequest.Timeout")]
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.properties.timeout
    }

    /// Sets how long the blocking calls wait.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<(), Misuse> {
        self.unsent()?.timeout = timeout;
        Ok(())
    }

    /// How long one read or write of a stream waits in blocking calls; `None` (.NET: -1): without
    /// limit. 300 s unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.ReadWriteTimeout` (there in milliseconds)
    #[doc(alias = "HttpWebRequest.ReadWriteTimeout")]
    #[must_use]
    pub fn read_write_timeout(&self) -> Option<Duration> {
        self.properties.read_write_timeout
    }

    /// Sets how long one read or write of a stream waits in blocking calls.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`]: zero. [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_read_write_timeout(&mut self, timeout: Option<Duration>) -> Result<(), Misuse> {
        if timeout == Some(Duration::ZERO) {
            return Err(Misuse::out_of_range(
                "value",
                "zero would let no read or write through",
            ));
        }
        self.unsent()?.read_write_timeout = timeout;
        Ok(())
    }

    /// How long the server's word to continue is waited for before the body is sent anyway. 350 ms
    /// unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.ContinueTimeout` (there in milliseconds)
    #[doc(alias = "HttpWebRequest.ContinueTimeout")]
    #[must_use]
    pub fn continue_timeout(&self) -> Duration {
        self.properties.continue_timeout
    }

    /// Sets how long the server's word to continue is waited for.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_continue_timeout(&mut self, timeout: Duration) -> Result<(), Misuse> {
        self.unsent()?.continue_timeout = timeout;
        Ok(())
    }

    /// The time in which a response must have come, in every kind of call, the asynchronous ones
    /// too. `None`, which is the default: no limit but the call's own.
    ///
    /// .NET has nothing like it: there the asynchronous calls have no time-out.
    #[must_use]
    pub fn total_timeout(&self) -> Option<Duration> {
        self.properties.total_timeout
    }

    /// Sets the time in which a response must have come, in every kind of call.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_total_timeout(&mut self, timeout: Option<Duration>) -> Result<(), Misuse> {
        self.unsent()?.total_timeout = timeout;
        Ok(())
    }

    /// The time in which a new connection must be there: name looked up, connected, TLS set up.
    /// `None`, which is the default: no limit but the call's own. A connection that is used again
    /// does not count.
    ///
    /// HttpWebRequest of .NET has nothing like it; its later handlers have a `ConnectTimeout`.
    #[must_use]
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.properties.connect_timeout
    }

    /// Sets the time in which a new connection must be there. When it has passed, the request
    /// fails with the status `Timeout`.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_connect_timeout(&mut self, timeout: Option<Duration>) -> Result<(), Misuse> {
        self.unsent()?.connect_timeout = timeout;
        Ok(())
    }

    /// The credentials to answer a challenge with.
    ///
    /// .NET: `System.Net.HttpWebRequest.Credentials`
    #[doc(alias = "HttpWebRequest.Credentials")]
    #[must_use]
    pub fn credentials(&self) -> Option<&Arc<dyn Credentials>> {
        self.properties.credentials.as_ref()
    }

    /// Sets the credentials; `None` sends none.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_credentials(
        &mut self,
        credentials: Option<Arc<dyn Credentials>>,
    ) -> Result<(), Misuse> {
        let properties = self.unsent()?;
        properties.use_default_credentials = false;
        properties.credentials = credentials;
        Ok(())
    }

    /// Whether the credentials of the process's user are sent.
    ///
    /// .NET: `System.Net.HttpWebRequest.UseDefaultCredentials`
    #[doc(alias = "HttpWebRequest.UseDefaultCredentials")]
    #[must_use]
    pub fn use_default_credentials(&self) -> bool {
        self.properties.use_default_credentials
    }

    /// Sends the credentials of the process's user, or none.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_use_default_credentials(&mut self, use_default: bool) -> Result<(), Misuse> {
        let properties = self.unsent()?;
        properties.use_default_credentials = use_default;
        properties.credentials = use_default.then(CredentialCache::default_credentials);
        Ok(())
    }

    /// Whether credentials are sent with the first request to a place below one that asked for
    /// them before.
    ///
    /// .NET: `System.Net.HttpWebRequest.PreAuthenticate`
    #[doc(alias = "HttpWebRequest.PreAuthenticate")]
    #[must_use]
    pub fn pre_authenticate(&self) -> bool {
        self.properties.pre_authenticate
    }

    /// Sends credentials before they are asked for, where they were asked for before, or not.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_pre_authenticate(&mut self, pre_authenticate: bool) -> Result<(), Misuse> {
        self.unsent()?.pre_authenticate = pre_authenticate;
        Ok(())
    }

    /// The group of connections this request may use; `None`: the unnamed group.
    ///
    /// .NET: `System.Net.HttpWebRequest.ConnectionGroupName`
    #[doc(alias = "HttpWebRequest.ConnectionGroupName")]
    #[must_use]
    pub fn connection_group_name(&self) -> Option<&str> {
        self.properties.connection_group_name.as_deref()
    }

    /// Names the group of connections.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_connection_group_name(&mut self, name: Option<&str>) -> Result<(), Misuse> {
        self.unsent()?.connection_group_name = name.map(Arc::from);
        Ok(())
    }

    pub(super) fn set_header(&mut self, name: &str, value: Option<&str>) -> Result<(), Misuse> {
        let headers = &mut self.unsent()?.headers;
        match value {
            Some(value) => headers.set_engine(name, value),
            None => {
                headers.remove_engine(name);
                Ok(())
            }
        }
    }
}

/// RFC 9110 section 5.6.2: tchar.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl WebRequestImpl for HttpWebRequest {
    fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>> {
        let future = self.send();
        Box::pin(async move { future.await.map(WebResponse::from) })
    }

    fn open_request_stream_async(&mut self) -> BoxFuture<Result<RequestStream, WebError>> {
        Box::pin(self.open_stream())
    }

    fn request_uri(&self) -> Result<&Uri, Misuse> {
        Ok(self.request_uri())
    }

    fn method(&self) -> Result<&str, Misuse> {
        Ok(self.method())
    }

    fn set_method(&mut self, method: &str) -> Result<(), Misuse> {
        self.set_method(method)
    }

    fn headers(&self) -> Result<&WebHeaderCollection, Misuse> {
        Ok(self.headers())
    }

    fn headers_mut(&mut self) -> Result<&mut WebHeaderCollection, Misuse> {
        self.headers_mut()
    }

    fn content_length(&self) -> Result<Option<u64>, Misuse> {
        Ok(self.content_length())
    }

    fn set_content_length(&mut self, length: u64) -> Result<(), Misuse> {
        self.set_content_length(length)
    }

    fn content_type(&self) -> Result<Option<String>, Misuse> {
        Ok(self.content_type().map(Cow::into_owned))
    }

    fn set_content_type(&mut self, content_type: Option<&str>) -> Result<(), Misuse> {
        self.set_content_type(content_type)
    }

    fn credentials(&self) -> Result<Option<Arc<dyn Credentials>>, Misuse> {
        Ok(self.credentials().cloned())
    }

    fn set_credentials(&mut self, credentials: Option<Arc<dyn Credentials>>) -> Result<(), Misuse> {
        self.set_credentials(credentials)
    }

    fn proxy(&self) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
        Ok(self.proxy().cloned())
    }

    fn set_proxy(&mut self, proxy: Option<Arc<dyn Proxy>>) -> Result<(), Misuse> {
        self.set_proxy(proxy)
    }

    fn use_default_credentials(&self) -> Result<bool, Misuse> {
        Ok(self.use_default_credentials())
    }

    fn set_use_default_credentials(&mut self, use_default: bool) -> Result<(), Misuse> {
        self.set_use_default_credentials(use_default)
    }

    fn pre_authenticate(&self) -> Result<bool, Misuse> {
        Ok(self.pre_authenticate())
    }

    fn set_pre_authenticate(&mut self, pre_authenticate: bool) -> Result<(), Misuse> {
        self.set_pre_authenticate(pre_authenticate)
    }

    fn connection_group_name(&self) -> Result<Option<&str>, Misuse> {
        Ok(self.connection_group_name())
    }

    fn set_connection_group_name(&mut self, name: Option<&str>) -> Result<(), Misuse> {
        self.set_connection_group_name(name)
    }

    fn timeout(&self) -> Result<Option<Duration>, Misuse> {
        Ok(self.timeout())
    }

    fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<(), Misuse> {
        self.set_timeout(timeout)
    }

    fn abort_handle(&self) -> Result<AbortHandle, Misuse> {
        Ok(self.abort_handle())
    }
}
