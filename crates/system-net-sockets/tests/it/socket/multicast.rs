//! Groups, of IPv4 over the loopback, of IPv6 and by source in namespaces of the test's own.

use std::net::{Ipv4Addr, Ipv6Addr};

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint};
use system_net_sockets::{
    Ipv6MulticastOption, MulticastOption, ProtocolType, SelectMode, Socket, SocketErrorCode,
    SocketFlags, SocketOptionLevel as Level, SocketOptionName as Name, SocketType,
};
use system_net_testkit::Namespace;

use super::{HANG, address, check_code, check_misuse, own, udp};

/// Whether something comes within the hang limit.
fn comes(socket: &Socket) -> bool {
    let hang = i32::try_from(HANG.as_micros()).unwrap();
    socket.poll(hang, SelectMode::SelectRead).unwrap()
}

#[test]
fn multicast_over_the_loopback() {
    let group = address("239.7.7.7");
    let receiver = udp();
    receiver
        .bind(IpEndPoint::new(Ipv4Addr::UNSPECIFIED.into(), 0))
        .unwrap();
    let local = IpAddress::from(Ipv4Addr::LOCALHOST);
    let option = MulticastOption::with_local_address(group, local).unwrap();
    let join = |name| receiver.set_socket_option_multicast(Level::Ip, name, &option);
    check_code(
        join(Name::DROP_MEMBERSHIP),
        SocketErrorCode::AddressNotAvailable,
    );
    join(Name::ADD_MEMBERSHIP).unwrap();
    check_code(
        join(Name::ADD_MEMBERSHIP),
        SocketErrorCode::AddressAlreadyInUse,
    );

    let sender = udp();
    // An address, and the number of an interface in network order.
    for interface in [
        i32::from_ne_bytes([127, 0, 0, 1]),
        i32::from_ne_bytes([0, 0, 0, 1]),
    ] {
        sender
            .set_socket_option_i32(Level::Ip, Name::MULTICAST_INTERFACE, interface)
            .unwrap();
        let to = IpEndPoint::new(group, own(&receiver).port());
        sender.send_to(b"to all", SocketFlags::NONE, to).unwrap();
        assert!(comes(&receiver));
        let message = receiver
            .receive_message_from(&mut [0; 10], SocketFlags::NONE)
            .unwrap();
        assert_eq!(message.received_bytes, 6);
        assert_eq!(message.remote_end_point.port(), own(&sender).port());
    }
    join(Name::DROP_MEMBERSHIP).unwrap();
    // By number.
    let option = MulticastOption::with_interface_index(group, 1).unwrap();
    receiver
        .set_socket_option_multicast(Level::Ip, Name::ADD_MEMBERSHIP, &option)
        .unwrap();
    let to = IpEndPoint::new(group, own(&receiver).port());
    sender.send_to(b"x", SocketFlags::NONE, to).unwrap();
    assert!(comes(&receiver));
    let information = receiver
        .receive_message_from(&mut [0; 10], SocketFlags::NONE)
        .unwrap()
        .packet_information;
    assert_eq!(information.address(), Some(group));
    assert_eq!(information.interface(), 1);

    // Mistakes.
    check_misuse(
        receiver.set_socket_option_multicast(Level::Socket, Name::BROADCAST, &option),
        "ADD_MEMBERSHIP",
    );
    assert!(MulticastOption::new(address("ff02::1")).is_err());
    assert!(Ipv6MulticastOption::new(group).is_err());
    assert!(MulticastOption::with_interface_index(group, -1).is_err());
    assert!(Ipv6MulticastOption::with_interface_index(address("ff02::1"), 1 << 32).is_err());
    check_misuse(
        receiver.join_source_group(group, address("::1"), 0),
        "source",
    );
    check_code(
        receiver.set_socket_option_multicast(
            Level::Ip,
            Name::ADD_MEMBERSHIP,
            &MulticastOption::new(address("10.0.0.1")).unwrap(),
        ),
        SocketErrorCode::InvalidArgument,
    );
}

fn bound(family: AddressFamily) -> Socket {
    let socket = Socket::new(family, SocketType::Dgram, ProtocolType::UDP).unwrap();
    let any = match family {
        AddressFamily::InterNetwork => Ipv4Addr::UNSPECIFIED.into(),
        _ => IpAddress::from(Ipv6Addr::UNSPECIFIED),
    };
    socket.bind(IpEndPoint::new(any, 0)).unwrap();
    socket
}

