//! Binding, listening, accepting, connecting, and the ends of connections.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint, Misuse};

use super::handle::{SHORT_SLICE, SLICE};
use super::{Handle, LingerOption, Socket};
use crate::access::Checks;
use crate::dns::addresses_of_host;
use crate::enums::SocketShutdown;
use crate::error::{SocketError, SocketErrorCode};
use crate::protection_level;
use crate::sys::{self, RawAddress};
use crate::trace;

impl Socket {
    /// Gives the socket its local address. Port 0 lets the system choose one, which
    /// [`local_end_point`](Self::local_end_point) tells.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Bind`
    ///
    /// # Errors
    /// [`AddressAlreadyInUse`](SocketErrorCode::AddressAlreadyInUse),
    /// [`AddressNotAvailable`](SocketErrorCode::AddressNotAvailable),
    /// [`AccessDenied`](SocketErrorCode::AccessDenied) for a port that needs a right,
    /// [`InvalidArgument`](SocketErrorCode::InvalidArgument) if it has an address already.
    #[doc(alias = "Socket.Bind")]
    pub fn bind(&self, local_end_point: impl Into<EndPoint>) -> Result<(), SocketError> {
        let end_point = local_end_point.into();
        let place = trace::end_point(&end_point);
        let shown = format_args!("{place}");
        trace::call(self.handle().trace(), "Bind", shown, || {
            self.handle().bind(&end_point)
        })
    }

    /// Starts to take connections. The system keeps up to `backlog` of them (and one more) until
    /// [`accept`](Self::accept) takes them; it lets further clients wait or time out.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Listen`
    ///
    /// # Errors
    /// [`OperationNotSupported`](SocketErrorCode::OperationNotSupported) for a type without
    /// connections, [`AddressAlreadyInUse`](SocketErrorCode::AddressAlreadyInUse).
    ///
    /// # Limits
    /// The system cuts the backlog at `net.core.somaxconn`; a negative one is taken as that.
    #[doc(alias = "Socket.Listen")]
    pub fn listen(&self, backlog: i32) -> Result<(), SocketError> {
        let shown = format_args!("{backlog}#{backlog}");
        trace::call(self.handle().trace(), "Listen", shown, || {
            self.handle().listen(backlog)
        })
    }

    /// Takes a connection.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Accept`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] unless the socket listens,
    /// [`TooManyOpenSockets`](SocketErrorCode::TooManyOpenSockets) at the limit of descriptors
    /// (the connection stays in the queue), [`Interrupted`](SocketErrorCode::Interrupted) when
    /// another thread closes the socket, [`WouldBlock`](SocketErrorCode::WouldBlock) where it
    /// must not wait.
    ///
    /// # Blocking
    /// Waits until a connection comes; no time-out ends it. Use [`poll`](Self::poll) for one.
    #[doc(alias = "Socket.Accept")]
    pub fn accept(&self) -> Result<Self, SocketError> {
        trace::call(self.handle().trace(), "Accept", format_args!(""), || {
            let accepted = self.take_connection()?;
            trace::connected(&accepted, "Accept", "Accepted");
            Ok(accepted)
        })
    }

    #[inline]
    fn take_connection(&self) -> Result<Self, SocketError> {
        self.handle().with_fd(|fd| self.take_connection_of(fd))
    }

    #[inline]
    fn take_connection_of(&self, fd: &OwnedFd) -> Result<Self, SocketError> {
        let handle = self.handle();
        handle.check_listening()?;
        let mut peer = RawAddress::new();
        loop {
            match sys::accept(fd.as_fd(), &mut peer) {
                Ok(new) => {
                    // By itself, as the compiler then knows that nearly no level has anything
                    // against it, and where it stays.
                    let kept = match peer.to_ipv4() {
                        Some(peer) => Self::kept(handle, new, EndPoint::Ip(peer)),
                        None => Self::kept_of_other_family(handle, new, &peer),
                    };
                    let Some(socket) = kept else { continue };
                    if !handle.is_blocking() {
                        socket.set_blocking(false)?;
                    }
                    return Ok(socket);
                }
                Err(error) => match error.raw_os_error() {
                    // The system has no time-out of accept but uses the one of receive.
                    Some(libc::EAGAIN) => handle.wait(fd, libc::POLLIN, 0, "accept")?,
                    // The client was gone before it was taken.
                    Some(libc::EINTR | libc::ECONNABORTED) if !handle.is_closed() => {}
                    _ => return Err(handle.failure(error, "accept")),
                },
            }
        }
    }

