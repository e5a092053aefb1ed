//! `X509CertificateCollection`: certificates in an order.

use std::fmt;

use super::X509Certificate2;
#[cfg(feature = "pkcs12")]
use crate::TlsError;

/// Certificates in the order in which they are looked at: those that a client may show.
///
/// # Examples
/// ```no_run
/// use system_net_security::{X509Certificate2, X509CertificateCollection};
///
/// let mut certificates = X509CertificateCollection::new();
/// certificates.add(X509Certificate2::from_file("client.pem", None)?);
/// # Ok::<(), system_net_security::TlsError>(())
/// ```
///
/// .NET: `System.Security.Cryptography.X509Certificates.X509CertificateCollection`
#[derive(Clone, Default, PartialEq, Eq)]
pub struct X509CertificateCollection {
    certificates: Vec<X509Certificate2>,
}

impl X509CertificateCollection {
    /// An empty collection.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            certificates: Vec::new(),
        }
    }

    /// Adds a certificate at the end, an [`X509Certificate`](crate::X509Certificate) too; gives its
    /// index.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509CertificateCollection.Add`
    #[doc(alias = "X509CertificateCollection.Add")]
    pub fn add(&mut self, certificate: impl Into<X509Certificate2>) -> usize {
        self.certificates.push(certificate.into());
        self.certificates.len() - 1
    }

    /// Adds those of a PKCS #12 file, with and without private keys; see
    /// [`X509Certificate2::from_pkcs12`].
    ///
    /// # Errors
    /// As there; then nothing is added.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2Collection.Import`
    #[cfg(feature = "pkcs12")]
    #[doc(alias = "X509Certificate2Collection.Import")]
    pub fn import(&mut self, file: &[u8], password: Option<&str>) -> Result<(), TlsError> {
        let read = super::pkcs12::read(file, password)?;
        self.certificates.extend(read);
        Ok(())
    }

    /// Takes a certificate out. False: it was not in.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509CertificateCollection.Remove`
    #[doc(alias = "X509CertificateCollection.Remove")]
    pub fn remove(&mut self, certificate: &X509Certificate2) -> bool {
        let found = self.certificates.iter().position(|it| it == certificate);
        found.map(|index| self.certificates.remove(index)).is_some()
    }

    /// Takes all certificates out.
    ///
    /// .NET: `System.Collections.CollectionBase.Clear`
    pub fn clear(&mut self) {
        self.certificates.clear();
    }

    /// Whether a certificate is in.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509CertificateCollection.Contains`
    #[doc(alias = "X509CertificateCollection.Contains")]
    #[must_use]
    pub fn contains(&self, certificate: &X509Certificate2) -> bool {
        self.certificates.contains(certificate)
    }

    /// How many there are.
    ///
    /// .NET: `System.Collections.CollectionBase.Count`
    #[must_use]
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// The certificates, each that carries no private key with the one that the user's store has for it
    /// (`X509Store`, feature `pkcs12`), if it has one. Requests and streams do this by themselves.
    #[must_use]
    pub fn with_private_keys(&self) -> Self {
        // The store is read only where it can help.
        match self.iter().all(X509Certificate2::has_private_key) {
            true => self.clone(),
            false => super::with_keys_of_user(self),
        }
    }

    /// The certificates in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, X509Certificate2> {
        self.certificates.iter()
    }
}

impl<'a> IntoIterator for &'a X509CertificateCollection {
    type Item = &'a X509Certificate2;
    type IntoIter = std::slice::Iter<'a, X509Certificate2>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Extend<X509Certificate2> for X509CertificateCollection {
    /// .NET: `System.Security.Cryptography.X509Certificates.X509CertificateCollection.AddRange`
    fn extend<T: IntoIterator<Item = X509Certificate2>>(&mut self, certificates: T) {
        self.certificates.extend(certificates);
    }
}

impl FromIterator<X509Certificate2> for X509CertificateCollection {
    fn from_iter<T: IntoIterator<Item = X509Certificate2>>(certificates: T) -> Self {
        Self {
            certificates: certificates.into_iter().collect(),
        }
    }
}

impl From<X509Certificate2> for X509CertificateCollection {
    fn from(certificate: X509Certificate2) -> Self {
        Self {
            certificates: vec![certificate],
        }
    }
}

impl fmt::Debug for X509CertificateCollection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.certificates).finish()
    }
}
