//! What logins with several messages have in common: NTLM, Kerberos and their negotiation.
//!
//! A mechanism is a state machine without I/O. Each side feeds it the message that came and sends
//! the one it gives, until it is complete; after that it signs and seals what the two say.
//!
//! To read: RFC 2743 (the shape of such an interface).

mod delegated;
mod error;
mod provider;
mod randomness;

use std::fmt;

pub use delegated::DelegatedCredential;
pub use error::{LogonError, LogonErrorKind};
pub use provider::{ClientLogon, MechanismProvider};
pub use randomness::{Randomness, SystemRandomness};

use crate::extended_protection::{BindingCheck, ChannelBinding};

/// One side of one login by messages. It serves one login and no second one.
pub trait Mechanism: Send {
    /// The name of the scheme, as `AuthenticationType` names it: `NTLM`, `Kerberos`.
    fn name(&self) -> &'static str;

    /// The object identifier in its DER form, without tag and length.
    fn oid(&self) -> &'static [u8];

    /// Takes the peer's message and gives the next one. The client begins with `None`.
    ///
    /// # Errors
    /// The login failed: the peer's message is malformed, not allowed, or was refused. Nothing
    /// more can be done with this value.
    fn step(&mut self, message: Option<&[u8]>) -> Result<Step, LogonError>;

    /// Ties the login to a channel: it is compared with the one that the client meant, and
    /// [`Accepted::binding`] tells what became of it. Only on the server's side, before the first step.
    ///
    /// # Errors
    /// [`InvalidState`](LogonErrorKind::InvalidState): the mechanism was made for another channel, or
    /// knows nothing of channels, which is the default.
    fn bind_to_channel(&mut self, binding: &ChannelBinding) -> Result<(), LogonError> {
        let _ = binding;
        Err(LogonError::new(
            LogonErrorKind::InvalidState,
            format!("{} cannot tie a login to its channel here", self.name()),
        ))
    }

    /// Whether the next [`step`](Self::step) may wait for something, such as an answer over the
    /// network or a file. Asynchronous callers then take it to a thread where it holds nobody up.
    fn may_block(&self) -> bool {
        false
    }

    /// Whether the message that [`step`](Self::step) gave last is sure to be answered by one that has
    /// to be answered again, as the first of NTLM is. What the login is for can wait until then.
    fn awaits_challenge(&self) -> bool {
        false
    }

    /// Whether the login has succeeded as far as this side knows.
    fn is_complete(&self) -> bool;

    /// Who the peer is and what its login carried; only on the server's side, once complete.
    fn accepted(&self) -> Option<&Accepted> {
        None
    }

    /// What the client gave the server to act for it elsewhere; only on the server's side, once
    /// complete.
    fn delegated_credential(&self) -> Option<&DelegatedCredential> {
        None
    }

    /// Whether the server has proved who it is as well.
    fn is_mutually_authenticated(&self) -> bool {
        false
    }

    /// A signature over data that travels in the clear.
    ///
    /// # Errors
    /// The login is not complete, or did not agree on signing.
    fn sign(&mut self, data: &[u8]) -> Result<Vec<u8>, LogonError>;

    /// Checks the peer's signature.
    ///
    /// # Errors
    /// It is not the peer's, not over this data, or not the next one.
    fn verify(&mut self, data: &[u8], signature: &[u8]) -> Result<(), LogonError>;

    /// Wraps data with its signature, and hides it if `encrypt`.
    ///
    /// # Errors
    /// The login is not complete, or did not agree on this.
    fn wrap(&mut self, data: &[u8], encrypt: bool) -> Result<Vec<u8>, LogonError>;

    /// The data of a wrapped message of the peer. A message that is only signed is refused if
    /// `encrypted` is demanded.
    ///
    /// # Errors
    /// The message is not the peer's, was changed, or is not the next one.
    fn unwrap(&mut self, message: &[u8], encrypted: bool) -> Result<Vec<u8>, LogonError>;

    /// Whether messages can be hidden.
    fn can_encrypt(&self) -> bool;

    /// Whether messages can be signed.
    fn can_sign(&self) -> bool;

    /// Whether the two have agreed that what they say is signed or hidden. A mechanism may be able
    /// to sign for its negotiation without that.
    fn signs_messages(&self) -> bool {
        self.can_sign()
    }

    /// Begins the key streams of messages anew, as a negotiation does after it has checked itself
    /// ([MS-SPNG] section 3.3.5.1). Does nothing where a mechanism has none.
    fn restart_messages(&mut self) {}
}

/// Gives a server's side the channel it is to compare, unless it was made with one.
pub(crate) fn bind_once(
    own: &mut Option<ChannelBinding>,
    binding: &ChannelBinding,
) -> Result<(), LogonError> {
    if own.get_or_insert_with(|| binding.clone()) == binding {
        return Ok(());
    }
    Err(LogonError::new(
        LogonErrorKind::InvalidState,
        "the mechanism was made with another channel binding than the policy's: give it once",
    ))
}

/// What a step gave.
#[derive(Clone, PartialEq, Eq)]
pub struct Step {
    /// The message to send; `None` if there is none.
    pub message: Option<Vec<u8>>,
    /// Whether this side waits for no further message.
    pub complete: bool,
}

impl fmt::Debug for Step {
    /// Messages hold proofs of passwords, which can be guessed at: they are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step")
            .field("message", &self.message.as_ref().map(Vec::len))
            .field("complete", &self.complete)
            .finish()
    }
}

/// The client of a login that a server has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    /// The name of the user, without the domain.
    pub user_name: String,
    /// The domain or realm of the user; empty if it named none.
    pub domain: String,
    /// What became of the channel binding.
    pub binding: BindingCheck,
    /// The service the client means to talk to. `None` if it knows of no such names, empty if it
    /// knows and gave none.
    pub service_name: Option<String>,
    /// Whether the client let the server act for it elsewhere.
    pub delegated: bool,
}

impl Accepted {
    /// A user without anything else.
    #[must_use]
    pub fn new(user_name: impl Into<String>, domain: impl Into<String>) -> Self {
        Self {
            user_name: user_name.into(),
            domain: domain.into(),
            binding: BindingCheck::Absent,
            service_name: None,
            delegated: false,
        }
    }
}
