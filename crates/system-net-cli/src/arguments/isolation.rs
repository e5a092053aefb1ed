//! The command line of `sysnet isolation`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

#[derive(Debug, Subcommand)]
pub(crate) enum Isolation {
    /// Tell which networks the capabilities of an app's manifest open, and what is wrong with them
    Check(CheckManifest),
}

#[derive(Debug, Args)]
pub(crate) struct CheckManifest {
    /// The manifest (AppxManifest.xml); - for stdin
    #[arg(value_name = "MANIFEST", value_hint = ValueHint::FilePath)]
    pub(crate) manifest: PathBuf,
    /// An address that the app connects to; again for more
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) connect: Vec<std::net::IpAddr>,
    /// An own address that the app accepts at; again for more
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) accept: Vec<std::net::IpAddr>,
    /// As with the loopback exemption, for tests
    #[arg(long)]
    pub(crate) loopback_exempt: bool,
}
