//! The options of the socket that a UDP client shows.

use std::sync::atomic::Ordering;

use crate::UdpClient;
use crate::error::SocketError;

/// Options of the socket.
impl UdpClient {
    /// How many bytes wait to be received: of the first datagram on Linux.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Available`
    ///
    /// # Errors
    /// Those of [`Socket::available`](crate::Socket::available).
    #[doc(alias = "UdpClient.Available")]
    pub fn available(&self) -> Result<usize, SocketError> {
        match self.batches().available() {
            Some(length) => Ok(length),
            None => self.socket.available(),
        }
    }

    /// How many routers a datagram may pass.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Ttl`
    ///
    /// # Errors
    /// Those of [`Socket::ttl`](crate::Socket::ttl).
    #[doc(alias = "UdpClient.Ttl")]
    pub fn ttl(&self) -> Result<i16, SocketError> {
        self.socket.ttl()
    }

    /// Sets how many routers a datagram may pass.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Ttl`
    ///
    /// # Errors
    /// Those of [`Socket::set_ttl`](crate::Socket::set_ttl).
    #[doc(alias = "UdpClient.Ttl")]
    pub fn set_ttl(&self, value: i16) -> Result<(), SocketError> {
        self.socket.set_ttl(value)
    }

    /// Whether datagrams that are too long for a link are refused instead of cut in fragments.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.DontFragment`
    ///
    /// # Errors
    /// Those of [`Socket::dont_fragment`](crate::Socket::dont_fragment).
    #[doc(alias = "UdpClient.DontFragment")]
    pub fn dont_fragment(&self) -> Result<bool, SocketError> {
        self.socket.dont_fragment()
    }

    /// Sets whether datagrams that are too long for a link are refused.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.DontFragment`
    ///
    /// # Errors
    /// Those of [`Socket::set_dont_fragment`](crate::Socket::set_dont_fragment).
    #[doc(alias = "UdpClient.DontFragment")]
    pub fn set_dont_fragment(&self, value: bool) -> Result<(), SocketError> {
        self.socket.set_dont_fragment(value)
    }

    /// Whether the client may send broadcasts.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.EnableBroadcast`
    ///
    /// # Errors
    /// Those of [`Socket::enable_broadcast`](crate::Socket::enable_broadcast).
    #[doc(alias = "UdpClient.EnableBroadcast")]
    pub fn enable_broadcast(&self) -> Result<bool, SocketError> {
        self.socket.enable_broadcast()
    }

    /// Sets whether the client may send broadcasts.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.EnableBroadcast`
    ///
    /// # Errors
    /// Those of [`Socket::set_enable_broadcast`](crate::Socket::set_enable_broadcast).
    #[doc(alias = "UdpClient.EnableBroadcast")]
    pub fn set_enable_broadcast(&self, value: bool) -> Result<(), SocketError> {
        self.socket.set_enable_broadcast(value)?;
        // After a refusal, sending to 255.255.255.255 permits it anew.
        self.broadcasts.store(value, Ordering::Release);
        Ok(())
    }

    /// Whether no other socket may be bound to the same port.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.ExclusiveAddressUse`
    ///
    /// # Errors
    /// Those of [`Socket::exclusive_address_use`](crate::Socket::exclusive_address_use).
    #[doc(alias = "UdpClient.ExclusiveAddressUse")]
    pub fn exclusive_address_use(&self) -> Result<bool, SocketError> {
        self.socket.exclusive_address_use()
    }

    /// Sets whether no other socket may be bound to the same port.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.ExclusiveAddressUse`
    ///
    /// # Errors
    /// Those of [`Socket::set_exclusive_address_use`](crate::Socket::set_exclusive_address_use):
    /// to be called before the socket is bound.
    #[doc(alias = "UdpClient.ExclusiveAddressUse")]
    pub fn set_exclusive_address_use(&self, value: bool) -> Result<(), SocketError> {
        self.socket.set_exclusive_address_use(value)
    }

    /// Whether what is sent to a group comes back to members on this computer.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.MulticastLoopback`
    ///
    /// # Errors
    /// Those of [`Socket::multicast_loopback`](crate::Socket::multicast_loopback).
    #[doc(alias = "UdpClient.MulticastLoopback")]
    pub fn multicast_loopback(&self) -> Result<bool, SocketError> {
        self.socket.multicast_loopback()
    }

    /// Sets whether what is sent to a group comes back to members on this computer.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.MulticastLoopback`
    ///
    /// # Errors
    /// Those of [`Socket::set_multicast_loopback`](crate::Socket::set_multicast_loopback).
    #[doc(alias = "UdpClient.MulticastLoopback")]
    pub fn set_multicast_loopback(&self, value: bool) -> Result<(), SocketError> {
        self.socket.set_multicast_loopback(value)
    }
}
