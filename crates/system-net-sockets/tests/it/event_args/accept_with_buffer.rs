//! Accepting with a buffer: the operation ends with the first data of the connection.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::TryRecvError;
use std::thread;
use std::time::Duration;

use system_net_sockets::SelectMode;

use super::*;

fn with_buffer(length: usize) -> (SocketAsyncEventArgs, Receiver<Ended>) {
    let (args, reports) = watched();
    args.set_memory_buffer(vec![b'.'; length]).unwrap();
    (args, reports)
}

fn peer(end_point: &EndPoint) -> TcpStream {
    let address: SocketAddr = end_point.to_string().parse().unwrap();
    let peer = TcpStream::connect(address).unwrap();
    peer.set_read_timeout(Some(HANG)).unwrap();
    peer
}

fn ended(error: SocketErrorCode, bytes: usize) -> Ended {
    Ended {
        operation: SocketAsyncOperation::Accept,
        error,
        bytes,
    }
}

fn received(args: &SocketAsyncEventArgs) -> Vec<u8> {
    args.buffer().unwrap()[..args.bytes_transferred()].to_vec()
}

/// Until the engine has taken the connection: it waits in the system's queue no more.
fn until_taken(listener: &Socket) {
    for _ in 0..2_000 {
        if !listener.poll(0, SelectMode::SelectRead).unwrap() {
            return;
        }
        // Nothing tells when a context has taken a connection; that is the point.
        thread::sleep(Duration::from_millis(1));
    }
    panic!("nobody takes the connection");
}

#[test]
fn saea_accept_ends_with_the_first_data() {
    for waits_before in [true, false] {
        let (server, end_point) = listener();
        let (args, reports) = with_buffer(8);
        if waits_before {
            assert!(server.accept_args(&args).unwrap());
        }
        let mut client = peer(&end_point);
        if !waits_before {
            assert!(server.accept_args(&args).unwrap());
        }
        until_taken(&server);
        // Connected, and not accepted as long as nothing was said.
        assert_eq!(reports.try_recv(), Err(TryRecvError::Empty));
        assert!(args.take_accept_socket().is_none());
        assert!(server.accept_args(&args).unwrap_err().misuse().is_some());
        client.write_all(b"hello").unwrap();
        let end = reports.recv_timeout(HANG).unwrap();
        assert_eq!(end, ended(SocketErrorCode::Success, 5));
        assert_eq!(received(&args), b"hello");
        // What comes later is the socket's.
        let socket = args.take_accept_socket().unwrap();
        client.write_all(b"world").unwrap();
        let mut rest = [0; 8];
        assert_eq!(socket.receive(&mut rest).unwrap(), 5);
        assert_eq!(&rest[..5], b"world");
        // A listener that is closed closes no connection that was accepted.
        server.close();
        socket.send(b"answer").unwrap();
        let mut answer = [0; 6];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"answer");
    }
}

/// What was sent before the accept is there at once, as much as the buffer holds.
#[test]
fn saea_accept_takes_what_is_there() {
    let (server, end_point) = listener();
    let (args, reports) = with_buffer(4);
    let mut client = peer(&end_point);
    client.write_all(b"hello").unwrap();
    if server.accept_args(&args).unwrap() {
        reports.recv_timeout(HANG).unwrap();
    }
    assert_eq!(args.socket_error(), SocketErrorCode::Success);
    assert_eq!(received(&args), b"hell");
    let socket = args.take_accept_socket().unwrap();
    let mut rest = [0; 8];
    assert_eq!(socket.receive(&mut rest).unwrap(), 1);

    // A window of the buffer is what is filled; one of no bytes receives nothing.
    args.set_buffer_range(2, 1).unwrap();
    let mut client = peer(&end_point);
    client.write_all(b"XYZ").unwrap();
    if server.accept_args(&args).unwrap() {
        reports.recv_timeout(HANG).unwrap();
    }
    assert_eq!(args.bytes_transferred(), 1);
    assert_eq!(&args.buffer().unwrap()[..], b"heXl");
    drop(args.take_accept_socket().unwrap());
    args.set_buffer_range(0, 0).unwrap();
    assert!(server.accept_args(&args).unwrap());
    let _silent = peer(&end_point);
    let end = reports.recv_timeout(HANG).unwrap();
    assert_eq!(end, ended(SocketErrorCode::Success, 0));
    assert!(args.take_accept_socket().unwrap().connected());
}

