//! What an audit finds in registry texts: values that fix versions of TLS, or give up better ones.
//!
//! To read: the guide, "Audit your code and make code changes".

use std::fmt;

use super::registry::{SCHANNEL, TlsRegistry, Value};

/// A value of a registry text that makes TLS worse than it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFinding {
    line: usize,
    column: usize,
    key: String,
    name: String,
    message: String,
}

impl TlsFinding {
    /// The line, from 1 on.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The character in the line, from 1 on.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// The key, as it is written.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The name of the value, as it is written.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for TlsFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}: `{}`, value `{}`: {}",
            self.line, self.key, self.name, self.message
        )
    }
}

impl TlsRegistry {
    /// The values that fix versions of TLS or give up better ones, in the order of the text.
    ///
    /// # Examples
    /// ```
    /// use system_net_security::TlsRegistry;
    ///
    /// let text = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\n\
    ///     \"SystemDefaultTlsVersions\"=dword:00000000\n";
    /// let findings = TlsRegistry::parse(text)?.audit();
    /// assert_eq!((findings.len(), findings[0].line()), (1, 2));
    /// # Ok::<(), system_net_security::TlsRegistryError>(())
    /// ```
    #[must_use]
    pub fn audit(&self) -> Vec<TlsFinding> {
        let found = self.values().filter_map(|(key, value)| {
            Some(TlsFinding {
                line: value.line,
                column: value.column,
                key: value.key.clone(),
                name: value.name.clone(),
                message: judge(key, value)?,
            })
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|finding| finding.line);
        found
    }
}

/// What is wrong with a value, if anything is; the key is in small letters.
fn judge(key: &str, value: &Value) -> Option<String> {
    let name = value.name.to_ascii_lowercase();
    if let Some(place) = key.strip_prefix(SCHANNEL) {
        let mut parts = place.strip_prefix('\\')?.split('\\');
        let (version, role) = (parts.next()?, parts.next()?);
        let is_on = match &*name {
            "enabled" => value.number != 0,
            "disabledbydefault" => value.number == 0,
            _ => return None,
        };
        let version = version.to_ascii_uppercase();
        return match (&*version, is_on) {
            ("TLS 1.2" | "TLS 1.3", false) => Some(format!(
                "switches {version} off for the {role}; it is one of the two that are safe"
            )),
            ("SSL 2.0" | "SSL 3.0" | "TLS 1.0" | "TLS 1.1", true) => Some(format!(
                "switches {version} on for the {role}; it is not safe any more, and not spoken here"
            )),
            _ => None,
        };
    }
    if !key.contains("\\microsoft\\.netframework\\") || value.number != 0 {
        return None;
    }
    let text = match &*name {
        "schusestrongcrypto" => {
            "asks for weak cryptography: the versions that the Framework chooses are then SSL 3.0 and \
             TLS 1.0, which are not spoken here"
        }
        "systemdefaulttlsversions" => {
            "lets the Framework choose the versions of TLS and not the system: none after TLS 1.2"
        }
        _ => return None,
    };
    Some(text.to_owned())
}
