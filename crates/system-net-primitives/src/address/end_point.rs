//! Whatever a connection can be made to.

use std::fmt;
use std::net::SocketAddr;

use super::{AddressFamily, DnsEndPoint, IpEndPoint};

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
        }
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        match self {
            Self::Ip(end_point) => end_point.port(),
            Self::Dns(end_point) => end_point.port(),
        }
    }
}

impl fmt::Display for EndPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(end_point) => end_point.fmt(f),
            Self::Dns(end_point) => end_point.fmt(f),
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

impl From<SocketAddr> for EndPoint {
    fn from(address: SocketAddr) -> Self {
        Self::Ip(address.into())
    }
}
