//! curl at the example `listener_app_host`: two applications, a form, an upload, an error page, and one of
//! them taken away while it works. What it gets is compared with what our client gets in
//! `crates/system-net/tests/it/listener_examples.rs`.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::site::pattern;
use crate::{enabled, printed, run};

/// The example, built with the profile of this test and found beside it.
fn program() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "system-net"]);
    build.args(["--example", "listener_app_host", "--manifest-path"]);
    build.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    run(&mut build);
    // This test is target/PROFILE/deps/interop_listener-HASH.
    let own = std::env::current_exe().unwrap();
    let profile = own.ancestors().nth(2).unwrap();
    profile.join("examples").join("listener_app_host")
}

struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        // It may be over.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn curl(arguments: &[&str]) -> String {
    printed(
        Command::new("curl")
            .args(["-sS", "--max-time", "60", "-w", "%{http_code}"])
            .args(arguments),
    )
}

/// F24-04.
#[test]
fn listener_app_host_by_curl() {
    if !enabled("listener_app_host_by_curl") {
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let host = Command::new(program())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut host = KillOnDrop(host.unwrap());
    let mut input = host.0.stdin.take().unwrap();
    let lines = BufReader::new(host.0.stdout.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    let url = lines.find_map(|line| line.strip_prefix("Listening at ").map(str::to_owned));
    let url = url.unwrap();
    let page = |list: &str| {
        format!(
            "<html><body><ul>{list}</ul><form method=\"post\"><input name=\"name\">\
             <input name=\"text\"><input type=\"submit\"></form></body></html>\n200"
        )
    };
    let guestbook = format!("{url}guestbook/");
    assert_eq!(curl(&[&guestbook]), page(""));
    let fields = [
        "--data-urlencode",
        "name=J\u{fc}rgen",
        "--data-urlencode",
        "text=a < b & c",
    ];
    let entry = "<li>J&#252;rgen: a &lt; b &amp; c</li>";
    assert_eq!(curl(&[&fields[..], &[&guestbook]].concat()), page(entry));
    assert_eq!(curl(&[&guestbook]), page(entry));
    let error = "<html><body>The application guestbook failed.</body></html>\n500";
    assert_eq!(curl(&[&format!("{guestbook}fail")]), error);

    let (sent, got) = (folder.path().join("sent"), folder.path().join("got"));
    std::fs::write(&sent, pattern(2_000_000)).unwrap();
    let address = format!("{url}files/one");
    let put = curl(&["-T", sent.to_str().unwrap(), &address]);
    assert_eq!(put, "<html><body>2000000 bytes.</body></html>\n201");
    assert_eq!(curl(&["-o", got.to_str().unwrap(), &address]), "200");
    assert!(std::fs::read(&got).unwrap() == pattern(2_000_000));

    // An upload that is under way when its application is taken away.
    let mut upload = Command::new("curl")
        .args([
            "-sS",
            "--max-time",
            "60",
            "-H",
            "Expect:",
            "-T",
            "-",
            &format!("{url}files/slow"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut body = upload.stdin.take().unwrap();
    body.write_all(b"first").unwrap();
    assert!(lines.any(|line| line == "receiving slow"));
    writeln!(input, "unload files").unwrap();
    assert!(lines.any(|line| line == "unloading files"));
    assert!(curl(&[&address]).ends_with("404"));
    assert_eq!(curl(&[&guestbook]), page(entry), "the other goes on");
    body.write_all(b" half").unwrap();
    drop(body);
    let answered = upload.wait_with_output().unwrap();
    assert!(answered.status.success());
    assert_eq!(answered.stdout, b"<html><body>10 bytes.</body></html>\n");
    assert!(lines.any(|line| line == "unloaded files"));
    drop(input);
    assert!(host.0.wait().unwrap().success());
}
