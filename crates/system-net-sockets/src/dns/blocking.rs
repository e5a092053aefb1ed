//! The members that block.

use system_net_config::NetContext;
use system_net_diagnostics::shown;
use system_net_primitives::{AddressFamily, IpAddress};

use super::rules::{self, Rules};
use super::wait::wait_for;
use super::{Dns, IpHostEntry};
use crate::error::SocketError;
use crate::trace;
#[cfg(doc)]
use system_net_primitives::Misuse;

impl Dns {
    /// The name of this machine.
    ///
    /// .NET: `System.Net.Dns.GetHostName`
    ///
    /// # Errors
    /// The system's.
    #[doc(alias = "Dns.GetHostName")]
    pub fn get_host_name() -> Result<String, SocketError> {
        rules::own_name()
    }

    /// What is known of a host, by its name or by its address. Of an address the name is asked for, and
    /// then what is known of the name; if the name has no addresses, the entry has none.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntry`
    ///
    /// # Errors
    /// As [`Resolver::resolve`](crate::Resolver::resolve). [`Misuse::InvalidArgument`] for `0.0.0.0` and
    /// `::`, [`Misuse::OutOfRange`] for a name that is too long.
    #[doc(alias = "Dns.GetHostEntry")]
    pub fn get_host_entry_in(
        context: &NetContext,
        host_name_or_address: &str,
    ) -> Result<IpHostEntry, SocketError> {
        trace::call(
            trace::DNS,
            "GetHostEntry",
            format_args!("{host_name_or_address}"),
            || {
                wait_for(
                    Rules::blocking(context)?
                        .entry(host_name_or_address, AddressFamily::Unspecified),
                )
            },
        )
    }

    /// What is known of the host that has this address: the name of the address is asked for, and then
    /// what is known of the name; if the name has no addresses, the entry has none.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntry(IPAddress)`
    ///
    /// # Errors
    /// As [`Resolver::resolve`](crate::Resolver::resolve). [`Misuse::InvalidArgument`] for `0.0.0.0` and
    /// `::`.
    #[doc(alias = "Dns.GetHostEntry")]
    pub fn get_host_entry_by_address_in(
        context: &NetContext,
        address: IpAddress,
    ) -> Result<IpHostEntry, SocketError> {
        trace::call(
            trace::DNS,
            "GetHostEntry",
            format_args!("{}", shown(&address)),
            || wait_for(Rules::blocking(context)?.entry_by_address(address)),
        )
    }

    /// [`get_host_entry_in`](Self::get_host_entry_in) with the addresses of one family. If it is IPv6 and the
    /// machine does not use that, the entry has no addresses.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostEntry(String, AddressFamily)`
    ///
    /// # Errors
    /// As [`Resolver::resolve`](crate::Resolver::resolve). [`Misuse::InvalidArgument`] for `0.0.0.0` and
    /// `::`, [`Misuse::OutOfRange`] for a name that is too long.
    #[doc(alias = "Dns.GetHostEntry")]
    pub fn get_host_entry_of_family_in(
        context: &NetContext,
        host_name_or_address: &str,
        family: AddressFamily,
    ) -> Result<IpHostEntry, SocketError> {
        trace::call(
            trace::DNS,
            "GetHostEntry",
            format_args!("{host_name_or_address}"),
            || wait_for(Rules::blocking(context)?.entry(host_name_or_address, family)),
        )
    }

    /// All addresses of a host, in the order in which they should be tried. An address is its own
    /// answer.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostAddresses`
    ///
    /// # Errors
    /// As [`Resolver::resolve`](crate::Resolver::resolve). [`Misuse::InvalidArgument`] for `0.0.0.0` and
    /// `::`, [`Misuse::OutOfRange`] for a name that is too long.
    #[doc(alias = "Dns.GetHostAddresses")]
    pub fn get_host_addresses_in(
        context: &NetContext,
        host_name_or_address: &str,
    ) -> Result<Vec<IpAddress>, SocketError> {
        trace::call(
            trace::DNS,
            "GetHostAddresses",
            format_args!("{host_name_or_address}"),
            || {
                wait_for(
                    Rules::blocking(context)?
                        .addresses(host_name_or_address, AddressFamily::Unspecified),
                )
            },
        )
    }

    /// [`get_host_addresses_in`](Self::get_host_addresses_in) of one family. There are none of an address of
    /// another family, nor of IPv6 if the machine does not use that.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Dns.GetHostAddresses(String, AddressFamily)`
    ///
    /// # Errors
    /// As [`Resolver::resolve`](crate::Resolver::resolve). [`Misuse::InvalidArgument`] for `0.0.0.0` and
    /// `::`, [`Misuse::OutOfRange`] for a name that is too long.
    #[doc(alias = "Dns.GetHostAddresses")]
    pub fn get_host_addresses_of_family_in(
        context: &NetContext,
        host_name_or_address: &str,
        family: AddressFamily,
    ) -> Result<Vec<IpAddress>, SocketError> {
        trace::call(
            trace::DNS,
            "GetHostAddresses",
            format_args!("{host_name_or_address}"),
            || wait_for(Rules::blocking(context)?.addresses(host_name_or_address, family)),
        )
    }
}
