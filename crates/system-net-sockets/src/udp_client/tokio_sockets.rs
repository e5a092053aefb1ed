//! To and from sockets of tokio.

use crate::UdpClient;
use crate::error::SocketError;

/// A socket of tokio. The blocking calls wait, the asynchronous ones wait in any runtime.
///
/// # Errors
/// The system's.
impl TryFrom<tokio::net::UdpSocket> for UdpClient {
    type Error = SocketError;

    fn try_from(socket: tokio::net::UdpSocket) -> Result<Self, SocketError> {
        Self::try_from(socket.into_std()?)
    }
}

/// A socket of tokio.
///
/// # Errors
/// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) while another client or a call has the socket
/// as well; the system's.
///
/// # Panics
/// Outside of a tokio runtime with its I/O driver, as tokio does.
impl TryFrom<UdpClient> for tokio::net::UdpSocket {
    type Error = SocketError;

    fn try_from(client: UdpClient) -> Result<Self, SocketError> {
        let socket = std::net::UdpSocket::try_from(client)?;
        socket.set_nonblocking(true)?;
        Ok(Self::from_std(socket)?)
    }
}
