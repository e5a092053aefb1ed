//! Network isolation: what an app may reach by the capabilities of its manifest.
//!
//! - `manifest`: the capabilities that a manifest declares, and what is wrong with them
//!
//! To read: "Network Isolation for Windows Store Apps" of the .NET network programming guide.

mod manifest;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests;

use std::fmt;

use system_net_primitives::{Access, AccessPolicy, AccessVerdict, IpAddress};

use crate::permissions::NetworkKind;

pub use manifest::{AppManifest, ManifestError, ManifestRemark};

/// A right to use a network, as a manifest declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NetworkCapability {
    /// `internetClient`: to begin connections to the Internet.
    InternetClient,
    /// `internetClientServer`: that, and to answer those that come from there.
    InternetClientServer,
    /// `privateNetworkClientServer`: both, in home and work networks.
    PrivateNetworkClientServer,
}

impl NetworkCapability {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::InternetClient,
        Self::InternetClientServer,
        Self::PrivateNetworkClientServer,
    ];

    /// As it stands in manifests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InternetClient => "internetClient",
            Self::InternetClientServer => "internetClientServer",
            Self::PrivateNetworkClientServer => "privateNetworkClientServer",
        }
    }
}

impl fmt::Display for NetworkCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who begins a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkDirection {
    /// The app.
    Outbound,
    /// Somebody else, unsolicited.
    Inbound,
}

/// Holds a program to the capabilities of a manifest: a policy of a context or a scope.
///
/// - To the Internet: `internetClient` or `internetClientServer`.
/// - To a home or work network: `privateNetworkClientServer`.
/// - To this machine: nothing allows it but [`exempt_loopback`](Self::exempt_loopback), which is for
///   tests, as on Windows.
/// - Accepting at an address of one network: the capability of it with `Server`; at the address that
///   stands for all, or one that is routed: either of them. At a loopback address: the exemption.
/// - Groups and broadcast, as those of home and work networks.
/// - Unix sockets are this machine's.
/// - Of what a proxy reaches nothing is known but that the proxy itself was allowed; an address in the
///   request is judged.
///
/// It is [firm](AccessPolicy::is_firm): no assertion lifts it. Name look-ups need any capability.
///
/// # Examples
/// ```
/// use system_net_security::isolation::{NetworkCapability, NetworkDirection, NetworkIsolation};
///
/// let isolation = NetworkIsolation::new([NetworkCapability::InternetClient]);
/// let there = "192.168.1.1".parse()?;
/// let missing = isolation.missing(there, NetworkDirection::Outbound).unwrap();
/// assert!(missing.contains("privateNetworkClientServer"));
/// # Ok::<(), system_net_primitives::IpAddressParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkIsolation {
    capabilities: Vec<NetworkCapability>,
    loopback: bool,
}

impl NetworkIsolation {
    /// These capabilities, without the loopback exemption.
    #[must_use]
    pub fn new(capabilities: impl IntoIterator<Item = NetworkCapability>) -> Self {
        let mut capabilities: Vec<_> = capabilities.into_iter().collect();
        capabilities.sort_unstable();
        capabilities.dedup();
        Self {
            capabilities,
            loopback: false,
        }
    }

    /// This machine may be reached too: for tests (`CheckNetIsolation LoopbackExempt` on Windows).
    #[must_use]
    pub fn exempt_loopback(mut self) -> Self {
        self.loopback = true;
        self
    }

    /// The capabilities, without doubles.
    #[must_use]
    pub fn capabilities(&self) -> &[NetworkCapability] {
        &self.capabilities
    }

    /// Whether this machine may be reached too.
    #[must_use]
    pub fn is_loopback_exempt(&self) -> bool {
        self.loopback
    }

    fn has(&self, any: &[NetworkCapability]) -> bool {
        any.iter().any(|one| self.capabilities.contains(one))
    }

    /// What is missing to reach an address, or to be reached at one; `None` if nothing is.
    #[must_use]
    pub fn missing(&self, address: IpAddress, direction: NetworkDirection) -> Option<String> {
        use NetworkCapability as C;
        let all = address == IpAddress::ANY || address == IpAddress::IPV6_ANY;
        let (kind, needed): (_, &[C]) = match (NetworkKind::of(address), direction) {
            (NetworkKind::Loopback, NetworkDirection::Inbound) if all => (
                "accepting from any network",
                &[C::InternetClientServer, C::PrivateNetworkClientServer],
            ),
            (NetworkKind::Loopback, _) if self.loopback => return None,
            (NetworkKind::Loopback, _) => {
                return Some(
                    "an isolated app does not reach its own machine; only the loopback exemption \
                     allows that, for tests"
                        .to_owned(),
                );
            }
            (NetworkKind::Internet, NetworkDirection::Outbound) => (
                "connecting to the Internet",
                &[C::InternetClient, C::InternetClientServer],
            ),
            (NetworkKind::Internet, NetworkDirection::Inbound) => {
                ("accepting from the Internet", &[C::InternetClientServer])
            }
            (_, NetworkDirection::Outbound) => (
                "connecting to a home or work network",
                &[C::PrivateNetworkClientServer],
            ),
            (_, NetworkDirection::Inbound) => (
                "accepting from a home or work network",
                &[C::PrivateNetworkClientServer],
            ),
        };
        if self.has(needed) {
            return None;
        }
        let names: Vec<_> = needed.iter().map(|one| one.name()).collect();
        Some(format!(
            "{kind} needs the capability {}, which the manifest does not declare",
            names.join(" or ")
        ))
    }
}

impl AccessPolicy for NetworkIsolation {
    fn judge(&self, access: &Access<'_>) -> AccessVerdict {
        let local = || self.missing(IpAddress::LOOPBACK, NetworkDirection::Outbound);
        let missing = match *access {
            Access::Connect { address, .. } | Access::Ping { address } => {
                self.missing(address, NetworkDirection::Outbound)
            }
            Access::Accept { address, .. } => self.missing(address, NetworkDirection::Inbound),
            Access::ConnectLocal { .. } | Access::AcceptLocal { .. } => local(),
            Access::ThroughProxy { host, .. } => match host.parse() {
                Ok(address) => self.missing(address, NetworkDirection::Outbound),
                Err(_) => None,
            },
            Access::Resolve { .. } if self.capabilities.is_empty() && !self.loopback => Some(
                "looking names up needs a network capability (internetClient, \
                 internetClientServer or privateNetworkClientServer), and the manifest declares \
                 none"
                    .to_owned(),
            ),
            _ => None,
        };
        missing.map_or(AccessVerdict::Pass, AccessVerdict::Deny)
    }

    fn is_firm(&self) -> bool {
        true
    }
}
