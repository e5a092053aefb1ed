//! The enumerations of System.Uri, with the numbers .NET gives them.

use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// Which kinds of URI a text may be.
///
/// .NET: `System.UriKind`
#[doc(alias = "System.UriKind")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum UriKind {
    /// Absolute if possible, else relative.
    RelativeOrAbsolute = 0,
    /// Absolute only.
    #[default]
    Absolute = 1,
    /// Relative only.
    Relative = 2,
}

/// What the host of a URI is.
///
/// .NET: `System.UriHostNameType`
#[doc(alias = "System.UriHostNameType")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum UriHostNameType {
    /// There is no host, or the scheme has none.
    Unknown = 0,
    /// A host that is no DNS name and no address; also the empty host of `file:///`.
    Basic = 1,
    /// A name.
    Dns = 2,
    /// An IPv4 address.
    IPv4 = 3,
    /// An IPv6 address.
    IPv6 = 4,
}

/// How far [`Uri::left_part`](crate::Uri::left_part) goes.
///
/// .NET: `System.UriPartial`
#[doc(alias = "System.UriPartial")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum UriPartial {
    /// `http://`
    Scheme = 0,
    /// `http://user@host:81`
    Authority = 1,
    /// … and the path.
    Path = 2,
    /// … and the query.
    Query = 3,
}

/// How a component is escaped.
///
/// .NET: `System.UriFormat`
#[doc(alias = "System.UriFormat")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum UriFormat {
    /// As on the wire: everything that is no URI character is percent-encoded.
    UriEscaped = 1,
    /// Everything unescaped. The result cannot be parsed again without loss.
    Unescaped = 2,
    /// Unescaped where the meaning stays the same.
    SafeUnescaped = 3,
}

/// Which hosts get their IDN form: a mode of .NET's configuration.
///
/// .NET: `System.UriIdnScope`
#[doc(alias = "System.UriIdnScope")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum UriIdnScope {
    /// Hosts stay as written; `idn_host` still gives the form for DNS.
    #[default]
    None = 0,
    /// All hosts but those of the intranet (names without a dot).
    AllExceptIntranet = 1,
    /// All hosts.
    All = 2,
}

/// A set of URI components.
///
/// .NET: `System.UriComponents`
#[doc(alias = "System.UriComponents")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UriComponents(i32);

impl UriComponents {
    /// The scheme.
    pub const SCHEME: Self = Self(0x1);
    /// User name and password.
    pub const USER_INFO: Self = Self(0x2);
    /// The host.
    pub const HOST: Self = Self(0x4);
    /// The port, unless it is the default one.
    pub const PORT: Self = Self(0x8);
    /// Scheme, host and port.
    pub const SCHEME_AND_SERVER: Self = Self(0xD);
    /// The path.
    pub const PATH: Self = Self(0x10);
    /// The query.
    pub const QUERY: Self = Self(0x20);
    /// Path and query.
    pub const PATH_AND_QUERY: Self = Self(0x30);
    /// What identifies the resource on its server: scheme, host, port, path, query.
    pub const HTTP_REQUEST_URL: Self = Self(0x3D);
    /// The fragment.
    pub const FRAGMENT: Self = Self(0x40);
    /// Everything.
    pub const ABSOLUTE_URI: Self = Self(0x7F);
    /// The port, also if it is the default one.
    pub const STRONG_PORT: Self = Self(0x80);
    /// Host and port, also if the port is the default one.
    pub const HOST_AND_PORT: Self = Self(0x84);
    /// User info, host and port, also if the port is the default one.
    pub const STRONG_AUTHORITY: Self = Self(0x86);
    /// The host with Punycode labels in Unicode.
    pub const NORMALIZED_HOST: Self = Self(0x100);
    /// Keep the delimiter of a single component.
    pub const KEEP_DELIMITER: Self = Self(0x4000_0000);
    /// What a serializer writes: everything, with the zone of an IPv6 address.
    pub const SERIALIZATION_INFO_STRING: Self = Self(i32::MIN);

    /// The number .NET uses.
    #[must_use]
    pub const fn bits(self) -> i32 {
        self.0
    }

    /// The set with the number .NET uses; unknown bits have no effect.
    #[must_use]
    pub const fn from_bits(bits: i32) -> Self {
        Self(bits)
    }

    /// Whether any component of `other` is in the set.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for UriComponents {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for UriComponents {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for UriComponents {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for UriComponents {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}
