//! The verbs of transfers.

use clap::{Args, ValueHint};

use super::data::{Content, Data};
use super::output::{Body, Part};
use super::transfer::Transfer;

#[derive(Debug, Args)]
pub(crate) struct Get {
    /// Addresses; http:// is meant where there is no scheme, and :8000/path is on this machine.
    /// Then, as for all of them, Header:value, and name==value for the query
    #[arg(required = true, value_name = "URL|ITEM", value_hint = ValueHint::Url)]
    pub(crate) arguments: Vec<String>,
    /// Print the headers only: the verb `head`
    #[arg(
        short = 'I',
        long,
        conflicts_with_all = ["include", "output", "remote_name", "request", "continue_at"]
    )]
    pub(crate) head: bool,
    /// Send the data in the query of the address
    #[arg(short = 'G', long, requires = "any_data")]
    pub(crate) get: bool,
    /// The method to send instead of GET
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) request: Option<String>,
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) redirects: RedirectsOn,
    #[command(flatten)]
    pub(crate) body: Body,
    #[command(flatten)]
    pub(crate) part: Part,
    #[command(flatten)]
    pub(crate) transfer: Transfer,
}

#[derive(Debug, Args)]
pub(crate) struct Head {
    /// Addresses; http:// is meant where there is no scheme, and :8000/path is on this machine.
    /// Then, as for all of them, Header:value, and name==value for the query
    #[arg(required = true, value_name = "URL|ITEM", value_hint = ValueHint::Url)]
    pub(crate) arguments: Vec<String>,
    #[command(flatten)]
    pub(crate) redirects: RedirectsOn,
    #[command(flatten)]
    pub(crate) transfer: Transfer,
}

/// Redirects are followed unless told otherwise.
#[derive(Debug, Args)]
pub(crate) struct RedirectsOn {
    /// Do not follow redirects: show them
    #[arg(long)]
    pub(crate) no_location: bool,
    /// Follow redirects, which is the default: takes an earlier --no-location back
    #[arg(short = 'L', long, overrides_with = "no_location")]
    pub(crate) location: bool,
}

impl RedirectsOn {
    pub(crate) fn follow(&self) -> bool {
        self.location || !self.no_location
    }
}

#[derive(Debug, Args)]
pub(crate) struct Post {
    /// The address; http:// is meant where there is no scheme, and :8000/path is on this machine
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: String,
    /// name=value for a JSON object, name:=json for other than texts in it, name@file for a form
    /// with files; Header:value, name==value for the query
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,
    /// The method to send instead of POST
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) request: Option<String>,
    /// Follow redirects
    #[arg(short = 'L', long)]
    pub(crate) location: bool,
    #[command(flatten)]
    pub(crate) content: Content,
    #[command(flatten)]
    pub(crate) body: Body,
    #[command(flatten)]
    pub(crate) transfer: Transfer,
}

#[derive(Debug, Args)]
#[command(override_usage = "sysnet put [OPTIONS] <FILE> <URL>\n       \
                            sysnet put [OPTIONS] <URL> [ITEM]...")]
pub(crate) struct Put {
    /// The file to send, - for stdin, and the address; or the address, and items as of `post`, where
    /// the body comes from those or from options. Files are sent as they are read
    #[arg(required = true, value_name = "FILE|URL|ITEM", value_hint = ValueHint::AnyPath)]
    pub(crate) arguments: Vec<String>,
    /// The method to send instead of PUT
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) request: Option<String>,
    /// Follow redirects, as far as they do not want a file again
    #[arg(short = 'L', long)]
    pub(crate) location: bool,
    #[command(flatten)]
    pub(crate) content: Content,
    #[command(flatten)]
    pub(crate) body: Body,
    #[command(flatten)]
    pub(crate) transfer: Transfer,
}
