//! Unescaping: how far it goes depends on who reads the result.

use std::borrow::Cow;

use super::{Dialect, Utf8Run, hex_pair, is_control, push_escaped};
use crate::iri::{Part, is_iri_char};
use crate::syntax::Rules;

/// How far unescaping goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unescape {
    /// The text stays.
    No,
    /// No escapes are expected: every `%` and reserved character is escaped.
    EscapeOnly,
    /// Everything that has the form of an escape.
    All,
    /// What keeps the meaning; reserved characters and stray `%` are escaped.
    Safe,
    /// As `Safe`, but nothing is escaped that was not (a text the user vouched for).
    SafeAsIs,
    /// For display, as .NET 1 did: also reserved characters other than the given ones.
    Display,
    /// As `Display` for a text the user vouched for.
    DisplayAsIs,
    /// As `EscapeOnly`, but control characters stay.
    DisplayEscapeOnly,
}

impl Unescape {
    const fn unescapes(self) -> bool {
        !matches!(self, Self::No | Self::EscapeOnly | Self::DisplayEscapeOnly)
    }

    const fn escapes(self) -> bool {
        matches!(
            self,
            Self::EscapeOnly | Self::Safe | Self::Display | Self::DisplayEscapeOnly
        )
    }

    const fn display(self) -> bool {
        matches!(
            self,
            Self::Display | Self::DisplayAsIs | Self::DisplayEscapeOnly
        )
    }
}

/// What surrounds the text: its component, the scheme's rules, its delimiters.
#[derive(Clone, Copy)]
pub(crate) struct Context {
    pub(crate) part: Part,
    /// Whether the scheme reads IRIs: characters outside their ranges stay escaped.
    pub(crate) iri: bool,
    pub(crate) dialect: Dialect,
    /// Characters that would end the component; never unescaped, escaped where found.
    pub(crate) delimiters: &'static [u8],
}

impl Context {
    /// A component of a URI whose scheme has the given rules.
    pub(crate) const fn of(part: Part, rules: Rules, delimiters: &'static [u8]) -> Self {
        Self {
            part,
            iri: rules.any(Rules::IRI),
            dialect: rules.dialect(),
            delimiters,
        }
    }

    /// A text by itself.
    pub(crate) const PLAIN: Self = Self {
        part: Part::Other,
        iri: false,
        dialect: Dialect::Current,
        delimiters: b"",
    };
}

/// Unescapes a component.
pub(crate) fn unescape(text: &str, mode: Unescape, context: Context) -> Cow<'_, str> {
    if mode == Unescape::No {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let iri = context.iri && mode.unescapes() && mode.escapes();
    let mut out = String::new();
    // Everything before `copied` is in `out`.
    let mut copied = 0;
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        let action = if byte == b'%' {
            percent(bytes, i, mode, iri, context)
        } else if mode.escapes() {
            literal(text, i, mode, context.delimiters)
        } else {
            Action::Copy(1)
        };
        if let Action::Copy(length) = action {
            i += length;
            continue;
        }
        if copied == 0 {
            out.reserve(text.len());
        }
        out.push_str(&text[copied..i]);
        match action {
            Action::Copy(_) => {}
            Action::Escape(value, length) => {
                push_escaped(&mut out, value);
                i += length;
            }
            Action::Ascii(value) => {
                out.push(value as char);
                i += 3;
            }
            Action::Utf8 => {
                let run = Utf8Run::at(bytes, i);
                let dialects = (context.dialect, context.dialect);
                run.decode(text, i, &mut out, dialects, |c| {
                    !iri || is_iri_char(c, context.part)
                });
                i += run.len();
            }
        }
        copied = i;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

enum Action {
    /// The bytes stay.
    Copy(usize),
    /// The byte is written as an escape, in place of so many bytes.
    Escape(u8, usize),
    /// An escape becomes an ASCII character.
    Ascii(u8),
    /// A run of escapes becomes characters.
    Utf8,
}

/// What becomes of a `%` at `at`.
fn percent(text: &[u8], at: usize, mode: Unescape, iri: bool, context: Context) -> Action {
    const PERCENT: Action = Action::Escape(b'%', 1);
    if !mode.unescapes() {
        return PERCENT;
    }
    let all = mode == Unescape::All;
    if at + 2 >= text.len() {
        return if all { Action::Copy(1) } else { PERCENT };
    }
    let Some(value) = hex_pair(text, at + 1) else {
        return if mode.escapes() {
            PERCENT
        } else {
            Action::Copy(1)
        };
    };
    let stays = !all
        && (value == b'%'
            || context.delimiters.contains(&value)
            || (context.dialect.is_unsafe_to_unescape(value) && (!mode.display() || iri)));
    match value {
        _ if stays => Action::Copy(3),
        0..=0x7F => Action::Ascii(value),
        _ => Action::Utf8,
    }
}

/// What becomes of any other character at `at`.
fn literal(text: &str, at: usize, mode: Unescape, delimiters: &[u8]) -> Action {
    let byte = text.as_bytes()[at];
    if delimiters.contains(&byte) {
        return Action::Escape(byte, 1);
    }
    if byte < 0x80 {
        return if !mode.display() && is_control(byte as char) {
            Action::Escape(byte, 1)
        } else {
            Action::Copy(1)
        };
    }
    match text[at..].chars().next() {
        // .NET escapes the code point of a Latin-1 control, not its UTF-8 bytes.
        Some(c) if !mode.display() && is_control(c) => Action::Escape(c as u8, c.len_utf8()),
        Some(c) => Action::Copy(c.len_utf8()),
        None => Action::Copy(1),
    }
}
