//! `UdpClient` against std's sockets and itself.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread;

use system_net_primitives::{AddressFamily, IpAddress, IpEndPoint, Misuse};
use system_net_sockets::{
    ProtocolType, Socket, SocketError, SocketErrorCode, SocketFlags, SocketOptionLevel,
    SocketOptionName, SocketType, UdpClient, UdpReceiveResult,
};
use system_net_testkit::{Blocked, Namespace};

/// The hang limit of a receive.
const LIMIT_MS: i32 = 20_000;

fn on_loopback() -> (UdpClient, IpEndPoint) {
    let client = UdpClient::with_local_end_point(IpEndPoint::new(IpAddress::LOOPBACK, 0)).unwrap();
    client.client().set_receive_timeout(LIMIT_MS).unwrap();
    let end_point = client.local_end_point().unwrap();
    (client, end_point)
}

#[track_caller]
fn check_code<T: std::fmt::Debug>(result: Result<T, SocketError>, code: SocketErrorCode) {
    assert_eq!(result.unwrap_err().code(), code);
}

#[track_caller]
fn check_misuse<T: std::fmt::Debug>(result: Result<T, SocketError>, expected: &str) {
    let error = result.unwrap_err();
    let misuse = error.misuse().unwrap_or_else(|| panic!("{error:?}"));
    assert!(misuse.to_string().contains(expected), "{misuse}");
}

#[test]
fn udp_client_members() {
    let (listener, here) = on_loopback();

    // A group is left once, on the interface that the system chose for it.
    let member = UdpClient::with_port(0).unwrap();
    let group: IpAddress = "239.9.8.6".parse().unwrap();
    match member.join_multicast_group(group) {
        Ok(()) => {
            member.drop_multicast_group(group).unwrap();
            check_code(
                member.drop_multicast_group(group),
                SocketErrorCode::AddressNotAvailable,
            );
        }
        Err(error) => println!("skipped: udp_client_members: no route for groups: {error}"),
    }

    // Receive gives the sender, whoever it is.
    let peers: Vec<UdpSocket> = (0..3)
        .map(|_| UdpSocket::bind("127.0.0.1:0").unwrap())
        .collect();
    for (peer, text) in peers.iter().zip(["one", "", "three"]) {
        peer.send_to(text.as_bytes(), SocketAddr::from(here))
            .unwrap();
        let expected = UdpReceiveResult::new(text.into(), peer.local_addr().unwrap().into());
        assert_eq!(listener.receive().unwrap(), expected);
    }

    // Each form of Send.
    let sender = UdpClient::new().unwrap();
    assert_eq!(sender.send_to(b"a", here).unwrap(), 1);
    assert_eq!(
        sender
            .send_to_host(b"bb", "127.0.0.1", here.port())
            .unwrap(),
        2
    );
    assert_eq!(
        sender
            .send_to_host(b"ccc", "localhost", here.port())
            .unwrap(),
        3
    );
    check_misuse(sender.send(b"d"), "no default peer");
    sender.connect(here).unwrap();
    assert!(sender.active());
    assert_eq!(sender.send(b"dddd").unwrap(), 4);
    check_misuse(sender.send_to(b"e", here), "has a default peer");
    check_misuse(
        sender.send_to_host(b"e", "localhost", 1),
        "has a default peer",
    );
    for text in ["a", "bb", "ccc", "dddd"] {
        let received = listener.receive().unwrap();
        assert_eq!(received.buffer(), text.as_bytes());
        assert_eq!(
            received.remote_end_point().port(),
            sender.local_end_point().unwrap().port()
        );
    }

    // Connect: only the peer is heard.
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let own = SocketAddr::from((
        Ipv4Addr::LOCALHOST,
        sender.local_end_point().unwrap().port(),
    ));
    stranger.send_to(b"psst", own).unwrap();
    listener.send_to(b"known", own.into()).unwrap();
    sender.client().set_receive_timeout(LIMIT_MS).unwrap();
    let received = sender.receive().unwrap();
    assert_eq!(received.buffer(), b"known");
    assert_eq!(received.remote_end_point(), here);
    assert_eq!(received.into_buffer(), b"known");
    for connect in [
        (|to: IpEndPoint| UdpClient::connect_to("localhost", to.port())) as fn(_) -> _,
        |to| {
            let client = UdpClient::new()?;
            client.connect_host("127.0.0.1", to.port())?;
            Ok(client)
        },
        |to| {
            let client = UdpClient::new()?;
            client.connect_address(to.address(), to.port())?;
            Ok(client)
        },
    ] {
        let client: UdpClient = connect(here).unwrap();
        assert_eq!(
            client.client().remote_end_point().unwrap(),
            Some(here.into())
        );
    }
    check_misuse(sender.send_to_host(b"", "::1", 9), "has a default peer");
    check_misuse(
        UdpClient::new().unwrap().send_to_host(b"", "::1", 9),
        "no address of the client's kind",
    );

    // Available, also of an empty datagram, which Linux cannot tell from none.
    assert_eq!(listener.available().unwrap(), 0);
    peers[0].send_to(&[7; 300], SocketAddr::from(here)).unwrap();
    wait_readable(&listener);
    assert_eq!(listener.available().unwrap(), 300);

    // A datagram larger than the buffer: the rest is lost, the next comes whole.
    peers[0].send_to(b"next", SocketAddr::from(here)).unwrap();
    let mut small = [0; 100];
    check_code(
        listener.receive_into(&mut small),
        SocketErrorCode::MessageSize,
    );
    assert_eq!(small, [7; 100]);
    let sender_of_it = peers[0].local_addr().unwrap().into();
    assert_eq!(
        listener.receive_into(&mut small).unwrap(),
        (4, sender_of_it)
    );
    // The longest one fits the client's own.
    let longest = vec![9; 65_507];
    peers[0].send_to(&longest, SocketAddr::from(here)).unwrap();
    assert_eq!(listener.receive().unwrap().buffer(), longest);
    let too_long = vec![9; 65_508];
    check_code(
        listener.send_to(&too_long, here),
        SocketErrorCode::MessageSize,
    );
}

