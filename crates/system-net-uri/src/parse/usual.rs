//! The short way for the usual form: a scheme of the web, a name or an address, perhaps a port,
//! a path without dots to resolve, and nothing that still has to be escaped. One look at
//! each byte finds the parts.
//!
//! Most of these texts are their own form for the wire. Where they are not (a bare host gets its
//! slash, a host its small letters, a default port goes), or where international text is escaped,
//! which RFC 3987 wants unescaped in between, one more string of the right size is written.
//!
//! What is read here reads the same the long way; a property test compares the two.

mod scan;

use self::scan::Marks;
use super::{Offsets, SIZE_LIMIT};
use crate::UriSettings;
use crate::flags::Flags;
use crate::host::HostKind;
use crate::inner::{Inner, Span};
use crate::iri::Part;
use crate::syntax::{self, Rules};

/// The schemes read here, with what stands before their host.
const SCHEMES: [(&[u8], u16, Rules); 5] = [
    (b"https://", 443, syntax::HTTP),
    (b"http://", 80, syntax::HTTP),
    (b"ftp://", 21, syntax::FTP),
    (b"wss://", 443, syntax::HTTP),
    (b"ws://", 80, syntax::HTTP),
];

/// What was found in a text of the usual form.
struct Found {
    at: Offsets,
    host: HostKind,
    /// The written port.
    port: Option<u16>,
    /// The host has capital letters.
    capitals: bool,
    flags: Flags,
    /// Escapes of characters outside ASCII: the text is read as its unescaped form.
    international: bool,
}

/// Reads a text of the usual form. `None` says nothing but that it is not of that form.
pub(super) fn read(text: &str, settings: &UriSettings) -> Option<Inner> {
    let bytes = text.as_bytes();
    if bytes.len() >= SIZE_LIMIT || settings.is_framework_mode() {
        return None;
    }
    let &(prefix, default_port, rules) = SCHEMES
        .iter()
        .find(|(prefix, ..)| bytes.starts_with(prefix))?;
    let mut found = find(bytes, prefix.len(), rules)?;
    let drops_port = found.port == Some(default_port);
    found.flags.add_if(drops_port, Flags::PORT_NOT_WIRE);
    found
        .flags
        .add_if(found.port.is_some() && !drops_port, Flags::NOT_DEFAULT_PORT);
    let (at, flags) = (found.at, found.flags);
    let whole = Span::new(0, bytes.len());
    let brackets = u32::from(matches!(found.host, HostKind::V6(_)));
    let bare = at.path == at.end;
    let layout = if found.capitals || drops_port || bare || found.international {
        written_anew(text, &found, drops_port, bare)
    } else {
        Layout {
            text: text.to_owned(),
            wire: at,
            source: at,
            source_text: whole,
            original: whole,
        }
    };
    Some(Inner {
        text: layout.text,
        absolute: true,
        wire: layout.wire,
        scheme: Span::new(0, prefix.len() - 3),
        source: layout.source,
        source_text: layout.source_text,
        original: layout.original,
        idn: Some(Span {
            start: at.host + brackets,
            end: at.port - brackets,
        }),
        zone: None,
        flags,
        rules,
        host: found.host,
        port: found.port.or(Some(default_port)),
        default_port: Some(default_port),
        registered: None,
        settings: settings.clone(),
    })
}

