//! How a server is reached and who asks it: what transfers and `doctor` share.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use super::schemes::{ProxySchemes, Schemes};
use super::values::seconds;

/// How a certificate is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CertificateType {
    #[value(name = "PEM")]
    Pem,
    #[value(name = "DER")]
    Der,
    #[value(name = "P12")]
    P12,
}

/// How a private key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyType {
    #[value(name = "PEM")]
    Pem,
    #[value(name = "DER")]
    Der,
}

#[derive(Debug, Args)]
pub(crate) struct Route {
    /// User name and password for when the server asks; without a password it is taken from
    /// SYSNET_PASSWORD or asked for. http://USER:PASSWORD@HOST/ does the same
    #[arg(short, long, value_name = "USER[:PASSWORD]")]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) schemes: Schemes,
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
    #[command(flatten)]
    pub(crate) proxy_schemes: ProxySchemes,
    /// Accept any certificate: whoever sits on the way can read and change everything
    #[arg(short = 'k', long)]
    pub(crate) insecure: bool,
    /// Trust the authorities in this PEM file, and no others
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "insecure")]
    pub(crate) cacert: Option<PathBuf>,
    /// Refuse servers whose certificate stands on a revocation list in this file, PEM or DER, or whose
    /// authority has a list there that is out of date
    #[arg(long, visible_alias = "crlfile", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) crl_file: Option<PathBuf>,
    /// Refuse servers of which neither the OCSP response that they staple nor a list of --crl-file
    /// proves that their certificate is not revoked
    #[arg(long)]
    pub(crate) cert_status: bool,
    /// Refuse servers that have another public key: hashes as sha256//BASE64, with ; between them, or
    /// a file with the key, PEM or DER. -k does not lift it, and proxies are not meant
    #[arg(long, value_name = "HASHES|FILE")]
    pub(crate) pinnedpubkey: Option<String>,
    /// Show this certificate to a server that asks for one; a : in the name of the file is written \:
    #[arg(short = 'E', long, value_name = "FILE[:PASSWORD]")]
    pub(crate) cert: Option<String>,
    /// What the file of --cert is: PEM, DER or P12
    #[arg(
        long,
        value_name = "TYPE",
        requires = "cert",
        default_value = "PEM",
        ignore_case = true
    )]
    pub(crate) cert_type: CertificateType,
    /// The private key of the certificate; without it, it is in the file of --cert
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// What the file of --key is: PEM or DER
    #[arg(
        long,
        value_name = "TYPE",
        requires = "key",
        default_value = "PEM",
        ignore_case = true
    )]
    pub(crate) key_type: KeyType,
    /// The password of the private key, or of the P12 file
    #[arg(long, value_name = "PASSWORD", requires = "cert")]
    pub(crate) pass: Option<String>,
    /// Give up when a connection is not there after this many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) connect_timeout: Option<Duration>,
    /// Connect to these addresses for this host and port, instead of looking the name up
    #[arg(long, value_name = "HOST:PORT:ADDRESS[,ADDRESS]")]
    pub(crate) resolve: Vec<String>,
}
