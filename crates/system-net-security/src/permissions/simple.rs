//! The permissions that have no lists: `DnsPermission`, `SmtpPermission`,
//! `NetworkInformationPermission`.

use super::PermissionState;
use super::element::{PermissionElement, PermissionXmlError};

/// The right to look names up.
///
/// .NET: `System.Net.DnsPermission`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DnsPermission {
    unrestricted: bool,
}

impl DnsPermission {
    pub(super) const CLASS: &str = "System.Net.DnsPermission";

    /// All or nothing.
    ///
    /// .NET: `System.Net.DnsPermission.#ctor(PermissionState)`
    #[must_use]
    pub fn new(state: PermissionState) -> Self {
        Self {
            unrestricted: state == PermissionState::Unrestricted,
        }
    }

    /// .NET: `System.Net.DnsPermission.IsUnrestricted`
    #[doc(alias = "DnsPermission.IsUnrestricted")]
    #[must_use]
    pub fn is_unrestricted(self) -> bool {
        self.unrestricted
    }

    /// .NET: `System.Net.DnsPermission.Union`
    #[doc(alias = "DnsPermission.Union")]
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            unrestricted: self.unrestricted || other.unrestricted,
        }
    }

    /// .NET: `System.Net.DnsPermission.Intersect`
    #[doc(alias = "DnsPermission.Intersect")]
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self {
            unrestricted: self.unrestricted && other.unrestricted,
        }
    }

    /// .NET: `System.Net.DnsPermission.IsSubsetOf`
    #[doc(alias = "DnsPermission.IsSubsetOf")]
    #[must_use]
    pub fn is_subset_of(self, other: Self) -> bool {
        !self.unrestricted || other.unrestricted
    }

    /// .NET: `System.Net.DnsPermission.ToXml`
    #[doc(alias = "DnsPermission.ToXml")]
    #[must_use]
    pub fn to_xml(self) -> PermissionElement {
        PermissionElement::of_class(Self::CLASS, self.unrestricted)
    }

    /// .NET: `System.Net.DnsPermission.FromXml`
    ///
    /// # Errors
    /// It is of another class.
    #[doc(alias = "DnsPermission.FromXml")]
    pub fn from_xml(element: &PermissionElement) -> Result<Self, PermissionXmlError> {
        let unrestricted = element.check_class(Self::CLASS)?;
        Ok(Self { unrestricted })
    }
}

/// How mail may be sent.
///
/// .NET: `System.Net.Mail.SmtpAccess`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum SmtpAccess {
    /// Not at all.
    #[default]
    None = 0,
    /// By the usual port, 25.
    Connect = 1,
    /// By any port.
    ConnectToUnrestrictedPort = 2,
}

/// The right to send mail.
///
/// .NET: `System.Net.Mail.SmtpPermission`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SmtpPermission {
    unrestricted: bool,
    access: SmtpAccess,
}

impl SmtpPermission {
    pub(super) const CLASS: &str = "System.Net.Mail.SmtpPermission";

    /// All or nothing.
    ///
    /// .NET: `System.Net.Mail.SmtpPermission.#ctor(PermissionState)`
    #[must_use]
    pub fn new(state: PermissionState) -> Self {
        match state {
            PermissionState::Unrestricted => Self {
                unrestricted: true,
                access: SmtpAccess::ConnectToUnrestrictedPort,
            },
            PermissionState::None => Self::default(),
        }
    }

    /// This much.
    ///
    /// .NET: `System.Net.Mail.SmtpPermission.#ctor(SmtpAccess)`
    #[must_use]
    pub fn of(access: SmtpAccess) -> Self {
        Self {
            unrestricted: false,
            access,
        }
    }

    /// How much.
    ///
    /// .NET: `System.Net.Mail.SmtpPermission.Access`
    #[doc(alias = "SmtpPermission.Access")]
    #[must_use]
    pub fn access(self) -> SmtpAccess {
        self.access
    }

    /// Adds a right; the greater one stays.
    ///
    /// .NET: `System.Net.Mail.SmtpPermission.AddPermission`
    #[doc(alias = "SmtpPermission.AddPermission")]
    pub fn add(&mut self, access: SmtpAccess) {
        self.access = self.access.max(access);
    }

