//! `-n`, `--netrc-file`, `--netrc-optional`: which login is sent where.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use system_net_testkit::{HttpPeer, Response};

use crate::program::{Run, finish, sysnet};

/// Asks everybody for a login and answers with it; `/to?` leads on.
fn asking() -> HttpPeer {
    HttpPeer::serve(|request| {
        if let Some((_, next)) = request.target().split_once("/to?") {
            return Response::new(302).header("Location", next);
        }
        match request.header("Authorization") {
            Some(login) => Response::new(200).body(login),
            None => Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\""),
        }
    })
}

/// A file that nobody else may read.
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

/// In the folder, which is the home as well.
fn get(folder: &Path, options: &[&str], url: &str) -> Run {
    let arguments = [&["get", "-sS"], options, &[url]].concat();
    finish(
        sysnet(&arguments)
            .current_dir(folder)
            .env("HOME", folder)
            .env("SYSNET_PASSWORD", "env"),
    )
}

const FILE: &str = "machine 127.0.0.1 login ann password \"p ss\"\n\
    machine 127.0.0.1 login bob password b\nmachine localhost login eve password e\n\
    machine nobody.example login x password y\n";

// ann:p ss, bob:b, ann:env, eve:e, zoe:z and ann:x in base 64.
const ANN: &str = "Basic YW5uOnAgc3M=";
const BOB: &str = "Basic Ym9iOmI=";
const ANN_ENV: &str = "Basic YW5uOmVudg==";
const EVE: &str = "Basic ZXZlOmU=";
const ZOE: &str = "Basic em9lOno=";
const ANN_X: &str = "Basic YW5uOng=";

#[test]
fn netrc_option_table() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join(".netrc"), FILE);
    write(&folder.path().join("other"), "default login zoe password z");
    let peer = asking();
    let port = peer.port();
    let (ip, named) = (format!("127.0.0.1:{port}/"), format!("localhost:{port}/"));
    let file: &[&str] = &["--netrc-file", "other"];
    for (options, url, expected) in [
        (&["-n"][..], ip.clone(), ANN),
        (&["--netrc"], format!("http://{ip}"), ANN),
        (&["-n"], named.clone(), EVE),
        // A name in the address chooses, and its password does not count; an unknown one stays.
        (&["-n"], format!("http://bob@{ip}"), BOB),
        (&["-n"], format!("http://bob:other@{ip}"), BOB),
        (&["-n", "-u", "ann:x"], ip.clone(), ANN_X),
        (&["-n"], format!("http://ann:x@{named}"), ANN_X),
        (file, ip.clone(), ZOE),
        (file, format!("http://ann@{ip}"), ANN_ENV),
        (&["--netrc-optional"], ip.clone(), ANN),
        (&["--netrc-optional"], format!("http://ann:x@{ip}"), ANN_X),
        (
            &["--netrc-optional", "--netrc-file", "other"],
            ip.clone(),
            ZOE,
        ),
    ] {
        let run = get(folder.path(), options, &url);
        assert_eq!((run.code, &*run.text()), (0, expected), "{options:?} {url}");
    }
    // Without an option the file is not looked at.
    let run = get(folder.path(), &[], &ip);
    assert_eq!((run.code, &*run.text()), (0, ""));
    let login = peer.requests().pop().unwrap().header("Authorization");
    assert_eq!(login, None);
}

/// A redirect to another host gets nothing: not the first host's login, and not the one that the file
/// has for it. One within the host gets the host's.
#[test]
fn netrc_not_after_a_redirect() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join(".netrc"), FILE);
    let peer = asking();
    let port = peer.port();
    let there = format!("http://localhost:{port}/there");
    get(folder.path(), &["-n"], &peer.url(&format!("/to?{there}")));
    let requests = peer.requests();
    let asked: Vec<_> = requests.iter().map(|request| request.target()).collect();
    assert!(asked.contains(&"/there".to_owned()), "{asked:?}");
    for request in &requests {
        assert_eq!(
            request.header("Authorization"),
            None,
            "{}",
            request.target()
        );
    }
    let within = peer.url("/to?/here");
    assert_eq!(get(folder.path(), &["-n"], &within).text(), ANN);
    // Over the other host home again: once left, it stays away.
    let around = format!("http://localhost:{port}/to?{}", peer.url("/home"));
    let run = get(folder.path(), &["-n"], &peer.url(&format!("/to?{around}")));
    assert_eq!(run.text(), "");
}

#[test]
fn netrc_problems_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let peer = asking();
    let url = peer.url("/");
    let check = |options: &[&str], code: i32, said: &str| {
        let arguments = [&["get"], options, &[url.as_str()]].concat();
        let run = finish(
            sysnet(&arguments)
                .current_dir(folder.path())
                .env("HOME", folder.path()),
        );
        assert_eq!(run.code, code, "{options:?}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{options:?}: {}", run.stderr);
        assert!(!run.stderr.contains("geheim"), "{}", run.stderr);
        run
    };
    check(&["-n"], 0, ".netrc is not there");
    let run = check(&["--netrc-optional"], 0, "");
    assert_eq!(run.stderr, "");
    check(&["--netrc-file", "missing"], 26, "missing: No such file");
    check(&["--netrc-optional", "--netrc-file", "missing"], 0, "");
    assert_eq!(
        peer.request_count(),
        3,
        "nothing is sent when the file is missing"
    );

    let path = folder.path().join("f");
    write(&path, "machine h\nlogin u password \"geheim-Zx81");
    check(
        &["--netrc-file", "f"],
        26,
        "f: line 2 of the netrc file: a quotation mark is not closed",
    );
    write(&path, "machine h login u password my geheim-Zx81");
    check(
        &["--netrc-file", "f"],
        0,
        "f:1: words that mean nothing were skipped",
    );
    write(&path, FILE);
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let run = check(&["--netrc-file", "f"], 0, "chmod 600 f");
    assert_eq!(run.text(), ANN);
    let run = get(folder.path(), &["--netrc-file", "f"], &url);
    assert_eq!((&*run.text(), &*run.stderr), (ANN, ""), "-s");
    check(&["--netrc-file", "."], 26, "Is a directory");

    let file = format!("file://{}", path.display());
    let run = finish(&mut sysnet(&["get", "-n", &file]));
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("-n means nothing"), "{}", run.stderr);
}
