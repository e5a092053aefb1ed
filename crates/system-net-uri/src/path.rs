//! Paths: resolving dots, and the forms a path is given in.

use std::borrow::Cow;
use std::ops::Range;

use crate::escape::{
    Context, Existing, PATH_CHARS, Unescape, escape, escape_within, escaped_reversed, hex_pair,
    unescape,
};
use crate::flags::Flags;
use crate::iri::Part;
use crate::syntax::Rules;

/// Resolves `.` and `..` segments and, where the scheme says so, turns `\` into `/`.
pub(crate) fn compress(path: &str, rules: Rules) -> String {
    let mut out = Vec::with_capacity(path.len());
    let bytes = path.as_bytes();
    compress_onto(
        &mut out,
        bytes.len(),
        |_, i| bytes[i],
        rules,
        Rewriting::NONE,
    );
    String::from_utf8(out).expect(WHOLE)
}

/// What happens to a path on the way, beside resolving.
#[derive(Clone, Copy)]
struct Rewriting {
    /// Escaped dots and slashes are unescaped, and then resolved with the others.
    unescapes_dots: bool,
    /// What may not stand on the wire is escaped; what to do with escapes.
    escapes: Option<Existing>,
}

impl Rewriting {
    const NONE: Self = Self {
        unescapes_dots: false,
        escapes: None,
    };
}

/// As [`compress`], of a part of `out`, whose result is appended to it, rewritten.
fn compress_within(out: &mut String, part: Range<usize>, rules: Rules, rewriting: Rewriting) {
    let mut bytes = std::mem::take(out).into_bytes();
    let start = part.start;
    let read = |all: &[u8], i| all[start + i];
    compress_onto(&mut bytes, part.len(), read, rules, rewriting);
    *out = String::from_utf8(bytes).expect(WHOLE);
}

/// Only pieces between ASCII bytes are taken out, and whole characters escaped.
const WHOLE: &str = "segments end at ASCII bytes";

/// Appends the path of `length` bytes that `read` gives, resolved.
///
/// It is read from its end: the segments a `..` takes away lie before it, so that one pass with
/// what is kept on a stack is enough, whatever the input. What has to be escaped is escaped on the
/// way, which takes nothing from dots and slashes.
fn compress_onto(
    out: &mut Vec<u8>,
    length: usize,
    read: impl Fn(&[u8], usize) -> u8,
    rules: Rules,
    rewriting: Rewriting,
) {
    let convert = rules.any(Rules::CONVERT_BACKSLASHES);
    let start = out.len();
    let mut kept = Kept {
        bytes: out,
        start,
        slash: start,
    };
    let mut dots = 0;
    let mut dropping = 0;
    // Slashes in a row at the front, as far as read.
    let mut slashes = 0;
    let mut i = length;
    while i > 0 {
        i -= 1;
        let mut byte = read(kept.bytes, i);
        if rewriting.unescapes_dots && i >= 2 && read(kept.bytes, i - 2) == b'%' {
            match hex_pair(&[read(kept.bytes, i - 1), byte], 0) {
                Some(value @ (b'.' | b'/')) => (byte, i) = (value, i - 2),
                Some(b'\\') if convert => (byte, i) = (b'/', i - 2),
                _ => {}
            }
        }
        if byte == b'\\' && convert {
            byte = b'/';
        }
        slashes = if byte == b'/' { slashes + 1 } else { 0 };
        if byte == b'.' {
            dots += 1;
            kept.bytes.push(byte);
            continue;
        }
        if byte == b'/' && (dots == 1 || dots == 2) && kept.before_slash() == dots {
            // "/./" and "/../": the dots go with the slash behind them.
            kept.drop_first_segment();
            kept.push_slash();
            dropping += usize::from(dots == 2);
            dots = 0;
            continue;
        }
        dots = 0;
        if byte == b'/' {
            if dropping > 0 {
                dropping -= 1;
                kept.drop_first_segment();
            }
            kept.push_slash();
            continue;
        }
        let escape = rewriting.escapes.filter(|_| !PATH_CHARS.has(byte));
        let stands = |existing| {
            let digits = existing == Existing::Keep && byte == b'%' && i + 2 < length;
            digits && hex_pair(&[read(kept.bytes, i + 1), read(kept.bytes, i + 2)], 0).is_some()
        };
        match escape {
            Some(existing) if !stands(existing) => kept.bytes.extend(escaped_reversed(byte)),
            _ => kept.bytes.push(byte),
        }
    }
    let rooted = kept.bytes.len() > start && kept.bytes.last() == Some(&b'/');
    if rules.any(Rules::FILE_PATH_DOTS)
        && slashes <= 1
        && ((dropping > 0 && !rooted) || (dots > 0 && kept.before_slash() == dots))
    {
        kept.drop_first_segment();
    }
    out[start..].reverse();
}

