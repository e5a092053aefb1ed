//! The client side of TCP: a socket, a connection, a stream.

#[cfg(feature = "tokio")]
mod asynchronous;
#[cfg(feature = "tokio")]
mod begin_end;
mod interop;
mod options;
#[cfg(feature = "tokio")]
mod tokio_sockets;

#[cfg(feature = "tokio")]
pub(crate) use begin_end::begin_on;
pub(crate) use interop::{alone, blocking};

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use system_net_diagnostics::{Emitter, Traced, shown};
use system_net_primitives::{AddressFamily, IpAddress, IpEndPoint, Misuse};

use crate::dns::addresses_of_host;
use crate::error::{SocketError, SocketErrorCode};
use crate::trace;
use crate::{NetworkStream, ProtocolType, Socket, SocketShutdown, SocketType};

/// Connects to a service by TCP and gives a stream to it.
///
/// Every method takes `&self`: one thread may close the client while another waits in it.
/// Dropping the client lets go of the socket, which closes with the last stream over it;
/// [`close`](Self::close) closes it at once.
///
/// .NET: `System.Net.Sockets.TcpClient`
///
/// # Differences from .NET
/// A client made without an address family connects to addresses of both kinds, as since
/// .NET Core; the Framework's knows IPv4 only.
///
/// # Examples
/// ```
/// use std::io::{Read, Write};
/// use system_net_primitives::IpAddress;
/// use system_net_sockets::{TcpClient, TcpListener};
///
/// let listener = TcpListener::new(IpAddress::LOOPBACK, 0)?;
/// listener.start()?;
/// let port = listener.local_endpoint()?.port();
/// let server = std::thread::spawn(move || -> std::io::Result<()> {
///     let client = listener.accept_tcp_client()?;
///     client.get_stream()?.write_all(b"12:34")
/// });
///
/// let client = TcpClient::connect_to("127.0.0.1", port)?;
/// let mut text = String::new();
/// client.get_stream()?.read_to_string(&mut text)?;
/// assert_eq!(text, "12:34");
/// # server.join().unwrap()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct TcpClient {
    socket: Arc<Socket>,
    active: AtomicBool,
    /// Its number in traces.
    traced: Traced,
}

impl TcpClient {
    /// A client that is not connected yet, for addresses of both kinds.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.TcpClient()`
    ///
    /// # Errors
    /// The system's, if it has no socket left.
    pub fn new() -> Result<Self, SocketError> {
        Self::with_address_family(AddressFamily::Unspecified)
    }

    /// A client for one kind of address; [`AddressFamily::Unspecified`] for both.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.TcpClient(AddressFamily)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for a kind that is not of IP; the system's.
    pub fn with_address_family(family: AddressFamily) -> Result<Self, SocketError> {
        let socket = match family {
            AddressFamily::Unspecified => {
                Socket::new_dual_mode(SocketType::Stream, ProtocolType::TCP)?
            }
            AddressFamily::InterNetwork | AddressFamily::InterNetworkV6 => stream_socket(family)?,
            _ => return Err(not_ip("TCP").into()),
        };
        let shown = format_args!("{family}#{}", family.value());
        Ok(Self::over(Arc::new(socket), false).made(shown))
    }

    /// A client that will connect from this address.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.TcpClient(IPEndPoint)`
    ///
    /// # Errors
    /// [`AddressAlreadyInUse`](SocketErrorCode::AddressAlreadyInUse) and the others of
    /// [`Socket::bind`].
    pub fn with_local_end_point(local_end_point: IpEndPoint) -> Result<Self, SocketError> {
        let socket = stream_socket(local_end_point.address_family())?;
        socket.bind(local_end_point)?;
        let place = shown(&local_end_point);
        let shown = format_args!("{place}");
        Ok(Self::over(Arc::new(socket), false).made(shown))
    }

    /// Connects to a host by name or address: to the first of its addresses that accepts.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.TcpClient(String, Int32)`
    ///
    /// # Errors
    /// Those of the look-up ([`HostNotFound`](SocketErrorCode::HostNotFound) and the others of
    /// [`Dns::get_host_addresses`](crate::Dns::get_host_addresses)); of the last address tried, if none accepts.
    ///
    /// # Blocking
    /// Waits for the name service, and for each address as long as the system tries (on Linux
    /// about two minutes for one that does not answer).
    pub fn connect_to(hostname: &str, port: u16) -> Result<Self, SocketError> {
        let addresses = addresses_of_host(hostname)?;
        let mut last = None;
        for address in addresses {
            let tried = stream_socket(address.address_family()).and_then(|socket| {
                socket.connect(IpEndPoint::new(address, port))?;
                Ok(socket)
            });
            match tried {
                Ok(socket) => {
                    let shown = format_args!("{hostname}");
                    return Ok(Self::over(Arc::new(socket), true).made(shown));
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| SocketError::new(SocketErrorCode::NotConnected)))
    }

    pub(crate) const fn over(socket: Arc<Socket>, active: bool) -> Self {
        Self {
            socket,
            active: AtomicBool::new(active),
            traced: Traced::new(),
        }
    }

    /// A client that a constructor has made, with what it was given.
    fn made(self, arguments: fmt::Arguments<'_>) -> Self {
        trace::done(self.trace(), "TcpClient", arguments, || {});
        self
    }

    /// Under which name the client is traced.
    pub(crate) const fn trace(&self) -> Emitter<'_> {
        trace::tcp_client(&self.traced)
    }

