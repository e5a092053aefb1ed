//! What requests show and responses set.

use system_net_http_listener::HttpListenerContext;
use system_net_primitives::{Cookie, HttpVersion};

use super::peer::{END, Peer, Reply, code, head};
use crate::support::answering;

/// Has one request handled, and gives what came back.
#[track_caller]
fn answer(
    fields: &[(&str, &str)],
    handler: impl FnMut(HttpListenerContext) + Send + 'static,
) -> Reply {
    let listener = answering(handler);
    let mut peer = Peer::new(&listener.url(""));
    peer.head(1, END, fields);
    peer.reply(1)
}

#[test]
fn what_a_request_shows() {
    let fields = head(
        "GET",
        "/a%20b/c?x=1&y=%41",
        &[
            ("accept", "text/html, text/plain"),
            ("user-agent", "by hand"),
            ("cookie", "a=1"),
            ("cookie", "b=2"),
            ("x-mine", "one"),
            ("x-mine", "two"),
            ("cookie", "c=3"),
            ("te", "trailers"),
        ],
    );
    let reply = answer(&fields, |mut context| {
        let request = context.request();
        assert_eq!(request.protocol_version(), HttpVersion::VERSION20);
        assert_eq!(request.http_method(), "GET");
        assert_eq!(request.raw_url(), "/a%20b/c?x=1&y=%41");
        let url = request.url().unwrap();
        assert_eq!(url.absolute_uri(), "http://localhost/a%20b/c?x=1&y=A");
        assert_eq!(request.query_string().get("y").unwrap(), "A");
        assert_eq!(request.user_host_name().unwrap(), "localhost");
        assert_eq!(request.user_agent().unwrap(), "by hand");
        assert_eq!(request.accept_types().unwrap(), ["text/html", "text/plain"]);
        assert_eq!(request.headers().get("Cookie").unwrap(), "a=1; b=2; c=3");
        assert_eq!(request.headers().get("X-Mine").unwrap(), "one,two");
        assert!(
            !request
                .headers()
                .iter()
                .any(|(name, _)| name.starts_with(':'))
        );
        assert_eq!(request.content_length64(), Some(0));
        assert!(!request.has_entity_body() && request.keep_alive() && request.is_local());
        assert!(!request.is_secure_connection());
        let response = context.response_mut();
        assert_eq!(response.protocol_version(), HttpVersion::VERSION20);
        response
            .set_protocol_version(HttpVersion::VERSION10)
            .unwrap();
        assert_eq!(response.protocol_version(), HttpVersion::VERSION20);
        response.set_content_type("text/plain").unwrap();
        response.append_header("Set-Cookie", "a=1").unwrap();
        response.append_header("Set-Cookie", "b=2").unwrap();
        response.close_with("hello").unwrap();
    });
    assert_eq!((reply.status(), reply.text()), (200, "hello"));
    assert_eq!(reply.heads.len(), 1);
    let names: Vec<_> = reply.heads[0].iter().map(|(name, _)| &**name).collect();
    assert!(names.iter().all(|name| *name == name.to_ascii_lowercase()));
    assert_eq!(
        names.iter().filter(|name| **name == "set-cookie").count(),
        2
    );
    assert_eq!(reply.header("content-length"), Some("5"));
    assert_eq!(reply.header("content-type"), Some("text/plain"));
    assert_eq!(reply.header("server"), Some("system-net"));
    assert_eq!(reply.header("date").unwrap().len(), 29);
}

/// Cookies are split and joined as RFC 9113 section 8.2.3 has it; each of the response's has its field.
#[test]
fn cookies() {
    let fields = head("GET", "/", &[("cookie", "a=1; b=2"), ("cookie", "c=3")]);
    let reply = answer(&fields, |mut context| {
        let sent: Vec<_> = context
            .request()
            .cookies()
            .iter()
            .map(|cookie| format!("{}:{}", cookie.name(), cookie.value()))
            .collect();
        let response = context.response_mut();
        response
            .append_cookie(Cookie::new("x", "1").unwrap())
            .unwrap();
        let mut secure = Cookie::new("y", "2").unwrap();
        secure.set_secure(true);
        secure.set_http_only(true);
        response.append_cookie(secure).unwrap();
        response.close_with(sent.join(" ")).unwrap();
    });
    assert_eq!(reply.text(), "a:1 b:2 c:3");
    let set: Vec<_> = reply.heads[0]
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.to_ascii_lowercase())
        .collect();
    assert_eq!(set.len(), 2, "{set:?}");
    assert_eq!(set[0], "x=1");
    for part in ["y=2", "secure", "httponly"] {
        assert!(set[1].contains(part), "{set:?}");
    }
}

