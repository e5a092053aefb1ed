//! Descriptors: none is left, none is inherited, none is missing. Tests that count what the whole
//! process has open run one after the other, in a process without other tests.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests read their own environment, and fail by panics"
)]

use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use system_net_primitives::{AddressFamily, EndPoint, IpEndPoint, UnixDomainSocketEndPoint};
use system_net_sockets::{
    LingerOption, ProtocolType, Socket, SocketErrorCode, SocketInformation,
    SocketInformationOptions, SocketType,
};

/// One test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn tcp() -> Socket {
    Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Stream,
        ProtocolType::TCP,
    )
    .unwrap()
}

fn listener(backlog: i32) -> (Socket, EndPoint) {
    let socket = tcp();
    socket
        .bind(IpEndPoint::new(Ipv4Addr::LOCALHOST.into(), 0))
        .unwrap();
    socket.listen(backlog).unwrap();
    let at = socket.local_end_point().unwrap().unwrap();
    (socket, at)
}

/// This test again, in another process, with a word in its environment.
fn child(test: &str, word: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--nocapture"])
        .env("SYSTEM_NET_SOCKETS_CHILD", word);
    command
}

fn word() -> Option<String> {
    std::env::var("SYSTEM_NET_SOCKETS_CHILD").ok()
}

#[test]
fn ten_thousand_connections_leave_nothing() {
    let _alone = alone();
    let (server, at) = listener(128);
    let before = open();
    for _ in 0..100 {
        let clients: Vec<Socket> = (0..100)
            .map(|_| {
                let client = tcp();
                client.connect(at.clone()).unwrap();
                // Without it 10,000 ports would be kept for a minute.
                client.set_linger_state(LingerOption::new(true, 0)).unwrap();
                client
            })
            .collect();
        let peers: Vec<Socket> = (0..100).map(|_| server.accept().unwrap()).collect();
        assert_eq!(open(), before + 200);
        for (index, client) in clients.into_iter().enumerate() {
            match index % 4 {
                0 => client.close(),
                1 => client.close_timeout(0),
                2 => client.disconnect(true).unwrap(),
                _ => {}
            }
        }
        drop(peers);
    }
    assert_eq!(open(), before);
}

/// What fails leaves nothing either.
#[test]
fn failures_leave_nothing() {
    let _alone = alone();
    let (server, at) = listener(1);
    server.set_blocking(false).unwrap();
    let refusing = tcp();
    refusing
        .bind(IpEndPoint::new(Ipv4Addr::LOCALHOST.into(), 0))
        .unwrap();
    let refuses = refusing.local_end_point().unwrap().unwrap();
    let before = open();
    for _ in 0..200 {
        server.accept().unwrap_err();
        tcp().connect(refuses.clone()).unwrap_err();
        tcp().bind(at.clone()).unwrap_err();
        let mismatch = Socket::new(
            AddressFamily::InterNetwork,
            SocketType::Stream,
            ProtocolType::UDP,
        );
        mismatch.unwrap_err();
        let unix = Socket::new(
            AddressFamily::Unix,
            SocketType::Stream,
            ProtocolType::UNSPECIFIED,
        )
        .unwrap();
        unix.connect(UnixDomainSocketEndPoint::new("/no/such/place").unwrap())
            .unwrap_err();
        tcp().send_file("/no/such/file").unwrap_err();
    }
    assert_eq!(open(), before);
}

