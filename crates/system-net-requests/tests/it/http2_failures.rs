//! What servers of HTTP/2 do wrong, or well, and what is sent again.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use system_net_requests::{HttpWebRequest, WebError, WebExceptionStatus as Status};
use system_net_testkit::{
    Http2Conversation, Http2Event, HttpPeer, Interrupted, frame, header_block,
};

use crate::http2::{get, peer, post, request};
use crate::{check_status, context, write_body};

const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;
/// As the client has it: more frames that bring nothing end the connection.
const MOST_IDLE_FRAMES: usize = 10_000;

fn respond(mut request: HttpWebRequest) -> Result<String, WebError> {
    request.get_response()?.into_string()
}

/// A server that goes away finishes the streams below its last; those above go to another
/// connection, POST as well.
#[test]
fn go_away_hands_back_what_was_not_looked_at() {
    let posts = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&posts);
    let peer = peer(&[], move |talk| {
        if talk.connection_index() > 0 {
            loop {
                let head = talk.request()?;
                let body = talk.body(&head)?;
                if head.field(":method") == Some("POST") {
                    seen.fetch_add(1, Ordering::Relaxed);
                }
                talk.respond(head.stream, "200", &[b"again ", &body[..]].concat())?;
            }
        }
        let first = talk.request()?;
        talk.head(first.stream, &[(":status", "200")], false)?;
        talk.data(first.stream, b"first ", false)?;
        let second = talk.request()?;
        assert!(second.stream > first.stream);
        talk.go_away(first.stream, NO_ERROR)?;
        talk.data(first.stream, b"and last", true)?;
        // The client closes when its last stream has ended.
        loop {
            if let Http2Event::Head(head) = talk.event()? {
                panic!("{} came after GOAWAY", head.path());
            }
        }
    });
    let context = context();
    let first = request(&context, &peer.url("/")).get_response().unwrap();
    let mut sent = post(&context, &peer.url("/"));
    write_body(&mut sent, b"once");
    assert_eq!(respond(sent).unwrap(), "again once");
    assert_eq!(first.into_string().unwrap(), "first and last");
    assert_eq!(get(&context, &peer.url("/")).unwrap(), "again ");
    assert_eq!(peer.connections_opened(), 2);
    assert_eq!(posts.load(Ordering::Relaxed), 1);
    peer.wait_for_open_at_most(1);
}

/// A server that goes away after two requests each time serves all in the end: each connection
/// brings some of them forward, and those it has not looked at are not counted against it.
#[test]
fn connections_of_few_requests_serve_many() {
    let peer = peer(&[], |talk| {
        let mut last = 0;
        for _ in 0..2 {
            let head = talk.request()?;
            talk.respond(head.stream, "200", b"ok")?;
            last = head.stream;
        }
        talk.go_away(last, NO_ERROR)?;
        loop {
            talk.event()?;
        }
    });
    let context = context();
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| assert_eq!(get(&context, &peer.url("/")).unwrap(), "ok"));
        }
    });
    assert!(peer.connections_opened() >= 12);
}

/// A body that is being written, and is kept, goes to another connection.
#[test]
fn go_away_under_a_body_that_is_written() {
    let peer = peer(&[], |talk| {
        let head = talk.request()?;
        if talk.connection_index() > 0 {
            let body = talk.body(&head)?;
            return talk.respond(head.stream, "200", &body);
        }
        talk.go_away(0, NO_ERROR)
    });
    let mut request = post(&context(), &peer.url("/"));
    request.set_send_chunked(true).unwrap();
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(b"a ").unwrap();
    peer.wait_for_open_at_most(0);
    stream.write_all(b"body").unwrap();
    stream.close().unwrap();
    assert_eq!(respond(request).unwrap(), "a body");
    assert_eq!(peer.connections_opened(), 2);
}

