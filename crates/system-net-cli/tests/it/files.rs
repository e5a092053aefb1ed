//! Where bodies go: `--output-dir`, `--create-dirs`, `-J`, `--fail-with-body`.

use system_net_testkit::{HttpPeer, Response};

use crate::program::{pages, run, run_in};

#[test]
fn folders_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let peer = pages();
    let get = |arguments: &[&str]| {
        let url = peer.url("/page");
        run_in(folder.path(), &[&["get", &url], arguments].concat())
    };
    assert_eq!(get(&["-o", "a/b/c"]).code, 23);
    assert_eq!(get(&["-O", "--output-dir", "d"]).code, 23);
    get(&["-o", "a/b/c", "--create-dirs"]).ok();
    get(&["-O", "--output-dir", "d/e", "--create-dirs"]).ok();
    get(&["-o", "f", "--output-dir", "d"]).ok();
    get(&["-o", "g/h", "--output-dir", "d", "--create-dirs", "-C", "-"]).ok();
    for path in ["a/b/c", "d/e/page", "d/f", "d/g/h"] {
        let text = std::fs::read_to_string(folder.path().join(path));
        assert_eq!(text.unwrap(), "a page\n", "{path}");
    }
    // Folders are made for an answer only.
    let failed = run_in(
        folder.path(),
        &[
            "get",
            "-f",
            "--create-dirs",
            "-o",
            "no/file",
            &peer.url("/missing"),
        ],
    );
    assert_eq!(failed.code, 22);
    assert!(!folder.path().join("no").exists());
}

#[test]
fn names_from_answers() {
    let peer = HttpPeer::serve(|request| {
        let answer = Response::new(200).body("x");
        match request.target().as_str() {
            "/named" => answer.header("Content-Disposition", "attachment; filename=\"../out.txt\""),
            "/" => answer.header("Content-Disposition", "attachment; filename*=UTF-8''%C3%BC"),
            _ => answer,
        }
    });
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("in");
    std::fs::create_dir(&folder).unwrap();
    let get = |path: &str| run_in(&folder, &["get", "-OJ", &peer.url(path)]);
    for (path, name) in [("/named", "out.txt"), ("/", "ü"), ("/a/plain", "plain")] {
        get(path).ok();
        assert!(folder.join(name).exists(), "{name}");
        // What exists stays.
        std::fs::write(folder.join(name), "mine").unwrap();
        let again = get(path);
        assert_eq!(again.code, 23, "{again:?}");
        assert!(again.stderr.contains("exists already"), "{again:?}");
        assert_eq!(std::fs::read_to_string(folder.join(name)).unwrap(), "mine");
    }
    assert_eq!(get("/folder/").code, 23);
    assert_eq!(outer.path().read_dir().unwrap().count(), 1);
    assert_eq!(folder.read_dir().unwrap().count(), 3);
    assert_eq!(
        run(&["get", "-J", &peer.url("/named")]).code,
        2,
        "-J is for -O"
    );
    let report = run_in(&folder, &["get", "-OJ", "--json", &peer.url("/new")])
        .ok()
        .text();
    assert!(report.contains("\"saved_as\": \"new\""), "{report}");
}

#[test]
fn failures_with_their_bodies() {
    let peer = pages();
    let url = peer.url("/missing");
    for (option, code, text) in [
        ("--fail-with-body", 22, "no such page\n"),
        ("--fail", 22, ""),
        ("-s", 0, "no such page\n"),
    ] {
        let run = run(&["get", option, &url]);
        assert_eq!((run.code, &*run.text()), (code, text), "{option}");
    }
    assert_eq!(run(&["get", "-f", "--fail-with-body", &url]).code, 2);
    assert_eq!(run(&["head", "--fail-with-body", &url]).code, 22);
    let folder = tempfile::tempdir().unwrap();
    let written = run_in(folder.path(), &["get", "--fail-with-body", "-o", "f", &url]);
    assert_eq!(written.code, 22);
    let text = std::fs::read_to_string(folder.path().join("f")).unwrap();
    assert_eq!(text, "no such page\n");
}
