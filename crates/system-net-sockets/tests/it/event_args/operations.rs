//! The nine operations.

use super::*;
use std::io::{Seek, SeekFrom, Write};
use system_net_primitives::{DnsEndPoint, IpAddress, IpEndPoint, Misuse};
use system_net_sockets::{SendPacketsElement, SocketFlags, TransmitFileOptions};

#[test]
fn saea_nine_operations() {
    // Accept and connect, both pending.
    let (server, end_point) = listener();
    let (accept, accepts) = watched();
    assert!(server.accept_args(&accept).unwrap());
    let client = tcp();
    let (connect, connects) = watched();
    connect.set_remote_end_point(Some(end_point));
    succeeded(client.connect_args(&connect), &connect, &connects);
    assert!(client.connected());
    let ended = accepts.recv_timeout(HANG).unwrap();
    assert_eq!(ended.operation, SocketAsyncOperation::Accept);
    let peer = accept.take_accept_socket().unwrap();
    assert_eq!(peer.remote_end_point(), client.local_end_point());

    // Send and receive.
    let (send, sends) = with_buffer(0);
    send.set_memory_buffer(*b"over the stream").unwrap();
    assert_eq!(succeeded(client.send_args(&send), &send, &sends), 15);
    let (receive, receives) = with_buffer(100);
    assert_eq!(
        succeeded(peer.receive_args(&receive), &receive, &receives),
        15
    );
    assert_eq!(&receive.transferred().unwrap()[..], b"over the stream");

    // Packets.
    let (packets, packet_ends) = watched();
    let elements = ["one ", "two"]
        .map(SendPacketsElement::from_buffer)
        .to_vec();
    packets.set_send_packets_elements(Some(elements)).unwrap();
    assert_eq!(
        succeeded(client.send_packets_args(&packets), &packets, &packet_ends),
        7
    );
    let mut text = Vec::new();
    while text.len() < 7 {
        succeeded(peer.receive_args(&receive), &receive, &receives);
        text.extend_from_slice(&receive.transferred().unwrap());
    }
    assert_eq!(text, b"one two");

    // Disconnect: the other end receives the end.
    let (disconnect, disconnects) = watched();
    succeeded(
        client.disconnect_args(&disconnect),
        &disconnect,
        &disconnects,
    );
    assert!(!client.connected());
    assert_eq!(
        succeeded(peer.receive_args(&receive), &receive, &receives),
        0
    );

    // Datagrams: to, from, and with packet information.
    let (left, right) = (udp(), udp());
    let target = right.local_end_point().unwrap().unwrap();
    let (from, froms) = with_buffer(100);
    from.set_remote_end_point(Some(any_port().into()));
    assert!(right.receive_from_args(&from).unwrap());
    let (to, tos) = watched();
    to.set_memory_buffer(*b"datagram").unwrap();
    to.set_remote_end_point(Some(target.clone()));
    assert_eq!(succeeded(left.send_to_args(&to), &to, &tos), 8);
    assert_eq!(froms.recv_timeout(HANG).unwrap().bytes, 8);
    assert_eq!(&from.transferred().unwrap()[..], b"datagram");
    assert_eq!(from.remote_end_point(), left.local_end_point().unwrap());

    let (message, messages) = with_buffer(100);
    message.set_remote_end_point(Some(any_port().into()));
    assert!(right.receive_message_from_args(&message).unwrap());
    succeeded(left.send_to_args(&to), &to, &tos);
    assert_eq!(messages.recv_timeout(HANG).unwrap().bytes, 8);
    assert_eq!(message.remote_end_point(), left.local_end_point().unwrap());
    let information = message.receive_message_from_packet_info();
    assert_eq!(information.address(), Some(IpAddress::LOOPBACK));
    assert!(information.interface() > 0);
    assert_eq!(message.socket_flags(), SocketFlags::NONE);
}

