//! What kind of address an address is, by its first bits.

use std::net::IpAddr;

use super::IpAddress;

/// What kind of address it is.
impl IpAddress {
    /// Whether the address is `127.x.x.x`, the same mapped to IPv6, or `::1` without a scope id.
    ///
    /// .NET: `System.Net.IPAddress.IsLoopback`
    #[doc(alias = "IPAddress.IsLoopback")]
    #[must_use]
    pub fn is_loopback(self) -> bool {
        match self.to_ip_addr() {
            IpAddr::V4(v4) => v4.is_loopback(),
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => v4.is_loopback(),
                None => v6.is_loopback() && matches!(self.scope_id(), Some(0)),
            },
        }
    }

    /// `fe80::/10`: valid on one link only.
    ///
    /// .NET: `System.Net.IPAddress.IsIPv6LinkLocal`
    #[doc(alias = "IPAddress.IsIPv6LinkLocal")]
    #[must_use]
    pub const fn is_ipv6_link_local(self) -> bool {
        self.first_group() & 0xffc0 == 0xfe80
    }

    /// `fec0::/10`: valid within one site; no longer in use.
    ///
    /// .NET: `System.Net.IPAddress.IsIPv6SiteLocal`
    #[doc(alias = "IPAddress.IsIPv6SiteLocal")]
    #[must_use]
    pub const fn is_ipv6_site_local(self) -> bool {
        self.first_group() & 0xffc0 == 0xfec0
    }

    /// `fc00::/7`: valid within the sites of one administration.
    ///
    /// .NET: `System.Net.IPAddress.IsIPv6UniqueLocal`
    #[doc(alias = "IPAddress.IsIPv6UniqueLocal")]
    #[must_use]
    pub const fn is_ipv6_unique_local(self) -> bool {
        self.first_group() & 0xfe00 == 0xfc00
    }

    /// `ff00::/8`.
    ///
    /// .NET: `System.Net.IPAddress.IsIPv6Multicast`
    #[doc(alias = "IPAddress.IsIPv6Multicast")]
    #[must_use]
    pub const fn is_ipv6_multicast(self) -> bool {
        self.first_group() & 0xff00 == 0xff00
    }

    /// `2001::/32`: an address that tunnels through a Teredo server.
    ///
    /// .NET: `System.Net.IPAddress.IsIPv6Teredo`
    #[doc(alias = "IPAddress.IsIPv6Teredo")]
    #[must_use]
    pub const fn is_ipv6_teredo(self) -> bool {
        matches!(self.to_ip_addr(), IpAddr::V6(v6) if matches!(v6.segments(), [0x2001, 0, ..]))
    }

    /// `::ffff:0:0/96`: an IPv4 address written as IPv6.
    ///
    /// .NET: `System.Net.IPAddress.IsIPv4MappedToIPv6`
    #[doc(alias = "IPAddress.IsIPv4MappedToIPv6")]
    #[must_use]
    pub const fn is_ipv4_mapped_to_ipv6(self) -> bool {
        matches!(self.to_ip_addr(), IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some())
    }

    /// The first 16 bits of an IPv6 address; zero for IPv4, which matches no IPv6 prefix.
    const fn first_group(self) -> u16 {
        match self.to_ip_addr() {
            IpAddr::V4(_) => 0,
            IpAddr::V6(v6) => v6.segments()[0],
        }
    }
}
