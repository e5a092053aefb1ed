//! What the tests with datagrams share.

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint};
use system_net_sockets::{ProtocolType, Socket, SocketErrorCode, SocketFlags, SocketType};

/// A time-out for what must come, in milliseconds; nothing waits for its end unless it fails.
const LONG: i32 = 20_000;
/// A time-out in which what must not come would come: the cables have no length.
const SHORT: i32 = 100;

/// A socket bound to any address of a family, with a port that the system chose.
pub(crate) fn bound(family: AddressFamily) -> Socket {
    let socket = Socket::new(family, SocketType::Dgram, ProtocolType::UDP).unwrap();
    let any = match family {
        AddressFamily::InterNetwork => IpAddress::ANY,
        _ => IpAddress::IPV6_ANY,
    };
    socket.bind(IpEndPoint::new(any, 0)).unwrap();
    socket
}

pub(crate) fn port(socket: &Socket) -> u16 {
    socket.local_end_point().unwrap().unwrap().port()
}

/// An end point from a text, in the namespace of the thread.
pub(crate) fn to(address: &str, port: u16) -> IpEndPoint {
    IpEndPoint::new(address.parse().unwrap(), port)
}

/// Sends a datagram whole.
#[track_caller]
pub(crate) fn send(socket: &Socket, text: &str, target: IpEndPoint) {
    let sent = socket.send_to(text.as_bytes(), SocketFlags::NONE, target);
    assert_eq!(sent.unwrap(), text.len());
}

/// The next datagram and its sender's address.
#[track_caller]
pub(crate) fn next(socket: &Socket) -> (String, IpAddress) {
    socket.set_receive_timeout(LONG).unwrap();
    let mut buffer = [0; 100];
    let got = socket.receive_from(&mut buffer, SocketFlags::NONE).unwrap();
    let text = String::from_utf8(buffer[..got.received_bytes].to_vec()).unwrap();
    match got.remote_end_point {
        EndPoint::Ip(sender) => (text, sender.address()),
        other => panic!("{other} sent {text}"),
    }
}

/// No datagram comes.
#[track_caller]
pub(crate) fn assert_silent(socket: &Socket) {
    socket.set_receive_timeout(SHORT).unwrap();
    let mut buffer = [0; 100];
    let error = socket
        .receive_from(&mut buffer, SocketFlags::NONE)
        .expect_err("a datagram came");
    assert_eq!(error.code(), SocketErrorCode::TimedOut);
}
