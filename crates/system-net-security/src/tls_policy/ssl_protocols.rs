//! `SslProtocols`: a set of versions, with the numbers of .NET.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign};

use crate::{TlsError, TlsVersion};

/// Versions of SSL and TLS: a set.
///
/// Only TLS 1.2 and 1.3 are spoken here. The older ones have their numbers, so that settings of
/// other programs can be read; beside newer ones they are left out, alone they are an error.
///
/// [`SecurityProtocolType`] has the same numbers, and is this type. Which versions a connection speaks
/// whose program names none, [`TlsPolicy`](crate::TlsPolicy) says.
///
/// # Examples
/// ```
/// use system_net_security::{SslProtocols, TlsVersion};
///
/// assert_eq!(SslProtocols::TLS12.versions()?, (Some(TlsVersion::Tls12), Some(TlsVersion::Tls12)));
/// assert!(SslProtocols::TLS11.versions().is_err());
/// # Ok::<(), system_net_security::TlsError>(())
/// ```
///
/// .NET: `System.Security.Authentication.SslProtocols`
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SslProtocols(u32);

/// The versions for HTTP: the same numbers under the names of `ServicePointManager`.
///
/// .NET: `System.Net.SecurityProtocolType`
pub type SecurityProtocolType = SslProtocols;

impl SslProtocols {
    /// No choice of the program: the best that both sides know. The recommended value, and the
    /// default. `SecurityProtocolType.SystemDefault` is the same.
    ///
    /// .NET: `System.Security.Authentication.SslProtocols.None`
    #[doc(alias = "SslProtocols.None")]
    pub const NONE: Self = Self(0);
    /// The name of [`NONE`](Self::NONE) for HTTP.
    ///
    /// .NET: `System.Net.SecurityProtocolType.SystemDefault`
    #[doc(alias = "SecurityProtocolType.SystemDefault")]
    pub const SYSTEM_DEFAULT: Self = Self::NONE;
    /// SSL 2.0, broken for decades.
    ///
    /// .NET: `System.Security.Authentication.SslProtocols.Ssl2`
    #[doc(alias = "SslProtocols.Ssl2")]
    pub const SSL2: Self = Self(12);
    /// SSL 3.0, forbidden by RFC 7568.
    ///
    /// .NET: `System.Security.Authentication.SslProtocols.Ssl3`
    /// .NET: `System.Net.SecurityProtocolType.Ssl3`
    #[doc(alias = "SslProtocols.Ssl3")]
    #[doc(alias = "SecurityProtocolType.Ssl3")]
    pub const SSL3: Self = Self(48);
    /// TLS 1.0, deprecated by RFC 8996.
    ///
    /// .NET: `System.Security.Authentication.SslProtocols.Tls`
    /// .NET: `System.Net.SecurityProtocolType.Tls`
    #[doc(alias = "SslProtocols.Tls")]
    #[doc(alias = "SecurityProtocolType.Tls")]
    pub const TLS: Self = Self(192);
    /// What .NET had as its default: SSL 3.0 and TLS 1.0. Obsolete, and an error here.
    ///
    /// .NET: `System.Security.Authentication.SslProtocols.Default`
    #[doc(alias = "SslProtocols.Default")]
    pub const DEFAULT: Self = Self(240);
    /// TLS 1.1, deprecated by RFC 8996.
    ///
    /// .NET: `System.Security.Authentication.SslProtocols.Tls11`
    /// .NET: `System.Net.SecurityProtocolType.Tls11`
    #[doc(alias = "SslProtocols.Tls11")]
    #[doc(alias = "SecurityProtocolType.Tls11")]
    pub const TLS11: Self = Self(768);
    /// TLS 1.2, RFC 5246.
    ///
    /// .NET: `System.Security.Authentication.SslProtocols.Tls12`
    /// .NET: `System.Net.SecurityProtocolType.Tls12`
    #[doc(alias = "SslProtocols.Tls12")]
    #[doc(alias = "SecurityProtocolType.Tls12")]
    pub const TLS12: Self = Self(3072);
    /// TLS 1.3, RFC 8446.
    ///
    /// .NET: `System.Security.Authentication.SslProtocols.Tls13`
    /// .NET: `System.Net.SecurityProtocolType.Tls13`
    #[doc(alias = "SslProtocols.Tls13")]
    #[doc(alias = "SecurityProtocolType.Tls13")]
    pub const TLS13: Self = Self(12288);

