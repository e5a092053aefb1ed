//! `X509Certificate2`: a certificate, with its private key if that is at hand.
//!
//! Read: RFC 5280 section 4.1, RFC 5958 (private keys), RFC 7292 (PKCS #12), RFC 7468 (PEM).

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

use super::certificate::{CertificateFacts, Fields};
use super::error::TlsError;
use super::identity::{certificates_from_pem, certified};
use super::private_key::{private_key_from_der, private_key_from_pem};

mod collection;
mod find;
mod keyless;
#[cfg(feature = "pkcs12")]
mod pkcs12;
#[cfg(feature = "pkcs12")]
mod store;
#[cfg(test)]
mod tests;
#[cfg(not(feature = "pkcs12"))]
mod without_store;

pub use collection::X509CertificateCollection;
pub use find::X509FindType;
pub use keyless::X509Certificate;
#[cfg(feature = "pkcs12")]
use store::with_keys_of_user;
#[cfg(feature = "pkcs12")]
pub use store::{StoreLocation, StoreName, X509Store};
#[cfg(not(feature = "pkcs12"))]
use without_store::with_keys_of_user;

/// The largest file that is read: certificates with their chains and keys are some KiB.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// A certificate, with the chain above it and its private key as far as they are at hand.
///
/// Clones share their content. Two are equal if they are of the same certificate, and both have its
/// private key or neither has.
///
/// # Examples
/// ```no_run
/// use system_net_security::X509Certificate2;
///
/// let certificate = X509Certificate2::create_from_pem_file("client.pem", Some("client.key"))?;
/// println!("{} until {:?}", certificate.subject(), certificate.not_after());
/// assert!(certificate.has_private_key());
/// # Ok::<(), system_net_security::TlsError>(())
/// ```
///
/// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2`
#[derive(Clone)]
pub struct X509Certificate2 {
    shared: Arc<Shared>,
}

struct Shared {
    /// Never empty: its own first, then those above it.
    chain: Vec<CertificateDer<'static>>,
    facts: CertificateFacts,
    key: Option<Arc<CertifiedKey>>,
    /// The key in PKCS #8, for files.
    #[cfg_attr(
        not(feature = "pkcs12"),
        allow(dead_code, reason = "only PKCS #12 files have keys written into them")
    )]
    pkcs8: Option<Zeroizing<Vec<u8>>>,
}

impl X509Certificate2 {
    /// Takes a certificate in DER, without its private key.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): it is no certificate.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate`
    #[doc(alias = "X509CertificateLoader.LoadCertificate")]
    pub fn from_der(certificate: &[u8]) -> Result<Self, TlsError> {
        Self::new(vec![certificate.to_vec().into()], None)
    }

    /// Reads a certificate from a PEM text, with those above it if they follow, without its private key.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): there is none, or it is
    /// broken.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem`
    pub fn from_pem(certificate: &[u8]) -> Result<Self, TlsError> {
        Self::new(certificates_from_pem(certificate)?, None)
    }

