//! What each member asks, in which order, and what it refuses; one implementation for all forms.

use std::io;
use std::sync::Arc;

use system_net_primitives::{AddressFamily, IpAddress, Misuse};

use super::IpHostEntry;
use super::peer_names::{self, PeerNames};
use crate::error::{SocketError, SocketErrorCode};
use crate::resolver::{LONGEST_NAME, Resolver, ascii_name};
use crate::sys;

/// Whom to ask, and for what.
pub(super) struct Rules {
    pub(super) resolver: Arc<dyn Resolver>,
    pub(super) peers: Option<Arc<dyn PeerNames>>,
    /// Whether the machine uses IPv6.
    pub(super) has_ipv6: bool,
    /// Whether the obsolete members do.
    pub(super) obsolete_ipv6: bool,
}

/// How a text that may be an address is taken.
enum Host<'a> {
    Address(IpAddress),
    Name(&'a str),
}

impl<'a> Host<'a> {
    fn of(text: &'a str) -> Self {
        match text.parse() {
            Ok(address) => Self::Address(address),
            Err(_) => Self::Name(text),
        }
    }

    /// Refuses the addresses that mean no host.
    fn checked(text: &'a str) -> Result<Self, SocketError> {
        let host = Self::of(text);
        if let Self::Address(address) = host {
            check_address(address, "hostNameOrAddress")?;
        }
        Ok(host)
    }
}

impl Rules {
    /// `GetHostEntry(string)`.
    pub(super) async fn entry(
        self,
        host: &str,
        family: AddressFamily,
    ) -> Result<IpHostEntry, SocketError> {
        match Host::checked(host)? {
            Host::Address(address) => self.entry_of(address, family).await,
            Host::Name(name) => {
                check_length(name, "hostName")?;
                match self.usable(family) {
                    Some(family) => self.forward(name, family).await,
                    None => Ok(IpHostEntry::of(name, Vec::new())),
                }
            }
        }
    }

    /// `GetHostEntry(IPAddress)`: the name of the address, and then what is known of the name.
    pub(super) async fn entry_by_address(
        self,
        address: IpAddress,
    ) -> Result<IpHostEntry, SocketError> {
        check_address(address, "address")?;
        self.entry_of(address, AddressFamily::Unspecified).await
    }

    async fn entry_of(
        &self,
        address: IpAddress,
        family: AddressFamily,
    ) -> Result<IpHostEntry, SocketError> {
        let name = self.resolver.resolve_address(address).await?;
        let entry = match self.usable(family) {
            Some(family) => self.forward(&name, family).await.ok(),
            None => None,
        };
        // A name without addresses of its own is an answer all the same.
        Ok(entry.unwrap_or_else(|| IpHostEntry::of(name, Vec::new())))
    }

    /// `GetHostAddresses`.
    pub(super) async fn addresses(
        self,
        host: &str,
        family: AddressFamily,
    ) -> Result<Vec<IpAddress>, SocketError> {
        let name = match Host::checked(host)? {
            Host::Address(address) => {
                let fits = [AddressFamily::Unspecified, address.address_family()].contains(&family);
                return Ok(if fits { vec![address] } else { Vec::new() });
            }
            Host::Name(name) => name,
        };
        check_length(name, "hostName")?;
        let Some(family) = self.usable(family) else {
            return Ok(Vec::new());
        };
        let name = &*named(name)?;
        match &self.peers {
            Some(peers) if peer_names::is_peer(name) => peers_of(&**peers, name, family).await,
            _ => {
                let ascii = checked_ascii(name)?;
                self.resolver.resolve_family(&ascii, family).await
            }
        }
    }

    /// `GetHostByName`.
    pub(super) async fn by_name(self, host: &str) -> Result<IpHostEntry, SocketError> {
        match Host::of(host) {
            Host::Address(address) => Ok(unresolved(address)),
            Host::Name(name) => self.by_plain_name(name).await,
        }
    }

    /// `GetHostByAddress`.
    pub(super) async fn by_address(self, address: IpAddress) -> Result<IpHostEntry, SocketError> {
        self.by_plain_address(address).await
    }

