//! The ends of connections as other calls see them, and what a socket thinks of itself then.

use std::sync::{Arc, mpsc};
use std::thread;

use system_net_sockets::{
    SelectMode, Socket, SocketError, SocketErrorCode, SocketFlags, SocketShutdown, TcpClient,
};
use system_net_testkit::Blocked;

use super::{HANG, check_code, listener, pair, receive_all, tcp};

/// A call that waits on a connection ends with the connection, although the socket goes on.
#[test]
fn disconnect_ends_blocked_calls() {
    type Call = fn(&Socket) -> Result<usize, SocketError>;
    let receive: Call = |socket| socket.receive(&mut [0]);
    let select: Call = |socket| {
        let mut read = vec![socket];
        Socket::select(&mut read, &mut Vec::new(), &mut Vec::new(), -1).map(|()| 0)
    };
    let poll: Call = |socket| socket.poll(-1, SelectMode::SelectRead).map(|_| 0);
    for (name, call) in [("receive", receive), ("poll", poll), ("select", select)] {
        for through_poll in [false, true] {
            let (client, server) = pair();
            client.set_receive_timeout(0).unwrap();
            if through_poll {
                client.set_blocking(false).unwrap();
                client.set_blocking(true).unwrap();
            }
            let data = vec![9; 1 << 20];
            client.set_send_buffer_size(2 << 20).unwrap();
            server.set_receive_buffer_size(2 << 20).unwrap();
            client.send(&data).unwrap();
            let client = Arc::new(client);
            let (done, is_done) = mpsc::channel();
            let waiting = Arc::clone(&client);
            let (started, has_started) = mpsc::channel();
            thread::spawn(move || {
                started.send(Blocked::this_thread()).unwrap();
                done.send(call(&waiting))
            });
            has_started.recv().unwrap().wait();
            is_done.try_recv().unwrap_err();
            client.disconnect(true).unwrap();
            let result = is_done.recv_timeout(HANG);
            let result = result.unwrap_or_else(|_| panic!("{name} goes on"));
            // The connection's end.
            assert_eq!(result.unwrap_or_default(), 0, "{name}");
            assert!(receive_all(&server) == data, "{name}");
        }
    }
    // A send that found no room.
    let (client, server) = pair();
    let client = Arc::new(client);
    let waiting = Arc::clone(&client);
    let much = vec![1; 64 << 20];
    let (started, has_started) = mpsc::channel();
    let sending = thread::spawn(move || {
        started.send(Blocked::this_thread()).unwrap();
        waiting.send(&much)
    });
    let sender = has_started.recv().unwrap();
    while server.available().unwrap() == 0 {
        thread::yield_now();
    }
    // Until there is no room left.
    sender.wait();
    client.disconnect(true).unwrap();
    let sent = sending.join().unwrap().unwrap();
    assert_eq!(receive_all(&server).len(), sent);
}

/// What was connected can be disconnected, even if the connection has ended in another way.
#[test]
fn disconnect_after_an_end() {
    type End = fn(&Socket, &Socket);
    let ends: [(&str, End); 4] = [
        ("both", |client, _| {
            client.shutdown(SocketShutdown::Both).unwrap()
        }),
        ("send", |client, _| {
            client.shutdown(SocketShutdown::Send).unwrap()
        }),
        ("closed", |client, server| {
            server.close();
            assert_eq!(client.receive(&mut [0]).unwrap(), 0);
        }),
        ("reset", |client, server| {
            server.close_timeout(0);
            let reset = SocketErrorCode::ConnectionReset;
            check_code(client.receive(&mut [0]), reset);
        }),
    ];
    for (name, end) in ends {
        let (server, at) = listener(2);
        let client = tcp();
        client
            .set_receive_timeout(i32::try_from(HANG.as_millis()).unwrap())
            .unwrap();
        client.connect(at.clone()).unwrap();
        let first = server.accept().unwrap();
        end(&client, &first);
        let done = client.disconnect(true);
        assert!(done.is_ok(), "{name}: {done:?}");
        assert!(!client.connected());
        // Once.
        check_code(client.disconnect(true), SocketErrorCode::NotConnected);
        client.connect(at).unwrap();
        let second = server.accept().unwrap();
        client.send(b"again").unwrap();
        let mut buffer = [0; 5];
        assert_eq!(second.receive(&mut buffer).unwrap(), 5, "{name}");
    }
    check_code(tcp().disconnect(true), SocketErrorCode::NotConnected);
    check_code(tcp().disconnect(false), SocketErrorCode::NotConnected);
}

