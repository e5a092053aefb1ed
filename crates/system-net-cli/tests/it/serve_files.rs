//! What `sysnet serve` sends of its files, byte by byte: ranges, versions, pages, and the log of it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use rustix::process::Signal;

use crate::serve::Server;

/// An answer as it came.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().filter_map(|line| {
            let (own, value) = line.split_once(": ")?;
            own.eq_ignore_ascii_case(name).then_some(value)
        });
        let value = values.next();
        assert_eq!(values.next(), None, "{name} twice: {}", self.head);
        value
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Sends a request by hand, and reads to the end of the connection.
#[track_caller]
fn ask(server: &Server, line: &str, fields: &[&str]) -> Answer {
    let address = server.address().split('/').nth(2).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    let request = format!("{line} HTTP/1.1\r\nHost: h\r\n{fields}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let body = answer.split_off(end + 4);
    let head = String::from_utf8(answer).unwrap();
    Answer {
        status: head[9..12].parse().unwrap(),
        head,
        body,
    }
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn serve(folder: &Path, options: &[&str]) -> Server {
    Server::start(&[&[folder.to_str().unwrap(), "-s"], options].concat())
}

#[test]
fn serve_parts_of_files() {
    let folder = folder_with(&[("f.txt", "0123456789"), ("empty", "")]);
    let server = serve(folder.path(), &[]);
    let whole = ask(&server, "GET /f.txt", &[]);
    assert_eq!((whole.status, whole.text()), (200, "0123456789"));
    assert_eq!(whole.header("Accept-Ranges"), Some("bytes"));
    for (range, expected, bytes) in [
        ("bytes=0-3", "bytes 0-3/10", "0123"),
        ("bytes=8-", "bytes 8-9/10", "89"),
        ("bytes=-4", "bytes 6-9/10", "6789"),
        ("bytes=4-400", "bytes 4-9/10", "456789"),
    ] {
        let part = ask(&server, "GET /f.txt", &[&format!("Range: {range}")]);
        assert_eq!((part.status, part.text()), (206, bytes), "{range}");
        assert_eq!(part.header("Content-Range"), Some(expected));
        assert_eq!(
            part.header("Content-Length"),
            Some(&*bytes.len().to_string())
        );
        assert_eq!(part.header("ETag"), whole.header("ETag"));
    }
    for path in ["/f.txt", "/empty"] {
        let beyond = ask(&server, &format!("GET {path}"), &["Range: bytes=10-"]);
        let length = if path == "/empty" { 0 } else { 10 };
        assert_eq!(beyond.status, 416);
        let expected = format!("bytes */{length}");
        assert_eq!(beyond.header("Content-Range"), Some(&*expected));
    }
    // What is not understood, and HEAD, get the whole.
    let odd = ask(&server, "GET /f.txt", &["Range: lines=1-2"]);
    assert_eq!((odd.status, odd.text()), (200, "0123456789"));
    let head = ask(&server, "HEAD /f.txt", &["Range: bytes=0-3"]);
    assert_eq!((head.status, head.text()), (200, ""));
    assert_eq!(head.header("Content-Length"), Some("10"));

    // Several parts, taken apart by hand.
    let several = ask(&server, "GET /f.txt", &["Range: bytes=0-1, 5-6,-1"]);
    assert_eq!(several.status, 206);
    assert_eq!(several.header("Content-Range"), None);
    let length = several.body.len().to_string();
    assert_eq!(several.header("Content-Length"), Some(&*length));
    let content_type = several.header("Content-Type").unwrap();
    let boundary = content_type
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap();
    let delimiter = format!("\r\n--{boundary}");
    let pieces: Vec<&str> = several.text().split(&*delimiter).collect();
    assert_eq!(pieces.len(), 5, "{}", several.text());
    assert_eq!((pieces[0], pieces[4]), ("", "--\r\n"));
    for (piece, range, bytes) in [
        (pieces[1], "0-1", "01"),
        (pieces[2], "5-6", "56"),
        (pieces[3], "9-9", "9"),
    ] {
        let head = "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ";
        assert_eq!(piece, format!("{head}{range}/10\r\n\r\n{bytes}"));
    }
}

#[test]
fn serve_versions_of_files() {
    let folder = folder_with(&[("f", "0123456789")]);
    let server = serve(folder.path(), &[]);
    let first = ask(&server, "GET /f", &[]);
    let tag = first.header("ETag").unwrap().to_owned();
    let date = first.header("Last-Modified").unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    #[track_caller]
    fn check(server: &Server, fields: &[String], status: u16) {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        for method in ["GET", "HEAD"] {
            let answer = ask(server, &format!("{method} /f"), &fields);
            let expected = match (status, method) {
                (206, "HEAD") => 200,
                (status, _) => status,
            };
            assert_eq!(answer.status, expected, "{method} {fields:?}");
            if status == 304 {
                assert_eq!(answer.text(), "");
                assert!(answer.header("ETag").is_some(), "{}", answer.head);
                assert!(answer.header("Last-Modified").is_some());
            }
        }
    }
    let field = |name: &str, value: &str| format!("{name}: {value}");
    check(&server, &[field("If-None-Match", &tag)], 304);
    check(&server, &[field("If-None-Match", "\"x\"")], 200);
    check(&server, &[field("If-Match", &tag)], 200);
    check(&server, &[field("If-Match", "\"x\"")], 412);
    check(&server, &[field("If-Modified-Since", &date)], 304);
    check(&server, &[field("If-Unmodified-Since", &date)], 200);
    let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
    check(&server, &[field("If-Modified-Since", long_ago)], 200);
    check(&server, &[field("If-Unmodified-Since", long_ago)], 412);
    // Two fields of a name are one list.
    let both = [
        field("If-None-Match", "\"x\""),
        field("If-None-Match", &tag),
    ];
    check(&server, &both, 304);
    let range = || field("Range", "bytes=0-1");
    check(&server, &[range(), field("If-Range", &tag)], 206);
    check(&server, &[range(), field("If-Range", "\"x\"")], 200);
    check(&server, &[range(), field("If-Range", long_ago)], 200);
    // Another content of the same length is another version.
    let path = folder.path().join("f");
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "9876543210").unwrap();
    check(&server, &[range(), field("If-Range", &tag)], 200);
    check(&server, &[field("If-None-Match", &tag)], 200);
    check(&server, &[field("If-Match", &tag)], 412);
}

#[test]
fn serve_single_pages_and_dot_files() {
    let files = [
        ("index.html", "<p>page"),
        ("app.js", "js"),
        (".hidden", "hidden"),
        (".well-known/x", "known"),
        ("sub/plain", "plain"),
    ];
    let folder = folder_with(&files);
    std::os::unix::fs::symlink(".hidden", folder.path().join("shown")).unwrap();
    let status_of = |server: &Server, path: &str| {
        let answer = ask(server, &format!("GET {path}"), &[]);
        (answer.status, answer.text().to_owned())
    };
    let page = (200, "<p>page".to_owned());
    let missing = (404, "404 Not Found\n".to_owned());
    let plain = serve(folder.path(), &[]);
    let single = serve(folder.path(), &["--spa"]);
    for (path, of_plain, of_single) in [
        ("/", &page, &page),
        ("/users/7?tab=x", &missing, &page),
        ("/deep/er/", &missing, &page),
        ("/missing.js", &missing, &missing),
        // Not a way around the rules.
        ("/.hidden", &missing, &missing),
        ("/shown", &missing, &page),
        ("/.well-known/x", &missing, &missing),
        ("/%2e%2e/x", &missing, &missing),
        ("/a%00", &missing, &missing),
        ("/..%5cx", &missing, &missing),
    ] {
        for (server, expected) in [(&plain, of_plain), (&single, of_single)] {
            let got = status_of(server, path);
            // What is no path at all is refused before it gets here.
            assert!(got == *expected || got.0 == 400, "{path}: {got:?}");
        }
    }
    assert_eq!(status_of(&single, "/app.js"), (200, "js".to_owned()));
    let all = serve(folder.path(), &["--dot-files"]);
    assert_eq!(status_of(&all, "/.hidden"), (200, "hidden".to_owned()));
    assert_eq!(status_of(&all, "/.well-known/x"), (200, "known".to_owned()));
    for path in ["/../x", "/%2e%2e/x", "/sub/%2e%2e/app.js", "/%2e/app.js"] {
        let (status, text) = status_of(&all, path);
        assert!(
            status == 404 || status == 400 || text == "js",
            "{path}: {status} {text}"
        );
        assert!(!path.contains("%2e") || status != 200, "{path}: {text}");
    }
    let list = ask(&all, "GET /.well-known/", &[]);
    assert!(
        list.text().contains("<a href=\"./x\">x</a>"),
        "{}",
        list.text()
    );
    let list = ask(&plain, "GET /sub/", &[]);
    assert!(list.text().contains("<a href=\"../\">"), "{}", list.text());
}

#[test]
fn serve_writes_a_log() {
    let folder = folder_with(&[("f", "0123456789")]);
    let log = folder.path().join("access.log");
    let path = log.to_str().unwrap();
    let server = Server::start(&[folder.path().to_str().unwrap(), "--log", path]);
    ask(
        &server,
        "GET /f?key=1",
        &["User-Agent: a b", "Range: bytes=0-1"],
    );
    ask(&server, "BROKEN", &[]);
    let told = server.end(Signal::TERM);
    assert!(!told.contains("GET /f"), "in place of the lines: {told}");
    let text = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[0].contains(" HTTP/1.1 GET /f key=1 - h a+b - 206 "),
        "{text}"
    );
    assert!(text.contains("\n#Fields: date time c-ip "), "{text}");
    assert!(text.contains(" 400 "), "{text}");

    // To stdout, behind the address, as JSON and without queries.
    let options = ["--log", "-", "--log-format", "json", "--log-no-query"];
    let server = Server::start(&[&[folder.path().to_str().unwrap()], &options[..]].concat());
    ask(&server, "GET /f?key=1", &[]);
    let (stdout, stderr) = server.end_with_output(Signal::TERM);
    assert_eq!(stderr, "");
    let row: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&row["path"], &row["status"]), (&"/f".into(), &200.into()));
    assert_eq!(row["query"], "[redacted]");

    let run = crate::program::run(&["serve", "--log", "/no/such/folder/log"]);
    assert_eq!((run.code, &*run.stdout), (23, &b""[..]), "{run:?}");
    assert_eq!(
        crate::program::run(&["serve", "--log-format", "json"]).code,
        2
    );
}

