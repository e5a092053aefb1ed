//! `fuzz`: the libFuzzer targets of `tests/fuzz`, built by the stable compiler with the coverage
//! that its LLVM offers. The package is a workspace of its own; the inputs that plain `cargo test`
//! replays are the seeds, what a run finds stays in `tests/fuzz/corpus`.

use std::fs;
use std::path::PathBuf;

use crate::workspace::{
    Counts, Failure, Outcome, Workspace, capture, find_program, run as run_command, shown,
};

const FOLDER: &str = "tests/fuzz";

/// Folders of inputs that are kept with the crates, by target.
const SEEDS: &[(&str, &str)] = &[
    ("configuration", "config-samples"),
    ("configuration", "crates/system-net-config/tests/corpus"),
    ("configuration", "tests/conformance/guide-config"),
    (
        "http_client",
        "crates/system-net-http-proto/tests/corpus/client",
    ),
    (
        "http_server",
        "crates/system-net-http-proto/tests/corpus/server",
    ),
    (
        "http_differential",
        "crates/system-net-http-proto/tests/corpus/client",
    ),
    (
        "http_differential",
        "crates/system-net-http-proto/tests/corpus/server",
    ),
    ("netrc", "crates/system-net-security/tests/corpus/netrc"),
    ("uri", "crates/system-net-uri/tests/corpus"),
    ("cookie", "crates/system-net-primitives/tests/corpus"),
];

/// What makes the stable compiler report coverage to libFuzzer.
const COVERAGE_FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Which targets run, and for how long.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Only these targets
    targets: Vec<String>,
}

impl Options {
    pub(crate) fn of_seconds(seconds: u64) -> Self {
        Self {
            seconds,
            targets: Vec::new(),
        }
    }
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> Outcome {
    let targets = targets(workspace)?;
    if let Some(unknown) = options.targets.iter().find(|name| !targets.contains(name)) {
        let known = targets.join(", ");
        return Err(Failure::new(format!(
            "there is no fuzz target {unknown}, only {known}"
        )));
    }
    if find_program("c++").is_none() {
        println!("skipped: libFuzzer needs a C++ compiler, and there is none");
        return Ok(Counts::skipped(1));
    }
    let built = workspace.target_directory()?.join("fuzz");
    let mut build = workspace.cargo(&["build", "--release", "--manifest-path"]);
    build.arg(workspace.path(FOLDER).join("Cargo.toml"));
    build
        .env("CARGO_TARGET_DIR", &built)
        .env("RUSTFLAGS", COVERAGE_FLAGS);
    // With a target named, the flags stay away from build scripts and macros.
    build.args(["--target", &host(workspace)?]);
    run_command(&mut build)?;
    let programs = built.join(host(workspace)?).join("release");
    for target in targets {
        if options.targets.is_empty() || options.targets.contains(&target) {
            run_target(&target, programs.join(&target), options.seconds, workspace)?;
        }
    }
    Ok(Counts::default())
}

fn run_target(target: &str, program: PathBuf, seconds: u64, workspace: &Workspace) -> Outcome {
    println!("{target}: {seconds} s");
    let corpus = workspace.path(FOLDER).join("corpus").join(target);
    let artifacts = workspace.path(FOLDER).join("artifacts").join(target);
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder)
            .map_err(|error| Failure::new(format!("cannot make {}: {error}", folder.display())))?;
    }
    let mut command = workspace.command(program);
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.args([
        "-print_final_stats=1",
        "-verbosity=0",
        "-timeout=10",
        "-rss_limit_mb=2048",
    ]);
    command.arg(corpus);
    for (_, seeds) in SEEDS.iter().filter(|(name, _)| *name == target) {
        command.arg(workspace.path(seeds));
    }
    let output = command
        .output()
        .map_err(|error| Failure::new(format!("cannot start {}: {error}", shown(&command))))?;
    // A long dictionary comes with every run; what it found is in the figures, or is a crash.
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        said.lines()
            .filter(|line| line.starts_with("stat::"))
            .for_each(|line| println!("{line}"));
        return Ok(Counts::default());
    }
    println!("{said}");
    Err(Failure::new(format!(
        "{target} ended with {}; see {}",
        output.status,
        artifacts.display()
    )))
}

/// The names of the targets: the files in the package's `src/bin`.
fn targets(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let prefix = format!("{FOLDER}/src/bin/");
    let files = workspace.files()?;
    Ok(files
        .iter()
        .filter_map(|file| file.strip_prefix(&prefix)?.strip_suffix(".rs"))
        .map(str::to_owned)
        .collect())
}

fn host(workspace: &Workspace) -> Result<String, Failure> {
    let version = capture(workspace.command("rustc").arg("-vV"))?;
    version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| Failure::new("rustc -vV names no host"))
}
