//! The protocol of a socket.

use super::listed::numbers;

/// The protocol of a socket: the number IP packets name it by.
///
/// .NET: `System.Net.Sockets.ProtocolType`
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ProtocolType(i32);

impl ProtocolType {
    /// The usual one of the socket's type.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Unspecified`
    #[doc(alias = "ProtocolType.Unspecified")]
    pub const UNSPECIFIED: Self = Self(0);
    /// The Internet Protocol.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IP`
    #[doc(alias = "ProtocolType.IP")]
    pub const IP: Self = Self(0);
    /// Header of hop-by-hop options of IPv6.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IPv6HopByHopOptions`
    #[doc(alias = "ProtocolType.IPv6HopByHopOptions")]
    pub const IPV6_HOP_BY_HOP_OPTIONS: Self = Self(0);
    /// Internet control messages.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Icmp`
    #[doc(alias = "ProtocolType.Icmp")]
    pub const ICMP: Self = Self(1);
    /// Management of multicast groups.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Igmp`
    #[doc(alias = "ProtocolType.Igmp")]
    pub const IGMP: Self = Self(2);
    /// Gateway to gateway.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Ggp`
    #[doc(alias = "ProtocolType.Ggp")]
    pub const GGP: Self = Self(3);
    /// IPv4 inside of IP.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IPv4`
    #[doc(alias = "ProtocolType.IPv4")]
    pub const IPV4: Self = Self(4);
    /// TCP.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Tcp`
    #[doc(alias = "ProtocolType.Tcp")]
    pub const TCP: Self = Self(6);
    /// PARC universal packets.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Pup`
    #[doc(alias = "ProtocolType.Pup")]
    pub const PUP: Self = Self(12);
    /// UDP.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Udp`
    #[doc(alias = "ProtocolType.Udp")]
    pub const UDP: Self = Self(17);
    /// Internet datagrams of Xerox.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Idp`
    #[doc(alias = "ProtocolType.Idp")]
    pub const IDP: Self = Self(22);
    /// IPv6 inside of IP.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IPv6`
    #[doc(alias = "ProtocolType.IPv6")]
    pub const IPV6: Self = Self(41);
    /// Routing header of IPv6.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IPv6RoutingHeader`
    #[doc(alias = "ProtocolType.IPv6RoutingHeader")]
    pub const IPV6_ROUTING_HEADER: Self = Self(43);
    /// Fragment header of IPv6.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IPv6FragmentHeader`
    #[doc(alias = "ProtocolType.IPv6FragmentHeader")]
    pub const IPV6_FRAGMENT_HEADER: Self = Self(44);
    /// Encrypted packets of IPsec.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IPSecEncapsulatingSecurityPayload`
    #[doc(alias = "ProtocolType.IPSecEncapsulatingSecurityPayload")]
    pub const IPSEC_ENCAPSULATING_SECURITY_PAYLOAD: Self = Self(50);
    /// Signed packets of IPsec.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IPSecAuthenticationHeader`
    #[doc(alias = "ProtocolType.IPSecAuthenticationHeader")]
    pub const IPSEC_AUTHENTICATION_HEADER: Self = Self(51);
    /// Control messages of IPv6.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IcmpV6`
    #[doc(alias = "ProtocolType.IcmpV6")]
    pub const ICMPV6: Self = Self(58);
    /// Nothing follows this header of IPv6.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IPv6NoNextHeader`
    #[doc(alias = "ProtocolType.IPv6NoNextHeader")]
    pub const IPV6_NO_NEXT_HEADER: Self = Self(59);
    /// Header of destination options of IPv6.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.IPv6DestinationOptions`
    #[doc(alias = "ProtocolType.IPv6DestinationOptions")]
    pub const IPV6_DESTINATION_OPTIONS: Self = Self(60);
    /// Net disk, unofficial.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.ND`
    #[doc(alias = "ProtocolType.ND")]
    pub const ND: Self = Self(77);
    /// Raw packets of IP.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Raw`
    #[doc(alias = "ProtocolType.Raw")]
    pub const RAW: Self = Self(255);
    /// IPX.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Ipx`
    #[doc(alias = "ProtocolType.Ipx")]
    pub const IPX: Self = Self(1000);
    /// SPX.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Spx`
    #[doc(alias = "ProtocolType.Spx")]
    pub const SPX: Self = Self(1256);
    /// SPX version 2.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.SpxII`
    #[doc(alias = "ProtocolType.SpxII")]
    pub const SPX_II: Self = Self(1257);
    /// Not known.
    ///
    /// .NET: `System.Net.Sockets.ProtocolType.Unknown`
    #[doc(alias = "ProtocolType.Unknown")]
    pub const UNKNOWN: Self = Self(-1);

    /// Every name of .NET's list with its value; some values have several.
    pub const NAMES: &[(&str, Self)] = &[
        ("Unspecified", Self::UNSPECIFIED),
        ("IP", Self::IP),
        ("IPv6HopByHopOptions", Self::IPV6_HOP_BY_HOP_OPTIONS),
        ("Icmp", Self::ICMP),
        ("Igmp", Self::IGMP),
        ("Ggp", Self::GGP),
        ("IPv4", Self::IPV4),
        ("Tcp", Self::TCP),
        ("Pup", Self::PUP),
        ("Udp", Self::UDP),
        ("Idp", Self::IDP),
        ("IPv6", Self::IPV6),
        ("IPv6RoutingHeader", Self::IPV6_ROUTING_HEADER),
        ("IPv6FragmentHeader", Self::IPV6_FRAGMENT_HEADER),
        (
            "IPSecEncapsulatingSecurityPayload",
            Self::IPSEC_ENCAPSULATING_SECURITY_PAYLOAD,
        ),
        (
            "IPSecAuthenticationHeader",
            Self::IPSEC_AUTHENTICATION_HEADER,
        ),
        ("IcmpV6", Self::ICMPV6),
        ("IPv6NoNextHeader", Self::IPV6_NO_NEXT_HEADER),
        ("IPv6DestinationOptions", Self::IPV6_DESTINATION_OPTIONS),
        ("ND", Self::ND),
        ("Raw", Self::RAW),
        ("Ipx", Self::IPX),
        ("Spx", Self::SPX),
        ("SpxII", Self::SPX_II),
        ("Unknown", Self::UNKNOWN),
    ];
}

numbers!(ProtocolType, i32);
