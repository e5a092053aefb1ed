//! From where packets are taken.

use super::listed::closed_numbers;

/// From where a socket takes packets.
///
/// .NET: `System.Net.Sockets.IPProtectionLevel`
#[doc(alias = "IPProtectionLevel")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum IpProtectionLevel {
    /// The system decides.
    ///
    /// .NET: `System.Net.Sockets.IPProtectionLevel.Unspecified`
    #[doc(alias = "IPProtectionLevel.Unspecified")]
    Unspecified = -1,
    /// From everywhere, also through NAT traversal.
    ///
    /// .NET: `System.Net.Sockets.IPProtectionLevel.Unrestricted`
    #[doc(alias = "IPProtectionLevel.Unrestricted")]
    Unrestricted = 10,
    /// From everywhere except through NAT traversal.
    ///
    /// .NET: `System.Net.Sockets.IPProtectionLevel.EdgeRestricted`
    #[doc(alias = "IPProtectionLevel.EdgeRestricted")]
    EdgeRestricted = 20,
    /// From the local network only.
    ///
    /// .NET: `System.Net.Sockets.IPProtectionLevel.Restricted`
    #[doc(alias = "IPProtectionLevel.Restricted")]
    Restricted = 30,
}

impl IpProtectionLevel {
    /// Every value, in the order of its number.
    pub const ALL: &[Self] = &[
        Self::Unspecified,
        Self::Unrestricted,
        Self::EdgeRestricted,
        Self::Restricted,
    ];
}

closed_numbers!(IpProtectionLevel);
