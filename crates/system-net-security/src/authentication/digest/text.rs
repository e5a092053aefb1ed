//! How values stand in fields: quoted, extended (RFC 8187), and what cannot stand there at all.

use std::fmt::Write as _;

/// Adds `, name="value"`, quotes and backslashes escaped.
pub(super) fn push_quoted(field: &mut String, name: &str, value: &str) {
    for part in [", ", name, "=\""] {
        field.push_str(part);
    }
    push_escaped(field, value);
    field.push('"');
}

/// The inside of a quoted string, RFC 9110 section 5.6.4.
pub(super) fn push_escaped(field: &mut String, value: &str) {
    if !value.bytes().any(|byte| matches!(byte, b'"' | b'\\')) {
        return field.push_str(value);
    }
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            field.push('\\');
        }
        field.push(c);
    }
}

/// `UTF-8''` and the value with all but RFC 8187's attr-char escaped.
pub(super) fn extended(value: &str) -> String {
    let mut text = String::from("UTF-8''");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// The value of an extended parameter; `None` if it is malformed or of another charset.
pub(super) fn from_extended(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_language, value) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("UTF-8") {
        return None;
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
            bytes.push(u8::try_from(high << 4 | low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The `nc` of a number: eight lower-case hexadecimal digits.
pub(super) const fn count_digits(count: u32) -> [u8; 8] {
    super::algorithm::hex_word(count.to_be_bytes())
}

/// Whether a value has what no field may carry.
pub(super) fn has_control(value: &str) -> bool {
    value.chars().any(char::is_control)
}