    /// Reads a certificate from a PEM text, with those above it if they follow, and its private key
    /// from another, which may be the same text: PKCS #8, PKCS #1 (RSA) or SEC 1 (EC), not encrypted.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): one of them is missing,
    /// broken or encrypted, or the key is that of another certificate.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem`
    #[doc(alias = "X509Certificate2.CreateFromPem")]
    pub fn create_from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Self::of_pem(certificate, key, None)
    }

    /// [`create_from_pem`](Self::create_from_pem) with the password of the key; a key that is not
    /// encrypted needs none, and is taken with any. Encrypted keys are PKCS #8 (`ENCRYPTED PRIVATE
    /// KEY`) and need the feature `pkcs12`.
    ///
    /// # Errors
    /// As there, and if the password is another.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromEncryptedPem`
    #[doc(alias = "X509Certificate2.CreateFromEncryptedPem")]
    pub fn create_from_encrypted_pem(
        certificate: &[u8],
        key: &[u8],
        password: &str,
    ) -> Result<Self, TlsError> {
        Self::of_pem(certificate, key, Some(password))
    }

    /// [`create_from_pem`](Self::create_from_pem) of files; without the second the key stands in the
    /// first.
    ///
    /// # Errors
    /// As there, with the path; [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration)
    /// too if a file cannot be read, or is larger than 4 MiB.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPemFile`
    #[doc(alias = "X509Certificate2.CreateFromPemFile")]
    pub fn create_from_pem_file<P: AsRef<Path>>(
        certificate: P,
        key: Option<P>,
    ) -> Result<Self, TlsError> {
        let path = certificate.as_ref();
        let text = read_file(path)?;
        let key = key.as_ref().map(AsRef::as_ref);
        let key_text = key.map(read_file).transpose()?;
        let made = Self::create_from_pem(&text, key_text.as_ref().unwrap_or(&text));
        made.map_err(|error| in_file(key.unwrap_or(path), error))
    }

    /// Takes the private key, in DER: PKCS #8, PKCS #1 (RSA) or SEC 1 (EC). An encrypted one is
    /// PKCS #8 and needs the password, and the feature `pkcs12`.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): it is no key, or that of
    /// another certificate, or the password is another.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.RSACertificateExtensions.CopyWithPrivateKey`
    #[doc(alias = "RSACertificateExtensions.CopyWithPrivateKey")]
    pub fn copy_with_private_key(
        &self,
        key: &[u8],
        password: Option<&str>,
    ) -> Result<Self, TlsError> {
        let key = private_key_from_der(key, password)?;
        Self::new(self.shared.chain.clone(), Some(key))
    }

    /// As [`copy_with_private_key`](Self::copy_with_private_key), of a key in a PEM text.
    ///
    /// # Errors
    /// As there.
    pub fn copy_with_private_key_pem(
        &self,
        key: &[u8],
        password: Option<&str>,
    ) -> Result<Self, TlsError> {
        let key = private_key_from_pem(key, password)?;
        Self::new(self.shared.chain.clone(), Some(key))
    }

    /// Reads a PKCS #12 file (`.p12`, `.pfx`): the first certificate in it that has its private key,
    /// with those of its chain; the first of all if none has. [`X509CertificateCollection::import`]
    /// reads all of them.
    ///
    /// # Errors
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): it is no such file, has
    /// no certificate, or the password is another.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12`
    #[cfg(feature = "pkcs12")]
    #[doc(alias = "X509CertificateLoader.LoadPkcs12")]
    pub fn from_pkcs12(file: &[u8], password: Option<&str>) -> Result<Self, TlsError> {
        let mut all = pkcs12::read(file, password)?;
        let with_key = all.iter().position(Self::has_private_key);
        match all.is_empty() {
            true => Err(TlsError::configuration(
                "the PKCS #12 file has no certificate",
            )),
            false => Ok(all.swap_remove(with_key.unwrap_or(0))),
        }
    }

    /// Reads a file of any of the forms: PKCS #12, a certificate in DER, or PEM, with the private key
    /// in the same text or none.
    ///
    /// # Errors
    /// As for those, with the path.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.#ctor`
    #[doc(alias = "X509Certificate2")]
    pub fn from_file(path: impl AsRef<Path>, password: Option<&str>) -> Result<Self, TlsError> {
        let path = path.as_ref();
        let content = read_file(path)?;
        let has = |marker: &[u8]| content.windows(marker.len()).any(|part| part == marker);
        let read = || {
            if has(b"-----BEGIN CERTIFICATE-----") {
                return match has(b"PRIVATE KEY-----") {
                    true => Self::of_pem(&content, &content, password),
                    false => Self::from_pem(&content),
                };
            }
            match Fields::read(&content) {
                Some(_) => Self::from_der(&content),
                None => Self::of_other_form(&content, password),
            }
        };
        read().map_err(|error| in_file(path, error))
    }

    #[cfg(feature = "pkcs12")]
    fn of_other_form(content: &[u8], password: Option<&str>) -> Result<Self, TlsError> {
        Self::from_pkcs12(content, password)
    }

    #[cfg(not(feature = "pkcs12"))]
    fn of_other_form(_: &[u8], _: Option<&str>) -> Result<Self, TlsError> {
        Err(TlsError::configuration(
            "it is no certificate, neither in PEM nor in DER; PKCS #12 needs the feature `pkcs12`",
        ))
    }

    fn of_pem(certificate: &[u8], key: &[u8], password: Option<&str>) -> Result<Self, TlsError> {
        let chain = certificates_from_pem(certificate)?;
        Self::new(chain, Some(private_key_from_pem(key, password)?))
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: Option<PrivateKeyDer<'static>>,
    ) -> Result<Self, TlsError> {
        let facts = chain.first().and_then(CertificateFacts::read);
        let facts = facts.ok_or_else(|| {
            TlsError::configuration("the bytes are no X.509 certificate that can be read")
        })?;
        let pkcs8 = key.as_ref().and_then(|key| pkcs8_of(key, &chain[0]));
        let key = match key {
            Some(key) => Some(certified(chain.clone(), key)?),
            None => None,
        };
        let shared = Arc::new(Shared {
            chain,
            facts,
            key,
            pkcs8,
        });
        Ok(Self { shared })
    }

    /// The same certificate, without its key.
    fn without_private_key(&self) -> Self {
        let shared = Shared {
            chain: self.shared.chain.clone(),
            facts: self.shared.facts.clone(),
            key: None,
            pkcs8: None,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The SHA-1 hash of the certificate, by which stores find it: forty hexadecimal digits in
    /// capitals. A name and no proof: SHA-1 is broken.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.Thumbprint`
    #[doc(alias = "X509Certificate2.Thumbprint")]
    #[must_use]
    pub fn thumbprint(&self) -> String {
        hexadecimal(&Sha1::digest(self.raw_data()))
    }

    /// The serial number, in hexadecimal digits in capitals.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.SerialNumber`
    #[doc(alias = "X509Certificate2.SerialNumber")]
    #[must_use]
    pub fn serial_number(&self) -> String {
        let fields = Fields::read(self.raw_data());
        fields.map_or_else(String::new, |fields| hexadecimal(fields.serial))
    }

    /// Whom it is for, the most specific part first: `CN=jsmith, O=Contoso`.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate.Subject`
    #[doc(alias = "X509Certificate.Subject")]
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.shared.facts.subject
    }

    /// Who issued it, written as the subject.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate.Issuer`
    #[doc(alias = "X509Certificate.Issuer")]
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.shared.facts.issuer
    }

    /// The first moment it is valid.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.NotBefore`
    #[doc(alias = "X509Certificate2.NotBefore")]
    #[must_use]
    pub fn not_before(&self) -> SystemTime {
        self.shared.facts.not_before
    }

    /// The last moment it is valid.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.NotAfter`
    #[doc(alias = "X509Certificate2.NotAfter")]
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        self.shared.facts.not_after
    }

    /// Whether its private key is at hand, without which it proves nothing.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.HasPrivateKey`
    #[doc(alias = "X509Certificate2.HasPrivateKey")]
    #[must_use]
    pub fn has_private_key(&self) -> bool {
        self.shared.key.is_some()
    }

    /// The certificate in DER.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2.RawData`
    #[doc(alias = "X509Certificate2.RawData")]
    #[must_use]
    pub fn raw_data(&self) -> &[u8] {
        &self.shared.chain[0]
    }

    /// It, and the certificates above it that came along.
    #[must_use]
    pub fn certificate_chain(&self) -> &[CertificateDer<'static>] {
        &self.shared.chain
    }

    pub(super) fn key(&self) -> Option<&Arc<CertifiedKey>> {
        self.shared.key.as_ref()
    }
}

