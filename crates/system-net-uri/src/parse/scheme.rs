//! The beginning of a text: a scheme, or a path that stands for a `file:` URI.

use std::sync::Arc;

use super::is_space;
use crate::flags::Flags;
use crate::parser::Registered;
use crate::settings::PathRules;
use crate::syntax::{self, Rules};
use crate::{GenericUriParserOptions, UriFormatError, UriFormatErrorKind as Kind, UriSettings};

/// A longer scheme name is refused.
const NAME_LIMIT: usize = 1024;

/// How a text begins.
pub(super) struct Start {
    /// Where the scheme name, or the path without a scheme, begins.
    pub(super) name: usize,
    pub(super) name_end: usize,
    /// Where to read on: behind the colon, or the first byte of the path or server name.
    pub(super) rest: usize,
    pub(super) rules: Rules,
    pub(super) default_port: Option<u16>,
    pub(super) registered: Option<Arc<Registered>>,
    /// Tells which kind of path it is, if it is one.
    pub(super) flags: Flags,
}

impl Start {
    fn path(name: usize, rest: usize, rules: Rules, flags: Flags) -> Self {
        let flags = flags.with(Flags::IMPLICIT_FILE).with(Flags::AUTHORITY);
        Self {
            name,
            name_end: name,
            rest,
            rules,
            default_port: None,
            registered: None,
            flags,
        }
    }
}

/// Finds out how the text begins.
pub(super) fn recognize(text: &str, settings: &UriSettings) -> Result<Start, UriFormatError> {
    let bytes = text.as_bytes();
    let fail = |kind, at| Err(UriFormatError::new(kind, at));
    if bytes.is_empty() {
        return fail(Kind::EmptyUri, 0);
    }
    let name = bytes.iter().take_while(|&&b| is_space(b)).count();
    let rest = &bytes[name..];
    let slash = |at: usize| matches!(rest.get(at), Some(b'/' | b'\\'));

    if settings.paths() == PathRules::Unix && rest.first() == Some(&b'/') && !slash(1) {
        return Ok(Start::path(name, name, syntax::UNIX_FILE, Flags::UNIX_PATH));
    }
    if rest.len() <= 2 || rest[0] == b':' {
        return fail(Kind::BadFormat, name);
    }
    match (rest[0], rest[1]) {
        (letter, b':' | b'|') if letter.is_ascii_alphabetic() => {
            return if slash(2) {
                Ok(Start::path(name, name, syntax::FILE, Flags::DOS_PATH))
            } else {
                fail(Kind::MustRootedPath, name + 2)
            };
        }
        (_, b':') => return fail(Kind::BadScheme, name),
        (_, b'|') => return fail(Kind::BadFormat, name),
        (b'/' | b'\\', _) => {
            if !slash(1) {
                return fail(Kind::BadFormat, name);
            }
            let slashes = rest
                .iter()
                .take_while(|b| matches!(b, b'/' | b'\\'))
                .count();
            return Ok(Start::path(
                name,
                name + slashes,
                syntax::FILE,
                Flags::UNC_PATH,
            ));
        }
        _ => {}
    }
    let length = rest.iter().take_while(|&&b| is_name_byte(b)).count();
    if rest.get(length) != Some(&b':') {
        let kind = if rest.contains(&b':') {
            Kind::BadScheme
        } else {
            Kind::BadFormat
        };
        return fail(kind, name + length);
    }
    if !rest[0].is_ascii_alphabetic() {
        return fail(Kind::BadScheme, name);
    }
    if length > NAME_LIMIT {
        return fail(Kind::SchemeLimit, name);
    }
    let name_end = name + length;
    let (rules, default_port, registered) = lookup(&text[name..name_end], settings);
    Ok(Start {
        name,
        name_end,
        rest: name_end + 1,
        rules,
        default_port,
        registered,
        flags: Flags::NONE,
    })
}

/// RFC 3986 section 3.1.
const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

fn lookup(name: &str, settings: &UriSettings) -> (Rules, Option<u16>, Option<Arc<Registered>>) {
    if let Some(scheme) = syntax::known(name.as_bytes()) {
        let kept = GenericUriParserOptions::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES;
        let rules = match settings.scheme_options(name).has(kept) {
            true => scheme.rules.without(Rules::UNESCAPE_DOTS),
            false => scheme.rules,
        };
        return (rules, scheme.port, None);
    }
    match settings.parsers().and_then(|table| table.find(name)) {
        Some(parser) => (parser.rules, parser.default_port, Some(parser)),
        None => (syntax::UNKNOWN, None, None),
    }
}
