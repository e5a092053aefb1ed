//! What an operation costs.

use std::path::PathBuf;
use std::process::Command;

/// The goal: a context takes at most this part of the instructions of Begin/End.
const AT_MOST: f64 = 0.7;

/// The example that cargo has built beside this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let program: PathBuf = [
        profile,
        "examples".as_ref(),
        "operation_instructions".as_ref(),
    ]
    .iter()
    .collect();
    assert!(
        program.exists(),
        "{} is missing: build it with `cargo build --examples`",
        program.display()
    );
    program
}

/// The instructions of a run in user space, all threads together.
fn instructions(form: &str, rounds: u32) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program())
        .args([form, &rounds.to_string()])
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    let line = report.lines().find(|line| line.contains("Collected"));
    let count = line.unwrap().rsplit(' ').next().unwrap();
    count.replace(',', "").parse().unwrap()
}

#[test]
fn saea_vs_apm() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: saea_vs_apm counts instructions with valgrind, which is not installed");
        return;
    }
    // The slope between two numbers of rounds: what is done once is out of it.
    let per_round = |form| (instructions(form, 500) - instructions(form, 100)) / 400.0;
    let (saea, apm) = (per_round("saea"), per_round("apm"));
    println!("instructions per round: {saea:.0} with contexts, {apm:.0} with Begin/End");
    assert!(saea > 0.0 && apm > 0.0);
    assert!(
        saea <= AT_MOST * apm,
        "{saea:.0} is more than {AT_MOST} of {apm:.0}"
    );
}
