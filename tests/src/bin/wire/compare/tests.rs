// What counts as equal, and how differences are named.

use super::*;

fn capture(runtime: &str, head: &str, body: &str) -> Capture {
    let lines: String = head
        .lines()
        .chain([""])
        .map(|line| format!("C1: {line}\\r\\n\n"))
        .chain(body.lines().map(|line| format!("C1: {line}\n")))
        .collect();
    Capture::parse(&format!("# scenario s runtime {runtime}\n{lines}")).unwrap()
}

fn request(head: &str, body: &[u8]) -> Request {
    let head = format!("{}\r\n\r\n", head.replace('\n', "\r\n"));
    Request::new(head.as_bytes(), body, 1, 8080)
}

/// What is said to differ, without the details.
#[track_caller]
fn check(ours: &Request, capture: &Capture, expected: &[&str]) {
    let problems = requests(std::slice::from_ref(ours), capture, &[]);
    let what: Vec<&str> = problems
        .iter()
        .map(|text| text.split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(what, expected, "{problems:?}");
}

const MONO: &str = "POST /p HTTP/1.1\nX-A: 1\nContent-Length: 2\nExpect: 100-continue\n\
                    Connection: keep-alive\nHost: h:{PORT}";
const OURS: &str = "POST /p HTTP/1.1\nX-A: 1\nHost: h:8080\nContent-Length: 2\n\
                    Expect: 100-continue\nConnection: Keep-Alive";

#[test]
fn equal_after_normalisation() {
    check(&request(OURS, b"ab"), &capture("mono", MONO, "ab"), &[]);
    let net9 = MONO.replace("Expect: 100-continue\n", "");
    check(&request(OURS, b"ab"), &capture("net9", &net9, "ab"), &[]);
    let without = OURS.replace("\nConnection: Keep-Alive", "");
    check(&request(&without, b"ab"), &capture("mono", MONO, "ab"), &[]);
}

#[test]
fn differences_are_named() {
    let mono = capture("mono", MONO, "ab");
    check(
        &request(&OURS.replace("/p", "/q"), b"ab"),
        &mono,
        &["request 1 line"],
    );
    check(
        &request(&OURS.replace("X-A", "x-a"), b"ab"),
        &mono,
        &["request 1 header x-a", "request 1 header X-A"],
    );
    check(&request(OURS, b"ac"), &mono, &["request 1 body"]);
    check(
        &request(&OURS.replace("\nExpect: 100-continue", ""), b"ab"),
        &mono,
        &["request 1 header Expect"],
    );
    let late = "POST /p HTTP/1.1\nHost: h:8080\nX-A: 1\nContent-Length: 2\nExpect: 100-continue";
    check(&request(late, b"ab"), &mono, &["request 1 order"]);
    assert_eq!(requests(&[], &mono, &[]), ["requests: 0, recorded 1"]);
}

#[test]
fn chunks_and_boundaries_are_made_equal() {
    let head = "POST /p HTTP/1.1\nHost: h:{PORT}\nTransfer-Encoding: chunked";
    let recorded = capture(
        "mono",
        head,
        "1\\r\\n\nx\\r\\n\n2;e\\r\\n\nyz\\r\\n\n0\\r\\n\n\\r\\n",
    );
    check(
        &request(&head.replace("{PORT}", "8080"), b"xyz"),
        &recorded,
        &[],
    );
    let head = "POST /p HTTP/1.1\nContent-Type: multipart/form-data; boundary=--1f\nHost: h";
    let recorded = capture("mono", head, "----1f\\r\\n\nb");
    check(
        &request(&head.replace("1f", "2e"), b"----2e\r\nb"),
        &recorded,
        &[],
    );
}

#[test]
fn results_are_split_into_fields() {
    let line = "status=404 desc=Not Found version=1.1 contentType=text/plain; charset=utf-8 charset=utf-8 body=a b=c";
    let get = |name: &str| {
        fields(line)
            .into_iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value)
            .unwrap()
    };
    assert_eq!(get("desc"), "Not Found");
    assert_eq!(get("contentType"), "text/plain; charset=utf-8");
    assert_eq!(get("charset"), "utf-8");
    assert_eq!(get("body"), "a b=c");
    assert_eq!(
        fields("WebException Status=Timeout Message=The operation Status=x"),
        [
            ("kind".into(), "WebException".into()),
            ("Status".into(), "Timeout".into())
        ]
    );
    assert_eq!(
        fields(r"headers=B: 1\r\nA: x, y\r\n\r\n"),
        fields(r"headers=A: x,y\r\nB: 1\r\n\r\n")
    );
}

#[test]
fn results_are_compared_by_field() {
    let mut recorded = capture("mono", "GET / HTTP/1.1", "");
    recorded.results = vec!["WebException Status=Timeout Message=too late".to_owned()];
    let ours = |line: &str| results(&[line.to_owned()], &recorded);
    assert!(ours("WebException Status=Timeout Message=otherwise").is_empty());
    assert_eq!(
        ours("WebException Status=SendFailure"),
        ["result 1 Status: `SendFailure`, recorded `Timeout`"]
    );
    assert_eq!(results(&[], &recorded), ["results: 0, recorded 1"]);
}