#[test]
fn saea_sync_completion_no_event() {
    let (client, server) = pair();
    let (args, reports) = with_buffer(16);
    // There is room: done now, and no handler is called.
    args.set_memory_buffer(*b"now").unwrap();
    assert!(!client.send_args(&args).unwrap());
    assert_eq!(args.bytes_transferred(), 3);
    // There are data: the same.
    server.receive_with(&mut [0], SocketFlags::PEEK).unwrap();
    assert!(!server.receive_args(&args).unwrap());
    assert_eq!(&args.transferred().unwrap()[..], b"now");
    // A failure at once is a result, not an error of the call, and calls no handler either.
    let alone = tcp();
    assert!(!alone.send_args(&args).unwrap());
    assert_ne!(args.socket_error(), SocketErrorCode::Success);
    silent(&reports);
    // There is nothing: pending, and the handler is called once.
    assert!(server.receive_args(&args).unwrap());
    silent(&reports);
    client.send(b"x").unwrap();
    assert_eq!(reports.recv_timeout(HANG).unwrap().bytes, 1);
    silent(&reports);
}

#[test]
fn saea_last_operation() {
    let (client, server) = pair();
    let (args, reports) = with_buffer(64);
    let check = |operation, error, bytes| {
        assert_eq!(args.last_operation(), operation);
        assert_eq!(args.socket_error(), error);
        assert_eq!(args.bytes_transferred(), bytes);
    };
    type Operation = SocketAsyncOperation;
    type Code = SocketErrorCode;
    succeeded(client.send_args(&args), &args, &reports);
    check(Operation::Send, Code::Success, 64);
    succeeded(server.receive_args(&args), &args, &reports);
    check(Operation::Receive, Code::Success, 64);
    // A failed operation has no bytes left from the one before.
    args.set_remote_end_point(Some(refusing()));
    let other = tcp();
    let failed = ended(other.connect_args(&args), &args, &reports);
    assert_eq!(failed.error, Code::ConnectionRefused);
    check(Operation::Connect, Code::ConnectionRefused, 0);
    assert_eq!(args.error().unwrap().errno(), Some(libc_refused()));
    succeeded(client.disconnect_args(&args), &args, &reports);
    check(Operation::Disconnect, Code::Success, 0);
    assert!(args.error().is_none());
}

/// A port nobody listens at: it was free a moment ago.
fn refusing() -> EndPoint {
    let (listener, end_point) = listener();
    drop(listener);
    end_point
}

fn libc_refused() -> i32 {
    std::net::TcpStream::connect(match refusing() {
        EndPoint::Ip(end_point) => SocketAddr::from(end_point),
        other => panic!("{other}"),
    })
    .unwrap_err()
    .raw_os_error()
    .unwrap()
}

#[test]
fn saea_15_accepts() {
    const ACCEPTS: usize = 15;
    let (server, end_point) = listener();
    let (report, reports) = channel();
    let report = Arc::new(Mutex::new(report));
    let server = Arc::new(server);
    let contexts: Vec<_> = (0..ACCEPTS)
        .map(|number| {
            let args = SocketAsyncEventArgs::new();
            args.set_user_token(Some(Arc::new(number)));
            let (own, report) = (Arc::clone(&server), Arc::clone(&report));
            args.set_handler(Some(Arc::new(move |args: &SocketAsyncEventArgs| {
                // Done, and at once the next accept with the same context.
                loop {
                    let token = args.user_token().unwrap();
                    let number = *token.downcast_ref::<usize>().unwrap();
                    let socket = args.take_accept_socket();
                    if report.lock().unwrap().send((number, socket)).is_err() {
                        return;
                    }
                    match own.accept_args(args) {
                        Ok(false) => {}
                        Ok(true) | Err(_) => return,
                    }
                }
            })));
            assert!(server.accept_args(&args).unwrap());
            args
        })
        .collect();
    let clients: Vec<_> = (0..3 * ACCEPTS)
        .map(|_| {
            let client = tcp();
            client.connect(end_point.clone()).unwrap();
            client
        })
        .collect();
    let mut by_context = [0; ACCEPTS];
    let mut peers: Vec<_> = (0..3 * ACCEPTS)
        .map(|_| {
            let (number, socket) = reports.recv_timeout(HANG).unwrap();
            by_context[number] += 1;
            socket
                .unwrap()
                .remote_end_point()
                .unwrap()
                .unwrap()
                .to_string()
        })
        .collect();
    let mut expected: Vec<_> = clients
        .iter()
        .map(|client| client.local_end_point().unwrap().unwrap().to_string())
        .collect();
    peers.sort();
    expected.sort();
    assert_eq!(peers, expected);
    assert_eq!(by_context.iter().sum::<usize>(), 3 * ACCEPTS);
    // Closing ends the fifteen that are pending again.
    assert!(contexts.iter().all(SocketAsyncEventArgs::is_in_progress));
    server.close();
    for _ in 0..ACCEPTS {
        assert!(reports.recv_timeout(HANG).unwrap().1.is_none());
    }
}

