//! Closing a socket that other threads are in calls on.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use system_net_primitives::{AddressFamily, EndPoint, UnixDomainSocketEndPoint};
use system_net_sockets::{
    ProtocolType, SelectMode, Socket, SocketError, SocketErrorCode, SocketFlags, SocketType,
};
use system_net_testkit::Blocked;

use super::{HANG, bound_udp, check_code, listener, own, pair, tcp};

/// Runs a call that waits, closes the socket meanwhile, and tells what came of it. The time is
/// from the close to the end of the call.
fn close_during<T: std::fmt::Debug + Send + 'static>(
    socket: Socket,
    call: impl FnOnce(&Socket) -> Result<T, SocketError> + Send + 'static,
) -> (Result<T, SocketError>, Duration) {
    let socket = Arc::new(socket);
    let (started, has_started) = mpsc::channel();
    let caller = {
        let socket = Arc::clone(&socket);
        thread::spawn(move || {
            started.send(Blocked::this_thread()).unwrap();
            let result = call(&socket);
            (result, Instant::now())
        })
    };
    has_started.recv_timeout(HANG).unwrap().wait();
    assert!(!caller.is_finished(), "the call did not wait");
    let closed = Instant::now();
    socket.close();
    let (result, ended) = caller.join().unwrap();
    (result, ended - closed)
}

/// The most that a close may take to end a call.
const PROMPT: Duration = Duration::from_millis(100);

/// A socket of `make`, and what it needs meanwhile, ends its call when it is closed. A busy machine
/// may be late, so the best of ten counts for the time.
#[track_caller]
fn check<K, T: std::fmt::Debug + Send + 'static>(
    make: impl Fn() -> (Socket, K),
    call: impl Fn(&Socket) -> Result<T, SocketError> + Clone + Send + 'static,
) {
    let mut best = Duration::MAX;
    for _ in 0..10 {
        let (socket, _kept) = make();
        let (result, time) = close_during(socket, call.clone());
        check_code(result, SocketErrorCode::Interrupted);
        best = best.min(time);
        if best < PROMPT {
            return;
        }
    }
    panic!("too late: {best:?}");
}

#[test]
fn close_unblocks_blocked_calls() {
    check(pair, |socket| socket.receive(&mut [0]));
    check(pair, |socket| socket.poll(-1, SelectMode::SelectRead));
    check(pair, |socket| {
        let (read, none) = (&mut vec![socket], &mut Vec::new());
        Socket::select(read, none, &mut Vec::new(), -1)
    });
    // A send that found no room.
    let data: Arc<[u8]> = vec![0; 64 << 20].into();
    check(pair, move |socket| socket.send(&data));
    let file = Arc::new(tempfile::NamedTempFile::new().unwrap());
    file.as_file().set_len(64 << 20).unwrap();
    check(pair, move |socket| socket.send_file(file.path()));
    check(|| listener(1), Socket::accept);
    check(
        || listener(1),
        |socket| socket.poll(-1, SelectMode::SelectRead),
    );
    check(bound_udp, |socket| {
        socket.receive_from(&mut [0], SocketFlags::NONE)
    });
    check(bound_udp, |socket| {
        socket.receive_message_from(&mut [0], SocketFlags::NONE)
    });
    // A connect to a listener whose queue is full and drops what comes.
    let (_full, at) = listener(0);
    let filler = tcp();
    filler.connect(at.clone()).unwrap();
    check(|| (tcp(), ()), move |socket| socket.connect(at.clone()));
    // Where the system does not wait, poll(2) does.
    let polling = || {
        let (client, server) = pair();
        client.set_blocking(false).unwrap();
        client.set_blocking(true).unwrap();
        (client, server)
    };
    check(polling, |socket| socket.receive(&mut [0]));

    let local = |socket_type| {
        let socket = Socket::new(AddressFamily::Unix, socket_type, ProtocolType::UNSPECIFIED);
        let socket = socket.unwrap();
        socket.bind(UnixDomainSocketEndPoint::unnamed()).unwrap();
        (socket, ())
    };
    let local_listener = || {
        let (socket, ()) = local(SocketType::Stream);
        socket.listen(1).unwrap();
        (socket, ())
    };
    check(local_listener, Socket::accept);
    check(
        || local(SocketType::Dgram),
        |socket| socket.receive(&mut [0]),
    );
    // A message to a local peer whose queue is full, which no shutdown of the sender wakes.
    let (full, at) = full_local_receiver();
    let to = at.clone();
    let connected = move || {
        let (socket, ()) = local(SocketType::Dgram);
        socket.connect(to.clone()).unwrap();
        (socket, ())
    };
    check(&connected, |socket| socket.send(b"x"));
    check(&connected, |socket| {
        socket.send_buffers(&[std::io::IoSlice::new(b"x")], SocketFlags::NONE)
    });
    let to = at.clone();
    check(
        || local(SocketType::Dgram),
        move |socket| socket.send_to(b"x", SocketFlags::NONE, to.clone()),
    );
    // Its time-out, and room, end the wait as well.
    let (socket, ()) = connected();
    socket.set_send_timeout(50).unwrap();
    check_code(socket.send(b"x"), SocketErrorCode::TimedOut);
    socket.set_send_timeout(0).unwrap();
    let sender = thread::spawn(move || socket.send(b"x"));
    assert_eq!(full.receive(&mut [0; 8]), Ok(1));
    assert_eq!(sender.join().unwrap(), Ok(1));

    // A connect to a local listener whose queue is full.
    let (_listener, _filler, at) = full_local_listener();
    let to = at.clone();
    check(
        || (local_stream(), ()),
        move |socket| socket.connect(to.clone()),
    );
    let tried = || {
        let socket = local_stream();
        socket.set_blocking(false).unwrap();
        check_code(socket.connect(at.clone()), SocketErrorCode::WouldBlock);
        socket.set_blocking(true).unwrap();
        (socket, ())
    };
    let to = at.clone();
    check(tried, move |socket| socket.connect(to.clone()));

    // A kind that a shutdown does not wake.
    let packets = || {
        Socket::new(
            AddressFamily::Packet,
            SocketType::Dgram,
            ProtocolType::UNSPECIFIED,
        )
    };
    match packets() {
        Ok(_) => check(
            || (packets().unwrap(), ()),
            |socket| socket.receive(&mut [0]),
        ),
        Err(error) => println!("skipped: close_unblocks_blocked_calls: packet sockets: {error}"),
    }
}

