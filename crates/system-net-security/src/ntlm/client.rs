//! The client's side.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use system_net_primitives::{Clock, NetworkCredential, SystemClock};
use zeroize::Zeroizing;

use super::flags;
use super::keys::{End, NtHash, blob, exchange_key, hmac_md5, lm_hash, md5, response_v1};
use super::messages::{Authenticate, Challenge, Negotiate};
use super::own_challenges::OwnChallenges;
use super::session::Session;
use super::target_info::{self, TargetInfo};
use crate::extended_protection::ChannelBinding;
use crate::mechanism::{LogonError, LogonErrorKind, Mechanism, Randomness, Step, SystemRandomness};

/// The version of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NtlmVersion {
    /// Version 2: the one to use.
    #[default]
    V2,
    /// Version 1, for servers from before 1998. An eavesdropper finds the password's hash within
    /// a day, and nothing ties the login to its target or channel.
    V1,
    /// Version 1 with the LM answer besides, from which the password itself is found in minutes.
    Lm,
}

/// How a client logs in.
#[derive(Clone)]
pub struct NtlmClientOptions {
    /// The version of the answer; version 2 by default.
    pub version: NtlmVersion,
    /// The service that is meant, such as `HTTP/www.example.com`; `None` leaves it out.
    pub target_name: Option<String>,
    /// The channel the login is made through.
    pub channel_binding: Option<ChannelBinding>,
    /// The name of this computer, for the server's log; empty by default.
    pub workstation: String,
    /// Ask for messages that are hidden after the login. Default: false.
    pub encrypt: bool,
    /// The challenges of this process's servers: an answer to one of them is refused, unless
    /// `allow_reflection`.
    pub own_challenges: OwnChallenges,
    /// Answer challenges of this very process: right for addresses that stand for this computer.
    pub allow_reflection: bool,
    /// The clock for logins to servers that do not tell theirs.
    pub clock: Arc<dyn Clock>,
    /// Where random bytes come from.
    pub randomness: Arc<dyn Randomness>,
}

impl Default for NtlmClientOptions {
    fn default() -> Self {
        Self {
            version: NtlmVersion::V2,
            target_name: None,
            channel_binding: None,
            workstation: String::new(),
            encrypt: false,
            own_challenges: OwnChallenges::new(),
            allow_reflection: false,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        }
    }
}

/// The client's side of a login.
///
/// # Examples
/// ```
/// use system_net_primitives::NetworkCredential;
/// use system_net_security::mechanism::Mechanism;
/// use system_net_security::ntlm::{NtHash, NtlmClient, NtlmServer};
///
/// let ann = NetworkCredential::with_domain("ann", "secret", "EXAMPLE");
/// let mut client = NtlmClient::new(&ann, Default::default());
/// let accounts = |user: &str, _: &str| (user == "ann").then(|| NtHash::of_password("secret"));
/// let mut server = NtlmServer::new(accounts, Default::default());
///
/// let negotiate = client.step(None)?.message;
/// let challenge = server.step(negotiate.as_deref())?.message;
/// let authenticate = client.step(challenge.as_deref())?.message;
/// assert!(server.step(authenticate.as_deref())?.complete);
/// assert_eq!(server.accepted().map(|user| &*user.user_name), Some("ann"));
/// # Ok::<(), system_net_security::mechanism::LogonError>(())
/// ```
pub struct NtlmClient {
    user: User,
    options: NtlmClientOptions,
    state: State,
}

/// Who logs in.
struct User {
    name: String,
    domain: String,
    nt_hash: NtHash,
    lm_hash: Option<Zeroizing<[u8; 16]>>,
}

enum State {
    Start,
    /// The first message as it was sent: the check covers it.
    Negotiated(Vec<u8>),
    Complete(Box<Session>),
    Failed,
}

impl NtlmClient {
    /// A login of this user. A name of the form `DOMAIN\user` is taken apart if the credential
    /// has no domain; one of the form `user@domain` goes out as it is.
    #[must_use]
    pub fn new(credential: &NetworkCredential, options: NtlmClientOptions) -> Self {
        let (domain, name) = match credential.domain() {
            "" => credential
                .user_name()
                .split_once('\\')
                .unwrap_or_else(|| ("", credential.user_name())),
            domain => (domain, credential.user_name()),
        };
        let lm = options.version == NtlmVersion::Lm;
        Self {
            user: User {
                name: name.to_owned(),
                domain: domain.to_owned(),
                nt_hash: NtHash::of_password(credential.password()),
                lm_hash: lm.then(|| lm_hash(credential.password())),
            },
            options,
            state: State::Start,
        }
    }