/// Finds the parts behind the scheme.
fn find(bytes: &[u8], start: usize, rules: Rules) -> Option<Found> {
    let mut flags = Flags::AUTHORITY;
    let (host, host_end, capitals) = scan::host(bytes, start, &mut flags)?;
    let (port, path) = match bytes.get(host_end) {
        Some(b':') => {
            let (port, end) = scan::port(bytes, host_end + 1)?;
            (Some(port), end)
        }
        _ => (None, host_end),
    };
    let mut parts = [Marks::NONE; 3];
    let query = scan::path_end(bytes, path, &mut parts[0])?;
    let mut fragment = query;
    if bytes.get(query) == Some(&b'?') {
        if !rules.any(Rules::QUERY) {
            return None;
        }
        fragment = scan::tail_end(bytes, query + 1, Part::Query, &mut parts[1]);
    }
    let mut end = fragment;
    if bytes.get(fragment) == Some(&b'#') {
        end = scan::tail_end(bytes, fragment + 1, Part::Other, &mut parts[2]);
    }
    if end != bytes.len() {
        return None;
    }
    let international = parts.iter().any(|marks| marks.any(Marks::WIDE));
    if international {
        // A small letter in an escape that is undone comes back as a capital, and a blank at the
        // end would go.
        if parts.iter().any(|marks| marks.any(Marks::SMALL)) || bytes.ends_with(b"%20") {
            return None;
        }
        flags.add(Flags::REWRITTEN);
    }
    const FLAGS: [(Flags, Flags, Flags); 3] = [
        (
            Flags::PATH_NOT_DISPLAY,
            Flags::PATH_NOT_WIRE,
            Flags::PATH_IRI,
        ),
        (
            Flags::QUERY_NOT_DISPLAY,
            Flags::QUERY_NOT_WIRE,
            Flags::QUERY_IRI,
        ),
        (
            Flags::FRAGMENT_NOT_DISPLAY,
            Flags::FRAGMENT_NOT_WIRE,
            Flags::FRAGMENT_IRI,
        ),
    ];
    for (marks, (not_display, not_wire, iri)) in parts.iter().zip(FLAGS) {
        let undone = marks.any(Marks::SOFT.with(Marks::WIDE));
        let escaped = marks.any(Marks::KEPT) || (undone && !international);
        flags.add_if(escaped, not_display);
        flags.add_if(undone && international, not_wire);
        let fine = marks.any(Marks::WIDE) && !marks.any(Marks::NOT_IRI) && !escaped;
        flags.add_if(fine, iri);
    }
    flags.add_if(path == end, Flags::FIRST_SLASH_ABSENT);
    flags.add_if(capitals, Flags::HOST_NOT_DISPLAY.with(Flags::HOST_NOT_WIRE));
    Some(Found {
        at: Offsets {
            scheme: 0,
            user: start as u32,
            host: start as u32,
            port: host_end as u32,
            path: path as u32,
            query: query as u32,
            fragment: fragment as u32,
            end: end as u32,
        },
        host,
        port,
        capitals,
        flags,
        international,
    })
}

/// The one string, and where its parts are.
struct Layout {
    text: String,
    wire: Offsets,
    source: Offsets,
    source_text: Span,
    original: Span,
}

/// Writes the form for the wire, the text that is read, and the text as it was given, each only
/// if it differs from the others.
fn written_anew(text: &str, found: &Found, drops_port: bool, bare: bool) -> Layout {
    let at = found.at;
    let slice = |from: u32, to: u32| &text[from as usize..to as usize];
    let differs = found.capitals || drops_port || bare;
    let copies = 1 + usize::from(differs) + usize::from(found.international);
    let mut all = String::with_capacity(copies * text.len() + 1);
    all.push_str(slice(0, at.port));
    if found.capitals {
        all[at.host as usize..].make_ascii_lowercase();
    }
    if !drops_port {
        all.push_str(slice(at.port, at.path));
    }
    let path = all.len() as u32;
    all.push_str(slice(at.path, at.end));
    if bare {
        all.push('/');
    }
    let behind = |offset: u32| offset - at.path + path + u32::from(bare);
    let wire = Offsets {
        path,
        query: behind(at.query),
        fragment: behind(at.fragment),
        end: behind(at.end),
        ..at
    };
    let start = all.len();
    let shift = start as u32;
    let mut source = Offsets {
        scheme: at.scheme + shift,
        user: at.user + shift,
        host: at.host + shift,
        port: at.port + shift,
        path: at.path + shift,
        query: at.query + shift,
        fragment: at.fragment + shift,
        end: at.end + shift,
    };
    if !found.international {
        all.push_str(text);
        let span = Span::new(start, all.len());
        return Layout {
            text: all,
            wire,
            source,
            source_text: span,
            original: span,
        };
    }
    all.push_str(slice(0, at.path));
    scan::unescape_into(&mut all, slice(at.path, at.query));
    source.query = all.len() as u32;
    scan::unescape_into(&mut all, slice(at.query, at.fragment));
    source.fragment = all.len() as u32;
    scan::unescape_into(&mut all, slice(at.fragment, at.end));
    source.end = all.len() as u32;
    let source_text = Span::new(start, all.len());
    let original = if differs {
        all.push_str(text);
        Span::new(source_text.end as usize, all.len())
    } else {
        Span::new(0, text.len())
    };
    Layout {
        text: all,
        wire,
        source,
        source_text,
        original,
    }
}

#[cfg(test)]
mod tests;