/// The end of the peer ends it: in order with no bytes, by a reset with its error, and then the
/// connection is gone.
#[test]
fn saea_accept_of_a_peer_that_says_nothing() {
    let (server, end_point) = listener();
    let (args, reports) = with_buffer(8);
    assert!(server.accept_args(&args).unwrap());
    let client = peer(&end_point);
    until_taken(&server);
    client.shutdown(Shutdown::Write).unwrap();
    let end = reports.recv_timeout(HANG).unwrap();
    assert_eq!(end, ended(SocketErrorCode::Success, 0));
    assert!(args.take_accept_socket().is_some());

    assert!(server.accept_args(&args).unwrap());
    let client = tcp();
    client.connect(end_point.clone()).unwrap();
    until_taken(&server);
    client.close_timeout(0);
    let end = reports.recv_timeout(HANG).unwrap();
    assert_eq!(end, ended(SocketErrorCode::ConnectionReset, 0));
    assert!(args.take_accept_socket().is_none());

    // The context goes on to be of use, into a socket of the program's too.
    args.set_accept_socket(Some(tcp())).unwrap();
    assert!(server.accept_args(&args).unwrap());
    let mut client = peer(&end_point);
    until_taken(&server);
    client.write_all(b"again").unwrap();
    let end = reports.recv_timeout(HANG).unwrap();
    assert_eq!(end, ended(SocketErrorCode::Success, 5));
    let socket = args.take_accept_socket().unwrap();
    let own = client.local_addr().unwrap().to_string();
    assert_eq!(socket.remote_end_point().unwrap().unwrap().to_string(), own);
}

/// Many contexts of one listener, of which most have silent peers: those are in nobody's way, and
/// all end when the listener is closed, each once.
#[test]
fn saea_silent_peers_are_in_nobodys_way() {
    const SILENT: usize = 40;
    let (server, end_point) = listener();
    let mut contexts: Vec<_> = (0..SILENT + 1).map(|_| with_buffer(16)).collect();
    for (args, _) in &contexts {
        assert!(server.accept_args(args).unwrap());
    }
    let mut silent: Vec<_> = (0..SILENT).map(|_| peer(&end_point)).collect();
    until_taken(&server);
    let mut talks = peer(&end_point);
    talks.write_all(b"first").unwrap();
    let (args, reports) = contexts.pop().unwrap();
    assert_eq!(
        reports.recv_timeout(HANG).unwrap(),
        ended(SocketErrorCode::Success, 5)
    );
    assert_eq!(received(&args), b"first");
    // Any of the silent ones may speak first.
    let middle = SILENT / 2;
    silent[middle].write_all(b"second").unwrap();
    let (args, reports) = contexts.remove(middle);
    assert_eq!(
        reports.recv_timeout(HANG).unwrap(),
        ended(SocketErrorCode::Success, 6)
    );
    assert_eq!(received(&args), b"second");
    let kept = args.take_accept_socket().unwrap();
    let mut kept_peer = silent.remove(middle);

    server.close();
    for (args, reports) in &contexts {
        let end = reports.recv_timeout(HANG).unwrap();
        assert_eq!(end, ended(SocketErrorCode::OperationAborted, 0));
        assert_eq!(reports.try_recv(), Err(TryRecvError::Empty));
        assert!(args.take_accept_socket().is_none());
    }
    for peer in &mut silent {
        // The end, or a reset, but no wait.
        assert!(!matches!(peer.read(&mut [0]), Ok(1)));
    }
    kept.send(b"alive").unwrap();
    kept_peer.read_exact(&mut [0; 5]).unwrap();
}

/// The listener is closed or dropped while connections come and speak: each context ends exactly
/// once, and none is forgotten.
#[test]
fn saea_accept_with_a_buffer_races_with_closing() {
    const CONTEXTS: usize = 4;
    let mut seen = HashMap::new();
    for round in 0..200 {
        let (server, end_point) = listener();
        let contexts: Vec<_> = (0..CONTEXTS).map(|_| with_buffer(16)).collect();
        for (args, _) in &contexts[1..] {
            assert!(server.accept_args(args).unwrap());
        }
        let mut peers: Vec<_> = (0..CONTEXTS).map(|_| peer(&end_point)).collect();
        let late = contexts[0].0.clone();
        let pending = thread::scope(|scope| {
            scope.spawn(|| {
                for peer in peers.iter_mut().skip(round % 2) {
                    // It may be reset by now.
                    let _ = peer.write_all(b"data");
                }
            });
            let accepting = scope.spawn(|| server.accept_args(&late));
            if round % 3 == 0 {
                thread::yield_now();
            }
            server.close();
            accepting.join().unwrap()
        });
        for (number, (args, reports)) in contexts.iter().enumerate() {
            if number == 0 && !matches!(pending, Ok(true)) {
                assert_eq!(reports.try_recv(), Err(TryRecvError::Empty));
                continue;
            }
            let end = reports
                .recv_timeout(HANG)
                .unwrap_or_else(|_| panic!("round {round}: context {number} was forgotten"));
            *seen.entry(end.error.value()).or_insert(0) += 1;
            let socket = args.take_accept_socket();
            assert_eq!(socket.is_some(), end.error == SocketErrorCode::Success);
            assert_eq!(reports.try_recv(), Err(TryRecvError::Empty), "ended twice");
        }
    }
    assert!(seen.contains_key(&SocketErrorCode::OperationAborted.value()));
}
