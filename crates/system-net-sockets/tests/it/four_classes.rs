//! The errors of the four classes of sockets: one cause has one code and one number of the
//! system, whichever class meets it.

use system_net_primitives::{AddressFamily, IpAddress, IpEndPoint};
use system_net_sockets::{
    ProtocolType, Socket, SocketError, SocketErrorCode, SocketFlags, SocketType, TcpClient,
    TcpListener, UdpClient,
};

#[track_caller]
fn check<T>(
    class: &str,
    result: Result<T, SocketError>,
    code: SocketErrorCode,
    number: i32,
    errno: i32,
) {
    let Err(error) = result else {
        panic!("{class}: no error");
    };
    assert_eq!(error.code(), code, "{class}: {error:?}");
    assert_eq!(error.error_code(), number, "{class}: {error:?}");
    assert_eq!(error.errno(), Some(errno), "{class}: {error:?}");
    assert!(error.misuse().is_none(), "{class}: {error:?}");
}

fn socket(socket_type: SocketType, protocol: ProtocolType) -> Socket {
    Socket::new(AddressFamily::InterNetwork, socket_type, protocol).unwrap()
}

fn stream() -> Socket {
    socket(SocketType::Stream, ProtocolType::TCP)
}

fn datagram() -> Socket {
    socket(SocketType::Dgram, ProtocolType::UDP)
}

#[test]
fn socket_errors_from_four_classes() {
    use SocketErrorCode as Code;

    let loopback = |port| IpEndPoint::new(IpAddress::LOOPBACK, port);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let in_use = loopback(taken.local_addr().unwrap().port());
    let taken_udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let in_use_udp = loopback(taken_udp.local_addr().unwrap().port());
    let code = Code::AddressAlreadyInUse;
    check("Socket", stream().bind(in_use), code, 10048, 98);
    check("Socket", datagram().bind(in_use_udp), code, 10048, 98);
    let listener = TcpListener::with_local_end_point(in_use).unwrap();
    check("TcpListener", listener.start(), code, 10048, 98);
    check(
        "TcpClient",
        TcpClient::with_local_end_point(in_use),
        code,
        10048,
        98,
    );
    check(
        "UdpClient",
        UdpClient::with_local_end_point(in_use_udp),
        code,
        10048,
        98,
    );

    // TEST-NET-1: no computer has it.
    let elsewhere = IpEndPoint::new("192.0.2.1".parse().unwrap(), 0);
    let code = Code::AddressNotAvailable;
    check("Socket", stream().bind(elsewhere), code, 10049, 99);
    let listener = TcpListener::with_local_end_point(elsewhere).unwrap();
    check("TcpListener", listener.start(), code, 10049, 99);
    check(
        "TcpClient",
        TcpClient::with_local_end_point(elsewhere),
        code,
        10049,
        99,
    );
    check(
        "UdpClient",
        UdpClient::with_local_end_point(elsewhere),
        code,
        10049,
        99,
    );

    let nobody = {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        loopback(gone.local_addr().unwrap().port())
    };
    let code = Code::ConnectionRefused;
    check("Socket", stream().connect(nobody), code, 10061, 111);
    check(
        "TcpClient",
        TcpClient::new().unwrap().connect(nobody),
        code,
        10061,
        111,
    );
    check(
        "TcpClient",
        TcpClient::connect_to("127.0.0.1", nobody.port()),
        code,
        10061,
        111,
    );
    let nobody = {
        let gone = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        loopback(gone.local_addr().unwrap().port())
    };
    let plain = datagram();
    plain.connect(nobody).unwrap();
    plain.set_receive_timeout(20_000).unwrap();
    plain.send(b"?").unwrap();
    check("Socket", plain.receive(&mut [0; 8]), code, 10061, 111);
    let client = UdpClient::new().unwrap();
    client.client().set_receive_timeout(20_000).unwrap();
    client.connect(nobody).unwrap();
    client.send(b"?").unwrap();
    check("UdpClient", client.receive(), code, 10061, 111);

    let long = vec![0; 65_508];
    let code = Code::MessageSize;
    let plain = datagram();
    check(
        "Socket",
        plain.send_to(&long, SocketFlags::NONE, nobody),
        code,
        10040,
        90,
    );
    let client = UdpClient::new().unwrap();
    check("UdpClient", client.send_to(&long, nobody), code, 10040, 90);
}