/// What is kept of a path, last byte first, on top of other things.
struct Kept<'a> {
    bytes: &'a mut Vec<u8>,
    /// Where the other things end.
    start: usize,
    /// Where the foremost slash ends; `start` while there is none.
    slash: usize,
}

impl Kept<'_> {
    fn push_slash(&mut self) {
        self.bytes.push(b'/');
        self.slash = self.bytes.len();
    }

    /// How many bytes stand before the foremost slash.
    fn before_slash(&self) -> usize {
        self.bytes.len() - self.slash
    }

    /// Takes away the first segment with the slash behind it.
    fn drop_first_segment(&mut self) {
        self.bytes
            .truncate(self.slash.saturating_sub(1).max(self.start));
        self.slash = self.bytes.len();
    }
}

/// How a component is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For the wire.
    Escaped,
    /// Everything unescaped.
    Unescaped,
    /// Unescaped where the meaning stays.
    Safe,
    /// As `ToString` gives it.
    Display,
}

/// A path as it was read, with what is known about it.
#[derive(Clone, Copy)]
pub(crate) struct RawPath<'a> {
    pub(crate) text: &'a str,
    pub(crate) flags: Flags,
    pub(crate) rules: Rules,
}

impl<'a> RawPath<'a> {
    /// The position behind the drive letter and its colon; 0 without a drive.
    pub(crate) fn behind_drive(&self) -> usize {
        match self.text.as_bytes().first() {
            _ if !self.flags.any(Flags::DOS_PATH) => 0,
            Some(b'/' | b'\\') => 3,
            _ => 2,
        }
    }

    /// Whether the drive is written `c|`.
    pub(crate) fn has_bar_drive(&self) -> bool {
        let behind = self.behind_drive();
        behind > 0 && self.text.as_bytes().get(behind - 1) == Some(&b'|')
    }

    fn existing(&self) -> Existing {
        if self.flags.any(Flags::IMPLICIT_FILE) {
            Existing::Escape
        } else {
            Existing::Keep
        }
    }

    /// Appends the path for the wire, which is part `part` of `out`, to `out`. It is what
    /// [`render`](Self::render) gives, without strings in between.
    pub(crate) fn write_within(out: &mut String, part: Range<usize>, flags: Flags, rules: Rules) {
        let path = RawPath {
            text: &out[part.clone()],
            flags,
            rules,
        };
        let escaping = (flags.any(Flags::PATH_NOT_WIRE) && !flags.any(Flags::USER_ESCAPED))
            .then(|| path.existing());
        let compresses = flags.any(Flags::SHOULD_COMPRESS) && !part.is_empty();
        let behind = path.behind_drive();
        let convert = rules.any(Rules::CONVERT_BACKSLASHES);
        let unescapes_dots = path.unescapes_dots();
        let rare = path.has_bar_drive()
            || (compresses && path.text.starts_with('\\') && (!convert || behind > 0));
        if rare {
            let path = path.render(Form::Escaped).into_owned();
            out.push_str(&path);
            return;
        }
        let rooted = !flags.any(Flags::FIRST_SLASH_ABSENT);
        if !compresses {
            if !rooted {
                out.push('/');
            }
            match escaping {
                Some(existing) => escape_within(out, part, PATH_CHARS, existing),
                None => out.extend_from_within(part),
            }
            return;
        }
        if behind == 0 && !rooted {
            let path = path.render(Form::Escaped).into_owned();
            out.push_str(&path);
            return;
        }
        if !rooted {
            out.push('/');
        }
        out.extend_from_within(part.start..part.start + behind);
        let rewriting = Rewriting {
            unescapes_dots,
            escapes: escaping,
        };
        compress_within(out, part.start + behind..part.end, rules, rewriting);
    }

