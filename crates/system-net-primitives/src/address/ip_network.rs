//! Addresses that begin alike: a base address and the length of the prefix.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use system_net_uri::address::parse_prefix;

use super::{IpAddress, IpAddressParseError, IpAddressParseErrorKind};
use crate::Misuse;

/// All addresses that have the first bits of a base address, written `fe80::/10`.
///
/// .NET: `System.Net.IPNetwork`
///
/// # Differences from .NET
/// The scope id of the base address is dropped: a prefix says nothing about an interface.
///
/// # Examples
/// ```
/// use system_net_primitives::IpNetwork;
///
/// let network: IpNetwork = "3FFE:FFFF:0:CD30::/64".parse()?;
/// assert_eq!(network.prefix_length(), 64);
/// assert!(network.contains("3ffe:ffff:0:cd30::7".parse()?));
/// assert!(!network.contains("3ffe:ffff:0:cd31::7".parse()?));
/// # Ok::<(), system_net_primitives::IpAddressParseError>(())
/// ```
#[doc(alias = "IPNetwork")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpNetwork {
    base_address: IpAddress,
    prefix_length: u8,
}

impl IpNetwork {
    /// The addresses that have the first bits of this one.
    ///
    /// .NET: `System.Net.IPNetwork.IPNetwork(IPAddress, Int32)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a prefix longer than the address, [`Misuse::InvalidArgument`] if
    /// the address has a one behind the prefix; see [`containing`](Self::containing).
    pub fn new(base_address: IpAddress, prefix_length: u8) -> Result<Self, Misuse> {
        let this = Self::containing(base_address, prefix_length)?;
        if this.base_address.to_ip_addr() != base_address.to_ip_addr() {
            return Err(Misuse::invalid_argument(
                "baseAddress",
                "the address has bits set behind the prefix",
            ));
        }
        Ok(this)
    }

    /// The network of an address: what comes behind the prefix is set to zero.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a prefix longer than the address.
    pub fn containing(address: IpAddress, prefix_length: u8) -> Result<Self, Misuse> {
        let base_address = masked(address, prefix_length).ok_or_else(|| {
            Misuse::out_of_range("prefixLength", "expected at most 32, for IPv6 at most 128")
        })?;
        Ok(Self {
            base_address,
            prefix_length,
        })
    }

    /// The lowest address of the network.
    ///
    /// .NET: `System.Net.IPNetwork.BaseAddress`
    #[doc(alias = "IPNetwork.BaseAddress")]
    #[must_use]
    pub const fn base_address(self) -> IpAddress {
        self.base_address
    }

    /// The number of bits that all addresses of the network share.
    ///
    /// .NET: `System.Net.IPNetwork.PrefixLength`
    #[doc(alias = "IPNetwork.PrefixLength")]
    #[must_use]
    pub const fn prefix_length(self) -> u8 {
        self.prefix_length
    }

    /// Whether an address begins like the network, on whatever interface. An IPv4 address mapped
    /// to IPv6 is an IPv6 address here.
    ///
    /// .NET: `System.Net.IPNetwork.Contains`
    #[doc(alias = "IPNetwork.Contains")]
    #[must_use]
    pub fn contains(self, address: IpAddress) -> bool {
        address.address_family() == self.base_address.address_family()
            && masked(address, self.prefix_length) == Some(self.base_address)
    }
}

/// The address with zeros behind the prefix, if it is that long.
fn masked(address: IpAddress, prefix_length: u8) -> Option<IpAddress> {
    let bits = u32::from(prefix_length);
    match address.to_ip_addr() {
        IpAddr::V4(v4) => {
            let rest = u32::BITS.checked_sub(bits)?;
            let mask = u32::MAX.checked_shl(rest).unwrap_or_default();
            Some(IpAddress::v4((v4.to_bits() & mask).into()))
        }
        IpAddr::V6(v6) => {
            let rest = u128::BITS.checked_sub(bits)?;
            let mask = u128::MAX.checked_shl(rest).unwrap_or_default();
            Some(IpAddress::v6((v6.to_bits() & mask).into(), 0))
        }
    }
}

impl FromStr for IpNetwork {
    type Err = IpAddressParseError;

    /// Reads `10.0.0.0/8` or `fe80::/10`; an IPv4 address has four parts here.
    ///
    /// .NET: `System.Net.IPNetwork.Parse`, `System.Net.IPNetwork.TryParse`
    fn from_str(text: &str) -> Result<Self, IpAddressParseError> {
        parse_prefix(text)
            .and_then(|(address, length)| Self::new(address.into(), length).ok())
            .ok_or_else(|| IpAddressParseErrorKind::Prefix.into())
    }
}

impl fmt::Display for IpNetwork {
    /// `10.0.0.0/8`, `fe80::/10`.
    ///
    /// .NET: `System.Net.IPNetwork.ToString`, `System.Net.IPNetwork.TryFormat`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base_address, self.prefix_length)
    }
}

impl fmt::Debug for IpNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
