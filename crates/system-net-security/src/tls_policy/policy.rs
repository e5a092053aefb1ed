//! Who decides the versions of TLS: code over switches over the registry over the target framework.
//!
//! To read: the guide, "Transport Layer Security (TLS) best practices with the .NET Framework".

use std::sync::Arc;

use system_net_config::{NetContext, Settings, TargetFramework, TargetFrameworkSource};

use super::decision::{TlsDecision, TlsRole, TlsRule};
use super::registry::TlsRegistry;
use super::ssl_protocols::SslProtocols;
use crate::{TlsError, TlsVersion};

/// The oldest and the newest version; `None` where that is left open.
type Range = (Option<TlsVersion>, Option<TlsVersion>);

const STRONG_CRYPTO_SWITCH: &str = "Switch.System.Net.DontEnableSchUseStrongCrypto";
const SYSTEM_DEFAULT_SWITCH: &str = "Switch.System.Net.DontEnableSystemDefaultTlsVersions";
const STRONG_CRYPTO_VALUE: &str = "SchUseStrongCrypto";
const SYSTEM_DEFAULT_VALUE: &str = "SystemDefaultTlsVersions";

/// What decides about TLS where the program does not: switches, the registry, and the version of the
/// .NET Framework that the program was written for. The default is a program for the newest, with
/// nothing set: the system chooses.
///
/// Requests and listeners decide by that of their context, streams by that of the process unless they
/// are given one.
///
/// # Examples
/// ```
/// use system_net_config::{Settings, TargetFramework};
/// use system_net_security::{SslProtocols, TlsPolicy, TlsRole};
///
/// let policy = TlsPolicy::of_settings(&Settings::for_target(TargetFramework::V4_6))?;
/// let decision = policy.decide(TlsRole::Client, None);
/// assert_eq!(decision.requested(), SslProtocols::TLS | SslProtocols::TLS11 | SslProtocols::TLS12);
/// assert_eq!(decision.offered(), SslProtocols::TLS12);
/// let named = policy.decide(TlsRole::Client, Some(SslProtocols::NONE));
/// assert_eq!(named.offered(), SslProtocols::TLS12 | SslProtocols::TLS13);
/// # Ok::<(), system_net_security::TlsError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsPolicy {
    target: TargetFramework,
    source: TargetFrameworkSource,
    /// The switches' values, where they are set; `true` asks for less safety.
    weak_crypto: Option<bool>,
    framework_chooses: Option<bool>,
    registry: Arc<TlsRegistry>,
    of_32_bits: bool,
}

impl TlsPolicy {
    /// The policy of a context: that of its settings.
    ///
    /// # Errors
    /// As [`of_settings`](Self::of_settings).
    pub fn of(context: &NetContext) -> Result<Self, TlsError> {
        Self::of_settings(context.settings())
    }

    /// The policy that settings ask for.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): the registry's text
    /// cannot be read.
    pub fn of_settings(settings: &Settings) -> Result<Self, TlsError> {
        let registry = match &settings.tls.registry {
            None => TlsRegistry::default(),
            Some(text) => TlsRegistry::parse(text).map_err(|error| {
                let text = format!("the registry of `TlsSettings` cannot be read: {error}");
                TlsError::configuration(text).with_source(error)
            })?,
        };
        let switch = |name: &str| {
            let mut switches = settings.app_context_switches.iter().rev();
            switches.find(|it| it.name == name).map(|it| it.enabled)
        };
        Ok(Self {
            target: settings.target_framework,
            source: settings.target_framework_source,
            weak_crypto: switch(STRONG_CRYPTO_SWITCH),
            framework_chooses: switch(SYSTEM_DEFAULT_SWITCH),
            registry: Arc::new(registry),
            of_32_bits: settings.tls.registry_of_32_bits,
        })
    }

    /// Decides for one side of a connection. `in_code` is what the program names: `None` if it names
    /// nothing, [`SslProtocols::NONE`] if it leaves the choice to the system in so many words.
    #[must_use]
    pub fn decide(&self, role: TlsRole, in_code: Option<SslProtocols>) -> TlsDecision {
        let (strong_crypto, strong_crypto_by) = self.strong_crypto(in_code);
        let (requested, versions_by) = match in_code {
            Some(named) => (named, TlsRule::Code),
            None => {
                let (system, rule) = self.system_chooses();
                let requested = match (system, strong_crypto) {
                    (true, _) => SslProtocols::NONE,
                    (false, true) => SslProtocols::TLS | SslProtocols::TLS11 | SslProtocols::TLS12,
                    (false, false) => SslProtocols::DEFAULT,
                };
                (requested, rule)
            }
        };
        let mut decision = TlsDecision {
            role,
            requested,
            versions_by,
            strong_crypto,
            strong_crypto_by,
            offered_by_dotnet: SslProtocols::NONE,
            withheld: Vec::new(),
        };
        self.ask_system(&mut decision);
        decision
    }

