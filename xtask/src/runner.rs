//! Runs a test command, shows the part of its output that a reader wants, and counts: passed,
//! failed, ignored, and the lines `skipped: reason` that a test prints when it could not do its
//! work on this machine.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::workspace::{Counts, Failure, Outcome, shown};

/// Runs the command, whose runner must be libtest called with `--show-output` or `--nocapture`.
pub(crate) fn run_tests(command: &mut Command) -> Outcome {
    let cannot = |error: std::io::Error, what: &str| Failure::new(format!("{what}: {error}"));
    let name = shown(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| cannot(error, &format!("cannot start {name}")))?;
    let mut reader = Reader::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(|error| cannot(error, &format!("reading from {name}")))?;
            let line = String::from_utf8_lossy(&line);
            if reader.line(&line) {
                println!("{line}");
            }
        }
    }
    let status = child
        .wait()
        .map_err(|error| cannot(error, &format!("waiting for {name}")))?;
    for reason in &reader.skipped {
        println!("skipped: {reason}");
    }
    let counts = reader.counts();
    match (status.success(), counts.failed) {
        (true, 0) => Ok(counts),
        (true, failed) => Err(Failure {
            message: format!("{name}: {failed} failed, though it ended with success"),
            counts,
        }),
        (false, 0) => Err(Failure {
            message: format!("{name} ended with {status} before its tests"),
            counts,
        }),
        (false, failed) => Err(Failure {
            message: format!("{name}: {failed} test(s) failed"),
            counts,
        }),
    }
}

/// Reads libtest's output line by line.
#[derive(Debug, Default)]
struct Reader {
    passed: usize,
    failed: usize,
    ignored: usize,
    skipped: Vec<String>,
    in_successes: bool,
}

impl Reader {
    /// Takes one line; true if it is worth showing.
    fn line(&mut self, line: &str) -> bool {
        if let Some(reason) = skip_reason(line) {
            self.skipped.push(reason.to_owned());
            return false;
        }
        if line == "successes:" {
            self.in_successes = true;
        } else if line == "failures:" {
            self.in_successes = false;
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.in_successes = false;
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
            self.ignored += number_before(result, " ignored");
            // Most binaries have no tests of their own (examples, programs): nothing to say.
            return !result.contains(" 0 passed; 0 failed; 0 ignored");
        }
        let routine = line.is_empty()
            || line.starts_with("running ")
            || (line.starts_with("test ") && line.ends_with("... ok"));
        !self.in_successes && !routine
    }

    fn counts(&self) -> Counts {
        Counts {
            passed: self.passed,
            failed: self.failed,
            skipped: self.ignored + self.skipped.len(),
        }
    }
}

fn skip_reason(line: &str) -> Option<&str> {
    // With `--nocapture` the runner's own `test name ... ` may stand before it on the line.
    let (before, reason) = line.split_once("skipped: ")?;
    (before.trim().is_empty() || before.ends_with("... ")).then(|| reason.trim())
}

fn number_before(text: &str, unit: &str) -> usize {
    text.find(unit)
        .and_then(|end| text[..end].rsplit([' ', ';']).next()?.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, counts: (usize, usize, usize), shown: &[&str]) {
        let mut reader = Reader::default();
        let lines: Vec<&str> = output.lines().filter(|line| reader.line(line)).collect();
        let (passed, failed, skipped) = counts;
        assert_eq!(
            reader.counts(),
            Counts {
                passed,
                failed,
                skipped
            }
        );
        assert_eq!(lines, shown);
    }

    #[test]
    fn output_of_passing_tests_is_hidden_but_skips_are_counted() {
        let result = "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out";
        let output = format!(
            "\nrunning 3 tests\ntest a ... ok\ntest b ... ok\n\nsuccesses:\n\n---- a stdout ----\n\
             chatter\nskipped: no IPv6 here\n\nsuccesses:\n    a\n\n{result}\n"
        );
        check(&output, (2, 0, 2), &[result]);
    }

    #[test]
    fn failures_are_shown_whole() {
        let result = "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured";
        let output = format!(
            "test a ... ok\ntest b ... FAILED\n\nsuccesses:\n    a\n\nfailures:\n\n\
             ---- b stdout ----\nthread 'b' panicked\n\nfailures:\n    b\n\n{result}"
        );
        let shown = [
            "test b ... FAILED",
            "failures:",
            "---- b stdout ----",
            "thread 'b' panicked",
        ];
        let mut shown = shown.to_vec();
        shown.extend(["failures:", "    b", result]);
        check(&output, (1, 1, 0), &shown);
    }

    #[test]
    fn several_binaries_add_up_and_empty_ones_are_silent() {
        let empty = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured";
        let full = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured";
        check(
            &format!("{full}\n{empty}\n{full}"),
            (24, 0, 0),
            &[full, full],
        );
    }

    #[test]
    fn uncaptured_skips_are_counted_too() {
        check("test a ... skipped: not root\nok", (0, 0, 1), &["ok"]);
        check(
            "it said it skipped: nothing",
            (0, 0, 0),
            &["it said it skipped: nothing"],
        );
    }
}
