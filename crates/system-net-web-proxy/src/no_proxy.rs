//! `NoProxy`: the list in the environment variable `no_proxy`, by the rules of curl.

use std::net::IpAddr;

use system_net_uri::{HostAddress, Uri, address};

/// Hosts that are reached without a proxy, as the environment variable `no_proxy` lists them.
///
/// Entries are parted by commas and blanks. A name stands for itself and for all names that end in
/// it behind a dot, with a leading dot or without; letter case and a closing dot do not matter. An
/// address stands for itself, with a prefix length (`10.0.0.0/8`) for its network. `*` as the whole
/// list stands for every host; it has no meaning in an entry. An entry with a port
/// (`example.com:8080`) holds for that port alone.
///
/// # Examples
/// ```
/// use system_net_web_proxy::NoProxy;
///
/// let list = NoProxy::parse("localhost, .example.com, 10.0.0.0/8");
/// assert!(list.covers("www.example.com", None));
/// assert!(list.covers("10.1.2.3", None));
/// assert!(!list.covers("nexample.com", None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy {
    all: bool,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    /// Lower case, without dots at its ends.
    Name(String),
    Network(IpAddr, u8),
}

impl NoProxy {
    /// Reads a list. What can match nothing is left out.
    #[must_use]
    pub fn parse(list: &str) -> Self {
        if list.trim() == "*" {
            return Self {
                all: true,
                entries: Vec::new(),
            };
        }
        let entries = list
            .split([',', ' ', '\t'])
            .filter(|entry| !entry.is_empty())
            .filter_map(Entry::parse);
        Self {
            all: false,
            entries: entries.collect(),
        }
    }

    /// Whether a host is reached directly; an IPv6 address stands with brackets or without. Of
    /// entries with a port the port is compared.
    #[must_use]
    pub fn covers(&self, host: &str, port: Option<u16>) -> bool {
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        match parse_address(bare.unwrap_or(host)) {
            Some(address) => self.covers_address(address, port),
            None => self.covers_name(host, port),
        }
    }

    /// Whether what an address leads to is reached directly.
    pub(crate) fn covers_uri(&self, uri: &Uri) -> bool {
        let port = uri.port();
        match uri.host_address() {
            HostAddress::V4(v4) => self.covers_address(IpAddr::V4(v4), port),
            HostAddress::V6(v6, _) => self.covers_address(IpAddr::V6(v6), port),
            HostAddress::Dns(name) => self.covers_name(name, port),
            HostAddress::None => self.covers_name(uri.host(), port),
        }
    }

    fn covers_address(&self, address: IpAddr, port: Option<u16>) -> bool {
        self.covers_where(port, |host| match host {
            Host::Network(network, length) => in_network(address, *network, *length),
            Host::Name(_) => false,
        })
    }

    fn covers_name(&self, name: &str, port: Option<u16>) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        self.covers_where(port, |host| match host {
            Host::Name(end) => name
                .strip_suffix(end.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with('.')),
            Host::Network(..) => false,
        })
    }

    fn covers_where(&self, port: Option<u16>, fits: impl Fn(&Host) -> bool) -> bool {
        self.all
            || self.entries.iter().any(|entry| {
                fits(&entry.host) && entry.port.is_none_or(|wanted| port == Some(wanted))
            })
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        if let Some((address, length)) = address::parse_prefix(text) {
            let host = Host::Network(address, length);
            return Some(Self { host, port: None });
        }
        if let Some(address) = parse_address(text) {
            return Some(Self::of_address(address, None));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (text, None),
        };
        if let Some(address) = parse_address(host) {
            return Some(Self::of_address(address, port));
        }
        let name = host.strip_suffix('.').unwrap_or(host);
        let name = name.strip_prefix('.').unwrap_or(name);
        if name.is_empty() || name.contains(['/', '*', '[']) {
            return None;
        }
        let host = Host::Name(name.to_ascii_lowercase());
        Some(Self { host, port })
    }

    fn of_address(address: IpAddr, port: Option<u16>) -> Self {
        let length = if address.is_ipv4() { 32 } else { 128 };
        Self {
            host: Host::Network(address, length),
            port,
        }
    }
}

fn parse_address(text: &str) -> Option<IpAddr> {
    match address::parse_ipv4(text) {
        Some(v4) => Some(IpAddr::V4(v4)),
        None => address::parse_ipv6(text).map(|(v6, _)| IpAddr::V6(v6)),
    }
}

fn in_network(address: IpAddr, network: IpAddr, length: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => {
            let kept = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            (a.to_bits() ^ n.to_bits()) & kept == 0
        }
        (IpAddr::V6(a), IpAddr::V6(n)) => {
            let kept = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            (a.to_bits() ^ n.to_bits()) & kept == 0
        }
        _ => false,
    }
}
