//! Every option by .NET's level and name, and by the system's.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::Ordering;
use std::time::Duration;

use system_net_primitives::Misuse;

use super::option_names::{Meaning, meaning};
use super::option_values::{Ipv6MulticastOption, LingerOption, MulticastOption, SocketOptionValue};
use super::{Handle, Socket};
use crate::access::{Checks, joined_group};
use crate::enums::{IpProtectionLevel, SocketOptionLevel, SocketOptionName};
use crate::error::{SocketError, SocketErrorCode};
use crate::sys;

type Result<T> = std::result::Result<T, SocketError>;

/// More than any option has.
const MOST_BYTES: usize = 1 << 20;

/// Options by level and name.
///
/// Those without a meaning on Linux (`USE_LOOPBACK`, `REUSE_UNICAST_PORT`,
/// `UPDATE_ACCEPT_CONTEXT`, `UPDATE_CONNECT_CONTEXT`, `MAX_CONNECTIONS`, `BSD_URGENT`,
/// `EXPEDITED`, `CHECKSUM_COVERAGE`), and names at a level they do not belong to, are the error
/// [`OperationNotSupported`](SocketErrorCode::OperationNotSupported).
///
/// Joining a group is accepting at its address, which the policies of the process and of the scope
/// are asked for.
///
/// `REUSE_ADDRESS` is what Windows means by it: other sockets with the same option, of the same
/// user, may bind to the same address and port (`SO_REUSEADDR` and `SO_REUSEPORT`).
/// `EXCLUSIVE_ADDRESS_USE` is its opposite and on at first. That the address of a listener can be
/// bound again while old connections of it fade away, for which Unix programs need
/// `SO_REUSEADDR`, is so for every TCP socket here.
impl Socket {
    /// The value of an option.
    ///
    /// .NET: `System.Net.Sockets.Socket.GetSocketOption(SocketOptionLevel, SocketOptionName)`
    ///
    /// # Errors
    /// [`OperationNotSupported`](SocketErrorCode::OperationNotSupported),
    /// [`ProtocolOption`](SocketErrorCode::ProtocolOption) if the socket's kind does not have
    /// the option.
    #[doc(alias = "Socket.GetSocketOption")]
    pub fn get_socket_option(
        &self,
        level: SocketOptionLevel,
        name: SocketOptionName,
    ) -> Result<SocketOptionValue> {
        if known(level, name)? == Meaning::Linger {
            return Ok(SocketOptionValue::Linger(self.linger_state()?));
        }
        self.get_socket_option_i32(level, name)
            .map(SocketOptionValue::Number)
    }

    /// The value of an option that is a number, or of which a number is the first part.
    ///
    /// .NET: `System.Net.Sockets.Socket.GetSocketOption(SocketOptionLevel, SocketOptionName)`
    ///
    /// # Errors
    /// As [`get_socket_option`](Self::get_socket_option).
    #[doc(alias = "Socket.GetSocketOption")]
    pub fn get_socket_option_i32(
        &self,
        level: SocketOptionLevel,
        name: SocketOptionName,
    ) -> Result<i32> {
        let meaning = known(level, name)?;
        let handle = self.handle();
        let fd = handle.fd()?;
        get(handle, fd.as_fd(), meaning).map_err(|error| named(error, "get", level, name))
    }

    /// The bytes of an option's value, at most `option_length`, in the system's form.
    ///
    /// .NET: `System.Net.Sockets.Socket.GetSocketOption(SocketOptionLevel, SocketOptionName, Int32)`
    ///
    /// # Errors
    /// As [`get_socket_option`](Self::get_socket_option); [`Misuse::OutOfRange`] for a length of
    /// more than 1 MiB, which no option has.
    #[doc(alias = "Socket.GetSocketOption")]
    pub fn get_socket_option_bytes(
        &self,
        level: SocketOptionLevel,
        name: SocketOptionName,
        option_length: usize,
    ) -> Result<Vec<u8>> {
        if option_length > MOST_BYTES {
            let text = format!("expected at most {MOST_BYTES} bytes, got {option_length}");
            return Err(Misuse::out_of_range("optionLength", text).into());
        }
        let mut value = vec![0; option_length];
        let length = self.get_socket_option_into(level, name, &mut value)?;
        value.truncate(length);
        Ok(value)
    }

