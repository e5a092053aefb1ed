//! The members that are futures. They need no runtime: the system is asked on threads of its own.

use system_net_config::NetContext;
use system_net_diagnostics::shown;
use system_net_primitives::{AddressFamily, IpAddress};

use super::rules::Rules;
use super::{Dns, IpHostEntry};
use crate::error::SocketError;
use crate::trace;

/// The members, as they are traced.
const ENTRY: &str = "GetHostEntryAsync";
const ADDRESSES: &str = "GetHostAddressesAsync";

impl Dns {
    /// [`get_host_entry_in`](Self::get_host_entry_in) for asynchronous code.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntryAsync`
    ///
    /// # Errors
    /// As there.
    #[doc(alias = "Dns.GetHostEntryAsync")]
    pub fn get_host_entry_async_in(
        context: &NetContext,
        host_name_or_address: &str,
    ) -> impl Future<Output = Result<IpHostEntry, SocketError>> + Send + use<> {
        let rules = Rules::waiting(context);
        let host = host_name_or_address.to_owned();
        let call = trace::DNS.enter(ENTRY, format_args!("{host_name_or_address}"));
        trace::later(trace::DNS, call, ENTRY, async move {
            rules?.entry(&host, AddressFamily::Unspecified).await
        })
    }

    /// [`get_host_entry_by_address_in`](Self::get_host_entry_by_address_in) for asynchronous code.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntryAsync(IPAddress)`
    ///
    /// # Errors
    /// As there.
    #[doc(alias = "Dns.GetHostEntryAsync")]
    pub fn get_host_entry_by_address_async_in(
        context: &NetContext,
        address: IpAddress,
    ) -> impl Future<Output = Result<IpHostEntry, SocketError>> + Send + use<> {
        let rules = Rules::waiting(context);
        let call = trace::DNS.enter(ENTRY, format_args!("{}", shown(&address)));
        trace::later(trace::DNS, call, ENTRY, async move {
            rules?.entry_by_address(address).await
        })
    }

    /// [`get_host_entry_of_family_in`](Self::get_host_entry_of_family_in) for asynchronous code.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntryAsync(String, AddressFamily)`
    ///
    /// # Errors
    /// As there.
    #[doc(alias = "Dns.GetHostEntryAsync")]
    pub fn get_host_entry_of_family_async_in(
        context: &NetContext,
        host_name_or_address: &str,
        family: AddressFamily,
    ) -> impl Future<Output = Result<IpHostEntry, SocketError>> + Send + use<> {
        let rules = Rules::waiting(context);
        let host = host_name_or_address.to_owned();
        let call = trace::DNS.enter(ENTRY, format_args!("{host_name_or_address}"));
        trace::later(trace::DNS, call, ENTRY, async move {
            rules?.entry(&host, family).await
        })
    }

    /// [`get_host_addresses_in`](Self::get_host_addresses_in) for asynchronous code.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostAddressesAsync`
    ///
    /// # Errors
    /// As there.
    #[doc(alias = "Dns.GetHostAddressesAsync")]
    pub fn get_host_addresses_async_in(
        context: &NetContext,
        host_name_or_address: &str,
    ) -> impl Future<Output = Result<Vec<IpAddress>, SocketError>> + Send + use<> {
        let rules = Rules::waiting(context);
        let host = host_name_or_address.to_owned();
        let call = trace::DNS.enter(ADDRESSES, format_args!("{host_name_or_address}"));
        trace::later(trace::DNS, call, ADDRESSES, async move {
            rules?.addresses(&host, AddressFamily::Unspecified).await
        })
    }

    /// [`get_host_addresses_of_family_in`](Self::get_host_addresses_of_family_in) for asynchronous code.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostAddressesAsync(String, AddressFamily)`
    ///
    /// # Errors
    /// As there.
    #[doc(alias = "Dns.GetHostAddressesAsync")]
    pub fn get_host_addresses_of_family_async_in(
        context: &NetContext,
        host_name_or_address: &str,
        family: AddressFamily,
    ) -> impl Future<Output = Result<Vec<IpAddress>, SocketError>> + Send + use<> {
        let rules = Rules::waiting(context);
        let host = host_name_or_address.to_owned();
        let call = trace::DNS.enter(ADDRESSES, format_args!("{host_name_or_address}"));
        trace::later(trace::DNS, call, ADDRESSES, async move {
            rules?.addresses(&host, family).await
        })
    }
}
