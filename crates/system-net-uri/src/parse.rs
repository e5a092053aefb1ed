//! From text to [`Uri`]: one pass over the parts in their order.
//!
//! Texts of the usual form take a shorter way ([`usual`]). All others:
//!
//! 1. [`scheme`] tells the scheme, or that the text is a path of a file system.
//! 2. [`authority`] reads user info, host and port.
//! 3. [`source`] rewrites texts with non-ASCII characters (RFC 3987); all others are used as
//!    they are.
//! 4. [`crate::check`] looks at user info, path, query and fragment.
//! 5. [`assemble`] writes the form for the wire, or finds that the text already has it.

mod assemble;
mod authority;
mod scheme;
mod source;
mod usual;

use crate::check::{self, Check, Setting, Until};
use crate::flags::Flags;
use crate::host::HostKind;
use crate::parser::Registered;
use crate::syntax::Rules;
use crate::uri::Uri;
use crate::{UriFormatError, UriFormatErrorKind as Kind, UriKind, UriSettings};
use std::sync::Arc;

pub(crate) use authority::{classify_host, unregistered_ipv4};

/// From this many UTF-16 units on a text is refused.
const SIZE_LIMIT: usize = 0xFFF0;

/// Reads a text.
pub(crate) fn parse(
    text: &str,
    kind: UriKind,
    settings: &UriSettings,
    escaped_by_user: bool,
) -> Result<Uri, UriFormatError> {
    if kind != UriKind::Relative
        && !escaped_by_user
        && let Some(inner) = usual::read(text, settings)
    {
        return Ok(Uri::from_inner(inner));
    }
    parse_long(text, kind, settings, escaped_by_user)
}

/// Reads a text of any form.
fn parse_long(
    text: &str,
    kind: UriKind,
    settings: &UriSettings,
    escaped_by_user: bool,
) -> Result<Uri, UriFormatError> {
    let fail = |kind, at| Err(UriFormatError::new(kind, at));
    let vouched = if escaped_by_user {
        Flags::USER_ESCAPED
    } else {
        Flags::NONE
    };
    let relative = || {
        Ok(Uri::from_inner(assemble::relative(
            text, false, vouched, settings,
        )))
    };

    if text.is_empty() && kind == UriKind::Absolute {
        return fail(Kind::EmptyUri, 0);
    }
    if text.len() >= SIZE_LIMIT && text.encode_utf16().count() >= SIZE_LIMIT {
        return fail(Kind::SizeLimit, 0);
    }
    let start = match scheme::recognize(text, settings) {
        Ok(start) => start,
        Err(error) if error.kind().may_be_relative() && kind != UriKind::Absolute => {
            return relative();
        }
        Err(error) => return Err(error),
    };
    if start.flags.any(Flags::IMPLICIT_FILE) && relative_wins(text, kind, start.flags) {
        return relative();
    }
    let mut draft = Draft::new(text, start, vouched, settings);
    match draft.read() {
        Err(error) if error.kind().may_be_relative() && kind != UriKind::Absolute => relative(),
        Err(error) => Err(error),
        Ok(()) if kind == UriKind::Relative => fail(Kind::CannotCreateRelative, 0),
        Ok(()) => {
            let uri = Uri::from_inner(assemble::absolute(draft));
            if let Some(parser) = uri.custom_parser() {
                parser.initialize_and_validate(&uri)?;
            }
            Ok(uri)
        }
    }
}

/// A relative URI in the form of RFC 3987: what was escaped without need is unescaped.
pub(crate) fn relative_rewritten(text: &str, settings: &UriSettings) -> Uri {
    Uri::from_inner(assemble::relative(
        text,
        settings.iri_parsing(),
        Flags::NONE,
        settings,
    ))
}

/// Whether a path without a scheme is taken as a relative URI. `c:\dir` and `\\server` are
/// absolute unless a relative URI is asked for; `//server` and Unix paths are absolute only
/// where nothing else is allowed.
fn relative_wins(text: &str, kind: UriKind, flags: Flags) -> bool {
    match kind {
        UriKind::Absolute => false,
        UriKind::Relative => true,
        UriKind::RelativeOrAbsolute => {
            !flags.any(Flags::DOS_PATH) && (flags.any(Flags::UNIX_PATH) || !text.starts_with(r"\\"))
        }
    }
}

/// Where the parts of a text are, as byte positions in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offsets {
    /// The scheme.
    pub(crate) scheme: u32,
    /// The user info, behind the slashes.
    pub(crate) user: u32,
    pub(crate) host: u32,
    /// Where the host ends and `:port` begins.
    pub(crate) port: u32,
    pub(crate) path: u32,
    /// The query with its `?`.
    pub(crate) query: u32,
    /// The fragment with its `#`.
    pub(crate) fragment: u32,
    pub(crate) end: u32,
}

