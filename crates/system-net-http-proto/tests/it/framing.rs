//! Where bodies end: `Content-Length`, `Transfer-Encoding`, chunks.

use system_net_http_proto::Limits;

use crate::record::{GET, bytewise, client, server};

/// The last line of what a client says to a response with these fields and this body.
fn response(version: &str, headers: &str, body: &str) -> Vec<String> {
    let input = format!("HTTP/{version} 200 OK\r\n{headers}\r\n{body}");
    let whole = client(&[GET], Limits::default(), &[input.as_bytes()]);
    let bytes = client(&[GET], Limits::default(), &bytewise(input.as_bytes()));
    assert_eq!(whole, bytes, "{input:?}");
    whole
}

fn request(version: &str, headers: &str, body: &str) -> Vec<String> {
    let input = format!("POST / HTTP/{version}\r\nHost: a\r\n{headers}\r\n{body}");
    let whole = server(Limits::default(), &[input.as_bytes()]);
    let bytes = server(Limits::default(), &bytewise(input.as_bytes()));
    assert_eq!(whole, bytes, "{input:?}");
    whole
}

/// Security: what is not one plain number is refused on both sides.
#[test]
fn content_length_grammar() {
    let accepted = [
        "5",
        "05",
        "000000000000000000000000000000000005",
        " 5",
        "5 \t",
        "5\r\nContent-Length: 5",
        "5\r\ncontent-length: 05",
    ];
    let refused = [
        "",
        " ",
        "+5",
        "-5",
        "-0",
        "5.0",
        "5e0",
        "0x5",
        "5h",
        "0b101",
        "5,5",
        "5, 5",
        "5;5",
        "5 5",
        "\"5\"",
        "5_0",
        "\u{665}",
        "9223372036854775808",
        "18446744073709551616",
        "99999999999999999999999999",
        "5\r\nContent-Length: 6",
        "5\r\nContent-Length: ",
        "6\r\nContent-Length: 5",
    ];
    for value in accepted {
        let headers = format!("Content-Length: {value}\r\n");
        let lines = response("1.1", &headers, "hello");
        assert!(lines[0].contains("/fixed 5"), "{value:?}: {lines:?}");
        assert_eq!(lines[1..], ["body hello", "end", "reuse"], "{value:?}");
        let lines = request("1.1", &headers, "hello");
        assert!(lines[0].contains(" fixed 5"), "{value:?}: {lines:?}");
        assert_eq!(lines[1..], ["body hello", "end", "closed"], "{value:?}");
    }
    for value in refused {
        let headers = format!("Content-Length: {value}\r\n");
        let lines = response("1.1", &headers, "hello");
        assert!(
            lines[0].starts_with("error Grammar(ContentLength) Headers"),
            "{value:?}: {lines:?}"
        );
        let lines = request("1.1", &headers, "hello");
        assert!(
            lines[0].starts_with("error Grammar(ContentLength) Headers"),
            "{value:?}: {lines:?}"
        );
        assert!(lines[0].ends_with("-> 400"), "{value:?}: {lines:?}");
    }
    let most = response("1.1", "Content-Length: 9223372036854775807\r\n", "");
    assert!(most[0].contains("/fixed 9223372036854775807"), "{most:?}");
    assert_eq!(most[1], "error UnexpectedEof Body");
}

