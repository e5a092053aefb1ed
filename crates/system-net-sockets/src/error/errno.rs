//! Which of the system's error numbers is which of .NET's codes, both ways.

use std::io::ErrorKind;

use super::SocketErrorCode as Code;

/// The errors of socket calls. Where several numbers mean one code, the first one listed is
/// the one the code is turned back into. As .NET maps them on Unix.
const ERRNOS: &[(i32, Code)] = &[
    (libc::EACCES, Code::AccessDenied),
    (libc::EPERM, Code::AccessDenied),
    (libc::EADDRINUSE, Code::AddressAlreadyInUse),
    (libc::EADDRNOTAVAIL, Code::AddressNotAvailable),
    (libc::ENOENT, Code::AddressNotAvailable),
    (libc::EAFNOSUPPORT, Code::AddressFamilyNotSupported),
    (libc::EAGAIN, Code::WouldBlock),
    (libc::EALREADY, Code::AlreadyInProgress),
    (libc::ECANCELED, Code::OperationAborted),
    (libc::EBADF, Code::OperationAborted),
    (libc::ECONNABORTED, Code::ConnectionAborted),
    (libc::ECONNREFUSED, Code::ConnectionRefused),
    (libc::ECONNRESET, Code::ConnectionReset),
    (libc::EDESTADDRREQ, Code::DestinationAddressRequired),
    (libc::EFAULT, Code::Fault),
    (libc::EHOSTDOWN, Code::HostDown),
    (libc::ENXIO, Code::HostNotFound),
    (libc::EHOSTUNREACH, Code::HostUnreachable),
    (libc::EINPROGRESS, Code::InProgress),
    (libc::EINTR, Code::Interrupted),
    (libc::EINVAL, Code::InvalidArgument),
    (libc::EISCONN, Code::IsConnected),
    (libc::EMFILE, Code::TooManyOpenSockets),
    (libc::ENFILE, Code::TooManyOpenSockets),
    (libc::EMSGSIZE, Code::MessageSize),
    (libc::ENETDOWN, Code::NetworkDown),
    (libc::ENETRESET, Code::NetworkReset),
    (libc::ENETUNREACH, Code::NetworkUnreachable),
    (libc::ENOBUFS, Code::NoBufferSpaceAvailable),
    (libc::ENOMEM, Code::NoBufferSpaceAvailable),
    (libc::ENODATA, Code::NoData),
    (libc::ENOPROTOOPT, Code::ProtocolOption),
    (libc::ENOTCONN, Code::NotConnected),
    (libc::ENOTSOCK, Code::NotSocket),
    (libc::EOPNOTSUPP, Code::OperationNotSupported),
    (libc::ENOTSUP, Code::OperationNotSupported),
    (libc::EPFNOSUPPORT, Code::ProtocolFamilyNotSupported),
    (libc::EPIPE, Code::Shutdown),
    (libc::EPROTONOSUPPORT, Code::ProtocolNotSupported),
    (libc::EPROTOTYPE, Code::ProtocolType),
    (libc::ESHUTDOWN, Code::Disconnecting),
    (libc::ESOCKTNOSUPPORT, Code::SocketNotSupported),
    (libc::ETIMEDOUT, Code::TimedOut),
    (0, Code::Success),
];

/// What errors mean that carry no number.
const KINDS: &[(ErrorKind, Code)] = &[
    (ErrorKind::AddrInUse, Code::AddressAlreadyInUse),
    (ErrorKind::AddrNotAvailable, Code::AddressNotAvailable),
    (ErrorKind::BrokenPipe, Code::Shutdown),
    (ErrorKind::ConnectionAborted, Code::ConnectionAborted),
    (ErrorKind::ConnectionRefused, Code::ConnectionRefused),
    (ErrorKind::ConnectionReset, Code::ConnectionReset),
    (ErrorKind::HostUnreachable, Code::HostUnreachable),
    (ErrorKind::Interrupted, Code::Interrupted),
    (ErrorKind::InvalidInput, Code::InvalidArgument),
    (ErrorKind::NetworkDown, Code::NetworkDown),
    (ErrorKind::NetworkUnreachable, Code::NetworkUnreachable),
    (ErrorKind::NotConnected, Code::NotConnected),
    (ErrorKind::NotFound, Code::HostNotFound),
    (ErrorKind::OutOfMemory, Code::NoBufferSpaceAvailable),
    (ErrorKind::PermissionDenied, Code::AccessDenied),
    (ErrorKind::TimedOut, Code::TimedOut),
    // The peer closed in the middle of something, which Winsock calls a reset.
    (ErrorKind::UnexpectedEof, Code::ConnectionReset),
    (ErrorKind::Unsupported, Code::OperationNotSupported),
    (ErrorKind::WouldBlock, Code::WouldBlock),
];

impl Code {
    /// The code of one of the system's numbers; [`SocketError`](Self::SocketError) for one that
    /// socket calls do not give.
    #[must_use]
    pub fn from_errno(errno: i32) -> Self {
        let row = ERRNOS.iter().find(|row| row.0 == errno);
        row.map_or(Self::SocketError, |row| row.1)
    }

    /// The system's number for this code, if it has one.
    #[must_use]
    pub fn to_errno(self) -> Option<i32> {
        ERRNOS.iter().find(|row| row.1 == self).map(|row| row.0)
    }

    pub(super) fn from_kind(kind: ErrorKind) -> Self {
        KINDS
            .iter()
            .find(|row| row.0 == kind)
            .map_or(Self::SocketError, |row| row.1)
    }

    pub(super) fn to_kind(self) -> ErrorKind {
        KINDS
            .iter()
            .find(|row| row.1 == self)
            .map_or(ErrorKind::Other, |row| row.0)
    }
}
