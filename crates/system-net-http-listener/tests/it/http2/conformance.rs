//! Frames, and what has to be answered to them: RFC 9113 and RFC 7541, section by section.
//!
//! An error of a stream may be treated as one of the connection (RFC 9113 section 5.4.2), so that either
//! answer to one is right here.

use system_net_http_listener::TestListener;
use system_net_testkit::{frame, frame_bytes, header_block};

use super::peer::{END, End, PREFACE, Peer, code, head};
use crate::support::answering;

pub(super) const OPEN: u8 = frame::END_HEADERS;
const PADDED: u8 = 8;
const PRIORITY: u8 = 0x20;

/// What has to come back.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    /// The response of the stream, with this status.
    Status(u32, u16),
    /// An error of the stream: RST_STREAM, or else GOAWAY, with this code.
    Stream(u32, u32),
    /// An error of the connection: GOAWAY with one of these codes.
    Connection(&'static [u32]),
    /// As `Connection`, or the frame is ignored.
    Tolerated(&'static [u32]),
    /// The connection ends, with or without a GOAWAY.
    Ended,
    /// The connection goes on: a PING is answered.
    GoesOn,
}
use Expected::{Connection, Ended, GoesOn, Status, Stream, Tolerated};

pub(super) fn listener() -> TestListener {
    answering(|mut context| {
        let mut body = Vec::new();
        let read = std::io::Read::read_to_end(&mut context.request().input_stream(), &mut body);
        if read.is_ok() {
            let _ = context.response_mut().close_with("ok");
        }
    })
}

/// A listener that leaves requests without an answer.
fn silent() -> TestListener {
    system_net_http_listener::HttpListener::test_http().unwrap()
}

#[track_caller]
pub(super) fn check(listener: &TestListener, what: &str, bytes: &[u8], expected: Expected) {
    let mut peer = Peer::new(&listener.url(""));
    meets(&mut peer, what, bytes, expected);
}

#[track_caller]
fn meets(peer: &mut Peer, what: &str, bytes: &[u8], expected: Expected) {
    peer.what = what.to_owned();
    peer.try_send(bytes);
    match expected {
        Status(stream, status) => {
            let reply = peer.reply(stream);
            assert_eq!(reply.reset, None, "{what}");
            assert_eq!(reply.status(), status, "{what}");
        }
        Stream(stream, code) => loop {
            if let Some(reset) = peer.replies.get(&stream).and_then(|reply| reply.reset) {
                assert_eq!(reset, code, "{what}");
                peer.ping();
                return;
            }
            if peer.step().is_none() {
                assert_eq!(peer.went.map(|went| went.0), Some(code), "{what}");
                return;
            }
        },
        Connection(codes) => match peer.end() {
            End::GoAway(code) => assert!(codes.contains(&code), "{what}: {code}"),
            End::Closed => panic!("{what}: closed without a word"),
        },
        Tolerated(codes) => {
            peer.try_send(&frame_bytes(frame::PING, 0, 0, &[0; 8]));
            while peer.pongs == 0 {
                if peer.step().is_none() {
                    let code = peer.went.map(|went| went.0);
                    assert!(
                        codes.iter().any(|one| code == Some(*one)),
                        "{what}: {code:?}"
                    );
                    return;
                }
            }
        }
        Ended => {
            peer.end();
        }
        GoesOn => peer.ping(),
    }
}

pub(super) fn fr(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    frame_bytes(kind, flags, stream, payload)
}

pub(super) fn hd(stream: u32, flags: u8, fields: &[(&str, &str)]) -> Vec<u8> {
    fr(frame::HEADERS, flags, stream, &header_block(fields))
}

fn get(stream: u32) -> Vec<u8> {
    hd(stream, END, &head("GET", "/", &[]))
}

/// A request whose body is still to come.
pub(super) fn post(stream: u32) -> Vec<u8> {
    hd(stream, OPEN, &head("POST", "/", &[]))
}

fn setting(name: u16, value: u32) -> Vec<u8> {
    let mut payload = name.to_be_bytes().to_vec();
    payload.extend(value.to_be_bytes());
    fr(frame::SETTINGS, 0, 0, &payload)
}

pub(super) fn join(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

const P: &[u32] = &[code::PROTOCOL];
const S: &[u32] = &[code::FRAME_SIZE];
const F: &[u32] = &[code::FLOW_CONTROL];
pub(super) const C: &[u32] = &[code::COMPRESSION, code::PROTOCOL];
/// Frames on a stream that has ended may be met either way.
const CLOSED: &[u32] = &[code::STREAM_CLOSED, code::PROTOCOL];

/// RFC 9113 section 3.4.
#[test]
fn the_preface() {
    let listener = listener();
    let settings = fr(frame::SETTINGS, 0, 0, &[]);
    for (what, bytes, expected) in [
        (
            "preface and SETTINGS",
            join(&[PREFACE.to_vec(), settings.clone(), get(1)]),
            Status(1, 200),
        ),
        (
            "SETTINGS acknowledged first",
            join(&[PREFACE.to_vec(), fr(frame::SETTINGS, 1, 0, &[])]),
            Connection(P),
        ),
        (
            "a broken preface",
            b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".to_vec(),
            Ended,
        ),
        (
            "the preface twice",
            join(&[PREFACE.to_vec(), settings, PREFACE.to_vec()]),
            Connection(&[code::PROTOCOL, code::FRAME_SIZE]),
        ),
    ] {
        let mut peer = Peer::silent(&listener.url(""));
        meets(&mut peer, what, &bytes, expected);
    }
}

/// RFC 9113 section 4: the format of frames, their size, and blocks of fields.
#[test]
fn frames_and_blocks() {
    let listener = listener();
    let block = header_block(&head("GET", "/", &[]));
    let (one, two) = block.split_at(10);
    let large = vec![0; 16_385];
    for (what, bytes, expected) in [
        (
            "unknown frames are ignored",
            join(&[fr(0xfe, 0xff, 0, b"x"), fr(0xfe, 0, 1, b"x"), get(1)]),
            Status(1, 200),
        ),
        (
            "flags without a meaning are ignored",
            fr(frame::HEADERS, END | 0xc2, 1, &block),
            Status(1, 200),
        ),
        (
            "the reserved bit is ignored",
            fr(frame::HEADERS, END, 1 | 1 << 31, &block),
            Status(1, 200),
        ),
        (
            "DATA of the largest size",
            join(&[post(1), fr(frame::DATA, 1, 1, &large[1..])]),
            Status(1, 200),
        ),
        (
            "DATA beyond it",
            join(&[post(1), fr(frame::DATA, 1, 1, &large)]),
            Connection(S),
        ),
        (
            "HEADERS beyond it",
            fr(frame::HEADERS, END, 1, &large),
            Connection(S),
        ),
        (
            "an unknown frame beyond it",
            fr(0xfe, 0, 0, &large),
            Connection(S),
        ),
        (
            "a block in two frames",
            join(&[
                fr(frame::HEADERS, 1, 1, one),
                fr(frame::CONTINUATION, 4, 1, two),
            ]),
            Status(1, 200),
        ),
        (
            "a block in many frames",
            join(&[
                fr(frame::HEADERS, 1, 1, &[]),
                fr(frame::CONTINUATION, 0, 1, one),
                fr(frame::CONTINUATION, 0, 1, &[]),
                fr(frame::CONTINUATION, 4, 1, two),
            ]),
            Status(1, 200),
        ),
        (
            "PRIORITY within a block",
            join(&[
                fr(frame::HEADERS, 1, 1, one),
                fr(2, 0, 1, &[0, 0, 0, 0, 1]),
                fr(frame::CONTINUATION, 4, 1, two),
            ]),
            Connection(P),
        ),
        (
            "another stream's HEADERS within a block",
            join(&[fr(frame::HEADERS, 1, 1, one), get(3)]),
            Connection(P),
        ),
        (
            "an unknown frame within a block",
            join(&[
                fr(frame::HEADERS, 1, 1, one),
                fr(0xfe, 0, 0, b"x"),
                fr(frame::CONTINUATION, 4, 1, two),
            ]),
            Connection(P),
        ),
        (
            "a block that cannot be decoded",
            fr(frame::HEADERS, END, 1, &[0xff; 20]),
            Connection(C),
        ),
        (
            "a block that breaks off",
            fr(frame::HEADERS, END, 1, one),
            Connection(C),
        ),
    ] {
        check(&listener, what, &bytes, expected);
    }
}

/// RFC 9113 section 5: states, identifiers, and how many there may be.
///
/// On streams that have ended `h2` ignores what comes soon after, and calls it PROTOCOL_ERROR later, of
/// the connection, where the RFC has STREAM_CLOSED.
#[test]
fn streams_and_their_states() {
    let window = fr(frame::WINDOW_UPDATE, 0, 1, &1u32.to_be_bytes());
    let reset = fr(frame::RST_STREAM, 0, 1, &8u32.to_be_bytes());
    let data = fr(frame::DATA, 1, 1, b"x");
    let priority = fr(2, 0, 1, &[0, 0, 0, 0, 1]);
    let more = fr(frame::CONTINUATION, 4, 1, b"x");
    let open = silent();
    for (what, bytes, expected) in [
        ("idle: DATA", data.clone(), Connection(P)),
        ("idle: RST_STREAM", reset.clone(), Connection(P)),
        ("idle: WINDOW_UPDATE", window.clone(), Connection(P)),
        ("idle: CONTINUATION", more.clone(), Connection(P)),
        ("idle: PRIORITY", priority.clone(), GoesOn),
        (
            "half-closed: DATA",
            join(&[get(1), data.clone()]),
            Connection(CLOSED),
        ),
        (
            "half-closed: HEADERS",
            join(&[get(1), get(1)]),
            Connection(CLOSED),
        ),
        (
            "half-closed: CONTINUATION",
            join(&[get(1), more.clone()]),
            Connection(P),
        ),
        (
            "half-closed: WINDOW_UPDATE",
            join(&[get(1), window.clone()]),
            GoesOn,
        ),
        (
            "half-closed: PRIORITY",
            join(&[get(1), priority.clone()]),
            GoesOn,
        ),
        (
            "reset: DATA",
            join(&[post(1), reset.clone(), data.clone()]),
            Tolerated(CLOSED),
        ),
        (
            "reset: HEADERS",
            join(&[post(1), reset.clone(), get(1)]),
            Tolerated(CLOSED),
        ),
        (
            "reset: CONTINUATION",
            join(&[post(1), reset.clone(), more.clone()]),
            Connection(P),
        ),
        (
            "reset: WINDOW_UPDATE",
            join(&[post(1), reset.clone(), window.clone()]),
            GoesOn,
        ),
        (
            "reset: RST_STREAM",
            join(&[post(1), reset.clone(), reset.clone()]),
            GoesOn,
        ),
        (
            "reset: PRIORITY",
            join(&[post(1), reset.clone(), priority.clone()]),
            GoesOn,
        ),
        ("an even number", get(2), Connection(P)),
        (
            "a smaller number",
            join(&[get(5), get(3)]),
            Connection(CLOSED),
        ),
        ("stream 0", get(0), Connection(P)),
    ] {
        check(&open, what, &bytes, expected);
    }
    let answering = listener();
    check(
        &answering,
        "numbers may be left out",
        &join(&[get(5), get(9)]),
        Status(9, 200),
    );
    for (what, bytes, expected) in [
        ("answered: DATA", data, Tolerated(CLOSED)),
        ("answered: HEADERS", get(1), Tolerated(CLOSED)),
        ("answered: CONTINUATION", more, Connection(P)),
        ("answered: WINDOW_UPDATE", window, GoesOn),
        ("answered: RST_STREAM", reset, GoesOn),
        ("answered: PRIORITY", priority, GoesOn),
    ] {
        let mut peer = Peer::new(&answering.url(""));
        peer.get(1, "/");
        assert_eq!(peer.reply(1).status(), 200);
        meets(&mut peer, what, &bytes, expected);
    }
}

/// RFC 9113 section 6: each kind of frame.
#[test]
fn each_kind_of_frame() {
    let listener = listener();
    let block = header_block(&head("GET", "/", &[]));
    let padded = |length: u8, padding: usize| {
        let mut payload = vec![length];
        payload.extend(&block);
        payload.extend(vec![0; padding]);
        fr(frame::HEADERS, END | PADDED, 1, &payload)
    };
    let depends = |on: u32| {
        let mut payload = on.to_be_bytes().to_vec();
        payload.push(255);
        payload.extend(&block);
        fr(frame::HEADERS, END | PRIORITY, 1, &payload)
    };
    let data = |flags: u8, payload: &[u8]| join(&[post(1), fr(frame::DATA, flags, 1, payload)]);
    let most = u32::MAX >> 1;
    for (what, bytes, expected) in [
        // 6.1
        (
            "DATA on stream 0",
            fr(frame::DATA, 1, 0, b"x"),
            Connection(P),
        ),
        ("DATA with padding", data(9, b"\x02x\0\0"), Status(1, 200)),
        (
            "DATA that is padding alone",
            data(9, b"\x03\0\0\0"),
            Status(1, 200),
        ),
        (
            "DATA with padding as long as itself",
            data(9, b"\x04x\0\0"),
            Connection(P),
        ),
        (
            "DATA padded without a length",
            data(9, b""),
            Connection(&[code::PROTOCOL, code::FRAME_SIZE]),
        ),
        // 6.2
        ("HEADERS with padding", padded(5, 5), Status(1, 200)),
        (
            "HEADERS with more padding than there is",
            padded(255, 5),
            Connection(P),
        ),
        ("HEADERS with a priority", depends(0), Status(1, 200)),
        (
            "HEADERS that depends on itself",
            depends(1),
            Stream(1, code::PROTOCOL),
        ),
        // 6.3
        (
            "PRIORITY on stream 0",
            fr(2, 0, 0, &[0, 0, 0, 0, 1]),
            Connection(P),
        ),
        (
            // An error of the stream as the RFC has it.
            "PRIORITY of 4 bytes",
            join(&[post(1), fr(2, 0, 1, &[0; 4])]),
            Connection(S),
        ),
        // 6.4
        (
            "RST_STREAM on stream 0",
            fr(frame::RST_STREAM, 0, 0, &[0; 4]),
            Connection(P),
        ),
        (
            "RST_STREAM of 3 bytes",
            join(&[post(1), fr(frame::RST_STREAM, 0, 1, &[0; 3])]),
            Connection(S),
        ),
        (
            "RST_STREAM with an unknown code",
            join(&[post(1), fr(frame::RST_STREAM, 0, 1, &[9; 4]), get(3)]),
            Status(3, 200),
        ),
        // 6.5
        (
            "SETTINGS on a stream",
            fr(frame::SETTINGS, 0, 1, &[]),
            Connection(P),
        ),
        (
            "SETTINGS of 5 bytes",
            fr(frame::SETTINGS, 0, 0, &[0; 5]),
            Connection(S),
        ),
        (
            "SETTINGS acknowledged with a payload",
            fr(frame::SETTINGS, 1, 0, &[0; 6]),
            Connection(S),
        ),
        ("ENABLE_PUSH neither 0 nor 1", setting(2, 2), Connection(P)),
        (
            "INITIAL_WINDOW_SIZE above the most",
            setting(4, most + 1),
            Connection(&[code::FLOW_CONTROL, code::PROTOCOL]),
        ),
        (
            "MAX_FRAME_SIZE below the least",
            setting(5, 16_383),
            Connection(P),
        ),
        (
            "MAX_FRAME_SIZE above the most",
            setting(5, 1 << 24),
            Connection(P),
        ),
        (
            "an unknown setting",
            join(&[setting(0xff, 1), get(1)]),
            Status(1, 200),
        ),
        (
            "HEADER_TABLE_SIZE 0",
            join(&[setting(1, 0), get(1)]),
            Status(1, 200),
        ),
        // 6.6
        (
            "PUSH_PROMISE of a client",
            fr(frame::PUSH_PROMISE, 4, 1, &[0, 0, 0, 2]),
            Connection(P),
        ),
        // 6.7
        ("PING", fr(frame::PING, 0, 0, &[1; 8]), GoesOn),
        (
            "PING acknowledged unasked",
            fr(frame::PING, 1, 0, &[1; 8]),
            GoesOn,
        ),
        (
            "PING on a stream",
            fr(frame::PING, 0, 1, &[0; 8]),
            Connection(P),
        ),
        (
            "PING of 6 bytes",
            fr(frame::PING, 0, 0, &[0; 6]),
            Connection(S),
        ),
        // 6.8
        (
            "GOAWAY on a stream",
            fr(frame::GOAWAY, 0, 1, &[0; 8]),
            Connection(P),
        ),
        (
            "GOAWAY too short",
            fr(frame::GOAWAY, 0, 0, &[0; 7]),
            Connection(S),
        ),
        (
            "GOAWAY lets finish what runs",
            join(&[get(1), fr(frame::GOAWAY, 0, 0, &[0; 8])]),
            Status(1, 200),
        ),
        // 6.9
        (
            "WINDOW_UPDATE by 0",
            fr(frame::WINDOW_UPDATE, 0, 0, &[0; 4]),
            Connection(P),
        ),
        (
            "WINDOW_UPDATE of a stream by 0",
            join(&[post(1), fr(frame::WINDOW_UPDATE, 0, 1, &[0; 4])]),
            Stream(1, code::PROTOCOL),
        ),
        (
            "WINDOW_UPDATE of 3 bytes",
            fr(frame::WINDOW_UPDATE, 0, 0, &[0; 3]),
            Connection(S),
        ),
        (
            "the connection's window above the most",
            fr(frame::WINDOW_UPDATE, 0, 0, &most.to_be_bytes()),
            Connection(F),
        ),
        (
            "a stream's window above the most",
            join(&[post(1), fr(frame::WINDOW_UPDATE, 0, 1, &most.to_be_bytes())]),
            Stream(1, code::FLOW_CONTROL),
        ),
        (
            "a setting that lifts a window above the most",
            join(&[
                post(1),
                fr(frame::WINDOW_UPDATE, 0, 1, &(most - 65_535).to_be_bytes()),
                setting(4, 65_536),
            ]),
            Connection(F),
        ),
        // 6.10
        (
            "CONTINUATION after END_HEADERS",
            join(&[post(1), fr(frame::CONTINUATION, 4, 1, b"x")]),
            Connection(P),
        ),
        (
            "CONTINUATION on stream 0",
            join(&[
                fr(frame::HEADERS, 1, 1, &block[..4]),
                fr(frame::CONTINUATION, 4, 0, &block[4..]),
            ]),
            Connection(P),
        ),
        (
            "CONTINUATION of another stream",
            join(&[
                fr(frame::HEADERS, 1, 1, &block[..4]),
                fr(frame::CONTINUATION, 4, 3, &block[4..]),
            ]),
            Connection(P),
        ),
        (
            "DATA within a block",
            join(&[
                fr(frame::HEADERS, 0, 1, &block[..4]),
                fr(frame::DATA, 1, 1, b"x"),
            ]),
            Connection(P),
        ),
    ] {
        check(&listener, what, &bytes, expected);
    }
}

/// More than the windows that the listener has opened is an error of flow control.
#[test]
fn windows_of_the_listener() {
    let listener = system_net_http_listener::HttpListener::test_http().unwrap();
    let mut options = listener.http2();
    options.stream_window = 65_535;
    options.connection_window = 65_535;
    listener.set_http2(options).unwrap();
    let piece = vec![0; 16_384];
    // Nobody takes the request, and so nobody opens the window.
    let mut bytes = post(1);
    for _ in 0..4 {
        bytes.extend(fr(frame::DATA, 0, 1, &piece));
    }
    check(&listener, "a byte too many", &bytes, Connection(F));
    let mut peer = Peer::new(&listener.url(""));
    peer.ping();
    assert!(peer.settings.contains(&(4, 65_535)), "{:?}", peer.settings);
}
