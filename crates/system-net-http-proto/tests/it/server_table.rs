//! Requests and the events they give to a server.

use system_net_http_proto::Limits;

use crate::record::{bytewise, server};

/// The input, read whole and byte by byte, gives these events.
#[track_caller]
fn check(input: &[u8], expected: &[&str]) {
    let whole = server(Limits::default(), &[input]);
    assert_eq!(whole, expected, "{}", input.escape_ascii());
    let bytes = server(Limits::default(), &bytewise(input));
    assert_eq!(bytes, expected, "byte by byte: {}", input.escape_ascii());
}

#[test]
fn usual_requests() {
    check(b"", &["closed"]);
    check(
        b"GET /a?b HTTP/1.1\r\nHost: a.example\r\n\r\n",
        &[
            "head GET /a?b 1.1 none [Host: a.example] keep",
            "end",
            "closed",
        ],
    );
    check(
        b"POST / HTTP/1.1\r\nhost: a\r\nContent-Length: 5\r\n\r\nhello",
        &[
            "head POST / 1.1 fixed 5 [host: a] [Content-Length: 5] keep",
            "body hello",
            "end",
            "closed",
        ],
    );
    check(
        b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
          2\r\nhi\r\n0\r\nX-T: 1\r\n\r\n",
        &[
            "head PUT / 1.1 chunked [Host: a] [Transfer-Encoding: chunked] keep",
            "body hi",
            "trailers [X-T: 1]",
            "end",
            "closed",
        ],
    );
    check(
        b"PROPFIND / HTTP/1.0\r\n\r\n",
        &["head PROPFIND / 1.0 none", "end close"],
    );
    check(
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, x\r\nUpgrade: echo\r\n\r\n",
        &[
            "head GET / 1.1 none [Host: a] [Connection: Upgrade, x] [Upgrade: echo] keep upgrade",
            "end",
            "closed",
        ],
    );
}

#[test]
fn pipelined_requests() {
    check(
        b"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab\
          GET /2 HTTP/1.1\r\nHost: a\r\n\r\n\
          GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n\
          GET /4 HTTP/1.1\r\nHost: a\r\n\r\n",
        &[
            "head POST /1 1.1 fixed 2 [Host: a] [Content-Length: 2] keep",
            "body ab",
            "end",
            "head GET /2 1.1 none [Host: a] keep",
            "end",
            "head GET /3 1.1 none [Host: a] [Connection: close]",
            "end close",
        ],
    );
}

#[test]
fn empty_lines_before_a_request() {
    let head = "head GET / 1.1 none [Host: a] keep";
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for lines in 0..=4 {
        let input = "\r\n".repeat(lines) + request;
        check(input.as_bytes(), &[head, "end", "closed"]);
    }
    // The count begins anew with each request.
    let input = format!("\r\n\r\n\r\n{request}\r\n\r\n\r\n{request}\r\n");
    check(input.as_bytes(), &[head, "end", head, "end", "closed"]);
    check(
        b"\n",
        &["error Grammar(LineEnd) StartLine line 1 @0 -> 400"],
    );
    check(
        b"\rGET / HTTP/1.1\r\n\r\n",
        &["error Grammar(LineEnd) StartLine @0 -> 400"],
    );
    check(b"\r", &["error UnexpectedEof StartLine"]);
}

#[test]
fn request_lines_refused() {
    for (line, expected) in [
        ("GET /", "RequestLine) StartLine line 1 @5 -> 400"),
        ("GET", "RequestLine) StartLine line 1 @3 -> 400"),
        ("GET  / HTTP/1.1", "RequestLine) StartLine line 1 @4 -> 400"),
        ("GET /  HTTP/1.1", "RequestLine) StartLine line 1 @6 -> 400"),
        ("GET\t/ HTTP/1.1", "RequestLine) StartLine line 1 @3 -> 400"),
        (
            "GET / HTTP/1.1 ",
            "RequestLine) StartLine line 1 @14 -> 400",
        ),
        (
            "GET / a HTTP/1.1",
            "RequestLine) StartLine line 1 @6 -> 400",
        ),
        ("GET / http/1.1", "RequestLine) StartLine line 1 @6 -> 400"),
        ("GET / HTTP/1", "RequestLine) StartLine line 1 @6 -> 400"),
        ("GET / HTTP/2.0", "Version) StartLine line 1 @11 -> 505"),
        ("PRI * HTTP/2.0", "Version) StartLine line 1 @11 -> 505"),
        ("GET / HTTP/0.9", "Version) StartLine line 1 @11 -> 505"),
        ("GE(T / HTTP/1.1", "Method) StartLine line 1 @2 -> 400"),
        (" GET / HTTP/1.1", "RequestLine) StartLine line 1 @0 -> 400"),
        ("GET /\x01 HTTP/1.1", "Target) StartLine line 1 @5 -> 400"),
        ("GET /\0 HTTP/1.1", "Target) StartLine line 1 @5 -> 400"),
        ("GET /\u{e4} HTTP/1.1", "Target) StartLine line 1 @5 -> 400"),
        ("GET /\r HTTP/1.1", "LineEnd) StartLine line 1 @5 -> 400"),
        ("GET / HTTP/1.1\r", "LineEnd) StartLine line 1 @14 -> 400"),
        (
            "\x16\x03\x01\x02",
            "RequestLine) StartLine line 1 @0 -> 400",
        ),
    ] {
        let input = format!("{line}\r\nHost: a\r\n\r\n");
        check(input.as_bytes(), &[&format!("error Grammar({expected}")]);
    }
}

