//! What keeps clients from more than is theirs: the time for a handshake, the number of requests that
//! the program has, and what may stand in a table that others' guesses are compressed with.

use std::io::Read;
use std::sync::mpsc;
use std::time::Duration;

use httlib_hpack::Decoder;
use system_net_http_listener::{HttpListener, HttpListenerHttp2Options};
use system_net_testkit::frame;

use super::peer::{PREFACE, Peer, code};
use crate::support::{HANG, answering};
use crate::tls::tls_stream;

const SHORT: Duration = Duration::from_millis(400);

/// The handshake of TLS has said that it is HTTP/2: from there on the preface has its time too.
#[test]
fn handshakes_that_hang() {
    let listener = HttpListener::test_https().unwrap();
    listener.timeout_manager().set_header_wait(SHORT);
    // Idle is who has begun.
    listener.timeout_manager().set_idle_connection(HANG * 3);
    listener.start().unwrap();
    for begun in [&b""[..], &PREFACE[..1], &PREFACE[..23]] {
        let mut stream = tls_stream(&listener.url(""), listener.ca().unwrap(), &["h2"]);
        std::io::Write::write_all(&mut stream, begun).unwrap();
        std::io::Write::flush(&mut stream).unwrap();
        let mut got = Vec::new();
        // With or without a farewell of TLS.
        if let Err(error) = stream.read_to_end(&mut got) {
            assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "hang");
        }
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
    }
}

/// A request that the client gives up is still one that the program has: no more of them than streams
/// are begun, however many are given up.
#[test]
fn requests_given_up_count_until_the_program_is_done() {
    let listener = HttpListener::test_http().unwrap();
    let options = HttpListenerHttp2Options {
        streams: 2,
        ..Default::default()
    };
    listener.set_http2(options).unwrap();
    listener.start().unwrap();
    let mut peer = Peer::new(&listener.url(""));
    peer.get(1, "/1").get(3, "/3");
    let held = [
        listener.get_context().unwrap(),
        listener.get_context().unwrap(),
    ];
    peer.reset(1, code::CANCEL).reset(3, code::CANCEL);
    peer.get(5, "/5");
    let (sender, taken) = mpsc::channel();
    let queue = listener.listener().clone();
    let taking = std::thread::spawn(move || {
        sender.send(queue.get_context().unwrap()).unwrap();
    });
    // They are read, and answered as far as the protocol goes; the request waits.
    for _ in 0..5 {
        peer.ping();
    }
    let early = taken.recv_timeout(SHORT);
    assert!(early.is_err(), "a third one is under way");
    drop(held);
    let mut context = taken.recv_timeout(HANG).unwrap();
    assert_eq!(context.request().raw_url(), "/5");
    context.response_mut().close_with("done").unwrap();
    assert_eq!(peer.reply(5).text(), "done");
    taking.join().unwrap();
}

/// RFC 7541 section 7.1.3: what is secret is a literal that is never indexed, here and behind proxies.
#[test]
fn secrets_are_never_indexed() {
    let listener = answering(|mut context| {
        let response = context.response_mut();
        response.append_header("Set-Cookie", "a=own").unwrap();
        let cookie = system_net_primitives::Cookie::new("b", "kept").unwrap();
        response.append_cookie(cookie).unwrap();
        response.ask_for_login("Own challenge").unwrap();
        response.add_header("X-Plain", "told").unwrap();
        response.close().unwrap();
    });
    let mut peer = Peer::new(&listener.url(""));
    let mut decoder = Decoder::default();
    // Fields that come again are taken from what was made before.
    for stream in [1, 3, 5, 7] {
        peer.get(stream, "/");
        let mut block = loop {
            let got = peer.step().unwrap();
            if got.kind == frame::HEADERS {
                break got.payload;
            }
        };
        let mut fields = Vec::new();
        decoder.decode(&mut block, &mut fields).unwrap();
        let of = |wanted: &str| {
            let fields = fields.iter();
            let of_name = fields.filter(|(name, ..)| name == wanted.as_bytes());
            let told = of_name.map(|(_, value, flags)| {
                let never = flags & Decoder::NEVER_INDEXED != 0;
                (String::from_utf8(value.clone()).unwrap(), never)
            });
            told.collect::<Vec<_>>()
        };
        let secret = |value: &str| (value.to_owned(), true);
        assert_eq!(of("set-cookie"), [secret("a=own"), secret("b=kept")]);
        assert_eq!(of("www-authenticate"), [secret("Own challenge")]);
        assert_eq!(of("x-plain"), [("told".to_owned(), false)]);
    }
}
