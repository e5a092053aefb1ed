//! Sockets of std, descriptors, and back.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use system_net_primitives::Misuse;

use super::{Socket, address};
use crate::enums::ProtocolType;
use crate::error::SocketError;
use crate::sys;

/// A share of a socket's descriptor, which stays open while there is one, even if the socket is
/// closed.
///
/// .NET: `System.Net.Sockets.SafeSocketHandle`
#[doc(alias = "System.Net.Sockets.SafeSocketHandle")]
#[derive(Clone, Debug)]
pub struct SafeSocketHandle(Arc<OwnedFd>);

impl SafeSocketHandle {
    /// Never: a descriptor that there is not makes no handle.
    ///
    /// .NET: `System.Net.Sockets.SafeSocketHandle.IsInvalid`
    #[doc(alias = "SafeSocketHandle.IsInvalid")]
    #[must_use]
    pub const fn is_invalid(&self) -> bool {
        false
    }
}

impl From<OwnedFd> for SafeSocketHandle {
    /// .NET: `System.Net.Sockets.SafeSocketHandle.SafeSocketHandle(IntPtr, Boolean)`
    fn from(fd: OwnedFd) -> Self {
        Self(Arc::new(fd))
    }
}

impl AsFd for SafeSocketHandle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for SafeSocketHandle {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl Socket {
    /// A share of the descriptor, for system calls that this type does not have. Changing the
    /// state of the socket by it (blocking, dual mode, connections) confuses the socket.
    ///
    /// There is no `AsFd`: any thread can close a socket, so only a share is sure to stay open.
    ///
    /// .NET: `System.Net.Sockets.Socket.SafeHandle`
    ///
    /// # Errors
    /// [`Misuse::Disposed`](system_net_primitives::Misuse::Disposed) when closed.
    #[doc(alias = "Socket.SafeHandle")]
    pub fn safe_handle(&self) -> Result<SafeSocketHandle, SocketError> {
        self.handle().share().map(SafeSocketHandle)
    }

    /// Finds out what the descriptor of a socket from elsewhere was used for.
    pub(super) fn find_out_state(&self) -> Result<(), SocketError> {
        let handle = self.handle();
        let fd = handle.fd()?;
        let option = |name| sys::get_option_i32(fd.as_fd(), libc::SOL_SOCKET, name);
        if sys::is_nonblocking(fd.as_fd())? {
            handle.note_nonblocking();
        }
        if option(libc::SO_ACCEPTCONN).unwrap_or_default() != 0 {
            handle.listening.store(true, Ordering::Release);
        }
        let v6_only = sys::get_option_i32(fd.as_fd(), libc::IPPROTO_IPV6, libc::IPV6_V6ONLY);
        if matches!(v6_only, Ok(0)) {
            handle.dual_mode.store(true, Ordering::Relaxed);
        }
        for (name, timeout) in [
            (libc::SO_RCVTIMEO, &handle.receive_timeout),
            (libc::SO_SNDTIMEO, &handle.send_timeout),
        ] {
            let milliseconds = sys::get_time_option(fd.as_fd(), name).unwrap_or_default();
            let milliseconds = i32::try_from(milliseconds.as_millis()).unwrap_or(i32::MAX);
            timeout.store(milliseconds, Ordering::Relaxed);
        }
        let own = sys::local_address(fd.as_fd())?;
        if own.is_specific() {
            handle.set_bound();
        }
        if let Ok(peer) = sys::peer_address(fd.as_fd()) {
            handle.set_connected(Some(peer.to_end_point_or_none()));
        }
        Ok(())
    }
}

impl AsRawFd for Socket {
    /// The number of the descriptor; -1 when closed.
    fn as_raw_fd(&self) -> RawFd {
        self.handle().fd().map_or(-1, |fd| fd.as_raw_fd())
    }
}

/// A socket of any kind, which is asked for its kind and state.
///
/// # Errors
/// [`NotSocket`](crate::SocketErrorCode::NotSocket) for another kind of descriptor.
impl TryFrom<OwnedFd> for Socket {
    type Error = SocketError;

    fn try_from(fd: OwnedFd) -> Result<Self, SocketError> {
        let option = |name| sys::get_option_i32(fd.as_fd(), libc::SOL_SOCKET, name);
        let family = address::family(option(libc::SO_DOMAIN)?);
        let socket_type = address::socket_type(option(libc::SO_TYPE)?);
        let protocol_type = ProtocolType::from_value(option(libc::SO_PROTOCOL)?);
        let socket = Self::from_parts(fd, family, socket_type, protocol_type);
        socket.find_out_state()?;
        Ok(socket)
    }
}

/// A socket of any kind, which is asked for its kind and state; the handle must be the only one of
/// its descriptor, which a socket has alone.
///
/// .NET: `System.Net.Sockets.Socket.Socket(SafeSocketHandle)`
///
/// # Errors
/// [`Misuse::InvalidOperation`] while there are other shares;
/// [`NotSocket`](crate::SocketErrorCode::NotSocket) for another kind of descriptor.
impl TryFrom<SafeSocketHandle> for Socket {
    type Error = SocketError;

    fn try_from(handle: SafeSocketHandle) -> Result<Self, SocketError> {
        let shared = |_| Misuse::invalid_operation("there are other shares of the descriptor");
        Arc::try_unwrap(handle.0).map_err(shared)?.try_into()
    }
}

/// The descriptor, without the socket around it.
///
/// # Errors
/// [`Misuse::InvalidOperation`] while another
/// thread is in a call on it, [`Misuse::Disposed`] when
/// closed.
impl TryFrom<Socket> for OwnedFd {
    type Error = SocketError;

    fn try_from(socket: Socket) -> Result<Self, SocketError> {
        let handle = socket.handle();
        let nonblocking = handle.is_nonblocking_descriptor() && handle.is_blocking();
        let fd = handle.take()?;
        if nonblocking {
            // An asynchronous call made it so; the next owner expects what the caller chose.
            sys::set_nonblocking(fd.as_fd(), false)?;
        }
        Ok(fd)
    }
}

/// Conversions from and to a type of std, which holds nothing but a descriptor.
macro_rules! as_descriptor {
    ($($of_std:ty),+) => {$(
        impl TryFrom<$of_std> for Socket {
            type Error = SocketError;

            fn try_from(socket: $of_std) -> Result<Self, SocketError> {
                OwnedFd::from(socket).try_into()
            }
        }

        impl TryFrom<Socket> for $of_std {
            type Error = SocketError;

            fn try_from(socket: Socket) -> Result<Self, SocketError> {
                OwnedFd::try_from(socket).map(Self::from)
            }
        }
    )+};
}

as_descriptor!(
    TcpStream,
    TcpListener,
    UdpSocket,
    UnixStream,
    UnixListener,
    UnixDatagram
);
