//! The client's side.

use super::tokens::{NegState, NegTokenInit, NegTokenResp, list_of};
use super::{is_raw_ntlm, is_same};
use crate::mechanism::{Accepted, LogonError, LogonErrorKind, Mechanism, Step};

/// The client's side of a negotiation.
pub struct NegotiateClient {
    /// Those that can still be chosen; once one is chosen, it alone.
    mechanisms: Vec<Box<dyn Mechanism>>,
    /// What was offered, as it was sent.
    offered: Vec<Vec<u8>>,
    state: State,
    /// Whether the list must be checked: the server did not take the first.
    must_check: bool,
    /// Whether this side has signed the list, and whether the server's signature was good.
    signed: bool,
    checked: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Negotiating,
    /// The server speaks NTLM without the negotiation around it.
    Raw,
    Accepted,
    Failed,
}

impl NegotiateClient {
    /// A negotiation that offers these, best first.
    #[must_use]
    pub fn new(mechanisms: Vec<Box<dyn Mechanism>>) -> Self {
        Self {
            mechanisms,
            offered: Vec::new(),
            state: State::Start,
            must_check: false,
            signed: false,
            checked: false,
        }
    }

    /// The mechanism that is in use, or would be used.
    #[must_use]
    pub fn mechanism(&self) -> Option<&dyn Mechanism> {
        self.mechanisms.first().map(|mechanism| &**mechanism)
    }

    /// Begins with the best that can begin: a mechanism without a ticket or a library is not
    /// offered.
    fn begin(&mut self) -> Result<Step, LogonError> {
        let mut first_failure = None;
        while let Some(mechanism) = self.mechanisms.first_mut() {
            match mechanism.step(None) {
                Ok(step) => {
                    let oids = self.mechanisms.iter().map(|one| one.oid().to_vec());
                    self.offered = oids.collect();
                    self.state = State::Negotiating;
                    let init = NegTokenInit {
                        mechanisms: self.offered.clone(),
                        token: step.message,
                    };
                    return Ok(Step {
                        message: Some(init.write()),
                        complete: false,
                    });
                }
                Err(error) if error.kind().may_fall_back() => {
                    first_failure.get_or_insert(error);
                    self.mechanisms.remove(0);
                }
                Err(error) => return Err(error),
            }
        }
        Err(first_failure.unwrap_or_else(|| {
            LogonError::new(
                LogonErrorKind::NoCredentials,
                "there is no login to negotiate: neither Kerberos nor NTLM can be done here",
            )
        }))
    }

    fn go_on(&mut self, message: &[u8]) -> Result<Step, LogonError> {
        if is_raw_ntlm(message) {
            self.choose(crate::ntlm::OID)?;
            self.state = State::Raw;
            return self.raw(message);
        }
        let answer = NegTokenResp::read(message)?;
        if answer.state == Some(NegState::Reject) {
            return Err(LogonError::new(
                LogonErrorKind::Refused,
                "the server refused every login that was offered",
            ));
        }
        if answer.state == Some(NegState::RequestMic) {
            self.must_check = true;
        }
        let mut token = answer.token.as_deref();
        let mut switched = false;
        if let Some(chosen) = &answer.mechanism {
            switched = self.choose(chosen)?;
        }
        let mut reply = NegTokenResp::default();
        if switched {
            // What came for the first is not for this one, which begins anew.
            let begun = self.current()?.step(None)?;
            reply.token = begun.message;
            token = None;
        }
        if let Some(token) = token
            && !self.current()?.is_complete()
        {
            reply.token = self.current()?.step(Some(token))?.message;
        }
        if self.current()?.is_complete() {
            self.exchange_signatures(&answer, &mut reply)?;
        }
        let ended = answer.state == Some(NegState::AcceptCompleted);
        if ended {
            self.finish()?;
        }
        let silent = reply.token.is_none() && reply.list_signature.is_none();
        if silent && !ended {
            return Err(LogonError::invalid(
                "the server waits for an answer, and the login has none to give",
            ));
        }
        if !silent && !ended {
            reply.state = Some(NegState::AcceptIncomplete);
        }
        Ok(Step {
            message: (!silent).then(|| reply.write()),
            complete: ended,
        })
    }

