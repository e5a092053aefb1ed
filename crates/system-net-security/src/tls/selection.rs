//! A program's own choice of the certificate that it shows as a client.

use std::fmt;
use std::sync::Arc;

use super::certificate::show_distinguished_name;
use super::x509::{X509Certificate2, X509CertificateCollection};

/// Chooses the certificate a client shows; asked when a server has asked for one.
///
/// Its answer always counts: `None` shows nothing, whatever the collection holds and whatever was
/// shown before. A certificate without its private key, or with a key that the server cannot use,
/// is not shown. It runs on the task or thread that connects and must not block.
///
/// # Differences from .NET
/// Host, certificates and issuers come in one value; there is no sender. The server's certificate is
/// not among them: in TLS 1.3 it has not been seen when the choice is made. .NET asks a first time
/// before the server has, which is of no use.
///
/// .NET: `System.Net.Security.LocalCertificateSelectionCallback`
pub type LocalCertificateSelectionCallback =
    Arc<dyn Fn(&LocalCertificateSelection<'_>) -> Option<X509Certificate2> + Send + Sync>;

/// What is known when a certificate is chosen.
pub struct LocalCertificateSelection<'a> {
    pub(super) target_host: &'a str,
    pub(super) local_certificates: &'a X509CertificateCollection,
    pub(super) cached: Option<&'a X509Certificate2>,
    pub(super) issuers: &'a [&'a [u8]],
}

impl<'a> LocalCertificateSelection<'a> {
    /// The host that is connected to.
    #[must_use]
    pub fn target_host(&self) -> &'a str {
        self.target_host
    }

    /// The certificates that were given for the connection.
    #[must_use]
    pub fn local_certificates(&self) -> &'a X509CertificateCollection {
        self.local_certificates
    }

    /// The one that was shown to this host before, if there is one.
    #[must_use]
    pub fn cached_certificate(&self) -> Option<&'a X509Certificate2> {
        self.cached
    }

    /// The authorities the server names, written as
    /// [`X509Certificate2::issuer`]; empty: it takes any.
    #[must_use]
    pub fn acceptable_issuers(&self) -> Vec<String> {
        let names = self.issuers.iter();
        names.filter_map(|it| show_distinguished_name(it)).collect()
    }
}

impl fmt::Debug for LocalCertificateSelection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalCertificateSelection")
            .field("target_host", &self.target_host)
            .field("local_certificates", &self.local_certificates)
            .field("acceptable_issuers", &self.acceptable_issuers())
            .finish_non_exhaustive()
    }
}
