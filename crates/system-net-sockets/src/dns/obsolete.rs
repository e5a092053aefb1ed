//! The members that .NET calls obsolete. They give IPv6 addresses only if the machine uses IPv6 and
//! the settings say so.

use system_net_config::NetContext;
use system_net_diagnostics::shown;
use system_net_primitives::{IpAddress, IpAddressParseError, Misuse};

use super::rules::Rules;
use super::wait::wait_for;
use super::{Dns, IpHostEntry};
use crate::error::SocketError;
use crate::trace;

impl Dns {
    /// What is known of a host, by its name or by its address. An address that has no name is its own
    /// answer. Without IPv6 an IPv6 address is taken for a name, which it is not.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.Resolve`
    ///
    /// # Errors
    /// As [`Resolver::resolve`](crate::Resolver::resolve); [`Misuse::OutOfRange`] for a name that is
    /// too long.
    #[doc(alias = "Dns.Resolve")]
    #[deprecated = "use `get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn resolve_in(context: &NetContext, host_name: &str) -> Result<IpHostEntry, SocketError> {
        trace::call(trace::DNS, "Resolve", format_args!("{host_name}"), || {
            wait_for(Rules::blocking(context)?.resolve(host_name))
        })
    }

    /// What is known of a host by its name. An address is its own answer.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostByName`
    ///
    /// # Errors
    /// As [`Resolver::resolve`](crate::Resolver::resolve); [`Misuse::OutOfRange`] for a name that is
    /// too long.
    #[doc(alias = "Dns.GetHostByName")]
    #[deprecated = "use `get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn get_host_by_name_in(
        context: &NetContext,
        host_name: &str,
    ) -> Result<IpHostEntry, SocketError> {
        trace::call(
            trace::DNS,
            "GetHostByName",
            format_args!("{host_name}"),
            || wait_for(Rules::blocking(context)?.by_name(host_name)),
        )
    }

    /// What is known of the host that has this address. Without IPv6 only the name is asked for, and
    /// only of an IPv4 address.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostByAddress(IPAddress)`
    ///
    /// # Errors
    /// As [`Resolver::resolve`](crate::Resolver::resolve); [`ProtocolNotSupported`](crate::SocketErrorCode::ProtocolNotSupported)
    /// for an IPv6 address without IPv6.
    #[doc(alias = "Dns.GetHostByAddress")]
    #[deprecated = "use `get_host_entry_by_address`, which does not depend on the ipv6 switch"]
    pub fn get_host_by_address_in(
        context: &NetContext,
        address: IpAddress,
    ) -> Result<IpHostEntry, SocketError> {
        trace::call(
            trace::DNS,
            "GetHostByAddress",
            format_args!("{}", shown(&address)),
            || wait_for(Rules::blocking(context)?.by_address(address)),
        )
    }

    /// [`get_host_by_address_in`](Self::get_host_by_address_in) of an address that is given as text.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostByAddress(String)`
    ///
    /// # Errors
    /// As there; [`Misuse::InvalidArgument`] if the text is no address.
    #[doc(alias = "Dns.GetHostByAddress")]
    #[deprecated = "use `get_host_entry`, which does not depend on the ipv6 switch"]
    pub fn get_host_by_address_from_str_in(
        context: &NetContext,
        address: &str,
    ) -> Result<IpHostEntry, SocketError> {
        trace::call(
            trace::DNS,
            "GetHostByAddress",
            format_args!("{address}"),
            || {
                let address = address.parse().map_err(|error: IpAddressParseError| {
                    Misuse::invalid_argument("address", error.to_string())
                })?;
                wait_for(Rules::blocking(context)?.by_address(address))
            },
        )
    }
}
