//! What a server demands of the logins that come to it.

use std::fmt;

use system_net_primitives::{Misuse, PolicyEnforcement, ProtectionScenario};

use super::{ChannelBinding, ServiceNameCollection};

/// What a server demands of logins: whether they must be tied, to what, and to which names.
///
/// # Examples
/// ```
/// use system_net_security::extended_protection::{
///     ExtendedProtectionPolicy, PolicyEnforcement, ProtectionScenario, ServiceNameCollection,
/// };
///
/// let names = ServiceNameCollection::new(["HTTP/www.example.com"])?;
/// let policy = ExtendedProtectionPolicy::with_service_names(
///     PolicyEnforcement::Always,
///     ProtectionScenario::TrustedProxy,
///     Some(names),
/// )?;
/// assert!(policy.custom_service_names().is_some_and(|names| names.contains("http/WWW.example.com")));
/// # Ok::<(), system_net_primitives::Misuse>(())
/// ```
///
/// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy`
#[doc(alias = "System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedProtectionPolicy {
    enforcement: PolicyEnforcement,
    scenario: ProtectionScenario,
    channel_binding: Option<ChannelBinding>,
    service_names: Option<ServiceNameCollection>,
}

impl ExtendedProtectionPolicy {
    /// A policy with the usual scenario and no values of its own.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy..ctor(PolicyEnforcement)`
    #[must_use]
    pub const fn new(enforcement: PolicyEnforcement) -> Self {
        Self {
            enforcement,
            scenario: ProtectionScenario::TransportSelected,
            channel_binding: None,
            service_names: None,
        }
    }

    /// A policy that compares with this channel binding in place of the channel's own.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy..ctor(PolicyEnforcement, ChannelBinding)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] with [`PolicyEnforcement::Never`], which would not look at it.
    pub fn with_channel_binding(
        enforcement: PolicyEnforcement,
        channel_binding: ChannelBinding,
    ) -> Result<Self, Misuse> {
        Ok(Self {
            channel_binding: Some(channel_binding),
            ..Self::enforced(enforcement)?
        })
    }

    /// A policy for a scenario, with service names in place of the default list if there are any.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy..ctor(PolicyEnforcement, ProtectionScenario, ServiceNameCollection)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] with [`PolicyEnforcement::Never`], which would not look at
    /// them, and for a list without a name, which nobody could satisfy.
    pub fn with_service_names(
        enforcement: PolicyEnforcement,
        scenario: ProtectionScenario,
        service_names: Option<ServiceNameCollection>,
    ) -> Result<Self, Misuse> {
        if service_names.as_ref().is_some_and(|names| names.is_empty()) {
            return Err(Misuse::invalid_argument(
                "customServiceNames",
                "the list of service names is empty, so no login could pass; give none to use the \
                 default list",
            ));
        }
        Ok(Self {
            scenario,
            service_names,
            ..Self::enforced(enforcement)?
        })
    }

    /// The policy that an element of a configuration file stands for: with `Never` nothing but that,
    /// and without names of its own the default list.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.Configuration.ExtendedProtectionPolicyElement.BuildPolicy`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an empty name, which no file can hold.
    #[cfg(feature = "tls")]
    #[doc(alias = "ExtendedProtectionPolicyElement.BuildPolicy")]
    pub fn from_element(
        element: &system_net_config::ExtendedProtectionPolicyElement,
    ) -> Result<Self, Misuse> {
        if element.policy_enforcement == PolicyEnforcement::Never {
            return Ok(Self::new(PolicyEnforcement::Never));
        }
        let names = element.custom_service_names.iter().map(|it| &it.name);
        let names = ServiceNameCollection::new(names)?;
        Self::with_service_names(
            element.policy_enforcement,
            element.protection_scenario,
            (!names.is_empty()).then_some(names),
        )
    }

    fn enforced(enforcement: PolicyEnforcement) -> Result<Self, Misuse> {
        if enforcement == PolicyEnforcement::Never {
            return Err(Misuse::invalid_argument(
                "policyEnforcement",
                "with Never nothing is compared; use ExtendedProtectionPolicy::new, or another \
                 enforcement",
            ));
        }
        Ok(Self::new(enforcement))
    }

    /// Whether logins must be tied.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy.PolicyEnforcement`
    #[doc(alias = "ExtendedProtectionPolicy.PolicyEnforcement")]
    #[must_use]
    pub const fn policy_enforcement(&self) -> PolicyEnforcement {
        self.enforcement
    }

    /// Where the TLS of clients ends.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy.ProtectionScenario`
    #[doc(alias = "ExtendedProtectionPolicy.ProtectionScenario")]
    #[must_use]
    pub const fn protection_scenario(&self) -> ProtectionScenario {
        self.scenario
    }

    /// The binding that is compared with in place of the channel's own.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy.CustomChannelBinding`
    #[doc(alias = "ExtendedProtectionPolicy.CustomChannelBinding")]
    #[must_use]
    pub const fn custom_channel_binding(&self) -> Option<&ChannelBinding> {
        self.channel_binding.as_ref()
    }

    /// The names that are compared with in place of the default list.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy.CustomServiceNames`
    #[doc(alias = "ExtendedProtectionPolicy.CustomServiceNames")]
    #[must_use]
    pub const fn custom_service_names(&self) -> Option<&ServiceNameCollection> {
        self.service_names.as_ref()
    }

    /// Whether this platform can tie logins: always true, since the schemes are this library's.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy.OSSupportsExtendedProtection`
    #[doc(alias = "ExtendedProtectionPolicy.OSSupportsExtendedProtection")]
    #[must_use]
    pub const fn os_supports_extended_protection() -> bool {
        true
    }
}

impl fmt::Display for ExtendedProtectionPolicy {
    /// All of it in one line, for logs.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ExtendedProtectionPolicy.ToString`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ProtectionScenario={:?}; PolicyEnforcement={:?}; CustomChannelBinding=",
            self.scenario, self.enforcement
        )?;
        match &self.channel_binding {
            Some(binding) => write!(f, "{:?}", binding.kind())?,
            None => f.write_str("<null>")?,
        }
        f.write_str("; ServiceNames=")?;
        match &self.service_names {
            Some(names) => names.fmt(f),
            None => f.write_str("<null>"),
        }
    }
}
