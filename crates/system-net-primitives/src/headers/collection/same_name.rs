//! Comparing names without regard to letter case, eight bytes at a time: the hottest loop of the
//! collection.

/// One of each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The bit in which upper and lower case differ, in each byte.
const CASE: u64 = 0x20 * ONES;
/// The highest bit of each byte.
const HIGH: u64 = 0x80 * ONES;

/// As `eq_ignore_ascii_case` for two names of equal length.
#[inline]
pub(super) fn same_name(a: &[u8], b: &[u8]) -> bool {
    match (a.last_chunk(), b.last_chunk()) {
        // The last eight bytes may lap over those before; that costs less than a byte each.
        (Some(last_a), Some(last_b)) => {
            let words = a.as_chunks().0.iter().zip(b.as_chunks().0);
            same_word(last_a, last_b) && words.into_iter().all(|(a, b)| same_word(a, b))
        }
        _ => a
            .iter()
            .zip(b)
            .all(|(a, b)| a == b || a.eq_ignore_ascii_case(b)),
    }
}

#[inline]
fn same_word(a_bytes: &[u8; 8], b_bytes: &[u8; 8]) -> bool {
    let (a, b) = (u64::from_ne_bytes(*a_bytes), u64::from_ne_bytes(*b_bytes));
    let difference = a ^ b;
    if difference & !CASE != 0 {
        return false;
    }
    if difference == 0 {
        return true;
    }
    if a & HIGH != 0 {
        // No byte of a name; the sums below would carry over.
        return a_bytes.eq_ignore_ascii_case(b_bytes);
    }
    // A byte may differ in case if it is a letter: in lower case at least `a`, and not above `z`.
    let lower = a | CASE;
    let from_a = lower + (0x80 - b'a' as u64) * ONES;
    let above_z = lower + (0x7f - b'z' as u64) * ONES;
    let letters = from_a & !above_z & HIGH;
    (difference << 2) & !letters == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_pair_of_bytes_at_each_place() {
        for a in 0..=u8::MAX {
            for b in 0..=u8::MAX {
                for (length, place) in [(1, 0), (7, 3), (8, 0), (8, 7), (11, 2), (11, 9), (16, 15)]
                {
                    let (mut left, mut right) = (vec![b'x'; length], vec![b'X'; length]);
                    (left[place], right[place]) = (a, b);
                    assert_eq!(
                        same_name(&left, &right),
                        a.eq_ignore_ascii_case(&b),
                        "{a} {b}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn as_the_plain_comparison(pairs in prop::collection::vec((any::<u8>(), 0..4), 0..40)) {
            let a: Vec<u8> = pairs.iter().map(|(byte, _)| *byte).collect();
            // Most bytes differ in the bit of the letter case or not at all.
            let change = |(byte, how): &(u8, i32)| match how {
                0 => byte ^ 0x20,
                1 => byte.to_ascii_lowercase(),
                2 => byte.to_ascii_uppercase(),
                _ => *byte,
            };
            let b: Vec<u8> = pairs.iter().map(change).collect();
            prop_assert_eq!(same_name(&a, &b), a.eq_ignore_ascii_case(&b));
        }
    }
}
