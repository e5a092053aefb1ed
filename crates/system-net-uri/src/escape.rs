//! Percent-encoding: which characters stay, escaping, and the several ways of unescaping.

mod unescape;

use std::borrow::Cow;
use std::ops::Range;

pub(crate) use unescape::{Context, Unescape, unescape};

/// A set of ASCII characters.
#[derive(Clone, Copy)]
pub(crate) struct AsciiSet(u128);

impl AsciiSet {
    const fn of(chars: &[u8]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < chars.len() {
            bits |= 1 << chars[i];
            i += 1;
        }
        Self(bits)
    }

    const fn without(self, chars: &[u8]) -> Self {
        Self(self.0 & !Self::of(chars).0)
    }

    pub(crate) const fn has(self, byte: u8) -> bool {
        byte < 0x80 && self.0 >> byte & 1 == 1
    }
}

/// RFC 3986 section 2.3.
pub(crate) const UNRESERVED: AsciiSet =
    AsciiSet::of(b"-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
/// Unreserved and reserved: what may stand in a fragment.
pub(crate) const URI_CHARS: AsciiSet = AsciiSet::of(
    b"!#$&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~",
);
/// What may stand in a query.
pub(crate) const QUERY_CHARS: AsciiSet = URI_CHARS.without(b"#");
/// What may stand in a path, a user info or a host.
pub(crate) const PATH_CHARS: AsciiSet = URI_CHARS.without(b"#?");
/// RFC 3986 section 2.2, and the characters that change the meaning when unescaped.
const UNSAFE_TO_UNESCAPE: AsciiSet = AsciiSet::of(b";/?:@&=+$,#[]!'()*%\\");
/// The same by RFC 2396.
const UNSAFE_IN_FRAMEWORK: AsciiSet = AsciiSet::of(b";/?:@&=+$,#%\\");

/// Whose rules of escaping are followed.
///
/// The modes other than the default (IRI parsing off, IDN on) exist in .NET Framework only; a
/// URI read in one of them is treated as the Framework treats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// .NET: RFC 3986.
    Current,
    /// .NET Framework: RFC 2396 says what is reserved, escapes that stay are written in
    /// capitals, bidirectional controls are taken out.
    Framework,
}

impl Dialect {
    /// Whether unescaping the byte would change what the text means.
    pub(crate) const fn is_unsafe_to_unescape(self, byte: u8) -> bool {
        let set = match self {
            Self::Current => UNSAFE_TO_UNESCAPE,
            Self::Framework => UNSAFE_IN_FRAMEWORK,
        };
        is_control(byte as char) || set.has(byte)
    }

    /// Appends escapes that stay.
    fn push_kept(self, out: &mut String, escapes: &str) {
        match self {
            Self::Current => out.push_str(escapes),
            Self::Framework => out.extend(escapes.chars().map(|c| c.to_ascii_uppercase())),
        }
    }
}

/// A control character of ASCII or Latin-1.
pub(crate) const fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\x1F' | '\x7F'..='\u{9F}')
}

/// The byte two hexadecimal digits at `at` stand for.
pub(crate) fn hex_pair(text: &[u8], at: usize) -> Option<u8> {
    let high = hex_digit(*text.get(at)?)?;
    let low = hex_digit(*text.get(at + 1)?)?;
    Some(high << 4 | low)
}

/// The value of a hexadecimal digit.
pub(crate) const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Appends `%XX`.
pub(crate) fn push_escaped(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(DIGITS[usize::from(byte >> 4)] as char);
    out.push(DIGITS[usize::from(byte & 15)] as char);
}

/// `%XX`, last character first.
pub(crate) const fn escaped_reversed(byte: u8) -> [u8; 3] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    [
        DIGITS[(byte & 15) as usize],
        DIGITS[(byte >> 4) as usize],
        b'%',
    ]
}

/// What to do with a `%` that already starts an escape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// The text may be escaped in parts: keep its escapes.
    Keep,
    /// The text is plain: a `%` is a percent sign.
    Escape,
}

