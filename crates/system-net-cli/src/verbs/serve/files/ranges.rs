//! Which bytes a `Range` asks for. No input or output.
//!
//! Read: RFC 9110 sections 14.1.1, 14.1.2, 14.2 and 15.5.17.

use std::ops::RangeInclusive;

/// Who asks for more parts is sent the whole.
const MOST: usize = 32;

/// What comes of a `Range`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing that is understood, or that is worth it: the field counts as not sent.
    Whole,
    /// These bytes, in the order in which they were asked for; at least one part.
    Parts(Vec<RangeInclusive<u64>>),
    /// Bytes that there are not.
    Unsatisfiable,
}

/// What the value of the field asks for of so many bytes.
pub(super) fn asked(value: &str, length: u64) -> Asked {
    let Some((unit, list)) = value.trim().split_once('=') else {
        return Asked::Whole;
    };
    if !unit.eq_ignore_ascii_case("bytes") {
        return Asked::Whole;
    }
    let mut parts = Vec::new();
    let mut any = false;
    for one in list.split(',').map(|one| one.trim_matches([' ', '\t'])) {
        // RFC 9110 section 5.6.1: empty elements of a list are ignored.
        if one.is_empty() {
            continue;
        }
        any = true;
        match part(one, length) {
            Ok(Some(part)) => parts.push(part),
            Ok(None) => {}
            Err(Invalid) => return Asked::Whole,
        }
    }
    if !any {
        return Asked::Whole;
    }
    let bytes = |part: &RangeInclusive<u64>| u128::from(part.end() - part.start()) + 1;
    let sum: u128 = parts.iter().map(bytes).sum();
    match parts.len() {
        0 => Asked::Unsatisfiable,
        // RFC 9110 section 14.2: many parts, or parts that overlap, are an attack or a mistake.
        more if more > MOST || (more > 1 && sum > u128::from(length)) => Asked::Whole,
        _ => Asked::Parts(parts),
    }
}

struct Invalid;

/// One part; `None` if it lies behind the end.
fn part(text: &str, length: u64) -> Result<Option<RangeInclusive<u64>>, Invalid> {
    let (first, last) = text.split_once('-').ok_or(Invalid)?;
    if first.is_empty() {
        let suffix = number(last)?.min(length);
        return Ok((suffix > 0).then(|| length - suffix..=length - 1));
    }
    let first = number(first)?;
    let last = match last {
        "" => u64::MAX,
        last => number(last)?,
    };
    if last < first {
        return Err(Invalid);
    }
    Ok((first < length).then(|| first..=last.min(length - 1)))
}

/// Only digits; what is too large for a number is beyond every end.
fn number(text: &str) -> Result<u64, Invalid> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Invalid);
    }
    Ok(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_ten_bytes() {
        #[track_caller]
        fn check(value: &str, expected: Asked) {
            assert_eq!(asked(value, 10), expected, "{value}");
        }
        let parts = |parts: &[RangeInclusive<u64>]| Asked::Parts(parts.to_vec());
        check("bytes=0-4", parts(&[0..=4]));
        check("bytes=0-0", parts(&[0..=0]));
        check("bytes=9-", parts(&[9..=9]));
        check("bytes=0-", parts(&[0..=9]));
        check("bytes=5-99", parts(&[5..=9]));
        check("bytes=5-99999999999999999999999", parts(&[5..=9]));
        check("bytes=-3", parts(&[7..=9]));
        check("bytes=-99", parts(&[0..=9]));
        check("Bytes=1-2", parts(&[1..=2]));
        check(" bytes=1-2 ", parts(&[1..=2]));
        check("bytes=0-1,3-4", parts(&[0..=1, 3..=4]));
        check("bytes=8-9 ,\t0-1, ,-1", parts(&[8..=9, 0..=1, 9..=9]));
        check("bytes=0-1,20-30", parts(&[0..=1]));
        // Behind the end.
        check("bytes=10-", Asked::Unsatisfiable);
        check("bytes=10-20,30-", Asked::Unsatisfiable);
        check("bytes=-0", Asked::Unsatisfiable);
        check("bytes=99999999999999999999999-", Asked::Unsatisfiable);
        // Not understood.
        for invalid in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=a-b",
            "bytes=1-a",
            "bytes=5-4",
            "bytes=+1-2",
            "bytes=1 -2",
            "bytes=0-1,x",
            "bytes=--1",
            "bytes=1-2-3",
            "lines=0-1",
            "bytes 0-1",
            "bytes=0x1-2",
        ] {
            check(invalid, Asked::Whole);
        }
        // Not worth it.
        check("bytes=0-,0-", Asked::Whole);
        check("bytes=0-5,4-9", Asked::Whole);
        check(&format!("bytes={}", "0-0,".repeat(MOST + 1)), Asked::Whole);
        assert!(matches!(asked("bytes=0-6,5-9", 100), Asked::Parts(_)));
    }

    #[test]
    fn nothing_has_no_parts() {
        for value in ["bytes=0-", "bytes=-1", "bytes=0-0"] {
            assert_eq!(asked(value, 0), Asked::Unsatisfiable, "{value}");
        }
        let most = asked("bytes=-1", u64::MAX);
        assert_eq!(most, Asked::Parts(vec![u64::MAX - 1..=u64::MAX - 1]));
    }
}
