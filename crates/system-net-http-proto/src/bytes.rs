//! Classes of bytes in the grammar of HTTP, as table lookups and word-wise checks.

/// RFC 9110 section 5.6.2: `tchar`, the characters of a token.
static TCHAR: [bool; 256] = {
    let mut table = [false; 256];
    let mut i = 0;
    while i < 128 {
        let b = i as u8;
        table[i] = b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        i += 1;
    }
    table
};

#[inline]
pub(crate) fn is_tchar(b: u8) -> bool {
    TCHAR[usize::from(b)]
}

/// How many bytes at the front of `bytes` are characters of a token.
#[inline]
pub(crate) fn token_len(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&b| !is_tchar(b))
        .unwrap_or(bytes.len())
}

#[inline]
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && token_len(bytes) == bytes.len()
}

/// Optional white space of RFC 9110 section 5.6.3.
#[inline]
pub(crate) fn is_ows(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

/// `bytes` without optional white space at both ends.
#[inline]
pub(crate) fn trim_ows(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_ows(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_ows(*last)
    {
        bytes = rest;
    }
    bytes
}

/// May `b` stand in a field value? RFC 9110 section 5.5: visible characters, space, tab, obs-text.
#[inline]
fn is_value_byte(b: u8) -> bool {
    (b >= 0x20 && b != 0x7f) || b == b'\t'
}

/// The first byte that may not stand in a field value.
///
/// Header values are long and nearly always clean, so eight bytes are looked at in one step; only
/// a word with a byte below 0x20 or equal to 0x7f is looked at byte by byte.
#[inline]
pub(crate) fn bad_value_byte(value: &[u8]) -> Option<usize> {
    let (words, rest) = value.as_chunks::<8>();
    if words
        .iter()
        .any(|word| has_control(u64::from_le_bytes(*word)))
    {
        return value.iter().position(|&b| !is_value_byte(b));
    }
    let tail_clean = match value.last_chunk::<8>() {
        _ if rest.is_empty() => true,
        // The last eight bytes overlap what was checked already; that is cheaper than a loop.
        Some(word) => !has_control(u64::from_le_bytes(*word)),
        None => rest.iter().all(|&b| is_value_byte(b)),
    };
    if tail_clean {
        None
    } else {
        value.iter().position(|&b| !is_value_byte(b))
    }
}

/// Is any of the eight bytes below 0x20 or equal to 0x7f?
#[inline]
fn has_control(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let below = word.wrapping_sub(ONES * 0x20) & !word;
    let delete = word ^ (ONES * 0x7f);
    let is_delete = delete.wrapping_sub(ONES) & !delete;
    (below | is_delete) & HIGH != 0
}

#[cfg(test)]
mod tests {
    //! The word-wise check against the byte-wise definition.
    use super::*;

    #[test]
    fn bad_value_byte_agrees_with_the_definition() {
        for len in 0..40 {
            for at in 0..len {
                for b in 0..=255u8 {
                    let mut value = vec![b'a'; len];
                    value[at] = b;
                    let expected = (!is_value_byte(b)).then_some(at);
                    assert_eq!(bad_value_byte(&value), expected, "{b} at {at} of {len}");
                }
            }
        }
    }

    #[test]
    fn tabs_do_not_hide_later_controls() {
        assert_eq!(bad_value_byte(b"a\tbcdefghijklmnop"), None);
        assert_eq!(bad_value_byte(b"a\tbcdefghijk\x01mnop"), Some(12));
        assert_eq!(bad_value_byte(b"abcdefgh\t\n"), Some(9));
    }
}
