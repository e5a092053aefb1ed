//! The client's side: the module that answers challenges.

use std::fmt;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use system_net_primitives::{Credentials, NetworkCredential};
use system_net_uri::Uri;

use super::SCHEME;
use super::body::{ResponseBody, is, is_about};
use super::client_nonce::{Nonce, Sent};
use super::info::Info;
use super::offer::Offer;
use super::proof::Protection;
use super::session::{Session, random_text};
use super::sessions::Sessions;
use crate::authentication::{
    AuthenticationModule, AuthenticationRequest, Authorization, Challenge, Challenges,
    ProtectionSpace, Update,
};
use crate::mechanism::{LogonError, LogonErrorKind, Randomness, SystemRandomness};
use crate::trace::authentication;

/// Digest on the client's side (RFC 7616).
///
/// Of several challenges it answers the strongest: SHA-256 and SHA-512-256 before MD5, and of
/// equals the server's first. A request with a body that is known beforehand is covered whole
/// (`auth-int`) if the server offers that; others are covered by method and target (`auth`), unless
/// the server offers nothing but `auth-int`.
/// Servers of RFC 2069, which know neither, are answered as they expect.
///
/// A nonce serves many requests, from any number of threads: each takes the next number. What the
/// server says in `Authentication-Info` counts: its own proof, and the nonce to go on with. A nonce
/// that is called stale is replaced without asking for credentials again. The client's part is
/// random for each nonce.
///
/// It never sends default credentials, and repeats no answer that was refused.
///
/// # Limits
/// It remembers [`MAX_SESSIONS`](Self::MAX_SESSIONS) challenges with the credentials that answered
/// them, and forgets the oldest for a new one. Of each it keeps what is ready for the first eight
/// targets of at most 1024 bytes. A request meets at most three stale nonces.
///
/// # Differences from .NET
/// The .NET Framework knows MD5 alone and takes no notice of what the server proves. A `domain` of
/// another server is left out: a server speaks for itself only.
pub struct Digest {
    sessions: Mutex<Sessions>,
    keys: RandomState,
    randomness: Arc<dyn Randomness>,
}

/// How often one request may meet a stale nonce.
const MAX_STALE: u8 = 3;

impl Digest {
    /// Most challenges that are remembered.
    pub const MAX_SESSIONS: usize = super::sessions::MAX;

    /// The module.
    #[must_use]
    pub fn new() -> Self {
        Self::with_randomness(Arc::new(SystemRandomness))
    }

    /// The module, with random bytes from elsewhere.
    #[must_use]
    pub fn with_randomness(randomness: Arc<dyn Randomness>) -> Self {
        Self {
            sessions: Mutex::default(),
            keys: RandomState::new(),
            randomness,
        }
    }

