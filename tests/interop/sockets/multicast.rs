//! Groups, across namespaces: who joined hears, on the interface where it joined.

use system_net_primitives::{AddressFamily, IpAddress};
use system_net_sockets::{
    Ipv6MulticastOption, MulticastOption, Socket, SocketFlags, SocketOptionLevel, SocketOptionName,
};
use system_net_testkit::Namespace;

use crate::datagrams::{assert_silent, bound, next, port, send, to};
use crate::pair;

const GROUP: &str = "239.7.8.9";
const GROUP6: &str = "ff15::789";

fn address(text: &str) -> IpAddress {
    text.parse().unwrap()
}

fn change_v4(socket: &Socket, name: SocketOptionName, option: &MulticastOption) {
    socket
        .set_socket_option_multicast(SocketOptionLevel::Ip, name, option)
        .unwrap();
}

fn change_v6(socket: &Socket, name: SocketOptionName, index: u32) {
    let option = Ipv6MulticastOption::with_interface_index(address(GROUP6), index.into()).unwrap();
    socket
        .set_socket_option_ipv6_multicast(SocketOptionLevel::Ipv6, name, &option)
        .unwrap();
}

/// A sender to groups through one interface.
fn sender(family: AddressFamily, namespace: &Namespace, interface: &str) -> Socket {
    let socket = namespace.run(|| bound(family));
    let index = i32::try_from(namespace.index(interface)).unwrap();
    // Of IPv4 the option takes the number in the order of the network, as in .NET.
    let (level, index) = match family {
        AddressFamily::InterNetwork => (SocketOptionLevel::Ip, index.to_be()),
        _ => (SocketOptionLevel::Ipv6, index),
    };
    socket
        .set_socket_option_i32(level, SocketOptionName::MULTICAST_INTERFACE, index)
        .unwrap();
    socket
}

#[test]
fn multicast_v4_in_netns() {
    let Some((one, two)) = pair("multicast_v4_in_netns") else {
        return;
    };
    let hears = two.run(|| bound(AddressFamily::InterNetwork));
    let target = to(GROUP, port(&hears));
    let sends = sender(AddressFamily::InterNetwork, &one, "veth0");
    send(&sends, "nobody joined", target);
    assert_silent(&hears);

    let index = i32::try_from(two.index("veth0")).unwrap();
    for option in [
        MulticastOption::with_interface_index(address(GROUP), index).unwrap(),
        MulticastOption::with_local_address(address(GROUP), address("10.9.8.2")).unwrap(),
    ] {
        change_v4(&hears, SocketOptionName::ADD_MEMBERSHIP, &option);
        send(&sends, "joined", target);
        assert_eq!(next(&hears), ("joined".to_owned(), address("10.9.8.1")));
        change_v4(&hears, SocketOptionName::DROP_MEMBERSHIP, &option);
        send(&sends, "left", target);
        assert_silent(&hears);
    }
}

#[test]
fn multicast_v6_in_netns() {
    let Some((one, two)) = pair("multicast_v6_in_netns") else {
        return;
    };
    let hears = two.run(|| bound(AddressFamily::InterNetworkV6));
    let target = to(GROUP6, port(&hears));
    let sends = sender(AddressFamily::InterNetworkV6, &one, "veth0");
    let index = two.index("veth0");
    send(&sends, "nobody joined", target);
    assert_silent(&hears);
    change_v6(&hears, SocketOptionName::ADD_MEMBERSHIP, index);
    send(&sends, "joined", target);
    let (text, from) = next(&hears);
    assert_eq!(text, "joined");
    assert!(
        from == address("fd09::1") || from.to_ip_addr() == one.link_local("veth0"),
        "{from}"
    );
    change_v6(&hears, SocketOptionName::DROP_MEMBERSHIP, index);
    send(&sends, "left", target);
    assert_silent(&hears);

    // All nodes of the link have joined this one; the scope id says of which link.
    let nodes = one.run(|| to("ff02::1%veth0", target.port()));
    send(&sends, "all nodes", nodes);
    assert_eq!(next(&hears).0, "all nodes");
}

