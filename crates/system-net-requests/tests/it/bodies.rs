//! Request streams: what goes out, and when.

use std::io::{SeekFrom, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use system_net_config::NetContext;
use system_net_primitives::{HttpVersion, Misuse};
use system_net_requests::{
    HttpWebRequest, Phase, WebError, WebExceptionStatus as Status, WebRequest,
};
use system_net_testkit::{Blackhole, HttpPeer, RecordedRequest, Response, Script, Signal};

use crate::{check_status, context, post, web_error, write_body};

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
pub(crate) const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

#[track_caller]
fn check_misuse(error: &WebError) {
    assert!(
        matches!(error.misuse(), Some(Misuse::InvalidOperation(_))),
        "{error:?}"
    );
}

// ---- Request streams ----

#[test]
fn request_stream_write_only() {
    let peer = HttpPeer::converse(|talk| {
        let head = talk.head()?;
        talk.body(&head)?;
        talk.send(OK)
    });
    let with_length = |length| {
        let mut request = post(&context(), &peer.url("/"));
        request.set_content_length(length).unwrap();
        request
    };
    // Write-only, no seek.
    let mut whole = with_length(5);
    let mut stream = whole.get_request_stream().unwrap();
    assert!(stream.can_write() && !stream.can_read() && !stream.can_seek());
    for result in [stream.position(), stream.seek(SeekFrom::Start(0))] {
        assert!(matches!(result, Err(Misuse::NotSupported(_))));
    }
    // Over-long: refused as a whole, and what was right can still be written.
    stream.write_all(b"he").unwrap();
    check_misuse(&web_error(stream.write(b"llo!").unwrap_err()));
    assert_eq!(stream.write(b"").unwrap(), 0);
    stream.write_all(b"llo").unwrap();
    check_misuse(&web_error(stream.write(b"!").unwrap_err()));
    stream.close().unwrap();
    stream.close().expect("closing twice is harmless");
    let error = stream.write(b"x").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    assert_eq!(whole.get_response().unwrap().into_string().unwrap(), "ok");
    assert_eq!(peer.requests()[0].body, b"hello");

    // Short: told by close and by the response, and the connection is gone.
    let mut request = with_length(5);
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(b"abc").unwrap();
    let error = check_status(stream.close(), Status::RequestCanceled);
    assert!(error.to_string().contains("2 bytes short"), "{error}");
    check_status(request.get_response(), Status::RequestCanceled);
    check_status(request.get_response(), Status::RequestCanceled);

    // A dropped stream counts as closed.
    let mut request = with_length(5);
    drop(request.get_request_stream().unwrap());
    check_status(request.get_response(), Status::RequestCanceled);
    // The first request's connection is kept; those of the others are gone.
    peer.wait_for_open_at_most(1);
}

/// The stream comes first, then the response; each only once.
#[test]
fn order_of_calls() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    for length in [None, Some(1)] {
        let mut request = post(&context(), &peer.url("/"));
        if let Some(length) = length {
            request.set_content_length(length).unwrap();
        }
        let mut stream = request.get_request_stream().unwrap();
        check_misuse(&request.get_request_stream().unwrap_err());
        check_misuse(&request.get_response().unwrap_err());
        stream.write_all(b"x").unwrap();
        stream.close().unwrap();
        check_misuse(&request.get_request_stream().unwrap_err());
        request.get_response().expect("the request goes on");
        check_misuse(&request.get_request_stream().unwrap_err());
    }
    // Without a length the body must be kept to find it.
    let mut request = post(&context(), &peer.url("/"));
    request.set_allow_write_stream_buffering(false).unwrap();
    check_misuse(&request.get_request_stream().unwrap_err());
}

