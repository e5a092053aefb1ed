//! What a certificate says, as far as messages and the choice of an identity need it.
//!
//! To read: RFC 5280 section 4.1 (fields) and 4.2.1 (extensions). Trust is never decided on what
//! is read here alone; that is the TLS library's part.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use rustls_pki_types::CertificateDer;

mod name;
#[cfg(test)]
mod tests;
mod time;

use crate::der::{self, Reader};
pub(super) use time::{read as read_time, show_utc};

/// The readable part of a certificate: who it is for, who issued it, and from when to when.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateFacts {
    /// The subject, most specific part first: `CN=www.example.com, O=Example`.
    pub subject: String,
    /// The common names of the subject, as they stand there: usually one.
    pub common_names: Vec<String>,
    /// The issuer, written like the subject.
    pub issuer: String,
    /// The names and addresses the certificate is for (subject alternative names).
    pub names: Vec<String>,
    /// The first moment it is valid.
    pub not_before: SystemTime,
    /// The last moment it is valid.
    pub not_after: SystemTime,
    /// Whether it names itself as its issuer.
    pub is_self_issued: bool,
    /// Whether it may issue certificates.
    pub is_authority: bool,
    /// What it may be used for: the object identifiers of the extended key usage, as
    /// `1.3.6.1.5.5.7.3.2` for clients of TLS. Empty: for anything.
    pub usages: Vec<String>,
}

impl CertificateFacts {
    /// Reads a certificate; `None` if it is not one.
    #[must_use]
    pub fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        Some(Fields::read(certificate)?.facts())
    }
}

/// The fields of a certificate as they stand in it.
pub(super) struct Fields<'a> {
    /// Content of the serial number's INTEGER.
    pub(super) serial: &'a [u8],
    /// Content of the issuer's SEQUENCE.
    pub(super) issuer: &'a [u8],
    /// Content of the subject's SEQUENCE, as trust anchors keep it.
    pub(super) subject: &'a [u8],
    /// Content of the public key's SEQUENCE, as trust anchors keep it.
    pub(super) public_key: &'a [u8],
    pub(super) not_before: SystemTime,
    pub(super) not_after: SystemTime,
    names: Vec<String>,
    pub(super) is_authority: bool,
    /// The object identifiers of the extended key usage.
    usages: Vec<&'a [u8]>,
    /// Whether the extended key usage, if there is one, allows a TLS server.
    pub(super) allows_server: bool,
    /// Whether it must come with a stapled OCSP response (RFC 7633).
    pub(super) must_staple: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn read(certificate: &'a [u8]) -> Option<Self> {
        let mut outer = Reader::new(Reader::new(certificate).expect(der::SEQUENCE)?);
        let mut body = Reader::new(outer.expect(der::SEQUENCE)?);
        body.optional(VERSION);
        let serial = body.expect(INTEGER)?;
        body.next()?; // signature algorithm
        let issuer = body.expect(der::SEQUENCE)?;
        let mut validity = Reader::new(body.expect(der::SEQUENCE)?);
        let not_before = time::read(validity.next()?)?;
        let not_after = time::read(validity.next()?)?;
        let subject = body.expect(der::SEQUENCE)?;
        let public_key = body.expect(der::SEQUENCE)?;
        let mut fields = Self {
            serial,
            issuer,
            subject,
            public_key,
            not_before,
            not_after,
            names: Vec::new(),
            is_authority: false,
            usages: Vec::new(),
            allows_server: true,
            must_staple: false,
        };
        body.optional(ISSUER_UNIQUE_ID);
        body.optional(SUBJECT_UNIQUE_ID);
        if let Some(extensions) = body.optional(EXTENSIONS) {
            for extension in Reader::new(Reader::new(extensions).expect(der::SEQUENCE)?) {
                fields.read_extension(extension.content)?;
            }
        }
        body.at_end().then_some(fields)
    }

    fn read_extension(&mut self, extension: &'a [u8]) -> Option<()> {
        let mut extension = Reader::new(extension);
        let id = extension.expect(der::OBJECT_IDENTIFIER)?;
        extension.optional(der::BOOLEAN);
        let value = Reader::new(extension.expect(der::OCTET_STRING)?);
        match id {
            SUBJECT_ALT_NAME => {
                self.names = Reader::new(one(value, der::SEQUENCE)?)
                    .filter_map(show_name)
                    .collect();
            }
            BASIC_CONSTRAINTS => {
                let mut constraints = Reader::new(one(value, der::SEQUENCE)?);
                let authority = constraints.optional(der::BOOLEAN);
                self.is_authority = authority.is_some_and(|flag| flag != [0]);
            }
            EXTENDED_KEY_USAGE => {
                self.usages = Reader::new(one(value, der::SEQUENCE)?)
                    .map(|usage| usage.content)
                    .collect();
                let mut usages = self.usages.iter();
                self.allows_server = usages.any(|usage| matches!(*usage, SERVER_AUTH | ANY_USAGE));
            }
            TLS_FEATURE => {
                let mut features = Reader::new(one(value, der::SEQUENCE)?);
                self.must_staple = features.any(|feature| feature.content == STATUS_REQUEST);
            }
            _ => {}
        }
        Some(())
    }

    /// Whether it is for signing what an authority says of certificates (RFC 6960 section 4.2.2.2).
    pub(super) fn signs_ocsp(&self) -> bool {
        self.usages.contains(&OCSP_SIGNING)
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    pub(super) fn facts(&self) -> CertificateFacts {
        CertificateFacts {
            subject: name::show(self.subject),
            common_names: name::common_names(self.subject),
            issuer: name::show(self.issuer),
            names: self.names.clone(),
            not_before: self.not_before,
            not_after: self.not_after,
            is_self_issued: self.is_self_issued(),
            is_authority: self.is_authority,
            usages: self.usages.iter().map(|usage| dotted(usage)).collect(),
        }
    }
}

