//! `test`: every test that needs neither root nor the internet: unit, integration, documentation,
//! and the examples, which tests of the facade run as programs.

use crate::runner::run_tests;
use crate::workspace::{Outcome, Workspace};

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
    let outcome = run_tests(&mut command);
    let counts = match &outcome {
        Ok(counts) => *counts,
        Err(failure) => failure.counts,
    };
    println!("{}", counts.line());
    outcome
}
