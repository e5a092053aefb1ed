//! Bodies under `auth-int`: hashed as they pass, and judged when they are over (RFC 7616 section 3.5).

use std::fmt;

use subtle::ConstantTimeEq as _;

use super::algorithm::{Begun, DigestHash, Hex};
use super::client_nonce::Sent;
use super::info::Info;
use crate::authentication::{BodyProof, Challenge};
use crate::mechanism::{LogonError, LogonErrorKind};

/// The hash of a body that is written piece by piece, for
/// [`DigestAccepted::authentication_info_of`](super::DigestAccepted::authentication_info_of).
pub struct DigestBody(Begun);

impl DigestBody {
    pub(super) fn new(hash: DigestHash) -> Self {
        Self(hash.begin(&[]))
    }

    /// The next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.add(piece);
    }

    pub(super) fn hash(&self) -> Hex {
        self.0.finish(&[])
    }
}

impl fmt::Debug for DigestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestBody").finish_non_exhaustive()
    }
}

/// The client's judgement of a response whose request was sent with `auth-int`.
pub(super) struct ResponseBody {
    sent: Sent,
    target: String,
    /// What the head proves; else the trailers may.
    proof: Option<String>,
    body: DigestBody,
}

impl ResponseBody {
    pub(super) fn new(sent: &Sent, target: &str, proof: Option<&str>) -> Self {
        Self {
            sent: sent.clone(),
            target: target.to_owned(),
            proof: proof.map(str::to_owned),
            body: DigestBody::new(sent.hash()),
        }
    }
}

impl BodyProof for ResponseBody {
    fn take(&mut self, piece: &[u8]) {
        self.body.update(piece);
    }

    fn end(&mut self, info: Option<&[u8]>) -> Result<bool, LogonError> {
        let parsed = info.and_then(Challenge::parse_info);
        let info = parsed.as_ref().map(Info::of).unwrap_or_default();
        let proof = match (&self.proof, info.proof) {
            (Some(proof), _) => proof.as_str(),
            (None, Some(proof)) if is_about(&self.sent, &info)? => proof,
            (None, _) => return Ok(false),
        };
        let expected = self.sent.covering_proof(&self.target, &self.body.hash());
        match is(&expected, proof) {
            true => Ok(true),
            false => Err(LogonError::new(
                LogonErrorKind::Tampered,
                "the server's proof in Authentication-Info is wrong: the body of the response was \
                 changed on its way, or the server does not know the password",
            )),
        }
    }
}

/// Whether what `Authentication-Info` proves is what the request's own protection covers.
///
/// # Errors
/// It is about another request.
pub(super) fn is_about(sent: &Sent, info: &Info<'_>) -> Result<bool, LogonError> {
    let Some(numbers) = sent.numbers() else {
        return Ok(true);
    };
    let differs = |its: Option<&str>, own: &str| {
        its.is_some_and(|its| its != own && !its.eq_ignore_ascii_case(own))
    };
    if differs(info.cnonce, numbers.cnonce) || differs(info.nc, numbers.nc) {
        let what = "Authentication-Info is about another request";
        return Err(LogonError::new(LogonErrorKind::Tampered, what));
    }
    Ok(!differs(info.qop, numbers.qop))
}

/// Whether a proof is the expected one. Nearly all servers write small letters.
pub(super) fn is(expected: &Hex, proof: &str) -> bool {
    let same = |proof: &str| bool::from(expected.as_bytes().ct_eq(proof.as_bytes()));
    same(proof) || same(&proof.to_ascii_lowercase())
}