/// Security: only `chunked` alone frames a request; in responses other codings may precede it, and
/// what does not end in it is read to the end of the connection.
#[test]
fn te_variants_table() {
    // (version, values of the fields, what the client says, what the server says)
    let rows: [(&str, &[&str], &str, &str); 24] = [
        ("1.1", &["chunked"], "chunked", "chunked"),
        ("1.1", &["Chunked"], "chunked", "chunked"),
        ("1.1", &["CHUNKED"], "chunked", "chunked"),
        ("1.1", &[" chunked\t"], "chunked", "chunked"),
        ("1.1", &["gzip, chunked"], "chunked", "501"),
        ("1.1", &["gzip;level=1,chunked"], "chunked", "501"),
        ("1.1", &["gzip", "chunked"], "chunked", "501"),
        ("1.1", &["identity, chunked"], "chunked", "501"),
        ("1.1", &["chunked, gzip"], "until close", "400"),
        ("1.1", &["chunked", "gzip"], "until close", "400"),
        ("1.1", &["gzip"], "until close", "400"),
        ("1.1", &["identity"], "until close", "400"),
        ("1.1", &["xchunked"], "until close", "400"),
        ("1.1", &["chunkedx"], "until close", "400"),
        ("1.1", &["chunked;a=b"], "until close", "400"),
        ("1.1", &["\"chunked\""], "until close", "400"),
        ("1.1", &["x;a=\", chunked"], "until close", "400"),
        ("1.1", &["chunked,"], "until close", "400"),
        ("1.1", &[",chunked"], "until close", "400"),
        ("1.1", &[""], "until close", "400"),
        ("1.1", &["chunked, chunked"], "error", "400"),
        ("1.1", &["chunked", "chunked"], "error", "400"),
        ("1.0", &["chunked"], "until close", "400"),
        ("1.0", &["gzip"], "until close", "400"),
    ];
    for (version, values, client_says, server_says) in rows {
        let headers: String = values
            .iter()
            .map(|value| format!("Transfer-Encoding: {value}\r\n"))
            .collect();
        let lines = response(version, &headers, "2\r\nok\r\n0\r\n\r\n");
        match client_says {
            "chunked" => {
                assert!(lines[0].contains("/chunked "), "{headers:?}: {lines:?}");
                assert_eq!(lines[1..], ["body ok", "end", "reuse"], "{headers:?}");
            }
            "until close" => {
                assert!(lines[0].contains("/until close "), "{headers:?}: {lines:?}");
                let raw = ["body 2\\r\\nok\\r\\n0\\r\\n\\r\\n", "end", "close"];
                assert_eq!(lines[1..], raw, "{headers:?}");
            }
            _ => assert_eq!(
                lines,
                ["error Grammar(TransferEncoding) Headers"],
                "{headers:?}"
            ),
        }
        let lines = request(version, &headers, "2\r\nok\r\n0\r\n\r\n");
        match server_says {
            "chunked" => {
                assert!(lines[0].contains(" chunked "), "{headers:?}: {lines:?}");
                assert_eq!(lines[1..], ["body ok", "end", "closed"], "{headers:?}");
            }
            status => {
                assert_eq!(lines.len(), 1, "{headers:?}: {lines:?}");
                assert!(
                    lines[0].ends_with(&format!("-> {status}")),
                    "{headers:?}: {lines:?}"
                );
            }
        }
    }
}

