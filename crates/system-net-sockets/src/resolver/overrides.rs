//! A table of names in front of another resolver.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use system_net_primitives::{AddressFamily, IpAddress};

use super::hosts_file::HostsFile;
use super::{BoxFuture, Resolver, nameless};
use crate::dns::IpHostEntry;
use crate::error::{SocketError, SocketErrorCode};

/// Answers from a table of its own, and asks another resolver for what is not in it.
///
/// For tests, and for programs that reach a host by another address than the public one, or by a
/// hosts or LMHOSTS file of their own ([`insert_file`](Self::insert_file)).
/// Names are compared without regard to case and to a final dot.
pub struct OverrideResolver {
    table: HashMap<Box<str>, IpHostEntry>,
    /// The names of addresses, the first that each was given.
    names: HashMap<IpAddress, Box<str>>,
    /// Where connections to a host and a port go.
    fixed: HashMap<(Box<str>, u16), Vec<IpAddress>>,
    fallback: Option<Arc<dyn Resolver>>,
}

impl OverrideResolver {
    /// An empty table in front of `fallback`.
    #[must_use]
    pub fn new(fallback: Arc<dyn Resolver>) -> Self {
        Self {
            fallback: Some(fallback),
            ..Self::closed()
        }
    }

    /// A table that is everything: other names do not exist.
    #[must_use]
    pub fn closed() -> Self {
        Self {
            table: HashMap::new(),
            names: HashMap::new(),
            fixed: HashMap::new(),
            fallback: None,
        }
    }

    /// Sets the addresses of a name, in the order in which they are to be tried. None at all
    /// means that the name does not exist, whatever the other resolver says.
    pub fn insert(&mut self, host: &str, addresses: Vec<IpAddress>) -> &mut Self {
        self.insert_entry(host, IpHostEntry::of(host, addresses))
    }

    /// Sets the addresses that connections to one port of a host go to, in the order in which they
    /// are to be tried. Other ports, and look-ups of the name, stay as they are.
    pub fn insert_for_port(
        &mut self,
        host: &str,
        port: u16,
        addresses: Vec<IpAddress>,
    ) -> &mut Self {
        self.fixed.insert((key(host), port), addresses);
        self
    }

    /// Sets what is known of a name: its canonical name, aliases and addresses.
    pub fn insert_entry(&mut self, host: &str, entry: IpHostEntry) -> &mut Self {
        for address in entry.address_list() {
            let name = entry.host_name();
            self.names.entry(*address).or_insert_with(|| name.into());
        }
        self.table.insert(key(host), entry);
        self
    }

    /// Adds the lines of a hosts or LMHOSTS file. A name that several lines have gets the
    /// addresses of all of them, and those that it had before.
    pub fn insert_file(&mut self, file: &HostsFile) -> &mut Self {
        for line in file.entries() {
            let Some(canonical) = line.names().first() else {
                continue;
            };
            let name = || canonical.as_str().into();
            self.names.entry(line.address()).or_insert_with(name);
            for name in line.names() {
                let new = || IpHostEntry::of(canonical.as_str(), Vec::new());
                let entry = self.table.entry(key(name)).or_insert_with(new);
                add(entry, line.address(), line.names());
            }
        }
        self
    }

    /// What the table says of a name, or else the one to ask.
    fn find(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> Result<Result<IpHostEntry, SocketError>, &Arc<dyn Resolver>> {
        let failed = |code| {
            let context = format!("look-up of {host:?} in the table of overrides");
            Ok(Err(SocketError::new(code).with_context(context)))
        };
        let entry = match (self.table.get(&key(host)), &self.fallback) {
            (None, Some(fallback)) => return Err(fallback),
            (Some(entry), _) if !entry.address_list().is_empty() => entry,
            _ => return failed(SocketErrorCode::HostNotFound),
        };
        let fits = |address: &&IpAddress| {
            [AddressFamily::Unspecified, address.address_family()].contains(&family)
        };
        let addresses: Vec<_> = entry.address_list().iter().filter(fits).copied().collect();
        if addresses.is_empty() {
            return failed(SocketErrorCode::NoData);
        }
        let mut entry = entry.clone();
        entry.set_address_list(addresses);
        Ok(Ok(entry))
    }
}

/// Adds a line of a file to an entry.
fn add(entry: &mut IpHostEntry, address: IpAddress, names: &[String]) {
    let mut addresses = entry.address_list().to_vec();
    if !addresses.contains(&address) {
        addresses.push(address);
        entry.set_address_list(addresses);
    }
    let mut aliases = entry.aliases().to_vec();
    for name in names {
        let known = |other: &String| key(other) == key(name);
        if key(entry.host_name()) != key(name) && !aliases.iter().any(known) {
            aliases.push(name.clone());
        }
    }
    entry.set_aliases(aliases);
}

fn key(host: &str) -> Box<str> {
    host.strip_suffix('.')
        .unwrap_or(host)
        .to_ascii_lowercase()
        .into()
}

fn ready<T: Send + 'static>(
    answer: Result<T, SocketError>,
) -> BoxFuture<'static, Result<T, SocketError>> {
    Box::pin(std::future::ready(answer))
}

impl Resolver for OverrideResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.resolve_family(host, AddressFamily::Unspecified)
    }

    fn resolve_family(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        match self.find(host, family) {
            Ok(answer) => ready(answer.map(IpHostEntry::into_address_list)),
            Err(fallback) => fallback.resolve_family(host, family),
        }
    }

    fn fixed_addresses(&self, host: &str, port: u16) -> Option<Vec<IpAddress>> {
        match (self.fixed.get(&(key(host), port)), &self.fallback) {
            (Some(addresses), _) => Some(addresses.clone()),
            (None, Some(fallback)) => fallback.fixed_addresses(host, port),
            (None, None) => None,
        }
    }

    fn resolve_entry(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<IpHostEntry, SocketError>> {
        match self.find(host, family) {
            Ok(answer) => ready(answer),
            Err(fallback) => fallback.resolve_entry(host, family),
        }
    }

    fn resolve_address(
        &self,
        address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        match (self.names.get(&address), &self.fallback) {
            (None, Some(fallback)) => fallback.resolve_address(address),
            (Some(name), _) => ready(Ok(name.to_string())),
            (None, None) => ready(Err(nameless(address))),
        }
    }
}

impl fmt::Debug for OverrideResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverrideResolver")
            .field("table", &self.table)
            .field("fixed", &self.fixed)
            .field("has_fallback", &self.fallback.is_some())
            .finish()
    }
}
