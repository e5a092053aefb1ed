//! Sending and receiving, on the caller's thread.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use system_net_primitives::{EndPoint, IpAddress, IpEndPoint, Misuse};

use super::{UdpClient, UdpReceiveResult};
use crate::dns::addresses_of_host;
use crate::error::SocketError;
use crate::{SocketFlags, SocketReceiveFromResult};

/// No datagram is longer.
pub(super) const LONGEST_DATAGRAM: usize = 65_536;

thread_local! {
    /// Where datagrams arrive before their length is known; made at the first receive.
    static LANDING: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Sending.
impl UdpClient {
    /// Sends a datagram to the default peer; gives its length.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Send(Byte[], Int32)`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] without a default peer;
    /// [`MessageSize`](crate::SocketErrorCode::MessageSize) for a datagram that is too long;
    /// [`ConnectionRefused`](crate::SocketErrorCode::ConnectionRefused) if the peer's computer
    /// said of an earlier one that nobody listens; the others of [`Socket::send`](crate::Socket::send).
    #[doc(alias = "UdpClient.Send")]
    pub fn send(&self, datagram: &[u8]) -> Result<usize, SocketError> {
        self.require_active()?;
        self.socket.send(datagram)
    }

    /// Sends a datagram to an end point; gives its length.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Send(Byte[], Int32, IPEndPoint)`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] if there is a default peer;
    /// [`AccessDenied`](crate::SocketErrorCode::AccessDenied) for the broadcast address of a
    /// network without [`set_enable_broadcast`](Self::set_enable_broadcast);
    /// [`MessageSize`](crate::SocketErrorCode::MessageSize) for a datagram that is too long; the
    /// others of [`Socket::send_to`](crate::Socket::send_to).
    #[doc(alias = "UdpClient.Send")]
    pub fn send_to(&self, datagram: &[u8], end_point: IpEndPoint) -> Result<usize, SocketError> {
        self.refuse_active()?;
        self.permit_broadcast(end_point.address())?;
        self.socket.send_to(datagram, SocketFlags::NONE, end_point)
    }

    /// Sends a datagram to a host by name or address: to the first of its addresses that is of
    /// the client's kind. Gives the datagram's length.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Send(Byte[], Int32, String, Int32)`
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to); those of the look-up; [`Misuse::InvalidArgument`] if the
    /// host has no address of the client's kind.
    ///
    /// # Blocking
    /// Waits for the name service.
    pub fn send_to_host(
        &self,
        datagram: &[u8],
        hostname: &str,
        port: u16,
    ) -> Result<usize, SocketError> {
        self.refuse_active()?;
        let address = self.choose(hostname, &addresses_of_host(hostname)?)?;
        self.send_to(datagram, IpEndPoint::new(address, port))
    }

    /// The first address of the client's kind.
    pub(super) fn choose(
        &self,
        hostname: &str,
        addresses: &[IpAddress],
    ) -> Result<IpAddress, SocketError> {
        let found = addresses.iter().find(|address| self.reaches(**address));
        found.copied().ok_or_else(|| {
            let kind = self.socket.address_family();
            Misuse::invalid_argument(
                "hostname",
                format!("{hostname} has no address of the client's kind, {kind}"),
            )
            .into()
        })
    }

    pub(super) fn require_active(&self) -> Result<(), SocketError> {
        if self.active() {
            return Ok(());
        }
        Err(Misuse::invalid_operation(
            "the client has no default peer: call connect, or name the end point",
        )
        .into())
    }

    pub(super) fn refuse_active(&self) -> Result<(), SocketError> {
        if !self.active() {
            return Ok(());
        }
        Err(Misuse::invalid_operation("the client has a default peer and sends to no other").into())
    }

    /// Gives the permission to broadcast if this is the broadcast address.
    pub(super) fn permit_broadcast(&self, address: IpAddress) -> Result<(), SocketError> {
        if address == IpAddress::BROADCAST && !self.broadcasts.load(Ordering::Acquire) {
            self.set_enable_broadcast(true)?;
        }
        Ok(())
    }
}

/// Receiving.
impl UdpClient {
    /// Receives the next datagram, with its sender.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.Receive`
    ///
    /// # Errors
    /// [`Interrupted`](crate::SocketErrorCode::Interrupted) if another thread closes the client;
    /// [`TimedOut`](crate::SocketErrorCode::TimedOut) by the receive time-out of the
    /// [socket](Self::client); [`ConnectionRefused`](crate::SocketErrorCode::ConnectionRefused)
    /// if the default peer's computer said that nobody listens; the others of
    /// [`Socket::receive_from`](crate::Socket::receive_from), among them
    /// [`InvalidArgument`](crate::SocketErrorCode::InvalidArgument) for a client that is neither
    /// bound nor has sent.
    ///
    /// # Blocking
    /// Waits for a datagram until
    /// [`Socket::receive_timeout`](crate::Socket::receive_timeout) (none by default).
    #[doc(alias = "UdpClient.Receive")]
    pub fn receive(&self) -> Result<UdpReceiveResult, SocketError> {
        landing(|buffer| {
            let (length, sender) = self.receive_into(buffer)?;
            Ok(UdpReceiveResult::new(buffer[..length].to_vec(), sender))
        })
    }

    /// Receives the next datagram into a buffer of the caller; gives its length and its sender.
    ///
    /// # Errors
    /// [`MessageSize`](crate::SocketErrorCode::MessageSize) for a datagram longer than the
    /// buffer, the rest of which is lost; as [`receive`](Self::receive).
    ///
    /// # Blocking
    /// As [`receive`](Self::receive).
    pub fn receive_into(&self, buffer: &mut [u8]) -> Result<(usize, IpEndPoint), SocketError> {
        if self.batches().are_together() {
            return self.receive_apart(buffer);
        }
        sender_of(self.socket.receive_from(buffer, SocketFlags::NONE)?)
    }
}

/// Calls with this thread's buffer for the longest datagram.
pub(super) fn landing<R>(receive: impl FnOnce(&mut [u8]) -> R) -> R {
    // A thread that is ending has none any more.
    let mut buffer = LANDING.try_with(Cell::take).unwrap_or_default();
    buffer.resize(LONGEST_DATAGRAM, 0);
    let result = receive(&mut buffer);
    let _ = LANDING.try_with(|landing| landing.set(buffer));
    result
}

/// The parts of a result of the socket.
pub(super) fn sender_of(
    received: SocketReceiveFromResult,
) -> Result<(usize, IpEndPoint), SocketError> {
    match received.remote_end_point {
        EndPoint::Ip(sender) => Ok((received.received_bytes, sender)),
        _ => Err(Misuse::not_supported("the socket below the client is not of IP").into()),
    }
}
