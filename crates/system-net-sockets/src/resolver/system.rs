//! The system's resolver.

use std::ffi::CString;
use std::fmt;
use std::sync::Arc;

use system_net_primitives::IpAddress;
use system_net_uri::address::{parse_ipv4, parse_ipv4_loose, parse_ipv6};

use super::pool::LookupPool;
use super::zone::zone_index;
use super::{BoxFuture, Resolver};
use crate::error::{SocketError, SocketErrorCode};
use crate::sys;

/// How many look-ups may run at once; a name service that does not answer holds one for the
/// system's own time-out, some ten seconds.
const MOST_THREADS: usize = 8;
/// The longest name DNS knows, with its dots.
const LONGEST_NAME: usize = 255;

/// The system's resolver (`getaddrinfo`): hosts file, DNS, VPNs and whatever else the machine is
/// set up for, in the order of RFC 6724.
///
/// Look-ups run on at most 8 threads, which are started when needed and end when idle. Equal
/// names that are asked for at the same time are one look-up. Answers are not cached.
///
/// # Differences from .NET
/// A name that is in truth an oddly spelled IPv4 address (`0x7f.1`), which the C library would
/// read as one, is refused: who checked the name saw no address.
pub struct SystemResolver {
    pool: LookupPool,
}

impl SystemResolver {
    /// A resolver with threads of its own; none is started yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            pool: LookupPool::new(Arc::new(resolve_blocking), MOST_THREADS),
        }
    }
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::new()
    }
}

impl Resolver for SystemResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        if let Some(address) = literal(host) {
            return Box::pin(std::future::ready(Ok(vec![address])));
        }
        Box::pin(self.pool.look_up(host))
    }
}

impl fmt::Debug for SystemResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemResolver").finish_non_exhaustive()
    }
}

/// Asks the system for the addresses of a name, on the calling thread.
///
/// # Errors
/// As [`Resolver::resolve`].
///
/// # Blocking
/// Waits for the system's name service, whose own time-outs end it: with glibc, 5 seconds times
/// two tries for each name server.
pub fn resolve_blocking(host: &str) -> Result<Vec<IpAddress>, SocketError> {
    if let Some(address) = literal(host) {
        return Ok(vec![address]);
    }
    let failed = |code| SocketError::new(code).with_context(context(host));
    if host.is_empty() || parse_ipv4_loose(host).is_some() {
        return Err(failed(SocketErrorCode::HostNotFound));
    }
    if host.len() > LONGEST_NAME {
        return Err(failed(SocketErrorCode::InvalidArgument));
    }
    let name = CString::new(host).map_err(|_| failed(SocketErrorCode::InvalidArgument))?;
    match sys::look_up(&name) {
        Ok(addresses) if addresses.is_empty() => Err(failed(SocketErrorCode::NoData)),
        Ok(addresses) => Ok(addresses),
        Err(error) => Err(error.with_context(context(host))),
    }
}

fn context(host: &str) -> String {
    // A name may come from anywhere; what is shown of it fits a line.
    let shown: String = host.chars().take(LONGEST_NAME).collect();
    format!("look-up of {:?}", shown)
}

/// An address never goes to a name service.
fn literal(host: &str) -> Option<IpAddress> {
    if let Some(v4) = parse_ipv4(host) {
        return Some(IpAddress::v4(v4));
    }
    match parse_ipv6(host)? {
        (v6, None) => Some(IpAddress::v6(v6, 0)),
        (v6, Some(zone)) => Some(IpAddress::v6(v6, zone_index(zone).ok()?)),
    }
}