    /// The oldest and the newest version for a connection: of what the program names, or else of what
    /// the settings below it name.
    pub(crate) fn range(
        &self,
        role: TlsRole,
        named: Option<SslProtocols>,
        (min, max): Range,
    ) -> Result<Range, TlsError> {
        let below = (min.is_some() || max.is_some()).then(|| {
            let versions = [
                (TlsVersion::Tls12, SslProtocols::TLS12),
                (TlsVersion::Tls13, SslProtocols::TLS13),
            ];
            versions
                .iter()
                .filter(|(version, _)| min.is_none_or(|min| min <= *version))
                .filter(|(version, _)| max.is_none_or(|max| *version <= max))
                .fold(SslProtocols::NONE, |set, (_, version)| set | *version)
        });
        match below {
            // That the oldest is newer than the newest is said by who makes the connector.
            Some(SslProtocols::NONE) if named.is_none() => Ok((min, max)),
            below => self.decide(role, named.or(below)).versions(),
        }
    }

    /// Whether the system chooses and not the Framework.
    fn system_chooses(&self) -> (bool, TlsRule) {
        let target = self.target >= TargetFramework::V4_7;
        let switch = (SYSTEM_DEFAULT_SWITCH, self.framework_chooses);
        self.rule(switch, SYSTEM_DEFAULT_VALUE, target)
    }

    fn strong_crypto(&self, in_code: Option<SslProtocols>) -> (bool, TlsRule) {
        // "3.5 supports the SchUseStrongCrypto flag only when an explicit TLS value is passed."
        let is_named = in_code.is_some_and(has_tls);
        if self.target <= TargetFramework::V3_5 && !is_named {
            return (false, self.of_target());
        }
        // The flag goes with a request for TLS; SSL alone is asked for without.
        if in_code.is_some_and(|named| named != SslProtocols::NONE && !has_tls(named)) {
            return (false, TlsRule::Code);
        }
        let target = self.target >= TargetFramework::V4_6;
        let switch = (STRONG_CRYPTO_SWITCH, self.weak_crypto);
        self.rule(switch, STRONG_CRYPTO_VALUE, target)
    }

    /// Whether something safe holds, and who says so: the switch that denies it, the value of the
    /// registry, or the target.
    fn rule(
        &self,
        (switch, denied): (&'static str, Option<bool>),
        name: &'static str,
        by_target: bool,
    ) -> (bool, TlsRule) {
        let is_old = self.target <= TargetFramework::V3_5;
        // Switches are of 4.6 and later; programs for 3.5 and before run on a runtime before that.
        if let Some(denied) = denied.filter(|_| !is_old) {
            let rule = TlsRule::Switch {
                name: switch,
                value: denied,
            };
            return (!denied, rule);
        }
        let version = match is_old {
            true => "v2.0.50727",
            false => "v4.0.30319",
        };
        let of_32_bits = self.of_32_bits;
        if let Some(value) = self.registry.framework(version, name, of_32_bits) {
            let rule = TlsRule::Registry {
                version,
                of_32_bits,
                name,
                value,
            };
            return (value, rule);
        }
        (by_target, self.of_target())
    }

    const fn of_target(&self) -> TlsRule {
        TlsRule::Target {
            target: self.target,
            source: self.source,
        }
    }

    /// What the system makes of the request: Schannel as its keys say.
    fn ask_system(&self, decision: &mut TlsDecision) {
        let by_default = decision.requested == SslProtocols::NONE;
        for (version, name, usual) in VERSIONS {
            let key = |value: &str| self.registry.schannel(name, decision.role, value);
            // Schannel: what is not enabled is never spoken; what is disabled by default is spoken if
            // it is asked for by name.
            let (enabled, disabled) = (key("Enabled"), key("DisabledByDefault"));
            let is_enabled = enabled.map_or(version != SslProtocols::SSL2, |value| value != 0);
            let is_default = disabled.map_or(usual, |value| value == 0);
            let is_asked = match by_default {
                true => is_default && is_enabled || usual,
                false => (decision.requested & version) != SslProtocols::NONE,
            };
            if !is_asked {
                continue;
            }
            let role = match decision.role {
                TlsRole::Client => "Client",
                TlsRole::Server => "Server",
            };
            let why = if !is_enabled {
                match enabled {
                    Some(_) => format!("the registry has Enabled=0 for {name}\\{role}"),
                    None => "the system does not have it".to_owned(),
                }
            } else if by_default && !is_default {
                format!("the registry has DisabledByDefault=1 for {name}\\{role}")
            } else if decision.strong_crypto && !has_tls(version) {
                "strong cryptography".to_owned()
            } else {
                decision.offered_by_dotnet |= version;
                continue;
            };
            decision.withheld.push((version, why));
        }
    }
}

/// Whether a version of TLS is in the set, and not of SSL alone.
fn has_tls(named: SslProtocols) -> bool {
    let ssl = SslProtocols::SSL2 | SslProtocols::SSL3;
    named.bits() & !ssl.bits() != 0
}

/// The versions, their names as Schannel's keys, and whether a Windows of today has them on by
/// default.
const VERSIONS: [(SslProtocols, &str, bool); 6] = [
    (SslProtocols::SSL2, "SSL 2.0", false),
    (SslProtocols::SSL3, "SSL 3.0", false),
    (SslProtocols::TLS, "TLS 1.0", true),
    (SslProtocols::TLS11, "TLS 1.1", true),
    (SslProtocols::TLS12, "TLS 1.2", true),
    (SslProtocols::TLS13, "TLS 1.3", true),
];
