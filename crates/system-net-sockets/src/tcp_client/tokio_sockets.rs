//! To and from sockets of tokio.

use crate::TcpClient;
use crate::error::SocketError;

/// A socket of tokio. The blocking calls wait, the asynchronous ones wait in any runtime.
///
/// # Errors
/// The system's.
impl TryFrom<tokio::net::TcpStream> for TcpClient {
    type Error = SocketError;

    fn try_from(stream: tokio::net::TcpStream) -> Result<Self, SocketError> {
        Self::try_from(stream.into_std()?)
    }
}

/// A socket of tokio.
///
/// # Errors
/// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) while a stream or another client has the socket
/// as well; the system's.
///
/// # Panics
/// Outside of a tokio runtime with its I/O driver, as tokio does.
impl TryFrom<TcpClient> for tokio::net::TcpStream {
    type Error = SocketError;

    fn try_from(client: TcpClient) -> Result<Self, SocketError> {
        let stream = std::net::TcpStream::try_from(client)?;
        stream.set_nonblocking(true)?;
        Ok(Self::from_std(stream)?)
    }
}
