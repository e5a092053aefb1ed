//! `sysnet` beside `curl`: the same options send the same request and write the same output, but for
//! what docs/cli.md says is different on purpose: the order of headers, `User-Agent`, `Connection`,
//! `Expect`, and the letters of escapes.

use std::path::Path;
use std::process::Command;

use system_net_testkit::{HttpPeer, RecordedRequest, Response};

use crate::enabled;
use crate::program::binary;

/// What a call came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    /// Names and contents of the files in its folder.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    requests: Vec<Sent>,
}

/// What of a request must be the same.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sent {
    pub(crate) fn of(request: &RecordedRequest) -> Self {
        let boundary = request
            .header("Content-Type")
            .and_then(|value| Some(value.split_once("boundary=")?.1.to_owned()));
        // The boundary is random, and its length the writer's choice.
        let plain = |text: String| match &boundary {
            Some(boundary) => text.replace(boundary.as_str(), "BOUNDARY"),
            None => text,
        };
        let mut headers: Vec<_> = request
            .headers()
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), plain(value)))
            .filter(|(name, _)| {
                !["user-agent", "connection", "expect", "accept-encoding"].contains(&name.as_str())
            })
            .filter(|(name, _)| boundary.is_none() || name != "content-length")
            .collect();
        headers.sort();
        let body = match String::from_utf8(request.body.clone()) {
            Ok(text) => upper_escapes(&plain(text)).into_bytes(),
            Err(error) => error.into_bytes(),
        };
        Self {
            line: upper_escapes(&request.request_line()),
            headers,
            body,
        }
    }
}

/// `%c3` as `%C3`: the same (RFC 3986 section 6.2.2.1).
fn upper_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let mut upper = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.get(..2).unwrap_or(part);
        upper.push('%');
        upper.push_str(&digits.to_ascii_uppercase());
        upper.push_str(&part[digits.len()..]);
    }
    upper
}

pub(crate) fn answer(request: &RecordedRequest) -> Response {
    const TEXT: &str = "0123456789abcdef";
    const DATE: &str = "Thu, 02 Jan 2020 00:00:00 GMT";
    let target = request.target();
    let path = target.split('?').next().unwrap_or_default();
    match path {
        "/moved" => Response::new(302).header("Location", "/end"),
        "/kept" => Response::new(307).header("Location", "/end"),
        "/see" => Response::new(303).header("Location", "/end"),
        "/loop" => Response::new(302).header("Location", "/loop"),
        "/missing" => Response::new(404).body("missing"),
        "/cookie" => Response::new(302)
            .header("Set-Cookie", "set=1; Path=/")
            .header("Location", "/end"),
        "/dated" if request.header("If-Modified-Since").as_deref() == Some(DATE) => {
            Response::new(304)
        }
        "/part" => match request.header("Range").as_deref() {
            Some("bytes=4-") => Response::new(206)
                .header("Content-Range", "bytes 4-15/16")
                .body(&TEXT[4..]),
            Some("bytes=16-") => Response::new(416).header("Content-Range", "bytes */16"),
            Some("bytes=2-3") => Response::new(206)
                .header("Content-Range", "bytes 2-3/16")
                .body("23"),
            _ => Response::new(200).body(TEXT),
        },
        "/named" => Response::new(200)
            .header("Content-Disposition", "attachment; filename=\"given.txt\"")
            .body("named"),
        _ => Response::new(200)
            .header("Last-Modified", DATE)
            .body("text"),
    }
}

/// Files that both find in their folders.
const FILES: [(&str, &str); 4] = [
    ("text.txt", "a line\r\nanother & more\n"),
    ("part", "0123"),
    ("whole", "0123456789abcdef"),
    ("jar", "127.0.0.1\tFALSE\t/\tFALSE\t0\told\t1\n"),
];

