//! Values of `<settings><httpListener>`.

use std::time::Duration;

use super::extended_protection::ExtendedProtectionPolicyElement;

/// Starting values of HTTP listeners.
///
/// .NET: `System.Net.Configuration.HttpListenerElement`
#[doc(alias = "HttpListenerElement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpListenerSettings {
    /// Whether escapes in the path of a request are resolved; `true`.
    ///
    /// .NET: `System.Net.Configuration.HttpListenerElement.UnescapeRequestUrl`
    #[doc(alias = "HttpListenerElement.UnescapeRequestUrl")]
    pub unescape_request_url: bool,
    /// How long clients are waited for.
    ///
    /// .NET: `System.Net.Configuration.HttpListenerElement.Timeouts`
    #[doc(alias = "HttpListenerElement.Timeouts")]
    pub timeouts: HttpListenerTimeoutSettings,
    /// What ties logins to their channel or service, unless the program sets a policy: the element
    /// `extendedProtectionPolicy`, which .NET has in the sections of WCF alone. `None`: no file says
    /// anything.
    pub extended_protection_policy: Option<ExtendedProtectionPolicyElement>,
}

impl Default for HttpListenerSettings {
    fn default() -> Self {
        Self {
            unescape_request_url: true,
            timeouts: HttpListenerTimeoutSettings::default(),
            extended_protection_policy: None,
        }
    }
}

/// How long clients are waited for. Zero means what is usual.
///
/// .NET: `System.Net.Configuration.HttpListenerTimeoutsElement`
#[doc(alias = "HttpListenerTimeoutsElement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpListenerTimeoutSettings {
    /// For the body of a request.
    ///
    /// .NET: `System.Net.Configuration.HttpListenerTimeoutsElement.EntityBody`
    #[doc(alias = "HttpListenerTimeoutsElement.EntityBody")]
    pub entity_body: Duration,
    /// For the rest of a body that nobody reads.
    ///
    /// .NET: `System.Net.Configuration.HttpListenerTimeoutsElement.DrainEntityBody`
    #[doc(alias = "HttpListenerTimeoutsElement.DrainEntityBody")]
    pub drain_entity_body: Duration,
    /// For the program to take a request.
    ///
    /// .NET: `System.Net.Configuration.HttpListenerTimeoutsElement.RequestQueue`
    #[doc(alias = "HttpListenerTimeoutsElement.RequestQueue")]
    pub request_queue: Duration,
    /// For the next request of a connection.
    ///
    /// .NET: `System.Net.Configuration.HttpListenerTimeoutsElement.IdleConnection`
    #[doc(alias = "HttpListenerTimeoutsElement.IdleConnection")]
    pub idle_connection: Duration,
    /// For the head of a request.
    ///
    /// .NET: `System.Net.Configuration.HttpListenerTimeoutsElement.HeaderWait`
    #[doc(alias = "HttpListenerTimeoutsElement.HeaderWait")]
    pub header_wait: Duration,
    /// How fast a client must take its response, in bytes each second.
    ///
    /// .NET: `System.Net.Configuration.HttpListenerTimeoutsElement.MinSendBytesPerSecond`
    #[doc(alias = "HttpListenerTimeoutsElement.MinSendBytesPerSecond")]
    pub min_send_bytes_per_second: u32,
}

impl Default for HttpListenerTimeoutSettings {
    fn default() -> Self {
        Self {
            entity_body: Duration::ZERO,
            drain_entity_body: Duration::ZERO,
            request_queue: Duration::ZERO,
            idle_connection: Duration::ZERO,
            header_wait: Duration::ZERO,
            min_send_bytes_per_second: 0,
        }
    }
}
