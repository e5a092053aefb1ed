//! `Proxy`: what a request asks of whatever chooses a proxy for it.

use std::sync::{Arc, PoisonError, RwLock};

use system_net_primitives::{Credentials, Misuse};
use system_net_uri::Uri;

/// Chooses a proxy for each address.
///
/// A request asks it once for each server it turns to, so again after a redirect. Addresses of this
/// machine ([`Uri::is_loopback`]) are never asked for: they are always reached directly.
///
/// # Differences from .NET
/// The interface is `IWebProxy`; the name without its `I` is that of the class [`WebProxy`].
///
/// # Examples
/// ```
/// use system_net_uri::Uri;
/// use system_net_web_proxy::Proxy;
///
/// /// Everything that is not encrypted goes through a filter.
/// struct Filter(Uri);
///
/// impl Proxy for Filter {
///     fn get_proxy(&self, destination: &Uri) -> Option<Uri> {
///         (!self.is_bypassed(destination)).then(|| self.0.clone())
///     }
///
///     fn is_bypassed(&self, host: &Uri) -> bool {
///         host.scheme() == "https"
///     }
/// }
///
/// let filter = Filter(Uri::parse("http://filter:8080/")?);
/// assert!(filter.is_bypassed(&Uri::parse("https://www.contoso.com/")?));
/// # Ok::<(), system_net_uri::UriFormatError>(())
/// ```
///
/// .NET: `System.Net.IWebProxy`
///
/// [`WebProxy`]: crate::WebProxy
#[doc(alias = "IWebProxy")]
pub trait Proxy: Send + Sync {
    /// The address of the proxy for a destination. `None` or the destination itself: it is reached
    /// directly.
    ///
    /// .NET: `System.Net.IWebProxy.GetProxy`
    #[doc(alias = "IWebProxy.GetProxy")]
    fn get_proxy(&self, destination: &Uri) -> Option<Uri>;

    /// Whether a host is reached directly. Asked before [`get_proxy`](Self::get_proxy).
    ///
    /// .NET: `System.Net.IWebProxy.IsBypassed`
    #[doc(alias = "IWebProxy.IsBypassed")]
    fn is_bypassed(&self, host: &Uri) -> bool;

    /// What to answer with if the proxy asks for a login. `None` unless implemented.
    ///
    /// .NET: `System.Net.IWebProxy.Credentials`
    #[doc(alias = "IWebProxy.Credentials")]
    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        None
    }

    /// Sets what to answer with if the proxy asks for a login.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] unless implemented.
    fn set_credentials(&self, credentials: Option<Arc<dyn Credentials>>) -> Result<(), Misuse> {
        let _ = credentials;
        Err(Misuse::not_implemented(
            "this proxy does not take credentials",
        ))
    }
}

/// The proxy that is none: everything is reached directly.
#[derive(Default)]
pub(crate) struct EmptyProxy {
    credentials: RwLock<Option<Arc<dyn Credentials>>>,
}

impl Proxy for EmptyProxy {
    fn get_proxy(&self, destination: &Uri) -> Option<Uri> {
        Some(destination.clone())
    }

    fn is_bypassed(&self, _host: &Uri) -> bool {
        true
    }

    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        self.credentials
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_credentials(&self, credentials: Option<Arc<dyn Credentials>>) -> Result<(), Misuse> {
        *self
            .credentials
            .write()
            .unwrap_or_else(PoisonError::into_inner) = credentials;
        Ok(())
    }
}
