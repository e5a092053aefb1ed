//! The command line. A letter means what it means for curl, and no option does nothing.

mod config;
mod dns;
mod sockets;
mod trace;
mod uri;

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueHint};

pub(crate) use self::config::{Check, Config, Show};
pub(crate) use self::dns::{Dns, Kind as DnsType};
pub(crate) use self::sockets::{End, Tcp, Udp};
pub(crate) use self::trace::Trace;
pub(crate) use self::uri::{Builder, Idn, IdnScope, Kind, Parse, Paths, Resolve, Uri};

const EXIT_CODES: &str = "\
Exit codes (curl's, where it has one):
   0  success                            26  reading the upload failed
   1  failure without a better code      28  time-out
   2  usage                              35  TLS handshake failed
   3  bad URL                            37  file: cannot be read
   5  proxy's name not found             47  redirect not followed, or too many
   6  host name not found                52  empty reply
   7  cannot connect                     55  sending failed
   8  answer is not valid HTTP           56  receiving failed, or no tunnel
  18  answer cut short                   60  certificate not trusted
  22  HTTP 400 and above, with -f        77  --cacert cannot be read
  23  writing the output failed         130  interrupted";

/// One request API over http, https, file and your own schemes
#[derive(Debug, Parser)]
#[command(name = "sysnet", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Program {
    /// Read settings from this .NET configuration file, over those of the machine, instead of the
    /// file that SYSTEM_NET_CONFIG names
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Tell on stderr the heads that are sent (>) and received (<), names that are looked up and
    /// connections that are made (*), without secrets; see --trace for more
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Write what the library's classes do, and the data they send and receive, to this file, in the
    /// form of .NET's network traces and without secrets; - for stdout, % for stderr. It takes the
    /// place of what configuration files have traced
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) trace: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Show everything at work, on this machine alone
    Tour(Tour),
    /// Get resources (follows redirects)
    Get(Get),
    /// Get the headers of resources (follows redirects)
    Head(Head),
    /// Send data, by default as a form
    Post(Post),
    /// Send a file to a URL, or write it to a file: URL
    Put(Put),
    /// Serve a folder, or echo requests
    Serve(Serve),
    /// Take addresses apart, put them together, escape them; nothing is sent
    #[command(subcommand)]
    Uri(Uri),
    /// Show what the name service knows of a host
    Dns(Dns),
    /// Connect stdin and stdout to a TCP or local socket, or listen for one
    Tcp(Tcp),
    /// Send each line of stdin as a datagram, and print the datagrams that come
    Udp(Udp),
    /// Show what configuration files come to, or what is wrong with them
    #[command(subcommand)]
    Config(Config),
    /// Run a verb and trace what the library does for it, on stderr unless --trace names a file
    Trace(Trace),
    /// Print the completions for a shell
    Completions(Completions),
}

/// Where the body goes.
#[derive(Debug, Default, Args)]
pub(crate) struct Body {
    /// Write the body to FILE instead of stdout; - for stdout, binary data included
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Write the body to a file in this folder, named as in the URL
    #[arg(short = 'O', long, conflicts_with = "output")]
    pub(crate) remote_name: bool,
    /// Print the response headers before the body
    #[arg(short, long, conflicts_with = "json")]
    pub(crate) include: bool,
}

