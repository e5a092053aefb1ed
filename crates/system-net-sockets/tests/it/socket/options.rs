//! Options: set by name, read back through a raw call, and the reverse.

use socket2::SockRef;
use system_net_primitives::AddressFamily;
use system_net_sockets::{
    LingerOption, ProtocolType, Socket, SocketErrorCode, SocketOptionLevel as Level,
    SocketOptionName as Name, SocketOptionValue, SocketType,
};

use super::{check_code, check_misuse, listener, own, tcp, udp};

fn v6(socket_type: SocketType) -> Option<Socket> {
    Socket::new(
        AddressFamily::InterNetworkV6,
        socket_type,
        ProtocolType::UNSPECIFIED,
    )
    .ok()
}

/// What the system itself says of an option, as a number.
fn raw(socket: &Socket, level: i32, name: i32) -> i32 {
    let mut value = [0; 4];
    let length = socket.get_raw_socket_option(level, name, &mut value);
    match length.unwrap() {
        1 => value[0].into(),
        _ => i32::from_ne_bytes(value),
    }
}

/// Each option that is a number: set, read by name and by the system's number.
#[test]
fn options_by_name() {
    #[track_caller]
    fn check(socket: &Socket, option: (Level, Name), native: (i32, i32), values: &[(i32, i32)]) {
        let (level, name) = option;
        for (value, expected) in values {
            socket.set_socket_option_i32(level, name, *value).unwrap();
            assert_eq!(raw(socket, native.0, native.1), *expected, "{name:?}");
            assert_eq!(
                socket.get_socket_option(level, name).unwrap(),
                SocketOptionValue::Number(*value)
            );
            let bytes = socket.get_socket_option_bytes(level, name, 4).unwrap();
            assert_eq!(i32::from(bytes[0]), value & 0xFF, "{name:?}");
        }
    }
    let on_off = &[(1, 1), (0, 0)];
    let (tcp, udp) = (tcp(), udp());
    let general = libc::SOL_SOCKET;
    for (name, native) in [
        (Name::KEEP_ALIVE, libc::SO_KEEPALIVE),
        (Name::DONT_ROUTE, libc::SO_DONTROUTE),
        (Name::BROADCAST, libc::SO_BROADCAST),
        (Name::OUT_OF_BAND_INLINE, libc::SO_OOBINLINE),
        (Name::DEBUG, libc::SO_DEBUG),
    ] {
        check(&udp, (Level::Socket, name), (general, native), on_off);
    }
    for native in [libc::SO_REUSEADDR, libc::SO_REUSEPORT] {
        check(
            &tcp,
            (Level::Socket, Name::REUSE_ADDRESS),
            (general, native),
            on_off,
        );
    }
    check(
        &tcp,
        (Level::Socket, Name::SEND_BUFFER),
        (general, libc::SO_SNDBUF),
        &[(20_000, 40_000)],
    );
    check(
        &tcp,
        (Level::Socket, Name::RECEIVE_BUFFER),
        (general, libc::SO_RCVBUF),
        &[(20_000, 40_000)],
    );
    check(
        &tcp,
        (Level::Socket, Name::RECEIVE_LOW_WATER),
        (general, libc::SO_RCVLOWAT),
        &[(5, 5)],
    );
    check(
        &tcp,
        (Level::Tcp, Name::NO_DELAY),
        (libc::IPPROTO_TCP, libc::TCP_NODELAY),
        on_off,
    );
    for (name, native) in [
        (Name::TCP_KEEP_ALIVE_TIME, libc::TCP_KEEPIDLE),
        (Name::TCP_KEEP_ALIVE_INTERVAL, libc::TCP_KEEPINTVL),
        (Name::TCP_KEEP_ALIVE_RETRY_COUNT, libc::TCP_KEEPCNT),
    ] {
        let native = (libc::IPPROTO_TCP, native);
        check(&tcp, (Level::Tcp, name), native, &[(5, 5)]);
    }
    check(
        &udp,
        (Level::Udp, Name::NO_CHECKSUM),
        (general, libc::SO_NO_CHECK),
        on_off,
    );
    for (name, native, values) in [
        (
            Name::IP_TIME_TO_LIVE,
            libc::IP_TTL,
            &[(7, 7), (255, 255)][..],
        ),
        (Name::TYPE_OF_SERVICE, libc::IP_TOS, &[(0x20, 0x20)]),
        (
            Name::MULTICAST_TIME_TO_LIVE,
            libc::IP_MULTICAST_TTL,
            &[(9, 9)],
        ),
        (Name::MULTICAST_LOOPBACK, libc::IP_MULTICAST_LOOP, on_off),
        (Name::PACKET_INFORMATION, libc::IP_PKTINFO, on_off),
        (
            Name::DONT_FRAGMENT,
            libc::IP_MTU_DISCOVER,
            &[(1, libc::IP_PMTUDISC_DO), (0, libc::IP_PMTUDISC_DONT)],
        ),
    ] {
        check(&udp, (Level::Ip, name), (libc::IPPROTO_IP, native), values);
    }
    if let Some(udp) = v6(SocketType::Dgram) {
        for (name, native, values) in [
            (Name::HOP_LIMIT, libc::IPV6_UNICAST_HOPS, &[(7, 7)][..]),
            (Name::IP_TIME_TO_LIVE, libc::IPV6_UNICAST_HOPS, &[(8, 8)]),
            (
                Name::MULTICAST_TIME_TO_LIVE,
                libc::IPV6_MULTICAST_HOPS,
                &[(9, 9)],
            ),
            (Name::MULTICAST_LOOPBACK, libc::IPV6_MULTICAST_LOOP, on_off),
            (
                Name::MULTICAST_INTERFACE,
                libc::IPV6_MULTICAST_IF,
                &[(1, 1)],
            ),
            (Name::PACKET_INFORMATION, libc::IPV6_RECVPKTINFO, on_off),
            (Name::IPV6_ONLY, libc::IPV6_V6ONLY, on_off),
        ] {
            check(
                &udp,
                (Level::Ipv6, name),
                (libc::IPPROTO_IPV6, native),
                values,
            );
        }
    }
    // To read only.
    let get = |socket: &Socket, name| socket.get_socket_option_i32(Level::Socket, name).unwrap();
    assert_eq!(get(&tcp, Name::TYPE), SocketType::Stream.value());
    assert_eq!(get(&tcp, Name::ACCEPT_CONNECTION), 0);
    assert_eq!(get(&listener(1).0, Name::ACCEPT_CONNECTION), 1);
    assert_eq!(get(&tcp, Name::ERROR), 0);
    check_code(
        tcp.set_socket_option_i32(Level::Socket, Name::TYPE, 1),
        SocketErrorCode::ProtocolOption,
    );
}

