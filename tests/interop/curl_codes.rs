//! What goes wrong has curl's number; and options whose effect is not in the request alone: proxies,
//! overrides, Unix sockets, retries, times of files, cookie jars.

use std::os::unix::net::UnixListener;
use std::path::Path;

use system_net_testkit::{
    Authority, HttpPeer, ProxyAnswer, RecordedRequest, Response, Script, Validity, refused_port,
};

use crate::curl::{Outcome, Row, outcome};
use crate::enabled;
use crate::program::binary;

/// Servers that end badly, by the word that stands for their address.
struct Bad {
    peers: Vec<(&'static str, HttpPeer)>,
    refused: String,
}

impl Bad {
    fn start() -> Self {
        let whole = |bytes: &'static str| HttpPeer::each(Script::new().head().send(bytes).close());
        let authority = Authority::new();
        let issued = authority.issue(&["localhost"], Validity::Now).identity();
        let peers = vec![
            ("EMPTY", HttpPeer::each(Script::new().head().close())),
            ("RESET", HttpPeer::each(Script::new().head().reset())),
            (
                "CUT",
                whole("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour"),
            ),
            (
                "CHUNKS",
                whole("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n"),
            ),
            (
                "ODD",
                whole("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nfour\r\n"),
            ),
            (
                "GZIP",
                whole("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nfour"),
            ),
            ("PLAIN", whole("this is no HTTP\r\n\r\n")),
            // As soon as anything comes, which is the start of TLS.
            (
                "NOTLS",
                HttpPeer::converse(|talk| {
                    talk.peek()?;
                    talk.send("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n")?;
                    talk.close()
                }),
            ),
            ("SILENT", HttpPeer::silent()),
            (
                "SECURE",
                HttpPeer::serve_tls(&issued, |_| Response::new(200).body("secret")),
            ),
        ];
        Self {
            peers,
            refused: format!("http://{}", refused_port()),
        }
    }

