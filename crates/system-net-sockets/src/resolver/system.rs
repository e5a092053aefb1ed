//! The system's resolver.

use std::ffi::CString;
use std::fmt;
use std::io;
use std::sync::{Arc, LazyLock};

use system_net_primitives::{AddressFamily, IpAddress};
use system_net_uri::address::{parse_ipv4, parse_ipv4_loose, parse_ipv6};

use super::name::{LONGEST_NAME, ascii_name, context, failed};
use super::pool::LookupPool;
use super::question::{Answer, Question};
use super::zone::zone_index;
use super::{BoxFuture, HostsFile, Resolver, nameless};
use crate::dns::IpHostEntry;
use crate::error::{SocketError, SocketErrorCode};
use crate::sys;

/// How many look-ups that somebody waits for may run at once; a name service that does not answer
/// holds one for the system's own time-out, some ten seconds.
const MOST_THREADS: usize = 8;

/// The system's resolver (`getaddrinfo`): hosts file, DNS, VPNs and whatever else the machine is
/// set up for, in the order of RFC 6724.
///
/// Look-ups run on at most 8 threads, which are started when needed and end when idle; one that
/// nobody waits for any more does not count. Equal names that are asked for at the same time are
/// one look-up. Answers are not cached. The machine's own name has the addresses of its network
/// interfaces too, even if no name service knows it. Without any IPv6 address of its own
/// (`disable_ipv6`) the machine asks for none of others.
///
/// # Differences from .NET
/// A name that is in truth an oddly spelled IPv4 address (`0x7f.1`), which the C library would
/// read as one, is refused: who checked the name saw no address.
pub struct SystemResolver {
    way: Way,
}

enum Way {
    Pool(LookupPool),
    /// On the calling thread: each method blocks, and the future that it returns is done.
    InPlace,
}

impl SystemResolver {
    /// A resolver with threads of its own; none is started yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            way: Way::Pool(LookupPool::new(Arc::new(answer), MOST_THREADS)),
        }
    }

    /// The one that those share who have none of their own.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: LazyLock<Arc<SystemResolver>> =
            LazyLock::new(|| Arc::new(SystemResolver::new()));
        Arc::clone(&SHARED)
    }

    /// One whose methods block, for blocking calls.
    pub(crate) fn in_place() -> Self {
        Self { way: Way::InPlace }
    }

    fn ask(&self, question: Question) -> BoxFuture<'static, Answer> {
        if let Some(answer) = at_once(&question) {
            return Box::pin(std::future::ready(answer));
        }
        match &self.way {
            Way::Pool(pool) => Box::pin(pool.look_up(question)),
            Way::InPlace => Box::pin(std::future::ready(answer(&question))),
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
        self.resolve_family(host, AddressFamily::Unspecified)
    }

    fn resolve_family(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let answer = self.ask(Question::host(host, family, false));
        Box::pin(async move { answer.await.map(IpHostEntry::into_address_list) })
    }

    fn resolve_entry(&self, host: &str, family: AddressFamily) -> BoxFuture<'static, Answer> {
        self.ask(Question::host(host, family, true))
    }

    fn resolve_address(
        &self,
        address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        let answer = self.ask(Question::Address(address));
        Box::pin(async move { answer.await.map(|entry| entry.host_name().to_owned()) })
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
    answer(&Question::host(host, AddressFamily::Unspecified, false))
        .map(IpHostEntry::into_address_list)
}

/// The answer that needs no look-up: an address never goes to a name service.
fn at_once(question: &Question) -> Option<Answer> {
    match question {
        Question::Host { name, family, .. } => literal_entry(name, *family),
        Question::Address(_) => None,
    }
}

/// What is known of a name that is an address; `None` if it is none.
pub(crate) fn literal_entry(name: &str, family: AddressFamily) -> Option<Answer> {
    let address = literal(name)?;
    let fits = [AddressFamily::Unspecified, address.address_family()].contains(&family);
    Some(match fits {
        true => Ok(IpHostEntry::of(address.to_string(), vec![address])),
        false => Err(failed(name, SocketErrorCode::NoData)),
    })
}

