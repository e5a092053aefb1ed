//! The server side of TCP: listens at an address and accepts.

#[cfg(feature = "tokio")]
mod asynchronous;
mod interop;
#[cfg(feature = "tokio")]
mod tokio_sockets;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use system_net_diagnostics::{Emitter, Traced, shown};
use system_net_primitives::{EndPoint, IpAddress, IpEndPoint, Misuse};

use crate::error::SocketError;
use crate::tcp_client::stream_socket;
use crate::trace;
use crate::{IpProtectionLevel, SelectMode, Socket, SocketOptionName, TcpClient};

/// Listens for connections by TCP.
///
/// [`start`](Self::start) binds and listens, [`accept_tcp_client`](Self::accept_tcp_client) and
/// [`accept_socket`](Self::accept_socket) take one connection each, [`stop`](Self::stop) closes
/// the port, also from another thread: a waiting accept then ends as
/// [`Interrupted`](crate::SocketErrorCode::Interrupted). A listener that was stopped can be started
/// again.
///
/// .NET: `System.Net.Sockets.TcpListener`
///
/// # Peers behind a NAT
/// A listener refuses peers that come in through the tunnel of Teredo until
/// [`allow_nat_traversal`](Self::allow_nat_traversal) allows them. Listen on
/// [`IpAddress::IPV6_ANY`] (or by [`create`](Self::create)), not on the Teredo address: a peer
/// with a direct route then uses that.
///
/// # Backlog
/// The number goes to the system as it is, which cuts it at its own limit
/// (`net.core.somaxconn`). When that many connections wait, Linux drops what comes (its count is
/// the number plus one): the client tries again and, in time, gives up; it sees no "busy".
///
/// # Examples
/// ```
/// use system_net_primitives::IpAddress;
/// use system_net_sockets::{TcpClient, TcpListener};
///
/// let listener = TcpListener::new(IpAddress::LOOPBACK, 0)?;
/// listener.start()?;
/// let port = listener.local_endpoint()?.port();
/// let client = TcpClient::connect_to("127.0.0.1", port)?;
/// let server = listener.accept_tcp_client()?;
/// assert!(client.connected() && server.connected());
/// listener.stop();
/// # Ok::<(), system_net_sockets::SocketError>(())
/// ```
#[derive(Debug)]
pub struct TcpListener {
    state: Mutex<State>,
    /// Its number in traces.
    traced: Traced,
}

#[derive(Debug)]
struct State {
    end_point: IpEndPoint,
    /// Where the port came out at: kept for the next start only while active.
    server: Option<Arc<Socket>>,
    active: bool,
    wishes: Wishes,
}

/// What was asked of the socket and is asked of the next one after a stop.
#[derive(Clone, Copy, Debug, Default)]
struct Wishes {
    dual_mode: bool,
    exclusive: Option<bool>,
    nat_traversal: Option<bool>,
}

impl Wishes {
    fn socket(self, end_point: IpEndPoint) -> Result<Arc<Socket>, SocketError> {
        let socket = stream_socket(end_point.address_family())?;
        if self.dual_mode {
            socket.set_dual_mode(true)?;
        }
        if let Some(exclusive) = self.exclusive {
            socket.set_exclusive_address_use(exclusive)?;
        }
        if let Some(allowed) = self.nat_traversal {
            socket.set_ip_protection_level(nat_level(allowed))?;
        }
        Ok(Arc::new(socket))
    }
}

/// The protection level that .NET's `AllowNatTraversal` stands for.
pub(crate) const fn nat_level(allowed: bool) -> IpProtectionLevel {
    if allowed {
        IpProtectionLevel::Unrestricted
    } else {
        IpProtectionLevel::EdgeRestricted
    }
}

impl TcpListener {
    /// A listener at this address and port; port 0 lets the system choose one.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.TcpListener(IPAddress, Int32)`
    ///
    /// # Errors
    /// The system's, if it has no socket left or does not know the kind of address.
    pub fn new(local_address: IpAddress, port: u16) -> Result<Self, SocketError> {
        Self::with_local_end_point(IpEndPoint::new(local_address, port))
    }

    /// A listener at this end point.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.TcpListener(IPEndPoint)`
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_local_end_point(local_end_point: IpEndPoint) -> Result<Self, SocketError> {
        Self::wishing(local_end_point, Wishes::default())
    }

    /// A listener at this port of every IPv4 address.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.TcpListener(Int32)`, obsolete there.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    #[deprecated(note = "leaves out IPv6: use `TcpListener::create`, or `new` with an address")]
    pub fn with_port(port: u16) -> Result<Self, SocketError> {
        Self::new(IpAddress::ANY, port)
    }