/// Security: one spelling of a chunk, and nothing else.
#[test]
fn chunk_grammar_rejects() {
    let rows = [
        ("\r\n", "ChunkSize) ChunkSize @0"),
        ("x\r\n", "ChunkSize) ChunkSize @0"),
        ("-1\r\n", "ChunkSize) ChunkSize @0"),
        ("+1\r\n", "ChunkSize) ChunkSize @0"),
        (" 1\r\n", "ChunkSize) ChunkSize @0"),
        ("0x1\r\n", "ChunkSize) ChunkSize @1"),
        ("1h\r\n", "ChunkSize) ChunkSize @1"),
        ("1_0\r\n", "ChunkSize) ChunkSize @1"),
        (";a\r\n", "ChunkSize) ChunkSize @0"),
        ("00000000000000001\r\n", "ChunkSize) ChunkSize @16"),
        ("8000000000000000\r\n", "ChunkSize) ChunkSize @16"),
        ("ffffffffffffffff\r\n", "ChunkSize) ChunkSize @16"),
        ("10000000000000000\r\n", "ChunkSize) ChunkSize @16"),
        ("1\na", "LineEnd) ChunkSize @1"),
        ("1\ra", "LineEnd) ChunkSize @1"),
        ("1\r\ra", "LineEnd) ChunkSize @1"),
        ("1;a\nb", "LineEnd) ChunkSize @3"),
        ("1;a\rb", "LineEnd) ChunkSize @3"),
        ("1;a\0\r\n", "ChunkExtension) ChunkSize @3"),
        ("1;a\x7f\r\n", "ChunkExtension) ChunkSize @3"),
        ("1;\r\n", "ChunkExtension) ChunkSize @1"),
        ("1;;a\r\n", "ChunkExtension) ChunkSize @1"),
        ("1;a=\r\n", "ChunkExtension) ChunkSize @1"),
        ("1;a=b c\r\n", "ChunkExtension) ChunkSize @1"),
        ("1;a=\"b\r\n", "ChunkExtension) ChunkSize @1"),
        ("1;a=\"b\\\"\r\n", "ChunkExtension) ChunkSize @1"),
        ("1;=b\r\n", "ChunkExtension) ChunkSize @1"),
        ("1 \r\n", "ChunkExtension) ChunkSize @1"),
        ("1 a\r\n", "ChunkExtension) ChunkSize @1"),
        ("1\r\nab\r\n", "ChunkEnd) ChunkData @4"),
        ("1\r\na\n0\r\n\r\n", "ChunkEnd) ChunkData @4"),
        ("1\r\na\rx", "ChunkEnd) ChunkData @4"),
        ("1\r\na0\r\n\r\n", "ChunkEnd) ChunkData @4"),
        ("1\r\na\r\nx", "ChunkSize) ChunkSize @6"),
        ("1\r\na\r\n1\r\nb\r\n\r", "ChunkSize) ChunkSize @12"),
        ("1\r\na\r\n0\r\n\n", "LineEnd) Trailers line 1 @9"),
        ("0\r\n\n", "LineEnd) Trailers line 1 @3"),
        ("0\r\nA: b\n\r\n", "LineEnd) Trailers line 1 @7"),
        ("0\r\nA: b\r\n\n", "LineEnd) Trailers line 2 @9"),
        ("0\r\nA b\r\n\r\n", "HeaderName) Trailers line 1 @4"),
        ("0\r\n A: b\r\n\r\n", "FoldedHeader) Trailers line 1 @3"),
        ("0\r\nA: b\0\r\n\r\n", "HeaderValue) Trailers line 1 @7"),
        (
            "0\r\nContent-Length: x\r\n\r\n",
            "ContentLength) Trailers line 1 @19",
        ),
    ];
    let headers = "Transfer-Encoding: chunked\r\n";
    let response_head = "HTTP/1.1 200 OK\r\n\r\n".len() + headers.len();
    let request_head = "POST / HTTP/1.1\r\nHost: a\r\n\r\n".len() + headers.len();
    for (body, expected) in rows {
        let (text, at) = expected.split_once('@').unwrap();
        let at: usize = at.parse().unwrap();
        let lines = response("1.1", headers, body);
        let wanted = format!("error Grammar({text}@{}", at + response_head);
        assert_eq!(*lines.last().unwrap(), wanted, "{body:?}");
        let lines = request("1.1", headers, body);
        let wanted = format!("error Grammar({text}@{} -> 400", at + request_head);
        assert_eq!(*lines.last().unwrap(), wanted, "{body:?}");
    }
}

#[test]
fn chunk_sizes_accepted() {
    for (line, size) in [
        ("1", 1),
        ("A", 10),
        ("a", 10),
        ("000000000000000a", 10),
        ("1f", 31),
        ("1;a", 1),
        ("1\t;\ta\t=\tb", 1),
        ("1;a=\"\x09\u{ff}\\\\\"", 1),
        ("1;a;b;c=d", 1),
    ] {
        let data = "x".repeat(size);
        let body = format!("{line}\r\n{data}\r\n0\r\n\r\n");
        let lines = response("1.1", "Transfer-Encoding: chunked\r\n", &body);
        assert_eq!(
            lines[1..],
            [format!("body {data}"), "end".into(), "reuse".into()],
            "{line:?}"
        );
    }
    let most = response(
        "1.1",
        "Transfer-Encoding: chunked\r\n",
        "7fffffffffffffff\r\nx",
    );
    assert_eq!(most[1..], ["body x", "error UnexpectedEof ChunkData"]);
}
