//! HTTP/1.0 and 1.1, compression, limits of redirects and rates, retries.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use system_net::{Clock, SystemClock};
use system_net_testkit::{Http2Conversation, HttpPeer, Response, refused_port};

use crate::program::{pages, run, run_with_input};

#[test]
fn http_versions() {
    let peer = pages();
    let url = peer.url("/page");
    for (options, version) in [
        (&["--http1.0"][..], "HTTP/1.0"),
        (&["--http1.1"], "HTTP/1.1"),
        (&["--http1.0", "--http1.1"], "HTTP/1.1"),
        (&[], "HTTP/1.1"),
    ] {
        run(&[&["get", &url], options].concat()).ok();
        let request = peer.requests().pop().unwrap();
        assert_eq!(request.version(), version, "{options:?}");
    }
    let version = |options: &[&str]| {
        run(&[
            &[
                "get",
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_version}",
                &url,
            ],
            options,
        ]
        .concat())
    };
    assert_eq!(version(&["--http1.0"]).ok().text(), "1.1");
    // In clear text HTTP/2 is not asked for.
    assert_eq!(version(&["--http2"]).ok().text(), "1.1");
    run(&["post", "--http1.0", "-d", "a", &url]).ok();
    let request = peer.requests().pop().unwrap();
    assert_eq!(
        (request.version().as_str(), &*request.body),
        ("HTTP/1.0", &b"a"[..])
    );
    let unknown = run_with_input(&["put", "--http1.0", "-", &url], b"x");
    assert_eq!(unknown.code, 25, "{unknown:?}");
}

/// The version in what is written out and in the head; a stream that the server ends is curl's 92.
#[test]
fn http2() {
    let peer = HttpPeer::converse(|wire| {
        let mut talk = Http2Conversation::begin(wire, &[])?;
        loop {
            let head = talk.request()?;
            match head.path() {
                "/reset" => talk.reset(head.stream, 2)?,
                path => talk.respond(head.stream, "200", path.as_bytes())?,
            }
        }
    });
    let get = |path: &str, options: &[&str]| {
        let url = peer.url(path);
        run(&[&["get", "-s", "--http2-prior-knowledge", &url], options].concat())
    };
    let written = get("/a", &["-w", " %{http_version} %{http_code}"]).ok();
    assert_eq!(written.text(), "/a 2 200");
    let head = get("/a", &["-i"]).ok();
    assert!(head.text().starts_with("HTTP/2 200"), "{}", head.text());
    // The last one counts.
    let last = get("/a", &["--http1.0", "--http2-prior-knowledge"]).ok();
    assert_eq!(last.text(), "/a");
    assert_eq!(get("/reset", &[]).code, 92);
    // A server that knows HTTP/1 alone.
    let old = HttpPeer::converse(|wire| {
        wire.head()?;
        wire.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")?;
        wire.stall()
    });
    let failed = run(&["get", "-s", "--http2-prior-knowledge", &old.url("/")]);
    assert_eq!(failed.code, 16, "{failed:?}");
}

#[test]
fn compression() {
    // "hello\n" in gzip.
    const GZIP: [u8; 26] = [
        31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 203, 72, 205, 201, 201, 231, 2, 0, 32, 48, 58, 54, 6, 0,
        0, 0,
    ];
    let peer = HttpPeer::serve(|_| {
        Response::new(200)
            .header("Content-Encoding", "gzip")
            .body(GZIP)
    });
    let plain = run(&["get", "--compressed", &peer.url("/")]).ok();
    assert_eq!(plain.text(), "hello\n");
    let raw = run(&["get", &peer.url("/")]).ok();
    assert_eq!(raw.stdout, GZIP);
    let asked: Vec<Option<String>> = peer
        .requests()
        .iter()
        .map(|request| request.header("Accept-Encoding"))
        .collect();
    let first = asked[0].as_deref().unwrap();
    for coding in ["gzip", "deflate", "br", "zstd"] {
        assert!(first.contains(coding), "{first}");
    }
    assert_eq!(asked[1], None);
}

