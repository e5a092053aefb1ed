//! Poll, select, time-outs, and calls that do not wait.

use std::thread;
use std::time::{Duration, Instant};

use system_net_sockets::{
    IoControlCode, SelectMode, Socket, SocketErrorCode, SocketFlags, SocketOptionLevel,
    SocketOptionName, SocketShutdown,
};

use super::{HANG, bound_udp, check_code, check_misuse, listener, loopback, own, pair, tcp, udp};

/// What 200 sockets of each state answer to each question.
#[test]
fn socket_poll_select() {
    const EACH: usize = 200;
    let hang = i32::try_from(HANG.as_micros()).unwrap();
    let (server, at) = listener(8);
    let connect = || {
        let client = tcp();
        client.connect(at.clone()).unwrap();
        (client, server.accept().unwrap())
    };
    let mut peers = Vec::new();
    // Connected with nothing to read: writable alone.
    let writable: Vec<Socket> = (0..EACH)
        .map(|_| {
            let (client, peer) = connect();
            peers.push(peer);
            client
        })
        .collect();
    let readable: Vec<Socket> = (0..EACH)
        .map(|_| {
            let (client, peer) = connect();
            peer.send(b"x").unwrap();
            peers.push(peer);
            client
        })
        .collect();
    // The peer has closed.
    let closed: Vec<Socket> = (0..EACH).map(|_| connect().0).collect();
    // Urgent data.
    let urgent: Vec<Socket> = (0..EACH)
        .map(|_| {
            let (client, peer) = connect();
            peer.send_with(b"!", SocketFlags::OUT_OF_BAND).unwrap();
            peers.push(peer);
            client
        })
        .collect();
    // Connecting to a port that refuses.
    let held = tcp();
    held.bind(loopback(0)).unwrap();
    let refused: Vec<Socket> = (0..EACH)
        .map(|_| {
            let client = tcp();
            client.set_blocking(false).unwrap();
            let error = client.connect(own(&held)).unwrap_err();
            assert!(matches!(
                error.code(),
                SocketErrorCode::WouldBlock | SocketErrorCode::ConnectionRefused
            ));
            client
        })
        .collect();
    // What to read, what to write, what went wrong.
    let states = [
        ("writable", &writable, [false, true, false]),
        ("readable", &readable, [true, true, false]),
        ("closed", &closed, [true, true, false]),
        ("urgent", &urgent, [false, true, true]),
        ("refused", &refused, [true, true, true]),
    ];
    for (state, sockets, expected) in &states {
        for socket in sockets.iter() {
            // The news may take a moment on its way.
            for (mode, expected) in SelectMode::ALL.iter().zip(expected) {
                let wait = if *expected { hang } else { 0 };
                let is = socket.poll(wait, *mode).unwrap();
                assert_eq!(is, *expected, "{state} {mode:?}");
                if *expected {
                    assert!(socket.poll(0, *mode).unwrap());
                    assert!(socket.poll(-1, *mode).unwrap());
                }
            }
        }
    }
    // A finite time runs out.
    let started = Instant::now();
    assert!(!writable[0].poll(20_000, SelectMode::SelectRead).unwrap());
    assert!(started.elapsed().as_micros() >= 20_000);

    // All of them at once; those that are not ready go.
    let all: Vec<&Socket> = states.iter().flat_map(|row| row.1.iter()).collect();
    for micro_seconds in [0, hang, -1] {
        let mut lists = [all.clone(), all.clone(), all.clone()];
        let [read, write, error] = &mut lists;
        Socket::select(read, write, error, micro_seconds).unwrap();
        for (index, list) in lists.iter().enumerate() {
            let expected: Vec<*const Socket> = states
                .iter()
                .filter(|row| row.2[index])
                .flat_map(|row| row.1.iter().map(std::ptr::from_ref))
                .collect();
            let is: Vec<*const Socket> = list
                .iter()
                .map(|socket| std::ptr::from_ref(*socket))
                .collect();
            assert_eq!(is.len(), expected.len());
            assert!(is == expected);
        }
    }
    // A socket that is not connected, or not any more, has nothing urgent and has not failed;
    // that it hangs up, as the system says, does not end the wait.
    let unconnected = tcp();
    let (over, peer) = connect();
    for end in [&over, &peer] {
        end.shutdown(SocketShutdown::Both).unwrap();
    }
    for socket in [&unconnected, &over] {
        let started = Instant::now();
        let mut error = vec![socket];
        Socket::select(&mut Vec::new(), &mut Vec::new(), &mut error, 60_000).unwrap();
        assert!(error.is_empty());
        assert!(started.elapsed().as_micros() >= 60_000);
        let started = Instant::now();
        assert!(!socket.poll(60_000, SelectMode::SelectError).unwrap());
        assert!(started.elapsed().as_micros() >= 60_000);
        // Others are told of at once.
        let mut read = vec![&readable[0]];
        let mut error = vec![socket];
        Socket::select(&mut read, &mut Vec::new(), &mut error, -1).unwrap();
        assert_eq!((read.len(), error.len()), (1, 0));
    }
    // What becomes ready meanwhile ends the wait.
    let (late, peer) = connect();
    let sender = thread::spawn(move || {
        thread::sleep(Duration::from_millis(60));
        peer.send_with(b"!", SocketFlags::OUT_OF_BAND).unwrap();
        peer
    });
    let mut error = vec![&unconnected, &late];
    Socket::select(&mut Vec::new(), &mut Vec::new(), &mut error, hang).unwrap();
    assert!(error.len() == 1 && std::ptr::eq(error[0], &late));
    sender.join().unwrap();
    // Nothing is ready within the time: the list is emptied.
    let mut read: Vec<&Socket> = writable.iter().collect();
    Socket::select(&mut read, &mut Vec::new(), &mut Vec::new(), 1000).unwrap();
    assert!(read.is_empty());
    check_misuse(
        Socket::select(&mut read, &mut Vec::new(), &mut Vec::new(), 0),
        "empty",
    );
    let gone = tcp();
    gone.close();
    check_misuse(
        Socket::select(&mut vec![&gone], &mut Vec::new(), &mut Vec::new(), 0),
        "closed",
    );
    check_misuse(gone.poll(0, SelectMode::SelectRead), "closed");

    // The refusal is told once, by the option.
    let error = |socket: &Socket| {
        let level = SocketOptionLevel::Socket;
        socket
            .get_socket_option_i32(level, SocketOptionName::ERROR)
            .unwrap()
    };
    let codes: Vec<i32> = refused.iter().map(error).collect();
    assert!(codes.iter().all(|code| [0, 10061].contains(code)));
    assert!(
        refused
            .iter()
            .all(|socket| error(socket) == 0 && !socket.connected())
    );
    // A listener is readable when somebody waits.
    assert!(!server.poll(0, SelectMode::SelectRead).unwrap());
    let client = tcp();
    client.connect(at).unwrap();
    assert!(server.poll(hang, SelectMode::SelectRead).unwrap());
}

