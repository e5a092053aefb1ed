//! The server's side.

use super::tokens::{NegState, NegTokenInit, NegTokenResp, list_of};
use super::{KERBEROS, is_raw_ntlm, is_same};
use crate::der::{self, Reader};
use crate::extended_protection::ChannelBinding;
use crate::mechanism::{
    Accepted, DelegatedCredential, LogonError, LogonErrorKind, Mechanism, Step,
};

/// The server's side of a negotiation. NTLM and Kerberos without the negotiation around them are
/// taken as well, and answered in kind.
pub struct NegotiateServer {
    /// Those that can still be chosen; once one is chosen, it alone.
    mechanisms: Vec<Box<dyn Mechanism>>,
    /// What the client offered.
    offered: Vec<Vec<u8>>,
    state: State,
    /// Whether the client must sign the list: it did not get the first of it.
    must_check: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Negotiating,
    Raw,
    /// The login is complete, and the client's signature of the list is due.
    Checking,
    Accepted,
    Failed,
}

impl NegotiateServer {
    /// A negotiation that allows these. The client's order counts.
    #[must_use]
    pub fn new(mechanisms: Vec<Box<dyn Mechanism>>) -> Self {
        Self {
            mechanisms,
            offered: Vec::new(),
            state: State::Start,
            must_check: false,
        }
    }

    /// The mechanism that was chosen; `None` before.
    #[must_use]
    pub fn mechanism(&self) -> Option<&dyn Mechanism> {
        match self.state {
            State::Start => None,
            _ => self.mechanisms.first().map(|mechanism| &**mechanism),
        }
    }

    fn begin(&mut self, message: &[u8]) -> Result<Step, LogonError> {
        if let Some(oid) = raw_mechanism(message) {
            if !self.choose(oid) {
                return Err(not_allowed());
            }
            self.state = State::Raw;
            return self.raw(message);
        }
        let init = NegTokenInit::read(message)?;
        self.offered = init.mechanisms;
        let offered = self.offered.clone();
        let Some(place) = offered.iter().position(|oid| self.choose(oid)) else {
            return Err(not_allowed());
        };
        self.state = State::Negotiating;
        // The client's own spelling goes back.
        let chosen = Some(offered[place].clone());
        match init.token {
            Some(token) if place == 0 => self.take(&token, None, chosen),
            _ => {
                self.must_check = place != 0;
                let state = match self.must_check {
                    true => NegState::RequestMic,
                    false => NegState::AcceptIncomplete,
                };
                Ok(reply(NegTokenResp {
                    state: Some(state),
                    mechanism: chosen,
                    ..NegTokenResp::default()
                }))
            }
        }
    }

    fn go_on(&mut self, message: &[u8]) -> Result<Step, LogonError> {
        let answer = NegTokenResp::read(message)?;
        if answer.state == Some(NegState::Reject) {
            return Err(LogonError::new(
                LogonErrorKind::Refused,
                "the client gave the negotiation up",
            ));
        }
        match answer.token {
            Some(token) => self.take(&token, answer.list_signature.as_deref(), None),
            None => Err(LogonError::invalid(
                "the client's message has nothing of the login in it",
            )),
        }
    }

    /// Gives the mechanism its message, and ends the negotiation if that was its last.
    fn take(
        &mut self,
        token: &[u8],
        list_signature: Option<&[u8]>,
        mechanism: Option<Vec<u8>>,
    ) -> Result<Step, LogonError> {
        let step = self.current()?.step(Some(token))?;
        let mut answer = NegTokenResp {
            state: Some(NegState::AcceptIncomplete),
            mechanism,
            token: step.message,
            list_signature: None,
        };
        if !step.complete {
            return Ok(reply(answer));
        }
        match list_signature {
            Some(signature) => self.check(signature, &mut answer)?,
            None if self.must_check => {
                if answer.token.is_none() {
                    return Err(unsigned());
                }
                // The client signs once it has this message.
                self.state = State::Checking;
                return Ok(reply(answer));
            }
            None => {}
        }
        self.state = State::Accepted;
        answer.state = Some(NegState::AcceptCompleted);
        Ok(Step {
            complete: true,
            ..reply(answer)
        })
    }

    /// The signature that comes after the login's last message.
    fn check_alone(&mut self, message: &[u8]) -> Result<Step, LogonError> {
        let signature = NegTokenResp::read(message)?.list_signature;
        let mut answer = NegTokenResp::default();
        self.check(&signature.ok_or_else(unsigned)?, &mut answer)?;
        self.state = State::Accepted;
        answer.state = Some(NegState::AcceptCompleted);
        Ok(Step {
            complete: true,
            ..reply(answer)
        })
    }

    fn check(&mut self, signature: &[u8], answer: &mut NegTokenResp) -> Result<(), LogonError> {
        let list = list_of(&self.offered);
        let mechanism = self.current()?;
        mechanism.verify(&list, signature)?;
        answer.list_signature = Some(mechanism.sign(&list)?);
        mechanism.restart_messages();
        Ok(())
    }

