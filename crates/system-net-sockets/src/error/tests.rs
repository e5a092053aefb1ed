//! Codes, numbers and the ways between errors.

use std::collections::HashSet;
use std::io::{Error, ErrorKind};
use std::net::TcpStream;

use super::{SocketError, SocketErrorCode as Code};

/// The numbers are the contract: they were never changed since Winsock 2.
const NUMBERS: &[(&str, i32)] = &[
    ("Success", 0),
    ("OperationAborted", 995),
    ("IOPending", 997),
    ("Interrupted", 10004),
    ("AccessDenied", 10013),
    ("Fault", 10014),
    ("InvalidArgument", 10022),
    ("TooManyOpenSockets", 10024),
    ("WouldBlock", 10035),
    ("InProgress", 10036),
    ("AlreadyInProgress", 10037),
    ("NotSocket", 10038),
    ("DestinationAddressRequired", 10039),
    ("MessageSize", 10040),
    ("ProtocolType", 10041),
    ("ProtocolOption", 10042),
    ("ProtocolNotSupported", 10043),
    ("SocketNotSupported", 10044),
    ("OperationNotSupported", 10045),
    ("ProtocolFamilyNotSupported", 10046),
    ("AddressFamilyNotSupported", 10047),
    ("AddressAlreadyInUse", 10048),
    ("AddressNotAvailable", 10049),
    ("NetworkDown", 10050),
    ("NetworkUnreachable", 10051),
    ("NetworkReset", 10052),
    ("ConnectionAborted", 10053),
    ("ConnectionReset", 10054),
    ("NoBufferSpaceAvailable", 10055),
    ("IsConnected", 10056),
    ("NotConnected", 10057),
    ("Shutdown", 10058),
    ("TimedOut", 10060),
    ("ConnectionRefused", 10061),
    ("HostDown", 10064),
    ("HostUnreachable", 10065),
    ("ProcessLimit", 10067),
    ("SystemNotReady", 10091),
    ("VersionNotSupported", 10092),
    ("NotInitialized", 10093),
    ("Disconnecting", 10101),
    ("TypeNotFound", 10109),
    ("HostNotFound", 11001),
    ("TryAgain", 11002),
    ("NoRecovery", 11003),
    ("NoData", 11004),
    ("SocketError", -1),
];

#[test]
fn socket_error_code_maps() {
    // A real refusal: the port was just free.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = SocketError::from(TcpStream::connect(address).unwrap_err());
    assert_eq!(error.code(), Code::ConnectionRefused);
    assert_eq!(error.error_code(), 10061);
    assert_eq!(error.errno(), Some(libc::ECONNREFUSED));

    #[track_caller]
    fn check(errno: i32, number: i32) {
        let error = SocketError::from(Error::from_raw_os_error(errno));
        assert_eq!((error.error_code(), error.errno()), (number, Some(errno)));
    }
    check(libc::EACCES, 10013);
    check(libc::EPERM, 10013);
    check(libc::EADDRINUSE, 10048);
    check(libc::EADDRNOTAVAIL, 10049);
    check(libc::EAFNOSUPPORT, 10047);
    check(libc::EAGAIN, 10035);
    check(libc::EALREADY, 10037);
    check(libc::EBADF, 995);
    check(libc::ECANCELED, 995);
    check(libc::ECONNABORTED, 10053);
    check(libc::ECONNRESET, 10054);
    check(libc::EDESTADDRREQ, 10039);
    check(libc::EFAULT, 10014);
    check(libc::EHOSTDOWN, 10064);
    check(libc::EHOSTUNREACH, 10065);
    check(libc::EINPROGRESS, 10036);
    check(libc::EINTR, 10004);
    check(libc::EINVAL, 10022);
    check(libc::EISCONN, 10056);
    check(libc::EMFILE, 10024);
    check(libc::ENFILE, 10024);
    check(libc::EMSGSIZE, 10040);
    check(libc::ENETDOWN, 10050);
    check(libc::ENETRESET, 10052);
    check(libc::ENETUNREACH, 10051);
    check(libc::ENOBUFS, 10055);
    check(libc::ENOPROTOOPT, 10042);
    check(libc::ENOTCONN, 10057);
    check(libc::ENOTSOCK, 10038);
    check(libc::EOPNOTSUPP, 10045);
    check(libc::EPFNOSUPPORT, 10046);
    check(libc::EPIPE, 10058);
    check(libc::EPROTONOSUPPORT, 10043);
    check(libc::EPROTOTYPE, 10041);
    check(libc::ESHUTDOWN, 10101);
    check(libc::ESOCKTNOSUPPORT, 10044);
    check(libc::ETIMEDOUT, 10060);
    check(libc::EXDEV, -1);
}

#[test]
fn the_table_of_codes_is_complete() {
    let ours: HashSet<_> = Code::all()
        .map(|code| (code.name(), code.value()))
        .collect();
    assert_eq!(ours, NUMBERS.iter().copied().collect());
    for code in Code::all() {
        assert_eq!(Code::from_value(code.value()), Some(code));
        assert!(!code.description().is_empty());
    }
    let words: HashSet<_> = Code::all().map(Code::description).collect();
    assert_eq!(words.len(), NUMBERS.len());
    assert_eq!(Code::from_value(12345), None);
}

#[test]
fn codes_turn_back_into_numbers() {
    for code in Code::all() {
        if let Some(errno) = code.to_errno() {
            assert_eq!(Code::from_errno(errno), code);
        }
    }
    assert_eq!(Code::ConnectionRefused.to_errno(), Some(libc::ECONNREFUSED));
    assert_eq!(Code::OperationAborted.to_errno(), Some(libc::ECANCELED));
    assert_eq!(Code::TryAgain.to_errno(), None);
}

#[test]
fn errors_travel_through_io_errors() {
    let own = SocketError::new(Code::NoData).with_context("look-up of x.test");
    let there = Error::from(own.clone());
    assert_eq!(SocketError::from(there), own);
    let refused = Error::from(SocketError::from_errno(libc::ECONNREFUSED));
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let timed_out = SocketError::from(Error::from(ErrorKind::TimedOut));
    assert_eq!(
        (timed_out.code(), timed_out.errno()),
        (Code::TimedOut, None)
    );
    assert_eq!(Error::from(timed_out).kind(), ErrorKind::TimedOut);
    let other = SocketError::from(Error::other("something else"));
    assert_eq!(
        (other.code(), other.context()),
        (Code::SocketError, Some("something else"))
    );
}

#[test]
fn display_says_what_where_and_the_number() {
    let error = SocketError::from_errno(libc::ECONNREFUSED).with_context("connect to [::1]:80");
    let expected = format!(
        "connect to [::1]:80: the connection was refused (os error {})",
        libc::ECONNREFUSED
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(
        SocketError::new(Code::HostNotFound).to_string(),
        "no such host is known"
    );
}
