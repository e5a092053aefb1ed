//! Reading, closing, idling and moving of established connections.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use system_net_runtime::{Transport as _, block_on};
use system_net_security::test_util::TestCa;
use system_net_security::{ChannelProblem, TlsError, TlsErrorKind, TlsTransport, TlsVersion};
use system_net_uri::HostAddress;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::pair::{acceptor, connected, connector, sockets, transport, usual};

/// A connection of which the server's socket can be used behind TLS's back.
fn with_socket() -> (TlsTransport, TlsTransport, TcpStream) {
    let (connector, acceptor) = usual();
    let (client, server) = sockets();
    let behind = server.try_clone().unwrap();
    let accepting = thread::spawn(move || block_on(acceptor.accept(transport(server))).unwrap());
    let host = HostAddress::Dns("localhost");
    let client = block_on(connector.connect(transport(client), host)).unwrap();
    (client, accepting.join().unwrap(), behind)
}

fn read(side: &mut TlsTransport, length: usize) -> Vec<u8> {
    let mut data = vec![0; length];
    block_on(side.read_exact(&mut data)).unwrap();
    data
}

fn write(side: &mut TlsTransport, data: &[u8]) {
    block_on(async {
        side.write_all(data).await.unwrap();
        side.flush().await.unwrap();
    });
}

/// Waits until something lies in the socket, without reading it.
fn wait_for_bytes(socket: &TcpStream) {
    socket.set_nonblocking(false).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    socket.peek(&mut [0]).unwrap();
    socket.set_nonblocking(true).unwrap();
}

/// Loopback may deliver a moment after the write has returned.
fn stops_being_quiet(side: &mut TlsTransport) -> bool {
    let give_up = Instant::now() + Duration::from_secs(10);
    while side.is_quiet() {
        if Instant::now() > give_up {
            return false;
        }
        thread::yield_now();
    }
    true
}

#[test]
fn a_proper_end_is_an_end() {
    let (connector, acceptor) = usual();
    let (mut client, mut server) = connected(&connector, &acceptor);
    block_on(async {
        server.write_all(b"all of it").await.unwrap();
        server.shutdown().await.unwrap();
    });
    let mut text = String::new();
    block_on(client.read_to_string(&mut text)).unwrap();
    assert_eq!(text, "all of it");
    // The other direction is still open.
    write(&mut client, b"and back");
    assert_eq!(read(&mut server, 8), b"and back");
}

#[test]
fn an_end_without_close_notify_is_an_error() {
    for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
        let ca = TestCa::new();
        let mut options = ca.client_options();
        options.max_version = Some(version);
        let acceptor = acceptor(ca.issue(&["localhost"]));
        let (mut client, mut server) = connected(&connector(&options), &acceptor);
        write(&mut server, b"half of it");
        // Dropped without shutting down: only the socket is closed.
        drop(server);
        let mut text = Vec::new();
        let error = block_on(client.read_to_end(&mut text)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{version:?}");
        assert_eq!(text, b"half of it");
    }
}

#[test]
fn tampered_records_are_tls_errors() {
    let (mut client, _server, mut behind) = with_socket();
    behind
        .write_all(&[
            23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
        ])
        .unwrap();
    let error = block_on(client.read(&mut [0; 10])).unwrap_err();
    let tls = TlsError::of_io_error(&error).expect("the reason is TLS");
    assert_eq!(
        tls.kind(),
        TlsErrorKind::Channel(ChannelProblem::PeerBrokeProtocol)
    );
    assert!(std::error::Error::source(tls).is_some());
}

#[test]
fn errors_of_the_socket_stay_as_they_are() {
    let (client, mut server) = {
        let (connector, acceptor) = usual();
        connected(&connector, &acceptor)
    };
    let killer = server.killer().unwrap();
    let reading = thread::spawn(move || block_on(server.read(&mut [0; 10])).unwrap_err());
    // It may not wait yet; a kill before the wait has to end it as well.
    killer.kill();
    let error = reading.join().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
    assert!(TlsError::of_io_error(&error).is_none());
    drop(client);
}

