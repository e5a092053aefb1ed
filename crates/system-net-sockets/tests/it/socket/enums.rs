//! The enumerations against the list of the Framework.

use std::collections::{BTreeMap, BTreeSet};

use system_net_primitives::AddressFamily;
use system_net_sockets::{
    IoControlCode, IpProtectionLevel, ProtocolType, SelectMode, SocketAsyncOperation,
    SocketErrorCode, SocketFlags, SocketInformationOptions, SocketOptionLevel, SocketOptionName,
    SocketShutdown, SocketType, TransmitFileOptions,
};

const LIST: &str = include_str!("../../../../../tests/conformance/sockets/enums.tsv");

type Values = BTreeMap<String, i64>;

fn listed(enumeration: &str) -> Values {
    let rows = LIST.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [own, name, value] = cells[..] else {
            panic!("{line}");
        };
        (own == enumeration).then(|| (name.to_lowercase(), value.parse().unwrap()))
    })
    .collect()
}

/// Ours by name are the listed ones and those that are newer.
#[track_caller]
fn check(enumeration: &str, ours: impl IntoIterator<Item = (String, i64)>, newer: &[&str]) {
    let newer: BTreeSet<String> = newer.iter().map(|name| name.to_lowercase()).collect();
    let mut found = BTreeSet::new();
    let ours: Values = ours
        .into_iter()
        .map(|(name, value)| (name.to_lowercase(), value))
        .filter(|(name, _)| !newer.contains(name) || !found.insert(name.clone()))
        .collect();
    assert_eq!(found, newer, "{enumeration}");
    let expected = listed(enumeration);
    assert!(!expected.is_empty());
    assert_eq!(ours, expected, "{enumeration}");
}

fn debug<T: std::fmt::Debug + Copy>(
    values: impl IntoIterator<Item = T>,
    number: impl Fn(T) -> i32,
) -> Vec<(String, i64)> {
    let rows = values.into_iter();
    rows.map(|value| (format!("{value:?}"), number(value).into()))
        .collect()
}

fn named<T: Copy>(values: &[(&str, T)], number: impl Fn(T) -> i64) -> Vec<(String, i64)> {
    let rows = values.iter();
    rows.map(|(name, value)| ((*name).to_owned(), number(*value)))
        .collect()
}

