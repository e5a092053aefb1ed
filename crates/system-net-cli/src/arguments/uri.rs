//! The command line of `sysnet uri`.

use clap::{Args, Subcommand, ValueEnum, ValueHint};

#[derive(Debug, Subcommand)]
pub(crate) enum Uri {
    /// Show every property of an address
    Parse(Parse),
    /// Print the address that a relative one means on a base
    Resolve(Resolve),
    /// Percent-encode a text
    Escape(Escape),
    /// Decode everything percent-encoded in a text
    Unescape(Unescape),
    /// Print both forms of an international host name
    Idn(Idn),
    /// Put an address together from parts, or change parts of one
    Builder(Builder),
}

/// How the result is printed.
#[derive(Debug, Args)]
pub(crate) struct Form {
    /// Print a JSON object; for lines of stdin one on each line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Parse {
    /// The address; - for each line of stdin
    #[arg(value_name = "TEXT", value_hint = ValueHint::Url)]
    pub(crate) text: String,
    /// The address that TEXT is relative to: the result is shown
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) base: Option<String>,
    /// What TEXT may be: absolute, or with --base either, unless given
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kind>,
    /// Which hosts are converted between Unicode and Punycode; none, or what the configuration
    /// says, unless given
    #[arg(long, value_enum, ignore_case = true, conflicts_with = "no_iri")]
    pub(crate) idn: Option<IdnScope>,
    /// Treat other than ASCII as .NET 2.0 did, not by RFC 3987
    #[arg(long)]
    pub(crate) no_iri: bool,
    /// Which paths without a scheme stand for a file: address
    #[arg(long, value_enum, default_value_t)]
    pub(crate) paths: Paths,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Absolute,
    Relative,
    Either,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum IdnScope {
    None,
    All,
    /// All but names without a dot
    #[value(alias = "allexceptintranet")]
    AllExceptIntranet,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Paths {
    /// c:\dir\file and \\server\share
    #[default]
    Windows,
    /// Those and /dir/file
    Unix,
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// The absolute address to start from
    #[arg(value_hint = ValueHint::Url)]
    pub(crate) base: String,
    /// The relative address; - for each line of stdin
    #[arg(value_hint = ValueHint::Url)]
    pub(crate) relative: String,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Escape {
    /// The text; - for each line of stdin
    pub(crate) text: String,
    /// Data inside an address, all but letters, digits and -._~ is escaped. This is the default:
    /// takes an earlier --uri back
    #[arg(long, overrides_with = "uri")]
    pub(crate) data: bool,
    /// A whole address without escapes: characters with a meaning stay
    #[arg(long)]
    pub(crate) uri: bool,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Unescape {
    /// The text; - for each line of stdin
    pub(crate) text: String,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Idn {
    /// The host name, in either form; - for each line of stdin
    #[arg(value_hint = ValueHint::Hostname)]
    pub(crate) host: String,
    #[command(flatten)]
    pub(crate) form: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Builder {
    /// The address to start from; - for each line of stdin. http://localhost/ unless given
    #[arg(value_name = "TEXT", value_hint = ValueHint::Url)]
    pub(crate) text: Option<String>,
    /// The scheme, such as https
    #[arg(long)]
    pub(crate) scheme: Option<String>,
    /// The host; an IPv6 address may stand without brackets
    #[arg(long, value_hint = ValueHint::Hostname)]
    pub(crate) host: Option<String>,
    /// The port
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// The path; what needs it is escaped
    #[arg(long)]
    pub(crate) path: Option<String>,
    /// The query, with or without its ?; empty for none
    #[arg(long)]
    pub(crate) query: Option<String>,
    /// The fragment, with or without its #; empty for none
    #[arg(long)]
    pub(crate) fragment: Option<String>,
    /// User name and password; empty for none
    #[arg(long, value_name = "USER[:PASSWORD]")]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) form: Form,
}
