//! The resolver of a context, whichever that is when a name is looked up: what connectors ask.

use std::sync::Arc;

use system_net_config::NetContext;
use system_net_primitives::{AddressFamily, IpAddress};

use super::IpHostEntry;
use super::services::Services;
use crate::error::SocketError;
use crate::resolver::{BoxFuture, Resolver};

/// Not public: whoever set something around it as the context's resolver would ask in a circle.
pub(crate) fn current_resolver(context: &NetContext) -> Arc<dyn Resolver> {
    Services::of(context)
}

impl Resolver for Services {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.resolver().resolve(host)
    }

    fn resolve_family(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.resolver().resolve_family(host, family)
    }

    fn resolve_entry(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<IpHostEntry, SocketError>> {
        self.resolver().resolve_entry(host, family)
    }

    fn resolve_address(
        &self,
        address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        self.resolver().resolve_address(address)
    }
}
