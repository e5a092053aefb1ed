//! `sysnet serve --auth`: who is let in, by curl's options and `get`'s own.

use crate::program::run;
use crate::serve::Server;

/// A folder with one file, and a users file beside it: `joe` with the password `password`.
fn place() -> (tempfile::TempDir, String, String) {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("in");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join("a.txt"), "inside").unwrap();
    let users = outer.path().join("users");
    // The NT hash of `password`, and MD5 and SHA-256 of `joe:files:password`.
    let line = "user=joe nt=8846f7eaee8fb117ad06bdd830b7586c realm=files \
                md5=3ca3ea9f480801f443c7c0d896f35950 \
                sha-256=85c16c757096edf271654db0136ad49b711c88218206334bb07ba7739292f976\n";
    std::fs::write(&users, line).unwrap();
    let text = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let (root, users) = (text(&root), text(&users));
    (outer, root, users)
}

#[test]
fn serve_auth_lets_users_in() {
    let (_outer, root, users) = place();
    for scheme in ["basic", "digest", "ntlm", "negotiate"] {
        let realm = ["--realm", "files"];
        let arguments = [&[&*root, "--auth", scheme, "--users", &users], &realm[..]].concat();
        let server = Server::start(&arguments);
        let url = server.url("a.txt");
        let option = format!("--{scheme}");
        let text = run(&["get", "-s", &option, "-u", "joe:password", &url])
            .ok()
            .text();
        assert_eq!(text, "inside", "{scheme}");
        let wrong = run(&["get", "-s", "--fail", &option, "-u", "joe:wrong", &url]);
        assert_eq!(wrong.code, 22, "{scheme}");
        let none = server.raw("/a.txt");
        assert!(none.starts_with("HTTP/1.1 401 "), "{scheme}: {none}");
        assert!(!none.contains("inside"), "{none}");
        let challenge = match scheme {
            "basic" => "Basic realm=\"files\", charset=\"UTF-8\"",
            "digest" => "Digest realm=\"files\"",
            "ntlm" => "NTLM",
            _ => "Negotiate",
        };
        let field = format!("\r\nWWW-Authenticate: {challenge}");
        assert!(none.contains(&field), "{scheme}: {none}");
    }
}

#[test]
fn serve_auth_with_one_user_and_several_schemes() {
    let (_outer, root, _) = place();
    let server = Server::start(&[
        &root,
        "--auth",
        "basic,digest",
        "-s",
        "-u",
        "ann:geheim-Zx81",
    ]);
    let url = server.url("a.txt");
    assert_eq!(
        run(&["get", "-s", "-u", "ann:geheim-Zx81", &url])
            .ok()
            .text(),
        "inside"
    );
    let refused = run(&["get", "-s", "--fail", "-u", "ann:wrong", &url]);
    assert_eq!(refused.code, 22);
    let answer = server.raw("/a.txt");
    assert_eq!(
        answer.matches("\r\nWWW-Authenticate: ").count(),
        3,
        "{answer}"
    );
}

#[test]
fn serve_auth_failures() {
    let (outer, root, users) = place();
    #[track_caller]
    fn check(arguments: &[&str], code: i32, words: &str) {
        let ended = run(&[&["serve"], arguments].concat());
        assert_eq!(ended.code, code, "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(words),
            "{arguments:?}: {}",
            ended.stderr
        );
    }
    check(&[&root, "--auth", "basic"], 2, "--users FILE");
    check(&[&root, "--auth", "kerberos"], 2, "negotiate");
    check(&[&root, "--users", &users], 2, "--auth");
    let missing = outer.path().join("none");
    check(
        &[
            &root,
            "--auth",
            "basic",
            "--users",
            missing.to_str().unwrap(),
        ],
        26,
        "none",
    );
    std::fs::write(outer.path().join("bad"), "joe:password\n").unwrap();
    let bad = outer.path().join("bad");
    check(
        &[&root, "--auth", "basic", "--users", bad.to_str().unwrap()],
        26,
        "bad",
    );
}
