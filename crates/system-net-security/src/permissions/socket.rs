//! `SocketPermission`: which hosts and ports may be connected to, and where may be accepted.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;

use system_net_primitives::{IpAddress, Misuse, TransportType};

use super::element::{PermissionElement, PermissionXmlError};
use super::rights::{Right, Rights};
use super::{NetworkAccess, PermissionState};

pub(super) const CLASS: &str = "System.Net.SocketPermission";

/// The right to connect to hosts and ports, and to accept at own ones.
///
/// A host is a name, an address, or a pattern: `*` is any host, `*.contoso.com` any below that
/// domain, `192.168.*.*` any address that begins so. An entry with a name holds for addresses that
/// were found by looking that name up.
///
/// .NET: `System.Net.SocketPermission`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketPermission {
    rights: Rights<EndpointPermission>,
}

/// One entry of a [`SocketPermission`].
///
/// .NET: `System.Net.EndpointPermission`
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EndpointPermission {
    host: Box<str>,
    /// -1: all.
    port: i32,
    transport: TransportType,
}

impl EndpointPermission {
    /// A host or pattern, a port or [`SocketPermission::ALL_PORTS`], and the transports.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for a port that is none; [`Misuse::InvalidArgument`] for an empty
    /// host, or a `*` that is not a whole label.
    pub fn new(transport: TransportType, host: &str, port: i32) -> Result<Self, Misuse> {
        if !(-1..=65_535).contains(&port) {
            return Err(Misuse::out_of_range(
                "portNumber",
                "0 to 65535, or -1 for all ports",
            ));
        }
        // An address in one spelling.
        let host = match host.parse::<IpAddress>() {
            Ok(address) => plain(address).to_string(),
            Err(_) => host.trim_end_matches('.').to_ascii_lowercase(),
        };
        let stars = host
            .split('.')
            .any(|label| label.contains('*') && label != "*");
        if host.is_empty() || stars {
            let message = "a host name, an address, *, *.domain or an address with * for octets";
            return Err(Misuse::invalid_argument("hostName", message));
        }
        Ok(Self {
            host: host.into(),
            port,
            transport,
        })
    }

    /// .NET: `System.Net.EndpointPermission.Hostname`
    #[doc(alias = "EndpointPermission.Hostname")]
    #[must_use]
    pub fn hostname(&self) -> &str {
        &self.host
    }

    /// The port, -1 for all.
    ///
    /// .NET: `System.Net.EndpointPermission.Port`
    #[doc(alias = "EndpointPermission.Port")]
    #[must_use]
    pub fn port(&self) -> i32 {
        self.port
    }

    /// .NET: `System.Net.EndpointPermission.Transport`
    #[doc(alias = "EndpointPermission.Transport")]
    #[must_use]
    pub fn transport(&self) -> TransportType {
        self.transport
    }
}

impl fmt::Display for EndpointPermission {
    /// `host#port#transport`, as in .NET.
    ///
    /// .NET: `System.Net.EndpointPermission.ToString`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.host, self.port, self.transport.value())
    }
}

impl fmt::Debug for EndpointPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Without a scope, IPv4 as such.
pub(super) fn plain(address: IpAddress) -> IpAddress {
    let address = match address.is_ipv4_mapped_to_ipv6() {
        true => address.map_to_ipv4(),
        false => address,
    };
    IpAddress::from(address.to_ip_addr())
}

/// Whether a text has the four parts of an IPv4 address, of which some may be `*`.
fn octets(text: &str) -> Option<[&str; 4]> {
    let mut parts = text.split('.');
    let four = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let whole = parts.next().is_none();
    let octet = |part: &&str| *part == "*" || part.parse::<u8>().is_ok();
    (whole && four.iter().all(octet)).then_some(four)
}

/// Whether a host, or each host of a pattern, is one of a pattern.
fn host_matches(pattern: &str, host: &str) -> bool {
    if pattern == "*" || pattern == host {
        return true;
    }
    if let Some(pattern) = octets(pattern) {
        let Some(host) = octets(host) else {
            return false;
        };
        let mut pairs = pattern.iter().zip(host);
        return pairs.all(|(pattern, part)| *pattern == "*" || *pattern == part);
    }
    // Neither an address nor another pattern is a name below a domain.
    if octets(host).is_some() || host.contains(':') {
        return false;
    }
    let Some(domain) = pattern.strip_prefix('*') else {
        return false;
    };
    let host = host.strip_prefix('*').unwrap_or(host);
    !domain.contains('*') && host.len() >= domain.len() && host.ends_with(domain) && {
        // `*.contoso.com` is not `contoso.com` itself; `*.a.contoso.com` is part of it.
        host.len() > domain.len() || host == domain
    }
}

