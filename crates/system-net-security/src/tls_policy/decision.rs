//! What a policy comes to, and which rule decided.

use std::fmt;

use system_net_config::{TargetFramework, TargetFrameworkSource};

use super::ssl_protocols::SslProtocols;
use crate::{TlsError, TlsVersion};

/// Which side of a connection is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsRole {
    /// The side that connects.
    Client,
    /// The side that accepts.
    Server,
}

/// The rule that decided. Each counts over those below it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsRule {
    /// The program, by `SecurityProtocol` or by the versions it gave a stream.
    Code,
    /// A switch of `AppContext`, and its value.
    Switch {
        /// Its name, as `Switch.System.Net.DontEnableSchUseStrongCrypto`.
        name: &'static str,
        /// Its value; `true` asks for less safety.
        value: bool,
    },
    /// A value of the registry under a key of the .NET Framework.
    Registry {
        /// The version in the key, as `v4.0.30319`.
        version: &'static str,
        /// Whether it stands under `Wow6432Node`.
        of_32_bits: bool,
        /// Its name, as `SchUseStrongCrypto`.
        name: &'static str,
        /// Its value; `false` asks for less safety.
        value: bool,
    },
    /// The version of the .NET Framework that the program was written for, and who says which.
    Target {
        /// The version.
        target: TargetFramework,
        /// Who says so.
        source: TargetFrameworkSource,
    },
}

impl fmt::Display for TlsRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => f.write_str("the program"),
            Self::Switch { name, value } => write!(f, "the switch {name}={value}"),
            Self::Registry {
                version,
                of_32_bits,
                name,
                value,
            } => {
                let node = if *of_32_bits { "Wow6432Node\\" } else { "" };
                let value = u8::from(*value);
                write!(
                    f,
                    "the registry value HKEY_LOCAL_MACHINE\\SOFTWARE\\{node}Microsoft\\.NETFramework\\\
                     {version}: {name}={value}"
                )
            }
            Self::Target { target, source } => {
                let said = match source {
                    TargetFrameworkSource::SupportedRuntime => "by <supportedRuntime>",
                    TargetFrameworkSource::HttpRuntime => "by <httpRuntime targetFramework>",
                    TargetFrameworkSource::Program => "by the program",
                    _ => "as nobody says otherwise",
                };
                write!(f, "the target framework {target}, {said}")
            }
        }
    }
}

/// What a policy comes to for one side: which versions, whether strong cryptography, who said so.
///
/// `Display` is the report, in lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsDecision {
    pub(super) role: TlsRole,
    pub(super) requested: SslProtocols,
    pub(super) versions_by: TlsRule,
    pub(super) strong_crypto: bool,
    pub(super) strong_crypto_by: TlsRule,
    pub(super) offered_by_dotnet: SslProtocols,
    pub(super) withheld: Vec<(SslProtocols, String)>,
}

impl TlsDecision {
    /// The side that is meant.
    #[must_use]
    pub const fn role(&self) -> TlsRole {
        self.role
    }

    /// What the .NET Framework asks the system for; [`SslProtocols::NONE`]: what the system has by
    /// default.
    #[must_use]
    pub const fn requested(&self) -> SslProtocols {
        self.requested
    }

    /// Who decided that: whether the program names the versions, the system chooses or the Framework.
    #[must_use]
    pub const fn versions_decided_by(&self) -> &TlsRule {
        &self.versions_by
    }

    /// Whether `SCH_USE_STRONG_CRYPTO` is passed to the system. What it takes away, weak suites and
    /// the versions of SSL, is never offered here, with it or without.
    #[must_use]
    pub const fn strong_crypto(&self) -> bool {
        self.strong_crypto
    }

    /// Who decided that.
    #[must_use]
    pub const fn strong_crypto_decided_by(&self) -> &TlsRule {
        &self.strong_crypto_by
    }

    /// What .NET on a Windows that has TLS 1.0 to 1.3 would offer, or accept.
    #[must_use]
    pub const fn offered_by_dotnet(&self) -> SslProtocols {
        self.offered_by_dotnet
    }

    /// Versions that were asked for, or are there by default, and are kept back, each with the reason.
    #[must_use]
    pub fn withheld(&self) -> &[(SslProtocols, String)] {
        &self.withheld
    }

    /// What is offered, or accepted, here: those of
    /// [`offered_by_dotnet`](Self::offered_by_dotnet) that are spoken here, TLS 1.2 and 1.3.
    #[must_use]
    pub fn offered(&self) -> SslProtocols {
        self.offered_by_dotnet & (SslProtocols::TLS12 | SslProtocols::TLS13)
    }

    /// The oldest and the newest version for a connection; `None` where that is left open.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): no version is left that
    /// is spoken here. The text says which rule decided, and what to do.
    pub fn versions(&self) -> Result<(Option<TlsVersion>, Option<TlsVersion>), TlsError> {
        let both = SslProtocols::TLS12 | SslProtocols::TLS13;
        if self.requested == SslProtocols::NONE && self.offered().contains(both) {
            return Ok((None, None));
        }
        if self.offered() != SslProtocols::NONE {
            return self.offered().versions();
        }
        if self.versions_by == TlsRule::Code {
            // In the words for what was asked for, unless the system takes it away.
            self.requested.versions()?;
        }
        let mut text = format!(
            "no version of TLS is left that is spoken here: .NET would use {}, as decided by {}",
            match self.offered_by_dotnet {
                SslProtocols::NONE => "none".to_owned(),
                versions => versions.to_string(),
            },
            self.versions_by
        );
        if self.requested != SslProtocols::NONE && self.versions_by != TlsRule::Code {
            let how = if self.strong_crypto { "strong" } else { "weak" };
            text += &format!(" and, for {how} cryptography, by {}", self.strong_crypto_by);
        }
        for (version, why) in &self.withheld {
            text += &format!("; {version} is kept back: {why}");
        }
        text += match self.withheld.is_empty() {
            true => {
                "; leave the choice to the system: a target framework of 4.7 or later, \
                 Switch.System.Net.DontEnableSystemDefaultTlsVersions=false, \
                 SystemDefaultTlsVersions=1 in the registry, or SystemDefault in code"
            }
            false => "; TLS 1.2 or 1.3 must be enabled",
        };
        Err(TlsError::configuration(text))
    }
}

impl fmt::Display for TlsDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, verb) = match self.role {
            TlsRole::Client => ("client", "offer"),
            TlsRole::Server => ("server", "accept"),
        };
        let requested = match self.requested {
            SslProtocols::NONE => "SystemDefault".to_owned(),
            versions => versions.to_string(),
        };
        let strong = if self.strong_crypto { "on" } else { "off" };
        writeln!(f, "{role}: {requested}")?;
        writeln!(f, "  decided by {}", self.versions_by)?;
        writeln!(f, "  strong cryptography: {strong}")?;
        writeln!(f, "  decided by {}", self.strong_crypto_by)?;
        for (version, why) in &self.withheld {
            writeln!(f, "  {version} is kept back: {why}")?;
        }
        writeln!(
            f,
            "  .NET on Windows would {verb}: {}",
            self.offered_by_dotnet
        )?;
        match self.versions() {
            Ok(_) => write!(f, "  here: {}", self.offered()),
            Err(_) => write!(f, "  here: no version, and so no connection"),
        }
    }
}
