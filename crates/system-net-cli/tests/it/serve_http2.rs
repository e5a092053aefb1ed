//! `sysnet serve` over HTTP/2: by ALPN with `--tls`, by prior knowledge in clear text. What it answers is
//! what it answers over HTTP/1.1; the library's tests have a client written by hand, `tests/interop` curl.

use std::path::Path;

use rustix::process::Signal;

use crate::program::run;
use crate::serve::Server;

/// A server, and how a client is told to speak HTTP/2 with it.
struct Serving {
    server: Server,
    client: Vec<String>,
}

impl Serving {
    fn start(folder: &Path, tls: bool, options: &[&str]) -> Self {
        let ca = folder.parent().unwrap().join("ca.pem");
        let ca = ca.to_str().unwrap().to_owned();
        let served = folder.to_str().unwrap();
        let secure: &[&str] = if tls {
            &["--tls", "--ca-out", &ca]
        } else {
            &[]
        };
        Self {
            server: Server::start(&[&[served], secure, options].concat()),
            client: match tls {
                true => vec!["--http2".to_owned(), "--cacert".to_owned(), ca],
                false => vec!["--http2-prior-knowledge".to_owned()],
            },
        }
    }

    /// What is printed: the body, the version, the status.
    #[track_caller]
    fn get(&self, options: &[&str], path: &str) -> String {
        let url = self.server.url(path);
        let own = ["get", "-s", "-w", "|%{http_version} %{http_code}"];
        let client: Vec<&str> = self.client.iter().map(String::as_str).collect();
        run(&[&own[..], &client, options, &[&url]].concat())
            .ok()
            .text()
    }
}

/// `in` to be served, `a.txt` and `sub/index.html` in it.
fn place() -> (tempfile::TempDir, std::path::PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("in");
    std::fs::create_dir_all(root.join("sub")).unwrap();
    std::fs::create_dir_all(root.join("list")).unwrap();
    std::fs::write(root.join("a.txt"), "0123456789").unwrap();
    std::fs::write(root.join("sub/index.html"), "<p>index").unwrap();
    std::fs::write(root.join("list/x"), "").unwrap();
    std::fs::write(outer.path().join("secret"), "secret").unwrap();
    (outer, root)
}

#[test]
fn serve_files_over_http2() {
    let (outer, root) = place();
    let large: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    std::fs::write(root.join("large"), &large).unwrap();
    for tls in [false, true] {
        let log = outer.path().join(format!("log-{tls}"));
        let serving = Serving::start(&root, tls, &["--log", log.to_str().unwrap()]);
        let check = |options: &[&str], path: &str, expected: &str| {
            let got = serving.get(options, path);
            assert_eq!(got, expected, "TLS {tls}: {options:?} {path}");
        };
        check(&[], "a.txt", "0123456789|2 200");
        check(&["-r", "2-4"], "a.txt", "234|2 206");
        check(&["-r", "-2"], "a.txt", "89|2 206");
        check(&["-r", "50-", "-o", "/dev/null"], "a.txt", "|2 416");
        let parts = serving.get(&["-r", "0-1,8-9"], "a.txt");
        assert!(parts.ends_with("--\r\n|2 206"), "{parts}");
        assert!(
            parts.contains("\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n"),
            "{parts}"
        );
        let head = serving.get(&["-I"], "a.txt").to_ascii_lowercase();
        assert!(head.starts_with("http/2 200"), "{head}");
        assert!(head.contains("\ncontent-length: 10\r\n"), "{head}");
        let tag = head
            .lines()
            .find_map(|line| line.strip_prefix("etag: "))
            .unwrap();
        for (condition, expected) in [
            (format!("If-None-Match: {tag}"), "|2 304"),
            ("If-None-Match: \"x\"".to_owned(), "0123456789|2 200"),
            (format!("If-Match: {tag}"), "0123456789|2 200"),
        ] {
            check(&["-H", &condition], "a.txt", expected);
        }
        check(
            &["-H", "If-Match: \"x\"", "-o", "/dev/null"],
            "a.txt",
            "|2 412",
        );
        let if_range = format!("If-Range: {tag}");
        check(&["-H", &if_range, "-r", "0-1"], "a.txt", "01|2 206");
        check(&["-z", "2001-01-01"], "a.txt", "0123456789|2 200");
        check(&["-z", "-2001-01-01", "-o", "/dev/null"], "a.txt", "|2 412");
        // Followed to where the slash is.
        check(&[], "sub", "<p>index|2 200");
        assert!(serving.get(&[], "list/").contains("<a href=\"./x\">x</a>"));
        for path in ["none", "..%2fsecret", "sub/..%5c..%5csecret"] {
            let got = serving.get(&[], path);
            assert!(got.ends_with("|2 404"), "{path}: {got}");
        }
        let post = serving.get(&["-X", "POST", "-o", "/dev/null"], "a.txt");
        assert_eq!(post, "|2 405");
        let whole = outer.path().join("whole");
        check(&["-o", whole.to_str().unwrap()], "large", "|2 200");
        assert!(std::fs::read(&whole).unwrap() == large);
        assert_eq!(serving.server.end(Signal::TERM), "", "nothing went wrong");
        let log = std::fs::read_to_string(&log).unwrap();
        assert!(log.contains(" HTTP/2.0 GET /a.txt - - 127.0.0.1:"), "{log}");
        assert!(log.contains(" HTTP/2.0 GET /large "), "{log}");
        assert!(!log.contains(" HTTP/1.1 "), "{log}");
    }
}

/// A login that belongs to a connection is made over HTTP/1.1; in clear text a client that begins with
/// HTTP/2 is told that it needs that.
#[test]
fn serve_logins_over_http2() {
    let (_outer, root) = place();
    for tls in [false, true] {
        for (scheme, version) in [("basic", "2"), ("digest", "2"), ("ntlm", "1.1")] {
            let serving =
                Serving::start(&root, tls, &["--auth", scheme, "-s", "-u", "joe:pw-Zx81"]);
            let scheme = format!("--{scheme}");
            if !tls && version != "2" {
                let url = serving.server.url("a.txt");
                let login = [&*scheme, "-u", "joe:pw-Zx81", &url];
                let get = ["get", "-s", "--http2-prior-knowledge"];
                let refused = run(&[&get[..], &login].concat());
                assert_eq!(refused.code, 92, "{refused:?}");
                continue;
            }
            let got = serving.get(&[&scheme, "-u", "joe:pw-Zx81"], "a.txt");
            assert_eq!(got, format!("0123456789|{version} 200"), "{scheme} {tls}");
            let got = serving.get(&[&scheme, "-u", "joe:wrong", "-o", "/dev/null"], "a.txt");
            assert_eq!(got, format!("|{version} 401"), "{scheme} {tls}");
        }
    }
}

/// Faults are of HTTP/1, and what is of HTTP/1 is spoken then.
#[test]
fn serve_faults_turn_http2_off() {
    let (_outer, root) = place();
    let serving = Serving::start(&root, true, &["--fault", "wrong-length=4@2:/a.txt"]);
    assert_eq!(serving.get(&[], "a.txt"), "0123456789|1.1 200");
    let short = serving.get(&[], "a.txt");
    assert_eq!(short, "0123|1.1 200");
}

#[test]
fn serve_echo_over_http2() {
    let server = Server::start(&["--echo", "-s"]);
    let options = ["post", "-s", "--http2-prior-knowledge", "-d", "hello"];
    let text = run(&[&options[..], &[&server.url("x?y=z")]].concat())
        .ok()
        .text();
    assert!(text.starts_with("POST /x?y=z HTTP/2.0\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\nhello"), "{text}");
}
