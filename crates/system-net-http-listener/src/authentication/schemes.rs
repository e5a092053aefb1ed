//! The schemes that a listener can ask for.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign};

/// A set of authentication schemes, as a listener demands them of its clients.
///
/// # Examples
/// ```
/// use system_net_http_listener::AuthenticationSchemes;
///
/// let schemes = AuthenticationSchemes::BASIC | AuthenticationSchemes::DIGEST;
/// assert!(schemes.contains(AuthenticationSchemes::DIGEST));
/// assert_eq!(schemes.to_string(), "Digest, Basic");
/// assert_eq!(AuthenticationSchemes::from_bits(6), Some(AuthenticationSchemes::INTEGRATED_WINDOWS_AUTHENTICATION));
/// ```
///
/// .NET: `System.Net.AuthenticationSchemes`
#[doc(alias = "System.Net.AuthenticationSchemes")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuthenticationSchemes(u32);

impl AuthenticationSchemes {
    /// Nobody is let in: every request is answered with 403.
    ///
    /// .NET: `System.Net.AuthenticationSchemes.None`
    #[doc(alias = "AuthenticationSchemes.None")]
    pub const NONE: Self = Self(0);
    /// Digest, RFC 7616.
    ///
    /// .NET: `System.Net.AuthenticationSchemes.Digest`
    #[doc(alias = "AuthenticationSchemes.Digest")]
    pub const DIGEST: Self = Self(1);
    /// Negotiate: Kerberos where both sides can, else NTLM. RFC 4559.
    ///
    /// .NET: `System.Net.AuthenticationSchemes.Negotiate`
    #[doc(alias = "AuthenticationSchemes.Negotiate")]
    pub const NEGOTIATE: Self = Self(2);
    /// NTLM, [MS-NTHT].
    ///
    /// .NET: `System.Net.AuthenticationSchemes.Ntlm`
    #[doc(alias = "AuthenticationSchemes.Ntlm")]
    pub const NTLM: Self = Self(4);
    /// Negotiate and NTLM.
    ///
    /// .NET: `System.Net.AuthenticationSchemes.IntegratedWindowsAuthentication`
    #[doc(alias = "AuthenticationSchemes.IntegratedWindowsAuthentication")]
    pub const INTEGRATED_WINDOWS_AUTHENTICATION: Self = Self(6);
    /// Basic, RFC 7617: the password in the clear.
    ///
    /// .NET: `System.Net.AuthenticationSchemes.Basic`
    #[doc(alias = "AuthenticationSchemes.Basic")]
    pub const BASIC: Self = Self(8);
    /// Requests without a login are let in. With other schemes beside it a client may log in.
    ///
    /// .NET: `System.Net.AuthenticationSchemes.Anonymous`
    #[doc(alias = "AuthenticationSchemes.Anonymous")]
    pub const ANONYMOUS: Self = Self(0x8000);

    const NAMES: [(Self, &'static str); 5] = [
        (Self::NEGOTIATE, "Negotiate"),
        (Self::NTLM, "Ntlm"),
        (Self::DIGEST, "Digest"),
        (Self::BASIC, "Basic"),
        (Self::ANONYMOUS, "Anonymous"),
    ];

    /// The set of a number of .NET; `None` if it has bits that are no scheme.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        match bits & !0x800f {
            0 => Some(Self(bits)),
            _ => None,
        }
    }

    /// The number that .NET has for the set.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of these are in the set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether one of these is in the set.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The scheme whose name begins an `Authorization` field; letter case does not count.
    pub(super) fn of_field(name: &str) -> Option<Self> {
        let known = |(_, known): &&(Self, &str)| known.eq_ignore_ascii_case(name);
        let (scheme, _) = Self::NAMES[..4].iter().find(known)?;
        Some(*scheme)
    }
}

impl Default for AuthenticationSchemes {
    /// Everybody is let in.
    fn default() -> Self {
        Self::ANONYMOUS
    }
}

impl BitOr for AuthenticationSchemes {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for AuthenticationSchemes {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for AuthenticationSchemes {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl fmt::Display for AuthenticationSchemes {
    /// The names with commas between; `None` for the empty set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Self::NAMES.iter().filter(|(one, _)| self.contains(*one));
        let names: Vec<&str> = names.map(|(_, name)| *name).collect();
        match names.is_empty() {
            true => f.write_str("None"),
            false => f.write_str(&names.join(", ")),
        }
    }
}

impl fmt::Debug for AuthenticationSchemes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthenticationSchemes({self})")
    }
}
