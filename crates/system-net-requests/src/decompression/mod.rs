//! Bodies that come compressed: which codings are asked for and undone, and how far a body may
//! grow while it is.

mod chain;
mod stage;

pub(crate) use chain::{Chain, DecompressError};

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use system_net_primitives::WebHeaderCollection;

/// The codings that a request asks for and that are undone while its response is read: any
/// combination of them.
///
/// # Examples
/// ```
/// use system_net_requests::DecompressionMethods;
///
/// let methods = DecompressionMethods::GZIP | DecompressionMethods::DEFLATE;
/// assert!(methods.contains(DecompressionMethods::GZIP));
/// assert_eq!(methods.to_string(), "gzip, deflate");
/// assert!(DecompressionMethods::ALL.contains(methods));
/// ```
///
/// .NET: `System.Net.DecompressionMethods`
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct DecompressionMethods(u8);

impl DecompressionMethods {
    /// None: bodies come as the server has them.
    ///
    /// .NET: `System.Net.DecompressionMethods.None`
    #[doc(alias = "DecompressionMethods.None")]
    pub const NONE: Self = Self(0);
    /// gzip (RFC 1952).
    ///
    /// .NET: `System.Net.DecompressionMethods.GZip`
    #[doc(alias = "DecompressionMethods.GZip")]
    pub const GZIP: Self = Self(1);
    /// DEFLATE in either form: with the frame of zlib (RFC 1950), as RFC 9110 has it, or bare
    /// (RFC 1951), as some servers send it.
    ///
    /// .NET: `System.Net.DecompressionMethods.Deflate`
    #[doc(alias = "DecompressionMethods.Deflate")]
    pub const DEFLATE: Self = Self(2);
    /// Brotli (RFC 7932); with the feature `brotli`.
    ///
    /// .NET: `System.Net.DecompressionMethods.Brotli`
    #[doc(alias = "DecompressionMethods.Brotli")]
    #[cfg(feature = "brotli")]
    pub const BROTLI: Self = Self(4);
    /// Zstandard (RFC 8878) with windows of at most 8 MiB (RFC 9659); with the feature `zstd`.
    #[cfg(feature = "zstd")]
    pub const ZSTD: Self = Self(8);
    /// All that the crate's features give.
    ///
    /// .NET: `System.Net.DecompressionMethods.All`
    #[doc(alias = "DecompressionMethods.All")]
    pub const ALL: Self = Self(
        1 | 2
            | (if cfg!(feature = "brotli") { 4 } else { 0 })
            | (if cfg!(feature = "zstd") { 8 } else { 0 }),
    );

    /// Whether all of the others are among these.
    #[must_use]
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// These and the others; what `|` does, for constants.
    #[must_use]
    pub const fn union(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The one that `Accept-Encoding` calls so, if there is one in this build.
    #[cfg(feature = "serde")]
    pub(crate) fn named(name: &str) -> Option<Self> {
        let named = NAMES.iter().find(|(_, known)| *known == name)?;
        Some(named.0.method())
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        let named = move |(coding, _): &&(Coding, &str)| self.contains(coding.method());
        NAMES.iter().filter(named).map(|&(_, name)| name)
    }
}

impl BitOr for DecompressionMethods {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitOrAssign for DecompressionMethods {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// As in the field `Accept-Encoding`.
impl fmt::Display for DecompressionMethods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.names().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for DecompressionMethods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// How far a body may grow while it is decompressed: a few bytes can stand for gigabytes.
///
/// A body that goes beyond is an error with the status `MessageLengthLimitExceeded`; what was read
/// before stays good. Bodies that are not decompressed have no such limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecompressionLimits {
    /// The most bytes that a body may decompress to; 1 GiB. `None`: without limit.
    pub max_bytes: Option<u64>,
    /// The most bytes that one byte may become, on average, looked at after the first MiB; 1,000.
    /// `None`: without limit.
    pub max_ratio: Option<u32>,
    /// The most bytes that are read into memory by one call, such as
    /// [`into_bytes`](crate::WebResponse::into_bytes); 64 MiB. `None`: as for other bodies.
    pub max_in_memory: Option<u64>,
}

impl Default for DecompressionLimits {
    fn default() -> Self {
        Self {
            max_bytes: Some(1 << 30),
            max_ratio: Some(1000),
            max_in_memory: Some(64 << 20),
        }
    }
}

/// One coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
    #[cfg(feature = "brotli")]
    Brotli,
    #[cfg(feature = "zstd")]
    Zstd,
}

/// In the order in which they are asked for.
const NAMES: &[(Coding, &str)] = &[
    (Coding::Gzip, "gzip"),
    (Coding::Deflate, "deflate"),
    #[cfg(feature = "brotli")]
    (Coding::Brotli, "br"),
    #[cfg(feature = "zstd")]
    (Coding::Zstd, "zstd"),
];

impl Coding {
    /// RFC 9110 section 8.4.1: names in any letter case, and `x-gzip` for `gzip`.
    fn of_name(name: &str) -> Option<Self> {
        let plain = if name.eq_ignore_ascii_case("x-gzip") {
            "gzip"
        } else {
            name
        };
        let named = |(_, known): &&(Self, &str)| known.eq_ignore_ascii_case(plain);
        NAMES.iter().find(named).map(|&(coding, _)| coding)
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(coding, _)| *coding == self)
            .map_or("", |(_, name)| name)
    }

    const fn method(self) -> DecompressionMethods {
        match self {
            Self::Gzip => DecompressionMethods::GZIP,
            Self::Deflate => DecompressionMethods::DEFLATE,
            #[cfg(feature = "brotli")]
            Self::Brotli => DecompressionMethods::BROTLI,
            #[cfg(feature = "zstd")]
            Self::Zstd => DecompressionMethods::ZSTD,
        }
    }
}

/// The field `Accept-Encoding` of a request.
pub(crate) enum AcceptEncoding {
    /// As the caller has it: set to all that is wanted, or not at all.
    AsSet,
    /// A field of ours.
    Added(String),
    /// The caller's field, with what it lacked at its end.
    Replaced(String),
}

impl AcceptEncoding {
    pub(crate) fn of(methods: DecompressionMethods, headers: &WebHeaderCollection) -> Self {
        if methods.is_empty() {
            return Self::AsSet;
        }
        let Some(set) = headers.get("Accept-Encoding") else {
            return Self::Added(methods.to_string());
        };
        let asked = |name: &str| {
            let coding = |item: &str| item.split(';').next().unwrap_or_default().trim().to_owned();
            set.split(',')
                .any(|item| coding(item).eq_ignore_ascii_case(name))
        };
        let missing: Vec<_> = methods.names().filter(|name| !asked(name)).collect();
        if missing.is_empty() {
            return Self::AsSet;
        }
        Self::Replaced(format!("{set}, {}", missing.join(", ")))
    }
}

/// What a body is coded in, in the order in which that is undone. Empty if there is nothing to
/// undo, or something that was not asked for: then the body stays as it came.
pub(crate) fn codings(field: &str, methods: DecompressionMethods) -> Vec<Coding> {
    let mut codings = Vec::new();
    for name in field.split(',').map(str::trim) {
        if name.is_empty() || name.eq_ignore_ascii_case("identity") {
            continue;
        }
        match Coding::of_name(name) {
            Some(coding) if methods.contains(coding.method()) => codings.push(coding),
            _ => return Vec::new(),
        }
    }
    codings.reverse();
    codings
}

#[cfg(all(test, feature = "brotli", feature = "zstd"))]
mod tests;
