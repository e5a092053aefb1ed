//! Where a body goes, and how: options of get, post and put.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::values::{self, Offset};

/// Where the body goes.
#[derive(Debug, Default, Args)]
pub(crate) struct Body {
    /// Write the body to FILE instead of stdout; - for stdout, binary data included
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Write the body to a file in this folder, named as in the URL
    #[arg(short = 'O', long, conflicts_with = "output")]
    pub(crate) remote_name: bool,
    /// With -O: named as Content-Disposition says, if it does; a file that exists is kept
    #[arg(short = 'J', long, requires = "remote_name")]
    pub(crate) remote_header_name: bool,
    /// The folder of the file of -o or -O
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) output_dir: Option<PathBuf>,
    /// Make the folders that the file of -o or --output-dir needs
    #[arg(long)]
    pub(crate) create_dirs: bool,
    /// Give the file the time of Last-Modified
    #[arg(short = 'R', long)]
    pub(crate) remote_time: bool,
    /// Print the response headers before the body
    #[arg(short, long, conflicts_with = "json")]
    pub(crate) include: bool,
}

/// How much of a resource is wanted: options of get.
#[derive(Debug, Default, Args)]
pub(crate) struct Part {
    /// Go on with a download at this byte, or with - where the file of -o or -O ends. The file grows
    /// in place, and what was received of it stays
    #[arg(
        short = 'C',
        long,
        value_name = "OFFSET|-",
        value_parser = values::offset,
        allow_hyphen_values = true,
        conflicts_with_all = ["range", "compressed", "include", "remote_header_name", "json", "time_cond"]
    )]
    pub(crate) continue_at: Option<Offset>,
    /// Get these bytes only: 0-499, 500-, -500, or several with commas
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    pub(crate) range: Option<String>,
}
