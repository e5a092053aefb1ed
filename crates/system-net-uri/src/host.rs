//! Hosts: which kinds there are, and the form each is written in.

pub(crate) mod domain;
pub(crate) mod idn;
pub(crate) mod unc;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::UriHostNameType;

/// What a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostKind {
    /// The URI has no authority.
    None,
    /// Empty, or free-style text.
    Basic,
    /// A domain name, ASCII or international.
    Dns,
    /// A name of a file server that is no domain name.
    Unc,
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl HostKind {
    pub(crate) const fn name_type(self) -> UriHostNameType {
        match self {
            Self::None => UriHostNameType::Unknown,
            Self::Basic | Self::Unc => UriHostNameType::Basic,
            Self::Dns => UriHostNameType::Dns,
            Self::V4(_) => UriHostNameType::IPv4,
            Self::V6(_) => UriHostNameType::IPv6,
        }
    }
}

/// Where a URI leads: what is connected to, and therefore what every check has to look at.
///
/// Proxy bypass, permissions and connection guards get this very object; nobody parses a host
/// string a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostAddress<'a> {
    /// A name for DNS: ASCII, lower case, international labels in Punycode.
    Dns(&'a str),
    /// An IPv4 address, whatever its spelling was.
    V4(Ipv4Addr),
    /// An IPv6 address and the text of its zone, if one was given.
    V6(Ipv6Addr, Option<&'a str>),
    /// There is no host to connect to: a local file, a URI without authority, a relative URI,
    /// or a name that has no form for DNS.
    None,
}

/// Lends a part of `out`, which is a host, to what appends to `out`. A name that DNS could take
/// needs no string of its own for that.
pub(crate) fn copied<T>(
    out: &mut String,
    host: Range<usize>,
    append: impl FnOnce(&mut String, &str) -> T,
) -> T {
    let mut copy = [0; 256];
    if let Some(copy) = copy.get_mut(..host.len()) {
        copy.copy_from_slice(&out.as_bytes()[host.clone()]);
        if let Ok(name) = std::str::from_utf8(copy) {
            return append(out, name);
        }
    }
    let name = out[host].to_owned();
    append(out, &name)
}
