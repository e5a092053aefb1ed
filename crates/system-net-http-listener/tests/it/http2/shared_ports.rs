//! HTTP/2 on a port that listeners share: which of them a connection belongs to, and whose settings hold.

use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerHttp2Options};
use system_net_security::test_util::TestCa;

use super::peer::{End, PREFACE, Peer, code};
use crate::shared_ports::{answer_as, named, port};
use crate::support::Client;
use crate::tls::tls_stream_to;

/// More than once each of two listeners accepts one of them.
const CONNECTIONS: usize = 20;
const MAX_CONCURRENT_STREAMS: u16 = 3;

fn streams(streams: u32) -> HttpListenerHttp2Options {
    HttpListenerHttp2Options {
        streams,
        ..Default::default()
    }
}

/// Two listeners in clear text, for `/first/` and `/second/`.
fn two() -> (HttpListener, HttpListener, String) {
    let context = NetContext::new();
    let first = named(&context, "first", "http://127.0.0.1:0/first/");
    let number = port(&first);
    let prefix = format!("http://127.0.0.1:{number}/second/");
    let second = named(&context, "second", &prefix);
    (first, second, format!("http://127.0.0.1:{number}/"))
}

/// Whoever accepts it: the connection is that of the listener that has had the port longest.
#[test]
fn connections_are_those_of_the_eldest() {
    let (first, second, url) = two();
    first.set_http2(streams(7)).unwrap();
    second.set_http2(streams(9)).unwrap();
    for _ in 0..CONNECTIONS {
        let mut peer = Peer::new(&url);
        peer.get(1, "/first/x").get(3, "/second/x").get(5, "/none");
        assert_eq!(peer.reply(1).text(), "first /first/x ");
        assert_eq!(peer.reply(3).reset, Some(code::HTTP_1_1_REQUIRED));
        assert_eq!(peer.reply(5).status(), 404);
        assert!(peer.settings.contains(&(MAX_CONCURRENT_STREAMS, 7)));
        peer.get(7, "/first/y");
        assert_eq!(peer.reply(7).text(), "first /first/y ");
    }
    // What is required is there.
    assert_eq!(
        Client::to(&url).get("/second/x").text(),
        "second /second/x "
    );
    // The first goes, with its connections, and the second is the eldest.
    let mut before = Peer::new(&url);
    before.ping();
    first.stop().unwrap();
    assert_eq!(before.end(), End::GoAway(code::NO_ERROR));
    for _ in 0..3 {
        let mut peer = Peer::new(&url);
        peer.get(1, "/second/x");
        assert_eq!(peer.reply(1).text(), "second /second/x ");
        assert!(peer.settings.contains(&(MAX_CONCURRENT_STREAMS, 9)));
    }
}

#[test]
fn whether_it_is_spoken_the_eldest_says() {
    let (first, second, url) = two();
    let off = HttpListenerHttp2Options {
        clear_text: false,
        ..Default::default()
    };
    second.set_http2(off).unwrap();
    for _ in 0..CONNECTIONS {
        let mut peer = Peer::new(&url);
        peer.get(1, "/first/");
        assert_eq!(peer.reply(1).text(), "first /first/ ");
    }
    first.set_http2(off).unwrap();
    second.set_http2(streams(9)).unwrap();
    for _ in 0..CONNECTIONS {
        let mut client = Client::to(&url);
        client.send(PREFACE);
        assert_eq!(client.answer().status(), 505);
    }
}

/// The limits of connections are those of the listener whose connection it is.
#[test]
fn limits_of_connections_are_those_of_the_eldest() {
    let (first, second, url) = two();
    let mut limits = first.limits();
    limits.connections = 1;
    first.set_limits(limits);
    let mut peer = Peer::new(&url);
    peer.get(1, "/first/");
    assert_eq!(peer.reply(1).text(), "first /first/ ");
    // One more is refused by the first, be it accepted by the second.
    for _ in 0..CONNECTIONS {
        let mut other = Client::to(&url);
        other.send(PREFACE);
        let told = String::from_utf8(other.rest()).unwrap();
        assert!(
            told.is_empty() || told.starts_with("HTTP/1.1 503 "),
            "{told}"
        );
    }
    peer.get(3, "/first/");
    assert_eq!(peer.reply(3).text(), "first /first/ ");
    drop(second);
}

/// A connection that was made when the port was one listener's goes on, in clear text and over TLS.
#[test]
fn connections_from_before_go_on() {
    let ca = TestCa::new();
    for secure in [false, true] {
        let context = NetContext::new();
        let scheme = if secure { "https" } else { "http" };
        let listening = |prefix: &str| {
            let listener = HttpListener::new_in(&context);
            listener.prefixes().add(prefix).unwrap();
            if secure {
                let identity = ca.issue(&["localhost", "127.0.0.1"]);
                listener.set_tls_identity(identity).unwrap();
            }
            listener.start().unwrap();
            listener
        };
        let first = listening(&format!("{scheme}://127.0.0.1:0/first/"));
        answer_as(&first, "first");
        let url = format!("{scheme}://127.0.0.1:{}/", port(&first));
        if secure {
            let stream = tls_stream_to(&url, &ca, "127.0.0.1", &["h2"]);
            let mut peer = Peer::over(stream);
            peer.begin().ping();
            let second = listening(&format!("{url}second/"));
            answer_as(&second, "second");
            go_on(peer);
        } else {
            let mut peer = Peer::new(&url);
            peer.ping();
            let second = listening(&format!("{url}second/"));
            answer_as(&second, "second");
            go_on(peer);
        }
    }
}

fn go_on<S: std::io::Read + std::io::Write>(mut peer: Peer<S>) {
    peer.get(1, "/second/").get(3, "/first/");
    assert_eq!(peer.reply(1).reset, Some(code::HTTP_1_1_REQUIRED));
    assert_eq!(peer.reply(3).text(), "first /first/ ");
}
