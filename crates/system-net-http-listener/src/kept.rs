//! The exact bytes of requests, for whoever tests a client: kept on demand, as the connection reads them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use system_net_runtime::{Hangup, Killer, TlsInfo, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::request::HttpListenerRequest;

impl HttpListenerRequest {
    /// What has come over the connection for this request until now, byte for byte: its head, and what
    /// was read of its body, with the lines between chunks.
    ///
    /// `None` unless the listener was told to keep it, before the connection was accepted, by
    /// [`set_kept_request_bytes`](crate::HttpListener::set_kept_request_bytes); once the request is
    /// answered; and over HTTP/2, where requests have no bytes of their own.
    #[must_use]
    pub fn raw_bytes(&self) -> Option<Vec<u8>> {
        self.exchange().kept_bytes()
    }
}

/// What a connection has read since its current request began.
pub(crate) struct Kept(Mutex<Bytes>);

struct Bytes {
    /// The first of them.
    bytes: Vec<u8>,
    /// How many there may be.
    most: usize,
    /// How many came.
    received: usize,
}

impl Kept {
    fn bytes(&self) -> MutexGuard<'_, Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next request begins with what was read and not used.
    #[cold]
    pub(crate) fn begin(&self, unused: &[u8]) {
        let mut kept = self.bytes();
        kept.bytes.clear();
        kept.received = 0;
        kept.add(unused);
    }

    /// The bytes that were used.
    pub(crate) fn used(&self, unused: usize) -> Vec<u8> {
        let kept = self.bytes();
        let used = kept.received.saturating_sub(unused).min(kept.bytes.len());
        kept.bytes[..used].to_vec()
    }
}

impl Bytes {
    fn add(&mut self, data: &[u8]) {
        self.received += data.len();
        let room = self.most - self.bytes.len();
        self.bytes.extend_from_slice(&data[..data.len().min(room)]);
    }
}

/// A transport that keeps what is read from it.
pub(crate) struct Keeping {
    transport: Box<dyn Transport>,
    kept: Arc<Kept>,
}

impl Keeping {
    /// Keeps at most so many bytes of a request.
    pub(crate) fn over(transport: Box<dyn Transport>, most: usize) -> (Self, Arc<Kept>) {
        let kept = Arc::new(Kept(Mutex::new(Bytes {
            bytes: Vec::new(),
            most,
            received: 0,
        })));
        let this = Self {
            transport,
            kept: Arc::clone(&kept),
        };
        (this, kept)
    }
}

impl AsyncRead for Keeping {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.transport).poll_read(cx, buf))?;
        self.kept.bytes().add(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Keeping {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }
}

// What reads several parts at a time, or throws bytes away, is left to the trait: all bytes shall pass by.
impl Transport for Keeping {
    fn local_endpoint(&self) -> Option<SocketAddr> {
        self.transport.local_endpoint()
    }

    fn remote_endpoint(&self) -> Option<SocketAddr> {
        self.transport.remote_endpoint()
    }

    fn tls(&self) -> Option<&TlsInfo> {
        self.transport.tls()
    }

    fn tls_to_share(&self) -> Option<TlsInfo> {
        self.transport.tls_to_share()
    }

    fn is_quiet(&mut self) -> bool {
        self.transport.is_quiet()
    }

    fn poll_hangup(&mut self, cx: &mut Context<'_>) -> Poll<Hangup> {
        self.transport.poll_hangup(cx)
    }

    fn release_reactor(&mut self) {
        self.transport.release_reactor();
    }

    fn killer(&self) -> Option<Killer> {
        self.transport.killer()
    }

    fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.transport.set_nodelay(nodelay)
    }
}
