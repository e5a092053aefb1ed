//! An IP address with the scope id that link-local IPv6 addresses need.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use system_net_uri::address::format_ipv6;

use super::AddressFamily;
use crate::Misuse;

/// An IPv4 or IPv6 address; an IPv6 address may name an interface by its scope id.
///
/// Text is read by [`FromStr`](std::str::FromStr) as .NET reads it: IPv4 in all its spellings,
/// IPv6 with or without brackets and with a scope id behind `%`.
///
/// .NET: `System.Net.IPAddress`
///
/// # Differences from .NET
/// All of `::ffff:127.0.0.0/104` is loopback, as the addresses it maps are; .NET knows the first.
///
/// # Examples
/// ```
/// use system_net_primitives::IpAddress;
///
/// let address: IpAddress = "fe80::1%3".parse()?;
/// assert_eq!(address.scope_id(), Some(3));
/// assert_eq!("0x7f.1".parse::<IpAddress>()?, IpAddress::LOOPBACK);
/// # Ok::<(), system_net_primitives::IpAddressParseError>(())
/// ```
#[doc(alias = "IPAddress")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpAddress {
    address: IpAddr,
    /// Zero for IPv4, always.
    scope_id: u32,
}

impl IpAddress {
    /// `0.0.0.0`, every IPv4 interface.
    ///
    /// .NET: `System.Net.IPAddress.Any`
    #[doc(alias = "IPAddress.Any")]
    pub const ANY: Self = Self::v4(Ipv4Addr::UNSPECIFIED);
    /// `127.0.0.1`.
    ///
    /// .NET: `System.Net.IPAddress.Loopback`
    #[doc(alias = "IPAddress.Loopback")]
    pub const LOOPBACK: Self = Self::v4(Ipv4Addr::LOCALHOST);
    /// `255.255.255.255`, every host of the link.
    ///
    /// .NET: `System.Net.IPAddress.Broadcast`
    #[doc(alias = "IPAddress.Broadcast")]
    pub const BROADCAST: Self = Self::v4(Ipv4Addr::BROADCAST);
    /// `255.255.255.255`, no interface.
    ///
    /// .NET: `System.Net.IPAddress.None`
    #[doc(alias = "IPAddress.None")]
    pub const NONE: Self = Self::BROADCAST;
    /// `::`, every IPv6 interface.
    ///
    /// .NET: `System.Net.IPAddress.IPv6Any`
    #[doc(alias = "IPAddress.IPv6Any")]
    pub const IPV6_ANY: Self = Self::v6(Ipv6Addr::UNSPECIFIED, 0);
    /// `::1`.
    ///
    /// .NET: `System.Net.IPAddress.IPv6Loopback`
    #[doc(alias = "IPAddress.IPv6Loopback")]
    pub const IPV6_LOOPBACK: Self = Self::v6(Ipv6Addr::LOCALHOST, 0);
    /// `::`, no interface.
    ///
    /// .NET: `System.Net.IPAddress.IPv6None`
    #[doc(alias = "IPAddress.IPv6None")]
    pub const IPV6_NONE: Self = Self::IPV6_ANY;

    /// An IPv4 address.
    #[must_use]
    pub const fn v4(address: Ipv4Addr) -> Self {
        Self {
            address: IpAddr::V4(address),
            scope_id: 0,
        }
    }

    /// An IPv6 address on an interface; zero means no interface is named.
    #[must_use]
    pub const fn v6(address: Ipv6Addr, scope_id: u32) -> Self {
        Self {
            address: IpAddr::V6(address),
            scope_id,
        }
    }

    /// An IPv4 address from the number that holds its four bytes, the first in the lowest place.
    ///
    /// .NET: `System.Net.IPAddress.IPAddress(Int64)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a number that has no 32 bits.
    pub fn from_i64(new_address: i64) -> Result<Self, Misuse> {
        let number = u32::try_from(new_address)
            .map_err(|_| Misuse::out_of_range("newAddress", "expected 0 to 4294967295"))?;
        Ok(Self::v4(Ipv4Addr::from(number.to_le_bytes())))
    }

    /// An address from its 4 or 16 bytes.
    ///
    /// .NET: `System.Net.IPAddress.IPAddress(Byte[])`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for another number of bytes.
    pub fn from_bytes(address: &[u8]) -> Result<Self, Misuse> {
        if let Ok(bytes) = <[u8; 4]>::try_from(address) {
            return Ok(Self::v4(bytes.into()));
        }
        Self::from_bytes_and_scope(address, 0)
            .map_err(|_| Misuse::invalid_argument("address", "an address has 4 or 16 bytes"))
    }

    /// An IPv6 address from its 16 bytes and the number of an interface.
    ///
    /// .NET: `System.Net.IPAddress.IPAddress(Byte[], Int64)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for another number of bytes, [`Misuse::OutOfRange`] for a
    /// scope id that has no 32 bits.
    pub fn from_bytes_and_scope(address: &[u8], scope_id: i64) -> Result<Self, Misuse> {
        let bytes = <[u8; 16]>::try_from(address)
            .map_err(|_| Misuse::invalid_argument("address", "an IPv6 address has 16 bytes"))?;
        let scope_id = u32::try_from(scope_id)
            .map_err(|_| Misuse::out_of_range("scopeid", "expected 0 to 4294967295"))?;
        Ok(Self::v6(bytes.into(), scope_id))
    }

    /// The address in std's type, without the scope id.
    #[must_use]
    pub const fn to_ip_addr(self) -> IpAddr {
        self.address
    }

