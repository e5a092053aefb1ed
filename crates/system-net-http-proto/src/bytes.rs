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
///
/// Names are mostly letters and hyphens; eight of those are passed in one step.
#[inline]
pub(crate) fn token_len(bytes: &[u8]) -> usize {
    token_end(bytes, 0)
}

/// Where the token ends that begins at `from`.
#[inline]
pub(crate) fn token_end(bytes: &[u8], from: usize) -> usize {
    let mut rest = bytes.get(from..).unwrap_or_default();
    let mut at = loop {
        let Some((word, behind)) = rest.split_first_chunk::<8>() else {
            break bytes.len() - rest.len();
        };
        let others = not_plain(u64::from_le_bytes(*word));
        if others != 0 {
            break bytes.len() - rest.len() + others.trailing_zeros() as usize / 8;
        }
        rest = behind;
    };
    while at < bytes.len() && is_tchar(bytes[at]) {
        at += 1;
    }
    at
}

/// The place of the first byte from `from` on that is none of the visible characters of ASCII and
/// spaces, or the length.
#[inline]
pub(crate) fn next_odd(bytes: &[u8], from: usize) -> usize {
    let mut rest = bytes.get(from..).unwrap_or_default();
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        let found = odd(u64::from_le_bytes(*word));
        if found != 0 {
            return bytes.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    let in_rest = rest.iter().position(|b| !(b' '..=b'~').contains(b));
    bytes.len() - rest.len() + in_rest.unwrap_or(rest.len())
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bit of each byte that is neither a letter nor a hyphen.
#[inline]
fn not_plain(word: u64) -> u64 {
    // Without their high bits the bytes cannot carry into each other.
    let low = word & !HIGH;
    let lower = low | (ONES * 0x20);
    let from_a = lower + (ONES * u64::from(0x80 - b'a'));
    let past_z = lower + (ONES * u64::from(0x7f - b'z'));
    let not_hyphen = (low ^ (ONES * u64::from(b'-'))) + !HIGH;
    ((!from_a | past_z) & not_hyphen | word) & HIGH
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

/// The first byte that may not stand in a field value.
#[inline]
pub(crate) fn bad_value_byte(value: &[u8]) -> Option<usize> {
    let mut at = 0;
    for chunk in value.as_chunks::<32>().0 {
        if has_control(chunk) {
            break;
        }
        at += chunk.len();
    }
    loop {
        at = next_control(value, at);
        match value.get(at) {
            None => return None,
            Some(b'\t') => at += 1,
            Some(_) => return Some(at),
        }
    }
}

/// Whether a byte is below 0x20 or equal to 0x7f. Compilers look at sixteen in one step.
#[inline]
fn has_control(bytes: &[u8; 32]) -> bool {
    bytes
        .iter()
        .fold(false, |found, &b| found | (b < b' ') | (b == 0x7f))
}

/// The place of the first byte from `from` on that is below 0x20 or equal to 0x7f, or the length.
///
/// Such bytes end lines and are rare otherwise, so eight are looked at in one step.
#[inline]
pub(crate) fn next_control(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(word) = word_at(bytes, at) {
        let found = controls(word);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let found = controls(last_bytes(bytes, at));
    if found == 0 {
        bytes.len()
    } else {
        at + found.trailing_zeros() as usize / 8
    }
}

/// The high bit of each of the eight bytes from `at` on that is below 0x20 or equal to 0x7f, exactly;
/// bytes behind the end are none.
#[inline]
pub(crate) fn controls_at(bytes: &[u8], at: usize) -> u64 {
    match word_at(bytes, at) {
        Some(word) => all_controls(word),
        None => all_controls(last_bytes(bytes, at)),
    }
}

/// How many bytes at the front are visible ASCII characters.
#[inline]
pub(crate) fn graphic_len(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(word) = word_at(bytes, at) {
        let found = not_graphic(word);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let found = not_graphic(last_bytes(bytes, at));
    if found == 0 {
        bytes.len()
    } else {
        at + found.trailing_zeros() as usize / 8
    }
}

/// The eight bytes from `at` on, the first one lowest.
#[inline]
fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    let word = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*word))
}

/// The bytes from `at` on, which are less than eight, as the low ones of a word; above them stand
/// letters.
#[inline]
fn last_bytes(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    let bits = 8 * rest.len() as u32;
    let letters = ONES * u64::from(b'a');
    match bytes.last_chunk::<8>() {
        _ if rest.is_empty() => letters,
        Some(last) => (u64::from_le_bytes(*last) >> (64 - bits)) | (letters << bits),
        None => {
            let low = rest
                .iter()
                .rev()
                .fold(0, |word, &b| (word << 8) | u64::from(b));
            low | (letters << bits)
        }
    }
}

/// The high bit of each byte that is below 0x20 or equal to 0x7f. Bytes above the lowest such one
/// may be marked wrongly.
#[inline]
fn controls(word: u64) -> u64 {
    let below = word.wrapping_sub(ONES * 0x20) & !word;
    let delete = word ^ (ONES * 0x7f);
    let is_delete = delete.wrapping_sub(ONES) & !delete;
    (below | is_delete) & HIGH
}

/// The high bit of each byte that is below 0x20 or above 0x7e. Bytes above the lowest such one may be
/// marked wrongly.
#[inline]
fn odd(word: u64) -> u64 {
    (word.wrapping_sub(ONES * 0x20) | word.wrapping_add(ONES)) & HIGH
}

/// The high bit of each byte that is below 0x20 or equal to 0x7f.
#[inline]
fn all_controls(word: u64) -> u64 {
    // Without their high bits the bytes cannot carry into each other.
    let low = word & !HIGH;
    let not_below = low + (ONES * 0x60);
    let not_delete = (low ^ !HIGH) + !HIGH;
    !((not_below & not_delete) | word) & HIGH
}

/// The high bit of each byte that is not a visible ASCII character. Bytes above the lowest such one
/// may be marked wrongly.
#[inline]
fn not_graphic(word: u64) -> u64 {
    (controls(word) | (word ^ (ONES * 0x20)).wrapping_sub(ONES) | word) & HIGH
}

/// Whether `bytes` is `lower` in any letter case. `lower` has small letters and hyphens only, and
/// `bytes` has no control characters; so setting one bit makes equals of what is equal.
#[inline]
pub(crate) fn is_name<const N: usize>(bytes: &[u8], lower: &[u8; N]) -> bool {
    let Ok(bytes) = <&[u8; N]>::try_from(bytes) else {
        return false;
    };
    let mut difference = 0;
    for i in 0..N {
        difference |= (bytes[i] | 0x20) ^ lower[i];
    }
    difference == 0
}

#[cfg(test)]
mod tests;
