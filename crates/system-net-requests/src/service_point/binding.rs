//! From which own address connections are opened.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::task::Poll;

use system_net_primitives::{IpAddress, IpEndPoint};
use system_net_runtime::TcpTransport;
use system_net_sockets::{ConnectError, ConnectOptions, Connector, SocketErrorCode};
use system_net_uri::HostAddress;

use super::point::ServicePoint;

/// Chooses the own address of a connection: of the service point, the address that is connected to,
/// and how many of its answers for this connection were in use. `None`: the system chooses, which
/// it does too if the answer is of another address family.
///
/// .NET: `System.Net.BindIPEndPoint`
#[doc(alias = "BindIPEndPoint")]
pub type BindIpEndPoint =
    Arc<dyn Fn(&ServicePoint, IpEndPoint, u32) -> Option<IpEndPoint> + Send + Sync>;

/// How often a connection may ask anew: once for each port there is.
const MAX_RETRIES: u32 = 65_535;

impl ServicePoint {
    /// Who chooses the own address of new connections; `None`, which holds unless set: the system.
    ///
    /// .NET: `System.Net.ServicePoint.BindIPEndPointDelegate`
    #[doc(alias = "ServicePoint.BindIPEndPointDelegate")]
    #[must_use]
    pub fn bind_ip_end_point_delegate(&self) -> Option<BindIpEndPoint> {
        let delegate = self.bind.read().unwrap_or_else(PoisonError::into_inner);
        delegate.as_ref().map(Arc::clone)
    }

    /// Sets who chooses the own address of new connections: port 0 leaves the port to the system.
    ///
    /// It is asked before each attempt to connect. If what it says is in use it is asked again, with
    /// the number of answers that were, at most 65,535 times; any other failure ends the attempt.
    /// The addresses of a name are tried one after another then, each to its end, and not side by
    /// side.
    ///
    /// # Differences from .NET
    /// .NET asks again after every failure to bind, 2,147,483,647 times.
    pub fn set_bind_ip_end_point_delegate(&self, delegate: Option<BindIpEndPoint>) {
        let mut place = self.bind.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *place, delegate);
        // A program's own: dropped without the lock.
        drop(place);
        drop(before);
    }

    /// Opens a connection to a host, at one of these addresses, as it is set here.
    pub(crate) async fn connect(
        &self,
        connector: &Connector,
        host: HostAddress<'_>,
        port: u16,
        addresses: &[IpAddress],
    ) -> Result<TcpTransport, ConnectError> {
        let mut options = ConnectOptions::default();
        options.tcp = self.tcp_options();
        match self.bind_ip_end_point_delegate() {
            None => connector.connect_to(host, port, addresses, &options).await,
            Some(delegate) => {
                let connecting =
                    self.connect_from(&delegate, connector, host, port, addresses, options);
                Box::pin(connecting).await
            }
        }
    }

    async fn connect_from(
        &self,
        delegate: &BindIpEndPoint,
        connector: &Connector,
        host: HostAddress<'_>,
        port: u16,
        addresses: &[IpAddress],
        mut options: ConnectOptions,
    ) -> Result<TcpTransport, ConnectError> {
        for (index, &address) in addresses.iter().enumerate() {
            let mut in_use = 0;
            loop {
                let remote = IpEndPoint::new(address, port);
                let local = delegate(self, remote, in_use).map(SocketAddr::from);
                options.tcp.local = local;
                let only = [address];
                let connecting = connector.connect_to(host, port, &only, &options);
                let error = match connecting.await {
                    Ok(transport) => return Ok(transport),
                    Err(error) => error,
                };
                let code = error.socket_error().code();
                if code == SocketErrorCode::AddressAlreadyInUse
                    && local.is_some()
                    && in_use < MAX_RETRIES
                {
                    in_use += 1;
                    pause().await;
                } else if index + 1 == addresses.len() {
                    return Err(error);
                } else {
                    break;
                }
            }
        }
        // There is none: the connector says it in its own words.
        connector.connect_to(host, port, &[], &options).await
    }
}

/// Lets others have a turn, among them the time-out.
async fn pause() {
    let mut paused = false;
    poll_fn(|cx| match std::mem::replace(&mut paused, true) {
        true => Poll::Ready(()),
        false => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}
