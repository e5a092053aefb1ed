//! The text of a registry file (`.reg`): keys, names, values.
//!
//! To read: "How to add, modify, or delete registry subkeys and values by using a .reg file".

use std::collections::BTreeMap;
use std::fmt;

/// A value, as far as somebody here asks for its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    /// `REG_DWORD`.
    Number(u32),
    /// `REG_MULTI_SZ`.
    Texts(Vec<String>),
    /// `REG_SZ`.
    Text(String),
    /// Of another kind.
    Other,
}

/// What a file says. Keys and names without regard to ASCII case.
#[derive(Clone, Debug, Default)]
pub(crate) struct RegistryText {
    /// By key and name, both in small letters; with the line.
    values: BTreeMap<(String, String), (usize, Value)>,
}

/// A registry file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryTextError {
    line: usize,
    problem: &'static str,
}

impl RegistryTextError {
    /// The line, from 1 on; where a value goes on over several, the first of them.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for RegistryTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, problem } = self;
        write!(f, "line {line} of the registry text: {problem}")
    }
}

impl std::error::Error for RegistryTextError {}

impl RegistryText {
    /// Reads the text. Later values count over earlier ones; `-` in place of a value, or in front
    /// of a key, takes it away.
    ///
    /// # Errors
    /// The first line that is neither heading, key, value, comment nor empty.
    pub(crate) fn parse(text: &str) -> Result<Self, RegistryTextError> {
        let mut this = Self::default();
        let mut key: Option<String> = None;
        let mut wide = true;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let wrong = |problem| RegistryTextError {
                line: index + 1,
                problem,
            };
            let line = line.trim();
            if line.eq_ignore_ascii_case("REGEDIT4") {
                // Before Windows 2000 texts have one byte for each character.
                wide = false;
                continue;
            }
            let heading = line.eq_ignore_ascii_case("Windows Registry Editor Version 5.00");
            if line.is_empty() || line.starts_with(';') || heading {
                continue;
            }
            if let Some(inner) = line.strip_prefix('[') {
                let no_end = "the key has no closing bracket";
                let inner = inner.strip_suffix(']').ok_or_else(|| wrong(no_end))?;
                let lower = inner.trim_start_matches('-').to_ascii_lowercase();
                key = match inner.starts_with('-') {
                    true => {
                        this.remove_key(&lower);
                        None
                    }
                    false => Some(lower),
                };
                continue;
            }
            // A long value goes on behind a backslash.
            let mut whole = line.to_owned();
            while whole.ends_with('\\') {
                whole.pop();
                let Some((_, next)) = lines.next() else { break };
                whole.push_str(next.trim());
            }
            let unknown = "expected a key in brackets, or \"name\"=value";
            let (name, value) = split(&whole).ok_or_else(|| wrong(unknown))?;
            let no_key = "the value stands under no key";
            let key = key.as_ref().ok_or_else(|| wrong(no_key))?;
            let place = (key.clone(), name.to_ascii_lowercase());
            match value {
                "-" => {
                    this.values.remove(&place);
                }
                value => {
                    let value = read(value, wide).map_err(wrong)?;
                    this.values.insert(place, (index + 1, value));
                }
            }
        }
        Ok(this)
    }

    fn remove_key(&mut self, removed: &str) {
        self.values.retain(|(key, _), _| {
            let rest = key.strip_prefix(removed);
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
        });
    }

    fn value(&self, key: &str, name: &str) -> Option<&(usize, Value)> {
        let place = (key.to_ascii_lowercase(), name.to_ascii_lowercase());
        self.values.get(&place)
    }

    /// A number; `None` without the value.
    ///
    /// # Errors
    /// The value is of another kind.
    pub(crate) fn number(&self, key: &str, name: &str) -> Result<Option<u32>, RegistryTextError> {
        match self.value(key, name) {
            None => Ok(None),
            Some((_, Value::Number(number))) => Ok(Some(*number)),
            Some((line, _)) => Err(RegistryTextError {
                line: *line,
                problem: "expected a number (dword:)",
            }),
        }
    }

    /// A list of texts; of a single text, that one; `None` without the value.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub(crate) fn texts(
        &self,
        key: &str,
        name: &str,
    ) -> Result<Option<&[String]>, RegistryTextError> {
        match self.value(key, name) {
            None => Ok(None),
            Some((_, Value::Texts(texts))) => Ok(Some(texts)),
            Some((_, Value::Text(text))) => Ok(Some(std::slice::from_ref(text))),
            Some((line, _)) => Err(RegistryTextError {
                line: *line,
                problem: "expected a list of texts (hex(7):) or a text",
            }),
        }
    }
}

/// Name and value of `"name"=value`; the name of `@=value` is empty.
fn split(line: &str) -> Option<(String, &str)> {
    let (name, rest) = match line.strip_prefix('@') {
        Some(rest) => (String::new(), rest),
        None => quoted(line)?,
    };
    Some((name, rest.trim_start().strip_prefix('=')?.trim()))
}

