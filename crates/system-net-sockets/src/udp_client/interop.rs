//! To and from sockets of std.

use std::net::UdpSocket;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use system_net_primitives::Misuse;

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
/// [`Misuse::InvalidOperation`] while another client or a call has it, too, or if datagrams of
/// [batches](UdpClient::receive_batch) wait:
/// [`end_batches`](UdpClient::end_batches) gives them.
impl TryFrom<UdpClient> for Socket {
    type Error = SocketError;

    fn try_from(client: UdpClient) -> Result<Self, SocketError> {
        // A closed one is refused by what needs it open.
        if !client.socket.handle().is_closed() {
            client.stop_batches()?;
            if client.batches().available().is_some() {
                let text = "datagrams of batches wait in the client: take them with end_batches";
                return Err(Misuse::invalid_operation(text).into());
            }
        }
        alone(client.socket)
    }
}

/// A socket of std.
///
/// # Errors
/// [`Misuse::InvalidOperation`] while another client or a call has the socket, too, or datagrams
/// of batches wait; those of [`Socket`]'s conversion.
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
        self.socket.as_raw_fd()
    }
}
