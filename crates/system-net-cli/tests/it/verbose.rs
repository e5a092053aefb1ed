//! `-v`: the request heads it prints are those the server received, secrets aside.

use system_net_testkit::{HttpPeer, Response};

use crate::program::{Run, run, run_with_input};

/// Redirects, and a login for `/secret`.
fn peer() -> HttpPeer {
    HttpPeer::serve(|request| match request.target().as_str() {
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
