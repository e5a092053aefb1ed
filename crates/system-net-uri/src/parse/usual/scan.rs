//! The parts of a text of the usual form: where each ends, and what has to be known about it.

use crate::address;
use crate::check::PLAIN;
use crate::escape::{Dialect, UNRESERVED, hex_pair};
use crate::flags::Flags;
use crate::host::HostKind;
use crate::iri::{Part, is_iri_char};

/// What a path, query or fragment has beside text that stays as it is.
#[derive(Clone, Copy)]
pub(super) struct Marks(u8);

impl Marks {
    pub(super) const NONE: Self = Self(0);
    /// An escape that always stays.
    pub(super) const KEPT: Self = Self(1);
    /// An escape that is undone where international text is read.
    pub(super) const SOFT: Self = Self(2);
    /// Such an escape with a small letter.
    pub(super) const SMALL: Self = Self(4);
    /// Escapes of a character outside ASCII.
    pub(super) const WIDE: Self = Self(8);
    /// A character that RFC 3987 does not allow unescaped.
    pub(super) const NOT_IRI: Self = Self(16);

    pub(super) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn add_if(&mut self, condition: bool, other: Self) {
        if condition {
            self.0 |= other.0;
        }
    }
}

/// The bytes of a label, the first of which must be a letter or digit.
const SMALL_LABEL: [bool; 256] = label(false);
const LABEL: [bool; 256] = label(true);

const fn label(capitals: bool) -> [bool; 256] {
    let mut label = [false; 256];
    let mut b = 0;
    while b < 128 {
        let byte = b as u8;
        label[b] = byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || matches!(byte, b'-' | b'_')
            || (capitals && byte.is_ascii_uppercase());
        b += 1;
    }
    label
}

/// The bytes of a path, and of a query or fragment, that need no look at what follows them.
const PATH: [bool; 256] = with(b":@");
const TAIL: [bool; 256] = with(b":@/.?");

const fn with(more: &[u8]) -> [bool; 256] {
    let mut set = PLAIN;
    let mut i = 0;
    while i < more.len() {
        set[more[i] as usize] = true;
        i += 1;
    }
    set
}

/// Goes on to the first byte that is not in the set.
fn skip(bytes: &[u8], mut at: usize, set: &[bool; 256]) -> usize {
    while at < bytes.len() && set[usize::from(bytes[at])] {
        at += 1;
    }
    at
}

/// Reads a host, where it ends, and whether it has capital letters.
pub(super) fn host(
    bytes: &[u8],
    start: usize,
    flags: &mut Flags,
) -> Option<(HostKind, usize, bool)> {
    if bytes.get(start)?.is_ascii_digit() {
        let ends = |b| matches!(b, b'/' | b':');
        let (address, length) = address::strict_prefix(&bytes[start..], ends)?;
        flags.add_if(address.is_loopback(), Flags::LOOPBACK);
        return Some((HostKind::V4(address), start + length, false));
    }
    if bytes[start] == b'[' {
        let (parsed, length) = address::ipv6_literal(&bytes[start + 1..])?;
        let end = start + 1 + length;
        if !address::is_canonical_v6(&bytes[start..end], parsed.address) {
            return None;
        }
        let loopback = address::is_loopback(parsed.address.into());
        flags.add_if(loopback, Flags::LOOPBACK);
        return Some((HostKind::V6(parsed.address), end, false));
    }
    let small = name(bytes, start, &SMALL_LABEL)
        .filter(|&end| !bytes.get(end).is_some_and(u8::is_ascii_uppercase));
    let end = match small {
        Some(end) => end,
        None => name(bytes, start, &LABEL)?,
    };
    let host = &bytes[start..end];
    if host.eq_ignore_ascii_case(b"localhost") {
        flags.add(Flags::LOOPBACK);
    } else if host.eq_ignore_ascii_case(b"loopback") {
        return None;
    }
    Some((HostKind::Dns, end, small.is_none()))
}

/// Reads a name that begins with a letter; returns where it ends.
fn name(bytes: &[u8], start: usize, set: &[bool; 256]) -> Option<usize> {
    let begins = |b: u8| set[usize::from(b)] && b.is_ascii_alphanumeric();
    if !begins(bytes[start]) {
        return None;
    }
    let mut label = start;
    loop {
        let at = skip(bytes, label + 1, set);
        if at - label > 63 {
            return None;
        }
        if bytes.get(at) != Some(&b'.') {
            return Some(at);
        }
        label = at + 1;
        if !begins(*bytes.get(label)?) {
            return None;
        }
    }
}

