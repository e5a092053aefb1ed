//! `GlobalProxySelection`: the older name of the default proxy.

use std::sync::Arc;

use crate::proxy::{EmptyProxy, Proxy};

/// The proxy of all requests that name none, under its older name.
///
/// .NET: `System.Net.GlobalProxySelection`
#[derive(Clone, Copy, Debug, Default)]
pub struct GlobalProxySelection;

impl GlobalProxySelection {
    /// A proxy that is none: everything is reached directly. Not even the default proxy serves a
    /// request that has it.
    ///
    /// .NET: `System.Net.GlobalProxySelection.GetEmptyWebProxy`
    #[doc(alias = "GlobalProxySelection.GetEmptyWebProxy")]
    #[deprecated = "set the proxy of the request to `None`"]
    #[must_use]
    pub fn get_empty_web_proxy() -> Arc<dyn Proxy> {
        Arc::new(EmptyProxy::default())
    }
}