/// A connection in a socket that is of another kind would lose its data.
#[test]
fn saea_accept_socket_must_fit_the_listener() {
    let (server, _) = listener();
    let (args, _reports) = watched();
    let (v4, v6) = (AddressFamily::InterNetwork, AddressFamily::InterNetworkV6);
    let make = |family, socket_type, protocol| Socket::new(family, socket_type, protocol).unwrap();
    for wrong in [
        make(v4, SocketType::Dgram, ProtocolType::UDP),
        make(v6, SocketType::Stream, ProtocolType::TCP),
        make(
            AddressFamily::Unix,
            SocketType::Stream,
            ProtocolType::UNSPECIFIED,
        ),
    ] {
        args.set_accept_socket(Some(wrong)).unwrap();
        let refused = server.accept_args(&args).unwrap_err();
        let misuse = refused.misuse();
        assert!(
            matches!(
                misuse,
                Some(Misuse::InvalidArgument {
                    param: "AcceptSocket",
                    ..
                })
            ),
            "{refused:?}"
        );
    }
    // TCP is what a stream of IP is, named or not.
    let unnamed = make(v4, SocketType::Stream, ProtocolType::UNSPECIFIED);
    args.set_accept_socket(Some(unnamed)).unwrap();
    assert!(server.accept_args(&args).unwrap());
}

#[test]
fn saea_accept_into_a_socket() {
    let (server, end_point) = listener();
    let (args, reports) = watched();
    args.set_accept_socket(Some(tcp())).unwrap();
    assert!(server.accept_args(&args).unwrap());
    let client = tcp();
    client.connect(end_point).unwrap();
    assert_eq!(
        reports.recv_timeout(HANG).unwrap().error,
        SocketErrorCode::Success
    );
    let accepted = args.take_accept_socket().unwrap();
    assert_eq!(accepted.remote_end_point(), client.local_end_point());
    accepted.send(b"hello").unwrap();
    let mut buffer = [0; 8];
    assert_eq!(client.receive(&mut buffer).unwrap(), 5);

    // One that is in use already is refused, and so are buffers and sockets that do not listen.
    args.set_accept_socket(Some(accepted)).unwrap();
    let refused = server.accept_args(&args).unwrap_err();
    assert!(matches!(
        refused.misuse(),
        Some(Misuse::InvalidOperation(_))
    ));
    args.set_accept_socket(None).unwrap();
    let refused = client.accept_args(&args).unwrap_err();
    assert!(matches!(
        refused.misuse(),
        Some(Misuse::InvalidOperation(_))
    ));
}

#[test]
fn saea_connect_sends_the_buffer() {
    let (server, end_point) = listener();
    let client = tcp();
    let (args, reports) = watched();
    args.set_memory_buffer(*b"first words").unwrap();
    args.set_remote_end_point(Some(end_point));
    assert_eq!(succeeded(client.connect_args(&args), &args, &reports), 11);
    let peer = server.accept().unwrap();
    let mut buffer = [0; 32];
    assert_eq!(peer.receive(&mut buffer).unwrap(), 11);
}

#[test]
fn saea_connect_by_name() {
    let (server, end_point) = listener();
    let name = |host: &str, port| EndPoint::from(DnsEndPoint::new(host, port).unwrap());
    let (args, reports) = watched();
    args.set_remote_end_point(Some(name("localhost", end_point.port())));
    let started = Socket::connect_new_args(SocketType::Stream, ProtocolType::TCP, &args);
    succeeded(started, &args, &reports);
    let client = args.take_connect_socket().unwrap();
    assert!(client.connected());
    assert!(args.connect_by_name_error().is_none());
    drop(server.accept().unwrap());

    // A name without addresses.
    args.set_remote_end_point(Some(name("no-such-host.invalid", 80)));
    let started = Socket::connect_new_args(SocketType::Stream, ProtocolType::TCP, &args);
    let failed = ended(started, &args, &reports);
    assert_ne!(failed.error, SocketErrorCode::Success);
    let error = args.connect_by_name_error().unwrap();
    assert_eq!(error.code(), failed.error);
    assert!(args.take_connect_socket().is_none());

    // A name whose addresses all refuse.
    args.set_remote_end_point(Some(name("localhost", refusing().port())));
    let started = Socket::connect_new_args(SocketType::Stream, ProtocolType::TCP, &args);
    let failed = ended(started, &args, &reports);
    assert_eq!(failed.error, SocketErrorCode::ConnectionRefused);
    assert_eq!(
        args.connect_by_name_error().unwrap().code(),
        SocketErrorCode::ConnectionRefused
    );
    assert!(args.take_connect_socket().is_none());

    // A refused address is no error of a name.
    args.set_remote_end_point(Some(refusing()));
    let failed = ended(tcp().connect_args(&args), &args, &reports);
    assert_ne!(failed.error, SocketErrorCode::Success);
    assert!(args.connect_by_name_error().is_none());
}

