//! Limits over HTTP/2: how long a body may be, how fast responses may go out; and what is of HTTP/1 alone.

use std::io::{ErrorKind, Read, Write};
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use system_net_http_listener::{
    Fault, Faults, HttpListener, HttpListenerLimits, RateLimit, TestListener,
};
use system_net_primitives::FakeClock;
use system_net_testkit::frame;

use super::peer::{PREFACE, Peer, code, head};
use crate::support::{Client, answer_with, answering, echoing};
use crate::tls::tls_stream;

const HEADERS_ONLY: u8 = frame::END_HEADERS;

fn limited(listener: &HttpListener) {
    listener.set_limits(HttpListenerLimits {
        body_bytes: Some(10),
        ..listener.limits()
    });
}

/// RFC 9113 section 8.1: a client that still sends is told by NO_ERROR that nobody wants it; its other
/// streams go on.
#[test]
fn bodies_at_and_above_the_limit() {
    let listener = echoing();
    limited(&listener);
    let mut peer = Peer::new(&listener.url(""));
    let length = |value| head("POST", "/", &[("content-length", value)]);
    peer.head(1, HEADERS_ONLY, &length("10"))
        .data(1, b"0123456789", true);
    assert_eq!(peer.reply(1).text(), "POST / 0123456789");
    peer.head(3, HEADERS_ONLY, &head("POST", "/", &[]))
        .data(3, b"01234", false)
        .data(3, b"56789", true);
    assert_eq!(peer.reply(3).text(), "POST / 0123456789");
    // One that is announced is refused before any of it comes, and is not asked for.
    for (stream, expect) in [(5, None), (7, Some(("expect", "100-continue")))] {
        let mut fields = length("11");
        fields.extend(expect);
        peer.head(stream, HEADERS_ONLY, &fields);
        let refused = peer.reply(stream);
        assert_eq!((refused.status(), refused.heads.len()), (413, 1));
        assert_eq!(refused.text(), "413 Request Entity Too Large\n");
        let reset = |peer: &Peer| peer.replies.get(&stream).and_then(|reply| reply.reset);
        while reset(&peer).is_none() {
            peer.step().unwrap();
        }
        assert_eq!(reset(&peer), Some(code::NO_ERROR));
        peer.replies.clear();
    }
    peer.get(9, "/last");
    assert_eq!(peer.reply(9).text(), "GET /last ");
}

/// One whose length nobody said is handed on up to the limit, in whatever pieces it comes.
#[test]
fn bodies_that_turn_out_too_long() {
    for pieces in [&["0123456789x"][..], &["01234", "56789", "x"]] {
        let listener = HttpListener::test_http().unwrap();
        limited(&listener);
        let mut peer = Peer::new(&listener.url(""));
        peer.head(1, HEADERS_ONLY, &head("POST", "/", &[]));
        for piece in pieces {
            peer.data(1, piece.as_bytes(), false);
        }
        peer.ping();
        let mut context = listener.get_context().unwrap();
        let mut body = Vec::new();
        let mut stream = context.request().input_stream();
        let error = stream.read_to_end(&mut body).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
        assert!(error.to_string().contains("10 bytes"), "{error}");
        assert_eq!(body, b"0123456789");
        assert!(stream.read(&mut [0; 8]).is_err(), "and not again");
        context.response_mut().set_status_code(413).unwrap();
        context.response_mut().close().unwrap();
        assert_eq!(peer.reply(1).status(), 413);
        // The connection goes on.
        peer.get(3, "/");
        let mut context = listener.get_context().unwrap();
        context.response_mut().close_with("ok").unwrap();
        assert_eq!(peer.reply(3).text(), "ok");
    }
    // A handler that gives up for it need not know the status.
    let listener = TestListener::http()
        .unwrap()
        .answering(|mut context| -> std::io::Result<()> {
            let mut body = Vec::new();
            context.request().input_stream().read_to_end(&mut body)?;
            context.response_mut().close_with(body)?;
            Ok(())
        })
        .unwrap();
    limited(&listener);
    let mut peer = Peer::new(&listener.url(""));
    peer.head(1, HEADERS_ONLY, &head("POST", "/", &[]))
        .data(1, b"0123456789x", false);
    assert_eq!(peer.reply(1).status(), 413);
    peer.ping();
}

/// Whole bodies and streams alike: while the clock of the limit stands still nothing more comes than it had
/// at first, and then as much as is due to all streams together.
#[test]
fn responses_go_out_as_fast_as_they_may() {
    const RATE: usize = 1 << 20;
    for whole in [true, false] {
        let clock = Arc::new(FakeClock::new());
        let listener = answering(move |mut context| {
            std::thread::spawn(move || {
                let body = vec![b'x'; 2 * RATE];
                let response = context.response_mut();
                if whole {
                    response.close_with(body).unwrap();
                    return;
                }
                let mut stream = response.output_stream().unwrap();
                // The client goes when it has seen enough.
                if stream.write_all(&body).is_ok() {
                    stream.close().unwrap();
                }
            });
        });
        let rate = NonZeroU64::new(RATE as u64).unwrap();
        let limit = RateLimit::with_clock(rate, Arc::<FakeClock>::clone(&clock));
        listener.set_bandwidth_limit(Some(limit)).unwrap();
        let mut peer = Peer::new(&listener.url(""));
        peer.get(1, "/").get(3, "/");
        let got = |peer: &Peer| -> usize { peer.replies.values().map(|it| it.body.len()).sum() };
        // A tenth of a second's worth at first; less than half of that is not given out.
        for passed in (0..=1000).step_by(50) {
            let most = RATE * passed / 1000 + RATE / 10;
            while got(&peer) < most - RATE / 20 {
                peer.step().unwrap();
                assert!(got(&peer) <= most, "{} of {most}", got(&peer));
            }
            peer.ping();
            assert!(got(&peer) <= most, "{} of {most}", got(&peer));
            clock.advance(Duration::from_millis(50));
        }
        // Who of them gets how much of it is nowhere promised.
        assert!(peer.replies.values().all(|it| !it.ended));
    }
}

