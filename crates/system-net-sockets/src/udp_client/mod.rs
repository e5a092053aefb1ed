//! Datagrams: a socket, groups, broadcasts.

#[cfg(feature = "tokio")]
mod asynchronous;
mod batch;
#[cfg(feature = "tokio")]
mod begin_end;
mod interop;
mod multicast;
mod options;
mod receive_result;
#[cfg(feature = "tokio")]
mod tokio_sockets;
mod transfer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use system_net_primitives::{AddressFamily, EndPoint, IpAddress, IpEndPoint};

use crate::dns::addresses_of_host;
use crate::error::{SocketError, SocketErrorCode};
use crate::tcp_client::not_ip;
use crate::tcp_listener::nat_level;
use crate::{ProtocolType, Socket, SocketType};
use batch::Batches;

pub use batch::UdpBatch;
pub use receive_result::UdpReceiveResult;

/// Sends and receives datagrams by UDP.
///
/// Every method takes `&self`; any number of threads may send and receive.
///
/// .NET: `System.Net.Sockets.UdpClient`
///
/// # Broadcasts
/// The system wants a permission on the socket for broadcasts. A client gives it by itself when
/// it is to send to 255.255.255.255; for the broadcast address of a network (192.168.1.255) the
/// system says [`AccessDenied`](SocketErrorCode::AccessDenied) until
/// [`set_enable_broadcast`](Self::set_enable_broadcast): what is a broadcast address there, only
/// the network knows. A [`Socket`] never gives it by itself.
///
/// # Peers behind a NAT
/// A client that is bound to an IPv6 port takes no datagrams that come through the tunnel of
/// Teredo until [`allow_nat_traversal`](Self::allow_nat_traversal) allows them. Bind to
/// [`IpAddress::IPV6_ANY`], not to the Teredo address.
///
/// # Examples
/// ```
/// use system_net_primitives::{IpAddress, IpEndPoint};
/// use system_net_sockets::UdpClient;
///
/// let listener = UdpClient::with_local_end_point(IpEndPoint::new(IpAddress::LOOPBACK, 0))?;
/// let port = listener.local_end_point()?.port();
///
/// let sender = UdpClient::new()?;
/// sender.send_to_host(b"Is anybody there?", "127.0.0.1", port)?;
///
/// let received = listener.receive()?;
/// assert_eq!(received.buffer(), b"Is anybody there?");
/// assert_eq!(received.remote_end_point().address(), IpAddress::LOOPBACK);
/// # Ok::<(), system_net_sockets::SocketError>(())
/// ```
#[derive(Debug)]
pub struct UdpClient {
    socket: Arc<Socket>,
    /// A default peer was set.
    active: AtomicBool,
    /// The permission to broadcast was given.
    broadcasts: AtomicBool,
    batches: Arc<Batches>,
}

impl UdpClient {
    /// A client for IPv4 that is not bound: the system gives it a port when it first sends.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.UdpClient()`
    ///
    /// # Errors
    /// The system's, if it has no socket left.
    pub fn new() -> Result<Self, SocketError> {
        Self::with_address_family(AddressFamily::InterNetwork)
    }

    /// A client for one kind of address that is not bound.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.UdpClient(AddressFamily)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument) for a kind
    /// that is not of IP; the system's.
    pub fn with_address_family(family: AddressFamily) -> Result<Self, SocketError> {
        Ok(Self::over(datagram_socket(family)?))
    }

    /// A client for IPv4 at this port of every address; port 0 lets the system choose one.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.UdpClient(Int32)`
    ///
    /// # Errors
    /// Those of [`Socket::bind`].
    pub fn with_port(port: u16) -> Result<Self, SocketError> {
        Self::with_port_and_address_family(port, AddressFamily::InterNetwork)
    }

