//! International domain names, label by label as .NET does it: by UTS 46, and in the modes of .NET
//! Framework by its own rules ([`framework`]).

mod framework;

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::escape::Dialect;
use crate::iri::is_bidi_control;

/// What ends a label.
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{FF0E}', '\u{FF61}'];

/// The form for DNS: ASCII, lower case. `None` if there is none for the name.
pub(crate) fn to_ascii(name: &str, dialect: Dialect) -> Option<Cow<'_, str>> {
    if name.is_ascii() {
        return Some(if name.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            Cow::Borrowed(name)
        });
    }
    let stripped: String = name.chars().filter(|&c| !is_bidi_control(c)).collect();
    if dialect == Dialect::Framework {
        let ascii = label_by_label(&stripped, framework::label_to_ascii)?;
        // Only behind the last dot there may be nothing.
        let whole = !ascii.is_empty() && !ascii.starts_with('.') && !ascii.contains("..");
        return whole.then_some(Cow::Owned(ascii));
    }
    let ascii = Uts46::new()
        .to_ascii(
            stripped.as_bytes(),
            AsciiDenyList::EMPTY,
            Hyphens::Allow,
            DnsLength::VerifyAllowRootDot,
        )
        .ok()?;
    // Some characters stand for ASCII ones; none of these may change where the host ends.
    let safe = !ascii
        .bytes()
        .any(|b| matches!(b, b'\\' | b'/' | b'?' | b'@' | b'#' | b':' | b'[' | b']'));
    safe.then(|| Cow::Owned(ascii.into_owned()))
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
