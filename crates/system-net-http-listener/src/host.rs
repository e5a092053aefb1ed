//! The host a request is for, and reading it from the `Host` field or the target.

use std::net::{IpAddr, Ipv6Addr};

use system_net_uri::address::{parse_ipv4, parse_ipv6};

use crate::prefix::parse_port;

/// The host of a request, without its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestHost<'a> {
    /// None was named: HTTP/1.0, or an empty field.
    None,
    /// A name, in the letter case of the client, without the dot of the root.
    Name(&'a str),
    Address(IpAddr),
}

impl<'a> RequestHost<'a> {
    /// Reads `host`, `host:port`, `[v6]`, `[v6]:port`. `None`: it is malformed.
    ///
    /// The bytes have been checked to be characters of hosts.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                let port = match rest.strip_prefix(':') {
                    None if rest.is_empty() => None,
                    None => return None,
                    Some(port) => Some(port),
                };
                (Self::Address(unmapped_v6(parse_v6(host)?)), port)
            }
            None => {
                let (host, port) = match text.split_once(':') {
                    Some((host, port)) => (host, Some(port)),
                    None => (text, None),
                };
                (Self::parse_name(host)?, port)
            }
        };
        // RFC 3986 section 3.2.3: a port may be empty.
        match port {
            None | Some("") => Some(host),
            Some(digits) => parse_port(digits).map(|_| host),
        }
    }

    fn parse_name(host: &'a str) -> Option<Self> {
        if host.is_empty() {
            return Some(Self::None);
        }
        if host.contains(['[', ']', ':']) {
            return None;
        }
        if let Some(address) = parse_ipv4(host) {
            return Some(Self::Address(address.into()));
        }
        Some(Self::Name(host.strip_suffix('.').unwrap_or(host)))
    }
}

/// Zones are of this machine and have no meaning in a request.
fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    match parse_ipv6(text)? {
        (address, None) => Some(address),
        _ => None,
    }
}

fn unmapped_v6(address: Ipv6Addr) -> IpAddr {
    IpAddr::V6(address).to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_requests() {
        #[track_caller]
        fn check(text: &str, host: Option<RequestHost<'_>>) {
            assert_eq!(RequestHost::parse(text.as_bytes()), host, "{text}");
        }
        let v4 = RequestHost::Address([127, 0, 0, 1].into());
        let v6 = RequestHost::Address("::1".parse().unwrap());
        check("", Some(RequestHost::None));
        check(":80", Some(RequestHost::None));
        check("x", Some(RequestHost::Name("x")));
        check("X.example:8080", Some(RequestHost::Name("X.example")));
        check("x.:80", Some(RequestHost::Name("x")));
        check("x:", Some(RequestHost::Name("x")));
        check("x:0", Some(RequestHost::Name("x")));
        check("127.0.0.1", Some(v4));
        check("127.0.0.1:65535", Some(v4));
        check("[::1]", Some(v6));
        check("[::1]:80", Some(v6));
        check("[::ffff:127.0.0.1]:80", Some(v4));
        check("x:65536", None);
        check("x:80:81", None);
        check("x:+1", None);
        check("[::1", None);
        check("[::1]80", None);
        check("[]", None);
        check("[x]", None);
        check("[fe80::1%eth0]", None);
        check("::1", None);
        check("x]", None);
    }
}
