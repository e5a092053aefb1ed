//! What the permissions of addresses and of sockets have in common: rights of two kinds, each a list of
//! entries, or all of them.

use super::element::{PermissionElement, PermissionXmlError};
use super::{NetworkAccess, PermissionState};

/// One right.
pub(super) trait Right: Clone + PartialEq {
    /// What this and another allow both; `None` if that is nothing.
    fn common(&self, other: &Self) -> Option<Self>;

    /// Whether another allows all that this does.
    fn is_part_of(&self, other: &Self) -> bool;
}

/// Rights to connect and rights to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rights<R> {
    unrestricted: bool,
    connect: Vec<R>,
    accept: Vec<R>,
}

impl<R> Default for Rights<R> {
    fn default() -> Self {
        Self::new(PermissionState::None)
    }
}

impl<R> Rights<R> {
    /// All or nothing.
    pub(super) fn new(state: PermissionState) -> Self {
        Self {
            unrestricted: state == PermissionState::Unrestricted,
            connect: Vec::new(),
            accept: Vec::new(),
        }
    }

    pub(super) fn list(&self, access: NetworkAccess) -> &[R] {
        match access {
            NetworkAccess::Connect => &self.connect,
            NetworkAccess::Accept => &self.accept,
        }
    }

    pub(super) fn is_unrestricted(&self) -> bool {
        self.unrestricted
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.unrestricted && self.connect.is_empty() && self.accept.is_empty()
    }

    /// The form of .NET: a list of each kind that is not empty, with an element for each entry.
    pub(super) fn to_xml(
        &self,
        class: &str,
        entry: impl Fn(&R) -> PermissionElement,
    ) -> PermissionElement {
        let mut root = PermissionElement::of_class(class, self.unrestricted);
        for (name, list) in [
            ("ConnectAccess", &self.connect),
            ("AcceptAccess", &self.accept),
        ] {
            if list.is_empty() {
                continue;
            }
            let mut element = PermissionElement::new(name);
            list.iter().for_each(|right| element.push(entry(right)));
            root.push(element);
        }
        root
    }
}

impl<R: Right> Rights<R> {
    /// Adds a right. What is unrestricted stays so.
    pub(super) fn add(&mut self, access: NetworkAccess, right: R) {
        if self.unrestricted {
            return;
        }
        let list = match access {
            NetworkAccess::Connect => &mut self.connect,
            NetworkAccess::Accept => &mut self.accept,
        };
        if !list.contains(&right) {
            list.push(right);
        }
    }

    /// All rights of both.
    pub(super) fn union(&self, other: &Self) -> Self {
        if self.unrestricted || other.unrestricted {
            return Self::new(PermissionState::Unrestricted);
        }
        Self {
            unrestricted: false,
            connect: union(&self.connect, &other.connect),
            accept: union(&self.accept, &other.accept),
        }
    }

    /// The rights that are in both.
    pub(super) fn intersect(&self, other: &Self) -> Self {
        match (self.unrestricted, other.unrestricted) {
            (true, _) => other.clone(),
            (_, true) => self.clone(),
            _ => Self {
                unrestricted: false,
                connect: intersection(&self.connect, &other.connect),
                accept: intersection(&self.accept, &other.accept),
            },
        }
    }

    /// Whether `other` holds all rights of this.
    pub(super) fn is_subset_of(&self, other: &Self) -> bool {
        other.unrestricted
            || !self.unrestricted
                && is_part(&self.connect, &other.connect)
                && is_part(&self.accept, &other.accept)
    }

    /// From the form of .NET.
    ///
    /// # Errors
    /// It is of another class, or an entry is none.
    pub(super) fn from_xml(
        element: &PermissionElement,
        class: &str,
        entry: impl Fn(&PermissionElement) -> Result<R, PermissionXmlError>,
    ) -> Result<Self, PermissionXmlError> {
        if element.check_class(class)? {
            return Ok(Self::new(PermissionState::Unrestricted));
        }
        let mut this = Self::default();
        for list in element.children() {
            let access = match list.name() {
                "ConnectAccess" => NetworkAccess::Connect,
                "AcceptAccess" => NetworkAccess::Accept,
                other => {
                    return Err(PermissionXmlError::new(format!(
                        "<{other}> where <ConnectAccess> or <AcceptAccess> was expected"
                    )));
                }
            };
            for child in list.children() {
                this.add(access, entry(child)?);
            }
        }
        Ok(this)
    }
}

fn union<R: Right>(one: &[R], other: &[R]) -> Vec<R> {
    let mut all = one.to_vec();
    for right in other {
        if !all.contains(right) {
            all.push(right.clone());
        }
    }
    all
}

fn intersection<R: Right>(one: &[R], other: &[R]) -> Vec<R> {
    let mut all: Vec<R> = Vec::new();
    for right in one {
        for common in other.iter().filter_map(|other| right.common(other)) {
            if !all.contains(&common) {
                all.push(common);
            }
        }
    }
    all
}

fn is_part<R: Right>(one: &[R], of: &[R]) -> bool {
    one.iter()
        .all(|right| of.iter().any(|other| right.is_part_of(other)))
}
