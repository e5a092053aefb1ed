//! Receiving and sending.

use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut};
use std::ops::Deref;
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll, ready};

use system_net_diagnostics::Call;
use system_net_primitives::EndPoint;
use system_net_runtime::{Direction, Progress, try_once};

use crate::enums::SocketFlags;
use crate::error::SocketError;
use crate::socket::handle::Handle;
use crate::socket::turns::Turn;
use crate::socket::watch::{LeanWait, Wait};
use crate::socket::{Socket, SocketReceiveFromResult, SocketReceiveMessageFromResult};
use crate::sys::{self, RawAddress};
use crate::trace;

const RECEIVE: &str = "receive";
const SEND: &str = "send";

impl Socket {
    /// Receives what there is, at most the buffer's length, waiting for the first byte. 0 is
    /// the end of a stream. With an empty buffer it waits until there is something.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.ReceiveAsync`
    ///
    /// # Errors
    /// Those of [`receive_with`](Self::receive_with);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the socket is closed
    /// meanwhile.
    #[doc(alias = "SocketTaskExtensions.ReceiveAsync")]
    #[inline]
    pub fn receive_async(
        &self,
        buffer: &mut [u8],
        flags: SocketFlags,
    ) -> impl Future<Output = Result<usize, SocketError>> + Send {
        // Not an `async fn`, whose own state would stand around the one of `poll_fn`.
        let handle = &**self.handle();
        let mut lean = LeanWait::new(handle);
        let mut heard = Heard::enter(handle, "ReceiveAsync");
        poll_fn(move |cx| {
            let LeanWait { handle, wait } = &mut lean;
            if heard.0.is_some() {
                return heard.poll_receive(handle, cx, wait, buffer, flags);
            }
            handle.poll_receive(cx, wait, buffer, flags)
        })
    }

    /// Receives into several buffers, one after the other.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.ReceiveAsync`
    ///
    /// # Errors
    /// Those of [`receive_async`](Self::receive_async).
    #[doc(alias = "SocketTaskExtensions.ReceiveAsync")]
    pub async fn receive_buffers_async(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        let trace = self.handle().trace();
        let call = trace.enter("ReceiveAsync", format_args!(""));
        let mut wait = Wait::new();
        let received = poll_fn(|cx| {
            self.handle()
                .poll_receive_buffers(cx, &mut wait, buffers, flags)
        })
        .await;
        let buffers = buffers.iter().map(|buffer| &**buffer);
        trace::transferred_in(trace, call, "ReceiveAsync", &received, buffers);
        received
    }

    /// Receives a message and tells who sent it.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.ReceiveFromAsync`
    ///
    /// # Errors
    /// Those of [`receive_from`](Self::receive_from);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the socket is closed
    /// meanwhile.
    #[doc(alias = "SocketTaskExtensions.ReceiveFromAsync")]
    pub async fn receive_from_async(
        &self,
        buffer: &mut [u8],
        flags: SocketFlags,
    ) -> Result<SocketReceiveFromResult, SocketError> {
        let trace = self.handle().trace();
        let call = trace.enter("ReceiveFromAsync", format_args!(""));
        let received = self.handle().receive_from_later(buffer, flags).await;
        trace::transferred(trace, call, "ReceiveFromAsync", &received, buffer);
        received
    }

    /// Receives a message and tells who sent it, its flags, and where it arrived.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.ReceiveMessageFromAsync`
    ///
    /// # Errors
    /// Those of [`receive_message_from`](Self::receive_message_from);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the socket is closed
    /// meanwhile.
    #[doc(alias = "SocketTaskExtensions.ReceiveMessageFromAsync")]
    pub async fn receive_message_from_async(
        &self,
        buffer: &mut [u8],
        flags: SocketFlags,
    ) -> Result<SocketReceiveMessageFromResult, SocketError> {
        let trace = self.handle().trace();
        let call = trace.enter("ReceiveMessageFromAsync", format_args!(""));
        let received = self
            .handle()
            .receive_message_from_later(buffer, flags)
            .await;
        trace::transferred(trace, call, "ReceiveMessageFromAsync", &received, buffer);
        received
    }

