//! How strictly logins are tied to their channel and service, for the policies of servers in
//! `system-net-security` and for configuration files.

/// Whether a login must be tied to its channel or service.
///
/// .NET: `System.Security.Authentication.ExtendedProtection.PolicyEnforcement`
#[doc(alias = "System.Security.Authentication.ExtendedProtection.PolicyEnforcement")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PolicyEnforcement {
    /// Nothing is checked.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.PolicyEnforcement.Never`
    #[default]
    Never = 0,
    /// What a client sends is checked; clients that send nothing are let in ("partially
    /// hardened").
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.PolicyEnforcement.WhenSupported`
    WhenSupported = 1,
    /// Clients that send nothing are refused ("fully hardened").
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.PolicyEnforcement.Always`
    Always = 2,
}

/// Where the TLS of clients ends.
///
/// .NET: `System.Security.Authentication.ExtendedProtection.ProtectionScenario`
#[doc(alias = "System.Security.Authentication.ExtendedProtection.ProtectionScenario")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProtectionScenario {
    /// At this server: over TLS the channel binding is checked, without it the service name.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ProtectionScenario.TransportSelected`
    #[default]
    TransportSelected = 0,
    /// At a proxy in front that is trusted: the service name is checked, no channel binding.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ProtectionScenario.TrustedProxy`
    TrustedProxy = 1,
}
