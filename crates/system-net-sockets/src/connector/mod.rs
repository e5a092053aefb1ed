//! Connecting to a host by the first of its addresses that answers.
//!
//! To read: RFC 8305 (Happy Eyeballs 2), RFC 6724 (order of addresses).

mod error;
mod order;
mod race;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use system_net_config::NetContext;
use system_net_primitives::{Access, AccessStack, IpAddress, IpEndPoint, Misuse};
use system_net_runtime::{Elapsed, TcpOptions, TcpTransport, timeout_at};
use system_net_uri::HostAddress;

use crate::access::to_tcp;
use crate::error::{SocketError, SocketErrorCode};
use crate::resolver::Resolver;
use crate::resolver::zone::zone_index;

pub use error::{ConnectError, ConnectErrorKind};

/// Opens connections to hosts.
///
/// A host with several addresses is tried by Happy Eyeballs: families alternate, the next
/// attempt starts a quarter of a second after the one before, or at once when one fails, and
/// none is cut off before another has succeeded. The first that succeeds wins; the others are
/// closed.
#[derive(Clone)]
pub struct Connector {
    resolver: Arc<dyn Resolver>,
    /// Why it opens nothing.
    refused: Option<Misuse>,
    access: AccessStack,
    /// Whether it is for requests, whose addresses are judged by others.
    requested: bool,
}

/// How a connection is opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// The options of the socket.
    pub tcp: TcpOptions,
    /// How long an attempt has the field for itself before the next address is tried as well:
    /// 250 ms by default, held between 10 ms and 2 s (RFC 8305, section 8).
    pub attempt_delay: Duration,
    /// When to give up, over the look-up and all attempts together; `None` (default) leaves it
    /// to the system, which may take minutes.
    pub deadline: Option<Instant>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            tcp: TcpOptions::default(),
            attempt_delay: Duration::from_millis(250),
            deadline: None,
        }
    }
}

impl ConnectOptions {
    /// RFC 8305 section 8: "Minimum ... 10 milliseconds", "Maximum ... 2 seconds".
    fn attempt_delay(&self) -> Duration {
        self.attempt_delay
            .clamp(Duration::from_millis(10), Duration::from_secs(2))
    }
}

impl Connector {
    /// A connector that asks `resolver` for names.
    #[must_use]
    pub fn new(resolver: Arc<dyn Resolver>) -> Self {
        Self {
            resolver,
            refused: None,
            access: AccessStack::new(),
            requested: false,
        }
    }

    /// The same, asking these policies before it looks a name up, and before each attempt to
    /// connect, of its address. Those of the scope that a call runs in it asks anyway.
    #[must_use]
    pub fn with_access(mut self, access: AccessStack) -> Self {
        self.access = access;
        self
    }

    /// The connector of a context: it asks whom the context's [`Dns`](crate::Dns) asks, at each
    /// look-up the resolver that was set last. It opens nothing if the context's configuration
    /// file could not be read.
    #[must_use]
    pub fn of(context: &NetContext) -> Self {
        Self {
            resolver: crate::dns::current_resolver(context),
            refused: crate::dns::refused(context),
            access: context.access().clone(),
            requested: false,
        }
    }

    /// The same, for requests: policies are told that the request's own address was judged.
    #[must_use]
    pub fn for_requests(mut self) -> Self {
        self.requested = true;
        self
    }

    /// Whom it asks for names: to make a connector that asks with care, by keeping answers for one.
    #[must_use]
    pub fn resolver(&self) -> Arc<dyn Resolver> {
        Arc::clone(&self.resolver)
    }

    /// Connects to `host`. An address is used as it is; only a name is looked up.
    ///
    /// Dropping the future gives everything up and closes what was opened.
    ///
    /// # Errors
    /// [`ConnectErrorKind::Resolve`] if the name has no address or could not be looked up in
    /// time, [`ConnectErrorKind::Connect`] if no address could be connected to in time; it
    /// lists every attempt. [`ConnectErrorKind::Configuration`] if the configuration file of the
    /// connector's context could not be read.
    ///
    /// # Blocking
    /// Under `block_on` it waits on the calling thread; the deadline ends it.
    pub async fn connect(
        &self,
        host: HostAddress<'_>,
        port: u16,
        options: &ConnectOptions,
    ) -> Result<TcpTransport, ConnectError> {
        let addresses = self.look_up(host, port, options.deadline).await?;
        self.connect_to(host, port, &addresses, options).await
    }