/// How a body is framed, for each way to announce it.
type Announce = (&'static str, fn(&mut HttpWebRequest, u64));

const ANNOUNCEMENTS: &[Announce] = &[
    ("kept, no length", |_, _| {}),
    ("kept, length", |r, n| r.set_content_length(n).unwrap()),
    ("kept, chunked", |r, _| r.set_send_chunked(true).unwrap()),
    ("length", |r, n| {
        r.set_allow_write_stream_buffering(false).unwrap();
        r.set_content_length(n).unwrap();
    }),
    ("chunked", |r, _| {
        r.set_allow_write_stream_buffering(false).unwrap();
        r.set_send_chunked(true).unwrap();
    }),
    ("chunked before length", |r, n| {
        r.set_content_length(n + 7).unwrap();
        r.set_send_chunked(true).unwrap();
    }),
];

#[track_caller]
fn check_framing(seen: &RecordedRequest, what: &str, body: &[u8]) {
    assert!(seen.body == body, "{what}, {} bytes", body.len());
    if what.contains("chunked") {
        assert_eq!(
            seen.header("Transfer-Encoding").as_deref(),
            Some("chunked"),
            "{what}"
        );
        assert_eq!(seen.header("Content-Length"), None, "{what}");
        assert!(seen.raw_body.ends_with(b"0\r\n\r\n"), "{what}");
    } else {
        let length = body.len().to_string();
        assert_eq!(seen.header("Content-Length"), Some(length), "{what}");
        assert_eq!(seen.header("Transfer-Encoding"), None, "{what}");
    }
}

#[test]
fn send_chunked() {
    let context = context();
    let peer = HttpPeer::serve(|_| Response::new(200));
    for length in [0, 1, 5, 65_536, 300_001] {
        let body = pattern(length);
        for (what, announce) in ANNOUNCEMENTS {
            let mut request = post(&context, &peer.url("/"));
            announce(&mut request, length as u64);
            let mut stream = request.get_request_stream().unwrap();
            for piece in body.chunks(70_000) {
                stream.write_all(piece).unwrap();
            }
            stream.flush().unwrap();
            stream.close().unwrap();
            request.get_response().unwrap();
            check_framing(peer.requests().last().unwrap(), what, &body);
        }
    }
    assert_eq!(
        peer.connections_opened(),
        1,
        "every body ended where it should"
    );
    // The caller's own coding stands before the chunks, which are the last (RFC 9112 section 6.1).
    let body = pattern(70_000);
    let mut request = post(&context, &peer.url("/"));
    request.set_send_chunked(true).unwrap();
    request.set_transfer_encoding(Some("gzip")).unwrap();
    assert!(request.send_chunked());
    assert_eq!(request.transfer_encoding().as_deref(), Some("gzip"));
    write_body(&mut request, &body);
    request.get_response().unwrap();
    let seen = peer.requests().pop().unwrap();
    assert_eq!(
        seen.header("Transfer-Encoding").as_deref(),
        Some("gzip, chunked")
    );
    assert_eq!(seen.header("Content-Length"), None);
    assert!(seen.body == body, "{} bytes", seen.body.len());
    // What the two properties do not go with.
    let mut request = post(&context, &peer.url("/"));
    let coding = request.set_transfer_encoding(Some("gzip"));
    assert!(matches!(coding, Err(Misuse::InvalidOperation(_))));
    request.set_send_chunked(true).unwrap();
    let chunked = request.set_transfer_encoding(Some("gzip, Chunked"));
    assert!(matches!(chunked, Err(Misuse::InvalidArgument { .. })));
}

#[tokio::test]
async fn send_body_async() {
    use tokio::io::AsyncWriteExt;
    let context = context();
    let peer = HttpPeer::serve(|_| Response::new(200));
    let body = pattern(200_000);
    for (what, announce) in ANNOUNCEMENTS {
        let mut request = post(&context, &peer.url("/"));
        announce(&mut request, body.len() as u64);
        let stream = request.get_request_stream_async().await.unwrap();
        let mut stream = stream.into_async();
        stream.write_all(&body).await.unwrap();
        stream.shutdown().await.unwrap();
        request.get_response_async().await.unwrap();
        check_framing(peer.requests().last().unwrap(), what, &body);
    }
    assert_eq!(peer.connections_opened(), 1);
}

/// HTTP/1.0 has no chunks: nothing is sent.
#[test]
fn chunks_need_http_1_1() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let mut request = post(&context(), &peer.url("/"));
    request
        .set_protocol_version(HttpVersion::VERSION10)
        .unwrap();
    request.set_send_chunked(true).unwrap();
    check_misuse(&request.get_request_stream().unwrap_err());
    peer.wait_for_open_at_most(0);
    assert_eq!(peer.request_count(), 0);
}

