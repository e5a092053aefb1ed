//! From and to the streams of tokio.

use tokio::net::{TcpStream, UnixStream};

use super::NetworkStream;
use crate::error::SocketError;

/// A stream that owns the connection.
///
/// # Errors
/// [`NotConnected`](crate::SocketErrorCode::NotConnected); the system's, if the connection
/// cannot leave its reactor.
impl TryFrom<TcpStream> for NetworkStream {
    type Error = SocketError;

    fn try_from(stream: TcpStream) -> Result<Self, SocketError> {
        stream.into_std()?.try_into()
    }
}

/// A stream that owns the connection.
///
/// # Errors
/// [`NotConnected`](crate::SocketErrorCode::NotConnected); the system's, if the connection
/// cannot leave its reactor.
impl TryFrom<UnixStream> for NetworkStream {
    type Error = SocketError;

    fn try_from(stream: UnixStream) -> Result<Self, SocketError> {
        stream.into_std()?.try_into()
    }
}

/// The connection, registered with the tokio runtime around the caller.
///
/// # Errors
/// Those of the conversion to std's stream; the system's, if the connection cannot be
/// registered.
///
/// # Panics
/// As tokio's `from_std` does without a runtime around the caller.
impl TryFrom<NetworkStream> for TcpStream {
    type Error = SocketError;

    fn try_from(stream: NetworkStream) -> Result<Self, SocketError> {
        let stream = std::net::TcpStream::try_from(stream)?;
        stream.set_nonblocking(true)?;
        Ok(Self::from_std(stream)?)
    }
}

/// The connection, registered with the tokio runtime around the caller.
///
/// # Errors
/// Those of the conversion to std's stream; the system's, if the connection cannot be
/// registered.
///
/// # Panics
/// As tokio's `from_std` does without a runtime around the caller.
impl TryFrom<NetworkStream> for UnixStream {
    type Error = SocketError;

    fn try_from(stream: NetworkStream) -> Result<Self, SocketError> {
        let stream = std::os::unix::net::UnixStream::try_from(stream)?;
        stream.set_nonblocking(true)?;
        Ok(Self::from_std(stream)?)
    }
}
