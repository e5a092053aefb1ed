//! A listening TCP socket.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::task::{Context, Poll};

use socket2::{Domain, Protocol, Socket, Type};

use super::socket::KillableSocket;
use super::transport::TcpTransport;
use crate::transport::Killer;
use crate::watched::{Direction, Progress, Watched};

/// A listening TCP socket that waits wherever it is polled, like [`TcpTransport`].
#[derive(Debug)]
pub struct TcpAcceptor {
    socket: Watched<KillableSocket<TcpListener>>,
}

impl TcpAcceptor {
    /// Binds to `address` and listens; port 0 takes a free one.
    ///
    /// # Errors
    /// The system's, such as [`AddrInUse`](io::ErrorKind::AddrInUse).
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        Self::from_std(TcpListener::bind(address)?)
    }

    /// As [`bind`](Self::bind), but other processes of the same user that do the same may listen at the
    /// same address (`SO_REUSEPORT`): the system gives each connection to one of them.
    ///
    /// # Errors
    /// The system's; [`Unsupported`](io::ErrorKind::Unsupported) where there is no such option.
    pub fn bind_reusing_port(address: SocketAddr) -> io::Result<Self> {
        /// What std's listeners ask for.
        const BACKLOG: i32 = 128;
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        socket.set_reuse_address(true)?;
        reuse_port(&socket)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Self::from_std(socket.into())
    }

    /// Another handle of the socket, that accepts beside this one; a [killer](Self::killer) of either ends
    /// both, and only its own is told so as such.
    ///
    /// # Errors
    /// The system's.
    pub fn try_clone(&self) -> io::Result<Self> {
        Self::from_std(self.socket.source().inner.try_clone()?)
    }

    /// Takes over a listening socket (with its own options and backlog) and makes it
    /// non-blocking.
    ///
    /// # Errors
    /// The system's.
    pub fn from_std(listener: TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            socket: Watched::new(Arc::new(KillableSocket::new(listener))),
        })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.source().inner.local_addr()
    }

    /// A handle that ends the listening from any thread: a waiting
    /// [`accept`](Self::accept) gets an error of kind
    /// [`ConnectionAborted`](io::ErrorKind::ConnectionAborted).
    pub fn killer(&self) -> Killer {
        Killer::new(self.socket.source())
    }

    /// Waits for the next connection. Dropping the future loses none.
    ///
    /// # Errors
    /// The system's. A connection that its peer gave up before it was accepted is skipped, not
    /// reported. When the process is out of descriptors the error comes at once and again:
    /// wait a little before the next call.
    pub async fn accept(&mut self) -> io::Result<(TcpTransport, SocketAddr)> {
        std::future::poll_fn(|cx| self.poll_accept(cx)).await
    }

    /// Like [`accept`](Self::accept), as a poll function.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(TcpTransport, SocketAddr)>> {
        self.socket.poll_io(cx, Direction::Read, |socket| {
            loop {
                match socket.inner.accept() {
                    Ok((stream, peer)) => {
                        let transport = TcpTransport::from_std(stream)?;
                        return Ok(Progress {
                            value: (transport, peer),
                            exhausted: false,
                        });
                    }
                    Err(error) => match error.kind() {
                        io::ErrorKind::WouldBlock => return Err(error),
                        io::ErrorKind::Interrupted => {}
                        _ => {
                            socket.check_killed()?;
                            if error.kind() != io::ErrorKind::ConnectionAborted {
                                return Err(error);
                            }
                        }
                    },
                }
            }
        })
    }
}

#[cfg(not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin")))]
fn reuse_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

#[cfg(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin"))]
fn reuse_port(_: &Socket) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
