//! What a client presents: the parameters of its `Authorization` field, checked for their form.

use super::SCHEME;
use super::algorithm::DigestAlgorithm;
use super::proof::Protection;
use super::refusal::DigestRefusal;
use super::text::from_extended;
use crate::authentication::Challenge;

pub(super) struct Presented {
    pub(super) user: User,
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) target: String,
    /// In lower case.
    pub(super) response: String,
    pub(super) algorithm: DigestAlgorithm,
    pub(super) opaque: Option<String>,
    /// `None`: a client of RFC 2069.
    pub(super) numbers: Option<PresentedNumbers>,
}

pub(super) enum User {
    Name(String),
    /// The hash of name and realm, in lower case.
    Hash(String),
}

pub(super) struct PresentedNumbers {
    pub(super) protection: Protection,
    pub(super) nc: String,
    pub(super) number: u32,
    pub(super) cnonce: String,
}

impl Presented {
    pub(super) fn read(field: &[u8]) -> Result<Self, DigestRefusal> {
        let field = Challenge::parse_credentials(field).ok_or(DigestRefusal::Malformed)?;
        if !field.is_scheme(SCHEME) {
            return Err(DigestRefusal::OtherScheme);
        }
        if has_one_twice(&field) {
            return Err(DigestRefusal::Malformed);
        }
        let needed = |name: &str| {
            let value = field.parameter(name);
            value.map(str::to_owned).ok_or(DigestRefusal::Malformed)
        };
        let algorithm = match field.parameter("algorithm") {
            None => DigestAlgorithm::MD5,
            Some(name) => DigestAlgorithm::from_name(name).ok_or(DigestRefusal::NotOffered)?,
        };
        Ok(Self {
            user: User::read(&field).ok_or(DigestRefusal::Malformed)?,
            realm: needed("realm")?,
            nonce: needed("nonce")?,
            target: needed("uri")?,
            response: needed("response")?.to_ascii_lowercase(),
            algorithm,
            opaque: field.parameter("opaque").map(str::to_owned),
            numbers: PresentedNumbers::read(&field)?,
        })
    }

    pub(super) fn protection(&self) -> Option<Protection> {
        self.numbers.as_ref().map(|numbers| numbers.protection)
    }
}

/// Two values of one name: whoever reads the other one sees another login.
fn has_one_twice(field: &Challenge) -> bool {
    let names: Vec<&str> = field.parameters().map(|(name, _)| name).collect();
    let mut rest = &names[..];
    while let Some((name, others)) = rest.split_first() {
        if others.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            return true;
        }
        rest = others;
    }
    false
}

impl User {
    fn read(field: &Challenge) -> Option<Self> {
        let hashed = field.parameter("userhash");
        let hashed = hashed.is_some_and(|value| value.eq_ignore_ascii_case("true"));
        match (field.parameter("username"), field.parameter("username*")) {
            (Some(hash), None) if hashed => Some(Self::Hash(hash.to_ascii_lowercase())),
            (Some(name), None) => Some(Self::Name(name.to_owned())),
            // RFC 7616 section 3.4: both, or the extended form of a hash, are errors.
            (None, Some(name)) if !hashed => from_extended(name).map(Self::Name),
            _ => None,
        }
    }
}

impl PresentedNumbers {
    fn read(field: &Challenge) -> Result<Option<Self>, DigestRefusal> {
        let Some(qop) = field.parameter("qop") else {
            return Ok(None);
        };
        let known = [Protection::Auth, Protection::AuthInt];
        let protection = known
            .into_iter()
            .find(|p| p.name().eq_ignore_ascii_case(qop));
        let nc = field.parameter("nc").ok_or(DigestRefusal::Malformed)?;
        let cnonce = field.parameter("cnonce").ok_or(DigestRefusal::Malformed)?;
        if nc.len() != 8 || !nc.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(DigestRefusal::Malformed);
        }
        let number = u32::from_str_radix(nc, 16).map_err(|_| DigestRefusal::Malformed)?;
        Ok(Some(Self {
            protection: protection.ok_or(DigestRefusal::NotOffered)?,
            nc: nc.to_owned(),
            number,
            cnonce: cnonce.to_owned(),
        }))
    }
}