#[test]
fn what_responses_may_have() {
    type Handler = fn(HttpListenerContext);
    #[track_caller]
    fn check(method: &str, handler: Handler, status: u16, length: Option<&str>, body: &str) {
        let reply = answer(&head(method, "/", &[]), handler);
        assert_eq!(reply.status(), status);
        assert_eq!(reply.header("content-length"), length);
        assert_eq!(reply.text(), body);
        assert_eq!((reply.ended, reply.reset), (true, None));
        for name in [
            "connection",
            "transfer-encoding",
            "keep-alive",
            "upgrade",
            "x-hop",
        ] {
            assert_eq!(reply.header(name), None, "{name}");
        }
    }
    check(
        "GET",
        |mut it| it.response_mut().close().unwrap(),
        200,
        Some("0"),
        "",
    );
    check(
        "HEAD",
        |mut it| it.response_mut().close_with("hello").unwrap(),
        200,
        Some("5"),
        "",
    );
    check(
        "HEAD",
        |mut it| it.response_mut().close().unwrap(),
        200,
        None,
        "",
    );
    let no_content: Handler = |mut it| {
        it.response_mut().set_status_code(204).unwrap();
        it.response_mut().close_with("x").unwrap_err();
        it.response_mut().close().unwrap();
    };
    check("GET", no_content, 204, None, "");
    let reset: Handler = |mut it| {
        it.response_mut().set_status_code(205).unwrap();
        it.response_mut().close_with("x").unwrap_err();
        it.response_mut().close().unwrap();
    };
    check("GET", reset, 205, Some("0"), "");
    let not_modified: Handler = |mut it| {
        it.response_mut().set_status_code(304).unwrap();
        it.response_mut().close_with("dropped").unwrap();
    };
    check("GET", not_modified, 304, Some("7"), "");
    let chunked: Handler = |mut it| {
        it.response_mut().set_send_chunked(true).unwrap();
        it.response_mut().close_with("hello").unwrap();
    };
    check("POST", chunked, 200, None, "hello");
    let empty_chunked: Handler = |mut it| {
        it.response_mut().set_send_chunked(true).unwrap();
        it.response_mut().close().unwrap();
    };
    check("POST", empty_chunked, 200, None, "");
    let hop: Handler = |mut it| {
        let response = it.response_mut();
        response.set_status_code(404).unwrap();
        response.set_status_description("Not Here").unwrap();
        let headers = response.headers_mut().unwrap();
        headers.push_raw(b"Connection", b"X-Hop");
        headers.push_raw(b"X-Hop", b"1");
        headers.push_raw(b"Keep-Alive", b"5");
        response.close_with("gone").unwrap();
    };
    check("GET", hop, 404, Some("4"), "gone");
    let redirect: Handler = |mut it| {
        it.response_mut().redirect("http://x.example/").unwrap();
        it.response_mut().close().unwrap();
    };
    check("GET", redirect, 302, Some("0"), "");
}

#[test]
fn malformed_requests_end_their_stream_alone() {
    let listener = answering(|mut context| context.response_mut().close_with("ok").unwrap());
    let mut peer = Peer::new(&listener.url(""));
    let mut stream = 1;
    let mut check = |fields: &[(&str, &str)], expected: Result<u16, u32>| {
        peer.head(stream, END, fields);
        let reply = peer.reply(stream);
        let got = reply.reset.map_or_else(|| Ok(reply.status()), Err);
        assert_eq!(got, expected, "{fields:?}");
        stream += 2;
    };
    let plain = head("GET", "/", &[]);
    check(&plain, Ok(200));
    for extra in [
        ("host", "other"),
        ("connection", "close"),
        ("transfer-encoding", "chunked"),
        ("te", "gzip"),
        ("upgrade", "h2c"),
        ("keep-alive", "1"),
        ("proxy-connection", "close"),
        ("x-space", " a"),
        ("x-space", "a\t"),
        ("content-length", "5"),
        ("content-length", "-1"),
        (":path", "/again"),
        (":status", "200"),
        (":protocol", "websocket"),
    ] {
        let mut fields = plain.clone();
        fields.push(extra);
        check(&fields, Err(code::PROTOCOL));
    }
    for (name, value) in [
        (":path", "x"),
        (":path", "*"),
        (":path", ""),
        (":authority", "me@localhost"),
        (":authority", ""),
    ] {
        let mut fields = plain.clone();
        fields.iter_mut().find(|(own, _)| *own == name).unwrap().1 = value;
        check(&fields, Err(code::PROTOCOL));
    }
    for missing in [":method", ":scheme", ":path", ":authority"] {
        let fields: Vec<_> = plain
            .iter()
            .filter(|(name, _)| *name != missing)
            .copied()
            .collect();
        check(&fields, Err(code::PROTOCOL));
    }
    let mut with_host: Vec<_> = plain
        .iter()
        .filter(|(name, _)| *name != ":authority")
        .copied()
        .collect();
    with_host.push(("host", "localhost"));
    check(&with_host, Ok(200));
    with_host.push(("host", "localhost"));
    check(&with_host, Err(code::PROTOCOL));
    for (scheme, expected) in [("https", 200), ("ftp", 400), ("", 400)] {
        let mut fields = plain.clone();
        fields[1].1 = scheme;
        check(&fields, Ok(expected));
    }
    check(&head("OPTIONS", "*", &[]), Ok(200));
    check(&head("GET", "/\u{e4}", &[]), Ok(400));
    check(
        &[(":method", "CONNECT"), (":authority", "localhost:80")],
        Ok(501),
    );
    let long = format!("/{}", "x".repeat(17_000));
    check(&head("GET", &long, &[]), Ok(414));
    let many: Vec<_> = (0..120).map(|_| ("x", "y")).collect();
    check(&head("GET", "/", &many), Ok(431));
    check(
        &head("GET", "/", &[("cookie", "a"), ("cookie", "b")]),
        Ok(200),
    );
    check(&plain, Ok(200));
}
