//! Flags, several buffers, messages, files.

use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::thread;

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint};
use system_net_sockets::{
    ProtocolType, SelectMode, Socket, SocketErrorCode, SocketFlags, SocketOptionLevel,
    SocketOptionName, SocketShutdown, SocketType, TransmitFileOptions,
};

use super::{
    HANG, bound_udp, check_code, check_misuse, listener, loopback, own, pair, receive_all, udp,
};

#[test]
fn socket_flags_peek() {
    let (client, server) = pair();
    server.send(b"hello").unwrap();
    let mut buffer = [0; 10];
    // A look takes nothing.
    for _ in 0..3 {
        let seen = client.receive_with(&mut buffer[..4], SocketFlags::PEEK);
        assert_eq!(seen.unwrap(), 4);
        assert_eq!(&buffer[..4], b"hell");
    }
    assert_eq!(client.receive(&mut buffer).unwrap(), 5);
    assert_eq!(&buffer[..5], b"hello");

    // Urgent data go beside the others.
    server.send(b"ab").unwrap();
    server.send_with(b"!", SocketFlags::OUT_OF_BAND).unwrap();
    server.send(b"cd").unwrap();
    let hang = i32::try_from(HANG.as_micros()).unwrap();
    assert!(client.poll(hang, SelectMode::SelectError).unwrap());
    let urgent = client.receive_with(&mut buffer, SocketFlags::OUT_OF_BAND);
    assert_eq!((urgent.unwrap(), buffer[0]), (1, b'!'));
    assert_eq!(client.receive(&mut buffer).unwrap(), 2);
    assert_eq!(&buffer[..2], b"ab");
    assert_eq!(client.receive(&mut buffer).unwrap(), 2);
    assert_eq!(&buffer[..2], b"cd");
    check_code(
        client.receive_with(&mut buffer, SocketFlags::OUT_OF_BAND),
        SocketErrorCode::InvalidArgument,
    );
    // In line if that is wanted.
    client
        .set_socket_option_bool(
            SocketOptionLevel::Socket,
            SocketOptionName::OUT_OF_BAND_INLINE,
            true,
        )
        .unwrap();
    server.send_with(b"?", SocketFlags::OUT_OF_BAND).unwrap();
    assert!(client.poll(hang, SelectMode::SelectRead).unwrap());
    assert_eq!(client.receive(&mut buffer).unwrap(), 1);
    assert_eq!(buffer[0], b'?');

    // More follows: the pieces of a datagram become one.
    let (receiver, at) = bound_udp();
    let sender = udp();
    sender.connect(at).unwrap();
    sender.send_with(b"one ", SocketFlags::PARTIAL).unwrap();
    sender.send(b"message").unwrap();
    let mut buffer = [0; 20];
    assert_eq!(receiver.receive(&mut buffer).unwrap(), 11);
    assert_eq!(&buffer[..11], b"one message");
    // Not routed: a neighbour is reached.
    sender.send_with(b"near", SocketFlags::DONT_ROUTE).unwrap();
    assert_eq!(receiver.receive(&mut buffer).unwrap(), 4);

    // Flags that mean nothing there are refused, not ignored.
    for flag in [
        SocketFlags::TRUNCATED,
        SocketFlags::MULTICAST,
        SocketFlags::BROADCAST,
        SocketFlags::CONTROL_DATA_TRUNCATED,
        SocketFlags::MAX_IO_VECTOR_LENGTH,
        SocketFlags::from_bits(1 << 20),
    ] {
        check_code(
            client.send_with(b"x", flag),
            SocketErrorCode::OperationNotSupported,
        );
        check_code(
            client.receive_with(&mut buffer, flag | SocketFlags::PEEK),
            SocketErrorCode::OperationNotSupported,
        );
    }
    check_code(
        client.send_with(b"x", SocketFlags::PEEK),
        SocketErrorCode::OperationNotSupported,
    );
}

#[test]
fn several_buffers() {
    let (client, server) = pair();
    let parts = [&b"one"[..], b"", b"two", b"three"].map(IoSlice::new);
    assert_eq!(client.send_buffers(&parts, SocketFlags::NONE).unwrap(), 11);
    let (mut a, mut b, mut c) = ([0; 2], [0; 7], [0; 9]);
    let mut buffers = [&mut a[..], &mut b[..], &mut c[..]].map(IoSliceMut::new);
    let received = server.receive_buffers(&mut buffers, SocketFlags::PEEK);
    assert_eq!(received.unwrap(), 11);
    let received = server.receive_buffers(&mut buffers, SocketFlags::NONE);
    assert_eq!(received.unwrap(), 11);
    assert_eq!((&a, &b, &c[..2]), (b"on", b"etwothr", &b"ee"[..]));

    // More buffers than a system call takes, more bytes than there is room for.
    let piece: Vec<u8> = (0..1000).map(|n| n as u8).collect();
    let many: Vec<IoSlice<'_>> = (0..3000).map(|_| IoSlice::new(&piece)).collect();
    let reader = thread::spawn(move || receive_all(&server));
    let sent = client.send_buffers(&many, SocketFlags::NONE).unwrap();
    assert_eq!(sent, 3_000_000);
    client.close();
    assert!(reader.join().unwrap() == piece.repeat(3000));

    // A datagram is gathered and scattered whole, or not at all.
    let (receiver, at) = bound_udp();
    let sender = udp();
    sender.connect(at).unwrap();
    sender.send_buffers(&parts, SocketFlags::NONE).unwrap();
    let mut buffers = [IoSliceMut::new(&mut c)];
    check_code(
        receiver.receive_buffers(&mut buffers, SocketFlags::NONE),
        SocketErrorCode::MessageSize,
    );
    assert_eq!(&c, b"onetwothr");
    check_code(
        sender.send_buffers(&many[..1025], SocketFlags::NONE),
        SocketErrorCode::MessageSize,
    );
}

