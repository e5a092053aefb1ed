//! A DNS client beside the system's: hickory.
//!
//! To read: RFC 1035, RFC 8484 (DNS over HTTPS).

mod server;
mod stamp;
mod tls;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use hickory_resolver::config::{LookupIpStrategy, ResolveHosts, ResolverConfig};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use system_net_config::TlsSettings;
use system_net_primitives::{AddressFamily, IpAddress, Misuse};
use system_net_runtime::on_background;
use system_net_uri::address::parse_ipv4_loose;

use super::name::{LONGEST_NAME, ascii_name, context, failed};
use super::{BoxFuture, Resolver, nameless};
use crate::dns::IpHostEntry;
use crate::error::{SocketError, SocketErrorCode};
use crate::sys;
use stamp::Stamp;

pub use server::NameServer;

/// A DNS client of its own, which asks name servers itself: those of `/etc/resolv.conf`, or those
/// it is given, over HTTPS if so wished. With the feature `hickory`.
///
/// Answers are kept as long as the servers say. What other sources the machine is set up for
/// (`nsswitch.conf`, VPNs, mDNS) it does not know; [`SystemResolver`](crate::SystemResolver) does.
/// It works on the background runtime; a look-up that is dropped is given up at once.
pub struct HickoryResolver {
    source: Source,
}

enum Source {
    /// The files of the system, read again when they have changed.
    System(Mutex<(Stamp, TokioResolver)>),
    Servers(TokioResolver),
}

impl HickoryResolver {
    /// Asks the servers of `/etc/resolv.conf`, after `/etc/hosts`. A file that changes is read
    /// again before the next look-up.
    ///
    /// # Errors
    /// If `/etc/resolv.conf` cannot be read.
    pub fn system() -> Result<Self, SocketError> {
        let stamp = Stamp::now();
        let resolver = read_system()?;
        Ok(Self {
            source: Source::System(Mutex::new((stamp, resolver))),
        })
    }

    /// Asks these servers, and no file. `tls` says whom servers over HTTPS must be signed by.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] without a server; [`Misuse::NotSupported`] if `tls` accepts any
    /// certificate; [`NoRecovery`](crate::SocketErrorCode::NoRecovery) if the certificates it
    /// trusts cannot be used.
    pub fn with_servers(servers: &[NameServer], tls: &TlsSettings) -> Result<Self, SocketError> {
        if servers.is_empty() {
            return Err(Misuse::invalid_argument("servers", "at least one is needed").into());
        }
        let configs = servers.iter().map(NameServer::config).collect();
        let config = ResolverConfig::from_name_servers(configs);
        let mut builder =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        if servers.iter().any(NameServer::is_https) {
            builder = builder.with_tls_config(tls::client(tls)?);
        }
        Ok(Self {
            source: Source::Servers(build(builder)?),
        })
    }

    fn current(&self) -> Result<TokioResolver, SocketError> {
        let known = match &self.source {
            Source::Servers(resolver) => return Ok(resolver.clone()),
            Source::System(known) => known,
        };
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = Stamp::now();
        if stamp != known.0 {
            *known = (stamp, read_system()?);
        }
        Ok(known.1.clone())
    }

    /// Looks up what is no address.
    fn ask(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<IpHostEntry, SocketError>> {
        let (resolver, name) = match (self.current(), checked(host)) {
            (Ok(resolver), Ok(name)) => (resolver, name),
            (Err(error), _) | (_, Err(error)) => return Box::pin(std::future::ready(Err(error))),
        };
        let family = match family {
            AddressFamily::Unspecified if !sys::has_ipv6() => AddressFamily::InterNetwork,
            family => family,
        };
        let host = host.to_owned();
        let lookup = async move {
            let answer = match family {
                AddressFamily::InterNetwork => resolver.lookup(&*name, RecordType::A).await,
                AddressFamily::InterNetworkV6 => resolver.lookup(&*name, RecordType::AAAA).await,
                _ => resolver.lookup_ip(&*name).await.map(Lookup::from),
            };
            let entry = answer.map(|answer| entry(&name, &answer));
            match entry.map_err(|error| failure(&error).with_context(told(&host, &error)))? {
                entry if entry.address_list().is_empty() => {
                    Err(failed(&host, SocketErrorCode::NoData))
                }
                entry => Ok(entry),
            }
        };
        Box::pin(async move { on_background(lookup).await? })
    }
}

impl Resolver for HickoryResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.resolve_family(host, AddressFamily::Unspecified)
    }

    fn resolve_family(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        let answer = self.resolve_entry(host, family);
        Box::pin(async move { answer.await.map(IpHostEntry::into_address_list) })
    }

    fn resolve_entry(
        &self,
        host: &str,
        family: AddressFamily,
    ) -> BoxFuture<'static, Result<IpHostEntry, SocketError>> {
        match super::system::literal_entry(host, family) {
            Some(answer) => Box::pin(std::future::ready(answer)),
            None => self.ask(host, family),
        }
    }

    fn resolve_address(
        &self,
        address: IpAddress,
    ) -> BoxFuture<'static, Result<String, SocketError>> {
        let resolver = match self.current() {
            Ok(resolver) => resolver,
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        let lookup = async move {
            let name = Name::from(IpAddr::from(address));
            let answer = resolver.lookup(name, RecordType::PTR).await;
            let answer = answer.map_err(|error| {
                failure(&error).with_context(told(&address.to_string(), &error))
            })?;
            let pointer = answer
                .answers()
                .iter()
                .find_map(|record| match &record.data {
                    RData::PTR(pointer) => Some(text(&pointer.0)),
                    _ => None,
                });
            pointer.ok_or_else(|| nameless(address))
        };
        Box::pin(async move { on_background(lookup).await? })
    }
}

