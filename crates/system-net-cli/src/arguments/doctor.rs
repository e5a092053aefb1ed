//! The command line of `sysnet doctor`.

use clap::{Args, ValueHint};

use super::route::Route;

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The address; http:// is meant where there is no scheme, and :8000/path is on this machine
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) route: Route,
    /// Print one JSON object instead of the table
    #[arg(long)]
    pub(crate) json: bool,
}