    /// The number under which sessions of a server and a user are kept.
    fn key(&self, request: &AuthenticationRequest<'_>, credential: &NetworkCredential) -> u64 {
        let uri = request.challenged_uri();
        let mut hasher = self.keys.build_hasher();
        (uri.scheme(), uri.host(), uri.port()).hash(&mut hasher);
        (
            request.is_proxy(),
            credential.user_name(),
            credential.domain(),
        )
            .hash(&mut hasher);
        hasher.finish()
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        // Whole entries: a panic elsewhere cannot leave them half changed.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session for a challenge: a known one if the server has repeated its nonce.
    fn session(
        &self,
        offer: Offer,
        request: &AuthenticationRequest<'_>,
        credential: NetworkCredential,
    ) -> Option<Arc<Nonce>> {
        let Some(user_name) = Session::user_name(&credential) else {
            authentication().warning(
                "Authenticate",
                format_args!("the user name has a control character: Digest cannot carry it"),
            );
            return None;
        };
        let key = self.key(request, &credential);
        let known = self.lock().find(key, |nonce| {
            let session = &nonce.session;
            nonce.value == offer.nonce
                && session.offer.realm == offer.realm
                && session.offer.algorithm == offer.algorithm
                && session.credential == credential
        });
        if known.is_some() {
            return known;
        }
        let spaces = spaces(&offer, request);
        let cnonce = told(random_text(&*self.randomness))?;
        let proxy = request.is_proxy();
        let session = Session::new(key, offer, credential, &user_name, proxy, spaces);
        let nonce = Arc::new(Nonce::first(session, cnonce));
        self.lock().add(Arc::clone(&nonce));
        Some(nonce)
    }

    /// The nonce for a request that was not challenged.
    fn nonce_of(
        &self,
        request: &AuthenticationRequest<'_>,
        credential: &NetworkCredential,
    ) -> Option<Arc<Nonce>> {
        let (uri, proxy) = (request.challenged_uri(), request.is_proxy());
        let fits = |nonce: &Nonce| {
            let session = &nonce.session;
            session.proxy == proxy
                && session.spaces.iter().any(|space| space.contains(uri))
                && session.credential == *credential
        };
        let sessions = self.lock();
        match sessions.are_few() {
            // Looking at all of them takes less than making a key.
            true => sessions.youngest(fits),
            false => sessions.find(self.key(request, credential), fits),
        }
    }

    fn send(
        nonce: Arc<Nonce>,
        request: &mut AuthenticationRequest<'_>,
        asked: bool,
        stale: u8,
    ) -> Option<Authorization> {
        let session = asked.then(|| Arc::clone(&nonce.session));
        let (method, target) = (request.method(), request.target());
        let Some((field, mut sent)) = nonce.field(method, target, request.body()) else {
            authentication().warning(
                "Authenticate",
                format_args!(
                    "the server wants the body covered (auth-int), and the body is not known \
                     before it is sent: let it be buffered"
                ),
            );
            return None;
        };
        (sent.asked, sent.stale) = (asked, stale);
        let mut authorization = Authorization::new(field);
        authorization.set_covers_body(sent.protection == Some(Protection::AuthInt));
        // What goes out unasked opens no space.
        if let Some(session) = session {
            authorization.set_protection_realm(match &*session.offer.domain {
                // RFC 7616 section 3.3: without a domain all URIs of the server.
                [] => vec!["/".to_owned()],
                named => named.to_vec(),
            });
        }
        request.state().set(sent);
        Some(authorization)
    }
}

impl AuthenticationModule for Digest {
    fn authentication_type(&self) -> &str {
        SCHEME
    }

    fn can_pre_authenticate(&self) -> bool {
        true
    }

    fn needs_target_name(&self) -> bool {
        false
    }

    fn updates_by_fields(&self) -> bool {
        true
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        challenges.find(SCHEME)?;
        let Some(offer) = Offer::strongest(challenges) else {
            authentication().warning(
                "Authenticate",
                format_args!(
                    "no Digest challenge of the server can be answered: it misses realm or nonce, \
                     or names an unknown algorithm or protection"
                ),
            );
            return None;
        };
        let credential = credential(request.challenged_uri(), credentials)?;
        let mut stale = 0;
        if let Some(sent) = request.state().get::<Sent>()
            && sent.nonce.session.credential == credential
        {
            if offer.stale {
                // RFC 7616 section 3.3: the answer was right, but for its nonce.
                stale = sent.stale + 1;
            }
            let refused = !offer.stale && sent.asked;
            self.lock().remove(&sent.nonce.session);
            if refused || stale > MAX_STALE {
                return None;
            }
        }
        let nonce = self.session(offer, request, credential)?;
        Self::send(nonce, request, true, stale)
    }

    fn may_repeat(&self, challenges: &Challenges, request: &mut AuthenticationRequest<'_>) -> bool {
        let Some(offer) = Offer::strongest(challenges) else {
            return false;
        };
        let sent = request.state().get::<Sent>();
        sent.is_some_and(|sent| offer.stale || !sent.asked)
    }

    fn pre_authenticate(
        &self,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        if credentials.is_default() {
            return None;
        }
        let mut nonce = None;
        let uri = request.challenged_uri();
        credentials.with_credential(uri, SCHEME, &mut |credential| {
            nonce = self.nonce_of(request, credential);
        });
        Self::send(nonce?, request, false, 0)
    }

