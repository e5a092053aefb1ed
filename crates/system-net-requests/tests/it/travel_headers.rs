//! Connection, Expect and Transfer-Encoding: what the caller adds, and how it is sent.

use std::io::Write;

use system_net_primitives::Misuse;
use system_net_requests::HttpWebRequest;
use system_net_testkit::{HttpPeer, RecordedRequest, Response};

use crate::{context, http};

type Set = fn(&mut HttpWebRequest, Option<&str>) -> Result<(), Misuse>;
type Get = fn(&HttpWebRequest) -> Option<String>;
type Header = (Set, Get);
/// What is set, and what stands there then, or a word of the refusal.
type Row = (
    Header,
    &'static str,
    Result<Option<&'static str>, &'static str>,
);

const CONNECTION: Header = (HttpWebRequest::set_connection, |r| {
    r.connection().map(|value| value.into_owned())
});
const EXPECT: Header = (HttpWebRequest::set_expect, |r| {
    r.expect().map(|value| value.into_owned())
});
const CODING: Header = (HttpWebRequest::set_transfer_encoding, |r| {
    r.transfer_encoding().map(|value| value.into_owned())
});

#[test]
fn travel_headers_are_set_and_refused() {
    let rows: &[Row] = &[
        (CONNECTION, "close", Err("set_keep_alive")),
        (CONNECTION, "a, Close", Err("set_keep_alive")),
        (CONNECTION, "keep-alive, x", Err("set_keep_alive")),
        (CONNECTION, "upgrade", Ok(Some("upgrade"))),
        (CONNECTION, "", Ok(None)),
        (CONNECTION, "a\r\nb: c", Err("")),
        (EXPECT, "100-continue", Err("set_expect_100_continue")),
        (EXPECT, "100-Continue, x", Err("set_expect_100_continue")),
        (EXPECT, "x", Ok(Some("x"))),
        (EXPECT, " ", Ok(None)),
        (CODING, "chunked", Err("set_send_chunked")),
        (CODING, "gzip", Ok(Some("gzip"))),
        (CODING, "", Ok(None)),
    ];
    for &((set, get), value, expected) in rows {
        let mut request = http("http://h/");
        request.set_send_chunked(true).unwrap();
        match (set(&mut request, Some(value)), expected) {
            (Ok(()), Ok(kept)) => assert_eq!(get(&request).as_deref(), kept, "{value:?}"),
            (Err(error), Err(said)) => {
                assert!(matches!(error, Misuse::InvalidArgument { .. }), "{value:?}");
                assert!(error.to_string().contains(said), "{error}");
                assert_eq!(get(&request), None, "{value:?}");
            }
            (result, _) => panic!("{value:?}: {result:?}"),
        }
    }
    let unchunked = http("http://h/").set_transfer_encoding(Some("gzip"));
    assert!(matches!(unchunked, Err(Misuse::InvalidOperation(_))));
}

/// The lines of a header that the peer was sent.
fn lines(request: &RecordedRequest, name: &str) -> Vec<String> {
    let named =
        |(known, value): (String, String)| known.eq_ignore_ascii_case(name).then_some(value);
    request.headers().into_iter().filter_map(named).collect()
}

/// One line each, with what the request itself says at its end.
#[test]
fn travel_headers_are_one_line() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let mut request = http(&peer.url("/"));
    request.set_method("POST").unwrap();
    request.set_send_chunked(true).unwrap();
    request.set_transfer_encoding(Some("gzip")).unwrap();
    request.set_connection(Some("x-hop")).unwrap();
    request.set_expect(Some("x-thing")).unwrap();
    let mut stream = request.get_request_stream().unwrap();
    stream.write_all(b"x").unwrap();
    stream.close().unwrap();
    request.get_response().unwrap().close();
    let sent = peer.requests().pop().unwrap();
    assert_eq!(lines(&sent, "Transfer-Encoding"), ["gzip, chunked"]);
    assert_eq!(lines(&sent, "Connection"), ["x-hop, Keep-Alive"]);
    assert_eq!(lines(&sent, "Expect"), ["x-thing, 100-continue"]);
}

/// A request whose chunks were taken back sends no coding: the peer would wait for chunks.
#[test]
fn coding_without_chunks_is_not_sent() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let net = context();
    for _ in 0..2 {
        let mut request =
            system_net_requests::WebRequest::create_http_in(&net, peer.url("/")).unwrap();
        request.set_method("POST").unwrap();
        request.set_send_chunked(true).unwrap();
        request.set_transfer_encoding(Some("gzip")).unwrap();
        request.set_send_chunked(false).unwrap();
        request.set_keep_alive(true).unwrap();
        request.set_connection(Some("x-hop")).unwrap();
        request.get_response().unwrap().close();
    }
    let sent = peer.requests();
    for request in &sent {
        assert_eq!(lines(request, "Transfer-Encoding"), [""; 0]);
        assert_eq!(lines(request, "Content-Length"), ["0"]);
    }
    // Keep-Alive is said once on a connection; the caller's own every time.
    assert_eq!(lines(&sent[1], "Connection"), ["x-hop"]);
}
