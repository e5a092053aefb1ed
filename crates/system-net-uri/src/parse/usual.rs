//! The short way for the usual form: `http` or `https`, a name in lower case, perhaps a port, a
//! path without dots to resolve, and nothing to escape anywhere. Such a text is its own form for
//! the wire, and one look at each byte finds its parts.
//!
//! What is read here reads the same the long way; a property test compares the two.

use super::{Offsets, SIZE_LIMIT};
use crate::UriSettings;
use crate::check::PLAIN;
use crate::flags::Flags;
use crate::host::HostKind;
use crate::syntax;
use crate::uri::{Inner, Span};

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
    let host = name_end + 3;
    let host_end = name(bytes, host)?;
    let mut flags = Flags::AUTHORITY;
    match &bytes[host..host_end] {
        b"localhost" => flags.add(Flags::LOOPBACK),
        b"loopback" => return None,
        _ => {}
    }
    let (port, path) = match bytes[host_end] {
        b':' => {
            let (port, path) = port(bytes, host_end + 1)?;
            flags.add(Flags::NOT_DEFAULT_PORT);
            (port, path)
        }
        _ => (default_port, host_end),
    };
    if (path > host_end && port == default_port) || bytes.get(path) != Some(&b'/') {
        return None;
    }
    let query = path_end(bytes, path)?;
    let fragment = match bytes.get(query) {
        Some(b'?') => tail_end(bytes, query + 1),
        _ => query,
    };
    let end = match bytes.get(fragment) {
        Some(b'#') => tail_end(bytes, fragment + 1),
        _ => fragment,
    };
    if end != bytes.len() {
        return None;
    }
    let at = Offsets {
        scheme: 0,
        user: host as u32,
        host: host as u32,
        port: host_end as u32,
        path: path as u32,
        query: query as u32,
        fragment: fragment as u32,
        end: end as u32,
    };
    let whole = Span::new(0, end);
    Some(Inner {
        text: text.to_owned(),
        absolute: true,
        wire: at,
        scheme: Span::new(0, name_end),
        source: at,
        source_text: whole,
        original: whole,
        idn: Some(Span::new(host, host_end)),
        zone: None,
        flags,
        rules: syntax::HTTP,
        host: HostKind::Dns,
        port: Some(port),
        default_port: Some(default_port),
        registered: None,
        settings: settings.clone(),
    })
}

/// Reads a name that is no address; returns where it ends, which is before the end of the text.
fn name(bytes: &[u8], start: usize) -> Option<usize> {
    if !bytes.get(start)?.is_ascii_lowercase() {
        return None;
    }
    let mut label = start;
    let mut at = start + 1;
    loop {
        let b = *bytes.get(at)?;
        if LABEL[usize::from(b)] {
            at += 1;
            continue;
        }
        if at - label > 63 {
            return None;
        }
        if b != b'.' {
            return Some(at);
        }
        label = at + 1;
        at = label + 1;
        if !bytes.get(label)?.is_ascii_alphanumeric() || bytes[label].is_ascii_uppercase() {
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

/// Where the path ends; `None` if it has to be resolved or escaped.
fn path_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while let Some(&b) = bytes.get(at) {
        match b {
            _ if PLAIN[usize::from(b)] => {}
            b'/' if !matches!(bytes.get(at + 1), Some(b'/' | b'\\')) => {}
            b'.' if !matches!(
                bytes.get(at + 1),
                None | Some(b'.' | b'/' | b'\\' | b'?' | b'#')
            ) => {}
            b':' | b'@' => {}
            b'?' | b'#' => break,
            _ => return None,
        }
        at += 1;
    }
    Some(at)
}

/// Where a query or fragment ends: at the first byte that cannot be part of it as it is.
fn tail_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(&b) = bytes.get(at) {
        if !PLAIN[usize::from(b)] && !matches!(b, b'/' | b'.' | b':' | b'@' | b'?') {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Uri, UriKind};
    use proptest::prelude::*;

    /// All that is known about a URI.
    fn facts(inner: &Inner) -> impl PartialEq + std::fmt::Debug {
        (
            (
                inner.text.clone(),
                inner.wire,
                inner.scheme,
                inner.source,
                inner.source_text,
            ),
            (
                inner.original,
                inner.idn,
                inner.zone,
                inner.flags,
                inner.rules,
                inner.host,
            ),
            (inner.port, inner.default_port, inner.absolute),
        )
    }

    #[track_caller]
    fn check_same(text: &str) -> bool {
        let settings = UriSettings::default();
        let Some(short) = read(text, &settings) else {
            return false;
        };
        let long = super::super::parse_long(text, UriKind::Absolute, &settings, false).unwrap();
        assert_eq!(facts(&short), facts(Uri::inner(&long)), "{text}");
        true
    }

    #[test]
    fn usual_forms_are_read_here() {
        for text in [
            "http://example.com/",
            "https://a-b.c_d.example:8443/x/y.z?q=a/b?c&d=.#frag?/",
            "http://localhost:81/a;b=c/@:,x",
            "https://host/?",
            "https://host/#",
        ] {
            assert!(check_same(text), "{text}");
        }
    }

    #[test]
    fn unusual_forms_go_the_long_way() {
        for text in [
            "http://example.com",
            "HTTP://h/",
            "http://H/",
            "http://1.2.3.4/",
            "http://u@h/",
            "http://h:80/",
            "http://h:081/",
            "http://h:65536/",
            "http://h/a//b",
            "http://h/a/./b",
            "http://h/a.",
            "http://h/%41",
            "http://h/a b",
            "http://h/ ",
            "http://loopback/",
            "http://a..b/",
            "http://a./",
            "http://h\\",
            "ftp://h/",
            "http://h/?a#b#c",
            "http://-a/",
            "http://h/\u{e4}",
        ] {
            assert!(!check_same(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn short_and_long_way_agree(text in "https?://[a-z0-9.-]{1,12}(:[0-9]{1,5})?/[a-zA-Z0-9/.?#:@!$&'()*+,;=~_%\\\\ \\[-]{0,16}") {
            check_same(&text);
        }
    }
}
