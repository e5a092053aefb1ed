//! Without the feature `pkcs12` there is no store of the user, and so no keys in it.

use super::X509CertificateCollection;

/// The same certificates.
pub(in crate::tls) fn with_keys_of_user(
    certificates: &X509CertificateCollection,
) -> X509CertificateCollection {
    certificates.clone()
}
