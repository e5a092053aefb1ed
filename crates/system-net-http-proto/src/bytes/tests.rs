//! The word-wise check against the byte-wise definition.
use super::*;

fn is_value_byte(b: u8) -> bool {
    (b >= 0x20 && b != 0x7f) || b == b'\t'
}

#[test]
fn searches_agree_with_the_definitions() {
    for len in 0..40 {
        for at in 0..len {
            for b in 0..=255u8 {
                let mut bytes = vec![b'a'; len];
                bytes[at] = b;
                let bad = (!is_value_byte(b)).then_some(at);
                assert_eq!(bad_value_byte(&bytes), bad, "{b} at {at} of {len}");
                let token = if is_tchar(b) { len } else { at };
                assert_eq!(token_len(&bytes), token, "{b} at {at} of {len}");
                let graphic = if b.is_ascii_graphic() { len } else { at };
                assert_eq!(graphic_len(&bytes), graphic, "{b} at {at} of {len}");
            }
        }
    }
}

#[test]
fn neighbours_do_not_matter() {
    for a in 0..=255u8 {
        for b in 0..=255u8 {
            let bytes = [b'x', a, b, b'x', b'x', b'x', b'x', b'x', b'x'];
            let bad = bytes.iter().position(|&b| !is_value_byte(b));
            assert_eq!(bad_value_byte(&bytes), bad, "{a} {b}");
            let token = bytes
                .iter()
                .position(|&b| !is_tchar(b))
                .unwrap_or(bytes.len());
            assert_eq!(token_len(&bytes), token, "{a} {b}");
            let graphic = bytes.iter().position(|b| !b.is_ascii_graphic());
            assert_eq!(
                graphic_len(&bytes),
                graphic.unwrap_or(bytes.len()),
                "{a} {b}"
            );
            for from in 0..=bytes.len() {
                let control = bytes[from..].iter().position(|&b| b < 0x20 || b == 0x7f);
                let expected = control.map_or(bytes.len(), |at| from + at);
                assert_eq!(next_control(&bytes, from), expected, "{a} {b} from {from}");
            }
        }
    }
}

/// Each byte value at each place of a word, among letters and among what is looked for.
fn words() -> impl Iterator<Item = [u8; 8]> {
    (0..8usize).flat_map(|at| {
        (0..=255u8).flat_map(move |b| {
            [b'a', b'Z', b'-', b'`', b'[', b'{', b'@', 0, 0x80, 0xff].map(|other| {
                let mut word = [other; 8];
                word[at] = b;
                word
            })
        })
    })
}

#[test]
fn not_plain_marks_each_other_byte() {
    for word in words() {
        let marks = not_plain(u64::from_le_bytes(word)).to_le_bytes();
        let expected = word.map(|b| {
            if b.is_ascii_alphabetic() || b == b'-' {
                0
            } else {
                0x80
            }
        });
        assert_eq!(marks, expected, "{word:?}");
    }
}

#[test]
fn all_controls_are_marked_and_nothing_else() {
    for word in words() {
        let expected = word.map(|b| if b < 0x20 || b == 0x7f { 0x80 } else { 0 });
        let marks = all_controls(u64::from_le_bytes(word)).to_le_bytes();
        assert_eq!(marks, expected, "{word:?}");
        for len in 0..=8 {
            let mut expected = expected;
            expected[len..].fill(0);
            let marks = controls_at(&word[..len], 0).to_le_bytes();
            assert_eq!(marks, expected, "{:?}", &word[..len]);
        }
    }
}

#[test]
fn odd_bytes_and_ends_of_names_are_found() {
    for word in words() {
        for len in 0..=8 {
            for tail in [&b""[..], b"abcdefgh\r"] {
                let bytes = [&word[..len], tail].concat();
                let is_odd = |b: &u8| !(b' '..=b'~').contains(b);
                for from in 0..=bytes.len() {
                    let first = bytes[from..].iter().position(is_odd);
                    let expected = first.map_or(bytes.len(), |at| from + at);
                    assert_eq!(next_odd(&bytes, from), expected, "{bytes:?} from {from}");
                    let token = bytes[from..].iter().position(|&b| !is_tchar(b));
                    let expected = token.map_or(bytes.len(), |at| from + at);
                    assert_eq!(token_end(&bytes, from), expected, "{bytes:?} from {from}");
                }
                assert_eq!(next_odd(&bytes, 99), bytes.len());
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

#[test]
fn names_compare_without_case() {
    for name in [&b"content-length"[..], b"CONTENT-LENGTH", b"Content-Length"] {
        assert!(is_name(name, b"content-length"));
    }
    for b in (0x21..0x7f).filter(|b| *b != b'-') {
        assert!(!is_name(&[b], b"-"), "{b}");
        assert_eq!(is_name(&[b], b"k"), b == b'k' || b == b'K', "{b}");
    }
    assert!(!is_name(b"content-lengt", b"content-length"));
}