    /// The connection, if the listener's protection level admits its peer.
    #[inline]
    fn kept(listener: &Handle, new: OwnedFd, peer: EndPoint) -> Option<Self> {
        if !protection_level::admits(listener, &new, Some(&peer)) {
            return None;
        }
        Some(Self::accepted(listener, new, Some(peer)))
    }

    #[inline(never)]
    fn kept_of_other_family(listener: &Handle, new: OwnedFd, peer: &RawAddress) -> Option<Self> {
        Self::kept(listener, new, peer.to_end_point_or_none())
    }

    /// Connects. A host name is resolved and its addresses are tried in turn. A socket without
    /// connections takes the address as the one that [`send`](Self::send) sends to and
    /// [`receive`](Self::receive) receives from.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Connect(EndPoint)`
    ///
    /// # Errors
    /// [`ConnectionRefused`](SocketErrorCode::ConnectionRefused),
    /// [`TimedOut`](SocketErrorCode::TimedOut), the unreachable ones,
    /// [`IsConnected`](SocketErrorCode::IsConnected), those of a look-up;
    /// [`Interrupted`](SocketErrorCode::Interrupted) when another thread closes the socket;
    /// [`WouldBlock`](SocketErrorCode::WouldBlock) where it must not wait: it goes on, and
    /// [`SelectWrite`](crate::SelectMode::SelectWrite) tells its end.
    ///
    /// # Blocking
    /// Waits until the system gives up, some two minutes; for host names once per address. For
    /// room in the queue of a local listener it waits without an end, or until
    /// [`send_timeout`](Self::send_timeout).
    #[doc(alias = "Socket.Connect")]
    pub fn connect(&self, remote_end_point: impl Into<EndPoint>) -> Result<(), SocketError> {
        let end_point = remote_end_point.into();
        let place = trace::end_point(&end_point);
        let shown = format_args!("{place}");
        trace::call(self.handle().trace(), "Connect", shown, || {
            self.connect_to(&end_point)?;
            trace::connected(self, "Connect", "Created");
            Ok(())
        })
    }

    fn connect_to(&self, end_point: &EndPoint) -> Result<(), SocketError> {
        match end_point {
            EndPoint::Dns(dns) => {
                let wanted = dns.address_family();
                let addresses = addresses_of_host(dns.host())?
                    .into_iter()
                    .filter(|address| {
                        [AddressFamily::Unspecified, address.address_family()].contains(&wanted)
                    });
                self.connect_any(Some(dns.host()), addresses, dns.port())
            }
            end_point => self.connect_one(None, end_point),
        }
    }

    /// Connects to a host by name or address, trying its addresses in turn.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Connect(String, Int32)`
    ///
    /// # Errors
    /// As [`connect`](Self::connect); of several failed addresses the last one's.
    ///
    /// # Blocking
    /// As [`connect`](Self::connect).
    #[doc(alias = "Socket.Connect")]
    pub fn connect_host(&self, host: &str, port: u16) -> Result<(), SocketError> {
        trace::call(
            self.handle().trace(),
            "Connect",
            format_args!("{host}"),
            || {
                self.handle().fd()?;
                self.connect_any(Some(host), addresses_of_host(host)?, port)?;
                trace::connected(self, "Connect", "Created");
                Ok(())
            },
        )
    }

    /// Connects to the first of some addresses that answers. Those of a family that the socket
    /// does not have are left out.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Connect(IPAddress[], Int32)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an empty list, else as [`connect`](Self::connect); of
    /// several failed addresses the last one's.
    ///
    /// # Blocking
    /// As [`connect`](Self::connect).
    #[doc(alias = "Socket.Connect")]
    pub fn connect_addresses(&self, addresses: &[IpAddress], port: u16) -> Result<(), SocketError> {
        let shown = format_args!("IPAddress[]");
        trace::call(self.handle().trace(), "Connect", shown, || {
            if addresses.is_empty() {
                return Err(Misuse::invalid_argument("addresses", "the list is empty").into());
            }
            self.connect_any(None, addresses.iter().copied(), port)?;
            trace::connected(self, "Connect", "Created");
            Ok(())
        })
    }