/// A refused stream was not looked at: it is sent again, POST as well, but not for ever.
#[test]
fn refused_streams_are_sent_again() {
    #[track_caller]
    fn check(refusals: usize, is_post: bool, expected: Result<&str, Status>) {
        let heads = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&heads);
        let peer = peer(&[], move |talk| {
            loop {
                let head = talk.request()?;
                if seen.fetch_add(1, Ordering::Relaxed) < refusals {
                    talk.reset(head.stream, REFUSED_STREAM)?;
                    continue;
                }
                let body = talk.body(&head)?;
                talk.respond(head.stream, "200", &[b"ok", &body[..]].concat())?;
            }
        });
        let context = context();
        let result = match is_post {
            false => get(&context, &peer.url("/")),
            true => {
                let mut request = post(&context, &peer.url("/"));
                write_body(&mut request, b"!");
                respond(request)
            }
        };
        match expected {
            Ok(text) => assert_eq!(result.unwrap(), text),
            Err(status) => {
                let error = check_status(result, status);
                assert!(error.to_string().contains("REFUSED_STREAM"), "{error}");
            }
        }
        assert_eq!(heads.load(Ordering::Relaxed), refusals.min(3) + 1);
        assert_eq!(peer.connections_opened(), 1);
    }
    check(1, false, Ok("ok"));
    check(1, true, Ok("ok!"));
    check(3, true, Ok("ok!"));
    check(4, false, Err(Status::ReceiveFailure));
}

/// Any other end of a stream is an error of its request; it is not sent again.
#[test]
fn other_resets_are_errors() {
    let heads = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&heads);
    let peer = peer(&[], move |talk| {
        loop {
            let head = talk.request()?;
            seen.fetch_add(1, Ordering::Relaxed);
            match head.path() {
                "/body" => {
                    talk.head(head.stream, &[(":status", "200")], false)?;
                    talk.data(head.stream, b"some", false)?;
                    talk.reset(head.stream, INTERNAL_ERROR)?;
                }
                "/next" => talk.respond(head.stream, "200", b"next")?,
                _ => talk.reset(head.stream, INTERNAL_ERROR)?,
            }
        }
    });
    let context = context();
    let error = check_status(get(&context, &peer.url("/head")), Status::ReceiveFailure);
    assert!(
        error.to_string().contains("INTERNAL_ERROR (0x2)"),
        "{error}"
    );
    let told = error.http2_error().unwrap();
    assert_eq!((told.code(), told.is_of_stream()), (INTERNAL_ERROR, true));
    check_status(get(&context, &peer.url("/body")), Status::ReceiveFailure);
    assert_eq!(get(&context, &peer.url("/next")).unwrap(), "next");
    assert_eq!(heads.load(Ordering::Relaxed), 3);
    assert_eq!(peer.connections_opened(), 1);
}

/// A complete answer before the end of the request's body, and then a reset that says that no more
/// is wanted: the answer counts (RFC 9113 section 8.1).
#[test]
fn a_reset_after_the_answer_is_none() {
    let peer = peer(&[], |talk| {
        talk.opens_windows = false;
        let head = talk.request()?;
        talk.respond(head.stream, "200", b"enough")?;
        talk.reset(head.stream, NO_ERROR)?;
        let head = talk.request()?;
        talk.respond(head.stream, "200", b"next")
    });
    let context = context();
    let mut request = post(&context, &peer.url("/"));
    write_body(&mut request, vec![1; 1 << 20]);
    assert_eq!(respond(request).unwrap(), "enough");
    assert_eq!(get(&context, &peer.url("/")).unwrap(), "next");
}

/// A connection that the server closes is not used again. What was under way: a GET goes again if
/// the connection was used before and nothing was answered, a POST does not.
#[test]
fn a_lost_connection() {
    #[track_caller]
    fn check(used: bool, is_post: bool, answer: &'static [u8], expected: Result<&str, Status>) {
        let peer = peer(&[], move |talk| {
            if talk.connection_index() == 0 {
                if used {
                    let head = talk.request()?;
                    talk.respond(head.stream, "200", b"used")?;
                }
                let head = talk.request()?;
                talk.body(&head)?;
                if !answer.is_empty() {
                    talk.head(head.stream, &[(":status", "200")], false)?;
                    talk.data(head.stream, answer, false)?;
                }
                // Nothing of the client's is under way that would turn the end into a reset.
                talk.ping_pong()?;
                return talk.wire().close();
            }
            loop {
                let head = talk.request()?;
                talk.body(&head)?;
                talk.respond(head.stream, "200", b"again")?;
            }
        });
        let context = context();
        if used {
            assert_eq!(get(&context, &peer.url("/")).unwrap(), "used");
        }
        let result = match is_post {
            false => get(&context, &peer.url("/")),
            true => {
                let mut request = post(&context, &peer.url("/"));
                write_body(&mut request, b"x");
                respond(request)
            }
        };
        match expected {
            Ok(text) => assert_eq!(result.unwrap(), text),
            Err(status) => drop(check_status(result, status)),
        }
        assert_eq!(get(&context, &peer.url("/")).unwrap(), "again");
        assert_eq!(peer.connections_opened(), 2);
    }
    check(true, false, b"", Ok("again"));
    check(true, true, b"", Err(Status::KeepAliveFailure));
    check(false, false, b"", Err(Status::ConnectionClosed));
    check(true, false, b"some", Err(Status::ConnectionClosed));
}

