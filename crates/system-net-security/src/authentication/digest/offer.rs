//! What one Digest challenge offers, and which of several is answered.

use super::SCHEME;
use super::algorithm::DigestAlgorithm;
use super::proof::Protection;
use crate::authentication::{Challenge, Challenges};

/// A challenge that can be answered.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) opaque: Option<String>,
    pub(super) algorithm: DigestAlgorithm,
    /// As the server wrote it; `None` if it named none.
    pub(super) algorithm_text: Option<String>,
    pub(super) protections: Protections,
    pub(super) stale: bool,
    pub(super) user_hash: bool,
    pub(super) utf8: bool,
    /// The URIs of the protection space; empty for the whole server.
    pub(super) domain: Vec<String>,
}

/// What `qop` offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protections {
    pub(super) auth: bool,
    pub(super) auth_int: bool,
}

impl Protections {
    /// A server of RFC 2069, which names none.
    pub(super) const fn none(self) -> bool {
        !self.auth && !self.auth_int
    }

    /// Which one a request gets. `None`: only `auth-int` is offered, and the body is not known.
    pub(super) const fn choose(self, body: Option<&[u8]>) -> Option<Protection> {
        match body {
            Some([_, ..]) if self.auth_int => Some(Protection::AuthInt),
            _ if self.auth => Some(Protection::Auth),
            Some(_) if self.auth_int => Some(Protection::AuthInt),
            _ => None,
        }
    }
}

impl Offer {
    /// Reads a challenge; `None` if it cannot be answered: a missing realm or nonce, an algorithm
    /// or a protection that nobody knows.
    pub(super) fn read(challenge: &Challenge) -> Option<Self> {
        let algorithm_text = challenge.parameter("algorithm").map(str::to_owned);
        let algorithm = match &algorithm_text {
            Some(name) => DigestAlgorithm::from_name(name)?,
            None => DigestAlgorithm::MD5,
        };
        let is = |name: &str, wanted: &str| {
            let value = challenge.parameter(name);
            value.is_some_and(|value| value.eq_ignore_ascii_case(wanted))
        };
        let nonce = challenge
            .parameter("nonce")
            .filter(|nonce| !nonce.is_empty())?;
        let domain = challenge.parameter("domain").unwrap_or_default();
        Some(Self {
            realm: challenge.realm()?.to_owned(),
            nonce: nonce.to_owned(),
            opaque: challenge.parameter("opaque").map(str::to_owned),
            algorithm,
            algorithm_text,
            protections: protections(challenge.parameter("qop"))?,
            stale: is("stale", "true"),
            user_hash: is("userhash", "true"),
            utf8: is("charset", "UTF-8"),
            domain: domain.split_ascii_whitespace().map(str::to_owned).collect(),
        })
    }

    /// The offer to answer: the strongest of those that are known, and of equally strong ones the
    /// first, as RFC 7616 section 3.7 has servers order them. `None` if there is no such offer.
    pub(super) fn strongest(challenges: &Challenges) -> Option<Self> {
        let of_scheme = challenges
            .iter()
            .filter(|challenge| challenge.is_scheme(SCHEME));
        let mut best: Option<Self> = None;
        for offer in of_scheme.filter_map(Self::read) {
            let strength = |offer: &Self| offer.algorithm.hash().strength();
            if best
                .as_ref()
                .is_none_or(|best| strength(&offer) > strength(best))
            {
                best = Some(offer);
            }
        }
        best
    }
}

/// `None` if only what nobody knows is offered. An empty list counts as none.
fn protections(qop: Option<&str>) -> Option<Protections> {
    let mut known = Protections {
        auth: false,
        auth_int: false,
    };
    let mut named = false;
    for name in qop.unwrap_or_default().split([',', ' ', '\t']) {
        named |= !name.is_empty();
        known.auth |= name.eq_ignore_ascii_case(Protection::Auth.name());
        known.auth_int |= name.eq_ignore_ascii_case(Protection::AuthInt.name());
    }
    (!named || !known.none()).then_some(known)
}
