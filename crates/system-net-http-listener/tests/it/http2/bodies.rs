//! Bodies both ways: windows, trailers, 100 (Continue), and what is left of them.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::time::Duration;

use system_net_http_listener::{HttpListenerError, HttpListenerErrorKind as Kind};
use system_net_primitives::WebHeaderCollection;
use system_net_testkit::{frame, frame_bytes, header_block};

use super::peer::{END, Peer, code, head};
use crate::support::{HANG, answering, echoing};

const HEADERS_ONLY: u8 = frame::END_HEADERS;

fn kind(error: std::io::Error) -> Kind {
    let inner = error.into_inner().unwrap();
    inner.downcast::<HttpListenerError>().unwrap().kind()
}

#[test]
fn a_body_comes_in_pieces() {
    let listener = echoing();
    let mut peer = Peer::new(&listener.url(""));
    let fields = head("POST", "/x", &[]);
    peer.head(1, HEADERS_ONLY, &fields)
        .data(1, b"one ", false)
        .data(1, b"", false)
        // Padded: one byte says how much.
        .frame(frame::DATA, 8, 1, b"\x03two \0\0\0")
        .data(1, b"three", true);
    assert_eq!(peer.reply(1).text(), "POST /x one two three");
    let fields = head("PUT", "/y", &[("content-length", "5")]);
    peer.head(3, HEADERS_ONLY, &fields).data(3, b"12345", true);
    assert_eq!(peer.reply(3).text(), "PUT /y 12345");
}

#[test]
fn a_large_body_both_ways_under_flow_control() {
    let listener = answering(|mut context| {
        let mut body = Vec::new();
        context
            .request()
            .input_stream()
            .read_to_end(&mut body)
            .unwrap();
        let mut stream = context.response_mut().output_stream().unwrap();
        stream.write_all(&body).unwrap();
        stream.close().unwrap();
    });
    let mut peer = Peer::new(&listener.url(""));
    // 3 MiB: more than the window of the stream and of the connection.
    let body: Vec<u8> = (0..3 << 20).map(|at: u32| ((at * 31) >> 7) as u8).collect();
    peer.ping();
    peer.head(1, HEADERS_ONLY, &head("POST", "/", &[]));
    let (mut of_stream, mut of_connection) = (768 << 10, 1 << 20);
    let mut sent = 0;
    while sent < body.len() {
        let room = of_stream
            .min(of_connection)
            .min(16_384)
            .min(body.len() - sent);
        if room == 0 {
            let got = peer.step().unwrap();
            if got.kind == frame::WINDOW_UPDATE {
                match got.stream {
                    0 => of_connection += got.number(0) as usize,
                    _ => of_stream += got.number(0) as usize,
                }
            }
            continue;
        }
        peer.data(1, &body[sent..sent + room], sent + room == body.len());
        sent += room;
        of_stream -= room;
        of_connection -= room;
    }
    let reply = peer.reply(1);
    assert_eq!(reply.header("content-length"), None);
    assert!(reply.body == body);
}

/// The client's window bounds what is sent, whole bodies and streams alike.
#[test]
fn a_window_is_kept() {
    for whole in [true, false] {
        let listener = answering(move |mut context| {
            let body = vec![b'x'; 200_000];
            if whole {
                context.response_mut().close_with(body).unwrap();
            } else {
                let mut stream = context.response_mut().output_stream().unwrap();
                stream.write_all(&body).unwrap();
                stream.close().unwrap();
            }
        });
        let mut peer = Peer::silent(&listener.url(""));
        peer.answers = false;
        peer.begin_with(&[(4, 10)]).get(1, "/");
        peer.until(1, 1, 10);
        peer.ping();
        assert_eq!(peer.replies[&1].body.len(), 10);
        peer.window(1, 25);
        peer.until(1, 1, 35);
        peer.ping();
        assert_eq!(peer.replies[&1].body.len(), 35);
        // A window may shrink below zero: 20 bytes less than it was.
        peer.frame(frame::SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])
            .window(1, 9);
        peer.ping();
        assert_eq!(peer.replies[&1].body.len(), 35);
        peer.window(1, 1_000_000);
        peer.until(1, 1, 65_535);
        peer.ping();
        // Now it is the connection's window.
        assert_eq!(peer.replies[&1].body.len(), 65_535);
        peer.window(0, 1_000_000);
        assert_eq!(peer.reply(1).body.len(), 200_000);
    }
}

#[test]
fn trailers_of_a_request() {
    let listener = answering(|mut context| {
        let request = context.request();
        assert!(request.trailers().is_none());
        let mut body = String::new();
        request.input_stream().read_to_string(&mut body).unwrap();
        let trailers = request.trailers().unwrap();
        let text = format!("{body} {}", trailers.get("X-Sum").unwrap());
        context.response_mut().close_with(text).unwrap();
    });
    let mut peer = Peer::new(&listener.url(""));
    peer.head(1, HEADERS_ONLY, &head("POST", "/", &[]))
        .data(1, b"body", false)
        .head(1, END, &[("x-sum", "42")]);
    assert_eq!(peer.reply(1).text(), "body 42");
}

