//! The static members of .NET: one-line forwards to the global context. No other module names it.
#![expect(clippy::disallowed_methods, reason = "this is the forwarding module")]

use std::sync::Arc;

use system_net_config::NetContext;
use system_net_primitives::{AddressFamily, IpAddress};

use super::peer_names::PeerNames;
use super::{Dns, IpHostEntry};
use crate::error::SocketError;
use crate::resolver::{BoxFuture, Resolver, literal_entry};

/// The addresses of a host to which sockets and clients connect, which belong to no context: as
/// [`Dns::get_host_addresses`], only that an address stands for itself whichever it is.
pub(crate) fn addresses_of_host(host: &str) -> Result<Vec<IpAddress>, SocketError> {
    match literal_entry(host, AddressFamily::Unspecified) {
        Some(entry) => entry.map(IpHostEntry::into_address_list),
        None => Dns::get_host_addresses(host),
    }
}

/// As [`addresses_of_host`], those of one family, and without blocking.
#[cfg(any(feature = "tokio", target_os = "linux", target_os = "android"))]
pub(crate) fn addresses_of_host_later(
    host: &str,
    family: AddressFamily,
) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
    if let Some(entry) = literal_entry(host, family) {
        return Box::pin(std::future::ready(
            entry.map(IpHostEntry::into_address_list),
        ));
    }
    Box::pin(Dns::get_host_addresses_of_family_async(host, family))
}

impl Dns {
    /// [`resolver_in`](Self::resolver_in) the global context.
    #[must_use]
    pub fn resolver() -> Arc<dyn Resolver> {
        Self::resolver_in(NetContext::global())
    }

    /// [`set_resolver_in`](Self::set_resolver_in) the global context.
    pub fn set_resolver(resolver: Option<Arc<dyn Resolver>>) {
        Self::set_resolver_in(NetContext::global(), resolver);
    }

    /// [`set_peer_names_in`](Self::set_peer_names_in) the global context.
    pub fn set_peer_names(peers: Option<Arc<dyn PeerNames>>) {
        Self::set_peer_names_in(NetContext::global(), peers);
    }

    /// [`get_host_entry_in`](Self::get_host_entry_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntry`
    #[doc(alias = "Dns.GetHostEntry")]
    pub fn get_host_entry(host_name_or_address: &str) -> Result<IpHostEntry, SocketError> {
        Self::get_host_entry_in(NetContext::global(), host_name_or_address)
    }

    /// [`get_host_entry_async_in`](Self::get_host_entry_async_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntryAsync`
    #[doc(alias = "Dns.GetHostEntryAsync")]
    pub fn get_host_entry_async(
        host_name_or_address: &str,
    ) -> impl Future<Output = Result<IpHostEntry, SocketError>> + Send + use<> {
        Self::get_host_entry_async_in(NetContext::global(), host_name_or_address)
    }

    /// [`get_host_entry_by_address_in`](Self::get_host_entry_by_address_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntry(IPAddress)`
    #[doc(alias = "Dns.GetHostEntry")]
    pub fn get_host_entry_by_address(address: IpAddress) -> Result<IpHostEntry, SocketError> {
        Self::get_host_entry_by_address_in(NetContext::global(), address)
    }

    /// [`get_host_entry_by_address_async_in`](Self::get_host_entry_by_address_async_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntryAsync(IPAddress)`
    #[doc(alias = "Dns.GetHostEntryAsync")]
    pub fn get_host_entry_by_address_async(
        address: IpAddress,
    ) -> impl Future<Output = Result<IpHostEntry, SocketError>> + Send + use<> {
        Self::get_host_entry_by_address_async_in(NetContext::global(), address)
    }

    /// [`get_host_entry_of_family_in`](Self::get_host_entry_of_family_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntry(String, AddressFamily)`
    #[doc(alias = "Dns.GetHostEntry")]
    pub fn get_host_entry_of_family(
        host_name_or_address: &str,
        family: AddressFamily,
    ) -> Result<IpHostEntry, SocketError> {
        Self::get_host_entry_of_family_in(NetContext::global(), host_name_or_address, family)
    }

