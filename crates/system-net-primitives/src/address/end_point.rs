//! Whatever a connection can be made to.

use std::fmt;
use std::net::SocketAddr;

use super::{
    AddressFamily, DnsEndPoint, IpEndPoint, LinkLayerEndPoint, SocketAddress,
    UnixDomainSocketEndPoint,
};
use crate::Misuse;

/// A place that a socket connects to or listens at.
///
/// .NET: `System.Net.EndPoint`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndPoint {
    /// An IP address and a port.
    Ip(IpEndPoint),
    /// A host name and a port.
    Dns(DnsEndPoint),
    /// A local socket.
    Unix(UnixDomainSocketEndPoint),
    /// Frames of an interface.
    LinkLayer(LinkLayerEndPoint),
    /// An address of any other kind that the system has, as its bytes: what programs derive
    /// classes from `EndPoint` for in .NET.
    Other(SocketAddress),
}

impl EndPoint {
    /// The kind of address.
    ///
    /// .NET: `System.Net.EndPoint.AddressFamily`
    #[doc(alias = "EndPoint.AddressFamily")]
    #[must_use]
    pub const fn address_family(&self) -> AddressFamily {
        match self {
            Self::Ip(end_point) => end_point.address_family(),
            Self::Dns(end_point) => end_point.address_family(),
            Self::Unix(end_point) => end_point.address_family(),
            Self::LinkLayer(end_point) => end_point.address_family(),
            Self::Other(address) => address.family(),
        }
    }

    /// The port; zero for a kind that has none.
    #[must_use]
    pub const fn port(&self) -> u16 {
        match self {
            Self::Ip(end_point) => end_point.port(),
            Self::Dns(end_point) => end_point.port(),
            Self::Unix(_) | Self::LinkLayer(_) | Self::Other(_) => 0,
        }
    }

    /// The end point in the form system calls take.
    ///
    /// .NET: `System.Net.EndPoint.Serialize`
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] for a host name, as in .NET: resolve it first.
    #[doc(alias = "EndPoint.Serialize")]
    pub fn serialize(&self) -> Result<SocketAddress, Misuse> {
        match self {
            Self::Ip(end_point) => Ok(end_point.serialize()),
            Self::Dns(_) => Err(Misuse::not_implemented(
                "a host name has no form that system calls take",
            )),
            Self::Unix(end_point) => Ok(end_point.serialize()),
            Self::LinkLayer(end_point) => Ok(end_point.serialize()),
            Self::Other(address) => Ok(address.clone()),
        }
    }

    /// The end point that such a form holds, by its family.
    ///
    /// .NET: `System.Net.EndPoint.Create`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for no family, or too few bytes; [`Misuse::OutOfRange`] for too
    /// many.
    #[doc(alias = "EndPoint.Create")]
    pub fn create(socket_address: &SocketAddress) -> Result<Self, Misuse> {
        match socket_address.family() {
            AddressFamily::Unix => UnixDomainSocketEndPoint::create(socket_address).map(Self::Unix),
            AddressFamily::Packet => LinkLayerEndPoint::create(socket_address).map(Self::LinkLayer),
            AddressFamily::InterNetwork
            | AddressFamily::InterNetworkV6
            | AddressFamily::Unspecified => IpEndPoint::create(socket_address).map(Self::Ip),
            _ => Ok(Self::Other(socket_address.clone())),
        }
    }
}

impl fmt::Display for EndPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(end_point) => end_point.fmt(f),
            Self::Dns(end_point) => end_point.fmt(f),
            Self::Unix(end_point) => end_point.fmt(f),
            Self::LinkLayer(end_point) => end_point.fmt(f),
            Self::Other(address) => address.fmt(f),
        }
    }
}

impl From<IpEndPoint> for EndPoint {
    fn from(end_point: IpEndPoint) -> Self {
        Self::Ip(end_point)
    }
}

impl From<DnsEndPoint> for EndPoint {
    fn from(end_point: DnsEndPoint) -> Self {
        Self::Dns(end_point)
    }
}

impl From<UnixDomainSocketEndPoint> for EndPoint {
    fn from(end_point: UnixDomainSocketEndPoint) -> Self {
        Self::Unix(end_point)
    }
}

impl From<LinkLayerEndPoint> for EndPoint {
    fn from(end_point: LinkLayerEndPoint) -> Self {
        Self::LinkLayer(end_point)
    }
}

impl From<SocketAddr> for EndPoint {
    fn from(address: SocketAddr) -> Self {
        Self::Ip(address.into())
    }
}