fn wait_readable(client: &UdpClient) {
    let mode = system_net_sockets::SelectMode::SelectRead;
    assert!(client.client().poll(LIMIT_MS * 1000, mode).unwrap());
}

#[test]
fn udp_client_options() {
    for family in [AddressFamily::InterNetwork, AddressFamily::InterNetworkV6] {
        let client = UdpClient::with_address_family(family).unwrap();
        assert_eq!(client.ttl().unwrap(), 64, "{family}");
        client.set_ttl(3).unwrap();
        assert_eq!(client.ttl().unwrap(), 3);
        for value in [false, true] {
            client.set_multicast_loopback(value).unwrap();
            assert_eq!(client.multicast_loopback().unwrap(), value);
            client.set_enable_broadcast(value).unwrap();
            assert_eq!(client.enable_broadcast().unwrap(), value);
        }
        client.set_exclusive_address_use(true).unwrap();
        assert!(client.exclusive_address_use().unwrap());
        let std = UdpSocket::try_from(client).unwrap();
        let raw = socket2::SockRef::from(&std);
        assert!(raw.broadcast().unwrap());
        if family == AddressFamily::InterNetwork {
            assert_eq!(raw.ttl_v4().unwrap(), 3);
        } else {
            assert_eq!(raw.unicast_hops_v6().unwrap(), 3);
        }
    }
    let client = UdpClient::new().unwrap();
    for value in [true, false, true] {
        client.set_dont_fragment(value).unwrap();
        assert_eq!(client.dont_fragment().unwrap(), value);
    }
}

#[test]
fn udp_client_constructors() {
    assert_eq!(
        UdpClient::new().unwrap().client().address_family(),
        AddressFamily::InterNetwork
    );
    check_code(
        UdpClient::new().unwrap().local_end_point(),
        SocketErrorCode::InvalidArgument,
    );
    check_code(
        UdpClient::new().unwrap().receive(),
        SocketErrorCode::InvalidArgument,
    );
    for (client, address) in [
        (UdpClient::with_port(0), IpAddress::ANY),
        (
            UdpClient::with_port_and_address_family(0, AddressFamily::InterNetworkV6),
            IpAddress::IPV6_ANY,
        ),
        (
            UdpClient::with_local_end_point(IpEndPoint::new(IpAddress::IPV6_LOOPBACK, 0)),
            IpAddress::IPV6_LOOPBACK,
        ),
    ] {
        let client = client.unwrap();
        let end_point = client.local_end_point().unwrap();
        assert_eq!(end_point.address(), address);
        assert_ne!(end_point.port(), 0);
        check_code(
            UdpClient::with_local_end_point(end_point),
            SocketErrorCode::AddressAlreadyInUse,
        );
    }
    for refused in [
        UdpClient::with_address_family(AddressFamily::Unix),
        UdpClient::with_address_family(AddressFamily::Unspecified),
        UdpClient::with_port_and_address_family(0, AddressFamily::Unix),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.misuse().and_then(Misuse::param_name), Some("family"));
    }
}

