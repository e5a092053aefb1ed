//! References of HTML: written and read. HTML 4.01, section 5.3 and chapter 24.

use std::borrow::Cow;
use std::fmt;

use super::entities;
use super::{UnicodeDecodingConformance as Decoding, UnicodeEncodingConformance as Encoding};

pub(super) fn encode(value: &str, mode: Encoding) -> Cow<'_, str> {
    if !value.chars().any(|c| needs_reference(c, mode)) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len() + value.len() / 2);
    // Writing to a string never fails.
    let _ = encode_to(value, mode, &mut out);
    Cow::Owned(out)
}

pub(super) fn encode_to(value: &str, mode: Encoding, output: &mut impl fmt::Write) -> fmt::Result {
    let mut rest = value;
    while let Some(at) = rest.find(|c| needs_reference(c, mode)) {
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

const fn needs_reference(c: char, mode: Encoding) -> bool {
    match c {
        '<' | '>' | '&' | '"' | '\'' | '\u{a0}'..='\u{ff}' => true,
        '\u{10000}'.. => !matches!(mode, Encoding::Compat),
        _ => false,
    }
}

pub(super) fn decode(value: &str, mode: Decoding) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    // Writing to a string never fails.
    let _ = decode_to(value, mode, &mut out);
    Cow::Owned(out)
}

pub(super) fn decode_to(value: &str, mode: Decoding, output: &mut impl fmt::Write) -> fmt::Result {
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        output.write_str(&rest[..at])?;
        rest = &rest[at..];
        match reference(rest, mode) {
            Some((code @ 0xD800..=0xDFFF, behind)) => {
                // Half a character: the other half stands next to it, or it is none.
                let (character, behind) = reference(behind, mode)
                    .and_then(|(low, behind)| Some((pair(code, low)?, behind)))
                    .unwrap_or((char::REPLACEMENT_CHARACTER, behind));
                output.write_char(character)?;
                rest = behind;
            }
            Some((code, behind)) => {
                output.write_char(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))?;
                rest = behind;
            }
            None => {
                output.write_char('&')?;
                rest = &rest[1..];
            }
        }
    }
    output.write_str(rest)
}

/// The character of two surrogates.
fn pair(high: u32, low: u32) -> Option<char> {
    let both = (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low);
    both.then(|| char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)))
        .flatten()
}

/// The number of the character that a reference at the beginning of a text stands for, and what is
/// behind it.
fn reference(text: &str, mode: Decoding) -> Option<(u32, &str)> {
    let text = text.strip_prefix('&')?;
    // What another `&` comes before is no reference, and that one may begin one.
    let end = text.find([';', '&'])?;
    let behind = text[end..].strip_prefix(';')?;
    let text = &text[..end];
    let Some(number) = text.strip_prefix('#') else {
        return Some((entities::lookup(text)?.into(), behind));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        // `from_str_radix` alone would take a sign.
        Some(hex) if hex.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            u32::from_str_radix(hex, 16).ok()?
        }
        Some(_) => return None,
        None => decimal(number)?,
    };
    let fine = match mode {
        Decoding::Auto | Decoding::Strict => char::from_u32(code).is_some(),
        Decoding::Compat => (1..=0xFFFF).contains(&code),
        Decoding::Loose => code <= 0x10_FFFF,
    };
    fine.then_some((code, behind))
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
