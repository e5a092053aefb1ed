//! Which network an address belongs to, whatever form it is written in. To read: the special-purpose
//! registries of IANA (RFC 6890), RFC 6052 and RFC 8215 (NAT64), RFC 3056, 4380, 5214 (tunnels).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use system_net_primitives::{IpAddress, Ipv6Tunnel};

/// Which network an address belongs to.
///
/// # Examples
/// ```
/// use system_net_security::permissions::NetworkKind;
///
/// let of = |text: &str| NetworkKind::of(text.parse().unwrap());
/// assert_eq!(of("192.168.1.1"), NetworkKind::Private);
/// assert_eq!(of("::ffff:127.0.0.1"), NetworkKind::Loopback);
/// assert_eq!(of("64:ff9b::10.0.0.1"), NetworkKind::Private);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkKind {
    /// This machine: `127.0.0.0/8`, `::1`, and `0.0.0.0` and `::`, which systems connect to
    /// themselves by.
    Loopback,
    /// A home or work network: `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`,
    /// `100.64.0.0/10`, `169.254.0.0/16`, `fc00::/7`, `fe80::/10`, `fec0::/10`.
    Private,
    /// Everything that is routed between networks.
    Internet,
    /// Neither one machine nor routed: groups, broadcast, documentation, benchmarks, reserved; and
    /// `168.63.129.16`, by which the hosts of a cloud answer their virtual machines.
    Special,
}

impl NetworkKind {
    /// Of an address. One that carries an IPv4 address in it (mapped, compatible, translated by
    /// NAT64, 6to4, ISATAP, Teredo) is of the kind of that address; a tunnel's end that is not on
    /// the Internet is never one of the Internet.
    #[must_use]
    pub fn of(address: IpAddress) -> Self {
        match address.to_ip_addr() {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => match embedded_ipv4(address) {
                Some(v4) => Self::of_v4(v4),
                None => Self::of_v6(v6),
            },
        }
    }

    fn of_v4(v4: Ipv4Addr) -> Self {
        match v4.octets() {
            [0 | 127, ..] => Self::Loopback,
            [10, ..] | [192, 168, ..] | [169, 254, ..] => Self::Private,
            [172, 16..=31, ..] | [100, 64..=127, ..] => Self::Private,
            // IETF protocol assignments, documentation, the former relays of 6to4, benchmarks.
            [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Self::Special,
            [192, 88, 99, _] | [198, 18..=19, ..] => Self::Special,
            // What hosts of Azure answer their virtual machines by (WireServer).
            [168, 63, 129, 16] => Self::Special,
            // Groups, reserved, broadcast.
            [224..=255, ..] => Self::Special,
            _ => Self::Internet,
        }
    }

    fn of_v6(v6: Ipv6Addr) -> Self {
        match v6.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Self::Loopback,
            // A prefix of NAT64 that each network translates as it likes.
            [0x64, 0xff9b, 1, ..] => Self::Private,
            [0xfc00..=0xfdff, ..] | [0xfe80..=0xfeff, ..] => Self::Private,
            // Documentation, benchmarks, ORCHID, and the rest of the protocol assignments.
            [0x2001, 0xdb8, ..] | [0x2001, 0..=0x1ff, ..] | [0x3fff, 0..=0xfff, ..] => {
                Self::Special
            }
            // RFC 3513: global unicast is 2000::/3.
            [0x2000..=0x3fff, ..] => Self::Internet,
            _ => Self::Special,
        }
    }
}

/// The IPv4 address that packets to an IPv6 address end at, as far as the address says.
pub(super) fn embedded_ipv4(address: IpAddress) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address.to_ip_addr() else {
        return None;
    };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return Some(v4);
    }
    let low = Ipv4Addr::from_bits(v6.to_bits() as u32);
    match v6.segments() {
        // `::` and `::1` are no compatible addresses.
        [0, 0, 0, 0, 0, 0, high, rest] => (high != 0 || rest > 1).then_some(low),
        // RFC 6052, the well-known prefix; RFC 2765, translated addresses.
        [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => Some(low),
        _ => match address.tunnel()? {
            Ipv6Tunnel::SixToFour(v4) | Ipv6Tunnel::Isatap(v4) => Some(v4),
            Ipv6Tunnel::Teredo(teredo) => Some(teredo.client()),
            _ => None,
        },
    }
}
