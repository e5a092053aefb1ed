//! A listening TCP socket.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::task::{Context, Poll};

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
