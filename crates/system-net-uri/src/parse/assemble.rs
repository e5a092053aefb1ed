//! Puts the one string of a [`Uri`](crate::Uri) together: the text that was read first, behind it
//! what differs from it (the form for the wire, the text as written, the host for DNS).
//!
//! Each is written straight from what already stands in the string, which is made large enough
//! for all of them at the beginning.

use std::borrow::Cow;
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::{Draft, Offsets};
use crate::UriSettings;
use crate::address;
use crate::check::{self, Check, Setting, Until};
use crate::escape::{
    Context, Dialect, Existing, PATH_CHARS, QUERY_CHARS, URI_CHARS, Unescape, escape,
    escape_within, unescape,
};
use crate::flags::Flags;
use crate::host::{HostKind, copied, domain, idn};
use crate::inner::{Inner, Span};
use crate::iri::{self, Part};
use crate::path::RawPath;
use crate::syntax::Rules;

/// A relative URI: the text, and what RFC 3987 makes of it.
pub(super) fn relative(text: &str, rewrites: bool, flags: Flags, settings: &UriSettings) -> Inner {
    let source = if rewrites && iri::needs_rewriting(text.as_bytes()) {
        iri::rewrite(text, Part::Other, Dialect::Current)
    } else {
        Cow::Borrowed(text)
    };
    let original = Span::new(0, text.len());
    let mut all = text.to_owned();
    let source = append_unless(&mut all, &source, original, text);
    Inner {
        text: all,
        absolute: false,
        wire: Offsets::default(),
        scheme: Span::default(),
        source: Offsets::default(),
        source_text: source,
        original,
        idn: None,
        zone: None,
        flags,
        rules: Rules::NONE,
        host: HostKind::None,
        port: None,
        default_port: None,
        registered: None,
        settings: settings.clone(),
    }
}

/// Appends `part` unless it equals `other`, which stands at `span`; returns where it stands.
fn append_unless(all: &mut String, part: &str, span: Span, other: &str) -> Span {
    if part == other {
        return span;
    }
    let start = all.len();
    all.push_str(part);
    Span::new(start, all.len())
}

/// The room for a text and all that is put behind it: the form for the wire, where every byte that
/// may not stand there takes three, and the text as written.
pub(super) fn room(text: &str) -> usize {
    let escaped = text.bytes().filter(|&b| !URI_CHARS.has(b)).count();
    3 * text.len() + 4 * escaped + 64
}

/// An absolute URI. The text that was read stands first in its string.
pub(super) fn absolute(mut draft: Draft<'_>) -> Inner {
    let mut flags = draft.flags;
    let host = host(&draft, &mut flags);
    let raw_path = RawPath {
        text: draft.slice(draft.at.path, draft.at.query),
        flags,
        rules: draft.rules,
    };
    let as_is = !flags.any(Flags::NOT_WIRE.with(Flags::PATH_REBUILT)) && !raw_path.has_bar_drive();
    let read = draft.source.len();
    let (mut all, rewritten) = match std::mem::take(&mut draft.source) {
        Cow::Owned(text) => (text, true),
        Cow::Borrowed(text) if as_is => (text.to_owned(), false),
        Cow::Borrowed(text) => {
            let mut all = String::with_capacity(room(text));
            all.push_str(text);
            (all, false)
        }
    };
    let (wire, scheme) = if as_is {
        let scheme = Span::new(draft.at.scheme as usize, draft.scheme_end as usize);
        (draft.at, scheme)
    } else {
        write_wire(&draft, flags, &host, &mut all)
    };
    let source_text = Span::new(0, read);
    let whole = Span {
        start: wire.scheme,
        end: wire.end,
    };
    let is_original = |span: Span| all[span.start as usize..span.end as usize] == *draft.original;
    let original = if !rewritten || is_original(source_text) {
        source_text
    } else if is_original(whole) {
        whole
    } else {
        let start = all.len();
        all.push_str(draft.original);
        Span::new(start, all.len())
    };
    let mut inner = Inner {
        text: all,
        absolute: true,
        wire,
        scheme,
        source: draft.at,
        source_text,
        original,
        idn: None,
        zone: draft.zone.map(|(start, end)| Span { start, end }),
        flags,
        rules: draft.rules,
        host: draft.host,
        port: draft.port.or(draft.default_port),
        default_port: draft.default_port,
        registered: draft.registered,
        settings: draft.settings.clone(),
    };
    inner.idn = dns_form(&mut inner);
    inner
        .flags
        .add_if(inner.leads_to_this_machine(), Flags::LOOPBACK);
    inner
}