/// What every transfer takes.
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
    /// Send a header; "Name;" sends it empty, "Name:" leaves one of sysnet's out
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// User name and password for Basic authentication; without a password it is taken from
    /// SYSNET_PASSWORD or asked for. http://USER:PASSWORD@HOST/ does the same
    #[arg(short, long, value_name = "USER[:PASSWORD]")]
    pub(crate) user: Option<String>,
    /// The User-Agent to send
    #[arg(short = 'A', long, value_name = "TEXT")]
    pub(crate) user_agent: Option<String>,
    /// The Referer to send
    #[arg(short = 'e', long, value_name = "URL")]
    pub(crate) referer: Option<String>,
    /// Go through this proxy; an empty one: through none. Without it, that of the configuration, or
    /// of http_proxy, https_proxy and all_proxy. This machine is always reached directly
    #[arg(short = 'x', long, value_name = "[USER:PASSWORD@]PROXY")]
    pub(crate) proxy: Option<String>,
    /// Reach these hosts without a proxy: names, which stand for all that end in them, addresses,
    /// networks as 10.0.0.0/8; * for all
    #[arg(long, value_name = "LIST")]
    pub(crate) noproxy: Option<String>,
    /// User name and password for the proxy; without a password it is taken from SYSNET_PASSWORD or
    /// asked for
    #[arg(short = 'U', long, value_name = "USER[:PASSWORD]")]
    pub(crate) proxy_user: Option<String>,
    /// Accept any certificate: whoever sits on the way can read and change everything
    #[arg(short = 'k', long)]
    pub(crate) insecure: bool,
    /// Trust the authorities in this PEM file, and no others
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "insecure")]
    pub(crate) cacert: Option<PathBuf>,
    /// Give up when a connection is not there after this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) connect_timeout: Option<Duration>,
    /// Give up when a transfer has not ended after this many seconds. Without it, an answer must
    /// begin after 100 seconds and go on after 300
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) max_time: Option<Duration>,
    /// Print one JSON object about the transfers on stdout; bodies that go to no file are in it
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Tour {
    /// Print one JSON object instead of the table
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Get {
    /// The addresses; http:// is meant where there is no scheme
    #[arg(required = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) urls: Vec<String>,
    /// Print the headers only: the verb `head`
    #[arg(short = 'I', long, conflicts_with_all = ["include", "output", "remote_name", "request"])]
    pub(crate) head: bool,
    /// The method to send instead of GET
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) request: Option<String>,
    #[command(flatten)]
    pub(crate) redirects: RedirectsOn,
    #[command(flatten)]
    pub(crate) body: Body,
    #[command(flatten)]
    pub(crate) transfer: Transfer,
}

#[derive(Debug, Args)]
pub(crate) struct Head {
    /// The addresses; http:// is meant where there is no scheme
    #[arg(required = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) urls: Vec<String>,
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
#[command(group(ArgGroup::new("content").required(true).args(["data", "data_binary"])))]
pub(crate) struct Post {
    /// The address; http:// is meant where there is no scheme
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: String,
    /// Data to send; @FILE for a file without its line ends, @- for stdin. Several are joined by &
    #[arg(short, long, value_name = "DATA|@FILE|@-")]
    pub(crate) data: Vec<String>,
    /// Data to send as it is; @FILE for a file, @- for stdin: both are sent as they are read
    #[arg(long, value_name = "DATA|@FILE|@-")]
    pub(crate) data_binary: Option<String>,
    /// The method to send instead of POST
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) request: Option<String>,
    /// Follow redirects
    #[arg(short = 'L', long)]
    pub(crate) location: bool,
    #[command(flatten)]
    pub(crate) body: Body,
    #[command(flatten)]
    pub(crate) transfer: Transfer,
}

#[derive(Debug, Args)]
pub(crate) struct Put {
    /// The file to send; - for stdin. It is sent as it is read
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// The address; http:// is meant where there is no scheme
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: String,
    /// The method to send instead of PUT
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) request: Option<String>,
    /// Follow redirects, as far as they do not want the file again
    #[arg(short = 'L', long)]
    pub(crate) location: bool,
    #[command(flatten)]
    pub(crate) body: Body,
    #[command(flatten)]
    pub(crate) transfer: Transfer,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The folder to serve; this one unless given
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) folder: Option<PathBuf>,
    /// Answer every request with itself
    #[arg(long, conflicts_with = "folder")]
    pub(crate) echo: bool,
    /// The port on 127.0.0.1; 0 for a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Serve https, with a throw-away certificate unless --cert is given
    #[arg(long)]
    pub(crate) tls: bool,
    /// The certificate chain, PEM
    #[arg(long, value_name = "FILE", requires_all = ["tls", "key"], value_hint = ValueHint::FilePath)]
    pub(crate) cert: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", requires = "cert", value_hint = ValueHint::FilePath)]
    pub(crate) key: Option<PathBuf>,
    /// Write the authority of the throw-away certificate to this file, for `get --cacert`
    #[arg(long, value_name = "FILE", requires = "tls", conflicts_with = "cert", value_hint = ValueHint::FilePath)]
    pub(crate) ca_out: Option<PathBuf>,
    /// Do not log requests on stderr
    #[arg(short, long)]
    pub(crate) silent: bool,
    /// Print the address as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    pub(crate) shell: clap_complete::Shell,
}

/// Seconds with an optional fraction, more than zero.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(Duration::ZERO) if seconds > 0.0 => Err("must be at least 1e-9 seconds".to_owned()),
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ if seconds > 0.0 => Err(format!(
            "must be at most {} seconds",
            Duration::MAX.as_secs()
        )),
        _ => Err("must be more than 0 seconds".to_owned()),
    }
}
