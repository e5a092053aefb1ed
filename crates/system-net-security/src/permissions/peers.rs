//! The permissions of peer-to-peer networking: `PnrpPermission` and `PeerCollaborationPermission`,
//! all or nothing like `DnsPermission`.

use super::PermissionState;
use super::element::{PermissionElement, PermissionXmlError};

/// The right to register and resolve peer names by PNRP.
///
/// .NET: `System.Net.PeerToPeer.PnrpPermission`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PnrpPermission {
    unrestricted: bool,
}

impl PnrpPermission {
    pub(super) const CLASS: &str = "System.Net.PeerToPeer.PnrpPermission";

    /// All or nothing.
    ///
    /// .NET: `System.Net.PeerToPeer.PnrpPermission.#ctor(PermissionState)`
    #[must_use]
    pub fn new(state: PermissionState) -> Self {
        Self {
            unrestricted: state == PermissionState::Unrestricted,
        }
    }

    /// .NET: `System.Net.PeerToPeer.PnrpPermission.IsUnrestricted`
    #[doc(alias = "PnrpPermission.IsUnrestricted")]
    #[must_use]
    pub fn is_unrestricted(self) -> bool {
        self.unrestricted
    }

    /// .NET: `System.Net.PeerToPeer.PnrpPermission.Union`
    #[doc(alias = "PnrpPermission.Union")]
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            unrestricted: self.unrestricted || other.unrestricted,
        }
    }

    /// .NET: `System.Net.PeerToPeer.PnrpPermission.Intersect`
    #[doc(alias = "PnrpPermission.Intersect")]
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self {
            unrestricted: self.unrestricted && other.unrestricted,
        }
    }

    /// .NET: `System.Net.PeerToPeer.PnrpPermission.IsSubsetOf`
    #[doc(alias = "PnrpPermission.IsSubsetOf")]
    #[must_use]
    pub fn is_subset_of(self, other: Self) -> bool {
        !self.unrestricted || other.unrestricted
    }

    /// .NET: `System.Net.PeerToPeer.PnrpPermission.ToXml`
    #[doc(alias = "PnrpPermission.ToXml")]
    #[must_use]
    pub fn to_xml(self) -> PermissionElement {
        PermissionElement::of_class(Self::CLASS, self.unrestricted)
    }

    /// .NET: `System.Net.PeerToPeer.PnrpPermission.FromXml`
    ///
    /// # Errors
    /// It is of another class.
    #[doc(alias = "PnrpPermission.FromXml")]
    pub fn from_xml(element: &PermissionElement) -> Result<Self, PermissionXmlError> {
        let unrestricted = element.check_class(Self::CLASS)?;
        Ok(Self { unrestricted })
    }
}

/// The right to collaborate with peers: presence, contacts, invitations.
///
/// .NET: `System.Net.PeerToPeer.Collaboration.PeerCollaborationPermission`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeerCollaborationPermission {
    unrestricted: bool,
}

impl PeerCollaborationPermission {
    pub(super) const CLASS: &str =
        "System.Net.PeerToPeer.Collaboration.PeerCollaborationPermission";

    /// All or nothing.
    ///
    /// .NET: `System.Net.PeerToPeer.Collaboration.PeerCollaborationPermission.#ctor(PermissionState)`
    #[must_use]
    pub fn new(state: PermissionState) -> Self {
        Self {
            unrestricted: state == PermissionState::Unrestricted,
        }
    }

    /// .NET: `System.Net.PeerToPeer.Collaboration.PeerCollaborationPermission.IsUnrestricted`
    #[doc(alias = "PeerCollaborationPermission.IsUnrestricted")]
    #[must_use]
    pub fn is_unrestricted(self) -> bool {
        self.unrestricted
    }

    /// .NET: `System.Net.PeerToPeer.Collaboration.PeerCollaborationPermission.Union`
    #[doc(alias = "PeerCollaborationPermission.Union")]
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            unrestricted: self.unrestricted || other.unrestricted,
        }
    }

    /// .NET: `System.Net.PeerToPeer.Collaboration.PeerCollaborationPermission.Intersect`
    #[doc(alias = "PeerCollaborationPermission.Intersect")]
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self {
            unrestricted: self.unrestricted && other.unrestricted,
        }
    }

    /// .NET: `System.Net.PeerToPeer.Collaboration.PeerCollaborationPermission.IsSubsetOf`
    #[doc(alias = "PeerCollaborationPermission.IsSubsetOf")]
    #[must_use]
    pub fn is_subset_of(self, other: Self) -> bool {
        !self.unrestricted || other.unrestricted
    }

    /// .NET: `System.Net.PeerToPeer.Collaboration.PeerCollaborationPermission.ToXml`
    #[doc(alias = "PeerCollaborationPermission.ToXml")]
    #[must_use]
    pub fn to_xml(self) -> PermissionElement {
        PermissionElement::of_class(Self::CLASS, self.unrestricted)
    }

    /// .NET: `System.Net.PeerToPeer.Collaboration.PeerCollaborationPermission.FromXml`
    ///
    /// # Errors
    /// It is of another class.
    #[doc(alias = "PeerCollaborationPermission.FromXml")]
    pub fn from_xml(element: &PermissionElement) -> Result<Self, PermissionXmlError> {
        let unrestricted = element.check_class(Self::CLASS)?;
        Ok(Self { unrestricted })
    }
}