    /// Signs the list where that is due, and checks the server's signature.
    fn exchange_signatures(
        &mut self,
        answer: &NegTokenResp,
        reply: &mut NegTokenResp,
    ) -> Result<(), LogonError> {
        let list = list_of(&self.offered);
        let is_ntlm = is_same(self.current()?.oid(), crate::ntlm::OID);
        // Windows waits for it whenever NTLM's own messages are checked: it comes with the last.
        let with_ntlm = is_ntlm && reply.token.is_some();
        let due = self.must_check || with_ntlm || answer.list_signature.is_some();
        if due && !self.signed && self.current()?.can_sign() {
            reply.list_signature = Some(self.current()?.sign(&list)?);
            self.signed = true;
        }
        if let Some(signature) = &answer.list_signature {
            self.current()?.verify(&list, signature)?;
            self.checked = true;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), LogonError> {
        if !self.current()?.is_complete() {
            return Err(LogonError::invalid(
                "the server ended the negotiation before the login was complete",
            ));
        }
        if self.must_check && !self.checked && self.current()?.can_sign() {
            return Err(LogonError::new(
                LogonErrorKind::Tampered,
                "the server did not sign the list of logins it chose from: somebody on the way may \
                 have made it take a weaker one",
            ));
        }
        if self.signed && self.checked {
            self.current()?.restart_messages();
        }
        self.state = State::Accepted;
        Ok(())
    }

    /// Goes on with this one alone. True: it is not the one that has begun.
    fn choose(&mut self, oid: &[u8]) -> Result<bool, LogonError> {
        let place = self
            .mechanisms
            .iter()
            .position(|one| is_same(one.oid(), oid))
            .ok_or_else(|| {
                LogonError::invalid("the server chose a login that was not offered to it")
            })?;
        self.mechanisms.swap(0, place);
        self.mechanisms.truncate(1);
        self.must_check |= place != 0;
        Ok(place != 0)
    }

    fn raw(&mut self, message: &[u8]) -> Result<Step, LogonError> {
        let step = self.current()?.step(Some(message))?;
        if step.complete {
            self.state = State::Accepted;
        }
        Ok(step)
    }

    fn current(&mut self) -> Result<&mut Box<dyn Mechanism>, LogonError> {
        self.mechanisms.first_mut().ok_or_else(|| {
            let message = "no login was chosen yet";
            LogonError::new(LogonErrorKind::InvalidState, message)
        })
    }
}

impl Mechanism for NegotiateClient {
    /// That of the chosen mechanism.
    fn name(&self) -> &'static str {
        self.mechanism().map_or("Negotiate", Mechanism::name)
    }

    fn oid(&self) -> &'static [u8] {
        super::OID
    }

    fn step(&mut self, message: Option<&[u8]>) -> Result<Step, LogonError> {
        let before = std::mem::replace(&mut self.state, State::Failed);
        match (before, message) {
            (State::Start, None) => self.begin(),
            (State::Negotiating, Some(message)) => {
                self.state = State::Negotiating;
                let step = self.go_on(message);
                if step.is_err() {
                    self.state = State::Failed;
                }
                step
            }
            _ => Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "the negotiation is over, or has not begun",
            )),
        }
    }

    fn may_block(&self) -> bool {
        self.mechanisms
            .iter()
            .any(|mechanism| mechanism.may_block())
    }

    /// As the mechanism that is in use has it: NTLM, but not Kerberos.
    fn awaits_challenge(&self) -> bool {
        matches!(self.state, State::Negotiating)
            && self.mechanism().is_some_and(Mechanism::awaits_challenge)
    }

    fn is_complete(&self) -> bool {
        self.state != State::Failed && self.mechanism().is_some_and(Mechanism::is_complete)
    }

    fn accepted(&self) -> Option<&Accepted> {
        self.mechanism()?.accepted()
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