/// They stand behind a body whose length was not set; there is none behind HEAD and statuses without a
/// body; what frames a message may not stand there.
#[test]
fn trailers_of_a_response() {
    let (sender, errors) = mpsc::channel();
    let listener = answering(move |mut context| {
        let path = context.request().raw_url().to_owned();
        let response = context.response_mut();
        match &*path {
            "/fixed" => response.set_content_length64(4).unwrap(),
            "/empty-status" => response.set_status_code(304).unwrap(),
            _ => {}
        }
        let mut stream = response.output_stream().unwrap();
        if path != "/empty" && path != "/empty-status" {
            stream.write_all(b"body").unwrap();
        }
        let mut trailers = WebHeaderCollection::for_response();
        trailers.push_raw(b"X-Sum", b"42");
        trailers.push_raw(b"X-Sum", b"43");
        if path == "/forbidden" {
            trailers.push_raw(b"Content-Length", b"4");
        }
        let closed = stream.close_with_trailers(&trailers);
        sender.send(closed.map_err(|error| error.kind())).unwrap();
    });
    let mut peer = Peer::new(&listener.url(""));
    let mut stream = 1;
    let mut ask = |method: &str, path: &str| {
        peer.head(stream, END, &head(method, path, &[]));
        let reply = peer.reply(stream);
        stream += 2;
        (reply, errors.recv_timeout(HANG).unwrap())
    };
    let fields = [("x-sum", "42"), ("x-sum", "43")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (path, body) in [("/", "body"), ("/empty", "")] {
        let (reply, closed) = ask("GET", path);
        assert_eq!((reply.status(), reply.text()), (200, body));
        assert_eq!(reply.heads.len(), 2, "{reply:?}");
        assert_eq!(reply.heads[1], fields);
        assert_eq!((reply.ended, reply.reset, closed), (true, None, Ok(())));
    }
    for (method, path, status) in [("HEAD", "/", 200), ("GET", "/empty-status", 304)] {
        let (reply, closed) = ask(method, path);
        assert_eq!((reply.status(), reply.heads.len()), (status, 1));
        assert_eq!((reply.ended, reply.reset, closed), (true, None, Ok(())));
    }
    let (reply, closed) = ask("GET", "/forbidden");
    assert_eq!(reply.reset, Some(code::INTERNAL));
    assert_eq!(closed, Err(Kind::ProtocolViolation));
    // Its length says that nothing follows: the stream is given up, unless it has ended by then.
    let (reply, closed) = ask("GET", "/fixed");
    assert_eq!(closed, Err(Kind::Misuse));
    assert!(reply.heads.len() <= 1, "{reply:?}");
    assert!(reply.ended || reply.reset == Some(code::INTERNAL));
    peer.ping();
}

#[test]
fn continue_is_said_when_the_body_is_read() {
    let (go, gone) = mpsc::channel::<()>();
    let listener = answering(move |mut context| {
        if context.request().raw_url() == "/unread" {
            context.response_mut().close_with("no").unwrap();
            return;
        }
        gone.recv_timeout(HANG).unwrap();
        let mut body = String::new();
        context
            .request()
            .input_stream()
            .read_to_string(&mut body)
            .unwrap();
        context.response_mut().close_with(body).unwrap();
    });
    let mut peer = Peer::new(&listener.url(""));
    let expect = [("expect", "100-continue")];
    peer.head(1, HEADERS_ONLY, &head("POST", "/read", &expect));
    peer.ping();
    assert!(!peer.replies.contains_key(&1));
    go.send(()).unwrap();
    peer.until(1, 1, 0);
    assert_eq!(
        peer.replies[&1].heads[0],
        [(":status".to_owned(), "100".to_owned())]
    );
    peer.data(1, b"hello", true);
    let reply = peer.reply(1);
    assert_eq!(
        (reply.status(), reply.text(), reply.heads.len()),
        (200, "hello", 2)
    );
    // Not read: no 100, and the stream is closed without an error behind the answer.
    peer.head(3, HEADERS_ONLY, &head("POST", "/unread", &expect));
    let reply = peer.reply(3);
    assert_eq!(
        (reply.status(), reply.text(), reply.heads.len()),
        (200, "no", 1)
    );
    while peer
        .replies
        .get(&3)
        .is_none_or(|reply| reply.reset.is_none())
    {
        peer.step().unwrap();
    }
    assert_eq!(peer.replies[&3].reset, Some(code::NO_ERROR));
    peer.replies.clear();
    go.send(()).unwrap();
    peer.head(5, HEADERS_ONLY, &head("POST", "/", &[]))
        .data(5, b"x", true);
    assert_eq!(peer.reply(5).text(), "x");
}

#[test]
fn a_body_that_is_not_as_announced() {
    let (sender, errors) = mpsc::channel();
    let (taken, begun) = mpsc::channel();
    let listener = answering(move |context| {
        taken.send(()).unwrap();
        let mut body = Vec::new();
        let error = context
            .request()
            .input_stream()
            .read_to_end(&mut body)
            .unwrap_err();
        sender.send(kind(error)).unwrap();
    });
    let mut peer = Peer::new(&listener.url(""));
    let fields = head("POST", "/", &[("content-length", "5")]);
    peer.head(1, HEADERS_ONLY, &fields).data(1, b"1234", true);
    assert_eq!(errors.recv_timeout(HANG).unwrap(), Kind::BadRequest);
    assert_eq!(peer.reply(1).reset, Some(code::PROTOCOL));
    peer.head(3, HEADERS_ONLY, &fields).data(3, b"123456", true);
    assert_eq!(errors.recv_timeout(HANG).unwrap(), Kind::BadRequest);
    assert_eq!(peer.reply(3).reset, Some(code::PROTOCOL));
    peer.head(5, HEADERS_ONLY, &fields).data(5, b"1", false);
    // Given up before it is taken, it is nobody's.
    for _ in 0..3 {
        begun.recv_timeout(HANG).unwrap();
    }
    peer.reset(5, code::CANCEL);
    assert_eq!(errors.recv_timeout(HANG).unwrap(), Kind::ConnectionLost);
    // The connection goes on.
    peer.ping();
}

#[test]
fn a_response_that_is_not_as_announced() {
    let (sender, errors) = mpsc::channel();
    let listener = answering(move |mut context| {
        let response = context.response_mut();
        response.set_content_length64(5).unwrap();
        let mut stream = response.output_stream().unwrap();
        let error = stream.write_all(b"123456").unwrap_err();
        sender.send(kind(error)).unwrap();
        stream.write_all(b"1234").unwrap();
        sender.send(stream.close().unwrap_err().kind()).unwrap();
    });
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/");
    assert_eq!(errors.recv_timeout(HANG).unwrap(), Kind::ProtocolViolation);
    assert_eq!(errors.recv_timeout(HANG).unwrap(), Kind::ProtocolViolation);
    assert_eq!(peer.reply(1).reset, Some(code::INTERNAL));
}

#[test]
fn slow_clients_are_given_up() {
    let (sender, errors) = mpsc::channel();
    let listener = answering(move |mut context| match context.request().raw_url() {
        "/read" => {
            let error = context
                .request()
                .input_stream()
                .read(&mut [0; 10])
                .unwrap_err();
            sender.send(kind(error)).unwrap();
        }
        "/write" => {
            let mut stream = context.response_mut().output_stream().unwrap();
            let error = stream.write_all(&[0; 1 << 20]).unwrap_err();
            sender.send(kind(error)).unwrap();
        }
        _ => context.response_mut().close_with(vec![0; 1 << 20]).unwrap(),
    });
    let timeouts = listener.timeout_manager();
    timeouts.set_entity_body(Duration::from_millis(100));
    timeouts.set_min_send_period(Duration::from_millis(100));
    let mut peer = Peer::new(&listener.url(""));
    peer.answers = false;
    peer.head(1, HEADERS_ONLY, &head("POST", "/read", &[]));
    assert_eq!(errors.recv_timeout(HANG).unwrap(), Kind::TimedOut);
    assert_eq!(peer.reply(1).reset, Some(code::INTERNAL));
    peer.get(3, "/write");
    assert_eq!(errors.recv_timeout(HANG).unwrap(), Kind::TimedOut);
    assert_eq!(peer.reply(3).reset, Some(code::CANCEL));
    peer.get(5, "/whole");
    assert_eq!(peer.reply(5).reset, Some(code::CANCEL));
    peer.window(0, 10_000_000);
    peer.ping();
}

/// A head that hangs in the middle ends the connection: nothing else can come behind it.
#[test]
fn a_head_that_hangs() {
    let listener = answering(|mut context| context.response_mut().close_with("ok").unwrap());
    listener
        .timeout_manager()
        .set_header_wait(Duration::from_millis(300));
    let block = header_block(&head("GET", "/", &[]));
    let whole = frame_bytes(frame::HEADERS, END, 3, &block);
    let open = frame_bytes(frame::HEADERS, frame::END_STREAM, 3, &block);
    for part in [&whole[..4], &whole[..12], &open] {
        let mut peer = Peer::new(&listener.url(""));
        peer.get(1, "/");
        assert_eq!(peer.reply(1).status(), 200);
        peer.send(part);
        assert_eq!(peer.end(), super::peer::End::GoAway(code::NO_ERROR));
    }
}
