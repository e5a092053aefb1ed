//! Response streams: what comes in, and when.

use std::io::{Read, SeekFrom, Write};
use std::time::{Duration, Instant};

use system_net_primitives::Misuse;
use system_net_requests::{HttpWebResponse, WebExceptionStatus as Status, WebRequest};
use system_net_testkit::{HttpPeer, Response, Script, Signal};

use crate::bodies::{CONTINUE, OK, pattern};
use crate::{check_status, context, get, http, post, web_error, write_body};

#[test]
fn response_stream_not_seekable() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("hello"));
    let mut request = http(&peer.url("/"));
    request
        .set_read_write_timeout(Some(Duration::from_secs(7)))
        .unwrap();
    let response = request.get_response().unwrap();
    let mut stream = response.get_response_stream().unwrap();
    assert!(stream.can_read() && !stream.can_write() && !stream.can_seek());
    for result in [stream.position(), stream.seek(SeekFrom::End(0))] {
        assert!(matches!(result, Err(Misuse::NotSupported(_))), "{result:?}");
    }
    assert_eq!(stream.read_timeout(), Some(Duration::from_secs(7)));
    assert_eq!(stream.read(&mut []).unwrap(), 0, "an empty read is no end");
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "the end stays");
}

const HEADS: [&str; 3] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    "HTTP/1.1 200 OK\r\n\r\na",
];
const RESTS: [&str; 3] = ["b", "1\r\nb\r\n0\r\n\r\n", "b"];

/// The server holds the last byte back until the client has the first.
#[test]
fn first_byte_before_last() {
    for (head, rest) in HEADS.into_iter().zip(RESTS) {
        let seen = Signal::new();
        let script = Script::new()
            .answer(head)
            .wait_for(&seen)
            .send(rest)
            .close();
        let peer = HttpPeer::scripts([script]);
        let start = Instant::now();
        let response = http(&peer.url("/")).get_response().unwrap();
        let mut stream = response.get_response_stream().unwrap();
        let mut buffer = [0; 100];
        assert_eq!(stream.read(&mut buffer).unwrap(), 1);
        assert!(start.elapsed() < Duration::from_secs(1));
        assert_eq!(buffer[0], b'a');
        seen.raise();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert_eq!(text, "b");
    }
}

#[tokio::test]
async fn first_byte_before_last_async() {
    use tokio::io::AsyncReadExt;
    for (head, rest) in HEADS.into_iter().zip(RESTS) {
        let seen = Signal::new();
        let script = Script::new()
            .answer(head)
            .wait_for(&seen)
            .send(rest)
            .close();
        let peer = HttpPeer::scripts([script]);
        let response = http(&peer.url("/")).get_response_async().await.unwrap();
        let mut stream = response.get_response_stream().unwrap().into_async();
        let mut buffer = [0; 100];
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 1);
        seen.raise();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "b");
    }
}

#[track_caller]
fn answered(answer: impl AsRef<[u8]>, method: &str) -> HttpWebResponse {
    let peer = HttpPeer::scripts([Script::new().answer(answer).close()]);
    let mut request = http(&peer.url("/"));
    request.set_method(method).unwrap();
    let response = request.get_response().unwrap();
    // The peer ends with this function; what it sent has arrived by then.
    peer.wait_for_open_at_most(0);
    response
}

#[test]
fn response_framings() {
    let big = pattern(300_000);
    let until_close = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &big].concat();
    let fixed = [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n"[..],
        &big,
    ]
    .concat();
    for (answer, method, length, body) in [
        (&fixed[..], "GET", Some(300_000), &big[..]),
        (&until_close, "GET", None, &big),
        (b"HTTP/1.1 200 OK\r\n\r\n", "GET", None, b""),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "GET",
            Some(0),
            b"",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET",
            None,
            b"",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n0002\r\nbc\r\n0\r\n\r\n",
            "GET",
            None,
            b"abc",
        ),
        (b"HTTP/1.1 204 No Content\r\n\r\nx", "GET", None, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET", Some(0), b""),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            "HEAD",
            Some(9),
            b"",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HEAD",
            None,
            b"",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nold", "GET", None, b"old"),
    ] {
        let response = answered(answer, method);
        let what = String::from_utf8_lossy(&answer[..answer.len().min(80)]).into_owned();
        assert_eq!(response.content_length(), length, "{method} {what}");
        assert!(response.into_bytes().unwrap() == body, "{method} {what}");
    }
}

