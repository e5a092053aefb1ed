//! The command line of `sysnet dns`.

use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

#[derive(Debug, Args)]
pub(crate) struct Dns {
    /// The host name, or an address; - for each line of stdin
    #[arg(value_name = "NAME", value_hint = ValueHint::Hostname)]
    pub(crate) name: String,
    /// Which addresses to ask for; all unless given
    #[arg(
        short = 't',
        long = "type",
        value_name = "TYPE",
        value_enum,
        ignore_case = true
    )]
    pub(crate) kind: Option<Kind>,
    /// NAME is an address: ask for its name, and for what is known of that. Without it a NAME that
    /// happens to be an address is taken so as well
    #[arg(short = 'x', long, conflicts_with = "kind")]
    pub(crate) reverse: bool,
    /// Ask this name server instead of the system: ADDRESS, ADDRESS:PORT, or https://HOST/PATH,
    /// where HOST is an address or a name that the system knows. Needs a build with the feature
    /// hickory
    #[arg(long, value_name = "SERVER")]
    pub(crate) server: Option<String>,
    /// Give up after this many seconds. Without it the system's own limits hold
    #[arg(short, long, value_name = "SECONDS", value_parser = super::values::seconds)]
    pub(crate) max_time: Option<Duration>,
    /// Print a JSON object; for lines of stdin one on each line
    #[arg(long)]
    pub(crate) json: bool,
}

/// The records that hold addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// IPv4
    A,
    /// IPv6
    Aaaa,
}
