//! International domain names as .NET Framework converts them, for the modes that only it has:
//! RFC 3490 with compatibility forms (NFKC) for its tables, instead of UTS 46.
//!
//! A label that UTS 46 refuses or changes (a combining mark in front, a soft hyphen, a capital
//! sharp s) is encoded as it is; a character beyond the basic plane has no place in a name.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_public_assigned;

use crate::escape::Dialect;
use crate::host::domain;

/// What Punycode labels begin with.
const PREFIX: &str = "xn--";
/// RFC 1034 section 3.1: a label is limited to 63 octets.
const LABEL_LIMIT: usize = 63;

/// RFC 3490 section 4.1 for one label.
pub(super) fn label_to_ascii(label: &str) -> Option<String> {
    let prepared = if label.is_ascii() {
        label.to_ascii_lowercase()
    } else {
        prepare(label)?
    };
    let ascii = if prepared.is_ascii() {
        prepared
    } else if prepared.starts_with(PREFIX) {
        return None;
    } else {
        format!("{PREFIX}{}", idna::punycode::encode_str(&prepared)?)
    };
    (ascii.len() <= LABEL_LIMIT).then_some(ascii)
}

/// RFC 3490 section 4.2 for one label. Punycode that does not lead back stays as it is, and so does
/// what leads to no name: to a `-` in front, or to more characters than a label may have.
pub(super) fn label_to_unicode(label: &str) -> Option<String> {
    let label = if label.is_ascii() {
        label.to_ascii_lowercase()
    } else {
        prepare(label)?
    };
    let decoded = label
        .strip_prefix(PREFIX)
        .and_then(idna::punycode::decode_to_string)
        .filter(|decoded| domain::scan(decoded, 0, true, |_| false) == Some(decoded.len()))
        .filter(|decoded| label_to_ascii(decoded).as_ref() == Some(&label));
    Some(decoded.unwrap_or(label))
}

/// RFC 3491, as far as the Framework does it: small letters, compatibility forms, and none of the
/// characters that a name must not have.
fn prepare(label: &str) -> Option<String> {
    let lower = |c| domain::lower_invariant(c, Dialect::Framework);
    let prepared: String = label.chars().map(lower).nfkc().collect();
    prepared
        .chars()
        .all(may_stand_in_a_name)
        .then_some(prepared)
}

fn may_stand_in_a_name(c: char) -> bool {
    match c {
        // What compatibility forms leave behind: neither blanks nor the delimiters of a URI.
        '\0'..='\x7F' => c.is_ascii_alphanumeric() || matches!(c, '-' | '_'),
        // RFC 3454 tables C.1.2, C.2.2, C.4 and C.6 to C.8.
        '\u{80}'..='\u{A0}' => false,
        '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => false,
        '\u{340}' | '\u{341}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' => false,
        '\u{206A}'..='\u{206F}' | '\u{2FF0}'..='\u{2FFF}' => false,
        '\u{FDDF}'..='\u{FDEF}' | '\u{FFF9}'..='\u{FFFF}' => false,
        // The Framework takes such a character for two, neither of which stands for anything.
        '\u{10000}'.. => false,
        // Table A.1, of the Unicode of today.
        _ => is_public_assigned(c),
    }
}
