//! The static members of .NET: one-line forwards to the global context. No other module names it.
#![expect(clippy::disallowed_methods, reason = "this is the forwarding module")]

use std::sync::Arc;

use system_net_config::NetContext;
use system_net_primitives::Misuse;

use crate::default_proxy::DefaultWebProxy;
use crate::proxy::{EmptyProxy, Proxy};
use crate::selection::GlobalProxySelection;

impl GlobalProxySelection {
    /// The default proxy of the global context; if that is none, a proxy that is none.
    ///
    /// # Errors
    /// As for [`DefaultWebProxy::get`].
    ///
    /// .NET: `System.Net.GlobalProxySelection.Select`
    #[doc(alias = "GlobalProxySelection.Select")]
    #[deprecated = "use `WebRequest::default_web_proxy`"]
    pub fn select() -> Result<Arc<dyn Proxy>, Misuse> {
        let proxy = DefaultWebProxy::of(NetContext::global()).get()?;
        Ok(proxy.unwrap_or_else(|| Arc::new(EmptyProxy::default())))
    }

    /// Sets the default proxy of the global context: requests made from now on have it.
    #[deprecated = "use `WebRequest::set_default_web_proxy`"]
    pub fn set_select(proxy: Arc<dyn Proxy>) {
        DefaultWebProxy::of(NetContext::global()).set(Some(proxy));
    }
}
