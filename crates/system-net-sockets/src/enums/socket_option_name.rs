//! The options of sockets.

use super::listed::numbers;

/// An option of a socket. Its number has a meaning only together with its
/// [`SocketOptionLevel`](crate::SocketOptionLevel).
///
/// .NET: `System.Net.Sockets.SocketOptionName`
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SocketOptionName(i32);

impl SocketOptionName {
    /// Level Socket: record debugging information.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.Debug`
    #[doc(alias = "SocketOptionName.Debug")]
    pub const DEBUG: Self = Self(1);
    /// Level Socket: whether the socket listens. To read only.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.AcceptConnection`
    #[doc(alias = "SocketOptionName.AcceptConnection")]
    pub const ACCEPT_CONNECTION: Self = Self(2);
    /// Level Socket: bind to an address that is in use. The guide of `Socket` says how it and
    /// [`EXCLUSIVE_ADDRESS_USE`](Self::EXCLUSIVE_ADDRESS_USE) go together.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.ReuseAddress`
    #[doc(alias = "SocketOptionName.ReuseAddress")]
    pub const REUSE_ADDRESS: Self = Self(4);
    /// Level Socket: ask an idle peer whether it is still there.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.KeepAlive`
    #[doc(alias = "SocketOptionName.KeepAlive")]
    pub const KEEP_ALIVE: Self = Self(8);
    /// Level Socket: send to hosts of the same network only.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.DontRoute`
    #[doc(alias = "SocketOptionName.DontRoute")]
    pub const DONT_ROUTE: Self = Self(16);
    /// Level Socket: permit broadcasts.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.Broadcast`
    #[doc(alias = "SocketOptionName.Broadcast")]
    pub const BROADCAST: Self = Self(32);
    /// Level Socket: skip the hardware where possible. Linux has no such option.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.UseLoopback`
    #[doc(alias = "SocketOptionName.UseLoopback")]
    pub const USE_LOOPBACK: Self = Self(64);
    /// Level Socket: how closing treats data that are not sent yet.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.Linger`
    #[doc(alias = "SocketOptionName.Linger")]
    pub const LINGER: Self = Self(128);
    /// Level Socket: urgent data stand in the normal stream.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.OutOfBandInline`
    #[doc(alias = "SocketOptionName.OutOfBandInline")]
    pub const OUT_OF_BAND_INLINE: Self = Self(256);
    /// Level Socket: close at once and send in the background.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.DontLinger`
    #[doc(alias = "SocketOptionName.DontLinger")]
    pub const DONT_LINGER: Self = Self(-129);
    /// Level Socket: no other socket may bind to the same address.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.ExclusiveAddressUse`
    #[doc(alias = "SocketOptionName.ExclusiveAddressUse")]
    pub const EXCLUSIVE_ADDRESS_USE: Self = Self(-5);
    /// Level Socket: size of the buffer to send from.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.SendBuffer`
    #[doc(alias = "SocketOptionName.SendBuffer")]
    pub const SEND_BUFFER: Self = Self(4097);
    /// Level Socket: size of the buffer to receive into.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.ReceiveBuffer`
    #[doc(alias = "SocketOptionName.ReceiveBuffer")]
    pub const RECEIVE_BUFFER: Self = Self(4098);
    /// Level Socket: least room to send. Linux has it to read only.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.SendLowWater`
    #[doc(alias = "SocketOptionName.SendLowWater")]
    pub const SEND_LOW_WATER: Self = Self(4099);
    /// Level Socket: least number of bytes to receive.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.ReceiveLowWater`
    #[doc(alias = "SocketOptionName.ReceiveLowWater")]
    pub const RECEIVE_LOW_WATER: Self = Self(4100);
    /// Level Socket: milliseconds until a send gives up.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.SendTimeout`
    #[doc(alias = "SocketOptionName.SendTimeout")]
    pub const SEND_TIMEOUT: Self = Self(4101);
    /// Level Socket: milliseconds until a receive gives up.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.ReceiveTimeout`
    #[doc(alias = "SocketOptionName.ReceiveTimeout")]
    pub const RECEIVE_TIMEOUT: Self = Self(4102);
    /// Level Socket: the error that waits to be told, which this read clears.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.Error`
    #[doc(alias = "SocketOptionName.Error")]
    pub const ERROR: Self = Self(4103);
    /// Level Socket: the type of the socket. To read only.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.Type`
    #[doc(alias = "SocketOptionName.Type")]
    pub const TYPE: Self = Self(4104);
    /// Level Socket: choose the local port late. Windows only.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.ReuseUnicastPort`
    #[doc(alias = "SocketOptionName.ReuseUnicastPort")]
    pub const REUSE_UNICAST_PORT: Self = Self(12295);
    /// Level Socket: part of Windows' accept. Windows only.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.UpdateAcceptContext`
    #[doc(alias = "SocketOptionName.UpdateAcceptContext")]
    pub const UPDATE_ACCEPT_CONTEXT: Self = Self(28683);
    /// Level Socket: part of Windows' connect. Windows only.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.UpdateConnectContext`
    #[doc(alias = "SocketOptionName.UpdateConnectContext")]
    pub const UPDATE_CONNECT_CONTEXT: Self = Self(28688);
    /// Level Socket: the greatest backlog.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.MaxConnections`
    #[doc(alias = "SocketOptionName.MaxConnections")]
    pub const MAX_CONNECTIONS: Self = Self(0x7FFF_FFFF);
    /// Level IP: the options of outgoing packets.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.IPOptions`
    #[doc(alias = "SocketOptionName.IPOptions")]
    pub const IP_OPTIONS: Self = Self(1);
    /// Level IP: the caller of a raw socket makes the IP header.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.HeaderIncluded`
    #[doc(alias = "SocketOptionName.HeaderIncluded")]
    pub const HEADER_INCLUDED: Self = Self(2);
    /// Level IP: the type of service of outgoing packets.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.TypeOfService`
    #[doc(alias = "SocketOptionName.TypeOfService")]
    pub const TYPE_OF_SERVICE: Self = Self(3);
    /// Level IP: hops that a packet may make.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.IpTimeToLive`
    #[doc(alias = "SocketOptionName.IpTimeToLive")]
    pub const IP_TIME_TO_LIVE: Self = Self(4);
    /// Levels IP and IPv6: the interface to send multicasts from.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.MulticastInterface`
    #[doc(alias = "SocketOptionName.MulticastInterface")]
    pub const MULTICAST_INTERFACE: Self = Self(9);
    /// Levels IP and IPv6: hops that a multicast may make.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.MulticastTimeToLive`
    #[doc(alias = "SocketOptionName.MulticastTimeToLive")]
    pub const MULTICAST_TIME_TO_LIVE: Self = Self(10);
    /// Levels IP and IPv6: multicasts come back to this host.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.MulticastLoopback`
    #[doc(alias = "SocketOptionName.MulticastLoopback")]
    pub const MULTICAST_LOOPBACK: Self = Self(11);
    /// Levels IP and IPv6: join a group.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.AddMembership`
    #[doc(alias = "SocketOptionName.AddMembership")]
    pub const ADD_MEMBERSHIP: Self = Self(12);
    /// Levels IP and IPv6: leave a group.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.DropMembership`
    #[doc(alias = "SocketOptionName.DropMembership")]
    pub const DROP_MEMBERSHIP: Self = Self(13);
    /// Level IP: packets are not cut.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.DontFragment`
    #[doc(alias = "SocketOptionName.DontFragment")]
    pub const DONT_FRAGMENT: Self = Self(14);
    /// Level IP: join a group for one source.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.AddSourceMembership`
    #[doc(alias = "SocketOptionName.AddSourceMembership")]
    pub const ADD_SOURCE_MEMBERSHIP: Self = Self(15);
    /// Level IP: leave a group for one source.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.DropSourceMembership`
    #[doc(alias = "SocketOptionName.DropSourceMembership")]
    pub const DROP_SOURCE_MEMBERSHIP: Self = Self(16);
    /// Level IP: take nothing from one source.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.BlockSource`
    #[doc(alias = "SocketOptionName.BlockSource")]
    pub const BLOCK_SOURCE: Self = Self(17);
    /// Level IP: take from that source again.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.UnblockSource`
    #[doc(alias = "SocketOptionName.UnblockSource")]
    pub const UNBLOCK_SOURCE: Self = Self(18);
    /// Levels IP and IPv6: tell the interface and address at which a packet arrived.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.PacketInformation`
    #[doc(alias = "SocketOptionName.PacketInformation")]
    pub const PACKET_INFORMATION: Self = Self(19);
    /// Level IPv6: hops that a packet may make.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.HopLimit`
    #[doc(alias = "SocketOptionName.HopLimit")]
    pub const HOP_LIMIT: Self = Self(21);
    /// Level IPv6: from where packets are taken.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.IPProtectionLevel`
    #[doc(alias = "SocketOptionName.IPProtectionLevel")]
    pub const IP_PROTECTION_LEVEL: Self = Self(23);
    /// Level IPv6: no IPv4.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.IPv6Only`
    #[doc(alias = "SocketOptionName.IPv6Only")]
    pub const IPV6_ONLY: Self = Self(27);
    /// Level Tcp: send small pieces at once.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.NoDelay`
    #[doc(alias = "SocketOptionName.NoDelay")]
    pub const NO_DELAY: Self = Self(1);
    /// Level Tcp: where urgent data end. Windows only.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.BsdUrgent`
    #[doc(alias = "SocketOptionName.BsdUrgent")]
    pub const BSD_URGENT: Self = Self(2);
    /// Level Tcp: where urgent data end. Windows only.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.Expedited`
    #[doc(alias = "SocketOptionName.Expedited")]
    pub const EXPEDITED: Self = Self(2);
    /// Level Udp: send without a checksum.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.NoChecksum`
    #[doc(alias = "SocketOptionName.NoChecksum")]
    pub const NO_CHECKSUM: Self = Self(1);
    /// Level Udp: how much the checksum covers. Windows only.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.ChecksumCoverage`
    #[doc(alias = "SocketOptionName.ChecksumCoverage")]
    pub const CHECKSUM_COVERAGE: Self = Self(20);
    /// Level Tcp: seconds until an idle peer is asked. Newer than the Framework.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.TcpKeepAliveTime`
    #[doc(alias = "SocketOptionName.TcpKeepAliveTime")]
    pub const TCP_KEEP_ALIVE_TIME: Self = Self(3);
    /// Level Tcp: seconds between the questions. Newer than the Framework.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.TcpKeepAliveInterval`
    #[doc(alias = "SocketOptionName.TcpKeepAliveInterval")]
    pub const TCP_KEEP_ALIVE_INTERVAL: Self = Self(17);
    /// Level Tcp: how many questions go without an answer. Newer than the Framework.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.TcpKeepAliveRetryCount`
    #[doc(alias = "SocketOptionName.TcpKeepAliveRetryCount")]
    pub const TCP_KEEP_ALIVE_RETRY_COUNT: Self = Self(16);
    /// Level Tcp: data come with the first packet; the number of connections that may wait so.
    /// Newer than the Framework.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionName.FastOpen`
    #[doc(alias = "SocketOptionName.FastOpen")]
    pub const FAST_OPEN: Self = Self(15);

