//! The server's side.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use subtle::{Choice, ConstantTimeEq as _};
use system_net_primitives::{Clock, Misuse, SystemClock};

use super::SCHEME;
use super::algorithm::{DigestAlgorithm, DigestHash, Hex};
use super::body::DigestBody;
use super::nonces::{NonceId, NonceKey, UsedNumbers, oldest};
use super::presented::{Presented, PresentedNumbers, User};
use super::proof::{Numbers, Protection, response};
use super::refusal::DigestRefusal;
use super::secret::DigestSecret;
use super::text::{has_control, push_escaped, push_quoted};
use crate::accounts::{CredentialValidator, UserName};
use crate::mechanism::{LogonError, Randomness, SystemRandomness};
use crate::trace::authentication;

/// How a server asks for Digest.
#[derive(Clone)]
pub struct DigestServerOptions {
    /// What is offered, one challenge each, the preferred one first. Default: SHA-256, and MD5 for
    /// clients that know nothing else.
    pub algorithms: Vec<DigestAlgorithm>,
    /// Offer to cover method and target of requests (`auth`). Default: true.
    pub auth: bool,
    /// Offer to cover the bodies of requests (`auth-int`) as well. Default: false.
    pub auth_int: bool,
    /// The URIs below which the same users are let in; empty, the default, for the whole server.
    pub domain: Vec<String>,
    /// What clients are to send back; `None` by default.
    pub opaque: Option<String>,
    /// Let clients hide user names behind a hash. Default: false.
    pub user_hash: bool,
    /// How long a nonce is good. Default: 5 minutes.
    pub nonce_lifetime: Duration,
    /// Most nonces whose numbers are kept; beyond, the oldest becomes stale. Default: 65,536.
    pub max_nonces: usize,
    /// Let in clients that know no `qop` (RFC 2069). Each of their nonces is good once. Default:
    /// false.
    pub allow_without_qop: bool,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where random bytes come from.
    pub randomness: Arc<dyn Randomness>,
}

impl Default for DigestServerOptions {
    fn default() -> Self {
        Self {
            algorithms: vec![DigestAlgorithm::SHA_256, DigestAlgorithm::MD5],
            auth: true,
            auth_int: false,
            domain: Vec::new(),
            opaque: None,
            user_hash: false,
            nonce_lifetime: Duration::from_secs(5 * 60),
            max_nonces: 65_536,
            allow_without_qop: false,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        }
    }
}

/// Digest on the server's side (RFC 7616): one realm.
///
/// It knows its nonces by a keyed hash and keeps only the numbers that were used with them: no
/// proof is accepted twice. Checking takes the same time for users that do not exist.
///
/// # Examples
/// ```
/// use system_net_security::accounts::Accounts;
/// use system_net_security::authentication::{
///     DigestRefusal, DigestRequest, DigestServer, DigestServerOptions,
/// };
///
/// let server = DigestServer::new("WallyWorld", DigestServerOptions::default())?;
/// for challenge in server.challenges(false)? {
///     assert!(challenge.starts_with("Digest realm=\"WallyWorld\", "));
/// }
///
/// let users = Accounts::new();
/// users.add("Aladdin", "", "open sesame");
/// let request = DigestRequest::new("GET", "/index.html");
/// let refusal = server.check(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", &request, &users);
/// assert_eq!(refusal.unwrap_err(), DigestRefusal::OtherScheme);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DigestServer {
    realm: String,
    options: DigestServerOptions,
    key: NonceKey,
    used: Mutex<UsedNumbers>,
}

/// The request that a field came with.
#[derive(Clone, Copy, Debug)]
pub struct DigestRequest<'a> {
    method: &'a str,
    target: &'a str,
    authority: Option<&'a str>,
    body: Option<&'a [u8]>,
}

impl<'a> DigestRequest<'a> {
    /// Method and target as they stand in the request line.
    #[must_use]
    pub const fn new(method: &'a str, target: &'a str) -> Self {
        Self {
            method,
            target,
            authority: None,
            body: None,
        }
    }

    /// The `Host` of the request: a client may write its target with it.
    #[must_use]
    pub const fn at(mut self, authority: &'a str) -> Self {
        self.authority = Some(authority);
        self
    }

    /// The body of the request, which `auth-int` covers.
    #[must_use]
    pub const fn with_body(mut self, body: &'a [u8]) -> Self {
        self.body = Some(body);
        self
    }

