//! `NetworkStream`: a connected socket as a stream of bytes.

#[cfg_attr(not(feature = "tokio"), path = "no_waits.rs")]
mod asynchronous;
#[cfg(feature = "tokio")]
mod begin_end;
mod blocking;
mod conversions;
mod file_access;
#[cfg(feature = "tokio")]
mod tokio_streams;

use std::fmt;
use std::io::SeekFrom;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use system_net_primitives::Misuse;

use crate::enums::{SocketShutdown, SocketType};
use crate::error::{SocketError, SocketErrorCode};
use crate::socket::Socket;

pub use file_access::FileAccess;

/// The bytes of a connected stream socket.
///
/// It reads and writes in three forms: blocking ([`std::io::Read`] and [`std::io::Write`], also
/// of `&NetworkStream`, so that one thread can read while another writes), asynchronously
/// (`read_async`, `write_async`, and tokio's
/// `AsyncRead` and `AsyncWrite`; feature `tokio`), and with `begin_read` and `begin_write`. It
/// cannot seek.
///
/// Whether [`close`](Self::close), and dropping, close the socket below depends on whether the
/// stream owns it. One made by [`new`](Self::new) does not.
///
/// .NET: `System.Net.Sockets.NetworkStream`
///
/// # Differences from .NET
/// [`write`](Self::write) of the type writes all bytes, as .NET's does; `write` of the trait
/// [`std::io::Write`] may write some of them, as the trait has it.
///
/// # Examples
/// ```
/// use std::net::{TcpListener, TcpStream};
/// use system_net_sockets::NetworkStream;
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let client = NetworkStream::try_from(TcpStream::connect(listener.local_addr()?)?)?;
/// let server = NetworkStream::try_from(listener.accept()?.0)?;
/// client.write(b"ping")?;
/// let mut answer = [0; 4];
/// assert_eq!(server.read(&mut answer)?, 4);
/// assert_eq!(&answer, b"ping");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct NetworkStream {
    socket: Arc<Socket>,
    access: FileAccess,
    ownership: Ownership,
    closed: AtomicBool,
    #[cfg_attr(
        not(feature = "tokio"),
        allow(dead_code, reason = "nothing waits asynchronously then")
    )]
    waits: asynchronous::Waits,
}

/// What the end of the stream means for the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ownership {
    /// Nothing.
    Borrowed,
    /// `close` closes it; dropping does not, since another owner gives out streams.
    Shared,
    /// `close` and dropping close it.
    Owned,
}

impl NetworkStream {
    /// A stream that reads and writes, over a socket that stays open when the stream is closed.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.NetworkStream(Socket)`
    ///
    /// # Errors
    /// [`NotConnected`](SocketErrorCode::NotConnected);
    /// [`Misuse::InvalidArgument`] for a socket that is no stream or must not block.
    #[doc(alias = "NetworkStream..ctor")]
    pub fn new(socket: Arc<Socket>) -> Result<Self, SocketError> {
        Self::with_access_and_ownership(socket, FileAccess::ReadWrite, false)
    }

    /// A stream that reads and writes, and closes the socket with itself if `owns_socket`.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.NetworkStream(Socket, Boolean)`
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    #[doc(alias = "NetworkStream..ctor")]
    pub fn with_ownership(socket: Arc<Socket>, owns_socket: bool) -> Result<Self, SocketError> {
        Self::with_access_and_ownership(socket, FileAccess::ReadWrite, owns_socket)
    }

    /// A stream that may be for one direction only, over a socket that stays open when the
    /// stream is closed.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.NetworkStream(Socket, FileAccess)`
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    #[doc(alias = "NetworkStream..ctor")]
    pub fn with_access(socket: Arc<Socket>, access: FileAccess) -> Result<Self, SocketError> {
        Self::with_access_and_ownership(socket, access, false)
    }

    /// A stream with both choices.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.NetworkStream(Socket, FileAccess, Boolean)`
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    #[doc(alias = "NetworkStream..ctor")]
    pub fn with_access_and_ownership(
        socket: Arc<Socket>,
        access: FileAccess,
        owns_socket: bool,
    ) -> Result<Self, SocketError> {
        let ownership = if owns_socket {
            Ownership::Owned
        } else {
            Ownership::Borrowed
        };
        Self::over(socket, access, ownership)
    }

    /// A stream of a client, which owns the socket together with its other streams: closing any
    /// of them closes it.
    pub(crate) fn of_client(socket: Arc<Socket>) -> Result<Self, SocketError> {
        Self::over(socket, FileAccess::ReadWrite, Ownership::Shared)
    }