#[test]
fn saea_disconnect_reuse_socket() {
    let (server, end_point) = listener();
    let client = tcp();
    let (args, reports) = watched();
    for _ in 0..2 {
        args.set_remote_end_point(Some(end_point.clone()));
        succeeded(client.connect_args(&args), &args, &reports);
        let peer = server.accept().unwrap();
        args.set_disconnect_reuse_socket(true);
        succeeded(client.disconnect_args(&args), &args, &reports);
        assert_eq!(peer.receive(&mut [0; 8]).unwrap(), 0);
    }
    // Waiting works on the descriptor of now.
    args.set_remote_end_point(Some(end_point));
    succeeded(client.connect_args(&args), &args, &reports);
    let peer = server.accept().unwrap();
    args.set_memory_buffer(vec![0; 8]).unwrap();
    assert!(client.receive_args(&args).unwrap());
    peer.send(b"again").unwrap();
    assert_eq!(reports.recv_timeout(HANG).unwrap().bytes, 5);
}

#[test]
fn saea_send_packets_file() {
    const SIZE: usize = 3_000_000;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let content: Vec<u8> = (0..SIZE).map(|index| (index % 251) as u8).collect();
    file.write_all(&content).unwrap();
    file.flush().unwrap();
    // Its position does not count, and stays.
    let open = Arc::new(file.reopen().unwrap());
    (&*open).seek(SeekFrom::Start(1000)).unwrap();
    let elements = vec![
        SendPacketsElement::from_buffer("head "),
        SendPacketsElement::from_file(file.path()).with_end_of_packet(true),
        SendPacketsElement::from_file_range(file.path(), 100, 50),
        SendPacketsElement::from_buffer_range("..tail..", 2, 4).unwrap(),
        SendPacketsElement::from_buffer(""),
        SendPacketsElement::from_open_file(Arc::clone(&open)),
        SendPacketsElement::from_open_file_range(Arc::clone(&open), 7, 9),
    ];
    assert!(Arc::ptr_eq(elements[5].file_stream().unwrap(), &open));
    let others = (
        elements[5].file_path(),
        elements[5].buffer(),
        elements[1].file_stream(),
    );
    assert!(matches!(others, (None, None, None)));
    let expected = [
        b"head ",
        &content[..],
        &content[100..150],
        b"tail",
        &content,
        &content[7..16],
    ]
    .concat();
    for send_size in [0, 10_000] {
        let (client, server) = pair();
        let reader = std::thread::spawn(move || {
            let mut received = Vec::new();
            let mut piece = vec![0; 65_536];
            loop {
                match server.receive(&mut piece).unwrap() {
                    0 => return received,
                    count => received.extend_from_slice(&piece[..count]),
                }
            }
        });
        let (args, reports) = watched();
        args.set_send_packets_elements(Some(elements.clone()))
            .unwrap();
        args.set_send_packets_send_size(send_size);
        args.set_send_packets_flags(TransmitFileOptions::DISCONNECT);
        let sent = succeeded(client.send_packets_args(&args), &args, &reports);
        assert_eq!(sent, expected.len());
        assert!(!client.connected());
        assert!(reader.join().unwrap() == expected);
        assert_eq!((&*open).stream_position().unwrap(), 1000);
    }

    let (client, _server) = pair();
    let (args, _reports) = watched();
    let refused = client.send_packets_args(&args).unwrap_err();
    assert!(matches!(
        refused.misuse(),
        Some(Misuse::InvalidArgument { .. })
    ));
    args.set_send_packets_elements(Some(vec![SendPacketsElement::from_file("/no/such/file")]))
        .unwrap();
    assert!(client.send_packets_args(&args).is_err());
    assert!(!args.is_in_progress());
    args.set_send_packets_elements(Some(Vec::new())).unwrap();
    assert!(!client.send_packets_args(&args).unwrap());
    assert_eq!(args.bytes_transferred(), 0);
    let refused = tcp().send_packets_args(&args).unwrap_err();
    assert!(matches!(refused.misuse(), Some(Misuse::NotSupported(_))));
}

