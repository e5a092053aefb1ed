//! Domain names: RFC 1123 labels, with `_` for the names that company networks use, and
//! characters outside ASCII where the scheme reads them.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::escape::Dialect;
use crate::syntax::Rules;

/// Reads a name up to a byte that `ends` accepts, or the end; returns where it ends.
///
/// A label has 1 to 63 characters, begins with a letter or digit, and goes on with letters,
/// digits, `-` and `_`. A last dot is allowed.
pub(crate) fn scan(
    text: &str,
    start: usize,
    unicode: bool,
    ends: impl Fn(u8) -> bool,
) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        let label = at;
        // Characters as DNS counts them: two octets for each beyond Latin-1.
        let mut wide = 0;
        let mut international = false;
        let mut dot = 0;
        let mut done = true;
        while let Some(&b) = bytes.get(at) {
            match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => at += 1,
                b'-' | b'_' if at > label => at += 1,
                b'.' => {
                    (dot, done) = (1, false);
                    break;
                }
                0x80.. if unicode => {
                    let c = text[at..].chars().next()?;
                    if matches!(c, '\u{3002}' | '\u{FF0E}' | '\u{FF61}') {
                        (dot, done) = (c.len_utf8(), false);
                        break;
                    }
                    if c < '\u{A0}' {
                        return None;
                    }
                    international = true;
                    let octets = if c > '\u{FF}' { 2 * c.len_utf16() } else { 1 };
                    wide += octets as isize - c.len_utf8() as isize;
                    at += c.len_utf8();
                }
                _ if ends(b) => break,
                _ => return None,
            }
        }
        let length = (at - label) as isize + wide + if international { 4 } else { 0 };
        if at == label || length > 63 {
            // The end behind a last dot is the end of the name.
            return (at == label && at > start && done).then_some(at);
        }
        if done {
            return Some(at);
        }
        at += dot;
    }
}

/// Where the first character of a refused name stands that no name has there; 0 if each may stand
/// where it does, or an address is begun.
pub(crate) fn fault(name: &str) -> usize {
    let mut begins = true;
    for (at, c) in name.char_indices() {
        let fits = match c {
            '.' | '-' | '_' => !begins,
            '[' if at == 0 => return 0,
            c if c.is_ascii() => c.is_ascii_alphanumeric(),
            c => !c.is_control() && !c.is_whitespace(),
        };
        if !fits {
            return at;
        }
        begins = c == '.';
    }
    0
}

/// Appends a name outside ASCII in lower case, and `localhost` for the old name `loopback`, which
/// lower case can make of one.
///
/// As in .NET capitals outside ASCII alone change nothing (`http://\u{2160}.com` stays as it is);
/// beside an ASCII one they are lowered as well. What compares hosts uses [`folded`]. Where IRIs are
/// read, names are kept in NFC, which lower case can break: `J` with a caron has no single
/// character, `j` with one has.
pub(crate) fn push_small(out: &mut String, name: &str, rules: Rules) {
    let start = out.len();
    let lower = name.chars().map(|c| lower_invariant(c, rules.dialect()));
    if rules.any(Rules::IRI) {
        out.extend(lower.nfc());
    } else {
        out.extend(lower);
    }
    if out[start..] == *"loopback" {
        out.replace_range(start.., "localhost");
    }
}

/// The spelling that hosts are compared in: every capital lowered, in full, composed anew.
pub(crate) fn folded(host: &str, dialect: Dialect) -> Cow<'_, str> {
    if host.is_ascii() {
        // A host that is a name has no ASCII capitals any more; in another they count.
        return Cow::Borrowed(host);
    }
    let mut lowered = String::with_capacity(host.len() + 8);
    for c in host.chars() {
        if c.is_ascii() || lower_invariant(c, dialect) == c && c.to_lowercase().count() == 1 {
            lowered.push(c);
        } else {
            // One capital, U+0130, has two small letters; they are what UTS 46 makes of it.
            lowered.extend(c.to_lowercase());
        }
    }
    Cow::Owned(lowered.nfc().collect())
}

/// Lower case one character for one, as .NET's invariant culture does.
pub(crate) fn lower_invariant(c: char, dialect: Dialect) -> char {
    if c == '\u{1E9E}' && dialect == Dialect::Framework {
        // The Framework's tables have the capital sharp s, but no small letter for it.
        return c;
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}
