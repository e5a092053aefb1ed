//! The domains that everybody can have names below: `com`, `co.uk`, `github.io`. The list is
//! Mozilla's, <https://publicsuffix.org>; the format is described there.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::BufRead;
use std::sync::Arc;

use system_net_uri::{HostAddress, Uri};

use crate::line_error::{LineError, Lines};

/// Which domains are open to everybody, so that no cookie may be for all names below one.
///
/// The list that comes with the library is that of the crate `psl`; [`date`](Self::date) says of
/// when. Another one, such as a newer `public_suffix_list.dat`, is read by
/// [`read`](Self::read). A name that no rule knows ends with a public suffix of one label.
///
/// # Examples
/// ```
/// use system_net_primitives::PublicSuffixList;
///
/// let list = PublicSuffixList::embedded();
/// assert!(list.is_public_suffix("co.uk"));
/// assert!(!list.is_public_suffix("example.co.uk"));
/// assert_eq!(list.registrable_domain("a.b.example.co.uk").as_deref(), Some("example.co.uk"));
///
/// let own = PublicSuffixList::read(&b"// VERSION: 2026-01-02\ncorp\nteams.corp\n"[..])?;
/// assert_eq!(own.date(), Some("2026-01-02"));
/// assert!(own.is_public_suffix("teams.corp"));
/// # Ok::<(), system_net_primitives::LineError>(())
/// ```
#[derive(Clone, Default)]
pub struct PublicSuffixList {
    own: Option<Arc<Rules>>,
}

/// Rules by their names, without `*.` and `!`, in the form of DNS.
#[derive(Default)]
struct Rules {
    date: Option<Box<str>>,
    by_name: HashMap<Box<str>, Kinds>,
}

/// The rules that a name has.
#[derive(Clone, Copy, Default)]
struct Kinds {
    /// `name`: it is a public suffix.
    exact: bool,
    /// `*.name`: whatever is right below it is one.
    wildcard: bool,
    /// `!name`: it is none, in spite of a wildcard.
    exception: bool,
}

impl PublicSuffixList {
    /// The list that comes with the library.
    #[must_use]
    pub const fn embedded() -> Self {
        Self { own: None }
    }

    /// Reads a list: a rule a line, `//` begins a comment.
    ///
    /// # Errors
    /// The line that is no rule, or that could not be read.
    pub fn read(reader: impl BufRead) -> Result<Self, LineError> {
        let mut rules = Rules::default();
        let mut lines = Lines::new(reader);
        while let Some(line) = lines.next()? {
            let line = line.trim();
            if let Some(comment) = line.strip_prefix("//") {
                if let Some(version) = comment.trim().strip_prefix("VERSION:") {
                    // The rest is a time and the number of a change.
                    rules.date = version.trim().get(..10).map(Into::into);
                }
                continue;
            }
            // A rule ends at the first blank.
            let Some(rule) = line.split_whitespace().next() else {
                continue;
            };
            let (name, kind): (&str, fn(&mut Kinds) -> &mut bool) =
                if let Some(name) = rule.strip_prefix("*.") {
                    (name, |kinds| &mut kinds.wildcard)
                } else if let Some(name) = rule.strip_prefix('!') {
                    (name, |kinds| &mut kinds.exception)
                } else {
                    (rule, |kinds| &mut kinds.exact)
                };
            // Wildcards elsewhere than in front are allowed by the format and used by nobody.
            let name = canonical(name)
                .filter(|name| !name.contains('*'))
                .ok_or_else(|| lines.syntax("expected a domain, *.domain or !domain"))?;
            *kind(rules.by_name.entry(name.into()).or_default()) = true;
        }
        Ok(Self {
            own: Some(Arc::new(rules)),
        })
    }

    /// Of which day the list is, as `2026-11-05`: for the embedded one, that of the oldest version
    /// of `psl` that this library is built with; for one that was read, that of its `VERSION` line.
    #[must_use]
    pub fn date(&self) -> Option<&str> {
        match &self.own {
            None => Some(EMBEDDED_DATE),
            Some(rules) => rules.date.as_deref(),
        }
    }

    /// Whether everybody can have names below this one. Letter case, and a dot at the end, do not
    /// matter; international names may be written either way.
    #[must_use]
    pub fn is_public_suffix(&self, domain: &str) -> bool {
        canonical(domain).is_some_and(|domain| self.suffix(&domain) == &*domain)
    }

    /// The public suffix of a name and one label more: what somebody has registered. It is in the
    /// form of DNS; `None` for a name that is a public suffix itself, or no name.
    #[must_use]
    pub fn registrable_domain(&self, domain: &str) -> Option<String> {
        let domain = canonical(domain)?;
        let in_front = domain
            .strip_suffix(self.suffix(&domain))?
            .strip_suffix('.')?;
        let label = in_front.rfind('.').map_or(0, |dot| dot + 1);
        Some(domain[label..].to_owned())
    }

    /// The public suffix that a name in the form of DNS ends with.
    pub(super) fn suffix<'a>(&self, name: &'a str) -> &'a str {
        match &self.own {
            None => psl::suffix(name.as_bytes())
                .and_then(|suffix| name.get(name.len() - suffix.as_bytes().len()..))
                .unwrap_or(name),
            Some(rules) => rules.suffix(name),
        }
    }
}

/// The day on which the version of `psl` in Cargo.lock was published. `psl_date` compares.
const EMBEDDED_DATE: &str = "2026-11-05";

impl Rules {
    fn suffix<'a>(&self, name: &'a str) -> &'a str {
        let kinds = |name: &str| self.by_name.get(name).copied().unwrap_or_default();
        let mut candidate = name;
        loop {
            let below = candidate.split_once('.').map(|(_, below)| below);
            let own = kinds(candidate);
            if own.exception {
                return below.unwrap_or(candidate);
            }
            if own.exact || below.is_some_and(|below| kinds(below).wildcard) {
                return candidate;
            }
            // No rule: the last label.
            let Some(below) = below else {
                return candidate;
            };
            candidate = below;
        }
    }
}

/// The form of DNS; `None` for what is no name.
fn canonical(name: &str) -> Option<Cow<'_, str>> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.split('.').any(str::is_empty) || name.contains(['/', '@', ':', '?', '#', '\\']) {
        return None;
    }
    if name.is_ascii() {
        return Some(if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            Cow::Borrowed(name)
        });
    }
    let uri = Uri::parse(&format!("http://{name}/")).ok()?;
    match uri.host_address() {
        HostAddress::Dns(name) => Some(Cow::Owned(name.to_owned())),
        _ => None,
    }
}

impl fmt::Debug for PublicSuffixList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicSuffixList")
            .field("embedded", &self.own.is_none())
            .field("date", &self.date())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn psl_date_is_that_of_the_version_in_use() {
        let lock = include_str!("../../../../Cargo.lock");
        assert!(
            lock.contains("name = \"psl\"\nversion = \"2.1.247\"\n"),
            "a new list: set EMBEDDED_DATE to the day it was published, and this version"
        );
    }
}
