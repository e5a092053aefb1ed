//! Addresses at which no conversation happens: one refuses, one swallows.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};

use socket2::{Domain, Socket, Type};

/// A loopback address that refuses connections: bound, then closed.
///
/// The system hands out ephemeral ports in turn, so that another program getting the same port
/// within one test is most unlikely, though not impossible.
///
/// # Panics
///
/// When no loopback port can be bound.
pub fn refused_port() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
    listener
        .local_addr()
        .expect("the address of a bound socket")
}

/// A listener whose queue is full and that never accepts: connecting to it waits for ever.
#[derive(Debug)]
pub struct Blackhole {
    address: SocketAddr,
    _listener: Socket,
    _fillers: Vec<Socket>,
}

impl Blackhole {
    /// Binds the listener and fills its queue.
    ///
    /// # Panics
    ///
    /// When no loopback port can be bound.
    pub fn new() -> Self {
        Self::try_new().expect("a loopback listener with a full queue")
    }

    fn try_new() -> io::Result<Self> {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        listener.bind(&SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).into())?;
        listener.listen(0)?;
        let address = listener
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::Error::other("an IPv4 socket without an IPv4 address"))?;
        // Linux keeps one connection more than the backlog says; the others wait for an answer to
        // their SYN and keep any later SYN out. Non-blocking connects say "in progress".
        let mut fillers = Vec::new();
        for _ in 0..8 {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None)?;
            filler.set_nonblocking(true)?;
            let _in_progress = filler.connect(&address.into());
            fillers.push(filler);
        }
        Ok(Self {
            address,
            _listener: listener,
            _fillers: fillers,
        })
    }

    /// Where to connect in vain.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Default for Blackhole {
    fn default() -> Self {
        Self::new()
    }
}
