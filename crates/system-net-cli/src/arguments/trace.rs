//! The command line of `sysnet trace`.

use std::ffi::OsString;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// Show data as hexadecimal numbers too
    #[arg(long)]
    pub(crate) hex: bool,
    /// How many bytes of each piece of data are shown
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub(crate) max_data: u32,
    /// Print each trace as a line of JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// A verb with its options, as it would stand behind sysnet
    #[arg(required = true, last = true, value_name = "VERB")]
    pub(crate) call: Vec<OsString>,
}