/// With a length or chunks the server has the head before the first byte of the body is written;
/// without either nothing is sent before the stream is closed.
#[test]
fn request_stream_head_sent_first() {
    for chunked in [false, true] {
        let peer = HttpPeer::serve(|_| Response::new(200));
        let mut request = post(&context(), &peer.url("/"));
        match chunked {
            true => request.set_send_chunked(true).unwrap(),
            false => request.set_content_length(5).unwrap(),
        }
        let mut stream = request.get_request_stream().unwrap();
        peer.wait_for_requests(1);
        stream.write_all(b"hello").unwrap();
        stream.close().unwrap();
        request.get_response().unwrap();
        assert_eq!(peer.requests()[0].body, b"hello");
    }
    let peer = HttpPeer::serve(|_| Response::new(200));
    let mut request = post(&context(), &peer.url("/"));
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(b"hello").unwrap();
    assert_eq!(peer.connections_opened(), 0);
    stream.close().unwrap();
    request.get_response().unwrap();

    // A host that does not answer: the blocking form waits, the Begin form does not.
    let nowhere = Blackhole::new();
    let url = format!("http://{}/", nowhere.address());
    let mut request = post(&context(), &url);
    request.set_content_length(5).unwrap();
    request
        .set_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let error = check_status(request.get_request_stream(), Status::Timeout);
    assert_eq!(error.phase(), Phase::Connecting);
    let mut request = post(&context(), &url);
    request.set_content_length(5).unwrap();
    let begun = request.begin_get_request_stream(None, None);
    assert!(!begun.is_completed());
    request.abort();
    check_status(
        request.end_get_request_stream(&begun),
        Status::RequestCanceled,
    );
}

// ---- Expect: 100-continue ----

/// A request that asks to continue; streamed, or with the body at once.
fn expecting(context: &NetContext, url: &str, streamed: bool) -> HttpWebRequest {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request.set_method("POST").unwrap();
    if streamed {
        request.set_content_length(5).unwrap();
    }
    request
}

#[test]
fn expect_100_paths() {
    for streamed in [false, true] {
        // The server says 100: the body follows, and not before.
        let peer = HttpPeer::converse(|talk| {
            let head = talk.head()?;
            talk.send(CONTINUE)?;
            talk.body(&head)?;
            talk.send(OK)
        });
        let mut request = expecting(&context(), &peer.url("/"), streamed);
        request
            .set_continue_timeout(Duration::from_secs(60))
            .unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        request
            .set_continue_delegate(Some(Arc::new(move |status, _| {
                hears.lock().unwrap().push(status.as_u16());
            })))
            .unwrap();
        write_body(&mut request, "hello");
        request.get_response().unwrap();
        let seen = &peer.requests()[0];
        assert_eq!(seen.header("Expect").as_deref(), Some("100-continue"));
        assert_eq!(seen.body, b"hello");
        assert_eq!(*heard.lock().unwrap(), [100]);

        // The server says nothing: the body follows after the time-out.
        for (set, at_least) in [(Some(80), 80), (None, 350)] {
            let peer = HttpPeer::converse(|talk| {
                let head = talk.head()?;
                talk.body(&head)?;
                talk.send(OK)
            });
            let mut request = expecting(&context(), &peer.url("/"), streamed);
            if let Some(ms) = set {
                request
                    .set_continue_timeout(Duration::from_millis(ms))
                    .unwrap();
            }
            let start = Instant::now();
            write_body(&mut request, "hello");
            request.get_response().unwrap();
            let waited = start.elapsed();
            let at_least = Duration::from_millis(at_least);
            assert!(
                waited >= at_least && waited < at_least + Duration::from_secs(3),
                "{waited:?}"
            );
            assert_eq!(peer.requests()[0].body, b"hello");
        }

        // The server says 417: an error with its response, no body, and, as recorded, no second try;
        // who hears of informational responses hears of none.
        let answer = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n";
        let peer = HttpPeer::each(Script::new().answer(answer).stall());
        let heard = Arc::new(AtomicUsize::new(0));
        let mut request = expecting(&context(), &peer.url("/"), streamed);
        request
            .set_continue_timeout(Duration::from_secs(60))
            .unwrap();
        let hears = Arc::clone(&heard);
        request
            .set_continue_delegate(Some(Arc::new(move |_, _| {
                hears.fetch_add(1, Ordering::Relaxed);
            })))
            .unwrap();
        write_body(&mut request, "hello");
        let error = check_status(request.get_response(), Status::ProtocolError);
        let response = error.into_response().unwrap();
        assert_eq!(response.as_http().unwrap().status_code().as_u16(), 417);
        peer.wait_for_open_at_most(0);
        assert_eq!(peer.connections_opened(), 1);
        assert!(peer.connections()[0].received.ends_with(b"\r\n\r\n"));
        assert_eq!(heard.load(Ordering::Relaxed), 0);

        // The service point says not to ask: the body follows at once.
        let peer = HttpPeer::serve(|_| Response::new(200));
        let mut request = expecting(&context(), &peer.url("/"), streamed);
        request
            .service_point()
            .unwrap()
            .set_expect_100_continue(false);
        request
            .set_continue_timeout(Duration::from_secs(60))
            .unwrap();
        write_body(&mut request, "hello");
        request.get_response().unwrap();
        let seen = &peer.requests()[0];
        assert_eq!((seen.header("Expect"), &*seen.body), (None, &b"hello"[..]));
    }
}

