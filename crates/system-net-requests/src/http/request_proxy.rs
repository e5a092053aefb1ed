//! The proxy of an HTTP request.

use std::sync::Arc;

use system_net_primitives::Misuse;
use system_net_web_proxy::Proxy;

use super::request::HttpWebRequest;

impl HttpWebRequest {
    /// The proxy the request goes through; `None`: directly. That of
    /// [`WebRequest::default_web_proxy`](crate::WebRequest::default_web_proxy) when the request was
    /// made, unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.Proxy`
    #[doc(alias = "HttpWebRequest.Proxy")]
    #[must_use]
    pub fn proxy(&self) -> Option<&Arc<dyn Proxy>> {
        self.properties.proxy.as_ref()
    }

    /// Sets the proxy the request goes through; `None`: directly, whatever the default is.
    ///
    /// An `http:` request is sent to the proxy with its whole address, an `https:` request through a
    /// tunnel (CONNECT), of which the proxy sees the host alone. This machine ([`Uri::is_loopback`])
    /// is always reached directly. After a redirect the proxy is asked anew. A proxy that wants a
    /// login (407) gets the [credentials of the proxy](Proxy::credentials), never those of the
    /// request.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    ///
    /// [`Uri::is_loopback`]: system_net_uri::Uri::is_loopback
    pub fn set_proxy(&mut self, proxy: Option<Arc<dyn Proxy>>) -> Result<(), Misuse> {
        self.unsent()?.proxy = proxy;
        Ok(())
    }
}
