//! `test`: every test that needs neither root nor the internet: unit, integration, documentation,
//! and the examples, which tests of the facade run as programs.

use crate::runner::run_tests;
use crate::workspace::{Counts, Failure, Outcome, Workspace};

/// What to run.
#[derive(Default, clap::Args)]
pub(crate) struct Options {
    /// Only this package
    #[arg(short, long)]
    package: Option<String>,
    /// Only tests whose path contains one of these
    filters: Vec<String>,
}

const SEED: &str = "PROPTEST_RNG_SEED";

/// Tests of what is left without a feature, by package: in a build of the whole workspace, which
/// unifies features, they only see the opposite.
const WITHOUT_FEATURES: &[(&str, &str)] = &[("system-net-config", "trace_compiled_out")];

/// Programs of tests that do their whole work only when asked to, and are asked by `ci`; each is a
/// program of its own. In a build of the whole workspace, so that nothing is built anew for them.
const SLOW: &[&str] = &["churn", "fuzz"];

/// What has the slow tests do their work.
const SLOW_VARIABLE: &str = "SYSTEM_NET_SLOW";

/// The slow tests, at their full length.
pub(crate) fn run_slow(workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo(&["test", "--no-fail-fast", "--workspace"]);
    for program in SLOW {
        command.args(["--test", program]);
    }
    run_tests(command.env(SLOW_VARIABLE, "1"))
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo(&["test", "--no-fail-fast"]);
    match &options.package {
        Some(package) => command.args(["--package", package]),
        None => command.arg("--workspace"),
    };
    command.args(["--", "--show-output"]).args(&options.filters);
    // One seed for the property tests, unless another is asked for: a change is judged by what it
    // changed. New inputs come from fuzzing, or from PROPTEST_RNG_SEED.
    if std::env::var_os(SEED).is_none() {
        command.env(SEED, "1");
    }
    let mut outcome = run_tests(&mut command);
    if options.package.is_none() && options.filters.is_empty() {
        for (package, test) in WITHOUT_FEATURES {
            let mut alone = workspace.cargo(&["test", "--package", package, "--test", "it"]);
            outcome = both(outcome, run_tests(alone.args(["--", test])));
        }
    }
    println!("{}", counts(&outcome).line());
    outcome
}

/// The outcome of two runs, with the counts of both; the first failure is told.
fn both(first: Outcome, second: Outcome) -> Outcome {
    let mut sum = counts(&first);
    sum.add(counts(&second));
    match first.and(second) {
        Ok(_) => Ok(sum),
        Err(failure) => Err(Failure {
            counts: sum,
            ..failure
        }),
    }
}

const fn counts(outcome: &Outcome) -> Counts {
    match outcome {
        Ok(counts) => *counts,
        Err(failure) => failure.counts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_two_runs_are_added_and_a_failure_stays() {
        let of = |passed, failed| Counts {
            passed,
            failed,
            ..Counts::default()
        };
        assert_eq!(counts(&both(Ok(of(1, 0)), Ok(of(2, 0)))).passed, 3);
        let failed = || {
            Err(Failure {
                message: "one".to_owned(),
                counts: of(0, 1),
            })
        };
        for outcome in [both(failed(), Ok(of(2, 0))), both(Ok(of(2, 0)), failed())] {
            let failure = outcome.unwrap_err();
            assert_eq!(failure.message, "one");
            assert_eq!((failure.counts.passed, failure.counts.failed), (2, 1));
        }
    }
}
