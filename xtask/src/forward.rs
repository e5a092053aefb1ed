//! Hands a command's arguments to a program of the `tests` package, as they are.

use crate::workspace::{Outcome, Workspace, run};

/// Whatever stands after the command.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Arguments of the program; `-- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    arguments: Vec<String>,
}

/// Builds and runs a program of the `system-net-tests` package. The caller's folder stays the
/// current one, so that relative paths mean what they say.
pub(crate) fn to_test_program(program: &str, options: &Options, workspace: &Workspace) -> Outcome {
    let mut command = workspace.cargo(&["run", "--quiet", "--release", "--manifest-path"]);
    command.arg(workspace.path("tests/Cargo.toml"));
    command
        .args(["--bin", program, "--"])
        .args(&options.arguments);
    if let Ok(here) = std::env::current_dir() {
        command.current_dir(here);
    }
    run(&mut command)
}
