//! The resolver of a context, whichever that is when a name is looked up: what connectors ask.

use std::future::ready;
use std::sync::Arc;

use system_net_config::NetContext;
use system_net_primitives::{AddressFamily, IpAddress, Misuse};

use super::IpHostEntry;
use super::services::Services;
use crate::error::SocketError;
use crate::resolver::{BoxFuture, Resolver};

/// Not public: whoever set something around it as the context's resolver would ask in a circle.
pub(crate) fn current_resolver(context: &NetContext) -> Arc<dyn Resolver> {
    Services::of(context)
}

/// Why a context is not to be connected by: its configuration file could not be read.
pub(crate) fn refused(context: &NetContext) -> Option<Misuse> {
    Services::of(context).refused.clone()
}

impl Resolver for Services {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        match self.check() {
            Ok(()) => self.resolver().resolve(host),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn resolve_family(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        match self.check() {
            Ok(()) => self.resolver().resolve_family(host, family),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn fixed_addresses(&self, host: &str, port: u16) -> Option<Vec<IpAddress>> {
        // If the configuration is refused, nothing is connected to.
        self.resolver().fixed_addresses(host, port)
    }

    fn resolve_entry(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<IpHostEntry, SocketError>> {
        match self.check() {
            Ok(()) => self.resolver().resolve_entry(host, family),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn resolve_address(
        &self,
        address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        match self.check() {
            Ok(()) => self.resolver().resolve_address(address),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }
}
