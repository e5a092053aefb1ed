//! The descriptor of a socket with what is known about it, shared by all calls in flight.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use system_net_diagnostics::{Emitter, Traced};
use system_net_primitives::{AddressFamily, EndPoint, Misuse};

use super::watch::Watch;
use crate::enums::{IpProtectionLevel, ProtocolType, SocketOptionName, SocketType};
use crate::error::{SocketError, SocketErrorCode};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::event_args::Channel;
use crate::sys::{self, Descriptor, Held, NotTaken};
use crate::trace;

/// How often a socket that closing does not wake looks whether it was closed.
pub(super) const SLICE: Duration = Duration::from_millis(25);

/// How often a local peer without room is tried where the system neither waits nor tells.
pub(super) const SHORT_SLICE: Duration = Duration::from_millis(5);

/// A descriptor that is closed when its last user is done with it.
///
/// A call holds the descriptor with [`fd`](Self::fd) while it runs, so that the number cannot come
/// to mean something else below it; what lasts longer takes a [share](Self::share).
#[derive(Debug)]
pub(crate) struct Handle {
    descriptor: Descriptor,
    closed: AtomicBool,
    family: AddressFamily,
    socket_type: SocketType,
    protocol_type: ProtocolType,
    /// What the caller chose by `set_blocking`.
    pub(super) blocking: AtomicBool,
    /// The descriptor itself does not wait: the caller chose so, or an asynchronous call did.
    nonblocking_descriptor: AtomicBool,
    /// An asynchronous call made the descriptor so, for good.
    used_asynchronously: AtomicBool,
    pub(super) bound: AtomicBool,
    pub(super) connected: AtomicBool,
    /// There was a connection, whether or not it has ended, and no disconnect since.
    pub(super) was_connected: AtomicBool,
    pub(super) listening: AtomicBool,
    /// A disconnect without reuse ended the socket.
    pub(super) disconnected: AtomicBool,
    /// IPv4 end points take the form they have in IPv6.
    pub(super) dual_mode: AtomicBool,
    /// A connect that does not wait is on its way; its end shows in a poll.
    pub(super) connect_pending: AtomicBool,
    /// A call waits for a connection, which closing has to wake more than once.
    connecting: AtomicI32,
    /// The caller chose the size of a buffer.
    pub(super) buffers_chosen: AtomicBool,
    /// Whether to tell where packets arrive was asked for.
    pub(super) packet_information: AtomicBool,
    /// Milliseconds; 0 for no end.
    pub(super) receive_timeout: AtomicI32,
    /// Milliseconds; 0 for no end.
    pub(super) send_timeout: AtomicI32,
    /// The number of the IP protection level.
    protection_level: AtomicI32,
    /// Whom the socket was connected to, kept after the connection's end.
    remote: Mutex<Option<EndPoint>>,
    /// Contexts that wait, made at the first operation with one.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    channel: OnceLock<Box<Channel>>,
    /// What asynchronous calls wait on.
    pub(super) watch: Watch,
    /// Its number in traces.
    traced: Traced,
}

/// What a socket begins with that was not just made by the program.
#[derive(Default)]
struct Birth {
    connected: bool,
    remote: Option<EndPoint>,
    dual_mode: bool,
    receive_timeout: i32,
    send_timeout: i32,
}

impl Handle {
    #[inline]
    pub(crate) fn new(
        fd: OwnedFd,
        family: AddressFamily,
        socket_type: SocketType,
        protocol_type: ProtocolType,
    ) -> Self {
        Self::born(fd, family, socket_type, protocol_type, Birth::default())
    }

    /// Of a connection that a listener took.
    #[inline]
    pub(super) fn accepted(listener: &Self, fd: OwnedFd, remote: Option<EndPoint>) -> Self {
        let birth = Birth {
            connected: true,
            remote,
            // What the system passes on from a listener to the connections it takes.
            dual_mode: listener.is_dual_mode(),
            receive_timeout: listener.receive_timeout.load(Ordering::Relaxed),
            send_timeout: listener.send_timeout.load(Ordering::Relaxed),
        };
        let (family, socket_type) = (listener.family, listener.socket_type);
        Self::born(fd, family, socket_type, listener.protocol_type, birth)
    }

