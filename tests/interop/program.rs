//! `sysnet` against nginx: what it prints, what it writes, and its exit codes, which are curl's.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use system_net_testkit::{Blackhole, refused_port};

use crate::nginx::Nginx;
use crate::{assert_same, enabled, make_big_file};

/// Runs the program; its exit code and what it printed.
#[track_caller]
pub(crate) fn sysnet(arguments: &[&str]) -> (i32, Vec<u8>) {
    let output = Command::new(binary()).args(arguments).output().unwrap();
    if !output.stderr.is_empty() {
        println!(
            "sysnet {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    (output.status.code().unwrap(), output.stdout)
}

/// The program, built with the profile of this test and found beside it.
pub(crate) fn binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut build = Command::new(cargo);
        build.args([
            "build",
            "--quiet",
            "--package",
            "system-net-cli",
            "--manifest-path",
        ]);
        build.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "sysnet does not build");
        // This test is target/PROFILE/deps/interop-HASH.
        let own = std::env::current_exe().unwrap();
        own.ancestors().nth(2).unwrap().join("sysnet")
    })
}

#[test]
fn prints_the_body() {
    if !enabled("prints_the_body") {
        return;
    }
    let nginx = Nginx::plain("location = /to { return 302 /hello.txt; }");
    nginx.write("hello.txt", "hello\n");
    assert_eq!(
        sysnet(&["get", &nginx.url("/hello.txt")]),
        (0, b"hello\n".to_vec())
    );
    assert_eq!(
        sysnet(&["get", "-L", &nginx.url("/to")]),
        (0, b"hello\n".to_vec())
    );
    let (code, head) = sysnet(&["get", "-I", &nginx.url("/hello.txt")]);
    let head = String::from_utf8(head).unwrap();
    assert_eq!(code, 0);
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert!(
        head.to_ascii_lowercase().contains("content-length: 6"),
        "{head}"
    );
}

#[test]
fn redirects_are_shown_on_demand() {
    if !enabled("redirects_are_shown_on_demand") {
        return;
    }
    let nginx = Nginx::plain("location = /to { return 302 /hello.txt; }");
    nginx.write("hello.txt", "hello\n");
    let (code, page) = sysnet(&["get", "--no-location", &nginx.url("/to")]);
    assert_eq!(code, 0);
    assert!(String::from_utf8_lossy(&page).contains("302 Found"));
}

#[test]
fn put_sends_the_file() {
    if !enabled("put_sends_the_file") {
        return;
    }
    let nginx = Nginx::plain("dav_methods PUT;");
    let source = nginx.scratch("source");
    make_big_file(&source, 5_000_000);
    let (code, _) = sysnet(&["put", source.to_str().unwrap(), &nginx.url("/target")]);
    assert_eq!(code, 0);
    let (sent, stored) = (
        File::open(source).unwrap(),
        File::open(nginx.file("target")).unwrap(),
    );
    assert_eq!(assert_same(sent, stored), 5_000_000);
}

#[test]
fn not_found_prints_the_servers_page() {
    if !enabled("not_found_prints_the_servers_page") {
        return;
    }
    let nginx = Nginx::plain("error_page 404 /missing.txt;");
    nginx.write("missing.txt", "nothing here\n");
    assert_eq!(
        sysnet(&["get", &nginx.url("/no")]),
        (0, b"nothing here\n".to_vec())
    );
    assert_eq!(sysnet(&["get", "-f", &nginx.url("/no")]), (22, Vec::new()));
}

#[test]
fn big_file_goes_to_disk() {
    if !enabled("big_file_goes_to_disk") {
        return;
    }
    let nginx = Nginx::plain("");
    make_big_file(&nginx.file("big"), 1 << 30);
    let target = nginx.scratch("downloaded");
    let (code, printed) = sysnet(&["get", &nginx.url("/big"), "-o", target.to_str().unwrap()]);
    assert_eq!((code, printed.len()), (0, 0));
    assert_same(
        File::open(&target).unwrap(),
        File::open(nginx.file("big")).unwrap(),
    );
}

#[test]
fn exit_codes_are_curls() {
    if !enabled("exit_codes_are_curls") {
        return;
    }
    let refused = format!("http://{}/", refused_port());
    let hole = Blackhole::new();
    let swallowed = format!("http://{}/", hole.address());
    for (arguments, code) in [
        (vec!["get", refused.as_str()], 7),
        (vec!["get", "http://no-such-host.invalid/"], 6),
        (vec!["get", "-m", "1", swallowed.as_str()], 28),
        (vec!["get", "nosuchscheme://h/"], 1),
        (vec!["get", "http://a b/"], 3),
    ] {
        assert_eq!(sysnet(&arguments).0, code, "{arguments:?}");
    }
}
