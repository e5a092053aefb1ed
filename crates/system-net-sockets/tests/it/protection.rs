//! IP protection levels: what the option says everywhere, and, in network namespaces with
//! addresses of Teredo, whom the kernel and the acceptor let in.

use std::io::{ErrorKind, Read};
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use system_net_primitives::{AddressFamily, IpAddress, IpEndPoint, Misuse};
use system_net_runtime::block_on;
use system_net_sockets::{
    IpProtectionLevel, ProtocolType, Socket, SocketError, SocketErrorCode, SocketOptionLevel,
    SocketOptionName, SocketType, TcpListener, UdpClient,
};
use system_net_testkit::Namespace;

const LEVELS: [IpProtectionLevel; 3] = [
    IpProtectionLevel::Unrestricted,
    IpProtectionLevel::EdgeRestricted,
    IpProtectionLevel::Restricted,
];

/// The level as the option tells it.
#[track_caller]
fn level_of(socket: &Socket) -> i32 {
    let level = match socket.address_family() {
        AddressFamily::InterNetworkV6 => SocketOptionLevel::Ipv6,
        _ => SocketOptionLevel::Ip,
    };
    socket
        .get_socket_option_i32(level, SocketOptionName::IP_PROTECTION_LEVEL)
        .unwrap()
}

fn kinds() -> impl Iterator<Item = (AddressFamily, SocketType, ProtocolType)> {
    [AddressFamily::InterNetwork, AddressFamily::InterNetworkV6]
        .into_iter()
        .flat_map(|family| {
            [
                (family, SocketType::Stream, ProtocolType::TCP),
                (family, SocketType::Dgram, ProtocolType::UDP),
            ]
        })
}

#[test]
fn ip_protection_level_roundtrip() {
    for (family, socket_type, protocol) in kinds() {
        let socket = Socket::new(family, socket_type, protocol).unwrap();
        assert_eq!(level_of(&socket), -1, "{family} {socket_type:?}: unset");
        for level in LEVELS {
            socket.set_ip_protection_level(level).unwrap();
            assert_eq!(level_of(&socket), level.value(), "{family} {socket_type:?}");
        }
        let error = socket
            .set_ip_protection_level(IpProtectionLevel::Unspecified)
            .unwrap_err();
        assert!(
            matches!(
                error.misuse(),
                Some(Misuse::InvalidArgument { param: "level", .. })
            ),
            "{error:?}"
        );
        assert_eq!(level_of(&socket), IpProtectionLevel::Restricted.value());

        // The same by the option's name.
        let option_level = match family {
            AddressFamily::InterNetworkV6 => SocketOptionLevel::Ipv6,
            _ => SocketOptionLevel::Ip,
        };
        let name = SocketOptionName::IP_PROTECTION_LEVEL;
        socket
            .set_socket_option_i32(option_level, name, IpProtectionLevel::Unrestricted.value())
            .unwrap();
        assert_eq!(level_of(&socket), 10);
        let error = socket
            .set_socket_option_i32(option_level, name, 11)
            .unwrap_err();
        assert_eq!(error.code(), SocketErrorCode::InvalidArgument);
        assert_eq!(level_of(&socket), 10);
    }

    let local = Socket::new(
        AddressFamily::Unix,
        SocketType::Stream,
        ProtocolType::UNSPECIFIED,
    )
    .unwrap();
    let error = local
        .set_ip_protection_level(IpProtectionLevel::Unrestricted)
        .unwrap_err();
    assert!(
        matches!(error.misuse(), Some(Misuse::NotSupported(_))),
        "{error:?}"
    );
}

