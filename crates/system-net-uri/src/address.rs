//! The only parser of address text in the workspace: IPv4 in all its spellings, IPv6 with zone,
//! mixed form and prefix, and the text .NET writes for an address.
//!
//! Everything that looks at an address (hosts of URIs, `IpAddress`, proxy bypass, permissions)
//! calls these functions, so that what is checked is what is connected to.

mod v4;
mod v6;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(crate) use v4::{lenient_prefix, loose_prefix, strict_prefix};
pub use v6::format_ipv6;
pub(crate) use v6::{bad_zone, is_canonical as is_canonical_v6, literal as ipv6_literal};

/// Four decimal numbers without leading zeros, as RFC 3986 writes an IPv4 address.
///
/// # Examples
/// ```
/// use system_net_uri::address::parse_ipv4;
/// assert_eq!(parse_ipv4("192.0.2.1"), Some([192, 0, 2, 1].into()));
/// assert_eq!(parse_ipv4("192.0.2.01"), None);
/// ```
#[must_use]
pub fn parse_ipv4(text: &str) -> Option<Ipv4Addr> {
    let (address, end) = strict_prefix(text.as_bytes(), |_| false)?;
    (end == text.len()).then_some(address)
}

/// An IPv4 address in any spelling that .NET and the C library accept: one to four parts, each
/// decimal, octal (`017`) or hexadecimal (`0x7f`), the last part filling the remaining bytes.
///
/// # Examples
/// ```
/// use system_net_uri::address::parse_ipv4_loose;
/// let loopback = Some([127, 0, 0, 1].into());
/// assert_eq!(parse_ipv4_loose("0177.1"), loopback);
/// assert_eq!(parse_ipv4_loose("2130706433"), loopback);
/// assert_eq!(parse_ipv4_loose("0x7f.0.0.1"), loopback);
/// ```
#[must_use]
pub fn parse_ipv4_loose(text: &str) -> Option<Ipv4Addr> {
    let (address, end) = loose_prefix(text.as_bytes(), |_| false)?;
    (end == text.len()).then_some(address)
}

/// An IPv6 address without brackets, with the text after `%` as its zone.
///
/// The zone is everything after `%` and may be empty; one with a control character or a blank is
/// refused. A prefix length is refused; see
/// [`parse_prefix`].
///
/// # Examples
/// ```
/// use system_net_uri::address::parse_ipv6;
/// let (address, zone) = parse_ipv6("fe80::1%eth0").unwrap();
/// assert_eq!(address.to_string(), "fe80::1");
/// assert_eq!(zone, Some("eth0"));
/// ```
#[must_use]
pub fn parse_ipv6(text: &str) -> Option<(Ipv6Addr, Option<&str>)> {
    let parsed = v6::parse(text.as_bytes())?;
    if parsed.end != text.len() || parsed.prefix.is_some() {
        return None;
    }
    Some((parsed.address, parsed.zone.map(|zone| &text[zone])))
}

/// A network in prefix notation, `address/length`, of either family.
///
/// # Examples
/// ```
/// use system_net_uri::address::parse_prefix;
/// let (address, length) = parse_prefix("2001:db8::/32").unwrap();
/// assert_eq!((address.to_string().as_str(), length), ("2001:db8::", 32));
/// assert_eq!(parse_prefix("10.0.0.0/33"), None);
/// ```
#[must_use]
pub fn parse_prefix(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let address = match parse_ipv4(address) {
        Some(address) => IpAddr::V4(address),
        None => match parse_ipv6(address)? {
            (address, None) => IpAddr::V6(address),
            _ => return None,
        },
    };
    let digits = length.len();
    if digits == 0 || digits > 3 || !length.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let length: u8 = length.parse().ok()?;
    (length <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, length))
}

/// Whether .NET counts the address as this machine: all of `127.0.0.0/8`, `::1`, and the mixed
/// forms of `127.0.0.1`.
#[must_use]
pub fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => matches!(
            address.segments(),
            [0, 0, 0, 0, 0, 0, 0, 1] | [0, 0, 0, 0, 0, 0 | 0xffff, 0x7f00, 1]
        ),
    }
}

#[cfg(test)]
mod tests;
