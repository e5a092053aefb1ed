//! Begin and End of sending and receiving.

use system_net_primitives::{AsyncCallback, AsyncOrigin, AsyncResult, AsyncState, IpEndPoint};

use super::{UdpClient, UdpReceiveResult};
use crate::error::SocketError;
use crate::socket::{end_of, origin};
use crate::tcp_client::begin_on;

const SEND: &str = "UdpClient.BeginSend";
const RECEIVE: &str = "UdpClient.BeginReceive";

/// An operation that ends in this.
type Running<T> = AsyncResult<Result<T, SocketError>>;
/// What is called when it has ended.
type Ended<T> = Option<AsyncCallback<Result<T, SocketError>>>;

/// Begin and End. The callback is optional, and called on a thread that may block.
impl UdpClient {
    /// Begins to send a datagram to the default peer.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.BeginSend(Byte[], Int32, AsyncCallback, Object)`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) without a
    /// default peer.
    #[doc(alias = "UdpClient.BeginSend")]
    pub fn begin_send(
        &self,
        datagram: Vec<u8>,
        request_callback: Ended<usize>,
        state: Option<AsyncState>,
    ) -> Result<Running<usize>, SocketError> {
        self.require_active()?;
        let client = self.share();
        let operation = async move { client.send_async(&datagram).await };
        let origin = self.origin(SEND);
        Ok(begin_on(
            &self.socket,
            origin,
            operation,
            request_callback,
            state,
        ))
    }

    /// Begins to send a datagram to an end point.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.BeginSend(Byte[], Int32, IPEndPoint, AsyncCallback, Object)`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if there is
    /// a default peer.
    #[doc(alias = "UdpClient.BeginSend")]
    pub fn begin_send_to(
        &self,
        datagram: Vec<u8>,
        end_point: IpEndPoint,
        request_callback: Ended<usize>,
        state: Option<AsyncState>,
    ) -> Result<Running<usize>, SocketError> {
        self.refuse_active()?;
        let client = self.share();
        let operation = async move { client.send_to_async(&datagram, end_point).await };
        let origin = self.origin(SEND);
        Ok(begin_on(
            &self.socket,
            origin,
            operation,
            request_callback,
            state,
        ))
    }

    /// Begins to send a datagram to a host by name or address.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.BeginSend(Byte[], Int32, String, Int32, AsyncCallback, Object)`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if there is
    /// a default peer.
    pub fn begin_send_to_host(
        &self,
        datagram: Vec<u8>,
        hostname: &str,
        port: u16,
        request_callback: Ended<usize>,
        state: Option<AsyncState>,
    ) -> Result<Running<usize>, SocketError> {
        self.refuse_active()?;
        let client = self.share();
        let hostname = hostname.to_owned();
        let operation = async move { client.send_to_host_async(&datagram, &hostname, port).await };
        let origin = self.origin(SEND);
        Ok(begin_on(
            &self.socket,
            origin,
            operation,
            request_callback,
            state,
        ))
    }

    /// Waits for the datagram that was begun to be sent; gives its length.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.EndSend`
    ///
    /// # Errors
    /// As [`send`](Self::send) and its kin;
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before or cancelled;
    /// [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument) if another
    /// object or another member began it.
    ///
    /// # Blocking
    /// Waits for the operation.
    #[doc(alias = "UdpClient.EndSend")]
    pub fn end_send(&self, async_result: &Running<usize>) -> Result<usize, SocketError> {
        end_of(self.socket.handle().trace(), &[SEND], async_result)?
    }

    /// Begins to receive the next datagram.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.BeginReceive`
    #[doc(alias = "UdpClient.BeginReceive")]
    pub fn begin_receive(
        &self,
        request_callback: Ended<UdpReceiveResult>,
        state: Option<AsyncState>,
    ) -> Running<UdpReceiveResult> {
        let client = self.share();
        let operation = async move { client.receive_async().await };
        let origin = self.origin(RECEIVE);
        begin_on(&self.socket, origin, operation, request_callback, state)
    }

    /// Waits for the datagram that was begun to be received; gives it with its sender.
    ///
    /// .NET: `System.Net.Sockets.UdpClient.EndReceive`
    ///
    /// # Errors
    /// As [`receive_async`](Self::receive_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before or cancelled;
    /// [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument) if another
    /// object or another member began it.
    ///
    /// # Blocking
    /// Waits for the operation, which [`close`](Self::close) ends.
    #[doc(alias = "UdpClient.EndReceive")]
    pub fn end_receive(
        &self,
        async_result: &Running<UdpReceiveResult>,
    ) -> Result<UdpReceiveResult, SocketError> {
        end_of(self.socket.handle().trace(), &[RECEIVE], async_result)?
    }

    fn origin(&self, member: &'static str) -> AsyncOrigin {
        origin(self.socket.handle().trace(), member)
    }
}
