//! `begin_receive_from`, `begin_receive_message_from`, `begin_send_to`.

use std::mem::take;
use std::sync::Arc;
use std::task::{Context, Poll};

use system_net_primitives::{AsyncResult, AsyncState, EndPoint};
use system_net_runtime::begin_completed;

use super::operation::{Call, settled, start};
use super::{BufferCallback, BufferResult, begins, end_transfer, origin};
use crate::enums::SocketFlags;
use crate::error::SocketError;
use crate::socket::handle::Handle;
use crate::socket::watch::Wait;
use crate::socket::{Socket, SocketReceiveFromResult, SocketReceiveMessageFromResult};
use crate::sys::RawAddress;
use crate::trace;

impl Socket {
    /// Begins to receive a message.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginReceiveFrom`
    #[doc(alias = "Socket.BeginReceiveFrom")]
    pub fn begin_receive_from(
        &self,
        buffer: Vec<u8>,
        flags: SocketFlags,
        callback: Option<BufferCallback<SocketReceiveFromResult>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<BufferResult<SocketReceiveFromResult>> {
        let handle = self.handle();
        let origin = origin(handle.trace(), begins::RECEIVE_FROM);
        let begin = || match handle.check_bound() {
            Ok(()) => start(
                handle,
                origin,
                ReceiveFrom { buffer, flags },
                callback,
                state,
            ),
            Err(error) => begin_completed(origin, (Err(error), buffer), callback, state),
        };
        let trace = handle.trace();
        trace::begun(trace, "BeginReceiveFrom", format_args!(""), begin)
    }

    /// Waits for a message and gives its length, its sender, and the buffer.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndReceiveFrom`
    ///
    /// # Errors
    /// Those of [`receive_from_async`](Self::receive_from_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "Socket.EndReceiveFrom")]
    pub fn end_receive_from(
        &self,
        result: &AsyncResult<BufferResult<SocketReceiveFromResult>>,
    ) -> BufferResult<SocketReceiveFromResult> {
        let begins = &[begins::RECEIVE_FROM];
        end_transfer(self.handle(), "EndReceiveFrom", begins, result)
    }

    /// Begins to receive a message with all that is known about it.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginReceiveMessageFrom`
    #[doc(alias = "Socket.BeginReceiveMessageFrom")]
    pub fn begin_receive_message_from(
        &self,
        buffer: Vec<u8>,
        flags: SocketFlags,
        callback: Option<BufferCallback<SocketReceiveMessageFromResult>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<BufferResult<SocketReceiveMessageFromResult>> {
        let handle = self.handle();
        let origin = origin(handle.trace(), begins::RECEIVE_MESSAGE_FROM);
        let begin = || {
            let prepared = handle
                .check_bound()
                .and_then(|()| handle.want_packet_information());
            match prepared {
                Ok(()) => start(
                    handle,
                    origin,
                    ReceiveMessageFrom { buffer, flags },
                    callback,
                    state,
                ),
                Err(error) => begin_completed(origin, (Err(error), buffer), callback, state),
            }
        };
        let trace = handle.trace();
        trace::begun(trace, "BeginReceiveMessageFrom", format_args!(""), begin)
    }

    /// Waits for a message and gives what is known about it, and the buffer.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndReceiveMessageFrom`
    ///
    /// # Errors
    /// Those of [`receive_message_from_async`](Self::receive_message_from_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "Socket.EndReceiveMessageFrom")]
    pub fn end_receive_message_from(
        &self,
        result: &AsyncResult<BufferResult<SocketReceiveMessageFromResult>>,
    ) -> BufferResult<SocketReceiveMessageFromResult> {
        let begins = &[begins::RECEIVE_MESSAGE_FROM];
        end_transfer(self.handle(), "EndReceiveMessageFrom", begins, result)
    }

    /// Begins to send a message to an end point.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginSendTo`
    #[doc(alias = "Socket.BeginSendTo")]
    pub fn begin_send_to(
        &self,
        buffer: Vec<u8>,
        flags: SocketFlags,
        remote_end_point: impl Into<EndPoint>,
        callback: Option<BufferCallback<usize>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<BufferResult<usize>> {
        let handle = self.handle();
        let remote = remote_end_point.into();
        let origin = origin(handle.trace(), begins::SEND_TO);
        let place = trace::end_point(&remote);
        let shown = format_args!("{place}");
        trace::begun(handle.trace(), "BeginSendTo", shown, || {
            match handle.sendable_address(&remote).map(Box::new) {
                Ok(to) => start(
                    handle,
                    origin,
                    SendTo { buffer, flags, to },
                    callback,
                    state,
                ),
                Err(error) => begin_completed(origin, (Err(error), buffer), callback, state),
            }
        })
    }

    /// Waits for a send to an end point and gives the number of bytes, and the buffer.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndSendTo`
    ///
    /// # Errors
    /// Those of [`send_to_async`](Self::send_to_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "Socket.EndSendTo")]
    pub fn end_send_to(&self, result: &AsyncResult<BufferResult<usize>>) -> BufferResult<usize> {
        end_transfer(self.handle(), "EndSendTo", &[begins::SEND_TO], result)
    }
}

struct ReceiveFrom {
    buffer: Vec<u8>,
    flags: SocketFlags,
}

impl Call for ReceiveFrom {
    type Value = SocketReceiveFromResult;
    type Output = BufferResult<SocketReceiveFromResult>;

    const WHAT: &'static str = "receive from";

    fn poll(
        &mut self,
        handle: &Arc<Handle>,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<Self::Value, SocketError>> {
        handle.poll_receive_from(cx, wait, &mut self.buffer, self.flags)
    }

    fn attempt(&mut self, handle: &Arc<Handle>) -> Option<Result<Self::Value, SocketError>> {
        let fd = match handle.fd() {
            Ok(fd) => fd,
            Err(error) => return Some(Err(error)),
        };
        let received = handle.try_receive_from(&fd, &mut self.buffer, self.flags);
        settled(handle, received, Self::WHAT)
    }

    fn output(&mut self, result: Result<Self::Value, SocketError>) -> Self::Output {
        (result, take(&mut self.buffer))
    }

    fn leave(&mut self, _: &Handle) {}
}

struct ReceiveMessageFrom {
    buffer: Vec<u8>,
    flags: SocketFlags,
}

impl Call for ReceiveMessageFrom {
    type Value = SocketReceiveMessageFromResult;
    type Output = BufferResult<SocketReceiveMessageFromResult>;

    const WHAT: &'static str = "receive message from";

    fn poll(
        &mut self,
        handle: &Arc<Handle>,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<Self::Value, SocketError>> {
        handle.poll_receive_message_from(cx, wait, &mut self.buffer, self.flags)
    }

    fn attempt(&mut self, handle: &Arc<Handle>) -> Option<Result<Self::Value, SocketError>> {
        let fd = match handle.fd() {
            Ok(fd) => fd,
            Err(error) => return Some(Err(error)),
        };
        let received = handle.try_receive_message_from(&fd, &mut self.buffer, self.flags);
        settled(handle, received, Self::WHAT)
    }

    fn output(&mut self, result: Result<Self::Value, SocketError>) -> Self::Output {
        (result, take(&mut self.buffer))
    }

    fn leave(&mut self, _: &Handle) {}
}

struct SendTo {
    buffer: Vec<u8>,
    flags: SocketFlags,
    to: Box<RawAddress>,
}

impl Call for SendTo {
    type Value = usize;
    type Output = BufferResult<usize>;

    const WHAT: &'static str = "send to";

    fn poll(
        &mut self,
        handle: &Arc<Handle>,
        cx: &mut Context<'_>,
        wait: &mut Wait,
    ) -> Poll<Result<usize, SocketError>> {
        handle.poll_send_to(cx, wait, &self.buffer, self.flags, &self.to)
    }

    fn attempt(&mut self, handle: &Arc<Handle>) -> Option<Result<usize, SocketError>> {
        let fd = match handle.fd() {
            Ok(fd) => fd,
            Err(error) => return Some(Err(error)),
        };
        let sent = handle.try_send_to(&fd, &self.buffer, self.flags, &self.to);
        settled(handle, sent, Self::WHAT)
    }

    fn output(&mut self, result: Result<usize, SocketError>) -> Self::Output {
        (result, take(&mut self.buffer))
    }

    fn leave(&mut self, _: &Handle) {}
}