pub(crate) fn outcome(program: &Path, arguments: &[&str], port: u16, peer: &HttpPeer) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in FILES {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let before = peer.request_count();
    let url = format!("http://127.0.0.1:{port}");
    let output = Command::new(program)
        .args(arguments.iter().map(|text| text.replace("URL", &url)))
        .current_dir(folder.path())
        .env("SYSTEM_NET_CONFIG", "")
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let mut files = Vec::new();
    collect(folder.path(), "", &mut files);
    files.sort();
    Outcome {
        code: output.status.code(),
        stdout: output.stdout,
        files,
        requests: peer.requests()[before..].iter().map(Sent::of).collect(),
    }
}

/// All files below a folder.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().display());
        match path.is_dir() {
            true => collect(&path, &format!("{name}/"), files),
            false => files.push((name, std::fs::read(&path).unwrap())),
        }
    }
}

/// What curl gets; what sysnet gets.
pub(crate) type Row = (&'static [&'static str], &'static [&'static str]);

const ROWS: &[Row] = &[
    (&["URL/a?b"], &["get", "URL/a?b"]),
    (&["-I", "URL/a"], &["head", "--no-location", "URL/a"]),
    (&["-L", "URL/moved"], &["get", "URL/moved"]),
    (&["URL/moved"], &["get", "--no-location", "URL/moved"]),
    (
        &["-L", "--max-redirs", "2", "URL/loop"],
        &["get", "-s", "--max-redirs", "2", "URL/loop"],
    ),
    (&["-f", "URL/missing"], &["get", "-s", "-f", "URL/missing"]),
    (
        &["--fail-with-body", "URL/missing"],
        &["get", "-s", "--fail-with-body", "URL/missing"],
    ),
    (
        &["-d", "a=1", "-d", "b", "URL/"],
        &["post", "-d", "a=1", "-d", "b", "URL/"],
    ),
    (
        &["-d", "@text.txt", "URL/"],
        &["post", "-d", "@text.txt", "URL/"],
    ),
    (&["-d", "", "URL/"], &["post", "-d", "", "URL/"]),
    (
        &["--data-raw", "@a", "URL/"],
        &["post", "--data-raw", "@a", "URL/"],
    ),
    (
        &["--data-binary", "@text.txt", "URL/"],
        &["post", "--data-binary", "@text.txt", "URL/"],
    ),
    (
        &[
            "--data-urlencode",
            "a b",
            "--data-urlencode",
            "=c&",
            "--data-urlencode",
            "n=\u{fc}~*",
            "URL/",
        ],
        &[
            "post",
            "--data-urlencode",
            "a b",
            "--data-urlencode",
            "=c&",
            "--data-urlencode",
            "n=\u{fc}~*",
            "URL/",
        ],
    ),
    (
        &[
            "--data-urlencode",
            "n@text.txt",
            "--data-urlencode",
            "@text.txt",
            "URL/",
        ],
        &[
            "post",
            "--data-urlencode",
            "n@text.txt",
            "--data-urlencode",
            "@text.txt",
            "URL/",
        ],
    ),
    (
        &["--json", "{\"a\":1}", "URL/"],
        &["post", "--data-json", "{\"a\":1}", "URL/"],
    ),
    (
        &["-G", "-d", "a=1", "-d", "b", "URL/?z"],
        &["get", "-G", "-d", "a=1", "-d", "b", "URL/?z"],
    ),
    (
        &["-L", "-d", "a", "URL/kept"],
        &["post", "-L", "-d", "a", "URL/kept"],
    ),
    (
        &["-L", "-d", "a", "URL/see"],
        &["post", "-L", "-d", "a", "URL/see"],
    ),
    (
        &["-L", "-d", "a", "URL/moved"],
        &["post", "-L", "-d", "a", "URL/moved"],
    ),
    (
        &[
            "-F",
            "a=b c",
            "-F",
            "f=@text.txt",
            "-F",
            "g=@text.txt;type=x/y;filename=q\"",
            "-F",
            "h=<text.txt",
            "URL/",
        ],
        &[
            "post",
            "-F",
            "a=b c",
            "-F",
            "f=@text.txt",
            "-F",
            "g=@text.txt;type=x/y;filename=q\"",
            "-F",
            "h=<text.txt",
            "URL/",
        ],
    ),
    (
        &["-T", "text.txt", "URL/up/"],
        &["put", "-T", "text.txt", "URL/up/"],
    ),
    (
        &["-T", "text.txt", "URL/up/x"],
        &["put", "text.txt", "URL/up/x"],
    ),
    (
        &["-X", "DELETE", "URL/a"],
        &["get", "-X", "DELETE", "URL/a"],
    ),
    (
        &["-b", "a=1; b=2", "URL/"],
        &["get", "-b", "a=1; b=2", "URL/"],
    ),
    (&["-b", "jar", "URL/"], &["get", "-b", "jar", "URL/"]),
    (
        &["-L", "-b", "", "URL/cookie"],
        &["get", "-b", "", "URL/cookie"],
    ),
    (
        &["-r", "2-3", "URL/part"],
        &["get", "-r", "2-3", "URL/part"],
    ),
    (
        &["-C", "-", "-o", "part", "URL/part"],
        &["get", "-s", "-C", "-", "-o", "part", "URL/part"],
    ),
    (
        &["-C", "-", "-o", "whole", "URL/part"],
        &["get", "-s", "-C", "-", "-o", "whole", "URL/part"],
    ),
    (
        &["-C", "-", "-o", "part", "URL/other"],
        &["get", "-s", "-C", "-", "-o", "part", "URL/other"],
    ),
    (&["-C", "4", "URL/part"], &["get", "-C", "4", "URL/part"]),
    (
        &[
            "-z",
            "Thu, 02 Jan 2020 00:00:00 GMT",
            "-o",
            "new",
            "URL/dated",
        ],
        &["get", "-z", "2020-01-02", "-o", "new", "URL/dated"],
    ),
    (
        &["-z", "Wed, 01 Jan 2020 00:00:00 GMT", "URL/dated"],
        &["get", "-z", "2020-01-01", "URL/dated"],
    ),
    (
        &["-z", "-Wed, 01 Jan 2020 00:00:00 GMT", "URL/dated"],
        &["get", "-z", "-2020-01-01", "URL/dated"],
    ),
    (
        &["-o", "x/y", "--create-dirs", "URL/a"],
        &["get", "-o", "x/y", "--create-dirs", "URL/a"],
    ),
    (&["-OJ", "URL/named"], &["get", "-OJ", "URL/named"]),
    (&["-O", "URL/named"], &["get", "-O", "URL/named"]),
    (&["--http1.0", "URL/a"], &["get", "--http1.0", "URL/a"]),
    (
        &[
            "-e",
            "http://from/",
            "-H",
            "X-A: b",
            "-H",
            "X-E;",
            "-H",
            "Accept:",
            "URL/",
        ],
        &[
            "get",
            "-e",
            "http://from/",
            "-H",
            "X-A: b",
            "-H",
            "X-E;",
            "-H",
            "Accept:",
            "URL/",
        ],
    ),
    (
        &[
            "-o",
            "out",
            "-w",
            "%{http_code} %{method} %{size_download} %{num_redirects} %{exitcode} %%\\n",
            "-L",
            "URL/moved",
        ],
        &[
            "get",
            "-o",
            "out",
            "-w",
            "%{http_code} %{method} %{size_download} %{num_redirects} %{exitcode} %%\\n",
            "URL/moved",
        ],
    ),
];

#[test]
fn sysnet_sends_what_curl_sends() {
    if !enabled("sysnet_sends_what_curl_sends") {
        return;
    }
    let peer = HttpPeer::serve(answer);
    for (curl, sysnet) in ROWS {
        let silent: Vec<&str> = ["-s"].iter().chain(curl.iter()).copied().collect();
        let expected = outcome(Path::new("curl"), &silent, peer.port(), &peer);
        let found = outcome(binary(), sysnet, peer.port(), &peer);
        assert_eq!(found, expected, "curl {curl:?}, sysnet {sysnet:?}");
    }
}
