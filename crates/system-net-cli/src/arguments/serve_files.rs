//! What `serve` shows of its folder, and what it writes down.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::values::{PlannedFault, fault, rate};

#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct ServeFiles {
    /// Answer addresses that name nothing with /index.html, unless their last part has a dot
    #[arg(long, conflicts_with = "echo")]
    pub(crate) spa: bool,
    /// Serve files and folders whose names begin with a dot too
    #[arg(long, conflicts_with = "echo")]
    pub(crate) dot_files: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Log and limits")]
pub(crate) struct ServeLog {
    /// Write a line for each request to this file, behind what is there, or with - to stdout, instead of
    /// short ones to stderr
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) log: Option<PathBuf>,
    /// The lines of --log
    #[arg(long, value_enum, value_name = "FORMAT", requires = "log", default_value_t = LogFormat::W3c)]
    pub(crate) log_format: LogFormat,
    /// Leave the queries of addresses out of --log
    #[arg(long, requires = "log")]
    pub(crate) log_no_query: bool,
    /// Do harm to the answers for a path, for tests of clients: stall, cut, rst, drip, bad-chunk or
    /// wrong-length, with =BYTES, and with @N for the Nth request alone; * is every path
    #[arg(long, value_name = "KIND[=BYTES][@N]:PATH", value_parser = fault)]
    pub(crate) fault: Vec<PlannedFault>,
    /// Send at most so many bytes a second, to all clients together; k, M, G for 1024, 1024^2, 1024^3
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(crate) limit_rate: Option<NonZeroU64>,
}

/// The lines of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// The W3C extended log file format, as IIS writes it
    W3c,
    /// One JSON object a line
    Json,
}