    /// A listener at this port of every address, IPv6 and IPv4; of every IPv4 address where the
    /// system has no IPv6.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.Create`
    ///
    /// # Errors
    /// As [`new`](Self::new).
    #[doc(alias = "TcpListener.Create")]
    pub fn create(port: u16) -> Result<Self, SocketError> {
        if !Socket::os_supports_ipv6() {
            return Self::new(IpAddress::ANY, port);
        }
        let wishes = Wishes {
            dual_mode: true,
            ..Wishes::default()
        };
        Self::wishing(IpEndPoint::new(IpAddress::IPV6_ANY, port), wishes)
    }

    fn wishing(end_point: IpEndPoint, wishes: Wishes) -> Result<Self, SocketError> {
        let listener = Self::over(State {
            end_point,
            server: Some(wishes.socket(end_point)?),
            active: false,
            wishes,
        });
        let place = shown(&end_point);
        let shown = format_args!("{place}");
        trace::done(listener.trace(), "TcpListener", shown, || {});
        Ok(listener)
    }

    const fn over(state: State) -> Self {
        Self {
            state: Mutex::new(state),
            traced: Traced::new(),
        }
    }

    /// Under which name the listener is traced.
    pub(crate) const fn trace(&self) -> Emitter<'_> {
        trace::tcp_listener(&self.traced)
    }

    /// Binds and listens, with as many waiting connections as the system allows. Does nothing if
    /// the listener is started already.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.Start()`
    ///
    /// # Errors
    /// [`AddressAlreadyInUse`](crate::SocketErrorCode::AddressAlreadyInUse) if another socket has the
    /// port, [`AccessDenied`](crate::SocketErrorCode::AccessDenied) for a port below 1024 without the
    /// right, and the others of [`Socket::bind`] and [`Socket::listen`].
    #[doc(alias = "TcpListener.Start")]
    pub fn start(&self) -> Result<(), SocketError> {
        self.start_with_backlog(SocketOptionName::MAX_CONNECTIONS.value())
    }

    /// Binds and listens, with at most so many connections that wait to be accepted (see
    /// [above](Self#backlog)). Does nothing if the listener is started already.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.Start(Int32)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a negative number; as [`start`](Self::start).
    #[doc(alias = "TcpListener.Start")]
    pub fn start_with_backlog(&self, backlog: i32) -> Result<(), SocketError> {
        let shown = format_args!("{backlog}#{backlog}");
        trace::call(self.trace(), "Start", shown, || self.listen(backlog))
    }

    fn listen(&self, backlog: i32) -> Result<(), SocketError> {
        if backlog < 0 {
            return Err(Misuse::out_of_range("backlog", "expected 0 or more").into());
        }
        let mut state = self.state();
        if state.active {
            return Ok(());
        }
        let server = state.server()?;
        let started = server
            .bind(state.end_point)
            .and_then(|()| server.listen(backlog));
        if let Err(error) = started {
            // The next start begins with a fresh socket.
            state.server = None;
            server.close();
            return Err(error.with_context(format!("listen at {}", state.end_point)));
        }
        state.active = true;
        Ok(())
    }

    /// Closes the port. Connections that were not accepted yet are refused; those that were stay.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.Stop`
    /// .NET: `System.Net.Sockets.TcpListener.Dispose`
    #[doc(alias = "TcpListener.Stop")]
    #[doc(alias = "TcpListener.Dispose")]
    pub fn stop(&self) {
        trace::done(self.trace(), "Stop", format_args!(""), || {
            let mut state = self.state();
            state.active = false;
            let server = state.server.take();
            // Code of others may hear of the close: no lock is held.
            drop(state);
            if let Some(server) = server {
                server.close();
            }
        });
    }

    /// Whether a connection waits to be accepted.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.Pending`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] if the listener is not started.
    #[doc(alias = "TcpListener.Pending")]
    pub fn pending(&self) -> Result<bool, SocketError> {
        self.listening()?.poll(0, SelectMode::SelectRead)
    }

    /// Takes the next connection, as a socket.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.AcceptSocket`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] if the listener is not started;
    /// [`Interrupted`](crate::SocketErrorCode::Interrupted) if another thread stops it;
    /// [`TooManyOpenSockets`](crate::SocketErrorCode::TooManyOpenSockets) and the others of
    /// [`Socket::accept`].
    ///
    /// # Blocking
    /// Waits until a peer connects, without a time-out; [`stop`](Self::stop) ends it.
    #[doc(alias = "TcpListener.AcceptSocket")]
    pub fn accept_socket(&self) -> Result<Socket, SocketError> {
        trace::call(self.trace(), "AcceptSocket", format_args!(""), || {
            self.listening()?.accept()
        })
    }

    /// Takes the next connection, as a client.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.AcceptTcpClient`
    ///
    /// # Errors
    /// As [`accept_socket`](Self::accept_socket).
    ///
    /// # Blocking
    /// As [`accept_socket`](Self::accept_socket).
    #[doc(alias = "TcpListener.AcceptTcpClient")]
    pub fn accept_tcp_client(&self) -> Result<TcpClient, SocketError> {
        trace::call(self.trace(), "AcceptTcpClient", format_args!(""), || {
            let socket = self.listening()?.accept()?;
            Ok(TcpClient::over(Arc::new(socket), true))
        })
    }

    /// Allows or refuses peers that come in through NAT traversal (Teredo): protection level
    /// Unrestricted or EdgeRestricted. Without this call they are refused.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.AllowNatTraversal`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] if the listener is started.
    ///
    /// # Differences from .NET
    /// A peer that is refused sees its connection made and then reset: Linux accepts before it
    /// lets a program decide. The choice holds for later starts, too.
    #[doc(alias = "TcpListener.AllowNatTraversal")]
    pub fn allow_nat_traversal(&self, allowed: bool) -> Result<(), SocketError> {
        let mut state = self.stopped()?;
        state
            .server()?
            .set_ip_protection_level(nat_level(allowed))?;
        state.wishes.nat_traversal = Some(allowed);
        Ok(())
    }

    /// Whether no other socket may listen at the address.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.ExclusiveAddressUse`
    ///
    /// # Errors
    /// Those of [`Socket::exclusive_address_use`].
    #[doc(alias = "TcpListener.ExclusiveAddressUse")]
    pub fn exclusive_address_use(&self) -> Result<bool, SocketError> {
        self.server()?.exclusive_address_use()
    }

    /// Sets whether no other socket may listen at the address.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.ExclusiveAddressUse`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] if the listener is started; those of
    /// [`Socket::set_exclusive_address_use`].
    #[doc(alias = "TcpListener.ExclusiveAddressUse")]
    pub fn set_exclusive_address_use(&self, value: bool) -> Result<(), SocketError> {
        let mut state = self.stopped()?;
        state.server()?.set_exclusive_address_use(value)?;
        state.wishes.exclusive = Some(value);
        Ok(())
    }

    /// Where the listener listens; before the start, what it was made for.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.LocalEndpoint`
    ///
    /// # Errors
    /// Those of [`Socket::local_end_point`].
    #[doc(alias = "TcpListener.LocalEndpoint")]
    pub fn local_endpoint(&self) -> Result<IpEndPoint, SocketError> {
        let state = self.state();
        let bound = match &state.server {
            Some(server) if state.active => server.local_end_point()?,
            _ => None,
        };
        Ok(match bound {
            Some(EndPoint::Ip(end_point)) => end_point,
            _ => state.end_point,
        })
    }

    /// The socket below. After a stop this is a new one, for the next start.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.Server`
    ///
    /// # Errors
    /// The system's, if a new one is needed and there is none left.
    #[doc(alias = "TcpListener.Server")]
    pub fn server(&self) -> Result<Arc<Socket>, SocketError> {
        self.state().server()
    }

    /// Whether the listener is started.
    ///
    /// .NET: `System.Net.Sockets.TcpListener.Active`
    #[doc(alias = "TcpListener.Active")]
    #[must_use]
    pub fn active(&self) -> bool {
        self.state().active
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change under the lock is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopped(&self) -> Result<MutexGuard<'_, State>, SocketError> {
        let state = self.state();
        if state.active {
            return Err(Misuse::invalid_operation(
                "the listener must not be listening: call stop first",
            )
            .into());
        }
        Ok(state)
    }

    pub(crate) fn listening(&self) -> Result<Arc<Socket>, SocketError> {
        let mut state = self.state();
        if !state.active {
            return Err(Misuse::invalid_operation(
                "the listener is not listening: call start first",
            )
            .into());
        }
        state.server()
    }
}

impl State {
    fn server(&mut self) -> Result<Arc<Socket>, SocketError> {
        if let Some(server) = &self.server {
            return Ok(Arc::clone(server));
        }
        let server = self.wishes.socket(self.end_point)?;
        Ok(Arc::clone(self.server.insert(server)))
    }
}
