//! What certificates of a collection are found by.

use std::time::SystemTime;

use super::{X509Certificate2, X509CertificateCollection};

/// What certificates are looked for by. Texts are compared without regard to ASCII case.
///
/// .NET: `System.Security.Cryptography.X509Certificates.X509FindType`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum X509FindType<'a> {
    /// The SHA-1 hash in hexadecimal digits; blanks and colons do not count.
    Thumbprint(&'a str),
    /// A part of the subject.
    SubjectName(&'a str),
    /// The whole subject, as [`X509Certificate2::subject`] writes it.
    SubjectDistinguishedName(&'a str),
    /// A part of the issuer.
    IssuerName(&'a str),
    /// The whole issuer, as [`X509Certificate2::issuer`] writes it.
    IssuerDistinguishedName(&'a str),
    /// The serial number in hexadecimal digits; zeros before it do not count.
    SerialNumber(&'a str),
    /// Those that are valid at this moment.
    TimeValid(SystemTime),
    /// Those that are not valid yet at this moment.
    TimeNotYetValid(SystemTime),
    /// Those that are not valid any more at this moment.
    TimeExpired(SystemTime),
    /// Those that may be used for this: an object identifier of the extended key usage. One that has
    /// none may be used for anything.
    ApplicationPolicy(&'a str),
}

impl X509FindType<'_> {
    fn fits(&self, certificate: &X509Certificate2) -> bool {
        let (from, until) = (certificate.not_before(), certificate.not_after());
        let is_in = |part: &str, text: &str| {
            text.to_ascii_lowercase()
                .contains(&part.to_ascii_lowercase())
        };
        match self {
            Self::Thumbprint(hash) => digits(hash) == certificate.thumbprint(),
            Self::SubjectName(part) => is_in(part, certificate.subject()),
            Self::SubjectDistinguishedName(name) => {
                name.eq_ignore_ascii_case(certificate.subject())
            }
            Self::IssuerName(part) => is_in(part, certificate.issuer()),
            Self::IssuerDistinguishedName(name) => name.eq_ignore_ascii_case(certificate.issuer()),
            Self::SerialNumber(number) => {
                let serial = certificate.serial_number();
                digits(number).trim_start_matches('0') == serial.trim_start_matches('0')
            }
            Self::TimeValid(at) => from <= *at && *at <= until,
            Self::TimeNotYetValid(at) => *at < from,
            Self::TimeExpired(at) => until < *at,
            Self::ApplicationPolicy(usage) => {
                let usages = &certificate.shared.facts.usages;
                usages.is_empty() || usages.iter().any(|it| it == usage)
            }
        }
    }
}

/// Hexadecimal digits without what people put between, in capitals.
fn digits(text: &str) -> String {
    let kept = text.chars().filter(|it| !it.is_whitespace() && *it != ':');
    kept.map(|it| it.to_ascii_uppercase()).collect()
}

impl X509CertificateCollection {
    /// The certificates that fit, in their order.
    ///
    /// .NET: `System.Security.Cryptography.X509Certificates.X509Certificate2Collection.Find`
    #[doc(alias = "X509Certificate2Collection.Find")]
    #[must_use]
    pub fn find(&self, by: &X509FindType<'_>) -> Self {
        self.iter().filter(|it| by.fits(it)).cloned().collect()
    }
}