#[test]
fn messages_that_do_not_fit() {
    let (receiver, at) = bound_udp();
    let sender = udp();
    let send = || sender.send_to(b"0123456789", SocketFlags::NONE, at.clone());
    let mut buffer = [0; 4];
    for _ in 0..3 {
        send().unwrap();
    }
    check_code(receiver.receive(&mut buffer), SocketErrorCode::MessageSize);
    assert_eq!(&buffer, b"0123");
    check_code(
        receiver.receive_from(&mut buffer, SocketFlags::NONE),
        SocketErrorCode::MessageSize,
    );
    let message = receiver
        .receive_message_from(&mut buffer, SocketFlags::NONE)
        .unwrap();
    assert_eq!(message.received_bytes, 4);
    assert_eq!(message.socket_flags, SocketFlags::TRUNCATED);
    assert_eq!(message.remote_end_point.port(), own(&sender).port());
    // One that fits exactly, and one without bytes.
    send().unwrap();
    assert_eq!(receiver.receive(&mut [0; 10]).unwrap(), 10);
    sender.send_to(b"", SocketFlags::NONE, at.clone()).unwrap();
    let empty = receiver.receive_from(&mut buffer, SocketFlags::NONE);
    assert_eq!(empty.unwrap().received_bytes, 0);
    let long = vec![0; 65_508];
    check_code(
        sender.send_to(&long, SocketFlags::NONE, at),
        SocketErrorCode::MessageSize,
    );
}

#[test]
fn where_a_message_arrived() {
    let mut buffer = [0; 10];
    for (family, host) in [
        (AddressFamily::InterNetwork, "127.0.0.1"),
        (AddressFamily::InterNetworkV6, "::1"),
    ] {
        if family == AddressFamily::InterNetworkV6 && !Socket::os_supports_ipv6() {
            println!("skipped: where_a_message_arrived: no IPv6");
            continue;
        }
        let any: IpAddress = match family {
            AddressFamily::InterNetwork => "0.0.0.0".parse().unwrap(),
            _ => "::".parse().unwrap(),
        };
        let receiver = Socket::new(family, SocketType::Dgram, ProtocolType::UDP).unwrap();
        receiver.bind(IpEndPoint::new(any, 0)).unwrap();
        let level = match family {
            AddressFamily::InterNetwork => SocketOptionLevel::Ip,
            _ => SocketOptionLevel::Ipv6,
        };
        receiver
            .set_socket_option_bool(level, SocketOptionName::PACKET_INFORMATION, true)
            .unwrap();
        let host: IpAddress = host.parse().unwrap();
        let sender = Socket::new(family, SocketType::Dgram, ProtocolType::UDP).unwrap();
        let to = IpEndPoint::new(host, own(&receiver).port());
        sender.send_to(b"x", SocketFlags::NONE, to).unwrap();
        let message = receiver
            .receive_message_from(&mut buffer, SocketFlags::NONE)
            .unwrap();
        assert_eq!(message.received_bytes, 1);
        assert_eq!(message.socket_flags, SocketFlags::NONE);
        let information = message.packet_information;
        assert_eq!(information.address(), Some(host));
        assert_eq!(information.interface(), 1);
        let EndPoint::Ip(from) = message.remote_end_point else {
            panic!("no sender");
        };
        assert_eq!(from, IpEndPoint::new(host, own(&sender).port()));
    }
    // IPv4 at a dual-mode socket, without the option set before.
    if let Ok(dual) = Socket::new_dual_mode(SocketType::Dgram, ProtocolType::UDP) {
        dual.bind(IpEndPoint::new("::".parse().unwrap(), 0))
            .unwrap();
        dual.set_blocking(false).unwrap();
        check_code(
            dual.receive_message_from(&mut buffer, SocketFlags::NONE),
            SocketErrorCode::WouldBlock,
        );
        let to = loopback(own(&dual).port());
        udp().send_to(b"x", SocketFlags::NONE, to).unwrap();
        let hang = i32::try_from(HANG.as_micros()).unwrap();
        assert!(dual.poll(hang, SelectMode::SelectRead).unwrap());
        let message = dual
            .receive_message_from(&mut buffer, SocketFlags::NONE)
            .unwrap();
        let mapped = message.packet_information.address().unwrap();
        assert_eq!(mapped.to_string(), "::ffff:127.0.0.1");
    }
    // A stream tells nothing of the kind.
    let (client, server) = pair();
    client.send(b"x").unwrap();
    let message = server
        .receive_message_from(&mut buffer, SocketFlags::NONE)
        .unwrap();
    assert_eq!(message.packet_information.address(), None);
    assert_eq!(message.remote_end_point, own(&client));
}

