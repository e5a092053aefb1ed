//! Frames in every cut; the limit, and what is earned.

use proptest::prelude::*;

use super::*;

const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;

fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload");
    let mut frame = length.to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags, 0, 0, 0, 0]);
    frame.extend(payload);
    frame
}

fn go_away(last: u32) -> Vec<u8> {
    let mut payload = last.to_be_bytes().to_vec();
    payload.extend([0, 0, 0, 0]);
    payload.extend(b"bye");
    frame(GO_AWAY, 0, &payload)
}

#[test]
fn frames_that_bring_nothing_are_counted_up_to_the_limit() {
    #[track_caller]
    fn check(one: &[u8]) {
        let mut watch = FrameWatch::default();
        for count in 1..=MOST_IDLE_FRAMES {
            assert_eq!(watch.read(one), Ok(None), "frame {count}");
        }
        assert_eq!(watch.read(one), Err(FrameFlood), "one above the limit");
    }
    check(&frame(PING, 0, &[0; 8]));
    check(&frame(SETTINGS, 0, &[]));
    check(&frame(DATA, 0, &[]));
    check(&frame(RST_STREAM, 0, &[0; 4]));
    check(&frame(0xee, 0, &[1, 2, 3]));
}

#[test]
fn what_brings_something_earns_frames() {
    let ping = frame(PING, 0, &[0; 8]);
    let mut watch = FrameWatch::default();
    for _ in 0..MOST_IDLE_FRAMES {
        assert_eq!(watch.read(&ping), Ok(None));
    }
    // One byte of a body: one frame. No more is earned than there was.
    assert_eq!(watch.read(&frame(DATA, 0, b"x")), Ok(None));
    assert_eq!(watch.read(&ping), Ok(None));
    // What was sent and is answered.
    watch.earn(1);
    assert_eq!(watch.read(&ping), Ok(None));
    assert_eq!(watch.read(&ping), Err(FrameFlood));

    let mut watch = FrameWatch::default();
    watch.earn(1 << 30);
    for _ in 0..MOST_IDLE_FRAMES {
        assert_eq!(watch.read(&ping), Ok(None));
    }
    assert_eq!(watch.read(&ping), Err(FrameFlood), "nothing is saved up");
}

#[test]
fn the_end_of_a_body_costs_nothing() {
    let end = frame(DATA, END_STREAM, &[]);
    let mut watch = FrameWatch::default();
    for _ in 0..2 * MOST_IDLE_FRAMES {
        assert_eq!(watch.read(&end), Ok(None));
    }
}

proptest! {
    #[test]
    fn go_away_is_found_in_every_cut(last in 0u32..1 << 31, cuts in prop::collection::vec(1usize..40, 1..60)) {
        let mut bytes = frame(SETTINGS, 0, &[0; 12]);
        bytes.extend(frame(DATA, 0, &[7; 100]));
        bytes.extend(go_away(last | 1 << 31));
        bytes.extend(frame(PING, 0, &[0; 8]));
        let mut watch = FrameWatch::default();
        let mut found = Vec::new();
        let mut rest = &bytes[..];
        let mut cuts = cuts.iter().cycle();
        while !rest.is_empty() {
            let n = rest.len().min(*cuts.next().expect("cuts never end"));
            found.extend(watch.read(&rest[..n]).expect("no flood"));
            rest = &rest[n..];
        }
        prop_assert_eq!(found, vec![last]);
    }
}

#[test]
fn the_longest_head_is_known() {
    #[track_caller]
    fn check(frames: &[(u8, u32, usize)], expected: (u32, u32)) {
        let mut watch = FrameWatch::default();
        for &(kind, stream, length) in frames {
            let mut bytes = frame(kind, 0, &vec![0; length]);
            bytes[5..9].copy_from_slice(&stream.to_be_bytes());
            for piece in bytes.chunks(7) {
                assert_eq!(watch.read(piece), Ok(None));
            }
        }
        let longest = watch.longest_head();
        assert_eq!((longest.stream, longest.bytes), expected);
    }
    check(&[], (0, 0));
    check(&[(DATA, 1, 100), (HEADERS, 3, 10)], (3, 10));
    check(&[(HEADERS, 1, 10), (HEADERS, 3, 5)], (1, 10));
    check(
        &[(HEADERS, 1, 10), (HEADERS, 3, 5), (CONTINUATION, 3, 6)],
        (3, 11),
    );
    // The reserved bit is no part of the stream's number.
    check(&[(HEADERS, 0x8000_0005, 1)], (5, 1));
}
