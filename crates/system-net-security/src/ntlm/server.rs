//! The server's side.

use std::sync::Arc;
use std::time::Duration;

use system_net_primitives::{Clock, SystemClock};
use zeroize::Zeroizing;

use super::client::file_time;
use super::flags;
use super::keys::{End, NtHash, exchange_key, hmac_md5, md5, response_v1};
use super::messages::{Authenticate, Challenge, Negotiate};
use super::own_challenges::{Issued, OwnChallenges};
use super::session::{Session, same};
use super::target_info::{self, TargetInfo};
use crate::extended_protection::{BindingCheck, ChannelBinding};
use crate::mechanism::{
    Accepted, LogonError, LogonErrorKind, Mechanism, Randomness, Step, SystemRandomness, bind_once,
};

/// Who may log in.
pub trait NtlmAccounts: Send + Sync {
    /// The hash of a user's password, as the client names user and domain; `None` if there is no
    /// such user.
    fn nt_hash(&self, user_name: &str, domain: &str) -> Option<NtHash>;
}

impl<F: Fn(&str, &str) -> Option<NtHash> + Send + Sync> NtlmAccounts for F {
    fn nt_hash(&self, user_name: &str, domain: &str) -> Option<NtHash> {
        self(user_name, domain)
    }
}

/// How a server lets clients log in.
#[derive(Clone)]
pub struct NtlmServerOptions {
    /// The short name of this computer; `SERVER` by default.
    pub computer: String,
    /// The short name of its domain; the computer's own name if empty, which is the default.
    pub domain: String,
    /// The channel clients come through.
    pub channel_binding: Option<ChannelBinding>,
    /// Let clients in that answer by version 1. Default: false.
    pub allow_version_1: bool,
    /// Refuse clients that do not check all messages. Default: false, since some clients in use
    /// do not; nobody in between can take the check out of an answer.
    pub require_message_check: bool,
    /// How far the client's clock may differ. Default: 30 minutes.
    pub max_clock_skew: Duration,
    /// Where the challenges that are given out are noted, so that no client of the process answers
    /// one that somebody reflects. Default: those of the process.
    pub own_challenges: OwnChallenges,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where random bytes come from.
    pub randomness: Arc<dyn Randomness>,
}

impl Default for NtlmServerOptions {
    fn default() -> Self {
        Self {
            computer: "SERVER".to_owned(),
            domain: String::new(),
            channel_binding: None,
            allow_version_1: false,
            require_message_check: false,
            max_clock_skew: Duration::from_secs(30 * 60),
            own_challenges: OwnChallenges::of_process().clone(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        }
    }
}

/// The server's side of a login. A channel binding that differs does not fail the login; it is
/// told in [`Accepted::binding`], and a policy judges it.
pub struct NtlmServer {
    accounts: Box<dyn NtlmAccounts>,
    options: NtlmServerOptions,
    state: State,
}

enum State {
    Start,
    Challenged(Box<Challenged>),
    Complete(Box<(Session, Accepted)>),
    Failed,
}

/// What was sent, and what it was sent for: the check covers both.
struct Challenged {
    negotiate: Vec<u8>,
    challenge: Vec<u8>,
    server_challenge: [u8; 8],
    flags: u32,
    _issued: Issued,
}

impl NtlmServer {
    /// A login of one of these users.
    #[must_use]
    pub fn new(accounts: impl NtlmAccounts + 'static, options: NtlmServerOptions) -> Self {
        Self {
            accounts: Box::new(accounts),
            options,
            state: State::Start,
        }
    }

    fn challenge(&mut self, negotiate: &[u8]) -> Result<Step, LogonError> {
        let wanted = Negotiate::read(negotiate)?.flags;
        // [MS-NLMP] section 3.2.5.1.1: Unicode if the client knows it.
        let characters = match (wanted & flags::UNICODE, wanted & flags::OEM) {
            (0, 0) => {
                return Err(LogonError::invalid(
                    "the NTLM NEGOTIATE message names neither Unicode nor a code page",
                ));
            }
            (0, _) => flags::OEM,
            _ => flags::UNICODE,
        };
        let mut server_challenge = [0; 8];
        self.options.randomness.fill(&mut server_challenge)?;
        let (target_name, kind) = match &*self.options.domain {
            "" => (&self.options.computer, flags::TARGET_TYPE_SERVER),
            _ => (&self.options.domain, flags::TARGET_TYPE_DOMAIN),
        };
        let both = wanted & (flags::USUAL | flags::SEAL);
        let flags = both | characters | flags::TARGET_INFO | flags::NTLM | kind;
        let message = Challenge {
            flags,
            server_challenge,
            target_info: Some(self.target_info(target_name)),
            target_name: target_name.clone(),
        };
        let message = message.write()?;
        self.state = State::Challenged(Box::new(Challenged {
            negotiate: negotiate.to_vec(),
            challenge: message.clone(),
            server_challenge,
            flags,
            _issued: self.options.own_challenges.issue(server_challenge),
        }));
        Ok(Step {
            message: Some(message),
            complete: false,
        })
    }

