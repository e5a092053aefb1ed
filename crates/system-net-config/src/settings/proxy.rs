//! The proxy that requests use which name none: values of `<defaultProxy>`.

use std::fmt;

use super::target::TargetFramework;
use crate::shown;

/// The proxy of requests that name none.
///
/// .NET: `System.Net.Configuration.DefaultProxySection`
#[doc(alias = "DefaultProxySection")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultProxySettings {
    /// Whether there is a default proxy; `true`.
    ///
    /// .NET: `System.Net.Configuration.DefaultProxySection.Enabled`
    #[doc(alias = "DefaultProxySection.Enabled")]
    pub enabled: bool,
    /// Whether the proxy gets the default credentials; `false`.
    ///
    /// .NET: `System.Net.Configuration.DefaultProxySection.UseDefaultCredentials`
    #[doc(alias = "DefaultProxySection.UseDefaultCredentials")]
    pub use_default_credentials: bool,
    /// Where the proxy is.
    ///
    /// .NET: `System.Net.Configuration.DefaultProxySection.Proxy`
    #[doc(alias = "DefaultProxySection.Proxy")]
    pub proxy: ProxySettings,
    /// Regular expressions of addresses that are reached without the proxy. All of them compile: a
    /// file with one that does not is refused.
    ///
    /// .NET: `System.Net.Configuration.DefaultProxySection.BypassList`
    #[doc(alias = "DefaultProxySection.BypassList")]
    pub bypass_list: Vec<String>,
    /// The name under which the constructor of a proxy was registered; it takes the place of the
    /// others.
    ///
    /// .NET: `System.Net.Configuration.DefaultProxySection.Module`
    #[doc(alias = "DefaultProxySection.Module")]
    pub module: Option<String>,
    /// By whose rule `use_system_default` is read if it is true: in 2.0 and later the file's other
    /// settings then do not count, in 1.1 they go over the system's. Not in files.
    pub target: TargetFramework,
}

impl Default for DefaultProxySettings {
    fn default() -> Self {
        Self {
            enabled: true,
            use_default_credentials: false,
            proxy: ProxySettings::default(),
            bypass_list: Vec::new(),
            module: None,
            target: TargetFramework::default(),
        }
    }
}

/// Where the proxy is. `None` means that no file said so. Printed without passwords.
///
/// .NET: `System.Net.Configuration.ProxyElement`
#[doc(alias = "ProxyElement")]
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxySettings {
    /// Whether the proxy of the system is used; .NET calls `None` `Unspecified`.
    ///
    /// .NET: `System.Net.Configuration.ProxyElement.UseSystemDefault`
    #[doc(alias = "ProxyElement.UseSystemDefault")]
    pub use_system_default: Option<bool>,
    /// The address of the proxy, an absolute URI.
    ///
    /// .NET: `System.Net.Configuration.ProxyElement.ProxyAddress`
    #[doc(alias = "ProxyElement.ProxyAddress")]
    pub proxy_address: Option<String>,
    /// Whether names without a dot are reached without the proxy.
    ///
    /// .NET: `System.Net.Configuration.ProxyElement.BypassOnLocal`
    #[doc(alias = "ProxyElement.BypassOnLocal")]
    pub bypass_on_local: Option<bool>,
    /// Read and kept; nothing acts on it yet. Where the script is that chooses a proxy, an absolute URI.
    ///
    /// .NET: `System.Net.Configuration.ProxyElement.ScriptLocation`
    #[doc(alias = "ProxyElement.ScriptLocation")]
    pub script_location: Option<String>,
    /// Read and kept; nothing acts on it yet. Whether a script is looked for in the network.
    ///
    /// .NET: `System.Net.Configuration.ProxyElement.AutoDetect`
    #[doc(alias = "ProxyElement.AutoDetect")]
    pub auto_detect: Option<bool>,
}

impl fmt::Debug for ProxySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxySettings")
            .field("use_system_default", &self.use_system_default)
            .field("proxy_address", &shown::masked_option(&self.proxy_address))
            .field("bypass_on_local", &self.bypass_on_local)
            .field(
                "script_location",
                &shown::masked_option(&self.script_location),
            )
            .field("auto_detect", &self.auto_detect)
            .finish()
    }
}