/// A server that was silent for too long and answers no PING is given up; one that answers is not.
#[test]
fn a_ping_that_is_not_answered_ends_the_connection() {
    let peer = peer(&[], |talk| {
        let head = talk.request()?;
        let deaf = talk.connection_index() == 0;
        talk.answers = !deaf;
        loop {
            if let Http2Event::Other(got) = talk.event()?
                && (got.kind, got.flags) == (frame::PING, 0)
                && !deaf
            {
                return talk.respond(head.stream, "200", b"pinged");
            }
        }
    });
    let context = context();
    let point = request(&context, &peer.url("/")).service_point().unwrap();
    point
        .set_http2_ping_delay(Some(Duration::from_secs(1)))
        .unwrap();
    point
        .set_http2_ping_timeout(Duration::from_millis(200))
        .unwrap();
    let error = check_status(get(&context, &peer.url("/")), Status::KeepAliveFailure);
    assert!(
        error.to_string().contains("no PING within 200ms"),
        "{error}"
    );
    peer.wait_for_open_at_most(0);
    assert_eq!(get(&context, &peer.url("/")).unwrap(), "pinged");
    assert_eq!(peer.connections_opened(), 2);
}

/// A peer that answers the first request with a flood, and later ones well.
fn flooding(
    flood: impl Fn(&mut Http2Conversation<'_, '_>, u32) -> Result<(), Interrupted>
    + Send
    + Sync
    + 'static,
) -> HttpPeer {
    peer(&[], move |talk| {
        let head = talk.request()?;
        match talk.connection_index() {
            0 => flood(talk, head.stream),
            _ => talk.respond(head.stream, "200", b"well"),
        }
    })
}

/// A request fails with one of these and takes its connection with it; the next one is served.
#[track_caller]
fn fails_and_goes_on(peer: &HttpPeer, statuses: &[Status]) {
    let context = context();
    let error = get(&context, &peer.url("/")).unwrap_err();
    assert!(statuses.contains(&error.status()), "{error:#}");
    // The server may have read why, or found the connection gone.
    peer.wait_for_open_at_most(0);
    assert_eq!(get(&context, &peer.url("/")).unwrap(), "well");
}

/// Frames that bring nothing end the connection, whichever they are; the next request has another.
#[test]
fn floods_of_frames_end_the_connection() {
    #[track_caller]
    fn check(name: &'static str, kind: u8, on_stream: bool, payload: &'static [u8]) {
        let peer = flooding(move |talk, stream| {
            if kind == frame::DATA {
                talk.head(stream, &[(":status", "200")], false)?;
            }
            let stream = if on_stream { stream } else { 0 };
            let mut frames = Vec::new();
            for _ in 0..100 {
                frames.extend(system_net_testkit::frame_bytes(kind, 0, stream, payload));
            }
            // Far more than the limit: the client has to end this.
            for _ in 0..10 * MOST_IDLE_FRAMES / 100 {
                talk.send_raw(&frames)?;
            }
            talk.wire().stall()
        });
        let context = context();
        let error = check_status(
            get(&context, &peer.url("/")),
            Status::ServerProtocolViolation,
        );
        assert!(
            error.to_string().contains("ENHANCE_YOUR_CALM"),
            "{name}: {error}"
        );
        peer.wait_for_open_at_most(0);
        assert_eq!(get(&context, &peer.url("/")).unwrap(), "well", "{name}");
    }
    check("PING", frame::PING, false, &[0; 8]);
    check("SETTINGS", frame::SETTINGS, false, &[]);
    check("unknown", 0xcc, false, b"x");
}

