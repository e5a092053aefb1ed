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

/// A server that reads the body before it asks for the login.
fn late() -> HttpPeer {
    HttpPeer::serve(|request| match request.header("Authorization") {
        Some(field) if field.starts_with("Digest ") => Response::new(200).body("in"),
        _ => Response::new(401).header("WWW-Authenticate", CHALLENGE),
    })
}

const CHALLENGE: &str = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";

/// Such a server is asked by HEAD, and gets the file, or the form with the file, once more, with a limit
/// on the time as well as without.
#[test]
fn files_are_sent_again() {
    let (_folder, file) = file();
    let part = format!("f=@{file};type=text/x");
    let forms = ["-F", "a=b", "-F", &part, "-F", "c=d"];
    for (body, limit) in [
        (&["-T", &file][..], &[][..]),
        (&["-T", &file], &["-m", "600"]),
        (&forms, &[]),
        (&forms, &["-m", "600"]),
    ] {
        let peer = late();
        let url = peer.url("/x");
        let login = ["put", "-s", "-f", "--digest", "-u", "joe:secret", &url];
        let ended = run(&[&login, body, limit].concat());
        assert_eq!(ended.ok().text(), "in", "{body:?}");
        let requests = peer.requests();
        let sent: Vec<(String, bool)> = requests
            .iter()
            .map(|it| (it.method(), it.header("Authorization").is_some()))
            .collect();
        let expected = [
            ("PUT", false),
            ("HEAD", false),
            ("HEAD", true),
            ("PUT", true),
        ];
        let expected = expected.map(|(method, login)| (method.to_owned(), login));
        assert_eq!(sent, expected, "{body:?}");
        assert!(requests[0].body.len() >= LENGTH, "{body:?}");
        assert_eq!(requests[3].body, requests[0].body, "{body:?}");
        let content_type = |at: usize| requests[at].header("Content-Type");
        assert_eq!(content_type(3), content_type(0), "{body:?}");
        let file = vec![b'x'; LENGTH];
        let found = requests[3].body.windows(LENGTH).any(|part| part == file);
        assert!(found, "{body:?}");
    }
}

/// The limit on the time holds for all of it.
#[test]
fn a_second_sending_ends_in_time() {
    let (_folder, file) = file();
    let peer = HttpPeer::converse(|talk| {
        loop {
            let head = talk.head()?;
            talk.body(&head)?;
            let has_login = head.header("Authorization").is_some();
            match (has_login, head.method() == "HEAD") {
                (false, _) => talk.send(format!(
                    "HTTP/1.1 401 X\r\nWWW-Authenticate: {CHALLENGE}\r\nContent-Length: 0\r\n\r\n"
                ))?,
                (true, true) => talk.send("HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n")?,
                (true, false) => talk.stall()?,
            }
        }
    });
    let url = peer.url("/x");
    let login = ["put", "-s", "--digest", "-u", "joe:secret", &url];
    let ended = run(&[&login[..], &["-T", &file, "-m", "2"]].concat());
    assert_eq!(ended.code, 28, "{}", ended.stderr);
}

/// Forms whose files are read before the server has asked, and those of stdin, which is read once.
#[test]
fn forms_log_in() {
    let (_folder, file) = file();
    let part = format!("f=@{file}");
    let server = Server::start(&["--echo", "--auth", "digest,ntlm", "-u", "joe:secret"]);
    let url = server.url("x");
    for scheme in ["--digest", "--ntlm", "--anyauth"] {
        let login = ["post", "-s", "-f", scheme, "-u", "joe:secret", &url];
        let text = run(&[&login[..], &["-F", &part]].concat()).ok().text();
        assert!(text.contains("multipart/form-data"), "{scheme}: {text}");
    }
    let login = ["post", "--digest", "-u", "joe:secret", &url];
    let stdin = run(&[&login[..], &["-F", &part, "-F", "g=@-"]].concat());
    assert_eq!(stdin.code, 2, "{}", stdin.stderr);
    assert!(stdin.stderr.contains("allow --basic"), "{}", stdin.stderr);
}