fn text(socket: &Socket) -> (String, EndPoint) {
    assert!(comes(socket));
    let mut buffer = [0; 64];
    let from = socket.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
    let text = String::from_utf8_lossy(&buffer[..from.received_bytes]);
    (text.into_owned(), from.remote_end_point)
}

/// Two machines and a cable: groups of both kinds, with and without a choice of sources. What is
/// not to arrive is followed by something that does, so that nothing waits for silence.
#[test]
fn multicast_between_machines() {
    let Some((one, two)) = Namespace::pair("multicast_between_machines") else {
        return;
    };
    for (family, group, source) in [
        (AddressFamily::InterNetwork, "239.7.7.7", "10.9.8.1"),
        (AddressFamily::InterNetworkV6, "ff05::777", "fd09::1"),
    ] {
        let (group, source) = (address(group), address(source));
        let receiver = two.run(|| bound(family));
        let index = two.run(|| interface("veth0"));
        let sender = one.run(|| {
            let sender = Socket::new(family, SocketType::Dgram, ProtocolType::UDP).unwrap();
            sender.bind(IpEndPoint::new(source, 0)).unwrap();
            let index = interface("veth0");
            match family {
                AddressFamily::InterNetwork => sender.set_socket_option_i32(
                    Level::Ip,
                    Name::MULTICAST_INTERFACE,
                    i32::try_from(index).unwrap().to_be(),
                ),
                _ => sender.set_socket_option_i32(
                    Level::Ipv6,
                    Name::MULTICAST_INTERFACE,
                    i32::try_from(index).unwrap(),
                ),
            }
            .unwrap();
            sender
        });
        let port = own(&receiver).port();
        let send = |text: &str, to: IpAddress| {
            sender
                .send_to(
                    text.as_bytes(),
                    SocketFlags::NONE,
                    IpEndPoint::new(to, port),
                )
                .unwrap();
        };
        let unicast = match family {
            AddressFamily::InterNetwork => address("10.9.8.2"),
            _ => address("fd09::2"),
        };
        let membership = |name| match family {
            AddressFamily::InterNetwork => {
                let index = i32::try_from(index).unwrap();
                let option = MulticastOption::with_interface_index(group, index).unwrap();
                receiver.set_socket_option_multicast(Level::Ip, name, &option)
            }
            _ => {
                let option = Ipv6MulticastOption::with_interface_index(group, index.into());
                receiver.set_socket_option_ipv6_multicast(Level::Ipv6, name, &option.unwrap())
            }
        };
        // Not a member.
        send("lost", group);
        send("mark 1", unicast);
        assert_eq!(text(&receiver).0, "mark 1");
        membership(Name::ADD_MEMBERSHIP).unwrap();
        send("for members", group);
        let (words, from) = text(&receiver);
        assert_eq!(words, "for members");
        assert_eq!(from, own(&sender));
        // One source is blocked, then no more.
        receiver.block_source(group, source, index).unwrap();
        send("blocked", group);
        send("mark 2", unicast);
        assert_eq!(text(&receiver).0, "mark 2");
        receiver.unblock_source(group, source, index).unwrap();
        send("open again", group);
        assert_eq!(text(&receiver).0, "open again");
        membership(Name::DROP_MEMBERSHIP).unwrap();
        send("lost", group);
        send("mark 3", unicast);
        assert_eq!(text(&receiver).0, "mark 3");

        // One source alone: another's messages do not come, this one's do.
        let other = match family {
            AddressFamily::InterNetwork => address("10.9.8.99"),
            _ => address("fd09::99"),
        };
        receiver.join_source_group(group, other, index).unwrap();
        send("of the wrong source", group);
        send("mark 4", unicast);
        assert_eq!(text(&receiver).0, "mark 4");
        receiver.join_source_group(group, source, index).unwrap();
        send("of the right source", group);
        assert_eq!(text(&receiver).0, "of the right source");
        check_code(
            receiver.join_source_group(group, source, index),
            SocketErrorCode::AddressNotAvailable,
        );
        receiver.leave_source_group(group, source, index).unwrap();
        send("lost", group);
        send("mark 5", unicast);
        assert_eq!(text(&receiver).0, "mark 5");
    }
}

fn interface(name: &str) -> u32 {
    let path = format!("/sys/class/net/{name}/ifindex");
    match std::fs::read_to_string(path) {
        Ok(text) => text.trim().parse().unwrap(),
        // /sys shows the namespace it was mounted in.
        Err(_) => {
            rustix::net::netdevice::name_to_index(udp().safe_handle().unwrap(), name).unwrap()
        }
    }
}
