//! Connections across namespaces: both protocols on one socket, several interfaces, what firewalls
//! answer.

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint};
use system_net_sockets::{ProtocolType, Socket, SocketError, SocketErrorCode, SocketType};
use system_net_testkit::Namespace;

use crate::datagrams::{next, send};
use crate::pair;

fn listener(socket: Socket, address: IpAddress) -> (Socket, u16) {
    socket.bind(IpEndPoint::new(address, 0)).unwrap();
    socket.listen(8).unwrap();
    let port = socket.local_end_point().unwrap().unwrap().port();
    (socket, port)
}

fn dual() -> (Socket, u16) {
    let socket = Socket::new_dual_mode(SocketType::Stream, ProtocolType::TCP).unwrap();
    listener(socket, IpAddress::IPV6_ANY)
}

/// Connects in the namespace of the thread.
fn connect(address: &str, port: u16) -> Result<Socket, SocketError> {
    let address: IpAddress = address.parse().unwrap();
    let socket = Socket::new(
        address.address_family(),
        SocketType::Stream,
        ProtocolType::TCP,
    )?;
    socket.connect(IpEndPoint::new(address, port))?;
    Ok(socket)
}

#[track_caller]
fn address_of(end_point: Result<Option<EndPoint>, SocketError>) -> IpAddress {
    match end_point.unwrap().unwrap() {
        EndPoint::Ip(end_point) => end_point.address(),
        other => panic!("{other} is no address"),
    }
}

#[test]
fn dual_mode_takes_both_protocols() {
    let Some((one, two)) = pair("dual_mode_takes_both_protocols") else {
        return;
    };
    let (server, port) = one.run(dual);
    let scoped = format!("{}%veth0", one.link_local("veth0"));
    let link_local = format!("{}%{}", two.link_local("veth0"), one.index("veth0"));
    for (target, seen) in [
        ("10.9.8.1", "::ffff:10.9.8.2"),
        ("fd09::1", "fd09::2"),
        (&*scoped, &*link_local),
    ] {
        let client = two.run(|| connect(target, port)).unwrap();
        let accepted = server.accept().unwrap();
        assert_eq!(address_of(accepted.remote_end_point()).to_string(), seen);
        client.send(b"x").unwrap();
        assert_eq!(accepted.receive(&mut [0; 8]).unwrap(), 1);
    }
    // A client of both protocols takes an IPv4 address as it is.
    let client = two.run(|| {
        let socket = Socket::new_dual_mode(SocketType::Stream, ProtocolType::TCP).unwrap();
        let target: IpAddress = "10.9.8.1".parse().unwrap();
        socket.connect(IpEndPoint::new(target, port)).unwrap();
        socket
    });
    let peer = address_of(client.remote_end_point());
    assert_eq!(peer.map_to_ipv4().to_string(), "10.9.8.1");
    server.accept().unwrap();
    // IPv6 alone: the IPv4 client finds nobody.
    let (only, port) = one.run(|| {
        let socket = Socket::new(
            AddressFamily::InterNetworkV6,
            SocketType::Stream,
            ProtocolType::TCP,
        );
        let socket = socket.unwrap();
        socket.set_dual_mode(false).unwrap();
        listener(socket, IpAddress::IPV6_ANY)
    });
    let refused = two.run(|| connect("10.9.8.1", port)).unwrap_err();
    assert_eq!(refused.code(), SocketErrorCode::ConnectionRefused);
    let _client = two.run(|| connect("fd09::1", port)).unwrap();
    only.accept().unwrap();
}

#[test]
fn dual_mode_datagrams() {
    let Some((one, two)) = pair("dual_mode_datagrams") else {
        return;
    };
    let hears = one.run(|| {
        let socket = Socket::new_dual_mode(SocketType::Dgram, ProtocolType::UDP).unwrap();
        socket
            .bind(IpEndPoint::new(IpAddress::IPV6_ANY, 0))
            .unwrap();
        socket
    });
    let port = crate::datagrams::port(&hears);
    for (target, family, seen) in [
        ("10.9.8.1", AddressFamily::InterNetwork, "::ffff:10.9.8.2"),
        ("fd09::1", AddressFamily::InterNetworkV6, "fd09::2"),
    ] {
        two.run(|| {
            let sends = crate::datagrams::bound(family);
            send(&sends, "x", crate::datagrams::to(target, port));
            let (_, from) = next(&hears);
            assert_eq!(from.to_string(), seen);
            // The answer goes back to what was seen.
            let answer = IpEndPoint::new(from, crate::datagrams::port(&sends));
            send(&hears, "answer", answer);
            assert_eq!(next(&sends).0, "answer");
        });
    }
}

