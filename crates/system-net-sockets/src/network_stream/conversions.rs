//! From and to the streams of std.

use std::net::TcpStream;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use system_net_primitives::Misuse;

use super::{FileAccess, NetworkStream, Ownership};
use crate::error::SocketError;
use crate::socket::Socket;

impl NetworkStream {
    /// The socket below, which stays open although the stream is gone.
    #[must_use]
    pub fn into_socket(mut self) -> Arc<Socket> {
        self.ownership = Ownership::Borrowed;
        Arc::clone(&self.socket)
    }

    fn owning(fd: OwnedFd) -> Result<Self, SocketError> {
        let socket = Socket::try_from(fd)?;
        socket.set_blocking(true)?;
        Self::over(Arc::new(socket), FileAccess::ReadWrite, Ownership::Owned)
    }

    pub(super) fn into_descriptor(self) -> Result<OwnedFd, SocketError> {
        self.check_open()?;
        let socket = Arc::try_unwrap(self.into_socket()).map_err(|_| {
            Misuse::invalid_operation("the socket has other owners beside the stream")
        })?;
        socket.try_into()
    }
}

impl AsRawFd for NetworkStream {
    /// The number of the descriptor; -1 when the socket is closed.
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// A stream that owns the connection, and whose blocking calls wait whatever was set before.
///
/// # Errors
/// [`NotConnected`](crate::SocketErrorCode::NotConnected).
impl TryFrom<TcpStream> for NetworkStream {
    type Error = SocketError;

    fn try_from(stream: TcpStream) -> Result<Self, SocketError> {
        Self::owning(stream.into())
    }
}

/// A stream that owns the connection, and whose blocking calls wait whatever was set before.
///
/// # Errors
/// [`NotConnected`](crate::SocketErrorCode::NotConnected).
impl TryFrom<UnixStream> for NetworkStream {
    type Error = SocketError;

    fn try_from(stream: UnixStream) -> Result<Self, SocketError> {
        Self::owning(stream.into())
    }
}

/// The connection, without the stream around it.
///
/// # Errors
/// [`Misuse::InvalidOperation`] if the socket has other owners or a call is in flight on it,
/// [`Misuse::Disposed`] when closed. The stream is gone then, and an owned socket with it when
/// its other owners let go of it.
impl TryFrom<NetworkStream> for TcpStream {
    type Error = SocketError;

    fn try_from(stream: NetworkStream) -> Result<Self, SocketError> {
        stream.into_descriptor().map(Self::from)
    }
}

/// The connection, without the stream around it.
///
/// # Errors
/// [`Misuse::InvalidOperation`] if the socket has other owners or a call is in flight on it,
/// [`Misuse::Disposed`] when closed. The stream is gone then, and an owned socket with it when
/// its other owners let go of it.
impl TryFrom<NetworkStream> for UnixStream {
    type Error = SocketError;

    fn try_from(stream: NetworkStream) -> Result<Self, SocketError> {
        stream.into_descriptor().map(Self::from)
    }
}
