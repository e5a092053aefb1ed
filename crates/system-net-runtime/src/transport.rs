//! The trait on which TCP, TLS, CONNECT tunnels and SOCKS stack.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::watched::Hangup;

/// A connected byte stream in both directions, whatever it is made of.
///
/// tokio's traits serve as plain poll functions: a transport works under
/// [`block_on`](crate::block_on), in tokio runtimes and in other executors, and moves between
/// them by itself.
pub trait Transport: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static {
    /// The own address of the lowest layer, if it has one.
    fn local_endpoint(&self) -> Option<SocketAddr>;

    /// The peer's address of the lowest layer (the proxy's for a tunnel), if it has one.
    fn remote_endpoint(&self) -> Option<SocketAddr>;

    /// What TLS has agreed on; `None` for a plain transport.
    fn tls(&self) -> Option<&TlsInfo> {
        None
    }

    /// What TLS has agreed on, with what has to be derived for it ([`TlsInfo::exporter`]): for those
    /// who keep it beside the transport. That takes the time of some hashes.
    fn tls_to_share(&self) -> Option<TlsInfo> {
        self.tls().cloned()
    }

    /// For an idle connection: true if it is open and there is nothing to read. Asks the
    /// socket itself and never waits; bytes (or an end) that came unasked make it false.
    fn is_quiet(&mut self) -> bool;

    /// Reads into several buffers, in their order. Where
    /// [`is_read_vectored`](Self::is_read_vectored) says no, only the first is read into.
    fn poll_read_vectored(
        &mut self,
        cx: &mut Context<'_>,
        parts: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        let Some(first) = parts.iter_mut().find(|part| !part.is_empty()) else {
            return Poll::Ready(Ok(0));
        };
        let mut space = ReadBuf::new(first);
        ready!(Pin::new(self).poll_read(cx, &mut space))?;
        Poll::Ready(Ok(space.filled().len()))
    }

    /// Whether a vectored read fills more than the first buffer.
    fn is_read_vectored(&self) -> bool {
        false
    }

    /// Throws away bytes that have arrived and were not read, at most `most`, without waiting, and
    /// in the cheapest way there is; how many. 0 where that cannot be done: they can be read as ever.
    fn discard(&mut self, most: usize) -> usize {
        let _ = most;
        0
    }

    /// Pending: the task will be woken once there is something to read, or the end of it; nothing is
    /// read. Ready: there may be already, or the transport has no way to wait without reading.
    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let _ = cx;
        Poll::Ready(())
    }

    /// Whether the task that [`poll_readable`](Self::poll_readable) told to wait will still be woken
    /// for that. Reads end it, and so may a write of another task.
    fn is_awaited(&self) -> bool {
        false
    }

    /// Ready once the peer has ended something, as far as that is known without reading and without
    /// asking the system. Pending: the task will be woken for that, or the transport hears of it in reads and
    /// writes alone. For who neither reads nor writes meanwhile.
    fn poll_hangup(&mut self, cx: &mut Context<'_>) -> Poll<Hangup> {
        let _ = cx;
        Poll::Pending
    }

    /// Leaves the reactor, so that an idle connection belongs to no runtime. Not required: a
    /// transport moves by itself at its next wait.
    fn release_reactor(&mut self);

    /// A handle that ends the connection from any thread, if the transport has a socket.
    fn killer(&self) -> Option<Killer>;

    /// Makes the end of the transport a reset: dropped, it throws away what is not sent, and the peer gets an
    /// error.
    ///
    /// # Errors
    /// `Unsupported` without TCP; the system's.
    fn set_abortive_close(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Turns the Nagle algorithm off (`true`) or on. Transports without TCP ignore it.
    ///
    /// # Errors
    /// The system's.
    fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        let _ = nodelay;
        Ok(())
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn local_endpoint(&self) -> Option<SocketAddr> {
        (**self).local_endpoint()
    }

    fn remote_endpoint(&self) -> Option<SocketAddr> {
        (**self).remote_endpoint()
    }

    fn tls(&self) -> Option<&TlsInfo> {
        (**self).tls()
    }

    fn tls_to_share(&self) -> Option<TlsInfo> {
        (**self).tls_to_share()
    }

    fn is_quiet(&mut self) -> bool {
        (**self).is_quiet()
    }

    fn poll_read_vectored(
        &mut self,
        cx: &mut Context<'_>,
        parts: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        (**self).poll_read_vectored(cx, parts)
    }

    fn is_read_vectored(&self) -> bool {
        (**self).is_read_vectored()
    }

    fn discard(&mut self, most: usize) -> usize {
        (**self).discard(most)
    }

    fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        (**self).poll_readable(cx)
    }

    fn is_awaited(&self) -> bool {
        (**self).is_awaited()
    }

    fn poll_hangup(&mut self, cx: &mut Context<'_>) -> Poll<Hangup> {
        (**self).poll_hangup(cx)
    }

    fn release_reactor(&mut self) {
        (**self).release_reactor();
    }

    fn killer(&self) -> Option<Killer> {
        (**self).killer()
    }

    fn set_abortive_close(&self) -> io::Result<()> {
        (**self).set_abortive_close()
    }

    fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        (**self).set_nodelay(nodelay)
    }
}

/// What a TLS handshake agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// The protocol version: `TLSv1.2` or `TLSv1.3`.
    pub protocol: &'static str,
    /// The cipher suite by its IANA name.
    pub cipher_suite: String,
    /// The application protocol that was chosen, for example `h2`.
    pub alpn: Option<Vec<u8>>,
    /// The peer's certificate chain, its own first; empty if it showed none.
    pub peer_certificates: Vec<CertificateDer<'static>>,
    /// The certificates that this side has shown, its own first; empty if it showed none, as in a
    /// session that goes on from an earlier connection.
    pub local_certificates: Vec<CertificateDer<'static>>,
    /// The name of the server as the client asked for it.
    pub server_name: Option<String>,
    /// Whether this side is the server.
    pub is_server: bool,
    /// What both ends of this very connection can derive and nobody else, for `tls-exporter`
    /// (RFC 9266 section 2); `None` before TLS 1.3, and where nobody asked for it: only
    /// [`Transport::tls_to_share`] derives it.
    pub exporter: Option<[u8; 32]>,
}

impl TlsInfo {
    /// Describes a session by its version and cipher suite; the rest is empty.
    pub fn new(protocol: &'static str, cipher_suite: impl Into<String>) -> Self {
        Self {
            protocol,
            cipher_suite: cipher_suite.into(),
            alpn: None,
            peer_certificates: Vec::new(),
            local_certificates: Vec::new(),
            server_name: None,
            is_server: false,
            exporter: None,
        }
    }
}

/// What a [`Killer`] ends: implemented by the shared part of a socket.
pub trait Kill: Send + Sync + 'static {
    /// Ends the connection now. May be called from any thread and more than once.
    fn kill(&self);
}

/// Ends a connection from any thread: whoever waits for it gets an error at once.
///
/// It does not keep the connection alive; killing one that is gone does nothing.
#[derive(Clone)]
pub struct Killer {
    target: Weak<dyn Kill>,
}

impl Killer {
    /// A handle for `target`.
    pub fn new<K: Kill>(target: &Arc<K>) -> Self {
        let target: Weak<K> = Arc::downgrade(target);
        Self { target }
    }

    /// Ends the connection, in both directions, whatever it is doing.
    pub fn kill(&self) {
        if let Some(target) = self.target.upgrade() {
            target.kill();
        }
    }
}

impl fmt::Debug for Killer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alive = self.target.strong_count() > 0;
        f.debug_struct("Killer").field("alive", &alive).finish()
    }
}