    /// The kind of the address.
    ///
    /// .NET: `System.Net.IPAddress.AddressFamily`
    #[doc(alias = "IPAddress.AddressFamily")]
    #[must_use]
    pub const fn address_family(self) -> AddressFamily {
        match self.address {
            IpAddr::V4(_) => AddressFamily::InterNetwork,
            IpAddr::V6(_) => AddressFamily::InterNetworkV6,
        }
    }

    /// The 4 or 16 bytes of the address, the highest first.
    ///
    /// .NET: `System.Net.IPAddress.GetAddressBytes`
    #[doc(alias = "IPAddress.GetAddressBytes")]
    #[must_use]
    pub fn get_address_bytes(self) -> Vec<u8> {
        match self.address {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        }
    }

    /// The number that holds the four bytes, the first in the lowest place; `None` for IPv6,
    /// where .NET throws.
    ///
    /// .NET: `System.Net.IPAddress.Address`
    #[doc(alias = "IPAddress.Address")]
    #[must_use]
    pub const fn address(self) -> Option<u32> {
        match self.address {
            IpAddr::V4(v4) => Some(u32::from_le_bytes(v4.octets())),
            IpAddr::V6(_) => None,
        }
    }

    /// Changes the address to the IPv4 address from a number as for [`from_i64`](Self::from_i64).
    ///
    /// .NET: `System.Net.IPAddress.Address`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] for IPv6, [`Misuse::OutOfRange`] for a number that has no 32 bits.
    #[doc(alias = "IPAddress.Address")]
    pub fn set_address(&mut self, address: i64) -> Result<(), Misuse> {
        if self.address.is_ipv6() {
            return Err(Misuse::not_supported("an IPv6 address is no number"));
        }
        *self = Self::from_i64(address)?;
        Ok(())
    }

    /// Writes the 4 or 16 bytes to the beginning of a buffer; their number, or `None` if the
    /// buffer is too short, which is then left as it was.
    ///
    /// .NET: `System.Net.IPAddress.TryWriteBytes`
    #[doc(alias = "IPAddress.TryWriteBytes")]
    #[must_use = "a buffer that is too short is left as it was"]
    pub fn try_write_bytes(self, destination: &mut [u8]) -> Option<usize> {
        let (v4, v6);
        let bytes: &[u8] = match self.address {
            IpAddr::V4(address) => {
                v4 = address.octets();
                &v4
            }
            IpAddr::V6(address) => {
                v6 = address.octets();
                &v6
            }
        };
        destination.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(bytes.len())
    }

    /// The number of the interface, zero if none is named; `None` for IPv4, where .NET throws.
    ///
    /// .NET: `System.Net.IPAddress.ScopeId`
    #[doc(alias = "IPAddress.ScopeId")]
    #[must_use]
    pub const fn scope_id(self) -> Option<u32> {
        match self.address {
            IpAddr::V4(_) => None,
            IpAddr::V6(_) => Some(self.scope_id),
        }
    }

    /// Names another interface.
    ///
    /// .NET: `System.Net.IPAddress.ScopeId`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] for IPv4.
    #[doc(alias = "IPAddress.ScopeId")]
    pub fn set_scope_id(&mut self, scope_id: u32) -> Result<(), Misuse> {
        *self = self.with_scope_id(scope_id)?;
        Ok(())
    }

    /// The same address on another interface.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] for IPv4.
    pub fn with_scope_id(self, scope_id: u32) -> Result<Self, Misuse> {
        match self.address {
            IpAddr::V4(_) => Err(Misuse::not_supported("an IPv4 address has no scope id")),
            IpAddr::V6(v6) => Ok(Self::v6(v6, scope_id)),
        }
    }

    /// The address as IPv6, an IPv4 address as `::ffff:a.b.c.d`.
    ///
    /// .NET: `System.Net.IPAddress.MapToIPv6`
    #[doc(alias = "IPAddress.MapToIPv6")]
    #[must_use]
    pub const fn map_to_ipv6(self) -> Self {
        match self.address {
            IpAddr::V4(v4) => Self::v6(v4.to_ipv6_mapped(), 0),
            IpAddr::V6(_) => self,
        }
    }

    /// The address as IPv4: of an IPv6 address its last four bytes, whatever comes before them.
    ///
    /// .NET: `System.Net.IPAddress.MapToIPv4`
    #[doc(alias = "IPAddress.MapToIPv4")]
    #[must_use]
    pub const fn map_to_ipv4(self) -> Self {
        match self.address {
            IpAddr::V4(_) => self,
            IpAddr::V6(v6) => {
                let [.., a, b, c, d] = v6.octets();
                Self::v4(Ipv4Addr::new(a, b, c, d))
            }
        }
    }
}

impl fmt::Display for IpAddress {
    /// The form .NET writes: RFC 5952, the last four bytes in decimal where they are an IPv4
    /// address, and the scope id behind a percent sign.
    ///
    /// .NET: `System.Net.IPAddress.ToString`, `System.Net.IPAddress.TryFormat`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => {
                format_ipv6(v6).fmt(f)?;
                match self.scope_id {
                    0 => Ok(()),
                    id => write!(f, "%{id}"),
                }
            }
        }
    }
}

impl fmt::Debug for IpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<IpAddr> for IpAddress {
    fn from(address: IpAddr) -> Self {
        Self {
            address,
            scope_id: 0,
        }
    }
}

impl From<Ipv4Addr> for IpAddress {
    fn from(address: Ipv4Addr) -> Self {
        Self::v4(address)
    }
}

impl From<Ipv6Addr> for IpAddress {
    fn from(address: Ipv6Addr) -> Self {
        Self::v6(address, 0)
    }
}

impl From<IpAddress> for IpAddr {
    /// Drops the scope id.
    fn from(address: IpAddress) -> Self {
        address.address
    }
}