/// Reads a port without leading zeros.
pub(super) fn port(bytes: &[u8], start: usize) -> Option<(u16, usize)> {
    let digits = bytes[start..]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count();
    if !(1..=5).contains(&digits) || bytes[start] == b'0' {
        return None;
    }
    let digits = &bytes[start..start + digits];
    let value = digits
        .iter()
        .fold(0u32, |value, b| value * 10 + u32::from(b - b'0'));
    Some((u16::try_from(value).ok()?, start + digits.len()))
}

/// Where the path ends; `None` if it has to be resolved or escaped.
pub(super) fn path_end(bytes: &[u8], start: usize, marks: &mut Marks) -> Option<usize> {
    let mut at = start;
    if !matches!(bytes.get(at), None | Some(b'/')) {
        return None;
    }
    loop {
        at = skip(bytes, at, &PATH);
        match bytes.get(at) {
            None | Some(b'?' | b'#') => return Some(at),
            Some(b'/') if !matches!(bytes.get(at + 1), Some(b'/' | b'\\')) => at += 1,
            Some(b'.') => {
                if matches!(
                    bytes.get(at + 1),
                    None | Some(b'.' | b'/' | b'\\' | b'?' | b'#')
                ) {
                    return None;
                }
                at += 1;
            }
            Some(b'%') => at += escape(bytes, at, Part::Other, marks)?,
            Some(_) => return None,
        }
    }
}

/// Where a query or fragment ends, which is at the first byte that cannot be part of it as it is.
pub(super) fn tail_end(bytes: &[u8], start: usize, part: Part, marks: &mut Marks) -> usize {
    let mut at = start;
    loop {
        at = skip(bytes, at, &TAIL);
        if bytes.get(at) != Some(&b'%') {
            return at;
        }
        match escape(bytes, at, part, marks) {
            Some(length) => at += length,
            None => return at,
        }
    }
}

/// The length of the escape that stands here; `None` if it does not come back as it is.
fn escape(bytes: &[u8], at: usize, part: Part, marks: &mut Marks) -> Option<usize> {
    let value = hex_pair(bytes, at + 1)?;
    if value >= 0x80 {
        let (c, length) = wide_char(bytes, at, value)?;
        let small = bytes[at..at + length].iter().any(u8::is_ascii_lowercase);
        if small || !is_iri_char(c, part) {
            return None;
        }
        marks.add_if(true, Marks::WIDE);
        // As in the long way: .NET looks at UTF-16 units and finds none of a pair allowed.
        marks.add_if(c > '\u{FFFF}', Marks::NOT_IRI);
        return Some(length);
    }
    if UNRESERVED.has(value) {
        return None;
    }
    if Dialect::Current.is_unsafe_to_unescape(value) {
        marks.add_if(true, Marks::KEPT);
        return Some(3);
    }
    marks.add_if(true, Marks::SOFT);
    marks.add_if(!matches!(value, b'{' | b'|' | b'}'), Marks::NOT_IRI);
    let small = bytes[at + 1].is_ascii_lowercase() || bytes[at + 2].is_ascii_lowercase();
    marks.add_if(small, Marks::SMALL);
    Some(3)
}

/// The character that the escapes from here on stand for, and their length.
fn wide_char(bytes: &[u8], at: usize, first: u8) -> Option<(char, usize)> {
    let count = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut utf8 = [first, 0, 0, 0];
    for (i, byte) in utf8.iter_mut().enumerate().take(count).skip(1) {
        let at = at + 3 * i;
        if bytes.get(at) != Some(&b'%') {
            return None;
        }
        *byte = hex_pair(bytes, at + 1)?;
    }
    let text = std::str::from_utf8(&utf8[..count]).ok()?;
    Some((text.chars().next()?, 3 * count))
}

/// Appends the text with the escapes undone that are not [`Marks::KEPT`].
pub(super) fn unescape_into(out: &mut String, text: &str) {
    let bytes = text.as_bytes();
    let (mut copied, mut at) = (0, 0);
    while let Some(offset) = bytes[at..].iter().position(|&b| b == b'%') {
        at += offset;
        let undone = match hex_pair(bytes, at + 1) {
            Some(value) if value >= 0x80 => wide_char(bytes, at, value),
            Some(value) if !Dialect::Current.is_unsafe_to_unescape(value) => {
                Some((char::from(value), 3))
            }
            _ => None,
        };
        let Some((c, length)) = undone else {
            at += 3;
            continue;
        };
        out.push_str(&text[copied..at]);
        out.push(c);
        at += length;
        copied = at;
    }
    out.push_str(&text[copied..]);
}
