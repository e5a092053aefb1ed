//! Settings of every part of `system-net`, and the context that carries them.
//!
//! # In scope
//! * [`Settings`]: plain values with the defaults of .NET
//! * [`NetContext`]: settings, a clock, and typed slots in which the other crates keep what .NET
//!   keeps in static fields: service points, the prefix table, the default proxy
//! * [`TypeRegistry`]: what the names of types in files stand for
//! * with the feature `xml`, `ConfigurationEditor`: changes files and leaves all else in them
//! * with the feature `xml`: files in the XML form of .NET, `<configuration><system.net>`, read by
//!   `Configuration`, from which [`NetContext::global`] is built. Read are `system.net`, `uri`,
//!   `system.diagnostics` and of `runtime` the switches; whatever else a file holds is reported, and
//!   so is what it sets that nothing acts on yet. `docs/configuration.md` has every attribute
//!
//! # Out of scope
//! What the settings do: that is the business of the crate each of them names.
//!
//! # Example
//! ```
//! use system_net_config::{NetContext, Settings};
//!
//! let mut settings = Settings::default();
//! settings.http_web_request.maximum_response_headers_length = 16;
//! let context = NetContext::with_settings(settings);
//! assert_eq!(context.settings().http_web_request.maximum_response_headers_length, 16);
//! ```
#![forbid(unsafe_code)]

#[cfg(feature = "bypass")]
#[doc(hidden)]
pub mod bypass_expressions;
mod context;
#[cfg(not(feature = "xml"))]
#[path = "plain.rs"]
mod files;
#[cfg(feature = "xml")]
#[path = "xml/mod.rs"]
mod files;
mod settings;
mod shown;
mod slots;
#[doc(hidden)]
pub mod trace_demand;
mod type_registry;
mod uri_section;

pub use context::{NetContext, NetContextBuilder};
#[cfg(feature = "xml")]
pub use files::{
    Configuration, ConfigurationAttribute, ConfigurationEditor, ConfigurationEffect,
    ConfigurationError, ConfigurationErrorKind, ConfigurationReport, ConfigurationValue,
    ConfigurationWarning, ConfigurationWarningKind,
};
pub use settings::{
    AppContextSwitch, AuthenticationModuleChange, ConnectionManagementEntry, DefaultProxySettings,
    DiagnosticsSettings, ExtendedProtectionPolicyElement, FtpCachePolicySettings,
    HttpCachePolicySettings, HttpListenerSettings, HttpListenerTimeoutSettings,
    HttpRequestCacheLevel, HttpWebRequestSettings, ModuleChange, NtlmSettings, ProxySettings,
    RequestCacheLevel, RequestCachingSettings, ServiceNameElement, ServiceNameElementCollection,
    ServicePointManagerSettings, Settings, SmtpDeliveryFormat, SmtpDeliveryMethod,
    SmtpNetworkSettings, SmtpSettings, SocketSettings, TargetFramework, TargetFrameworkSource,
    TlsSettings, TraceListenerChange, TraceListenerSettings, TraceMode, TraceSettings,
    TraceSourceSettings, TraceSwitchSettings, WebProxyScriptSettings, WebUtilitySettings,
    WindowsAuthenticationSettings,
};
pub use type_registry::{ResolvedType, TypeRegistry, UnknownTypeError};
pub use uri_section::{IdnElement, IriParsingElement, SchemeSettingElement, UriSection};