/// `10.*.1.*` and `10.2.*.*` have `10.2.1.*` in common.
fn common_octets(one: &str, other: &str) -> Option<Box<str>> {
    let (one, other) = (octets(one)?, octets(other)?);
    let mut all = Vec::with_capacity(4);
    for (one, other) in one.into_iter().zip(other) {
        all.push(match (one, other) {
            ("*", part) | (part, "*") => part,
            (one, other) => (one == other).then_some(one)?,
        });
    }
    Some(all.join(".").into())
}

/// An end point that is about to be used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) host: Option<&'a str>,
    pub(super) address: IpAddress,
    /// The IPv4 address within it; to deny by, not to allow by.
    pub(super) embedded: Option<Ipv4Addr>,
    pub(super) port: u16,
    pub(super) transport: TransportType,
}

impl EndpointPermission {
    /// Whether it allows all of the transports (or, to deny, touches any of them).
    fn covers(&self, target: &Target<'_>, any: bool) -> bool {
        let (own, wanted) = (self.transport.value(), target.transport.value());
        let transports = match any {
            true => own & wanted != 0,
            false => own & wanted == wanted,
        };
        let port = self.port == SocketPermission::ALL_PORTS || self.port == target.port.into();
        if !transports || !port {
            return false;
        }
        let address = plain(target.address).to_string();
        let named = |host: &str| {
            let host = host.trim_end_matches('.').to_ascii_lowercase();
            host_matches(&self.host, &host)
        };
        host_matches(&self.host, &address)
            || target.host.is_some_and(named)
            || any
                && target
                    .embedded
                    .is_some_and(|v4| host_matches(&self.host, &v4.to_string()))
    }
}

impl Right for EndpointPermission {
    fn common(&self, other: &Self) -> Option<Self> {
        let port = match (self.port, other.port) {
            (SocketPermission::ALL_PORTS, port) | (port, SocketPermission::ALL_PORTS) => port,
            (one, two) => (one == two).then_some(one)?,
        };
        let transport = match (self.transport, other.transport) {
            (TransportType::All, other) | (other, TransportType::All) => other,
            (one, two) => (one == two).then_some(one)?,
        };
        let host = if host_matches(&other.host, &self.host) {
            self.host.clone()
        } else if host_matches(&self.host, &other.host) {
            other.host.clone()
        } else {
            common_octets(&self.host, &other.host)?
        };
        Some(Self {
            host,
            port,
            transport,
        })
    }

    fn is_part_of(&self, other: &Self) -> bool {
        (other.port == SocketPermission::ALL_PORTS || self.port == other.port)
            && other.transport.includes(self.transport)
            && host_matches(&other.host, &self.host)
    }
}

impl SocketPermission {
    /// Stands for every port.
    ///
    /// .NET: `System.Net.SocketPermission.AllPorts`
    #[doc(alias = "SocketPermission.AllPorts")]
    pub const ALL_PORTS: i32 = -1;

    /// All or nothing.
    ///
    /// .NET: `System.Net.SocketPermission.#ctor(PermissionState)`
    #[must_use]
    pub fn new(state: PermissionState) -> Self {
        Self {
            rights: Rights::new(state),
        }
    }

    /// One right.
    ///
    /// .NET: `System.Net.SocketPermission.#ctor(NetworkAccess, TransportType, String, Int32)`
    ///
    /// # Errors
    /// As [`EndpointPermission::new`].
    pub fn of(
        access: NetworkAccess,
        transport: TransportType,
        host_name: &str,
        port_number: i32,
    ) -> Result<Self, Misuse> {
        let mut this = Self::default();
        this.add(access, transport, host_name, port_number)?;
        Ok(this)
    }

    /// Adds a right. What is unrestricted stays so.
    ///
    /// .NET: `System.Net.SocketPermission.AddPermission`
    ///
    /// # Errors
    /// As [`EndpointPermission::new`].
    #[doc(alias = "SocketPermission.AddPermission")]
    pub fn add(
        &mut self,
        access: NetworkAccess,
        transport: TransportType,
        host_name: &str,
        port_number: i32,
    ) -> Result<(), Misuse> {
        let entry = EndpointPermission::new(transport, host_name, port_number)?;
        self.rights.add(access, entry);
        Ok(())
    }

    /// Where may be connected to.
    ///
    /// .NET: `System.Net.SocketPermission.ConnectList`
    #[doc(alias = "SocketPermission.ConnectList")]
    #[must_use]
    pub fn connect_list(&self) -> &[EndpointPermission] {
        self.rights.list(NetworkAccess::Connect)
    }