    fn over(
        socket: Arc<Socket>,
        access: FileAccess,
        ownership: Ownership,
    ) -> Result<Self, SocketError> {
        // Also tells of a socket that is closed.
        socket.handle().fd()?;
        let refused = |text| Err(Misuse::invalid_argument("socket", text).into());
        if !socket.blocking() {
            return refused("it must not block; make it blocking before");
        }
        if !socket.connected() {
            return Err(SocketError::new(SocketErrorCode::NotConnected)
                .with_context("a stream over a socket"));
        }
        if socket.socket_type() != SocketType::Stream {
            return refused("it is not of the type Stream");
        }
        Ok(Self::unchecked(socket, access, ownership))
    }

    fn unchecked(socket: Arc<Socket>, access: FileAccess, ownership: Ownership) -> Self {
        Self {
            socket,
            access,
            ownership,
            closed: AtomicBool::new(false),
            waits: asynchronous::Waits::default(),
        }
    }

    /// The socket below.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.Socket`
    #[doc(alias = "NetworkStream.Socket")]
    #[must_use]
    pub const fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Whether it may be read and is open.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.CanRead`
    /// .NET: `System.Net.Sockets.NetworkStream.Readable`
    #[doc(alias = "NetworkStream.CanRead")]
    #[doc(alias = "NetworkStream.Readable")]
    #[must_use]
    #[inline]
    pub fn can_read(&self) -> bool {
        self.access.reads() && !self.is_closed()
    }

    /// Whether it may be written and is open.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.CanWrite`
    /// .NET: `System.Net.Sockets.NetworkStream.Writeable`
    #[doc(alias = "NetworkStream.CanWrite")]
    #[doc(alias = "NetworkStream.Writeable")]
    #[must_use]
    #[inline]
    pub fn can_write(&self) -> bool {
        self.access.writes() && !self.is_closed()
    }

    /// Always false.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.CanSeek`
    #[doc(alias = "NetworkStream.CanSeek")]
    #[must_use]
    pub const fn can_seek(&self) -> bool {
        false
    }

    /// Always true: blocking reads and writes obey the time-outs.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.CanTimeout`
    #[doc(alias = "NetworkStream.CanTimeout")]
    #[must_use]
    pub const fn can_timeout(&self) -> bool {
        true
    }

    /// Whether something can be read at once.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.DataAvailable`
    ///
    /// # Errors
    /// [`Misuse::Disposed`] when closed; the system's.
    #[doc(alias = "NetworkStream.DataAvailable")]
    pub fn data_available(&self) -> Result<bool, SocketError> {
        self.check_open()?;
        Ok(self.socket.available()? > 0)
    }

    /// How many milliseconds a blocking read waits; -1 for no limit.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.ReadTimeout`
    ///
    /// # Errors
    /// [`Misuse::Disposed`] if the socket is closed.
    #[doc(alias = "NetworkStream.ReadTimeout")]
    pub fn read_timeout(&self) -> Result<i32, SocketError> {
        Ok(unlimited_as_minus_one(self.socket.receive_timeout()?))
    }

    /// Limits blocking reads to so many milliseconds; -1 for no limit. It is the socket's
    /// [`receive_timeout`](Socket::receive_timeout).
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.ReadTimeout`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for 0 and below -1; [`Misuse::Disposed`] if the socket is closed.
    #[doc(alias = "NetworkStream.ReadTimeout")]
    pub fn set_read_timeout(&self, timeout: i32) -> Result<(), SocketError> {
        check_timeout(timeout)?;
        self.socket.set_receive_timeout(timeout)
    }

    /// How many milliseconds a blocking write waits; -1 for no limit.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.WriteTimeout`
    ///
    /// # Errors
    /// [`Misuse::Disposed`] if the socket is closed.
    #[doc(alias = "NetworkStream.WriteTimeout")]
    pub fn write_timeout(&self) -> Result<i32, SocketError> {
        Ok(unlimited_as_minus_one(self.socket.send_timeout()?))
    }

