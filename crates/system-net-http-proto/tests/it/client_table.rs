//! Responses and the events they give to a client.

use system_net_http_proto::Limits;

use crate::record::{Asked, CONNECT, GET, HEAD, UPGRADE, bytewise, client};

/// The input, read whole and byte by byte, gives these events.
#[track_caller]
fn check(requests: &[Asked], input: &[u8], expected: &[&str]) {
    let whole = client(requests, Limits::default(), &[input]);
    assert_eq!(whole, expected, "{}", input.escape_ascii());
    let bytes = client(requests, Limits::default(), &bytewise(input));
    assert_eq!(bytes, expected, "byte by byte: {}", input.escape_ascii());
}

#[test]
fn usual_responses() {
    check(
        &[GET],
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:b\r\n\r\nhello",
        &[
            "head 1.1 200 OK/fixed 5 [Content-Length: 5] [X-A: b]",
            "body hello",
            "end",
            "reuse",
        ],
    );
    check(
        &[GET],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
        &[
            "head 1.1 200 OK/chunked [Transfer-Encoding: chunked]",
            "body abc0123456789",
            "end",
            "reuse",
        ],
    );
    check(
        &[GET],
        b"HTTP/1.1 200 OK\r\n\r\neverything up to the end",
        &[
            "head 1.1 200 OK/until close",
            "body everything up to the end",
            "end",
            "close",
        ],
    );
    check(
        &[GET],
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        &["head 1.1 200 OK/none [content-length: 0]", "end", "reuse"],
    );
}

#[test]
fn status_lines() {
    for (line, expected) in [
        ("HTTP/1.1 200 OK", "1.1 200 OK"),
        ("HTTP/1.1 200 ", "1.1 200 "),
        ("HTTP/1.1 200", "1.1 200 "),
        ("HTTP/1.0 404 Not Found", "1.0 404 Not Found"),
        (
            "HTTP/1.1 404 Gone  fishing\tnow",
            "1.1 404 Gone  fishing\tnow",
        ),
        ("HTTP/1.1 999 Odd", "1.1 999 Odd"),
        ("HTTP/1.7 200 OK", "1.7 200 OK"),
        ("HTTP/1.1 200  OK", "1.1 200  OK"),
    ] {
        let input = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        let head = format!("head {expected}/none [Content-Length: 0]");
        let reuse = if line.starts_with("HTTP/1.0") {
            "close"
        } else {
            "reuse"
        };
        check(&[GET], input.as_bytes(), &[&head, "end", reuse]);
    }
}

#[test]
fn reason_with_obs_text_is_read_as_latin1() {
    check(
        &[GET],
        b"HTTP/1.1 200 Gr\xfc\xdfe\r\nContent-Length: 0\r\n\r\n",
        &[
            "head 1.1 200 Gr\u{fc}\u{df}e/none [Content-Length: 0]",
            "end",
            "reuse",
        ],
    );
}

#[test]
fn status_lines_refused() {
    for (line, expected) in [
        ("HTTP/2.0 200 OK", "Version) StartLine line 1 @5"),
        ("HTTP/0.9 200 OK", "Version) StartLine line 1 @5"),
        ("HTTP/11 200 OK", "StatusLine) StartLine line 1 @0"),
        ("HTTP/1.10 200 OK", "StatusLine) StartLine line 1 @8"),
        ("http/1.1 200 OK", "StatusLine) StartLine line 1 @0"),
        ("HTTP/1.1", "StatusLine) StartLine line 1 @8"),
        ("HTTP/1.1  200 OK", "StatusLine) StartLine line 1 @8"),
        ("HTTP/1.1\t200 OK", "StatusLine) StartLine line 1 @8"),
        ("HTTP/1.1 20 OK", "StatusLine) StartLine line 1 @8"),
        ("HTTP/1.1 099 OK", "StatusLine) StartLine line 1 @8"),
        ("HTTP/1.1 2000 OK", "StatusLine) StartLine line 1 @12"),
        ("HTTP/1.1 200OK", "StatusLine) StartLine line 1 @12"),
        ("HTTP/1.1 -20 OK", "StatusLine) StartLine line 1 @8"),
        ("HTTP/1.1 200 O\0K", "StatusLine) StartLine line 1 @14"),
        ("HTTP/1.1 200 O\rK", "LineEnd) StartLine line 1 @14"),
        ("HTTP/1.1 200 O\x7fK", "StatusLine) StartLine line 1 @14"),
        (" HTTP/1.1 200 OK", "StatusLine) StartLine line 1 @0"),
        ("\r\nHTTP/1.1 200 OK", "StatusLine) StartLine line 1 @0"),
        ("ICY 200 OK", "StatusLine) StartLine line 1 @0"),
        ("HTTX/1.1 200 OK", "StatusLine) StartLine line 1 @3"),
    ] {
        let input = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        check(
            &[GET],
            input.as_bytes(),
            &[&format!("error Grammar({expected}")],
        );
    }
}

#[test]
fn http09_refused() {
    let refused = "error Grammar(StatusLine) StartLine line 1 @0";
    check(&[GET], b"<html>hello</html>", &[refused]);
    check(&[GET], b"just text without any line end", &[refused]);
    check(&[GET], b"\x15\x03\x03\x00\x02\x02\x46", &[refused]);
    check(&[GET], b"H", &["error UnexpectedEof StartLine"]);
    check(
        &[GET],
        b"Hello",
        &["error Grammar(StatusLine) StartLine line 1 @1"],
    );
}

