//! The layer an option belongs to.

use super::listed::closed_numbers;

/// The layer an option belongs to.
///
/// .NET: `System.Net.Sockets.SocketOptionLevel`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum SocketOptionLevel {
    /// IPv4.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionLevel.IP`
    #[doc(alias = "SocketOptionLevel.IP")]
    Ip = 0,
    /// TCP.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionLevel.Tcp`
    #[doc(alias = "SocketOptionLevel.Tcp")]
    Tcp = 6,
    /// UDP.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionLevel.Udp`
    #[doc(alias = "SocketOptionLevel.Udp")]
    Udp = 17,
    /// IPv6.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionLevel.IPv6`
    #[doc(alias = "SocketOptionLevel.IPv6")]
    Ipv6 = 41,
    /// Sockets of all kinds.
    ///
    /// .NET: `System.Net.Sockets.SocketOptionLevel.Socket`
    #[doc(alias = "SocketOptionLevel.Socket")]
    Socket = 65535,
}

impl SocketOptionLevel {
    /// Every value, in the order of its number.
    pub const ALL: &[Self] = &[Self::Ip, Self::Tcp, Self::Udp, Self::Ipv6, Self::Socket];
}

closed_numbers!(SocketOptionLevel);