#[test]
fn several_interfaces() {
    let Some((one, two)) = pair("several_interfaces") else {
        return;
    };
    Namespace::connect((&one, "veth1"), (&two, "veth1"));
    for (namespace, number) in [(&one, 1), (&two, 2)] {
        namespace.add_address("veth1", &format!("10.9.7.{number}/24"));
        namespace.add_address("veth1", &format!("fd07::{number}/64"));
        namespace.settle();
    }
    let (server, port) = one.run(dual);
    for (target, own) in [
        ("10.9.8.1", "10.9.8.2"),
        ("10.9.7.1", "10.9.7.2"),
        ("fd09::1", "fd09::2"),
        ("fd07::1", "fd07::2"),
    ] {
        let client = two.run(|| connect(target, port)).unwrap();
        assert_eq!(address_of(client.local_end_point()).to_string(), own);
        let accepted = server.accept().unwrap();
        let dialed = address_of(accepted.local_end_point());
        let dialed = match dialed.is_ipv4_mapped_to_ipv6() {
            true => dialed.map_to_ipv4(),
            false => dialed,
        };
        assert_eq!(dialed.to_string(), target, "the address that was dialed");
    }
    // Bound to one address it is not found at the other.
    let (_bound, port) = one.run(|| {
        let socket = Socket::new(
            AddressFamily::InterNetwork,
            SocketType::Stream,
            ProtocolType::TCP,
        );
        listener(socket.unwrap(), "10.9.7.1".parse().unwrap())
    });
    let refused = two.run(|| connect("10.9.8.1", port)).unwrap_err();
    assert_eq!(refused.code(), SocketErrorCode::ConnectionRefused);
    two.run(|| connect("10.9.7.1", port)).unwrap();
}

#[test]
fn firewalls_and_routes_have_their_codes() {
    let Some((one, two)) = pair("firewalls_and_routes_have_their_codes") else {
        return;
    };
    let (_server, port) = one.run(dual);
    for (verdict, v4, v6) in [
        (
            "reject with tcp reset",
            "ConnectionRefused",
            "ConnectionRefused",
        ),
        (
            "reject with icmpx port-unreachable",
            "ConnectionRefused",
            "ConnectionRefused",
        ),
        (
            "reject with icmpx host-unreachable",
            "HostUnreachable",
            "HostUnreachable",
        ),
        (
            "reject with icmpx no-route",
            "NetworkUnreachable",
            "NetworkUnreachable",
        ),
        (
            "reject with icmpx admin-prohibited",
            "HostUnreachable",
            "AccessDenied",
        ),
        ("drop", "TimedOut", "TimedOut"),
    ] {
        let rules = format!(
            "flush ruleset; table inet t {{ chain c {{ type filter hook input priority 0; \
             tcp dport {port} {verdict}; }}; }}"
        );
        let mut nft = one.command("nft");
        assert!(nft.arg(&rules).status().unwrap().success(), "{rules}");
        for (target, expected) in [("10.9.8.1", v4), ("fd09::1", v6)] {
            let error = two.run(|| {
                let address: IpAddress = target.parse().unwrap();
                let family = address.address_family();
                let socket = Socket::new(family, SocketType::Stream, ProtocolType::TCP).unwrap();
                // TCP_SYNCNT: one repetition is enough to know that nobody answers.
                socket
                    .set_raw_socket_option(6, 7, &1_i32.to_ne_bytes())
                    .unwrap();
                socket.connect(IpEndPoint::new(address, port)).unwrap_err()
            });
            assert_eq!(
                error.code().name(),
                expected,
                "{verdict}: {target}: {error}"
            );
        }
    }
    // Without a route; and with nobody at the address.
    let error = two.run(|| connect("192.0.2.1", 1)).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::NetworkUnreachable);
    let error = two.run(|| connect("10.9.8.77", 1)).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::HostUnreachable);
}