    /// Sends all bytes of the buffer and gives their number.
    ///
    /// If the future is dropped, some of the bytes may have been sent.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.SendAsync`
    ///
    /// # Errors
    /// Those of [`send_with`](Self::send_with);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the socket is closed
    /// meanwhile.
    #[doc(alias = "SocketTaskExtensions.SendAsync")]
    #[inline]
    pub fn send_async(
        &self,
        buffer: &[u8],
        flags: SocketFlags,
    ) -> impl Future<Output = Result<usize, SocketError>> + Send {
        let handle = &**self.handle();
        // Nearly always there is room, and nobody hears: then this stays empty.
        let mut begun =
            trace::is_heard(handle.trace()).then(|| BegunSend::traced("SendAsync", handle));
        poll_fn(move |cx| {
            if let Some(begun) = &mut begun {
                return begun.poll(cx, buffer, flags);
            }
            match handle.send_at_once(cx, buffer, flags) {
                Ok(done) => Poll::Ready(done),
                Err(rest) => begun
                    .insert(BegunSend::unheard(rest))
                    .poll(cx, buffer, flags),
            }
        })
    }

    /// Sends all bytes of several buffers, one after the other, and gives their number.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.SendAsync`
    ///
    /// # Errors
    /// Those of [`send_async`](Self::send_async).
    #[doc(alias = "SocketTaskExtensions.SendAsync")]
    pub async fn send_buffers_async(
        &self,
        buffers: &[IoSlice<'_>],
        flags: SocketFlags,
    ) -> Result<usize, SocketError> {
        let trace = self.handle().trace();
        let call = trace.enter("SendAsync", format_args!(""));
        let mut sending = Sending::new(&**self.handle());
        let sent = poll_fn(|cx| sending.poll_buffers(cx, buffers, flags)).await;
        let buffers = buffers.iter().map(|buffer| &**buffer);
        trace::transferred_in(trace, call, "SendAsync", &sent, buffers);
        sent
    }

    /// Sends a message to an end point.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.SocketTaskExtensions.SendToAsync`
    ///
    /// # Errors
    /// Those of [`send_to`](Self::send_to);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the socket is closed
    /// meanwhile.
    #[doc(alias = "SocketTaskExtensions.SendToAsync")]
    pub async fn send_to_async(
        &self,
        buffer: &[u8],
        flags: SocketFlags,
        remote: impl Into<EndPoint>,
    ) -> Result<usize, SocketError> {
        let remote = remote.into();
        let trace = self.handle().trace();
        let call = trace.enter("SendToAsync", format_args!("{}", trace::end_point(&remote)));
        let sent = self.handle().send_to_later(buffer, flags, &remote).await;
        trace::transferred(trace, call, "SendToAsync", &sent, buffer);
        sent
    }
}

/// A call of one of the members that are called most, while somebody hears: what they pay for
/// the others is one look and a pointer.
struct Heard(Option<Box<Call>>);

impl Heard {
    #[inline]
    fn enter(handle: &Handle, method: &'static str) -> Self {
        let trace = handle.trace();
        // Errors are told of also to those who do not hear of calls.
        if trace::is_heard(trace) {
            return Self::enter_heard(handle, method);
        }
        Self(None)
    }

    #[cold]
    #[inline(never)]
    fn enter_heard(handle: &Handle, method: &'static str) -> Self {
        let call = handle.trace().enter(method, format_args!(""));
        Self(Some(Box::new(call)))
    }

    #[cold]
    #[inline(never)]
    fn poll_receive(
        &mut self,
        handle: &Handle,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        buffer: &mut [u8],
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        let received = ready!(handle.poll_receive(cx, wait, buffer, flags));
        self.end(handle, "ReceiveAsync", &received, buffer);
        Poll::Ready(received)
    }

    fn end(
        &mut self,
        handle: &Handle,
        method: &'static str,
        result: &Result<usize, SocketError>,
        bytes: &[u8],
    ) {
        if let Some(call) = self.0.take() {
            trace::transferred(handle.trace(), *call, method, result, bytes);
        }
    }
}

/// A send that waits, or that somebody hears.
struct BegunSend<'a> {
    sending: Sending<&'a Handle>,
    heard: Heard,
}