/// The server answers for good before it wants the body: the body is not sent, and the
/// connection, on which the server still waits for it, serves no other request.
#[test]
fn expect_100_final_first() {
    for streamed in [false, true] {
        for status in [417, 401, 413, 200] {
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nno");
            let peer = HttpPeer::each(Script::new().answer(&answer).stall());
            let context = context();
            let mut request = expecting(&context, &peer.url("/"), streamed);
            request
                .set_continue_timeout(Duration::from_secs(60))
                .unwrap();
            write_body(&mut request, "hello");
            let response = match request.get_response() {
                Ok(response) => response,
                Err(error) => {
                    let error = check_status::<()>(Err(error), Status::ProtocolError);
                    error.response().unwrap().as_http().unwrap().clone()
                }
            };
            assert_eq!(response.status_code().as_u16(), status);
            assert_eq!(response.into_string().unwrap(), "no");
            peer.wait_for_open_at_most(0);
            let seen = &peer.connections()[0].received;
            assert!(
                seen.ends_with(b"\r\n\r\n"),
                "{status}: a body was sent: {}",
                String::from_utf8_lossy(seen)
            );
            assert_eq!(request.service_point().unwrap().current_connections(), 0);
        }
    }
}

/// Several informational responses, of which only 100 lets the body go.
#[test]
fn other_informational_responses_do_not_continue() {
    let sent = Signal::new();
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let peer = HttpPeer::scripts([Script::new()
        .head()
        .send(hints)
        .send(hints)
        .wait_for(&sent)
        .send(CONTINUE)
        .body(5)
        .send(OK)]);
    let mut request = expecting(&context(), &peer.url("/"), false);
    request
        .set_continue_timeout(Duration::from_secs(60))
        .unwrap();
    write_body(&mut request, "hello");
    let begun = request.begin_get_response(None, None);
    peer.wait_for_requests(1);
    assert!(!begun.is_completed());
    sent.raise();
    request.end_get_response(&begun).unwrap();
    assert_eq!(peer.requests()[0].body, b"hello");
}

/// A server that refuses a body while it comes: its answer counts, not the broken connection.
#[test]
fn early_answer_while_uploading() {
    const REFUSAL: &str =
        "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig";
    let body = pattern(16 << 20);
    for (what, announce) in ANNOUNCEMENTS {
        let peer = HttpPeer::scripts([Script::new().head().discard(100_000).send(REFUSAL).close()]);
        let context = context();
        let mut request = post(&context, &peer.url("/"));
        announce(&mut request, body.len() as u64);
        let mut stream = request.get_request_stream().unwrap();
        for piece in body.chunks(1 << 20) {
            stream.write_all(piece).unwrap();
        }
        stream.close().unwrap();
        let error = check_status(request.get_response(), Status::ProtocolError);
        let response = error.into_response().unwrap();
        assert_eq!(
            response.as_http().unwrap().status_code().as_u16(),
            413,
            "{what}"
        );
        assert_eq!(response.into_string().unwrap(), "big", "{what}");
        assert_eq!(
            request.service_point().unwrap().current_connections(),
            0,
            "{what}"
        );
    }
}

/// A write that the server never takes ends by `read_write_timeout`.
#[test]
fn write_timeout() {
    let peer = HttpPeer::each(Script::new().head().hold());
    let mut request = post(&context(), &peer.url("/"));
    request.set_content_length(1 << 30).unwrap();
    request.set_allow_write_stream_buffering(false).unwrap();
    request
        .set_read_write_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let mut stream = request.get_request_stream().unwrap();
    let piece = vec![0; 1 << 20];
    let error = (0..1024)
        .find_map(|_| stream.write_all(&piece).err())
        .expect("a write fails");
    let error = check_status::<()>(Err(web_error(error)), Status::Timeout);
    assert_eq!(error.phase(), Phase::Sending);
}
