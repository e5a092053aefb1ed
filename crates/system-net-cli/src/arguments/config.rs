//! The command line of `sysnet config`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show every setting, the file and place it comes from, or that it is the default
    Show(Show),
    /// Tell all that is wrong with files, what in them nothing acts on, and what makes TLS worse than it
    /// can be; files that end in .reg are of the Windows registry
    Check(Check),
    /// Show which versions of TLS connections speak, and whether the program, a switch, the registry or
    /// the target framework decides that
    Tls(PolicyOfTls),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The application's file, as --config; the machine's file is read before it
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "config")]
    pub(crate) file: Option<PathBuf>,
    /// Leave out what no file sets
    #[arg(long)]
    pub(crate) set: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The files, each by itself; - for stdin
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Fail for warnings too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyOfTls {
    /// The keys of the Windows registry, from a file that regedit exports
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) registry: Option<PathBuf>,
    /// Take the keys of programs of 32 bits, under Wow6432Node
    #[arg(long, requires = "registry")]
    pub(crate) wow64: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
