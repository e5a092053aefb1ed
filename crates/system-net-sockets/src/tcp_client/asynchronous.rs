//! Connecting without blocking. Reading and writing without blocking is the stream's.

use std::sync::Arc;

use system_net_primitives::{IpAddress, IpEndPoint};

use crate::error::SocketError;
use crate::{Socket, TcpClient};

/// Asynchronous calls, on any executor. Dropping a future gives the connect up.
impl TcpClient {
    /// Connects to an address and a port.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ConnectAsync(IPEndPoint)`
    ///
    /// # Errors
    /// Those of [`Socket::connect_async`](crate::Socket::connect_async).
    #[doc(alias = "TcpClient.ConnectAsync")]
    pub async fn connect_async(&self, remote_end_point: IpEndPoint) -> Result<(), SocketError> {
        self.client().connect_async(remote_end_point).await?;
        self.activate();
        Ok(())
    }

    /// Connects to an address and a port.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ConnectAsync(IPAddress, Int32)`
    ///
    /// # Errors
    /// As [`connect_async`](Self::connect_async).
    pub async fn connect_address_async(
        &self,
        address: IpAddress,
        port: u16,
    ) -> Result<(), SocketError> {
        self.connect_async(IpEndPoint::new(address, port)).await
    }

    /// Connects to the first of these addresses that accepts.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ConnectAsync(IPAddress[], Int32)`
    ///
    /// # Errors
    /// As [`connect_addresses`](Self::connect_addresses).
    pub async fn connect_addresses_async(
        &self,
        addresses: &[IpAddress],
        port: u16,
    ) -> Result<(), SocketError> {
        self.client()
            .connect_addresses_async(addresses, port)
            .await?;
        self.activate();
        Ok(())
    }

    /// Connects to a host by name or address: to the first of its addresses that this client can
    /// reach and that accepts.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ConnectAsync(String, Int32)`
    ///
    /// # Errors
    /// As [`connect_host`](Self::connect_host).
    pub async fn connect_host_async(&self, host: &str, port: u16) -> Result<(), SocketError> {
        self.refuse_active()?;
        self.client().connect_host_async(host, port).await?;
        self.activate();
        Ok(())
    }

    /// The same connection for an operation that may outlive this client.
    pub(super) fn share(&self) -> Self {
        let socket = Socket::borrowing(self.client().handle());
        Self::over(Arc::new(socket), self.active())
    }
}