    /// Reads the bytes of an option's value into a buffer, and tells how many there are.
    ///
    /// .NET: `System.Net.Sockets.Socket.GetSocketOption(SocketOptionLevel, SocketOptionName, Byte[])`
    ///
    /// # Errors
    /// As [`get_socket_option`](Self::get_socket_option).
    #[doc(alias = "Socket.GetSocketOption")]
    pub fn get_socket_option_into(
        &self,
        level: SocketOptionLevel,
        name: SocketOptionName,
        option_value: &mut [u8],
    ) -> Result<usize> {
        let (native_level, native_name) = match known(level, name)? {
            Meaning::Same(level, name) | Meaning::Membership(level, name) => (level, name),
            Meaning::Linger => (libc::SOL_SOCKET, libc::SO_LINGER),
            _ => {
                let value = self.get_socket_option_i32(level, name)?.to_ne_bytes();
                let length = value.len().min(option_value.len());
                option_value[..length].copy_from_slice(&value[..length]);
                return Ok(length);
            }
        };
        self.get_raw_socket_option(native_level, native_name, option_value)
            .map_err(|error| named(error, "get", level, name))
    }

    /// Sets an option that is a number.
    ///
    /// .NET: `System.Net.Sockets.Socket.SetSocketOption(SocketOptionLevel, SocketOptionName, Int32)`
    ///
    /// # Errors
    /// As [`get_socket_option`](Self::get_socket_option);
    /// [`InvalidArgument`](SocketErrorCode::InvalidArgument) for a value out of range.
    #[doc(alias = "Socket.SetSocketOption")]
    pub fn set_socket_option_i32(
        &self,
        level: SocketOptionLevel,
        name: SocketOptionName,
        value: i32,
    ) -> Result<()> {
        let meaning = known(level, name)?;
        let handle = self.handle();
        let fd = handle.fd()?;
        set(handle, fd.as_fd(), meaning, value).map_err(|error| named(error, "set", level, name))
    }

    /// Sets an option on or off.
    ///
    /// .NET: `System.Net.Sockets.Socket.SetSocketOption(SocketOptionLevel, SocketOptionName, Boolean)`
    ///
    /// # Errors
    /// As [`set_socket_option_i32`](Self::set_socket_option_i32).
    #[doc(alias = "Socket.SetSocketOption")]
    pub fn set_socket_option_bool(
        &self,
        level: SocketOptionLevel,
        name: SocketOptionName,
        value: bool,
    ) -> Result<()> {
        self.set_socket_option_i32(level, name, value.into())
    }

    /// Sets an option to bytes in the system's form.
    ///
    /// .NET: `System.Net.Sockets.Socket.SetSocketOption(SocketOptionLevel, SocketOptionName, Byte[])`
    ///
    /// # Errors
    /// As [`set_socket_option_i32`](Self::set_socket_option_i32).
    #[doc(alias = "Socket.SetSocketOption")]
    pub fn set_socket_option_bytes(
        &self,
        level: SocketOptionLevel,
        name: SocketOptionName,
        value: &[u8],
    ) -> Result<()> {
        let (native_level, native_name) = match known(level, name)? {
            Meaning::Same(level, name) | Meaning::Membership(level, name) => (level, name),
            Meaning::Linger => (libc::SOL_SOCKET, libc::SO_LINGER),
            Meaning::MulticastInterface => (libc::IPPROTO_IP, libc::IP_MULTICAST_IF),
            _ => {
                let value = value.try_into().map_err(|_| {
                    Misuse::invalid_argument("optionValue", "expected the 4 bytes of a number")
                })?;
                return self.set_socket_option_i32(level, name, i32::from_ne_bytes(value));
            }
        };
        self.set_raw_socket_option(native_level, native_name, value)
            .map_err(|error| named(error, "set", level, name))
    }

