//! `Socket`: System.Net.Sockets.Socket, its calls that wait on the caller's thread.

mod address;
#[cfg(feature = "tokio")]
mod asynchronous;
mod attempt;
#[cfg(feature = "tokio")]
mod begin_end;
mod connection;
mod conversion;
mod files;
mod flags;
mod handle;
mod information;
mod io_control;
mod message;
mod multicast;
mod option_names;
mod option_values;
mod options;
mod results;
mod select;
mod socket_option;
mod transfer;
#[cfg(feature = "tokio")]
mod turns;
#[cfg_attr(not(feature = "tokio"), path = "no_watch.rs")]
mod watch;

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use system_net_primitives::{AddressFamily, EndPoint};

use crate::enums::{ProtocolType, SocketType};
use crate::error::SocketError;
use crate::protection_level;
use crate::{sys, trace};

#[cfg(feature = "tokio")]
pub use begin_end::{BufferCallback, BufferResult, BuffersResult};
#[cfg(feature = "tokio")]
pub(crate) use begin_end::{begin_receive, begin_send, begins, end_of, end_transfer, origin};
pub use conversion::SafeSocketHandle;
pub(crate) use handle::Handle;
pub use information::SocketInformation;
pub use option_values::{Ipv6MulticastOption, LingerOption, MulticastOption, SocketOptionValue};
pub use results::{IpPacketInformation, SocketReceiveFromResult, SocketReceiveMessageFromResult};
#[cfg(feature = "tokio")]
pub(crate) use watch::Wait;

/// A socket of any kind the system has. For a protocol over TCP or UDP take
/// [`TcpClient`](crate::TcpClient), [`TcpListener`](crate::TcpListener) or
/// [`UdpClient`](crate::UdpClient) first: they do without its details.
///
/// Calls that wait do so on the caller's thread, in one system call; they need no runtime. All
/// take `&self`: share a socket between threads as `Arc<Socket>`. Dropping it closes it.
///
/// .NET: `System.Net.Sockets.Socket`
#[derive(Debug)]
pub struct Socket {
    shared: Arc<Handle>,
    /// Made for an operation that goes on without the caller, whose socket it is.
    borrowed: bool,
}

impl Drop for Socket {
    /// Operations in flight keep the handle, but not the socket open.
    fn drop(&mut self) {
        // The last owner of a handle closes it by dropping it.
        if !self.borrowed && Arc::strong_count(&self.shared) > 1 {
            self.shared.close();
        }
    }
}

impl Socket {
    /// A new socket. It is not inherited by programs that this one starts.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Socket(AddressFamily, SocketType, ProtocolType)`
    ///
    /// # Errors
    /// [`AddressFamilyNotSupported`](crate::SocketErrorCode::AddressFamilyNotSupported),
    /// [`ProtocolNotSupported`](crate::SocketErrorCode::ProtocolNotSupported) and
    /// [`SocketNotSupported`](crate::SocketErrorCode::SocketNotSupported) where the system has
    /// no such thing, or the three do not go together;
    /// [`AccessDenied`](crate::SocketErrorCode::AccessDenied) for a raw socket without the right
    /// to; [`TooManyOpenSockets`](crate::SocketErrorCode::TooManyOpenSockets).
    #[doc(alias = "Socket..ctor")]
    pub fn new(
        address_family: AddressFamily,
        socket_type: SocketType,
        protocol_type: ProtocolType,
    ) -> Result<Self, SocketError> {
        // .NET enters its constructor before there is a socket to fail; here there is none yet.
        let made = Self::make(address_family, socket_type, protocol_type);
        match &made {
            Ok(socket) => {
                let trace = socket.handle().trace();
                let family = format_args!("{address_family}#{}", address_family.value());
                trace::done(trace, "Socket", family, || {});
            }
            Err(error) => trace::SOCKETS.exception("Socket", error),
        }
        made
    }

    fn make(
        address_family: AddressFamily,
        socket_type: SocketType,
        protocol_type: ProtocolType,
    ) -> Result<Self, SocketError> {
        let failed = |error| SocketError::from(error).with_context("create a socket");
        let domain = address::domain(address_family).map_err(failed)?;
        let kind = address::kind(socket_type).map_err(failed)?;
        let protocol = address::protocol(protocol_type).map_err(failed)?;
        let fd = sys::socket(domain, kind, protocol).map_err(failed)?;
        let socket = Self::from_parts(fd, address_family, socket_type, protocol_type);
        protection_level::at_birth(socket.handle())?;
        if address_family == AddressFamily::InterNetworkV6 {
            // .NET has DualMode off at first, Linux on. Kinds that have no such option differ
            // in nothing.
            let _ = socket.set_dual_mode(false);
        }
        Ok(socket)
    }

