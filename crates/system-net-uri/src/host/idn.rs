//! International domain names: UTS 46 both ways, label by label as .NET does it.

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::iri::is_bidi_control;

/// The form for DNS: ASCII, lower case. `None` if UTS 46 has none for the name.
pub(crate) fn to_ascii(name: &str) -> Option<Cow<'_, str>> {
    if name.is_ascii() {
        return Some(if name.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            Cow::Borrowed(name)
        });
    }
    let stripped: String = name.chars().filter(|&c| !is_bidi_control(c)).collect();
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
pub(crate) fn to_unicode(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    for (i, label) in name
        .split(['.', '\u{3002}', '\u{FF0E}', '\u{FF61}'])
        .enumerate()
    {
        if i > 0 {
            out.push('.');
        }
        if label.is_ascii() {
            match label
                .starts_with("xn--")
                .then(|| label_to_unicode(label))
                .flatten()
            {
                Some(unicode) => out.push_str(&unicode),
                None => out.extend(label.chars().map(|c| c.to_ascii_lowercase())),
            }
        } else {
            let ascii = to_ascii(label)?;
            out.push_str(&label_to_unicode(&ascii)?);
        }
    }
    Some(out)
}

fn label_to_unicode(label: &str) -> Option<String> {
    let (unicode, result) =
        Uts46::new().to_unicode(label.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow);
    result.is_ok().then(|| unicode.into_owned())
}
