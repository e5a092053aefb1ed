//! .NET's options in the system's numbers, and how their values are read.

use crate::enums::{SocketOptionLevel as Level, SocketOptionName as Name};

/// How an option is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The system has the same: its level and name. The value passes unchanged.
    Same(i32, i32),
    /// `SO_REUSEADDR` and `SO_REUSEPORT` together: what Windows means by the first.
    ReuseAddress,
    /// The opposite of that; the system has no sockets that are not exclusive otherwise.
    ExclusiveAddressUse,
    /// The size of a buffer, which the system tells doubled.
    Buffer(i32),
    /// Milliseconds.
    Timeout(Name),
    /// The error that waits, in .NET's numbers.
    Error,
    Linger,
    /// The opposite of lingering.
    DontLinger,
    /// Whether a path MTU is obeyed: `IP_MTU_DISCOVER` of a level, with the values to set.
    DontFragment(i32, i32),
    /// The interface to send IPv4 multicasts from: a number in network order or an address.
    MulticastInterface,
    /// Joining or leaving a group, or a source of one: bytes only.
    Membership(i32, i32),
    V6Only,
    ProtectionLevel,
}

/// What an option means here; `None` if the system has nothing like it.
pub(super) fn meaning(level: Level, name: Name) -> Option<Meaning> {
    match level {
        Level::Socket => socket(name),
        Level::Ip => v4(name),
        Level::Ipv6 => v6(name),
        Level::Tcp => tcp(name),
        Level::Udp => udp(name),
    }
}

fn socket(name: Name) -> Option<Meaning> {
    let same = |name| Some(Meaning::Same(libc::SOL_SOCKET, name));
    match name {
        Name::DEBUG => same(libc::SO_DEBUG),
        Name::ACCEPT_CONNECTION => same(libc::SO_ACCEPTCONN),
        Name::KEEP_ALIVE => same(libc::SO_KEEPALIVE),
        Name::DONT_ROUTE => same(libc::SO_DONTROUTE),
        Name::BROADCAST => same(libc::SO_BROADCAST),
        Name::OUT_OF_BAND_INLINE => same(libc::SO_OOBINLINE),
        Name::SEND_LOW_WATER => same(libc::SO_SNDLOWAT),
        Name::RECEIVE_LOW_WATER => same(libc::SO_RCVLOWAT),
        Name::TYPE => same(libc::SO_TYPE),
        Name::SEND_BUFFER => Some(Meaning::Buffer(libc::SO_SNDBUF)),
        Name::RECEIVE_BUFFER => Some(Meaning::Buffer(libc::SO_RCVBUF)),
        Name::SEND_TIMEOUT | Name::RECEIVE_TIMEOUT => Some(Meaning::Timeout(name)),
        Name::REUSE_ADDRESS => Some(Meaning::ReuseAddress),
        Name::EXCLUSIVE_ADDRESS_USE => Some(Meaning::ExclusiveAddressUse),
        Name::ERROR => Some(Meaning::Error),
        Name::LINGER => Some(Meaning::Linger),
        Name::DONT_LINGER => Some(Meaning::DontLinger),
        _ => None,
    }
}

fn v4(name: Name) -> Option<Meaning> {
    const LEVEL: i32 = libc::IPPROTO_IP;
    let same = |name| Some(Meaning::Same(LEVEL, name));
    let membership = |name| Some(Meaning::Membership(LEVEL, name));
    match name {
        Name::IP_OPTIONS => same(libc::IP_OPTIONS),
        Name::HEADER_INCLUDED => same(libc::IP_HDRINCL),
        Name::TYPE_OF_SERVICE => same(libc::IP_TOS),
        Name::IP_TIME_TO_LIVE => same(libc::IP_TTL),
        Name::MULTICAST_TIME_TO_LIVE => same(libc::IP_MULTICAST_TTL),
        Name::MULTICAST_LOOPBACK => same(libc::IP_MULTICAST_LOOP),
        Name::PACKET_INFORMATION => same(libc::IP_PKTINFO),
        Name::MULTICAST_INTERFACE => Some(Meaning::MulticastInterface),
        Name::DONT_FRAGMENT => Some(Meaning::DontFragment(LEVEL, libc::IP_MTU_DISCOVER)),
        Name::ADD_MEMBERSHIP => membership(libc::IP_ADD_MEMBERSHIP),
        Name::DROP_MEMBERSHIP => membership(libc::IP_DROP_MEMBERSHIP),
        Name::ADD_SOURCE_MEMBERSHIP => membership(libc::IP_ADD_SOURCE_MEMBERSHIP),
        Name::DROP_SOURCE_MEMBERSHIP => membership(libc::IP_DROP_SOURCE_MEMBERSHIP),
        Name::BLOCK_SOURCE => membership(libc::IP_BLOCK_SOURCE),
        Name::UNBLOCK_SOURCE => membership(libc::IP_UNBLOCK_SOURCE),
        Name::IP_PROTECTION_LEVEL => Some(Meaning::ProtectionLevel),
        _ => None,
    }
}

fn v6(name: Name) -> Option<Meaning> {
    const LEVEL: i32 = libc::IPPROTO_IPV6;
    let same = |name| Some(Meaning::Same(LEVEL, name));
    match name {
        // .NET sets the hops of an IPv6 socket by either name.
        Name::HOP_LIMIT | Name::IP_TIME_TO_LIVE => same(libc::IPV6_UNICAST_HOPS),
        Name::MULTICAST_INTERFACE => same(libc::IPV6_MULTICAST_IF),
        Name::MULTICAST_TIME_TO_LIVE => same(libc::IPV6_MULTICAST_HOPS),
        Name::MULTICAST_LOOPBACK => same(libc::IPV6_MULTICAST_LOOP),
        Name::PACKET_INFORMATION => same(libc::IPV6_RECVPKTINFO),
        Name::TYPE_OF_SERVICE => same(libc::IPV6_TCLASS),
        Name::DONT_FRAGMENT => Some(Meaning::DontFragment(LEVEL, libc::IPV6_MTU_DISCOVER)),
        Name::ADD_MEMBERSHIP => Some(Meaning::Membership(LEVEL, libc::IPV6_ADD_MEMBERSHIP)),
        Name::DROP_MEMBERSHIP => Some(Meaning::Membership(LEVEL, libc::IPV6_DROP_MEMBERSHIP)),
        Name::IPV6_ONLY => Some(Meaning::V6Only),
        Name::IP_PROTECTION_LEVEL => Some(Meaning::ProtectionLevel),
        _ => None,
    }
}

fn tcp(name: Name) -> Option<Meaning> {
    let same = |name| Some(Meaning::Same(libc::IPPROTO_TCP, name));
    match name {
        Name::NO_DELAY => same(libc::TCP_NODELAY),
        Name::TCP_KEEP_ALIVE_TIME => same(libc::TCP_KEEPIDLE),
        Name::TCP_KEEP_ALIVE_INTERVAL => same(libc::TCP_KEEPINTVL),
        Name::TCP_KEEP_ALIVE_RETRY_COUNT => same(libc::TCP_KEEPCNT),
        Name::FAST_OPEN => same(libc::TCP_FASTOPEN),
        _ => None,
    }
}

fn udp(name: Name) -> Option<Meaning> {
    match name {
        Name::NO_CHECKSUM => Some(Meaning::Same(libc::SOL_SOCKET, libc::SO_NO_CHECK)),
        _ => None,
    }
}
