//! What the client remembers of a protection space: so that one challenge does for many requests.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use system_net_primitives::NetworkCredential;

use super::SCHEME;
use super::offer::Offer;
use super::proof::{Numbers, Protection, response};
use super::secret::DigestSecret;
use super::text::{count_digits, extended, has_control, push_escaped, push_quoted};
use crate::authentication::ProtectionSpace;
use crate::mechanism::{LogonError, Randomness};

/// One challenge, as one user answers it.
pub(super) struct Session {
    pub(super) offer: Offer,
    pub(super) credential: NetworkCredential,
    pub(super) proxy: bool,
    pub(super) spaces: Vec<ProtectionSpace>,
    /// The name and realm of each field: what is the same in all of them.
    begin: String,
    /// And what stands at the end of each.
    end: String,
    secret: DigestSecret,
    nonce: Mutex<Arc<Nonce>>,
}

/// A nonce of the server, and how often it was used.
pub(super) struct Nonce {
    pub(super) value: String,
    pub(super) cnonce: String,
    used: AtomicU32,
    /// `H(A1)`; of the session's first nonce with the `-sess` forms.
    pub(super) key: DigestSecret,
}

/// What was sent, to check the server's own proof.
pub(super) struct Sent {
    pub(super) session: Arc<Session>,
    pub(super) nonce: Arc<Nonce>,
    pub(super) nc: [u8; 8],
    pub(super) protection: Option<Protection>,
    /// It answered a challenge, rather than going out unasked.
    pub(super) asked: bool,
    /// How many stale nonces this request met.
    pub(super) stale: u8,
}

impl Session {
    /// The user name as it counts in hashes; `None` if the field cannot carry it.
    pub(super) fn user_name(credential: &NetworkCredential) -> Option<String> {
        let name = match credential.domain() {
            "" => credential.user_name().to_owned(),
            domain => format!("{domain}\\{}", credential.user_name()),
        };
        (!has_control(&name)).then_some(name)
    }

    pub(super) fn new(
        offer: Offer,
        credential: NetworkCredential,
        user_name: &str,
        proxy: bool,
        spaces: Vec<ProtectionSpace>,
        cnonce: String,
    ) -> Self {
        let hash = offer.algorithm.hash();
        let secret =
            DigestSecret::of_password(hash, user_name, &offer.realm, credential.password());
        let key = if offer.algorithm.is_session() {
            secret.for_session(&offer.nonce, &cnonce)
        } else {
            secret.clone()
        };
        let nonce = Nonce {
            value: offer.nonce.clone(),
            cnonce,
            used: AtomicU32::new(0),
            key,
        };
        Self {
            begin: begin(&offer, user_name),
            end: end(&offer),
            offer,
            credential,
            proxy,
            spaces,
            secret,
            nonce: Mutex::new(Arc::new(nonce)),
        }
    }

    pub(super) fn nonce(&self) -> Arc<Nonce> {
        Arc::clone(&self.nonce.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The server has named the nonce to go on with.
    pub(super) fn set_nonce(
        &self,
        value: &str,
        randomness: &dyn Randomness,
    ) -> Result<(), LogonError> {
        let mut nonce = self.nonce.lock().unwrap_or_else(PoisonError::into_inner);
        if nonce.value == value {
            return Ok(());
        }
        // RFC 7616 section 3.4.2: the key of a session stays that of its first request, and with
        // it the client's part.
        let (cnonce, key) = if self.offer.algorithm.is_session() {
            (nonce.cnonce.clone(), nonce.key.clone())
        } else {
            (random_text(randomness)?, self.secret.clone())
        };
        *nonce = Arc::new(Nonce {
            value: value.to_owned(),
            cnonce,
            used: AtomicU32::new(0),
            key,
        });
        Ok(())
    }

    /// The field for a request, and what to remember of it. `None` if the nonce is used up, or
    /// only `auth-int` is offered and the body is not known.
    pub(super) fn field(
        self: &Arc<Self>,
        method: &str,
        target: &str,
        body: Option<&[u8]>,
    ) -> Option<(String, Sent)> {
        let nonce = self.nonce();
        let offered = self.offer.protections;
        let protection = match offered.choose(body) {
            None if !offered.none() => return None,
            chosen => chosen,
        };
        let nc = count_digits(nonce.next()?);
        let sent = Sent {
            session: Arc::clone(self),
            nonce,
            nc,
            protection,
            asked: false,
            stale: 0,
        };
        let body = match (protection, body) {
            (Some(Protection::AuthInt), Some(body)) => {
                Some(self.offer.algorithm.hash().of(&[body]))
            }
            _ => None,
        };
        let proof = sent.proof(method, target, body.as_deref());
        let mut field = String::with_capacity(
            self.begin.len() + self.end.len() + sent.nonce.value.len() + target.len() + 192,
        );
        field.push_str(&self.begin);
        push_quoted(&mut field, "nonce", &sent.nonce.value);
        push_quoted(&mut field, "uri", target);
        for part in [", response=\"", &*proof, "\"", &*self.end] {
            field.push_str(part);
        }
        if let Some(numbers) = sent.numbers() {
            let Numbers { nc, cnonce, qop } = numbers;
            // RFC 7616 section 3.4: neither qop nor nc may be quoted.
            for part in [", qop=", qop, ", nc=", nc, ", cnonce=\"", cnonce, "\""] {
                field.push_str(part);
            }
        }
        Some((field, sent))
    }
}

impl Nonce {
    /// The next number; `None` when there is none left.
    fn next(&self) -> Option<u32> {
        let order = Ordering::Relaxed;
        let taken = self
            .used
            .fetch_update(order, order, |used| used.checked_add(1));
        taken.ok().map(|used| used + 1)
    }
}

impl Sent {
    pub(super) fn numbers(&self) -> Option<Numbers<'_>> {
        Some(Numbers {
            nc: std::str::from_utf8(&self.nc).expect("hexadecimal digits are ASCII"),
            cnonce: &self.nonce.cnonce,
            qop: self.protection?.name(),
        })
    }

    /// The proof over a request, or with an empty method over its response.
    pub(super) fn proof(
        &self,
        method: &str,
        target: &str,
        body: Option<&str>,
    ) -> super::algorithm::Hex {
        let Nonce { value, key, .. } = &*self.nonce;
        response(key, value, self.numbers(), method, target, body)
    }
}

fn begin(offer: &Offer, user_name: &str) -> String {
    let mut field = format!("{SCHEME} username");
    if offer.user_hash {
        field.push_str("=\"");
        field.push_str(&offer.algorithm.hash().of_user(user_name, &offer.realm));
        field.push('"');
    } else if offer.utf8 && !user_name.is_ascii() {
        field.push_str("*=");
        field.push_str(&extended(user_name));
    } else {
        field.push_str("=\"");
        push_escaped(&mut field, user_name);
        field.push('"');
    }
    push_quoted(&mut field, "realm", &offer.realm);
    field
}

/// What is sent back as it came: servers of old do not know parameters they did not name.
fn end(offer: &Offer) -> String {
    let mut field = String::new();
    if let Some(algorithm) = &offer.algorithm_text {
        field.push_str(", algorithm=");
        field.push_str(algorithm);
    }
    if let Some(opaque) = &offer.opaque {
        push_quoted(&mut field, "opaque", opaque);
    }
    if offer.user_hash {
        field.push_str(", userhash=true");
    }
    field
}

/// 16 random bytes as text.
pub(super) fn random_text(randomness: &dyn Randomness) -> Result<String, LogonError> {
    let mut bytes = [0; 16];
    randomness.fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