/// Asks the system, on the calling thread.
fn answer(question: &Question) -> Answer {
    if let Some(answer) = at_once(question) {
        return answer;
    }
    match question {
        Question::Host {
            name,
            family,
            with_names,
        } => host(name, *family, *with_names),
        Question::Address(address) => match sys::name_of(*address) {
            Ok(name) => Ok(IpHostEntry::of(name, Vec::new())),
            Err(error) => {
                let context = nameless(*address).context().map(str::to_owned);
                Err(error.with_context(context.unwrap_or_default()))
            }
        },
    }
}

/// Looks a name up that is no address.
fn host(host: &str, family: AddressFamily, with_names: bool) -> Answer {
    if host.is_empty() || parse_ipv4_loose(host).is_some() {
        return Err(failed(host, SocketErrorCode::HostNotFound));
    }
    let ascii = ascii_name(host)?;
    if ascii.len() > LONGEST_NAME {
        return Err(failed(host, SocketErrorCode::InvalidArgument));
    }
    let name = CString::new(&*ascii).map_err(|_| failed(host, SocketErrorCode::InvalidArgument))?;
    let family = match family {
        AddressFamily::Unspecified if !sys::has_ipv6() => AddressFamily::InterNetwork,
        family => family,
    };
    let mut found =
        sys::look_up(&name, family, with_names).map_err(|error| error.with_context(context(host)));
    if sys::host_name().is_ok_and(|own| own.eq_ignore_ascii_case(&ascii)) {
        found = with_interfaces(found, family);
    }
    let found = found?;
    if found.addresses.is_empty() {
        return Err(failed(host, SocketErrorCode::NoData));
    }
    let canonical = found.canonical_name.unwrap_or_else(|| ascii.into_owned());
    let mut entry = IpHostEntry::of(canonical, found.addresses);
    if with_names {
        add_aliases(&mut entry, &name);
    }
    Ok(entry)
}

/// Adds the addresses of this machine's interfaces, which are the answer if there was none.
fn with_interfaces(
    found: Result<sys::Found, SocketError>,
    family: AddressFamily,
) -> Result<sys::Found, SocketError> {
    let own = sys::interface_addresses().unwrap_or_default();
    let mut all = match found {
        Err(error) if own.is_empty() => return Err(error),
        Err(_) => sys::Found {
            addresses: Vec::new(),
            canonical_name: None,
        },
        Ok(found) => found,
    };
    for address in own {
        let fits = [AddressFamily::Unspecified, address.address_family()].contains(&family);
        if fits && !all.addresses.contains(&address) {
            all.addresses.push(address);
        }
    }
    Ok(all)
}

/// Fills in the aliases: names that led from the one asked for to the canonical one, and those
/// that stand beside it in the hosts file.
fn add_aliases(entry: &mut IpHostEntry, asked: &CString) {
    let canonical = entry.host_name().trim_end_matches('.').to_owned();
    let mut aliases: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let name = name.trim_end_matches('.');
        let known = |other: &str| other.eq_ignore_ascii_case(name);
        if !name.is_empty() && !known(&canonical) && !aliases.iter().any(|alias| known(alias)) {
            aliases.push(name.to_owned());
        }
    };
    let name = asked.to_str().unwrap_or_default();
    if !name.trim_end_matches('.').eq_ignore_ascii_case(&canonical) {
        // Only a name that is an alias is worth a second question, which alone tells the chain.
        let is_v4 = |address: &IpAddress| address.address_family() == AddressFamily::InterNetwork;
        let family = match entry.address_list().iter().any(is_v4) {
            true => AddressFamily::InterNetwork,
            false => AddressFamily::InterNetworkV6,
        };
        sys::aliases(asked, family)
            .iter()
            .for_each(|name| add(name));
        add(name);
    }
    if let Ok(hosts) = hosts_file() {
        let matching = hosts.entries().iter().filter(|line| {
            entry.address_list().contains(&line.address())
                && line
                    .names()
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(&canonical))
        });
        matching
            .flat_map(|line| line.names())
            .for_each(|name| add(name));
    }
    entry.set_aliases(aliases);
}

fn hosts_file() -> io::Result<HostsFile> {
    std::fs::read_to_string("/etc/hosts").map(|text| HostsFile::parse(&text))
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
