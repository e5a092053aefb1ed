//! The Begin members in the global context, one-line forwards.
#![expect(clippy::disallowed_methods, reason = "this is a forwarding module")]
#![expect(deprecated, reason = "obsolete members forward to each other")]

use system_net_config::NetContext;
use system_net_primitives::{AsyncCallback, AsyncResult, AsyncState, IpAddress};

use crate::dns::{Dns, IpHostEntry};
use crate::error::SocketError;

impl Dns {
    /// [`begin_get_host_addresses_in`](Self::begin_get_host_addresses_in) the global context.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.BeginGetHostAddresses`
    #[doc(alias = "Dns.BeginGetHostAddresses")]
    pub fn begin_get_host_addresses(
        host_name_or_address: &str,
        callback: Option<AsyncCallback<Result<Vec<IpAddress>, SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<Vec<IpAddress>, SocketError>> {
        Self::begin_get_host_addresses_in(
            NetContext::global(),
            host_name_or_address,
            callback,
            state,
        )
    }

    /// [`begin_get_host_entry_in`](Self::begin_get_host_entry_in) the global context.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.BeginGetHostEntry`
    #[doc(alias = "Dns.BeginGetHostEntry")]
    pub fn begin_get_host_entry(
        host_name_or_address: &str,
        callback: Option<AsyncCallback<Result<IpHostEntry, SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<IpHostEntry, SocketError>> {
        Self::begin_get_host_entry_in(NetContext::global(), host_name_or_address, callback, state)
    }

    /// [`begin_get_host_entry_by_address_in`](Self::begin_get_host_entry_by_address_in) the global context.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.BeginGetHostEntry(IPAddress, AsyncCallback, Object)`
    #[doc(alias = "Dns.BeginGetHostEntry")]
    pub fn begin_get_host_entry_by_address(
        address: IpAddress,
        callback: Option<AsyncCallback<Result<IpHostEntry, SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<IpHostEntry, SocketError>> {
        Self::begin_get_host_entry_by_address_in(NetContext::global(), address, callback, state)
    }

    /// [`begin_get_host_by_name_in`](Self::begin_get_host_by_name_in) the global context.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.BeginGetHostByName`
    #[doc(alias = "Dns.BeginGetHostByName")]
    #[deprecated = "use `begin_get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn begin_get_host_by_name(
        host_name: &str,
        callback: Option<AsyncCallback<Result<IpHostEntry, SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<IpHostEntry, SocketError>> {
        Self::begin_get_host_by_name_in(NetContext::global(), host_name, callback, state)
    }

    /// [`begin_resolve_in`](Self::begin_resolve_in) the global context.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.BeginResolve`
    #[doc(alias = "Dns.BeginResolve")]
    #[deprecated = "use `begin_get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn begin_resolve(
        host_name: &str,
        callback: Option<AsyncCallback<Result<IpHostEntry, SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<IpHostEntry, SocketError>> {
        Self::begin_resolve_in(NetContext::global(), host_name, callback, state)
    }
}