/// A URI half read.
pub(super) struct Draft<'a> {
    /// What the caller gave.
    pub(super) original: &'a str,
    /// The text that the offsets mean: `original`, or what became of it.
    pub(super) source: std::borrow::Cow<'a, str>,
    pub(super) settings: &'a UriSettings,
    pub(super) rules: Rules,
    pub(super) default_port: Option<u16>,
    pub(super) registered: Option<Arc<Registered>>,
    pub(super) flags: Flags,
    pub(super) host: HostKind,
    /// The zone of an IPv6 host in `source`, without `%`.
    pub(super) zone: Option<(u32, u32)>,
    pub(super) port: Option<u16>,
    /// Where the scheme name ends.
    pub(super) scheme_end: u32,
    pub(super) at: Offsets,
}

impl<'a> Draft<'a> {
    fn new(text: &'a str, start: scheme::Start, vouched: Flags, settings: &'a UriSettings) -> Self {
        let mut rules = start.rules;
        if !settings.iri_parsing() {
            rules = rules.without(Rules::IRI);
        }
        if settings.is_framework_mode() {
            rules = rules.with(Rules::FRAMEWORK);
        }
        Self {
            original: text,
            source: std::borrow::Cow::Borrowed(text),
            settings,
            rules,
            default_port: start.default_port,
            registered: start.registered,
            flags: start.flags.with(vouched),
            host: HostKind::None,
            zone: None,
            port: None,
            scheme_end: start.name_end as u32,
            at: Offsets {
                scheme: start.name as u32,
                user: start.rest as u32,
                ..Offsets::default()
            },
        }
    }

    fn read(&mut self) -> Result<(), UriFormatError> {
        let rewrites =
            self.rules.any(Rules::IRI) && crate::iri::needs_rewriting(self.original.as_bytes());
        self.read_authority(rewrites)?;
        if rewrites || self.has_encoded_host() {
            self.rewrite()?;
        } else {
            self.at.end = trimmed(self.original, self.at.scheme as usize) as u32;
        }
        self.look_at_scheme();
        self.look_at_user();
        self.look_at_path();
        Ok(())
    }

    fn setting(&self) -> Setting {
        Setting {
            rules: self.rules,
            implicit_file: self.flags.any(Flags::IMPLICIT_FILE),
            rewritten: self.flags.any(Flags::REWRITTEN) && !self.rules.any(Rules::FRAMEWORK),
        }
    }

    /// Looks at the text from `start` on and moves `start` to where the component ends.
    fn look(&self, start: &mut u32, end: u32, until: Until) -> Check {
        let (found, stop) = check::component(
            &self.source,
            *start as usize,
            end as usize,
            until,
            self.setting(),
        );
        *start = stop as u32;
        found
    }

    fn look_at_scheme(&mut self) {
        let text = self.source.as_bytes();
        let name = &text[self.at.scheme as usize..self.scheme_end as usize];
        let mut canonical =
            !self.flags.any(Flags::IMPLICIT_FILE) && !name.iter().any(u8::is_ascii_uppercase);
        if canonical && self.flags.any(Flags::AUTHORITY) {
            let rest = &text[self.scheme_end as usize..self.at.user as usize];
            canonical = rest == b"://";
        }
        self.flags.add_if(!canonical, Flags::SCHEME_NOT_WIRE);
    }

    fn look_at_user(&mut self) {
        if !self.flags.any(Flags::HAS_USER) {
            return;
        }
        let found = self.look(&mut { self.at.user }, self.at.host, Until::Byte(b'@'));
        self.flags
            .add_if(!found.any(Check::DISPLAY), Flags::USER_NOT_DISPLAY);
        self.flags
            .add_if(!found.is_wire_form(), Flags::USER_NOT_WIRE);
        self.flags.add_if(
            self.rules.any(Rules::IRI) && found.is_iri_form(),
            Flags::USER_IRI,
        );
    }

