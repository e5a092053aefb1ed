//! To and from sockets of std.

use std::net::TcpStream;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use system_net_primitives::Misuse;

use crate::error::SocketError;
use crate::{Socket, TcpClient};

impl From<Socket> for TcpClient {
    fn from(socket: Socket) -> Self {
        let active = socket.connected();
        Self::over(Arc::new(socket), active)
    }
}

/// A socket of std. The client's blocking calls wait, whatever was set before.
///
/// # Errors
/// Those of [`Socket`]'s conversion.
impl TryFrom<TcpStream> for TcpClient {
    type Error = SocketError;

    fn try_from(stream: TcpStream) -> Result<Self, SocketError> {
        Self::try_from(OwnedFd::from(stream))
    }
}

/// A descriptor. The client's blocking calls wait, whatever was set before.
///
/// # Errors
/// Those of [`Socket`]'s conversion.
impl TryFrom<OwnedFd> for TcpClient {
    type Error = SocketError;

    fn try_from(fd: OwnedFd) -> Result<Self, SocketError> {
        blocking(fd).map(Self::from)
    }
}

/// The socket below.
///
/// # Errors
/// [`Misuse::InvalidOperation`] while a stream or another client has it, too.
impl TryFrom<TcpClient> for Socket {
    type Error = SocketError;

    fn try_from(client: TcpClient) -> Result<Self, SocketError> {
        alone(client.socket)
    }
}

/// A socket of std.
///
/// # Errors
/// [`Misuse::InvalidOperation`] while a stream or another client has the socket, too; those of
/// [`Socket`]'s conversion.
impl TryFrom<TcpClient> for TcpStream {
    type Error = SocketError;

    fn try_from(client: TcpClient) -> Result<Self, SocketError> {
        Socket::try_from(client)?.try_into()
    }
}

/// # Errors
/// As for the socket of std.
impl TryFrom<TcpClient> for OwnedFd {
    type Error = SocketError;

    fn try_from(client: TcpClient) -> Result<Self, SocketError> {
        Socket::try_from(client)?.try_into()
    }
}

impl AsRawFd for TcpClient {
    /// The descriptor's number; -1 when the client is closed.
    fn as_raw_fd(&self) -> RawFd {
        self.client().as_raw_fd()
    }
}

/// The socket, if nobody else has it.
pub(crate) fn alone(socket: Arc<Socket>) -> Result<Socket, SocketError> {
    Arc::try_unwrap(socket).map_err(|_| {
        Misuse::invalid_operation("the socket is in use by another stream, client or call").into()
    })
}

/// The socket of a descriptor from elsewhere, whose calls wait.
pub(crate) fn blocking(fd: OwnedFd) -> Result<Socket, SocketError> {
    let socket = Socket::try_from(fd)?;
    socket.set_blocking(true)?;
    Ok(socket)
}
