//! The kinds of addresses that sockets know.

use std::fmt;

/// The kind of an address.
///
/// .NET: `System.Net.Sockets.AddressFamily`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AddressFamily {
    /// Not known, or of no matter.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Unspecified`
    #[doc(alias = "AddressFamily.Unspecified")]
    Unspecified,
    /// IPv4.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.InterNetwork`
    #[doc(alias = "AddressFamily.InterNetwork")]
    InterNetwork,
    /// IPv6.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.InterNetworkV6`
    #[doc(alias = "AddressFamily.InterNetworkV6")]
    InterNetworkV6,
    /// A local socket.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Unix`
    #[doc(alias = "AddressFamily.Unix")]
    Unix,
}

impl fmt::Display for AddressFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "Unspecified",
            Self::InterNetwork => "InterNetwork",
            Self::InterNetworkV6 => "InterNetworkV6",
            Self::Unix => "Unix",
        })
    }
}
