//! The settings as plain values. Defaults are those of .NET unless a field says otherwise.
//!
//! A field that nothing acts on yet says so first, and its section in `xml` reports files that
//! set it to another value; the test `settings_without_effect` holds the two together.

mod caching;
mod diagnostics;
mod extended_protection;
mod listener;
mod mail;
mod modules;
mod proxy;
mod target;
mod web;

use std::fmt;
use std::time::Duration;

use crate::{UriSection, shown};

pub use caching::{
    FtpCachePolicySettings, HttpCachePolicySettings, HttpRequestCacheLevel, RequestCacheLevel,
    RequestCachingSettings,
};
pub use diagnostics::{
    DiagnosticsSettings, TraceListenerChange, TraceListenerSettings, TraceMode, TraceSettings,
    TraceSourceSettings, TraceSwitchSettings,
};
pub use extended_protection::{
    ExtendedProtectionPolicyElement, ServiceNameElement, ServiceNameElementCollection,
};
pub use listener::{HttpListenerSettings, HttpListenerTimeoutSettings};
pub use mail::{SmtpDeliveryFormat, SmtpDeliveryMethod, SmtpNetworkSettings, SmtpSettings};
pub use modules::{AppContextSwitch, AuthenticationModuleChange};
pub use proxy::{DefaultProxySettings, ProxySettings};
pub use target::{TargetFramework, TargetFrameworkSource};
pub use web::{
    NtlmSettings, WebProxyScriptSettings, WebUtilitySettings, WindowsAuthenticationSettings,
};

/// All settings of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many connections a server may get, in the order of the file. Of several entries for
    /// one address the last counts; the address `*` stands for all others.
    ///
    /// .NET: `System.Net.Configuration.ConnectionManagementSection`
    #[doc(alias = "ConnectionManagementSection")]
    pub connection_management: Vec<ConnectionManagementEntry>,
    /// Limits of HTTP requests.
    pub http_web_request: HttpWebRequestSettings,
    /// Starting values of service points.
    pub service_point_manager: ServicePointManagerSettings,
    /// Starting values of sockets.
    pub socket: SocketSettings,
    /// Whether IPv6 addresses are used; `true`, as in .NET since version 2.0
    /// ([`for_target`](Self::for_target) knows the older default). The obsolete members of `Dns`
    /// give none of them if `false`; the others do not look at it, as in .NET since 2.0.
    /// `HttpListener` then binds IPv6 addresses for those prefixes alone that name one.
    ///
    /// .NET: `System.Net.Configuration.Ipv6Element.Enabled`
    #[doc(alias = "Ipv6Element.Enabled")]
    pub ipv6: bool,
    /// Changes of the table of request modules, to be applied to the built-in table in order.
    ///
    /// .NET: `System.Net.Configuration.WebRequestModulesSection`
    #[doc(alias = "WebRequestModulesSection")]
    pub web_request_modules: Vec<ModuleChange>,
    /// Whom TLS trusts. Not part of the .NET configuration.
    pub tls: TlsSettings,
    /// How texts are read as URIs; [`NetContext::uri_settings`] makes use of it.
    ///
    /// .NET: `System.Configuration.UriSection`
    ///
    /// [`NetContext::uri_settings`]: crate::NetContext::uri_settings
    #[doc(alias = "System.Configuration.UriSection")]
    pub uri: UriSection,
    /// The proxy of requests that name none.
    pub default_proxy: DefaultProxySettings,
    /// Changes of the list of authentication modules, to be applied to the built-in list in order
    /// when a request logs in first.
    ///
    /// .NET: `System.Net.Configuration.AuthenticationModulesSection`
    #[doc(alias = "AuthenticationModulesSection")]
    pub authentication_modules: Vec<AuthenticationModuleChange>,
    /// Read and kept; nothing acts on it yet. What is taken from the cache.
    pub request_caching: RequestCachingSettings,
    /// Read and kept; nothing acts on it yet. How mail leaves.
    ///
    /// .NET: `System.Net.Configuration.MailSettingsSectionGroup.Smtp`
    #[doc(alias = "MailSettingsSectionGroup.Smtp")]
    pub smtp: SmtpSettings,
    /// Starting values of HTTP listeners.
    pub http_listener: HttpListenerSettings,
    /// Read and kept; nothing acts on it yet. Whether counters of the network are kept; `false`.
    ///
    /// .NET: `System.Net.Configuration.PerformanceCountersElement.Enabled`
    #[doc(alias = "PerformanceCountersElement.Enabled")]
    pub performance_counters: bool,
    /// Read and kept; nothing acts on it yet. Scripts that choose a proxy.
    pub web_proxy_script: WebProxyScriptSettings,
    /// Read and kept; nothing acts on it yet. How `WebUtility` treats characters.
    pub web_utility: WebUtilitySettings,
    /// Read and kept; nothing acts on it yet. Logins by Windows.
    pub windows_authentication: WindowsAuthenticationSettings,
    /// Whether logins can be tied to their channel or service; `true`. Off in tests alone, and to
    /// stand for a platform that cannot.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy.OSSupportsExtendedProtection`
    pub os_supports_extended_protection: bool,
    /// Logins by NTLM: the element `ntlm`, which .NET does not have.
    pub ntlm: NtlmSettings,
    /// Traces: the section `system.diagnostics`, for `system-net-diagnostics`.
    pub diagnostics: DiagnosticsSettings,
    /// Switches of `<runtime><AppContextSwitchOverrides>`, one for each name, for the program to look
    /// at. `Switch.System.Net.DontEnableSchUseStrongCrypto` and
    /// `Switch.System.Net.DontEnableSystemDefaultTlsVersions` decide about TLS; what a file says of
    /// `System.Net.DisableIPv6` is in [`ipv6`](Self::ipv6) as well; nothing acts on others.
    pub app_context_switches: Vec<AppContextSwitch>,
    /// The version of the .NET Framework that the program was written for, on which the defaults of
    /// TLS depend: the newest unless somebody says otherwise.
    pub target_framework: TargetFramework,
    /// Who says so.
    pub target_framework_source: TargetFrameworkSource,
}

