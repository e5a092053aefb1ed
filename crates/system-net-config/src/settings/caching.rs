//! What is taken from the cache: values of `<requestCaching>`.

use std::time::Duration;

/// What is taken from the cache, and what is kept in it.
///
/// .NET: `System.Net.Configuration.RequestCachingSection`
#[doc(alias = "RequestCachingSection")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestCachingSettings {
    /// For requests of protocols without an entry of their own; `BypassCache`.
    ///
    /// .NET: `System.Net.Configuration.RequestCachingSection.DefaultPolicyLevel`
    #[doc(alias = "RequestCachingSection.DefaultPolicyLevel")]
    pub default_policy_level: RequestCacheLevel,
    /// Whether no request may use the cache, whatever its policy says; `false`.
    ///
    /// .NET: `System.Net.Configuration.RequestCachingSection.DisableAllCaching`
    #[doc(alias = "RequestCachingSection.DisableAllCaching")]
    pub disable_all_caching: bool,
    /// Whether the cache serves one user alone; `true`.
    ///
    /// .NET: `System.Net.Configuration.RequestCachingSection.IsPrivateCache`
    #[doc(alias = "RequestCachingSection.IsPrivateCache")]
    pub is_private_cache: bool,
    /// How long an entry is good for of which the server did not say; a day.
    ///
    /// .NET: `System.Net.Configuration.RequestCachingSection.UnspecifiedMaximumAge`
    #[doc(alias = "RequestCachingSection.UnspecifiedMaximumAge")]
    pub unspecified_maximum_age: Duration,
    /// For requests by HTTP. `None` if no file has the element.
    ///
    /// .NET: `System.Net.Configuration.RequestCachingSection.DefaultHttpCachePolicy`
    #[doc(alias = "RequestCachingSection.DefaultHttpCachePolicy")]
    pub default_http_cache_policy: Option<HttpCachePolicySettings>,
    /// For requests by FTP. `None` if no file has the element.
    ///
    /// .NET: `System.Net.Configuration.RequestCachingSection.DefaultFtpCachePolicy`
    #[doc(alias = "RequestCachingSection.DefaultFtpCachePolicy")]
    pub default_ftp_cache_policy: Option<FtpCachePolicySettings>,
}

impl Default for RequestCachingSettings {
    fn default() -> Self {
        Self {
            default_policy_level: RequestCacheLevel::BypassCache,
            disable_all_caching: false,
            is_private_cache: true,
            unspecified_maximum_age: Duration::from_secs(24 * 60 * 60),
            default_http_cache_policy: None,
            default_ftp_cache_policy: None,
        }
    }
}

/// The cache policy of requests by HTTP.
///
/// .NET: `System.Net.Configuration.HttpCachePolicyElement`
#[doc(alias = "HttpCachePolicyElement")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpCachePolicySettings {
    /// Where the answer may come from.
    ///
    /// .NET: `System.Net.Configuration.HttpCachePolicyElement.PolicyLevel`
    #[doc(alias = "HttpCachePolicyElement.PolicyLevel")]
    pub policy_level: HttpRequestCacheLevel,
    /// How old an entry may be; `None` for any age.
    ///
    /// .NET: `System.Net.Configuration.HttpCachePolicyElement.MaximumAge`
    #[doc(alias = "HttpCachePolicyElement.MaximumAge")]
    pub maximum_age: Option<Duration>,
    /// How long an entry may have been stale; `None` if it must be fresh.
    ///
    /// .NET: `System.Net.Configuration.HttpCachePolicyElement.MaximumStale`
    #[doc(alias = "HttpCachePolicyElement.MaximumStale")]
    pub maximum_stale: Option<Duration>,
    /// How long an entry must stay fresh; `None` if it need not.
    ///
    /// .NET: `System.Net.Configuration.HttpCachePolicyElement.MinimumFresh`
    #[doc(alias = "HttpCachePolicyElement.MinimumFresh")]
    pub minimum_fresh: Option<Duration>,
}

/// The cache policy of requests by FTP.
///
/// .NET: `System.Net.Configuration.FtpCachePolicyElement`
#[doc(alias = "FtpCachePolicyElement")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FtpCachePolicySettings {
    /// Where the answer may come from.
    ///
    /// .NET: `System.Net.Configuration.FtpCachePolicyElement.PolicyLevel`
    #[doc(alias = "FtpCachePolicyElement.PolicyLevel")]
    pub policy_level: RequestCacheLevel,
}

