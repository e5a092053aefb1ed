//! Making sockets, connecting them, and what they know of themselves.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::thread;

use system_net_primitives::{
    AddressFamily, DnsEndPoint, EndPoint, IpAddress, IpEndPoint, UnixDomainSocketEndPoint,
};
use system_net_sockets::{
    ProtocolType, SafeSocketHandle, SelectMode, Socket, SocketErrorCode, SocketFlags,
    SocketShutdown, SocketType,
};

use super::{
    HANG, bound_udp, check_code, check_misuse, listener, loopback, own, pair, receive_all, tcp, udp,
};

/// Each family with each type: what can be made sends bytes to another of its kind.
#[test]
fn socket_create_matrix() {
    let folder = tempfile::tempdir().unwrap();
    let place = |family: AddressFamily, name: &str| -> EndPoint {
        match family {
            AddressFamily::InterNetwork => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into(),
            AddressFamily::InterNetworkV6 => SocketAddr::from((Ipv6Addr::LOCALHOST, 0)).into(),
            _ => UnixDomainSocketEndPoint::new(folder.path().join(name))
                .unwrap()
                .into(),
        }
    };
    let mut made = 0;
    for (family, tcp, udp) in [
        (
            AddressFamily::InterNetwork,
            ProtocolType::TCP,
            ProtocolType::UDP,
        ),
        (
            AddressFamily::InterNetworkV6,
            ProtocolType::TCP,
            ProtocolType::UDP,
        ),
        (
            AddressFamily::Unix,
            ProtocolType::UNSPECIFIED,
            ProtocolType::UNSPECIFIED,
        ),
    ] {
        let stream = Socket::new(family, SocketType::Stream, tcp).unwrap();
        assert_eq!(stream.address_family(), family);
        assert_eq!(stream.socket_type(), SocketType::Stream);
        assert_eq!(stream.protocol_type(), tcp);
        assert!(stream.blocking() && !stream.is_bound() && !stream.connected());
        assert_eq!(stream.local_end_point().unwrap(), None);
        stream.bind(place(family, "stream")).unwrap();
        stream.listen(1).unwrap();
        let client = Socket::new(family, SocketType::Stream, tcp).unwrap();
        client.connect(own(&stream)).unwrap();
        let server = stream.accept().unwrap();
        assert_eq!(server.address_family(), family);
        assert!(client.connected() && server.connected());
        assert_eq!(client.remote_end_point().unwrap(), Some(own(&stream)));
        assert_eq!(client.send(b"over a stream").unwrap(), 13);
        let mut buffer = [0; 20];
        assert_eq!(server.receive(&mut buffer).unwrap(), 13);
        assert_eq!(&buffer[..13], b"over a stream");

        let receiver = Socket::new(family, SocketType::Dgram, udp).unwrap();
        receiver.bind(place(family, "receiver")).unwrap();
        let sender = Socket::new(family, SocketType::Dgram, udp).unwrap();
        sender.bind(place(family, "sender")).unwrap();
        let sent = sender.send_to(b"a message", SocketFlags::NONE, own(&receiver));
        assert_eq!(sent.unwrap(), 9);
        let result = receiver.receive_from(&mut buffer, SocketFlags::NONE);
        let result = result.unwrap();
        assert_eq!(&buffer[..result.received_bytes], b"a message");
        assert_eq!(result.remote_end_point, own(&sender));
        made += 2;
    }
    assert_eq!(made, 6);
    // Messages in order, over a connection.
    let packets = Socket::new(
        AddressFamily::Unix,
        SocketType::Seqpacket,
        ProtocolType::UNSPECIFIED,
    );
    assert_eq!(packets.unwrap().socket_type(), SocketType::Seqpacket);
}

