//! Whether a login satisfies a policy: the outcomes of the guide, one by one.

use std::error::Error;
use std::fmt;

use super::{
    ExtendedProtectionPolicy, PolicyEnforcement, ProtectionScenario, ServiceNameCollection,
};

/// What became of the comparison of channel bindings inside of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingCheck {
    /// The client sent none.
    Absent,
    /// It sent the one that was expected.
    Matches,
    /// It sent another: its channel ends elsewhere.
    Differs,
}

/// What a login that succeeded carried.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The comparison of channel bindings.
    pub binding: BindingCheck,
    /// The service the client means to talk to. `None` if it does not know of such names; empty
    /// if it does and gave none.
    pub service_name: Option<&'a str>,
}

/// Why a login that succeeded is refused nevertheless, by number and words of the guide's lists
/// ("Extended Protection for Server Applications").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The server's platform has no extended protection.
    NotSupportedHere,
    /// The policy is `Always`, and no channel binding was sent.
    BindingMissing,
    /// The channel binding is that of another channel.
    BindingDiffers,
    /// The policy is `Always`, and the client knows nothing of service names.
    ServiceNameNotSupported,
    /// The client knows service names and gave none.
    ServiceNameMissing,
    /// The service name is not one of this server's.
    ServiceNameDiffers,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSupportedHere => {
                "extended protection is demanded, and this platform does not support it"
            }
            Self::BindingMissing => {
                "the client sent no channel binding, and the policy always demands one"
            }
            Self::BindingDiffers => {
                "the client's channel binding is not that of this channel: the login may have been \
                 passed on by somebody in between"
            }
            Self::ServiceNameNotSupported => {
                "the client does not support extended protection, and the policy always demands it"
            }
            Self::ServiceNameMissing => "the client gave no service name",
            Self::ServiceNameDiffers => {
                "the client's service name is not one of this server's: the login was meant for \
                 another"
            }
        })
    }
}

impl Error for Refusal {}

impl ExtendedProtectionPolicy {
    /// Whether a login is compared with a channel binding: the policy's own, or that of TLS.
    #[must_use]
    pub fn checks_binding(&self, over_tls: bool) -> bool {
        self.policy_enforcement() != PolicyEnforcement::Never
            && self.protection_scenario() == ProtectionScenario::TransportSelected
            && (over_tls || self.custom_channel_binding().is_some())
    }

    /// Whether a login is compared with the service names.
    #[must_use]
    pub fn checks_service_name(&self, over_tls: bool) -> bool {
        self.policy_enforcement() != PolicyEnforcement::Never && !self.checks_binding(over_tls)
    }

    /// Judges a login that succeeded.
    ///
    /// `supported` is false on platforms without extended protection; `default_names` are those
    /// of the server, where the policy has none.
    ///
    /// # Errors
    /// Why the login is refused.
    pub fn judge(
        &self,
        supported: bool,
        over_tls: bool,
        presented: &Presented<'_>,
        default_names: &ServiceNameCollection,
    ) -> Result<(), Refusal> {
        let enforcement = self.policy_enforcement();
        if enforcement == PolicyEnforcement::Never {
            return Ok(());
        }
        if !supported {
            return Err(Refusal::NotSupportedHere);
        }
        let lenient = enforcement == PolicyEnforcement::WhenSupported;
        if self.checks_binding(over_tls) {
            return match presented.binding {
                BindingCheck::Matches => Ok(()),
                BindingCheck::Absent if lenient => Ok(()),
                BindingCheck::Absent => Err(Refusal::BindingMissing),
                BindingCheck::Differs => Err(Refusal::BindingDiffers),
            };
        }
        let names = self.custom_service_names().unwrap_or(default_names);
        match presented.service_name {
            None if lenient => Ok(()),
            None => Err(Refusal::ServiceNameNotSupported),
            Some("") => Err(Refusal::ServiceNameMissing),
            Some(name) if names.contains(name) => Ok(()),
            Some(_) => Err(Refusal::ServiceNameDiffers),
        }
    }
}
