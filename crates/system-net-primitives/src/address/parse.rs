//! Text of addresses and end points, read by the one parser of the workspace.

use std::error::Error;
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use system_net_uri::address::{parse_ipv4_loose, parse_ipv6};

use super::{IpAddress, IpEndPoint, zone};

/// Text that is no IP address or end point.
///
/// .NET: `System.FormatException`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpAddressParseError {
    kind: IpAddressParseErrorKind,
}

/// What is wrong with the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IpAddressParseErrorKind {
    /// It is not written as an address.
    Syntax,
    /// The scope id is the name of an interface that this machine does not have.
    UnknownInterface,
    /// What stands behind the last colon is no port.
    Port,
    /// It is no prefix: an address, a slash and a length behind which the address has only zeros.
    Prefix,
}

impl IpAddressParseError {
    /// What is wrong with the text.
    #[must_use]
    pub const fn kind(&self) -> IpAddressParseErrorKind {
        self.kind
    }
}

impl From<IpAddressParseErrorKind> for IpAddressParseError {
    fn from(kind: IpAddressParseErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for IpAddressParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            IpAddressParseErrorKind::Syntax => "expected an IPv4 or IPv6 address",
            IpAddressParseErrorKind::UnknownInterface => {
                "the scope id names an interface that this machine does not have"
            }
            IpAddressParseErrorKind::Port => "expected a port from 0 to 65535",
            IpAddressParseErrorKind::Prefix => {
                "expected an address, a slash, and a length behind which the address is zero"
            }
        })
    }
}

impl Error for IpAddressParseError {}

impl IpAddress {
    /// Reads an address, asking `find_interface` for the number of an interface that is given by
    /// name, as in `fe80::1%eth0`.
    ///
    /// # Errors
    /// The kinds of [`IpAddressParseErrorKind`] but the port and the prefix.
    pub fn parse_with(
        text: &str,
        find_interface: impl FnOnce(&str) -> Option<u32>,
    ) -> Result<Self, IpAddressParseError> {
        if !text.contains(':') {
            let address = parse_ipv4_loose(text).ok_or(IpAddressParseErrorKind::Syntax)?;
            return Ok(Self::v4(address));
        }
        let (address, zone) = bare_ipv6(text).ok_or(IpAddressParseErrorKind::Syntax)?;
        let scope_id = match zone {
            None | Some("") => 0,
            Some(zone) if zone.bytes().all(|b| b.is_ascii_digit()) => {
                zone.parse().map_err(|_| IpAddressParseErrorKind::Syntax)?
            }
            Some(zone) => find_interface(zone).ok_or(IpAddressParseErrorKind::UnknownInterface)?,
        };
        Ok(Self::v6(address, scope_id))
    }
}

fn bare_ipv6(text: &str) -> Option<(Ipv6Addr, Option<&str>)> {
    match text.strip_prefix('[') {
        Some(rest) => parse_ipv6(rest.strip_suffix(']')?),
        None => parse_ipv6(text),
    }
}

impl FromStr for IpAddress {
    type Err = IpAddressParseError;

    /// Reads an address. The name of an interface becomes its number of this moment, which only
    /// Linux is asked for; elsewhere use [`parse_with`](Self::parse_with).
    ///
    /// .NET: `System.Net.IPAddress.Parse`, `System.Net.IPAddress.TryParse`
    fn from_str(text: &str) -> Result<Self, IpAddressParseError> {
        Self::parse_with(text, zone::interface_index)
    }
}

impl FromStr for IpEndPoint {
    type Err = IpAddressParseError;

    /// Reads an address with or without a port, which is then zero: `1.2.3.4:80`, `1.2.3.4`,
    /// `[::1]:80`, `[::1]`, `::1`.
    ///
    /// .NET: `System.Net.IPEndPoint.Parse`, `System.Net.IPEndPoint.TryParse`
    fn from_str(text: &str) -> Result<Self, IpAddressParseError> {
        let (address, port) = match text.rsplit_once(':') {
            // The last colon belongs to the address unless a bracket closes before it or it is
            // the only one.
            Some((address, port)) if address.ends_with(']') || !address.contains(':') => {
                (address, Some(port))
            }
            _ => (text, None),
        };
        let address = address.parse()?;
        let port = match port {
            None => 0,
            Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
                port.parse().map_err(|_| IpAddressParseErrorKind::Port)?
            }
            Some(_) => return Err(IpAddressParseErrorKind::Port.into()),
        };
        Ok(Self::new(address, port))
    }
}
