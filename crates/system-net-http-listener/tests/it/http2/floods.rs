//! What clients may not do too often, and that they may do it a little. Rapid reset has a process of
//! its own: `h2_rapid_reset`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use system_net_http_listener::TestListener;
use system_net_testkit::{frame, frame_bytes, header_block};

use super::peer::{END, End, Peer, code, head, head_frames};
use crate::support::answering;

/// A listener, and how many requests its program saw.
fn counting() -> (TestListener, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let listener = answering(move |mut context| {
        count.fetch_add(1, Ordering::SeqCst);
        // Those who flood may be gone.
        let _ = context.response_mut().close_with("ok");
    });
    (listener, seen)
}

#[track_caller]
fn serves_others(listener: &TestListener) {
    let mut good = Peer::new(&listener.url(""));
    good.get(1, "/");
    assert_eq!(good.reply(1).text(), "ok");
}

/// Sends what `one` gives until the listener has enough, at most `most` times.
#[track_caller]
fn flood(peer: &mut Peer, most: usize, mut one: impl FnMut(usize) -> Vec<u8>) -> End {
    let mut round = 0;
    while round < most {
        // Many at once, as a flood comes.
        let bytes: Vec<u8> = (round..round + 50).flat_map(&mut one).collect();
        if !peer.try_send(&bytes) {
            break;
        }
        round += 50;
    }
    peer.end()
}

#[test]
fn h2_continuation_flood() {
    let (listener, seen) = counting();
    let begun = header_block(&head("GET", "/", &[]));
    for piece in [
        Vec::new(),
        header_block(&[("x", "y")]),
        header_block(&[("x-long", &"y".repeat(16_000))]),
        // One value that never ends.
        vec![0xff; 16_000],
    ] {
        let mut peer = Peer::new(&listener.url(""));
        peer.frame(frame::HEADERS, frame::END_STREAM, 1, &begun);
        let end = flood(&mut peer, 20_000, |_| {
            frame_bytes(frame::CONTINUATION, 0, 1, &piece)
        });
        let expected = [code::ENHANCE_YOUR_CALM, code::COMPRESSION, code::PROTOCOL];
        assert!(
            matches!(end, End::GoAway(code) if expected.contains(&code)),
            "{} bytes each: {end:?}",
            piece.len()
        );
        assert!(peer.replies.is_empty());
        serves_others(&listener);
    }
    assert_eq!(seen.load(Ordering::SeqCst), 4, "the good ones");
}

#[test]
fn h2_hpack_bomb() {
    let (listener, seen) = counting();
    // A field of 4,000 bytes goes into the table, to be named with one byte each time.
    let mut block = header_block(&head("GET", "/", &[]));
    block.extend([0x40, 1, b'x', 0x7f]);
    // RFC 7541 section 5.1: 4000 = 127 + 33 + 30 * 128.
    block.extend([33 | 0x80, 30]);
    block.extend([b'y'; 4000]);
    let first = 0x80 | 62;
    for (references, told) in [(20, 431), (16_000, 0), (100_000, 0)] {
        let mut peer = Peer::new(&listener.url(""));
        let mut bomb = block.clone();
        bomb.extend(std::iter::repeat_n(first, references));
        peer.try_send(&head_frames(1, END, &bomb));
        if told > 0 {
            assert_eq!(peer.reply(1).status(), told);
            // The table is as it should be: the next request may name the field.
            let mut next = header_block(&head("GET", "/", &[]));
            next.push(first);
            peer.frame(frame::HEADERS, END, 3, &next);
            assert_eq!(peer.reply(3).text(), "ok");
            continue;
        }
        let end = peer.end();
        assert_eq!(
            end,
            End::GoAway(code::ENHANCE_YOUR_CALM),
            "{references} references"
        );
    }
    // A head that is long without a trick.
    let mut peer = Peer::new(&listener.url(""));
    let long = "y".repeat(1000);
    let fields: Vec<_> = (0..80).map(|_| ("x", &*long)).collect();
    peer.head(1, END, &head("GET", "/", &fields));
    assert_eq!(peer.reply(1).status(), 431);
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    serves_others(&listener);
}

#[test]
fn frames_that_bring_nothing() {
    let (listener, _) = counting();
    let check = |what: &str, open: bool, one: &dyn Fn(usize) -> Vec<u8>| {
        let mut peer = Peer::new(&listener.url(""));
        peer.answers = false;
        peer.what = what.to_owned();
        if open {
            peer.head(1, frame::END_HEADERS, &head("POST", "/", &[]));
        }
        let end = flood(&mut peer, 20_000, one);
        assert_eq!(end, End::GoAway(code::ENHANCE_YOUR_CALM), "{what}");
        serves_others(&listener);
    };
    check("SETTINGS", false, &|_| {
        frame_bytes(frame::SETTINGS, 0, 0, &[])
    });
    check("SETTINGS that change", false, &|round| {
        let size = u8::try_from(round % 256).unwrap();
        frame_bytes(frame::SETTINGS, 0, 0, &[0, 1, 0, 0, size, 0])
    });
    check("PING", false, &|_| frame_bytes(frame::PING, 0, 0, &[0; 8]));
    check("PING acknowledged", false, &|_| {
        frame_bytes(frame::PING, frame::ACK, 0, &[0; 8])
    });
    check("PRIORITY", false, &|_| {
        frame_bytes(2, 0, 1, &[0, 0, 0, 0, 1])
    });
    check("unknown frames", false, &|_| {
        frame_bytes(99, 0, 0, b"whatever")
    });
    check("empty DATA", true, &|_| frame_bytes(frame::DATA, 0, 1, &[]));
    check("padding alone", true, &|_| {
        frame_bytes(frame::DATA, 8, 1, &[3, 0, 0, 0])
    });
    check("WINDOW_UPDATE", true, &|_| {
        frame_bytes(frame::WINDOW_UPDATE, 0, 0, &1u32.to_be_bytes())
    });
}

/// What a client needs now and then is no flood.
#[test]
fn a_little_of_it_is_allowed() {
    let (listener, _) = counting();
    let mut peer = Peer::new(&listener.url(""));
    for round in 0..1500 {
        peer.frame(frame::PING, 0, 0, &[7; 8]);
        if round % 100 == 99 {
            peer.ping();
        }
    }
    let mut stream = 1;
    for _ in 0..900 {
        peer.get(stream, "/");
        peer.reply(stream);
        // Too late to matter, and counted all the same.
        peer.reset(stream, code::CANCEL);
        stream += 2;
    }
    peer.get(stream, "/");
    assert_eq!(peer.reply(stream).text(), "ok");
}

/// More than may be under way at once are refused, and can be asked again.
#[test]
fn streams_above_the_limit_are_refused() {
    let listener = system_net_http_listener::HttpListener::test_http().unwrap();
    let mut options = listener.http2();
    options.streams = 5;
    listener.set_http2(options).unwrap();
    let mut peer = Peer::new(&listener.url(""));
    for stream in 0..6 {
        peer.get(2 * stream + 1, "/");
    }
    let refused = peer.reply(11);
    assert_eq!(refused.reset, Some(code::REFUSED));
    assert!(peer.settings.contains(&(3, 5)));
    for stream in 0..5 {
        let mut context = listener.get_context().unwrap();
        context.response_mut().close_with("ok").unwrap();
        assert_eq!(peer.reply(2 * stream + 1).text(), "ok");
    }
    peer.get(13, "/");
    let mut context = listener.get_context().unwrap();
    context.response_mut().close_with("ok").unwrap();
    assert_eq!(peer.reply(13).text(), "ok");
}