#[test]
fn socket_enums_match_api_list() {
    let mut families = debug(AddressFamily::all(), AddressFamily::value);
    // Where .NET has two names for a number, ours stands for both.
    families.extend([("NS".to_owned(), 6), ("Osi".to_owned(), 7)]);
    check(
        "AddressFamily",
        families,
        &["Packet", "ControllerAreaNetwork"],
    );
    check(
        "SocketType",
        debug(SocketType::ALL.iter().copied(), SocketType::value),
        &[],
    );
    check(
        "SocketShutdown",
        debug(SocketShutdown::ALL.iter().copied(), SocketShutdown::value),
        &[],
    );
    check(
        "SelectMode",
        debug(SelectMode::ALL.iter().copied(), SelectMode::value),
        &[],
    );
    check(
        "SocketOptionLevel",
        debug(
            SocketOptionLevel::ALL.iter().copied(),
            SocketOptionLevel::value,
        ),
        &[],
    );
    check(
        "SocketAsyncOperation",
        debug(
            SocketAsyncOperation::ALL.iter().copied(),
            SocketAsyncOperation::value,
        ),
        &[],
    );
    check(
        "IPProtectionLevel",
        debug(
            IpProtectionLevel::ALL.iter().copied(),
            IpProtectionLevel::value,
        ),
        &[],
    );
    check(
        "ProtocolType",
        named(ProtocolType::NAMES, |value| value.value().into()),
        &[],
    );
    check(
        "SocketFlags",
        named(SocketFlags::NAMES, |value| value.bits().into()),
        &[],
    );
    check(
        "SocketOptionName",
        named(SocketOptionName::NAMES, |value| value.value().into()),
        &[
            "FastOpen",
            "TcpKeepAliveInterval",
            "TcpKeepAliveRetryCount",
            "TcpKeepAliveTime",
        ],
    );
    check(
        "IOControlCode",
        named(IoControlCode::NAMES, IoControlCode::value),
        &[],
    );
    check(
        "TransmitFileOptions",
        named(TransmitFileOptions::NAMES, |value| value.bits().into()),
        &[],
    );
    check(
        "SocketInformationOptions",
        named(SocketInformationOptions::NAMES, |value| value.bits().into()),
        &[],
    );
    let codes = SocketErrorCode::all();
    check(
        "SocketError",
        codes.map(|code| (code.name().to_owned(), code.value().into())),
        &[],
    );
    // Both ways with errno, by the names that both lists share.
    for (errno, name) in [
        (libc::EACCES, "AccessDenied"),
        (libc::EADDRINUSE, "AddressAlreadyInUse"),
        (libc::EADDRNOTAVAIL, "AddressNotAvailable"),
        (libc::EAFNOSUPPORT, "AddressFamilyNotSupported"),
        (libc::EAGAIN, "WouldBlock"),
        (libc::EALREADY, "AlreadyInProgress"),
        (libc::ECANCELED, "OperationAborted"),
        (libc::ECONNABORTED, "ConnectionAborted"),
        (libc::ECONNREFUSED, "ConnectionRefused"),
        (libc::ECONNRESET, "ConnectionReset"),
        (libc::EDESTADDRREQ, "DestinationAddressRequired"),
        (libc::EFAULT, "Fault"),
        (libc::EHOSTDOWN, "HostDown"),
        (libc::EHOSTUNREACH, "HostUnreachable"),
        (libc::EINPROGRESS, "InProgress"),
        (libc::EINTR, "Interrupted"),
        (libc::EINVAL, "InvalidArgument"),
        (libc::EISCONN, "IsConnected"),
        (libc::EMFILE, "TooManyOpenSockets"),
        (libc::EMSGSIZE, "MessageSize"),
        (libc::ENETDOWN, "NetworkDown"),
        (libc::ENETRESET, "NetworkReset"),
        (libc::ENETUNREACH, "NetworkUnreachable"),
        (libc::ENOBUFS, "NoBufferSpaceAvailable"),
        (libc::ENODATA, "NoData"),
        (libc::ENOPROTOOPT, "ProtocolOption"),
        (libc::ENOTCONN, "NotConnected"),
        (libc::ENOTSOCK, "NotSocket"),
        (libc::ENXIO, "HostNotFound"),
        (libc::EOPNOTSUPP, "OperationNotSupported"),
        (libc::EPFNOSUPPORT, "ProtocolFamilyNotSupported"),
        (libc::EPIPE, "Shutdown"),
        (libc::EPROTONOSUPPORT, "ProtocolNotSupported"),
        (libc::EPROTOTYPE, "ProtocolType"),
        (libc::ESHUTDOWN, "Disconnecting"),
        (libc::ESOCKTNOSUPPORT, "SocketNotSupported"),
        (libc::ETIMEDOUT, "TimedOut"),
    ] {
        let code = SocketErrorCode::from_errno(errno);
        assert_eq!((code.name(), code.to_errno()), (name, Some(errno)));
    }
}

/// Numbers find their values, flags their names, and errors the system's numbers, both ways.
#[test]
fn numbers_turn_back() {
    for value in SocketType::ALL {
        assert_eq!(SocketType::from_value(value.value()), Some(*value));
    }
    for value in SocketOptionLevel::ALL {
        assert_eq!(SocketOptionLevel::from_value(value.value()), Some(*value));
    }
    assert_eq!(SelectMode::from_value(3), None);
    assert_eq!(ProtocolType::from_value(6), ProtocolType::TCP);
    assert_eq!(format!("{:?}", ProtocolType::from_value(6)), "Tcp");
    assert_eq!(
        format!("{:?}", ProtocolType::from_value(132)),
        "ProtocolType(132)"
    );
    let flags = SocketFlags::PEEK | SocketFlags::OUT_OF_BAND;
    assert_eq!(flags.bits(), 3);
    assert!(flags.contains(SocketFlags::PEEK) && !flags.contains(SocketFlags::PARTIAL));
    assert_eq!(format!("{flags:?}"), "OutOfBand | Peek");
    assert_eq!(format!("{:?}", SocketFlags::NONE), "0");
    assert_eq!(
        format!("{:?}", SocketFlags::from_bits(0x4002)),
        "Peek | 0x4000"
    );
    assert_eq!(flags & !SocketFlags::PEEK, SocketFlags::OUT_OF_BAND);
    let back = SocketErrorCode::ConnectionRefused.to_errno();
    assert_eq!(back, Some(libc::ECONNREFUSED));
    assert_eq!(
        SocketErrorCode::from_errno(libc::ECONNREFUSED),
        SocketErrorCode::ConnectionRefused
    );
}
