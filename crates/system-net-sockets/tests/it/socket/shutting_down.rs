//! What arrives after an end.

use std::thread;
use std::time::{Duration, Instant};

use system_net_sockets::{LingerOption, SelectMode, Socket, SocketErrorCode, SocketShutdown};

use super::{HANG, check_code, check_misuse, pair, receive_all, tcp};

const QUEUED: usize = 1 << 20;

/// One MiB is queued before the end; the peer reads all of it, then the end.
#[test]
fn shutdown_how_table() {
    #[track_caller]
    fn check(end: impl FnOnce(&Socket), expect_reset: bool) {
        let (client, server) = pair();
        // So that all of it is queued at once and nothing was read by the end.
        client.set_send_buffer_size(2 << 20).unwrap();
        server.set_receive_buffer_size(2 << 20).unwrap();
        let data: Vec<u8> = (0..QUEUED).map(|n| (n % 253) as u8).collect();
        assert_eq!(client.send(&data).unwrap(), data.len());
        end(&client);
        if expect_reset {
            let mut buffer = vec![0; 4096];
            let error = loop {
                match server.receive(&mut buffer) {
                    Ok(count) => assert!(count > 0, "an end without a reset"),
                    Err(error) => break error,
                }
            };
            assert_eq!(error.code(), SocketErrorCode::ConnectionReset);
            assert!(!server.connected());
        } else {
            assert!(receive_all(&server) == data);
        }
    }
    check(
        |client| client.shutdown(SocketShutdown::Send).unwrap(),
        false,
    );
    check(
        |client| client.shutdown(SocketShutdown::Both).unwrap(),
        false,
    );
    check(Socket::close, false);
    check(|client| client.close_timeout(-1), false);
    check(|client| client.disconnect(false).unwrap(), false);
    check(|client| client.disconnect(true).unwrap(), false);
    check(
        |client| {
            client
                .set_linger_state(LingerOption::new(false, 0))
                .unwrap();
            client.close();
        },
        false,
    );
    // Thrown away.
    check(|client| client.close_timeout(0), true);
    check(
        |client| {
            client.set_linger_state(LingerOption::new(true, 0)).unwrap();
            client.close();
        },
        true,
    );

    // Each direction by itself.
    let (client, server) = pair();
    assert!(client.connected());
    client.shutdown(SocketShutdown::Send).unwrap();
    assert!(!client.connected());
    check_code(client.send(b"x"), SocketErrorCode::Shutdown);
    assert_eq!(receive_all(&server), b"");
    server.send(b"the other way").unwrap();
    let mut buffer = [0; 20];
    assert_eq!(client.receive(&mut buffer).unwrap(), 13);

    let (client, server) = pair();
    client.shutdown(SocketShutdown::Receive).unwrap();
    assert_eq!(client.receive(&mut buffer).unwrap(), 0);
    assert_eq!(client.send(b"still").unwrap(), 5);
    assert_eq!(server.receive(&mut buffer).unwrap(), 5);

    let (client, server) = pair();
    client.shutdown(SocketShutdown::Both).unwrap();
    // Else it would wait: the peer has not ended.
    client.set_receive_timeout(20_000).unwrap();
    assert_eq!(client.receive(&mut buffer), Ok(0));
    check_code(client.send(b"x"), SocketErrorCode::Shutdown);
    assert_eq!(receive_all(&server), b"");

    check_code(
        tcp().shutdown(SocketShutdown::Both),
        SocketErrorCode::NotConnected,
    );
    let closed = tcp();
    closed.close();
    check_misuse(closed.shutdown(SocketShutdown::Both), "closed");
}

/// A close with a time waits for the peer's end, and resets what has none.
#[test]
fn close_waits_for_the_peer() {
    let (client, server) = pair();
    client.send(b"all of it").unwrap();
    let peer = thread::spawn(move || {
        let all = receive_all(&server);
        server.close();
        all
    });
    client.close_timeout(20_000);
    assert_eq!(peer.join().unwrap(), b"all of it");

    let (client, server) = pair();
    client.close_timeout(20);
    // The end came first, which is why the reset is seen on the way out only.
    assert_eq!(server.receive(&mut [0]).unwrap_or_default(), 0);
    assert_reset(&server);
}

/// The reset comes when the last copy of the descriptor is closed, and what other tests start has
/// one for a moment.
fn assert_reset(server: &Socket) {
    let limit = Instant::now() + HANG;
    let error = loop {
        match server.send(b"x") {
            Err(error) => break error,
            Ok(_) => assert!(Instant::now() < limit, "no reset"),
        }
        thread::sleep(Duration::from_millis(1));
    };
    assert!(matches!(
        error.code(),
        SocketErrorCode::ConnectionReset | SocketErrorCode::Shutdown
    ));
}

/// Input that nobody received ends the wait of a close at once, whatever time it was given.
#[test]
fn close_with_unread_input_resets_at_once() {
    let (client, server) = pair();
    server.send(b"never received").unwrap();
    assert!(client.poll(-1, SelectMode::SelectRead).unwrap());
    let (closed, is_closed) = std::sync::mpsc::channel();
    thread::spawn(move || {
        client.close_timeout(i32::MAX);
        closed.send(()).unwrap();
    });
    // The peer does not close: only the input can end it.
    is_closed.recv_timeout(HANG).unwrap();
    assert_reset(&server);
}
