//! Reading and writing: blocking, as futures, and by the traits of std and tokio.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use system_net_runtime::block_on;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::channel::Channel;
use super::{NegotiateStream, State};

impl NegotiateStream {
    /// Reads at most as much as the buffer takes; 0 at the end.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.ReadAsync`
    ///
    /// # Errors
    /// Those of the stream below; [`InvalidData`](io::ErrorKind::InvalidData) if a message was
    /// changed on the way, after which nothing more is read;
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) at an end within a frame. With a
    /// [`Misuse`](system_net_primitives::Misuse) inside if the stream is not authenticated.
    #[doc(alias = "NegotiateStream.ReadAsync")]
    pub async fn read_async(&self, buffer: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| {
            let mut buf = ReadBuf::new(buffer);
            ready!(self.poll(cx, |it, cx| it.poll_read(cx, &mut buf)))?;
            Poll::Ready(Ok(buf.filled().len()))
        })
        .await
    }

    /// Writes all of it, and sends it.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.WriteAsync`
    ///
    /// # Errors
    /// As [`read_async`](Self::read_async).
    #[doc(alias = "NegotiateStream.WriteAsync")]
    pub async fn write_async(&self, data: &[u8]) -> io::Result<()> {
        let mut rest = data;
        while !rest.is_empty() {
            let written = poll_fn(|cx| self.poll(cx, |it, cx| it.poll_write(cx, rest))).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            rest = &rest[written..];
        }
        self.flush_async().await
    }

    /// Sends what still lies in the stream.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.FlushAsync`
    ///
    /// # Errors
    /// As [`read_async`](Self::read_async).
    #[doc(alias = "NegotiateStream.FlushAsync")]
    pub async fn flush_async(&self) -> io::Result<()> {
        poll_fn(|cx| self.poll(cx, Channel::poll_flush)).await
    }

    /// Ends the writing side of the stream below. It may still be read.
    ///
    /// A stream of std's traits ([`over_blocking`](NegotiateStream::over_blocking)) has no such end:
    /// it is flushed, and the peer sees the end when the socket is shut down or dropped.
    ///
    /// # Errors
    /// As [`read_async`](Self::read_async).
    pub async fn shutdown_async(&self) -> io::Result<()> {
        poll_fn(|cx| self.poll(cx, Channel::poll_shutdown)).await
    }

    /// [`shutdown_async`](Self::shutdown_async), blocking.
    ///
    /// # Errors
    /// As there.
    pub fn shutdown(&self) -> io::Result<()> {
        block_on(self.shutdown_async())
    }

    fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        step: impl FnOnce(Pin<&mut Channel>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match &mut *self.lock() {
            State::Ready(channel) => step(Pin::new(&mut **channel), cx),
            other => Poll::Ready(Err(io::Error::other(other.refusal()))),
        }
    }
}

/// .NET: `System.Net.Security.NegotiateStream.Read`
impl Read for &NegotiateStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        block_on(self.read_async(buffer))
    }
}

/// What is written is sent at once.
///
/// .NET: `System.Net.Security.NegotiateStream.Write`
impl Write for &NegotiateStream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        block_on(self.write_async(data)).map(|()| data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        block_on(self.flush_async())
    }
}

impl Read for NegotiateStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for NegotiateStream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        (&*self).write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}

impl AsyncRead for NegotiateStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll(cx, |it, cx| it.poll_read(cx, buf))
    }
}

impl AsyncWrite for NegotiateStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll(cx, |it, cx| it.poll_write(cx, data))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, Channel::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, Channel::poll_shutdown)
    }
}
