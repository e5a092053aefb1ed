//! `X509Certificate`: a certificate that never carries its private key.

use std::fmt;
use std::path::Path;

use super::X509Certificate2;
use crate::TlsError;

/// A certificate without its private key: where a connection needs the key, it is that of the user's
/// store (`X509Store`, feature `pkcs12`). A [`X509Certificate2`] may carry its own.
///
/// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate`
#[derive(Clone, PartialEq, Eq)]
pub struct X509Certificate {
    /// Never with a key.
    inner: X509Certificate2,
}

impl X509Certificate {
    /// Takes a certificate in DER.
    ///
    /// # Errors
    /// As [`X509Certificate2::from_der`].
    pub fn from_der(certificate: &[u8]) -> Result<Self, TlsError> {
        X509Certificate2::from_der(certificate).map(|it| Self::from(&it))
    }

    /// Reads a file: PEM, DER, or the certificate in a PKCS #12 file that has no password.
    ///
    /// # Errors
    /// As [`X509Certificate2::from_file`].
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate.CreateFromCertFile`
    #[doc(alias = "X509Certificate.CreateFromCertFile")]
    pub fn create_from_cert_file(path: impl AsRef<Path>) -> Result<Self, TlsError> {
        X509Certificate2::from_file(path, None).map(|it| Self::from(&it))
    }

    /// Whom it is for; see [`X509Certificate2::subject`].
    #[must_use]
    pub fn subject(&self) -> &str {
        self.inner.subject()
    }

    /// Who issued it; see [`X509Certificate2::issuer`].
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.inner.issuer()
    }

    /// Its SHA-1 hash; see [`X509Certificate2::thumbprint`].
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate.GetCertHashString`
    #[doc(alias = "X509Certificate.GetCertHashString")]
    #[must_use]
    pub fn cert_hash_string(&self) -> String {
        self.inner.thumbprint()
    }

    /// The certificate in DER.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate.GetRawCertData`
    #[doc(alias = "X509Certificate.GetRawCertData")]
    #[must_use]
    pub fn raw_cert_data(&self) -> &[u8] {
        self.inner.raw_data()
    }
}

impl From<&X509Certificate2> for X509Certificate {
    /// Leaves the private key behind.
    fn from(certificate: &X509Certificate2) -> Self {
        let inner = certificate.without_private_key();
        Self { inner }
    }
}

impl From<X509Certificate> for X509Certificate2 {
    /// Without a private key, as long as none is found in the user's store.
    fn from(certificate: X509Certificate) -> Self {
        certificate.inner
    }
}

impl fmt::Debug for X509Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("X509Certificate")
            .field("subject", &self.subject())
            .field("issuer", &self.issuer())
            .finish()
    }
}
