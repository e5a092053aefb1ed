//! Sending and receiving on the caller's thread: one system call each, unless it has to wait on
//! a descriptor that does not.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use system_net_primitives::{AddressFamily, EndPoint, Misuse};

use super::handle::SHORT_SLICE;
use super::{
    Handle, Socket, SocketReceiveFromResult, SocketReceiveMessageFromResult, flags, message,
};
use crate::enums::{SocketFlags, SocketType};
use crate::error::{SocketError, SocketErrorCode};
use crate::{sys, trace};

impl Socket {
    /// Sends. On a stream that waits, all of the bytes.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Send`
    ///
    /// # Errors
    /// [`ConnectionReset`](SocketErrorCode::ConnectionReset),
    /// [`Shutdown`](SocketErrorCode::Shutdown) after the end of the connection,
    /// [`NotConnected`](SocketErrorCode::NotConnected),
    /// [`MessageSize`](SocketErrorCode::MessageSize) for a datagram that is too long,
    /// [`TimedOut`](SocketErrorCode::TimedOut) when nothing could be sent within the time-out,
    /// [`WouldBlock`](SocketErrorCode::WouldBlock) where it must not wait,
    /// [`Interrupted`](SocketErrorCode::Interrupted) when another thread closes the socket.
    ///
    /// # Blocking
    /// Waits until the system has room for all; [`send_timeout`](Self::send_timeout) ends it,
    /// then with the number of bytes it had room for, if any.
    #[doc(alias = "Socket.Send")]
    pub fn send(&self, buffer: &[u8]) -> Result<usize, SocketError> {
        self.send_with(buffer, SocketFlags::NONE)
    }

    /// Sends, with flags.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Send(Byte[], SocketFlags)`
    ///
    /// # Errors
    /// As [`send`](Self::send), and
    /// [`OperationNotSupported`](SocketErrorCode::OperationNotSupported) for a flag that sending
    /// does not know.
    ///
    /// # Blocking
    /// As [`send`](Self::send).
    #[doc(alias = "Socket.Send")]
    pub fn send_with(
        &self,
        buffer: &[u8],
        socket_flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        if trace::is_heard(self.handle().trace()) {
            return self.handle().send_traced("Send", buffer, socket_flags);
        }
        self.handle().send(buffer, socket_flags)
    }

