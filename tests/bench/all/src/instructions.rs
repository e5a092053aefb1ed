//! Instructions of a whole run, counted by callgrind.

use std::path::Path;
use std::process::Command;

/// Whether valgrind can be run.
pub(crate) fn available() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}

/// The instructions of one run in user space; `None` when it fails.
pub(crate) fn count(binary: &Path, arguments: &[String]) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
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
    if !output.status.success() {
        return None;
    }
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = report.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(' ').next()?.parse().ok()
}
