//! A datagram with its sender.

use system_net_primitives::IpEndPoint;

/// A datagram that arrived, and who sent it.
///
/// .NET: `System.Net.Sockets.UdpReceiveResult`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UdpReceiveResult {
    buffer: Vec<u8>,
    remote_end_point: IpEndPoint,
}

impl UdpReceiveResult {
    /// A result of its parts.
    ///
    /// .NET: `System.Net.Sockets.UdpReceiveResult.UdpReceiveResult(Byte[], IPEndPoint)`
    #[must_use]
    pub const fn new(buffer: Vec<u8>, remote_end_point: IpEndPoint) -> Self {
        Self {
            buffer,
            remote_end_point,
        }
    }

    /// The datagram.
    ///
    /// .NET: `System.Net.Sockets.UdpReceiveResult.Buffer`
    #[doc(alias = "UdpReceiveResult.Buffer")]
    #[must_use]
    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    /// The datagram, given away.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// The sender.
    ///
    /// .NET: `System.Net.Sockets.UdpReceiveResult.RemoteEndPoint`
    #[doc(alias = "UdpReceiveResult.RemoteEndPoint")]
    #[must_use]
    pub const fn remote_end_point(&self) -> IpEndPoint {
        self.remote_end_point
    }
}
