//! To and from sockets of tokio.

use crate::TcpListener;
use crate::error::SocketError;

/// A socket of tokio. The blocking calls wait, the asynchronous ones wait in any runtime.
///
/// # Errors
/// The system's.
impl TryFrom<tokio::net::TcpListener> for TcpListener {
    type Error = SocketError;

    fn try_from(listener: tokio::net::TcpListener) -> Result<Self, SocketError> {
        Self::try_from(listener.into_std()?)
    }
}

/// A socket of tokio.
///
/// # Errors
/// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) while a call has the socket, and of a listener that is not started
/// as well; the system's.
///
/// # Panics
/// Outside of a tokio runtime with its I/O driver, as tokio does.
impl TryFrom<TcpListener> for tokio::net::TcpListener {
    type Error = SocketError;

    fn try_from(listener: TcpListener) -> Result<Self, SocketError> {
        let listener = std::net::TcpListener::try_from(listener)?;
        listener.set_nonblocking(true)?;
        Ok(Self::from_std(listener)?)
    }
}