    fn connect_any(
        &self,
        host: Option<&str>,
        addresses: impl IntoIterator<Item = IpAddress>,
        port: u16,
    ) -> Result<(), SocketError> {
        let mut last = None;
        for address in addresses {
            if !self.handle().can_reach(address) {
                continue;
            }
            match self.connect_one(host, &IpEndPoint::new(address, port).into()) {
                Err(error) if goes_on(&error) => last = Some(error),
                result => return result,
            }
        }
        Err(last.unwrap_or_else(no_address))
    }

    fn connect_one(&self, host: Option<&str>, end_point: &EndPoint) -> Result<(), SocketError> {
        let handle = self.handle();
        handle.check_can_connect()?;
        let address = handle.raw_address(end_point)?;
        Checks::of_sockets().connect(host, &address, handle.socket_type())?;
        let fd = handle.fd()?;
        let named = |error: SocketError| match error.misuse() {
            Some(_) => error,
            None => error.with_context(format!("connect to {end_point}")),
        };
        let connecting = handle.connecting()?;
        let mut done = if handle.family() == AddressFamily::Unix && handle.is_blocking() {
            handle.connect_locally(&fd, &address)
        } else {
            handle.begin_connect(&fd, &address)
        };
        if done.is_ok() {
            // What a reactor knows is from before: an unconnected stream counts as closed.
            handle.watch.reset();
        }
        if matches!(done, Ok(false)) {
            if !handle.is_blocking() {
                handle.connect_pending.store(true, Ordering::Release);
                return Err(named(SocketError::from_errno(libc::EAGAIN)));
            }
            done = handle
                .poll(&fd, libc::POLLOUT, None)
                .and_then(|_| handle.finish_connect(&fd))
                .map(|()| true);
        }
        drop(connecting);
        match done {
            // Closing may have ended the wait without an error.
            Ok(_) if handle.is_closed() => {
                Err(named(SocketError::new(SocketErrorCode::Interrupted)))
            }
            Ok(_) => {
                handle.set_connected(Some(address.to_end_point_or_none()));
                Ok(())
            }
            Err(error) => Err(named(handle.failure(error, "connect"))),
        }
    }

    /// Ends the connection. With `reuse_socket` the socket can connect again: it gets a new
    /// descriptor with the options of the old one, which the system closes when all data are
    /// sent. Without, it can be closed only.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Disconnect`
    ///
    /// Calls in flight end: receives with the end of the stream, sends with what they had sent.
    ///
    /// # Errors
    /// [`NotConnected`](SocketErrorCode::NotConnected) unless it was connected since; a
    /// connection that has ended in another way is disconnected all the same.
    ///
    /// # Differences from .NET
    /// A socket that is used again is not bound to its former local address.
    #[doc(alias = "Socket.Disconnect")]
    pub fn disconnect(&self, reuse_socket: bool) -> Result<(), SocketError> {
        trace::call(
            self.handle().trace(),
            "Disconnect",
            format_args!(""),
            || self.handle().disconnect(reuse_socket),
        )
    }

    /// Ends one direction of the connection or both. What was sent before still arrives; then
    /// the peer reads the end of the stream.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Shutdown`
    ///
    /// # Errors
    /// [`NotConnected`](SocketErrorCode::NotConnected).
    #[doc(alias = "Socket.Shutdown")]
    pub fn shutdown(&self, how: SocketShutdown) -> Result<(), SocketError> {
        let shown = format_args!("{how:?}#{}", how.value());
        trace::call(self.handle().trace(), "Shutdown", shown, || {
            self.handle().shutdown(how)
        })
    }

    /// Closes the socket. Calls of other threads on it end with
    /// [`Interrupted`](SocketErrorCode::Interrupted), asynchronous ones with
    /// [`OperationAborted`](SocketErrorCode::OperationAborted). What was sent still arrives,
    /// unless the linger state says otherwise. Closing twice does nothing.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Close`
    #[doc(alias = "Socket.Close")]
    pub fn close(&self) {
        let handle = self.handle();
        trace::done(handle.trace(), "Close", format_args!(""), || handle.close());
    }

    /// Closes a connection and waits for its peer to close as well, for at most `timeout`
    /// milliseconds; after that it is reset. 0 resets it at once, and what is not sent yet is
    /// lost; a negative time is as [`close`](Self::close).
    ///
    /// Input that was not received ends the wait: the connection is reset at once, however much of
    /// the time is left, since what the peer says is lost anyway. Receive until the end
    /// first if the peer is to get everything.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.Close(Int32)`
    #[doc(alias = "Socket.Close")]
    pub fn close_timeout(&self, timeout: i32) {
        let shown = format_args!("{timeout}#{timeout}");
        trace::done(self.handle().trace(), "Close", shown, || {
            self.handle().close_timeout(timeout);
        });
    }