impl fmt::Debug for HickoryResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HickoryResolver")
            .field("system", &matches!(self.source, Source::System(_)))
            .finish_non_exhaustive()
    }
}

fn read_system() -> Result<TokioResolver, SocketError> {
    let builder = TokioResolver::builder_tokio()
        .map_err(|error| failure(&error).with_context(format!("/etc/resolv.conf: {error}")))?;
    build(builder)
}

fn build(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Result<TokioResolver, SocketError> {
    let options = builder.options_mut();
    options.ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
    // The aliases stand in them.
    options.preserve_intermediates = true;
    let built = builder.build();
    built.map_err(|error| failure(&error).with_context(format!("DNS client: {error}")))
}

/// The name as it goes out. What the system's resolver refuses is refused here too.
fn checked(host: &str) -> Result<Arc<str>, SocketError> {
    if host.is_empty() || parse_ipv4_loose(host).is_some() {
        return Err(failed(host, SocketErrorCode::HostNotFound));
    }
    let name = ascii_name(host)?;
    if name.len() > LONGEST_NAME {
        return Err(failed(host, SocketErrorCode::InvalidArgument));
    }
    Ok(name.into())
}

/// What an answer says: the chain of aliases from the name asked for, and all addresses.
fn entry(asked: &str, answer: &Lookup) -> IpHostEntry {
    let mut addresses: Vec<IpAddress> = Vec::new();
    for record in answer.answers() {
        let address = match &record.data {
            RData::A(v4) => IpAddress::v4(v4.0),
            RData::AAAA(v6) => IpAddress::v6(v6.0, 0),
            _ => continue,
        };
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    let mut name = asked.trim_end_matches('.').to_owned();
    let mut aliases = Vec::new();
    // Each record is followed once, so that a circle has an end.
    for _ in answer.answers() {
        let next = answer
            .answers()
            .iter()
            .find_map(|record| match &record.data {
                RData::CNAME(target) if text(&record.name).eq_ignore_ascii_case(&name) => {
                    Some(text(&target.0))
                }
                _ => None,
            });
        let Some(next) = next else { break };
        aliases.push(std::mem::replace(&mut name, next));
    }
    let mut entry = IpHostEntry::of(name, addresses);
    entry.set_aliases(aliases);
    entry
}

fn text(name: &Name) -> String {
    let mut text = name.to_ascii();
    if text.ends_with('.') {
        text.pop();
    }
    text
}

/// The error by .NET's list, as the system's resolver maps the same events.
fn failure(error: &NetError) -> SocketError {
    let code = match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => SocketErrorCode::HostNotFound,
            _ => SocketErrorCode::NoData,
        },
        NetError::Dns(DnsError::ResponseCode(code)) => match code {
            ResponseCode::NXDomain => SocketErrorCode::HostNotFound,
            ResponseCode::ServFail => SocketErrorCode::TryAgain,
            _ => SocketErrorCode::NoRecovery,
        },
        NetError::Timeout | NetError::NoConnections | NetError::Busy | NetError::Io(_) => {
            SocketErrorCode::TryAgain
        }
        // A name that DNS cannot spell.
        NetError::Proto(_) => SocketErrorCode::HostNotFound,
        _ => SocketErrorCode::NoRecovery,
    };
    SocketError::new(code)
}

/// What was tried; with what the client says where that is more than the code.
fn told(host: &str, error: &NetError) -> String {
    match error {
        NetError::Dns(_) => context(host),
        other => format!("{} ({other})", context(host)),
    }
}