/// Trailers are there once the body has been read, and the connection goes on.
#[test]
fn chunked_roundtrip() {
    let context = context();
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
        5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 7\r\nX-More: a\r\nX-More: b\r\n\r\n";
    let peer = HttpPeer::scripts([Script::new().head().chunked().send(answer).repeat(2)]);
    for _ in 0..2 {
        let mut request = post(&context, &peer.url("/"));
        request.set_send_chunked(true).unwrap();
        write_body(&mut request, "up");
        let response = request.get_response().unwrap();
        let text = response.clone().into_string().unwrap();
        assert_eq!(text, "hello world");
        let trailers = response.trailers().expect("trailers");
        assert_eq!(trailers.get("X-Sum").as_deref(), Some("7"));
        assert_eq!(trailers.get("X-More").as_deref(), Some("a,b"));
        assert_eq!(response.headers().get("X-Sum"), None, "kept apart");
    }
    assert_eq!(peer.connections_opened(), 1);
    let plain = answered("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET");
    assert!(plain.trailers().is_none());
}

/// Informational responses come before the response and are no part of it.
#[test]
fn informational_responses_are_skipped() {
    let context = context();
    let answer = format!(
        "{CONTINUE}HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Hint: h\r\n\r\n{OK}"
    );
    let peer = HttpPeer::scripts([Script::new().answer(answer).repeat(2)]);
    for _ in 0..2 {
        let mut request = WebRequest::create_in(&context, peer.url("/")).unwrap();
        let response = request.get_response().unwrap();
        assert_eq!(response.headers().unwrap().get("X-Hint"), None);
        assert_eq!(response.into_string().unwrap(), "ok");
    }
    assert_eq!(peer.connections_opened(), 1);
}

/// What is wrong stays wrong: a body that was cut off never looks complete on a second try.
#[test]
fn failed_body_stays_failed() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ] {
        let response = answered(answer, "GET");
        let mut stream = response.get_response_stream().unwrap();
        let mut good = [0; 3];
        stream.read_exact(&mut good).unwrap();
        assert_eq!(&good, b"abc");
        let first = web_error(stream.read(&mut good).unwrap_err()).status();
        for _ in 0..2 {
            check_status(stream.read(&mut good).map_err(web_error), first);
        }
        check_status(response.into_bytes(), first);
    }
}

/// A stream that was closed has no end of its body to show.
#[test]
fn closed_stream_cannot_be_read() {
    for close_response in [false, true] {
        let peer = HttpPeer::serve(|_| Response::new(200).body("hello"));
        let response = http(&peer.url("/")).get_response().unwrap();
        let mut stream = response.get_response_stream().unwrap();
        stream.read_exact(&mut [0; 2]).unwrap();
        match close_response {
            true => response.close(),
            false => stream.close(),
        }
        let error = stream.read(&mut [0; 9]).unwrap_err();
        assert!(error.to_string().contains("closed"), "{error}");
    }
}

#[test]
fn text_in_the_named_character_set() {
    for (content_type, body, expected) in [
        ("text/plain", &b"caf\xc3\xa9"[..], "caf\u{e9}"),
        ("text/plain; charset=iso-8859-1", b"caf\xe9", "caf\u{e9}"),
        ("text/plain; charset=\"utf-8\"", b"caf\xc3\xa9", "caf\u{e9}"),
        ("text/plain; charset=nonsense", b"caf\xe9", "caf\u{fffd}"),
        ("text/plain; charset=utf-16le", b"h\0i\0", "hi"),
    ] {
        let peer = HttpPeer::serve(move |_| {
            Response::new(200)
                .header("Content-Type", content_type)
                .body(body)
        });
        assert_eq!(get(&context(), &peer.url("/")), expected, "{content_type}");
    }
}

/// A handle that is closed ends the reads of the others, blocking and asynchronous ones.
#[test]
fn close_wakes_readers() {
    let peer = HttpPeer::each(
        Script::new()
            .head()
            .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
            .stall(),
    );
    let response = http(&peer.url("/")).get_response().unwrap();
    let pending = response
        .get_response_stream()
        .unwrap()
        .begin_read(10, None, None);
    let mut stream = response.get_response_stream().unwrap();
    let blocking = std::thread::spawn(move || stream.read(&mut [0; 10]).map_err(|e| e.to_string()));
    assert!(!pending.wait_timeout(Duration::from_millis(50)));
    response.close();
    assert!(
        pending.wait_timeout(Duration::from_secs(10)),
        "the asynchronous read ended"
    );
    pending.end().unwrap().unwrap_err();
    blocking.join().unwrap().unwrap_err();
}