fn one(mut reader: Reader<'_>, tag: u8) -> Option<&[u8]> {
    reader.expect(tag)
}

/// A name in DER, as servers name authorities; `None` if it is none.
pub(super) fn show_distinguished_name(name: &[u8]) -> Option<String> {
    Some(name::show(Reader::new(name).expect(der::SEQUENCE)?))
}

/// An object identifier in numbers (X.690 section 8.19): seven bits a byte, and the first two in
/// one number.
fn dotted(oid: &[u8]) -> String {
    let mut parts = Vec::new();
    let mut value = 0_u64;
    for byte in oid {
        value = value.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            parts.push(value);
            value = 0;
        }
    }
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        match index {
            0 => {
                let root = (part / 40).min(2);
                text = format!("{root}.{}", part - root * 40);
            }
            _ => text.push_str(&format!(".{part}")),
        }
    }
    text
}

/// RFC 5280 section 4.2.1.6: the kinds of names that stand for servers.
fn show_name(name: der::Element<'_>) -> Option<String> {
    match name.tag {
        // rfc822Name, dNSName, uniformResourceIdentifier
        0x81 | 0x82 | 0x86 => Some(name::printable(&String::from_utf8_lossy(name.content))),
        // iPAddress
        0x87 => address_of(name.content).map(|address| address.to_string()),
        _ => None,
    }
}

fn address_of(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).into());
    }
    <[u8; 16]>::try_from(bytes)
        .ok()
        .map(|sixteen| Ipv6Addr::from(sixteen).into())
}

const INTEGER: u8 = 0x02;
// Context tags of TBSCertificate.
const VERSION: u8 = 0xa0;
const ISSUER_UNIQUE_ID: u8 = 0x81;
const SUBJECT_UNIQUE_ID: u8 = 0x82;
const EXTENSIONS: u8 = 0xa3;

/// 2.5.29.17
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// 2.5.29.19
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// 2.5.29.37
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
/// 1.3.6.1.5.5.7.1.24, and the number of the extension `status_request`.
const TLS_FEATURE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x18];
const STATUS_REQUEST: &[u8] = &[5];
/// 1.3.6.1.5.5.7.3.9
const OCSP_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x09];
/// 1.3.6.1.5.5.7.3.1
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
/// 2.5.29.37.0
const ANY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0x00];