    const NAMES: [(Self, &'static str); 6] = [
        (Self::SSL2, "Ssl2"),
        (Self::SSL3, "Ssl3"),
        (Self::TLS, "Tls"),
        (Self::TLS11, "Tls11"),
        (Self::TLS12, "Tls12"),
        (Self::TLS13, "Tls13"),
    ];

    /// The set of a number of .NET; `None` if it has bits that are no version.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        match bits & !0x3ffc {
            0 => Some(Self(bits)),
            _ => None,
        }
    }

    /// The number of .NET.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of these are in the set.
    #[must_use]
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// The oldest and the newest version that the set allows; `None` where it leaves that open.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): the set has only
    /// versions that are not spoken any more.
    pub fn versions(self) -> Result<(Option<TlsVersion>, Option<TlsVersion>), TlsError> {
        if self == Self::NONE {
            return Ok((None, None));
        }
        let allowed = [
            (Self::TLS12, TlsVersion::Tls12),
            (Self::TLS13, TlsVersion::Tls13),
        ];
        // The bits of server and client of one version are not told apart: either allows it.
        let mut allowed = allowed
            .iter()
            .filter(|(version, _)| self.0 & version.0 != 0);
        let Some((_, oldest)) = allowed.next() else {
            return Err(TlsError::configuration(format!(
                "only {self} was asked for, which is not spoken here because it is not safe any \
                 more; ask for Tls12 or Tls13, or for None, which leaves the choice open"
            )));
        };
        let newest = allowed.next().map_or(*oldest, |(_, newest)| *newest);
        Ok((Some(*oldest), Some(newest)))
    }
}

impl BitOr for SslProtocols {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for SslProtocols {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for SslProtocols {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl fmt::Display for SslProtocols {
    /// The names as .NET prints them, with commas between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("None");
        }
        if *self == Self::DEFAULT {
            return f.write_str("Default");
        }
        let known = Self::NAMES.iter().filter(|(it, _)| self.contains(*it));
        let named = known.clone().fold(0, |bits, (it, _)| bits | it.0);
        if named != self.0 {
            return write!(f, "{}", self.0);
        }
        for (index, (_, name)) in known.enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SslProtocols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SslProtocols({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers and texts are .NET's.
    #[test]
    fn tls_protocol_values() {
        let rows = [
            (SslProtocols::NONE, 0, "None"),
            (SslProtocols::SSL2, 12, "Ssl2"),
            (SslProtocols::SSL3, 48, "Ssl3"),
            (SslProtocols::TLS, 192, "Tls"),
            (SslProtocols::DEFAULT, 240, "Default"),
            (SslProtocols::SSL3 | SslProtocols::TLS, 240, "Default"),
            (SslProtocols::TLS11, 768, "Tls11"),
            (SslProtocols::TLS12, 3072, "Tls12"),
            (SslProtocols::TLS13, 12288, "Tls13"),
            (
                SslProtocols::TLS12 | SslProtocols::TLS13,
                15360,
                "Tls12, Tls13",
            ),
        ];
        for (value, bits, text) in rows {
            assert_eq!((value.bits(), &*value.to_string()), (bits, text));
            assert_eq!(SslProtocols::from_bits(bits), Some(value));
        }
        assert_eq!(SslProtocols::default(), SslProtocols::NONE);
        assert_eq!(SslProtocols::from_bits(1), None);
        assert_eq!(SslProtocols::from_bits(0x4000), None);
    }

    #[test]
    fn old_versions_alone_are_an_error() {
        use TlsVersion::{Tls12, Tls13};
        let all = SslProtocols::from_bits(0x3ffc).unwrap();
        for (asked, expected) in [
            (SslProtocols::NONE, Some((None, None))),
            (SslProtocols::TLS12, Some((Some(Tls12), Some(Tls12)))),
            (SslProtocols::TLS13, Some((Some(Tls13), Some(Tls13)))),
            (all, Some((Some(Tls12), Some(Tls13)))),
            (
                SslProtocols::TLS11 | SslProtocols::TLS12,
                Some((Some(Tls12), Some(Tls12))),
            ),
            (SslProtocols::DEFAULT, None),
            (SslProtocols::SSL2, None),
            (SslProtocols::TLS11 | SslProtocols::TLS, None),
        ] {
            let versions = asked.versions();
            if let Err(error) = &versions {
                let text = error.to_string();
                assert!(
                    text.contains(&asked.to_string()) && text.contains("Tls12"),
                    "{text}"
                );
            }
            assert_eq!(versions.ok(), expected, "{asked}");
        }
    }
}