    /// A client at this port of every address of one kind.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.UdpClient(Int32, AddressFamily)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument) for a kind
    /// that is not of IP; those of [`Socket::bind`].
    pub fn with_port_and_address_family(
        port: u16,
        family: AddressFamily,
    ) -> Result<Self, SocketError> {
        let any = match family {
            AddressFamily::InterNetwork => IpAddress::ANY,
            AddressFamily::InterNetworkV6 => IpAddress::IPV6_ANY,
            _ => return Err(not_ip("UDP").into()),
        };
        Self::with_local_end_point(IpEndPoint::new(any, port))
    }

    /// A client at this address and port.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.UdpClient(IPEndPoint)`
    ///
    /// # Errors
    /// Those of [`Socket::bind`].
    pub fn with_local_end_point(local_end_point: IpEndPoint) -> Result<Self, SocketError> {
        let socket = datagram_socket(local_end_point.address_family())?;
        socket.bind(local_end_point)?;
        Ok(Self::over(socket))
    }

    /// A client whose default peer is this host, by name or address: the first of its addresses
    /// that the system has a way to.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.UdpClient(String, Int32)`
    ///
    /// # Errors
    /// Those of [`Dns::get_host_addresses`](crate::Dns::get_host_addresses); of the last address tried, if there is a way to none.
    ///
    /// # Blocking
    /// Waits for the name service. Nothing is sent to the peer.
    pub fn connect_to(hostname: &str, port: u16) -> Result<Self, SocketError> {
        let mut last = None;
        for address in addresses_of_host(hostname)? {
            let tried = Self::with_address_family(address.address_family()).and_then(|client| {
                client.connect(IpEndPoint::new(address, port))?;
                Ok(client)
            });
            match tried {
                Ok(client) => return Ok(client),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| SocketError::new(SocketErrorCode::NotConnected)))
    }

    fn over(socket: Socket) -> Self {
        let active = socket.connected();
        Self {
            socket: Arc::new(socket),
            active: AtomicBool::new(active),
            broadcasts: AtomicBool::new(false),
            batches: Arc::default(),
        }
    }

    /// The same client for an operation that may outlive this one.
    #[cfg(feature = "tokio")]
    fn share(&self) -> Self {
        Self {
            socket: Arc::new(Socket::borrowing(self.socket.handle())),
            active: AtomicBool::new(self.active()),
            broadcasts: AtomicBool::new(self.broadcasts.load(Ordering::Acquire)),
            batches: Arc::clone(&self.batches),
        }
    }

    fn batches(&self) -> &Batches {
        &self.batches
    }

    /// Sets the default peer: [`send`](Self::send) sends to it, and only what comes from it is
    /// received. Nothing is sent.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Connect(IPEndPoint)`
    ///
    /// # Errors
    /// Those of [`Socket::connect`].
    #[doc(alias = "UdpClient.Connect")]
    pub fn connect(&self, end_point: IpEndPoint) -> Result<(), SocketError> {
        self.permit_broadcast(end_point.address())?;
        self.socket.connect(end_point)?;
        self.active.store(true, Ordering::Release);
        Ok(())
    }

    /// Sets the default peer.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Connect(IPAddress, Int32)`
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_address(&self, address: IpAddress, port: u16) -> Result<(), SocketError> {
        self.connect(IpEndPoint::new(address, port))
    }

    /// Sets the default peer by name or address: to the first of its addresses that this client
    /// has a way to.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Connect(String, Int32)`
    ///
    /// # Errors
    /// As [`connect_to`](Self::connect_to);
    /// [`NotConnected`](SocketErrorCode::NotConnected) if the host has no address of the
    /// client's kind.
    ///
    /// # Blocking
    /// Waits for the name service.
    pub fn connect_host(&self, hostname: &str, port: u16) -> Result<(), SocketError> {
        self.connect_first(hostname, &addresses_of_host(hostname)?, port)
    }

