//! Runs both graders over the vendored recordings, so that a plain `cargo test` has them: `oracle`
//! over `conformance/`, `wire` over `wire/`. The programs take other files too; see `cargo xtask
//! oracle` and `cargo xtask wire`.
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Every recording below a folder.
fn recordings(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            // Texts of browsers, not recorded rows: the tests of the crate read them.
            if !path.ends_with("wpt") {
                recordings(&path, found);
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            found.push(path);
        }
    }
}

/// Runs a grader; its report, which the test shows when it is not clean.
#[track_caller]
fn grade(program: &str, arguments: &[PathBuf]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{report}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    report
}

#[test]
fn recorded_rows_are_answered() {
    let mut files = Vec::new();
    recordings(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/conformance")),
        &mut files,
    );
    assert!(files.len() >= 6, "{files:?}");
    let report = grade(env!("CARGO_BIN_EXE_oracle"), &files);
    // Each vendored operation is really run.
    for op in [
        "uri",
        "combine",
        "hdr",
        "ip",
        "credcache",
        "netcred",
        "cookies",
        "cookie",
        "webutil",
        "addrange",
        "reqprops",
        "regprefix",
    ] {
        let line = report
            .lines()
            .find(|line| line.split_whitespace().next() == Some(op))
            .unwrap();
        let columns: Vec<&str> = line.split_whitespace().collect();
        assert!(columns[1].parse::<usize>().unwrap() > 0, "{line}");
        assert_eq!(columns[8], "0", "{line}");
    }
}

/// What real proxies of .NET serve, and how their addresses are made.
#[test]
fn web_proxy_rows() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/proxy/rows.jsonl");
    let report = grade(env!("CARGO_BIN_EXE_oracle"), &[file]);
    for (op, rows) in [("webproxy", "32"), ("webproxy2", "5")] {
        let line = report
            .lines()
            .find(|line| line.split_whitespace().next() == Some(op))
            .unwrap();
        let columns: Vec<&str> = line.split_whitespace().collect();
        assert_eq!((columns[1], columns[8]), (rows, "0"), "{line}");
    }
}

#[test]
fn captures_are_replayed() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/wire"));
    let report = grade(env!("CARGO_BIN_EXE_wire"), &[folder]);
    let last = report.lines().last().unwrap();
    assert!(last.ends_with("0 failed, 0 without a scenario"), "{last}");
}
