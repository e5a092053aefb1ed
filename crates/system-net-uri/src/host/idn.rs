//! International domain names, label by label as .NET does it: by UTS 46, and in the modes of .NET
//! Framework by its own rules ([`framework`]).

mod framework;

use std::borrow::Cow;
use std::ops::Range;

use idna::uts46::{
    AsciiDenyList, ErrorPolicy, Hyphens, ProcessingSuccess, Uts46, verify_dns_length,
};

use super::copied;
use crate::escape::Dialect;
use crate::iri::is_bidi_control;

/// What ends a label.
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{FF0E}', '\u{FF61}'];

/// The form for DNS: ASCII, lower case. `None` if there is none for the name.
pub(crate) fn to_ascii(name: &str, dialect: Dialect) -> Option<Cow<'_, str>> {
    if !name.is_ascii() {
        let mut out = String::new();
        push_ascii(&mut out, name, dialect)?;
        return Some(Cow::Owned(out));
    }
    Some(if name.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    })
}

/// Appends the form for DNS of a name that is part `name` of `out`.
pub(crate) fn append_ascii(out: &mut String, name: Range<usize>, dialect: Dialect) -> Option<()> {
    copied(out, name, |out, name| push_ascii(out, name, dialect))
}

/// Appends the form for DNS of a name that is not ASCII; nothing if there is none.
fn push_ascii(out: &mut String, name: &str, dialect: Dialect) -> Option<()> {
    let name = if name.chars().any(is_bidi_control) {
        Cow::Owned(name.chars().filter(|&c| !is_bidi_control(c)).collect())
    } else {
        Cow::Borrowed(name)
    };
    let start = out.len();
    let done = match dialect {
        Dialect::Current => push_by_uts46(out, &name),
        Dialect::Framework => label_by_label(&name, framework::label_to_ascii)
            // Only behind the last dot there may be nothing.
            .filter(|ascii| !ascii.is_empty() && !ascii.starts_with('.') && !ascii.contains(".."))
            .map(|ascii| out.push_str(&ascii)),
    };
    if done.is_none() {
        out.truncate(start);
    }
    done
}

fn push_by_uts46(out: &mut String, name: &str) -> Option<()> {
    let start = out.len();
    let outcome = Uts46::new().process(
        name.as_bytes(),
        AsciiDenyList::EMPTY,
        Hyphens::Allow,
        ErrorPolicy::FailFast,
        |_, _, _| false,
        out,
        None,
    );
    match outcome {
        Ok(ProcessingSuccess::Passthrough) => out.push_str(name),
        Ok(ProcessingSuccess::WroteToSink) => {}
        Err(_) => return None,
    }
    let ascii = &out[start..];
    // Some characters stand for ASCII ones; none of these may change where the host ends.
    let safe = !ascii
        .bytes()
        .any(|b| matches!(b, b'\\' | b'/' | b'?' | b'@' | b'#' | b':' | b'[' | b']'));
    (safe && ascii.is_ascii() && verify_dns_length(ascii, true)).then_some(())
}

/// The form for people: Punycode labels in Unicode, where they are valid.
pub(crate) fn to_unicode(name: &str, dialect: Dialect) -> Option<String> {
    match dialect {
        Dialect::Current => label_by_label(name, label_to_unicode),
        Dialect::Framework => label_by_label(name, framework::label_to_unicode),
    }
}

fn label_by_label(name: &str, convert: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    for (i, label) in name.split(DOTS).enumerate() {
        if i > 0 {
            out.push('.');
        }
        out.push_str(&convert(label)?);
    }
    Some(out)
}

fn label_to_unicode(label: &str) -> Option<String> {
    if !label.is_ascii() {
        let ascii = to_ascii(label, Dialect::Current)?;
        return valid_to_unicode(&ascii);
    }
    let decoded = label.starts_with("xn--").then(|| valid_to_unicode(label));
    Some(
        decoded
            .flatten()
            .unwrap_or_else(|| label.to_ascii_lowercase()),
    )
}

fn valid_to_unicode(label: &str) -> Option<String> {
    let (unicode, result) =
        Uts46::new().to_unicode(label.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow);
    result.is_ok().then(|| unicode.into_owned())
}
