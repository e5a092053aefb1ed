//! Files that are sent to servers that want a login by another scheme than Basic.

use system_net_testkit::{HttpPeer, Response};

use crate::program::run;
use crate::serve::Server;

/// More than a server reads of a body that it does not want, less than what is announced otherwise.
const LENGTH: usize = 300_000;

fn file() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body");
    std::fs::write(&path, vec![b'x'; LENGTH]).unwrap();
    let name = path.to_str().unwrap().to_owned();
    (folder, name)
}

/// By every scheme, against the program's own server, which asks for the login before it wants the
/// body: the file goes out once.
#[test]
fn files_log_in() {
    let (_folder, file) = file();
    let data = format!("@{file}");
    for scheme in ["basic", "digest", "ntlm", "negotiate"] {
        let server = Server::start(&["--echo", "--auth", scheme, "-u", "joe:secret"]);
        let url = server.url("x");
        let option = format!("--{scheme}");
        for arguments in [
            &[
                "put",
                "-s",
                "-f",
                &option,
                "-u",
                "joe:secret",
                "-T",
                &file,
                &url,
            ][..],
            &[
                "post",
                "-s",
                "-f",
                &option,
                "-u",
                "joe:secret",
                "--data-binary",
                &data,
                &url,
            ],
            &[
                "put",
                "-s",
                "-f",
                "--anyauth",
                "-u",
                "joe:secret",
                "-T",
                &file,
                &url,
            ],
        ] {
            let text = run(arguments).ok().text();
            assert!(text.contains(&LENGTH.to_string()), "{arguments:?}: {text}");
        }
        let wrong = run(&[
            "put",
            "-s",
            "-f",
            &option,
            "-u",
            "joe:wrong",
            "-T",
            &file,
            &url,
        ]);
        assert_eq!(wrong.code, 22, "{scheme}: {}", wrong.stderr);
    }
}

/// A server that reads the body before it asks for the login: it is asked by HEAD, and gets the file
/// once more.
#[test]
fn files_are_sent_again() {
    let (_folder, file) = file();
    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        Some(field) if field.starts_with("Digest ") => Response::new(200).body("in"),
        _ => Response::new(401).header(
            "WWW-Authenticate",
            "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"",
        ),
    });
    let url = peer.url("/x");
    let ended = run(&[
        "put",
        "-s",
        "-f",
        "--digest",
        "-u",
        "joe:secret",
        "-T",
        &file,
        &url,
    ]);
    assert_eq!(ended.ok().text(), "in");
    let requests = peer.requests();
    let sent: Vec<(String, bool, usize)> = requests
        .iter()
        .map(|it| {
            let has_login = it.header("Authorization").is_some();
            (it.method().to_owned(), has_login, it.body.len())
        })
        .collect();
    let expected = [
        ("PUT", false, LENGTH),
        ("HEAD", false, 0),
        ("HEAD", true, 0),
        ("PUT", true, LENGTH),
    ];
    let expected = expected.map(|(method, login, length)| (method.to_owned(), login, length));
    assert_eq!(sent, expected);
    assert!(requests[3].body.iter().all(|byte| *byte == b'x'));
}