#[test]
fn udp_client_close_ends_receive() {
    let (client, _) = on_loopback();
    let client = Arc::new(client);
    let waiting = Arc::clone(&client);
    let (begins, begun) = std::sync::mpsc::channel();
    let receiver = thread::spawn(move || {
        begins.send(Blocked::this_thread()).unwrap();
        waiting.receive()
    });
    begun.recv().unwrap().wait();
    client.close();
    check_code(receiver.join().unwrap(), SocketErrorCode::Interrupted);
    check_misuse(client.receive(), "closed already");
    check_misuse(
        client.send_to(b"", IpEndPoint::new(IpAddress::LOOPBACK, 9)),
        "closed already",
    );
}

#[test]
fn udp_client_hears_that_nobody_listens() {
    let port = {
        let gone = UdpSocket::bind("127.0.0.1:0").unwrap();
        gone.local_addr().unwrap().port()
    };
    let client = UdpClient::connect_to("127.0.0.1", port).unwrap();
    client.client().set_receive_timeout(LIMIT_MS).unwrap();
    client.send(b"hello?").unwrap();
    check_code(client.receive(), SocketErrorCode::ConnectionRefused);
}

#[test]
fn udp_client_conversions() {
    let std = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (number, address) = (std.as_raw_fd(), std.local_addr().unwrap());
    let client = UdpClient::try_from(std).unwrap();
    assert_eq!(client.as_raw_fd(), number);
    assert_eq!(client.local_end_point().unwrap(), address.into());
    assert!(!client.active());
    let std = UdpSocket::try_from(client).unwrap();
    assert_eq!(std.as_raw_fd(), number);

    std.connect(address).unwrap();
    let client = UdpClient::try_from(std).unwrap();
    assert!(client.active());
    let mut other = UdpClient::new().unwrap();
    other.set_client(Arc::clone(client.client()));
    assert!(other.active());
    other.send(b"to itself").unwrap();
    assert_eq!(client.receive().unwrap().buffer(), b"to itself");

    let socket = Socket::new(
        AddressFamily::InterNetworkV6,
        SocketType::Dgram,
        ProtocolType::UDP,
    )
    .unwrap();
    let client = UdpClient::from(socket);
    assert_eq!(
        client.client().address_family(),
        AddressFamily::InterNetworkV6
    );
}

#[test]
fn udp_client_to_tokio_and_back() {
    let (client, here) = on_loopback();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = runtime.block_on(async {
        let socket = tokio::net::UdpSocket::try_from(client).unwrap();
        socket
            .send_to(b"one", SocketAddr::from(here))
            .await
            .unwrap();
        let mut buffer = [0; 8];
        assert_eq!(socket.recv(&mut buffer).await.unwrap(), 3);
        UdpClient::try_from(socket).unwrap()
    });
    assert!(client.client().blocking());
    client.client().set_receive_timeout(LIMIT_MS).unwrap();
    client.send_to(b"two", here).unwrap();
    assert_eq!(client.receive().unwrap().buffer(), b"two");
}

/// The client gives the permission for 255.255.255.255 by itself, and only for that; a socket
/// never does. Without a network the permission shows in what the system says instead.
#[test]
fn udp_broadcast_permission() {
    let limited = IpEndPoint::new(IpAddress::BROADCAST, 9);
    let Some((here, _there)) = Namespace::pair("udp_broadcast_permission (delivery)") else {
        let client = UdpClient::new().unwrap();
        assert!(!client.enable_broadcast().unwrap());
        if let Err(error) = client.send_to(b"", limited) {
            assert_ne!(error.code(), SocketErrorCode::AccessDenied);
        }
        assert!(client.enable_broadcast().unwrap());
        return;
    };
    here.add_address("veth0", "192.168.1.1/24");
    here.ip("route add default dev veth0");
    here.run(|| {
        let directed = IpEndPoint::new("192.168.1.255".parse().unwrap(), 9);
        let client = UdpClient::new().unwrap();
        assert!(!client.enable_broadcast().unwrap());
        check_code(
            client.send_to(b"x", directed),
            SocketErrorCode::AccessDenied,
        );
        assert!(!client.enable_broadcast().unwrap());
        assert_eq!(client.send_to(b"x", limited).unwrap(), 1);
        assert!(client.enable_broadcast().unwrap());
        assert_eq!(client.send_to(b"x", directed).unwrap(), 1);
        // Taken back, it is given anew.
        client.set_enable_broadcast(false).unwrap();
        assert_eq!(client.send_to(b"x", limited).unwrap(), 1);

        let connected = UdpClient::new().unwrap();
        connected.connect(limited).unwrap();
        assert_eq!(connected.send(b"x").unwrap(), 1);

        let socket = Socket::new(
            AddressFamily::InterNetwork,
            SocketType::Dgram,
            ProtocolType::UDP,
        )
        .unwrap();
        for end_point in [limited, directed] {
            let error = socket
                .send_to(b"x", SocketFlags::NONE, end_point)
                .unwrap_err();
            assert_eq!(error.code(), SocketErrorCode::AccessDenied);
            assert!(error.to_string().contains("enable_broadcast"), "{error}");
        }
        socket.set_enable_broadcast(true).unwrap();
        for end_point in [limited, directed] {
            assert_eq!(
                socket.send_to(b"x", SocketFlags::NONE, end_point).unwrap(),
                1
            );
        }
    });
}

