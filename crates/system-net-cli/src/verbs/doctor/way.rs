//! The way to the server: the proxy, the addresses, the connections.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use system_net::runtime::block_on;
use system_net::{
    Clock, ConnectError, ConnectOptions, Connector, DefaultWebProxy, HostAddress, IpAddress,
    IpEndPoint, SystemClock, Uri,
};

use super::Examination;
use super::finding::Finding;
use crate::failure::{CONNECT, Failure, RESOLVE, RESOLVE_PROXY, TIMEOUT};
use crate::password;

/// How long a connection may take, unless --connect-timeout says.
const PATIENCE: Duration = Duration::from_secs(10);

/// More addresses than these are not tried.
const MOST: usize = 8;

/// The proxy for the address; `None`: it is reached directly.
pub(super) fn proxy(of: &Examination<'_>) -> Result<(Option<Uri>, Finding), Failure> {
    let direct = |why: &str| Ok((None, Finding::ok(format!("none: {why}"))));
    let Some(proxy) = DefaultWebProxy::of(&of.context).get()? else {
        return direct("neither -x, nor the configuration, nor the environment names one");
    };
    if of.uri.is_loopback() {
        return direct("this machine is always reached directly");
    }
    if proxy.is_bypassed(&of.uri) {
        return direct(
            "none is named, or the server is an exception: --noproxy, no_proxy, the configuration",
        );
    }
    match proxy.get_proxy(&of.uri) {
        Some(address) if address != of.uri => {
            let from = match of.options.proxy {
                Some(_) => "-x",
                None => "the configuration or the environment",
            };
            let shown = password::hidden(&address.to_string());
            let finding = Finding::ok(format!("{shown}, of {from}"));
            Ok((Some(address), finding))
        }
        _ => direct("none is named for this address"),
    }
}

/// The addresses of the server, or of the proxy.
pub(super) fn resolve(
    of: &Examination<'_>,
    hop: &Uri,
) -> Result<(Vec<IpAddress>, Finding), Failure> {
    let connector = Connector::of(&of.context);
    let began = SystemClock.now();
    let looked_up = connector.resolve(hop.host_address(), port(hop));
    let addresses = block_on(looked_up).map_err(|error| unresolved(of, hop, &error))?;
    let list: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let list = list.join(", ");
    let finding = match hop.host_address() {
        HostAddress::Dns(name) => Finding::ok(format!("{name}: {list} ({})", since(began))),
        _ => Finding::ok(format!("{list}, no name to look up")),
    };
    Ok((addresses, finding))
}

fn unresolved(of: &Examination<'_>, hop: &Uri, error: &ConnectError) -> Failure {
    let host = hop.host();
    let failure = match *hop == of.uri {
        true => Failure::new(RESOLVE, error)
            .advise(format!("check the spelling: sysnet dns {host}"))
            .advise(
                "behind a company proxy, names outside may only resolve at the proxy: -x names it",
            ),
        false => Failure::new(RESOLVE_PROXY, error)
            .advise("check the proxy's name, in -x, in the configuration or in the environment")
            .advise("--noproxy '*' goes without a proxy"),
    };
    failure.advise("look at /etc/hosts and /etc/resolv.conf; a VPN may be needed")
}

/// Tries each address; the first that answers is as good as all.
pub(super) fn connect(
    of: &Examination<'_>,
    hop: &Uri,
    addresses: &[IpAddress],
) -> Result<((), Finding), Failure> {
    let connector = Connector::of(&of.context);
    let limit = of.options.connect_timeout.unwrap_or(PATIENCE);
    let (mut good, mut lines, mut timeouts) = (0, Vec::new(), 0);
    let tried = &addresses[..addresses.len().min(MOST)];
    for address in tried {
        let began = SystemClock.now();
        let mut options = ConnectOptions::default();
        options.deadline = began.checked_add(limit);
        let one = std::slice::from_ref(address);
        let connecting = connector.connect_to(hop.host_address(), port(hop), one, &options);
        let end_point = SocketAddr::from(IpEndPoint::new(*address, port(hop)));
        match block_on(connecting) {
            Ok(_) => {
                good += 1;
                lines.push(format!("{end_point} answers ({})", since(began)));
            }
            Err(error) => {
                timeouts += usize::from(error.is_timeout());
                // It names the address.
                lines.push(error.socket_error().to_string());
            }
        }
    }
    let is_proxy = *hop != of.uri;
    let whose = if is_proxy { "the proxy" } else { "the server" };
    if good == 0 {
        let code = if timeouts == tried.len() {
            TIMEOUT
        } else {
            CONNECT
        };
        let message = format!("no address of {whose} answers: {}", lines.join("; "));
        let failure = Failure::new(code, message);
        return Err(match timeouts {
            0 => failure.advise("check that the service runs and listens on this port"),
            _ => failure.advise(
                "nobody answers: a firewall may drop the packets, the machine may be off, or a \
                 VPN is needed",
            ),
        }
        .advise(match is_proxy {
            true => "check the proxy's port; --noproxy '*' goes without a proxy",
            false => "a proxy may be required: -x names it",
        }));
    }
    let finding = Finding::ok(format!("{whose}: {good} of {} addresses", tried.len()));
    let finding = lines.into_iter().fold(finding, Finding::detail);
    Ok(((), match good == tried.len() {
        true => finding,
        false => finding.doubtful().advise(
            "requests try the next address after 250 ms: take those that do not answer out of DNS",
        ),
    }))
}

fn port(uri: &Uri) -> u16 {
    uri.port().unwrap_or_default()
}

/// The time since then, as it is shown.
pub(super) fn since(began: Instant) -> String {
    let passed = SystemClock.now().saturating_duration_since(began);
    format!("{:.1} ms", passed.as_secs_f64() * 1e3)
}
