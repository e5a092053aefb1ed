//! The short way for the usual form: `http` or `https`, a name in lower case or an IPv4 address,
//! perhaps a port, a path without dots to resolve, and nothing that still has to be escaped. Such
//! a text is its own form for the wire (but for the slash behind a bare host), and one look at
//! each byte finds its parts.
//!
//! What is read here reads the same the long way; a property test compares the two.

use super::{Offsets, SIZE_LIMIT};
use crate::UriSettings;
use crate::address;
use crate::check::PLAIN;
use crate::escape::{UNRESERVED, hex_pair};
use crate::flags::Flags;
use crate::host::HostKind;
use crate::inner::{Inner, Span};
use crate::syntax;

/// The bytes of a label after its first, which must be a letter or digit.
const LABEL: [bool; 256] = {
    let mut label = [false; 256];
    let mut b = 0;
    while b < 128 {
        let byte = b as u8;
        label[b] =
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        b += 1;
    }
    label
};

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

/// Reads a text of the usual form. `None` says nothing but that it is not of that form.
pub(super) fn read(text: &str, settings: &UriSettings) -> Option<Inner> {
    let bytes = text.as_bytes();
    if bytes.len() >= SIZE_LIMIT || settings.is_framework_mode() {
        return None;
    }
    let (name_end, default_port) = if bytes.starts_with(b"https://") {
        (5, 443)
    } else if bytes.starts_with(b"http://") {
        (4, 80)
    } else {
        return None;
    };
    let mut flags = Flags::AUTHORITY;
    let start = name_end + 3;
    let (host, host_end) = host(bytes, start, &mut flags)?;
    let (port, path) = match bytes.get(host_end) {
        Some(b':') => port(bytes, host_end + 1).filter(|&(port, _)| port != default_port)?,
        _ => (default_port, host_end),
    };
    flags.add_if(path > host_end, Flags::NOT_DEFAULT_PORT);
    let (query, escaped) = path_end(bytes, path)?;
    flags.add_if(escaped, Flags::PATH_NOT_DISPLAY);
    let mut fragment = query;
    if bytes.get(query) == Some(&b'?') {
        let (end, escaped) = tail_end(bytes, query + 1);
        fragment = end;
        flags.add_if(escaped, Flags::QUERY_NOT_DISPLAY);
    }
    let mut end = fragment;
    if bytes.get(fragment) == Some(&b'#') {
        let (stop, escaped) = tail_end(bytes, fragment + 1);
        end = stop;
        flags.add_if(escaped, Flags::FRAGMENT_NOT_DISPLAY);
    }
    if end != bytes.len() {
        return None;
    }
    let at = Offsets {
        scheme: 0,
        user: start as u32,
        host: start as u32,
        port: host_end as u32,
        path: path as u32,
        query: query as u32,
        fragment: fragment as u32,
        end: end as u32,
    };
    let (text, wire, source, whole) = if path < end {
        (text.to_owned(), at, at, Span::new(0, end))
    } else {
        flags.add(Flags::FIRST_SLASH_ABSENT);
        with_slash(text, at)
    };
    Some(Inner {
        text,
        absolute: true,
        wire,
        scheme: Span::new(0, name_end),
        source,
        source_text: whole,
        original: whole,
        idn: Some(Span::new(start, host_end)),
        zone: None,
        flags,
        rules: syntax::HTTP,
        host,
        port: Some(port),
        default_port: Some(default_port),
        registered: None,
        settings: settings.clone(),
    })
}

/// A bare host: the text with a slash for the wire, behind it the text as it is.
fn with_slash(text: &str, at: Offsets) -> (String, Offsets, Offsets, Span) {
    let mut all = String::with_capacity(2 * text.len() + 1);
    all.push_str(text);
    all.push('/');
    let behind = at.end + 1;
    let wire = Offsets {
        query: behind,
        fragment: behind,
        end: behind,
        ..at
    };
    all.push_str(text);
    let source = Offsets {
        scheme: behind,
        user: at.user + behind,
        host: at.host + behind,
        port: at.port + behind,
        path: at.path + behind,
        query: at.query + behind,
        fragment: at.fragment + behind,
        end: at.end + behind,
    };
    let whole = Span {
        start: behind,
        end: at.end + behind,
    };
    (all, wire, source, whole)
}

/// Reads a host, and where it ends.
fn host(bytes: &[u8], start: usize, flags: &mut Flags) -> Option<(HostKind, usize)> {
    if bytes.get(start)?.is_ascii_digit() {
        let ends = |b| matches!(b, b'/' | b':');
        let (address, length) = address::strict_prefix(&bytes[start..], ends)?;
        flags.add_if(address.is_loopback(), Flags::LOOPBACK);
        return Some((HostKind::V4(address), start + length));
    }
    let end = name(bytes, start)?;
    match &bytes[start..end] {
        b"localhost" => flags.add(Flags::LOOPBACK),
        b"loopback" => return None,
        _ => {}
    }
    Some((HostKind::Dns, end))
}

/// Reads a name that begins with a letter; returns where it ends.
fn name(bytes: &[u8], start: usize) -> Option<usize> {
    if !bytes[start].is_ascii_lowercase() {
        return None;
    }
    let mut label = start;
    loop {
        let at = skip(bytes, label + 1, &LABEL);
        if at - label > 63 {
            return None;
        }
        if bytes.get(at) != Some(&b'.') {
            return Some(at);
        }
        label = at + 1;
        let first = *bytes.get(label)?;
        if !first.is_ascii_lowercase() && !first.is_ascii_digit() {
            return None;
        }
    }
}

/// Reads a port without leading zeros.
fn port(bytes: &[u8], start: usize) -> Option<(u16, usize)> {
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

/// Whether an escape stands here that has to stay: of an ASCII character that is not unreserved.
fn is_needed_escape(bytes: &[u8], at: usize) -> bool {
    hex_pair(bytes, at + 1).is_some_and(|value| value < 0x80 && !UNRESERVED.has(value))
}

/// Where the path ends, and whether it has escapes; `None` if it has to be resolved or escaped.
fn path_end(bytes: &[u8], start: usize) -> Option<(usize, bool)> {
    let mut at = start;
    let mut escaped = false;
    if !matches!(bytes.get(at), None | Some(b'/')) {
        return None;
    }
    loop {
        at = skip(bytes, at, &PATH);
        match bytes.get(at) {
            None | Some(b'?' | b'#') => return Some((at, escaped)),
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
            Some(b'%') if is_needed_escape(bytes, at) => {
                escaped = true;
                at += 3;
            }
            Some(_) => return None,
        }
    }
}

/// Where a query or fragment ends, which is at the first byte that cannot be part of it as it
/// is, and whether it has escapes.
fn tail_end(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut at = start;
    let mut escaped = false;
    loop {
        at = skip(bytes, at, &TAIL);
        if bytes.get(at) != Some(&b'%') || !is_needed_escape(bytes, at) {
            return (at, escaped);
        }
        escaped = true;
        at += 3;
    }
}

#[cfg(test)]
mod tests;