    /// The local address; `None` before there is one.
    ///
    /// .NET: `System.Net.Sockets.Socket.LocalEndPoint`
    ///
    /// # Errors
    /// [`Misuse::Disposed`] when closed.
    #[doc(alias = "Socket.LocalEndPoint")]
    pub fn local_end_point(&self) -> Result<Option<EndPoint>, SocketError> {
        let fd = self.handle().fd()?;
        if !self.is_bound() {
            return Ok(None);
        }
        let own = sys::local_address(fd.as_fd());
        own.map(|own| own.to_end_point())
            .map_err(|error| self.handle().failure(error, "local address"))
    }

    /// Whom the socket is or was connected to; `None` if it never was.
    ///
    /// .NET: `System.Net.Sockets.Socket.RemoteEndPoint`
    ///
    /// # Errors
    /// [`Misuse::Disposed`] when closed.
    #[doc(alias = "Socket.RemoteEndPoint")]
    pub fn remote_end_point(&self) -> Result<Option<EndPoint>, SocketError> {
        self.handle().fd()?;
        self.handle().is_connected();
        Ok(self.handle().remote())
    }
}

impl Handle {
    fn bind(&self, end_point: &EndPoint) -> Result<(), SocketError> {
        let address = self.raw_address(end_point)?;
        Checks::of_sockets().accept(&address, self.socket_type())?;
        let fd = self.fd()?;
        self.prepare_bind(fd.as_fd())?;
        protection_level::before_bind(self, &fd)?;
        sys::bind(fd.as_fd(), &address).map_err(|error| {
            SocketError::from(error).with_context(format!("bind to {end_point}"))
        })?;
        self.set_bound();
        Ok(())
    }

    fn listen(&self, backlog: i32) -> Result<(), SocketError> {
        let fd = self.fd()?;
        let checks = Checks::of_sockets();
        if !checks.are_none() {
            let own = sys::local_address(fd.as_fd()).map_err(SocketError::from)?;
            checks.accept(&own, self.socket_type())?;
        }
        sys::listen(fd.as_fd(), backlog).map_err(|error| self.failure(error, "listen"))?;
        self.set_bound();
        self.listening.store(true, Ordering::Release);
        Ok(())
    }

    pub(crate) fn shutdown(&self, how: SocketShutdown) -> Result<(), SocketError> {
        let fd = self.fd()?;
        let how = match how {
            SocketShutdown::Receive => libc::SHUT_RD,
            SocketShutdown::Send => libc::SHUT_WR,
            SocketShutdown::Both => libc::SHUT_RDWR,
        };
        sys::shutdown(fd.as_fd(), how).map_err(|error| self.failure(error, "shut down"))?;
        self.connected.store(false, Ordering::Release);
        Ok(())
    }

    fn close_timeout(&self, timeout: i32) {
        if let (Ok(fd), Ok(timeout)) = (self.fd(), u64::try_from(timeout))
            && self.is_stream()
            && !self.peer_closes(&fd, Duration::from_millis(timeout))
        {
            let abort = LingerOption::new(true, 0).to_bytes();
            let _ = sys::set_option(fd.as_fd(), libc::SOL_SOCKET, libc::SO_LINGER, &abort);
        }
        self.close();
    }

    /// # Errors
    /// [`Misuse::InvalidOperation`] unless the socket listens.
    pub(crate) fn check_listening(&self) -> Result<(), SocketError> {
        if self.listening.load(Ordering::Acquire) {
            return Ok(());
        }
        Err(Misuse::invalid_operation("the socket does not listen").into())
    }

    /// # Errors
    /// [`Misuse::InvalidOperation`] for a socket that listens, or was disconnected for good.
    pub(crate) fn check_can_connect(&self) -> Result<(), SocketError> {
        if self.listening.load(Ordering::Acquire) {
            return Err(Misuse::invalid_operation("the socket listens").into());
        }
        if self.disconnected.load(Ordering::Acquire) {
            let text = "the socket was disconnected and not for another use";
            return Err(Misuse::invalid_operation(text).into());
        }
        Ok(())
    }

