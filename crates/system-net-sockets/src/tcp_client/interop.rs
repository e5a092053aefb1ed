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

/// A socket of std. One of tokio comes by way of it, by `into_std`.
///
/// # Errors
/// Those of [`Socket`]'s conversion.
impl TryFrom<TcpStream> for TcpClient {
    type Error = SocketError;

    fn try_from(stream: TcpStream) -> Result<Self, SocketError> {
        Socket::try_from(stream).map(Self::from)
    }
}

/// # Errors
/// Those of [`Socket`]'s conversion.
impl TryFrom<OwnedFd> for TcpClient {
    type Error = SocketError;

    fn try_from(fd: OwnedFd) -> Result<Self, SocketError> {
        Socket::try_from(fd).map(Self::from)
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

/// A socket of std. One of tokio is made of it, by `set_nonblocking` and `from_std`.
///
/// # Errors
/// [`Misuse::InvalidOperation`] while a stream or another client has the socket, too; those of
/// [`Socket`]'s conversion.
///
/// # Examples
/// ```
/// # use system_net_primitives::IpAddress;
/// # use system_net_sockets::{TcpClient, TcpListener};
/// # let listener = TcpListener::new(IpAddress::LOOPBACK, 0)?;
/// # listener.start()?;
/// # let port = listener.local_endpoint()?.port();
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # let _context = runtime.enter();
/// let client = TcpClient::connect_to("127.0.0.1", port)?;
/// let stream = std::net::TcpStream::try_from(client)?;
/// stream.set_nonblocking(true)?;
/// let stream = tokio::net::TcpStream::from_std(stream)?;
/// # drop(stream);
/// # Ok::<(), std::io::Error>(())
/// ```
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