    /// Whether a client's `uri` means this request (RFC 7616 section 3.4.6): the same text, or one
    /// of them with the host before it.
    fn is_meant_by(&self, uri: &str) -> bool {
        if uri == self.target {
            return true;
        }
        match (split_absolute(uri), split_absolute(self.target)) {
            (Some((host, path)), None) => {
                let here = self
                    .authority
                    .is_some_and(|own| own.eq_ignore_ascii_case(host));
                here && path == self.target
            }
            (None, Some((_, path))) => path == uri,
            _ => false,
        }
    }
}

/// Host and path of a target in absolute form.
fn split_absolute(target: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = target.split_once("://")?;
    if !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let slash = rest.find('/')?;
    Some(rest.split_at(slash))
}

/// Whether a nonce may be used.
enum NonceState {
    Good(NonceId),
    Stale,
}

impl DigestServer {
    /// A server of that realm.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if realm, opaque or domain have what a field cannot carry, or no
    /// algorithm or no protection is named; [`Misuse::InvalidOperation`] if the system gives no random bytes.
    pub fn new(realm: &str, options: DigestServerOptions) -> Result<Self, Misuse> {
        if has_control(realm) {
            return Err(Misuse::invalid_argument("realm", "has a control character"));
        }
        if options.opaque.as_deref().is_some_and(has_control) {
            return Err(Misuse::invalid_argument(
                "opaque",
                "has a control character",
            ));
        }
        let no_uri = |text: &String| text.is_empty() || has_control(text) || text.contains(' ');
        if options.domain.iter().any(no_uri) {
            let what = "has a URI that is empty or has a blank or a control character";
            return Err(Misuse::invalid_argument("domain", what));
        }
        if options.algorithms.is_empty() {
            return Err(Misuse::invalid_argument("algorithms", "names none"));
        }
        if !options.auth && !options.auth_int {
            let what = "with auth_int off too, no protection is offered";
            return Err(Misuse::invalid_argument("auth", what));
        }
        let key = NonceKey::new(&*options.randomness)
            .map_err(|error| Misuse::invalid_operation(error.to_string()))?;
        Ok(Self {
            realm: realm.to_owned(),
            used: Mutex::new(UsedNumbers::new(options.max_nonces)),
            options,
            key,
        })
    }

    /// The values of the `WWW-Authenticate` or `Proxy-Authenticate` fields, one for each
    /// algorithm. `stale` is what [`DigestRefusal::is_stale`] says of a refusal.
    ///
    /// # Errors
    /// The system gave no random bytes.
    pub fn challenges(&self, stale: bool) -> Result<Vec<String>, LogonError> {
        let nonce = self.new_nonce()?;
        let options = &self.options;
        let qop = match (options.auth, options.auth_int) {
            (true, true) => "auth, auth-int",
            (true, false) => "auth",
            _ => "auth-int",
        };
        let one = |algorithm: &DigestAlgorithm| {
            let mut field = format!("{SCHEME} realm=\"");
            push_escaped(&mut field, &self.realm);
            field.push_str("\", qop=\"");
            field.push_str(qop);
            field.push_str("\", algorithm=");
            field.push_str(algorithm.name());
            push_quoted(&mut field, "nonce", &nonce);
            if let Some(opaque) = &options.opaque {
                push_quoted(&mut field, "opaque", opaque);
            }
            if !options.domain.is_empty() {
                push_quoted(&mut field, "domain", &options.domain.join(" "));
            }
            field.push_str(", charset=UTF-8");
            if options.user_hash {
                field.push_str(", userhash=true");
            }
            if stale {
                field.push_str(", stale=true");
            }
            field
        };
        Ok(options.algorithms.iter().map(one).collect())
    }

    /// Whether the proof in a field covers the body, which [`check`](Self::check) needs then.
    #[must_use]
    pub fn needs_body(&self, field: &[u8]) -> bool {
        let presented = Presented::read(field);
        presented.is_ok_and(|presented| presented.protection() == Some(Protection::AuthInt))
    }