/// Two reads that wait at once are both served; so is one whose companion was given up.
#[test]
fn readers_share_a_body() {
    let (first, second) = (Signal::new(), Signal::new());
    let peer = HttpPeer::scripts([Script::new()
        .head()
        .send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
        .wait_for(&first)
        .send("a")
        .wait_for(&second)
        .send("bc")
        .stall()]);
    let response = http(&peer.url("/")).get_response().unwrap();
    let stream = response.get_response_stream().unwrap();
    let limit = Duration::from_secs(10);
    let reads: Vec<_> = (0..3).map(|_| stream.begin_read(1, None, None)).collect();
    assert!(!reads[2].wait_timeout(Duration::from_millis(50)));
    reads[2].cancel();
    first.raise();
    second.raise();
    let mut bytes: Vec<u8> = Vec::new();
    for read in &reads[..2] {
        assert!(read.wait_timeout(limit), "every reader is served");
        bytes.extend(stream.end_read(read).unwrap());
    }
    bytes.sort_unstable();
    assert_eq!(bytes, b"ab");
}

/// A second write before the first has ended is refused, not mixed in.
#[test]
fn begin_write_one_at_a_time() {
    let go = Signal::new();
    let peer = HttpPeer::scripts([Script::new()
        .head()
        .wait_for(&go)
        .discard(32 << 20)
        .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        .stall()]);
    let mut request = http(&peer.url("/"));
    request.set_method("POST").unwrap();
    request.set_content_length(32 << 20).unwrap();
    request
        .service_point()
        .unwrap()
        .set_expect_100_continue(false);
    let mut stream = request.get_request_stream().unwrap();
    let first = stream.begin_write(vec![b'x'; 32 << 20], None, None);
    let second = stream.begin_write(vec![b'y'; 1], None, None);
    let error = stream.end_write(&second).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    go.raise();
    stream.end_write(&first).unwrap();
    stream.close().unwrap();
    assert_eq!(request.get_response().unwrap().status_code().as_u16(), 200);
}

/// A server that answers before it has read the body, and reads no further, is heard at once.
#[test]
fn early_refusal_while_uploading() {
    const REFUSAL: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig";
    for (kept, expect) in [(true, false), (false, false), (true, true), (false, true)] {
        let script = match expect {
            true => Script::new().head().send("HTTP/1.1 100 Continue\r\n\r\n"),
            false => Script::new().head(),
        };
        let peer = HttpPeer::scripts([script.discard(1000).send(REFUSAL).stall()]);
        let mut request = http(&peer.url("/"));
        request.set_method("POST").unwrap();
        request.set_content_length(64 << 20).unwrap();
        request.set_allow_write_stream_buffering(kept).unwrap();
        request
            .service_point()
            .unwrap()
            .set_expect_100_continue(expect);
        let mut stream = request.get_request_stream().unwrap();
        let piece = vec![0; 1 << 20];
        for _ in 0..64 {
            stream.write_all(&piece).unwrap();
        }
        stream.close().unwrap();
        let error = check_status(request.get_response(), Status::ProtocolError);
        assert_eq!(error.into_response().unwrap().into_string().unwrap(), "big");
    }
}

/// Chunks, alike and not, read through large and small buffers: the body is the same, and so is its
/// end. Another response on the same connection follows.
#[tokio::test]
async fn chunks_through_buffers_of_every_size() {
    use tokio::io::AsyncReadExt;
    const SIZES: [&[usize]; 3] = [
        &[16_384; 40],
        &[70_000, 9_000, 9_000, 9_000, 31, 1],
        &[300_000, 16_384, 16_384, 16_383],
    ];
    let peer = HttpPeer::converse(|talk| {
        loop {
            let head = talk.head()?;
            let sizes = SIZES[usize::from(head.head["GET /".len()] - b'0')];
            let mut rest = &pattern(sizes.iter().sum())[..];
            let mut answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            for &size in sizes {
                let (data, behind) = rest.split_at(size);
                answer.extend(format!("{size:x}\r\n").bytes());
                answer.extend(data);
                answer.extend(b"\r\n");
                rest = behind;
            }
            answer.extend(b"0\r\nX-Last: 1\r\n\r\n");
            talk.send(answer)?;
        }
    });
    let context = context();
    for (index, sizes) in SIZES.iter().enumerate() {
        let body = pattern(sizes.iter().sum());
        for room in [1_000, 32_768, 65_536, 500_000] {
            let mut request =
                WebRequest::create_http_in(&context, peer.url(&format!("/{index}")).as_str())
                    .unwrap();
            let response = request.get_response_async().await.unwrap();
            let mut stream = response.get_response_stream().unwrap().into_async();
            let (mut read, mut piece) = (Vec::new(), vec![0; room]);
            loop {
                match stream.read(&mut piece).await.unwrap() {
                    0 => break,
                    n => read.extend_from_slice(&piece[..n]),
                }
            }
            assert!(read == body, "{index}, {room}: {} bytes", read.len());
            assert_eq!(response.trailers().unwrap().len(), 1);
        }
    }
    assert_eq!(peer.connections_opened(), 1);
}
