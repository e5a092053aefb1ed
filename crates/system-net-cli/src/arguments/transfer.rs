//! What every transfer takes: get, head, post and put.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::route::Route;
use super::values::{rate, redirects, seconds};

#[derive(Debug, Args)]
pub(crate) struct Transfer {
    /// No progress bar and no error messages
    #[arg(short, long)]
    pub(crate) silent: bool,
    /// Error messages in spite of -s
    #[arg(short = 'S', long, requires = "silent")]
    pub(crate) show_error: bool,
    /// Exit with 22, without output, when the status is 400 or above
    #[arg(short, long)]
    pub(crate) fail: bool,
    /// Exit with 22, after the body was written, when the status is 400 or above
    #[arg(long, conflicts_with = "fail")]
    pub(crate) fail_with_body: bool,
    /// Send a header; "Name;" sends it empty, "Name:" leaves one of sysnet's out
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    #[command(flatten)]
    pub(crate) route: Route,
    /// Take the user name and the password for a host from ~/.netrc. -u goes before it; a name in the
    /// address chooses among several. Not for hosts that a redirect leads to
    #[arg(short = 'n', long)]
    pub(crate) netrc: bool,
    /// As -n, from this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) netrc_file: Option<PathBuf>,
    /// As -n, but a login in the address goes before it, and the file need not be there
    #[arg(long)]
    pub(crate) netrc_optional: bool,
    /// The User-Agent to send
    #[arg(short = 'A', long, value_name = "TEXT")]
    pub(crate) user_agent: Option<String>,
    /// The Referer to send
    #[arg(short = 'e', long, value_name = "URL")]
    pub(crate) referer: Option<String>,
    /// Send cookies: name=value; name=value, or those of a file in the format of Netscape; - for
    /// stdin. From a file on, cookies of answers are kept and sent back; "" keeps them without one
    #[arg(short = 'b', long, value_name = "FILE|NAME=VALUE")]
    pub(crate) cookie: Vec<String>,
    /// Write all cookies to this file at the end, in the format of Netscape; - for stdout
    #[arg(short = 'c', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) cookie_jar: Option<PathBuf>,
    /// Ask for an answer only if it is newer than this date, or than this file; with - before it:
    /// only if it is older
    #[arg(
        short = 'z',
        long,
        value_name = "DATE|FILE",
        allow_hyphen_values = true
    )]
    pub(crate) time_cond: Option<String>,
    /// Ask for a compressed answer, and decompress it
    #[arg(long)]
    pub(crate) compressed: bool,
    /// How many redirects are followed, 50 unless given; -1 for no limit
    #[arg(long, value_name = "N", value_parser = redirects, allow_hyphen_values = true)]
    pub(crate) max_redirs: Option<u32>,
    /// Send the request as HTTP/1.0
    #[arg(long = "http1.0", overrides_with_all = ["http1_1", "http2", "http2_prior_knowledge"])]
    pub(crate) http1_0: bool,
    /// Send the request as HTTP/1.1, which is the default: takes an earlier --http1.0 back
    #[arg(long = "http1.1", overrides_with_all = ["http1_0", "http2", "http2_prior_knowledge"])]
    pub(crate) http1_1: bool,
    /// Send the request as HTTP/2 over TLS if the server chooses it, else as HTTP/1.1
    #[arg(long, overrides_with_all = ["http1_0", "http1_1", "http2_prior_knowledge"])]
    pub(crate) http2: bool,
    /// Send the request as HTTP/2 without asking, in clear text too
    #[arg(long, overrides_with_all = ["http1_0", "http1_1", "http2"])]
    pub(crate) http2_prior_knowledge: bool,
    /// Give up when a transfer has not ended after this many seconds. Without it, an answer must
    /// begin after 100 seconds and go on after 300
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) max_time: Option<Duration>,
    /// Connect to this Unix socket, whatever host the address names; @NAME is one of Linux's abstract
    /// names
    #[arg(
        long,
        value_name = "PATH",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["proxy", "noproxy", "proxy_user"]
    )]
    pub(crate) unix_socket: Option<PathBuf>,
    /// Send the request again, up to N times, after a failure that may pass: no connection, no
    /// answer, a time-out, status 408, 429, 500, 502, 503 or 504. Never a POST, nor a body that is
    /// sent as it is read
    #[arg(long, value_name = "N")]
    pub(crate) retry: Option<u32>,
    /// Wait so long before each retry; without it 1 second, then twice as long each time, or what
    /// Retry-After says
    #[arg(long, value_name = "SECONDS", value_parser = seconds, requires = "retry")]
    pub(crate) retry_delay: Option<Duration>,
    /// No retry any more after so long
    #[arg(long, value_name = "SECONDS", value_parser = seconds, requires = "retry")]
    pub(crate) retry_max_time: Option<Duration>,
    /// Send and receive bodies with at most so many bytes a second; k, M, G for 1024, 1024^2, 1024^3
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(crate) limit_rate: Option<NonZeroU64>,
    /// Print this after each transfer, with curl's variables as %{http_code}; @FILE takes it from a
    /// file. An unknown variable tells the known ones
    #[arg(short = 'w', long, value_name = "FORMAT", conflicts_with = "json")]
    pub(crate) write_out: Option<String>,
    /// Print one JSON object about the transfers on stdout; bodies that go to no file are in it
    #[arg(long)]
    pub(crate) json: bool,
}
