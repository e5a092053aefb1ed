//! The guard against server-side request forgery: which addresses may be connected to at all.

use std::fmt;

use system_net_primitives::{Access, AccessPolicy, AccessVerdict, IpAddress, IpNetwork};

use super::network_kind::{NetworkKind, embedded_ipv4};

/// Which addresses may be connected to: of whatever name, at every attempt, at each redirect.
///
/// It judges the address that the system is given after every look-up, so that neither a name that
/// has another address the second time nor another spelling of an address gets by it. It is
/// [firm](AccessPolicy::is_firm): no assertion lifts it.
///
/// A proxy looks names up itself, so what it connects to cannot be judged here: names are not asked
/// of proxies unless [`allow_names_through_proxies`](Self::allow_names_through_proxies) says that
/// the proxy judges. Sockets of this machine (Unix) are not connected to unless
/// [`allow_local_sockets`](Self::allow_local_sockets) says so. What is served and accepted it does
/// not judge.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use system_net_config::NetContext;
/// use system_net_security::permissions::AddressFilter;
///
/// let filter = AddressFilter::public_only();
/// assert!(filter.allows("93.184.215.14".parse()?));
/// assert!(!filter.allows("169.254.169.254".parse()?));
/// // Requests of this context go nowhere else.
/// let context = NetContext::builder().policy(Arc::new(filter)).build();
/// # assert!(!context.access().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AddressFilter {
    kinds: Vec<NetworkKind>,
    allowed: Vec<IpNetwork>,
    denied: Vec<IpNetwork>,
    ports: Option<Vec<u16>>,
    names_through_proxies: bool,
    local_sockets: bool,
}

impl AddressFilter {
    /// Addresses of the Internet alone.
    #[must_use]
    pub fn public_only() -> Self {
        Self::of_kinds([NetworkKind::Internet])
    }

    /// Addresses of these networks alone.
    #[must_use]
    pub fn of_kinds(kinds: impl IntoIterator<Item = NetworkKind>) -> Self {
        Self {
            kinds: kinds.into_iter().collect(),
            allowed: Vec::new(),
            denied: Vec::new(),
            ports: None,
            names_through_proxies: false,
            local_sockets: false,
        }
    }

    /// Addresses of this network too, unless it is denied: as a proxy in the own one.
    #[must_use]
    pub fn allow(mut self, network: IpNetwork) -> Self {
        self.allowed.push(network);
        self
    }

    /// No address of this network, whatever else allows it.
    #[must_use]
    pub fn deny(mut self, network: IpNetwork) -> Self {
        self.denied.push(network);
        self
    }

    /// These ports alone; without this, all.
    #[must_use]
    pub fn only_ports(mut self, ports: impl IntoIterator<Item = u16>) -> Self {
        self.ports = Some(ports.into_iter().collect());
        self
    }

    /// The ports that may be connected to; `None` is all.
    #[must_use]
    pub fn ports(&self) -> Option<&[u16]> {
        self.ports.as_deref()
    }

    /// Proxies may be asked for names: they judge the addresses themselves.
    #[must_use]
    pub fn allow_names_through_proxies(mut self) -> Self {
        self.names_through_proxies = true;
        self
    }

    /// Unix sockets may be connected to.
    #[must_use]
    pub fn allow_local_sockets(mut self) -> Self {
        self.local_sockets = true;
        self
    }

    /// Whether an address may be connected to.
    #[must_use]
    pub fn allows(&self, address: IpAddress) -> bool {
        self.refusal(address).is_none()
    }

    fn judge_at(&self, address: IpAddress, port: u16) -> Option<String> {
        self.refusal(address).or_else(|| {
            let allowed = self
                .ports
                .as_ref()
                .is_none_or(|ports| ports.contains(&port));
            (!allowed).then(|| format!("the address filter does not allow the port {port}"))
        })
    }

    fn refusal(&self, address: IpAddress) -> Option<String> {
        let embedded = embedded_ipv4(address).map(IpAddress::v4);
        // Without a scope: a network has none.
        let plain = IpAddress::from(address.to_ip_addr());
        let forms = || std::iter::once(plain).chain(embedded);
        let among = |networks: &[IpNetwork], form| networks.iter().any(|net| net.contains(form));
        if forms().any(|form| among(&self.denied, form)) {
            return Some(format!(
                "the address filter denies the network of {address}"
            ));
        }
        // What is allowed is what packets end at: 2002:...:1 is not allowed by 2000::/3.
        let end = embedded.unwrap_or(plain);
        let kind = NetworkKind::of(address);
        if self.kinds.contains(&kind) || among(&self.allowed, end) || among(&self.allowed, plain) {
            return None;
        }
        let what = match kind {
            NetworkKind::Loopback => "this machine's own",
            NetworkKind::Private => "of a private network",
            NetworkKind::Internet => "of the Internet",
            NetworkKind::Special => "not one of a single host",
        };
        Some(format!(
            "{address} is {what}, which the address filter does not allow"
        ))
    }
}

impl AccessPolicy for AddressFilter {
    fn judge(&self, access: &Access<'_>) -> AccessVerdict {
        let refusal = match *access {
            Access::Connect { address, port, .. } => self.judge_at(address, port),
            Access::Ping { address } => self.refusal(address),
            Access::ThroughProxy { host, port } => match host.parse() {
                Ok(address) => self.judge_at(address, port),
                Err(_) if self.names_through_proxies => None,
                Err(_) => Some(
                    "the proxy would look the name up, and the address filter could not judge its \
                     address: AddressFilter::allow_names_through_proxies leaves that to the proxy"
                        .to_owned(),
                ),
            },
            Access::ConnectLocal { .. } if !self.local_sockets => Some(
                "the address filter allows no Unix sockets: AddressFilter::allow_local_sockets"
                    .to_owned(),
            ),
            _ => None,
        };
        refusal.map_or(AccessVerdict::Pass, AccessVerdict::Deny)
    }

    fn is_firm(&self) -> bool {
        true
    }
}

impl fmt::Debug for AddressFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddressFilter")
            .field("kinds", &self.kinds)
            .field("ports", &self.ports)
            .finish_non_exhaustive()
    }
}
