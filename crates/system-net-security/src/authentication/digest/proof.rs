//! The hashes of RFC 7616 sections 3.4.1 to 3.5.

use super::algorithm::{DigestHash, Hex};
use super::secret::DigestSecret;

/// How much the proof covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// Method and target.
    Auth,
    /// The body as well.
    AuthInt,
}

impl Protection {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// The numbers of one request in a nonce. Servers of RFC 2069 know none.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a> {
    pub(super) nc: &'a str,
    pub(super) cnonce: &'a str,
    pub(super) qop: &'a str,
}

/// `response`: `key` is `H(A1)`, that of a session for the `-sess` forms. `method` is empty for
/// `rspauth`, and `body` the hash of the body, with `auth-int` alone.
pub(super) fn response(
    key: &DigestSecret,
    nonce: &str,
    numbers: Option<Numbers<'_>>,
    method: &str,
    target: &str,
    body: Option<&str>,
) -> Hex {
    let hash = key.hash();
    let request = request_hash(hash, method, target, body);
    let (key, nonce, request) = (
        key.as_hex().as_bytes(),
        nonce.as_bytes(),
        request.as_bytes(),
    );
    match numbers {
        None => hash.of(&[key, b":", nonce, b":", request]),
        Some(Numbers { nc, cnonce, qop }) => {
            let (nc, cnonce, qop) = (nc.as_bytes(), cnonce.as_bytes(), qop.as_bytes());
            hash.of(&[
                key, b":", nonce, b":", nc, b":", cnonce, b":", qop, b":", request,
            ])
        }
    }
}

/// `H(A2)`: what the proof says of the request.
pub(super) fn request_hash(
    hash: DigestHash,
    method: &str,
    target: &str,
    body: Option<&str>,
) -> Hex {
    let (method, target) = (method.as_bytes(), target.as_bytes());
    match body {
        None => hash.of(&[method, b":", target]),
        Some(body) => hash.of(&[method, b":", target, b":", body.as_bytes()]),
    }
}
