//! Streams of any kind below TLS, as transports.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use system_net_runtime::{Killer, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that waits by blocking the thread.
///
/// After each read it says once that it would wait, and wakes its caller at once: TLS reads as long
/// as it can, which in a handshake would be longer than the peer has to say anything before it gets
/// an answer.
pub(crate) struct BlockingStream<S> {
    /// Not locked but through `get_mut`; it makes the stream one that threads can share.
    stream: Mutex<S>,
    has_read: bool,
}

impl<S> BlockingStream<S> {
    pub(crate) const fn new(stream: S) -> Self {
        Self {
            stream: Mutex::new(stream),
            has_read: false,
        }
    }

    fn stream(&mut self) -> &mut S {
        self.stream
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls until it is not interrupted. A stream with a time limit of its own that is over fails, and
/// does not wait on.
fn call<T>(mut attempt: impl FnMut() -> io::Result<T>) -> Poll<io::Result<T>> {
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the stream below TLS would block: its time limit is over, or it is in \
                     non-blocking mode, which a blocking stream must not be",
                )));
            }
            result => return Poll::Ready(result),
        }
    }
}

impl<S: Read + Unpin> AsyncRead for BlockingStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.has_read) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let space = buf.initialize_unfilled();
        let read = call(|| self.stream().read(space));
        self.has_read = true;
        read.map_ok(|length| buf.advance(length))
    }
}

impl<S: Write + Unpin> AsyncWrite for BlockingStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        call(|| self.stream().write(data))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        call(|| self.stream().flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

/// A transport knows more of itself than a stream can tell; these are the answers of one that
/// cannot.
macro_rules! unknown_transport {
    ($name:ident, $($bound:tt)+) => {
        impl<S: $($bound)+ + Unpin + 'static> Transport for $name<S> {
            fn local_endpoint(&self) -> Option<SocketAddr> {
                None
            }

            fn remote_endpoint(&self) -> Option<SocketAddr> {
                None
            }

            fn is_quiet(&mut self) -> bool {
                false
            }

            fn release_reactor(&mut self) {}

            fn killer(&self) -> Option<Killer> {
                None
            }
        }
    };
}

unknown_transport!(BlockingStream, Read + Write + Send);
unknown_transport!(AsyncStream, AsyncRead + AsyncWrite + Send + Sync);

/// A stream of tokio's traits.
pub(crate) struct AsyncStream<S>(pub(crate) S);

impl<S: AsyncRead + Unpin> AsyncRead for AsyncStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for AsyncStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