    /// Sets [`SocketOptionName::LINGER`].
    ///
    /// .NET: `System.Net.Sockets.Socket.SetSocketOption(SocketOptionLevel, SocketOptionName, Object)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for another option, else as
    /// [`set_linger_state`](Self::set_linger_state).
    #[doc(alias = "Socket.SetSocketOption")]
    pub fn set_socket_option_linger(
        &self,
        level: SocketOptionLevel,
        name: SocketOptionName,
        value: &LingerOption,
    ) -> Result<()> {
        if known(level, name)? != Meaning::Linger {
            return Err(Misuse::invalid_argument("optionName", "expected LINGER").into());
        }
        self.set_linger_state(*value)
    }

    /// Joins or leaves an IPv4 group: `ADD_MEMBERSHIP` or `DROP_MEMBERSHIP` at level `Ip`.
    ///
    /// .NET: `System.Net.Sockets.Socket.SetSocketOption(SocketOptionLevel, SocketOptionName, Object)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for another option; the system's, as
    /// [`AddressAlreadyInUse`](SocketErrorCode::AddressAlreadyInUse) for a group that was joined
    /// and [`AddressNotAvailable`](SocketErrorCode::AddressNotAvailable) for one that was not.
    #[doc(alias = "Socket.SetSocketOption")]
    pub fn set_socket_option_multicast(
        &self,
        level: SocketOptionLevel,
        name: SocketOptionName,
        value: &MulticastOption,
    ) -> Result<()> {
        membership(level, name, SocketOptionLevel::Ip)?;
        self.set_socket_option_bytes(level, name, &value.to_bytes()?)
    }

    /// Joins or leaves an IPv6 group: `ADD_MEMBERSHIP` or `DROP_MEMBERSHIP` at level `Ipv6`.
    ///
    /// .NET: `System.Net.Sockets.Socket.SetSocketOption(SocketOptionLevel, SocketOptionName, Object)`
    ///
    /// # Errors
    /// As [`set_socket_option_multicast`](Self::set_socket_option_multicast).
    #[doc(alias = "Socket.SetSocketOption")]
    pub fn set_socket_option_ipv6_multicast(
        &self,
        level: SocketOptionLevel,
        name: SocketOptionName,
        value: &Ipv6MulticastOption,
    ) -> Result<()> {
        membership(level, name, SocketOptionLevel::Ipv6)?;
        self.set_socket_option_bytes(level, name, &value.to_bytes()?)
    }

    /// Reads an option by the system's numbers, and tells how many bytes it has.
    ///
    /// .NET: `System.Net.Sockets.Socket.GetRawSocketOption`
    ///
    /// # Errors
    /// The system's: [`ProtocolOption`](SocketErrorCode::ProtocolOption) for one it does not have.
    #[doc(alias = "Socket.GetRawSocketOption")]
    pub fn get_raw_socket_option(
        &self,
        option_level: i32,
        option_name: i32,
        option_value: &mut [u8],
    ) -> Result<usize> {
        let fd = self.handle().fd()?;
        Ok(sys::get_option(
            fd.as_fd(),
            option_level,
            option_name,
            option_value,
        )?)
    }

    /// Sets an option by the system's numbers.
    ///
    /// .NET: `System.Net.Sockets.Socket.SetRawSocketOption`
    ///
    /// # Errors
    /// The system's: [`ProtocolOption`](SocketErrorCode::ProtocolOption) for one it does not have.
    #[doc(alias = "Socket.SetRawSocketOption")]
    pub fn set_raw_socket_option(
        &self,
        option_level: i32,
        option_name: i32,
        option_value: &[u8],
    ) -> Result<()> {
        let fd = self.handle().fd()?;
        if let Some(group) = joined_group(option_level, option_name, option_value) {
            Checks::of_sockets().join(group)?;
        }
        Ok(sys::set_option(
            fd.as_fd(),
            option_level,
            option_name,
            option_value,
        )?)
    }
}

