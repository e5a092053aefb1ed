//! The properties of sockets that are options of the system.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use system_net_primitives::{AddressFamily, Misuse};

use super::option_values::LingerOption;
use super::socket_option::{exclusive_address_use, linger, reuses_address, set_linger};
use super::{Handle, Socket, address};
use crate::enums::{
    ProtocolType, SocketOptionLevel as Level, SocketOptionName as Name, SocketType,
};
use crate::error::SocketError;
use crate::sys;

type Result<T> = std::result::Result<T, SocketError>;

/// What the system can do.
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

    /// Whether the system has IPv6: a kernel can be built or started without.
    ///
    /// .NET: `System.Net.Sockets.Socket.OSSupportsIPv6`
    #[doc(alias = "Socket.OSSupportsIPv6")]
    #[must_use]
    pub fn os_supports_ipv6() -> bool {
        static SUPPORTED: OnceLock<bool> = OnceLock::new();
        *SUPPORTED.get_or_init(|| can_make(libc::AF_INET6))
    }

    /// Whether the system has local sockets.
    ///
    /// .NET: `System.Net.Sockets.Socket.OSSupportsUnixDomainSockets`
    #[doc(alias = "Socket.OSSupportsUnixDomainSockets")]
    #[must_use]
    pub fn os_supports_unix_domain_sockets() -> bool {
        static SUPPORTED: OnceLock<bool> = OnceLock::new();
        *SUPPORTED.get_or_init(|| can_make(libc::AF_UNIX))
    }

    /// The old name of [`os_supports_ipv4`](Self::os_supports_ipv4).
    ///
    /// .NET: `System.Net.Sockets.Socket.SupportsIPv4`
    #[doc(alias = "Socket.SupportsIPv4")]
    #[deprecated(note = "obsolete in .NET: use os_supports_ipv4")]
    #[must_use]
    pub fn supports_ipv4() -> bool {
        Self::os_supports_ipv4()
    }

    /// The old name of [`os_supports_ipv6`](Self::os_supports_ipv6).
    ///
    /// .NET: `System.Net.Sockets.Socket.SupportsIPv6`
    #[doc(alias = "Socket.SupportsIPv6")]
    #[deprecated(note = "obsolete in .NET: use os_supports_ipv6")]
    #[must_use]
    pub fn supports_ipv6() -> bool {
        Self::os_supports_ipv6()
    }
}

fn can_make(domain: i32) -> bool {
    sys::socket(domain, libc::SOCK_DGRAM, 0).is_ok()
}