/// Times that microseconds in an `i32` cannot say: longer than 2,147 seconds, and shorter than one.
#[test]
fn poll_and_select_for_any_time() {
    let (client, server) = pair();
    let read = SelectMode::SelectRead;
    let short = Some(Duration::from_nanos(1));
    assert!(!client.poll_timeout(short, read).unwrap());
    assert!(!client.poll_timeout(Some(Duration::ZERO), read).unwrap());
    let (mut readable, mut none) = (vec![&client], vec![]);
    Socket::select_timeout(&mut readable, &mut vec![], &mut none, short).unwrap();
    assert!(readable.is_empty());

    for time in [
        Some(Duration::from_secs(1 << 40)),
        Some(Duration::MAX),
        None,
    ] {
        let writes = thread::scope(|scope| {
            scope.spawn(|| {
                // Real time: nothing announces that the other waits.
                thread::sleep(Duration::from_millis(20));
                server.send(b"x").unwrap();
            });
            assert!(client.poll_timeout(time, read).unwrap());
            let (mut readable, mut writable) = (vec![&client], vec![&server]);
            Socket::select_timeout(&mut readable, &mut writable, &mut vec![], time).unwrap();
            assert_eq!(readable.len(), 1);
            writable.len()
        });
        assert_eq!(writes, 1);
        client.receive(&mut [0]).unwrap();
    }
}

#[test]
fn time_outs_end_calls() {
    let (client, _server) = pair();
    for kernel_waits in [true, false] {
        if !kernel_waits {
            // What an asynchronous call leaves behind: the system does not wait any more.
            client.set_blocking(false).unwrap();
            client.set_blocking(true).unwrap();
        }
        client.set_receive_timeout(30).unwrap();
        let started = Instant::now();
        check_code(client.receive(&mut [0]), SocketErrorCode::TimedOut);
        assert!(started.elapsed().as_millis() >= 29);
        client.set_send_timeout(30).unwrap();
        let data = vec![0; 1 << 20];
        // The buffers fill, in parts; then nothing goes.
        let error = loop {
            match client.send(&data) {
                Ok(sent) => assert!(sent > 0),
                Err(error) => break error,
            }
        };
        assert_eq!(error.code(), SocketErrorCode::TimedOut);
        assert!(client.connected());
    }
    client.set_receive_timeout(-1).unwrap();
    assert_eq!(client.receive_timeout().unwrap(), 0);
    check_misuse(client.set_send_timeout(-2), "milliseconds");
    // An accept does not obey the time-out of receives: it is there when the client comes.
    let (server, at) = listener(1);
    server.set_receive_timeout(10).unwrap();
    let late = thread::spawn(move || {
        thread::sleep(Duration::from_millis(60));
        let client = tcp();
        client.connect(at).unwrap();
        client
    });
    let peer = server.accept().unwrap();
    let _client = late.join().unwrap();
    // The connection has the time-out of its listener, as the system has it.
    assert_eq!(peer.receive_timeout().unwrap(), 10);
    check_code(peer.receive(&mut [0]), SocketErrorCode::TimedOut);
}

