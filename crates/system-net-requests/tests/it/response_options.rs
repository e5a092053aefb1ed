//! What a request says about its response: read ahead, informational responses, the media type.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use system_net_requests::{WebExceptionStatus, WebRequest};
use system_net_testkit::{HttpPeer, Response, Script};

use crate::{check_status, context, http};

/// A response that was read ahead holds no connection, and is read like others.
#[test]
fn read_ahead_frees_the_connection() {
    let body = "x".repeat(300_000);
    let sent = body.clone();
    let peer = HttpPeer::serve(move |_| Response::new(200).body(&sent));
    let net = context();
    let mut held = Vec::new();
    // The limit is two connections: three responses that hold one each would wait for ever.
    for _ in 0..3 {
        let mut request = WebRequest::create_http_in(&net, peer.url("/")).unwrap();
        assert!(!request.allow_read_stream_buffering());
        request.set_allow_read_stream_buffering(true).unwrap();
        assert!(request.allow_read_stream_buffering());
        held.push(request.get_response().unwrap());
    }
    assert_eq!(peer.connections_opened(), 1);
    for response in held {
        let mut first = [0; 10];
        let mut stream = response.get_response_stream().unwrap();
        stream.read_exact(&mut first).unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        assert!(rest == body[10..]);
        assert_eq!(stream.read(&mut first).unwrap(), 0);
        response.close();
        assert!(stream.read(&mut first).is_err());
    }
}

/// The body belongs to the response then: what is wrong with it is the request's failure.
#[test]
fn read_ahead_is_within_the_time_and_whole() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    let stalled = HttpPeer::scripts([Script::new().head().send(head).stall()]);
    let mut request = http(&stalled.url("/"));
    request.set_allow_read_stream_buffering(true).unwrap();
    request
        .set_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    check_status(request.get_response(), WebExceptionStatus::Timeout);

    let cut = HttpPeer::scripts([Script::new().head().send(head).close()]);
    let mut request = http(&cut.url("/"));
    request.set_allow_read_stream_buffering(true).unwrap();
    check_status(request.get_response(), WebExceptionStatus::ConnectionClosed);

    let missing = HttpPeer::serve(|_| Response::new(404).body("gone"));
    let mut request = http(&missing.url("/"));
    request.set_allow_read_stream_buffering(true).unwrap();
    let error = check_status(request.get_response(), WebExceptionStatus::ProtocolError);
    assert_eq!(
        error.into_response().unwrap().into_string().unwrap(),
        "gone"
    );
}

/// Each informational response is told once, in order, whether a body waits for it or not; a
/// connection that is used again tells the new request only.
#[test]
fn continue_delegate_hears_informational_responses() {
    let early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let go_on = "HTTP/1.1 100 Continue\r\nX-A: 1\r\n\r\n";
    let end = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let peer = HttpPeer::scripts([Script::new()
        .head()
        .send(go_on)
        .body(5)
        .send(early)
        .send(end)
        .head()
        .send(early)
        .send(end)]);
    let net = context();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let post = |delegate: bool| {
        let mut request = WebRequest::create_http_in(&net, peer.url("/")).unwrap();
        if delegate {
            let heard = Arc::clone(&heard);
            let delegate: system_net_requests::HttpContinueDelegate =
                Arc::new(move |status, headers| {
                    let link = headers.get("Link").or_else(|| headers.get("X-A"));
                    let link = link.map(|value| value.into_owned());
                    heard.lock().unwrap().push((status.as_u16(), link));
                });
            request.set_continue_delegate(Some(delegate)).unwrap();
            assert!(request.continue_delegate().is_some());
            request.set_method("POST").unwrap();
            request.set_content_length(5).unwrap();
            let mut stream = request.get_request_stream().unwrap();
            stream.write_all(b"hello").unwrap();
            stream.close().unwrap();
        }
        request.get_response().unwrap().close();
    };
    post(true);
    let told = |status, value: &str| (status, Some(value.to_owned()));
    assert_eq!(*heard.lock().unwrap(), [told(100, "1"), told(103, "</a>")]);
    post(false);
    assert_eq!(heard.lock().unwrap().len(), 2);
    // Nothing keeps the delegate of a request that is over.
    assert_eq!(Arc::strong_count(&heard), 1);
    assert_eq!(peer.connections_opened(), 1);
}

#[test]
fn media_type_chooses_among_several() {
    let several = "text/plain; charset=iso-8859-2, text/html; charset=utf-8";
    let rows = [
        (several, None, "iso-8859-2, text/html"),
        (several, Some("text/html"), "utf-8"),
        (several, Some("TEXT/PLAIN"), "iso-8859-2"),
        ("text/html; charset=utf-8", Some("text/plain"), "utf-8"),
        ("text/html", Some("text/html"), "ISO-8859-1"),
    ];
    for (content_type, wanted, expected) in rows {
        let peer =
            HttpPeer::serve(move |_| Response::new(200).header("Content-Type", content_type));
        let mut request = http(&peer.url("/"));
        request.set_media_type(wanted).unwrap();
        assert_eq!(request.media_type(), wanted);
        let response = request.get_response().unwrap();
        assert_eq!(
            response.character_set(),
            expected,
            "{content_type} for {wanted:?}"
        );
    }
}
