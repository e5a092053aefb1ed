//! The command line of `sysnet config`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Show every setting, the file and place it comes from, or that it is the default
    Show(Show),
    /// Tell all that is wrong with files, and what in them nothing acts on
    Check(Check),
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
