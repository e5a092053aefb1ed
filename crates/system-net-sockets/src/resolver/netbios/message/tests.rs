//! Questions byte by byte, and answers as others write them, whole and broken.

use proptest::prelude::*;

use super::*;

/// `FRED` with 00 behind, by the example of RFC 1001 section 14.1 but for its last letters, which are
/// those of blanks there.
const FRED: &[u8] = b"\x20EGFCEFEECACACACACACACACACACACAAA\0";

fn asked() -> Vec<u8> {
    question(0x1234, Some((b"FRED", Purpose::Workstation)), false)
}

fn answer(flags: u16, kind: u16, data: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    for word in [0x1234, flags, 0, 1, 0, 0] {
        message.extend(u16::to_be_bytes(word));
    }
    message.extend(FRED);
    message.extend(kind.to_be_bytes());
    message.extend([0, 1, 0, 0, 0, 0]);
    message.extend((data.len() as u16).to_be_bytes());
    message.extend(data);
    message
}

#[test]
fn questions_are_those_of_the_rfc() {
    let mut expected = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0".to_vec();
    expected.extend(FRED);
    expected.extend(b"\0\x20\0\x01");
    assert_eq!(asked(), expected);
    let broadcast = question(0x1234, Some((b"FRED", Purpose::Server)), true);
    assert_eq!(broadcast[2..4], [0x01, 0x10]);
    assert_eq!(
        &broadcast[12..46],
        b"\x20EGFCEFEECACACACACACACACACACACACA\0"
    );
    let status = question(1, None, false);
    let name = b"\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0\0\x21\0\x01";
    assert_eq!((&status[2..4], &status[12..]), (&[0, 0][..], &name[..]));
}

#[track_caller]
fn check(message: &[u8], expected: Option<Reply>) {
    assert_eq!(reply(message, &asked()), expected, "{message:?}");
}

#[test]
fn answers_are_read() {
    let one = |text: &str| text.parse::<Ipv4Addr>().unwrap();
    let data = b"\0\0\x0a\0\0\x07\x60\0\x0a\0\0\x08\0\0\x0a\0\0\x07";
    let both = Some(Reply::Addresses(vec![one("10.0.0.7"), one("10.0.0.8")]));
    check(&answer(0x8500, 0x20, data), both);
    // A group's addresses, and such as nobody has, are no host's.
    for data in [
        b"\x80\0\x0a\0\0\x07",
        b"\0\0\0\0\0\0",
        b"\0\0\xff\xff\xff\xff",
        b"\0\0\xe0\0\0\x01",
    ] {
        check(&answer(0x8500, 0x20, data), Some(Reply::Negative));
    }
    check(&answer(0x8583, 0x0a, b""), Some(Reply::Negative));
    // Without a record, by WINS of some makers.
    check(b"\x12\x34\x85\x83\0\0\0\0\0\0\0\0", Some(Reply::Negative));
    // Another question's, a question itself, cut ones, other kinds.
    let good = answer(0x8500, 0x20, b"\0\0\x0a\0\0\x07");
    for (at, byte) in [
        (0, 0),
        (2, 0x05),
        (2, 0xad),
        (2, 0x87),
        (7, 0),
        (13, b'X'),
        (47, 0x21),
        (49, 2),
    ] {
        let mut other = good.clone();
        other[at] = byte;
        check(&other, None);
    }
    for length in 0..good.len() {
        check(&good[..length], None);
    }
    check(&answer(0x8500, 0x20, b""), None);
    check(&answer(0x8500, 0x20, b"\0\0\x0a\0\0"), None);
    // A pointer to the name in the question that is repeated, and one to itself.
    let mut pointed = b"\x12\x34\x85\0\0\x01\0\x01\0\0\0\0".to_vec();
    pointed.extend(FRED);
    pointed.extend(b"\0\x20\0\x01\xc0\x0c\0\x20\0\x01\0\0\0\0\0\x06\0\0\x0a\0\0\x07");
    check(&pointed, Some(Reply::Addresses(vec![one("10.0.0.7")])));
    pointed[51] = 50;
    check(&pointed, None);
}

#[test]
fn names_of_a_status_are_read() {
    let asked = question(0x1234, None, false);
    let name = |text: &[u8], purpose: u8, flags: u16| {
        let mut entry = [b' '; 18];
        entry[..text.len()].copy_from_slice(text);
        entry[15] = purpose;
        entry[16..].copy_from_slice(&flags.to_be_bytes());
        entry
    };
    let status = |names: &[[u8; 18]]| {
        let mut data = vec![names.len() as u8];
        names.iter().for_each(|name| data.extend(name));
        data.extend([0; 46]);
        let mut message = answer(0x8400, 0x21, &data);
        message[12..46].copy_from_slice(&asked[12..46]);
        reply(&message, &asked)
    };
    let office = name(b"OFFICE", 0, 0x8400);
    let messenger = name(b"JOE", 3, 0x0400);
    let own = name(b"PRINTER-9", 0, 0x0400);
    let printer = Some(Reply::Name(Some("PRINTER-9".to_owned())));
    assert_eq!(status(&[office, messenger, own]), printer);
    assert_eq!(status(&[office, messenger]), Some(Reply::Name(None)));
    assert_eq!(
        status(&[name(b"a\x1bb", 0, 0x0400)]),
        Some(Reply::Name(None))
    );
    // More are announced than there are.
    let mut message = answer(0x8400, 0x21, &[9, 1, 2]);
    message[12..46].copy_from_slice(&asked[12..46]);
    assert_eq!(reply(&message, &asked), None);
}

proptest! {
    #[test]
    fn anything_may_come(bytes in prop::collection::vec(any::<u8>(), 0..120), at in 0..60usize) {
        let _ = reply(&bytes, &asked());
        let mut changed = answer(0x8500, 0x20, b"\0\0\x0a\0\0\x07");
        if let Some(place) = changed.get_mut(at) {
            *place = bytes.first().copied().unwrap_or_default();
        }
        let _ = reply(&changed, &asked());
    }
}