impl Settings {
    /// The default settings of a version of the .NET Framework, for programs that were written for
    /// it. In 1.1 the switch [`ipv6`](Self::ipv6) is off,
    /// and a file's settings of the default proxy go over the system's. Before 4.7 the Framework
    /// chooses the versions of TLS and not the system, before 4.6 such old ones that nothing can be
    /// reached unless switches, the registry or the program say otherwise.
    ///
    /// # Examples
    /// ```
    /// use system_net_config::{Settings, TargetFramework};
    ///
    /// assert!(!Settings::for_target(TargetFramework::V1_1).ipv6);
    /// assert!(Settings::for_target(TargetFramework::V2_0).ipv6);
    /// assert_eq!(Settings::default().target_framework, TargetFramework::V4_7_1);
    /// ```
    #[must_use]
    pub fn for_target(target: TargetFramework) -> Self {
        Self {
            ipv6: target >= TargetFramework::V2_0,
            default_proxy: DefaultProxySettings {
                target,
                ..DefaultProxySettings::default()
            },
            target_framework: target,
            target_framework_source: TargetFrameworkSource::Program,
            ..Self::default()
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connection_management: Vec::new(),
            http_web_request: HttpWebRequestSettings::default(),
            service_point_manager: ServicePointManagerSettings::default(),
            socket: SocketSettings::default(),
            ipv6: true,
            web_request_modules: Vec::new(),
            tls: TlsSettings::default(),
            uri: UriSection::default(),
            default_proxy: DefaultProxySettings::default(),
            authentication_modules: Vec::new(),
            request_caching: RequestCachingSettings::default(),
            smtp: SmtpSettings::default(),
            http_listener: HttpListenerSettings::default(),
            performance_counters: false,
            web_proxy_script: WebProxyScriptSettings::default(),
            web_utility: WebUtilitySettings::default(),
            windows_authentication: WindowsAuthenticationSettings::default(),
            os_supports_extended_protection: true,
            ntlm: NtlmSettings::default(),
            diagnostics: DiagnosticsSettings::default(),
            app_context_switches: Vec::new(),
            target_framework: TargetFramework::default(),
            target_framework_source: TargetFrameworkSource::default(),
        }
    }
}

/// The greatest number of connections to one address.
///
/// .NET: `System.Net.Configuration.ConnectionManagementElement`
#[doc(alias = "ConnectionManagementElement")]
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectionManagementEntry {
    /// A host, an IP address, `scheme://host:port`, or `*` for all that are not listed.
    ///
    /// .NET: `System.Net.Configuration.ConnectionManagementElement.Address`
    #[doc(alias = "ConnectionManagementElement.Address")]
    pub address: String,
    /// The number of connections, at least 1.
    ///
    /// .NET: `System.Net.Configuration.ConnectionManagementElement.MaxConnection`
    #[doc(alias = "ConnectionManagementElement.MaxConnection")]
    pub maxconnection: u32,
}

