//! `sysnet serve`: files and echo, plain and over TLS, until a signal ends it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{run, sysnet};

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Server {
    #[track_caller]
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = sysnet(&[&["serve"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        stdout.read_line(&mut url).unwrap();
        let url = url.trim_end().to_owned();
        Self { child, stdout, url }
    }

    pub(crate) fn address(&self) -> &str {
        &self.url
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Sends a request as it stands, and gives the status of the answer.
    pub(crate) fn raw(&self, target: &str) -> String {
        let address = self.url.split('/').nth(2).unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let request = format!("GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[track_caller]
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Asks it to end; gives its log.
    #[track_caller]
    pub(crate) fn end(self, signal: Signal) -> String {
        self.end_with_output(signal).1
    }

    /// Asks it to end; gives what it wrote to stdout behind the address, and its log.
    #[track_caller]
    pub(crate) fn end_with_output(mut self, signal: Signal) -> (String, String) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        assert_eq!(
            self.child.wait().unwrap().code(),
            Some(0),
            "ends gracefully"
        );
        let mut log = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (rest, log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended where the test ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder `in` to serve, beside a file that must not be served.
fn folder() -> tempfile::TempDir {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("in");
    std::fs::create_dir_all(root.join("sub/index")).unwrap();
    std::fs::create_dir_all(root.join("list <b>")).unwrap();
    std::fs::write(outer.path().join("secret"), "secret").unwrap();
    std::fs::write(root.join("a b.txt"), "plain").unwrap();
    std::fs::write(root.join("sub/index.html"), "<p>index").unwrap();
    std::fs::write(root.join("list <b>/x&y"), "").unwrap();
    std::fs::write(root.join(".hidden"), "hidden").unwrap();
    std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
    std::os::unix::fs::symlink("a b.txt", root.join("inner-link")).unwrap();
    outer
}

fn serve_folder(outer: &Path) -> Server {
    Server::start(&[outer.join("in").to_str().unwrap()])
}

#[test]
fn serve_files() {
    let outer = folder();
    let server = serve_folder(outer.path());
    assert!(
        server.url.starts_with("http://127.0.0.1:"),
        "{}",
        server.url
    );

    let text = run(&["get", "-i", &server.url("a%20b.txt")]).ok().text();
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(
        text.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"),
        "{text}"
    );
    assert!(text.contains("\r\nContent-Length: 5\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nplain"), "{text}");
    let head = run(&["head", &server.url("a%20b.txt")]).ok().text();
    assert!(head.contains("\r\nContent-Length: 5\r\n"), "{head}");

    assert_eq!(run(&["get", &server.url("sub/")]).ok().text(), "<p>index");
    assert_eq!(run(&["get", &server.url("sub")]).ok().text(), "<p>index");
    assert_eq!(
        run(&["get", &server.url("inner-link")]).ok().text(),
        "plain"
    );

    let list = run(&["get", &server.url("")]).ok().text();
    assert!(
        list.contains("<a href=\"./a%20b.txt\">a b.txt</a>"),
        "{list}"
    );
    assert!(
        list.contains("<a href=\"./list%20%3Cb%3E/\">list &lt;b&gt;/</a>"),
        "{list}"
    );
    assert!(!list.contains("hidden"), "{list}");
    let list = run(&["get", &server.url("list%20%3Cb%3E/")]).ok().text();
    assert!(list.contains("<h1>/list &lt;b&gt;/</h1>"), "{list}");
    assert!(list.contains("<a href=\"./x%26y\">x&amp;y</a>"), "{list}");

    let post = run(&["post", "-i", "-d", "x", &server.url("a%20b.txt")])
        .ok()
        .text();
    assert!(post.starts_with("HTTP/1.1 405 "), "{post}");
    assert!(post.contains("\r\nAllow: GET, HEAD\r\n"), "{post}");

    let log = server.end(Signal::TERM);
    assert!(log.contains("\"GET /a%20b.txt HTTP/1.1\" 200"), "{log}");
}

#[test]
fn serve_nothing_outside_of_the_folder() {
    let outer = folder();
    let server = serve_folder(outer.path());
    for target in [
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/sub/../../secret",
        "/sub/%2e%2e/%2e%2e/secret",
        "/link",
        "/.hidden",
        "/a b.txt/",
        "/a%20b.txt/",
        "/no-such",
        "/%00",
        "/..%5csecret",
        "//etc/passwd",
        "http://h/../secret",
    ] {
        let answer = server.raw(target);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "400" | "404"), "{target}: {answer}");
        assert!(
            !answer.contains("secret\n") && !answer.ends_with("secret"),
            "{target}: {answer}"
        );
    }
    // A redirect must not name another host.
    let answer = server.raw("//sub");
    assert!(answer.contains("\r\nLocation: ./sub/\r\n"), "{answer}");
    server.end(Signal::INT);
}

/// Links that stay below the folder are followed, whatever they are made of; those that leave it lead
/// nowhere, and are listed as files.
#[test]
fn serve_links() {
    use std::os::unix::fs::symlink;
    let outer = folder();
    let root = outer.path().canonicalize().unwrap().join("in");
    let outside = root.parent().unwrap();
    std::fs::create_dir(outside.join("other")).unwrap();
    std::fs::write(outside.join("other/f"), "secret").unwrap();
    for (name, to) in [
        ("out-relative", "../secret".into()),
        ("out-absolute", outside.join("secret")),
        ("out-folder", outside.join("other")),
        ("out-chained", "sub/up".into()),
        ("sub/up", "../out-relative".into()),
        ("out-and-in", "../in/../secret".into()),
        ("root-of-all", "/".into()),
        ("loop", "loop".into()),
        ("in-relative", "sub/../a b.txt".into()),
        ("in-absolute", root.join("a b.txt")),
        ("in-folder", root.join("sub")),
        ("in-chained", "sub/down".into()),
        ("sub/down", "../in-absolute".into()),
        ("back-in", "../in/a b.txt".into()),
        ("in-hidden", ".hidden".into()),
        ("missing", "none".into()),
    ] {
        symlink::<PathBuf, _>(to, root.join(name)).unwrap();
    }
    let server = serve_folder(outer.path());
    let status = |path: &str| {
        let answer = server.raw(path);
        assert!(!answer.ends_with("secret"), "{path}: {answer}");
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    for path in [
        "/out-relative",
        "/out-absolute",
        "/out-folder/f",
        "/out-folder/",
        "/out-folder",
        "/out-chained",
        "/sub/up",
        "/out-and-in",
        "/root-of-all/",
        "/root-of-all/etc/passwd",
        "/loop",
        "/in-hidden",
        "/missing",
    ] {
        assert_eq!(status(path), "404", "{path}");
    }
    for path in ["/in-relative", "/in-absolute", "/in-chained", "/back-in"] {
        assert!(server.raw(path).ends_with("\r\n\r\nplain"), "{path}");
    }
    assert!(server.raw("/in-folder/").ends_with("\r\n\r\n<p>index"));
    assert_eq!(status("/in-folder"), "301");
    let list = server.raw("/");
    assert!(list.contains(">in-folder/</a>"), "{list}");
    assert!(list.contains(">out-folder</a>"), "{list}");
}

/// Nobody waits for a pipe, and nothing is read of a device.
#[test]
fn serve_plain_files_alone() {
    use rustix::fs::{CWD, Mode, mkfifoat};
    let outer = folder();
    let root = outer.path().join("in");
    mkfifoat(CWD, root.join("pipe"), Mode::RUSR | Mode::WUSR).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    std::fs::create_dir(root.join("piped")).unwrap();
    mkfifoat(CWD, root.join("piped/index.html"), Mode::RUSR).unwrap();
    std::os::unix::fs::symlink("pipe", root.join("to-pipe")).unwrap();
    let server = serve_folder(outer.path());
    for path in ["/pipe", "/socket", "/piped/", "/to-pipe"] {
        let answer = server.raw(path);
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
    // Devices of the system, where they stand.
    let devices = Server::start(&["-s", "/dev"]);
    for path in ["/null", "/zero", "/random", "/tty"] {
        let answer = devices.raw(path);
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
}

#[test]
fn serve_large_file_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..5_000_000_u32).map(|i| (i % 251) as u8).collect();
    std::fs::write(folder.path().join("large"), &content).unwrap();
    let server = Server::start(&["-s", folder.path().to_str().unwrap()]);
    let run = run(&["get", &server.url("large")]).ok();
    assert!(run.stdout == content);
    assert_eq!(server.end(Signal::TERM), "", "-s logs nothing");
}

#[test]
fn serve_echo() {
    let server = Server::start(&["--echo"]);
    let text = run(&["post", "-H", "X-A: b", "-d", "hello", &server.url("x?y=z")])
        .ok()
        .text();
    assert!(text.starts_with("POST /x?y=z HTTP/1.1\r\n"), "{text}");
    assert!(text.contains("\r\nX-A: b\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nhello"), "{text}");

    let input = vec![b'e'; 3_000_000];
    let run = crate::program::run_with_input(&["put", "-", &server.url("big")], &input).ok();
    assert!(run.stdout.ends_with(&input));
    server.end(Signal::TERM);
}

#[test]
fn serve_tls_with_a_throw_away_certificate() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "over TLS").unwrap();
    let ca = folder.path().join("ca.pem");
    let ca = ca.to_str().unwrap();
    let server = Server::start(&["--tls", "--ca-out", ca, folder.path().to_str().unwrap()]);
    assert!(
        server.url.starts_with("https://127.0.0.1:"),
        "{}",
        server.url
    );
    let url = server.url("f");
    assert_eq!(run(&["get", "--cacert", ca, &url]).ok().text(), "over TLS");
    let by_name = url.replace("127.0.0.1", "localhost");
    assert_eq!(
        run(&["get", "--cacert", ca, &by_name]).ok().text(),
        "over TLS"
    );
    assert_eq!(run(&["get", &url]).code, 60);
}

#[test]
fn serve_tls_with_a_certificate_of_ones_own() {
    use system_net_testkit::{Authority, Validity};
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let authority = Authority::new();
    let issued = authority.issue(&["localhost"], Validity::Now);
    std::fs::write(path("ca"), authority.certificate_pem()).unwrap();
    std::fs::write(path("cert"), &issued.certificate_pem).unwrap();
    std::fs::write(path("key"), &issued.key_pem).unwrap();
    let server = Server::start(&[
        "--echo",
        "--tls",
        "--cert",
        &path("cert"),
        "--key",
        &path("key"),
    ]);
    let url = server.url("x").replace("127.0.0.1", "localhost");
    let text = run(&["get", "--cacert", &path("ca"), &url]).ok().text();
    assert!(text.starts_with("GET /x HTTP/1.1\r\n"), "{text}");
}

#[test]
fn serve_json_says_where() {
    let mut server = Server::start(&["--json", "--echo"]);
    let mut text = server.url.clone();
    while serde_json::from_str::<serde_json::Value>(&text).is_err() {
        assert_ne!(server.stdout.read_line(&mut text).unwrap(), 0, "{text}");
    }
    let ready: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(ready["schema"], "sysnet.serve/1");
    assert!(
        ready["url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
}

#[test]
fn serve_failures() {
    assert_eq!(run(&["serve", "/no/such/folder"]).code, 26);
    assert_eq!(run(&["serve", "--cert", "f"]).code, 2);
    let server = Server::start(&["--echo"]);
    let port = server.url.trim_end_matches('/').rsplit(':').next().unwrap();
    let taken = run(&["serve", "--echo", "--port", port]);
    assert_eq!(taken.code, 1, "{taken:?}");
    assert!(taken.stderr.contains("sysnet: "), "{taken:?}");
}
