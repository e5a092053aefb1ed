//! `sysnet dns`: what the name service knows of a host.

#[cfg(feature = "hickory")]
#[path = "dns/server.rs"]
mod server;
#[cfg(not(feature = "hickory"))]
#[path = "dns/no_server.rs"]
mod server;

use std::fmt::{self, Display};
use std::sync::Arc;

use serde::Serialize;
use system_net::{
    AddressFamily, IpAddress, IpHostEntry, NetContext, Resolver, SocketError, SocketErrorCode,
    TimeLimitResolver,
};

use super::Outcome;
use super::answers::Call;
use crate::arguments::{Dns, DnsType};
use crate::failure::{FAILED, Failure, RESOLVE, TIMEOUT, USAGE};
use crate::setup::Setup;

/// What is printed of a host.
#[derive(Serialize)]
struct Known {
    host_name: String,
    aliases: Vec<String>,
    address_list: Vec<String>,
}

impl From<IpHostEntry> for Known {
    fn from(entry: IpHostEntry) -> Self {
        let addresses = entry.address_list().iter();
        Self {
            host_name: plain(entry.host_name()),
            aliases: entry.aliases().iter().map(|name| plain(name)).collect(),
            address_list: addresses.map(ToString::to_string).collect(),
        }
    }
}

impl Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "name     {}", self.host_name)?;
        for alias in &self.aliases {
            write!(f, "\nalias    {alias}")?;
        }
        for address in &self.address_list {
            write!(f, "\naddress  {address}")?;
        }
        Ok(())
    }
}

/// A name as a server told it, without what a terminal would obey.
fn plain(name: &str) -> String {
    name.chars()
        .flat_map(|c| match c.is_control() {
            true => c.escape_default().collect::<Vec<_>>(),
            false => vec![c],
        })
        .collect()
}

pub(super) fn run(options: &Dns, setup: &Setup) -> Outcome {
    let context = context(options, setup)?;
    let call = Call::tables("sysnet.dns/1", options.json);
    call.answer(Some(&options.name), |name| {
        let entry = look_up(&context, options, name.trim())?;
        Ok::<_, Failure>(Known::from(entry))
    })
}

fn look_up(context: &NetContext, options: &Dns, name: &str) -> Result<IpHostEntry, Failure> {
    if name.is_empty() {
        return Err(Failure::usage("a host name is needed")
            .advise("sysnet dns \"$(hostname)\" shows this machine"));
    }
    let family = match options.kind {
        None => AddressFamily::Unspecified,
        Some(DnsType::A) => AddressFamily::InterNetwork,
        Some(DnsType::Aaaa) => AddressFamily::InterNetworkV6,
    };
    let found = if options.reverse {
        let address: IpAddress = name.parse().map_err(|error| {
            Failure::usage(format_args!("{name:?}: {error}"))
                .advise("leave out --reverse to look a name up")
        })?;
        system_net::Dns::get_host_entry_by_address_in(context, address)
    } else {
        system_net::Dns::get_host_entry_of_family_in(context, name, family)
    };
    found.map_err(|error| failure(&error))
}

/// A context with the resolver that the options ask for.
fn context(options: &Dns, setup: &Setup) -> Result<NetContext, Failure> {
    let context = setup.context(false)?;
    let mut resolver: Option<Arc<dyn Resolver>> = match &options.server {
        None => None,
        Some(server) => Some(server::resolver(server)?),
    };
    if let Some(limit) = options.max_time {
        let inner = resolver.unwrap_or_else(|| system_net::Dns::resolver_in(&context));
        resolver = Some(Arc::new(TimeLimitResolver::new(inner, limit)));
    }
    system_net::Dns::set_resolver_in(&context, resolver);
    Ok(context)
}

fn failure(error: &SocketError) -> Failure {
    use SocketErrorCode as Code;
    let (code, advice) = match error.code() {
        _ if error.misuse().is_some() => (USAGE, None),
        Code::HostNotFound => (RESOLVE, Some("check the spelling of the name")),
        Code::NoData => (
            RESOLVE,
            Some("the name is known, but not for this: leave out --type"),
        ),
        Code::TryAgain => (
            RESOLVE,
            Some("the name server failed or did not answer: run it again, or look at resolv.conf"),
        ),
        Code::NoRecovery => (RESOLVE, Some("the name server refused: name another one")),
        Code::TimedOut => (TIMEOUT, Some("raise --max-time if the name server is slow")),
        _ => (FAILED, None),
    };
    let mut failure = Failure::new(code, error);
    failure.status = Some(error.code().name());
    failure.advice.extend(advice.map(str::to_owned));
    failure
}