/// Printed without the password of an address.
impl fmt::Debug for ConnectionManagementEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionManagementEntry")
            .field("address", &shown::masked(&self.address))
            .field("maxconnection", &self.maxconnection)
            .finish()
    }
}

/// Limits of HTTP requests. `None` means no limit, which files write as -1.
///
/// .NET: `System.Net.Configuration.HttpWebRequestElement`
#[doc(alias = "HttpWebRequestElement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpWebRequestSettings {
    /// The greatest size of a response head, in KiB; 64. Files write -1 for
    /// [`MAX_HEAD_KIB`](Self::MAX_HEAD_KIB).
    ///
    /// .NET: `System.Net.Configuration.HttpWebRequestElement.MaximumResponseHeadersLength`
    #[doc(alias = "HttpWebRequestElement.MaximumResponseHeadersLength")]
    pub maximum_response_headers_length: u32,
    /// How much of an error's body the caller can read, in KiB; 64. The rest is not read, and the
    /// connection is closed then.
    ///
    /// .NET: `System.Net.Configuration.HttpWebRequestElement.MaximumErrorResponseLength`
    #[doc(alias = "HttpWebRequestElement.MaximumErrorResponseLength")]
    pub maximum_error_response_length: Option<u32>,
    /// If a POST or PUT with a longer body, without a login, is answered with an error, its
    /// connection is not kept. In bytes; no limit.
    ///
    /// .NET: `System.Net.Configuration.HttpWebRequestElement.MaximumUnauthorizedUploadLength`
    #[doc(alias = "HttpWebRequestElement.MaximumUnauthorizedUploadLength")]
    pub maximum_unauthorized_upload_length: Option<u64>,
    /// Whether folded lines and blanks before the colon of a header are borne; `false`.
    ///
    /// .NET: `System.Net.Configuration.HttpWebRequestElement.UseUnsafeHeaderParsing`
    #[doc(alias = "HttpWebRequestElement.UseUnsafeHeaderParsing")]
    pub use_unsafe_header_parsing: bool,
}

impl HttpWebRequestSettings {
    /// What "no limit" means for a response head: 4 GiB less 1 KiB.
    pub const MAX_HEAD_KIB: u32 = (1 << 22) - 1;
}

impl Default for HttpWebRequestSettings {
    fn default() -> Self {
        Self {
            maximum_response_headers_length: 64,
            maximum_error_response_length: Some(64),
            maximum_unauthorized_upload_length: None,
            use_unsafe_header_parsing: false,
        }
    }
}

/// Starting values of service points.
///
/// .NET: `System.Net.Configuration.ServicePointManagerElement`
#[doc(alias = "ServicePointManagerElement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePointManagerSettings {
    /// Whether a certificate must name the host; `true`. Without it, whoever has a good
    /// certificate for any host can stand in for the server; each time, a warning is traced.
    ///
    /// .NET: `System.Net.Configuration.ServicePointManagerElement.CheckCertificateName`
    #[doc(alias = "ServicePointManagerElement.CheckCertificateName")]
    pub check_certificate_name: bool,
    /// Whether a server is refused of which nothing proves that its certificate is not revoked;
    /// `false`. It is what [`TlsSettings::require_revocation_status`] is, for files: a current list
    /// of [`TlsSettings::revocation_lists`] or the OCSP response that the server staples has to prove
    /// it.
    ///
    /// # Differences from .NET
    /// No authority is asked: that would tell it who talks to whom.
    ///
    /// .NET: `System.Net.Configuration.ServicePointManagerElement.CheckCertificateRevocationList`
    #[doc(alias = "ServicePointManagerElement.CheckCertificateRevocationList")]
    pub check_certificate_revocation_list: bool,
    /// How long a resolved name is good for; 120 seconds. `None` means for ever, which files
    /// write as -1.
    ///
    /// .NET: `System.Net.Configuration.ServicePointManagerElement.DnsRefreshTimeout`
    #[doc(alias = "ServicePointManagerElement.DnsRefreshTimeout")]
    pub dns_refresh_timeout: Option<Duration>,
    /// Whether the addresses of a name take turns; `false`.
    ///
    /// .NET: `System.Net.Configuration.ServicePointManagerElement.EnableDnsRoundRobin`
    #[doc(alias = "ServicePointManagerElement.EnableDnsRoundRobin")]
    pub enable_dns_round_robin: bool,
    /// Whether requests with a body ask by `Expect: 100-continue` first; `true`.
    ///
    /// .NET: `System.Net.Configuration.ServicePointManagerElement.Expect100Continue`
    #[doc(alias = "ServicePointManagerElement.Expect100Continue")]
    pub expect_100_continue: bool,
    /// Whether small packets are gathered; `true`.
    ///
    /// .NET: `System.Net.Configuration.ServicePointManagerElement.UseNagleAlgorithm`
    #[doc(alias = "ServicePointManagerElement.UseNagleAlgorithm")]
    pub use_nagle_algorithm: bool,
}