/// Its time-out ends the wait for a peer that takes nothing; what was taken before was sent.
#[test]
fn send_file_ends_by_its_time_out() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(64 << 20).unwrap();
    for nonblocking_descriptor in [false, true] {
        let (client, server) = pair();
        if nonblocking_descriptor {
            client.set_blocking(false).unwrap();
            client.set_blocking(true).unwrap();
        }
        client.set_send_timeout(50).unwrap();
        check_code(client.send_file(file.path()), SocketErrorCode::TimedOut);
        // The connection is whole, and what was sent arrives.
        assert!(client.connected());
        client.shutdown(SocketShutdown::Send).unwrap();
        let sent = receive_all(&server).len();
        assert!((1..64 << 20).contains(&sent), "{sent}");
    }
}

#[test]
fn send_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let data: Vec<u8> = (0..3_000_000_u32).map(|n| (n >> 3) as u8).collect();
    std::fs::write(&path, &data).unwrap();

    let (client, server) = pair();
    let reader = thread::spawn(move || receive_all(&server));
    client.send_file(&path).unwrap();
    client
        .send_file_with(
            Some(&path),
            b"before",
            b"after",
            TransmitFileOptions::DISCONNECT,
        )
        .unwrap();
    let expected = [&data[..], b"before", &data, b"after"].concat();
    assert!(reader.join().unwrap() == expected);
    assert!(!client.connected());

    // A file that is not there is told as that.
    let (client, _server) = pair();
    let missing = folder.path().join("missing");
    let error = client.send_file(&missing).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::SocketError);
    assert_eq!(error.errno(), Some(libc::ENOENT));
    let text = error.to_string();
    let path_and_reason = format!("open {}: No such file or directory", missing.display());
    assert!(text.starts_with(&path_and_reason), "{text}");
    assert_eq!(
        std::io::Error::from(error).kind(),
        std::io::ErrorKind::NotFound
    );
    assert!(client.connected());

    // Also where the system does not wait.
    let (client, server) = pair();
    client.set_blocking(false).unwrap();
    check_code(
        client
            .send_file(&path)
            .and_then(|()| client.send_file(&path)),
        SocketErrorCode::WouldBlock,
    );
    drop(server);

    // Without a file, with an empty one, and without any.
    let (client, server) = pair();
    let none = TransmitFileOptions::USE_DEFAULT_WORKER_THREAD;
    let empty = folder.path().join("empty");
    std::fs::write(&empty, b"").unwrap();
    client.send_file_with(None, b"a", b"b", none).unwrap();
    client
        .send_file_with(Some(&empty), b"c", b"", none)
        .unwrap();
    client
        .send_file_with(
            None,
            b"d",
            b"",
            TransmitFileOptions::DISCONNECT | TransmitFileOptions::REUSE_SOCKET,
        )
        .unwrap();
    assert_eq!(receive_all(&server), b"abcd");
    let (other, at) = listener(1);
    client.connect(at).unwrap();
    other.accept().unwrap();

    let error = client.send_file(folder.path().join("no")).unwrap_err();
    assert_eq!(error.errno(), Some(libc::ENOENT));
    check_misuse(udp().send_file(&path), "stream");
    // A connection that is gone is an error and no signal.
    let (client, server) = pair();
    server.close_timeout(0);
    let error = (0..100)
        .find_map(|_| client.send_file(&path).err())
        .expect("the peer is gone");
    assert!(matches!(
        error.code(),
        SocketErrorCode::ConnectionReset | SocketErrorCode::Shutdown
    ));
    check_code(client.send_file(&path), SocketErrorCode::Shutdown);
}

/// Bytes of a plain peer in both directions, many more than the buffers have room for.
#[test]
fn bulk_both_ways() {
    let (server, at) = listener(1);
    let data: Vec<u8> = (0..4_000_000_u32).map(|n| (n % 251) as u8).collect();
    let expected = data.clone();
    let plain = thread::spawn(move || {
        let mut peer = std::net::TcpStream::connect(("127.0.0.1", at.port())).unwrap();
        let mut all = vec![0; expected.len()];
        peer.read_exact(&mut all).unwrap();
        assert!(all == expected);
        peer.write_all(&all).unwrap();
    });
    let peer = server.accept().unwrap();
    assert_eq!(peer.send(&data).unwrap(), data.len());
    assert!(receive_all(&peer) == data);
    plain.join().unwrap();
}
