//! `HttpRequestCachePolicy`: what a request says to the caches on its way. There is no cache here.

use system_net_config::HttpRequestCacheLevel;
use system_net_primitives::{Misuse, WebHeaderCollection};

/// Where the response to a request may come from.
///
/// This library has no cache of its own yet: a policy can ask the caches on the way to stand aside,
/// and nothing more. Policies that need one are refused where they are set.
///
/// | level | what is sent |
/// |---|---|
/// | `BypassCache`, `Default` | what the caller set |
/// | `NoCacheNoStore` | `Cache-Control: no-store, no-cache`, `Pragma: no-cache` |
/// | `Reload` | `Cache-Control: no-cache`, `Pragma: no-cache` |
/// | `Refresh` | `Cache-Control: max-age=0`, `Pragma: no-cache` |
/// | `CacheOnly`, `CacheIfAvailable`, `Revalidate`, `CacheOrNextCacheOnly` | refused |
///
/// .NET: `System.Net.Cache.HttpRequestCachePolicy`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpRequestCachePolicy {
    level: HttpRequestCacheLevel,
}

impl HttpRequestCachePolicy {
    /// A policy of a level.
    #[must_use]
    pub const fn new(level: HttpRequestCacheLevel) -> Self {
        Self { level }
    }

    /// The level.
    ///
    /// .NET: `System.Net.Cache.HttpRequestCachePolicy.Level`
    #[doc(alias = "HttpRequestCachePolicy.Level")]
    #[must_use]
    pub const fn level(&self) -> HttpRequestCacheLevel {
        self.level
    }

    /// The policy, if it means anything without a cache.
    pub(crate) fn checked(self) -> Result<Self, Misuse> {
        use HttpRequestCacheLevel as L;
        match self.level {
            L::Default | L::BypassCache | L::NoCacheNoStore | L::Reload | L::Refresh => Ok(self),
            other => Err(Misuse::not_supported(format!(
                "the cache policy {other:?} needs a cache, which this version has not"
            ))),
        }
    }

    /// Writes what the policy says over what the caller set.
    pub(crate) fn apply(self, headers: &mut WebHeaderCollection) -> Result<(), Misuse> {
        use HttpRequestCacheLevel as L;
        let control = match self.level {
            L::NoCacheNoStore => "no-store, no-cache",
            L::Reload => "no-cache",
            L::Refresh => "max-age=0",
            _ => return Ok(()),
        };
        headers.set_engine("Cache-Control", control)?;
        headers.set_engine("Pragma", "no-cache")
    }
}

impl Default for HttpRequestCachePolicy {
    /// `BypassCache`, as a .NET program has without a configuration.
    fn default() -> Self {
        Self::new(HttpRequestCacheLevel::BypassCache)
    }
}