    /// `Resolve`.
    pub(super) async fn resolve(self, host: &str) -> Result<IpHostEntry, SocketError> {
        match Host::of(host) {
            Host::Address(address)
                if self.obsolete_ipv6
                    || address.address_family() != AddressFamily::InterNetworkV6 =>
            {
                let entry = self.by_plain_address(address).await;
                Ok(entry.unwrap_or_else(|_| unresolved(address)))
            }
            _ => self.by_plain_name(host).await,
        }
    }

    async fn by_plain_name(&self, host: &str) -> Result<IpHostEntry, SocketError> {
        check_length(host, "hostName")?;
        let family = match self.obsolete_ipv6 {
            true => AddressFamily::Unspecified,
            false => AddressFamily::InterNetwork,
        };
        self.forward(host, family).await
    }

    async fn by_plain_address(&self, address: IpAddress) -> Result<IpHostEntry, SocketError> {
        if self.obsolete_ipv6 {
            return self.entry_of(address, AddressFamily::Unspecified).await;
        }
        if address.address_family() == AddressFamily::InterNetworkV6 {
            let code = SocketErrorCode::ProtocolNotSupported;
            let context = format!("look-up of the name of {address} without IPv6");
            return Err(SocketError::new(code).with_context(context));
        }
        let name = self.resolver.resolve_address(address).await?;
        Ok(IpHostEntry::of(name, vec![address]))
    }

    /// Looks up what is no address, or is to be taken as none.
    async fn forward(&self, name: &str, family: AddressFamily) -> Result<IpHostEntry, SocketError> {
        let name = &*named(name)?;
        match &self.peers {
            Some(peers) if peer_names::is_peer(name) => {
                let addresses = peers_of(&**peers, name, family).await?;
                Ok(IpHostEntry::of(name, addresses))
            }
            _ => {
                let ascii = checked_ascii(name)?;
                self.resolver.resolve_entry(&ascii, family).await
            }
        }
    }

    /// The family to ask for; `None` if this machine does not use it.
    fn usable(&self, family: AddressFamily) -> Option<AddressFamily> {
        match (family, self.has_ipv6) {
            (AddressFamily::Unspecified, false) => Some(AddressFamily::InterNetwork),
            (AddressFamily::InterNetworkV6, false) => None,
            (family, _) => Some(family),
        }
    }
}

/// `GetHostName`.
pub(super) fn own_name() -> Result<String, SocketError> {
    let failed = |error: io::Error| SocketError::from(error).with_context("gethostname");
    sys::host_name().map_err(failed)
}

/// An empty name means this machine.
fn named(name: &str) -> Result<std::borrow::Cow<'_, str>, SocketError> {
    match name {
        "" => own_name().map(Into::into),
        name => Ok(name.into()),
    }
}

async fn peers_of(
    peers: &dyn PeerNames,
    name: &str,
    family: AddressFamily,
) -> Result<Vec<IpAddress>, SocketError> {
    let mut addresses = peers.resolve_peer(name).await?;
    addresses
        .retain(|address| [AddressFamily::Unspecified, address.address_family()].contains(&family));
    match addresses.is_empty() {
        true => Err(SocketError::new(SocketErrorCode::NoData)
            .with_context(format!("look-up of the peer {name:?}"))),
        false => Ok(addresses),
    }
}

/// An address that was not looked up.
fn unresolved(address: IpAddress) -> IpHostEntry {
    IpHostEntry::of(address.to_string(), vec![address])
}

/// `0.0.0.0` and `::` are no hosts.
fn check_address(address: IpAddress, param: &'static str) -> Result<(), SocketError> {
    match address {
        IpAddress::ANY | IpAddress::IPV6_ANY => {
            let message = "0.0.0.0 and :: stand for all interfaces, not for a host";
            Err(Misuse::invalid_argument(param, message).into())
        }
        _ => Ok(()),
    }
}

/// .NET counts the characters of UTF-16, before the name becomes ASCII.
fn check_length(name: &str, param: &'static str) -> Result<(), SocketError> {
    let length = name.encode_utf16().count();
    if length > LONGEST_NAME || length == LONGEST_NAME && !name.ends_with('.') {
        let message = "a host name has at most 255 characters, the 255th a dot";
        return Err(Misuse::out_of_range(param, message).into());
    }
    Ok(())
}

fn checked_ascii(name: &str) -> Result<std::borrow::Cow<'_, str>, SocketError> {
    let ascii = ascii_name(name)?;
    check_length(&ascii, "hostName")?;
    Ok(ascii)
}
