//! The command line. A letter means what it means for curl, and no option does nothing.

mod cert;
mod config;
mod data;
mod dns;
mod doctor;
mod http;
mod isolation;
mod output;
mod route;
mod schemes;
mod serve_files;
mod serve_logins;
mod sockets;
mod trace;
mod transfer;
mod uri;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};

pub(crate) use self::cert::{AddCert, Cert, DeleteCert, ListCerts};
pub(crate) use self::config::{Check, Config, PolicyOfTls, Show};
pub(crate) use self::data::{Content, DataPart};
pub(crate) use self::dns::{Dns, Kind as DnsType};
pub(crate) use self::doctor::Doctor;
pub(crate) use self::http::{Get, Head, Post, Put};
pub(crate) use self::isolation::{CheckManifest, Isolation};
pub(crate) use self::output::Body;
pub(crate) use self::route::{CertificateType, KeyType, Route};
pub(crate) use self::serve_files::{LogFormat, ServeFiles, ServeLog};
pub(crate) use self::serve_logins::{LoginScheme, ServeLogins};
pub(crate) use self::sockets::{End, Tcp, Udp};
pub(crate) use self::trace::Trace;
pub(crate) use self::transfer::Transfer;
pub(crate) use self::uri::{Builder, Idn, IdnScope, Kind, Parse, Paths, Resolve, Uri};
pub(crate) use self::values::{Offset, PlannedFault};

const EXIT_CODES: &str = "\
Exit codes (curl's, where it has one):
   0  success                            28  time-out
   1  failure without a better code      33  download cannot go on, with -C
   2  usage                              35  TLS handshake failed
   3  bad URL                            36  file does not end at -C's offset
   5  proxy's name not found             37  file: cannot be read
   6  host name not found                47  redirect not followed, or too many
   7  cannot connect                     52  empty reply
   8  answer is not valid HTTP           55  sending failed
  18  answer cut short                   56  receiving failed, or no tunnel
  22  HTTP 400 and above, with -f or -C  58  --cert or --key cannot be used
  23  writing the output failed          60  certificate not trusted
  25  upload of unknown length, HTTP/1.0 77  --cacert cannot be read
  26  reading the upload failed          82  --crl-file cannot be read
                                         90  the key is not that of --pinnedpubkey
                                         91  no proof that nothing is revoked
                                         130 interrupted";

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
    /// Show each step of a connection, and what to do about the one that fails: the proxy, names,
    /// connections, TLS, logins
    Doctor(Box<Doctor>),
    /// Show what the name service knows of a host
    Dns(Dns),
    /// Connect stdin and stdout to a TCP or local socket, or listen for one
    Tcp(Tcp),
    /// Send each line of stdin as a datagram, and print the datagrams that come
    Udp(Udp),
    /// Keep the certificates of `serve --cert-store`
    #[command(subcommand)]
    Cert(Cert),
    /// Show what configuration files come to, or what is wrong with them
    #[command(subcommand)]
    Config(Config),
    /// Check what network isolation lets an app reach
    #[command(subcommand)]
    Isolation(Isolation),
    /// Run a verb and trace what the library does for it, on stderr unless --trace names a file
    Trace(Trace),
    /// Print the manual page, in the language of man(7)
    Man,
    /// Print the completions for a shell
    Completions(Completions),
}

#[derive(Debug, Args)]
pub(crate) struct Tour {
    /// Print one JSON object instead of the table
    #[arg(long)]
    pub(crate) json: bool,
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
    /// Show each client the certificate for the name it asks for, of those that `sysnet cert` keeps in
    /// this folder, or in the user's without =DIR; others get no connection
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, requires = "tls",
          conflicts_with_all = ["cert", "ca_out"], value_hint = ValueHint::DirPath)]
    #[allow(
        clippy::option_option,
        reason = "not given, given alone, given with a folder"
    )]
    pub(crate) cert_store: Option<Option<PathBuf>>,
    /// Write the authority of the throw-away certificate to this file, for `get --cacert`
    #[arg(long, value_name = "FILE", requires = "tls", conflicts_with = "cert", value_hint = ValueHint::FilePath)]
    pub(crate) ca_out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) files: ServeFiles,
    #[command(flatten)]
    pub(crate) logins: ServeLogins,
    #[command(flatten)]
    pub(crate) log: ServeLog,
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
