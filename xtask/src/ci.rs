//! `ci`: everything a change has to pass, in the order in which a mistake shows soonest. A failed
//! step does not stop the others; the end says what failed, where the time went, and the counts of
//! all test runners.

use std::time::{Duration, Instant};

use crate::workspace::{Counts, Failure, Outcome, Workspace, capture, run as run_command};
use crate::{
    api_map, bite, docs, features, fuzz, interop, layers, matrix, msrv, package, secrets, semver,
    test, tidy,
};

/// How much to do.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also the feature matrix, real peers, long fuzz runs, licences and advisories, mutation
    /// tests and the comparison with the published API
    #[arg(long)]
    full: bool,
    /// Only these steps, such as `--only fmt,tidy,docs`
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// Seconds for each fuzz target in a full run.
const LONG_FUZZ_SECONDS: u64 = 300;

type Step = (&'static str, fn(&Workspace) -> Outcome);

/// What every run does.
const STEPS: &[Step] = &[
    ("fmt", fmt),
    ("tidy", tidy::run),
    ("layers", layers::run),
    ("features", |workspace| {
        features::run(&features::Options::default(), workspace)
    }),
    ("api-map", |workspace| {
        api_map::run(&api_map::Options { check: true }, workspace)
    }),
    ("package", package::run),
    ("clippy", clippy),
    ("test", |workspace| {
        test::run(&test::Options::default(), workspace)
    }),
    ("slow", |workspace| test::run_slow(workspace)),
    ("secrets", |workspace| {
        secrets::run(&secrets::Options::default(), workspace)
    }),
    ("docs", docs::run),
];

/// What a full run does after these.
const FULL_STEPS: &[Step] = &[
    ("matrix", matrix::run),
    ("interop", |workspace| {
        interop::run(&interop::Options::default(), workspace)
    }),
    ("own workspaces", own_workspaces),
    ("deny", deny),
    ("advisories", advisories),
    ("msrv", msrv::run),
    ("semver", semver::run),
    ("fuzz", |workspace| {
        fuzz::run(&fuzz::Options::of_seconds(LONG_FUZZ_SECONDS), workspace)
    }),
    ("bite", |workspace| {
        bite::run(&bite::Options::default(), workspace)
    }),
];

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
    let mut steps = STEPS.to_vec();
    if options.full || !options.only.is_empty() {
        steps.extend(FULL_STEPS);
    }
    if !options.only.is_empty() {
        let known = |name: &String| steps.iter().any(|(step, _)| step == name);
        if let Some(unknown) = options.only.iter().find(|name| !known(name)) {
            return Err(Failure::new(format!("ci has no step {unknown}")));
        }
        steps.retain(|(step, _)| options.only.iter().any(|name| name == step));
    }
    let mut counts = Counts::default();
    let mut times = Vec::new();
    let mut failures = Vec::new();
    for (name, step) in steps {
        println!("\n=== {name}");
        let start = Instant::now();
        let outcome = step(workspace);
        times.push((name, start.elapsed(), outcome.is_ok()));
        match outcome {
            Ok(done) => counts.add(done),
            Err(failure) => {
                println!("{}", failure.message);
                counts.add(failure.counts);
                failures.push(name);
            }
        }
    }
    println!("\n=== time");
    for (name, time, passed) in &times {
        println!(
            "{:>8}  {name}{}",
            shown(*time),
            if *passed { "" } else { "  FAILED" }
        );
    }
    println!(
        "{:>8}  in all\n",
        shown(times.iter().map(|(_, time, _)| *time).sum())
    );
    if !failures.is_empty() {
        println!("failed: {}", failures.join(", "));
    }
    // The closing line, alone on its line; a failed check without tests shows in the exit code.
    println!("{}", counts.line());
    if failures.is_empty() {
        Ok(counts)
    } else {
        Err(Failure {
            message: format!("ci failed: {}", failures.join(", ")),
            counts,
        })
    }
}

fn fmt(workspace: &Workspace) -> Outcome {
    run_command(&mut workspace.cargo(&["fmt", "--all", "--check"]))
}

/// Each package alone: together they would unify their features, and a package that only builds
/// in company would not show.
fn clippy(workspace: &Workspace) -> Outcome {
    let mut failed = Vec::new();
    for package in workspace.packages()? {
        let name: &str = package.name.as_ref();
        let start = Instant::now();
        let mut command = workspace.cargo(&["clippy", "--quiet", "--all-targets", "-p", name]);
        command.args(["--", "-D", "warnings"]);
        let passed = run_command(&mut command).is_ok();
        println!(
            "{:>8}  {name}{}",
            shown(start.elapsed()),
            if passed { "" } else { "  FAILED" }
        );
        if !passed {
            failed.push(name.to_owned());
        }
    }
    Failure::unless_empty("clippy, packages with warnings", &failed)
}

/// The workspaces under `tests/` that stay out of the root's, formatted and linted.
fn own_workspaces(workspace: &Workspace) -> Outcome {
    for manifest in ["tests/bench/Cargo.toml", "tests/fuzz/Cargo.toml"] {
        if workspace.path(manifest).exists() {
            let tools: [&[&str]; 2] = [
                &["fmt", "--all", "--check"],
                &["clippy", "--quiet", "--", "-D", "warnings"],
            ];
            for tool in tools {
                let mut command = workspace.cargo(&[tool[0], "--manifest-path", manifest]);
                run_command(command.args(&tool[1..]))?;
            }
        }
    }
    Ok(Counts::default())
}

fn deny(workspace: &Workspace) -> Outcome {
    let mut command = workspace.command(workspace.cargo_tool("cargo-deny")?);
    run_command(command.args(["check", "licenses", "bans", "sources"]))
}

/// The database of advisories lies on a server. A machine that cannot reach it learns nothing, and
/// that is counted, not hidden.
fn advisories(workspace: &Workspace) -> Outcome {
    let program = workspace.cargo_tool("cargo-deny")?;
    if capture(workspace.command(&program).arg("fetch")).is_err() {
        println!("skipped: the database of advisories cannot be reached");
        return Ok(Counts::skipped(1));
    }
    let mut command = workspace.command(&program);
    run_command(command.args(["check", "--disable-fetch", "advisories"]))
}

fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        assert_eq!(shown(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(shown(Duration::from_secs(125)), "2 min 05 s");
    }
}