/// It is the limit that lets the client wait, not the client who is slow.
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the switch of slow tests; real time passes for the listener"
)]
fn a_throttled_client_is_not_too_slow() {
    if std::env::var_os("SYSTEM_NET_SLOW").is_none() {
        println!("skipped: a_throttled_client_is_not_too_slow: SYSTEM_NET_SLOW is not set");
        return;
    }
    const RATE: usize = 100_000;
    let clock = Arc::new(FakeClock::new());
    let listener = answering(|mut context| {
        let body = vec![b'x'; 60_000];
        context.response_mut().close_with(body).unwrap();
    });
    let rate = NonZeroU64::new(RATE as u64).unwrap();
    let limit = RateLimit::with_clock(rate, Arc::<FakeClock>::clone(&clock));
    listener.set_bandwidth_limit(Some(limit)).unwrap();
    let timeouts = listener.timeout_manager();
    // So long has the client, who answers at once, to open its window.
    let period = Duration::from_secs(5);
    timeouts.set_min_send_period(period);
    timeouts.set_min_send_bytes_per_second(1_000_000).unwrap();
    let mut peer = Peer::silent(&listener.url(""));
    peer.answers = false;
    // A window of ten bytes, so that the listener begins to look how fast the client is.
    peer.begin_with(&[(4, 10)]).get(1, "/");
    peer.until(1, 1, 10);
    // Now there is room for all but ten bytes, and the bucket has a tenth of a second's worth.
    peer.window(1, 59_980);
    peer.until(1, 1, RATE / 20);
    // Longer than a client may take; nothing comes, as the limit's clock stands still.
    std::thread::sleep(period + period / 5);
    peer.ping();
    assert_eq!(peer.replies[&1].reset, None);
    // What it has room for; when the listener waits for its window, its time begins anew.
    for passed in (50..=700).step_by(50) {
        clock.advance(Duration::from_millis(50));
        peer.until(1, 1, (RATE * passed / 1000).min(59_990));
    }
    peer.window(1, 10);
    let reply = peer.reply(1);
    assert_eq!((reply.body.len(), reply.reset), (60_000, None));
}

/// Faults are of HTTP/1: while there are any, nobody speaks HTTP/2 past them.
#[test]
fn faults_are_of_http1_alone() {
    for secure in [false, true] {
        let listener = match secure {
            false => HttpListener::test_http().unwrap(),
            true => HttpListener::test_https().unwrap(),
        };
        answer_with(&listener, |mut context| {
            let version = context.request().protocol_version().to_string();
            let _ = context.response_mut().close_with(version);
        });
        let url = listener.url("");
        let offered = |protocols: &[&str]| tls_stream(&url, listener.ca().unwrap(), protocols);
        let faults = Faults::new();
        faults.add("/harmed", Fault::Cut { after: 0 });
        listener.set_faults(Some(faults.clone()));
        if secure {
            let mut client = Client::over(offered(&["h2", "http/1.1"]));
            assert_eq!(client.get("/").text(), "1.1");
            client.request("GET /harmed", &[], "");
            client.expect_closed();
        } else {
            let mut client = Client::to(&url);
            client.send(PREFACE);
            assert_eq!(client.answer().status(), 505);
            let mut client = Client::to(&url);
            client.request("GET /harmed", &[], "");
            client.expect_closed();
        }
        assert_eq!(faults.touched(), 1);
        listener.set_faults(None);
        let spoken = if secure {
            let mut peer = Peer::over(offered(&["h2", "http/1.1"]));
            peer.begin().get(1, "/harmed");
            peer.reply(1).text().to_owned()
        } else {
            let mut peer = Peer::new(&url);
            peer.get(1, "/harmed");
            peer.reply(1).text().to_owned()
        };
        assert_eq!(spoken, "2.0");
    }
}

/// Requests over HTTP/2 have no bytes of their own: their heads are compressed by what came before, and
/// their frames stand between those of others.
#[test]
fn no_bytes_are_kept() {
    let listener = answering(|mut context| {
        let mut body = String::new();
        let mut input = context.request().input_stream();
        input.read_to_string(&mut body).unwrap();
        let bytes = context.request().raw_bytes();
        let text = bytes.map(|bytes| String::from_utf8(bytes).unwrap());
        context
            .response_mut()
            .close_with(text.unwrap_or_else(|| "none".to_owned()))
            .unwrap();
    });
    listener.set_kept_request_bytes(Some(1000));
    let mut peer = Peer::new(&listener.url(""));
    peer.head(1, HEADERS_ONLY, &head("POST", "/", &[]))
        .data(1, b"hello", true);
    assert_eq!(peer.reply(1).text(), "none");
    let mut client = Client::new(&listener);
    let kept = client.get("/");
    assert!(kept.text().starts_with("GET / HTTP/1.1\r\n"), "{kept:?}");
}