    /// Limits blocking writes to so many milliseconds; -1 for no limit. It is the socket's
    /// [`send_timeout`](Socket::send_timeout).
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.WriteTimeout`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for 0 and below -1; [`Misuse::Disposed`] if the socket is closed.
    #[doc(alias = "NetworkStream.WriteTimeout")]
    pub fn set_write_timeout(&self, timeout: i32) -> Result<(), SocketError> {
        check_timeout(timeout)?;
        self.socket.set_send_timeout(timeout)
    }

    /// Closes the stream, and the socket if the stream owns it: who reads or writes there then
    /// gets an error. What was written still arrives. Closing twice does nothing.
    ///
    /// .NET: `System.IO.Stream.Close`
    /// .NET: `System.Net.Sockets.NetworkStream.Dispose`
    #[doc(alias = "Stream.Close")]
    #[doc(alias = "NetworkStream.Dispose")]
    pub fn close(&self) {
        self.end(-1, self.ownership != Ownership::Borrowed);
    }

    /// As [`close`](Self::close), but waits for so many milliseconds for what was written to
    /// arrive; -1 does not wait for it, yet it still arrives.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.Close(Int32)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] below -1.
    ///
    /// # Blocking
    /// As [`Socket::close_timeout`].
    #[doc(alias = "NetworkStream.Close")]
    pub fn close_timeout(&self, timeout: i32) -> Result<(), SocketError> {
        if timeout < -1 {
            return Err(Misuse::out_of_range("timeout", "-1 or more milliseconds").into());
        }
        self.end(timeout, self.ownership != Ownership::Borrowed);
        Ok(())
    }

    fn end(&self, timeout: i32, with_socket: bool) {
        if self.closed.swap(true, Ordering::AcqRel) || !with_socket {
            return;
        }
        if timeout < 0 {
            // The peer may have closed before; then there is nothing to shut down.
            let _ = self.socket.shutdown(SocketShutdown::Both);
        }
        self.socket.close_timeout(timeout);
    }

    /// Not supported: a stream of a socket has no length.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.Length`
    ///
    /// # Errors
    /// Always [`Misuse::NotSupported`].
    #[doc(alias = "NetworkStream.Length")]
    pub fn length(&self) -> Result<i64, SocketError> {
        Err(no_seek())
    }

    /// Not supported: a stream of a socket has no position.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.Position`
    ///
    /// # Errors
    /// Always [`Misuse::NotSupported`].
    #[doc(alias = "NetworkStream.Position")]
    pub fn position(&self) -> Result<i64, SocketError> {
        Err(no_seek())
    }

    /// Not supported: a stream of a socket has no position.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.Position`
    ///
    /// # Errors
    /// Always [`Misuse::NotSupported`].
    #[doc(alias = "NetworkStream.Position")]
    pub fn set_position(&self, _position: i64) -> Result<(), SocketError> {
        Err(no_seek())
    }

    /// Not supported: a stream of a socket has no position.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.Seek`
    ///
    /// # Errors
    /// Always [`Misuse::NotSupported`].
    #[doc(alias = "NetworkStream.Seek")]
    pub fn seek(&self, _to: SeekFrom) -> Result<i64, SocketError> {
        Err(no_seek())
    }

    /// Not supported: a stream of a socket has no length.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.SetLength`
    ///
    /// # Errors
    /// Always [`Misuse::NotSupported`].
    #[doc(alias = "NetworkStream.SetLength")]
    pub fn set_length(&self, _length: i64) -> Result<(), SocketError> {
        Err(no_seek())
    }

    #[inline]
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn check_open(&self) -> Result<(), SocketError> {
        if self.is_closed() {
            return Err(Misuse::disposed("NetworkStream").into());
        }
        Ok(())
    }

    #[inline]
    fn check_read(&self) -> Result<(), SocketError> {
        if !self.can_read() {
            return Err(self.refusal("the stream is for writing only"));
        }
        Ok(())
    }

    #[inline]
    fn check_write(&self) -> Result<(), SocketError> {
        if !self.can_write() {
            return Err(self.refusal("the stream is for reading only"));
        }
        Ok(())
    }

    #[cold]
    fn refusal(&self, text: &'static str) -> SocketError {
        match self.check_open() {
            Err(error) => error,
            Ok(()) => Misuse::invalid_operation(text).into(),
        }
    }
}

impl Drop for NetworkStream {
    fn drop(&mut self) {
        self.end(-1, self.ownership == Ownership::Owned);
    }
}

impl fmt::Debug for NetworkStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkStream")
            .field("socket", &self.socket)
            .field("access", &self.access)
            .field("ownership", &self.ownership)
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

#[cold]
fn no_seek() -> SocketError {
    Misuse::not_supported("the stream of a socket cannot seek").into()
}

fn check_timeout(timeout: i32) -> Result<(), SocketError> {
    if timeout == -1 || timeout > 0 {
        return Ok(());
    }
    Err(Misuse::out_of_range("value", "-1 for no limit, or more than 0 milliseconds").into())
}

/// A socket says 0 for no limit.
fn unlimited_as_minus_one(timeout: i32) -> i32 {
    if timeout == 0 { -1 } else { timeout }
}