#[test]
fn saea_scatters_and_gathers() {
    let (client, server) = pair();
    for parts in [3, 16, 40] {
        let (send, sends) = watched();
        let buffers: Vec<Vec<u8>> = (0..parts).map(|part| vec![part as u8; 7]).collect();
        send.set_buffer_list(Some(buffers.clone())).unwrap();
        assert_eq!(succeeded(client.send_args(&send), &send, &sends), 7 * parts);
        let (receive, receives) = watched();
        receive
            .set_buffer_list(Some(vec![vec![0; 7]; parts]))
            .unwrap();
        assert_eq!(
            succeeded(server.receive_args(&receive), &receive, &receives),
            7 * parts
        );
        assert_eq!(receive.take_buffer_list().unwrap().unwrap(), buffers);
    }
}

#[test]
fn saea_send_waits_for_room_and_sends_all() {
    const SIZE: usize = 12_000_000;
    let (client, server) = pair();
    let content: Vec<u8> = (0..SIZE).map(|index| (index % 253) as u8).collect();
    let (args, reports) = watched();
    // As one buffer, then as a list that is cut anywhere.
    for list in [false, true] {
        if list {
            args.take_buffer().unwrap();
            let parts = content.chunks(1_000_003).map(<[u8]>::to_vec).collect();
            args.set_buffer_list(Some(parts)).unwrap();
        } else {
            args.set_memory_buffer(content.clone()).unwrap();
        }
        assert!(client.send_args(&args).unwrap());
        let mut received = Vec::new();
        let mut piece = vec![0; 65_536];
        while received.len() < SIZE {
            let count = server.receive(&mut piece).unwrap();
            received.extend_from_slice(&piece[..count]);
        }
        assert!(received == content);
        assert_eq!(reports.recv_timeout(HANG).unwrap().bytes, SIZE);
    }
}

#[test]
fn saea_messages_too_long_and_end_points_of_other_kinds() {
    let (left, right) = (udp(), udp());
    let (args, reports) = with_buffer(4);
    args.set_remote_end_point(Some(any_port().into()));
    left.send_to(
        b"too long",
        SocketFlags::NONE,
        right.local_end_point().unwrap().unwrap(),
    )
    .unwrap();
    let ended = ended(right.receive_from_args(&args), &args, &reports);
    assert_eq!(ended.error, SocketErrorCode::MessageSize);
    assert_eq!(ended.bytes, 4);
    assert_eq!(&args.transferred().unwrap()[..], b"too ");

    let is_argument = |error: SocketError| {
        assert!(
            matches!(error.misuse(), Some(Misuse::InvalidArgument { .. })),
            "{error:?}"
        );
    };
    args.set_remote_end_point(Some(IpEndPoint::new(IpAddress::IPV6_LOOPBACK, 1).into()));
    for refused in [
        right.receive_from_args(&args),
        right.receive_message_from_args(&args),
        right.send_to_args(&args),
    ] {
        let code = refused.unwrap_err().code();
        assert_eq!(code, SocketErrorCode::AddressFamilyNotSupported);
    }
    args.set_remote_end_point(None);
    is_argument(right.receive_from_args(&args).unwrap_err());
    is_argument(right.send_to_args(&args).unwrap_err());
    is_argument(tcp().connect_args(&args).unwrap_err());
    let none = Socket::connect_new_args(SocketType::Stream, ProtocolType::TCP, &args);
    is_argument(none.unwrap_err());
    assert!(!args.is_in_progress());
}

#[test]
fn saea_urgent_data() {
    let (client, server) = pair();
    let (args, reports) = with_buffer(1);
    args.set_socket_flags(SocketFlags::OUT_OF_BAND);
    client.send_with(b"!", SocketFlags::OUT_OF_BAND).unwrap();
    client.send(b"n").unwrap();
    // What comes behind it is there, so it is too.
    server.receive_with(&mut [0], SocketFlags::PEEK).unwrap();
    assert_eq!(succeeded(server.receive_args(&args), &args, &reports), 1);
    assert_eq!(&args.transferred().unwrap()[..], b"!");
}
