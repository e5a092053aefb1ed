//! Public keys that a client insists on, and revocation lists, as programs are told of them.
//!
//! To read: RFC 5280 section 4.1 (SubjectPublicKeyInfo), RFC 7468 (PEM), RFC 7469 section 2.4 (the
//! hash).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateRevocationListDer, SubjectPublicKeyInfoDer};
use sha2::{Digest as _, Sha256};

use super::error::TlsError;
use super::identity::broken_pem;
use crate::der::{Reader, SEQUENCE};

/// The hashes in a text as curl has it: `sha256//` and the hash in base 64, with `;` between several.
/// They are for [`TlsClientOptions::pinned_public_keys`](crate::TlsClientOptions::pinned_public_keys).
///
/// # Errors
/// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): a part is none.
///
/// # Examples
/// ```
/// let pins = system_net_security::public_key_pins(
///     "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
/// )?;
/// assert_eq!(pins[0][..4], [0xe3, 0xb0, 0xc4, 0x42]);
/// # Ok::<(), system_net_security::TlsError>(())
/// ```
pub fn public_key_pins(text: &str) -> Result<Vec<[u8; 32]>, TlsError> {
    let pin = |part: &str| {
        let hash = part.trim().strip_prefix("sha256//")?;
        <[u8; 32]>::try_from(STANDARD.decode(hash).ok()?).ok()
    };
    let pins = text.split(';').map(|part| {
        pin(part).ok_or_else(|| {
            TlsError::configuration(format!(
                "{part:?} is no hash of a public key: expected sha256// and 32 bytes in base 64"
            ))
        })
    });
    pins.collect()
}

/// The hash of a public key in a file, PEM (`BEGIN PUBLIC KEY`) or DER, as `openssl x509 -pubkey` and
/// `openssl pkey -pubout` write it.
///
/// # Errors
/// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): it is none.
pub fn public_key_pin_of(file: &[u8]) -> Result<[u8; 32], TlsError> {
    let none =
        || TlsError::configuration("there is no public key in it (no \"BEGIN PUBLIC KEY\" line)");
    let is_der = Reader::new(file).whole(SEQUENCE) == Some(file);
    let der = match is_der {
        true => file.to_vec(),
        false => SubjectPublicKeyInfoDer::pem_slice_iter(file)
            .next()
            .ok_or_else(none)?
            .map_err(|error| broken_pem("public key", error))?
            .to_vec(),
    };
    Ok(Sha256::digest(der).into())
}

/// The revocation lists in a file, PEM (`BEGIN X509 CRL`) or one in DER; each in DER.
///
/// # Errors
/// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration): there is none.
pub fn revocation_lists_of(file: &[u8]) -> Result<Vec<Vec<u8>>, TlsError> {
    if Reader::new(file).whole(SEQUENCE) == Some(file) {
        return Ok(vec![file.to_vec()]);
    }
    let lists = CertificateRevocationListDer::pem_slice_iter(file);
    let lists: Vec<Vec<u8>> = lists
        .map(|list| list.map(|list| list.to_vec()))
        .collect::<Result<_, _>>()
        .map_err(|error| broken_pem("revocation list", error))?;
    match lists.is_empty() {
        true => Err(TlsError::configuration(
            "there is no revocation list in it (no \"BEGIN X509 CRL\" line)",
        )),
        false => Ok(lists),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_and_what_is_none() {
        let hash = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(public_key_pins(hash).unwrap().len(), 1);
        assert_eq!(
            public_key_pins(&format!("{hash}; {hash}")).unwrap().len(),
            2
        );
        for wrong in [
            "",
            "sha256//",
            "sha1//AAAA",
            &hash[..20],
            &format!("{hash};"),
        ] {
            let error = public_key_pins(wrong).unwrap_err();
            assert!(error.to_string().contains("base 64"), "{error}");
        }
        for wrong in [
            b"".as_slice(),
            b"no key",
            b"-----BEGIN PUBLIC KEY-----\n!\n",
        ] {
            public_key_pin_of(wrong).unwrap_err();
            revocation_lists_of(wrong).unwrap_err();
        }
    }
}