fn known(level: SocketOptionLevel, name: SocketOptionName) -> Result<Meaning> {
    meaning(level, name).ok_or_else(|| {
        let error = SocketError::new(SocketErrorCode::OperationNotSupported);
        error.with_context(format!("option {} of level {level:?}", name.value()))
    })
}

fn named(
    error: SocketError,
    what: &str,
    level: SocketOptionLevel,
    name: SocketOptionName,
) -> SocketError {
    if error.misuse().is_some() || error.context().is_some() {
        return error;
    }
    error.with_context(format!("{what} option {} of level {level:?}", name.value()))
}

fn membership(
    level: SocketOptionLevel,
    name: SocketOptionName,
    expected: SocketOptionLevel,
) -> Result<()> {
    let fits = level == expected
        && matches!(
            name,
            SocketOptionName::ADD_MEMBERSHIP | SocketOptionName::DROP_MEMBERSHIP
        );
    if fits {
        return Ok(());
    }
    let text = format!("expected ADD_MEMBERSHIP or DROP_MEMBERSHIP at level {expected:?}");
    Err(Misuse::invalid_argument("optionName", text).into())
}

const SOCKET: i32 = libc::SOL_SOCKET;

fn get(handle: &Handle, fd: BorrowedFd<'_>, meaning: Meaning) -> Result<i32> {
    let number = |level, name| sys::get_option_i32(fd, level, name);
    Ok(match meaning {
        Meaning::Same(level, name) => number(level, name)?,
        Meaning::ReuseAddress => reuses_address(fd)?.into(),
        Meaning::ExclusiveAddressUse => (!reuses_address(fd)?).into(),
        // The kernel doubles what is set, for its own needs.
        Meaning::Buffer(name) => number(SOCKET, name)? / 2,
        Meaning::Timeout(name) => handle.timeout(name).load(Ordering::Relaxed),
        Meaning::Error => match number(SOCKET, libc::SO_ERROR)? {
            0 => 0,
            errno => SocketErrorCode::from_errno(errno).value(),
        },
        Meaning::Linger => linger(fd)?.enabled().into(),
        Meaning::DontLinger => (!linger(fd)?.enabled()).into(),
        Meaning::DontFragment(level, name) => (number(level, name)? == libc::IP_PMTUDISC_DO).into(),
        Meaning::MulticastInterface => {
            let mut address = [0; 4];
            sys::get_option(fd, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &mut address)?;
            i32::from_ne_bytes(address)
        }
        Meaning::Membership(..) => return Err(SocketError::from_errno(libc::ENOPROTOOPT)),
        Meaning::V6Only => number(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY)?,
        Meaning::ProtectionLevel => handle.protection_level().value(),
    })
}

fn set(handle: &Handle, fd: BorrowedFd<'_>, meaning: Meaning, value: i32) -> Result<()> {
    let number = |level, name, value| sys::set_option_i32(fd, level, name, value);
    match meaning {
        Meaning::Same(level, name) => number(level, name, value)?,
        Meaning::ReuseAddress => reuse_address(fd, value != 0)?,
        Meaning::ExclusiveAddressUse => exclusive_address_use(fd, value != 0)?,
        Meaning::Buffer(name) => {
            handle.buffers_chosen.store(true, Ordering::Relaxed);
            number(SOCKET, name, value)?;
        }
        Meaning::Timeout(name) => set_timeout(handle, fd, name, value)?,
        Meaning::Error => return Err(SocketError::from_errno(libc::ENOPROTOOPT)),
        Meaning::Linger | Meaning::DontLinger => {
            let enable = (value != 0) == (meaning == Meaning::Linger);
            let seconds = linger(fd)?.linger_time();
            set_linger(fd, LingerOption::new(enable, seconds))?;
        }
        Meaning::DontFragment(level, name) => {
            let discover = match value {
                0 => libc::IP_PMTUDISC_DONT,
                _ => libc::IP_PMTUDISC_DO,
            };
            number(level, name, discover)?;
        }
        Meaning::MulticastInterface => multicast_interface(fd, value)?,
        Meaning::Membership(..) => {
            let text = "expected a group, as a MulticastOption";
            return Err(Misuse::invalid_argument("optionValue", text).into());
        }
        Meaning::V6Only => {
            number(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, value)?;
            handle.dual_mode.store(value == 0, Ordering::Relaxed);
        }
        Meaning::ProtectionLevel => {
            let level = IpProtectionLevel::from_value(value)
                .ok_or_else(|| Misuse::invalid_argument("optionValue", "expected 10, 20 or 30"))?;
            crate::protection_level::set(handle, level)?;
        }
    }
    Ok(())
}

