//! References of HTML: written and read. HTML 4.01, section 5.3 and chapter 24.

use std::borrow::Cow;
use std::fmt;

use super::entities;

pub(super) fn encode(value: &str) -> Cow<'_, str> {
    if !value.chars().any(needs_reference) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len() + value.len() / 2);
    // Writing to a string never fails.
    let _ = encode_to(value, &mut out);
    Cow::Owned(out)
}

pub(super) fn encode_to(value: &str, output: &mut impl fmt::Write) -> fmt::Result {
    let mut rest = value;
    while let Some(at) = rest.find(needs_reference) {
        output.write_str(&rest[..at])?;
        let mut chars = rest[at..].chars();
        match chars.next() {
            Some('<') => output.write_str("&lt;")?,
            Some('>') => output.write_str("&gt;")?,
            Some('&') => output.write_str("&amp;")?,
            Some('"') => output.write_str("&quot;")?,
            Some(other) => write!(output, "&#{};", u32::from(other))?,
            None => {}
        }
        rest = chars.as_str();
    }
    output.write_str(rest)
}

const fn needs_reference(c: char) -> bool {
    matches!(c, '<' | '>' | '&' | '"' | '\'' | '\u{a0}'..='\u{ff}' | '\u{10000}'..)
}

pub(super) fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    // Writing to a string never fails.
    let _ = decode_to(value, &mut out);
    Cow::Owned(out)
}

pub(super) fn decode_to(value: &str, output: &mut impl fmt::Write) -> fmt::Result {
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        output.write_str(&rest[..at])?;
        let behind = &rest[at + 1..];
        // What another `&` comes before is no reference, and that one may begin one.
        let end = behind
            .find([';', '&'])
            .filter(|&end| behind[end..].starts_with(';'));
        match end.and_then(|end| Some((reference(&behind[..end])?, end))) {
            Some((character, end)) => {
                output.write_char(character)?;
                rest = &behind[end + 1..];
            }
            None => {
                output.write_char('&')?;
                rest = behind;
            }
        }
    }
    output.write_str(rest)
}

/// The character that the text between `&` and `;` stands for.
fn reference(text: &str) -> Option<char> {
    let Some(number) = text.strip_prefix('#') else {
        return entities::lookup(text);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        // `from_str_radix` alone would take a sign.
        Some(hex) if hex.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            u32::from_str_radix(hex, 16).ok()?
        }
        Some(_) => return None,
        None => decimal(number)?,
    };
    // Surrogates, and what lies beyond Unicode, stand for nothing.
    char::from_u32(code)
}

/// A number as .NET reads it: blanks around it and a sign are fine.
fn decimal(text: &str) -> Option<u32> {
    let text = text.trim_matches(|c: char| matches!(c, '\t'..='\r' | ' '));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    digits
        .parse()
        .ok()
        .filter(|&number: &u32| !negative || number == 0)
}
