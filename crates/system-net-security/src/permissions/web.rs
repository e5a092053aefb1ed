//! `WebPermission`: which addresses may be requested, and which served.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use regex_automata::meta::{self, Regex};
use system_net_primitives::Misuse;
use system_net_uri::{Uri, UriComponents, UriFormat};

use super::element::{PermissionElement, PermissionXmlError};
use super::rights::{Right, Rights};
use super::{NetworkAccess, PermissionState};

/// What one expression may take as an automaton, in bytes.
const EXPRESSION_COST: usize = 1 << 20;

pub(super) const CLASS: &str = "System.Net.WebPermission";

/// The right to request addresses (connect) and to serve them (accept).
///
/// An entry is one address, or an expression that matches the whole of those it stands for.
/// Addresses are compared in their canonical form without user information and fragment:
/// `http://host/` for `HTTP://user@HOST:80#top`. Expressions have the syntax of the crate `regex`;
/// letters match in any case.
///
/// .NET: `System.Net.WebPermission`
///
/// # Differences from .NET
/// What two different expressions have in common is left out of an intersection, as in .NET; whether
/// one is part of the other is answered with no unless it is the same, or matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebPermission {
    rights: Rights<UriPattern>,
}

/// One entry of a [`WebPermission`].
#[derive(Clone)]
pub struct UriPattern {
    text: Arc<str>,
    /// `None`: one address.
    expression: Option<Arc<Regex>>,
}

impl UriPattern {
    /// One address.
    ///
    /// # Errors
    /// It is not an absolute URI.
    pub fn uri(uri: &str) -> Result<Self, Misuse> {
        let text = canonical(uri)
            .ok_or_else(|| Misuse::invalid_argument("uriString", "it is no absolute URI"))?;
        Ok(Self {
            text: text.into(),
            expression: None,
        })
    }

    /// All addresses that an expression matches from their first character to their last.
    ///
    /// # Errors
    /// It is no expression, or takes more than a megabyte.
    pub fn regex(expression: &str) -> Result<Self, Misuse> {
        let form = meta::Config::new()
            .nfa_size_limit(Some(EXPRESSION_COST))
            .hybrid_cache_capacity(EXPRESSION_COST)
            .dfa(false)
            .onepass(false);
        let syntax = regex_automata::util::syntax::Config::new().case_insensitive(true);
        let refused = |error: &dyn fmt::Display| {
            Misuse::invalid_argument("uriRegex", format!("{expression:?}: {error}"))
        };
        let compile = |text: &str| {
            meta::Builder::new()
                .configure(form.clone())
                .syntax(syntax)
                .build(text)
                .map_err(|error| refused(&error))
        };
        // Alone first, so that it cannot end the group that it is put in.
        compile(expression)?;
        let whole = compile(&format!(r"\A(?:{expression})\z"))?;
        Ok(Self {
            text: expression.into(),
            expression: Some(Arc::new(whole)),
        })
    }

    /// The address, or the expression.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is an expression.
    #[must_use]
    pub fn is_regex(&self) -> bool {
        self.expression.is_some()
    }

    fn matches(&self, canonical: &str) -> bool {
        match &self.expression {
            Some(expression) => expression.is_match(canonical),
            None => *self.text == *canonical,
        }
    }
}

impl PartialEq for UriPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.is_regex() == other.is_regex()
    }
}

impl Eq for UriPattern {}

impl fmt::Debug for UriPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_regex() {
            true => write!(f, "Regex({:?})", self.text),
            false => self.text.fmt(f),
        }
    }
}

/// `HttpRequestUrl` of .NET: scheme, host, port unless it is the usual, path and query. `None` for
/// what is no absolute URI.
fn canonical(uri: &str) -> Option<String> {
    let uri = Uri::parse(uri).ok()?;
    let parts = UriComponents::HTTP_REQUEST_URL;
    let text = uri.components(parts, UriFormat::UriEscaped).ok()?;
    Some(text.into_owned())
}

/// A prefix of a listener for all hosts, which is no URI: an expression can match it.
fn wildcard_prefix(access: NetworkAccess, prefix: &str) -> Option<String> {
    let (scheme, rest) = prefix.split_once("://")?;
    let all = rest.starts_with(['+', '*']) && rest[1..].starts_with([':', '/']);
    (access == NetworkAccess::Accept && all && !scheme.is_empty()).then(|| prefix.to_owned())
}

impl Right for UriPattern {
    fn common(&self, other: &Self) -> Option<Self> {
        if self.is_part_of(other) {
            Some(self.clone())
        } else if other.is_part_of(self) {
            Some(other.clone())
        } else {
            None
        }
    }

    fn is_part_of(&self, other: &Self) -> bool {
        self == other || *other.text == *".*" && other.is_regex() || {
            !self.is_regex() && other.matches(&self.text)
        }
    }
}

impl WebPermission {
    /// All or nothing.
    ///
    /// .NET: `System.Net.WebPermission.#ctor(PermissionState)`
    #[must_use]
    pub fn new(state: PermissionState) -> Self {
        Self {
            rights: Rights::new(state),
        }
    }

    /// The right of a kind to one address.
    ///
    /// .NET: `System.Net.WebPermission.#ctor(NetworkAccess, String)`
    ///
    /// # Errors
    /// As [`UriPattern::uri`].
    pub fn of_uri(access: NetworkAccess, uri: &str) -> Result<Self, Misuse> {
        let mut this = Self::default();
        this.add(access, UriPattern::uri(uri)?);
        Ok(this)
    }

