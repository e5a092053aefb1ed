//! curl: every verb and kind of body, old clients, connections used again, client certificates.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use crate::site::{Site, pattern};
use crate::{enabled, printed, run};

/// An answer as curl shows it.
struct Shown {
    status: String,
    fields: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Shown {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value)
    }
}

/// Runs curl with these arguments; the head of the last answer goes to a file.
#[track_caller]
fn curl(site: &Site, arguments: &[&str]) -> Shown {
    let head = site.file("head");
    let output = run(Command::new("curl")
        .args(["-sS", "--max-time", "60", "-D"])
        .arg(&head)
        .args(arguments));
    let head = std::fs::read_to_string(head).unwrap();
    // Before it there may be that of 100 (Continue).
    let head = head.trim_end().rsplit("\r\n\r\n").next().unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().to_owned();
    let fields = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    Shown {
        status,
        fields: fields.collect(),
        body: output.stdout,
    }
}

#[test]
fn curl_every_verb() {
    if !enabled("curl_every_verb") {
        return;
    }
    for site in [Site::plain(), Site::secure()] {
        let ca = site.file("ca.pem");
        let mut common = vec!["--http1.1"];
        if ca.exists() {
            common.extend(["--cacert", ca.to_str().unwrap()]);
        }
        let url = site.url("/a%20b?c=d");
        for verb in [
            "GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND",
        ] {
            let mut arguments = common.clone();
            arguments.extend(["-X", verb, &url]);
            let bodied = matches!(verb, "POST" | "PUT" | "PATCH" | "PROPFIND");
            if bodied {
                arguments.extend(["--data-binary", "a body"]);
            }
            let shown = curl(&site, &arguments);
            assert_eq!(shown.status, "HTTP/1.1 200 OK", "{verb}");
            assert_eq!(shown.field("x-method"), verb);
            assert_eq!(shown.field("x-url"), "/a%20b?c=d");
            assert_eq!(shown.field("x-version"), "1.1");
            let body: &[u8] = if bodied { b"a body" } else { b"" };
            assert_eq!(shown.body, body, "{verb}");
        }
        let mut arguments = common.clone();
        let big = site.url("/pattern?length=100000");
        arguments.extend(["-I", &big]);
        let shown = curl(&site, &arguments);
        assert_eq!(shown.status, "HTTP/1.1 200 OK");
        assert_eq!(shown.field("content-length"), "100000");
        // curl says the head itself then.
        assert!(shown.body.starts_with(b"HTTP/1.1 200 OK"));
    }
}

#[test]
fn curl_bodies_of_every_kind() {
    if !enabled("curl_bodies_of_every_kind") {
        return;
    }
    let site = Site::plain();
    let url = site.url("/echo");
    let bytes = pattern(3_000_000);
    let file = site.file("upload");
    std::fs::write(&file, &bytes).unwrap();
    let file = file.to_str().unwrap();
    let at = format!("@{file}");
    // curl waits for 100 (Continue) by itself with bodies above a MiB.
    for (arguments, encoding, expect) in [
        (vec!["--data-binary", &*at, "-H", "Expect:"], "", ""),
        (vec!["--data-binary", &*at], "", "100-continue"),
        (vec!["-T", file], "", "100-continue"),
        (
            vec!["-T", file, "-H", "Transfer-Encoding: chunked"],
            "chunked",
            "100-continue",
        ),
        (
            vec![
                "-T",
                file,
                "-H",
                "Transfer-Encoding: chunked",
                "-H",
                "Expect:",
            ],
            "chunked",
            "",
        ),
    ] {
        let all: Vec<&str> = arguments.iter().copied().chain([&*url]).collect();
        let shown = curl(&site, &all);
        assert_eq!(shown.status, "HTTP/1.1 200 OK", "{arguments:?}");
        assert_eq!(shown.field("x-encoding"), encoding, "{arguments:?}");
        assert_eq!(shown.field("x-expect"), expect, "{arguments:?}");
        assert!(shown.body == bytes, "{arguments:?}");
    }
    for what in [
        "length=3000000",
        "length=3000000&chunked",
        "length=0&chunked",
    ] {
        let shown = curl(&site, &[&site.url(&format!("/pattern?{what}"))]);
        let length = if what.contains("=0") { 0 } else { bytes.len() };
        assert!(shown.body == bytes[..length], "{what}");
        let chunked = shown.field("transfer-encoding") == "chunked";
        assert_eq!(chunked, what.contains("chunked"), "{what}");
    }
    // From a pipe, whose length nobody knows.
    let mut cat = Command::new("cat")
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = run(Command::new("curl")
        .args(["-sS", "-T", "-", &url])
        .stdin(cat.stdout.take().unwrap()));
    assert!(cat.wait().unwrap().success());
    assert!(output.stdout == bytes);
}

#[test]
fn curl_as_an_old_client() {
    if !enabled("curl_as_an_old_client") {
        return;
    }
    let site = Site::plain();
    let shown = curl(
        &site,
        &["--http1.0", &site.url("/echo"), "--data-binary", "old"],
    );
    assert_eq!(shown.status, "HTTP/1.1 200 OK");
    assert_eq!(
        (shown.field("x-version"), &*shown.body),
        ("1.0", &b"old"[..])
    );
    assert_eq!(shown.field("connection"), "close");
    let url = site.url("/pattern?length=100000&chunked");
    let shown = curl(&site, &["--http1.0", &url]);
    assert_eq!(shown.field("transfer-encoding"), "", "it knows no chunks");
    assert!(shown.body == pattern(100_000));
}

#[test]
fn curl_uses_a_connection_again() {
    if !enabled("curl_uses_a_connection_again") {
        return;
    }
    let site = Site::plain();
    let urls: Vec<String> = (0..20).map(|at| site.url(&format!("/{at}"))).collect();
    let told = printed(
        Command::new("curl")
            .args(["-sS", "-o", "/dev/null", "-w", "%{num_connects}\\n"])
            .args(urls.iter().flat_map(|url| ["-o", "/dev/null", url])),
    );
    let connects: usize = told
        .lines()
        .map(|line| line.parse::<usize>().unwrap())
        .sum();
    assert_eq!((connects, site.requests()), (1, 20), "{told}");
}

#[test]
fn curl_shows_a_certificate() {
    if !enabled("curl_shows_a_certificate") {
        return;
    }
    let site = Site::secure();
    let path = |name: &str| site.file(name).to_str().unwrap().to_owned();
    let (ca, certificate, key) = (path("ca.pem"), path("joe.pem"), path("joe.key"));
    let url = site.url("/who");
    for version in ["1.2", "1.3"] {
        let tls = format!("--tlsv{version}");
        let common = [&*tls, "--tls-max", version, "--cacert", &ca, &url];
        let shown = curl(&site, &common);
        assert_eq!(shown.field("x-subject"), "", "nobody");
        let shown = curl(
            &site,
            &[&common[..], &["--cert", &certificate, "--key", &key]].concat(),
        );
        assert_eq!(shown.field("x-subject"), "CN=joe", "{version}");
    }
    // Without trust there is no request.
    let before = site.requests();
    let refused = Command::new("curl").args(["-sS", &url]).output().unwrap();
    assert_eq!(refused.status.code(), Some(60));
    assert_eq!(site.requests(), before);
}