/// Empty DATA, and resets of streams that have ended: `h2` or the count of frames ends them.
#[test]
fn h2_rapid_reset() {
    for data in [true, false] {
        let peer = flooding(move |talk, stream| {
            talk.head(stream, &[(":status", "200")], !data)?;
            let (kind, payload): (u8, &[u8]) = match data {
                true => (frame::DATA, &[]),
                false => (frame::RST_STREAM, &[0, 0, 0, 8]),
            };
            let mut frames = Vec::new();
            for _ in 0..100 {
                frames.extend(system_net_testkit::frame_bytes(kind, 0, stream, payload));
            }
            for _ in 0..10 * MOST_IDLE_FRAMES / 100 {
                talk.send_raw(&frames)?;
            }
            talk.wire().stall()
        });
        let context = context();
        // Resets come after the whole of an empty answer.
        let result = get(&context, &peer.url("/"));
        assert_eq!(result.is_err(), data, "{result:?}");
        peer.wait_for_open_at_most(0);
        assert_eq!(get(&context, &peer.url("/")).unwrap(), "well");
    }
}

/// A head without end, in CONTINUATION frames.
#[test]
fn h2_continuation_flood() {
    #[track_caller]
    fn check(payload: &'static [u8]) {
        let peer = flooding(move |talk, stream| {
            talk.send(
                frame::HEADERS,
                0,
                stream,
                &header_block(&[(":status", "200")]),
            )?;
            for _ in 0..100_000 {
                talk.send(frame::CONTINUATION, 0, stream, payload)?;
            }
            talk.wire().stall()
        });
        fails_and_goes_on(
            &peer,
            &[
                Status::MessageLengthLimitExceeded,
                Status::ServerProtocolViolation,
            ],
        );
    }
    check(b"");
    // A field of its own in each: "x: y".
    check(b"\x00\x01x\x01y");
}

/// A small block of references to a large field.
#[test]
fn h2_hpack_bomb() {
    let peer = flooding(|talk, stream| {
        // "x-large" enters the table with 3,900 bytes, and is then referred to 16,000 times: 62 MB.
        let mut block = b"\x88\x40\x07x-large\x7f\xbd\x1d".to_vec();
        block.extend([b'a'; 3900]);
        talk.send(frame::HEADERS, 0, stream, &block)?;
        talk.send(
            frame::CONTINUATION,
            frame::END_HEADERS,
            stream,
            &[0xbe; 16_000],
        )?;
        talk.wire().stall()
    });
    fails_and_goes_on(
        &peer,
        &[
            Status::MessageLengthLimitExceeded,
            Status::ServerProtocolViolation,
        ],
    );
}

/// `MaximumResponseHeadersLength`: at the limit, and one above, as RFC 9113 section 6.5.2 counts.
#[test]
fn heads_have_a_limit() {
    #[track_caller]
    fn check(bytes: usize, fits: bool) {
        let peer = peer(&[], move |talk| {
            loop {
                let head = talk.request()?;
                // One field: its name, its value, and 32.
                let value = "v".repeat(bytes - 32 - "x-long".len());
                let fields = [(":status", "200"), ("x-long", value.as_str())];
                talk.head(head.stream, &fields, true)?;
            }
        });
        let context = context();
        let mut limited = request(&context, &peer.url("/"));
        limited
            .set_maximum_response_headers_length(Some(4))
            .unwrap();
        match fits {
            true => drop(limited.get_response().unwrap()),
            false => {
                let result = limited.get_response();
                drop(check_status(result, Status::MessageLengthLimitExceeded));
            }
        }
        // The connection is still good.
        let mut next = request(&context, &peer.url("/"));
        next.set_maximum_response_headers_length(Some(5)).unwrap();
        next.get_response().unwrap();
        assert_eq!(peer.connections_opened(), 1);
    }
    check(4096, true);
    check(4097, false);
}

/// A head that is much longer than it may be is told as that, in whatever frames it comes, and ends
/// its stream alone.
#[test]
fn heads_far_over_the_limit_are_told() {
    #[track_caller]
    fn check(bytes: usize) {
        let peer = peer(&[], move |talk| {
            loop {
                let head = talk.request()?;
                if head.path() == "/short" {
                    talk.respond(head.stream, "200", b"well")?;
                    continue;
                }
                let value = "v".repeat(bytes);
                let block = header_block(&[(":status", "200"), ("x-long", value.as_str())]);
                let mut frames = block.chunks(16_384).peekable();
                let mut kind = frame::HEADERS;
                while let Some(piece) = frames.next() {
                    let end = match frames.peek() {
                        None => frame::END_HEADERS,
                        Some(_) => 0,
                    };
                    talk.send(kind, end, head.stream, piece)?;
                    kind = frame::CONTINUATION;
                }
                talk.data(head.stream, b"x", true)?;
            }
        });
        let context = context();
        let error = check_status(
            get(&context, &peer.url("/long")),
            Status::MessageLengthLimitExceeded,
        );
        assert!(error.to_string().contains("65536"), "{error}");
        assert_eq!(get(&context, &peer.url("/short")).unwrap(), "well");
    }
    // The limit is 64 KiB; `h2` ends the stream from twice that on.
    check(70_000);
    check(150_000);
}