/// Escapes every byte that is not in `keep`.
pub(crate) fn escape(text: &str, keep: AsciiSet, existing: Existing) -> Cow<'_, str> {
    match text.bytes().position(|b| !keep.has(b)) {
        None => Cow::Borrowed(text),
        Some(first) => {
            let mut out = String::with_capacity(text.len() + 16);
            out.push_str(&text[..first]);
            escape_into(&mut out, &text[first..], keep, existing);
            Cow::Owned(out)
        }
    }
}

/// Appends the escaped text.
pub(crate) fn escape_into(out: &mut String, text: &str, keep: AsciiSet, existing: Existing) {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let kept = bytes[i..].iter().take_while(|&&b| keep.has(b)).count();
        if kept > 0 {
            // Behind a byte of a character outside ASCII nothing is kept, so this is a boundary.
            out.push_str(&text[i..i + kept]);
            i += kept;
        }
        let Some(&byte) = bytes.get(i) else { break };
        if byte == b'%' && existing == Existing::Keep && hex_pair(bytes, i + 1).is_some() {
            out.push_str(&text[i..i + 3]);
            i += 3;
        } else {
            push_escaped(out, byte);
            i += 1;
        }
    }
}

/// As [`escape_into`], of a part of `out` itself.
pub(crate) fn escape_within(
    out: &mut String,
    part: Range<usize>,
    keep: AsciiSet,
    existing: Existing,
) {
    let mut i = part.start;
    while i < part.end {
        let rest = &out.as_bytes()[i..part.end];
        let kept = rest.iter().take_while(|&&b| keep.has(b)).count();
        let escape = rest.get(kept) == Some(&b'%')
            && existing == Existing::Keep
            && hex_pair(rest, kept + 1).is_some();
        // Behind a byte of a character outside ASCII nothing is kept, so these are boundaries.
        let copied = if escape { kept + 3 } else { kept };
        if copied > 0 {
            out.extend_from_within(i..i + copied);
            i += copied;
        }
        if !escape && i < part.end {
            push_escaped(out, out.as_bytes()[i]);
            i += 1;
        }
    }
}

/// A run of escapes of bytes over 0x7F: `%C3%A4%E2…`.
pub(crate) struct Utf8Run {
    /// Enough for most; longer runs go to the heap.
    few: [u8; 24],
    many: Vec<u8>,
    length: usize,
}

impl Utf8Run {
    /// Collects the run that starts at `at`.
    pub(crate) fn at(text: &[u8], at: usize) -> Self {
        let mut run = Self {
            few: [0; 24],
            many: Vec::new(),
            length: 0,
        };
        let mut i = at;
        while text.get(i) == Some(&b'%') {
            match hex_pair(text, i + 1) {
                Some(byte) if byte >= 0x80 => run.push(byte),
                _ => break,
            }
            i += 3;
        }
        run
    }

    fn push(&mut self, byte: u8) {
        match self.few.get_mut(self.length) {
            Some(place) => *place = byte,
            None => {
                if self.many.is_empty() {
                    self.many.extend_from_slice(&self.few);
                }
                self.many.push(byte);
            }
        }
        self.length += 1;
    }

    fn bytes(&self) -> &[u8] {
        match self.few.get(..self.length) {
            Some(few) => few,
            None => &self.many,
        }
    }

    /// How many bytes of the text it takes.
    pub(crate) fn len(&self) -> usize {
        self.length * 3
    }

    /// Appends the characters it stands for. Characters that `allowed` refuses stay escaped, in
    /// the way of `kept`; bytes that are no UTF-8 too, in the way of `broken`. The run stands at
    /// `at` in `text`.
    pub(crate) fn decode(
        &self,
        text: &str,
        mut at: usize,
        out: &mut String,
        (kept, broken): (Dialect, Dialect),
        allowed: impl Fn(char) -> bool,
    ) {
        for chunk in self.bytes().utf8_chunks() {
            for c in chunk.valid().chars() {
                let length = c.len_utf8() * 3;
                if allowed(c) {
                    out.push(c);
                } else {
                    kept.push_kept(out, &text[at..at + length]);
                }
                at += length;
            }
            let length = chunk.invalid().len() * 3;
            broken.push_kept(out, &text[at..at + length]);
            at += length;
        }
    }
}
