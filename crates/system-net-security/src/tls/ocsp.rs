//! Stapled answers about revocation: what a server hands over of its authority's word on its
//! certificate.
//!
//! To read: RFC 6960 section 4.2 (the response), RFC 6066 section 8 (stapling), RFC 7633 (certificates
//! that must come with one). Nothing is asked for over the network.

use std::time::{Duration, SystemTime};

use rustls::crypto::WebPkiSupportedAlgorithms;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::certificate::{Fields, read_time};
use crate::der::{self, Reader};

/// How far the authority's clock may be ahead of this machine's.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// How long a response is good for that does not say when the next one is due.
const WITHOUT_NEXT: Duration = Duration::from_secs(24 * 60 * 60);

/// What an authority says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OcspStatus {
    Good,
    Revoked,
}

/// The certificate that is asked about, and who issued it.
pub(super) struct Question<'a> {
    pub(super) certificate: &'a Fields<'a>,
    /// Content of the issuer's SEQUENCEs: its subject, and its public key.
    pub(super) issuer: Issuer<'a>,
    pub(super) now: SystemTime,
    pub(super) algorithms: &'a WebPkiSupportedAlgorithms,
}

/// An authority, by its name and key; the contents of their SEQUENCEs.
#[derive(Clone, Copy)]
pub(super) struct Issuer<'a> {
    pub(super) subject: &'a [u8],
    pub(super) public_key: &'a [u8],
}

impl Issuer<'_> {
    /// Whether a certificate bears this authority's signature.
    pub(super) fn has_signed(
        &self,
        certificate: &[u8],
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> bool {
        let signed = || {
            let mut outer = Reader::new(Reader::new(certificate).expect(der::SEQUENCE)?);
            let body = outer.whole(der::SEQUENCE)?;
            let algorithm = outer.expect(der::SEQUENCE)?;
            let signature = bits(outer.expect(BIT_STRING)?)?;
            verify(self.public_key, algorithm, body, signature, algorithms)
        };
        signed().is_some()
    }
}

/// Reads a response for a certificate.
///
/// # Errors
/// Why it says nothing of the certificate that could be relied on, in words.
pub(super) fn judge(response: &[u8], question: &Question<'_>) -> Result<OcspStatus, &'static str> {
    let basic = basic(response)?;
    let unreadable = "the stapled OCSP response cannot be read";
    let response = Basic::read(basic).ok_or(unreadable)?;
    response.check_signer(question)?;
    let serial = question.certificate.serial;
    let mut about = None;
    for single in Reader::new(response.singles) {
        let single = Single::read(single).ok_or(unreadable)?;
        if single.serial == serial && single.is_of(&question.issuer) {
            about = Some(single);
        }
    }
    let single = about.ok_or("the stapled OCSP response is about another certificate")?;
    let now = question.now;
    if single.this_update > now + SKEW {
        return Err("the stapled OCSP response is not valid yet; check this machine's clock");
    }
    let until = single
        .next_update
        .unwrap_or(single.this_update + WITHOUT_NEXT);
    if until < now {
        return Err("the stapled OCSP response is out of date: the server must get a newer one");
    }
    match single.status {
        GOOD => Ok(OcspStatus::Good),
        REVOKED => Ok(OcspStatus::Revoked),
        _ => Err(
            "the authority says in the stapled OCSP response that it does not know the certificate",
        ),
    }
}

/// The BasicOCSPResponse in an OCSPResponse.
fn basic(response: &[u8]) -> Result<&[u8], &'static str> {
    let read = || {
        let mut all = Reader::new(response);
        let mut fields = Reader::new(all.expect(der::SEQUENCE)?);
        let status = fields.expect(ENUMERATED)?;
        let bytes = fields.optional(CONTEXT_0);
        (all.at_end() && fields.at_end()).then_some((status, bytes))
    };
    let (status, bytes) = read().ok_or("the stapled OCSP response cannot be read")?;
    if status != [0] {
        return Err("the stapled OCSP response is an error of the authority's responder");
    }
    let read = || {
        let mut fields = Reader::new(Reader::new(bytes?).expect(der::SEQUENCE)?);
        let kind = fields.expect(der::OBJECT_IDENTIFIER)?;
        let content = fields.expect(der::OCTET_STRING)?;
        (kind == BASIC).then_some(content)
    };
    read().ok_or("the stapled OCSP response is of another kind than the basic one")
}