    /// Whether dots and slashes are unescaped before the path is resolved.
    fn unescapes_dots(&self) -> bool {
        self.rules.any(Rules::UNESCAPE_DOTS)
            && self.flags.any(Flags::PATH_NOT_DISPLAY)
            && !self.flags.any(Flags::IMPLICIT_FILE)
    }

    /// The path in the given form, with the leading slash that a rooted path needs.
    pub(crate) fn render(&self, form: Form) -> Cow<'a, str> {
        let mut path = self.resolved(form);
        if form != Form::Escaped {
            let mode = self.unescape_mode(form);
            let context = Context::of(Part::Other, self.rules, b"?#");
            path = match path {
                Cow::Borrowed(path) => unescape(path, mode, context),
                Cow::Owned(path) => Cow::Owned(unescape(&path, mode, context).into_owned()),
            };
        }
        if self.flags.any(Flags::FIRST_SLASH_ABSENT) {
            path.to_mut().insert(0, '/');
        }
        path
    }

    fn unescape_mode(&self, form: Form) -> Unescape {
        if !self.flags.any(Flags::PATH_NOT_DISPLAY) {
            return Unescape::No;
        }
        let implicit = self.flags.any(Flags::IMPLICIT_FILE);
        let vouched = self.flags.any(Flags::USER_ESCAPED);
        match (form, implicit, vouched) {
            (Form::Unescaped, true, _) | (_, true, true) => Unescape::No,
            (Form::Unescaped, false, _) => Unescape::All,
            (Form::Display, true, false) => Unescape::DisplayEscapeOnly,
            (Form::Display, false, true) => Unescape::DisplayAsIs,
            (Form::Display, false, false) => Unescape::Display,
            (_, true, false) => Unescape::EscapeOnly,
            (_, false, true) => Unescape::SafeAsIs,
            (_, false, false) => Unescape::Safe,
        }
    }

    /// Dots resolved, slashes converted, and for the wire form escaped.
    fn resolved(&self, form: Form) -> Cow<'a, str> {
        if self.text.is_empty() {
            return Cow::Borrowed("");
        }
        let escaping = form == Form::Escaped
            && self.flags.any(Flags::PATH_NOT_WIRE)
            && !self.flags.any(Flags::USER_ESCAPED);
        let mut path = Cow::Borrowed(self.text);
        if self.has_bar_drive() {
            let at = self.behind_drive() - 1;
            path.to_mut().replace_range(at..=at, ":");
        }
        if self.flags.any(Flags::SHOULD_COMPRESS) {
            if self.unescapes_dots() {
                let convert = self.rules.any(Rules::CONVERT_BACKSLASHES);
                path = Cow::Owned(unescape_dots(&path, convert));
            }
            let behind = self.behind_drive();
            let mut whole = if behind == 0 && self.flags.any(Flags::FIRST_SLASH_ABSENT) {
                // The slash the path will get counts: what it begins with may be dots.
                let mut rooted = compress(&format!("/{path}"), self.rules);
                if rooted.starts_with('/') {
                    rooted.remove(0);
                }
                rooted
            } else {
                compress(&path[behind..], self.rules)
            };
            whole.insert_str(0, &path[..behind]);
            if whole.starts_with('\\') {
                whole.replace_range(..1, "/");
            }
            path = Cow::Owned(whole);
        }
        if escaping {
            path = match path {
                Cow::Borrowed(path) => escape(path, PATH_CHARS, self.existing()),
                Cow::Owned(path) => match escape(&path, PATH_CHARS, self.existing()) {
                    Cow::Owned(escaped) => Cow::Owned(escaped),
                    Cow::Borrowed(_) => Cow::Owned(path),
                },
            };
        }
        path
    }
}

/// Unescapes dots and slashes, which take part in resolving.
pub(crate) fn unescape_dots(path: &str, backslashes: bool) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut copied = 0;
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == b'%'
            && let Some(value) = hex_pair(bytes, i + 1)
        {
            if matches!(value, b'.' | b'/') || (backslashes && value == b'\\') {
                out.push_str(&path[copied..i]);
                out.push(value as char);
                copied = i + 3;
            }
            i += 3;
            continue;
        }
        i += 1;
    }
    out.push_str(&path[copied..]);
    out
}