#[test]
fn target_forms() {
    for (start, accepted) in [
        ("GET /", true),
        ("GET //a/../b", true),
        ("GET http://a.example/x", true),
        ("GET ftp://a.example", true),
        ("OPTIONS *", true),
        ("OPTIONS /x", true),
        ("CONNECT a.example:443", true),
        ("CONNECT [::1]:443", true),
        ("GET *", false),
        ("GET a.example:80", false),
        ("GET x", false),
        ("GET ?x", false),
        ("GET 1http://a/", false),
        ("GET http://", false),
        ("GET ://a", false),
        ("CONNECT /", false),
        ("CONNECT a.example", false),
        ("CONNECT a.example:", false),
        ("CONNECT :443", false),
        ("CONNECT a.example:44a", false),
        ("CONNECT a.example:123456", false),
        ("CONNECT http://a.example:443", false),
        ("CONNECT u@a.example:443", false),
    ] {
        let input = format!("{start} HTTP/1.1\r\nHost: a\r\n\r\n");
        let (method, _) = start.split_once(' ').unwrap();
        let lines = server(Limits::default(), &[input.as_bytes()]);
        if accepted {
            assert_eq!(lines[0], format!("head {start} 1.1 none [Host: a] keep"));
        } else {
            let at = method.len() + 1;
            let refused = format!("error Grammar(Target) StartLine line 1 @{at} -> 400");
            assert_eq!(lines, [refused], "{start}");
        }
    }
    check(
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
        &["error Grammar(ConnectBody) Headers -> 400"],
    );
}

#[test]
fn host_rules() {
    for (version, headers, accepted) in [
        ("1.1", "Host: a\r\n", true),
        ("1.1", "Host:\r\n", true),
        ("1.1", "Host: [::1]:80\r\n", true),
        ("1.1", "Host: xn--a.example:8080\r\n", true),
        ("1.1", "", false),
        ("1.1", "X-Host: a\r\n", false),
        ("1.1", "Host: a\r\nHost: a\r\n", false),
        ("1.1", "Host: a\r\nhOST: b\r\n", false),
        ("1.1", "Host: a b\r\n", false),
        ("1.1", "Host: a,b\r\n", false),
        ("1.1", "Host: a/b\r\n", false),
        ("1.1", "Host: u@a\r\n", false),
        ("1.1", "Host: a?b\r\n", false),
        ("1.1", "Host: a\\b\r\n", false),
        ("1.0", "", true),
        ("1.0", "Host: a\r\n", true),
        ("1.0", "Host: a\r\nHost: a\r\n", false),
        ("1.0", "Host: a b\r\n", false),
    ] {
        let input = format!("GET / HTTP/{version}\r\n{headers}\r\n");
        let lines = server(Limits::default(), &[input.as_bytes()]);
        if accepted {
            assert!(lines[0].starts_with("head GET / "), "{input:?}: {lines:?}");
        } else {
            assert_eq!(lines, ["error Grammar(Host) Headers -> 400"], "{input:?}");
        }
    }
}

#[test]
fn request_cut_at_every_byte() {
    let parts: [(&str, &[u8]); 6] = [
        ("StartLine", b"POST / HTTP/1.1\r\n"),
        ("Headers", b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("ChunkSize", b"5\r\n"),
        ("ChunkData", b"hello\r\n"),
        ("ChunkSize", b"0\r\n"),
        ("Trailers", b"X-T: 1\r\n\r\n"),
    ];
    let whole: Vec<u8> = parts
        .iter()
        .flat_map(|(_, bytes)| bytes.iter().copied())
        .collect();
    let places: Vec<&str> = parts
        .iter()
        .flat_map(|(place, bytes)| bytes.iter().map(move |_| *place))
        .collect();
    for cut in 1..whole.len() {
        let lines = server(Limits::default(), &[&whole[..cut]]);
        let expected = format!("error UnexpectedEof {}", places[cut]);
        assert_eq!(*lines.last().unwrap(), expected, "cut at {cut}");
    }
}