/// The guide: "type and protocol must fit".
#[test]
fn socket_create_mismatch_code() {
    use AddressFamily as Family;
    #[track_caller]
    fn check(
        family: Family,
        socket_type: SocketType,
        protocol_type: ProtocolType,
        code: SocketErrorCode,
    ) {
        let error = Socket::new(family, socket_type, protocol_type).unwrap_err();
        assert_eq!(error.code(), code, "{error:?}");
        assert!(error.to_string().starts_with("create a socket: "));
    }
    for family in [Family::InterNetwork, Family::InterNetworkV6] {
        check(
            family,
            SocketType::Stream,
            ProtocolType::UDP,
            SocketErrorCode::ProtocolNotSupported,
        );
        check(
            family,
            SocketType::Dgram,
            ProtocolType::TCP,
            SocketErrorCode::ProtocolNotSupported,
        );
        check(
            family,
            SocketType::Rdm,
            ProtocolType::UNSPECIFIED,
            SocketErrorCode::SocketNotSupported,
        );
    }
    check(
        Family::Unix,
        SocketType::Stream,
        ProtocolType::TCP,
        SocketErrorCode::ProtocolNotSupported,
    );
    check(
        Family::InterNetwork,
        SocketType::Unknown,
        ProtocolType::TCP,
        SocketErrorCode::SocketNotSupported,
    );
    for family in [Family::Unspecified, Family::Banyan, Family::Unknown] {
        check(
            family,
            SocketType::Stream,
            ProtocolType::TCP,
            SocketErrorCode::AddressFamilyNotSupported,
        );
    }
    for protocol in [ProtocolType::SPX, ProtocolType::UNKNOWN] {
        check(
            Family::InterNetwork,
            SocketType::Stream,
            protocol,
            SocketErrorCode::ProtocolNotSupported,
        );
    }
}

/// The guide's pair: the client sends a text that ends in `<EOF>`, the server echoes it.
#[test]
fn socket_sync_echo_eof() {
    let (server, at) = listener(10);
    let echo = thread::spawn(move || {
        let handler = server.accept().unwrap();
        let mut data = Vec::new();
        let mut bytes = [0; 7];
        while !data.windows(5).any(|window| window == b"<EOF>") {
            let received = handler.receive(&mut bytes).unwrap();
            assert!(received > 0);
            data.extend(&bytes[..received]);
        }
        assert_eq!(handler.send(&data).unwrap(), data.len());
        handler.shutdown(SocketShutdown::Both).unwrap();
        handler.close();
        data
    });
    let sender = tcp();
    sender.connect_host("127.0.0.1", at.port()).unwrap();
    assert_eq!(sender.remote_end_point().unwrap(), Some(at));
    let text = b"This is a test<EOF>";
    assert_eq!(sender.send(text).unwrap(), text.len());
    assert_eq!(receive_all(&sender), text);
    sender.shutdown(SocketShutdown::Both).unwrap();
    assert!(!sender.connected());
    sender.close();
    sender.close();
    assert_eq!(echo.join().unwrap(), text);
    check_misuse(sender.send(b"x"), "closed");
    check_misuse(sender.local_end_point(), "closed");

    // The same without a connection.
    let (server, at) = bound_udp();
    let echo = thread::spawn(move || {
        let mut buffer = [0; 100];
        let from = server.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
        let text = &buffer[..from.received_bytes];
        server
            .send_to(text, SocketFlags::NONE, from.remote_end_point)
            .unwrap();
    });
    let client = udp();
    let mut buffer = [0; 100];
    // Nothing could arrive at a socket that nobody can know.
    check_misuse(
        client.receive_from(&mut buffer, SocketFlags::NONE),
        "no local address",
    );
    client.send_to(text, SocketFlags::NONE, at.clone()).unwrap();
    assert!(client.is_bound());
    let answer = client.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
    assert_eq!(&buffer[..answer.received_bytes], text);
    assert_eq!(answer.remote_end_point, at);
    echo.join().unwrap();
}

#[test]
fn bind_in_use_code() {
    let (_holder, at) = listener(1);
    let second = tcp();
    let error = second.bind(at.clone()).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::AddressAlreadyInUse);
    assert_eq!(error.error_code(), 10048);
    assert_eq!(error.errno(), Some(libc::EADDRINUSE));
    assert!(error.to_string().starts_with(&format!("bind to {at}: ")));
    assert!(!second.is_bound());
    // The socket is none the worse.
    second.bind(loopback(0)).unwrap();
    check_code(second.bind(loopback(0)), SocketErrorCode::InvalidArgument);

    let (_holder, at) = bound_udp();
    check_code(udp().bind(at), SocketErrorCode::AddressAlreadyInUse);
    // An address of another machine, and of another family.
    let foreign = IpEndPoint::new(IpAddress::v4(Ipv4Addr::new(192, 0, 2, 1)), 0);
    check_code(tcp().bind(foreign), SocketErrorCode::AddressNotAvailable);
    let v6 = IpEndPoint::new(IpAddress::v6(Ipv6Addr::LOCALHOST, 0), 0);
    check_code(tcp().bind(v6), SocketErrorCode::AddressFamilyNotSupported);
    check_misuse(
        tcp().bind(DnsEndPoint::new("localhost", 0).unwrap()),
        "host name",
    );
}

