//! A TCP connection as a transport.

use std::cell::RefCell;
use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::options::TcpOptions;
use super::socket::KillableSocket;
use crate::transport::{Killer, Transport};
use crate::watched::{Direction, Hangup, Progress, Watched};

/// How much is read at once for a buffer that was never written to, at most.
const SCRATCH: usize = 64 * 1024;

/// How much is thrown away by one call.
#[cfg(any(target_os = "linux", target_os = "android"))]
const DISCARDED_AT_ONCE: usize = 16 * 1024;

thread_local! {
    /// What is for a buffer that was never written to is read into this memory and copied: clearing
    /// that buffer would write all of it, each time, however little comes.
    static READ_BEFORE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A TCP connection that can be used under [`block_on`](crate::block_on), in any tokio runtime
/// and in other executors, and be moved between them at any moment.
#[derive(Debug)]
pub struct TcpTransport {
    socket: Watched<KillableSocket<TcpStream>>,
}

impl TcpTransport {
    /// Takes over a connected socket and makes it non-blocking.
    ///
    /// # Errors
    /// The system's.
    pub fn from_std(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self::from_nonblocking(stream))
    }

    pub(super) fn from_nonblocking(stream: TcpStream) -> Self {
        Self {
            socket: Watched::new(Arc::new(KillableSocket::new(stream))),
        }
    }

    /// Connects to `address`. Dropping the future ends the attempt.
    ///
    /// # Errors
    /// The system's, such as [`ConnectionRefused`](io::ErrorKind::ConnectionRefused).
    ///
    /// # Blocking
    /// Waits as long as the system tries (minutes); put [`timeout_at`](crate::timeout_at)
    /// around it.
    pub async fn connect(address: SocketAddr, options: &TcpOptions) -> io::Result<Self> {
        let socket = options.open(address)?;
        let begun = socket.connect(&address.into());
        let mut transport = Self::from_nonblocking(socket.into());
        match begun {
            Ok(()) => return Ok(transport),
            // A signal does not end the attempt either (POSIX connect, EINTR).
            Err(error)
                if error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error())
                    || error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        std::future::poll_fn(|cx| {
            transport.socket.poll_io(cx, Direction::Write, |socket| {
                if let Some(error) = socket.inner.take_error()? {
                    return Err(error);
                }
                match socket.inner.peer_addr() {
                    Ok(_) => Ok(Progress {
                        value: (),
                        exhausted: false,
                    }),
                    Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                        Err(io::ErrorKind::WouldBlock.into())
                    }
                    Err(error) => Err(error),
                }
            })
        })
        .await?;
        Ok(transport)
    }

    /// Gives the socket back, in blocking mode.
    ///
    /// # Errors
    /// The system's.
    pub fn into_std(self) -> io::Result<TcpStream> {
        let stream = match Arc::try_unwrap(self.socket.into_source()) {
            Ok(socket) => socket.inner,
            // A killer is at work at this very moment.
            Err(shared) => shared.inner.try_clone()?,
        };
        stream.set_nonblocking(false)?;
        Ok(stream)
    }

    /// The socket, to set options. Reading or writing it directly disturbs the transport.
    pub fn as_std(&self) -> &TcpStream {
        &self.socket.source().inner
    }

    /// Whether the socket is registered with a tokio reactor.
    pub fn is_registered(&self) -> bool {
        self.socket.is_registered()
    }
}

impl TcpTransport {
    fn poll_read_by(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        scratch: &mut Vec<u8>,
    ) -> Poll<io::Result<()>> {
        let asked = buf.remaining().min(SCRATCH);
        if scratch.len() < asked {
            scratch.resize(asked, 0);
        }
        let space = &mut scratch[..asked];
        let read = self.socket.poll_io(cx, Direction::Read, |socket| {
            was_read(socket, asked, received(&socket.inner, space))
        });
        read.map_ok(|length| buf.put_slice(&scratch[..length]))
    }
}

impl Transport for TcpTransport {
    fn local_endpoint(&self) -> Option<SocketAddr> {
        self.as_std().local_addr().ok()
    }

    fn remote_endpoint(&self) -> Option<SocketAddr> {
        self.as_std().peer_addr().ok()
    }

    fn is_quiet(&mut self) -> bool {
        // The reactor may say "nothing to read" of a socket it never looked at again, so the
        // socket itself is asked.
        loop {
            match recv(self.as_std(), &mut [0], RecvFlags::PEEK) {
                Err(Errno::INTR) => {}
                Err(error) => return error == Errno::AGAIN || error == Errno::WOULDBLOCK,
                Ok(_) => return false,
            }
        }
    }