/// The parts of a BasicOCSPResponse.
struct Basic<'a> {
    /// With tag and length, as it is signed.
    signed: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
    certificates: Option<&'a [u8]>,
    responder: der::Element<'a>,
    singles: &'a [u8],
}

impl<'a> Basic<'a> {
    fn read(basic: &'a [u8]) -> Option<Self> {
        let mut fields = Reader::new(Reader::new(basic).expect(der::SEQUENCE)?);
        let signed = fields.whole(der::SEQUENCE)?;
        let algorithm = fields.expect(der::SEQUENCE)?;
        let signature = bits(fields.expect(BIT_STRING)?)?;
        let certificates = match fields.optional(CONTEXT_0) {
            Some(list) => Some(Reader::new(list).expect(der::SEQUENCE)?),
            None => None,
        };
        let mut data = Reader::new(Reader::new(signed).expect(der::SEQUENCE)?);
        data.optional(CONTEXT_0); // version
        let responder = data.next()?;
        data.expect(der::GENERALIZED_TIME)?; // producedAt
        let singles = data.expect(der::SEQUENCE)?;
        // RFC 6960 section 4.4 knows no extension that a client without a question of its own needs.
        data.optional(CONTEXT_1);
        (fields.at_end() && data.at_end()).then_some(Self {
            signed,
            algorithm,
            signature,
            certificates,
            responder,
            singles,
        })
    }

    /// RFC 6960 section 4.2.2.2: signed by the issuer of the certificate, or by whom the issuer has
    /// given a certificate for just that.
    fn check_signer(&self, question: &Question<'_>) -> Result<(), &'static str> {
        let issuer = question.issuer;
        if self.is_by(issuer.subject, issuer.public_key) {
            return match self.is_signed_by(issuer.public_key, question) {
                true => Ok(()),
                false => Err("the signature of the stapled OCSP response is wrong"),
            };
        }
        let mut list = Reader::new(self.certificates.unwrap_or_default());
        while let Some(certificate) = list.whole(der::SEQUENCE) {
            let Some(fields) = Fields::read(certificate) else {
                continue;
            };
            if !self.is_by(fields.subject, fields.public_key) {
                continue;
            }
            if fields.issuer != issuer.subject
                || !issuer.has_signed(certificate, question.algorithms)
            {
                return Err(
                    "the stapled OCSP response is signed by someone whom the issuer of the certificate does not know",
                );
            }
            if !fields.signs_ocsp() {
                return Err("the stapled OCSP response is signed by someone who may not sign such");
            }
            if question.now < fields.not_before || question.now > fields.not_after {
                return Err(
                    "the certificate of who signed the stapled OCSP response is not valid now",
                );
            }
            return match self.is_signed_by(fields.public_key, question) {
                true => Ok(()),
                false => Err("the signature of the stapled OCSP response is wrong"),
            };
        }
        Err("the stapled OCSP response is signed by someone unknown")
    }

    /// Whether the response names this responder: by name, or by the hash of the key.
    fn is_by(&self, subject: &[u8], public_key: &[u8]) -> bool {
        let mut content = Reader::new(self.responder.content);
        match self.responder.tag {
            CONTEXT_1 => content.expect(der::SEQUENCE) == Some(subject),
            CONTEXT_2 => {
                let named = content.expect(der::OCTET_STRING);
                let key = key_bits(public_key).map(Sha1::digest);
                named.is_some() && named == key.as_deref()
            }
            _ => false,
        }
    }

    fn is_signed_by(&self, public_key: &[u8], question: &Question<'_>) -> bool {
        let (algorithm, signed, signature) = (self.algorithm, self.signed, self.signature);
        verify(
            public_key,
            algorithm,
            signed,
            signature,
            question.algorithms,
        )
        .is_some()
    }
}

/// What is said of one certificate.
struct Single<'a> {
    hash: &'a [u8],
    name_hash: &'a [u8],
    key_hash: &'a [u8],
    serial: &'a [u8],
    status: u8,
    this_update: SystemTime,
    next_update: Option<SystemTime>,
}

