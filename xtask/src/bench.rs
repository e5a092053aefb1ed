//! `bench`: the benchmarks of `tests/bench`, a workspace of its own so that the peers it measures
//! us against never slow the normal build.

use crate::workspace::{Outcome, Workspace, run as run_command};

/// Options of the benchmarks themselves.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Arguments of the benchmark program; `-- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo(&["run", "--quiet", "--release", "--manifest-path"]);
    command.arg(workspace.path("tests/bench/Cargo.toml"));
    command
        .args(["--bin", "bench-all", "--"])
        .args(&options.arguments);
    run_command(&mut command)
}
