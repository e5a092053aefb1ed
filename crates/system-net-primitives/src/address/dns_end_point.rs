//! A host name with a port.

use std::fmt;

use super::AddressFamily;
use crate::Misuse;

/// A host, by name or address as text, and a port.
///
/// .NET: `System.Net.DnsEndPoint`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DnsEndPoint {
    host: Box<str>,
    port: u16,
    address_family: AddressFamily,
}

impl DnsEndPoint {
    /// An end point at which any kind of address will do.
    ///
    /// .NET: `System.Net.DnsEndPoint.DnsEndPoint(String, Int32)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an empty host.
    pub fn new(host: &str, port: u16) -> Result<Self, Misuse> {
        Self::with_address_family(host, port, AddressFamily::Unspecified)
    }

    /// An end point for one kind of address.
    ///
    /// .NET: `System.Net.DnsEndPoint.DnsEndPoint(String, Int32, AddressFamily)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an empty host, or a kind that names have no addresses of.
    pub fn with_address_family(
        host: &str,
        port: u16,
        address_family: AddressFamily,
    ) -> Result<Self, Misuse> {
        if host.is_empty() {
            return Err(Misuse::invalid_argument(
                "host",
                "a host name cannot be empty",
            ));
        }
        if !matches!(
            address_family,
            AddressFamily::Unspecified
                | AddressFamily::InterNetwork
                | AddressFamily::InterNetworkV6
        ) {
            return Err(Misuse::invalid_argument(
                "addressFamily",
                "expected Unspecified, InterNetwork or InterNetworkV6",
            ));
        }
        Ok(Self {
            host: host.into(),
            port,
            address_family,
        })
    }

    /// The host as given.
    ///
    /// .NET: `System.Net.DnsEndPoint.Host`
    #[doc(alias = "DnsEndPoint.Host")]
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    ///
    /// .NET: `System.Net.DnsEndPoint.Port`
    #[doc(alias = "DnsEndPoint.Port")]
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The kind of address wanted; [`AddressFamily::Unspecified`] for any.
    ///
    /// .NET: `System.Net.DnsEndPoint.AddressFamily`
    #[doc(alias = "DnsEndPoint.AddressFamily")]
    #[must_use]
    pub const fn address_family(&self) -> AddressFamily {
        self.address_family
    }
}

impl fmt::Display for DnsEndPoint {
    /// `Unspecified/example.org:80`.
    ///
    /// .NET: `System.Net.DnsEndPoint.ToString`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.address_family, self.host, self.port)
    }
}