    fn target_info(&self, domain: &str) -> TargetInfo {
        let mut info = TargetInfo::default();
        let computer = &self.options.computer;
        info.set_text(target_info::NB_DOMAIN_NAME, domain);
        info.set_text(target_info::NB_COMPUTER_NAME, computer);
        info.set_text(target_info::DNS_DOMAIN_NAME, &domain.to_lowercase());
        info.set_text(target_info::DNS_COMPUTER_NAME, &computer.to_lowercase());
        let now = self.options.clock.utc_now();
        info.set(target_info::TIMESTAMP, file_time(now));
        info
    }

    fn accept(&mut self, sent: &Challenged, message: &[u8]) -> Result<Step, LogonError> {
        let answer = Authenticate::read(message)?;
        if answer.user_name.is_empty() || answer.nt_response.len() < 24 {
            return Err(LogonError::new(
                LogonErrorKind::Refused,
                "the client came without a user's name: an anonymous NTLM login",
            ));
        }
        let known = self.accounts.nt_hash(&answer.user_name, &answer.domain);
        let exists = known.is_some();
        // A user that does not exist takes as long as one with a wrong password.
        let hash = known.unwrap_or_else(|| NtHash::new([0x5a; 16]));
        let proven = match answer.nt_response.len() {
            24 => self.check_v1(sent, &answer, &hash)?,
            _ => self.check_v2(sent, &answer, &hash)?,
        };
        let Some(proven) = proven.filter(|_| exists) else {
            return Err(LogonError::new(
                LogonErrorKind::Refused,
                "the user name or the password is wrong",
            ));
        };
        let flags = sent.flags & (answer.flags | flags::TARGET_INFO);
        let key = if flags & flags::KEY_EXCHANGE != 0 {
            let encrypted = answer.encrypted_session_key.as_slice().try_into();
            let encrypted = encrypted.map_err(|_| {
                LogonError::invalid(
                    "the session key of the NTLM AUTHENTICATE message has not 16 bytes",
                )
            })?;
            exchange_key(&proven.key, encrypted)
        } else {
            proven.key
        };
        self.check_mic(sent, message, &answer, &key, proven.has_mic)?;
        let accepted = Accepted {
            binding: proven.binding,
            service_name: proven.service_name,
            ..Accepted::new(answer.user_name, answer.domain)
        };
        let session = Session::new(key, flags, End::Server);
        self.state = State::Complete(Box::new((session, accepted)));
        Ok(Step {
            message: None,
            complete: true,
        })
    }

    /// `None`: the proof is wrong.
    fn check_v2(
        &self,
        sent: &Challenged,
        answer: &Authenticate,
        hash: &NtHash,
    ) -> Result<Option<Proven>, LogonError> {
        let cut =
            || LogonError::invalid("the answer of the NTLM AUTHENTICATE message is too short");
        let (proof, blob) = answer
            .nt_response
            .split_first_chunk::<16>()
            .ok_or_else(cut)?;
        let key = hash.for_user(&answer.user_name, &answer.domain);
        let expected = hmac_md5(&*key, &[&sent.server_challenge, blob]);
        if same(&expected, proof).is_err() {
            return Ok(None);
        }
        // From here on the client itself has written it.
        let time = blob.get(8..16).and_then(|time| time.try_into().ok());
        let time = time.map(u64::from_le_bytes).ok_or_else(cut)?;
        self.check_time(time)?;
        let info = TargetInfo::read(blob.get(28..).ok_or_else(cut)?)?;
        let binding = info.get(target_info::CHANNEL_BINDINGS);
        Ok(Some(Proven {
            key: Zeroizing::new(hmac_md5(&*key, &[proof])),
            has_mic: info.flags() & target_info::FLAG_MIC != 0,
            binding: self.check_binding(binding),
            service_name: info
                .text(target_info::TARGET_NAME)
                .or_else(|| binding.map(|_knows_of_it| String::new())),
        }))
    }

    fn check_binding(&self, found: Option<&[u8]>) -> BindingCheck {
        match found.filter(|found| **found != [0; 16]) {
            None => BindingCheck::Absent,
            Some(found) => {
                let expected = self.options.channel_binding.as_ref();
                let expected = expected.map(ChannelBinding::gss_hash);
                match expected.is_some_and(|expected| same(&expected, found).is_ok()) {
                    true => BindingCheck::Matches,
                    false => BindingCheck::Differs,
                }
            }
        }
    }

