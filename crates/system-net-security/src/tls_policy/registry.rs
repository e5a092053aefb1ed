//! The keys of the Windows registry that decide about TLS, read from the text of a `.reg` file.
//!
//! To read: the guide, "Configuring security via the Windows Registry".

use std::collections::BTreeMap;
use std::fmt;

/// The values of a `.reg` file, of all keys; names without regard to ASCII case.
///
/// It is read for what it says: connections do not ask it by themselves.
///
/// # Examples
/// ```
/// use system_net_security::TlsRegistry;
///
/// let text = "Windows Registry Editor Version 5.00\n\n\
///     [HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]\n\
///     \"SchUseStrongCrypto\"=dword:00000001\n";
/// let registry = TlsRegistry::parse(text)?;
/// assert_eq!(registry.framework("v4.0.30319", "SchUseStrongCrypto", false), Some(true));
/// # Ok::<(), system_net_security::TlsRegistryError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsRegistry {
    /// By key and name, both in small letters.
    values: BTreeMap<(String, String), u32>,
}

/// A line of a `.reg` file that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsRegistryError {
    line: usize,
    problem: String,
}

impl TlsRegistryError {
    /// The line, from 1 on.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for TlsRegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} of the registry text: {}",
            self.line, self.problem
        )
    }
}

impl std::error::Error for TlsRegistryError {}

impl TlsRegistry {
    /// Reads the text. Later values count over earlier ones; `-` in place of a value, or in front of
    /// a key, takes it away. Values of other kinds than DWORD are passed over.
    ///
    /// # Errors
    /// The first line that is neither heading, key, value, comment nor empty.
    pub fn parse(text: &str) -> Result<Self, TlsRegistryError> {
        let mut registry = Self::default();
        let mut key: Option<String> = None;
        let mut continued = false;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            // A long value of another kind goes on behind a backslash.
            if std::mem::replace(&mut continued, line.ends_with('\\')) {
                continue;
            }
            let wrong = |problem: &str| TlsRegistryError {
                line: index + 1,
                problem: problem.to_owned(),
            };
            if line.is_empty() || line.starts_with(';') || is_heading(line) {
                continue;
            }
            if let Some(inner) = line.strip_prefix('[') {
                let inner = inner
                    .strip_suffix(']')
                    .ok_or_else(|| wrong("the key has no closing bracket"))?;
                key = match inner.strip_prefix('-') {
                    Some(removed) => {
                        registry.remove_key(&removed.to_ascii_lowercase());
                        None
                    }
                    None => Some(inner.to_ascii_lowercase()),
                };
                continue;
            }
            let (name, value) = value_of(line)
                .ok_or_else(|| wrong("expected a key in brackets, or \"name\"=dword:value"))?;
            let key = key
                .as_ref()
                .ok_or_else(|| wrong("the value stands under no key"))?;
            let place = (key.clone(), name.to_ascii_lowercase());
            if value == "-" {
                registry.values.remove(&place);
            } else if let Some(digits) = value.strip_prefix("dword:") {
                let number = u32::from_str_radix(digits.trim(), 16)
                    .map_err(|_| wrong("a DWORD has at most eight hexadecimal digits"))?;
                registry.values.insert(place, number);
            }
        }
        Ok(registry)
    }

    fn remove_key(&mut self, removed: &str) {
        self.values.retain(|(key, _), _| {
            let rest = key.strip_prefix(removed);
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
        });
    }

    /// A value of .NET Framework, `SchUseStrongCrypto` or `SystemDefaultTlsVersions`, for a runtime:
    /// `v4.0.30319` (4 and above) or `v2.0.50727` (3.5), and for programs of 32 bits
    /// (`Wow6432Node`) or 64. `None` if it is not set.
    #[must_use]
    pub fn framework(&self, version: &str, name: &str, of_32_bits: bool) -> Option<bool> {
        let node = if of_32_bits { "wow6432node\\" } else { "" };
        let key =
            format!("hkey_local_machine\\software\\{node}microsoft\\.netframework\\{version}");
        let place = (key.to_ascii_lowercase(), name.to_ascii_lowercase());
        self.values.get(&place).map(|value| *value != 0)
    }
}

fn is_heading(line: &str) -> bool {
    line.eq_ignore_ascii_case("Windows Registry Editor Version 5.00")
        || line.eq_ignore_ascii_case("REGEDIT4")
}

/// Name and value of `"name"=value`.
fn value_of(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix('"')?.split_once('"')?;
    Some((name, value.trim_start().strip_prefix('=')?.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The guide's file: "sets the registry keys and their variants to their most safe values".
    #[test]
    fn registry_file_source() {
        let mut text = "\u{feff}Windows Registry Editor Version 5.00\r\n\r\n".to_owned();
        for node in ["WOW6432Node\\", ""] {
            for version in ["v2.0.50727", "v4.0.30319"] {
                text += &format!(
                    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\{node}Microsoft\\.NETFramework\\{version}]\r\n\
                     \"SystemDefaultTlsVersions\"=dword:00000001\r\n\
                     \"SchUseStrongCrypto\"=dword:00000001\r\n\r\n"
                );
            }
        }
        let registry = TlsRegistry::parse(&text).unwrap();
        for version in ["v2.0.50727", "v4.0.30319", "V4.0.30319"] {
            for name in ["SchUseStrongCrypto", "SystemDefaultTlsVersions"] {
                for of_32_bits in [false, true] {
                    assert_eq!(registry.framework(version, name, of_32_bits), Some(true));
                }
            }
        }
        assert_eq!(
            registry.framework("v1.1.4322", "SchUseStrongCrypto", false),
            None
        );
        assert_eq!(registry.framework("v4.0.30319", "Other", false), None);
    }

    #[track_caller]
    fn check(lines: &str, expected: Option<bool>) {
        let key = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319]";
        let registry = TlsRegistry::parse(&lines.replace('@', key)).unwrap();
        let value = registry.framework("v4.0.30319", "SchUseStrongCrypto", false);
        assert_eq!(value, expected, "{lines}");
    }

    #[test]
    fn values_and_their_removal() {
        let on = "@\n\"schusestrongcrypto\" = dword:1\n";
        check("", None);
        check(on, Some(true));
        check(
            &format!("{on}\"SchUseStrongCrypto\"=dword:00000000"),
            Some(false),
        );
        check(&format!("{on}\"SchUseStrongCrypto\"=-"), None);
        check(
            &format!("{on}[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NETFramework]"),
            None,
        );
        check(
            &format!("{on}[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\.NET]"),
            Some(true),
        );
        check(
            &format!("; a comment\nREGEDIT4\n{on}\"x\"=hex:01,\\\n  02,03\n"),
            Some(true),
        );
        check("@\n\"SchUseStrongCrypto\"=\"1\"", None);
    }

    #[test]
    fn lines_that_cannot_be_read() {
        for (text, line) in [
            ("[HKEY_LOCAL_MACHINE", 1),
            ("\n\"a\"=dword:1", 2),
            ("[K]\n\"a\"=dword:xyz", 2),
            ("[K]\n\"a\"=dword:123456789", 2),
            ("[K]\n\na=b", 3),
            ("{\"json\": true}", 1),
        ] {
            let error = TlsRegistry::parse(text).unwrap_err();
            assert_eq!(error.line(), line, "{error}");
        }
    }
}
