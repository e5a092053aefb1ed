//! URL prefixes: what a listener may be told to serve, as HTTP.sys writes it.
//!
//! There are two checks, as in .NET. [`check`] is that of `HttpListenerPrefixCollection.Add`: the
//! outer form. [`Prefix::parse`] is that of `Start`: whether the prefix can be listened for.

use std::net::IpAddr;

use system_net_primitives::Misuse;
use system_net_uri::{HostAddress, Uri};

use crate::error::{HttpListenerError, HttpListenerErrorKind};
use crate::path::canonical_path;

const SYNTAX: &str = "a prefix reads http://host:port/path/ or https://host:port/path/, with \
                      + or * for any host, and ends in a slash";

/// A prefix taken apart but not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts<'a> {
    secure: bool,
    host: &'a str,
    port: u16,
    /// From the first slash on.
    path: &'a str,
}

/// The outer form, which `Add` checks.
pub(crate) fn check(text: &str) -> Result<(), Misuse> {
    split(text)
        .map(drop)
        .map_err(|reason| Misuse::invalid_argument("uriPrefix", format!("{reason}; {SYNTAX}")))
}

fn split(text: &str) -> Result<Parts<'_>, &'static str> {
    let (secure, rest) = if let Some(rest) = strip_scheme(text, "http://") {
        (false, rest)
    } else if let Some(rest) = strip_scheme(text, "https://") {
        (true, rest)
    } else {
        return Err("the scheme is neither http nor https");
    };
    if !text.ends_with('/') {
        return Err("the prefix does not end in a slash");
    }
    let host_length = if rest.starts_with('[') {
        1 + rest.find(']').ok_or("a bracket is not closed")?
    } else {
        rest.find([':', '/']).unwrap_or(rest.len())
    };
    let (host, rest) = rest.split_at(host_length);
    if host.is_empty() {
        return Err("the host is missing");
    }
    // The last character of the prefix is a slash, and it is not within the host.
    let (port, path) = rest.split_at(rest.find('/').ok_or("the path is missing")?);
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => {
            if secure {
                443
            } else {
                80
            }
        }
        None => return Err("there is text behind the host"),
        Some(digits) => parse_port(digits).ok_or("the port is no number from 0 to 65535")?,
    };
    Ok(Parts {
        secure,
        host,
        port,
        path,
    })
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let start = text.get(..scheme.len())?;
    start
        .eq_ignore_ascii_case(scheme)
        .then(|| &text[scheme.len()..])
}

/// Digits only: no sign, no white space.
pub(crate) fn parse_port(digits: &str) -> Option<u16> {
    let plain = (1..=5).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Which requests a prefix is for, by their host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PrefixHost {
    /// `+`: all hosts, before every other prefix.
    Strong,
    /// A name: ASCII, lower case, without the dot of the root.
    Name(Box<str>),
    /// An address: requests that arrive at it, whatever they name.
    Address(IpAddr),
    /// `*`: the hosts no other prefix is for.
    Weak,
}

/// A prefix that can be listened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) text: Box<str>,
    pub(crate) secure: bool,
    pub(crate) host: PrefixHost,
    /// 0 takes a free one.
    pub(crate) port: u16,
    /// As [`canonical_path`] writes it; ends in a slash.
    pub(crate) path: Box<[u8]>,
}

impl Prefix {
    pub(crate) fn parse(text: &str) -> Result<Self, HttpListenerError> {
        let refuse = |reason: &str| {
            let kind = HttpListenerErrorKind::InvalidPrefix;
            HttpListenerError::new(
                kind,
                format!("cannot listen for {text}: {reason}; {SYNTAX}"),
            )
        };
        let parts = split(text).map_err(refuse)?;
        if parts.path.contains(['?', '#']) {
            return Err(refuse("a prefix has no query and no fragment"));
        }
        let path = canonical_path(parts.path).ok_or_else(|| refuse("the path is malformed"))?;
        if !path.ends_with(b"/") {
            return Err(refuse("the path does not end in a slash"));
        }
        Ok(Self {
            text: text.into(),
            secure: parts.secure,
            host: parse_host(parts.host).map_err(refuse)?,
            port: parts.port,
            path: path.to_ascii_lowercase().into(),
        })
    }

    pub(crate) const fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// Whether two prefixes stand for the same requests.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.secure == other.secure
            && self.host == other.host
            && self.port == other.port
            && self.path == other.path
    }
}

fn parse_host(host: &str) -> Result<PrefixHost, &'static str> {
    match host {
        "+" => return Ok(PrefixHost::Strong),
        "*" => return Ok(PrefixHost::Weak),
        _ => {}
    }
    if host.contains(['*', '+']) {
        return Err("+ and * stand for a whole host");
    }
    if host.contains('@') {
        return Err("a prefix has no user name");
    }
    let uri = Uri::parse(&format!("http://{host}/")).map_err(|_| "the host is malformed")?;
    match uri.host_address() {
        HostAddress::Dns(name) => Ok(PrefixHost::Name(name.trim_end_matches('.').into())),
        HostAddress::V4(address) => of_address(address.into()),
        HostAddress::V6(address, None) => of_address(address.to_canonical()),
        HostAddress::V6(_, Some(_)) => Err("an address with a zone cannot be told from others"),
        HostAddress::None => Err("the host has no form for DNS"),
    }
}

fn of_address(address: IpAddr) -> Result<PrefixHost, &'static str> {
    match address.is_unspecified() {
        true => Err("no request arrives at this address, which stands for all: write + or *"),
        false => Ok(PrefixHost::Address(address)),
    }
}

#[cfg(test)]
mod tests;