impl Default for ServicePointManagerSettings {
    fn default() -> Self {
        Self {
            check_certificate_name: true,
            check_certificate_revocation_list: false,
            dns_refresh_timeout: Some(Duration::from_secs(120)),
            enable_dns_round_robin: false,
            expect_100_continue: true,
            use_nagle_algorithm: true,
        }
    }
}

/// Starting values of sockets.
///
/// .NET: `System.Net.Configuration.SocketElement`
#[doc(alias = "SocketElement")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketSettings {
    /// Read and kept; nothing acts on it yet. Without effect outside of Windows in any
    /// case; `false`.
    ///
    /// .NET: `System.Net.Configuration.SocketElement.AlwaysUseCompletionPortsForAccept`
    #[doc(alias = "SocketElement.AlwaysUseCompletionPortsForAccept")]
    pub always_use_completion_ports_for_accept: bool,
    /// Read and kept; nothing acts on it yet. Without effect outside of Windows in any
    /// case; `false`.
    ///
    /// .NET: `System.Net.Configuration.SocketElement.AlwaysUseCompletionPortsForConnect`
    #[doc(alias = "SocketElement.AlwaysUseCompletionPortsForConnect")]
    pub always_use_completion_ports_for_connect: bool,
}

/// One change of the table of request modules.
///
/// .NET: `System.Net.Configuration.WebRequestModuleElement`
#[doc(alias = "WebRequestModuleElement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleChange {
    /// Serves a prefix by a registered type; replaces the module that had the prefix.
    Add {
        /// The start of the addresses, in any letter case.
        prefix: String,
        /// The name under which a constructor was registered.
        type_name: String,
    },
    /// Serves a prefix no more.
    Remove {
        /// The start of the addresses, in any letter case.
        prefix: String,
    },
    /// Empties the table, the built-in modules included.
    Clear,
}

/// Whom TLS trusts, and what the registry says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// Certificates in DER that are trusted besides the system's.
    pub extra_roots: Vec<Vec<u8>>,
    /// Revocation lists (X.509 v2) in DER: certificates that stand on one are refused.
    pub revocation_lists: Vec<Vec<u8>>,
    /// Whether a server is refused of which no current list here, nor the OCSP response that it
    /// staples, proves that its certificate is not revoked; `false`.
    pub require_revocation_status: bool,
    /// SHA-256 of public keys (SubjectPublicKeyInfo in DER): servers that have none of them are
    /// refused, whoever vouches for them. Proxies are not meant. Empty: any key.
    pub pinned_public_keys: Vec<[u8; 32]>,
    /// Whether the system's store is used; `true`.
    pub use_system_roots: bool,
    /// Whether every certificate is accepted, whoever signed it and whatever it names; `false`.
    /// Dangerous: whoever sits on the way reads and changes everything. For tests.
    pub accept_any_certificate: bool,
    /// The keys of the Windows registry that decide about TLS: the text of a file that `regedit`
    /// exports (`.reg`), or one written by hand. `None`: no key is set.
    pub registry: Option<String>,
    /// Which half of the registry counts where it has two: that of programs of 32 bits
    /// (`Wow6432Node`), or that of others; `false`.
    pub registry_of_32_bits: bool,
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            extra_roots: Vec::new(),
            revocation_lists: Vec::new(),
            require_revocation_status: false,
            pinned_public_keys: Vec::new(),
            use_system_roots: true,
            accept_any_certificate: false,
            registry: None,
            registry_of_32_bits: false,
        }
    }
}
