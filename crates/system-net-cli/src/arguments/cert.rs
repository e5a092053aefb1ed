//! The command line of `sysnet cert`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

#[derive(Debug, Subcommand)]
pub(crate) enum Cert {
    /// Keep a server's certificate with its private key, for `serve --cert-store`
    Add(AddCert),
    /// Show the certificates that are kept
    List(ListCerts),
    /// Keep the certificates for a name, or the one of a thumbprint, no longer
    Delete(DeleteCert),
}

#[derive(Debug, Args)]
pub(crate) struct AddCert {
    /// The certificate chain, PEM, or a P12 file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) cert: PathBuf,
    /// The certificate's private key, PEM; without it, it is in the same file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) key: Option<PathBuf>,
    /// The password of the private key, or of the P12 file
    #[arg(long, value_name = "PASSWORD")]
    pub(crate) pass: Option<String>,
    /// The folder of the store, instead of the user's
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) store: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ListCerts {
    /// The folder of the store, instead of the user's
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) store: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteCert {
    /// A name that certificates are for, or a thumbprint
    pub(crate) name: String,
    /// The folder of the store, instead of the user's
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) store: Option<PathBuf>,
}
