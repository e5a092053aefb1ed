//! Instructions of a whole run, counted by callgrind, and allocations, counted by memcheck.

use std::path::Path;
use std::process::Command;

/// Whether valgrind can be run.
pub(crate) fn available() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}

/// The instructions of one run in user space; `None` when it fails.
pub(crate) fn count(binary: &Path, arguments: &[String]) -> Option<f64> {
    let tool = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let report = report(&tool, binary, arguments)?;
    let line = report.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// The allocations of one run; `None` when it fails.
pub(crate) fn allocations(binary: &Path, arguments: &[String]) -> Option<f64> {
    let report = report(&["--tool=memcheck", "--leak-check=no"], binary, arguments)?;
    let (_, figures) = report.split_once("total heap usage: ")?;
    let (count, _) = figures.split_once(" allocs")?;
    count.replace(',', "").parse().ok()
}

/// What valgrind says about a run.
fn report(tool: &[&str], binary: &Path, arguments: &[String]) -> Option<String> {
    let output = Command::new("valgrind")
        .args(tool)
        .arg(binary)
        .args(arguments)
        // valgrind counts each byte of `rep movsb`: keep the C library's copies on vectors.
        .env(
            "GLIBC_TUNABLES",
            "glibc.cpu.x86_rep_movsb_threshold=4294967295:\
             glibc.cpu.x86_rep_stosb_threshold=4294967295",
        )
        .output()
        .ok()?;
    let text = || String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then(text)
}