    /// Whether the socket has this kind of address.
    pub(crate) fn can_reach(&self, address: IpAddress) -> bool {
        let family = address.address_family();
        family == self.family() || family == AddressFamily::InterNetwork && self.is_dual_mode()
    }

    /// [`Socket::disconnect`], which does not wait.
    pub(crate) fn disconnect(&self, reuse: bool) -> Result<(), SocketError> {
        const WHAT: &str = "disconnect";
        let fd = self.fd()?;
        if !self.is_connected() && !self.was_connected.load(Ordering::Acquire) {
            return Err(SocketError::from_errno(libc::ENOTCONN).with_context(WHAT));
        }
        let failed = |error| self.failure(error, WHAT);
        if !self.is_stream() {
            sys::connect(fd.as_fd(), &RawAddress::unspecified()).map_err(failed)?;
        } else if reuse {
            let new = self.like(&fd).map_err(failed)?;
            let _ = sys::shutdown(fd.as_fd(), libc::SHUT_WR);
            let old = self.replace(new)?;
            // Calls in flight on the old descriptor end: nobody else will wake them.
            let _ = sys::shutdown(old.as_fd(), libc::SHUT_RD);
            drop(old);
            self.bound.store(false, Ordering::Relaxed);
        } else {
            match sys::shutdown(fd.as_fd(), libc::SHUT_RDWR) {
                // The connection has ended in another way.
                Err(error) if error.raw_os_error() == Some(libc::ENOTCONN) => {}
                done => done.map_err(failed)?,
            }
            self.disconnected.store(true, Ordering::Release);
        }
        self.was_connected.store(false, Ordering::Release);
        self.connected.store(false, Ordering::Release);
        Ok(())
    }

    /// Connects to a local socket, which may have to wait for room in the queue of a listener.
    /// That wait ends by nothing but the time-out of sends, no shutdown wakes it: so it is made
    /// in slices.
    fn connect_locally(&self, fd: &OwnedFd, to: &RawAddress) -> io::Result<bool> {
        let time = |time| sys::time_value(time);
        let slice =
            |time: &[u8]| sys::set_option(fd.as_fd(), libc::SOL_SOCKET, libc::SO_SNDTIMEO, time);
        slice(&time(SLICE))?;
        let connected = self.connect_in_slices(fd, to);
        // Another thread may have set it meanwhile.
        let timeout = super::milliseconds(self.send_timeout.load(Ordering::Relaxed));
        slice(&time(timeout.unwrap_or_default()))?;
        connected
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the time-out of a system call is the system's own, and nothing else waits here"
    )]
    fn connect_in_slices(&self, fd: &OwnedFd, to: &RawAddress) -> io::Result<bool> {
        let timeout = super::milliseconds(self.send_timeout.load(Ordering::Relaxed));
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            match self.begin_connect(fd, to) {
                Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {}
                // A local connect that a signal interrupts has not begun.
                Ok(false) => {}
                done => return done,
            }
            if self.is_closed() {
                return Err(io::Error::from_raw_os_error(libc::EINTR));
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(io::Error::from_raw_os_error(libc::ETIMEDOUT));
            }
            if self.is_nonblocking_descriptor() {
                // The system did not wait.
                std::thread::sleep(SHORT_SLICE);
            }
        }
    }

    /// Ends sending and waits for the peer's end; whether it came in time.
    fn peer_closes(&self, fd: &OwnedFd, time: Duration) -> bool {
        if time.is_zero() || sys::shutdown(fd.as_fd(), libc::SHUT_WR).is_err() {
            return false;
        }
        let ready = sys::wait(fd.as_fd(), libc::POLLIN, Some(time));
        ready.is_ok_and(|events| events != 0)
            && matches!(
                sys::receive(fd.as_fd(), &mut [0], libc::MSG_DONTWAIT),
                Ok(0)
            )
    }
}

/// Whether another address may do better.
pub(super) fn goes_on(error: &SocketError) -> bool {
    error.misuse().is_none()
        && !matches!(
            error.code(),
            SocketErrorCode::Interrupted
                | SocketErrorCode::WouldBlock
                | SocketErrorCode::IsConnected
        )
}

/// None of several addresses was one for the socket.
pub(super) fn no_address() -> SocketError {
    SocketError::new(SocketErrorCode::AddressFamilyNotSupported)
        .with_context("no address of the socket's family")
}
