//! Reading and writing: blocking, as futures, and by the traits of std and tokio.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use system_net_runtime::block_on;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{SslStream, State};
use crate::TlsTransport;

impl SslStream {
    /// Reads at most as much as the buffer takes; 0 at the end, which the peer has announced.
    ///
    /// .NET: `System.Net.Security.SslStream.ReadAsync`
    ///
    /// # Errors
    /// Those of [`TlsTransport`]; an end that was not announced is
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof). With a
    /// [`Misuse`](system_net_primitives::Misuse) inside if the stream is not authenticated.
    #[doc(alias = "SslStream.ReadAsync")]
    pub async fn read_async(&self, buffer: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| {
            let mut buf = ReadBuf::new(buffer);
            ready!(self.poll(cx, |tls, cx| tls.poll_read(cx, &mut buf)))?;
            Poll::Ready(Ok(buf.filled().len()))
        })
        .await
    }

    /// Writes all of it, and sends it.
    ///
    /// .NET: `System.Net.Security.SslStream.WriteAsync`
    ///
    /// # Errors
    /// As [`read_async`](Self::read_async).
    #[doc(alias = "SslStream.WriteAsync")]
    pub async fn write_async(&self, data: &[u8]) -> io::Result<()> {
        let mut rest = data;
        while !rest.is_empty() {
            let written = poll_fn(|cx| self.poll(cx, |tls, cx| tls.poll_write(cx, rest))).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            rest = &rest[written..];
        }
        self.flush_async().await
    }

    /// Sends what still lies in the session.
    ///
    /// .NET: `System.Net.Security.SslStream.FlushAsync`
    ///
    /// # Errors
    /// As [`read_async`](Self::read_async).
    #[doc(alias = "SslStream.FlushAsync")]
    pub async fn flush_async(&self) -> io::Result<()> {
        poll_fn(|cx| self.poll(cx, TlsTransport::poll_flush)).await
    }

    /// Says to the peer that nothing more comes. It may still be read.
    ///
    /// .NET: `System.Net.Security.SslStream.ShutdownAsync`
    ///
    /// # Errors
    /// As [`read_async`](Self::read_async).
    #[doc(alias = "SslStream.ShutdownAsync")]
    pub async fn shutdown_async(&self) -> io::Result<()> {
        poll_fn(|cx| self.poll(cx, TlsTransport::poll_shutdown)).await
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
        step: impl FnOnce(Pin<&mut TlsTransport>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match &mut *self.lock() {
            State::Ready(tls) => step(Pin::new(tls), cx),
            other => Poll::Ready(Err(io::Error::other(other.refusal()))),
        }
    }
}

/// .NET: `System.Net.Security.SslStream.Read`
impl Read for &SslStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        block_on(self.read_async(buffer))
    }
}

/// What is written is sent at once.
///
/// .NET: `System.Net.Security.SslStream.Write`
impl Write for &SslStream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        block_on(self.write_async(data)).map(|()| data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        block_on(self.flush_async())
    }
}

impl Read for SslStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Write for SslStream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        (&*self).write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self).flush()
    }
}

impl AsyncRead for SslStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll(cx, |tls, cx| tls.poll_read(cx, buf))
    }
}

impl AsyncWrite for SslStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll(cx, |tls, cx| tls.poll_write(cx, data))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, TlsTransport::poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, TlsTransport::poll_shutdown)
    }
}