    /// Sends several buffers as one piece.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Send(IList<ArraySegment<Byte>>, SocketFlags)`
    ///
    /// # Errors
    /// As [`send_with`](Self::send_with);
    /// [`MessageSize`](SocketErrorCode::MessageSize) for a datagram of more than 1024 buffers.
    ///
    /// # Blocking
    /// As [`send`](Self::send).
    #[doc(alias = "Socket.Send")]
    pub fn send_buffers(
        &self,
        buffers: &[IoSlice<'_>],
        socket_flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        let trace = self.handle().trace();
        let call = trace.enter("Send", format_args!(""));
        let sent = self.handle().send_buffers(buffers, socket_flags);
        let buffers = buffers.iter().map(|buffer| &**buffer);
        trace::transferred_in(trace, call, "Send", &sent, buffers);
        sent
    }

    /// Sends to an address.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.SendTo`
    ///
    /// # Errors
    /// As [`send_with`](Self::send_with); [`Misuse::InvalidArgument`] for a host name;
    /// [`AccessDenied`](SocketErrorCode::AccessDenied) for a broadcast without
    /// [`set_enable_broadcast`](Self::set_enable_broadcast).
    ///
    /// # Blocking
    /// As [`send`](Self::send).
    #[doc(alias = "Socket.SendTo")]
    pub fn send_to(
        &self,
        buffer: &[u8],
        socket_flags: SocketFlags,
        remote_end_point: impl Into<EndPoint>,
    ) -> Result<usize, SocketError> {
        let end_point = remote_end_point.into();
        let trace = self.handle().trace();
        if !trace::is_heard(trace) {
            return self.handle().send_to(buffer, socket_flags, &end_point);
        }
        let call = trace.enter("SendTo", format_args!("{}", trace::end_point(&end_point)));
        let sent = self.handle().send_to(buffer, socket_flags, &end_point);
        trace::transferred(trace, call, "SendTo", &sent, buffer);
        sent
    }

    /// Receives what there is, 0 at the end of a stream.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Receive`
    ///
    /// # Errors
    /// [`ConnectionReset`](SocketErrorCode::ConnectionReset),
    /// [`NotConnected`](SocketErrorCode::NotConnected),
    /// [`MessageSize`](SocketErrorCode::MessageSize) for a message longer than the buffer, which
    /// is filled with its beginning while the rest is lost,
    /// [`TimedOut`](SocketErrorCode::TimedOut) after the time-out,
    /// [`WouldBlock`](SocketErrorCode::WouldBlock) where it must not wait,
    /// [`Interrupted`](SocketErrorCode::Interrupted) when another thread closes the socket.
    ///
    /// # Blocking
    /// Waits for data; [`receive_timeout`](Self::receive_timeout) ends it.
    #[doc(alias = "Socket.Receive")]
    pub fn receive(&self, buffer: &mut [u8]) -> Result<usize, SocketError> {
        self.receive_with(buffer, SocketFlags::NONE)
    }

    /// Receives, with flags.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Receive(Byte[], SocketFlags)`
    ///
    /// # Errors
    /// As [`receive`](Self::receive), and
    /// [`OperationNotSupported`](SocketErrorCode::OperationNotSupported) for a flag that
    /// receiving does not know; [`InvalidArgument`](SocketErrorCode::InvalidArgument) for urgent
    /// data where there are none.
    ///
    /// # Blocking
    /// As [`receive`](Self::receive).
    #[doc(alias = "Socket.Receive")]
    pub fn receive_with(
        &self,
        buffer: &mut [u8],
        socket_flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        if trace::is_heard(self.handle().trace()) {
            return self
                .handle()
                .receive_traced("Receive", buffer, socket_flags);
        }
        self.handle().receive(buffer, socket_flags)
    }

    /// Receives into several buffers, filling one after the other.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Receive(IList<ArraySegment<Byte>>, SocketFlags)`
    ///
    /// # Errors
    /// As [`receive_with`](Self::receive_with).
    ///
    /// # Blocking
    /// As [`receive`](Self::receive).
    ///
    /// # Limits
    /// 1024 buffers are used, of a stream from the first on that is not empty; the others stay
    /// as they are. A message that would need more is the error
    /// [`MessageSize`](SocketErrorCode::MessageSize).
    #[doc(alias = "Socket.Receive")]
    pub fn receive_buffers(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        socket_flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        let trace = self.handle().trace();
        let call = trace.enter("Receive", format_args!(""));
        let received = self.handle().receive_buffers(buffers, socket_flags);
        let buffers = buffers.iter().map(|buffer| &**buffer);
        trace::transferred_in(trace, call, "Receive", &received, buffers);
        received
    }

    /// Receives, and tells from whom.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.ReceiveFrom`
    ///
    /// # Errors
    /// As [`receive_with`](Self::receive_with); [`Misuse::InvalidOperation`] unless the socket
    /// has a local address.
    ///
    /// # Blocking
    /// As [`receive`](Self::receive).
    #[doc(alias = "Socket.ReceiveFrom")]
    pub fn receive_from(
        &self,
        buffer: &mut [u8],
        socket_flags: SocketFlags,
    ) -> Result<SocketReceiveFromResult, SocketError> {
        let trace = self.handle().trace();
        if !trace::is_heard(trace) {
            return self.handle().receive_from(buffer, socket_flags);
        }
        let call = trace.enter("ReceiveFrom", format_args!(""));
        let received = self.handle().receive_from(buffer, socket_flags);
        trace::transferred(trace, call, "ReceiveFrom", &received, buffer);
        received
    }

    /// Receives, and tells from whom and how it came. For where it arrived set the option
    /// [`PACKET_INFORMATION`](crate::SocketOptionName::PACKET_INFORMATION) before the message
    /// arrives; the first call sets it too.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.ReceiveMessageFrom`
    ///
    /// # Errors
    /// As [`receive_from`](Self::receive_from), without
    /// [`MessageSize`](SocketErrorCode::MessageSize): the flags tell of a lost rest.
    ///
    /// # Blocking
    /// As [`receive`](Self::receive).
    #[doc(alias = "Socket.ReceiveMessageFrom")]
    pub fn receive_message_from(
        &self,
        buffer: &mut [u8],
        socket_flags: SocketFlags,
    ) -> Result<SocketReceiveMessageFromResult, SocketError> {
        let trace = self.handle().trace();
        let call = trace.enter("ReceiveMessageFrom", format_args!(""));
        let received = self.handle().receive_message_from(buffer, socket_flags);
        trace::transferred(trace, call, "ReceiveMessageFrom", &received, buffer);
        received
    }
}

impl Handle {
    /// As [`Socket::send_with`], while somebody hears.
    #[cold]
    #[inline(never)]
    fn send_traced(
        &self,
        method: &'static str,
        buffer: &[u8],
        socket_flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        let call = self.trace().enter(method, format_args!(""));
        let sent = self.send(buffer, socket_flags);
        trace::transferred(self.trace(), call, method, &sent, buffer);
        sent
    }