    fn check_time(&self, time: u64) -> Result<(), LogonError> {
        let now = u64::from_le_bytes(file_time(self.options.clock.utc_now()));
        let skew = Duration::from_micros(now.abs_diff(time) / 10);
        if skew <= self.options.max_clock_skew {
            return Ok(());
        }
        Err(LogonError::new(
            LogonErrorKind::ClockSkew,
            format!(
                "the client's answer is {} s away from this computer's clock, more than the {} s \
                 that are allowed: set the clocks",
                skew.as_secs(),
                self.options.max_clock_skew.as_secs()
            ),
        ))
    }

    /// `None`: the proof is wrong.
    fn check_v1(
        &self,
        sent: &Challenged,
        answer: &Authenticate,
        hash: &NtHash,
    ) -> Result<Option<Proven>, LogonError> {
        if !self.options.allow_version_1 {
            return Err(LogonError::new(
                LogonErrorKind::NotAllowed,
                "the client answered by version 1 of NTLM, which is broken and not allowed here",
            ));
        }
        let session_key = hash.session_key_v1();
        let client_challenge = answer.lm_response.first_chunk::<8>();
        let extended = sent.flags & answer.flags & flags::EXTENDED_SESSION_SECURITY != 0;
        let (challenge, key) = match client_challenge {
            Some(client_challenge) if extended => {
                let both = md5(&[&sent.server_challenge, client_challenge]);
                let (first, _) = both.split_first_chunk::<8>().expect("16 bytes hold 8");
                let parts: [&[u8]; 2] = [&sent.server_challenge, client_challenge];
                (*first, Zeroizing::new(hmac_md5(&*session_key, &parts)))
            }
            _ => (sent.server_challenge, session_key),
        };
        let expected = response_v1(hash.as_bytes(), challenge);
        let proven = same(&expected, &answer.nt_response).is_ok();
        Ok(proven.then_some(Proven {
            key,
            has_mic: false,
            binding: BindingCheck::Absent,
            service_name: None,
        }))
    }

    /// [MS-NLMP] section 3.2.5.1.2.
    fn check_mic(
        &self,
        sent: &Challenged,
        message: &[u8],
        answer: &Authenticate,
        key: &[u8; 16],
        has_mic: bool,
    ) -> Result<(), LogonError> {
        if !has_mic {
            return match self.options.require_message_check {
                false => Ok(()),
                true => Err(LogonError::new(
                    LogonErrorKind::NotAllowed,
                    "the client does not check the messages of its NTLM login, and this server \
                     demands it",
                )),
            };
        }
        let without = Authenticate::without_mic(message);
        let expected = hmac_md5(key, &[&sent.negotiate, &sent.challenge, &without]);
        same(&expected, &answer.mic.unwrap_or_default()).map_err(|_| {
            LogonError::new(
                LogonErrorKind::Tampered,
                "a message of the NTLM login was changed on the way: its check is wrong",
            )
        })
    }

    fn session(&mut self) -> Result<&mut Session, LogonError> {
        match &mut self.state {
            State::Complete(complete) => Ok(&mut complete.0),
            _ => Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "the NTLM login is not complete",
            )),
        }
    }

    fn complete(&self) -> Option<&(Session, Accepted)> {
        match &self.state {
            State::Complete(complete) => Some(complete),
            _ => None,
        }
    }
}

/// A user who has proved to be one.
struct Proven {
    key: Zeroizing<[u8; 16]>,
    has_mic: bool,
    binding: BindingCheck,
    service_name: Option<String>,
}

impl Mechanism for NtlmServer {
    fn name(&self) -> &'static str {
        "NTLM"
    }

    fn oid(&self) -> &'static [u8] {
        super::OID
    }

    fn bind_to_channel(&mut self, binding: &ChannelBinding) -> Result<(), LogonError> {
        bind_once(&mut self.options.channel_binding, binding)
    }

    fn step(&mut self, message: Option<&[u8]>) -> Result<Step, LogonError> {
        match (std::mem::replace(&mut self.state, State::Failed), message) {
            (State::Start, Some(negotiate)) => self.challenge(negotiate),
            (State::Challenged(sent), Some(answer)) => self.accept(&sent, answer),
            _ => Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "an NTLM server gets a message, sends one challenge, and gets the answer",
            )),
        }
    }

    fn is_complete(&self) -> bool {
        self.complete().is_some()
    }

    fn accepted(&self) -> Option<&Accepted> {
        self.complete().map(|(_, accepted)| accepted)
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
        self.complete()
            .is_some_and(|(session, _)| session.can_seal())
    }

    fn can_sign(&self) -> bool {
        self.complete()
            .is_some_and(|(session, _)| session.can_sign())
    }

    fn signs_messages(&self) -> bool {
        self.complete()
            .is_some_and(|(session, _)| session.signs_messages())
    }

    fn restart_messages(&mut self) {
        if let State::Complete(complete) = &mut self.state {
            complete.0.restart();
        }
    }
}