    fn connect_first(
        &self,
        hostname: &str,
        addresses: &[IpAddress],
        port: u16,
    ) -> Result<(), SocketError> {
        let mut last = None;
        for &address in addresses.iter().filter(|address| self.reaches(**address)) {
            match self.connect(IpEndPoint::new(address, port)) {
                Ok(()) => return Ok(()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| {
            SocketError::new(SocketErrorCode::NotConnected)
                .with_context(format!("{hostname} has no address of the client's kind"))
        }))
    }

    /// Whether an address is of the kind that this client sends to.
    fn reaches(&self, address: IpAddress) -> bool {
        self.socket.handle().can_reach(address)
    }

    /// Closes the socket; calls that wait in it end as
    /// [`Interrupted`](SocketErrorCode::Interrupted).
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Close`
    /// .NET: `System.Net.Sockets.UdpClient.Dispose`
    #[doc(alias = "UdpClient.Close")]
    #[doc(alias = "UdpClient.Dispose")]
    pub fn close(&self) {
        self.active.store(false, Ordering::Release);
        self.socket.close();
    }

    /// The socket below.
    ///
    /// After a [`receive_batch`](Self::receive_batch) it gets datagrams one by one again, until
    /// the next one. What the system had put together by then is taken apart and kept for this
    /// client's own receives, or for [`end_batches`](Self::end_batches).
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Client`
    #[doc(alias = "UdpClient.Client")]
    #[must_use]
    pub fn client(&self) -> &Arc<Socket> {
        // Of a socket that fails, each call on it tells.
        let _ = self.stop_batches();
        &self.socket
    }

    /// Puts another socket below. What [`end_batches`](Self::end_batches) would give is lost.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Client`
    #[doc(alias = "UdpClient.Client")]
    pub fn set_client(&mut self, socket: Arc<Socket>) {
        self.active = AtomicBool::new(socket.connected());
        self.broadcasts = AtomicBool::new(false);
        let _ = self.stop_batches();
        self.batches = Arc::default();
        self.socket = socket;
    }

    /// Whether a default peer was set through this client.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Active`
    #[doc(alias = "UdpClient.Active")]
    #[must_use]
    pub fn active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// Where the client receives. .NET has this on the socket, as
    /// [`Socket::local_end_point`].
    ///
    /// # Errors
    /// Those of [`Socket::local_end_point`]; before a bind or a send there is none, which is
    /// [`InvalidArgument`](SocketErrorCode::InvalidArgument).
    pub fn local_end_point(&self) -> Result<IpEndPoint, SocketError> {
        match self.socket.local_end_point()? {
            Some(EndPoint::Ip(end_point)) => Ok(end_point),
            _ => Err(SocketError::new(SocketErrorCode::InvalidArgument)
                .with_context("the client is not bound")),
        }
    }

    /// Allows or refuses datagrams that come in through NAT traversal (Teredo): protection level
    /// Unrestricted or EdgeRestricted. A client that is bound and was not allowed it refuses
    /// them.
    ///
    /// To be called before the client is bound, so on one made by
    /// [`with_address_family`](Self::with_address_family), which
    /// [`client`](Self::client)`().bind(..)` binds after it.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.AllowNatTraversal`
    ///
    /// # Errors
    /// As [`Socket::set_ip_protection_level`]:
    /// [`InvalidArgument`](SocketErrorCode::InvalidArgument) once it is bound.
    #[doc(alias = "UdpClient.AllowNatTraversal")]
    pub fn allow_nat_traversal(&self, allowed: bool) -> Result<(), SocketError> {
        self.socket.set_ip_protection_level(nat_level(allowed))
    }
}

fn datagram_socket(family: AddressFamily) -> Result<Socket, SocketError> {
    match family {
        AddressFamily::InterNetwork | AddressFamily::InterNetworkV6 => {
            Socket::new(family, SocketType::Dgram, ProtocolType::UDP)
        }
        _ => Err(not_ip("UDP").into()),
    }
}