impl<'a> BegunSend<'a> {
    fn traced(method: &'static str, handle: &'a Handle) -> Box<Self> {
        Self::new(Sending::new(handle), Heard::enter_heard(handle, method))
    }

    fn unheard(sending: Sending<&'a Handle>) -> Box<Self> {
        Self::new(sending, Heard(None))
    }

    #[cold]
    #[inline(never)]
    fn new(sending: Sending<&'a Handle>, heard: Heard) -> Box<Self> {
        Box::new(Self { sending, heard })
    }

    #[cold]
    #[inline(never)]
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &[u8],
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        let sent = ready!(self.sending.poll(cx, buffer, flags));
        self.heard
            .end(self.sending.handle, "SendAsync", &sent, buffer);
        Poll::Ready(sent)
    }
}

/// A send of everything, and how far it is. On a stream its bytes stay together: other sends
/// of this kind wait until it has ended or is dropped.
#[derive(Debug)]
pub(crate) struct Sending<H: Deref<Target = Handle>> {
    handle: H,
    wait: Wait,
    turn: Turn,
    sent: usize,
}

impl<H: Deref<Target = Handle>> Sending<H> {
    pub(crate) const fn new(handle: H) -> Self {
        Self {
            handle,
            wait: Wait::new(),
            turn: Turn::None,
            sent: 0,
        }
    }

    #[inline]
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &[u8],
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        ready!(self.poll_turn(cx));
        loop {
            let rest = buffer.get(self.sent..).unwrap_or_default();
            match self.handle.poll_send(cx, &mut self.wait, rest, flags) {
                Poll::Ready(Ok(sent)) => {
                    if let Some(all) = self.count(sent, buffer.len()) {
                        return Poll::Ready(Ok(all));
                    }
                }
                other => return other,
            }
        }
    }

    pub(crate) fn poll_buffers(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        let length: usize = buffers.iter().map(|buffer| buffer.len()).sum();
        ready!(self.poll_turn(cx));
        loop {
            let mut rest;
            let mut left = buffers;
            if self.sent > 0 {
                rest = buffers.to_vec();
                let mut rest = rest.as_mut_slice();
                IoSlice::advance_slices(&mut rest, self.sent);
                left = rest;
            }
            let handle = &*self.handle;
            let polled = handle.poll_send_buffers(cx, &mut self.wait, left, flags);
            match polled {
                Poll::Ready(Ok(sent)) => {
                    if let Some(all) = self.count(sent, length) {
                        return Poll::Ready(Ok(all));
                    }
                }
                other => return other,
            }
        }
    }

    #[inline]
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.handle.is_stream() {
            return Poll::Ready(());
        }
        self.handle.watch().sends().poll(cx, &mut self.turn)
    }

    /// The number of all bytes if the send has ended.
    #[inline]
    fn count(&mut self, sent: usize, length: usize) -> Option<usize> {
        self.sent += sent;
        if self.sent >= length || !self.handle.is_stream() {
            return Some(self.sent);
        }
        // It has begun: a close now aborts it.
        self.wait.begin();
        None
    }
}

impl<H: Deref<Target = Handle>> Drop for Sending<H> {
    fn drop(&mut self) {
        self.handle.watch().sends().leave(&mut self.turn);
    }
}

impl Handle {
    /// Sends everything at once, as nearly always there is room for; else gives what is to be
    /// gone on with.
    #[inline]
    fn send_at_once(
        &self,
        cx: &mut Context<'_>,
        buffer: &[u8],
        flags: SocketFlags,
    ) -> Result<Result<usize, SocketError>, Sending<&Self>> {
        if !flags.is_empty() || !self.is_stream() || self.is_closed() {
            return Err(Sending::new(self));
        }
        let Some(mut turn) = self.watch().sends().at_once() else {
            return Err(Sending::new(self));
        };
        let tried = try_once(cx, || {
            let fd = turn.fd(|| self.share().ok())?;
            Some(sys::send(fd.as_fd(), buffer, libc::MSG_DONTWAIT))
        });
        match tried {
            Some(Ok(sent)) if sent >= buffer.len() => Ok(Ok(sent)),
            Some(Ok(sent)) => {
                let mut rest = Sending::new(self);
                rest.count(sent, buffer.len());
                turn.keep(&mut rest.turn);
                Err(rest)
            }
            Some(Err(error)) => {
                drop(turn);
                Ok(Err(self.failed_asynchronously(error, false, SEND)))
            }
            None => Err(Sending::new(self)),
        }
    }

