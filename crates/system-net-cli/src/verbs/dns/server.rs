//! The name server of `--server`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use system_net::{HickoryResolver, HostAddress, NameServer, Resolver, TlsSettings, Uri};

use crate::failure::{BAD_URL, FAILED, Failure, RESOLVE};

pub(super) fn resolver(server: &str) -> Result<Arc<dyn Resolver>, Failure> {
    let server = match server.contains("://") {
        true => https(server)?,
        false => plain(server)?,
    };
    let resolver = HickoryResolver::with_servers(&[server], &TlsSettings::default())
        .map_err(|error| Failure::new(FAILED, format_args!("--server: {error}")))?;
    Ok(Arc::new(resolver))
}

/// An address, with or without a port.
fn plain(server: &str) -> Result<NameServer, Failure> {
    let bare = server.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(NameServer::udp_and_tcp(SocketAddr::new(address, 53)));
    }
    server.parse().map(NameServer::udp_and_tcp).map_err(|_| {
        Failure::usage(format_args!("--server: {server:?} is no address"))
            .advise("192.0.2.1, 192.0.2.1:5353, [2001:db8::1]:5353 or https://192.0.2.1/dns-query")
    })
}

fn https(server: &str) -> Result<NameServer, Failure> {
    let uri = Uri::parse(server)
        .map_err(|error| Failure::new(BAD_URL, format_args!("--server: {error}")))?;
    if uri.scheme() != "https" {
        return Err(Failure::usage("--server: only https:// is spoken"));
    }
    let (name, address) = match uri.host_address() {
        HostAddress::Dns(name) => {
            let found = system_net::Dns::get_host_addresses(name);
            let found = found.map_err(|error| {
                Failure::new(RESOLVE, format_args!("--server: {error}"))
                    .advise("the system must know it; or give its address")
            })?;
            (
                name.to_owned(),
                found.first().map(|found| IpAddr::from(*found)),
            )
        }
        HostAddress::V4(v4) => (v4.to_string(), Some(v4.into())),
        HostAddress::V6(v6, _) => (v6.to_string(), Some(v6.into())),
        _ => (String::new(), None),
    };
    let address = address.ok_or_else(|| Failure::usage("--server: there is no host"))?;
    let port = uri.port().unwrap_or(443);
    let path = match uri.absolute_path() {
        "/" | "" => "/dns-query",
        path => path,
    };
    Ok(NameServer::https(
        SocketAddr::new(address, port),
        &name,
        path,
    ))
}
