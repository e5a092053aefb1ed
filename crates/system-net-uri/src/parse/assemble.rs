//! Puts the one string of a [`Uri`](crate::Uri) together: the form for the wire first, behind it
//! what differs from it (the text as written, the rewritten text, the host for DNS).

use std::borrow::Cow;
use std::fmt::Write;

use super::{Draft, Offsets};
use crate::UriSettings;
use crate::address;
use crate::check::{self, Check, Setting, Until};
use crate::escape::{
    Context, Dialect, Existing, PATH_CHARS, QUERY_CHARS, URI_CHARS, Unescape, escape, escape_into,
    unescape,
};
use crate::flags::Flags;
use crate::host::{HostKind, domain, idn};
use crate::inner::{Inner, Span};
use crate::iri::{self, Part};
use crate::path::{Form, RawPath};
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

/// An absolute URI.
pub(super) fn absolute(draft: &Draft<'_>) -> Inner {
    let mut flags = draft.flags;
    let host = host(draft, &mut flags);
    let raw_path = RawPath {
        text: draft.slice(draft.at.path, draft.at.query),
        flags,
        rules: draft.rules,
    };
    let as_is = !flags.any(Flags::NOT_WIRE.with(Flags::PATH_REBUILT)) && !raw_path.has_bar_drive();
    let rewritten = matches!(draft.source, Cow::Owned(_));
    let (mut all, wire, scheme, source_start) = if as_is {
        let scheme = Span::new(draft.at.scheme as usize, draft.scheme_end as usize);
        (draft.source.clone().into_owned(), draft.at, scheme, 0)
    } else {
        let mut all = String::with_capacity(2 * draft.original.len() + 32);
        let (wire, scheme) = write_wire(draft, flags, &host, raw_path, &mut all);
        let start = all.len();
        all.push_str(&draft.source);
        (all, wire, scheme, start)
    };
    let source_text = Span::new(source_start, source_start + draft.source.len());
    let whole = Span::new(0, wire.end as usize);
    let original = if rewritten && all[..whole.end as usize] == *draft.original {
        whole
    } else if rewritten {
        append_unless(&mut all, draft.original, source_text, &draft.source)
    } else {
        source_text
    };
    let shift = source_start as u32;
    let at = draft.at;
    let source = Offsets {
        scheme: at.scheme + shift,
        user: at.user + shift,
        host: at.host + shift,
        port: at.port + shift,
        path: at.path + shift,
        query: at.query + shift,
        fragment: at.fragment + shift,
        end: at.end + shift,
    };
    let zone = draft.zone.map(|(from, to)| Span {
        start: from + shift,
        end: to + shift,
    });
    let mut inner = Inner {
        text: all,
        absolute: true,
        wire,
        scheme,
        source,
        source_text,
        original,
        idn: None,
        zone,
        flags,
        rules: draft.rules,
        host: draft.host,
        port: draft.port.or(draft.default_port),
        default_port: draft.default_port,
        registered: draft.registered.clone(),
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

/// The canonical host, and whether the text has it so.
fn host<'d>(draft: &'d Draft<'_>, flags: &mut Flags) -> Cow<'d, str> {
    let raw = draft.slice(draft.at.host, draft.at.port);
    let host = match draft.host {
        HostKind::None => return Cow::Borrowed(""),
        HostKind::Basic => return basic_host(draft, raw, flags),
        HostKind::Dns | HostKind::Unc => {
            let name = domain::canonical(raw, draft.rules);
            flags.add_if(name == "localhost", Flags::LOOPBACK);
            name
        }
        HostKind::V4(address) => {
            flags.add_if(address.is_loopback(), Flags::LOOPBACK);
            // The strict spelling is the canonical one.
            if address::parse_ipv4(raw).is_some() {
                Cow::Borrowed(raw)
            } else {
                Cow::Owned(address.to_string())
            }
        }
        HostKind::V6(address) => {
            flags.add_if(address::is_loopback(address.into()), Flags::LOOPBACK);
            let mut text = String::with_capacity(48);
            let _ = write!(text, "[{}]", address::format_ipv6(address));
            Cow::Owned(text)
        }
    };
    flags.add_if(
        host != raw,
        Flags::HOST_NOT_DISPLAY.with(Flags::HOST_NOT_WIRE),
    );
    host
}

/// A free-style host is escaped like a path.
fn basic_host<'d>(draft: &Draft<'_>, raw: &'d str, flags: &mut Flags) -> Cow<'d, str> {
    if raw.is_empty() || draft.flags.any(Flags::DOS_PATH) {
        flags.add(Flags::LOOPBACK);
        return Cow::Borrowed("");
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
        return Cow::Borrowed(raw);
    }
    flags.add(Flags::HOST_NOT_WIRE);
    if flags.any(Flags::USER_ESCAPED) {
        return Cow::Borrowed(raw);
    }
    escape(
        raw,
        PATH_CHARS,
        if implicit {
            Existing::Escape
        } else {
            Existing::Keep
        },
    )
}

/// Writes the form for the wire.
fn write_wire(
    draft: &Draft<'_>,
    flags: Flags,
    host: &str,
    path: RawPath<'_>,
    out: &mut String,
) -> (Offsets, Span) {
    let at = draft.at;
    let vouched = flags.any(Flags::USER_ESCAPED);
    let part = |out: &mut String, text: &str, escapes: Flags, keep| {
        if flags.any(escapes) && !vouched {
            escape_into(out, text, keep, Existing::Keep);
        } else {
            out.push_str(text);
        }
    };
    let name = draft.slice(at.scheme, draft.scheme_end);
    if flags.any(Flags::IMPLICIT_FILE) {
        out.push_str("file");
    } else {
        out.extend(name.bytes().map(|b| b.to_ascii_lowercase() as char));
    }
    let scheme = Span::new(0, out.len());
    out.push_str(if flags.any(Flags::AUTHORITY) {
        "://"
    } else {
        ":"
    });
    let mut wire = Offsets {
        user: out.len() as u32,
        ..Offsets::default()
    };
    if flags.any(Flags::HAS_USER) {
        part(
            out,
            draft.slice(at.user, at.host),
            Flags::USER_NOT_WIRE,
            PATH_CHARS,
        );
    }
    wire.host = out.len() as u32;
    out.push_str(host);
    wire.port = out.len() as u32;
    if let Some(port) = draft.port {
        let _ = write!(out, ":{port}");
    }
    wire.path = out.len() as u32;
    out.push_str(&path.render(Form::Escaped));
    wire.query = out.len() as u32;
    if at.query < at.fragment {
        out.push('?');
        part(
            out,
            draft.slice(at.query + 1, at.fragment),
            Flags::QUERY_NOT_WIRE,
            QUERY_CHARS,
        );
    }
    wire.fragment = out.len() as u32;
    if at.fragment < at.end {
        out.push('#');
        part(
            out,
            draft.slice(at.fragment + 1, at.end),
            Flags::FRAGMENT_NOT_WIRE,
            URI_CHARS,
        );
    }
    wire.end = out.len() as u32;
    (wire, scheme)
}

/// The host as DNS wants it; appended to the text where it differs from the canonical host.
fn dns_form(inner: &mut Inner) -> Option<Span> {
    let span = Span {
        start: inner.wire.host,
        end: inner.wire.port,
    };
    let host = inner.at(span);
    let form = match inner.host {
        HostKind::Dns => match idn::to_ascii(host, inner.rules.dialect())? {
            Cow::Borrowed(_) => return Some(span),
            Cow::Owned(form) => form,
        },
        HostKind::V6(_) => {
            let inside = Span {
                start: span.start + 1,
                end: span.end - 1,
            };
            match inner.zone {
                None => return Some(inside),
                Some(zone) => format!("{}%{}", inner.at(inside), inner.at(zone)),
            }
        }
        HostKind::Basic
            if inner
                .flags
                .any(Flags::HOST_NOT_DISPLAY.with(Flags::HOST_NOT_WIRE)) =>
        {
            let context = Context::PLAIN;
            unescape(host, Unescape::All, context).into_owned()
        }
        _ => return Some(span),
    };
    let start = inner.text.len();
    inner.text.push_str(&form);
    Some(Span::new(start, inner.text.len()))
}