/// Informational responses without end.
#[test]
fn informational_responses_have_a_limit() {
    let peer = flooding(|talk, stream| {
        for _ in 0..101 {
            talk.head(stream, &[(":status", "103")], false)?;
        }
        talk.wire().stall()
    });
    let context = context();
    let mut told = request(&context, &peer.url("/"));
    told.set_continue_delegate(Some(Arc::new(|_, _| {})))
        .unwrap();
    check_status(told.get_response(), Status::MessageLengthLimitExceeded);
}

/// What breaks the rules ends the stream or the connection with an error that says so.
#[test]
fn broken_rules_are_told() {
    #[track_caller]
    fn check(
        answer: impl Fn(&mut Http2Conversation<'_, '_>, u32) -> Result<(), Interrupted>
        + Send
        + Sync
        + 'static,
    ) -> WebError {
        let peer = flooding(answer);
        let context = context();
        check_status(
            get(&context, &peer.url("/")),
            Status::ServerProtocolViolation,
        )
    }
    // A body that is not as long as its head says.
    for body in [&b"1234"[..], b"123456"] {
        let error = check(move |talk, stream| {
            talk.head(
                stream,
                &[(":status", "200"), ("content-length", "5")],
                false,
            )?;
            talk.data(stream, body, true)
        });
        let text = format!("{error:#}");
        assert!(text.contains("than its content-length says"), "{text}");
        assert!(text.contains("goes without HTTP/2"), "{text}");
        assert!(!text.contains("unsafe_header_parsing"), "{text}");
    }
    // No status.
    check(|talk, stream| talk.head(stream, &[("x-mine", "1")], true));
    // A name in upper case.
    check(|talk, stream| talk.head(stream, &[(":status", "200"), ("X-Mine", "1")], true));
    // A push, which was forbidden.
    check(|talk, stream| {
        let mut payload = 2_u32.to_be_bytes().to_vec();
        payload.extend(header_block(&[(":method", "GET"), (":path", "/")]));
        talk.send(frame::PUSH_PROMISE, frame::END_HEADERS, stream, &payload)?;
        talk.respond(stream, "200", b"x")
    });
    // A frame larger than was allowed.
    check(|talk, stream| {
        talk.head(stream, &[(":status", "200")], false)?;
        talk.send(frame::DATA, 0, stream, &vec![0; 65_537])
    });
    // HTTP/1 instead of frames.
    check(|talk, _| talk.send_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
}

/// More than a window, while nobody reads.
#[test]
fn windows_are_kept() {
    let peer = flooding(|talk, stream| {
        talk.head(stream, &[(":status", "200")], false)?;
        talk.data(stream, &[0; 65_536], false)?;
        talk.wire().stall()
    });
    let context = context();
    let mut request = request(&context, &peer.url("/"));
    let point = request.service_point().unwrap();
    point.set_http2_connection_window(65_535).unwrap();
    let response = request.get_response().unwrap();
    peer.wait_for_open_at_most(0);
    check_status(response.into_bytes(), Status::ServerProtocolViolation);
}

/// The end of a connection that the server says why it ended.
#[test]
fn a_go_away_with_an_error_is_told() {
    let peer = flooding(|talk, stream| {
        talk.go_away(stream, ENHANCE_YOUR_CALM)?;
        talk.wire().close()
    });
    fails_and_goes_on(&peer, &[Status::ReceiveFailure, Status::ConnectionClosed]);
}

/// A download of which the connection is lost in the middle: what came can be read, the end is not
/// made up, and later reads tell the same.
#[test]
fn the_end_of_a_body_is_never_made_up() {
    let peer = flooding(|talk, stream| {
        talk.head(stream, &[(":status", "200")], false)?;
        talk.data(stream, b"some", false)?;
        talk.ping_pong()?;
        talk.wire().close()
    });
    let response = request(&context(), &peer.url("/")).get_response().unwrap();
    let mut stream = response.get_response_stream().unwrap();
    let mut some = [0; 4];
    stream.read_exact(&mut some).unwrap();
    assert_eq!(&some, b"some");
    for _ in 0..2 {
        let error = stream.read(&mut some).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof, "{error}");
    }
}