#[test]
fn limits_of_redirects() {
    let peer = HttpPeer::serve(|request| {
        let number: u32 = request.target()[1..].parse().unwrap();
        match number {
            0 => Response::new(200).body("end"),
            _ => Response::new(302).header("Location", &format!("/{}", number - 1)),
        }
    });
    for (steps, limit, code, requests) in [
        ("/3", "3", 0, 4),
        ("/4", "3", 47, 4),
        ("/1", "0", 47, 1),
        ("/0", "0", 0, 1),
        ("/60", "-1", 0, 61),
    ] {
        let before = peer.request_count();
        let run = run(&["get", "--max-redirs", limit, &peer.url(steps)]);
        assert_eq!(run.code, code, "{steps} {limit}: {run:?}");
        assert_eq!(peer.request_count() - before, requests, "{steps} {limit}");
    }
    // Where none are followed there is no limit of them.
    assert_eq!(
        run(&["get", "--no-location", "--max-redirs", "0", &peer.url("/1")]).code,
        0
    );
}

#[test]
fn rates() {
    let peer = HttpPeer::serve(|request| match request.method().as_str() {
        "GET" => Response::new(200).body([7; 30_000]),
        _ => Response::new(200),
    });
    let start = SystemClock.now();
    let run = run(&["get", "--limit-rate", "20k", &peer.url("/")]).ok();
    assert_eq!(run.stdout.len(), 30_000);
    // 20 KiB in a second, and those of a tenth at once: no less than 1.3 s.
    assert!(
        start.elapsed() >= Duration::from_millis(1_200),
        "{:?}",
        start.elapsed()
    );
    let start = SystemClock.now();
    let body = "x".repeat(30_000);
    crate::program::run(&["post", "--limit-rate", "20k", "-d", &body, &peer.url("/")]).ok();
    assert!(
        start.elapsed() >= Duration::from_millis(1_200),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(peer.requests().pop().unwrap().body.len(), 30_000);
    for wrong in ["0", "fast", "1T"] {
        let run = crate::program::run(&["get", "--limit-rate", wrong, "http://h/"]);
        assert_eq!(run.code, 2, "{wrong}");
    }
}

/// A server that fails so often with this status, then answers.
fn failing(times: usize, status: u16) -> HttpPeer {
    let left = AtomicUsize::new(times);
    HttpPeer::serve(move |_| {
        let failing = left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        match failing {
            true => Response::new(status).body("not now"),
            false => Response::new(200).body("now"),
        }
    })
}

#[test]
fn retries() {
    for (times, status, options, text, requests) in [
        (
            2,
            503,
            &["--retry", "3", "--retry-delay", "0.01"][..],
            "now",
            3,
        ),
        (
            3,
            503,
            &["--retry", "2", "--retry-delay", "0.01"],
            "not now",
            3,
        ),
        (1, 408, &["--retry", "1", "--retry-delay", "0.01"], "now", 2),
        (
            1,
            404,
            &["--retry", "3", "--retry-delay", "0.01"],
            "not now",
            1,
        ),
        (1, 503, &[], "not now", 1),
        (
            2,
            503,
            &[
                "--retry",
                "5",
                "--retry-delay",
                "5",
                "--retry-max-time",
                "0.5",
            ],
            "not now",
            1,
        ),
    ] {
        let peer = failing(times, status);
        let run = run(&[&["get", "-s", &peer.url("/")], options].concat()).ok();
        assert_eq!(run.text(), text, "{times} {status} {options:?}");
        assert_eq!(
            peer.request_count(),
            requests,
            "{times} {status} {options:?}"
        );
    }
    let options = ["--retry", "2", "--retry-delay", "0.01"];
    // A POST is never sent twice; a PUT is, if its body is still there.
    for (arguments, requests) in [
        (&["post", "-d", "x"][..], 1),
        (&["put", "-d", "x"], 2),
        (&["get"], 2),
    ] {
        let peer = failing(1, 503);
        let run = run(&[arguments, &options, &[&peer.url("/")]].concat());
        assert_eq!(
            (run.code, peer.request_count()),
            (0, requests),
            "{arguments:?}"
        );
        let told = run.stderr.contains("status 503: retry 1 of 2 in 10ms");
        assert_eq!(told, requests == 2, "{run:?}");
    }
    let refused = format!("http://{}/", refused_port());
    let run = run(&[&["get"], &options[..], &[&refused]].concat());
    assert_eq!(run.code, 7, "{run:?}");
    assert!(
        run.stderr.contains("ConnectFailure: retry 2 of 2"),
        "{run:?}"
    );
    assert_eq!(
        crate::program::run(&["get", "--retry-delay", "1", "http://h/"]).code,
        2
    );
}
