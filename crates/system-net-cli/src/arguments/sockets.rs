//! The command lines of `sysnet tcp` and `sysnet udp`.

use std::time::Duration;

use clap::{Args, ValueHint};

#[derive(Debug, Args)]
pub(crate) struct Tcp {
    #[command(flatten)]
    pub(crate) end: End,
    /// Connect to, or with -l listen at, a local socket: a path, or @NAME for an abstract name
    #[arg(
        long,
        value_name = "PATH",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["host", "port", "v4", "v6"]
    )]
    pub(crate) unix: Option<String>,
    /// Give up when the connection is not there, or nothing has moved, for this many seconds
    #[arg(short = 'w', long, value_name = "SECONDS", value_parser = super::values::seconds)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct Udp {
    #[command(flatten)]
    pub(crate) end: End,
    /// Allow to send to every host of a network
    #[arg(short, long)]
    pub(crate) broadcast: bool,
    /// How many seconds of silence end the program once stdin has ended: 1 unless given. With -l,
    /// silence ends it at any time, and only if this is given
    #[arg(short = 'w', long, value_name = "SECONDS", value_parser = super::values::seconds)]
    pub(crate) timeout: Option<Duration>,
}

/// Where the other side is, or where to listen.
#[derive(Debug, Args)]
pub(crate) struct End {
    /// A host name or an address; with -l the address to listen at, any unless given
    #[arg(value_name = "HOST", value_hint = ValueHint::Hostname)]
    pub(crate) host: Option<String>,
    /// The port; with -l 0 stands for a free one
    #[arg(value_name = "PORT")]
    pub(crate) port: Option<String>,
    /// Listen, and talk to the first that comes; where, is said on stderr
    #[arg(short, long)]
    pub(crate) listen: bool,
    /// IPv4 only
    #[arg(short = '4', id = "v4", conflicts_with = "v6")]
    pub(crate) v4: bool,
    /// IPv6 only
    #[arg(short = '6', id = "v6")]
    pub(crate) v6: bool,
}