    fn look_at_path(&mut self) {
        let implicit = self.flags.any(Flags::IMPLICIT_FILE);
        let (query, fragment) = (
            self.rules.any(Rules::QUERY),
            self.rules.any(Rules::FRAGMENT),
        );
        let until = match (query, fragment) {
            _ if implicit => Until::End,
            (true, _) => Until::Query,
            (false, true) => Until::Byte(b'#'),
            (false, false) => Until::End,
        };
        let end = self.at.end;
        let mut position = self.at.path;
        let found = self.look(&mut position, end, until);
        let first = self.source.as_bytes()[self.at.path as usize..end as usize].first();
        // Where a backslash is none it stands first only behind a control that is taken out.
        let reads_backslashes = Rules::CONVERT_BACKSLASHES.with(Rules::DOS_PATH);
        let rooted = match first {
            Some(b'\\') => self.rules.any(reads_backslashes),
            first => first == Some(&b'/'),
        };
        self.flags.add_if(
            self.flags.any(Flags::AUTHORITY) && self.rules.any(Rules::ROOTED_PATH) && !rooted,
            Flags::FIRST_SLASH_ABSENT,
        );
        self.judge_path(found);

        self.at.query = position;
        if !implicit
            && query
            && self.source.as_bytes()[..end as usize].get(position as usize) == Some(&b'?')
        {
            position += 1;
            let until = if fragment {
                Until::Byte(b'#')
            } else {
                Until::Tail
            };
            let found = self.look(&mut position, end, until);
            self.flags
                .add_if(!found.any(Check::DISPLAY), Flags::QUERY_NOT_DISPLAY);
            self.flags
                .add_if(!found.is_wire_form(), Flags::QUERY_NOT_WIRE);
            self.flags.add_if(
                self.rules.any(Rules::IRI) && found.is_iri_form(),
                Flags::QUERY_IRI,
            );
        }
        self.at.fragment = position;
        if !implicit
            && fragment
            && self.source.as_bytes()[..end as usize].get(position as usize) == Some(&b'#')
        {
            position += 1;
            let found = self.look(&mut position, end, Until::Tail);
            self.flags
                .add_if(!found.any(Check::DISPLAY), Flags::FRAGMENT_NOT_DISPLAY);
            self.flags
                .add_if(!found.is_wire_form(), Flags::FRAGMENT_NOT_WIRE);
            self.flags.add_if(
                self.rules.any(Rules::IRI) && found.is_iri_form(),
                Flags::FRAGMENT_IRI,
            );
        }
        self.at.end = position;
    }

    /// Decides from what was found in the path how it has to be treated.
    fn judge_path(&mut self, mut found: Check) {
        let rules = self.rules;
        let implicit = self.flags.any(Flags::IMPLICIT_FILE);
        let mut not_canonical = false;
        let mut not_wire = false;
        let rewriting = Rules::COMPRESS
            .with(Rules::CONVERT_BACKSLASHES)
            .with(Rules::UNESCAPE_DOTS);
        let backslash = found.any(Check::BACKSLASH);
        if self.flags.any(Flags::DOS_PATH)
            || (self.flags.any(Flags::AUTHORITY) && rules.any(rewriting))
        {
            let escaped_dots = found.any(Check::ESCAPED_DOTS) && rules.any(Rules::UNESCAPE_DOTS);
            let converts = backslash && rules.any(Rules::CONVERT_BACKSLASHES);
            if escaped_dots || converts {
                self.flags.add(Flags::PATH_NOT_DISPLAY);
                not_wire = true;
                not_canonical = true;
            }
            let compress = rules.any(Rules::COMPRESS) && (not_wire || found.any(Check::DOTS));
            self.flags.add_if(compress, Flags::SHOULD_COMPRESS);
            self.flags.add_if(backslash, Flags::BACKSLASH_IN_PATH);
        } else if backslash {
            // In a path that is none of a file system a backslash is escaped.
            not_wire = true;
            not_canonical = true;
        }
        let vouched = self.flags.any(Flags::USER_ESCAPED);
        if !found.any(Check::DISPLAY) && (!implicit || vouched || found.any(Check::RESERVED)) {
            self.flags.add(Flags::PATH_NOT_DISPLAY);
            not_canonical = true;
        }
        if implicit {
            // A path of a file system has no escapes: a `%` in it is a percent sign.
            found = found.without(Check::ESCAPED);
        }
        not_wire |= !found.any(Check::ESCAPED);
        self.flags.add_if(not_wire, Flags::PATH_NOT_WIRE);
        let iri_mask = Check::DISPLAY
            .with(Check::ESCAPED)
            .with(Check::NON_ASCII)
            .with(Check::NOT_IRI);
        let iri_form = found.exactly(iri_mask, Check::DISPLAY.with(Check::NON_ASCII));
        self.flags.add_if(
            rules.any(Rules::IRI) && !not_canonical && iri_form,
            Flags::PATH_IRI,
        );
    }
}

/// Where the text ends without trailing white space.
pub(super) fn trimmed(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = bytes.len();
    while end > start && is_space(bytes[end - 1]) {
        end -= 1;
    }
    end
}

/// The white space that .NET ignores around a URI.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}
