//! What receives tell besides the data.

use system_net_primitives::{EndPoint, IpAddress};

use crate::enums::SocketFlags;

/// A received message and who sent it.
///
/// .NET: `System.Net.Sockets.SocketReceiveFromResult`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketReceiveFromResult {
    /// How many bytes of the buffer were filled.
    ///
    /// .NET: `System.Net.Sockets.SocketReceiveFromResult.ReceivedBytes`
    #[doc(alias = "SocketReceiveFromResult.ReceivedBytes")]
    pub received_bytes: usize,
    /// The sender.
    ///
    /// .NET: `System.Net.Sockets.SocketReceiveFromResult.RemoteEndPoint`
    #[doc(alias = "SocketReceiveFromResult.RemoteEndPoint")]
    pub remote_end_point: EndPoint,
}

/// A received message, who sent it, and how it came.
///
/// .NET: `System.Net.Sockets.SocketReceiveMessageFromResult`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SocketReceiveMessageFromResult {
    /// How many bytes of the buffer were filled.
    ///
    /// .NET: `System.Net.Sockets.SocketReceiveMessageFromResult.ReceivedBytes`
    #[doc(alias = "SocketReceiveMessageFromResult.ReceivedBytes")]
    pub received_bytes: usize,
    /// What was special: [`SocketFlags::TRUNCATED`] if the rest of the message was lost.
    ///
    /// .NET: `System.Net.Sockets.SocketReceiveMessageFromResult.SocketFlags`
    #[doc(alias = "SocketReceiveMessageFromResult.SocketFlags")]
    pub socket_flags: SocketFlags,
    /// The sender.
    ///
    /// .NET: `System.Net.Sockets.SocketReceiveMessageFromResult.RemoteEndPoint`
    #[doc(alias = "SocketReceiveMessageFromResult.RemoteEndPoint")]
    pub remote_end_point: EndPoint,
    /// Where it arrived.
    ///
    /// .NET: `System.Net.Sockets.SocketReceiveMessageFromResult.PacketInformation`
    #[doc(alias = "SocketReceiveMessageFromResult.PacketInformation")]
    pub packet_information: IpPacketInformation,
}

/// Where a packet arrived.
///
/// .NET: `System.Net.Sockets.IPPacketInformation`
#[doc(alias = "IPPacketInformation")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IpPacketInformation {
    address: Option<IpAddress>,
    interface: i32,
}

impl IpPacketInformation {
    pub(super) const fn new(address: IpAddress, interface: i32) -> Self {
        Self {
            address: Some(address),
            interface,
        }
    }

    /// The address it was sent to; `None` if the system did not tell, as for a stream.
    ///
    /// .NET: `System.Net.Sockets.IPPacketInformation.Address`
    #[doc(alias = "IPPacketInformation.Address")]
    #[must_use]
    pub const fn address(&self) -> Option<IpAddress> {
        self.address
    }

    /// The number of the network interface; 0 if the system did not tell.
    ///
    /// .NET: `System.Net.Sockets.IPPacketInformation.Interface`
    #[doc(alias = "IPPacketInformation.Interface")]
    #[must_use]
    pub const fn interface(&self) -> i32 {
        self.interface
    }
}