    /// Checks the value of an `Authorization` or `Proxy-Authorization` field.
    ///
    /// # Errors
    /// What is wrong, for the log. The answer to the client is
    /// [`status_code`](DigestRefusal::status_code) with the challenges.
    pub fn check(
        &self,
        field: &[u8],
        request: &DigestRequest<'_>,
        users: &dyn CredentialValidator,
    ) -> Result<DigestAccepted, DigestRefusal> {
        let presented = Presented::read(field)?;
        self.check_offered(&presented)?;
        if !request.is_meant_by(&presented.target) {
            return Err(DigestRefusal::OtherTarget);
        }
        let body = match (presented.protection(), request.body) {
            (Some(Protection::AuthInt), None) => return Err(DigestRefusal::BodyNeeded),
            (Some(Protection::AuthInt), Some(body)) => {
                Some(presented.algorithm.hash().of_body(body))
            }
            _ => None,
        };
        let nonce = self.nonce_state(&presented.nonce);
        let (user, secret, known) = self.secret_of(&presented, users);
        let proven = self.check_proof(&presented, &secret, request, body.as_deref(), &nonce);
        let Some(key) = proven.filter(|_| known) else {
            return Err(DigestRefusal::WrongPassword);
        };
        let NonceState::Good(id) = nonce else {
            return Err(DigestRefusal::Stale);
        };
        self.take_number(id, presented.numbers.as_ref())?;
        Ok(DigestAccepted {
            user_name: user,
            key,
            next_nonce: self.next_nonce(id, presented.algorithm),
            nonce: presented.nonce,
            target: presented.target,
            numbers: presented.numbers,
        })
    }

    fn check_offered(&self, presented: &Presented) -> Result<(), DigestRefusal> {
        let options = &self.options;
        let protection = match presented.protection() {
            Some(Protection::Auth) => options.auth,
            Some(Protection::AuthInt) => options.auth_int,
            None => options.allow_without_qop,
        };
        let hashed = matches!(presented.user, User::Hash(_));
        let offered = protection
            && presented.realm == self.realm
            && presented.opaque == options.opaque
            && options.algorithms.contains(&presented.algorithm)
            && (options.user_hash || !hashed);
        if offered {
            Ok(())
        } else {
            Err(DigestRefusal::NotOffered)
        }
    }

    /// The user, what stands for its password, and whether there is such a user; one that there is
    /// not gets a secret that nobody knows.
    fn secret_of(
        &self,
        presented: &Presented,
        users: &dyn CredentialValidator,
    ) -> (String, DigestSecret, bool) {
        let hash = presented.algorithm.hash();
        let name = match &presented.user {
            User::Name(name) => Some(name.clone()),
            User::Hash(text) => users.user_of_hash(text, &self.realm, hash),
        };
        let name = name.unwrap_or_default();
        let found = users.digest_secret(UserName::parse(&name), &self.realm, hash);
        match found.filter(|secret| secret.hash() == hash) {
            Some(secret) => (name, secret, true),
            None => {
                let nobody = DigestSecret::of_password(hash, "", &self.realm, "");
                (name, nobody, false)
            }
        }
    }

    /// The key that the proof was made with.
    fn check_proof(
        &self,
        presented: &Presented,
        secret: &DigestSecret,
        request: &DigestRequest<'_>,
        body: Option<&str>,
        nonce: &NonceState,
    ) -> Option<DigestSecret> {
        let numbers = presented.numbers.as_ref().map(PresentedNumbers::as_numbers);
        let right = |key: &DigestSecret| {
            let target = &presented.target;
            let expected = response(key, &presented.nonce, numbers, request.method, target, body);
            expected.as_bytes().ct_eq(presented.response.as_bytes())
        };
        if !presented.algorithm.is_session() {
            return bool::from(right(secret)).then(|| secret.clone());
        }
        let cnonce = presented
            .numbers
            .as_ref()
            .map_or("", |numbers| &numbers.cnonce);
        let key = secret.for_session(&presented.nonce, cnonce);
        // Clients that follow RFC 7616 section 3.4.2 keep the key of their first request.
        let first = match nonce {
            NonceState::Good(id) => self.lock().first_cnonce(*id).map(str::to_owned),
            NonceState::Stale => None,
        };
        let first = secret.for_session(&presented.nonce, first.as_deref().unwrap_or(cnonce));
        let (now, before): (Choice, Choice) = (right(&key), right(&first));
        match (now.into(), before.into()) {
            (true, _) => Some(key),
            (false, true) => Some(first),
            (false, false) => None,
        }
    }

    fn nonce_state(&self, nonce: &str) -> NonceState {
        match self.key.read(nonce, &self.realm) {
            Some(id)
                if id.0 >= oldest(self.now(), self.options.nonce_lifetime)
                    && !self.lock().is_forgotten(id) =>
            {
                NonceState::Good(id)
            }
            _ => NonceState::Stale,
        }
    }

