//! Local sockets by path and abstract name, raw sockets, packets.

use std::os::unix::net::UnixStream;

use system_net_primitives::{AddressFamily, EndPoint, IpEndPoint, UnixDomainSocketEndPoint};
use system_net_sockets::{
    ProtocolType, SelectMode, Socket, SocketErrorCode, SocketFlags, SocketShutdown, SocketType,
};

use super::{HANG, address, check_code, loopback, own, receive_all, tcp, udp};

fn local(socket_type: SocketType) -> Socket {
    Socket::new(AddressFamily::Unix, socket_type, ProtocolType::UNSPECIFIED).unwrap()
}

#[test]
fn local_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let by_path = UnixDomainSocketEndPoint::new(folder.path().join("s")).unwrap();
    let by_name = format!("sysnet-local-{}", std::process::id());
    let by_name = UnixDomainSocketEndPoint::from_abstract_name(by_name.as_bytes()).unwrap();
    for at in [by_path.clone(), by_name] {
        let server = local(SocketType::Stream);
        server.bind(at.clone()).unwrap();
        assert_eq!(own(&server), EndPoint::Unix(at.clone()));
        server.listen(1).unwrap();
        let client = local(SocketType::Stream);
        client.connect(at.clone()).unwrap();
        assert_eq!(client.remote_end_point().unwrap(), Some(at.into()));
        let peer = server.accept().unwrap();
        // A client that was not bound has no name.
        let unnamed = UnixDomainSocketEndPoint::unnamed().into();
        assert_eq!(peer.remote_end_point().unwrap(), Some(unnamed));
        client.send(b"question").unwrap();
        client.shutdown(SocketShutdown::Send).unwrap();
        assert_eq!(receive_all(&peer), b"question");
        peer.send(b"answer").unwrap();
        peer.close();
        assert_eq!(receive_all(&client), b"answer");
    }
    check_code(
        local(SocketType::Stream).bind(by_path.clone()),
        SocketErrorCode::AddressAlreadyInUse,
    );
    check_code(
        local(SocketType::Stream).connect(by_path.clone()),
        SocketErrorCode::ConnectionRefused,
    );
    let nowhere = UnixDomainSocketEndPoint::new(folder.path().join("no")).unwrap();
    check_code(
        local(SocketType::Stream).connect(nowhere),
        SocketErrorCode::AddressNotAvailable,
    );
    check_code(
        local(SocketType::Stream).connect(loopback(1)),
        SocketErrorCode::AddressFamilyNotSupported,
    );

    for (socket, at) in [(tcp(), by_path.clone()), (udp(), by_path)] {
        let family = SocketErrorCode::AddressFamilyNotSupported;
        check_code(socket.connect(at.clone()), family);
        check_code(socket.bind(at.clone()), family);
        check_code(socket.send_to(b"x", SocketFlags::NONE, at), family);
    }

    // Messages keep their limits, with and without a connection.
    for socket_type in [SocketType::Dgram, SocketType::Seqpacket] {
        let at = UnixDomainSocketEndPoint::new(folder.path().join(format!("{socket_type:?}")));
        let server = local(socket_type);
        server.bind(at.clone().unwrap()).unwrap();
        let client = local(socket_type);
        let receiver = if socket_type == SocketType::Seqpacket {
            server.listen(1).unwrap();
            client.connect(at.unwrap()).unwrap();
            server.accept().unwrap()
        } else {
            client.connect(at.unwrap()).unwrap();
            server
        };
        client.send(b"first").unwrap();
        client.send(b"second").unwrap();
        let mut buffer = [0; 6];
        assert_eq!(receiver.receive(&mut buffer).unwrap(), 5);
        check_code(
            receiver.receive(&mut buffer[..3]),
            SocketErrorCode::MessageSize,
        );
    }
    // std's, both ways.
    let (ours, theirs) = UnixStream::pair().unwrap();
    let ours = Socket::try_from(ours).unwrap();
    assert!(ours.connected());
    assert_eq!(ours.address_family(), AddressFamily::Unix);
    drop(theirs);
    assert_eq!(ours.receive(&mut [0]).unwrap(), 0);
    UnixStream::try_from(ours).unwrap();
}

/// A raw socket sees the IP header and makes its own payload: an echo request of ICMP.
#[test]
fn raw_sockets() {
    let raw = Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Raw,
        ProtocolType::ICMP,
    );
    let raw = match raw {
        Ok(raw) => raw,
        Err(error) => {
            assert_eq!(error.code(), SocketErrorCode::AccessDenied);
            println!("skipped: raw_sockets: {error}");
            return;
        }
    };
    let mark = std::process::id().to_ne_bytes();
    // Type 8, code 0, checksum, identifier and sequence, data.
    let mut echo = vec![8, 0, 0, 0, 0x12, 0x34, 0, 1];
    echo.extend(mark);
    let sum: u32 = echo
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum();
    let sum = !((sum & 0xFFFF) + (sum >> 16)) as u16;
    echo[2..4].copy_from_slice(&sum.to_be_bytes());
    raw.send_to(&echo, SocketFlags::NONE, loopback(0)).unwrap();
    let hang = i32::try_from(HANG.as_millis()).unwrap();
    raw.set_receive_timeout(hang).unwrap();
    let mut buffer = [0; 1500];
    loop {
        let from = raw.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
        assert_eq!(buffer[0] >> 4, 4, "the header of IPv4 comes first");
        let header = usize::from(buffer[0] & 15) * 4;
        let message = &buffer[header..from.received_bytes];
        // Our request comes by as well, and whatever others send.
        if message[0] == 0 && message.ends_with(&mark) {
            let EndPoint::Ip(peer) = from.remote_end_point else {
                panic!("no sender");
            };
            assert_eq!(peer, IpEndPoint::new(address("127.0.0.1"), 0));
            return;
        }
    }
}

/// A packet socket sees what goes over the network.
#[test]
fn packet_sockets() {
    /// All protocols, in network order as the system wants it.
    const ALL: i32 = (libc::ETH_P_ALL as u16).to_be() as i32;
    let socket = Socket::new(
        AddressFamily::Packet,
        SocketType::Dgram,
        ProtocolType::from_value(ALL),
    );
    let socket = match socket {
        Ok(socket) => socket,
        Err(error) => {
            assert_eq!(error.code(), SocketErrorCode::AccessDenied);
            println!("skipped: packet_sockets: {error}");
            return;
        }
    };
    assert_eq!(socket.address_family(), AddressFamily::Packet);
    let (receiver, at) = super::bound_udp();
    let mark = format!("a packet of {}", std::process::id());
    udp()
        .send_to(mark.as_bytes(), SocketFlags::NONE, at)
        .unwrap();
    receiver.receive(&mut [0; 100]).unwrap();
    let hang = i32::try_from(HANG.as_micros()).unwrap();
    let mut buffer = vec![0; 1 << 17];
    loop {
        assert!(socket.poll(hang, SelectMode::SelectRead).unwrap());
        let count = socket.receive(&mut buffer).unwrap();
        if buffer[..count].ends_with(mark.as_bytes()) {
            return;
        }
    }
}
