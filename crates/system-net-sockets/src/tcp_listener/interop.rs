//! To and from sockets of std.

use std::net::TcpListener as StdListener;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, PoisonError};

use system_net_primitives::{EndPoint, IpAddress, IpEndPoint, Misuse};

use super::{State, TcpListener, Wishes};
use crate::error::SocketError;
use crate::tcp_client::{alone, blocking};

/// A socket of std, which listens. The listener's blocking calls wait, whatever was set before.
///
/// # Errors
/// Those of [`Socket`](crate::Socket)'s conversion.
impl TryFrom<StdListener> for TcpListener {
    type Error = SocketError;

    fn try_from(listener: StdListener) -> Result<Self, SocketError> {
        let socket = blocking(listener.into())?;
        let end_point = match socket.local_end_point()? {
            Some(EndPoint::Ip(end_point)) => end_point,
            _ => IpEndPoint::new(IpAddress::ANY, 0),
        };
        Ok(Self::over(State {
            end_point,
            server: Some(Arc::new(socket)),
            active: true,
            wishes: Wishes::default(),
        }))
    }
}

/// A socket of std, which listens.
///
/// # Errors
/// [`Misuse::InvalidOperation`] for a listener that is not started, and while a call is in
/// flight; those of [`Socket`](crate::Socket)'s conversion.
impl TryFrom<TcpListener> for StdListener {
    type Error = SocketError;

    fn try_from(listener: TcpListener) -> Result<Self, SocketError> {
        let state = listener
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match state.server {
            Some(server) if state.active => alone(server)?.try_into(),
            _ => Err(Misuse::invalid_operation("the listener is not started").into()),
        }
    }
}

impl AsRawFd for TcpListener {
    /// The descriptor's number; -1 after a stop.
    fn as_raw_fd(&self) -> RawFd {
        let state = self.state();
        state
            .server
            .as_ref()
            .map_or(-1, |server| server.as_raw_fd())
    }
}
