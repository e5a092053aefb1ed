//! `-v`: the heads it prints are those the server received and sent, secrets aside.

use system_net_testkit::{HttpPeer, Response};

use rustix::process::Signal;

use crate::program::{Run, run, run_with_input};
use crate::serve::Server;

/// Redirects, and a login for `/secret`.
fn peer() -> HttpPeer {
    HttpPeer::serve(|request| match request.target().as_str() {
        "/cookie" => Response::new(200)
            .header("Set-Cookie", "a=geheim-Zx81")
            .body("ok"),
        "/old" => Response::new(302).header("Location", "/new"),
        "/kept" => Response::new(307).header("Location", "/new"),
        "/secret" if request.header("Authorization").is_none() => {
            Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\"")
        }
        _ => Response::new(200).body("ok"),
    })
}

/// All heads that the peer received, with the marks of `-v` and without secrets.
fn received(peer: &HttpPeer) -> Vec<String> {
    let mut lines = Vec::new();
    for request in peer.requests() {
        for line in request.head_text().trim_end().split("\r\n") {
            lines.push(match line.split_once(": ") {
                Some((name @ ("Authorization" | "Proxy-Authorization" | "Cookie"), _)) => {
                    format!("> {name}: <redacted>")
                }
                _ => format!("> {line}"),
            });
        }
        lines.push(">".to_owned());
    }
    lines
}

/// Runs it against the peer; what it shows of its requests is what came there.
#[track_caller]
fn check(requests: usize, run: impl FnOnce(&HttpPeer) -> Run) {
    let peer = peer();
    let run = run(&peer);
    assert_eq!(run.code, 0, "{run:?}");
    let lines = run.stderr.lines().filter(|line| line.starts_with('>'));
    let shown: Vec<&str> = lines.collect();
    assert_eq!(peer.request_count(), requests);
    assert_eq!(shown, received(&peer));
    assert!(run.stderr.contains("< HTTP/1.1 200 OK\n"), "{}", run.stderr);
    assert!(!run.stderr.contains("geheim"), "{}", run.stderr);
}

#[test]
fn verbose_shows_what_was_sent() {
    let page = |peer: &HttpPeer| peer.url("/p?q=%C3%A4");
    check(1, |peer| run(&["get", "-v", &page(peer)]));
    check(1, |peer| run(&["get", "-v", "-X", "DELETE", &page(peer)]));
    check(2, |peer| run(&["get", "-v", &page(peer), &page(peer)]));
    check(1, |peer| {
        let (host, cookie) = ("Host: other:8", "Cookie: a=geheim-Zx81");
        let login = "Authorization: Bearer geheim-Zx81";
        run(&[
            "get",
            "-v",
            "-H",
            host,
            "-H",
            cookie,
            "-H",
            login,
            &page(peer),
        ])
    });
    check(1, |peer| run(&["post", "-v", "-d", "a=1", &page(peer)]));
    check(1, |peer| {
        let arguments = ["post", "-v", "--data-binary", "@-", &page(peer)];
        run_with_input(&arguments, b"from stdin")
    });
    check(1, |peer| {
        run_with_input(&["put", "-v", "-", &page(peer)], b"x")
    });
}

#[test]
fn verbose_shows_redirects_and_retries() {
    check(2, |peer| run(&["get", "-v", &peer.url("/old")]));
    check(2, |peer| {
        run(&["post", "-v", "-L", "-d", "x", &peer.url("/kept")])
    });
    check(2, |peer| {
        run(&["post", "-v", "-L", "-d", "x", &peer.url("/old")])
    });
    let login = ["get", "-v", "-u", "juerg:geheim-Zx81"];
    check(2, |peer| {
        run(&[&login[..], &[&peer.url("/secret")]].concat())
    });
}

/// Each answer on the way is shown, and where connections lead.
#[test]
fn verbose_shows_what_was_received() {
    let peer = peer();
    let (old, secret, cookie) = (peer.url("/old"), peer.url("/secret"), peer.url("/cookie"));
    let url = peer.url("/");
    let end_point = url.trim_start_matches("http://").trim_end_matches('/');
    for (call, expected) in [
        (&["get", "-v", &old][..], &["302", "200"][..]),
        (&["-v", "get", &old], &["302", "200"]),
        (
            &["trace", "-v", "--trace", "/dev/null", "--", "get", &old],
            &["302", "200"],
        ),
        (
            &["get", "-v", "-u", "juerg:geheim-Zx81", &secret],
            &["401", "200"],
        ),
        (&["get", "-v", &cookie], &["200"]),
        (&["head", "-v", "--no-location", &old], &["302"]),
        (&["get", "-vs", "-f", &peer.url("/")], &["200"]),
    ] {
        let run = run(call);
        assert_eq!(run.code, 0, "{call:?}: {}", run.stderr);
        let status = |line: &str| Some(line.strip_prefix("< HTTP/1.1 ")?[..3].to_owned());
        let found: Vec<String> = run.stderr.lines().filter_map(status).collect();
        assert_eq!(found, expected, "{call:?}: {}", run.stderr);
        assert!(!run.stderr.contains("geheim"), "{}", run.stderr);
        let connected = format!(" to {end_point}.");
        let is_connected = |line: &str| {
            line.starts_with("* Created connection from ") && line.ends_with(&connected)
        };
        assert!(run.stderr.lines().any(is_connected), "{}", run.stderr);
        assert!(
            run.stderr
                .lines()
                .all(|line| line.starts_with(['<', '>', '*']) || line.starts_with("sysnet: ")),
            "{}",
            run.stderr
        );
    }
    let shown = run(&["get", "-v", &cookie]).stderr;
    assert!(shown.contains("< Set-Cookie: <redacted>\n"), "{shown}");
}