impl PartialEq for X509Certificate2 {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
            || (self.raw_data() == other.raw_data()
                && self.has_private_key() == other.has_private_key())
    }
}

impl Eq for X509Certificate2 {}

impl fmt::Debug for X509Certificate2 {
    /// The key is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("X509Certificate2")
            .field("subject", &self.subject())
            .field("issuer", &self.issuer())
            .field("has_private_key", &self.has_private_key())
            .finish_non_exhaustive()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02X}"));
    digits.collect()
}

/// A key in PKCS #8 (RFC 5958): the older forms leave out of what kind it is, which the certificate
/// says.
fn pkcs8_of(key: &PrivateKeyDer<'_>, certificate: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    use crate::der::{OCTET_STRING, Reader, SEQUENCE, element};
    let bare = match key {
        PrivateKeyDer::Pkcs8(key) => {
            return Some(Zeroizing::new(key.secret_pkcs8_der().to_vec()));
        }
        PrivateKeyDer::Pkcs1(key) => key.secret_pkcs1_der(),
        PrivateKeyDer::Sec1(key) => key.secret_sec1_der(),
        _ => return None,
    };
    let kind = Reader::new(Fields::read(certificate)?.public_key).whole(SEQUENCE)?;
    let octets = Zeroizing::new(element(OCTET_STRING, &[bare]));
    let version: &[u8] = &[2, 1, 0];
    Some(Zeroizing::new(element(SEQUENCE, &[version, kind, &octets])))
}

/// The content of a file, wiped when it was used: there may be a key in it.
fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let read = || {
        let length = std::fs::metadata(path)?.len();
        if length > LARGEST_FILE {
            let message =
                format!("it has {length} bytes, more than the {LARGEST_FILE} of the limit");
            return Err(std::io::Error::other(message));
        }
        std::fs::read(path)
    };
    read().map(Zeroizing::new).map_err(|error| {
        let message = format!("{} cannot be read: {error}", path.display());
        TlsError::configuration(message).with_source(error)
    })
}

fn in_file(path: &Path, error: TlsError) -> TlsError {
    TlsError::configuration(format!("{}: {error}", path.display())).with_source(error)
}