    async fn receive_from_later(
        &self,
        buffer: &mut [u8],
        flags: SocketFlags,
    ) -> Result<SocketReceiveFromResult, SocketError> {
        self.check_bound()?;
        let mut wait = Wait::new();
        poll_fn(|cx| self.poll_receive_from(cx, &mut wait, buffer, flags)).await
    }

    async fn receive_message_from_later(
        &self,
        buffer: &mut [u8],
        flags: SocketFlags,
    ) -> Result<SocketReceiveMessageFromResult, SocketError> {
        self.check_bound()?;
        self.want_packet_information()?;
        let mut wait = Wait::new();
        poll_fn(|cx| self.poll_receive_message_from(cx, &mut wait, buffer, flags)).await
    }

    async fn send_to_later(
        &self,
        buffer: &[u8],
        flags: SocketFlags,
        remote: &EndPoint,
    ) -> Result<usize, SocketError> {
        let to = self.sendable_address(remote)?;
        let mut wait = Wait::new();
        poll_fn(|cx| self.poll_send_to(cx, &mut wait, buffer, flags, &to)).await
    }

    #[inline]
    pub(crate) fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        buffer: &mut [u8],
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        if !flags.is_empty() || buffer.is_empty() || !self.is_stream() {
            return self.poll_receive_otherwise(cx, wait, buffer, flags);
        }
        // The common case, with the least between the caller and the system.
        let length = buffer.len();
        let received = self.poll_io(cx, wait, Direction::Read, RECEIVE, |fd| {
            let value = sys::receive(fd.as_fd(), buffer, libc::MSG_DONTWAIT)?;
            let exhausted = value < length && self.watch().short_is_all();
            Ok(Progress { value, exhausted })
        });
        self.unless_closed(received)
    }

    /// Receives from anything but a stream, or with flags.
    fn poll_receive_otherwise(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        buffer: &mut [u8],
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        if buffer.is_empty() {
            return self.poll_receivable(cx, wait, flags);
        }
        if flags.contains(SocketFlags::OUT_OF_BAND) {
            self.watch().expect_urgent();
            // Reactors do not announce what is urgent, nor that there is nothing.
            match self.try_receive(&self.fd()?, buffer, flags) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => {
                    return Poll::Ready(
                        result.map_err(|error| self.failed_asynchronously(error, true, RECEIVE)),
                    );
                }
            }
        }
        let received = self.poll_io(cx, wait, Direction::Read, RECEIVE, |fd| {
            self.try_receive(fd, buffer, flags).map(lasting)
        });
        self.unless_closed(received)
    }

    /// Waits until something can be received, and takes nothing.
    #[cold]
    fn poll_receivable(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        let stream = self.is_stream();
        let received = self.poll_io(cx, wait, Direction::Read, RECEIVE, |fd| {
            let value = if stream {
                self.try_receive(fd, &mut [0], flags | SocketFlags::PEEK)?;
                0
            } else {
                self.try_receive(fd, &mut [], flags)?
            };
            Ok(lasting(value))
        });
        self.unless_closed(received)
    }

    pub(crate) fn poll_receive_buffers(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        buffers: &mut [IoSliceMut<'_>],
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        let length: usize = buffers.iter().map(|buffer| buffer.len()).sum();
        let plain = self.is_plain(flags);
        let received = self.poll_io(cx, wait, Direction::Read, RECEIVE, |fd| {
            let value = self.try_receive_buffers(fd, buffers, flags)?;
            let exhausted = plain && value < length && self.watch().short_is_all();
            Ok(Progress { value, exhausted })
        });
        self.unless_closed(received)
    }

    pub(crate) fn poll_receive_from(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        buffer: &mut [u8],
        flags: SocketFlags,
    ) -> Poll<Result<SocketReceiveFromResult, SocketError>> {
        let received = self.poll_io(cx, wait, Direction::Read, "receive from", |fd| {
            self.try_receive_from(fd, buffer, flags).map(lasting)
        });
        match received {
            Poll::Ready(Ok(result)) if result.received_bytes == 0 && self.is_closed() => {
                Poll::Ready(Err(self.closed_asynchronously(true, "receive from")))
            }
            received => received,
        }
    }

    pub(crate) fn poll_receive_message_from(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        buffer: &mut [u8],
        flags: SocketFlags,
    ) -> Poll<Result<SocketReceiveMessageFromResult, SocketError>> {
        const WHAT: &str = "receive message from";
        let received = self.poll_io(cx, wait, Direction::Read, WHAT, |fd| {
            self.try_receive_message_from(fd, buffer, flags)
                .map(lasting)
        });
        match received {
            Poll::Ready(Ok(result)) if result.received_bytes == 0 && self.is_closed() => {
                Poll::Ready(Err(self.closed_asynchronously(true, WHAT)))
            }
            received => received,
        }
    }

    /// Sends some.
    #[inline]
    pub(crate) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        buffer: &[u8],
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        if flags.is_empty() {
            let send = |fd: &OwnedFd| sys::send(fd.as_fd(), buffer, libc::MSG_DONTWAIT);
            // Nearly always there is room.
            if let Some(sent) = self.try_io(cx, wait, SEND, send) {
                return Poll::Ready(sent);
            }
            return self.poll_io(cx, wait, Direction::Write, SEND, |fd| {
                let value = send(fd)?;
                let exhausted = value < buffer.len();
                Ok(Progress { value, exhausted })
            });
        }
        self.poll_io(cx, wait, Direction::Write, SEND, |fd| {
            let value = self.try_send(fd, buffer, flags)?;
            let exhausted = value < buffer.len();
            Ok(Progress { value, exhausted })
        })
    }

    /// Sends some of several buffers.
    pub(crate) fn poll_send_buffers(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        buffers: &[IoSlice<'_>],
        flags: SocketFlags,
    ) -> Poll<Result<usize, SocketError>> {
        let length: usize = buffers.iter().map(|buffer| buffer.len()).sum();
        self.poll_io(cx, wait, Direction::Write, SEND, |fd| {
            let value = self.try_send_buffers(fd, buffers, flags)?;
            // A call takes a limited number of buffers, so a short one may say little.
            let exhausted = value < length && buffers.len() <= sys::MAX_BUFFERS;
            Ok(Progress { value, exhausted })
        })
    }

    pub(crate) fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        wait: &mut Wait,
        buffer: &[u8],
        flags: SocketFlags,
        to: &RawAddress,
    ) -> Poll<Result<usize, SocketError>> {
        self.poll_io(cx, wait, Direction::Write, "send to", |fd| {
            self.try_send_to(fd, buffer, flags, to).map(lasting)
        })
    }

    /// Whether a short read shows that there is no more: on a stream, unless bytes stay there
    /// or are not of the stream.
    fn is_plain(&self, flags: SocketFlags) -> bool {
        if flags.contains(SocketFlags::OUT_OF_BAND) {
            self.watch().expect_urgent();
        }
        flags.is_empty() && self.is_stream()
    }

    /// A close shows as the end of the stream, and shall not be taken for the peer's.
    #[inline]
    fn unless_closed(
        &self,
        received: Poll<Result<usize, SocketError>>,
    ) -> Poll<Result<usize, SocketError>> {
        match received {
            Poll::Ready(Ok(0)) if self.is_closed() => {
                Poll::Ready(Err(self.closed_asynchronously(true, RECEIVE)))
            }
            received => received,
        }
    }
}

/// A result after which the next attempt may succeed as well.
fn lasting<R>(value: R) -> Progress<R> {
    Progress {
        value,
        exhausted: false,
    }
}