#[test]
fn properties() {
    let (tcp, udp) = (tcp(), udp());
    let share = tcp.safe_handle().unwrap();
    let seen = SockRef::from(&share);
    tcp.set_no_delay(true).unwrap();
    assert!(tcp.no_delay().unwrap() && seen.tcp_nodelay().unwrap());
    assert_eq!(tcp.linger_state().unwrap(), LingerOption::new(false, 0));
    let mut linger = LingerOption::new(true, 3);
    tcp.set_linger_state(linger).unwrap();
    assert_eq!(seen.linger().unwrap().unwrap().as_secs(), 3);
    assert_eq!(
        tcp.get_socket_option(Level::Socket, Name::LINGER).unwrap(),
        SocketOptionValue::Linger(linger)
    );
    let dont = |tcp: &Socket| tcp.get_socket_option_i32(Level::Socket, Name::DONT_LINGER);
    assert_eq!(dont(&tcp).unwrap(), 0);
    tcp.set_socket_option_bool(Level::Socket, Name::DONT_LINGER, true)
        .unwrap();
    assert_eq!(dont(&tcp).unwrap(), 1);
    assert_eq!(seen.linger().unwrap(), None);
    linger.set_linger_time(5);
    tcp.set_socket_option_linger(Level::Socket, Name::LINGER, &linger)
        .unwrap();
    assert_eq!(seen.linger().unwrap().unwrap().as_secs(), 5);
    check_misuse(
        tcp.set_linger_state(LingerOption::new(true, 70_000)),
        "65535",
    );
    check_misuse(tcp.set_linger_state(LingerOption::new(true, -1)), "65535");

    for (get, set, seen_as) in [
        (
            Socket::receive_timeout as fn(&Socket) -> _,
            Socket::set_receive_timeout as fn(&Socket, i32) -> _,
            (|seen: &SockRef<'_>| seen.read_timeout()) as fn(&SockRef<'_>) -> _,
        ),
        (
            Socket::send_timeout,
            Socket::set_send_timeout,
            |seen: &SockRef<'_>| seen.write_timeout(),
        ),
    ] {
        assert_eq!(get(&tcp).unwrap(), 0);
        set(&tcp, 2_500).unwrap();
        assert_eq!(get(&tcp).unwrap(), 2_500);
        // The system counts in ticks, of up to 10 ms.
        let time = seen_as(&seen).unwrap().unwrap().as_millis();
        assert!((2_490..=2_510).contains(&time), "{time}");
        set(&tcp, -1).unwrap();
        assert_eq!(seen_as(&seen).unwrap(), None);
    }
    tcp.set_send_buffer_size(30_000).unwrap();
    tcp.set_receive_buffer_size(10_000).unwrap();
    assert_eq!(tcp.send_buffer_size().unwrap(), 30_000);
    assert_eq!(tcp.receive_buffer_size().unwrap(), 10_000);
    assert_eq!(seen.send_buffer_size().unwrap(), 60_000);
    check_misuse(tcp.set_send_buffer_size(-1), "negative");

    tcp.set_ttl(17).unwrap();
    assert_eq!((tcp.ttl().unwrap(), seen.ttl_v4().unwrap()), (17, 17));
    check_misuse(tcp.set_ttl(256), "0 to 255");
    check_code(tcp.set_ttl(0), SocketErrorCode::InvalidArgument);
    udp.set_dont_fragment(true).unwrap();
    assert!(udp.dont_fragment().unwrap());
    udp.set_dont_fragment(false).unwrap();
    assert!(!udp.dont_fragment().unwrap());
    assert!(!udp.enable_broadcast().unwrap());
    udp.set_enable_broadcast(true).unwrap();
    assert!(udp.enable_broadcast().unwrap());
    assert!(udp.multicast_loopback().unwrap());
    udp.set_multicast_loopback(false).unwrap();
    assert!(!udp.multicast_loopback().unwrap());
    assert!(!tcp.use_only_overlapped_io());
    tcp.set_use_only_overlapped_io(false).unwrap();
    check_misuse(tcp.set_use_only_overlapped_io(true), "Windows");
    if let Ok(dual) = Socket::new_dual_mode(SocketType::Stream, ProtocolType::TCP) {
        dual.set_ttl(21).unwrap();
        assert_eq!(dual.ttl().unwrap(), 21);
        assert_eq!(raw(&dual, libc::IPPROTO_IP, libc::IP_TTL), 21);
    }
    let local = Socket::new(
        AddressFamily::Unix,
        SocketType::Stream,
        ProtocolType::UNSPECIFIED,
    );
    check_misuse(local.unwrap().ttl(), "IP");

    tcp.close();
    check_misuse(tcp.no_delay(), "closed");
    check_misuse(tcp.set_no_delay(true), "closed");
    check_misuse(tcp.linger_state(), "closed");
    check_misuse(tcp.set_receive_timeout(1), "closed");
    check_misuse(tcp.available(), "closed");
    check_misuse(tcp.handle_value(), "closed");
    check_misuse(tcp.set_blocking(false), "closed");
}