/// Properties. Reading or setting one of a closed socket is
/// [`Misuse::Disposed`].
impl Socket {
    /// How many bytes can be received at once; of datagrams, the length of the next.
    ///
    /// .NET: `System.Net.Sockets.Socket.Available`
    ///
    /// # Errors
    /// The system's: [`InvalidArgument`](crate::SocketErrorCode::InvalidArgument) for a listener.
    #[doc(alias = "Socket.Available")]
    pub fn available(&self) -> Result<usize> {
        let fd = self.handle().fd()?;
        let count = sys::available(fd.as_fd())?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// The number of the descriptor, which stays the socket's own.
    ///
    /// .NET: `System.Net.Sockets.Socket.Handle`
    ///
    /// # Errors
    /// Only that of a closed socket.
    #[doc(alias = "Socket.Handle")]
    pub fn handle_value(&self) -> Result<i32> {
        Ok(self.handle().fd()?.as_raw_fd())
    }

    /// Whether IPv4 packets are not cut: one that is too long for a part of the way is an error
    /// ([`MessageSize`](crate::SocketErrorCode::MessageSize)) instead.
    ///
    /// .NET: `System.Net.Sockets.Socket.DontFragment`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] unless the socket is of IP.
    #[doc(alias = "Socket.DontFragment")]
    pub fn dont_fragment(&self) -> Result<bool> {
        self.get_bool(self.ip_level()?, Name::DONT_FRAGMENT)
    }

    /// Sets whether packets are not cut.
    ///
    /// .NET: `System.Net.Sockets.Socket.DontFragment`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] unless the socket is of IP.
    ///
    /// # Differences from .NET
    /// Works for IPv6 as well.
    #[doc(alias = "Socket.DontFragment")]
    pub fn set_dont_fragment(&self, value: bool) -> Result<()> {
        self.set_socket_option_bool(self.ip_level()?, Name::DONT_FRAGMENT, value)
    }

    /// Whether an IPv6 socket carries IPv4 too, whose addresses then have the form
    /// `::ffff:1.2.3.4`.
    ///
    /// .NET: `System.Net.Sockets.Socket.DualMode`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] for other families.
    #[doc(alias = "Socket.DualMode")]
    pub fn dual_mode(&self) -> Result<bool> {
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
    pub fn set_dual_mode(&self, value: bool) -> Result<()> {
        self.handle().fd()?;
        self.check_v6()?;
        self.set_socket_option_bool(Level::Ipv6, Name::IPV6_ONLY, !value)
    }

    /// Whether broadcasts may be sent.
    ///
    /// .NET: `System.Net.Sockets.Socket.EnableBroadcast`
    ///
    /// # Errors
    /// The system's.
    #[doc(alias = "Socket.EnableBroadcast")]
    pub fn enable_broadcast(&self) -> Result<bool> {
        self.get_bool(Level::Socket, Name::BROADCAST)
    }

    /// Permits broadcasts.
    ///
    /// .NET: `System.Net.Sockets.Socket.EnableBroadcast`
    ///
    /// # Errors
    /// The system's.
    #[doc(alias = "Socket.EnableBroadcast")]
    pub fn set_enable_broadcast(&self, value: bool) -> Result<()> {
        self.set_socket_option_bool(Level::Socket, Name::BROADCAST, value)
    }

    /// Whether no other socket can bind to the same address and port: true unless
    /// [`REUSE_ADDRESS`](crate::SocketOptionName::REUSE_ADDRESS) was set.
    ///
    /// .NET: `System.Net.Sockets.Socket.ExclusiveAddressUse`
    ///
    /// # Errors
    /// The system's.
    #[doc(alias = "Socket.ExclusiveAddressUse")]
    pub fn exclusive_address_use(&self) -> Result<bool> {
        let fd = self.handle().fd()?;
        Ok(!reuses_address(fd.as_fd())?)
    }

    /// Shares the address with no other socket, before it is bound.
    ///
    /// .NET: `System.Net.Sockets.Socket.ExclusiveAddressUse`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] for a bound socket; [`Misuse::NotSupported`] for `false`
    /// unless [`REUSE_ADDRESS`](crate::SocketOptionName::REUSE_ADDRESS) was set: on Linux an
    /// address is shared only among sockets that all set that.
    #[doc(alias = "Socket.ExclusiveAddressUse")]
    pub fn set_exclusive_address_use(&self, value: bool) -> Result<()> {
        let fd = self.handle().fd()?;
        if self.is_bound() {
            return Err(Misuse::invalid_operation("the socket is bound already").into());
        }
        exclusive_address_use(fd.as_fd(), value)
    }

    /// What closing does with data that were not sent yet.
    ///
    /// .NET: `System.Net.Sockets.Socket.LingerState`
    ///
    /// # Errors
    /// The system's.
    #[doc(alias = "Socket.LingerState")]
    pub fn linger_state(&self) -> Result<LingerOption> {
        let fd = self.handle().fd()?;
        linger(fd.as_fd())
    }

    /// Sets what closing does with data that were not sent yet. With a time,
    /// [`close`](Self::close) and dropping wait so long.
    ///
    /// .NET: `System.Net.Sockets.Socket.LingerState`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a time that is not one of 0 to 65535 seconds.
    #[doc(alias = "Socket.LingerState")]
    pub fn set_linger_state(&self, value: LingerOption) -> Result<()> {
        let fd = self.handle().fd()?;
        if !(0..=0xFFFF).contains(&value.linger_time()) {
            let text = "expected a linger time of 0 to 65535 seconds";
            return Err(Misuse::out_of_range("optionValue.LingerTime", text).into());
        }
        set_linger(fd.as_fd(), value)
    }

    /// Whether multicasts that are sent come back to this host.
    ///
    /// .NET: `System.Net.Sockets.Socket.MulticastLoopback`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] unless the socket is of IP; the system's for a stream.
    #[doc(alias = "Socket.MulticastLoopback")]
    pub fn multicast_loopback(&self) -> Result<bool> {
        self.get_bool(self.ip_level()?, Name::MULTICAST_LOOPBACK)
    }

    /// Sets whether multicasts that are sent come back to this host.
    ///
    /// .NET: `System.Net.Sockets.Socket.MulticastLoopback`
    ///
    /// # Errors
    /// As [`multicast_loopback`](Self::multicast_loopback).
    #[doc(alias = "Socket.MulticastLoopback")]
    pub fn set_multicast_loopback(&self, value: bool) -> Result<()> {
        self.set_socket_option_bool(self.ip_level()?, Name::MULTICAST_LOOPBACK, value)
    }

    /// Whether small pieces are sent at once instead of gathered (Nagle's algorithm).
    ///
    /// .NET: `System.Net.Sockets.Socket.NoDelay`
    ///
    /// # Errors
    /// The system's unless the socket is of TCP.
    #[doc(alias = "Socket.NoDelay")]
    pub fn no_delay(&self) -> Result<bool> {
        self.get_bool(Level::Tcp, Name::NO_DELAY)
    }

    /// Sends small pieces at once, or gathers them.
    ///
    /// .NET: `System.Net.Sockets.Socket.NoDelay`
    ///
    /// # Errors
    /// The system's unless the socket is of TCP.
    #[doc(alias = "Socket.NoDelay")]
    pub fn set_no_delay(&self, value: bool) -> Result<()> {
        self.set_socket_option_bool(Level::Tcp, Name::NO_DELAY, value)
    }

    /// The size of the buffer to receive into. The system doubles what is set and tells that;
    /// here it is the half, so that what was set is read.
    ///
    /// .NET: `System.Net.Sockets.Socket.ReceiveBufferSize`
    ///
    /// # Errors
    /// The system's.
    #[doc(alias = "Socket.ReceiveBufferSize")]
    pub fn receive_buffer_size(&self) -> Result<i32> {
        self.get_socket_option_i32(Level::Socket, Name::RECEIVE_BUFFER)
    }

    /// Sets the size of the buffer to receive into, within the system's limits
    /// (`net.core.rmem_max`). The size then no longer adapts itself.
    ///
    /// .NET: `System.Net.Sockets.Socket.ReceiveBufferSize`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a negative size.
    #[doc(alias = "Socket.ReceiveBufferSize")]
    pub fn set_receive_buffer_size(&self, value: i32) -> Result<()> {
        size(value)?;
        self.set_socket_option_i32(Level::Socket, Name::RECEIVE_BUFFER, value)
    }

    /// The size of the buffer to send from, with the same remark.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendBufferSize`
    ///
    /// # Errors
    /// The system's.
    #[doc(alias = "Socket.SendBufferSize")]
    pub fn send_buffer_size(&self) -> Result<i32> {
        self.get_socket_option_i32(Level::Socket, Name::SEND_BUFFER)
    }

    /// Sets the size of the buffer to send from, within the system's limits
    /// (`net.core.wmem_max`). The size then no longer adapts itself.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendBufferSize`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a negative size.
    #[doc(alias = "Socket.SendBufferSize")]
    pub fn set_send_buffer_size(&self, value: i32) -> Result<()> {
        size(value)?;
        self.set_socket_option_i32(Level::Socket, Name::SEND_BUFFER, value)
    }

    /// After how many milliseconds a blocking receive gives up; 0 for never.
    ///
    /// .NET: `System.Net.Sockets.Socket.ReceiveTimeout`
    ///
    /// # Errors
    /// Only that of a closed socket.
    #[doc(alias = "Socket.ReceiveTimeout")]
    pub fn receive_timeout(&self) -> Result<i32> {
        self.get_socket_option_i32(Level::Socket, Name::RECEIVE_TIMEOUT)
    }

    /// Sets after how many milliseconds a blocking receive gives up; 0 and -1 for never. Calls
    /// in flight and asynchronous ones do not obey it.
    ///
    /// .NET: `System.Net.Sockets.Socket.ReceiveTimeout`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for less than -1.
    #[doc(alias = "Socket.ReceiveTimeout")]
    pub fn set_receive_timeout(&self, value: i32) -> Result<()> {
        self.set_socket_option_i32(Level::Socket, Name::RECEIVE_TIMEOUT, value)
    }

    /// After how many milliseconds a blocking send gives up; 0 for never.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendTimeout`
    ///
    /// # Errors
    /// Only that of a closed socket.
    #[doc(alias = "Socket.SendTimeout")]
    pub fn send_timeout(&self) -> Result<i32> {
        self.get_socket_option_i32(Level::Socket, Name::SEND_TIMEOUT)
    }

    /// Sets after how many milliseconds a blocking send gives up; 0 and -1 for never. Calls in
    /// flight and asynchronous ones do not obey it.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendTimeout`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for less than -1.
    #[doc(alias = "Socket.SendTimeout")]
    pub fn set_send_timeout(&self, value: i32) -> Result<()> {
        self.set_socket_option_i32(Level::Socket, Name::SEND_TIMEOUT, value)
    }

    /// Over how many hops a packet may go.
    ///
    /// .NET: `System.Net.Sockets.Socket.Ttl`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] unless the socket is of IP.
    #[doc(alias = "Socket.Ttl")]
    pub fn ttl(&self) -> Result<i16> {
        let hops = self.get_socket_option_i32(self.ip_level()?, Name::IP_TIME_TO_LIVE)?;
        Ok(i16::try_from(hops).unwrap_or(i16::MAX))
    }

    /// Sets over how many hops a packet may go.
    ///
    /// .NET: `System.Net.Sockets.Socket.Ttl`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a number that is not one of 0 to 255, [`Misuse::NotSupported`]
    /// unless the socket is of IP, [`InvalidArgument`](crate::SocketErrorCode::InvalidArgument)
    /// for 0, which the system refuses for IPv4.
    #[doc(alias = "Socket.Ttl")]
    pub fn set_ttl(&self, value: i16) -> Result<()> {
        if !(0..=255).contains(&value) {
            return Err(Misuse::out_of_range("value", "expected 0 to 255").into());
        }
        self.set_socket_option_i32(self.ip_level()?, Name::IP_TIME_TO_LIVE, value.into())?;
        if self.handle().is_dual_mode() {
            // Its IPv4 packets have their own.
            self.set_socket_option_i32(Level::Ip, Name::IP_TIME_TO_LIVE, value.into())?;
        }
        Ok(())
    }

    /// Always false: Windows alone has sockets for overlapped calls only.
    ///
    /// .NET: `System.Net.Sockets.Socket.UseOnlyOverlappedIO`
    #[doc(alias = "Socket.UseOnlyOverlappedIO")]
    #[must_use]
    pub fn use_only_overlapped_io(&self) -> bool {
        false
    }

    /// Accepts `false`.
    ///
    /// .NET: `System.Net.Sockets.Socket.UseOnlyOverlappedIO`
    ///
    /// # Errors
    /// [`Misuse::NotSupported`] for `true`.
    #[doc(alias = "Socket.UseOnlyOverlappedIO")]
    pub fn set_use_only_overlapped_io(&self, value: bool) -> Result<()> {
        if value {
            return Err(Misuse::not_supported("overlapped calls are of Windows only").into());
        }
        Ok(())
    }

    fn get_bool(&self, level: Level, name: Name) -> Result<bool> {
        Ok(self.get_socket_option_i32(level, name)? != 0)
    }

    fn ip_level(&self) -> Result<Level> {
        match self.address_family() {
            AddressFamily::InterNetwork => Ok(Level::Ip),
            AddressFamily::InterNetworkV6 => Ok(Level::Ipv6),
            _ => Err(Misuse::not_supported("only sockets of IP have this").into()),
        }
    }

    fn check_v6(&self) -> Result<()> {
        if self.address_family() == AddressFamily::InterNetworkV6 {
            return Ok(());
        }
        Err(Misuse::not_supported("only an IPv6 socket has a dual mode").into())
    }
}

fn size(value: i32) -> Result<()> {
    if value < 0 {
        return Err(Misuse::out_of_range("value", "a size cannot be negative").into());
    }
    Ok(())
}

/// Options that a new descriptor of a socket that is used again takes over: level, name.
const KEPT: &[(i32, i32)] = &[
    (libc::SOL_SOCKET, libc::SO_REUSEADDR),
    (libc::SOL_SOCKET, libc::SO_REUSEPORT),
    (libc::SOL_SOCKET, libc::SO_KEEPALIVE),
    (libc::SOL_SOCKET, libc::SO_DONTROUTE),
    (libc::SOL_SOCKET, libc::SO_OOBINLINE),
    (libc::SOL_SOCKET, libc::SO_LINGER),
    (libc::SOL_SOCKET, libc::SO_SNDTIMEO),
    (libc::SOL_SOCKET, libc::SO_RCVTIMEO),
    (libc::SOL_SOCKET, libc::SO_RCVLOWAT),
    (libc::IPPROTO_TCP, libc::TCP_NODELAY),
    (libc::IPPROTO_TCP, libc::TCP_KEEPIDLE),
    (libc::IPPROTO_TCP, libc::TCP_KEEPINTVL),
    (libc::IPPROTO_TCP, libc::TCP_KEEPCNT),
    (libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT),
    (libc::IPPROTO_IP, libc::IP_TTL),
    (libc::IPPROTO_IP, libc::IP_TOS),
    (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER),
    (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY),
    (libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS),
    (libc::IPPROTO_IPV6, libc::IPV6_TCLASS),
    (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER),
    // After the type of service, which sets a priority of its own.
    (libc::SOL_SOCKET, libc::SO_PRIORITY),
    // Only root may set it; another program has none to keep.
    (libc::SOL_SOCKET, libc::SO_MARK),
    (libc::SOL_SOCKET, libc::SO_BINDTODEVICE),
];

impl Handle {
    /// What .NET sees to before a bind: that the address of a TCP listener can be bound again
    /// while its old connections fade away, as Windows has it.
    pub(super) fn prepare_bind(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        let ip = matches!(
            self.family(),
            AddressFamily::InterNetwork | AddressFamily::InterNetworkV6
        );
        let tcp = self.socket_type() == SocketType::Stream
            && [ProtocolType::TCP, ProtocolType::UNSPECIFIED].contains(&self.protocol_type());
        if ip && tcp {
            sys::set_option_i32(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
        }
        Ok(())
    }

    /// A new descriptor of the same kind with the same options.
    pub(super) fn like(&self, fd: &OwnedFd) -> io::Result<OwnedFd> {
        let new = sys::socket(
            address::domain(self.family())?,
            address::kind(self.socket_type())?,
            address::protocol(self.protocol_type())?,
        )?;
        let mut value = [0; 16];
        for (level, name) in KEPT {
            // What a kind of socket does not have needs no copy.
            if let Ok(length) = sys::get_option(fd.as_fd(), *level, *name, &mut value) {
                let _ = sys::set_option(new.as_fd(), *level, *name, &value[..length]);
            }
        }
        if self.buffers_chosen.load(Ordering::Relaxed) {
            for name in [libc::SO_SNDBUF, libc::SO_RCVBUF] {
                let size = sys::get_option_i32(fd.as_fd(), libc::SOL_SOCKET, name)?;
                sys::set_option_i32(new.as_fd(), libc::SOL_SOCKET, name, size / 2)?;
            }
        }
        if self.is_nonblocking_descriptor() {
            sys::set_nonblocking(new.as_fd(), true)?;
        }
        Ok(new)
    }

    /// Asks the system to tell where packets arrive, once.
    pub(crate) fn want_packet_information(&self) -> Result<()> {
        if self.is_stream() || self.packet_information.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let fd = self.fd()?;
        let set = |level, name| sys::set_option_i32(fd.as_fd(), level, name, 1);
        match self.family() {
            AddressFamily::InterNetwork => set(libc::IPPROTO_IP, libc::IP_PKTINFO)?,
            // In dual mode IPv4 packets come with addresses of IPv6.
            AddressFamily::InterNetworkV6 => set(libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO)?,
            _ => {}
        }
        Ok(())
    }
}
