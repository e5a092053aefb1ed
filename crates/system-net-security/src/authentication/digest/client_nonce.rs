//! A nonce of the server as the client uses it: what is the same in all of its proofs is hashed and
//! written once.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use super::algorithm::{Begun, DigestHash, Hex};
use super::proof::{Numbers, Protection, request_hash};
use super::secret::DigestSecret;
use super::session::{Session, random_text};
use super::text::{count_digits, push_quoted};
use crate::mechanism::{LogonError, Randomness};

/// A nonce of the server, and how often it was used.
pub(super) struct Nonce {
    pub(super) session: Arc<Session>,
    pub(super) value: String,
    pub(super) cnonce: String,
    used: AtomicU32,
    /// `H(A1)`; of the session's first nonce with the `-sess` forms.
    key: DigestSecret,
    /// The hash of `H(A1)`, the nonce and the colons behind them.
    begun: Begun,
    /// What is ready for targets that were asked for, each at its [`place`]: the first that came.
    targets: [OnceLock<Box<Target>>; TARGETS],
}

/// How many digits the number of a request has.
const NUMBER: usize = 8;

/// For how many targets a nonce keeps what is ready.
const TARGETS: usize = 8;
/// The longest of them.
const MAX_TARGET: usize = 1024;

/// All of a field but the proof and its number, and all that they are made of.
struct Target {
    method: Box<str>,
    target: Box<str>,
    /// What is hashed behind the number.
    hashed: String,
    /// The field, with zeros for the proof and the number.
    text: String,
    /// What is hashed behind the number for the server's own proof, once a server has given one.
    hashed_back: OnceLock<String>,
    /// Where the proof is in the text.
    proof: Range<usize>,
    /// And where the number; nowhere for servers of RFC 2069.
    number: Range<usize>,
}

/// What was sent, to check the server's own proof.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) nonce: Arc<Nonce>,
    pub(super) nc: [u8; NUMBER],
    pub(super) protection: Option<Protection>,
    /// It answered a challenge, rather than going out unasked.
    pub(super) asked: bool,
    /// How many stale nonces this request met.
    pub(super) stale: u8,
}

impl Nonce {
    /// The nonce of the challenge itself.
    pub(super) fn first(session: Session, cnonce: String) -> Self {
        let key = if session.offer.algorithm.is_session() {
            session.secret.for_session(&session.offer.nonce, &cnonce)
        } else {
            session.secret.clone()
        };
        let value = session.offer.nonce.clone();
        Self::new(Arc::new(session), value, cnonce, key)
    }

    /// The nonce that the server has named to go on with.
    pub(super) fn next_one(
        &self,
        value: &str,
        randomness: &dyn Randomness,
    ) -> Result<Self, LogonError> {
        let session = Arc::clone(&self.session);
        // RFC 7616 section 3.4.2: the key of a session stays that of its first request, and with
        // it the client's part.
        let (cnonce, key) = if session.offer.algorithm.is_session() {
            (self.cnonce.clone(), self.key.clone())
        } else {
            (random_text(randomness)?, session.secret.clone())
        };
        Ok(Self::new(session, value.to_owned(), cnonce, key))
    }

    fn new(session: Arc<Session>, value: String, cnonce: String, key: DigestSecret) -> Self {
        let begin = [key.as_hex().as_bytes(), b":", value.as_bytes(), b":"];
        let begun = key.hash().begin(&begin);
        Self {
            session,
            value,
            cnonce,
            used: AtomicU32::new(0),
            key,
            begun,
            targets: Default::default(),
        }
    }

    /// The field for a request, and what to remember of it. `None` if the nonce is used up, or
    /// only `auth-int` is offered and the body is not known.
    pub(super) fn field(
        self: Arc<Self>,
        method: &str,
        target: &str,
        body: Option<&[u8]>,
    ) -> Option<(String, Sent)> {
        let offered = self.session.offer.protections;
        let protection = match offered.choose(body) {
            None if !offered.none() => return None,
            chosen => chosen,
        };
        let nc = count_digits(self.next_number()?);
        let body = body.filter(|_| protection == Some(Protection::AuthInt));
        let field = match body {
            Some(body) => {
                let body = self.key.hash().of(&[body]);
                Target::new(&self, method, target, protection, Some(&body)).field(&self, &nc)
            }
            None => self.field_without_body(method, target, protection, &nc),
        };
        let sent = Sent {
            nonce: self,
            nc,
            protection,
            asked: false,
            stale: 0,
        };
        Some((field, sent))
    }

    fn field_without_body(
        &self,
        method: &str,
        target: &str,
        protection: Option<Protection>,
        nc: &[u8; NUMBER],
    ) -> String {
        let new = || Target::new(self, method, target, protection, None);
        let ready = &self.targets[place(target)];
        let ready = match ready.get() {
            None if target.len() <= MAX_TARGET => Some(ready.get_or_init(|| Box::new(new()))),
            other => other,
        };
        // The protection is always the same without a body.
        match ready.filter(|ready| *ready.target == *target && *ready.method == *method) {
            Some(ready) => ready.field(self, nc),
            None => new().field(self, nc),
        }
    }

