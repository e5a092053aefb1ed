//! `-b` and `-c`.

use std::os::unix::fs::PermissionsExt;

use system_net_testkit::{HttpPeer, Response};

use crate::program::{run, run_with_input};

/// A server that sets cookies at `/set`, and sends on from `/on`.
fn peer() -> HttpPeer {
    HttpPeer::serve(|request| match request.target().as_str() {
        "/set" => Response::new(200)
            .header("Set-Cookie", "s=1; Path=/")
            .header(
                "Set-Cookie",
                "kept=2; Path=/; Expires=Fri, 01 Jan 2100 00:00:00 GMT; HttpOnly",
            )
            .header("Set-Cookie", "deep=3; Path=/set/below"),
        "/on" => Response::new(302)
            .header("Set-Cookie", "on=4; Path=/")
            .header("Location", "/end"),
        _ => Response::new(200),
    })
}

/// What each request said in `Cookie`.
fn cookies(peer: &HttpPeer) -> Vec<Option<String>> {
    peer.requests()
        .iter()
        .map(|request| request.header("Cookie"))
        .collect()
}

#[test]
fn cookies_that_are_given() {
    let peer = peer();
    run(&["get", "-b", "a=1; b=\"x y\"", "-b", "c=3", &peer.url("/")]).ok();
    // Without a jar, cookies of answers are not kept.
    run(&["get", "-b", "a=1", &peer.url("/set"), &peer.url("/on")]).ok();
    let found = cookies(&peer);
    let found: Vec<&str> = found
        .iter()
        .map(|line| line.as_deref().unwrap_or("-"))
        .collect();
    assert_eq!(found, ["a=1; b=\"x y\"; c=3", "a=1", "a=1", "a=1"]);
}

#[test]
fn cookies_are_kept_within_a_call() {
    let peer = peer();
    run(&[
        "get",
        "-b",
        "",
        &peer.url("/set"),
        &peer.url("/on"),
        &peer.url("/"),
    ])
    .ok();
    let found = cookies(&peer);
    assert_eq!(found[0], None);
    assert_eq!(found[1].as_deref(), Some("s=1; kept=2"));
    assert_eq!(found[2].as_deref(), Some("s=1; kept=2; on=4"));
}

#[test]
fn cookies_come_from_and_go_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("jar");
    let path = jar.to_str().unwrap();
    let peer = peer();
    // The file need not be there if it will be written.
    run(&[
        "get",
        "-b",
        path,
        "-b",
        "given=x",
        "-c",
        path,
        &peer.url("/set"),
    ])
    .ok();
    let text = std::fs::read_to_string(&jar).unwrap();
    assert!(text.starts_with("# Netscape HTTP Cookie File\n"), "{text}");
    assert!(
        text.contains("127.0.0.1\tFALSE\t/\tFALSE\t0\ts\t1\n"),
        "{text}"
    );
    // The end is nearer than the server has it: RFC 6265bis section 5.5 allows 400 days.
    let kept = text.lines().find(|line| line.contains("kept")).unwrap();
    assert!(
        kept.starts_with("#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t"),
        "{text}"
    );
    assert!(kept.ends_with("\tkept\t2"), "{text}");
    assert!(!text.contains("given"), "only what servers set: {text}");
    let mode = jar.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "it holds secrets: {mode:o}");

    run(&["get", "-b", path, "-b", "given=x", &peer.url("/")]).ok();
    assert_eq!(
        std::fs::read_to_string(&jar).unwrap(),
        text,
        "without -c it stays"
    );
    run_with_input(&["get", "-b", "-", &peer.url("/")], text.as_bytes()).ok();
    let found = cookies(&peer);
    let found: Vec<&str> = found
        .iter()
        .map(|line| line.as_deref().unwrap_or("-"))
        .collect();
    assert_eq!(found, ["given=x", "s=1; kept=2; given=x", "s=1; kept=2"]);

    let printed = run(&["get", "-c", "-", &peer.url("/set")]).ok().text();
    assert!(printed.contains("\ts\t1\n"), "{printed}");
}

#[test]
fn cookies_are_written_after_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("jar");
    let peer = peer();
    let dead = system_net_testkit::refused_port();
    let failed = run(&[
        "get",
        "-s",
        "-c",
        jar.to_str().unwrap(),
        &peer.url("/set"),
        &format!("http://{dead}/"),
    ]);
    assert_eq!(failed.code, 7, "{failed:?}");
    assert!(std::fs::read_to_string(&jar).unwrap().contains("\ts\t1\n"));
}

#[test]
fn cookie_files_that_are_wrong() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "127.0.0.1\tFALSE\t/\n").unwrap();
    for path in [file.path().to_str().unwrap(), "/nowhere/at/all"] {
        let run = run(&["get", "-b", path, "http://127.0.0.1:1/"]);
        assert_eq!(run.code, 26, "{run:?}");
        assert!(run.stderr.contains(path), "{run:?}");
    }
    let peer = peer();
    let unwritten = run(&["get", "-c", "/nowhere/at/all", &peer.url("/")]);
    assert_eq!(unwritten.code, 23, "{unwritten:?}");
}

#[test]
fn cookies_stay_with_their_hosts() {
    let far = peer();
    let to = far.url_localhost("/far");
    let near = HttpPeer::serve(move |_| {
        Response::new(302)
            .header("Set-Cookie", "near=1; Path=/")
            .header("Location", &to)
    });
    run(&["get", "-b", "given=x", &near.url("/")]).ok();
    run(&["get", "-b", "given=x", "-b", "", &near.url("/")]).ok();
    assert_eq!(cookies(&far), [None, None]);
    assert_eq!(cookies(&near)[1].as_deref(), Some("given=x"));
}