#[test]
fn calls_that_do_not_wait() {
    let (server, at) = listener(1);
    server.set_blocking(false).unwrap();
    assert!(!server.blocking());
    check_code(server.accept(), SocketErrorCode::WouldBlock);
    let client = tcp();
    client.set_blocking(false).unwrap();
    check_code(client.connect(at), SocketErrorCode::WouldBlock);
    let hang = i32::try_from(HANG.as_micros()).unwrap();
    assert!(client.poll(hang, SelectMode::SelectWrite).unwrap());
    assert!(client.connected());
    assert!(server.poll(hang, SelectMode::SelectRead).unwrap());
    let peer = server.accept().unwrap();
    assert!(!peer.blocking());
    check_code(client.receive(&mut [0]), SocketErrorCode::WouldBlock);
    assert!(client.connected());
    // A part is sent, and the rest is not waited for.
    let data = vec![1; 64 << 20];
    let sent = client.send(&data).unwrap();
    assert!(sent > 0 && sent < data.len());
    peer.set_blocking(true).unwrap();
    let mut received = 0;
    let mut buffer = vec![0; 1 << 16];
    while received < sent {
        received += peer.receive(&mut buffer).unwrap();
    }
    assert_eq!(received, sent);

    let (socket, _) = bound_udp();
    socket.set_blocking(false).unwrap();
    check_code(
        socket.receive_from(&mut buffer, SocketFlags::NONE),
        SocketErrorCode::WouldBlock,
    );
    check_code(
        socket.receive_message_from(&mut buffer, SocketFlags::NONE),
        SocketErrorCode::WouldBlock,
    );
}

#[test]
fn control_calls() {
    let (client, server) = pair();
    let mut out = [0; 4];
    let number = |out: [u8; 4]| i32::from_ne_bytes(out);
    server.send(b"12345").unwrap();
    let hang = i32::try_from(HANG.as_micros()).unwrap();
    assert!(client.poll(hang, SelectMode::SelectRead).unwrap());
    let written = client.io_control(IoControlCode::DATA_TO_READ, &[], &mut out);
    assert_eq!((written.unwrap(), number(out)), (4, 5));
    assert_eq!(client.available().unwrap(), 5);
    let raw = i32::try_from(libc::FIONREAD).unwrap();
    assert_eq!(client.io_control_raw(raw, &[], &mut out).unwrap(), 4);
    assert_eq!(number(out), 5);
    client.receive(&mut [0; 5]).unwrap();

    // Urgent data: ahead until the mark is reached.
    let oob = |socket: &Socket| {
        let mut out = [0; 4];
        socket
            .io_control(IoControlCode::OOB_DATA_READ, &[], &mut out)
            .unwrap();
        number(out)
    };
    assert_eq!(oob(&client), 1);
    server.send(b"ab").unwrap();
    server.send_with(b"!", SocketFlags::OUT_OF_BAND).unwrap();
    assert!(client.poll(hang, SelectMode::SelectError).unwrap());
    assert_eq!(oob(&client), 0);
    client.receive(&mut [0; 2]).unwrap();
    assert_eq!(oob(&client), 1);

    let values: Vec<u8> = [1_i32, 7_000, 2_000]
        .iter()
        .flat_map(|n| n.to_ne_bytes())
        .collect();
    client
        .io_control(IoControlCode::KEEP_ALIVE_VALUES, &values, &mut [])
        .unwrap();
    let share = client.safe_handle().unwrap();
    let raw = socket2::SockRef::from(&share);
    assert!(raw.keepalive().unwrap());
    assert_eq!(raw.tcp_keepalive_time().unwrap().as_secs(), 7);
    assert_eq!(raw.tcp_keepalive_interval().unwrap().as_secs(), 2);

    let mut local = [0; 32];
    let remote = loopback(9).serialize();
    let length = udp()
        .io_control(
            IoControlCode::ROUTING_INTERFACE_QUERY,
            remote.as_bytes(),
            &mut local,
        )
        .unwrap();
    assert_eq!(length, 16);
    assert_eq!(&local[4..8], [127, 0, 0, 1]);

    check_misuse(
        client.io_control(IoControlCode::NON_BLOCKING_IO, &[1, 0, 0, 0], &mut []),
        "set_blocking",
    );
    let fionbio = i32::try_from(libc::FIONBIO).unwrap();
    check_misuse(
        client.io_control_raw(fionbio, &[1, 0, 0, 0], &mut []),
        "set_blocking",
    );
    check_code(
        client.io_control(IoControlCode::DATA_TO_READ, &[], &mut [0; 3]),
        SocketErrorCode::Fault,
    );
    for code in [
        IoControlCode::FLUSH,
        IoControlCode::GET_QOS,
        IoControlCode::ADDRESS_LIST_SORT,
    ] {
        check_code(
            client.io_control(code, &[], &mut [0; 64]),
            SocketErrorCode::OperationNotSupported,
        );
    }
}