/// Names, connections and servers too.
#[test]
fn verbose_of_other_verbs() {
    let peer = peer();
    let url = peer.url("/");
    let (host, port) = url[7..].trim_end_matches('/').split_once(':').unwrap();
    let names = run(&["dns", "-v", host]);
    assert_eq!(names.stderr, format!("* GetHostEntry({host})\n"));
    assert_eq!(names.stdout, run(&["dns", host]).ok().stdout);
    let talk = run_with_input(&["tcp", "-v", host, port], b"GET / HTTP/1.0\r\n\r\n");
    let connected = format!(" to {host}:{port}.");
    let mut lines = talk.stderr.lines();
    assert!(
        lines.any(|line| line.starts_with("* ") && line.ends_with(&connected)),
        "{talk:?}"
    );
    let server = Server::start(&["--echo", "-s", "-v"]);
    server.raw("/asked");
    let log = server.end(Signal::TERM);
    for line in [
        "< GET /asked HTTP/1.1",
        "< Host: h",
        "<",
        "> HTTP/1.1 200 OK",
        ">",
    ] {
        assert!(log.lines().any(|other| other == line), "{line}: {log}");
    }
    run(&["-v", "uri", "builder"]).ok();
}

/// The wire on demand: with `-v` the lines of curl, mark for mark, between what it and we say in words
/// of our own; with `--trace` the bytes. Without either nothing is told, and nowhere is there a secret.
#[test]
fn trace_cli_curl_like() {
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        None => Response::new(401)
            .header("WWW-Authenticate", "Basic realm=\"r\"")
            .header("Set-Cookie", "a=geheim-Zx81"),
        Some(_) => Response::new(200)
            .header("X-Odd", " kept  as it is")
            .body("ok"),
    });
    let url = peer.url("/p?q");
    let call = [
        "-u",
        "user:geheim-Zx81",
        "-b",
        "c=geheim-Zx81",
        "-H",
        "X-Own: 1",
    ];
    let silent = run(&[&["get", "-s"], &call[..], &[&url]].concat());
    assert_eq!((silent.text().as_str(), silent.stderr.as_str()), ("ok", ""));

    let told = run(&[&["get", "-v"], &call[..], &[&url]].concat());
    assert_eq!((told.code, told.text().as_str()), (0, "ok"));
    let lines: Vec<&str> = told.stderr.lines().collect();
    let marked = |mark: &str| -> Vec<&str> {
        lines
            .iter()
            .copied()
            .filter(|line| line.starts_with(mark))
            .collect()
    };
    let requests = peer.requests();
    let mut sent = Vec::new();
    for request in &requests[2..] {
        for line in request.head_text().trim_end().split("\r\n") {
            let hidden = line.starts_with("Authorization: ") || line.starts_with("Cookie: ");
            sent.push(match line.split_once(": ") {
                Some((name, _)) if hidden => format!("> {name}: <redacted>"),
                _ => format!("> {line}"),
            });
        }
        sent.push(">".to_owned());
    }
    assert_eq!(
        (marked(">"), requests.len()),
        (sent.iter().map(String::as_str).collect(), 4)
    );
    let received = marked("<");
    for line in [
        "< HTTP/1.1 401 Unauthorized",
        "< WWW-Authenticate: Basic realm=\"r\"",
        "< Set-Cookie: <redacted>",
        "<",
        "< HTTP/1.1 200 OK",
        "< Content-Length: 2",
    ] {
        assert!(received.contains(&line), "{line} in {received:?}");
    }
    assert!(received.iter().any(|line| line.starts_with("< X-Odd: ")));
    let place = peer.address().to_string();
    assert!(
        marked("*").iter().any(|line| line.contains(&place)),
        "{lines:?}"
    );
    // Each line has one of the marks; the order is that of the wire.
    let at = |line: &str| lines.iter().position(|known| *known == line).unwrap();
    assert!(at("> GET /p?q HTTP/1.1") < at("< HTTP/1.1 401 Unauthorized"));
    assert!(at("< HTTP/1.1 401 Unauthorized") < at("> Authorization: <redacted>"));
    assert!(at("> Authorization: <redacted>") < at("< HTTP/1.1 200 OK"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wire");
    let path = file.to_str().unwrap();
    run(&[&["get", "-s", "--trace", path], &call[..], &[&url]].concat());
    let trace = std::fs::read_to_string(&file).unwrap();
    for member in ["::WriteHeaders", "::Read", "GET /p?q HTTP/1.1"] {
        assert!(trace.contains(member), "{member} in {trace}");
    }
    for text in [&told.stderr, &trace] {
        assert!(
            !text.contains("geheim") && !text.contains("dXNlcjpnZWhlaW0"),
            "{text}"
        );
    }
}
