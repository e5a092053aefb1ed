//! A table of names in front of another resolver.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use system_net_primitives::IpAddress;

use super::{BoxFuture, Resolver};
use crate::error::{SocketError, SocketErrorCode};

/// Answers from a table of its own, and asks another resolver for what is not in it.
///
/// For tests, and for programs that reach a host by another address than the public one.
/// Names are compared without regard to case and to a final dot.
pub struct OverrideResolver {
    table: HashMap<Box<str>, Vec<IpAddress>>,
    fallback: Option<Arc<dyn Resolver>>,
}

impl OverrideResolver {
    /// An empty table in front of `fallback`.
    #[must_use]
    pub fn new(fallback: Arc<dyn Resolver>) -> Self {
        Self {
            table: HashMap::new(),
            fallback: Some(fallback),
        }
    }

    /// A table that is everything: other names do not exist.
    #[must_use]
    pub fn closed() -> Self {
        Self {
            table: HashMap::new(),
            fallback: None,
        }
    }

    /// Sets the addresses of a name, in the order in which they are to be tried. None at all
    /// means that the name does not exist, whatever the other resolver says.
    pub fn insert(&mut self, host: &str, addresses: Vec<IpAddress>) -> &mut Self {
        self.table.insert(key(host), addresses);
        self
    }
}

fn key(host: &str) -> Box<str> {
    host.strip_suffix('.')
        .unwrap_or(host)
        .to_ascii_lowercase()
        .into()
}

impl Resolver for OverrideResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let answer = match (self.table.get(&key(host)), &self.fallback) {
            (Some(addresses), _) if !addresses.is_empty() => Ok(addresses.clone()),
            (None, Some(fallback)) => return fallback.resolve(host),
            _ => Err(SocketError::new(SocketErrorCode::HostNotFound)
                .with_context(format!("look-up of {host:?} in the table of overrides"))),
        };
        Box::pin(std::future::ready(answer))
    }
}

impl fmt::Debug for OverrideResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverrideResolver")
            .field("table", &self.table)
            .field("has_fallback", &self.fallback.is_some())
            .finish()
    }
}