impl<'a> Single<'a> {
    fn read(element: der::Element<'a>) -> Option<Self> {
        let mut fields = Reader::new((element.tag == der::SEQUENCE).then_some(element.content)?);
        let mut id = Reader::new(fields.expect(der::SEQUENCE)?);
        let hash = Reader::new(id.expect(der::SEQUENCE)?).expect(der::OBJECT_IDENTIFIER)?;
        let name_hash = id.expect(der::OCTET_STRING)?;
        let key_hash = id.expect(der::OCTET_STRING)?;
        let serial = id.expect(INTEGER)?;
        let status = fields.next()?.tag;
        let this_update = read_time(fields.next()?)?;
        let next_update = match fields.optional(CONTEXT_0) {
            Some(time) => Some(read_time(Reader::new(time).next()?)?),
            None => None,
        };
        Some(Self {
            hash,
            name_hash,
            key_hash,
            serial,
            status,
            this_update,
            next_update,
        })
    }

    /// Whether this authority is meant, by the hashes of its name and key.
    fn is_of(&self, issuer: &Issuer<'_>) -> bool {
        let name = der::element(der::SEQUENCE, &[issuer.subject]);
        let Some(key) = key_bits(issuer.public_key) else {
            return false;
        };
        let hash: fn(&[u8]) -> Vec<u8> = match self.hash {
            SHA1 => |bytes| Sha1::digest(bytes).to_vec(),
            SHA256 => |bytes| Sha256::digest(bytes).to_vec(),
            SHA384 => |bytes| Sha384::digest(bytes).to_vec(),
            SHA512 => |bytes| Sha512::digest(bytes).to_vec(),
            _ => return false,
        };
        self.name_hash == hash(&name) && self.key_hash == hash(key)
    }
}

/// Checks a signature by one of the algorithms that certificates may have; `None` if it is wrong.
/// Algorithm and key are the contents of their SEQUENCEs.
fn verify(
    public_key: &[u8],
    algorithm: &[u8],
    message: &[u8],
    signature: &[u8],
    algorithms: &WebPkiSupportedAlgorithms,
) -> Option<()> {
    let mut key = Reader::new(public_key);
    let of_key = key.expect(der::SEQUENCE)?;
    let key = bits(key.expect(BIT_STRING)?)?;
    let fits = algorithms.all.iter().filter(|it| {
        it.signature_alg_id().as_ref() == algorithm && it.public_key_alg_id().as_ref() == of_key
    });
    let mut verified = fits.map(|it| it.verify_signature(key, message, signature));
    verified.any(|verified| verified.is_ok()).then_some(())
}

/// The key itself in the content of a SubjectPublicKeyInfo.
fn key_bits(public_key: &[u8]) -> Option<&[u8]> {
    let mut fields = Reader::new(public_key);
    fields.expect(der::SEQUENCE)?;
    bits(fields.expect(BIT_STRING)?)
}

/// The bytes of a BIT STRING that has whole ones.
fn bits(content: &[u8]) -> Option<&[u8]> {
    match content.split_first() {
        Some((0, bits)) => Some(bits),
        _ => None,
    }
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const ENUMERATED: u8 = 0x0a;
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_1: u8 = 0xa1;
const CONTEXT_2: u8 = 0xa2;
/// The tags of CertStatus; `unknown` is 0x82.
const GOOD: u8 = 0x80;
const REVOKED: u8 = 0xa1;

/// 1.3.6.1.5.5.7.48.1.1
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// 1.3.14.3.2.26
const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
/// 2.16.840.1.101.3.4.2.1, .2 and .3
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