/// After `logrotate` has moved the log away and says so by SIGHUP.
#[test]
#[allow(clippy::disallowed_methods, reason = "a limit for hangs")]
fn serve_opens_a_moved_log_again() {
    let folder = folder_with(&[("f", "x")]);
    let log = folder.path().join("access.log");
    let moved = folder.path().join("access.log.1");
    let served = folder.path().to_str().unwrap();
    let server = Server::start(&[served, "--log", log.to_str().unwrap()]);
    ask(&server, "GET /f?before", &[]);
    std::fs::rename(&log, &moved).unwrap();
    server.signal(Signal::HUP);
    // The file appears when the signal was seen.
    let begun = std::time::Instant::now();
    while !log.exists() {
        assert!(begun.elapsed().as_secs() < 60, "no new log");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    ask(&server, "GET /f?behind", &[]);
    assert_eq!(server.end(Signal::TERM), "");
    let lines = |path: &Path| -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.starts_with("#Software: "), "{text}");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let query = |line: &str| line.split(' ').nth(9).unwrap().to_owned();
        lines.map(query).collect()
    };
    let (before, behind) = (lines(&moved), lines(&log));
    // The line of a request comes when its answer is written, which its client may see before.
    let mut all = [&before[..], &behind[..]].concat();
    all.sort();
    assert_eq!(all, ["before", "behind"]);
    assert!(behind.contains(&"behind".to_owned()));
}