    fn take_number(
        &self,
        id: NonceId,
        numbers: Option<&PresentedNumbers>,
    ) -> Result<(), DigestRefusal> {
        // Without numbers a nonce is good once.
        let (number, cnonce) = numbers.map_or((u32::MAX, ""), |n| (n.number, &n.cnonce));
        let oldest = oldest(self.now(), self.options.nonce_lifetime);
        if self.lock().take(id, number, cnonce, oldest) {
            return Ok(());
        }
        authentication().warning(
            "Authenticate",
            format_args!("Digest credentials were sent a second time"),
        );
        Err(DigestRefusal::Replayed)
    }

    /// A nonce to go on with, once half of this one's time is over. Not for sessions: their key
    /// hangs on the first nonce.
    fn next_nonce(&self, id: NonceId, algorithm: DigestAlgorithm) -> Option<String> {
        let aging = id.0 < oldest(self.now(), self.options.nonce_lifetime / 2);
        if algorithm.is_session() || !aging {
            return None;
        }
        // Without random bytes the client goes on until the nonce is stale.
        self.new_nonce().ok()
    }

    fn new_nonce(&self) -> Result<String, LogonError> {
        self.key
            .make(self.now(), &self.realm, &*self.options.randomness)
    }

    /// Milliseconds since 1970.
    fn now(&self) -> u64 {
        let since = self.options.clock.utc_now().duration_since(UNIX_EPOCH);
        u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, UsedNumbers> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PresentedNumbers {
    fn as_numbers(&self) -> Numbers<'_> {
        Numbers {
            nc: &self.nc,
            cnonce: &self.cnonce,
            qop: self.protection.name(),
        }
    }
}

impl fmt::Debug for DigestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestServer")
            .field("realm", &self.realm)
            .field("algorithms", &self.options.algorithms)
            .finish_non_exhaustive()
    }
}

/// A client that a server has let in.
pub struct DigestAccepted {
    user_name: String,
    key: DigestSecret,
    nonce: String,
    target: String,
    numbers: Option<PresentedNumbers>,
    next_nonce: Option<String>,
}

impl DigestAccepted {
    /// The user name, with the domain before a backslash if the client sent one.
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// Whether the client's proof covers the body of its request (`auth-int`), so that the server's
    /// covers that of the response.
    #[must_use]
    pub fn covers_body(&self) -> bool {
        let protection = self.numbers.as_ref().map(|numbers| numbers.protection);
        protection == Some(Protection::AuthInt)
    }

    /// The value of the `Authentication-Info` or `Proxy-Authentication-Info` field: the proof that
    /// this server knows the password too, and the nonce to go on with, if this one is getting old.
    ///
    /// The proof covers the body of the response if the client's covers that of the request
    /// (`auth-int`); it is left out if the body is not known yet.
    #[must_use]
    pub fn authentication_info(&self, response_body: Option<&[u8]>) -> String {
        let body = response_body.filter(|_| self.covers_body());
        self.info(body.map(|body| self.hash().of(&[body])))
    }

    /// A hash for the body of the response, which is to see each of its pieces.
    #[must_use]
    pub fn begin_body(&self) -> DigestBody {
        DigestBody::new(self.hash())
    }

    /// As [`authentication_info`](Self::authentication_info), for a body that was written in pieces: for
    /// the trailers behind it (RFC 7616 section 3.5).
    #[must_use]
    pub fn authentication_info_of(&self, body: &DigestBody) -> String {
        self.info(Some(body.hash()).filter(|_| self.covers_body()))
    }

    fn info(&self, body: Option<Hex>) -> String {
        let numbers = self.numbers.as_ref().map(PresentedNumbers::as_numbers);
        let mut parts = Vec::new();
        if body.is_some() || !self.covers_body() {
            let body = body.as_deref();
            let proof = response(&self.key, &self.nonce, numbers, "", &self.target, body);
            parts.push(format!("rspauth=\"{}\"", &*proof));
        }
        if let Some(Numbers { nc, cnonce, qop }) = numbers {
            let mut quoted = String::new();
            push_escaped(&mut quoted, cnonce);
            parts.push(format!("qop={qop}, nc={nc}, cnonce=\"{quoted}\""));
        }
        if let Some(next) = &self.next_nonce {
            parts.push(format!("nextnonce=\"{next}\""));
        }
        parts.join(", ")
    }

    const fn hash(&self) -> DigestHash {
        self.key.hash()
    }
}

impl fmt::Debug for DigestAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestAccepted")
            .field("user_name", &self.user_name)
            .finish_non_exhaustive()
    }
}
