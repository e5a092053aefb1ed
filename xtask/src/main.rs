//! The workspace's own chores, run as `cargo xtask COMMAND`: one file per command, and three that
//! several commands share ([`workspace`], [`source`], [`runner`]). It depends on no crate of the
//! workspace, so that it builds and reports while they do not.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program for the terminal: it prints, measures its steps and reads its environment"
)]

mod api_map;
mod bench;
mod bite;
mod ci;
mod docs;
mod features;
mod forward;
mod fuzz;
mod interop;
mod layers;
mod matrix;
mod msrv;
mod oracle;
mod package;
mod runner;
mod secrets;
mod semver;
mod source;
mod test;
mod tidy;
mod wire;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::{Outcome, Workspace};

/// The workspace's own chores.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    disable_version_flag = true,
    max_term_width = 100
)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything a change has to pass, with the time each step took
    Ci(ci::Options),
    /// Unit, integration, documentation and example tests: no root, no internet
    Test(test::Options),
    /// The tests once more, with everything traced: the password of their logins is nowhere
    Secrets(secrets::Options),
    /// The same library and program against real peers (installs them where it may)
    Interop(interop::Options),
    /// The arrows between the crates, their third-party crates, and what sources may name
    Layers,
    /// File heads, lengths, names and other things a reader trips over
    Tidy,
    /// Checks docs/features.md: each row marked done names tests that exist; prints the counts
    Features(features::Options),
    /// Which .NET types and members have a counterpart here: writes docs/porting/api-map.md
    ApiMap(api_map::Options),
    /// Mutation tests of protocol cores and guards: fails on a survivor docs/testing.md does not list
    Bite(bite::Options),
    /// Runs the benchmarks of tests/bench and prints the table
    Bench(bench::Options),
    /// Runs the fuzz targets of tests/fuzz
    Fuzz(fuzz::Options),
    /// Grades the public API against recorded rows (JSON lines)
    Oracle(forward::Options),
    /// Replays recorded conversations against the public API
    Wire(forward::Options),
    /// Builds the documentation without a warning and checks the links of the pages
    Docs,
    /// Checks what each crate would publish
    Package,
    /// Lints every feature set of the written list, each package alone
    Matrix,
    /// Whether the oldest compiler that the manifest promises is enough
    Msrv,
    /// Compares the public API with the newest release
    Semver,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match dispatch(options.command, &Workspace::locate()) {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.message);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command, workspace: &Workspace) -> Outcome {
    match command {
        Command::Ci(options) => ci::run(&options, workspace),
        Command::Test(options) => test::run(&options, workspace),
        Command::Secrets(options) => secrets::run(&options, workspace),
        Command::Interop(options) => interop::run(&options, workspace),
        Command::Layers => layers::run(workspace),
        Command::Tidy => tidy::run(workspace),
        Command::Features(options) => features::run(&options, workspace),
        Command::ApiMap(options) => api_map::run(&options, workspace),
        Command::Bite(options) => bite::run(&options, workspace),
        Command::Bench(options) => bench::run(&options, workspace),
        Command::Fuzz(options) => fuzz::run(&options, workspace),
        Command::Oracle(options) => oracle::run(&options, workspace),
        Command::Wire(options) => wire::run(&options, workspace),
        Command::Docs => docs::run(workspace),
        Command::Package => package::run(workspace),
        Command::Matrix => matrix::run(workspace),
        Command::Msrv => msrv::run(workspace),
        Command::Semver => semver::run(workspace),
    }
}
