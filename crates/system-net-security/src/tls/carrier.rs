//! The transport below TLS, with an eye on the peer's first bytes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use system_net_runtime::Transport;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many of the peer's first bytes are kept for messages.
const KEPT: usize = 48;

/// Passes everything through. It keeps the first bytes for error messages, and gives out bytes
/// that were read from the transport before TLS began.
pub(super) struct Carrier {
    transport: Box<dyn Transport>,
    first: First,
    /// Bytes that were read already, and how many of them were given out.
    ahead: Vec<u8>,
    given: usize,
}

/// The peer's first bytes, in place: full after the first record, and then one comparison a read.
struct First {
    bytes: [u8; KEPT],
    length: usize,
}

impl First {
    fn keep(&mut self, read: &[u8]) {
        let free = &mut self.bytes[self.length..];
        let length = free.len().min(read.len());
        free[..length].copy_from_slice(&read[..length]);
        self.length += length;
    }
}

impl Carrier {
    pub(super) fn new(transport: Box<dyn Transport>, ahead: Vec<u8>) -> Self {
        Self {
            transport,
            first: First {
                bytes: [0; KEPT],
                length: 0,
            },
            ahead,
            given: 0,
        }
    }

    pub(super) fn transport(&self) -> &dyn Transport {
        &*self.transport
    }

    pub(super) fn transport_mut(&mut self) -> &mut dyn Transport {
        &mut *self.transport
    }

    /// Whether bytes that were read before TLS began were not given out yet.
    pub(super) fn has_ahead(&self) -> bool {
        self.given < self.ahead.len()
    }

    /// What the peer sent first, at most [`KEPT`] bytes.
    pub(super) fn first(&self) -> &[u8] {
        &self.first.bytes[..self.first.length]
    }
}

impl AsyncRead for Carrier {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        if this.given < this.ahead.len() {
            let rest = &this.ahead[this.given..];
            let length = rest.len().min(buf.remaining());
            buf.put_slice(&rest[..length]);
            this.given += length;
            if this.given == this.ahead.len() {
                (this.ahead, this.given) = (Vec::new(), 0);
            }
        } else {
            ready!(Pin::new(&mut this.transport).poll_read(cx, buf))?;
        }
        if this.first.length < KEPT {
            this.first.keep(&buf.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Carrier {
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
        parts: &[IoSlice<'_>],
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
