//! What a caller may put into a header field, as .NET checks it.

use crate::Misuse;

/// Whether `byte` may stand in a header name. .NET also refuses the apostrophe, which RFC 9110
/// section 5.6.2 allows in tokens.
const fn is_name_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9')
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

pub(super) fn check_name(name: &str) -> Result<(), Misuse> {
    if name.is_empty() {
        return Err(Misuse::invalid_argument(
            "name",
            "a header name cannot be empty",
        ));
    }
    if !name.bytes().all(is_name_byte) {
        return Err(Misuse::invalid_argument(
            "name",
            "a header name consists of letters, digits and !#$%&*+-.^_`|~",
        ));
    }
    Ok(())
}

/// Takes off the white space around a value and checks the rest.
///
/// Refused are control characters but the tab, line breaks of every kind included (.NET lets a
/// folded line pass), and characters above U+00FF, which have no byte in a header.
pub(super) fn check_value(value: &str) -> Result<&str, Misuse> {
    let value = value.trim_matches(['\t', '\n', '\x0b', '\x0c', '\r', ' ']);
    // Only ASCII and text from U+0080 to U+00FF reaches the block, so one look per character.
    for c in value.chars() {
        match c {
            '\t' | ' '..='~' | '\u{80}'..='\u{ff}' => {}
            '\u{100}'.. => {
                return Err(Misuse::invalid_argument(
                    "value",
                    "a header value has no characters above U+00FF; encode it, for example as \
                     RFC 8187 says",
                ));
            }
            _ => {
                return Err(Misuse::invalid_argument(
                    "value",
                    "a header value has no line breaks and control characters",
                ));
            }
        }
    }
    Ok(value)
}

/// Appends checked text as Latin-1, one byte for a character.
pub(super) fn push_latin1(block: &mut Vec<u8>, text: &str) {
    if text.is_ascii() {
        block.extend_from_slice(text.as_bytes());
    } else {
        block.extend(
            text.chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')),
        );
    }
}