/// A broadcast without permission is refused, with advice.
#[test]
fn broadcast_needs_permission() {
    let socket = udp();
    let to = std::net::SocketAddr::from(([255, 255, 255, 255], 9));
    let error = socket
        .send_to(b"x", system_net_sockets::SocketFlags::NONE, to)
        .unwrap_err();
    // Without a route to anywhere the system does not come so far.
    if error.code() == SocketErrorCode::NetworkUnreachable {
        println!("skipped: broadcast_needs_permission: no route");
        return;
    }
    assert_eq!(error.code(), SocketErrorCode::AccessDenied);
    assert!(error.to_string().contains("set_enable_broadcast"));
}

/// Sharing an address is a matter of all who share it.
#[test]
fn reuse_against_exclusive() {
    let holder = udp();
    assert!(holder.exclusive_address_use().unwrap());
    check_misuse(holder.set_exclusive_address_use(false), "REUSE_ADDRESS");
    holder
        .set_socket_option_bool(Level::Socket, Name::REUSE_ADDRESS, true)
        .unwrap();
    assert!(!holder.exclusive_address_use().unwrap());
    holder.set_exclusive_address_use(false).unwrap();
    holder.bind(super::loopback(0)).unwrap();
    let at = own(&holder);
    // One that does not want to share is refused, one that does is not.
    check_code(udp().bind(at.clone()), SocketErrorCode::AddressAlreadyInUse);
    let sharing = udp();
    sharing
        .set_socket_option_bool(Level::Socket, Name::REUSE_ADDRESS, true)
        .unwrap();
    sharing.bind(at.clone()).unwrap();
    check_misuse(sharing.set_exclusive_address_use(true), "bound");

    let changed = udp();
    changed
        .set_socket_option_bool(Level::Socket, Name::REUSE_ADDRESS, true)
        .unwrap();
    changed.set_exclusive_address_use(true).unwrap();
    let option = changed.get_socket_option_i32(Level::Socket, Name::REUSE_ADDRESS);
    assert_eq!(option.unwrap(), 0);
    check_code(changed.bind(at), SocketErrorCode::AddressAlreadyInUse);

    // Two listeners take turns.
    let share = || {
        let socket = tcp();
        socket
            .set_socket_option_bool(Level::Socket, Name::REUSE_ADDRESS, true)
            .unwrap();
        socket
    };
    let first = share();
    first.bind(super::loopback(0)).unwrap();
    first.listen(1).unwrap();
    let second = share();
    second.bind(own(&first)).unwrap();
    second.listen(1).unwrap();
    check_code(
        tcp().bind(own(&first)),
        SocketErrorCode::AddressAlreadyInUse,
    );
}