/// A listener's address can be bound again while its old connections fade away.
#[test]
fn an_address_is_free_again_at_once() {
    let (first, at) = listener(1);
    let client = tcp();
    client.connect(at.clone()).unwrap();
    let server = first.accept().unwrap();
    // Who closes first keeps the remains.
    server.close();
    first.close();
    assert_eq!(client.receive(&mut [0]).unwrap(), 0);
    client.close();
    let second = tcp();
    second.bind(at).unwrap();
    second.listen(1).unwrap();
}

/// Linux counts one connection beyond the backlog and drops what else comes; the guide promises
/// a busy error.
#[test]
fn listen_backlog_observed() {
    const CLIENTS: usize = 20;
    let (server, at) = listener(5);
    let clients: Vec<Socket> = (0..CLIENTS).map(|_| tcp()).collect();
    for client in &clients {
        client.set_blocking(false).unwrap();
        check_code(client.connect(at.clone()), SocketErrorCode::WouldBlock);
        assert!(!client.connected() || client.remote_end_point().unwrap().is_some());
    }
    // Handshakes over the loopback are done when connect returns.
    let established = |clients: &[Socket]| {
        let connected = clients.iter().filter(|client| client.connected());
        connected.count()
    };
    assert_eq!(established(&clients), 6);
    for client in clients.iter().filter(|client| !client.connected()) {
        // Neither refused nor failed: it waits.
        assert!(!client.poll(0, SelectMode::SelectWrite).unwrap());
        assert!(!client.poll(0, SelectMode::SelectError).unwrap());
        check_code(client.receive(&mut [0]), SocketErrorCode::WouldBlock);
    }
    // Once somebody accepts, all are served. A client speaks first: with SYN cookies the system
    // may forget one that is silent and was dropped at the last step.
    let hang = i32::try_from(HANG.as_micros()).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..CLIENTS {
                assert!(server.poll(hang, SelectMode::SelectRead).unwrap());
                let peer = server.accept().unwrap();
                peer.set_receive_timeout(hang / 1000).unwrap();
                assert_eq!(peer.receive(&mut [0; 8]).unwrap(), 5);
                assert_eq!(peer.send(b"served").unwrap(), 6);
            }
        });
        for client in &clients {
            assert!(client.poll(hang, SelectMode::SelectWrite).unwrap());
            assert_eq!(client.send(b"hello").unwrap(), 5);
        }
    });
    for client in &clients {
        let mut buffer = [0; 8];
        assert!(client.poll(hang, SelectMode::SelectRead).unwrap());
        assert_eq!(client.receive(&mut buffer).unwrap(), 6);
        assert!(client.connected());
    }
    assert_eq!(established(&clients), CLIENTS);
}

#[test]
fn os_supports_ipv6() {
    let v6 = std::net::UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok();
    assert_eq!(Socket::os_supports_ipv6(), v6);
    let v4 = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).is_ok();
    assert_eq!(Socket::os_supports_ipv4(), v4);
    assert!(Socket::os_supports_unix_domain_sockets());
    #[allow(deprecated, reason = "the old names are what is tested")]
    let old = (Socket::supports_ipv4(), Socket::supports_ipv6());
    assert_eq!(old, (v4, v6));
    let made = Socket::new(
        AddressFamily::InterNetworkV6,
        SocketType::Stream,
        ProtocolType::TCP,
    );
    assert_eq!(made.is_ok(), v6);
    let dual = Socket::new_dual_mode(SocketType::Stream, ProtocolType::TCP).unwrap();
    let expected = match v6 {
        true => AddressFamily::InterNetworkV6,
        false => AddressFamily::InterNetwork,
    };
    assert_eq!(dual.address_family(), expected);
}

