//! Connecting without blocking. Reading and writing without blocking is the stream's.

use system_net_diagnostics::shown;
use system_net_primitives::{IpAddress, IpEndPoint};

use crate::error::SocketError;
use crate::{TcpClient, trace};

/// The member, as it is traced.
const METHOD: &str = "ConnectAsync";

/// Asynchronous calls, on any executor. Dropping a future gives the connect up.
impl TcpClient {
    /// Connects to an address and a port.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ConnectAsync(IPEndPoint)`
    ///
    /// # Errors
    /// Those of [`Socket::connect_async`](crate::Socket::connect_async).
    #[doc(alias = "TcpClient.ConnectAsync")]
    pub async fn connect_async(&self, remote_end_point: IpEndPoint) -> Result<(), SocketError> {
        let call = self
            .trace()
            .enter(METHOD, format_args!("{}", shown(&remote_end_point)));
        trace::later(self.trace(), call, METHOD, async {
            self.client().connect_async(remote_end_point).await?;
            self.activate();
            Ok(())
        })
        .await
    }

    /// Connects to an address and a port.
    ///
    /// This member outputs trace information when network tracing is enabled.
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
    /// Outputs trace information when network tracing is enabled.
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
        let call = self.trace().enter(METHOD, format_args!("IPAddress[]"));
        trace::later(self.trace(), call, METHOD, async {
            self.client()
                .connect_addresses_async(addresses, port)
                .await?;
            self.activate();
            Ok(())
        })
        .await
    }

    /// Connects to a host by name or address: to the first of its addresses that this client can
    /// reach and that accepts.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.TcpClient.ConnectAsync(String, Int32)`
    ///
    /// # Errors
    /// As [`connect_host`](Self::connect_host).
    pub async fn connect_host_async(&self, host: &str, port: u16) -> Result<(), SocketError> {
        let call = self.trace().enter(METHOD, format_args!("{host}"));
        trace::later(self.trace(), call, METHOD, async {
            self.refuse_active()?;
            self.client().connect_host_async(host, port).await?;
            self.activate();
            Ok(())
        })
        .await
    }
}