#[test]
fn idle_connection_with_tickets_is_quiet() {
    let (mut client, mut server, _behind) = with_socket();
    // The server's session tickets lie unread in the client's socket.
    assert!(client.is_quiet());
    assert!(client.is_quiet(), "and stay taken in");
    assert!(server.is_quiet());
    write(&mut client, b"request");
    assert_eq!(read(&mut server, 7), b"request");
    write(&mut server, b"answer");
    assert_eq!(read(&mut client, 6), b"answer");
    assert!(client.is_quiet() && server.is_quiet());
}

#[test]
fn tickets_taken_in_while_idle_resume_the_next_session() {
    let (connector, acceptor) = usual();
    let mut idle = {
        let (client, server) = sockets();
        let watched = client.try_clone().unwrap();
        let acceptor = acceptor.clone();
        let accepting =
            thread::spawn(move || block_on(acceptor.accept(transport(server))).unwrap());
        let host = HostAddress::Dns("localhost");
        let client = block_on(connector.connect(transport(client), host)).unwrap();
        let server = accepting.join().unwrap();
        wait_for_bytes(&watched);
        (client, server)
    };
    assert!(idle.0.is_quiet());
    assert!(connected(&connector, &acceptor).0.is_resumed());
}

#[test]
fn whatever_else_arrives_is_not_quiet() {
    let data: fn(&mut TlsTransport) = |server| write(server, b"unasked");
    let close: fn(&mut TlsTransport) = |server| block_on(server.shutdown()).unwrap();
    for act in [data, close] {
        let (mut client, mut server) = {
            let (connector, acceptor) = usual();
            connected(&connector, &acceptor)
        };
        assert!(client.is_quiet());
        act(&mut server);
        assert!(stops_being_quiet(&mut client));
    }
}

#[test]
fn bytes_behind_tls_are_not_quiet() {
    let half_a_record: &[u8] = &[23, 3, 3, 0, 20, 1, 2, 3];
    let plain: &[u8] = b"HTTP/1.1 408 Request Timeout\r\n\r\n";
    let forged: &[u8] = &[23, 3, 3, 0, 3, 1, 2, 3];
    for bytes in [half_a_record, plain, forged] {
        let (mut client, _server, mut behind) = with_socket();
        assert!(client.is_quiet());
        behind.write_all(bytes).unwrap();
        assert!(stops_being_quiet(&mut client), "{bytes:?}");
    }
    let (mut client, server, behind) = with_socket();
    assert!(client.is_quiet());
    drop((server, behind));
    assert!(stops_being_quiet(&mut client), "a closed connection");
}

#[test]
fn unread_plaintext_is_not_quiet() {
    let (connector, acceptor) = usual();
    let (mut client, mut server) = connected(&connector, &acceptor);
    write(&mut server, b"two pieces");
    assert_eq!(read(&mut client, 3), b"two");
    assert!(!client.is_quiet());
    assert_eq!(read(&mut client, 7), b" pieces");
    assert!(client.is_quiet());
}

#[test]
fn quiet_is_asked_of_the_socket_in_a_runtime_nobody_turns() {
    let (connector, acceptor) = usual();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (client, server) = sockets();
    let watched = client.try_clone().unwrap();
    let accepting = thread::spawn(move || block_on(acceptor.accept(transport(server))).unwrap());
    let mut client = runtime
        .block_on(connector.connect(transport(client), HostAddress::Dns("localhost")))
        .unwrap();
    let mut server = accepting.join().unwrap();
    wait_for_bytes(&watched);
    // In the runtime's context, but outside of its turns.
    let _entered = runtime.enter();
    assert!(client.is_quiet());
    write(&mut server, b"unasked");
    wait_for_bytes(&watched);
    assert!(!client.is_quiet());
    drop(watched);
}

#[test]
fn close_notify_goes_out_on_shutdown() {
    let (mut client, server, mut behind) = with_socket();
    assert!(client.is_quiet());
    block_on(client.shutdown()).unwrap();
    drop(server);
    behind.set_nonblocking(false).unwrap();
    let mut rest = Vec::new();
    behind.read_to_end(&mut rest).unwrap();
    // In TLS 1.3 an alert travels as an encrypted record: two bytes, its type, a tag of 16.
    assert!(
        rest.len() == 24 && rest.starts_with(&[23, 3, 3, 0, 19]),
        "{rest:?}"
    );
}
