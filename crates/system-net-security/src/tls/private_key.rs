//! Private keys as files have them: PEM or DER, encrypted or not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::{Error as PemError, PemObject};
#[cfg(feature = "pkcs12")]
use zeroize::Zeroizing;

use super::error::TlsError;
use super::identity::broken_pem;

const BEGIN_ENCRYPTED: &[u8] = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
const END_ENCRYPTED: &[u8] = b"-----END ENCRYPTED PRIVATE KEY-----";

/// The first private key of a PEM text. A key that is not encrypted needs no password.
pub(super) fn private_key_from_pem(
    pem: &[u8],
    password: Option<&str>,
) -> Result<PrivateKeyDer<'static>, TlsError> {
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => return Ok(key),
        // RFC 1421: what openssl wrote before version 1.
        Err(_) if find(pem, b"Proc-Type: 4,ENCRYPTED").is_some() => {
            return Err(TlsError::configuration(
                "the private key is encrypted in an old way; write it anew first (openssl pkcs8 \
                 -topk8 -in KEY -out NEW)",
            ));
        }
        Err(PemError::NoItemsFound) => {}
        Err(error) => return Err(broken_pem("private key", error)),
    }
    let Some(begin) = find(pem, BEGIN_ENCRYPTED) else {
        return Err(TlsError::configuration(
            "the PEM text has no private key (no \"BEGIN PRIVATE KEY\" line)",
        ));
    };
    let content = &pem[begin + BEGIN_ENCRYPTED.len()..];
    let content = find(content, END_ENCRYPTED).map(|end| &content[..end]);
    let der = content.and_then(|content| {
        let text: Vec<u8> = content
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        STANDARD.decode(text).ok()
    });
    match der {
        Some(der) => decrypted(&der, password),
        None => Err(TlsError::configuration(
            "the PEM text of the private key is broken",
        )),
    }
}

/// A private key in DER.
pub(super) fn private_key_from_der(
    der: &[u8],
    password: Option<&str>,
) -> Result<PrivateKeyDer<'static>, TlsError> {
    if let Ok(key) = PrivateKeyDer::try_from(der) {
        return Ok(key.clone_key());
    }
    match is_encrypted(der) {
        true => decrypted(der, password),
        false => Err(TlsError::configuration(
            "the bytes are no private key (PKCS #8, PKCS #1 or SEC 1)",
        )),
    }
}

/// RFC 5958 section 3: EncryptedPrivateKeyInfo is an algorithm and an OCTET STRING.
fn is_encrypted(der: &[u8]) -> bool {
    use crate::der::{OCTET_STRING, Reader, SEQUENCE};
    let read = || {
        let mut body = Reader::new(Reader::new(der).expect(SEQUENCE)?);
        body.expect(SEQUENCE)?;
        body.expect(OCTET_STRING)
    };
    read().is_some()
}

#[cfg(feature = "pkcs12")]
fn decrypted(der: &[u8], password: Option<&str>) -> Result<PrivateKeyDer<'static>, TlsError> {
    let Some(password) = password else {
        return Err(TlsError::configuration(
            "the private key is encrypted: give its password, or decrypt it first (openssl pkey \
             -in KEY -out PLAIN)",
        ));
    };
    let refused = |what: &'static str, error: String| {
        TlsError::configuration(what).with_source(super::identity::Opaque(error))
    };
    let encrypted = pkcs8::EncryptedPrivateKeyInfoRef::try_from(der)
        .map_err(|error| refused("the encrypted private key is broken", error.to_string()))?;
    let plain = encrypted.decrypt(password).map_err(|error| {
        let what = "the private key cannot be decrypted: the password is another, or the way it is \
                    encrypted is not known here";
        refused(what, error.to_string())
    })?;
    let plain = Zeroizing::new(plain.as_bytes().to_vec());
    let key = PrivateKeyDer::try_from(&plain[..]);
    key.map(|key| key.clone_key())
        .map_err(|error| refused("the decrypted private key is broken", error.to_owned()))
}

#[cfg(not(feature = "pkcs12"))]
fn decrypted(_: &[u8], _: Option<&str>) -> Result<PrivateKeyDer<'static>, TlsError> {
    Err(TlsError::configuration(
        "the private key is encrypted; decrypt it first (openssl pkey -in KEY -out PLAIN), or use \
         the feature `pkcs12`",
    ))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
