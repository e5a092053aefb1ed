//! From names to addresses, and back.

#[cfg(feature = "hickory")]
mod hickory;
mod hosts_file;
mod name;
mod netbios;
mod overrides;
mod pool;
mod question;
mod system;
#[cfg(feature = "tokio")]
mod time_limit;
pub(crate) mod zone;

use std::pin::Pin;

use system_net_primitives::{AddressFamily, IpAddress};

use crate::dns::IpHostEntry;
use crate::error::{SocketError, SocketErrorCode};

#[cfg(feature = "hickory")]
pub use hickory::{HickoryResolver, NameServer};
pub use hosts_file::{HostsEntry, HostsFile};
pub(crate) use name::{LONGEST_NAME, ascii_name};
pub use netbios::NetbiosResolver;
pub use overrides::OverrideResolver;
pub(crate) use system::literal_entry;
pub use system::{SystemResolver, resolve_blocking};
#[cfg(feature = "tokio")]
pub use time_limit::TimeLimitResolver;

/// A future on the heap, as object-safe traits return them.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Turns a host name into its addresses.
///
/// One method is required; the others are for the callers of [`Dns`](crate::Dns) who want more
/// than the addresses, and a resolver that can say more overrides them.
pub trait Resolver: Send + Sync {
    /// Looks the name up. The addresses come in the order in which they should be tried; there
    /// is at least one. Dropping the future gives the look-up up.
    ///
    /// # Errors
    /// [`HostNotFound`](crate::SocketErrorCode::HostNotFound),
    /// [`NoData`](crate::SocketErrorCode::NoData),
    /// [`TryAgain`](crate::SocketErrorCode::TryAgain) or
    /// [`NoRecovery`](crate::SocketErrorCode::NoRecovery), as the name service says; others if
    /// it could not be asked.
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>>;

    /// Looks up the addresses of one family, or of all for
    /// [`Unspecified`](AddressFamily::Unspecified). Unless overridden, all are asked for and the
    /// others left out.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve); [`NoData`](crate::SocketErrorCode::NoData) if all addresses
    /// are of other families.
    fn resolve_family(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let answer = self.resolve(host);
        if family == AddressFamily::Unspecified {
            return answer;
        }
        Box::pin(async move {
            let mut addresses = answer.await?;
            addresses.retain(|address| address.address_family() == family);
            match addresses.is_empty() {
                true => Err(SocketError::new(SocketErrorCode::NoData)),
                false => Ok(addresses),
            }
        })
    }

    /// The addresses that a connection to this host and port goes to, whatever the name service says
    /// of the host. Connectors ask for them before they look a name up. Unless overridden, there
    /// are none.
    fn fixed_addresses(&self, host: &str, port: u16) -> Option<Vec<IpAddress>> {
        let _ = (host, port);
        None
    }

    /// Looks up the addresses with the canonical name and the aliases. Unless overridden, the name
    /// is the one asked for, and there are no aliases.
    ///
    /// # Errors
    /// As [`resolve_family`](Self::resolve_family).
    fn resolve_entry(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<IpHostEntry, SocketError>> {
        let answer = self.resolve_family(host, family);
        let host = host.to_owned();
        Box::pin(async move { Ok(IpHostEntry::of(host, answer.await?)) })
    }

    /// Looks up the name of an address. Unless overridden, no address has one.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    fn resolve_address(
        &self,
        address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        Box::pin(std::future::ready(Err(nameless(address))))
    }
}

/// The error for an address without a name.
fn nameless(address: IpAddress) -> SocketError {
    SocketError::new(SocketErrorCode::HostNotFound)
        .with_context(format!("look-up of the name of {address}"))
}
