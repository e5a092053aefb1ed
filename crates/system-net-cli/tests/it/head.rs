//! `sysnet head`, and `get -I`, which is the same.

use crate::program::{pages, run};

#[test]
fn head_prints_the_headers() {
    let peer = pages();
    for arguments in [
        ["head", &peer.url("/page")].as_slice(),
        ["get", "-I", &peer.url("/page")].as_slice(),
    ] {
        let text = run(arguments).ok().text();
        assert_eq!(
            text,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Case: Kept\r\nContent-Length: 7\r\n\r\n"
        );
    }
    let methods: Vec<String> = peer.requests().iter().map(|r| r.method()).collect();
    assert_eq!(methods, ["HEAD", "HEAD"]);
}

#[test]
fn head_follows_redirects_and_fails_with_f() {
    let peer = pages();
    let text = run(&["head", &peer.url("/moved")]).ok().text();
    assert!(text.contains("X-Case: Kept"), "{text}");
    let text = run(&["head", "--no-location", &peer.url("/moved")])
        .ok()
        .text();
    assert!(
        text.starts_with("HTTP/1.1 302 Found\r\nLocation: /page\r\n"),
        "{text}"
    );
    assert_eq!(run(&["head", "-f", &peer.url("/missing")]).code, 22);
}

#[test]
fn head_of_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "12345").unwrap();
    let url = format!("file://{}", file.path().display());
    let text = run(&["head", &url]).ok().text();
    assert!(text.contains("Content-Length: 5\r\n"), "{text}");
}

#[test]
fn head_json_has_the_headers() {
    let peer = pages();
    let run = run(&["head", "--json", &peer.url("/page")]).ok();
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let transfer = &report["transfers"][0];
    assert_eq!(transfer["method"], "HEAD");
    assert_eq!(
        transfer["headers"][2],
        serde_json::json!(["Content-Length", "7"])
    );
    assert!(transfer["body"].is_null());
}