#[test]
fn groups_are_of_one_interface() {
    let Some((one, two)) = pair("groups_are_of_one_interface") else {
        return;
    };
    // A second cable between the same two.
    Namespace::connect((&one, "veth1"), (&two, "veth1"));
    for (namespace, number) in [(&one, 1), (&two, 2)] {
        namespace.add_address("veth1", &format!("10.9.7.{number}/24"));
        namespace.add_address("veth1", &format!("fd07::{number}/64"));
        namespace.settle();
    }
    for family in [AddressFamily::InterNetwork, AddressFamily::InterNetworkV6] {
        let hears = two.run(|| bound(family));
        let index = two.index("veth1");
        let target = match family {
            AddressFamily::InterNetwork => {
                let number = i32::try_from(index).unwrap();
                let option = MulticastOption::with_interface_index(address(GROUP), number);
                change_v4(&hears, SocketOptionName::ADD_MEMBERSHIP, &option.unwrap());
                to(GROUP, port(&hears))
            }
            _ => {
                change_v6(&hears, SocketOptionName::ADD_MEMBERSHIP, index);
                to(GROUP6, port(&hears))
            }
        };
        send(&sender(family, &one, "veth0"), "the other", target);
        assert_silent(&hears);
        send(&sender(family, &one, "veth1"), "this one", target);

        // The packet information says where it came and to which address.
        let mut buffer = [0; 100];
        hears.set_receive_timeout(20_000).unwrap();
        let got = hears
            .receive_message_from(&mut buffer, SocketFlags::NONE)
            .unwrap();
        assert_eq!(&buffer[..got.received_bytes], b"this one", "{family}");
        send(&sender(family, &one, "veth1"), "again", target);
        let got = hears
            .receive_message_from(&mut buffer, SocketFlags::NONE)
            .unwrap();
        let information = got.packet_information;
        assert_eq!(information.interface(), i32::try_from(index).unwrap());
        assert_eq!(information.address(), Some(target.address()), "{family}");
    }
}

#[test]
fn groups_of_one_source() {
    let Some((one, two)) = pair("groups_of_one_source") else {
        return;
    };
    one.add_address("veth0", "10.9.8.11/24");
    one.add_address("veth0", "fd09::11/64");
    let index = two.index("veth0");
    for (family, group, wanted, other) in [
        (
            AddressFamily::InterNetwork,
            "232.1.2.3",
            "10.9.8.11",
            "10.9.8.1",
        ),
        (
            AddressFamily::InterNetworkV6,
            "ff35::789",
            "fd09::11",
            "fd09::1",
        ),
    ] {
        let hears = two.run(|| bound(family));
        hears
            .join_source_group(address(group), address(wanted), index)
            .unwrap();
        let target = to(group, port(&hears));
        let from = |source: &str| {
            one.run(|| {
                let sends = sender(family, &one, "veth0");
                let socket = Socket::new(family, sends.socket_type(), sends.protocol_type());
                let socket = socket.unwrap();
                socket.bind(to(source, 0)).unwrap();
                let text = format!("from {source}");
                // The number of the interface is that of the bound address for IPv4; IPv6 needs
                // it said.
                if family == AddressFamily::InterNetworkV6 {
                    let number = i32::try_from(one.index("veth0")).unwrap();
                    let name = SocketOptionName::MULTICAST_INTERFACE;
                    socket
                        .set_socket_option_i32(SocketOptionLevel::Ipv6, name, number)
                        .unwrap();
                } else {
                    one.ip("route replace 232.0.0.0/8 dev veth0");
                }
                send(&socket, &text, target);
            });
        };
        from(other);
        assert_silent(&hears);
        from(wanted);
        assert_eq!(next(&hears).1, address(wanted));
        hears
            .leave_source_group(address(group), address(wanted), index)
            .unwrap();
        from(wanted);
        assert_silent(&hears);
    }
}

#[test]
fn time_to_live_and_loopback_of_groups() {
    let Some((one, two)) = pair("time_to_live_and_loopback_of_groups") else {
        return;
    };
    let index = i32::try_from(one.index("veth0")).unwrap();
    let own = one.run(|| bound(AddressFamily::InterNetwork));
    let option = MulticastOption::with_interface_index(address(GROUP), index).unwrap();
    change_v4(&own, SocketOptionName::ADD_MEMBERSHIP, &option);
    let far = two.run(|| bound(AddressFamily::InterNetwork));
    let index = i32::try_from(two.index("veth0")).unwrap();
    let option = MulticastOption::with_interface_index(address(GROUP), index).unwrap();
    change_v4(&far, SocketOptionName::ADD_MEMBERSHIP, &option);

    let sends = sender(AddressFamily::InterNetwork, &one, "veth0");
    let both = |text: &str| {
        for hears in [&own, &far] {
            send(&sends, text, to(GROUP, port(hears)));
        }
    };
    both("near and far");
    assert_eq!(
        (next(&own).0, next(&far).0),
        ("near and far".into(), "near and far".into())
    );
    sends.set_multicast_loopback(false).unwrap();
    both("far");
    assert_eq!(next(&far).0, "far");
    assert_silent(&own);
    sends.set_multicast_loopback(true).unwrap();
    sends
        .set_socket_option_i32(
            SocketOptionLevel::Ip,
            SocketOptionName::MULTICAST_TIME_TO_LIVE,
            0,
        )
        .unwrap();
    both("near");
    assert_eq!(next(&own).0, "near");
    assert_silent(&far);
}