/// Limited and directed broadcasts reach the other computer, if it listens at every address.
#[test]
fn udp_broadcast_in_netns() {
    let Some((here, there)) = Namespace::pair("udp_broadcast_in_netns") else {
        return;
    };
    here.ip("route add default dev veth0");
    let listener = there.run(|| {
        let listener = UdpClient::with_port(0).unwrap();
        listener.client().set_receive_timeout(LIMIT_MS).unwrap();
        listener
    });
    let port = listener.local_end_point().unwrap().port();
    here.run(|| {
        let sender = UdpClient::new().unwrap();
        let limited = IpEndPoint::new(IpAddress::BROADCAST, port);
        let directed = IpEndPoint::new("10.9.8.255".parse().unwrap(), port);
        sender.send_to(b"to the segment", limited).unwrap();
        sender.set_enable_broadcast(true).unwrap();
        sender.send_to(b"to the network", directed).unwrap();
    });
    for text in ["to the segment", "to the network"] {
        let received = listener.receive().unwrap();
        assert_eq!(received.buffer(), text.as_bytes());
        assert_eq!(
            received.remote_end_point().address(),
            "10.9.8.1".parse().unwrap()
        );
    }
}

/// A member hears the group, by every way to join; one that left, or the wrong interface, does
/// not.
#[test]
fn udp_client_multicast_loopback() {
    type Join = fn(&UdpClient, IpAddress) -> Result<(), SocketError>;
    // Works on any computer: loopback is a member's interface like every other.
    let group: IpAddress = "239.9.8.7".parse().unwrap();
    let sender = UdpClient::with_local_end_point(IpEndPoint::new(IpAddress::LOOPBACK, 0)).unwrap();
    let any_way: [Join; 2] = [
        |client, group| client.join_multicast_group_at(group, IpAddress::LOOPBACK),
        |client, group| client.join_multicast_group_on_interface(1, group),
    ];
    for join in any_way {
        let member = UdpClient::with_port(0).unwrap();
        member.client().set_receive_timeout(LIMIT_MS).unwrap();
        let to = IpEndPoint::new(group, member.local_end_point().unwrap().port());
        join(&member, group).unwrap();
        check_code(join(&member, group), SocketErrorCode::AddressAlreadyInUse);
        sender
            .client()
            .set_socket_option_i32(
                SocketOptionLevel::Ip,
                SocketOptionName::MULTICAST_INTERFACE,
                IpAddress::host_to_network_order_i32(1),
            )
            .unwrap();
        sender.send_to(b"to the group", to).unwrap();
        let received = member.receive().unwrap();
        assert_eq!(received.buffer(), b"to the group");
        assert_eq!(
            received.remote_end_point(),
            sender.local_end_point().unwrap()
        );
        assert!(!sender.enable_broadcast().unwrap());

        member.drop_multicast_group_on_interface(group, 1).unwrap();
        check_code(
            member.drop_multicast_group_on_interface(group, 1),
            SocketErrorCode::AddressNotAvailable,
        );
        sender.send_to(b"to nobody", to).unwrap();
        let end = IpEndPoint::new(IpAddress::LOOPBACK, to.port());
        sender.send_to(b"to the one", end).unwrap();
        assert_eq!(member.receive().unwrap().buffer(), b"to the one");
    }
}