    fn update(
        &self,
        _challenges: &Challenges,
        info: Option<&[u8]>,
        request: &mut AuthenticationRequest<'_>,
    ) -> Update {
        let target = request.target();
        let Some(sent) = request.state().get::<Sent>() else {
            return Update::Unchanged;
        };
        let covers_body = sent.protection == Some(Protection::AuthInt);
        let read;
        let info = match info.map(|field| (field, Info::of_usual(field))) {
            Some((_, Some(info))) => info,
            Some((field, None)) => {
                read = Challenge::parse_info(field);
                match &read {
                    Some(read) => Info::of(read),
                    None if covers_body => Info::default(),
                    None => return Update::Unchanged,
                }
            }
            // The proof may stand behind the body.
            None if covers_body => Info::default(),
            None => return Update::Unchanged,
        };
        let proven = match info.proof {
            _ if covers_body => is_about(sent, &info).map(|_| false),
            Some(proof) => check_proof(sent, &info, proof, target),
            None => Ok(false),
        };
        match proven {
            Err(error) => {
                // Whoever said that may not know the password: nothing else of it counts.
                authentication().warning("Authenticate", format_args!("Digest: {error}"));
                Update::Failed(error)
            }
            Ok(proven) => {
                let known = &sent.nonce.value;
                let is_new = |next: &&str| !next.is_empty() && next != known;
                if let Some(next) = info.next_nonce.filter(is_new) {
                    let next = sent.nonce.next_one(next, &*self.randomness);
                    if let Some(next) = told(next) {
                        self.lock().go_on_with(next);
                    }
                }
                match proven {
                    true => Update::MutuallyAuthenticated,
                    false if covers_body => over_body(sent, &info, target),
                    false => Update::Unchanged,
                }
            }
        }
    }
}

/// Checks the server's proof (RFC 7616 section 3.5). `Ok(false)`: it is not of the protection that
/// was asked for, and proves nothing.
fn check_proof(
    sent: &Sent,
    info: &Info<'_>,
    proof: &str,
    target: &str,
) -> Result<bool, LogonError> {
    if !is_about(sent, info)? {
        return Ok(false);
    }
    if is(&sent.response_proof(target), proof) {
        return Ok(true);
    }
    Err(LogonError::new(
        LogonErrorKind::Tampered,
        "the server's proof in Authentication-Info is wrong: it does not know the password",
    ))
}

/// What is to be judged at the end of the body that the proof covers.
fn over_body(sent: &Sent, info: &Info<'_>, target: &str) -> Update {
    let is_other = |qop: &str| !qop.eq_ignore_ascii_case(Protection::AuthInt.name());
    match info.proof {
        // As in `check_proof`.
        Some(_) if info.qop.is_some_and(is_other) => Update::Unchanged,
        proof => Update::OverBody(Box::new(ResponseBody::new(sent, target, proof))),
    }
}

/// The credential for Digest; none if it is the default one, which has no password to prove.
fn credential(uri: &Uri, credentials: &dyn Credentials) -> Option<NetworkCredential> {
    if credentials.is_default() {
        return None;
    }
    let credential = credentials.get_credential(uri, SCHEME)?;
    // A cache may hold the default credential among others.
    (!credential.is_default()).then_some(credential)
}

fn spaces(offer: &Offer, request: &AuthenticationRequest<'_>) -> Vec<ProtectionSpace> {
    let uri = request.challenged_uri();
    // RFC 7616 section 3.3: at a proxy `domain` means nothing.
    if request.is_proxy() || offer.domain.is_empty() {
        return vec![ProtectionSpace::of_server(uri)];
    }
    let named = offer.domain.iter();
    named
        .filter_map(|name| ProtectionSpace::named(name, uri))
        .collect()
}

fn told<T>(result: Result<T, LogonError>) -> Option<T> {
    let tell = |error: &LogonError| {
        authentication().warning("Authenticate", format_args!("Digest: {error}"));
    };
    result.inspect_err(tell).ok()
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Digest")
            .field("sessions", &self.lock().count())
            .finish_non_exhaustive()
    }
}