#[test]
fn ip_protection_level_after_bind() {
    for (family, socket_type, protocol) in kinds() {
        let socket = Socket::new(family, socket_type, protocol).unwrap();
        socket
            .set_ip_protection_level(IpProtectionLevel::EdgeRestricted)
            .unwrap();
        let loopback = match family {
            AddressFamily::InterNetworkV6 => IpAddress::IPV6_LOOPBACK,
            _ => IpAddress::LOOPBACK,
        };
        socket.bind(IpEndPoint::new(loopback, 0)).unwrap();
        for level in LEVELS {
            let error = socket.set_ip_protection_level(level).unwrap_err();
            assert_eq!(error.code(), SocketErrorCode::InvalidArgument, "{error}");
        }
        assert_eq!(level_of(&socket), 20, "{family} {socket_type:?}");
    }

    // Read back after AllowNatTraversal.
    for (allowed, value) in [(true, 10), (false, 20)] {
        let listener = TcpListener::create(0).unwrap();
        listener.allow_nat_traversal(allowed).unwrap();
        assert_eq!(level_of(&listener.server().unwrap()), value);
        listener.start().unwrap();
        assert_eq!(level_of(&listener.server().unwrap()), value);
        let error = listener.allow_nat_traversal(!allowed).unwrap_err();
        assert!(
            matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
            "{error:?}"
        );
        // It holds for the next socket.
        listener.stop();
        assert_eq!(level_of(&listener.server().unwrap()), value);

        for family in [AddressFamily::InterNetwork, AddressFamily::InterNetworkV6] {
            let client = UdpClient::with_address_family(family).unwrap();
            client.allow_nat_traversal(allowed).unwrap();
            assert_eq!(level_of(client.client()), value);
            let bound = UdpClient::with_port_and_address_family(0, family).unwrap();
            let error = bound.allow_nat_traversal(allowed).unwrap_err();
            assert_eq!(error.code(), SocketErrorCode::InvalidArgument);
            assert_eq!(level_of(bound.client()), -1);
        }
    }
}

/// A network of two: the first has an address of each kind, so has the second.
struct Network {
    here: Namespace,
    there: Namespace,
}

const TEREDO: [&str; 2] = ["2001:0:5ef5:79fb::1", "2001:0:5ef5:79fb::2"];
const GLOBAL: [&str; 2] = ["2001:db8::1", "2001:db8::2"];
const CONNECTED_PORT: u16 = 40_123;
const V4: [&str; 2] = ["10.9.8.1", "10.9.8.2"];

impl Network {
    fn new(test: &str) -> Option<Self> {
        let (here, there) = Namespace::pair(test)?;
        for (place, namespace) in [&here, &there].into_iter().enumerate() {
            for address in [TEREDO[place], GLOBAL[place]] {
                namespace.add_address("veth0", &format!("{address}/64"));
            }
            namespace.settle();
        }
        Some(Self { here, there })
    }

    /// Sender, receiver, and whether Unrestricted, EdgeRestricted and Restricted admit.
    fn ways(&self) -> Vec<(SocketAddr, SocketAddr, [bool; 3])> {
        let v6 = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let scoped = |address: Ipv6Addr| {
            SocketAddr::V6(SocketAddrV6::new(address, 0, 0, self.there.index("veth0")))
        };
        let link = [
            scoped(self.there.link_local("veth0")),
            scoped(self.here.link_local("veth0")),
        ];
        vec![
            (v6(TEREDO[1]), v6(TEREDO[0]), [true, false, false]),
            (v6(TEREDO[1]), v6(GLOBAL[0]), [true, false, false]),
            (v6(GLOBAL[1]), v6(TEREDO[0]), [true, false, false]),
            (v6(GLOBAL[1]), v6(GLOBAL[0]), [true, true, false]),
            (v6(V4[1]), v6(V4[0]), [true, true, false]),
            (link[0], link[1], [true, true, true]),
        ]
    }

    /// Which ways lead to a listener made here by `make`.
    fn tcp(&self, make: impl Fn() -> TcpListener + Sync) -> Vec<bool> {
        self.tcp_accepting(make, TcpListener::accept_socket)
    }

    fn tcp_accepting(
        &self,
        make: impl Fn() -> TcpListener + Sync,
        accept: fn(&TcpListener) -> Result<Socket, SocketError>,
    ) -> Vec<bool> {
        let listener = self.here.run(|| {
            let listener = make();
            listener.start().unwrap();
            Arc::new(listener)
        });
        let port = listener.local_endpoint().unwrap().port();
        let accepting = Arc::clone(&listener);
        let server = thread::spawn(move || {
            while let Ok(socket) = accept(&accepting) {
                socket.send(b"in").unwrap();
            }
        });
        let admitted = self.there.run(|| {
            let tries = self.ways().into_iter().map(|(from, to, _)| {
                let socket = socket2::Socket::new(
                    socket2::Domain::for_address(to),
                    socket2::Type::STREAM,
                    None,
                )
                .unwrap();
                socket.bind(&from.into()).unwrap();
                socket.connect(&with_port(to, port).into()).unwrap();
                let mut stream = TcpStream::from(socket);
                stream
                    .set_read_timeout(Some(Duration::from_secs(20)))
                    .unwrap();
                let mut answer = [0; 2];
                match stream.read_exact(&mut answer) {
                    Ok(()) => true,
                    Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
                    Err(error) => panic!("{from} to {to}: {error}"),
                }
            });
            tries.collect()
        });
        listener.stop();
        server.join().unwrap();
        admitted
    }