    /// A new socket for IPv4 and IPv6 both; for IPv4 alone where the system has no IPv6.
    ///
    /// .NET: `System.Net.Sockets.Socket.Socket(SocketType, ProtocolType)`
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn new_dual_mode(
        socket_type: SocketType,
        protocol_type: ProtocolType,
    ) -> Result<Self, SocketError> {
        if !Self::os_supports_ipv6() {
            return Self::new(AddressFamily::InterNetwork, socket_type, protocol_type);
        }
        let socket = Self::new(AddressFamily::InterNetworkV6, socket_type, protocol_type)?;
        socket.set_dual_mode(true)?;
        Ok(socket)
    }

    pub(crate) fn from_parts(
        fd: OwnedFd,
        address_family: AddressFamily,
        socket_type: SocketType,
        protocol_type: ProtocolType,
    ) -> Self {
        let handle = Handle::new(fd, address_family, socket_type, protocol_type);
        Self {
            shared: Arc::new(handle),
            borrowed: false,
        }
    }

    /// A socket around a connection that [`Handle::try_accept`] gave, of the kind of its
    /// listener.
    #[inline]
    pub(crate) fn accepted(listener: &Handle, fd: OwnedFd, peer: Option<EndPoint>) -> Self {
        Self {
            shared: Arc::new(Handle::accepted(listener, fd, peer)),
            borrowed: false,
        }
    }

    /// The same socket for an operation that goes on without the caller, and which ends when
    /// the caller's socket is dropped.
    #[cfg(feature = "tokio")]
    pub(crate) fn borrowing(handle: &Arc<Handle>) -> Self {
        Self {
            shared: Arc::clone(handle),
            borrowed: true,
        }
    }

    /// What all forms of calls share.
    #[inline]
    pub(crate) fn handle(&self) -> &Arc<Handle> {
        &self.shared
    }

    /// The kind of its addresses.
    ///
    /// .NET: `System.Net.Sockets.Socket.AddressFamily`
    #[doc(alias = "Socket.AddressFamily")]
    #[must_use]
    pub fn address_family(&self) -> AddressFamily {
        self.shared.family()
    }

    /// How it carries data.
    ///
    /// .NET: `System.Net.Sockets.Socket.SocketType`
    #[doc(alias = "Socket.SocketType")]
    #[must_use]
    pub fn socket_type(&self) -> SocketType {
        self.shared.socket_type()
    }

    /// Its protocol, as given.
    ///
    /// .NET: `System.Net.Sockets.Socket.ProtocolType`
    #[doc(alias = "Socket.ProtocolType")]
    #[must_use]
    pub fn protocol_type(&self) -> ProtocolType {
        self.shared.protocol_type()
    }

    /// Whether calls wait. If not, one that would have to is the error
    /// [`WouldBlock`](crate::SocketErrorCode::WouldBlock).
    ///
    /// .NET: `System.Net.Sockets.Socket.Blocking`
    #[doc(alias = "Socket.Blocking")]
    #[must_use]
    pub fn blocking(&self) -> bool {
        self.shared.is_blocking()
    }

    /// Makes calls wait or not.
    ///
    /// .NET: `System.Net.Sockets.Socket.Blocking`
    ///
    /// # Errors
    /// [`Misuse::Disposed`](system_net_primitives::Misuse::Disposed) when closed.
    #[doc(alias = "Socket.Blocking")]
    pub fn set_blocking(&self, blocking: bool) -> Result<(), SocketError> {
        self.shared.set_blocking(blocking)
    }

    /// Whether it was connected at the last call that could tell.
    ///
    /// .NET: `System.Net.Sockets.Socket.Connected`
    #[doc(alias = "Socket.Connected")]
    #[must_use]
    pub fn connected(&self) -> bool {
        self.shared.is_connected() && !self.shared.is_closed()
    }

    /// Whether it has a local address.
    ///
    /// .NET: `System.Net.Sockets.Socket.IsBound`
    #[doc(alias = "Socket.IsBound")]
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.shared.bound.load(Ordering::Relaxed)
    }
}

/// A time-out in .NET's form: milliseconds, 0 and -1 without an end.
pub(crate) fn milliseconds(timeout: i32) -> Option<Duration> {
    let timeout = u64::try_from(timeout).ok().filter(|timeout| *timeout > 0);
    timeout.map(Duration::from_millis)
}
