//! The asynchronous calls. Dropping a future ends its operation; a datagram that it did not give
//! out stays for the next.

use std::future::poll_fn;
use std::io;

use system_net_primitives::{AddressFamily, EndPoint, IpEndPoint};
use system_net_runtime::{Direction, Progress};

use super::transfer::landing;
use super::{UdpBatch, UdpClient, UdpReceiveResult};
use crate::dns::addresses_of_host_later;
use crate::error::SocketError;
use crate::socket::Wait;
use crate::{SocketFlags, trace};

/// Asynchronous calls, on any executor.
///
/// The time-outs of the [socket](Self::client) do not concern them.
impl UdpClient {
    /// Sends a datagram to the default peer; gives its length.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.SendAsync(Byte[], Int32)`
    ///
    /// # Errors
    /// As [`send`](Self::send);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the client is closed
    /// meanwhile.
    #[doc(alias = "UdpClient.SendAsync")]
    pub async fn send_async(&self, datagram: &[u8]) -> Result<usize, SocketError> {
        self.require_active()?;
        self.socket.send_async(datagram, SocketFlags::NONE).await
    }

    /// Sends a datagram to an end point; gives its length.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.SendAsync(Byte[], Int32, IPEndPoint)`
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the client is closed
    /// meanwhile.
    #[doc(alias = "UdpClient.SendAsync")]
    pub async fn send_to_async(
        &self,
        datagram: &[u8],
        end_point: IpEndPoint,
    ) -> Result<usize, SocketError> {
        self.refuse_active()?;
        self.permit_broadcast(end_point.address())?;
        self.socket
            .send_to_async(datagram, SocketFlags::NONE, end_point)
            .await
    }

    /// Sends a datagram to a host by name or address; gives its length.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.SendAsync(Byte[], Int32, String, Int32)`
    ///
    /// # Errors
    /// As [`send_to_host`](Self::send_to_host);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the client is closed
    /// meanwhile.
    pub async fn send_to_host_async(
        &self,
        datagram: &[u8],
        hostname: &str,
        port: u16,
    ) -> Result<usize, SocketError> {
        self.refuse_active()?;
        let addresses = addresses_of_host_later(hostname, AddressFamily::Unspecified).await?;
        let address = self.choose(hostname, &addresses)?;
        self.send_to_async(datagram, IpEndPoint::new(address, port))
            .await
    }

    /// Receives the next datagram, with its sender.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.ReceiveAsync`
    ///
    /// # Errors
    /// As [`receive`](Self::receive), but no time-out;
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the client is closed
    /// meanwhile.
    #[doc(alias = "UdpClient.ReceiveAsync")]
    pub async fn receive_async(&self) -> Result<UdpReceiveResult, SocketError> {
        const METHOD: &str = "ReceiveFromAsync";
        let handle = self.socket.handle();
        let call = handle.trace().enter(METHOD, format_args!(""));
        let mut wait = Wait::new();
        let received = poll_fn(|cx| {
            handle.poll_io(cx, &mut wait, Direction::Read, "receive", |fd| {
                let value = landing(|buffer| {
                    let (length, sender) = if self.batches().are_together() {
                        self.try_receive_apart(fd, buffer)?
                    } else {
                        let received = handle.try_receive_from(fd, buffer, SocketFlags::NONE)?;
                        match received.remote_end_point {
                            EndPoint::Ip(sender) => (received.received_bytes, sender),
                            // A close wakes with nothing from nobody.
                            _ => return Err(io::ErrorKind::ConnectionAborted.into()),
                        }
                    };
                    Ok(UdpReceiveResult::new(buffer[..length].to_vec(), sender))
                });
                value.map(lasting)
            })
        })
        .await;
        let bytes = received.as_ref().map_or(&[][..], UdpReceiveResult::buffer);
        trace::transferred(handle.trace(), call, METHOD, &received, bytes);
        received
    }

    /// Sends a block to the default peer as datagrams, as [`send_batch`](Self::send_batch) does.
    ///
    /// # Errors
    /// As [`send_batch`](Self::send_batch);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the client is closed
    /// meanwhile.
    pub async fn send_batch_async(
        &self,
        datagrams: &[u8],
        segment_size: usize,
    ) -> Result<usize, SocketError> {
        let end_point = self.default_peer()?;
        self.send_segments_async(datagrams, segment_size, end_point)
            .await
    }

    /// Sends a block to an end point as datagrams, as [`send_batch_to`](Self::send_batch_to)
    /// does.
    ///
    /// # Errors
    /// As [`send_batch_to`](Self::send_batch_to);
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the client is closed
    /// meanwhile.
    pub async fn send_batch_to_async(
        &self,
        datagrams: &[u8],
        segment_size: usize,
        end_point: IpEndPoint,
    ) -> Result<usize, SocketError> {
        self.refuse_active()?;
        self.permit_broadcast(end_point.address())?;
        self.send_segments_async(datagrams, segment_size, end_point)
            .await
    }

    async fn send_segments_async(
        &self,
        datagrams: &[u8],
        segment_size: usize,
        end_point: IpEndPoint,
    ) -> Result<usize, SocketError> {
        let (_, mut sending) = self.prepare_send(datagrams, segment_size, end_point)?;
        let mut wait = Wait::new();
        poll_fn(|cx| {
            let what = "send a batch";
            self.socket
                .handle()
                .poll_io(cx, &mut wait, Direction::Write, what, |fd| {
                    sending.go_on(self.batches().state(fd)?, fd).map(lasting)
                })
        })
        .await
    }

    /// Receives the datagrams that are there, at least one, as
    /// [`receive_batch`](Self::receive_batch) does. Gives their number.
    ///
    /// # Errors
    /// As [`receive_batch`](Self::receive_batch), but no time-out;
    /// [`OperationAborted`](crate::SocketErrorCode::OperationAborted) if the client is closed
    /// meanwhile.
    pub async fn receive_batch_async(&self, batch: &mut UdpBatch) -> Result<usize, SocketError> {
        self.prepare_receive()?;
        let mut wait = Wait::new();
        poll_fn(|cx| {
            let what = "receive a batch";
            self.socket
                .handle()
                .poll_io(cx, &mut wait, Direction::Read, what, |fd| {
                    self.try_receive_batch(fd, batch).map(lasting)
                })
        })
        .await
    }

    /// Sets the default peer by name or address, as [`connect_host`](Self::connect_host) does.
    ///
    /// # Errors
    /// As [`connect_host`](Self::connect_host).
    pub async fn connect_host_async(&self, hostname: &str, port: u16) -> Result<(), SocketError> {
        let addresses = addresses_of_host_later(hostname, AddressFamily::Unspecified).await?;
        self.connect_first(hostname, &addresses, port)
    }
}

/// There may be more at once.
const fn lasting<R>(value: R) -> Progress<R> {
    Progress {
        value,
        exhausted: false,
    }
}
