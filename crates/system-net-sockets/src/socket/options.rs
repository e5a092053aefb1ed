//! The properties of sockets that are options of the system.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use system_net_primitives::{AddressFamily, Misuse};

use super::{Handle, Socket, address};
use crate::error::SocketError;
use crate::sys;

impl Socket {
    /// Whether the system has IPv4.
    ///
    /// .NET: `System.Net.Sockets.Socket.OSSupportsIPv4`
    #[doc(alias = "Socket.OSSupportsIPv4")]
    #[must_use]
    pub fn os_supports_ipv4() -> bool {
        static SUPPORTED: OnceLock<bool> = OnceLock::new();
        *SUPPORTED.get_or_init(|| can_make(libc::AF_INET))
    }

    /// Whether the system has IPv6.
    ///
    /// .NET: `System.Net.Sockets.Socket.OSSupportsIPv6`
    #[doc(alias = "Socket.OSSupportsIPv6")]
    #[must_use]
    pub fn os_supports_ipv6() -> bool {
        static SUPPORTED: OnceLock<bool> = OnceLock::new();
        *SUPPORTED.get_or_init(|| can_make(libc::AF_INET6))
    }

    pub(super) fn set_v6_only(&self, only: bool) -> Result<(), SocketError> {
        let fd = self.handle().fd()?;
        let value = i32::from(only);
        sys::set_option_i32(fd.as_fd(), libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, value)?;
        self.handle().dual_mode.store(!only, Ordering::Relaxed);
        Ok(())
    }

    /// Whether an IPv6 socket carries IPv4 too, whose addresses then have the form
    /// `::ffff:1.2.3.4`.
    ///
    /// .NET: `System.Net.Sockets.Socket.DualMode`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] for other families.
    #[doc(alias = "Socket.DualMode")]
    pub fn dual_mode(&self) -> Result<bool, SocketError> {
        self.handle().fd()?;
        self.check_v6()?;
        Ok(self.handle().is_dual_mode())
    }

    /// Makes an IPv6 socket carry IPv4 too, or not. Before it is bound.
    ///
    /// .NET: `System.Net.Sockets.Socket.DualMode`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] for other families,
    /// [`InvalidArgument`](crate::SocketErrorCode::InvalidArgument) for a bound socket.
    #[doc(alias = "Socket.DualMode")]
    pub fn set_dual_mode(&self, on: bool) -> Result<(), SocketError> {
        self.handle().fd()?;
        self.check_v6()?;
        self.set_v6_only(!on)
    }

    fn check_v6(&self) -> Result<(), SocketError> {
        if self.address_family() == AddressFamily::InterNetworkV6 {
            return Ok(());
        }
        Err(Misuse::not_supported("only an IPv6 socket has a dual mode").into())
    }

    pub(super) fn prepare_bind(&self, _fd: &OwnedFd) -> Result<(), SocketError> {
        Ok(())
    }
}

fn can_make(domain: i32) -> bool {
    sys::socket(domain, libc::SOCK_DGRAM, 0).is_ok()
}

impl Handle {
    /// A new descriptor of the same kind with the same options.
    pub(super) fn like(&self, _fd: &OwnedFd) -> io::Result<OwnedFd> {
        sys::socket(
            address::domain(self.family())?,
            address::kind(self.socket_type())?,
            address::protocol(self.protocol_type())?,
        )
    }

    pub(crate) fn want_packet_information(&self) -> Result<(), SocketError> {
        Ok(())
    }
}
