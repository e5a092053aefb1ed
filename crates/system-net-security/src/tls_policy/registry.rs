//! The keys of the Windows registry that decide about TLS, read from the text of a `.reg` file.
//!
//! To read: the guide, "Configuring security via the Windows Registry" and "Configuring Schannel
//! protocols in the Windows Registry".

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::decision::TlsRole;

/// The largest file that is read: an export of these keys has some KiB.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// The values of a `.reg` file, of all keys; names without regard to ASCII case.
///
/// [`TlsPolicy`](crate::TlsPolicy) decides by it.
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
    values: BTreeMap<(String, String), Value>,
}

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) number: u32,
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
    /// As they are written.
    pub(super) key: String,
    pub(super) name: String,
}

/// A `.reg` file that cannot be read, or a line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsRegistryError {
    line: usize,
    problem: String,
}

impl TlsRegistryError {
    /// The line, from 1 on; 0 if the file as a whole is meant.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    fn of_file(problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self { line: 0, problem }
    }
}

impl fmt::Display for TlsRegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "the registry text: {}", self.problem),
            line => write!(f, "line {line} of the registry text: {}", self.problem),
        }
    }
}

impl std::error::Error for TlsRegistryError {}

impl TlsRegistry {
    /// Reads a file: see [`from_bytes`](Self::from_bytes).
    ///
    /// # Errors
    /// As there, and if the file cannot be read or is larger than 4 MiB.
    pub fn read_file(path: impl AsRef<Path>) -> Result<Self, TlsRegistryError> {
        let path = path.as_ref();
        let read = || {
            let length = std::fs::metadata(path)?.len();
            if length > LARGEST_FILE {
                let message = format!("it has {length} bytes, and {LARGEST_FILE} are the limit");
                return Err(std::io::Error::other(message));
            }
            std::fs::read(path)
        };
        let bytes = read().map_err(|error| {
            TlsRegistryError::of_file(format!("{} cannot be read: {error}", path.display()))
        })?;
        Self::from_bytes(&bytes)
    }

    /// Reads the bytes of a file: UTF-16 with a byte order mark, as `regedit` writes it, or UTF-8.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and if the bytes are no text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TlsRegistryError> {
        Self::parse(&Self::decode(bytes)?)
    }

    /// The text of the bytes of a file.
    ///
    /// # Errors
    /// The bytes are no text.
    pub fn decode(bytes: &[u8]) -> Result<String, TlsRegistryError> {
        let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
            let (pairs, odd) = rest.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
            let text = String::from_utf16(&units).ok();
            text.filter(|_| odd.is_empty())
        };
        let text = match bytes {
            [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
            bytes => String::from_utf8(bytes.to_vec()).ok(),
        };
        text.ok_or_else(|| TlsRegistryError::of_file("it is neither UTF-16 nor UTF-8"))
    }

    /// Reads the text. Later values count over earlier ones; `-` in place of a value, or in front of
    /// a key, takes it away. Values of other kinds than DWORD are passed over.
    ///
    /// # Errors
    /// The first line that is neither heading, key, value, comment nor empty.
    pub fn parse(text: &str) -> Result<Self, TlsRegistryError> {
        let mut registry = Self::default();
        let mut key: Option<(String, String)> = None;
        let mut continued = false;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            let column = line.chars().take_while(|it| it.is_whitespace()).count() + 1;
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
                    None => Some((inner.to_ascii_lowercase(), inner.to_owned())),
                };
                continue;
            }
            let (name, value) = value_of(line)
                .ok_or_else(|| wrong("expected a key in brackets, or \"name\"=dword:value"))?;
            let (key, written) = key
                .as_ref()
                .ok_or_else(|| wrong("the value stands under no key"))?;
            let place = (key.clone(), name.to_ascii_lowercase());
            if value == "-" {
                registry.values.remove(&place);
            } else if let Some(digits) = value.strip_prefix("dword:") {
                let number = u32::from_str_radix(digits.trim(), 16)
                    .map_err(|_| wrong("a DWORD has at most eight hexadecimal digits"))?;
                let value = Value {
                    number,
                    line: index + 1,
                    column,
                    key: written.clone(),
                    name: name.to_owned(),
                };
                registry.values.insert(place, value);
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
        self.value(&key, name).map(|value| value.number != 0)
    }

    /// A value of Schannel: `Enabled` or `DisabledByDefault` of a version, which is named as
    /// `TLS 1.2`, for one of the roles. `None` if it is not set.
    #[must_use]
    pub fn schannel(&self, version: &str, role: TlsRole, name: &str) -> Option<u32> {
        let role = match role {
            TlsRole::Client => "client",
            TlsRole::Server => "server",
        };
        let key = format!("{SCHANNEL}\\{version}\\{role}");
        self.value(&key, name).map(|value| value.number)
    }

    fn value(&self, key: &str, name: &str) -> Option<&Value> {
        let place = (key.to_ascii_lowercase(), name.to_ascii_lowercase());
        self.values.get(&place)
    }

    /// All values, with their keys in small letters.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|((key, _), value)| (&**key, value))
    }
}

/// Where Schannel has its versions, in small letters.
pub(super) const SCHANNEL: &str = "hkey_local_machine\\system\\currentcontrolset\\control\\securityproviders\\schannel\\protocols";

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
        // As `regedit` writes it, and big-endian.
        for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let wide: Vec<u8> = text.encode_utf16().flat_map(to_bytes).collect();
            assert_eq!(TlsRegistry::from_bytes(&wide), Ok(registry.clone()));
            let odd = &wide[..wide.len() - 1];
            assert_eq!(TlsRegistry::from_bytes(odd).unwrap_err().line(), 0);
        }
        assert_eq!(
            TlsRegistry::from_bytes(text.as_bytes()),
            Ok(registry.clone())
        );
        // The safest policy: whatever the target, the system chooses, by strong cryptography.
        use system_net_config::{Settings, TargetFramework};
        for (target, of_32_bits) in [
            (TargetFramework::V3_5, false),
            (TargetFramework::V3_5, true),
            (TargetFramework::V4_5_2, false),
            (TargetFramework::V4_5_2, true),
        ] {
            let mut settings = Settings::for_target(target);
            settings.tls.registry = Some(text.clone());
            settings.tls.registry_of_32_bits = of_32_bits;
            let policy = crate::TlsPolicy::of_settings(&settings).unwrap();
            let decision = policy.decide(TlsRole::Client, None);
            assert_eq!(decision.requested(), crate::SslProtocols::NONE, "{target}");
            let strong = target != TargetFramework::V3_5;
            assert_eq!(decision.strong_crypto(), strong, "{target}");
            assert_eq!(registry.audit(), []);
        }
    }

    #[test]
    fn files_that_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tls.reg");
        let error = TlsRegistry::read_file(&path).unwrap_err();
        assert!(error.to_string().contains("tls.reg"), "{error}");
        std::fs::write(&path, [0xff, 0x00]).unwrap();
        let error = TlsRegistry::read_file(&path).unwrap_err();
        assert!(error.problem().contains("UTF-16"), "{error}");
        std::fs::write(&path, "REGEDIT4\n").unwrap();
        assert_eq!(TlsRegistry::read_file(&path), Ok(TlsRegistry::default()));
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