    /// .NET: `System.Net.Mail.SmtpPermission.IsUnrestricted`
    #[doc(alias = "SmtpPermission.IsUnrestricted")]
    #[must_use]
    pub fn is_unrestricted(self) -> bool {
        self.unrestricted
    }

    pub(super) fn allows(self, port: u16) -> bool {
        match self.access {
            SmtpAccess::None => false,
            SmtpAccess::Connect => port == 25,
            SmtpAccess::ConnectToUnrestrictedPort => true,
        }
    }

    /// .NET: `System.Net.Mail.SmtpPermission.Union`
    #[doc(alias = "SmtpPermission.Union")]
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            unrestricted: self.unrestricted || other.unrestricted,
            access: self.access.max(other.access),
        }
    }

    /// .NET: `System.Net.Mail.SmtpPermission.Intersect`
    #[doc(alias = "SmtpPermission.Intersect")]
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self {
            unrestricted: self.unrestricted && other.unrestricted,
            access: self.access.min(other.access),
        }
    }

    /// .NET: `System.Net.Mail.SmtpPermission.IsSubsetOf`
    #[doc(alias = "SmtpPermission.IsSubsetOf")]
    #[must_use]
    pub fn is_subset_of(self, other: Self) -> bool {
        other.unrestricted || !self.unrestricted && self.access <= other.access
    }

    /// .NET: `System.Net.Mail.SmtpPermission.ToXml`
    #[doc(alias = "SmtpPermission.ToXml")]
    #[must_use]
    pub fn to_xml(self) -> PermissionElement {
        let root = PermissionElement::of_class(Self::CLASS, self.unrestricted);
        match self.access {
            _ if self.unrestricted => root,
            SmtpAccess::None => root,
            SmtpAccess::Connect => root.with("Access", "Connect"),
            SmtpAccess::ConnectToUnrestrictedPort => {
                root.with("Access", "ConnectToUnrestrictedPort")
            }
        }
    }

    /// .NET: `System.Net.Mail.SmtpPermission.FromXml`
    ///
    /// # Errors
    /// It is of another class, or `Access` is none of the three.
    #[doc(alias = "SmtpPermission.FromXml")]
    pub fn from_xml(element: &PermissionElement) -> Result<Self, PermissionXmlError> {
        if element.check_class(Self::CLASS)? {
            return Ok(Self::new(PermissionState::Unrestricted));
        }
        Ok(Self::of(match element.attribute("Access") {
            None => SmtpAccess::None,
            Some(text) if text.eq_ignore_ascii_case("None") => SmtpAccess::None,
            Some(text) if text.eq_ignore_ascii_case("Connect") => SmtpAccess::Connect,
            Some(text) if text.eq_ignore_ascii_case("ConnectToUnrestrictedPort") => {
                SmtpAccess::ConnectToUnrestrictedPort
            }
            Some(text) => return Err(unknown_access(text)),
        }))
    }
}

/// What may be learnt about the machine's network.
///
/// .NET: `System.Net.NetworkInformation.NetworkInformationAccess`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NetworkInformationAccess(i32);

impl NetworkInformationAccess {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Tables and counters.
    pub const READ: Self = Self(1);
    /// Asking others for echoes.
    pub const PING: Self = Self(4);

    /// .NET's number.
    #[must_use]
    pub const fn value(self) -> i32 {
        self.0
    }

    /// Whether all of `other` is in this.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for NetworkInformationAccess {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The right to read network information, and to ping.
///
/// .NET: `System.Net.NetworkInformation.NetworkInformationPermission`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkInformationPermission {
    unrestricted: bool,
    access: NetworkInformationAccess,
}

impl NetworkInformationPermission {
    pub(super) const CLASS: &str = "System.Net.NetworkInformation.NetworkInformationPermission";

    /// All or nothing.
    ///
    /// .NET: `System.Net.NetworkInformation.NetworkInformationPermission.#ctor(PermissionState)`
    #[must_use]
    pub fn new(state: PermissionState) -> Self {
        match state {
            PermissionState::Unrestricted => Self {
                unrestricted: true,
                access: NetworkInformationAccess::READ | NetworkInformationAccess::PING,
            },
            PermissionState::None => Self::default(),
        }
    }