    /// As if this had been sent: the first message of a vector.
    #[cfg(test)]
    pub(super) fn assume_negotiated(&mut self, message: Vec<u8>) {
        self.state = State::Negotiated(message);
    }

    fn negotiate(&mut self) -> Step {
        let flags = match self.options.encrypt {
            true => flags::USUAL | flags::SEAL,
            false => flags::USUAL,
        };
        let message = Negotiate { flags }.write();
        self.state = State::Negotiated(message.clone());
        Step {
            message: Some(message),
            complete: false,
        }
    }

    fn authenticate(&mut self, negotiate: &[u8], answer: &[u8]) -> Result<Step, LogonError> {
        let challenge = Challenge::read(answer)?;
        self.check(&challenge)?;
        let wanted = Negotiate::read(negotiate)?.flags;
        let flags = challenge.flags & (wanted | flags::TARGET_INFO);
        let mut client_challenge = [0; 8];
        self.options.randomness.fill(&mut client_challenge)?;
        let proof = match self.options.version {
            NtlmVersion::V2 => self.proof_v2(challenge, client_challenge)?,
            NtlmVersion::V1 | NtlmVersion::Lm => self.proof_v1(&challenge, client_challenge, flags),
        };
        let (session_key, encrypted_session_key) = if flags & flags::KEY_EXCHANGE != 0 {
            let mut key = Zeroizing::new([0; 16]);
            self.options.randomness.fill(&mut *key)?;
            let encrypted = exchange_key(&proof.key, *key).to_vec();
            (key, encrypted)
        } else {
            (proof.key, Vec::new())
        };
        let message = Authenticate {
            flags,
            lm_response: proof.lm_response,
            nt_response: proof.nt_response,
            domain: self.user.domain.clone(),
            user_name: self.user.name.clone(),
            workstation: self.options.workstation.clone(),
            encrypted_session_key,
            mic: None,
        };
        let mut message = message.write()?;
        if proof.has_mic {
            let mic = hmac_md5(&*session_key, &[negotiate, answer, &message]);
            message[Authenticate::MIC_AT..Authenticate::MIC_AT + 16].copy_from_slice(&mic);
        }
        self.state = State::Complete(Box::new(Session::new(session_key, flags, End::Client)));
        Ok(Step {
            message: Some(message),
            complete: true,
        })
    }

    /// Whether the challenge may be answered at all.
    fn check(&self, challenge: &Challenge) -> Result<(), LogonError> {
        let not_allowed = |message| Err(LogonError::new(LogonErrorKind::NotAllowed, message));
        if challenge.flags & flags::UNICODE == 0 {
            return not_allowed("the server's NTLM speaks no Unicode: it is too old");
        }
        let own = &self.options.own_challenges;
        if own.contains(&challenge.server_challenge) && !self.options.allow_reflection {
            return Err(LogonError::new(
                LogonErrorKind::Reflected,
                "the server's challenge is one that this very process has given out: somebody \
                 passes its messages on. If the name does stand for this computer, add it to the \
                 back connection host names",
            ));
        }
        Ok(())
    }

    /// [MS-NLMP] section 3.3.2, with what section 3.1.5.1.2 has the client add.
    fn proof_v2(
        &self,
        challenge: Challenge,
        client_challenge: [u8; 8],
    ) -> Result<Proof, LogonError> {
        let mut info = challenge.target_info.unwrap_or_default();
        let told = info.timestamp();
        let time = told.unwrap_or_else(|| file_time(self.options.clock.utc_now()));
        self.add_to(&mut info);
        let key = self
            .user
            .nt_hash
            .for_user(&self.user.name, &self.user.domain);
        let blob = blob(time, client_challenge, &info.write()?);
        let proof = hmac_md5(&*key, &[&challenge.server_challenge, &blob]);
        let lm_response = if told.is_some() {
            vec![0; 24]
        } else {
            let lm = hmac_md5(&*key, &[&challenge.server_challenge, &client_challenge]);
            [&lm[..], &client_challenge].concat()
        };
        Ok(Proof {
            lm_response,
            nt_response: [&proof[..], &blob].concat(),
            key: Zeroizing::new(hmac_md5(&*key, &[&proof])),
            has_mic: true,
        })
    }