    /// Every name of .NET's list with its value; some values have several.
    pub const NAMES: &[(&str, Self)] = &[
        ("Debug", Self::DEBUG),
        ("AcceptConnection", Self::ACCEPT_CONNECTION),
        ("ReuseAddress", Self::REUSE_ADDRESS),
        ("KeepAlive", Self::KEEP_ALIVE),
        ("DontRoute", Self::DONT_ROUTE),
        ("Broadcast", Self::BROADCAST),
        ("UseLoopback", Self::USE_LOOPBACK),
        ("Linger", Self::LINGER),
        ("OutOfBandInline", Self::OUT_OF_BAND_INLINE),
        ("DontLinger", Self::DONT_LINGER),
        ("ExclusiveAddressUse", Self::EXCLUSIVE_ADDRESS_USE),
        ("SendBuffer", Self::SEND_BUFFER),
        ("ReceiveBuffer", Self::RECEIVE_BUFFER),
        ("SendLowWater", Self::SEND_LOW_WATER),
        ("ReceiveLowWater", Self::RECEIVE_LOW_WATER),
        ("SendTimeout", Self::SEND_TIMEOUT),
        ("ReceiveTimeout", Self::RECEIVE_TIMEOUT),
        ("Error", Self::ERROR),
        ("Type", Self::TYPE),
        ("ReuseUnicastPort", Self::REUSE_UNICAST_PORT),
        ("UpdateAcceptContext", Self::UPDATE_ACCEPT_CONTEXT),
        ("UpdateConnectContext", Self::UPDATE_CONNECT_CONTEXT),
        ("MaxConnections", Self::MAX_CONNECTIONS),
        ("IPOptions", Self::IP_OPTIONS),
        ("HeaderIncluded", Self::HEADER_INCLUDED),
        ("TypeOfService", Self::TYPE_OF_SERVICE),
        ("IpTimeToLive", Self::IP_TIME_TO_LIVE),
        ("MulticastInterface", Self::MULTICAST_INTERFACE),
        ("MulticastTimeToLive", Self::MULTICAST_TIME_TO_LIVE),
        ("MulticastLoopback", Self::MULTICAST_LOOPBACK),
        ("AddMembership", Self::ADD_MEMBERSHIP),
        ("DropMembership", Self::DROP_MEMBERSHIP),
        ("DontFragment", Self::DONT_FRAGMENT),
        ("AddSourceMembership", Self::ADD_SOURCE_MEMBERSHIP),
        ("DropSourceMembership", Self::DROP_SOURCE_MEMBERSHIP),
        ("BlockSource", Self::BLOCK_SOURCE),
        ("UnblockSource", Self::UNBLOCK_SOURCE),
        ("PacketInformation", Self::PACKET_INFORMATION),
        ("HopLimit", Self::HOP_LIMIT),
        ("IPProtectionLevel", Self::IP_PROTECTION_LEVEL),
        ("IPv6Only", Self::IPV6_ONLY),
        ("NoDelay", Self::NO_DELAY),
        ("BsdUrgent", Self::BSD_URGENT),
        ("Expedited", Self::EXPEDITED),
        ("NoChecksum", Self::NO_CHECKSUM),
        ("ChecksumCoverage", Self::CHECKSUM_COVERAGE),
        ("TcpKeepAliveTime", Self::TCP_KEEP_ALIVE_TIME),
        ("TcpKeepAliveInterval", Self::TCP_KEEP_ALIVE_INTERVAL),
        ("TcpKeepAliveRetryCount", Self::TCP_KEEP_ALIVE_RETRY_COUNT),
        ("FastOpen", Self::FAST_OPEN),
    ];
}

numbers!(SocketOptionName, i32);