    /// Connects to an address and a port.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.Connect(IPEndPoint)`
    ///
    /// # Errors
    /// Those of [`Socket::connect`].
    ///
    /// # Blocking
    /// Waits for the peer as long as the system tries (on Linux about two minutes).
    #[doc(alias = "TcpClient.Connect")]
    pub fn connect(&self, remote_end_point: IpEndPoint) -> Result<(), SocketError> {
        let place = shown(&remote_end_point);
        let shown = format_args!("{place}");
        trace::call(self.trace(), "Connect", shown, || {
            self.socket.connect(remote_end_point)?;
            self.activate();
            Ok(())
        })
    }

    /// Connects to an address and a port.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.Connect(IPAddress, Int32)`
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    ///
    /// # Blocking
    /// As [`connect`](Self::connect).
    pub fn connect_address(&self, address: IpAddress, port: u16) -> Result<(), SocketError> {
        self.connect(IpEndPoint::new(address, port))
    }

    /// Connects to the first of these addresses that accepts.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.Connect(IPAddress[], Int32)`
    ///
    /// # Errors
    /// Those of [`Socket::connect_addresses`].
    ///
    /// # Blocking
    /// As [`connect`](Self::connect), for each address.
    pub fn connect_addresses(
        &self,
        ip_addresses: &[IpAddress],
        port: u16,
    ) -> Result<(), SocketError> {
        trace::call(self.trace(), "Connect", format_args!("IPAddress[]"), || {
            self.socket.connect_addresses(ip_addresses, port)?;
            self.activate();
            Ok(())
        })
    }

    /// Connects to a host by name or address: to the first of its addresses that this client can
    /// reach and that accepts.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.Connect(String, Int32)`
    ///
    /// # Errors
    /// [`IsConnected`](SocketErrorCode::IsConnected) if it is connected already; those of the
    /// look-up; of the last address tried, if none accepts.
    ///
    /// # Blocking
    /// As [`connect_to`](Self::connect_to).
    pub fn connect_host(&self, hostname: &str, port: u16) -> Result<(), SocketError> {
        trace::call(self.trace(), "Connect", format_args!("{hostname}"), || {
            self.refuse_active()?;
            self.socket.connect_host(hostname, port)?;
            self.activate();
            Ok(())
        })
    }

    fn refuse_active(&self) -> Result<(), SocketError> {
        if self.active() {
            return Err(SocketError::new(SocketErrorCode::IsConnected));
        }
        Ok(())
    }

    pub(crate) fn activate(&self) {
        self.active.store(true, Ordering::Release);
    }

    /// The stream to the peer. It owns the socket: closing it closes the connection.
    ///
    /// Each call gives a stream over the same connection.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.GetStream`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] if the client is not connected, [`Misuse::Disposed`] if it
    /// was closed.
    #[doc(alias = "TcpClient.GetStream")]
    pub fn get_stream(&self) -> Result<NetworkStream, SocketError> {
        trace::call(self.trace(), "GetStream", format_args!(""), || {
            if self.socket.handle().is_closed() {
                return Err(Misuse::disposed("TcpClient").into());
            }
            if !self.connected() {
                return Err(Misuse::invalid_operation(
                    "the client is not connected: call connect first",
                )
                .into());
            }
            NetworkStream::of_client(Arc::clone(&self.socket))
        })
    }

    /// Closes the connection and every stream over it. Data that were sent still arrive.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.Close`
    /// .NET: `System.Net.Sockets.TcpClient.Dispose`
    #[doc(alias = "TcpClient.Close")]
    #[doc(alias = "TcpClient.Dispose")]
    pub fn close(&self) {
        trace::done(self.trace(), "Close", format_args!(""), || {
            self.active.store(false, Ordering::Release);
            // A socket that never was connected has nothing to shut down.
            let _ = self.socket.handle().shutdown(SocketShutdown::Both);
            self.socket.close();
        });
    }

    /// The socket below.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.Client`
    #[doc(alias = "TcpClient.Client")]
    #[must_use]
    pub const fn client(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Puts another socket below.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.Client`
    #[doc(alias = "TcpClient.Client")]
    pub fn set_client(&mut self, socket: Arc<Socket>) {
        self.active = AtomicBool::new(socket.connected());
        self.socket = socket;
    }

    /// Whether a connection was made through this client.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.Active`
    #[doc(alias = "TcpClient.Active")]
    #[must_use]
    pub fn active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// Whether the socket was connected when it was last used.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.Connected`
    #[doc(alias = "TcpClient.Connected")]
    #[must_use]
    pub fn connected(&self) -> bool {
        self.socket.connected()
    }

    /// How many bytes can be read at once.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.Available`
    ///
    /// # Errors
    /// Those of [`Socket::available`].
    #[doc(alias = "TcpClient.Available")]
    pub fn available(&self) -> Result<usize, SocketError> {
        self.socket.available()
    }
}

/// A socket for one family of IP.
pub(crate) fn stream_socket(family: AddressFamily) -> Result<Socket, SocketError> {
    Socket::new(family, SocketType::Stream, ProtocolType::TCP)
}

/// What constructors say of a family that is not of IP.
pub(crate) fn not_ip(protocol: &str) -> Misuse {
    Misuse::invalid_argument(
        "family",
        format!("{protocol} has addresses of InterNetwork and InterNetworkV6"),
    )
}
