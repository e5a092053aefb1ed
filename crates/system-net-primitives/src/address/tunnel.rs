//! IPv6 addresses that carry the IPv4 address of a tunnel's end: RFC 4380 (Teredo) with RFC 5991,
//! RFC 3056 (6to4), RFC 5214 (ISATAP).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::IpAddress;

/// How packets to an IPv6 address travel through IPv4, as far as the address says.
///
/// .NET has only `IPAddress.IsIPv6Teredo`.
///
/// # Examples
/// ```
/// use system_net_primitives::{IpAddress, Ipv6Tunnel};
///
/// let address: IpAddress = "2002:c000:22d::1".parse()?;
/// assert_eq!(address.tunnel(), Some(Ipv6Tunnel::SixToFour([192, 0, 2, 45].into())));
/// # Ok::<(), system_net_primitives::IpAddressParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ipv6Tunnel {
    /// `2001::/32`: in UDP, through address translation.
    Teredo(TeredoAddress),
    /// `2002::/16`: to the IPv4 address of a router.
    SixToFour(Ipv4Addr),
    /// Any prefix, the interface identifier `[02]00:5efe:a.b.c.d`: to an IPv4 address of the site.
    Isatap(Ipv4Addr),
}

/// The parts of a Teredo address.
///
/// # Examples
/// ```
/// use system_net_primitives::{IpAddress, TeredoAddress};
///
/// let address: IpAddress = "2001:0:4136:e378:8000:63bf:3fff:fdd2".parse()?;
/// let teredo = TeredoAddress::decode(address).unwrap();
/// assert_eq!(teredo.server().to_string(), "65.54.227.120");
/// assert_eq!((teredo.client().to_string().as_str(), teredo.port()), ("192.0.2.45", 40000));
/// assert!(teredo.is_cone());
/// # Ok::<(), system_net_primitives::IpAddressParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TeredoAddress {
    server: Ipv4Addr,
    flags: u16,
    port: u16,
    client: Ipv4Addr,
}

impl TeredoAddress {
    /// RFC 4380, section 4: the client is behind a translator that lets everybody in.
    const CONE: u16 = 0x8000;

    /// The address of a client at a server.
    #[must_use]
    pub const fn new(server: Ipv4Addr, flags: u16, client: Ipv4Addr, port: u16) -> Self {
        Self {
            server,
            flags,
            port,
            client,
        }
    }

    /// The Teredo server of the client.
    #[must_use]
    pub const fn server(self) -> Ipv4Addr {
        self.server
    }

    /// The 16 bits of flags, twelve of which are random since RFC 5991.
    #[must_use]
    pub const fn flags(self) -> u16 {
        self.flags
    }

    /// The IPv4 address of the client as the server sees it: that of its address translator.
    #[must_use]
    pub const fn client(self) -> Ipv4Addr {
        self.client
    }

    /// The UDP port of the client as the server sees it.
    #[must_use]
    pub const fn port(self) -> u16 {
        self.port
    }

    /// The parts of an address, `None` if it is no Teredo address.
    #[must_use]
    pub const fn decode(address: IpAddress) -> Option<Self> {
        let IpAddr::V6(v6) = address.to_ip_addr() else {
            return None;
        };
        let [0x2001, 0, s1, s2, flags, port, c1, c2] = v6.segments() else {
            return None;
        };
        // RFC 4380, section 4: port and client are stored with every bit turned over, so that no
        // translator takes them for addresses to translate.
        Some(Self {
            server: join(s1, s2),
            flags,
            port: !port,
            client: join(!c1, !c2),
        })
    }

    /// The address that has these parts.
    #[must_use]
    pub const fn encode(self) -> IpAddress {
        let (s, c) = (self.server.to_bits(), self.client.to_bits());
        let bits = (0x2001_0000_u128 << 96)
            | ((s as u128) << 64)
            | ((self.flags as u128) << 48)
            | ((!self.port as u128) << 32)
            | (!c as u128);
        IpAddress::v6(Ipv6Addr::from_bits(bits), 0)
    }

    /// Whether the address says that its translator lets everybody in. RFC 5991 asks clients not
    /// to set the flag any more.
    #[must_use]
    pub const fn is_cone(self) -> bool {
        self.flags & Self::CONE != 0
    }
}

impl IpAddress {
    /// The tunnel that an IPv6 address leads through, `None` if it names none.
    ///
    /// The prefix counts before the interface identifier: an ISATAP host in a 6to4 network is
    /// reached from outside through the 6to4 router.
    #[must_use]
    pub const fn tunnel(self) -> Option<Ipv6Tunnel> {
        if let Some(teredo) = TeredoAddress::decode(self) {
            return Some(Ipv6Tunnel::Teredo(teredo));
        }
        let IpAddr::V6(v6) = self.to_ip_addr() else {
            return None;
        };
        match v6.segments() {
            // RFC 3056, section 2.
            [0x2002, a, b, ..] => Some(Ipv6Tunnel::SixToFour(join(a, b))),
            // RFC 5214, section 6.1: the bit 0x0200 is set if the IPv4 address is unique in the
            // world. A group of hosts has no interface identifier.
            [first, _, _, _, 0 | 0x0200, 0x5efe, a, b] if first & 0xff00 != 0xff00 => {
                Some(Ipv6Tunnel::Isatap(join(a, b)))
            }
            _ => None,
        }
    }
}

const fn join(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(((high as u32) << 16) | low as u32)
}