/// A text in quotation marks, in which a backslash stands before another and before such a mark,
/// and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut characters = text.strip_prefix('"')?.char_indices();
    let mut inner = String::new();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => inner.push(characters.next()?.1),
            '"' => return Some((inner, &text[at + 2..])),
            other => inner.push(other),
        }
    }
    None
}

fn read(value: &str, wide: bool) -> Result<Value, &'static str> {
    if value.starts_with('"') {
        let end = "a text ends with a quotation mark";
        let (text, rest) = quoted(value).ok_or(end)?;
        return rest
            .trim()
            .is_empty()
            .then_some(Value::Text(text))
            .ok_or(end);
    }
    let lower = value.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("dword:") {
        return u32::from_str_radix(digits.trim(), 16)
            .map(Value::Number)
            .map_err(|_| "a DWORD has at most eight hexadecimal digits");
    }
    let Some(bytes) = lower.strip_prefix("hex(7):") else {
        return match lower.starts_with("hex:") || lower.starts_with("hex(") {
            true => Ok(Value::Other),
            false => Err("a value is a text in quotation marks, dword: or hex:"),
        };
    };
    let digits = bytes
        .split(',')
        .map(str::trim)
        .filter(|byte| !byte.is_empty());
    let bytes: Result<Vec<u8>, _> = digits.map(|byte| u8::from_str_radix(byte, 16)).collect();
    let bytes =
        bytes.map_err(|_| "expected bytes of two hexadecimal digits, with commas between")?;
    Ok(Value::Texts(multi_string(&bytes, wide)?))
}

/// Texts that each end with a zero; the list ends with one more.
fn multi_string(bytes: &[u8], wide: bool) -> Result<Vec<String>, &'static str> {
    let whole = match wide {
        true if bytes.len() % 2 == 1 => {
            return Err("a list of texts has two bytes for each character");
        }
        true => {
            let units = bytes
                .chunks_exact(2)
                .map(|two| u16::from_le_bytes([two[0], two[1]]));
            char::decode_utf16(units)
                .collect::<Result<String, _>>()
                .map_err(|_| "a list of texts is no UTF-16")?
        }
        false => bytes.iter().copied().map(char::from).collect(),
    };
    let texts = whole.split('\0').filter(|text| !text.is_empty());
    Ok(texts.map(str::to_owned).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    const LSA: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa";

    /// The value `n` of the key [`LSA`] after these lines.
    fn value(lines: &str) -> Option<Value> {
        let text = format!("[{LSA}]\r\n{lines}\r\n");
        let registry = RegistryText::parse(&text).unwrap();
        Some(registry.value(LSA, "N")?.1.clone())
    }

    fn texts(list: &[&str]) -> Option<Value> {
        Some(Value::Texts(list.iter().map(|&text| text.into()).collect()))
    }

    #[test]
    fn kinds_of_values() {
        assert_eq!(value(r#""n"=dword:0000000A"#), Some(Value::Number(10)));
        assert_eq!(
            value(r#""n"="a \"b\" c:\\d""#),
            Some(Value::Text(r#"a "b" c:\d"#.into()))
        );
        assert_eq!(value(r#""n"=hex:01,02"#), Some(Value::Other));
        assert_eq!(value(r#""n"=hex(b):01,02"#), Some(Value::Other));
        assert_eq!(
            value("\"n\"=hex(7):61,00,00,00,62,00,63,\\\r\n  00,00,00,00,00"),
            texts(&["a", "bc"])
        );
        assert_eq!(value(r#""n"=hex(7):00,00"#), texts(&[]));
        assert_eq!(value(r#""n"=hex(7):"#), texts(&[]));
        assert_eq!(
            value("REGEDIT4\n\"n\"=hex(7):61,00,62,63,00,00"),
            texts(&["a", "bc"])
        );
        assert_eq!(value("\"n\"=dword:1\n\"N\"=-"), None);
        assert_eq!(value("\"n\"=dword:1\n[-HKEY_LOCAL_MACHINE\\SYSTEM]"), None);
        assert_eq!(value("; \"n\"=dword:1"), None);
    }

    #[test]
    fn lines_that_cannot_be_read() {
        for (text, line) in [
            ("[HKEY_LOCAL_MACHINE", 1),
            ("\n\"a\"=dword:1", 2),
            ("[K]\n\"a\"=dword:xyz", 2),
            ("[K]\n\"a\"=hex(7):6", 2),
            ("[K]\n\"a\"=hex(7):zz,00", 2),
            ("[K]\n\"a\"=hex(7):00,d8,00,00", 2),
            ("[K]\n\"a\"=\"b", 2),
            ("[K]\n\"a\"=\"b\" c", 2),
            ("[K]\n\"a\"=1", 2),
            ("[K]\n\na=b", 3),
            ("[K]\n\"a\\", 2),
            ("{\"json\": true}", 1),
        ] {
            let error = RegistryText::parse(text).unwrap_err();
            assert_eq!(error.line(), line, "{text}: {error}");
        }
    }
}
