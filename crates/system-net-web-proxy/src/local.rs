//! What counts as local: names without a dot, names of this machine's own domain, addresses of
//! this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use system_net_uri::{HostAddress, Uri, address};

/// Where the kernel lists the addresses of this machine, and its domain.
const IPV4_TABLE: &str = "/proc/net/fib_trie";
const IPV6_TABLE: &str = "/proc/net/if_inet6";
const DOMAIN: &str = "/proc/sys/kernel/domainname";
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// Whether an address leads to a host of the local network.
///
/// Elsewhere than on Linux this machine's own addresses but loopback and its domain are not known.
pub(crate) fn is_local(uri: &Uri) -> bool {
    match uri.host_address() {
        HostAddress::V4(v4) => is_local_address(IpAddr::V4(v4)),
        HostAddress::V6(v6, _) => is_local_address(IpAddr::V6(v6)),
        HostAddress::Dns(name) => !name.contains('.') || domain_is(name, own_domain().as_deref()),
        HostAddress::None => !uri.host().contains('.'),
    }
}

/// Whether what stands behind the first dot of a name is this domain.
fn domain_is(name: &str, domain: Option<&str>) -> bool {
    let behind = name.split_once('.').map(|(_, behind)| behind);
    matches!((behind, domain), (Some(behind), Some(domain)) if behind.eq_ignore_ascii_case(domain))
}

fn is_local_address(address: IpAddr) -> bool {
    if address::is_loopback(address) {
        return true;
    }
    match address {
        IpAddr::V4(v4) => lists_ipv4(&read(IPV4_TABLE), v4),
        IpAddr::V6(v6) => lists_ipv6(&read(IPV6_TABLE), v6),
    }
}

/// The domain of this machine: the one it was given, else what its name has behind the first dot.
fn own_domain() -> Option<String> {
    domain_of(&read(DOMAIN), &read(HOST_NAME))
}

fn domain_of(domain: &str, host_name: &str) -> Option<String> {
    let domain = domain.trim();
    if !domain.is_empty() && domain != "(none)" {
        return Some(domain.to_owned());
    }
    let (_, domain) = host_name.trim().split_once('.')?;
    (!domain.is_empty()).then(|| domain.to_owned())
}

/// The kernel's table of routes: an address stands in a line of its own, and below it what it is,
/// `/32 host LOCAL` if it is one of this machine.
fn lists_ipv4(table: &str, wanted: Ipv4Addr) -> bool {
    let mut last = None;
    for line in table.lines() {
        let line = line.trim_start();
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address::parse_ipv4(address.trim_end());
        } else if line.starts_with("/32 ") && line.contains("LOCAL") && last == Some(wanted) {
            return true;
        }
    }
    false
}

/// The kernel's table of IPv6 addresses: each line begins with one, in 32 hexadecimal digits.
fn lists_ipv6(table: &str, wanted: Ipv6Addr) -> bool {
    let wanted = format!("{:032x}", wanted.to_bits());
    table.lines().any(|line| line.starts_with(&wanted))
}

/// A file of the kernel; empty where there is none.
fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIE: &str = "Main:
  +-- 0.0.0.0/0 3 0 5
     +-- 192.0.2.0/24 2 0 2
        |-- 192.0.2.0
           /24 link UNICAST
        |-- 192.0.2.2
           /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
";

    #[test]
    fn addresses_of_this_machine() {
        for (address, expected) in [
            ("192.0.2.2", true),
            ("192.0.2.0", false),
            ("192.0.2.255", false),
            ("192.0.2.22", false),
        ] {
            assert_eq!(
                lists_ipv4(TRIE, address.parse().unwrap()),
                expected,
                "{address}"
            );
        }
        let table = "fd000000000000000000000000000002 04 40 00 82     eth0\n";
        assert!(lists_ipv6(table, "fd00::2".parse().unwrap()));
        assert!(!lists_ipv6(table, "fd00::3".parse().unwrap()));
        assert!(!lists_ipv6("", Ipv6Addr::UNSPECIFIED));
    }

    #[test]
    fn domain_of_this_machine() {
        let check = |domain, host, expected: Option<&str>| {
            assert_eq!(
                domain_of(domain, host).as_deref(),
                expected,
                "{domain} {host}"
            );
        };
        check("(none)\n", "host\n", None);
        check("(none)\n", "host.contoso.com\n", Some("contoso.com"));
        check("fabrikam.com\n", "host.contoso.com\n", Some("fabrikam.com"));
        check("", "host.", None);
    }

    #[test]
    fn only_hosts_of_the_very_domain_are_local() {
        let check =
            |name, domain, expected| assert_eq!(domain_is(name, domain), expected, "{name}");
        check("a.contoso.com", Some("contoso.com"), true);
        check("a.CONTOSO.com", Some("contoso.com"), true);
        check("b.a.contoso.com", Some("contoso.com"), false);
        check("contoso.com", Some("contoso.com"), false);
        check("a.notcontoso.com", Some("contoso.com"), false);
        check("a.contoso.com", None, false);
    }
}
