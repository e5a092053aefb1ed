//! International identifiers: the character ranges of RFC 3987, and the rewriting of a component
//! with non-ASCII or needlessly escaped characters.

mod bidi;

use std::borrow::Cow;

use crate::escape::{Dialect, Utf8Run, hex_pair, push_escaped};

pub(crate) use bidi::{Guard, is_bidi_control, take_out};

/// The component a text belongs to; queries allow private characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Query,
    Other,
}

/// RFC 3987 section 2.2: `ucschar`, and for queries `iprivate`.
pub(crate) fn is_iri_char(c: char, part: Part) -> bool {
    let query = part == Part::Query;
    match c as u32 {
        0xA0..=0xD7FF | 0xF900..=0xFDCF | 0xFDF0..=0xFFEF => true,
        0xE000..=0xF8FF => query,
        0..=0xFFFF => false,
        // The last two code points of each plane are no characters; the tags of plane 14 are out.
        n => n & 0xFFFF < 0xFFFE && !(0xE0000..=0xE0FFF).contains(&n) && (query || n < 0xF0000),
    }
}

/// Whether the text has non-ASCII characters, escaped ones, or an escape that stands for an
/// unreserved character: only such texts are rewritten.
pub(crate) fn needs_rewriting(text: &[u8]) -> bool {
    // Eight bytes at a time: no byte over 0x7F and no '%'.
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = LOW << 7;
    let mut i = 0;
    while let Some(chunk) = text.get(i..i + 8) {
        let word = u64::from_ne_bytes(chunk.try_into().expect("eight bytes"));
        let percent = word ^ (LOW * b'%' as u64);
        if (word | percent.wrapping_sub(LOW) & !percent) & HIGH != 0 {
            break;
        }
        i += 8;
    }
    while let Some(&b) = text.get(i) {
        if b >= 0x80 {
            return true;
        }
        if b == b'%' && i + 2 < text.len() {
            match hex_pair(text, i + 1) {
                None => {
                    // .NET decodes a broken escape as a character beyond the table.
                    return true;
                }
                Some(value) if value >= 0x80 || crate::escape::UNRESERVED.has(value) => {
                    return true;
                }
                Some(_) => i += 2,
            }
        }
        i += 1;
    }
    false
}

/// Whether a `%` in the text starts no escape.
pub(crate) fn has_stray_percent(text: &str) -> bool {
    let bytes = text.as_bytes();
    let starts_none = |(at, &b): (usize, &u8)| b == b'%' && hex_pair(bytes, at + 1).is_none();
    bytes.iter().enumerate().any(starts_none)
}

/// Unescapes what an IRI may hold unescaped, escapes what it may not.
pub(crate) fn rewrite(text: &str, part: Part, dialect: Dialect) -> Cow<'_, str> {
    if !text.bytes().any(|b| b == b'%' || b >= 0x80) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    rewrite_into(&mut out, text, part, dialect);
    Cow::Owned(out)
}

/// Appends what [`rewrite`] gives.
pub(crate) fn rewrite_into(out: &mut String, text: &str, part: Part, dialect: Dialect) {
    let bytes = text.as_bytes();
    let plain = |&b: &u8| b != b'%' && b < 0x80;
    let mut i = bytes.iter().take_while(|b| plain(b)).count();
    out.push_str(&text[..i]);
    let framework = dialect == Dialect::Framework;
    // The last `%` in `out` that starts no escape.
    let mut stray = None;
    while i < bytes.len() {
        if bytes[i] == b'%' {
            match hex_pair(bytes, i + 1) {
                Some(value) if !dialect.is_unsafe_to_unescape(value) => {
                    if value < 0x80 {
                        // "%%368" must not become the escape "%68".
                        if let Some(at) = stray.take_if(|_| value.is_ascii_hexdigit())
                            && out[at + 1..].len() < 2
                            && out[at + 1..].bytes().all(|b| b.is_ascii_hexdigit())
                        {
                            out.insert_str(at + 1, "25");
                        }
                        out.push(value as char);
                        i += 3;
                    } else {
                        let run = Utf8Run::at(bytes, i);
                        let dialects = (dialect, Dialect::Current);
                        run.decode(text, i, out, dialects, |c| is_iri_char(c, part));
                        i += run.len();
                    }
                }
                Some(_) => {
                    out.push_str(&text[i..i + 3]);
                    i += 3;
                }
                None => {
                    stray = Some(out.len());
                    out.push('%');
                    i += 1;
                }
            }
        } else if bytes[i] < 0x80 {
            out.push(bytes[i] as char);
            i += 1;
        } else {
            let c = text[i..].chars().next().expect("a character starts here");
            if is_iri_char(c, part) {
                out.push(c);
            } else {
                let mut buffer = [0; 4];
                c.encode_utf8(&mut buffer)
                    .bytes()
                    .for_each(|b| push_escaped(out, b));
                if framework && c > '\u{FFFF}' {
                    // The Framework takes the second half of a surrogate pair once more.
                    out.push_str("%EF%BF%BD");
                }
            }
            i += c.len_utf8();
        }
    }
}
