//! `-v`: the heads it prints are those the server received and sent, secrets aside.

use system_net_testkit::{HttpPeer, Response};

use rustix::process::Signal;

use crate::program::{Run, run, run_with_input};
use crate::serve::Server;

/// Redirects, and a login for `/secret`.
fn peer() -> HttpPeer {
    HttpPeer::serve(|request| match request.target().as_str() {
        "/cookie" => Response::new(200)
            .header("Set-Cookie", "a=geheim")
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
        let (host, cookie) = ("Host: other:8", "Cookie: a=geheim");
        let login = "Authorization: Bearer geheim";
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
    let login = ["get", "-v", "-u", "juerg:geheim"];
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
            &["get", "-v", "-u", "juerg:geheim", &secret],
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