    fn poll_read_vectored(
        &mut self,
        cx: &mut Context<'_>,
        parts: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        let asked = parts.iter().map(|part| part.len()).sum();
        self.socket.poll_io(cx, Direction::Read, |socket| {
            was_read(socket, asked, (&socket.inner).read_vectored(parts))
        })
    }

    fn is_read_vectored(&self) -> bool {
        true
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn discard(&mut self, most: usize) -> usize {
        // tcp(7), MSG_TRUNC: the bytes "are discarded, rather than passed back".
        let flags = RecvFlags::TRUNC | RecvFlags::DONTWAIT;
        let mut untouched = [0; DISCARDED_AT_ONCE];
        let mut discarded = 0;
        while discarded < most {
            let room = (most - discarded).min(untouched.len());
            match recv(self.as_std(), &mut untouched[..room], flags) {
                Ok((_, count)) if count > 0 => discarded += count,
                Err(Errno::INTR) => {}
                // Nothing is there now, or nothing will be; a read says which.
                _ => break,
            }
        }
        discarded
    }

    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_readable(cx)
    }

    fn is_awaited(&self) -> bool {
        self.socket.is_awaited()
    }

    fn poll_hangup(&mut self, cx: &mut Context<'_>) -> Poll<Hangup> {
        self.socket.poll_hangup(cx)
    }

    fn release_reactor(&mut self) {
        self.socket.release();
    }

    fn killer(&self) -> Option<Killer> {
        Some(Killer::new(self.socket.source()))
    }

    fn set_abortive_close(&self) -> io::Result<()> {
        let at_once = Some(std::time::Duration::ZERO);
        socket2::SockRef::from(self.as_std()).set_linger(at_once)
    }

    fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.as_std().set_nodelay(nodelay)
    }
}

impl AsyncRead for TcpTransport {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if buf.initialized().len() < buf.capacity() {
            let read = READ_BEFORE.try_with(|scratch| {
                let scratch = &mut *scratch.try_borrow_mut().ok()?;
                Some(this.poll_read_by(cx, buf, scratch))
            });
            // Not while the thread ends.
            if let Ok(Some(read)) = read {
                return read;
            }
        }
        let space = buf.initialize_unfilled();
        let asked = space.len();
        let read = this.socket.poll_io(cx, Direction::Read, |socket| {
            was_read(socket, asked, received(&socket.inner, space))
        });
        read.map_ok(|length| buf.advance(length))
    }
}

impl AsyncWrite for TcpTransport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let offered = data.len();
        self.socket.poll_io(cx, Direction::Write, |socket| {
            written(socket, offered, sent(&socket.inner, data))
        })
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let offered = parts.iter().map(|part| part.len()).sum();
        self.socket.poll_io(cx, Direction::Write, |socket| {
            written(socket, offered, (&socket.inner).write_vectored(parts))
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match self.as_std().shutdown(Shutdown::Write) {
            // The peer was faster; the connection is as shut as it can be.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        })
    }
}

/// Straight from the system: the C library's function asks each time whether its thread is to end, and
/// so does `send`.
fn received(socket: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
    let (length, _) = recv(socket, space, RecvFlags::empty())?;
    Ok(length)
}

/// No signal says that the peer has gone; where there is no such flag, sockets are made so.
#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: SendFlags = SendFlags::empty();

fn sent(socket: &TcpStream, data: &[u8]) -> io::Result<usize> {
    Ok(send(socket, data, NO_SIGNAL)?)
}

fn was_read(
    socket: &KillableSocket<TcpStream>,
    asked: usize,
    read: io::Result<usize>,
) -> io::Result<Progress<usize>> {
    match read {
        Ok(0) if asked > 0 => {
            socket.check_killed()?;
            Ok(Progress {
                value: 0,
                exhausted: false,
            })
        }
        Ok(length) => Ok(Progress {
            value: length,
            exhausted: length < asked,
        }),
        Err(error) => Err(explain(socket, error)),
    }
}

fn written(
    socket: &KillableSocket<TcpStream>,
    offered: usize,
    written: io::Result<usize>,
) -> io::Result<Progress<usize>> {
    match written {
        // More than one vector may be offered than the system takes at once, which looks like
        // a full buffer; the wait that follows ends at once then.
        Ok(length) => Ok(Progress {
            value: length,
            exhausted: length < offered,
        }),
        Err(error) => Err(explain(socket, error)),
    }
}

/// The error as it is, but a kill shows as one.
fn explain(socket: &KillableSocket<TcpStream>, error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => error,
        _ => socket.check_killed().err().unwrap_or(error),
    }
}
