//! A server's certificate chain with its key, and reading them from PEM.

use std::fmt;
use std::sync::Arc;

use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{Error as PemError, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::certificate::Fields;
use super::error::TlsError;
use super::private_key::private_key_from_pem;
use super::provider;
use super::x509::X509Certificate2;

#[cfg(test)]
mod tests;

/// Reads all certificates of a PEM text; other sections are skipped.
///
/// # Errors
/// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration) if a section is broken or
/// there is no certificate.
pub fn certificates_from_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| broken_pem("certificate", error))?;
    if certificates.is_empty() {
        return Err(TlsError::configuration(
            "the PEM text has no certificate (no \"BEGIN CERTIFICATE\" line)",
        ));
    }
    Ok(certificates)
}

/// What a server proves itself with: a certificate, the chain above it, and the private key.
#[derive(Clone)]
pub struct TlsServerIdentity {
    key: Arc<CertifiedKey>,
}

impl TlsServerIdentity {
    /// Reads certificates and key from PEM texts; both may be the same text. The server's own
    /// certificate stands first, then those of the authorities above it, without the root.
    ///
    /// The key may be PKCS#8, PKCS#1 (RSA) or SEC1 (EC), not encrypted.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration) if one of them is
    /// missing, broken or encrypted, or if the key is not that of the first certificate.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = certificates_from_pem(chain)?;
        let key = private_key_from_pem(key, None)?;
        Self::from_der(chain, key)
    }

    /// Takes certificates and key in DER.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration) if the chain is empty,
    /// one of them is broken, or the key is not that of the first certificate.
    pub fn from_der(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TlsError> {
        let Some(first) = chain.first() else {
            return Err(TlsError::configuration(
                "the server's certificate is missing",
            ));
        };
        if Fields::read(first).is_none() {
            return Err(TlsError::configuration(
                "the server's certificate cannot be read",
            ));
        }
        certified(chain, key).map(|key| Self { key })
    }

    /// The certificates, the server's own first.
    #[must_use]
    pub fn certificate_chain(&self) -> &[CertificateDer<'static>] {
        &self.key.cert
    }

    /// This identity with an OCSP response of its authority in DER, which is handed to clients that ask
    /// for one (RFC 6066 section 8): they see that the certificate is not revoked, and need not ask.
    /// It is not looked into; get a new one in time. Empty takes it away.
    #[must_use]
    pub fn with_ocsp_response(&self, response: Vec<u8>) -> Self {
        let mut key = CertifiedKey::clone(&self.key);
        key.ocsp = Some(response).filter(|response| !response.is_empty());
        Self { key: Arc::new(key) }
    }

    /// A certificate that carries its private key.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): it carries none.
    pub fn from_certificate(certificate: &X509Certificate2) -> Result<Self, TlsError> {
        let key = certificate.key().ok_or_else(|| {
            TlsError::configuration("the server's certificate is without its private key")
        })?;
        let key = Arc::clone(key);
        Ok(Self { key })
    }

    pub(super) fn key(&self) -> &Arc<CertifiedKey> {
        &self.key
    }
}

impl fmt::Debug for TlsServerIdentity {
    /// The key is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.key.cert.first().and_then(|first| Fields::read(first));
        f.debug_struct("TlsServerIdentity")
            .field("certificate", &fields.map(|fields| fields.facts()))
            .finish_non_exhaustive()
    }
}

/// A chain with the key of its first certificate.
pub(super) fn certified(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let refused = |what: &'static str, error: &rustls::Error| {
        TlsError::configuration(what).with_source(Opaque(error.to_string()))
    };
    match CertifiedKey::from_der(chain, key, provider::crypto()) {
        Ok(key) => Ok(Arc::new(key)),
        Err(error @ rustls::Error::InconsistentKeys(_)) => Err(refused(
            "the private key is not that of the certificate; its owner's certificate must stand \
             first in its chain",
            &error,
        )),
        Err(error) => Err(refused("the private key cannot be used", &error)),
    }
}

pub(super) fn broken_pem(what: &str, error: PemError) -> TlsError {
    TlsError::configuration(format!("the PEM text of the {what} is broken"))
        .with_source(Opaque(error.to_string()))
}

/// The text of a foreign error.
#[derive(Debug)]
pub(super) struct Opaque(pub(super) String);

impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Opaque {}
