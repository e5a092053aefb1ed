//! From where packets are taken.

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

    /// .NET's number.
    #[must_use]
    pub const fn value(self) -> i32 {
        self as i32
    }

    /// The value with this number, if there is one.
    #[must_use]
    pub fn from_value(value: i32) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|known| known.value() == value)
    }
}