    /// Which ways lead to a client made and bound here by `make`.
    fn udp(&self, make: impl Fn() -> UdpClient + Send + Sync, expected: &[bool]) -> Vec<bool> {
        let receiver = self.here.run(make);
        let port = receiver.local_end_point().unwrap().port();
        let ways = self.ways();
        self.there.run(|| {
            for (number, (from, to, _)) in ways.iter().enumerate() {
                let socket = UdpSocket::bind(from).unwrap();
                let number = u8::try_from(number).unwrap();
                socket.send_to(&[number], with_port(*to, port)).unwrap();
            }
        });
        // What a filter drops nobody announces: it would be there with what is to come, or a moment
        // later.
        let mut admitted = vec![false; ways.len()];
        receiver.client().set_receive_timeout(20_000).unwrap();
        loop {
            match receiver.receive() {
                Ok(received) => {
                    let number = usize::from(received.buffer()[0]);
                    assert!(!std::mem::replace(&mut admitted[number], true));
                }
                Err(error) => {
                    assert_eq!(error.code(), SocketErrorCode::TimedOut, "{error}");
                    break;
                }
            }
            if admitted == expected {
                // Others may come later: the system first looks for their next hop.
                receiver.client().set_receive_timeout(500).unwrap();
            }
        }
        admitted
    }

    /// Whether a client made here by `make`, connected to [`CONNECTED_PORT`] at the Teredo
    /// address there, hears its peer.
    fn connected_udp(&self, make: impl Fn() -> UdpClient + Send + Sync, expected: bool) -> bool {
        let receiver = self.here.run(make);
        let own = receiver.local_end_point().unwrap();
        self.there.run(|| {
            let from = SocketAddr::new(TEREDO[1].parse().unwrap(), CONNECTED_PORT);
            let socket = UdpSocket::bind(from).unwrap();
            let to = SocketAddr::new(TEREDO[0].parse().unwrap(), own.port());
            socket.send_to(b"x", to).unwrap();
        });
        // What a filter drops nobody announces; what is to come may be late.
        let limit = if expected { 20_000 } else { 300 };
        receiver.client().set_receive_timeout(limit).unwrap();
        match receiver.receive() {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.code(), SocketErrorCode::TimedOut, "{error}");
                false
            }
        }
    }

    fn expected(&self, level: IpProtectionLevel) -> Vec<bool> {
        let place = LEVELS.iter().position(|known| *known == level).unwrap();
        self.ways().iter().map(|way| way.2[place]).collect()
    }
}

fn with_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

/// A dual-mode client at every address.
fn udp_at_any(level: Option<IpProtectionLevel>) -> UdpClient {
    let client = UdpClient::with_address_family(AddressFamily::InterNetworkV6).unwrap();
    client.client().set_dual_mode(true).unwrap();
    if let Some(level) = level {
        client.client().set_ip_protection_level(level).unwrap();
    }
    let any = IpEndPoint::new(IpAddress::IPV6_ANY, 0);
    client.client().bind(any).unwrap();
    client
}

/// Peers that come from an address of Teredo, or to one, get in when it is allowed only.
#[test]
fn allow_nat_traversal_filter() {
    let Some(network) = Network::new("allow_nat_traversal_filter") else {
        return;
    };
    for (allowed, level) in [
        (true, IpProtectionLevel::Unrestricted),
        (false, IpProtectionLevel::EdgeRestricted),
    ] {
        let admitted = network.tcp(|| {
            let listener = TcpListener::create(0).unwrap();
            listener.allow_nat_traversal(allowed).unwrap();
            listener
        });
        assert_eq!(admitted, network.expected(level), "allowed: {allowed}");
    }
    let admitted = network.tcp(|| {
        let listener = TcpListener::create(0).unwrap();
        let server = listener.server().unwrap();
        server
            .set_ip_protection_level(IpProtectionLevel::Restricted)
            .unwrap();
        listener
    });
    assert_eq!(admitted, network.expected(IpProtectionLevel::Restricted));
}