/// Where the answer to a request may come from.
///
/// .NET: `System.Net.Cache.RequestCacheLevel`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RequestCacheLevel {
    /// What the settings say; else `BypassCache`.
    ///
    /// .NET: `System.Net.Cache.RequestCacheLevel.Default`
    #[doc(alias = "RequestCacheLevel.Default")]
    #[default]
    Default,
    /// Always asks the server.
    ///
    /// .NET: `System.Net.Cache.RequestCacheLevel.BypassCache`
    #[doc(alias = "RequestCacheLevel.BypassCache")]
    BypassCache,
    /// Never asks the server; what is not in the cache is an error.
    ///
    /// .NET: `System.Net.Cache.RequestCacheLevel.CacheOnly`
    #[doc(alias = "RequestCacheLevel.CacheOnly")]
    CacheOnly,
    /// The cache if it has an entry, however old; else the server.
    ///
    /// .NET: `System.Net.Cache.RequestCacheLevel.CacheIfAvailable`
    #[doc(alias = "RequestCacheLevel.CacheIfAvailable")]
    CacheIfAvailable,
    /// The cache if the server says that the entry is still good.
    ///
    /// .NET: `System.Net.Cache.RequestCacheLevel.Revalidate`
    #[doc(alias = "RequestCacheLevel.Revalidate")]
    Revalidate,
    /// Asks the server and keeps the answer.
    ///
    /// .NET: `System.Net.Cache.RequestCacheLevel.Reload`
    #[doc(alias = "RequestCacheLevel.Reload")]
    Reload,
    /// Asks the server, and keeps nothing.
    ///
    /// .NET: `System.Net.Cache.RequestCacheLevel.NoCacheNoStore`
    #[doc(alias = "RequestCacheLevel.NoCacheNoStore")]
    NoCacheNoStore,
}

/// Where the answer to a request by HTTP may come from.
///
/// .NET: `System.Net.Cache.HttpRequestCacheLevel`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HttpRequestCacheLevel {
    /// What the settings say; else `BypassCache`.
    ///
    /// .NET: `System.Net.Cache.HttpRequestCacheLevel.Default`
    #[doc(alias = "HttpRequestCacheLevel.Default")]
    #[default]
    Default,
    /// Always asks the server.
    ///
    /// .NET: `System.Net.Cache.HttpRequestCacheLevel.BypassCache`
    #[doc(alias = "HttpRequestCacheLevel.BypassCache")]
    BypassCache,
    /// Never asks the server; what is not in the cache is an error.
    ///
    /// .NET: `System.Net.Cache.HttpRequestCacheLevel.CacheOnly`
    #[doc(alias = "HttpRequestCacheLevel.CacheOnly")]
    CacheOnly,
    /// The cache if it has an entry, however old; else the server.
    ///
    /// .NET: `System.Net.Cache.HttpRequestCacheLevel.CacheIfAvailable`
    #[doc(alias = "HttpRequestCacheLevel.CacheIfAvailable")]
    CacheIfAvailable,
    /// The cache if the server says that the entry is still good.
    ///
    /// .NET: `System.Net.Cache.HttpRequestCacheLevel.Revalidate`
    #[doc(alias = "HttpRequestCacheLevel.Revalidate")]
    Revalidate,
    /// Asks the server and keeps the answer.
    ///
    /// .NET: `System.Net.Cache.HttpRequestCacheLevel.Reload`
    #[doc(alias = "HttpRequestCacheLevel.Reload")]
    Reload,
    /// Asks the server, and keeps nothing.
    ///
    /// .NET: `System.Net.Cache.HttpRequestCacheLevel.NoCacheNoStore`
    #[doc(alias = "HttpRequestCacheLevel.NoCacheNoStore")]
    NoCacheNoStore,
    /// A cache on the way to the server, or this one; never the server.
    ///
    /// .NET: `System.Net.Cache.HttpRequestCacheLevel.CacheOrNextCacheOnly`
    #[doc(alias = "HttpRequestCacheLevel.CacheOrNextCacheOnly")]
    CacheOrNextCacheOnly,
    /// The server, or a cache on the way that asked it again.
    ///
    /// .NET: `System.Net.Cache.HttpRequestCacheLevel.Refresh`
    #[doc(alias = "HttpRequestCacheLevel.Refresh")]
    Refresh,
}