    /// Where may be accepted.
    ///
    /// .NET: `System.Net.SocketPermission.AcceptList`
    #[doc(alias = "SocketPermission.AcceptList")]
    #[must_use]
    pub fn accept_list(&self) -> &[EndpointPermission] {
        self.rights.list(NetworkAccess::Accept)
    }

    /// .NET: `System.Net.SocketPermission.IsUnrestricted`
    #[doc(alias = "SocketPermission.IsUnrestricted")]
    #[must_use]
    pub fn is_unrestricted(&self) -> bool {
        self.rights.is_unrestricted()
    }

    /// Whether it allows nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rights.is_empty()
    }

    /// The ports for TCP of all entries of a list; `None` is all.
    #[must_use]
    pub fn tcp_ports(&self, access: NetworkAccess) -> Option<BTreeSet<u16>> {
        if self.is_unrestricted() {
            return None;
        }
        let entries = self.rights.list(access).iter();
        let over_tcp = entries.filter(|entry| entry.transport.includes(TransportType::Tcp));
        // -1, which stands for all, is no port.
        over_tcp
            .map(|entry| u16::try_from(entry.port).ok())
            .collect()
    }

    pub(super) fn allows(&self, access: NetworkAccess, target: &Target<'_>) -> bool {
        self.is_unrestricted()
            || self
                .rights
                .list(access)
                .iter()
                .any(|e| e.covers(target, false))
    }

    /// Whether any right in it is one to this.
    pub(super) fn touches(&self, access: NetworkAccess, target: &Target<'_>) -> bool {
        self.is_unrestricted()
            || self
                .rights
                .list(access)
                .iter()
                .any(|e| e.covers(target, true))
    }

    /// All rights of both.
    ///
    /// .NET: `System.Net.SocketPermission.Union`
    #[doc(alias = "SocketPermission.Union")]
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            rights: self.rights.union(&other.rights),
        }
    }

    /// The rights that are in both.
    ///
    /// .NET: `System.Net.SocketPermission.Intersect`
    #[doc(alias = "SocketPermission.Intersect")]
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self {
            rights: self.rights.intersect(&other.rights),
        }
    }

    /// Whether `other` holds all rights of this.
    ///
    /// .NET: `System.Net.SocketPermission.IsSubsetOf`
    #[doc(alias = "SocketPermission.IsSubsetOf")]
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.rights.is_subset_of(&other.rights)
    }

    /// As XML.
    ///
    /// .NET: `System.Net.SocketPermission.ToXml`
    #[doc(alias = "SocketPermission.ToXml")]
    #[must_use]
    pub fn to_xml(&self) -> PermissionElement {
        self.rights.to_xml(CLASS, |entry| {
            let port = match entry.port {
                Self::ALL_PORTS => "All".to_owned(),
                port => port.to_string(),
            };
            PermissionElement::new("ENDPOINT")
                .with("host", &entry.host)
                .with("transport", entry.transport.name())
                .with("port", &port)
        })
    }

    /// From XML.
    ///
    /// .NET: `System.Net.SocketPermission.FromXml`
    ///
    /// # Errors
    /// It is of another class, or an entry is none.
    #[doc(alias = "SocketPermission.FromXml")]
    pub fn from_xml(element: &PermissionElement) -> Result<Self, PermissionXmlError> {
        let rights = Rights::from_xml(element, CLASS, read_entry)?;
        Ok(Self { rights })
    }
}

fn read_entry(entry: &PermissionElement) -> Result<EndpointPermission, PermissionXmlError> {
    let attribute = |name: &str| {
        let missing = || PermissionXmlError::new(format!("an entry has no attribute `{name}`"));
        entry.attribute(name).ok_or_else(missing)
    };
    let wrong = |name: &str, text: &str| {
        PermissionXmlError::new(format!("the attribute `{name}` is {text:?}"))
    };
    let transport = attribute("transport")?;
    let known = [TransportType::Udp, TransportType::Tcp, TransportType::All];
    let transport = match transport.to_ascii_lowercase().as_str() {
        "connectionless" => TransportType::Udp,
        "connectionoriented" => TransportType::Tcp,
        name => known
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| wrong("transport", transport))?,
    };
    let port = match attribute("port")? {
        text if text.eq_ignore_ascii_case("all") => SocketPermission::ALL_PORTS,
        text => text.parse().map_err(|_| wrong("port", text))?,
    };
    EndpointPermission::new(transport, attribute("host")?, port)
        .map_err(|misuse| PermissionXmlError::new(misuse.to_string()))
}
