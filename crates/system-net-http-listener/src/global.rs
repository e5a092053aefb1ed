//! The members that work on the context of the process.

use system_net_config::NetContext;

use crate::HttpListener;

impl HttpListener {
    /// A listener of the process's context.
    ///
    /// .NET: `System.Net.HttpListener.HttpListener`
    #[doc(alias = "HttpListener.HttpListener")]
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the forward to the context of the process"
    )]
    pub fn new() -> Self {
        Self::new_in(NetContext::global())
    }
}

impl Default for HttpListener {
    fn default() -> Self {
        Self::new()
    }
}
