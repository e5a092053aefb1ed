//! Who may log in to `serve`, and how.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

#[derive(Debug, Args)]
#[command(next_help_heading = "Logins")]
pub(crate) struct ServeLogins {
    /// Answer nobody who does not log in by one of these schemes
    #[arg(long, value_enum, value_name = "SCHEME", value_delimiter = ',')]
    pub(crate) auth: Vec<LoginScheme>,
    /// The users who may log in, one a line: user=NAME nt=HASH
    #[arg(long, value_name = "FILE", requires = "auth", value_hint = ValueHint::FilePath)]
    pub(crate) users: Option<PathBuf>,
    /// One user who may log in; the password is asked for if it is not given, and not in
    /// SYSNET_PASSWORD
    #[arg(
        short,
        long,
        value_name = "NAME[:PASSWORD]",
        requires = "auth",
        conflicts_with = "users"
    )]
    pub(crate) user: Option<String>,
    /// The realm that basic and digest name
    #[arg(long, value_name = "NAME", requires = "auth", default_value = "sysnet")]
    pub(crate) realm: String,
    /// The keys of the service, for Kerberos as one of the logins of negotiate
    #[arg(long, value_name = "FILE", requires = "auth", value_hint = ValueHint::FilePath)]
    pub(crate) keytab: Option<PathBuf>,
}

/// A scheme as `--auth` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LoginScheme {
    /// User name and password in the clear: with --tls
    Basic,
    /// A proof of the password for the realm
    Digest,
    /// A proof of the password, tied to its connection
    Ntlm,
    /// Kerberos, with --keytab, or NTLM
    Negotiate,
}
