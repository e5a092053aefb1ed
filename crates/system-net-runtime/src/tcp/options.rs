//! Socket options of an outgoing connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

/// The options with which a connection is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpOptions {
    /// Send small writes at once instead of collecting them (no Nagle algorithm). Default: true.
    pub nodelay: bool,
    /// Probes on a silent connection; `None` (default) leaves them off.
    pub keep_alive: Option<TcpKeepAlive>,
    /// Size of the system's send buffer in bytes; `None` (default) leaves it to the system.
    pub send_buffer: Option<usize>,
    /// Size of the system's receive buffer in bytes; `None` (default) leaves it to the system.
    pub receive_buffer: Option<usize>,
    /// The own address to connect from; `None` (default) leaves it to the system. Port 0 takes
    /// any. Used only for peers of the same address family.
    pub local: Option<SocketAddr>,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            nodelay: true,
            keep_alive: None,
            send_buffer: None,
            receive_buffer: None,
            local: None,
        }
    }
}

/// When a silent connection is probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpKeepAlive {
    /// How long the connection is silent before the first probe.
    pub time: Duration,
    /// How long to wait between probes.
    pub interval: Duration,
}

impl TcpOptions {
    /// A non-blocking socket for a connection to `address`.
    pub(super) fn open(&self, address: SocketAddr) -> io::Result<Socket> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        socket.set_nonblocking(true)?;
        if self.nodelay {
            socket.set_tcp_nodelay(true)?;
        }
        if let Some(TcpKeepAlive { time, interval }) = self.keep_alive {
            let keep_alive = TcpKeepalive::new().with_time(time).with_interval(interval);
            socket.set_tcp_keepalive(&keep_alive)?;
        }
        if let Some(size) = self.send_buffer {
            socket.set_send_buffer_size(size)?;
        }
        if let Some(size) = self.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        if let Some(local) = self.local
            && local.is_ipv4() == address.is_ipv4()
        {
            socket.bind(&local.into())?;
        }
        Ok(socket)
    }
}