    /// The right of a kind to all addresses that an expression matches.
    ///
    /// .NET: `System.Net.WebPermission.#ctor(NetworkAccess, Regex)`
    ///
    /// # Errors
    /// As [`UriPattern::regex`].
    pub fn of_regex(access: NetworkAccess, expression: &str) -> Result<Self, Misuse> {
        let mut this = Self::default();
        this.add(access, UriPattern::regex(expression)?);
        Ok(this)
    }

    /// Adds a right. What is unrestricted stays so.
    ///
    /// .NET: `System.Net.WebPermission.AddPermission`
    #[doc(alias = "WebPermission.AddPermission")]
    pub fn add(&mut self, access: NetworkAccess, pattern: UriPattern) {
        self.rights.add(access, pattern);
    }

    /// What may be requested.
    ///
    /// .NET: `System.Net.WebPermission.ConnectList`
    #[doc(alias = "WebPermission.ConnectList")]
    #[must_use]
    pub fn connect_list(&self) -> &[UriPattern] {
        self.rights.list(NetworkAccess::Connect)
    }

    /// What may be served.
    ///
    /// .NET: `System.Net.WebPermission.AcceptList`
    #[doc(alias = "WebPermission.AcceptList")]
    #[must_use]
    pub fn accept_list(&self) -> &[UriPattern] {
        self.rights.list(NetworkAccess::Accept)
    }

    /// .NET: `System.Net.WebPermission.IsUnrestricted`
    #[doc(alias = "WebPermission.IsUnrestricted")]
    #[must_use]
    pub fn is_unrestricted(&self) -> bool {
        self.rights.is_unrestricted()
    }

    /// Whether it allows nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rights.is_empty()
    }

    /// The ports of all addresses that may be requested; `None` is all, as where an expression says
    /// which addresses these are.
    #[must_use]
    pub fn ports(&self) -> Option<BTreeSet<u16>> {
        if self.is_unrestricted() || self.connect_list().iter().any(UriPattern::is_regex) {
            return None;
        }
        let addresses = self.connect_list().iter().map(UriPattern::as_str);
        // What was taken as an address is one; that of a file has no port.
        Some(
            addresses
                .filter_map(|uri| Uri::parse(uri).ok()?.port())
                .collect(),
        )
    }

    /// Whether it holds the right of a kind to an address. What is no absolute URI is matched by an
    /// unrestricted permission alone.
    #[must_use]
    pub fn allows(&self, access: NetworkAccess, uri: &str) -> bool {
        let text = canonical(uri).or_else(|| wildcard_prefix(access, uri));
        let list = self.rights.list(access);
        self.is_unrestricted()
            || text.is_some_and(|text| list.iter().any(|entry| entry.matches(&text)))
    }

    /// All rights of both.
    ///
    /// .NET: `System.Net.WebPermission.Union`
    #[doc(alias = "WebPermission.Union")]
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            rights: self.rights.union(&other.rights),
        }
    }

    /// The rights that are in both.
    ///
    /// .NET: `System.Net.WebPermission.Intersect`
    #[doc(alias = "WebPermission.Intersect")]
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self {
            rights: self.rights.intersect(&other.rights),
        }
    }

    /// Whether `other` holds all rights of this.
    ///
    /// .NET: `System.Net.WebPermission.IsSubsetOf`
    #[doc(alias = "WebPermission.IsSubsetOf")]
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.rights.is_subset_of(&other.rights)
    }

    /// Whether an address may be in both: as [`intersect`](Self::intersect), only that of two
    /// different expressions nobody knows.
    pub(super) fn may_overlap(&self, other: &Self) -> bool {
        let regex = |list: &[UriPattern]| list.iter().any(UriPattern::is_regex);
        let both = |one: &[UriPattern], two: &[UriPattern]| regex(one) && regex(two);
        !self.intersect(other).is_empty()
            || both(self.connect_list(), other.connect_list())
            || both(self.accept_list(), other.accept_list())
    }

    /// As XML.
    ///
    /// .NET: `System.Net.WebPermission.ToXml`
    #[doc(alias = "WebPermission.ToXml")]
    #[must_use]
    pub fn to_xml(&self) -> PermissionElement {
        self.rights.to_xml(CLASS, |entry| {
            let text = match entry.is_regex() {
                // .NET tells the two apart by what has to be escaped.
                true => entry.as_str().to_owned(),
                false => regex_syntax::escape(entry.as_str()),
            };
            PermissionElement::new("URI").with("uri", &text)
        })
    }

    /// From XML. As in .NET an entry is an expression, and one in which everything is escaped is the
    /// address that it stands for.
    ///
    /// .NET: `System.Net.WebPermission.FromXml`
    ///
    /// # Errors
    /// It is of another class, or an entry is none.
    #[doc(alias = "WebPermission.FromXml")]
    pub fn from_xml(element: &PermissionElement) -> Result<Self, PermissionXmlError> {
        let rights = Rights::from_xml(element, CLASS, |entry| {
            let text = entry.attribute("uri").ok_or_else(|| {
                PermissionXmlError::new("an entry has no attribute `uri`".to_owned())
            })?;
            let literal = unescaped(text).and_then(|text| UriPattern::uri(&text).ok());
            match literal {
                Some(pattern) => Ok(pattern),
                None => UriPattern::regex(text)
                    .map_err(|misuse| PermissionXmlError::new(misuse.to_string())),
            }
        })?;
        Ok(Self { rights })
    }
}

/// The text that an expression stands for, if it stands for one.
fn unescaped(expression: &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = expression.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(characters.next().filter(|next| !next.is_alphanumeric())?),
            other => text.push(other),
        }
    }
    (regex_syntax::escape(&text) == expression).then_some(text)
}
