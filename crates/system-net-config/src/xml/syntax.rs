//! What is wrong with a text as XML: where, in words, and what to do.

use quick_xml::errors::{Error as XmlError, IllFormedError, SyntaxError};
use quick_xml::escape::EscapeError;
use quick_xml::events::attributes::AttrError;

use crate::shown;

/// A flaw at an offset of the text.
pub(super) struct Flaw {
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) hint: Option<&'static str>,
}

pub(super) const ROOT: &str =
    "put everything into <configuration> … </configuration>, of which a file has one";
pub(super) const CUT_OFF: &str = "the file may have been cut off, or the end tag was forgotten";
pub(super) const DECLARATION: &str =
    "take out what stands before it, blanks and empty lines as well";
pub(super) const LESS: &str = "write &lt; for it";
const AMPERSAND: &str = "write &amp; for a & that is meant as one";
const IN_ORDER: &str = "elements end in the reverse of the order they begin in";
const QUOTES: &str = "as in name=\"value\"";

fn flaw(at: usize, message: impl Into<String>, hint: Option<&'static str>) -> Flaw {
    let message = message.into();
    Flaw { at, message, hint }
}

/// Of what the reader says at an offset; `open` is the element around it and the line it begins in.
pub(super) fn of_reader(
    text: &str,
    at: usize,
    error: &XmlError,
    open: Option<(&str, u32)>,
) -> Flaw {
    match error {
        XmlError::IllFormed(error) => ill_formed(at, error, open),
        XmlError::Syntax(error) => unclosed(text, at, error),
        error => flaw(at, error.to_string(), None),
    }
}

fn ill_formed(at: usize, error: &IllFormedError, open: Option<(&str, u32)>) -> Flaw {
    match error {
        IllFormedError::MismatchedEndTag { expected, found } => {
            let (begun, found) = (shown::name(expected), shown::name(found));
            let mut message = format!("expected `</{begun}>`, found `</{found}>`");
            if let Some((_, line)) = open.filter(|(name, _)| name == expected) {
                message += &format!("; `{begun}` begins in line {line}");
            }
            flaw(at, message, Some(IN_ORDER))
        }
        IllFormedError::UnmatchedEndTag(found) => {
            let found = shown::name(found);
            let message = format!("`</{found}>` ends no element that has begun");
            flaw(at, message, Some(IN_ORDER))
        }
        IllFormedError::DoubleHyphenInComment => {
            let message = "`--` within a comment, which XML does not allow";
            flaw(
                at,
                message,
                Some("write one hyphen, or put a blank between"),
            )
        }
        IllFormedError::UnclosedReference => {
            flaw(at, "a `&` that begins no entity", Some(AMPERSAND))
        }
        error => flaw(at, error.to_string(), None),
    }
}

fn unclosed(text: &str, at: usize, error: &SyntaxError) -> Flaw {
    let (what, end) = match error {
        SyntaxError::UnclosedTag => ("tag", ">"),
        SyntaxError::UnclosedComment => ("comment", "-->"),
        SyntaxError::UnclosedCData => ("section of characters", "]]>"),
        SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl => ("instruction", "?>"),
        SyntaxError::UnclosedDoctype => ("document type declaration", ">"),
        SyntaxError::UnclosedSingleQuotedAttributeValue => {
            return open_value(text, at, '\'');
        }
        SyntaxError::UnclosedDoubleQuotedAttributeValue => {
            return open_value(text, at, '"');
        }
        SyntaxError::InvalidBangMarkup => {
            let message = "expected a comment, `<!--`, behind `<!`";
            return flaw(at, message, Some(LESS));
        }
    };
    let message = format!("the {what} that begins here has no end, `{end}`");
    flaw(at, message, Some("the file may have been cut off"))
}

/// A value without its second quote, in a tag that begins at an offset.
fn open_value(text: &str, tag: usize, quote: char) -> Flaw {
    let mut open = None;
    for (at, c) in text.get(tag..).unwrap_or_default().char_indices() {
        match open {
            None if ['"', '\''].contains(&c) => open = Some((tag + at, c)),
            Some((_, other)) if other == c => open = None,
            _ => {}
        }
    }
    let at = open.map_or(tag, |(at, _)| at);
    let message = format!("the value that begins here has no second `{quote}`");
    flaw(
        at,
        message,
        Some("a value ends with the quote it begins with"),
    )
}

/// Of the attributes of a tag whose name begins at an offset.
pub(super) fn of_attributes(name_at: usize, error: &AttrError) -> Flaw {
    match error {
        AttrError::ExpectedEq(at) => flaw(
            name_at + at,
            "expected `=` behind an attribute's name",
            Some(QUOTES),
        ),
        AttrError::ExpectedValue(at) | AttrError::UnquotedValue(at) => {
            flaw(name_at + at, "expected a value in quotes", Some(QUOTES))
        }
        AttrError::ExpectedQuote(at, quote) => {
            let message = format!("expected `{}`", char::from(*quote));
            flaw(name_at + at, message, Some(QUOTES))
        }
        error => flaw(name_at, error.to_string(), None),
    }
}

/// Of a value that begins at an offset, but for entities that nobody declared.
pub(super) fn of_value(value_at: usize, error: &XmlError) -> Flaw {
    match error {
        XmlError::Escape(EscapeError::UnterminatedEntity(range)) => {
            let at = value_at + range.start;
            flaw(at, "a `&` that begins no entity", Some(AMPERSAND))
        }
        error => flaw(value_at, error.to_string(), None),
    }
}
