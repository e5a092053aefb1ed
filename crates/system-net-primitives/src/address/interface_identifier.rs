//! The last 64 bits of an IPv6 unicast address, which name an interface on its link: RFC 4291,
//! section 2.5.1 and appendix A.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::{IpAddress, IpNetwork};
use crate::Misuse;

/// What an interface is called on its link, in the last half of its IPv6 addresses.
///
/// # Examples
/// ```
/// use system_net_primitives::InterfaceIdentifier;
///
/// let identifier = InterfaceIdentifier::eui64_from_mac([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde]);
/// assert_eq!(identifier.to_string(), "3656:78ff:fe9a:bcde");
/// assert_eq!(identifier.link_local().to_string(), "fe80::3656:78ff:fe9a:bcde");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct InterfaceIdentifier([u8; 8]);

impl InterfaceIdentifier {
    /// RFC 4291, appendix A: the bit that says that a number is unique in the world, which means
    /// the opposite in an identifier of what it means in a hardware address.
    const UNIVERSAL: u8 = 0x02;

    /// An identifier of any bits.
    #[must_use]
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The modified EUI-64 identifier that stateless configuration makes of a 48-bit hardware
    /// address: `ff:fe` in its middle, and the universal bit turned over.
    #[must_use]
    pub const fn eui64_from_mac(mac: [u8; 6]) -> Self {
        let [a, b, c, d, e, f] = mac;
        Self([a ^ Self::UNIVERSAL, b, c, 0xff, 0xfe, d, e, f])
    }

    /// The hardware address that the identifier was made of, `None` if it was not made of one. A
    /// random identifier looks like one that was once in 65,536 times.
    #[must_use]
    pub const fn to_mac(self) -> Option<[u8; 6]> {
        match self.0 {
            [a, b, c, 0xff, 0xfe, d, e, f] => Some([a ^ Self::UNIVERSAL, b, c, d, e, f]),
            _ => None,
        }
    }

    /// The last half of an IPv6 address, `None` for IPv4 and for groups, which have none.
    #[must_use]
    pub const fn of(address: IpAddress) -> Option<Self> {
        match address.to_ip_addr() {
            IpAddr::V6(v6) if !v6.is_multicast() => {
                let [.., a, b, c, d, e, f, g, h] = v6.octets();
                Some(Self([a, b, c, d, e, f, g, h]))
            }
            _ => None,
        }
    }

    /// The eight bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; 8] {
        self.0
    }

    /// The address of the interface that is valid on its link, without a scope id.
    #[must_use]
    pub const fn link_local(self) -> IpAddress {
        IpAddress::v6(
            Ipv6Addr::from_bits((0xfe80 << 112) | u64::from_be_bytes(self.0) as u128),
            0,
        )
    }

    /// The address of the interface in an IPv6 network.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an IPv4 network and one whose prefix leaves less than 64
    /// bits.
    pub fn in_network(self, network: IpNetwork) -> Result<IpAddress, Misuse> {
        match network.base_address().to_ip_addr() {
            IpAddr::V6(base) if network.prefix_length() <= 64 => {
                let bits = base.to_bits() | u128::from(u64::from_be_bytes(self.0));
                Ok(IpAddress::v6(bits.into(), 0))
            }
            _ => Err(Misuse::invalid_argument(
                "network",
                "expected an IPv6 prefix of at most 64 bits",
            )),
        }
    }
}

impl fmt::Display for InterfaceIdentifier {
    /// Four groups as in an address, without leaving out zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f1, g, h] = self.0.map(u16::from);
        let [a, b, c, d] = [(a << 8) | b, (c << 8) | d, (e << 8) | f1, (g << 8) | h];
        write!(f, "{a:x}:{b:x}:{c:x}:{d:x}")
    }
}

impl fmt::Debug for InterfaceIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
