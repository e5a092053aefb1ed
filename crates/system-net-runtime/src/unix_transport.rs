//! A connection through a Unix socket as a transport.

use std::io::{self, IoSlice};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::tcp::TcpTransport;
use crate::timer::sleep_until;
use crate::transport::{Killer, Transport};
use crate::watched::Hangup;

/// How long a server whose queue is full is left alone before the next attempt: the system tells
/// nobody when there is room.
const BUSY: Duration = Duration::from_millis(5);

/// A connection through a Unix socket, which can be used and moved as a [`TcpTransport`] can.
#[derive(Debug)]
pub struct UnixTransport {
    /// Streams are streams to the system: what reads and writes those of TCP does so with these.
    /// Addresses and options of TCP are not asked for.
    stream: TcpTransport,
}

impl UnixTransport {
    /// Takes over a connected socket and makes it non-blocking.
    ///
    /// # Errors
    /// The system's.
    pub fn from_std(stream: UnixStream) -> io::Result<Self> {
        let stream = TcpStream::from(OwnedFd::from(stream));
        TcpTransport::from_std(stream).map(|stream| Self { stream })
    }

    /// Connects to the socket of this name. On Linux, a name that begins with a zero byte is one of
    /// the abstract ones, which are no files. Dropping the future ends the attempt.
    ///
    /// # Errors
    /// The system's, such as [`NotFound`](io::ErrorKind::NotFound); a name that is too long.
    ///
    /// # Blocking
    /// As long as the server's queue is full; put [`timeout_at`](crate::timeout_at) around it.
    pub async fn connect(path: &Path) -> io::Result<Self> {
        let address = SockAddr::unix(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        loop {
            match socket.connect(&address) {
                Ok(()) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Unlike those of TCP, the attempt has not begun.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => pause().await,
                Err(error) => return Err(error),
            }
        }
        Self::from_std(UnixStream::from(OwnedFd::from(socket)))
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a wait for the system, of which no clock that is moved by hand knows"
)]
async fn pause() {
    sleep_until(Instant::now() + BUSY).await;
}

impl Transport for UnixTransport {
    fn local_endpoint(&self) -> Option<SocketAddr> {
        None
    }

    fn remote_endpoint(&self) -> Option<SocketAddr> {
        None
    }

    fn is_quiet(&mut self) -> bool {
        self.stream.is_quiet()
    }

    fn poll_hangup(&mut self, cx: &mut Context<'_>) -> Poll<Hangup> {
        self.stream.poll_hangup(cx)
    }

    fn release_reactor(&mut self) {
        self.stream.release_reactor();
    }

    fn killer(&self) -> Option<Killer> {
        self.stream.killer()
    }
}

impl AsyncRead for UnixTransport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for UnixTransport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