    /// As [`Socket::receive_with`], while somebody hears.
    #[cold]
    #[inline(never)]
    fn receive_traced(
        &self,
        method: &'static str,
        buffer: &mut [u8],
        socket_flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        let call = self.trace().enter(method, format_args!(""));
        let received = self.receive(buffer, socket_flags);
        trace::transferred(self.trace(), call, method, &received, buffer);
        received
    }

    /// As [`Socket::send_with`], untraced.
    #[inline]
    pub(super) fn send(
        &self,
        buffer: &[u8],
        socket_flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        let flags = flags::send(socket_flags)?;
        self.sending("send", buffer.len(), |fd, sent, more| {
            let rest = buffer.get(sent..).unwrap_or_default();
            Ok((sys::send(fd.as_fd(), rest, flags | more)?, rest.len()))
        })
    }

    fn send_buffers(
        &self,
        buffers: &[IoSlice<'_>],
        socket_flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        let flags = flags::send(socket_flags)?;
        if buffers.len() > sys::MAX_BUFFERS && !self.is_stream() {
            return Err(SocketError::from_errno(libc::EMSGSIZE).with_context("send"));
        }
        let all = buffers.iter().map(|buffer| buffer.len()).sum();
        self.sending("send", all, |fd, sent, more| {
            let mut copy;
            let mut rest = self.without_leading(buffers);
            if sent > 0 {
                // Only after a signal or with very many buffers.
                copy = buffers.to_vec();
                let mut left = copy.as_mut_slice();
                IoSlice::advance_slices(&mut left, sent);
                rest = left;
            }
            let now = rest.get(..sys::MAX_BUFFERS).unwrap_or(rest);
            let asked = now.iter().map(|buffer| buffer.len()).sum();
            Ok((
                sys::send_message(fd.as_fd(), now, flags | more, None)?,
                asked,
            ))
        })
    }

    fn send_to(
        &self,
        buffer: &[u8],
        socket_flags: SocketFlags,
        end_point: &EndPoint,
    ) -> Result<usize, SocketError> {
        let flags = flags::send(socket_flags)?;
        let to = self.sendable_address(end_point)?;
        let sent = self.sending("send", buffer.len(), |fd, sent, more| {
            let rest = buffer.get(sent..).unwrap_or_default();
            let now = sys::send_to(fd.as_fd(), rest, flags | more, &to)?;
            Ok((now, rest.len()))
        });
        let sent = sent.map_err(|error| advise(error, end_point))?;
        self.set_bound();
        Ok(sent)
    }

    #[inline]
    fn receive(&self, buffer: &mut [u8], socket_flags: SocketFlags) -> Result<usize, SocketError> {
        let flags = flags::receive(socket_flags)?;
        let empty = buffer.is_empty();
        let received = self.receiving("receive", |fd, more| {
            self.receive_once(fd, buffer, flags | more)
        })?;
        self.check_end(received == 0 && !empty, "receive")?;
        Ok(received)
    }

    fn receive_buffers(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        socket_flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        let flags = flags::receive(socket_flags)?;
        let received = self.receiving("receive", |fd, more| {
            self.receive_buffers_once(fd, buffers, flags | more)
        })?;
        self.check_end(received == 0, "receive")?;
        Ok(received)
    }

    fn receive_from(
        &self,
        buffer: &mut [u8],
        socket_flags: SocketFlags,
    ) -> Result<SocketReceiveFromResult, SocketError> {
        let flags = flags::receive(socket_flags)?;
        self.check_bound()?;
        let result = self.receiving("receive", |fd, more| {
            self.receive_from_once(fd, buffer, flags | more)
        })?;
        self.check_end(result.received_bytes == 0, "receive")?;
        Ok(result)
    }

    fn receive_message_from(
        &self,
        buffer: &mut [u8],
        socket_flags: SocketFlags,
    ) -> Result<SocketReceiveMessageFromResult, SocketError> {
        let flags = flags::receive(socket_flags)?;
        self.check_bound()?;
        self.want_packet_information()?;
        let result = self.receiving("receive", |fd, more| {
            message::receive_once(self, fd, buffer, flags | more)
        })?;
        self.check_end(result.received_bytes == 0, "receive")?;
        Ok(result)
    }

    /// Runs a send until all is sent, or it must not or need not go on. The send tells how much
    /// it sent, and of how much. The flags that it gets are to be added to its own.
    fn sending(
        &self,
        what: &'static str,
        all: usize,
        once: impl FnMut(&OwnedFd, usize, i32) -> io::Result<(usize, usize)>,
    ) -> Result<usize, SocketError> {
        self.with_fd(|fd| self.sending_on(fd, what, all, once))
    }

    #[inline]
    fn sending_on(
        &self,
        fd: &OwnedFd,
        what: &'static str,
        all: usize,
        mut once: impl FnMut(&OwnedFd, usize, i32) -> io::Result<(usize, usize)>,
    ) -> Result<usize, SocketError> {
        if self.waits_for_room_at_peer() {
            return self.sending_to_peer(fd, what, once);
        }
        let timeout = self.send_timeout.load(Ordering::Relaxed);
        let mut sent = 0;
        loop {
            let error = match once(fd, sent, 0) {
                Ok((now, asked)) => {
                    sent += now;
                    if sent >= all || !self.is_stream() || !self.is_blocking() {
                        return Ok(sent);
                    }
                    if self.is_closed() {
                        return Err(
                            SocketError::new(SocketErrorCode::Interrupted).with_context(what)
                        );
                    }
                    // The system's own time-out leaves a rest; a signal does without one.
                    if timeout > 0 && now < asked {
                        return Ok(sent);
                    }
                    continue;
                }
                Err(error) => match error.raw_os_error() {
                    Some(libc::EINTR) if !self.is_closed() => continue,
                    Some(libc::EAGAIN) => match self.wait(fd, libc::POLLOUT, timeout, what) {
                        Ok(()) => continue,
                        Err(error) => error,
                    },
                    _ => self.failure(error, what),
                },
            };
            // What was sent counts; the next call meets the error again.
            if sent > 0 && !self.is_closed() {
                return Ok(sent);
            }
            return Err(error);
        }
    }

    /// Whether a send has to wait in the queue of its peer: no shutdown of this end wakes it there.
    fn waits_for_room_at_peer(&self) -> bool {
        self.family() == AddressFamily::Unix && !self.is_stream() && self.is_blocking()
    }

    /// Runs a send of one message, which looks whether the socket was closed while it waits.
    #[cold]
    #[allow(
        clippy::disallowed_methods,
        reason = "the time-out of a system call is the system's own, and nothing else waits here"
    )]
    fn sending_to_peer(
        &self,
        fd: &OwnedFd,
        what: &'static str,
        mut once: impl FnMut(&OwnedFd, usize, i32) -> io::Result<(usize, usize)>,
    ) -> Result<usize, SocketError> {
        let timeout = super::milliseconds(self.send_timeout.load(Ordering::Relaxed));
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            match once(fd, 0, libc::MSG_DONTWAIT) {
                Ok((sent, _)) => return Ok(sent),
                Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {}
                Err(error) => return Err(self.failure(error, what)),
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(SocketError::new(SocketErrorCode::TimedOut).with_context(what));
            }
            // Of the peer it is connected to the system tells when it has room; of another it says
            // that there is some.
            let poll = |time| self.poll(fd, libc::POLLOUT, time);
            let waited = match poll(Some(Duration::ZERO)) {
                Ok(0) => poll(left),
                Ok(ready) => {
                    std::thread::sleep(left.map_or(SHORT_SLICE, |left| left.min(SHORT_SLICE)));
                    Ok(ready)
                }
                failed => failed,
            };
            waited.map_err(|error| self.failure(error, what))?;
        }
    }

    /// Runs a receive until there is something, or it must not wait. The flags that it gets are
    /// to be added to its own.
    fn receiving<T>(
        &self,
        what: &'static str,
        once: impl FnMut(&OwnedFd, i32) -> io::Result<T>,
    ) -> Result<T, SocketError> {
        self.with_fd(|fd| self.receiving_on(fd, what, once))
    }

    #[inline]
    fn receiving_on<T>(
        &self,
        fd: &OwnedFd,
        what: &'static str,
        mut once: impl FnMut(&OwnedFd, i32) -> io::Result<T>,
    ) -> Result<T, SocketError> {
        let mut more = 0;
        if !self.wakes_on_shutdown() && self.is_blocking() {
            self.wait_in_slices(fd, what)?;
            more = libc::MSG_DONTWAIT;
        }
        loop {
            match once(fd, more) {
                Ok(result) => return Ok(result),
                Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {
                    let timeout = self.receive_timeout.load(Ordering::Relaxed);
                    self.wait(fd, libc::POLLIN, timeout, what)?;
                }
                Err(error) => return Err(self.failure(error, what)),
            }
        }
    }

    fn wait_in_slices(&self, fd: &OwnedFd, what: &'static str) -> Result<(), SocketError> {
        let timeout = self.receive_timeout.load(Ordering::Relaxed);
        match self.poll(fd, libc::POLLIN, super::milliseconds(timeout)) {
            Ok(0) => Err(SocketError::new(SocketErrorCode::TimedOut).with_context(what)),
            Ok(_) => Ok(()),
            Err(error) => Err(self.failure(error, what)),
        }
    }

    /// An end that closing made is no end of the stream.
    fn check_end(&self, is_end: bool, what: &'static str) -> Result<(), SocketError> {
        if is_end && self.is_closed() {
            return Err(SocketError::new(SocketErrorCode::Interrupted).with_context(what));
        }
        Ok(())
    }

    /// # Errors
    /// [`Misuse::InvalidOperation`] without a local address: nothing could ever arrive.
    pub(crate) fn check_bound(&self) -> Result<(), SocketError> {
        if self.bound.load(Ordering::Relaxed) || self.socket_type() == SocketType::Raw {
            return Ok(());
        }
        let text = "the socket has no local address; bind it, or send first";
        Err(Misuse::invalid_operation(text).into())
    }
}

/// Says what a refused broadcast needs.
fn advise(error: SocketError, to: &EndPoint) -> SocketError {
    if error.errno() != Some(libc::EACCES) {
        return error;
    }
    error.with_context(format!(
        "send to {to}, which is a broadcast and needs set_enable_broadcast(true)"
    ))
}
