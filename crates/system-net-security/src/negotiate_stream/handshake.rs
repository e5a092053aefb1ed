//! The handshake without I/O: frames in, frames out, until both sides are content.
//!
//! ```text
//! client                                   server
//!   begin --- InProgress / Done --->         |
//!     |  <--- InProgress / Done ---        frame
//!   frame --- InProgress / Done --->         |        ... until each has said Done
//! ```
//!
//! To read: [MS-NNS] section 3.1.5.

use super::frames::{FrameId, error_payload, handshake_frame, read_error};
use super::{ProtectionLevel, TokenImpersonationLevel};
use crate::extended_protection::{ExtendedProtectionPolicy, Presented, ServiceNameCollection};
use crate::mechanism::{LogonError, LogonErrorKind, Mechanism};

/// What a side demands of the login, besides that it succeeds.
pub(super) struct Demands {
    pub(super) protection: ProtectionLevel,
    /// Of a server: how far it must be able to act for the client.
    pub(super) impersonation: TokenImpersonationLevel,
    pub(super) policy: Option<ExtendedProtectionPolicy>,
}

/// One side of a handshake.
pub(super) struct Handshake {
    mechanism: Box<dyn Mechanism>,
    is_server: bool,
    demands: Demands,
    /// The peer has said that it is content.
    peer_done: bool,
    own_done: bool,
}

/// What a frame led to.
pub(super) struct Reply {
    /// To be sent.
    pub(super) frame: Option<Vec<u8>>,
    /// Nothing more is to be read.
    pub(super) complete: bool,
}

/// A handshake that failed, and the frame that tells the peer.
pub(super) struct Failure {
    pub(super) error: LogonError,
    pub(super) frame: Option<Vec<u8>>,
}

impl Handshake {
    pub(super) fn new(mechanism: Box<dyn Mechanism>, is_server: bool, demands: Demands) -> Self {
        Self {
            mechanism,
            is_server,
            demands,
            peer_done: false,
            own_done: false,
        }
    }

    /// Whether the next frame may take a while, and hold up the thread.
    pub(super) fn may_block(&self) -> bool {
        !self.own_done && self.mechanism.may_block()
    }

    /// The client's first frame.
    pub(super) fn begin(&mut self) -> Result<Reply, Failure> {
        self.step(None).map_err(Self::tell)
    }

    /// Takes the peer's next frame.
    pub(super) fn frame(&mut self, id: FrameId, payload: &[u8]) -> Result<Reply, Failure> {
        match id {
            FrameId::Error => {
                return Err(Failure {
                    error: read_error(payload),
                    frame: None,
                });
            }
            FrameId::Done => self.peer_done = true,
            FrameId::InProgress if self.own_done && !self.is_server => {
                let message = "the server goes on with a login that is complete";
                return Err(Self::tell(LogonError::invalid(message)));
            }
            FrameId::InProgress => {}
        }
        if self.own_done && payload.is_empty() {
            return Ok(self.reply(None));
        }
        self.step(Some(payload)).map_err(Self::tell)
    }

    fn step(&mut self, message: Option<&[u8]>) -> Result<Reply, LogonError> {
        // A last message may come when this side is content already: it is of no use any more.
        if self.own_done {
            return Err(LogonError::invalid(
                "the peer sent a message of a login that is complete",
            ));
        }
        let step = self.mechanism.step(message)?;
        if !step.complete {
            let message = step.message.ok_or_else(|| {
                LogonError::invalid("the login waits for the peer, which waits for the login")
            })?;
            if self.peer_done {
                return Err(LogonError::invalid(
                    "the peer ended the login before it was complete",
                ));
            }
            return Ok(self.reply(Some(handshake_frame(FrameId::InProgress, &message)?)));
        }
        self.judge()?;
        self.own_done = true;
        let silent = step.message.is_none() && !self.is_server && self.peer_done;
        let frame = match silent {
            true => None,
            false => {
                let message = step.message.unwrap_or_default();
                Some(handshake_frame(FrameId::Done, &message)?)
            }
        };
        // A server that is content has the last word.
        self.peer_done |= self.is_server;
        Ok(self.reply(frame))
    }

    fn reply(&self, frame: Option<Vec<u8>>) -> Reply {
        Reply {
            frame,
            complete: self.own_done && self.peer_done,
        }
    }

    /// Whether the login is what was demanded.
    fn judge(&self) -> Result<(), LogonError> {
        let not_allowed = |message: String| LogonError::new(LogonErrorKind::NotAllowed, message);
        let agreed = self.agreed();
        if agreed < self.demands.protection {
            return Err(not_allowed(format!(
                "{:?} is demanded, and the login agreed on {agreed:?} only",
                self.demands.protection
            )));
        }
        let Some(accepted) = self.mechanism.accepted().filter(|_| self.is_server) else {
            return Ok(());
        };
        let level = self.impersonation();
        if level < self.demands.impersonation {
            return Err(not_allowed(format!(
                "{:?} is demanded of the client, and it allowed {level:?} only",
                self.demands.impersonation
            )));
        }
        let Some(policy) = &self.demands.policy else {
            return Ok(());
        };
        if policy.custom_service_names().is_none() && policy.custom_channel_binding().is_none() {
            return Ok(());
        }
        let presented = Presented {
            binding: accepted.binding,
            service_name: accepted.service_name.as_deref(),
        };
        let names = ServiceNameCollection::default();
        policy
            .judge(true, false, &presented, &names)
            .map_err(|refusal| LogonError::new(LogonErrorKind::BindingDiffers, refusal.to_string()))
    }

    /// What the login agreed on. A level below the demanded one is never used, one above it is:
    /// both sides do what the mechanism can.
    fn agreed(&self) -> ProtectionLevel {
        if self.mechanism.can_encrypt() {
            ProtectionLevel::EncryptAndSign
        } else if self.mechanism.signs_messages() {
            ProtectionLevel::Sign
        } else {
            ProtectionLevel::None
        }
    }

    fn impersonation(&self) -> TokenImpersonationLevel {
        match self.mechanism.accepted() {
            Some(accepted) if accepted.delegated => TokenImpersonationLevel::Delegation,
            _ => TokenImpersonationLevel::Identification,
        }
    }

    fn tell(error: LogonError) -> Failure {
        let frame = handshake_frame(FrameId::Error, &error_payload(&error)).ok();
        Failure { error, frame }
    }

    /// The mechanism, what it agreed on, and how far a server may act for the client.
    pub(super) fn finish(self) -> (Box<dyn Mechanism>, ProtectionLevel, TokenImpersonationLevel) {
        let (agreed, impersonation) = (self.agreed(), self.impersonation());
        (self.mechanism, agreed, impersonation)
    }
}