/// Many threads close while others start calls; no call hangs and none sees another socket.
#[test]
fn close_races_with_calls() {
    // A listener that drops what comes.
    let (_full, at) = listener(0);
    let filler = tcp();
    filler.connect(at.clone()).unwrap();
    for round in 0..200 {
        let (client, server) = pair();
        let client = Arc::new(client);
        let receiver = {
            let client = Arc::clone(&client);
            thread::spawn(move || client.receive(&mut [0]))
        };
        let connector = {
            let socket = Arc::new(tcp());
            let waits = Arc::clone(&socket);
            let at = at.clone();
            let thread = thread::spawn(move || waits.connect(at));
            (socket, thread)
        };
        if round % 2 == 0 {
            thread::yield_now();
        }
        client.close();
        connector.0.close();
        let error = receiver.join().unwrap().unwrap_err();
        let closed = error.code() == SocketErrorCode::Interrupted || error.misuse().is_some();
        assert!(closed, "{error:?}");
        connector.1.join().unwrap().unwrap_err();
        // The peer sees the end.
        assert_eq!(server.receive(&mut [0]).unwrap(), 0);
    }
    // A share that is taken out fails while a call is in flight, and works without.
    let (socket, at) = bound_udp();
    let socket = Arc::new(socket);
    let waiting = {
        let socket = Arc::clone(&socket);
        thread::spawn(move || socket.receive(&mut [0; 1]))
    };
    thread::sleep(Duration::from_millis(20));
    let sender = super::udp();
    sender.send_to(b"x", SocketFlags::NONE, at).unwrap();
    assert_eq!(waiting.join().unwrap().unwrap(), 1);
    let socket = Arc::into_inner(socket).unwrap();
    let port = own(&socket).port();
    let plain = std::net::UdpSocket::try_from(socket).unwrap();
    assert_eq!(plain.local_addr().unwrap().port(), port);
}

fn local_stream() -> Socket {
    let unspecified = ProtocolType::UNSPECIFIED;
    Socket::new(AddressFamily::Unix, SocketType::Stream, unspecified).unwrap()
}

/// A local socket whose queue of messages is full, and where it is.
fn full_local_receiver() -> (Socket, EndPoint) {
    let make = || {
        let made = Socket::new(
            AddressFamily::Unix,
            SocketType::Dgram,
            ProtocolType::UNSPECIFIED,
        );
        made.unwrap()
    };
    let receiver = make();
    receiver.bind(UnixDomainSocketEndPoint::unnamed()).unwrap();
    let at = receiver.local_end_point().unwrap().unwrap();
    let filler = make();
    filler.connect(at.clone()).unwrap();
    filler.set_blocking(false).unwrap();
    while filler.send(b"x").is_ok() {}
    (receiver, at)
}

/// A local listener that has no room, what fills it, and its end point.
fn full_local_listener() -> (Socket, Socket, EndPoint) {
    let listener = local_stream();
    listener.bind(UnixDomainSocketEndPoint::unnamed()).unwrap();
    listener.listen(0).unwrap();
    let at = own(&listener);
    let filler = local_stream();
    filler.connect(at.clone()).unwrap();
    (listener, filler, at)
}

/// The send time-out ends a connect to a local listener whose queue is full; room ends the wait.
#[test]
fn a_local_connect_waits_for_room() {
    for nonblocking_descriptor in [false, true] {
        let (listener, _filler, at) = full_local_listener();
        let socket = local_stream();
        if nonblocking_descriptor {
            // As an asynchronous call leaves it: the descriptor does not wait, calls do.
            let given_up = socket.begin_connect(at.clone(), None, None);
            given_up.cancel();
            socket.end_connect(&given_up).unwrap_err();
        }
        socket.set_send_timeout(80).unwrap();
        let started = Instant::now();
        check_code(socket.connect(at.clone()), SocketErrorCode::TimedOut);
        assert!(started.elapsed() >= Duration::from_millis(80));
        assert_eq!(socket.send_timeout().unwrap(), 80);
        assert!(!socket.connected());

        socket.set_send_timeout(0).unwrap();
        let taking = thread::spawn(move || {
            thread::sleep(Duration::from_millis(60));
            (listener.accept().unwrap(), listener.accept().unwrap())
        });
        socket.connect(at).unwrap();
        let (_, peer) = taking.join().unwrap();
        // The system's own time-out is as it was.
        socket.send(&[7; 10]).unwrap();
        assert_eq!(peer.receive(&mut [0; 20]).unwrap(), 10);
        assert_eq!(
            socket2::SockRef::from(&socket.safe_handle().unwrap())
                .write_timeout()
                .unwrap(),
            None
        );
    }
}