    // Inlined, it is made in the place where it stays.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "it is large, and one is made per connection"
    )]
    fn born(
        fd: OwnedFd,
        family: AddressFamily,
        socket_type: SocketType,
        protocol_type: ProtocolType,
        birth: Birth,
    ) -> Self {
        Self {
            descriptor: Descriptor::new(fd),
            closed: AtomicBool::new(false),
            family,
            socket_type,
            protocol_type,
            blocking: AtomicBool::new(true),
            nonblocking_descriptor: AtomicBool::new(false),
            used_asynchronously: AtomicBool::new(false),
            bound: AtomicBool::new(birth.connected),
            connected: AtomicBool::new(birth.connected),
            was_connected: AtomicBool::new(false),
            listening: AtomicBool::new(false),
            disconnected: AtomicBool::new(false),
            dual_mode: AtomicBool::new(birth.dual_mode),
            connect_pending: AtomicBool::new(false),
            connecting: AtomicI32::new(0),
            buffers_chosen: AtomicBool::new(false),
            packet_information: AtomicBool::new(false),
            receive_timeout: AtomicI32::new(birth.receive_timeout),
            send_timeout: AtomicI32::new(birth.send_timeout),
            protection_level: AtomicI32::new(IpProtectionLevel::Unspecified.value()),
            remote: Mutex::new(birth.remote),
            #[cfg(any(target_os = "linux", target_os = "android"))]
            channel: OnceLock::new(),
            watch: Watch::new(),
            traced: Traced::new(),
        }
    }

    /// Under which name the socket is traced.
    #[inline]
    pub(crate) const fn trace(&self) -> Emitter<'_> {
        trace::socket(&self.traced)
    }

    /// The descriptor, for one call.
    ///
    /// # Errors
    /// [`Misuse::Disposed`] after [`close`](Self::close).
    #[inline]
    pub(crate) fn fd(&self) -> Result<Held<'_>, SocketError> {
        self.descriptor.hold().ok_or_else(disposed)
    }

    /// Runs a call with the descriptor: what [`fd`](Self::fd) is for, with the least of work.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "the calls that are made most often; in line, the count and its end are two \
                  instructions each"
    )]
    pub(super) fn with_fd<R>(
        &self,
        run: impl FnOnce(&OwnedFd) -> Result<R, SocketError>,
    ) -> Result<R, SocketError> {
        match self.descriptor.hold_first() {
            Some(fd) => run(&fd),
            None => self.with_later(run),
        }
    }

    #[cold]
    #[inline(never)]
    fn with_later<R>(
        &self,
        run: impl FnOnce(&OwnedFd) -> Result<R, SocketError>,
    ) -> Result<R, SocketError> {
        run(&*self.descriptor.hold_later().ok_or_else(disposed)?)
    }

    /// A share of the descriptor, for what lasts longer than a call.
    ///
    /// # Errors
    /// [`Misuse::Disposed`] after [`close`](Self::close).
    pub(crate) fn share(&self) -> Result<Arc<OwnedFd>, SocketError> {
        self.descriptor.share().ok_or_else(disposed)
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(crate) fn family(&self) -> AddressFamily {
        self.family
    }

    pub(crate) fn socket_type(&self) -> SocketType {
        self.socket_type
    }

    pub(crate) fn protocol_type(&self) -> ProtocolType {
        self.protocol_type
    }

    /// Whether the data have no limits between messages.
    #[inline]
    pub(crate) fn is_stream(&self) -> bool {
        self.socket_type == SocketType::Stream
    }

    /// From where the socket takes packets, as set.
    pub(crate) fn protection_level(&self) -> IpProtectionLevel {
        let value = self.protection_level.load(Ordering::Relaxed);
        IpProtectionLevel::from_value(value).unwrap_or(IpProtectionLevel::Unspecified)
    }

    pub(crate) fn set_protection_level(&self, level: IpProtectionLevel) {
        self.protection_level
            .store(level.value(), Ordering::Relaxed);
    }

    /// Whether the socket has a local address.
    pub(crate) fn is_bound(&self) -> bool {
        self.bound.load(Ordering::Relaxed)
    }

    /// Closes: new calls fail, calls in flight end, and the last of them closes the descriptor.
    pub(crate) fn close(&self) {
        if self.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        let fd = self.descriptor.end();
        // Ends what waits asynchronously, which keeps shares of the descriptor.
        self.watch.close();
        let Some(fd) = fd else { return };
        #[cfg(any(target_os = "linux", target_os = "android"))]
        self.close_channel(&fd);
        // Only calls in flight make it necessary: a shutdown would end the connection of a
        // duplicate in another process too.
        if fd.is_held_by_others() {
            wake(&fd);
            self.wake_connecting(&fd);
        }
    }

    /// A thread that counts as connecting may not have made its system call yet, which would
    /// start afresh on a socket that was shut down. So it is woken until it is gone.
    fn wake_connecting(&self, fd: &OwnedFd) {
        const ROUNDS: u32 = 200;
        for _ in 0..ROUNDS {
            if self.connecting.load(Ordering::SeqCst) == 0 {
                return;
            }
            #[allow(
                clippy::disallowed_methods,
                reason = "gives the connecting thread time; nothing tells when it is inside"
            )]
            std::thread::sleep(Duration::from_millis(1));
            wake(fd);
        }
    }

    /// Counts the caller as connecting until the result is dropped.
    ///
    /// # Errors
    /// [`Misuse::Disposed`] when closed.
    pub(super) fn connecting(&self) -> Result<Connecting<'_>, SocketError> {
        self.connecting.fetch_add(1, Ordering::SeqCst);
        let connecting = Connecting(self);
        if self.is_closed() {
            return Err(Misuse::disposed("Socket").into());
        }
        Ok(connecting)
    }

    /// Puts another descriptor in the place of this one, which is closed when its last user is
    /// done. Gives the old one.
    pub(crate) fn replace(&self, new: OwnedFd) -> Result<Held<'_>, SocketError> {
        let old = self.descriptor.replace(new).ok_or_else(disposed)?;
        self.follow_nonblocking(&old)?;
        self.watch.reset();
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if let Some(channel) = self.channel.get() {
            channel.replaced(&old);
        }
        Ok(old)
    }

    /// Takes the descriptor out for another owner, unless a call is in flight.
    pub(super) fn take(&self) -> Result<OwnedFd, SocketError> {
        self.watch.reset();
        match self.descriptor.take() {
            Ok(fd) => {
                self.closed.store(true, Ordering::SeqCst);
                #[cfg(any(target_os = "linux", target_os = "android"))]
                self.close_channel(&fd);
                Ok(fd)
            }
            Err(NotTaken::Ended) => Err(disposed()),
            Err(NotTaken::Held) => {
                Err(Misuse::invalid_operation("a call on the socket is in flight").into())
            }
        }
    }

    /// Makes the descriptor one that never waits, for good, as an asynchronous accept and
    /// connect need it. Blocking calls wait in `poll(2)` from then on.
    pub(crate) fn make_nonblocking(&self, fd: &OwnedFd) -> io::Result<()> {
        if self.used_asynchronously.load(Ordering::Acquire) {
            return Ok(());
        }
        // Set first: a blocking call that meets EAGAIN looks here for its meaning.
        self.nonblocking_descriptor.store(true, Ordering::Release);
        sys::set_nonblocking(fd.as_fd(), true)?;
        self.follow_nonblocking(fd)?;
        // Set last: whoever sees it goes on with a descriptor that does not wait.
        self.used_asynchronously.store(true, Ordering::Release);
        Ok(())
    }

    /// The descriptor that has taken the place of this one does not wait either. Whoever makes
    /// one so, and whoever replaces one, looks afterwards: so one of two at once sees the other.
    fn follow_nonblocking(&self, before: &OwnedFd) -> io::Result<()> {
        fence(Ordering::SeqCst);
        if !self.is_nonblocking_descriptor() {
            return Ok(());
        }
        match self.fd() {
            Ok(now) if now.as_raw_fd() != before.as_raw_fd() => {
                sys::set_nonblocking(now.as_fd(), true)
            }
            _ => Ok(()),
        }
    }

    /// Whether the descriptor itself does not wait.
    pub(crate) fn is_nonblocking_descriptor(&self) -> bool {
        self.nonblocking_descriptor.load(Ordering::Acquire)
    }

    /// Notes that a descriptor from elsewhere does not wait.
    pub(super) fn note_nonblocking(&self) {
        self.nonblocking_descriptor.store(true, Ordering::Release);
        self.blocking.store(false, Ordering::Release);
    }

    /// Whether calls wait, as the caller chose.
    pub(crate) fn is_blocking(&self) -> bool {
        self.blocking.load(Ordering::Acquire)
    }

    pub(super) fn set_blocking(&self, blocking: bool) -> Result<(), SocketError> {
        let fd = self.fd()?;
        if !blocking {
            self.nonblocking_descriptor.store(true, Ordering::Release);
            sys::set_nonblocking(fd.as_fd(), true)?;
        } else if !self.used_asynchronously.load(Ordering::Acquire) {
            sys::set_nonblocking(fd.as_fd(), false)?;
            self.nonblocking_descriptor.store(false, Ordering::Release);
            // An asynchronous call may have begun meanwhile.
            if self.used_asynchronously.load(Ordering::Acquire) {
                self.nonblocking_descriptor.store(true, Ordering::Release);
                sys::set_nonblocking(fd.as_fd(), true)?;
            }
        }
        self.blocking.store(blocking, Ordering::Release);
        Ok(())
    }

    /// Whom the socket was connected to last.
    pub(crate) fn remote(&self) -> Option<EndPoint> {
        let remote = self.remote.lock().unwrap_or_else(PoisonError::into_inner);
        remote.clone()
    }

    /// Whether the socket was connected at the last call that could tell. A connect that did not
    /// wait is looked after.
    pub(crate) fn is_connected(&self) -> bool {
        if self.connect_pending.load(Ordering::Acquire) {
            self.look_after_connect();
        }
        self.connected.load(Ordering::Acquire)
    }

    fn look_after_connect(&self) {
        let Ok(fd) = self.fd() else { return };
        let ready = sys::wait(fd.as_fd(), libc::POLLOUT, Some(Duration::ZERO));
        if !ready.is_ok_and(|events| events != 0) {
            return;
        }
        self.connect_pending.store(false, Ordering::Release);
        // Asking for the error would take it from the caller; a connected socket has a peer.
        if let Ok(peer) = sys::peer_address(fd.as_fd()) {
            self.set_connected(peer.to_end_point());
        }
    }

    /// The time-out that has this option.
    pub(super) fn timeout(&self, name: SocketOptionName) -> &AtomicI32 {
        match name {
            SocketOptionName::SEND_TIMEOUT => &self.send_timeout,
            _ => &self.receive_timeout,
        }
    }

    /// Whether IPv4 end points take the form they have in IPv6.
    pub(crate) fn is_dual_mode(&self) -> bool {
        self.dual_mode.load(Ordering::Relaxed)
    }

    /// Notes a connection that was made.
    pub(crate) fn set_connected(&self, remote: Option<EndPoint>) {
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner) = remote;
        self.bound.store(true, Ordering::Release);
        self.was_connected.store(true, Ordering::Release);
        self.connected.store(true, Ordering::Release);
    }

    /// Notes that the system gave the socket a local address, as a send without a bind makes it.
    pub(crate) fn set_bound(&self) {
        self.bound.store(true, Ordering::Relaxed);
    }

    /// The error of a call that failed: what ended it by a close is
    /// [`Interrupted`](SocketErrorCode::Interrupted), and an error that ends a connection is
    /// noted.
    pub(crate) fn failure(&self, error: io::Error, what: &'static str) -> SocketError {
        if self.is_closed() {
            return SocketError::new(SocketErrorCode::Interrupted).with_context(what);
        }
        let error = SocketError::from(error).with_context(what);
        self.note_failure(error.code());
        error
    }

    /// Notes the end of the connection, if this error is one, by the rule of .NET: every error
    /// except those that say "later", or that the call itself is wrong.
    pub(crate) fn note_failure(&self, code: SocketErrorCode) {
        type Code = SocketErrorCode;
        let later = matches!(
            code,
            Code::WouldBlock
                | Code::IoPending
                | Code::NoBufferSpaceAvailable
                | Code::TimedOut
                | Code::OperationAborted
                | Code::MessageSize
                | Code::InvalidArgument
                | Code::OperationNotSupported
                | Code::IsConnected
        );
        if !later && self.is_stream() {
            self.connected.store(false, Ordering::Release);
        }
    }

    /// What a blocking call does that found nothing: an error where it must not wait, else it
    /// waits until there is something, for at most the time-out.
    pub(super) fn wait(
        &self,
        fd: &OwnedFd,
        events: i16,
        timeout: i32,
        what: &'static str,
    ) -> Result<(), SocketError> {
        if !self.is_blocking() {
            return Err(SocketError::from_errno(libc::EAGAIN).with_context(what));
        }
        let timed_out = || SocketError::new(SocketErrorCode::TimedOut).with_context(what);
        if !self.is_nonblocking_descriptor() && timeout > 0 {
            // The system waited for the time-out it was given.
            return Err(timed_out());
        }
        let time = u64::try_from(timeout).ok().filter(|time| *time > 0);
        match self.poll(fd, events, time.map(Duration::from_millis)) {
            Ok(0) => Err(timed_out()),
            Ok(_) => Ok(()),
            Err(error) => Err(self.failure(error, what)),
        }
    }

    /// Waits for events, none after the time. Ends when the socket is closed, with the error
    /// `EINTR`.
    pub(crate) fn poll(
        &self,
        fd: &OwnedFd,
        events: i16,
        time: Option<Duration>,
    ) -> io::Result<i16> {
        let mut left = time;
        loop {
            if self.is_closed() {
                return Err(io::Error::from_raw_os_error(libc::EINTR));
            }
            let slice = match left {
                // What a shutdown wakes needs no slices.
                _ if self.wakes_on_shutdown() => left,
                Some(left) => Some(left.min(SLICE)),
                None => Some(SLICE),
            };
            let ready = sys::wait(fd.as_fd(), events, slice)?;
            if self.is_closed() {
                return Err(io::Error::from_raw_os_error(libc::EINTR));
            }
            left = left.map(|left| left.saturating_sub(slice.unwrap_or_default()));
            if ready != 0 || left.is_some_and(|left| left.is_zero()) {
                return Ok(ready);
            }
        }
    }

    /// Whether a shutdown ends the calls in flight. The kernel has one for IP and local sockets.
    pub(super) fn wakes_on_shutdown(&self) -> bool {
        wakes_on_shutdown(self.family)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Handle {
    /// The contexts that wait.
    pub(crate) fn channel(&self) -> &Channel {
        self.channel.get_or_init(|| Box::new(Channel::new()))
    }

    /// Whether the socket is closed, for one who has called [`channel`](Self::channel): whoever
    /// closes then sees the channel, or this sees that it is closed.
    pub(crate) fn is_channel_closed(&self) -> bool {
        fence(Ordering::SeqCst);
        self.is_closed()
    }

    fn close_channel(&self, fd: &OwnedFd) {
        fence(Ordering::SeqCst);
        if let Some(channel) = self.channel.get() {
            channel.close(fd);
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Nobody else has the handle, so what a close takes locks for is at hand. The watch
        // ends its waits, and lets go of the descriptor, as it does in a close.
        *self.closed.get_mut() = true;
        self.watch.end();
        let Some((fd, shared)) = self.descriptor.get_mut() else {
            return;
        };
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if let Some(channel) = self.channel.get() {
            channel.close(fd);
        }
        // A share may last beyond the handle.
        if shared {
            wake(fd);
        }
    }
}

#[cold]
fn disposed() -> SocketError {
    Misuse::disposed("Socket").into()
}

fn wakes_on_shutdown(family: AddressFamily) -> bool {
    use AddressFamily as Family;
    matches!(
        family,
        Family::InterNetwork | Family::InterNetworkV6 | Family::Unix
    )
}

/// Ends the system calls of other threads on this socket. A socket that is not connected answers
/// with an error and wakes them nevertheless.
fn wake(fd: &OwnedFd) {
    let _ = sys::shutdown(fd.as_fd(), libc::SHUT_RDWR);
}

/// A thread counted as connecting.
pub(super) struct Connecting<'a>(&'a Handle);

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        self.0.connecting.fetch_sub(1, Ordering::SeqCst);
    }
}