/// Whether other sockets may bind to the same address and port.
pub(super) fn reuses_address(fd: BorrowedFd<'_>) -> Result<bool> {
    let address = sys::get_option_i32(fd, SOCKET, libc::SO_REUSEADDR)?;
    // A kind of socket without ports has no such option.
    let port = sys::get_option_i32(fd, SOCKET, libc::SO_REUSEPORT).unwrap_or(address);
    Ok(address != 0 && port != 0)
}

fn reuse_address(fd: BorrowedFd<'_>, reuse: bool) -> Result<()> {
    sys::set_option_i32(fd, SOCKET, libc::SO_REUSEADDR, reuse.into())?;
    match sys::set_option_i32(fd, SOCKET, libc::SO_REUSEPORT, reuse.into()) {
        // Local and raw sockets have no ports.
        Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => Ok(()),
        result => Ok(result?),
    }
}

pub(super) fn exclusive_address_use(fd: BorrowedFd<'_>, exclusive: bool) -> Result<()> {
    if exclusive {
        return reuse_address(fd, false);
    }
    if reuses_address(fd)? {
        return Ok(());
    }
    let text = "Linux shares an address only among sockets that set REUSE_ADDRESS";
    Err(Misuse::not_supported(text).into())
}

pub(super) fn linger(fd: BorrowedFd<'_>) -> Result<LingerOption> {
    let mut bytes = [0; 8];
    sys::get_option(fd, SOCKET, libc::SO_LINGER, &mut bytes)?;
    Ok(LingerOption::from_bytes(bytes))
}

pub(super) fn set_linger(fd: BorrowedFd<'_>, option: LingerOption) -> Result<()> {
    Ok(sys::set_option(
        fd,
        SOCKET,
        libc::SO_LINGER,
        &option.to_bytes(),
    )?)
}

/// Milliseconds, of which 0 and -1 mean no end.
pub(super) fn set_timeout(
    handle: &Handle,
    fd: BorrowedFd<'_>,
    name: SocketOptionName,
    value: i32,
) -> Result<()> {
    let value = match value {
        -1 => 0,
        0.. => value,
        _ => {
            let text = "expected milliseconds, or -1 for no end";
            return Err(Misuse::out_of_range("value", text).into());
        }
    };
    let native = match name {
        SocketOptionName::SEND_TIMEOUT => libc::SO_SNDTIMEO,
        _ => libc::SO_RCVTIMEO,
    };
    let time = Duration::from_millis(u64::try_from(value).unwrap_or_default());
    sys::set_option(fd, SOCKET, native, &sys::time_value(time))?;
    handle.timeout(name).store(value, Ordering::Relaxed);
    Ok(())
}

/// The number of an interface in network order (`0.x.x.x`), or one of its addresses.
fn multicast_interface(fd: BorrowedFd<'_>, value: i32) -> Result<()> {
    let bytes = value.to_ne_bytes();
    let mut request = [0; 12];
    if bytes[0] == 0 {
        let index = i32::from_be_bytes(bytes);
        request[8..].copy_from_slice(&index.to_ne_bytes());
    } else {
        request[4..8].copy_from_slice(&bytes);
    }
    Ok(sys::set_option(
        fd,
        libc::IPPROTO_IP,
        libc::IP_MULTICAST_IF,
        &request,
    )?)
}