    fn raw(&mut self, message: &[u8]) -> Result<Step, LogonError> {
        let step = self.current()?.step(Some(message))?;
        if step.complete {
            self.state = State::Accepted;
        }
        Ok(step)
    }

    /// Goes on with this one alone, if it is allowed.
    fn choose(&mut self, oid: &[u8]) -> bool {
        let place = self
            .mechanisms
            .iter()
            .position(|one| is_same(one.oid(), oid));
        if let Some(place) = place {
            self.mechanisms.swap(0, place);
            self.mechanisms.truncate(1);
        }
        place.is_some()
    }

    fn current(&mut self) -> Result<&mut Box<dyn Mechanism>, LogonError> {
        self.mechanisms.first_mut().ok_or_else(not_allowed)
    }
}

fn reply(answer: NegTokenResp) -> Step {
    Step {
        message: Some(answer.write()),
        complete: false,
    }
}

fn not_allowed() -> LogonError {
    LogonError::new(
        LogonErrorKind::NotAllowed,
        "the client offers no login that is allowed here",
    )
}

fn unsigned() -> LogonError {
    LogonError::new(
        LogonErrorKind::Tampered,
        "the client did not sign the list of logins that was chosen from: somebody on the way may \
         have taken the better ones out of it",
    )
}

/// The mechanism of a message without the negotiation around it.
fn raw_mechanism(message: &[u8]) -> Option<&'static [u8]> {
    if is_raw_ntlm(message) {
        return Some(crate::ntlm::OID);
    }
    // RFC 2743 section 3.1: the frame of a first message names its mechanism.
    let framed = Reader::new(message).expect(0x60)?;
    let oid = Reader::new(framed).expect(der::OBJECT_IDENTIFIER)?;
    is_same(oid, KERBEROS).then_some(KERBEROS)
}

impl Mechanism for NegotiateServer {
    /// That of the chosen mechanism.
    fn name(&self) -> &'static str {
        self.mechanism().map_or("Negotiate", Mechanism::name)
    }

    fn oid(&self) -> &'static [u8] {
        super::OID
    }

    fn bind_to_channel(&mut self, binding: &ChannelBinding) -> Result<(), LogonError> {
        let mut mechanisms = self.mechanisms.iter_mut();
        mechanisms.try_for_each(|mechanism| mechanism.bind_to_channel(binding))
    }

    fn step(&mut self, message: Option<&[u8]>) -> Result<Step, LogonError> {
        let before = std::mem::replace(&mut self.state, State::Failed);
        let Some(message) = message else {
            return Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "the server of a negotiation waits for the client's message",
            ));
        };
        let step = match before {
            State::Start => self.begin(message),
            State::Negotiating => {
                self.state = State::Negotiating;
                self.go_on(message)
            }
            State::Raw => {
                self.state = State::Raw;
                self.raw(message)
            }
            State::Checking => self.check_alone(message),
            State::Accepted | State::Failed => Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "the negotiation is over",
            )),
        };
        if step.is_err() {
            self.state = State::Failed;
        }
        step
    }

    fn may_block(&self) -> bool {
        self.mechanisms
            .iter()
            .any(|mechanism| mechanism.may_block())
    }

    fn is_complete(&self) -> bool {
        self.state == State::Accepted
    }

    fn accepted(&self) -> Option<&Accepted> {
        match self.state {
            State::Accepted => self.mechanism()?.accepted(),
            _ => None,
        }
    }

    fn delegated_credential(&self) -> Option<&DelegatedCredential> {
        match self.state {
            State::Accepted => self.mechanism()?.delegated_credential(),
            _ => None,
        }
    }

    fn is_mutually_authenticated(&self) -> bool {
        self.mechanism()
            .is_some_and(Mechanism::is_mutually_authenticated)
    }

    fn sign(&mut self, data: &[u8]) -> Result<Vec<u8>, LogonError> {
        self.current()?.sign(data)
    }

    fn verify(&mut self, data: &[u8], signature: &[u8]) -> Result<(), LogonError> {
        self.current()?.verify(data, signature)
    }

    fn wrap(&mut self, data: &[u8], encrypt: bool) -> Result<Vec<u8>, LogonError> {
        self.current()?.wrap(data, encrypt)
    }

    fn unwrap(&mut self, message: &[u8], encrypted: bool) -> Result<Vec<u8>, LogonError> {
        self.current()?.unwrap(message, encrypted)
    }

    fn can_encrypt(&self) -> bool {
        self.mechanism().is_some_and(Mechanism::can_encrypt)
    }

    fn can_sign(&self) -> bool {
        self.mechanism().is_some_and(Mechanism::can_sign)
    }

    fn signs_messages(&self) -> bool {
        self.mechanism().is_some_and(Mechanism::signs_messages)
    }

    fn restart_messages(&mut self) {
        if let Some(mechanism) = self.mechanisms.first_mut() {
            mechanism.restart_messages();
        }
    }
}