#[test]
fn udp_client_multicast_refusals() {
    let (v4, v6): (IpAddress, IpAddress) =
        ("239.9.8.7".parse().unwrap(), "ff02::987".parse().unwrap());
    let client = UdpClient::new().unwrap();
    let client_v6 = UdpClient::with_address_family(AddressFamily::InterNetworkV6).unwrap();
    for (client, other) in [(&client, v6), (&client_v6, v4)] {
        check_misuse(client.join_multicast_group(other), "multicastAddr");
        check_misuse(client.drop_multicast_group(other), "multicastAddr");
        check_misuse(
            client.join_multicast_group_on_interface(1, other),
            "multicastAddr",
        );
    }
    check_misuse(client.join_multicast_group_on_interface(-1, v4), "ifindex");
    check_misuse(client.drop_multicast_group_on_interface(v4, -1), "ifindex");
    for time_to_live in [-1, 256] {
        check_misuse(
            client.join_multicast_group_with_time_to_live(v4, time_to_live),
            "timeToLive",
        );
    }
    check_code(
        client_v6.join_multicast_group_at(v6, IpAddress::IPV6_LOOPBACK),
        SocketErrorCode::OperationNotSupported,
    );
    assert!(
        client
            .join_multicast_group("10.0.0.1".parse().unwrap())
            .is_err()
    );
}

/// Between two computers: IPv4 and IPv6, the interface chosen by the system, by its address, by
/// its number; the time to live reaches the wire.
#[test]
fn udp_client_multicast_in_netns() {
    let Some((here, there)) = Namespace::pair("udp_client_multicast_in_netns") else {
        return;
    };
    for namespace in [&here, &there] {
        namespace.ip("route add 239.0.0.0/8 dev veth0");
    }
    let index = i32::try_from(here.index("veth0")).unwrap();
    let v4: IpAddress = "239.9.8.7".parse().unwrap();
    let v6: IpAddress = "ff02::987".parse().unwrap();
    // On one computer: what is sent to the network comes back, unless it shall not.
    here.run(|| {
        let member = UdpClient::with_port(0).unwrap();
        member.client().set_receive_timeout(LIMIT_MS).unwrap();
        member.join_multicast_group(v4).unwrap();
        let port = member.local_end_point().unwrap().port();
        let sender = UdpClient::new().unwrap();
        for (heard, text) in [(true, "one"), (false, "two"), (true, "three")] {
            sender.set_multicast_loopback(heard).unwrap();
            sender
                .send_to(text.as_bytes(), IpEndPoint::new(v4, port))
                .unwrap();
        }
        for text in ["one", "three"] {
            assert_eq!(member.receive().unwrap().buffer(), text.as_bytes());
        }
    });
    type Join<'a> = Box<dyn Fn(&UdpClient) -> Result<(), SocketError> + Send + Sync + 'a>;
    let ways: [(IpAddress, Join<'_>); 6] = [
        (v4, Box::new(|client| client.join_multicast_group(v4))),
        (
            v4,
            Box::new(|client| client.join_multicast_group_at(v4, "10.9.8.1".parse().unwrap())),
        ),
        (
            v4,
            Box::new(|client| client.join_multicast_group_on_interface(index, v4)),
        ),
        (
            v4,
            Box::new(|client| client.join_multicast_group_with_time_to_live(v4, 7)),
        ),
        (
            v6,
            Box::new(|client| client.join_multicast_group_on_interface(index, v6)),
        ),
        (
            v6,
            Box::new(|client| client.join_multicast_group_with_time_to_live(v6, 7)),
        ),
    ];
    for (number, (group, join)) in ways.iter().enumerate() {
        let family = group.address_family();
        let member = here.run(|| {
            let member = UdpClient::with_port_and_address_family(0, family).unwrap();
            member.client().set_receive_timeout(LIMIT_MS).unwrap();
            join(&member).unwrap();
            member
        });
        let port = member.local_end_point().unwrap().port();
        there.run(|| {
            let scope = there.index("veth0");
            let to = match group.with_scope_id(scope) {
                Ok(scoped) => IpEndPoint::new(scoped, port),
                Err(_) => IpEndPoint::new(*group, port),
            };
            let sender = UdpClient::with_address_family(family).unwrap();
            sender.send_to(format!("{number}").as_bytes(), to).unwrap();
        });
        let received = member.receive().unwrap();
        assert_eq!(received.buffer(), format!("{number}").as_bytes());
        if number == 3 {
            let std = UdpSocket::try_from(member).unwrap();
            assert_eq!(std.multicast_ttl_v4().unwrap(), 7);
        }
    }
}
