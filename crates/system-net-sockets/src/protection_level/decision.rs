//! Whom a protection level admits: one decision, told to the kernel as a program and to the
//! acceptor as a function.

use std::net::{IpAddr, Ipv6Addr};

use libc::sock_filter;

use crate::IpProtectionLevel;

/// What a level refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Nothing.
    Open,
    /// What comes through the tunnel of Teredo, from or to an address of 2001::/32 (RFC 4380).
    Edge,
    /// That, and all peers but those with a link-local or loopback address.
    Link,
}

impl Guard {
    /// The guard of a level. Without one, no peer comes in through a NAT unasked.
    pub(crate) const fn of(level: IpProtectionLevel) -> Self {
        match level {
            IpProtectionLevel::Unrestricted => Self::Open,
            IpProtectionLevel::Unspecified | IpProtectionLevel::EdgeRestricted => Self::Edge,
            IpProtectionLevel::Restricted => Self::Link,
        }
    }

    /// Whether a peer of this kind may be refused at all.
    #[inline]
    pub(crate) const fn minds(self, peer: IpAddr) -> bool {
        match self {
            Self::Open => false,
            Self::Edge => peer.is_ipv6(),
            Self::Link => true,
        }
    }

    /// Whether a peer may reach a local address.
    pub(crate) fn admits(self, local: IpAddr, peer: IpAddr) -> bool {
        let (local, peer) = (local.to_canonical(), peer.to_canonical());
        match self {
            Self::Open => true,
            Self::Edge => !is_teredo(local) && !is_teredo(peer),
            Self::Link => !is_teredo(local) && is_neighbour(peer),
        }
    }

    /// Whether the answer for this peer depends on the local address, which costs a system call.
    pub(crate) fn asks_local(self, peer: IpAddr) -> bool {
        self != Self::Open && matches!(peer.to_canonical(), IpAddr::V6(v6) if !v6.is_loopback())
    }

    /// The same decision on the packets of a datagram socket, as the kernel runs it.
    /// `None`: nothing is refused.
    pub(crate) const fn program(self) -> Option<&'static [sock_filter]> {
        match self {
            Self::Open => None,
            Self::Edge => Some(EDGE),
            Self::Link => Some(LINK),
        }
    }
}

const fn is_teredo(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if matches!(v6.segments(), [0x2001, 0, ..]))
}

fn is_neighbour(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local(),
        // RFC 4291 section 2.5.3: the loopback address is treated as having link-local scope.
        IpAddr::V6(v6) => v6 == Ipv6Addr::LOCALHOST || v6.is_unicast_link_local(),
    }
}

/// Offsets from here are into the header of IP, whatever the socket is shown (linux/filter.h).
const NETWORK_HEADER: u32 = libc::SKF_NET_OFF as u32;
/// Where the addresses stand: RFC 8200 section 3, RFC 791 section 3.1.
const V6_SOURCE: u32 = NETWORK_HEADER + 8;
const V6_DESTINATION: u32 = NETWORK_HEADER + 24;
const V4_SOURCE: u32 = NETWORK_HEADER + 12;

/// The first 32 bits of a Teredo address.
const TEREDO: u32 = 0x2001_0000;

/// A dual-mode socket gets packets of IPv4, too, which Teredo does not concern.
const EDGE: &[sock_filter] = &[
    load_byte(NETWORK_HEADER),
    and(0xf0),
    if_equal(0x60, 0, 4),
    load_word(V6_SOURCE),
    if_equal(TEREDO, 3, 0),
    load_word(V6_DESTINATION),
    if_equal(TEREDO, 1, 0),
    ACCEPT,
    REFUSE,
];

const LINK: &[sock_filter] = &[
    load_byte(NETWORK_HEADER),
    and(0xf0),
    if_equal(0x60, 4, 0),
    // IPv4: 169.254.0.0/16 and 127.0.0.0/8.
    load_half(V4_SOURCE),
    if_equal(0xa9fe, 15, 0),
    load_byte(V4_SOURCE),
    if_equal(127, 13, 14),
    // IPv6, not to a Teredo address.
    load_word(V6_DESTINATION),
    if_equal(TEREDO, 12, 0),
    // fe80::/10
    load_half(V6_SOURCE),
    and(0xffc0),
    if_equal(0xfe80, 8, 0),
    // ::1
    load_word(V6_SOURCE),
    if_equal(0, 0, 7),
    load_word(V6_SOURCE + 4),
    if_equal(0, 0, 5),
    load_word(V6_SOURCE + 8),
    if_equal(0, 0, 3),
    load_word(V6_SOURCE + 12),
    if_equal(1, 0, 1),
    ACCEPT,
    REFUSE,
];

/// The whole packet.
const ACCEPT: sock_filter = instruction(libc::BPF_RET | libc::BPF_K, 0, 0, u32::MAX);
const REFUSE: sock_filter = instruction(libc::BPF_RET | libc::BPF_K, 0, 0, 0);

const fn load_word(at: u32) -> sock_filter {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, at)
}

const fn load_half(at: u32) -> sock_filter {
    instruction(libc::BPF_LD | libc::BPF_H | libc::BPF_ABS, 0, 0, at)
}

const fn load_byte(at: u32) -> sock_filter {
    instruction(libc::BPF_LD | libc::BPF_B | libc::BPF_ABS, 0, 0, at)
}

const fn and(mask: u32) -> sock_filter {
    instruction(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, 0, 0, mask)
}

/// Skips so many instructions if the value loaded is this, so many if it is not.
const fn if_equal(value: u32, then: u8, otherwise: u8) -> sock_filter {
    let code = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    instruction(code, then, otherwise, value)
}

const fn instruction(code: u32, then: u8, otherwise: u8, value: u32) -> sock_filter {
    // The codes of classic filters have 16 bits.
    sock_filter {
        code: code as u16,
        jt: then,
        jf: otherwise,
        k: value,
    }
}
