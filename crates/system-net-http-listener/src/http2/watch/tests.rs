//! Floods, in whatever pieces they come, on a clock that stands still and one that goes on.

use std::cell::Cell;
use std::time::Duration;

use system_net_primitives::{Clock, FakeClock};

use super::super::options::HttpListenerHttp2Options;
use super::{Fault, FrameWatch};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

fn options() -> HttpListenerHttp2Options {
    HttpListenerHttp2Options {
        resets: 3,
        resets_per_second: 2,
        idle_frames: 5,
        idle_frames_per_second: 10,
        ..Default::default()
    }
}

fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags, 0, 0, 0, 1]);
    bytes.extend(payload);
    bytes
}

/// How many of a frame pass.
fn passes(one: &[u8], piece: usize) -> (usize, Fault) {
    let now = FakeClock::default().now();
    let mut watch = FrameWatch::new(&options(), now);
    watch.read(PREFACE, || now).unwrap();
    for round in 0..1000 {
        for piece in one.chunks(piece) {
            if let Err(flood) = watch.read(piece, || now) {
                return (round, flood);
            }
        }
    }
    panic!("1000 pass");
}

#[test]
fn floods_are_counted_at_their_limits() {
    for piece in [1, 4, 9, 10, 1000] {
        assert_eq!(passes(&frame(3, 0, &[0; 4]), piece), (3, Fault::Resets));
        for (kind, flags, payload) in [
            (6, 0, &[0; 8][..]),
            (6, 1, &[0; 8]),
            (4, 0, &[]),
            (2, 0, &[0; 5]),
            (8, 0, &[0; 4]),
            (0, 0, &[]),
            (0, 8, &[3, 0, 0, 0]),
            (0, 8, &[0]),
            (99, 0, b"x"),
        ] {
            let (round, flood) = passes(&frame(kind, flags, payload), piece);
            assert_eq!((round, flood), (5, Fault::IdleFrames), "{kind} {flags}");
        }
    }
}

#[test]
fn time_and_work_make_up_for_it() {
    let start = FakeClock::default().now();
    let now = Cell::new(start);
    let mut watch = FrameWatch::new(&options(), start);
    watch.read(PREFACE, || now.get()).unwrap();
    let reset = frame(3, 0, &[0; 4]);
    for _ in 0..3 {
        watch.read(&reset, || now.get()).unwrap();
    }
    now.set(start + Duration::from_secs(1));
    for _ in 0..2 {
        watch.read(&reset, || now.get()).unwrap();
    }
    assert_eq!(watch.read(&reset, || now.get()), Err(Fault::Resets));
    let mut watch = FrameWatch::new(&options(), start);
    watch.read(PREFACE, || start).unwrap();
    // Bodies, and what the client was sent, are worth frames without a body.
    let ping = frame(6, 0, &[0; 8]);
    let data = frame(0, 0, &[0; 600]);
    for _ in 0..100 {
        watch.read(&ping, || start).unwrap();
        watch.read(&data, || start).unwrap();
    }
    let update = frame(8, 0, &[0; 4]);
    let sent = frame(0, 0, b"x");
    for _ in 0..100 {
        for piece in sent.chunks(4) {
            watch.wrote(piece);
        }
        watch.read(&update, || start).unwrap();
        watch.read(&update, || start).unwrap();
    }
    // Answers to what the client has sent itself are worth nothing.
    let mut watch = FrameWatch::new(&options(), start);
    watch.read(PREFACE, || start).unwrap();
    for round in 0..6 {
        watch.wrote(&frame(6, 1, &[0; 8]));
        watch.wrote(&frame(4, 1, &[]));
        let read = watch.read(&ping, || start);
        assert_eq!(read.is_err(), round == 5);
    }
}

/// What a frame of a body makes up for is measured by its bytes: one of them is worth one frame.
#[test]
fn small_bodies_make_up_for_little() {
    let now = FakeClock::default().now();
    let ping = frame(6, 0, &[0; 8]);
    for (bytes, worth) in [(1, 1), (255, 1), (256, 2), (600, 3)] {
        let mut watch = FrameWatch::new(&options(), now);
        watch.read(PREFACE, || now).unwrap();
        for _ in 0..5 {
            watch.read(&ping, || now).unwrap();
        }
        watch.read(&frame(0, 0, &vec![0; bytes]), || now).unwrap();
        for _ in 0..worth {
            watch.read(&ping, || now).unwrap();
        }
        let flood = watch.read(&ping, || now);
        assert_eq!(flood, Err(Fault::IdleFrames), "{bytes}");
    }
}

#[test]
fn what_hangs() {
    let now = FakeClock::default().now();
    let mut watch = FrameWatch::new(&options(), now);
    let mut feed = |bytes: &[u8], hangs: bool| {
        watch.read(bytes, || now).unwrap();
        assert_eq!(watch.hangs(), hangs, "{bytes:?}");
    };
    feed(&PREFACE[..10], true);
    feed(&PREFACE[10..], false);
    let head = frame(1, 4, b"abc");
    feed(&head[..1], true);
    feed(&head[1..10], true);
    feed(&head[10..], false);
    feed(&frame(1, 0, b"abc"), true);
    feed(&frame(9, 0, b"abc"), true);
    feed(&frame(9, 4, b"abc"), false);
    // A body may take its time: who reads it waits for it.
    feed(&frame(0, 0, b"abc")[..10], false);
}