#[test]
fn udp_allow_nat_traversal() {
    let Some(network) = Network::new("udp_allow_nat_traversal") else {
        return;
    };
    for level in LEVELS {
        let expected = network.expected(level);
        let admitted = network.udp(|| udp_at_any(Some(level)), &expected);
        assert_eq!(admitted, expected, "{level:?}");
    }
    for (allowed, level) in [
        (true, IpProtectionLevel::Unrestricted),
        (false, IpProtectionLevel::EdgeRestricted),
    ] {
        let expected = network.expected(level);
        let make = || {
            let client = UdpClient::with_address_family(AddressFamily::InterNetworkV6).unwrap();
            client.allow_nat_traversal(allowed).unwrap();
            client.client().set_dual_mode(true).unwrap();
            client
                .client()
                .bind(IpEndPoint::new(IpAddress::IPV6_ANY, 0))
                .unwrap();
            client
        };
        let admitted = network.udp(make, &expected);
        assert_eq!(admitted, expected, "allowed: {allowed}");
    }
}

/// Who asks for nothing is not exposed through NAT traversal.
#[test]
fn teredo_peer_refused_by_default() {
    let Some(network) = Network::new("teredo_peer_refused_by_default") else {
        return;
    };
    let edge = network.expected(IpProtectionLevel::EdgeRestricted);
    assert_eq!(network.tcp(|| TcpListener::create(0).unwrap()), edge);
    let asynchronously = |listener: &TcpListener| block_on(listener.accept_socket_async());
    let admitted = network.tcp_accepting(|| TcpListener::create(0).unwrap(), asynchronously);
    assert_eq!(admitted, edge);
    assert_eq!(network.udp(|| udp_at_any(None), &edge), edge);
    // The system binds a client that sends or connects unbound.
    let to_itself = |port| IpEndPoint::new(IpAddress::IPV6_LOOPBACK, port);
    let by_sending = || {
        let client = UdpClient::with_address_family(AddressFamily::InterNetworkV6).unwrap();
        client.client().set_dual_mode(true).unwrap();
        client.send_to(b"", to_itself(9)).unwrap();
        client
    };
    assert_eq!(network.udp(by_sending, &edge), edge);
    let by_connecting = || {
        let client = UdpClient::with_address_family(AddressFamily::InterNetworkV6).unwrap();
        client.client().set_dual_mode(true).unwrap();
        let there: IpAddress = TEREDO[1].parse().unwrap();
        client
            .connect(IpEndPoint::new(there, CONNECTED_PORT))
            .unwrap();
        client
    };
    assert!(!network.connected_udp(by_connecting, false));
    let allowed = || {
        let client = UdpClient::with_address_family(AddressFamily::InterNetworkV6).unwrap();
        client.allow_nat_traversal(true).unwrap();
        let there: IpAddress = TEREDO[1].parse().unwrap();
        client
            .connect(IpEndPoint::new(there, CONNECTED_PORT))
            .unwrap();
        client
    };
    assert!(network.connected_udp(allowed, true));
}

/// The guide's advice: a service at `IPv6Any` is reached at every address it has, the direct
/// ones and, if allowed, the one of Teredo; so it need not know that.
#[test]
fn ipv6any_accepts_all() {
    let Some(network) = Network::new("ipv6any_accepts_all") else {
        return;
    };
    let admitted = network.tcp(|| {
        let listener = TcpListener::create(0).unwrap();
        listener.allow_nat_traversal(true).unwrap();
        listener
    });
    assert_eq!(admitted, vec![true; network.ways().len()]);

    // Beside it, a service at the Teredo address alone is reached there alone.
    let listener = network.here.run(|| {
        let teredo: IpAddress = TEREDO[0].parse().unwrap();
        let listener = TcpListener::new(teredo, 0).unwrap();
        listener.allow_nat_traversal(true).unwrap();
        listener.start().unwrap();
        listener
    });
    let port = listener.local_endpoint().unwrap().port();
    network.there.run(|| {
        let reach = |address: &str| TcpStream::connect((address, port));
        reach(TEREDO[0]).unwrap();
        assert_eq!(
            reach(GLOBAL[0]).unwrap_err().kind(),
            ErrorKind::ConnectionRefused
        );
    });
}
