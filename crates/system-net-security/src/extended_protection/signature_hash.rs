//! The hash of a certificate for its end-point binding: that of its own signature.
//!
//! To read: RFC 5929 section 4.1; the algorithms are those of RFC 3279, 4055 and 5758.

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::der::{self, Reader};

/// A hash function that a binding may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureHash {
    Sha256,
    Sha384,
    Sha512,
}

impl SignatureHash {
    /// That of a certificate in DER; MD5 and SHA-1 become SHA-256. `None` if its signature has
    /// none, or it cannot be read.
    pub(super) fn of(certificate: &[u8]) -> Option<Self> {
        let mut outer = Reader::new(Reader::new(certificate).expect(der::SEQUENCE)?);
        outer.expect(der::SEQUENCE)?; // what is signed
        let mut algorithm = Reader::new(outer.expect(der::SEQUENCE)?);
        match algorithm.expect(der::OBJECT_IDENTIFIER)? {
            RSA_PSS => Self::of_pss(algorithm),
            other => SIGNATURES
                .iter()
                .find(|(id, _)| *id == other)
                .map(|&(_, hash)| hash),
        }
    }

    /// RSASSA-PSS names its hash in the first parameter; without one it is SHA-1. RFC 4055
    /// section 3.1.
    fn of_pss(mut algorithm: Reader<'_>) -> Option<Self> {
        let mut parameters = Reader::new(algorithm.expect(der::SEQUENCE)?);
        let Some(hash) = parameters.optional(PSS_HASH) else {
            return Some(Self::Sha256);
        };
        let mut hash = Reader::new(Reader::new(hash).expect(der::SEQUENCE)?);
        let id = hash.expect(der::OBJECT_IDENTIFIER)?;
        HASHES
            .iter()
            .find(|(known, _)| *known == id)
            .map(|&(_, hash)| hash)
    }

    pub(super) fn digest(self, data: &[u8]) -> Box<[u8]> {
        match self {
            Self::Sha256 => Box::from(&Sha256::digest(data)[..]),
            Self::Sha384 => Box::from(&Sha384::digest(data)[..]),
            Self::Sha512 => Box::from(&Sha512::digest(data)[..]),
        }
    }
}

/// The context tag of `hashAlgorithm` in the parameters of RSASSA-PSS.
const PSS_HASH: u8 = 0xa0;

/// 1.2.840.113549.1.1.10
const RSA_PSS: &[u8] = &rsa(10);

/// 1.2.840.113549.1.1.x
const fn rsa(last: u8) -> [u8; 9] {
    [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last]
}

/// 1.2.840.10045.4.3.x
const fn ecdsa_sha2(last: u8) -> [u8; 8] {
    [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, last]
}

/// 2.16.840.1.101.3.4.2.x
const fn sha2(last: u8) -> [u8; 9] {
    [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last]
}

const SIGNATURES: [(&[u8], SignatureHash); 12] = [
    (&rsa(4), SignatureHash::Sha256), // with MD5
    (&rsa(5), SignatureHash::Sha256), // with SHA-1
    (&rsa(11), SignatureHash::Sha256),
    (&rsa(12), SignatureHash::Sha384),
    (&rsa(13), SignatureHash::Sha512),
    // 1.2.840.10045.4.1: ECDSA with SHA-1
    (
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01],
        SignatureHash::Sha256,
    ),
    (&ecdsa_sha2(2), SignatureHash::Sha256),
    (&ecdsa_sha2(3), SignatureHash::Sha384),
    (&ecdsa_sha2(4), SignatureHash::Sha512),
    // 1.2.840.10040.4.3: DSA with SHA-1
    (
        &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03],
        SignatureHash::Sha256,
    ),
    // 2.16.840.1.101.3.4.3.2: DSA with SHA-256
    (
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x02],
        SignatureHash::Sha256,
    ),
    // 1.3.14.3.2.29: RSA with SHA-1, an old name
    (&[0x2b, 0x0e, 0x03, 0x02, 0x1d], SignatureHash::Sha256),
];

const HASHES: [(&[u8], SignatureHash); 5] = [
    // 1.2.840.113549.2.5: MD5
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05],
        SignatureHash::Sha256,
    ),
    // 1.3.14.3.2.26: SHA-1
    (&[0x2b, 0x0e, 0x03, 0x02, 0x1a], SignatureHash::Sha256),
    (&sha2(1), SignatureHash::Sha256),
    (&sha2(2), SignatureHash::Sha384),
    (&sha2(3), SignatureHash::Sha512),
];