/// Calls that are refused say nothing about the connection.
#[test]
fn refused_calls_leave_the_connection() {
    let (server, at) = listener(2);
    let client = tcp();
    client.connect(at.clone()).unwrap();
    let peer = server.accept().unwrap();
    check_code(client.connect(at.clone()), SocketErrorCode::IsConnected);
    assert!(client.connected());
    let connecting = client.begin_connect(at.clone(), None, None);
    let connected = client.end_connect(&connecting);
    check_code(connected, SocketErrorCode::IsConnected);
    assert!(client.connected());
    // There are no urgent data.
    let urgent = client.receive_with(&mut [0], SocketFlags::OUT_OF_BAND);
    check_code(urgent, SocketErrorCode::InvalidArgument);
    assert!(client.connected());
    client.send(b"still").unwrap();
    let mut buffer = [0; 5];
    assert_eq!(peer.receive(&mut buffer).unwrap(), 5);

    let client = TcpClient::from(client);
    check_code(client.client().connect(at), SocketErrorCode::IsConnected);
    assert!(client.connected());
    let stream = client.get_stream().unwrap();
    stream.write(b"more!").unwrap();
    assert_eq!(peer.receive(&mut buffer).unwrap(), 5);
    assert_eq!(&buffer, b"more!");
}

/// The options that the system lets us read back are those of the old descriptor.
#[test]
#[cfg(target_os = "linux")]
fn disconnect_keeps_the_options() {
    use libc::{IPPROTO_TCP, SO_BINDTODEVICE, SO_MARK, SO_PRIORITY, SOL_SOCKET, TCP_USER_TIMEOUT};
    let get = |socket: &Socket, level, name| {
        let mut value = [0; 16];
        let length = socket
            .get_raw_socket_option(level, name, &mut value)
            .unwrap();
        value[..length].to_vec()
    };
    let options: [(&str, i32, i32, &[u8]); 5] = [
        ("type of service", libc::IPPROTO_IP, libc::IP_TOS, &[0x10]),
        ("priority", SOL_SOCKET, SO_PRIORITY, &5_i32.to_ne_bytes()),
        ("device", SOL_SOCKET, SO_BINDTODEVICE, b"lo\0"),
        (
            "time-out",
            IPPROTO_TCP,
            TCP_USER_TIMEOUT,
            &7000_u32.to_ne_bytes(),
        ),
        ("mark", SOL_SOCKET, SO_MARK, &77_u32.to_ne_bytes()),
    ];
    let (server, at) = listener(1);
    let client = tcp();
    let mut expected = Vec::new();
    for (name, level, option, value) in options {
        match client.set_raw_socket_option(level, option, value) {
            Ok(()) => {}
            // Root only.
            Err(error) if option == SO_MARK => {
                check_code(Err::<(), _>(error), SocketErrorCode::AccessDenied)
            }
            Err(error) => panic!("{name}: {error:?}"),
        }
    }
    for (name, level, option, _) in options {
        expected.push((name, get(&client, level, option)));
    }
    assert_eq!(expected[1].1, 5_i32.to_ne_bytes());
    assert_eq!(expected[2].1, b"lo\0");
    client.connect(at.clone()).unwrap();
    let _first = server.accept().unwrap();
    client.disconnect(true).unwrap();
    for ((name, level, option, _), expected) in options.into_iter().zip(expected) {
        assert_eq!((name, get(&client, level, option)), expected);
    }
    // One that was left alone stays so.
    let other = tcp();
    other.connect(at).unwrap();
    other.disconnect(true).unwrap();
    assert_eq!(get(&other, SOL_SOCKET, SO_BINDTODEVICE), b"");
    assert_eq!(get(&other, SOL_SOCKET, SO_PRIORITY), 0_i32.to_ne_bytes());
}