    /// [`get_host_entry_of_family_async_in`](Self::get_host_entry_of_family_async_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntryAsync(String, AddressFamily)`
    #[doc(alias = "Dns.GetHostEntryAsync")]
    pub fn get_host_entry_of_family_async(
        host_name_or_address: &str,
        family: AddressFamily,
    ) -> impl Future<Output = Result<IpHostEntry, SocketError>> + Send + use<> {
        Self::get_host_entry_of_family_async_in(NetContext::global(), host_name_or_address, family)
    }

    /// [`get_host_addresses_in`](Self::get_host_addresses_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostAddresses`
    #[doc(alias = "Dns.GetHostAddresses")]
    pub fn get_host_addresses(host_name_or_address: &str) -> Result<Vec<IpAddress>, SocketError> {
        Self::get_host_addresses_in(NetContext::global(), host_name_or_address)
    }

    /// [`get_host_addresses_async_in`](Self::get_host_addresses_async_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostAddressesAsync`
    #[doc(alias = "Dns.GetHostAddressesAsync")]
    pub fn get_host_addresses_async(
        host_name_or_address: &str,
    ) -> impl Future<Output = Result<Vec<IpAddress>, SocketError>> + Send + use<> {
        Self::get_host_addresses_async_in(NetContext::global(), host_name_or_address)
    }

    /// [`get_host_addresses_of_family_in`](Self::get_host_addresses_of_family_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostAddresses(String, AddressFamily)`
    #[doc(alias = "Dns.GetHostAddresses")]
    pub fn get_host_addresses_of_family(
        host_name_or_address: &str,
        family: AddressFamily,
    ) -> Result<Vec<IpAddress>, SocketError> {
        Self::get_host_addresses_of_family_in(NetContext::global(), host_name_or_address, family)
    }

    /// [`get_host_addresses_of_family_async_in`](Self::get_host_addresses_of_family_async_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostAddressesAsync(String, AddressFamily)`
    #[doc(alias = "Dns.GetHostAddressesAsync")]
    pub fn get_host_addresses_of_family_async(
        host_name_or_address: &str,
        family: AddressFamily,
    ) -> impl Future<Output = Result<Vec<IpAddress>, SocketError>> + Send + use<> {
        Self::get_host_addresses_of_family_async_in(
            NetContext::global(),
            host_name_or_address,
            family,
        )
    }
}

/// The obsolete members.
#[expect(deprecated, reason = "they forward to each other")]
impl Dns {
    /// [`resolve_in`](Self::resolve_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.Resolve`
    #[doc(alias = "Dns.Resolve")]
    #[deprecated = "use `get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn resolve(host_name: &str) -> Result<IpHostEntry, SocketError> {
        Self::resolve_in(NetContext::global(), host_name)
    }

    /// [`get_host_by_name_in`](Self::get_host_by_name_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostByName`
    #[doc(alias = "Dns.GetHostByName")]
    #[deprecated = "use `get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn get_host_by_name(host_name: &str) -> Result<IpHostEntry, SocketError> {
        Self::get_host_by_name_in(NetContext::global(), host_name)
    }

    /// [`get_host_by_address_in`](Self::get_host_by_address_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostByAddress(IPAddress)`
    #[doc(alias = "Dns.GetHostByAddress")]
    #[deprecated = "use `get_host_entry_by_address`, which does not depend on the ipv6 switch"]
    pub fn get_host_by_address(address: IpAddress) -> Result<IpHostEntry, SocketError> {
        Self::get_host_by_address_in(NetContext::global(), address)
    }

    /// [`get_host_by_address_from_str_in`](Self::get_host_by_address_from_str_in) the global context.
    ///
    /// # Errors
    /// As there.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostByAddress(String)`
    #[doc(alias = "Dns.GetHostByAddress")]
    #[deprecated = "use `get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn get_host_by_address_from_str(address: &str) -> Result<IpHostEntry, SocketError> {
        Self::get_host_by_address_from_str_in(NetContext::global(), address)
    }
}