    /// Says that the messages are checked, and what the login is bound to.
    fn add_to(&self, info: &mut TargetInfo) {
        let flags = info.flags() | target_info::FLAG_MIC;
        info.set(target_info::FLAGS, flags.to_le_bytes());
        // Zeros: this side knows of channel bindings, and there is no channel.
        let binding = self.options.channel_binding.as_ref();
        let hash = binding.map_or([0; 16], ChannelBinding::gss_hash);
        info.set(target_info::CHANNEL_BINDINGS, hash);
        let target_name = self.options.target_name.as_deref();
        info.set_text(target_info::TARGET_NAME, target_name.unwrap_or_default());
    }

    /// [MS-NLMP] section 3.3.1.
    fn proof_v1(&self, challenge: &Challenge, client_challenge: [u8; 8], flags: u32) -> Proof {
        let hash = self.user.nt_hash.as_bytes();
        let session_key = self.user.nt_hash.session_key_v1();
        let server_challenge = challenge.server_challenge;
        if flags & flags::EXTENDED_SESSION_SECURITY != 0 {
            let both = md5(&[&server_challenge, &client_challenge]);
            let (first, _) = both.split_first_chunk::<8>().expect("16 bytes hold 8");
            return Proof {
                lm_response: [&client_challenge[..], &[0; 16]].concat(),
                nt_response: response_v1(hash, *first),
                key: Zeroizing::new(hmac_md5(
                    &*session_key,
                    &[&server_challenge, &client_challenge],
                )),
                has_mic: false,
            };
        }
        let nt_response = response_v1(hash, server_challenge);
        let lm_response = match &self.user.lm_hash {
            Some(lm_hash) => response_v1(lm_hash, server_challenge),
            None => nt_response.clone(),
        };
        Proof {
            lm_response,
            nt_response,
            key: session_key,
            has_mic: false,
        }
    }

    fn session(&mut self) -> Result<&mut Session, LogonError> {
        match &mut self.state {
            State::Complete(session) => Ok(session),
            _ => Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "the NTLM login is not complete",
            )),
        }
    }
}

/// What proves the user.
struct Proof {
    lm_response: Vec<u8>,
    nt_response: Vec<u8>,
    key: Zeroizing<[u8; 16]>,
    has_mic: bool,
}

/// Tenths of microseconds since 1601, [MS-DTYP] section 2.3.3.
pub(super) fn file_time(time: SystemTime) -> [u8; 8] {
    const UNIX_EPOCH_IN_FILE_TIME: u128 = 116_444_736_000_000_000;
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let ticks = since.as_nanos() / 100 + UNIX_EPOCH_IN_FILE_TIME;
    u64::try_from(ticks).unwrap_or(u64::MAX).to_le_bytes()
}

impl Mechanism for NtlmClient {
    fn name(&self) -> &'static str {
        "NTLM"
    }

    fn oid(&self) -> &'static [u8] {
        super::OID
    }

    fn awaits_challenge(&self) -> bool {
        matches!(self.state, State::Negotiated(_))
    }

    fn step(&mut self, message: Option<&[u8]>) -> Result<Step, LogonError> {
        match (std::mem::replace(&mut self.state, State::Failed), message) {
            (State::Start, None) => Ok(self.negotiate()),
            (State::Negotiated(negotiate), Some(challenge)) => {
                self.authenticate(&negotiate, challenge)
            }
            _ => Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "an NTLM client sends, gets one challenge, and answers it",
            )),
        }
    }

    fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete(_))
    }

    fn sign(&mut self, data: &[u8]) -> Result<Vec<u8>, LogonError> {
        self.session()?.sign(data)
    }

    fn verify(&mut self, data: &[u8], signature: &[u8]) -> Result<(), LogonError> {
        self.session()?.verify(data, signature)
    }

    fn wrap(&mut self, data: &[u8], encrypt: bool) -> Result<Vec<u8>, LogonError> {
        self.session()?.wrap(data, encrypt)
    }

    fn unwrap(&mut self, message: &[u8], encrypted: bool) -> Result<Vec<u8>, LogonError> {
        self.session()?.unwrap(message, encrypted)
    }

    fn can_encrypt(&self) -> bool {
        matches!(&self.state, State::Complete(session) if session.can_seal())
    }

    fn can_sign(&self) -> bool {
        matches!(&self.state, State::Complete(session) if session.can_sign())
    }

    fn signs_messages(&self) -> bool {
        matches!(&self.state, State::Complete(session) if session.signs_messages())
    }

    fn restart_messages(&mut self) {
        if let State::Complete(session) = &mut self.state {
            session.restart();
        }
    }
}