#[test]
fn dual_mode_listener() {
    if !Socket::os_supports_ipv6() {
        println!("skipped: dual_mode_listener: no IPv6");
        return;
    }
    let any = IpEndPoint::new(IpAddress::v6(Ipv6Addr::UNSPECIFIED, 0), 0);
    // One listener serves both kinds.
    let dual = Socket::new_dual_mode(SocketType::Stream, ProtocolType::TCP).unwrap();
    assert!(dual.dual_mode().unwrap());
    dual.bind(any).unwrap();
    dual.listen(2).unwrap();
    let port = own(&dual).port();
    for host in ["127.0.0.1", "::1"] {
        let mut client = TcpStream::connect((host, port)).unwrap();
        let server = dual.accept().unwrap();
        let Some(EndPoint::Ip(peer)) = server.remote_end_point().unwrap() else {
            panic!("no peer");
        };
        assert_eq!(peer.address().is_ipv4_mapped_to_ipv6(), host == "127.0.0.1");
        assert_eq!(peer.port(), client.local_addr().unwrap().port());
        assert!(server.dual_mode().unwrap());
        client.write_all(b"hello").unwrap();
        let mut buffer = [0; 5];
        assert_eq!(server.receive(&mut buffer).unwrap(), 5);
        server.send(&buffer).unwrap();
        client.read_exact(&mut buffer).unwrap();
        assert_eq!(&buffer, b"hello");
        // A dual client reaches both too, and sees IPv4 in the form of IPv6.
        let client = Socket::new_dual_mode(SocketType::Stream, ProtocolType::TCP).unwrap();
        client.connect_host(host, port).unwrap();
        let Some(EndPoint::Ip(peer)) = client.remote_end_point().unwrap() else {
            panic!("no peer");
        };
        assert_eq!(
            peer.address().address_family(),
            AddressFamily::InterNetworkV6
        );
        dual.accept().unwrap();
    }
    check_code(dual.set_dual_mode(false), SocketErrorCode::InvalidArgument);

    // IPv6 only is the default of an IPv6 socket, as .NET has it.
    let only = Socket::new(
        AddressFamily::InterNetworkV6,
        SocketType::Stream,
        ProtocolType::TCP,
    )
    .unwrap();
    assert!(!only.dual_mode().unwrap());
    only.bind(any).unwrap();
    only.listen(2).unwrap();
    let port = own(&only).port();
    TcpStream::connect(("::1", port)).unwrap();
    let refused = TcpStream::connect(("127.0.0.1", port)).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    check_code(
        Socket::new(
            AddressFamily::InterNetworkV6,
            SocketType::Stream,
            ProtocolType::TCP,
        )
        .unwrap()
        .connect(loopback(port)),
        SocketErrorCode::AddressFamilyNotSupported,
    );
    check_misuse(tcp().dual_mode(), "dual mode");
    check_misuse(tcp().set_dual_mode(true), "dual mode");

    // Datagrams as well.
    let dual = Socket::new_dual_mode(SocketType::Dgram, ProtocolType::UDP).unwrap();
    dual.bind(any).unwrap();
    let (v4, at) = bound_udp();
    dual.send_to(b"to v4", SocketFlags::NONE, at).unwrap();
    let mut buffer = [0; 10];
    let from = v4.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
    assert_eq!(from.remote_end_point.port(), own(&dual).port());
    v4.send_to(b"back", SocketFlags::NONE, from.remote_end_point)
        .unwrap();
    let from = dual.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
    assert_eq!(from.remote_end_point.to_string(), {
        format!("[::ffff:127.0.0.1]:{}", own(&v4).port())
    });
}

#[test]
fn connect_tries_all_addresses() {
    let (server, at) = listener(4);
    // The first refuses: nobody listens at the other loopback addresses.
    let addresses = ["127.0.0.9", "::1", "127.0.0.1"].map(|text| text.parse().unwrap());
    let client = tcp();
    client.connect_addresses(&addresses, at.port()).unwrap();
    assert_eq!(client.remote_end_point().unwrap(), Some(at.clone()));
    server.accept().unwrap();
    check_code(client.connect(at.clone()), SocketErrorCode::IsConnected);
    check_misuse(tcp().connect_addresses(&[], 1), "empty");
    check_code(
        tcp().connect_addresses(&["::1".parse().unwrap()], at.port()),
        SocketErrorCode::AddressFamilyNotSupported,
    );
    check_misuse(server.connect(at.clone()), "listens");
    check_misuse(client.accept(), "does not listen");

    let by_name = tcp();
    let name = DnsEndPoint::new("localhost", at.port()).unwrap();
    by_name.connect(name).unwrap();
    assert_eq!(by_name.remote_end_point().unwrap(), Some(at));
    check_code(
        tcp().connect_host("no such host.invalid", 1),
        SocketErrorCode::HostNotFound,
    );
    let free = testkit_refused();
    let error = tcp().connect(loopback(free)).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::ConnectionRefused);
    assert_eq!(
        error.context(),
        Some(&*format!("connect to 127.0.0.1:{free}"))
    );
}