/// No length of the caller's makes it panic or take all memory.
#[test]
fn an_option_has_a_length() {
    let socket = tcp();
    let bytes = |length| socket.get_socket_option_bytes(Level::Socket, Name::TYPE, length);
    assert_eq!(bytes(4).unwrap(), libc::SOCK_STREAM.to_ne_bytes());
    assert_eq!(bytes(1 << 20).unwrap().len(), 4);
    for length in [(1 << 20) + 1, i32::MAX as usize, usize::MAX] {
        check_misuse(bytes(length), "optionLength");
    }
}

#[test]
fn options_without_a_meaning() {
    let socket = tcp();
    for (level, name) in [
        (Level::Socket, Name::USE_LOOPBACK),
        (Level::Socket, Name::REUSE_UNICAST_PORT),
        (Level::Socket, Name::UPDATE_ACCEPT_CONTEXT),
        (Level::Socket, Name::UPDATE_CONNECT_CONTEXT),
        (Level::Socket, Name::MAX_CONNECTIONS),
        (Level::Tcp, Name::BSD_URGENT),
        (Level::Tcp, Name::EXPEDITED),
        (Level::Udp, Name::CHECKSUM_COVERAGE),
        (Level::Ip, Name::IPV6_ONLY),
        (Level::Ipv6, Name::HEADER_INCLUDED),
        (Level::Socket, Name::from_value(999)),
    ] {
        let code = SocketErrorCode::OperationNotSupported;
        check_code(socket.get_socket_option(level, name), code);
        check_code(socket.set_socket_option_i32(level, name, 1), code);
        check_code(
            socket.set_socket_option_bytes(level, name, &[1, 0, 0, 0]),
            code,
        );
    }
    check_misuse(
        socket.set_socket_option_i32(Level::Ip, Name::ADD_MEMBERSHIP, 1),
        "MulticastOption",
    );
    check_code(
        socket.get_socket_option(Level::Ip, Name::ADD_MEMBERSHIP),
        SocketErrorCode::ProtocolOption,
    );
    check_misuse(
        socket.set_socket_option_bytes(Level::Socket, Name::REUSE_ADDRESS, &[1]),
        "4 bytes",
    );
    check_misuse(
        socket.set_socket_option_linger(
            Level::Socket,
            Name::BROADCAST,
            &LingerOption::new(true, 1),
        ),
        "LINGER",
    );
    // By the system's numbers, what has no name.
    socket
        .set_raw_socket_option(libc::SOL_SOCKET, libc::SO_PRIORITY, &3_i32.to_ne_bytes())
        .unwrap();
    assert_eq!(raw(&socket, libc::SOL_SOCKET, libc::SO_PRIORITY), 3);
    check_code(
        socket.set_raw_socket_option(libc::SOL_SOCKET, 9999, &[0; 4]),
        SocketErrorCode::ProtocolOption,
    );
}