impl Draft<'_> {
    fn slice(&self, from: u32, to: u32) -> &str {
        &self.source[from as usize..to as usize]
    }
}

/// The canonical host.
enum Host {
    /// As it stands in the text.
    AsIs,
    /// As it stands in the text, in small letters.
    Small,
    /// The same of a name outside ASCII.
    SmallWide,
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    Other(Cow<'static, str>),
}

/// The canonical host, and whether the text has it so.
fn host(draft: &Draft<'_>, flags: &mut Flags) -> Host {
    let raw = draft.slice(draft.at.host, draft.at.port);
    let host = match draft.host {
        HostKind::None => return Host::Other(Cow::Borrowed("")),
        HostKind::Basic => return basic_host(draft, raw, flags),
        HostKind::Dns | HostKind::Unc if raw.is_ascii() => {
            flags.add_if(raw.eq_ignore_ascii_case("localhost"), Flags::LOOPBACK);
            if raw.eq_ignore_ascii_case("loopback") {
                flags.add(Flags::LOOPBACK);
                Host::Other(Cow::Borrowed("localhost"))
            } else if raw.bytes().any(|b| b.is_ascii_uppercase()) {
                Host::Small
            } else {
                Host::AsIs
            }
        }
        HostKind::Dns | HostKind::Unc => {
            // As in .NET a capital outside ASCII alone changes nothing.
            if raw.bytes().any(|b| b.is_ascii_uppercase()) {
                Host::SmallWide
            } else {
                Host::AsIs
            }
        }
        HostKind::V4(address) => {
            flags.add_if(address.is_loopback(), Flags::LOOPBACK);
            // The strict spelling is the canonical one.
            if address::parse_ipv4(raw).is_some() {
                Host::AsIs
            } else {
                Host::V4(address)
            }
        }
        HostKind::V6(address) => {
            flags.add_if(address::is_loopback(address.into()), Flags::LOOPBACK);
            if address::is_canonical_v6(raw.as_bytes(), address) {
                Host::AsIs
            } else {
                Host::V6(address)
            }
        }
    };
    flags.add_if(
        !matches!(host, Host::AsIs),
        Flags::HOST_NOT_DISPLAY.with(Flags::HOST_NOT_WIRE),
    );
    host
}

/// A free-style host is escaped like a path.
fn basic_host(draft: &Draft<'_>, raw: &str, flags: &mut Flags) -> Host {
    if raw.is_empty() || draft.flags.any(Flags::DOS_PATH) {
        flags.add(Flags::LOOPBACK);
        return Host::Other(Cow::Borrowed(""));
    }
    let implicit = flags.any(Flags::IMPLICIT_FILE);
    let setting = Setting {
        rules: draft.rules,
        implicit_file: implicit,
        rewritten: flags.any(Flags::REWRITTEN),
    };
    let (mut found, _) = check::component(raw, 0, raw.len(), Until::End, setting);
    let ugly = !found.any(Check::DISPLAY) && (!implicit || found.any(Check::RESERVED));
    flags.add_if(ugly, Flags::HOST_NOT_DISPLAY);
    if implicit {
        found = found.without(Check::ESCAPED);
    }
    if found.is_wire_form() {
        return Host::AsIs;
    }
    flags.add(Flags::HOST_NOT_WIRE);
    if flags.any(Flags::USER_ESCAPED) {
        return Host::AsIs;
    }
    let existing = if implicit {
        Existing::Escape
    } else {
        Existing::Keep
    };
    Host::Other(Cow::Owned(escape(raw, PATH_CHARS, existing).into_owned()))
}

/// Writes the form for the wire behind the text that was read.
fn write_wire(draft: &Draft<'_>, flags: Flags, host: &Host, out: &mut String) -> (Offsets, Span) {
    let at = draft.at;
    let range = |from: u32, to: u32| from as usize..to as usize;
    let part = |out: &mut String, part: Range<usize>, escapes: Flags, keep| {
        if flags.any(escapes) && !flags.any(Flags::USER_ESCAPED) {
            escape_within(out, part, keep, Existing::Keep);
        } else {
            out.extend_from_within(part);
        }
    };
    let start = out.len();
    if flags.any(Flags::IMPLICIT_FILE) {
        out.push_str("file");
    } else {
        out.extend_from_within(range(at.scheme, draft.scheme_end));
        out[start..].make_ascii_lowercase();
    }
    let scheme = Span::new(start, out.len());
    out.push_str(if flags.any(Flags::AUTHORITY) {
        "://"
    } else {
        ":"
    });
    let mut wire = Offsets {
        scheme: start as u32,
        user: out.len() as u32,
        ..Offsets::default()
    };
    if flags.any(Flags::HAS_USER) {
        part(
            out,
            range(at.user, at.host),
            Flags::USER_NOT_WIRE,
            PATH_CHARS,
        );
    }
    wire.host = out.len() as u32;
    write_host(out, host, range(at.host, at.port), draft.rules);
    wire.port = out.len() as u32;
    if let Some(port) = draft.port {
        let _ = write!(out, ":{port}");
    }
    wire.path = out.len() as u32;
    RawPath::write_within(out, range(at.path, at.query), flags, draft.rules);
    wire.query = out.len() as u32;
    if at.query < at.fragment {
        out.push('?');
        part(
            out,
            range(at.query + 1, at.fragment),
            Flags::QUERY_NOT_WIRE,
            QUERY_CHARS,
        );
    }
    wire.fragment = out.len() as u32;
    if at.fragment < at.end {
        out.push('#');
        part(
            out,
            range(at.fragment + 1, at.end),
            Flags::FRAGMENT_NOT_WIRE,
            URI_CHARS,
        );
    }
    wire.end = out.len() as u32;
    (wire, scheme)
}

fn write_host(out: &mut String, host: &Host, raw: Range<usize>, rules: Rules) {
    match host {
        Host::AsIs => out.extend_from_within(raw),
        Host::Small => {
            let start = out.len();
            out.extend_from_within(raw);
            out[start..].make_ascii_lowercase();
        }
        Host::SmallWide => copied(out, raw, |out, name| domain::push_small(out, name, rules)),
        // Writing to a string does not fail.
        Host::V4(address) => drop(write!(out, "{address}")),
        Host::V6(address) => drop(write!(out, "[{}]", address::format_ipv6(*address))),
        Host::Other(text) => out.push_str(text),
    }
}

/// The host as DNS wants it; appended to the text where it differs from the canonical host.
fn dns_form(inner: &mut Inner) -> Option<Span> {
    let span = Span {
        start: inner.wire.host,
        end: inner.wire.port,
    };
    let range = |span: Span| span.start as usize..span.end as usize;
    let start = inner.text.len();
    match inner.host {
        HostKind::Dns if inner.at(span).is_ascii() => return Some(span),
        HostKind::Dns => idn::append_ascii(&mut inner.text, range(span), inner.rules.dialect())?,
        HostKind::V6(_) => {
            let inside = Span {
                start: span.start + 1,
                end: span.end - 1,
            };
            let Some(zone) = inner.zone else {
                return Some(inside);
            };
            inner.text.extend_from_within(range(inside));
            inner.text.push('%');
            inner.text.extend_from_within(range(zone));
        }
        HostKind::Basic
            if inner
                .flags
                .any(Flags::HOST_NOT_DISPLAY.with(Flags::HOST_NOT_WIRE)) =>
        {
            let host = unescape(inner.at(span), Unescape::All, Context::PLAIN).into_owned();
            inner.text.push_str(&host);
        }
        _ => return Some(span),
    }
    Some(Span::new(start, inner.text.len()))
}