/// The library has the tests of how fast; here that the option is one.
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "real time passes for the program too"
)]
fn serve_limits_its_rate() {
    let folder = folder_with(&[("f", &"x".repeat(100_000))]);
    let server = serve(folder.path(), &["--limit-rate", "100k"]);
    let begun = std::time::Instant::now();
    assert_eq!(ask(&server, "GET /f", &[]).body.len(), 100_000);
    // A tenth of a second's worth goes out at once.
    assert!(begun.elapsed().as_millis() > 800, "{:?}", begun.elapsed());
}

/// The library has the tests of each kind; here that the options name them.
#[test]
fn serve_does_harm() {
    let folder = folder_with(&[("f", "0123456789"), ("g", "0123456789")]);
    let options = [
        "--fault",
        "wrong-length=4:/f",
        "--fault",
        "cut@2:/g",
        "--fault",
        "drip=50@3:/g",
    ];
    let server = serve(folder.path(), &options);
    let short = ask(&server, "GET /f", &[]);
    assert_eq!(short.header("Content-Length"), Some("4"));
    assert_eq!(short.text(), "0123456789");
    assert_eq!(ask(&server, "GET /g", &[]).text(), "0123456789");
    let got = server.raw("/g");
    assert_eq!(got, "", "the second is cut");
    assert_eq!(ask(&server, "GET /g", &[]).text(), "0123456789");
    for wrong in [
        "cut",
        "cut:x",
        "cut=x:/",
        "cut@0:/",
        "boom:/",
        "wrong-length:/",
        "bad-chunk=1:/",
    ] {
        let run = crate::program::run(&["serve", "--fault", wrong]);
        assert_eq!(run.code, 2, "{wrong}: {run:?}");
    }
}
