//! The network capabilities of an app's manifest (`AppxManifest.xml`, `Package.appxmanifest`).

use std::error::Error;
use std::fmt;

use super::{NetworkCapability, NetworkIsolation};
use crate::permissions::PermissionElement;

/// The longest manifest that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// What a manifest says about the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppManifest {
    capabilities: Vec<NetworkCapability>,
    remarks: Vec<ManifestRemark>,
}

/// Something in a manifest that ought to be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestRemark {
    /// No network capability is declared: nothing is reached.
    NoCapability,
    /// `internetClient` beside `internetClientServer`, which holds it.
    Superfluous,
    /// The same capability more than once.
    Repeated(NetworkCapability),
    /// A name that is nearly that of a network capability, by its letter case for example, and is
    /// not taken for it.
    Misspelt {
        /// As it stands there.
        found: String,
        /// What it may have been meant to be.
        meant: NetworkCapability,
    },
}

impl fmt::Display for ManifestRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCapability => f.write_str(
                "no network capability is declared: the app reaches no network (internetClient, \
                 internetClientServer, privateNetworkClientServer)",
            ),
            Self::Superfluous => f.write_str(
                "internetClient is superfluous: internetClientServer holds it; declare the one \
                 that is needed",
            ),
            Self::Repeated(one) => write!(f, "{one} is declared more than once"),
            Self::Misspelt { found, meant } => {
                write!(f, "{found:?} is not a capability; {meant} may be meant")
            }
        }
    }
}

/// A manifest could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    message: String,
}

impl ManifestError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the manifest cannot be read: {}", self.message)
    }
}

impl Error for ManifestError {}

impl AppManifest {
    /// Reads a manifest: a `Package` with `Capabilities` in it. What else it holds is not looked at.
    ///
    /// # Errors
    /// It is longer than a megabyte, no XML, or no `Package`; there are several `Capabilities`, or one
    /// without a name.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        if text.len() > LONGEST {
            return Err(ManifestError::new("it is longer than a megabyte"));
        }
        let root = PermissionElement::parse_document(text)
            .map_err(|error| ManifestError::new(error.message()))?;
        if root.name() != "Package" {
            let message = format!("<{}> where <Package> was expected", root.name());
            return Err(ManifestError::new(message));
        }
        let named = |element: &&PermissionElement| element.name() == "Capabilities";
        let mut lists = root.children().iter().filter(named);
        let declared = lists.next().map_or(&[][..], PermissionElement::children);
        if lists.next().is_some() {
            return Err(ManifestError::new("there is more than one <Capabilities>"));
        }
        let mut this = Self {
            capabilities: Vec::new(),
            remarks: Vec::new(),
        };
        for element in declared {
            if element.name() == "Capability" {
                let name = element
                    .attribute("Name")
                    .ok_or_else(|| ManifestError::new("a <Capability> has no attribute `Name`"))?;
                this.declare(name);
            }
        }
        use NetworkCapability as C;
        if this.capabilities.is_empty() {
            this.remarks.push(ManifestRemark::NoCapability);
        }
        let has = |one| this.capabilities.contains(&one);
        if has(C::InternetClient) && has(C::InternetClientServer) {
            this.remarks.push(ManifestRemark::Superfluous);
        }
        Ok(this)
    }

    fn declare(&mut self, name: &str) {
        let same = |one: &NetworkCapability| one.name().eq_ignore_ascii_case(name.trim());
        let Some(meant) = NetworkCapability::ALL.into_iter().find(same) else {
            // One of another kind: documentsLibrary, for example.
            return;
        };
        if meant.name() != name {
            let found = name.to_owned();
            self.remarks.push(ManifestRemark::Misspelt { found, meant });
        } else if self.capabilities.contains(&meant) {
            self.remarks.push(ManifestRemark::Repeated(meant));
        } else {
            self.capabilities.push(meant);
        }
    }

    /// The network capabilities that are declared.
    #[must_use]
    pub fn capabilities(&self) -> &[NetworkCapability] {
        &self.capabilities
    }

    /// What ought to be otherwise.
    #[must_use]
    pub fn remarks(&self) -> &[ManifestRemark] {
        &self.remarks
    }

    /// The policy that holds a program to them.
    #[must_use]
    pub fn isolation(&self) -> NetworkIsolation {
        NetworkIsolation::new(self.capabilities.iter().copied())
    }
}
