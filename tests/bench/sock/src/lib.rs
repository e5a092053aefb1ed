//! What the programs of sockets share: how they are started, and the sockets they begin with.

pub mod contexts;

use std::net::{Ipv4Addr, SocketAddr};

use bench_meter::{Args, args, connect_as_child, raise_descriptors};
use system_net_primitives::{AddressFamily, EndPoint};
use system_net_sockets::{ProtocolType, Socket, SocketType};

/// The size of one write of the bulk mode.
pub const WRITE: usize = 1 << 20;
/// The size of one read of the bulk mode.
pub const READ: usize = 1 << 18;

/// The command line and a listener; `None` for the child that only connects.
pub fn start() -> Option<(Args, Socket, u16)> {
    let args = args();
    if connect_as_child(&args) {
        return None;
    }
    raise_descriptors();
    let listener = tcp();
    listener.bind(local(0)).expect("a port");
    listener.listen(4096).expect("a listener");
    let port = listener
        .local_end_point()
        .expect("an address")
        .as_ref()
        .map_or(0, EndPoint::port);
    Some((args, listener, port))
}

/// A new socket.
pub fn tcp() -> Socket {
    Socket::new(
        AddressFamily::InterNetwork,
        SocketType::Stream,
        ProtocolType::TCP,
    )
    .expect("a socket")
}

/// A port of this machine.
pub fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// A new connection to a port of this machine, made by a blocking call.
pub fn connected(port: u16) -> Socket {
    let socket = tcp();
    socket.connect(local(port)).expect("a connection");
    socket.set_no_delay(true).expect("an option");
    socket
}

/// A connection that waits at a listener, taken by a blocking call.
pub fn accepted(listener: &Socket) -> Socket {
    let socket = listener.accept().expect("a connection");
    socket.set_no_delay(true).expect("an option");
    socket
}
