//! Asking the policies before the first packet: of the context, and of the scope that a call runs
//! in.

use system_net_config::NetContext;
use system_net_primitives::{Access, AccessDenied, AccessStack, TransportType};

use crate::dns::IpHostEntry;
use crate::enums::SocketType;
use crate::error::SocketError;
use crate::resolver::{BoxFuture, Resolver};
use crate::sys::RawAddress;
use std::ffi::OsStr;
use std::future::ready;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use system_net_primitives::{AddressFamily, IpAddress};

/// The policies that hold where it was made, for work that goes on elsewhere.
#[derive(Clone)]
pub(crate) struct Checks {
    context: AccessStack,
    scope: AccessStack,
}

impl Checks {
    pub(crate) fn of(context: &NetContext) -> Self {
        Self {
            context: context.access().clone(),
            scope: AccessStack::current(),
        }
    }

    /// For sockets, which belong to no context: those of the process.
    pub(crate) fn of_sockets() -> Self {
        let global = NetContext::global_if_made();
        Self {
            context: global.map_or_else(AccessStack::new, |global| global.access().clone()),
            scope: AccessStack::current(),
        }
    }

    pub(crate) fn are_none(&self) -> bool {
        self.context.is_empty() && self.scope.is_empty()
    }

    pub(crate) fn check(&self, access: &Access<'_>) -> Result<(), AccessDenied> {
        self.context.check_these(access)?;
        self.scope.check_these(access)
    }

    /// Whether a socket may connect, or send, to this address.
    pub(crate) fn connect(
        &self,
        host: Option<&str>,
        to: &RawAddress,
        kind: SocketType,
    ) -> Result<(), AccessDenied> {
        if self.are_none() {
            return Ok(());
        }
        if let Some(end_point) = to.to_ip() {
            return self.check(&Access::Connect {
                host,
                address: end_point.address(),
                port: end_point.port(),
                transport: transport(kind),
                requested: false,
            });
        }
        match local_path(to) {
            Some(path) => self.check(&Access::ConnectLocal { path }),
            None => Ok(()),
        }
    }

    /// Whether a socket may take what comes to this address.
    pub(crate) fn accept(&self, at: &RawAddress, kind: SocketType) -> Result<(), AccessDenied> {
        if self.are_none() {
            return Ok(());
        }
        if let Some(end_point) = at.to_ip() {
            return self.check(&Access::Accept {
                address: end_point.address(),
                port: end_point.port(),
                transport: transport(kind),
                served: false,
            });
        }
        match local_path(at) {
            Some(path) => self.check(&Access::AcceptLocal { path }),
            None => Ok(()),
        }
    }

    /// Whether a socket may join a group, which the system tells the network of: it is about to
    /// take what comes to the group's address.
    pub(crate) fn join(&self, group: IpAddress) -> Result<(), AccessDenied> {
        self.check(&Access::Accept {
            address: group,
            port: 0,
            transport: TransportType::Udp,
            served: false,
        })
    }
}

/// The group that a socket option of the system joins, if it joins one.
pub(crate) fn joined_group(level: i32, name: i32, value: &[u8]) -> Option<IpAddress> {
    let v4 = |at: usize| Some(<[u8; 4]>::try_from(value.get(at..at + 4)?).ok()?.into());
    let v6 = |at: usize| Some(<[u8; 16]>::try_from(value.get(at..at + 16)?).ok()?.into());
    let group: Option<IpAddr> = match (level, name) {
        (libc::IPPROTO_IP, libc::IP_ADD_MEMBERSHIP | libc::IP_ADD_SOURCE_MEMBERSHIP) => v4(0),
        (libc::IPPROTO_IPV6, libc::IPV6_ADD_MEMBERSHIP) => v6(0),
        // The number of an interface, 4 bytes of nothing, and a `sockaddr_storage`.
        (
            libc::IPPROTO_IP | libc::IPPROTO_IPV6,
            libc::MCAST_JOIN_GROUP | libc::MCAST_JOIN_SOURCE_GROUP,
        ) => match value
            .get(8..10)
            .map(|family| i32::from(u16::from_ne_bytes([family[0], family[1]])))
        {
            Some(libc::AF_INET) => v4(12),
            Some(libc::AF_INET6) => v6(16),
            _ => None,
        },
        _ => None,
    };
    group.map(IpAddress::from)
}

/// What is neither a stream nor datagrams goes over all transports.
fn transport(kind: SocketType) -> TransportType {
    match kind {
        SocketType::Stream => TransportType::Tcp,
        SocketType::Dgram => TransportType::Udp,
        _ => TransportType::All,
    }
}

/// The path of a Unix socket; of an abstract one, its name with the zero before it.
fn local_path(address: &RawAddress) -> Option<&Path> {
    let bytes = match address.family() {
        libc::AF_UNIX => address.as_bytes().get(2..)?,
        _ => return None,
    };
    let path = match bytes {
        [0, ..] => bytes,
        _ => bytes.split(|byte| *byte == 0).next()?,
    };
    Some(Path::new(OsStr::from_bytes(path)))
}

/// The access of one attempt to connect over TCP.
#[cfg(feature = "tokio")]
pub(crate) const fn to_tcp(
    host: Option<&str>,
    to: system_net_primitives::IpEndPoint,
    requested: bool,
) -> Access<'_> {
    Access::Connect {
        host,
        address: to.address(),
        port: to.port(),
        transport: TransportType::Tcp,
        requested,
    }
}

/// A resolver that asks the policies before it asks another.
pub(crate) struct Guarded {
    pub(crate) checks: Checks,
    pub(crate) resolver: Arc<dyn Resolver>,
}

impl Guarded {
    fn guard<T: Send + 'static>(
        &self,
        host: &str,
        ask: impl FnOnce(&dyn Resolver) -> BoxFuture<'static, Result<T, SocketError>>,
    ) -> BoxFuture<'static, Result<T, SocketError>> {
        match self.checks.check(&Access::Resolve {
            host,
            requested: false,
        }) {
            Ok(()) => ask(&*self.resolver),
            Err(denied) => Box::pin(ready(Err(denied.into()))),
        }
    }
}

impl Resolver for Guarded {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.guard(host, |resolver| resolver.resolve(host))
    }

    fn resolve_family(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.guard(host, |resolver| resolver.resolve_family(host, family))
    }

    fn fixed_addresses(&self, host: &str, port: u16) -> Option<Vec<IpAddress>> {
        self.resolver.fixed_addresses(host, port)
    }

    fn resolve_entry(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<IpHostEntry, SocketError>> {
        self.guard(host, |resolver| resolver.resolve_entry(host, family))
    }

    fn resolve_address(
        &self,
        address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        self.guard(&address.to_string(), |resolver| {
            resolver.resolve_address(address)
        })
    }
}
