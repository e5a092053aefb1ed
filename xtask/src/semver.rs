//! `semver`: whether the public API still keeps the promises of the newest release, by
//! cargo-semver-checks, which is built into the target folder where the machine has none.

use crate::workspace::{Counts, Outcome, Workspace, capture, run as run_command};

/// Compares the public API with the newest release, which is the newest `v…` tag.
pub(crate) fn run(workspace: &Workspace) -> Outcome {
    let mut tags = workspace.command("git");
    let tags = capture(tags.args(["tag", "--list", "v[0-9]*", "--sort=-version:refname"]))?;
    let Some(baseline) = tags.lines().next() else {
        println!("skipped: nothing is published yet, so there is no API to compare with");
        return Ok(Counts::skipped(1));
    };
    let mut command = workspace.command(workspace.cargo_tool("cargo-semver-checks")?);
    run_command(command.args(["semver-checks", "--workspace", "--baseline-rev", baseline]))
}
