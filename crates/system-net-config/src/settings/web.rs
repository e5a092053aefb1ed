//! Values of the small elements of `<settings>`: scripts of proxies, escapes of HTML and URLs,
//! logins by Windows.

use std::time::Duration;

use system_net_primitives::{UnicodeDecodingConformance, UnicodeEncodingConformance};

/// Scripts that choose a proxy.
///
/// .NET: `System.Net.Configuration.WebProxyScriptElement`
#[doc(alias = "WebProxyScriptElement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebProxyScriptSettings {
    /// How long a script is waited for; two minutes.
    ///
    /// .NET: `System.Net.Configuration.WebProxyScriptElement.DownloadTimeout`
    #[doc(alias = "WebProxyScriptElement.DownloadTimeout")]
    pub download_timeout: Duration,
    /// After how many seconds a script that failed is tried again; 600.
    ///
    /// .NET: `System.Net.Configuration.WebProxyScriptElement.AutoConfigUrlRetryInterval`
    #[doc(alias = "WebProxyScriptElement.AutoConfigUrlRetryInterval")]
    pub auto_config_url_retry_interval: u32,
}

impl Default for WebProxyScriptSettings {
    fn default() -> Self {
        Self {
            download_timeout: Duration::from_secs(120),
            auto_config_url_retry_interval: 600,
        }
    }
}

/// How `WebUtility` treats characters outside the first plane of Unicode.
///
/// .NET: `System.Net.Configuration.WebUtilityElement`
#[doc(alias = "WebUtilityElement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebUtilitySettings {
    /// When references of HTML are resolved; `Auto`.
    ///
    /// .NET: `System.Net.Configuration.WebUtilityElement.UnicodeDecodingConformance`
    #[doc(alias = "WebUtilityElement.UnicodeDecodingConformance")]
    pub unicode_decoding_conformance: UnicodeDecodingConformance,
    /// When text is escaped; `Auto`.
    ///
    /// .NET: `System.Net.Configuration.WebUtilityElement.UnicodeEncodingConformance`
    #[doc(alias = "WebUtilityElement.UnicodeEncodingConformance")]
    pub unicode_encoding_conformance: UnicodeEncodingConformance,
}

impl Default for WebUtilitySettings {
    fn default() -> Self {
        Self {
            unicode_decoding_conformance: UnicodeDecodingConformance::Auto,
            unicode_encoding_conformance: UnicodeEncodingConformance::Auto,
        }
    }
}

/// When logins by NTLM may be answered by this very process: what Windows has in its registry, under
/// `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NtlmSettings {
    /// Names that stand for this computer besides `localhost` and its loopback addresses; none.
    ///
    /// Windows: `MSV1_0\BackConnectionHostNames`
    pub back_connection_host_names: Vec<String>,
    /// Whether servers of this process may be logged in to under any name; `false`. Less safe: a
    /// warning in the trace says so at each such login.
    ///
    /// Windows: `DisableLoopbackCheck`
    pub disable_loopback_check: bool,
}

/// Logins by Windows.
///
/// .NET: `System.Net.Configuration.WindowsAuthenticationElement`
#[doc(alias = "WindowsAuthenticationElement")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowsAuthenticationSettings {
    /// How many handles of default credentials are kept; 0.
    ///
    /// .NET: `System.Net.Configuration.WindowsAuthenticationElement.DefaultCredentialsHandleCacheSize`
    #[doc(alias = "WindowsAuthenticationElement.DefaultCredentialsHandleCacheSize")]
    pub default_credentials_handle_cache_size: u32,
}