    /// This much.
    ///
    /// .NET:
    /// `System.Net.NetworkInformation.NetworkInformationPermission.#ctor(NetworkInformationAccess)`
    #[must_use]
    pub fn of(access: NetworkInformationAccess) -> Self {
        Self {
            unrestricted: false,
            access,
        }
    }

    /// How much.
    ///
    /// .NET: `System.Net.NetworkInformation.NetworkInformationPermission.Access`
    #[doc(alias = "NetworkInformationPermission.Access")]
    #[must_use]
    pub fn access(self) -> NetworkInformationAccess {
        self.access
    }

    /// Adds a right.
    ///
    /// .NET: `System.Net.NetworkInformation.NetworkInformationPermission.AddPermission`
    #[doc(alias = "NetworkInformationPermission.AddPermission")]
    pub fn add(&mut self, access: NetworkInformationAccess) {
        self.access = self.access | access;
    }

    /// .NET: `System.Net.NetworkInformation.NetworkInformationPermission.IsUnrestricted`
    #[doc(alias = "NetworkInformationPermission.IsUnrestricted")]
    #[must_use]
    pub fn is_unrestricted(self) -> bool {
        self.unrestricted
    }

    /// .NET: `System.Net.NetworkInformation.NetworkInformationPermission.Union`
    #[doc(alias = "NetworkInformationPermission.Union")]
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            unrestricted: self.unrestricted || other.unrestricted,
            access: self.access | other.access,
        }
    }

    /// .NET: `System.Net.NetworkInformation.NetworkInformationPermission.Intersect`
    #[doc(alias = "NetworkInformationPermission.Intersect")]
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self {
            unrestricted: self.unrestricted && other.unrestricted,
            access: NetworkInformationAccess(self.access.0 & other.access.0),
        }
    }

    /// .NET: `System.Net.NetworkInformation.NetworkInformationPermission.IsSubsetOf`
    #[doc(alias = "NetworkInformationPermission.IsSubsetOf")]
    #[must_use]
    pub fn is_subset_of(self, other: Self) -> bool {
        other.unrestricted || !self.unrestricted && other.access.contains(self.access)
    }

    /// .NET: `System.Net.NetworkInformation.NetworkInformationPermission.ToXml`
    #[doc(alias = "NetworkInformationPermission.ToXml")]
    #[must_use]
    pub fn to_xml(self) -> PermissionElement {
        let mut root = PermissionElement::of_class(Self::CLASS, self.unrestricted);
        let kinds = [
            ("Read", NetworkInformationAccess::READ),
            ("Ping", NetworkInformationAccess::PING),
        ];
        for (name, access) in kinds {
            if !self.unrestricted && self.access.contains(access) {
                root.push(PermissionElement::new("NetworkInformationAccess").with("Access", name));
            }
        }
        root
    }

    /// .NET: `System.Net.NetworkInformation.NetworkInformationPermission.FromXml`
    ///
    /// # Errors
    /// It is of another class, or an `Access` is unknown.
    #[doc(alias = "NetworkInformationPermission.FromXml")]
    pub fn from_xml(element: &PermissionElement) -> Result<Self, PermissionXmlError> {
        if element.check_class(Self::CLASS)? {
            return Ok(Self::new(PermissionState::Unrestricted));
        }
        let mut this = Self::default();
        for entry in element.children() {
            match entry.attribute("Access") {
                Some(text) if text.eq_ignore_ascii_case("Read") => {
                    this.add(NetworkInformationAccess::READ);
                }
                Some(text) if text.eq_ignore_ascii_case("Ping") => {
                    this.add(NetworkInformationAccess::PING);
                }
                other => return Err(unknown_access(other.unwrap_or_default())),
            }
        }
        Ok(this)
    }
}

fn unknown_access(text: &str) -> PermissionXmlError {
    PermissionXmlError::new(format!("the attribute `Access` is {text:?}"))
}
