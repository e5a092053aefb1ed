//! What post and put send: data, forms, JSON, request items; and what items add to all verbs.

use std::path::Path;

use system_net_testkit::{HttpPeer, RecordedRequest, Response};

use crate::program::{run, run_in, run_with_input};

/// The one request that a call makes; `URL` stands for the address in it.
#[track_caller]
fn sent_in(folder: &Path, arguments: &[&str], input: &[u8]) -> RecordedRequest {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let url = peer.url("/to");
    let arguments: Vec<String> = arguments
        .iter()
        .map(|text| text.replace("URL", &url))
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match input {
        b"" => run_in(folder, &arguments).ok(),
        input => run_with_input(&arguments, input).ok(),
    };
    let requests = peer.requests();
    assert_eq!(requests.len(), 1, "{arguments:?}");
    requests[0].clone()
}

#[track_caller]
fn sent(arguments: &[&str]) -> RecordedRequest {
    sent_in(Path::new("."), arguments, b"")
}

/// Method and target, type, body.
#[track_caller]
fn check(arguments: &[&str], line: &str, content_type: Option<&str>, body: &str) {
    let request = sent(arguments);
    let found = format!("{} {}", request.method(), request.target());
    assert_eq!(found, line, "{arguments:?}");
    let found = request.header("Content-Type");
    assert_eq!(found.as_deref(), content_type, "{arguments:?}");
    assert_eq!(
        String::from_utf8(request.body).unwrap(),
        body,
        "{arguments:?}"
    );
}

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const JSON: Option<&str> = Some("application/json");

#[test]
fn data_of_all_kinds_in_their_order() {
    check(
        &[
            "post",
            "-d",
            "a=1",
            "--data-urlencode",
            "b=x y&",
            "-d",
            "c",
            "URL",
        ],
        "POST /to",
        FORM,
        "a=1&b=x+y%26&c",
    );
    check(
        &[
            "post",
            "--data-binary",
            "a\n",
            "--data-raw",
            "@b",
            "--data-urlencode",
            "=@c",
            "URL",
        ],
        "POST /to",
        FORM,
        "a\n&@b&%40c",
    );
    check(
        &["post", "--data-urlencode", "a b", "URL"],
        "POST /to",
        FORM,
        "a+b",
    );
    check(&["put", "-d", "a", "URL"], "PUT /to", FORM, "a");
    check(
        &["post", "--data-json", "{\"a\":", "--data-json", "1}", "URL"],
        "POST /to",
        JSON,
        "{\"a\":1}",
    );
    let asked = sent(&["post", "--data-json", "{}", "URL"]).header("Accept");
    assert_eq!(asked.as_deref(), Some("application/json"));
}

#[test]
fn data_from_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "x y\r\n&z\n").unwrap();
    for (arguments, body) in [
        (&["post", "-d", "@f", "URL"][..], "x y&z"),
        (
            &["post", "--data-urlencode", "@f", "URL"],
            "x+y%0D%0A%26z%0A",
        ),
        (
            &["post", "--data-urlencode", "n@f", "URL"],
            "n=x+y%0D%0A%26z%0A",
        ),
        (
            &["post", "--data-binary", "@f", "-d", "a", "URL"],
            "x y\r\n&z\n&a",
        ),
        (&["post", "--data-json", "@f", "URL"], "x y\r\n&z\n"),
        (&["post", "URL", "n=@f"], r#"{"n":"x y\r\n&z\n"}"#),
    ] {
        let request = sent_in(folder.path(), arguments, b"");
        let found = String::from_utf8(request.body).unwrap();
        assert_eq!(found, body, "{arguments:?}");
    }
    let missing = run(&["post", "-d", "@/nowhere/at/all", "http://127.0.0.1:1/"]);
    assert_eq!(missing.code, 26, "{missing:?}");
}

#[test]
fn data_in_the_query() {
    check(
        &["get", "-G", "-d", "a=1", "--data-urlencode", "b=ü", "URL?z"],
        "GET /to?z&a=1&b=%C3%BC",
        None,
        "",
    );
    check(
        &["get", "-G", "-d", "a=1", "-I", "URL"],
        "HEAD /to?a=1",
        None,
        "",
    );
}