/// A program that is started sees none of our sockets.
#[test]
fn descriptors_are_not_inherited() {
    let _alone = alone();
    let (server, at) = listener(4);
    let client = tcp();
    client.connect(at.clone()).unwrap();
    let _peer = server.accept().unwrap();
    let again = tcp();
    again.connect(at.clone()).unwrap();
    again.disconnect(true).unwrap();
    again.connect(at).unwrap();
    let own = i32::try_from(std::process::id()).unwrap();
    let moved = server.accept().unwrap();
    let moved = moved.duplicate_and_close(own).unwrap();
    let _moved = Socket::from_information(&moved).unwrap();
    let output = Command::new("ls")
        .args(["-l", "/proc/self/fd"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let listed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && listed.contains("/dev/null"));
    assert!(!listed.contains("socket:"), "{listed}");
}

/// At the limit of descriptors: the code, and the connection that could not be accepted is there
/// when it can be.
#[test]
fn the_limit_of_descriptors() {
    if word().is_some() {
        return at_the_limit();
    }
    let _alone = alone();
    let this = child("the_limit_of_descriptors", "limit");
    let status = Command::new("sh")
        .args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""])
        .arg(this.get_program())
        .args(this.get_args())
        .env("SYSTEM_NET_SOCKETS_CHILD", "limit")
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

fn at_the_limit() {
    let (server, at) = listener(4);
    let client = tcp();
    client.connect(at).unwrap();
    let new = || {
        Socket::new(
            AddressFamily::InterNetwork,
            SocketType::Stream,
            ProtocolType::TCP,
        )
    };
    let mut held = Vec::new();
    let error = loop {
        match new() {
            Ok(socket) => held.push(socket),
            Err(error) => break error,
        }
        assert!(held.len() < 100, "the limit does not hold");
    };
    assert_eq!(error.code(), SocketErrorCode::TooManyOpenSockets);
    assert_eq!(error.errno(), Some(libc::EMFILE));
    let error = server.accept().unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::TooManyOpenSockets);
    client.send(b"patience").unwrap();
    held.pop();
    let peer = server.accept().unwrap();
    let mut buffer = [0; 8];
    assert_eq!(peer.receive(&mut buffer).unwrap(), 8);
    assert_eq!(&buffer, b"patience");
}

/// A connection goes over to another process, which goes on with it.
#[test]
fn a_socket_moves_to_another_process() {
    if word().is_some() {
        return take_over();
    }
    let _alone = alone();
    let before = open();
    let (server, at) = listener(1);
    let client = tcp();
    client.connect(at).unwrap();
    let peer = server.accept().unwrap();
    let mut child = child("a_socket_moves_to_another_process", "take over")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let target = i32::try_from(child.id()).unwrap();
    let information = peer.duplicate_and_close(target).unwrap();
    assert!(
        information
            .options()
            .contains(SocketInformationOptions::CONNECTED)
    );
    assert!(peer.receive(&mut [0]).unwrap_err().misuse().is_some());
    // It is meant for that process alone.
    let error = Socket::from_information(&information).unwrap_err();
    assert_eq!(error.code(), SocketErrorCode::AccessDenied);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(information.protocol_information()).unwrap();
    drop(stdin);
    client.send(b"who are you?").unwrap();
    let mut answer = [0; 32];
    let length = client.receive(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert_eq!(answer, target.to_string());
    assert!(child.wait().unwrap().success());
    assert_eq!(client.receive(&mut [0]).unwrap(), 0);
    drop((server, client));
    assert_eq!(open(), before);

    let garbage = SocketInformation::new(SocketInformationOptions::default(), vec![1; 20]);
    assert!(
        Socket::from_information(&garbage)
            .unwrap_err()
            .misuse()
            .is_some()
    );
    assert!(tcp().duplicate_and_close(0).unwrap_err().misuse().is_some());
}

fn take_over() {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).unwrap();
    let information = SocketInformation::new(SocketInformationOptions::CONNECTED, bytes);
    let socket = Socket::from_information(&information).unwrap();
    assert!(socket.connected() && socket.is_bound() && socket.blocking());
    assert_eq!(socket.protocol_type(), ProtocolType::TCP);
    let mut question = [0; 12];
    assert_eq!(socket.receive(&mut question).unwrap(), 12);
    assert_eq!(&question, b"who are you?");
    let answer = std::process::id().to_string();
    socket.send(answer.as_bytes()).unwrap();
}
