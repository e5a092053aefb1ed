//! PKCS #12 files (RFC 7292): private keys, their certificates and those above them.

use p12_keystore::error::Error;
use p12_keystore::{
    Certificate, KeyStore, KeyStoreEntry, Pkcs12Archive, PrivateKey, PrivateKeyChain,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sha1::{Digest as _, Sha1};

use super::X509Certificate2;
use crate::tls::certificate::Fields;
use crate::tls::error::TlsError;

/// All certificates of a file: first those with private keys, each with its chain, in the order of
/// the keys; then the others that belong to no chain.
pub(super) fn read(file: &[u8], password: Option<&str>) -> Result<Vec<X509Certificate2>, TlsError> {
    let archive = Pkcs12Archive::from_pkcs12(file, password.unwrap_or_default())
        .map_err(|error| refused(&error, password.is_some()))?;
    let mut certificates: Vec<CertificateDer<'static>> = Vec::new();
    for bag in &archive.certs {
        let certificate = CertificateDer::from(bag.cert.as_der().to_vec());
        if !certificates.contains(&certificate) {
            certificates.push(certificate);
        }
    }
    let mut read = Vec::new();
    let mut used = vec![false; certificates.len()];
    for bag in &archive.keys {
        let key = || PrivatePkcs8KeyDer::from(bag.key.as_der().to_vec()).into();
        // The ids of files say whose key it is, and may be wrong; the key itself cannot be.
        let own = (0..certificates.len()).find_map(|index| {
            let (chain, shown) = chain_from(index, &certificates);
            let own = chain[..shown].iter().map(|&at| certificates[at].clone());
            let own = X509Certificate2::new(own.collect(), Some(key()));
            Some((chain, own.ok()?))
        });
        let Some((chain, certificate)) = own else {
            return Err(TlsError::configuration(
                "the PKCS #12 file has a private key without its certificate, or one of a kind \
                 that cannot be used",
            ));
        };
        chain.into_iter().for_each(|at| used[at] = true);
        read.push(certificate);
    }
    for (certificate, used) in certificates.into_iter().zip(used) {
        if !used {
            read.push(X509Certificate2::new(vec![certificate], None)?);
        }
    }
    Ok(read)
}

/// How often passwords are hashed: for files without one, where it guards nothing.
const ITERATIONS: u32 = 2000;

/// A file without a password, as stores have them: a certificate, its key and those above it.
pub(super) fn write(certificate: &X509Certificate2) -> Result<Vec<u8>, TlsError> {
    let written = || {
        let shared = &certificate.shared;
        let own = Certificate::from_der(certificate.raw_data())?;
        let name = certificate.thumbprint();
        let mut file = KeyStore::new();
        let entry = match &shared.pkcs8 {
            Some(key) => {
                let mut chain = vec![own];
                for der in shared.chain.iter().skip(1) {
                    chain.push(Certificate::from_der(der)?);
                }
                let key = PrivateKey::from_der(key)?;
                let id = Sha1::digest(certificate.raw_data()).to_vec();
                KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(id, key, chain))
            }
            None => KeyStoreEntry::Certificate(own),
        };
        file.add_entry(&name, entry);
        let writer = file.writer("").encryption_iterations(ITERATIONS);
        writer.mac_iterations(ITERATIONS).write()
    };
    written().map_err(|error: Error| {
        TlsError::configuration("the certificate cannot be written as PKCS #12")
            .with_source(super::super::identity::Opaque(error.to_string()))
    })
}

/// A certificate and those above it, by the names of subjects and issuers; and how many of them are
/// shown: a root is nothing to show, as who trusts it has it.
fn chain_from(first: usize, certificates: &[CertificateDer<'_>]) -> (Vec<usize>, usize) {
    let fields: Vec<_> = certificates.iter().map(|it| Fields::read(it)).collect();
    let mut chain = vec![first];
    let mut last = first;
    while let Some(lower) = fields[last].as_ref().filter(|it| !it.is_self_issued()) {
        let issuer = fields.iter().position(|upper| {
            upper
                .as_ref()
                .is_some_and(|upper| upper.subject == lower.issuer && upper.is_authority)
        });
        match issuer {
            Some(next) if !chain.contains(&next) => {
                chain.push(next);
                last = next;
            }
            _ => break,
        }
    }
    let is_root = |at: usize| fields[at].as_ref().is_some_and(Fields::is_self_issued);
    let shown = chain.len() - usize::from(chain.len() > 1 && is_root(last));
    (chain, shown)
}

fn refused(error: &Error, with_password: bool) -> TlsError {
    let what = match error {
        Error::MacError(_) | Error::UnpadError if with_password => {
            "the password of the PKCS #12 file is another"
        }
        Error::MacError(_) | Error::UnpadError => "the PKCS #12 file needs its password",
        _ => "the file is no PKCS #12 file, or of a kind that cannot be read",
    };
    TlsError::configuration(what).with_source(super::super::identity::Opaque(error.to_string()))
}
