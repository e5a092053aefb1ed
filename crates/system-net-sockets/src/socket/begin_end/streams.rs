//! `begin_receive`, `begin_send`.

use std::io::{IoSlice, IoSliceMut};
use std::mem::take;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use system_net_primitives::{AsyncCallback, AsyncOrigin, AsyncResult, AsyncState};

use super::operation::{Call, settled, start};
use super::{
    BufferCallback, BufferResult, BuffersResult, begins, end_transfer, end_transfers, origin,
};
use crate::enums::SocketFlags;
use crate::error::SocketError;
use crate::socket::Socket;
use crate::socket::handle::Handle;
use crate::socket::turns::Turn;
use crate::socket::watch::Wait;
use crate::trace;

impl Socket {
    /// Begins to receive into the buffer, at most its length.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginReceive`
    ///
    /// # Differences from .NET
    /// Every error is told by the end, none by this call.
    #[doc(alias = "Socket.BeginReceive")]
    pub fn begin_receive(
        &self,
        buffer: Vec<u8>,
        flags: SocketFlags,
        callback: Option<BufferCallback<usize>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<BufferResult<usize>> {
        let origin = origin(self.handle().trace(), begins::RECEIVE);
        begin_receive(self.handle(), origin, buffer, flags, callback, state)
    }

    /// Waits for a receive and gives the number of bytes received, 0 at the end of a stream,
    /// and the buffer.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndReceive`
    ///
    /// # Errors
    /// Those of [`receive_async`](Self::receive_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "Socket.EndReceive")]
    pub fn end_receive(&self, result: &AsyncResult<BufferResult<usize>>) -> BufferResult<usize> {
        end_transfer(self.handle(), "EndReceive", begins::RECEIVES, result)
    }

    /// Begins to receive into several buffers, one after the other.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginReceive`
    #[doc(alias = "Socket.BeginReceive")]
    pub fn begin_receive_buffers(
        &self,
        buffers: Vec<Vec<u8>>,
        flags: SocketFlags,
        callback: Option<AsyncCallback<BuffersResult<usize>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<BuffersResult<usize>> {
        let call = Receive {
            buffer: buffers,
            flags,
            turn: Turn::None,
        };
        let handle = self.handle();
        let origin = origin(handle.trace(), begins::RECEIVE);
        trace::begun(handle.trace(), "BeginReceive", format_args!(""), || {
            start(handle, origin, call, callback, state)
        })
    }

    /// As [`end_receive`](Self::end_receive), for several buffers.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndReceive`
    ///
    /// # Errors
    /// Those of [`end_receive`](Self::end_receive).
    #[doc(alias = "Socket.EndReceive")]
    pub fn end_receive_buffers(
        &self,
        result: &AsyncResult<BuffersResult<usize>>,
    ) -> BuffersResult<usize> {
        end_transfers(self.handle(), "EndReceive", begins::RECEIVES, result)
    }

    /// Begins to send all bytes of the buffer.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginSend`
    ///
    /// # Differences from .NET
    /// Every error is told by the end, none by this call.
    #[doc(alias = "Socket.BeginSend")]
    pub fn begin_send(
        &self,
        buffer: Vec<u8>,
        flags: SocketFlags,
        callback: Option<BufferCallback<usize>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<BufferResult<usize>> {
        let origin = origin(self.handle().trace(), begins::SEND);
        begin_send(self.handle(), origin, buffer, flags, callback, state)
    }

    /// Waits for a send and gives the number of bytes sent, and the buffer.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndSend`
    ///
    /// # Errors
    /// Those of [`send_async`](Self::send_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "Socket.EndSend")]
    pub fn end_send(&self, result: &AsyncResult<BufferResult<usize>>) -> BufferResult<usize> {
        end_transfer(self.handle(), "EndSend", begins::SENDS, result)
    }

    /// Begins to send all bytes of several buffers, one after the other.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginSend`
    #[doc(alias = "Socket.BeginSend")]
    pub fn begin_send_buffers(
        &self,
        buffers: Vec<Vec<u8>>,
        flags: SocketFlags,
        callback: Option<AsyncCallback<BuffersResult<usize>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<BuffersResult<usize>> {
        let call = Send {
            buffer: buffers,
            flags,
            turn: Turn::None,
            sent: 0,
        };
        let handle = self.handle();
        let origin = origin(handle.trace(), begins::SEND);
        trace::begun(handle.trace(), "BeginSend", format_args!(""), || {
            start(handle, origin, call, callback, state)
        })
    }

    /// As [`end_send`](Self::end_send), for several buffers.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndSend`
    ///
    /// # Errors
    /// Those of [`end_send`](Self::end_send).
    #[doc(alias = "Socket.EndSend")]
    pub fn end_send_buffers(
        &self,
        result: &AsyncResult<BuffersResult<usize>>,
    ) -> BuffersResult<usize> {
        end_transfers(self.handle(), "EndSend", begins::SENDS, result)
    }
}

/// [`Socket::begin_receive`], also for streams over sockets.
pub(crate) fn begin_receive(
    handle: &Arc<Handle>,
    origin: AsyncOrigin,
    buffer: Vec<u8>,
    flags: SocketFlags,
    callback: Option<BufferCallback<usize>>,
    state: Option<AsyncState>,
) -> AsyncResult<BufferResult<usize>> {
    let call = Receive {
        buffer,
        flags,
        turn: Turn::None,
    };
    trace::begun(handle.trace(), "BeginReceive", format_args!(""), || {
        start(handle, origin, call, callback, state)
    })
}

/// [`Socket::begin_send`], also for streams over sockets.
pub(crate) fn begin_send(
    handle: &Arc<Handle>,
    origin: AsyncOrigin,
    buffer: Vec<u8>,
    flags: SocketFlags,
    callback: Option<BufferCallback<usize>>,
    state: Option<AsyncState>,
) -> AsyncResult<BufferResult<usize>> {
    let call = Send {
        buffer,
        flags,
        turn: Turn::None,
        sent: 0,
    };
    trace::begun(handle.trace(), "BeginSend", format_args!(""), || {
        start(handle, origin, call, callback, state)
    })
}

/// One buffer or several.
trait Buffers: Default + std::marker::Send + 'static {
    fn poll_receive(
        &mut self,
        handle: &Handle,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>>;

    fn try_receive(
        &mut self,
        handle: &Handle,
        flags: SocketFlags,
    ) -> Option<Result<usize, SocketError>>;

    fn length(&self) -> usize;

    /// Sends what is left after `sent` bytes, or a part of it.
    fn poll_send(
        &self,
        handle: &Handle,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        flags: SocketFlags,
        sent: usize,
    ) -> Poll<Result<usize, SocketError>>;

    fn try_send(
        &self,
        handle: &Handle,
        flags: SocketFlags,
        sent: usize,
    ) -> Option<Result<usize, SocketError>>;
}

struct Receive<B> {
    buffer: B,
    flags: SocketFlags,
    turn: Turn,
}

impl<B: Buffers> Call for Receive<B> {
    type Value = usize;
    type Output = (Result<usize, SocketError>, B);

    const WHAT: &'static str = "receive";

    fn poll(
        &mut self,
        handle: &Arc<Handle>,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<usize, SocketError>> {
        if handle.is_stream() {
            ready!(handle.watch().receives().poll(cx, &mut self.turn));
        }
        self.buffer.poll_receive(handle, cx, wait, self.flags)
    }

    fn attempt(&mut self, handle: &Arc<Handle>) -> Option<Result<usize, SocketError>> {
        if handle.is_stream() {
            handle.watch().receives().enter(&mut self.turn);
            if self.turn != Turn::Own {
                return None;
            }
        }
        if self.buffer.length() == 0 {
            return None;
        }
        let received = self.buffer.try_receive(handle, self.flags)?;
        Some(match received {
            Ok(0) if handle.is_closed() => Err(handle.closed_asynchronously(true, Self::WHAT)),
            received => received,
        })
    }

    fn output(&mut self, result: Result<usize, SocketError>) -> Self::Output {
        (result, take(&mut self.buffer))
    }

    fn leave(&mut self, handle: &Handle) {
        handle.watch().receives().leave(&mut self.turn);
    }
}

struct Send<B> {
    buffer: B,
    flags: SocketFlags,
    turn: Turn,
    sent: usize,
}

impl<B: Buffers> Call for Send<B> {
    type Value = usize;
    type Output = (Result<usize, SocketError>, B);

    const WHAT: &'static str = "send";

    fn poll(
        &mut self,
        handle: &Arc<Handle>,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<usize, SocketError>> {
        if handle.is_stream() {
            ready!(handle.watch().sends().poll(cx, &mut self.turn));
        }
        loop {
            let sent = self
                .buffer
                .poll_send(handle, cx, wait, self.flags, self.sent);
            match ready!(sent) {
                Ok(sent) => {
                    self.sent += sent;
                    if self.sent >= self.buffer.length() || !handle.is_stream() {
                        return Poll::Ready(Ok(self.sent));
                    }
                    wait.begin();
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn attempt(&mut self, handle: &Arc<Handle>) -> Option<Result<usize, SocketError>> {
        if handle.is_stream() {
            handle.watch().sends().enter(&mut self.turn);
            if self.turn != Turn::Own {
                return None;
            }
        }
        loop {
            match self.buffer.try_send(handle, self.flags, self.sent)? {
                Ok(sent) => {
                    self.sent += sent;
                    if self.sent >= self.buffer.length() || !handle.is_stream() {
                        return Some(Ok(self.sent));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn output(&mut self, result: Result<usize, SocketError>) -> Self::Output {
        (result, take(&mut self.buffer))
    }

    fn leave(&mut self, handle: &Handle) {
        handle.watch().sends().leave(&mut self.turn);
    }
}

impl Buffers for Vec<u8> {
    fn poll_receive(
        &mut self,
        handle: &Handle,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        handle.poll_receive(cx, wait, self, flags)
    }

    fn try_receive(
        &mut self,
        handle: &Handle,
        flags: SocketFlags,
    ) -> Option<Result<usize, SocketError>> {
        let fd = match handle.fd() {
            Ok(fd) => fd,
            Err(error) => return Some(Err(error)),
        };
        settled(handle, handle.try_receive(&fd, self, flags), "receive")
    }

    fn length(&self) -> usize {
        self.len()
    }

    fn poll_send(
        &self,
        handle: &Handle,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        flags: SocketFlags,
        sent: usize,
    ) -> Poll<Result<usize, SocketError>> {
        handle.poll_send(cx, wait, self.get(sent..).unwrap_or_default(), flags)
    }

    fn try_send(
        &self,
        handle: &Handle,
        flags: SocketFlags,
        sent: usize,
    ) -> Option<Result<usize, SocketError>> {
        let fd = match handle.fd() {
            Ok(fd) => fd,
            Err(error) => return Some(Err(error)),
        };
        let rest = self.get(sent..).unwrap_or_default();
        settled(handle, handle.try_send(&fd, rest, flags), "send")
    }
}

impl Buffers for Vec<Vec<u8>> {
    fn poll_receive(
        &mut self,
        handle: &Handle,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        let mut slices: Vec<_> = self.iter_mut().map(|one| IoSliceMut::new(one)).collect();
        handle.poll_receive_buffers(cx, wait, &mut slices, flags)
    }

    fn try_receive(
        &mut self,
        handle: &Handle,
        flags: SocketFlags,
    ) -> Option<Result<usize, SocketError>> {
        let fd = match handle.fd() {
            Ok(fd) => fd,
            Err(error) => return Some(Err(error)),
        };
        let mut slices: Vec<_> = self.iter_mut().map(|one| IoSliceMut::new(one)).collect();
        let received = handle.try_receive_buffers(&fd, &mut slices, flags);
        settled(handle, received, "receive")
    }

    fn length(&self) -> usize {
        self.iter().map(Vec::len).sum()
    }

    fn poll_send(
        &self,
        handle: &Handle,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        flags: SocketFlags,
        sent: usize,
    ) -> Poll<Result<usize, SocketError>> {
        let mut slices: Vec<_> = self.iter().map(|one| IoSlice::new(one)).collect();
        let mut rest = slices.as_mut_slice();
        IoSlice::advance_slices(&mut rest, sent);
        handle.poll_send_buffers(cx, wait, rest, flags)
    }

    fn try_send(
        &self,
        handle: &Handle,
        flags: SocketFlags,
        sent: usize,
    ) -> Option<Result<usize, SocketError>> {
        let fd = match handle.fd() {
            Ok(fd) => fd,
            Err(error) => return Some(Err(error)),
        };
        let mut slices: Vec<_> = self.iter().map(|one| IoSlice::new(one)).collect();
        let mut rest = slices.as_mut_slice();
        IoSlice::advance_slices(&mut rest, sent);
        settled(handle, handle.try_send_buffers(&fd, rest, flags), "send")
    }
}