#[test]
fn responses_without_body() {
    for status in ["204 No Content", "304 Not Modified"] {
        let input = format!("HTTP/1.1 {status}\r\nContent-Length: 7\r\n\r\n");
        let head = format!("head 1.1 {status}/none [Content-Length: 7]");
        check(&[GET], input.as_bytes(), &[&head, "end", "reuse"]);
    }
    check(
        &[HEAD],
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
        &["head 1.1 200 OK/none [Content-Length: 7]", "end", "reuse"],
    );
    check(
        &[HEAD],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        &[
            "head 1.1 200 OK/none [Transfer-Encoding: chunked]",
            "end",
            "reuse",
        ],
    );
    check(
        &[HEAD],
        b"HTTP/1.1 200 OK\r\n\r\n",
        &["head 1.1 200 OK/none", "end", "reuse"],
    );
}

#[test]
fn chunked_with_extensions_and_trailers() {
    check(
        &[GET],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
          003;a=b;c=\"d;\\\"e\";f\r\nabc\r\n0 ; last = yes\r\nX-Sum: 1 \r\nY:\r\n\r\n",
        &[
            "head 1.1 200 OK/chunked [Transfer-Encoding: chunked]",
            "body abc",
            "trailers [X-Sum: 1] [Y: ]",
            "end",
            "reuse",
        ],
    );
}

#[test]
fn interim_responses() {
    check(
        &[GET],
        b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
          HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        &[
            "info 1.1 100 Continue/none [X: y]",
            "info 1.1 103 Early Hints/none [Link: </a>]",
            "head 1.1 200 OK/fixed 2 [Content-Length: 2]",
            "body ok",
            "end",
            "reuse",
        ],
    );
}

#[test]
fn upgrades_and_tunnels() {
    check(
        &[UPGRADE],
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\nraw\0bytes",
        &[
            "head 1.1 101 Switching Protocols/none [Upgrade: echo]",
            "upgraded raw\\x00bytes",
        ],
    );
    check(
        &[GET],
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        &["error Grammar(UnexpectedUpgrade) StartLine"],
    );
    check(
        &[UPGRADE],
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        &[
            "head 1.1 200 OK/fixed 2 [Content-Length: 2]",
            "body ok",
            "end",
            "reuse",
        ],
    );
    check(
        &[CONNECT],
        b"HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\nraw",
        &[
            "head 1.1 200 Connection established/none [Content-Length: 5]",
            "upgraded raw",
        ],
    );
    check(
        &[CONNECT],
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno",
        &[
            "head 1.1 407 Proxy Authentication Required/fixed 2 [Content-Length: 2]",
            "body no",
            "end",
            "reuse",
        ],
    );
}

#[test]
fn pipelined_responses() {
    check(
        &[GET, HEAD, GET],
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na\
          HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\
          HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n",
        &[
            "head 1.1 200 OK/fixed 1 [Content-Length: 1]",
            "body a",
            "end",
            "head 1.1 200 OK/none [Content-Length: 9]",
            "end",
            "head 1.1 404 Not Found/chunked [Transfer-Encoding: chunked]",
            "body c",
            "end",
            "reuse",
        ],
    );
    // After "close" nothing more is believed.
    check(
        &[GET, GET],
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na\
          HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb",
        &[
            "head 1.1 200 OK/fixed 1 [Content-Length: 1] [Connection: close]",
            "body a",
            "end",
            "error UnexpectedEof Start",
        ],
    );
}

/// A good response cut at any byte is an unexpected end, with the place where it was cut.
#[test]
fn response_cut_at_every_byte() {
    let parts: [(&str, &[u8]); 8] = [
        ("Start", b""),
        ("StartLine", b"HTTP/1.1 200 OK\r\n"),
        ("Headers", b"Transfer-Encoding: chunked\r\nX-A: b\r\n\r\n"),
        ("ChunkSize", b"5;x=y\r\n"),
        ("ChunkData", b"hello\r\n"),
        ("ChunkSize", b"0\r\n"),
        ("Trailers", b"X-T: 1\r\n\r\n"),
        ("", b""),
    ];
    cut_everywhere(&parts);
    let parts: [(&str, &[u8]); 4] = [
        ("Start", b""),
        ("StartLine", b"HTTP/1.1 200 OK\r\n"),
        ("Headers", b"Content-Length: 5\r\n\r\n"),
        ("Body", b"hello"),
    ];
    cut_everywhere(&parts);
}

/// Where a cut lies exactly between two parts, the part that did not begin yet is the one missed.
#[track_caller]
fn cut_everywhere(parts: &[(&str, &[u8])]) {
    let whole: Vec<u8> = parts
        .iter()
        .flat_map(|(_, bytes)| bytes.iter().copied())
        .collect();
    let mut places = Vec::new();
    for (place, bytes) in parts {
        places.extend(bytes.iter().map(|_| *place));
    }
    assert_eq!(
        client(&[GET], Limits::default(), &[&whole]).last().unwrap(),
        "reuse"
    );
    for cut in 0..whole.len() {
        let lines = client(&[GET], Limits::default(), &[&whole[..cut]]);
        let place = if cut == 0 { "Start" } else { places[cut] };
        let expected = format!("error UnexpectedEof {place}");
        assert_eq!(*lines.last().unwrap(), expected, "cut at {cut}");
    }
}
