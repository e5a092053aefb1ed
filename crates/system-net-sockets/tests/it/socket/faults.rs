//! What goes wrong on the way.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use system_net_sockets::{SocketErrorCode, SocketShutdown};
use system_net_testkit::Blocked;

use super::{check_code, listener, pair, receive_all};

/// A reset tells both directions, and the socket knows that it is not connected any more.
#[test]
fn a_reset_is_told() {
    let (client, server) = pair();
    assert!(client.connected());
    server.close_timeout(0);
    let error = client.receive(&mut [0]).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::ConnectionReset);
    assert_eq!(error.error_code(), 10054);
    assert_eq!(error.errno(), Some(libc::ECONNRESET));
    assert!(!client.connected());
    check_code(client.send(b"x"), SocketErrorCode::Shutdown);
    // Whom it was connected to is still known.
    assert!(client.remote_end_point().unwrap().is_some());

    // Unread data make a close a reset.
    let (client, server) = pair();
    client.send(b"never read").unwrap();
    server.receive(&mut [0]).unwrap();
    server.close();
    check_code(client.receive(&mut [0]), SocketErrorCode::ConnectionReset);

    // A listener goes away with a connection that nobody took.
    let (server, at) = listener(1);
    let client = super::tcp();
    client.connect(at).unwrap();
    server.close();
    check_code(client.receive(&mut [0]), SocketErrorCode::ConnectionReset);
}

/// The peer ends its side; the other goes on.
#[test]
fn a_half_close_leaves_the_other_half() {
    let (server, at) = listener(1);
    let mut plain = std::net::TcpStream::connect(("127.0.0.1", at.port())).unwrap();
    let peer = server.accept().unwrap();
    plain.write_all(b"question").unwrap();
    plain.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(receive_all(&peer), b"question");
    assert_eq!(peer.receive(&mut [0]).unwrap(), 0);
    peer.send(b"a long answer").unwrap();
    peer.shutdown(SocketShutdown::Send).unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "a long answer");
}

/// Being stopped and continued interrupts system calls that have a time-out; nobody notices. The
/// child is this test again.
#[test]
fn signals_go_unnoticed() {
    const CHILD: &str = "SYSTEM_NET_SOCKETS_INTERRUPTED";
    if let Ok(port) = std::env::var(CHILD) {
        return interrupted(port.parse().unwrap());
    }
    let (server, at) = listener(1);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["signals_go_unnoticed", "--test-threads=1"])
        .env(CHILD, at.port().to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    let blocked = Blocked::any_of(child.id());
    // First std's own socket, to see that calls are interrupted; then ours.
    for ours in [false, true] {
        let peer = server.accept().unwrap();
        for _ in 0..5 {
            blocked.wait();
            for signal in ["-STOP", "-CONT"] {
                let done = Command::new("kill").args([signal, &id]).status().unwrap();
                assert!(done.success());
            }
        }
        if ours {
            peer.send(b"data").unwrap();
        }
        assert_eq!(receive_all(&peer), b"done");
    }
    assert!(child.wait().unwrap().success());
}

fn interrupted(port: u16) {
    let mut plain = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    plain.set_read_timeout(Some(super::HANG)).unwrap();
    let error = plain.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::Interrupted);
    plain.write_all(b"done").unwrap();
    drop(plain);
    let client = super::tcp();
    client.connect(super::loopback(port)).unwrap();
    let hang = i32::try_from(super::HANG.as_millis()).unwrap();
    client.set_receive_timeout(hang).unwrap();
    let mut buffer = [0; 4];
    assert_eq!(client.receive(&mut buffer).unwrap(), 4);
    assert_eq!(&buffer, b"data");
    client.send(b"done").unwrap();
}
