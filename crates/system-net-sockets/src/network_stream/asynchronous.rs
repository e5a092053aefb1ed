//! Reading and writing asynchronously.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::NetworkStream;
use crate::enums::{SocketFlags, SocketShutdown};
use crate::error::SocketError;
use crate::socket::{Handle, Wait};
use crate::trace;

/// The places of the stream's own reader and writer among those who wait for the socket.
#[derive(Debug, Default)]
pub(super) struct Waits {
    read: Wait,
    write: Wait,
}

impl NetworkStream {
    /// Reads what there is, at most the buffer's length, waiting for the first byte. 0 is the
    /// end of the stream. Dropping the future loses no bytes.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.ReadAsync`
    ///
    /// # Errors
    /// Those of [`read`](Self::read), but for the time-out, which does not concern it;
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the socket is closed
    /// meanwhile.
    #[doc(alias = "NetworkStream.ReadAsync")]
    pub async fn read_async(&self, buffer: &mut [u8]) -> Result<usize, SocketError> {
        self.check_read()?;
        if buffer.is_empty() {
            return Ok(0);
        }
        self.socket.receive_async(buffer, SocketFlags::NONE).await
    }

    /// Writes all bytes of the buffer. If the future is dropped, some of them may have been
    /// written.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.WriteAsync`
    ///
    /// # Errors
    /// Those of [`write`](Self::write), but for the time-out, which does not concern it;
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the socket is closed
    /// meanwhile.
    #[doc(alias = "NetworkStream.WriteAsync")]
    pub async fn write_async(&self, buffer: &[u8]) -> Result<(), SocketError> {
        self.check_write()?;
        self.socket.send_async(buffer, SocketFlags::NONE).await?;
        Ok(())
    }

    /// Does nothing: what was written is the system's already.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.FlushAsync`
    #[doc(alias = "NetworkStream.FlushAsync")]
    pub async fn flush_async(&self) {}
}

impl AsyncRead for NetworkStream {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.check_read()?;
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let handle = this.socket.handle();
        let read = &mut this.waits.read;
        let room = buffer.initialize_unfilled();
        let received = if trace::is_heard(handle.trace()) {
            poll_receive_traced(handle, cx, read, room)
        } else {
            handle.poll_receive(cx, read, room, SocketFlags::NONE)
        };
        buffer.advance(ready!(received)?);
        Poll::Ready(Ok(()))
    }
}

/// As `Handle::poll_receive`, while somebody hears.
#[cold]
#[inline(never)]
fn poll_receive_traced(
    handle: &Handle,
    cx: &mut Context<'_>,
    wait: &mut Wait,
    room: &mut [u8],
) -> Poll<Result<usize, SocketError>> {
    let received = ready!(handle.poll_receive(cx, wait, room, SocketFlags::NONE));
    trace::polled(handle, "ReceiveAsync", &received, room);
    Poll::Ready(received)
}

/// As `Handle::poll_send`, while somebody hears.
#[cold]
#[inline(never)]
fn poll_send_traced(
    handle: &Handle,
    cx: &mut Context<'_>,
    wait: &mut Wait,
    bytes: &[u8],
) -> Poll<Result<usize, SocketError>> {
    let sent = ready!(handle.poll_send(cx, wait, bytes, SocketFlags::NONE));
    trace::polled(handle, "SendAsync", &sent, bytes);
    Poll::Ready(sent)
}

impl AsyncWrite for NetworkStream {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.check_write()?;
        let write = &mut this.waits.write;
        let handle = this.socket.handle();
        let sent = if trace::is_heard(handle.trace()) {
            poll_send_traced(handle, cx, write, bytes)
        } else {
            handle.poll_send(cx, write, bytes, SocketFlags::NONE)
        };
        Poll::Ready(Ok(ready!(sent)?))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.check_write()?;
        let write = &mut this.waits.write;
        let handle = this.socket.handle();
        let sent = ready!(handle.poll_send_buffers(cx, write, buffers, SocketFlags::NONE));
        let bytes = buffers.iter().map(|buffer| &**buffer);
        trace::polled_in(handle, "SendAsync", &sent, bytes);
        Poll::Ready(Ok(sent?))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Ends sending: the peer reads the end of the stream.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_write()?;
        match self.socket.shutdown(SocketShutdown::Send) {
            // The connection has ended already.
            Err(error) if error.errno() == Some(libc::ENOTCONN) => Poll::Ready(Ok(())),
            result => Poll::Ready(Ok(result?)),
        }
    }
}
