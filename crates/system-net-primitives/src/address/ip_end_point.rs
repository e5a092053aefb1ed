//! An IP address with a port.

use std::fmt;
use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::{AddressFamily, IpAddress, SocketAddress};
use crate::Misuse;

/// An IP address and a port.
///
/// .NET: `System.Net.IPEndPoint`
#[doc(alias = "IPEndPoint")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpEndPoint {
    address: IpAddress,
    port: u16,
}

impl IpEndPoint {
    /// The highest port.
    ///
    /// .NET: `System.Net.IPEndPoint.MaxPort`
    #[doc(alias = "IPEndPoint.MaxPort")]
    pub const MAX_PORT: u16 = u16::MAX;
    /// The lowest port, which stands for any free one.
    ///
    /// .NET: `System.Net.IPEndPoint.MinPort`
    #[doc(alias = "IPEndPoint.MinPort")]
    pub const MIN_PORT: u16 = 0;

    /// An end point of its parts.
    ///
    /// .NET: `System.Net.IPEndPoint.IPEndPoint(IPAddress, Int32)`
    #[must_use]
    pub const fn new(address: IpAddress, port: u16) -> Self {
        Self { address, port }
    }

    /// An end point of an IPv4 address as the number for [`IpAddress::from_i64`], and a port.
    ///
    /// .NET: `System.Net.IPEndPoint.IPEndPoint(Int64, Int32)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a number that has no 32 bits.
    pub fn from_i64(address: i64, port: u16) -> Result<Self, Misuse> {
        Ok(Self::new(IpAddress::from_i64(address)?, port))
    }

    /// The address.
    ///
    /// .NET: `System.Net.IPEndPoint.Address`
    #[doc(alias = "IPEndPoint.Address")]
    #[must_use]
    pub const fn address(self) -> IpAddress {
        self.address
    }

    /// Changes the address.
    ///
    /// .NET: `System.Net.IPEndPoint.Address`
    #[doc(alias = "IPEndPoint.Address")]
    pub const fn set_address(&mut self, address: IpAddress) {
        self.address = address;
    }

    /// The port.
    ///
    /// .NET: `System.Net.IPEndPoint.Port`
    #[doc(alias = "IPEndPoint.Port")]
    #[must_use]
    pub const fn port(self) -> u16 {
        self.port
    }

    /// Changes the port.
    ///
    /// .NET: `System.Net.IPEndPoint.Port`
    #[doc(alias = "IPEndPoint.Port")]
    pub const fn set_port(&mut self, port: u16) {
        self.port = port;
    }

    /// The kind of the address.
    ///
    /// .NET: `System.Net.IPEndPoint.AddressFamily`
    #[doc(alias = "IPEndPoint.AddressFamily")]
    #[must_use]
    pub const fn address_family(self) -> AddressFamily {
        self.address.address_family()
    }
}

/// As bytes of the operating system.
impl IpEndPoint {
    /// The end point in the form system calls take.
    ///
    /// .NET: `System.Net.IPEndPoint.Serialize`
    #[doc(alias = "IPEndPoint.Serialize")]
    #[must_use]
    pub fn serialize(self) -> SocketAddress {
        SocketAddress::from_ip_end_point(self)
    }

    /// The end point that such a form holds.
    ///
    /// .NET: `System.Net.IPEndPoint.Create`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if it holds no IP address, or too few bytes.
    #[doc(alias = "IPEndPoint.Create")]
    pub fn create(socket_address: &SocketAddress) -> Result<Self, Misuse> {
        socket_address.to_ip_end_point()
    }
}

impl fmt::Display for IpEndPoint {
    /// `1.2.3.4:80`, `[::1]:80`, `[fe80::1%2]:80`.
    ///
    /// .NET: `System.Net.IPEndPoint.ToString`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address.to_ip_addr() {
            IpAddr::V4(v4) => write!(f, "{v4}:{}", self.port),
            IpAddr::V6(_) => write!(f, "[{}]:{}", self.address, self.port),
        }
    }
}

impl fmt::Debug for IpEndPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<SocketAddr> for IpEndPoint {
    /// Keeps the scope id, drops the flow label, which .NET has no place for.
    fn from(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(v4) => Self::new((*v4.ip()).into(), v4.port()),
            SocketAddr::V6(v6) => Self::new(IpAddress::v6(*v6.ip(), v6.scope_id()), v6.port()),
        }
    }
}

impl From<IpEndPoint> for SocketAddr {
    fn from(end_point: IpEndPoint) -> Self {
        match end_point.address.to_ip_addr() {
            IpAddr::V4(v4) => Self::V4(SocketAddrV4::new(v4, end_point.port)),
            IpAddr::V6(v6) => {
                let scope_id = end_point.address.scope_id().unwrap_or_default();
                Self::V6(SocketAddrV6::new(v6, end_point.port, 0, scope_id))
            }
        }
    }
}