#[test]
fn items_make_json() {
    check(
        &[
            "post",
            "URL",
            "name=x y",
            "n:=1",
            "deep:={\"b\":[true, null]}",
            "q==1 2",
            "X-A:b",
        ],
        "POST /to?q=1+2",
        JSON,
        r#"{"name":"x y","n":1,"deep":{"b":[true, null]}}"#,
    );
    check(&["put", "URL", "a=b"], "PUT /to", JSON, r#"{"a":"b"}"#);
    check(
        &["post", "--form", "URL", "a=x y", "b=&"],
        "POST /to",
        FORM,
        "a=x+y&b=%26",
    );
    let request = sent(&["post", "URL", "X-A:b c", "X-Empty;", "Accept:text/x", "a=b"]);
    assert_eq!(request.header("X-A").as_deref(), Some("b c"));
    assert_eq!(request.header("X-Empty").as_deref(), Some(""));
    assert_eq!(request.header("Accept").as_deref(), Some("text/x"));
    let request = sent(&["post", "URL", "a=b"]);
    let asked = request.header("Accept");
    assert_eq!(asked.as_deref(), Some("application/json, */*;q=0.5"));
    let wrong = run(&["post", "http://h/", "a:={"]);
    assert!(
        wrong.code == 2 && wrong.stderr.contains("not JSON"),
        "{wrong:?}"
    );
}

#[test]
fn items_for_get_and_head() {
    check(
        &["get", "URL?a", "b==c", "X-A:b"],
        "GET /to?a&b=c",
        None,
        "",
    );
    check(&["head", "URL", "b==c"], "HEAD /to?b=c", None, "");
    let request = sent(&["get", "URL", "X-A:b"]);
    assert_eq!(request.header("X-A").as_deref(), Some("b"));
    // For each of the addresses.
    let peer = HttpPeer::serve(|_| Response::new(200));
    run(&["get", &peer.url("/1"), "q==1", &peer.url("/2?x")]).ok();
    let targets: Vec<String> = peer
        .requests()
        .iter()
        .map(|request| request.target())
        .collect();
    assert_eq!(targets, ["/1?q=1", "/2?x&q=1"]);
}

#[test]
fn addresses_without_a_host() {
    let peer = HttpPeer::serve(|_| Response::new(200));
    let address = format!(":{}/a", peer.port());
    run(&["get", &address, &address]).ok();
    let request = &peer.requests()[1];
    assert_eq!(request.target(), "/a");
    let host = format!("localhost:{}", peer.port());
    assert_eq!(request.header("Host"), Some(host));
}

/// A form with files is taken apart again: the parts as head and content.
fn parts(request: &RecordedRequest) -> Vec<(String, String)> {
    let content_type = request.header("Content-Type").unwrap();
    let boundary = content_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let body = String::from_utf8(request.body.clone()).unwrap();
    let body = body
        .strip_prefix(&format!("--{boundary}\r\n"))
        .and_then(|body| body.strip_suffix(&format!("\r\n--{boundary}--\r\n")))
        .unwrap_or_else(|| panic!("{body}"));
    let between = format!("\r\n--{boundary}\r\n");
    body.split(&between)
        .map(|part| part.split_once("\r\n\r\n").unwrap())
        .map(|(head, content)| (head.to_owned(), content.to_owned()))
        .collect()
}

#[test]
fn forms_with_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "text\r\n").unwrap();
    std::fs::write(folder.path().join("q\".bin"), "\r\n--x").unwrap();
    let expected = [
        ("name=\"a\"", "b c"),
        (
            "name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain",
            "text\r\n",
        ),
        (
            "name=\"g\"; filename=\"q%22.bin\"\r\nContent-Type: application/octet-stream",
            "\r\n--x",
        ),
        (
            "name=\"h\"; filename=\"o;\"\r\nContent-Type: a/b; c=d",
            "text\r\n",
        ),
        ("name=\"i\"", "text\r\n"),
        ("name=\"j\"\r\nContent-Type: application/json", "{}"),
    ];
    let arguments = [
        "post",
        "URL",
        "-F",
        "a=b c",
        "-F",
        "f=@a.txt",
        "-F",
        "g=@q\".bin",
        "-F",
        "h=@a.txt;type=a/b; c=d;filename=\"o;\"",
        "-F",
        "i=<a.txt",
        "-F",
        "j={};type=application/json",
    ];
    let request = sent_in(folder.path(), &arguments, b"");
    let length = request.body.len().to_string();
    assert_eq!(
        request.header("Content-Length"),
        Some(length),
        "it is known beforehand"
    );
    let found = parts(&request);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((head, content), (expected_head, expected_content)) in found.iter().zip(expected) {
        assert_eq!(
            head,
            &format!("Content-Disposition: form-data; {expected_head}")
        );
        assert_eq!(content, expected_content, "{head}");
    }
    // Items with files make the same.
    let request = sent_in(
        folder.path(),
        &["post", "URL", "a=b", "f@a.txt", "n:=1"],
        b"",
    );
    let found = parts(&request);
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[1],
        (
            format!("Content-Disposition: form-data; {}", expected[1].0),
            "text\r\n".into()
        )
    );
    assert_eq!(found[2].1, "1");
}

#[test]
fn forms_from_stdin_go_in_chunks() {
    let request = sent_in(
        Path::new("."),
        &["post", "URL", "-F", "f=@-;filename=n", "-F", "z=1"],
        b"in\nput",
    );
    let coding = request.header("Transfer-Encoding");
    assert_eq!(coding.as_deref(), Some("chunked"));
    let found = parts(&request);
    assert!(found[0].0.contains("filename=\"n\""), "{found:?}");
    assert_eq!((&*found[0].1, &*found[1].1), ("in\nput", "1"));
}

#[test]
fn forms_that_are_wrong() {
    for (part, code) in [
        ("a", 2),
        ("a=\"b", 2),
        ("a=\"b\";y=z", 2),
        ("a=@/nowhere/at/all", 26),
    ] {
        let run = run(&["post", "-F", part, "http://127.0.0.1:1/"]);
        assert_eq!(run.code, code, "{part}: {run:?}");
    }
}

#[test]
fn upload_file_option() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a b"), "content").unwrap();
    let request = sent_in(folder.path(), &["put", "-T", "a b", "URL/?q"], b"");
    assert_eq!(request.request_line(), "PUT /to/a%20b?q HTTP/1.1");
    assert_eq!(request.header("Content-Length").as_deref(), Some("7"));
    assert_eq!(request.header("Content-Type"), None);
    assert_eq!(request.body, b"content");
    let request = sent_in(folder.path(), &["post", "-T", "a b", "URL"], b"");
    assert_eq!(request.request_line(), "POST /to HTTP/1.1");
    let request = sent_in(folder.path(), &["put", "-T", "-", "URL/"], b"input");
    assert_eq!(request.request_line(), "PUT /to/ HTTP/1.1");
    let coding = request.header("Transfer-Encoding");
    assert_eq!(coding.as_deref(), Some("chunked"));
    assert_eq!(request.body, b"input");
}
