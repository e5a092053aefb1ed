//! To and from sockets of std.

use std::net::UdpSocket;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use super::UdpClient;
use crate::Socket;
use crate::error::SocketError;
use crate::tcp_client::{alone, blocking};

impl From<Socket> for UdpClient {
    fn from(socket: Socket) -> Self {
        Self::over(socket)
    }
}

/// A socket of std. The client's blocking calls wait, whatever was set before.
///
/// # Errors
/// Those of [`Socket`]'s conversion.
impl TryFrom<UdpSocket> for UdpClient {
    type Error = SocketError;

    fn try_from(socket: UdpSocket) -> Result<Self, SocketError> {
        Self::try_from(OwnedFd::from(socket))
    }
}

/// A descriptor. The client's blocking calls wait, whatever was set before.
///
/// # Errors
/// Those of [`Socket`]'s conversion.
impl TryFrom<OwnedFd> for UdpClient {
    type Error = SocketError;

    fn try_from(fd: OwnedFd) -> Result<Self, SocketError> {
        blocking(fd).map(Self::from)
    }
}

/// The socket below.
///
/// # Errors
/// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) while another
/// client or a call has it, too.
impl TryFrom<UdpClient> for Socket {
    type Error = SocketError;

    fn try_from(client: UdpClient) -> Result<Self, SocketError> {
        alone(client.socket)
    }
}

/// A socket of std.
///
/// # Errors
/// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) while another
/// client or a call has the socket, too; those of [`Socket`]'s conversion.
impl TryFrom<UdpClient> for UdpSocket {
    type Error = SocketError;

    fn try_from(client: UdpClient) -> Result<Self, SocketError> {
        Socket::try_from(client)?.try_into()
    }
}

/// # Errors
/// As for the socket of std.
impl TryFrom<UdpClient> for OwnedFd {
    type Error = SocketError;

    fn try_from(client: UdpClient) -> Result<Self, SocketError> {
        Socket::try_from(client)?.try_into()
    }
}

impl AsRawFd for UdpClient {
    /// The descriptor's number; -1 when the client is closed.
    fn as_raw_fd(&self) -> RawFd {
        self.client().as_raw_fd()
    }
}