    fn replaced(&self, text: &str) -> String {
        let mut text = text.replace("REFUSED", &self.refused);
        for (word, peer) in &self.peers {
            let at = match *word {
                "SECURE" => peer.url_localhost(""),
                _ => peer.url(""),
            };
            let https = at.replace("http://", "https://");
            text = text
                .replace(&format!("TLS-{word}"), &https)
                .replace(word, &at);
        }
        text
    }
}

/// Arguments for both, after `-s` and `get`.
const CODES: &[&[&str]] = &[
    &["http://no-such-host.invalid/"],
    &["REFUSED/"],
    &["EMPTY/"],
    &["RESET/"],
    &["CUT/"],
    &["CHUNKS/"],
    &["-m", "1", "SILENT/"],
    &["NOTLS/"],
    &["SECURE/"],
    &["-k", "SECURE/"],
    &["--cacert", "none.pem", "SECURE/"],
    &["nosuchscheme://h/"],
    &["-f", "URL/missing"],
    &["--fail-with-body", "URL/missing"],
    &["-L", "--max-redirs", "1", "URL/loop"],
    &["-o", "no/such/folder", "URL/a"],
    &[
        "-x",
        "http://no-such-host.invalid:3128",
        "http://host.example/a",
    ],
    &["-x", "REFUSED", "http://host.example/a"],
    &["--unix-socket", "none", "URL/a"],
];

/// Where sysnet is finer, or knows no number of its own: the arguments, curl's number and sysnet's.
const OTHERS: &[(&[&str], i32, i32)] = &[
    // An answer that is not HTTP is 8 in each of its forms; curl has 8 for few of them, and takes
    // the last one for HTTP/0.9, which it refuses as it refuses a scheme.
    (&["ODD/"], 56, 8),
    (&["PLAIN/"], 1, 8),
    // A body that cannot be decompressed: receiving failed.
    (&["--compressed", "GZIP/"], 61, 56),
];

/// The numbers, and what was printed before it failed.
#[test]
fn exit_codes_beside_curl() {
    if !enabled("exit_codes_beside_curl") {
        return;
    }
    let peer = HttpPeer::serve(crate::curl::answer);
    let bad = Bad::start();
    let mut differences = Vec::new();
    let run = |row: &[&str], first: &'static str, program: &Path| {
        let words: Vec<String> = row.iter().map(|word| bad.replaced(word)).collect();
        let mut arguments = vec![first];
        if first == "get" {
            arguments.extend(["-s", "--no-location"]);
        }
        arguments.extend(words.iter().map(String::as_str));
        let done = outcome(program, &arguments, peer.port(), &peer);
        (done.code, done.stdout)
    };
    for row in CODES {
        let expected = run(row, "-s", Path::new("curl"));
        let found = run(row, "get", binary());
        if expected != found {
            differences.push(format!("{row:?}: curl {expected:?}, sysnet {found:?}"));
        }
    }
    for (row, curl, sysnet) in OTHERS {
        let expected = run(row, "-s", Path::new("curl")).0;
        let found = run(row, "get", binary()).0;
        if (expected, found) != (Some(*curl), Some(*sysnet)) {
            differences.push(format!("{row:?}: curl {expected:?}, sysnet {found:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Both get it; `SOCKET` is a Unix socket, `PROXY` a proxy.
const SAME: &[Row] = &[
    (&["-i", "URL/a"], &["get", "-i", "URL/a"]),
    (
        &["-c", "new.jar", "-o", "x", "URL/cookie"],
        &[
            "get",
            "--no-location",
            "-c",
            "new.jar",
            "-o",
            "x",
            "URL/cookie",
        ],
    ),
    (
        &["-b", "jar", "-c", "new.jar", "URL/a"],
        &["get", "-b", "jar", "-c", "new.jar", "URL/a"],
    ),
    (
        &["-R", "-o", "dated", "URL/a"],
        &["get", "-R", "-o", "dated", "URL/a"],
    ),
    (
        &["--output-dir", "x", "--create-dirs", "-O", "URL/named"],
        &[
            "get",
            "--output-dir",
            "x",
            "--create-dirs",
            "-O",
            "URL/named",
        ],
    ),
    (
        &["--limit-rate", "100K", "URL/a"],
        &["get", "--limit-rate", "100K", "URL/a"],
    ),
    (
        &["--retry", "2", "--retry-delay", "1", "URL/missing"],
        &["get", "--retry", "2", "--retry-delay", "1", "URL/missing"],
    ),
    (
        &[
            "--resolve",
            "made.example:PORT:127.0.0.1",
            "http://made.example:PORT/a",
        ],
        &[
            "get",
            "--resolve",
            "made.example:PORT:127.0.0.1",
            "http://made.example:PORT/a",
        ],
    ),
    (
        &["--unix-socket", "SOCKET", "http://host.example/a?b"],
        &["get", "--unix-socket", "SOCKET", "http://host.example/a?b"],
    ),
    (
        &["-x", "PROXY", "http://host.example/a?b"],
        &["get", "-x", "PROXY", "http://host.example/a?b"],
    ),
    (
        &["-x", "PROXY", "--noproxy", "127.0.0.1", "URL/a"],
        &["get", "-x", "PROXY", "--noproxy", "127.0.0.1", "URL/a"],
    ),
    (
        &["-x", "PROXY", "--noproxy", "*", "URL/a"],
        &["get", "-x", "PROXY", "--noproxy", "*", "URL/a"],
    ),
    (
        &["--connect-timeout", "20", "-m", "30", "URL/a"],
        &["get", "--connect-timeout", "20", "-m", "30", "URL/a"],
    ),
    (
        &[
            "-w",
            "%{http_version} %{size_upload} %{content_type} %{num_headers} %{url}\\n",
            "URL/a",
        ],
        &[
            "get",
            "-w",
            "%{http_version} %{size_upload} %{content_type} %{num_headers} %{url}\\n",
            "URL/a",
        ],
    ),
    (&["-A", "", "URL/agent"], &["get", "-A", "", "URL/agent"]),
    (
        &["-A", "mine/1", "URL/agent"],
        &["get", "-A", "mine/1", "URL/agent"],
    ),
    (
        &["--compressed", "--http1.1", "URL/a"],
        &["get", "--compressed", "--http1.1", "URL/a"],
    ),
];

/// Says who asks, which the comparison of requests leaves out.
fn answer(request: &RecordedRequest) -> Response {
    match request.target().as_str() {
        "/agent" => Response::new(200).body(format!("{:?}", request.header("User-Agent"))),
        _ => crate::curl::answer(request),
    }
}

/// What has no place in the comparison: when a jar was written.
fn without_dates(mut outcome: Outcome) -> Outcome {
    for (name, content) in &mut outcome.files {
        if name == "new.jar" {
            let text = String::from_utf8_lossy(content).into_owned();
            let lines = text.lines().filter(|line| line.contains('\t'));
            let mut lines: Vec<&str> = lines.collect();
            lines.sort_unstable();
            *content = lines.join("\n").into_bytes();
        }
    }
    outcome
}

#[test]
fn options_beside_curl() {
    if !enabled("options_beside_curl") {
        return;
    }
    let peer = HttpPeer::serve(answer);
    let proxy = HttpPeer::proxy(|request| ProxyAnswer::Response(answer(request)));
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    pass_on(&socket, peer.port());
    let port = peer.port().to_string();
    let replaced = |words: &[&str]| -> Vec<String> {
        let path = socket.display().to_string();
        let word = |word: &&str| {
            word.replace("SOCKET", &path)
                .replace("PROXY", &proxy.url(""))
        };
        words
            .iter()
            .map(|text| word(text).replace("PORT", &port))
            .collect()
    };
    let mut differences = Vec::new();
    for (curl, sysnet) in SAME {
        let run = |program: &Path, words: Vec<String>| {
            let before = proxy.request_count();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let done = without_dates(outcome(program, &words, peer.port(), &peer));
            let passed = &proxy.requests()[before..];
            let passed: Vec<_> = passed.iter().map(crate::curl::Sent::of).collect();
            (done, passed)
        };
        let mut silent = vec!["-s".to_owned()];
        silent.extend(replaced(curl));
        let expected = run(Path::new("curl"), silent);
        let found = run(binary(), replaced(sysnet));
        if expected != found {
            differences.push(format!(
                "{curl:?}:\n  curl {expected:?}\n  sysnet {found:?}"
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Connections to the socket go on to the port.
fn pass_on(socket: &Path, port: u16) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut up = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut from, mut to) = (stream.try_clone().unwrap(), up.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ended = std::io::copy(&mut from, &mut to);
                let _ended = to.shutdown(std::net::Shutdown::Write);
            });
            let mut back = stream;
            std::thread::spawn(move || {
                let _ended = std::io::copy(&mut up, &mut back);
                let _ended = back.shutdown(std::net::Shutdown::Write);
            });
        }
    });
}
