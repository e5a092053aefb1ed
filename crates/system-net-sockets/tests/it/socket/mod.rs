//! `Socket`, the calls that wait.

mod basics;
mod closing;
mod disconnecting;
mod enums;
mod faults;
mod many_buffers;
mod multicast;
mod options;
mod other_families;
#[cfg(target_os = "linux")]
mod packets;
mod shutting_down;
mod transfer;
mod waiting;

use std::net::Ipv4Addr;
use std::time::Duration;

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint};
use system_net_sockets::{ProtocolType, Socket, SocketError, SocketErrorCode, SocketType};

/// Only against a hang: nothing is asserted about time that long.
const HANG: Duration = Duration::from_secs(30);

fn loopback(port: u16) -> IpEndPoint {
    IpEndPoint::new(Ipv4Addr::LOCALHOST.into(), port)
}

fn tcp() -> Socket {
    Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Stream,
        ProtocolType::TCP,
    )
    .unwrap()
}

fn udp() -> Socket {
    Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Dgram,
        ProtocolType::UDP,
    )
    .unwrap()
}

/// A UDP socket at a loopback port, and its end point.
fn bound_udp() -> (Socket, EndPoint) {
    let socket = udp();
    socket.bind(loopback(0)).unwrap();
    let own = own(&socket);
    (socket, own)
}

/// A listener at a loopback port, and its end point.
fn listener(backlog: i32) -> (Socket, EndPoint) {
    let socket = tcp();
    socket.bind(loopback(0)).unwrap();
    socket.listen(backlog).unwrap();
    let own = own(&socket);
    (socket, own)
}

fn own(socket: &Socket) -> EndPoint {
    socket.local_end_point().unwrap().unwrap()
}

/// Both ends of a TCP connection.
fn pair() -> (Socket, Socket) {
    let (listener, at) = listener(1);
    let client = tcp();
    client.connect(at).unwrap();
    let server = listener.accept().unwrap();
    for end in [&client, &server] {
        let hang = i32::try_from(HANG.as_millis()).unwrap();
        end.set_receive_timeout(hang).unwrap();
        end.set_send_timeout(hang).unwrap();
    }
    (client, server)
}

fn receive_all(socket: &Socket) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 65536];
    loop {
        match socket.receive(&mut buffer).unwrap() {
            0 => return all,
            count => all.extend(&buffer[..count]),
        }
    }
}

#[track_caller]
fn check_code<T: std::fmt::Debug>(result: Result<T, SocketError>, code: SocketErrorCode) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), code, "{error:?}");
    assert_eq!(error.misuse(), None);
}

#[track_caller]
fn check_misuse<T: std::fmt::Debug>(result: Result<T, SocketError>, expected: &str) {
    let error = result.unwrap_err();
    let misuse = error.misuse().unwrap_or_else(|| panic!("{error:?}"));
    let text = misuse.to_string();
    assert!(text.contains(expected), "{text}");
    assert_eq!(error.errno(), None);
}

fn address(text: &str) -> IpAddress {
    text.parse().unwrap()
}