    /// What is hashed behind the number: what both sides know, and the hash of the request.
    fn behind_number(&self, protection: Option<Protection>, request: &Hex) -> String {
        let mut hashed = String::with_capacity(self.cnonce.len() + 80);
        if let Some(qop) = protection.map(Protection::name) {
            for part in [":", &self.cnonce, ":", qop, ":"] {
                hashed.push_str(part);
            }
        }
        hashed.push_str(request);
        hashed
    }

    /// The next number; `None` when there is none left.
    fn next_number(&self) -> Option<u32> {
        let order = Ordering::Relaxed;
        let taken = self
            .used
            .fetch_update(order, order, |used| used.checked_add(1));
        taken.ok().map(|used| used + 1)
    }
}

/// Where a target's own is kept: the ends of targets differ the most.
fn place(target: &str) -> usize {
    let end = match target.as_bytes() {
        [.., before, last] => 5 * usize::from(*before) + usize::from(*last),
        _ => 0,
    };
    (target.len() + end) % TARGETS
}

impl Target {
    fn new(
        nonce: &Nonce,
        method: &str,
        target: &str,
        protection: Option<Protection>,
        body: Option<&str>,
    ) -> Self {
        let Nonce {
            session, cnonce, ..
        } = nonce;
        let request = request_hash(nonce.key.hash(), method, target, body);
        let room = session.begin.len() + session.end.len() + nonce.value.len() + target.len();
        let mut text = String::with_capacity(room + 192);
        text.push_str(&session.begin);
        push_quoted(&mut text, "nonce", &nonce.value);
        push_quoted(&mut text, "uri", target);
        text.push_str(", response=\"");
        let proof = add_zeros(&mut text, nonce.key.hash().digits());
        for part in ["\"", &session.end] {
            text.push_str(part);
        }
        let mut number = 0..0;
        if let Some(qop) = protection.map(Protection::name) {
            // RFC 7616 section 3.4: neither qop nor nc may be quoted.
            for part in [", qop=", qop, ", nc="] {
                text.push_str(part);
            }
            number = add_zeros(&mut text, NUMBER);
            for part in [", cnonce=\"", cnonce, "\""] {
                text.push_str(part);
            }
        }
        let hashed = nonce.behind_number(protection, &request);
        Self {
            method: method.into(),
            target: target.into(),
            hashed,
            hashed_back: OnceLock::new(),
            text,
            proof,
            number,
        }
    }

    /// The field with a proof under this number.
    fn field(&self, nonce: &Nonce, nc: &[u8; NUMBER]) -> String {
        let nc = &nc[..self.number.len()];
        let proof = nonce.begun.finish(&[nc, self.hashed.as_bytes()]);
        let mut field = self.text.clone().into_bytes();
        field[self.proof.clone()].copy_from_slice(proof.as_bytes());
        field[self.number.clone()].copy_from_slice(nc);
        String::from_utf8(field).expect("digits took the place of digits")
    }
}

/// Adds so many zeros, and tells where they are.
fn add_zeros(text: &mut String, count: usize) -> Range<usize> {
    let begin = text.len();
    text.extend(std::iter::repeat_n('0', count));
    begin..text.len()
}

fn as_text(nc: &[u8; NUMBER]) -> &str {
    std::str::from_utf8(nc).expect("hexadecimal digits are ASCII")
}

impl Sent {
    pub(super) fn numbers(&self) -> Option<Numbers<'_>> {
        Some(Numbers {
            nc: as_text(&self.nc),
            cnonce: &self.nonce.cnonce,
            qop: self.protection?.name(),
        })
    }

    /// The hash function of its session.
    pub(super) fn hash(&self) -> DigestHash {
        self.nonce.key.hash()
    }

    /// The proof over a response and the hash of its body.
    pub(super) fn covering_proof(&self, target: &str, body: &str) -> Hex {
        let nonce = &*self.nonce;
        let request = request_hash(self.hash(), "", target, Some(body));
        let hashed = nonce.behind_number(self.protection, &request);
        nonce.begun.finish(&[&self.nc, hashed.as_bytes()])
    }

    /// The proof over the response, which is as that over a request without a method.
    pub(super) fn response_proof(&self, target: &str) -> Hex {
        let nonce = &*self.nonce;
        let new = || {
            let request = request_hash(nonce.key.hash(), "", target, None);
            nonce.behind_number(self.protection, &request)
        };
        let nc: &[u8] = match self.protection {
            Some(_) => &self.nc,
            None => b"",
        };
        let ready = nonce.targets[place(target)].get();
        match ready.filter(|ready| *ready.target == *target) {
            Some(ready) => {
                let hashed = ready.hashed_back.get_or_init(new);
                nonce.begun.finish(&[nc, hashed.as_bytes()])
            }
            None => nonce.begun.finish(&[nc, new().as_bytes()]),
        }
    }
}