    /// The first half of [`connect`](Self::connect), for who wants to do something between the two:
    /// the addresses of a host, never none.
    ///
    /// # Errors
    /// [`ConnectErrorKind::Resolve`] and [`ConnectErrorKind::Configuration`], as there.
    ///
    /// # Blocking
    /// As there, without a limit of its own.
    pub async fn resolve(
        &self,
        host: HostAddress<'_>,
        port: u16,
    ) -> Result<Vec<IpAddress>, ConnectError> {
        self.look_up(host, port, None).await
    }

    async fn look_up(
        &self,
        host: HostAddress<'_>,
        port: u16,
        deadline: Option<Instant>,
    ) -> Result<Vec<IpAddress>, ConnectError> {
        if let Some(misuse) = &self.refused {
            let error = misuse.clone().into();
            return Err(ConnectError::configuration(shown(host), port, error));
        }
        let unresolved = |error| ConnectError::resolve(shown(host), port, error);
        let addresses = match host {
            HostAddress::V4(v4) => vec![IpAddress::v4(v4)],
            HostAddress::V6(v6, zone) => {
                let scope = zone.map_or(Ok(0), zone_index).map_err(unresolved)?;
                vec![IpAddress::v6(v6, scope)]
            }
            HostAddress::Dns(name) => match self.resolver.fixed_addresses(name, port) {
                Some(addresses) => addresses,
                None => match self.ask(name, deadline).await {
                    Ok(Ok(addresses)) => addresses,
                    Ok(Err(error)) => return Err(unresolved(error)),
                    Err(_) => {
                        let error = SocketError::new(SocketErrorCode::TimedOut)
                            .with_context(format!("look-up of {name:?}"));
                        return Err(unresolved(error));
                    }
                },
            },
            HostAddress::None => vec![],
        };
        match addresses.is_empty() {
            true => Err(unresolved(SocketError::new(SocketErrorCode::HostNotFound))),
            false => Ok(addresses),
        }
    }

    async fn ask(
        &self,
        host: &str,
        deadline: Option<Instant>,
    ) -> Result<Result<Vec<IpAddress>, SocketError>, Elapsed> {
        if let Err(denied) = self.access.check(&Access::Resolve {
            host,
            requested: self.requested,
        }) {
            return Ok(Err(denied.into()));
        }
        timeout_at(deadline, self.resolver.resolve(host)).await
    }

    /// The second half of [`connect`](Self::connect): connects to one of these addresses. The host is
    /// only named in errors.
    ///
    /// # Errors
    /// [`ConnectErrorKind::Connect`], as there.
    ///
    /// # Blocking
    /// As there.
    pub async fn connect_to(
        &self,
        host: HostAddress<'_>,
        port: u16,
        addresses: &[IpAddress],
        options: &ConnectOptions,
    ) -> Result<TcpTransport, ConnectError> {
        let end_points = order::interleave(addresses)
            .map(|address| SocketAddr::from(IpEndPoint::new(address, port)));
        let name = match host {
            HostAddress::Dns(name) => Some(name),
            _ => None,
        };
        let allowed = |to: SocketAddr| {
            let access = to_tcp(name, IpEndPoint::from(to), self.requested);
            self.access.check(&access).map_err(SocketError::from)
        };
        race::race(end_points.collect(), options, &allowed)
            .await
            .map_err(|attempts| ConnectError::connect(shown(host), port, attempts))
    }
}

/// The host as it stands in messages.
fn shown(host: HostAddress<'_>) -> String {
    match host {
        HostAddress::Dns(name) => name.to_owned(),
        HostAddress::V4(v4) => v4.to_string(),
        HostAddress::V6(v6, None) => format!("[{v6}]"),
        HostAddress::V6(v6, Some(zone)) => format!("[{v6}%{zone}]"),
        HostAddress::None => "(no host)".to_owned(),
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}
