//! The version number of an HTTP message.

use std::fmt;
use std::str::FromStr;

use crate::Misuse;

/// A version of HTTP, as it stands in start lines.
///
/// .NET: `System.Net.HttpVersion`, `System.Version`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HttpVersion {
    major: u8,
    minor: u8,
}

impl HttpVersion {
    /// `0.0`: the version is not known.
    ///
    /// .NET: `System.Net.HttpVersion.Unknown`
    #[doc(alias = "HttpVersion.Unknown")]
    pub const UNKNOWN: Self = Self::new(0, 0);
    /// HTTP/1.0.
    ///
    /// .NET: `System.Net.HttpVersion.Version10`
    #[doc(alias = "HttpVersion.Version10")]
    pub const VERSION10: Self = Self::new(1, 0);
    /// HTTP/1.1.
    ///
    /// .NET: `System.Net.HttpVersion.Version11`
    #[doc(alias = "HttpVersion.Version11")]
    pub const VERSION11: Self = Self::new(1, 1);
    /// HTTP/2.
    ///
    /// .NET: `System.Net.HttpVersion.Version20`
    #[doc(alias = "HttpVersion.Version20")]
    pub const VERSION20: Self = Self::new(2, 0);

    /// A version from its two numbers.
    #[must_use]
    pub const fn new(major: u8, minor: u8) -> Self {
        Self { major, minor }
    }

    /// The number before the dot.
    ///
    /// .NET: `System.Version.Major`
    #[must_use]
    pub const fn major(self) -> u8 {
        self.major
    }

    /// The number after the dot.
    ///
    /// .NET: `System.Version.Minor`
    #[must_use]
    pub const fn minor(self) -> u8 {
        self.minor
    }
}

impl Default for HttpVersion {
    /// HTTP/1.1, what a request uses unless told otherwise.
    fn default() -> Self {
        Self::VERSION11
    }
}

impl fmt::Display for HttpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for HttpVersion {
    type Err = Misuse;

    /// Reads `1.1`, the form [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, Misuse> {
        let number = |part: &str| {
            let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| part.parse().ok()).flatten()
        };
        text.split_once('.')
            .and_then(|(major, minor)| Some(Self::new(number(major)?, number(minor)?)))
            .ok_or_else(|| Misuse::invalid_argument("version", "expected two numbers as in 1.1"))
    }
}