fn testkit_refused() -> u16 {
    let held = tcp();
    held.bind(loopback(0)).unwrap();
    let port = own(&held).port();
    // Bound and not listening, it refuses while it is held; nobody else gets the port.
    std::mem::forget(held);
    port
}

#[test]
fn disconnect_and_reuse() {
    let (server, at) = listener(4);
    let client = tcp();
    check_code(client.disconnect(true), SocketErrorCode::NotConnected);
    client.set_no_delay(true).unwrap();
    client.set_receive_timeout(20_000).unwrap();
    client.set_receive_buffer_size(30_000).unwrap();
    client.connect(at.clone()).unwrap();
    let first = server.accept().unwrap();
    let data = vec![7; 100_000];
    client.send(&data).unwrap();
    client.disconnect(true).unwrap();
    assert!(!client.connected() && !client.is_bound());
    // What was sent still arrives, then the end.
    assert_eq!(receive_all(&first), data);
    check_code(client.send(b"x"), SocketErrorCode::Shutdown);
    client.connect(at.clone()).unwrap();
    let second = server.accept().unwrap();
    assert!(client.no_delay().unwrap());
    assert_eq!(client.receive_timeout().unwrap(), 20_000);
    assert_eq!(client.receive_buffer_size().unwrap(), 30_000);
    second.send(b"again").unwrap();
    let mut buffer = [0; 5];
    assert_eq!(client.receive(&mut buffer).unwrap(), 5);

    client.disconnect(false).unwrap();
    assert_eq!(receive_all(&second), b"");
    check_misuse(client.connect(at), "disconnected");

    // Without a connection it only forgets whom to send to.
    let (peer, at) = bound_udp();
    let client = udp();
    client.connect(at.clone()).unwrap();
    client.send(b"1").unwrap();
    client.disconnect(true).unwrap();
    check_code(
        client.send(b"2"),
        SocketErrorCode::DestinationAddressRequired,
    );
    client.connect(at).unwrap();
    client.send(b"3").unwrap();
    let mut buffer = [0; 1];
    for expected in [b"1", b"3"] {
        peer.receive(&mut buffer).unwrap();
        assert_eq!(&buffer, expected);
    }
}

/// Sockets of std become ours, with what they were used for, and ours theirs.
#[test]
fn conversions_keep_the_state() {
    let std_listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = std_listener.local_addr().unwrap();
    let listener = Socket::try_from(std_listener).unwrap();
    assert!(listener.is_bound() && !listener.connected());
    assert_eq!(listener.address_family(), AddressFamily::InterNetwork);
    assert_eq!(listener.socket_type(), SocketType::Stream);
    assert_eq!(listener.protocol_type(), ProtocolType::TCP);
    let stream = TcpStream::connect(at).unwrap();
    stream.set_nonblocking(true).unwrap();
    let mut peer = TcpStream::try_from(listener.accept().unwrap()).unwrap();
    let client = Socket::try_from(stream).unwrap();
    assert!(client.connected() && !client.blocking());
    assert_eq!(client.remote_end_point().unwrap(), Some(at.into()));
    check_code(client.receive(&mut [0]), SocketErrorCode::WouldBlock);
    client.set_blocking(true).unwrap();
    peer.write_all(b"x").unwrap();
    assert_eq!(client.receive(&mut [0; 2]).unwrap(), 1);

    let file = std::fs::File::open("/dev/null").unwrap();
    let error = Socket::try_from(std::os::fd::OwnedFd::from(file)).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::NotSocket);

    // A share of the descriptor outlives the socket.
    let (client, server) = pair();
    let share = client.safe_handle().unwrap();
    client.close();
    check_misuse(client.safe_handle(), "closed");
    let still = socket2::SockRef::from(&share);
    assert_eq!(still.domain().unwrap(), socket2::Domain::IPV4);
    assert!(!share.is_invalid());

    // A socket is made of a share that is the only one.
    let again = share.clone();
    check_misuse(Socket::try_from(share), "other shares");
    let socket = Socket::try_from(again).unwrap();
    assert_eq!(socket.socket_type(), SocketType::Stream);
    assert_eq!(
        socket.local_end_point().unwrap(),
        server.remote_end_point().unwrap()
    );
    let fd = std::os::fd::OwnedFd::try_from(server).unwrap();
    let server = Socket::try_from(SafeSocketHandle::from(fd)).unwrap();
    assert_eq!(
        server.receive(&mut [0]).unwrap(),
        0,
        "closing has ended the connection"
    );
}
