//! IPv4 text: the strict form of RFC 3986 section 3.2.2 and the loose forms of `inet_aton`.

use std::net::Ipv4Addr;

/// Reads four decimal numbers without leading zeros up to a byte that `ends` accepts, or the end.
pub(crate) fn strict_prefix(text: &[u8], ends: impl Fn(u8) -> bool) -> Option<(Ipv4Addr, usize)> {
    decimal_prefix(text, false, ends)
}

/// As [`strict_prefix`], but the last number may have one leading zero: .NET looks for leading
/// zeros when it meets the dot behind a number.
pub(crate) fn lenient_prefix(text: &[u8], ends: impl Fn(u8) -> bool) -> Option<(Ipv4Addr, usize)> {
    decimal_prefix(text, true, ends)
}

fn decimal_prefix(
    text: &[u8],
    lenient: bool,
    ends: impl Fn(u8) -> bool,
) -> Option<(Ipv4Addr, usize)> {
    let mut octets = [0u8; 4];
    let mut i = 0;
    for (index, octet) in octets.iter_mut().enumerate() {
        if index > 0 {
            if text.get(i) != Some(&b'.') {
                return None;
            }
            i += 1;
        }
        let start = i;
        let mut value = 0u32;
        while let Some(digit) = text.get(i).filter(|b| b.is_ascii_digit()) {
            value = value * 10 + u32::from(digit - b'0');
            i += 1;
            let zero = i - start > 1 && text[start] == b'0';
            let tolerated = lenient && index == 3 && text.get(start + 1) != Some(&b'0');
            if value > 255 || (zero && !tolerated) {
                return None;
            }
        }
        if i == start {
            return None;
        }
        *octet = value as u8;
    }
    match text.get(i) {
        Some(&b) if !ends(b) => None,
        _ => Some((octets.into(), i)),
    }
}

/// Reads one to four numbers, each decimal, octal or hexadecimal; the last fills what is left.
pub(crate) fn loose_prefix(text: &[u8], ends: impl Fn(u8) -> bool) -> Option<(Ipv4Addr, usize)> {
    let mut address = 0u32;
    let mut i = 0;
    for part in 0..4u32 {
        let (value, next) = number(text, i)?;
        i = next;
        if part < 3 && text.get(i) == Some(&b'.') {
            // Only the last part may be larger than a byte.
            if value > 0xff {
                return None;
            }
            address |= value << (24 - 8 * part);
            i += 1;
            continue;
        }
        let room = u32::MAX >> (8 * part);
        if value > room {
            return None;
        }
        address |= value;
        return match text.get(i) {
            Some(&b) if !ends(b) => None,
            _ => Some((address.into(), i)),
        };
    }
    None
}

/// One number with the base its prefix tells: `0x` hexadecimal, `0` octal, else decimal.
fn number(text: &[u8], start: usize) -> Option<(u32, usize)> {
    let mut i = start;
    let mut base = 10;
    let mut seen = false;
    if text.get(i) == Some(&b'0') {
        (base, seen) = (8, true);
        i += 1;
        if matches!(text.get(i), Some(b'x' | b'X')) {
            (base, seen) = (16, false);
            i += 1;
        }
    }
    let mut value = 0u32;
    while let Some(digit) = text.get(i).and_then(|&b| (b as char).to_digit(base)) {
        value = value.checked_mul(base)?.checked_add(digit)?;
        seen = true;
        i += 1;
    }
    seen.then_some((value, i))
}
