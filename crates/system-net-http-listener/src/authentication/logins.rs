//! The messages of one login after the other, kept by the connection that they come over.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use system_net_security::mechanism::{LogonError, Mechanism, Step};

use super::identity::Identity;
use super::schemes::AuthenticationSchemes;

/// Most messages of a client in one login. Kerberos needs one, NTLM two, and a negotiation one more.
const MOST_MESSAGES: u8 = 8;

/// What a connection keeps of its logins.
#[derive(Default)]
pub(crate) struct Logins {
    /// The login that goes on.
    begun: Option<Begun>,
    /// Who has logged in for all requests to come.
    kept: Option<(AuthenticationSchemes, Identity)>,
}

struct Begun {
    scheme: AuthenticationSchemes,
    mechanism: Box<dyn Mechanism>,
    messages: u8,
}

/// What a message of a client led to.
pub(super) enum Taken {
    /// The login goes on with this message.
    Goes(String),
    /// It is complete. The last message goes along with the response.
    Complete(Box<dyn Mechanism>, Option<String>),
}

/// Why a message led to nothing.
pub(super) enum Failed {
    /// The login.
    Logon(LogonError),
    /// The message is none: what is wrong with it.
    Message(&'static str),
    /// Code of the program has panicked.
    Panicked,
}

impl Logins {
    /// Who has logged in for this request, if logins hold for the connection.
    pub(super) fn kept(&self) -> Option<&(AuthenticationSchemes, Identity)> {
        self.kept.as_ref()
    }

    /// Lets a login hold for the requests to come, if it is one by NTLM: other ones are of their
    /// request alone.
    pub(super) fn keep(&mut self, scheme: AuthenticationSchemes, identity: &Identity) {
        if identity.authentication_type() == "NTLM" {
            self.kept = Some((scheme, Arc::clone(identity)));
        }
    }

    /// Forgets everything: a request came that is no part of it.
    pub(super) fn forget(&mut self) {
        self.begun = None;
        self.kept = None;
    }

    /// Takes the next message of a login, or the first.
    pub(super) async fn take(
        &mut self,
        scheme: AuthenticationSchemes,
        token: &str,
        may_block: bool,
        server: impl FnOnce() -> Box<dyn Mechanism>,
    ) -> Result<Taken, Failed> {
        self.kept = None;
        let message = DECODER
            .decode(token)
            .map_err(|_| Failed::Message("it is not in base64"))?;
        let mut begun = match self.begun.take() {
            Some(begun) if begun.scheme == scheme && !is_first(&message) => begun,
            _ => Begun {
                scheme,
                mechanism: server(),
                messages: 0,
            },
        };
        begun.messages += 1;
        if begun.messages > MOST_MESSAGES {
            return Err(Failed::Message("the login has too many of them"));
        }
        let mut mechanism = begun.mechanism;
        let (mechanism, step) = run(may_block, move || {
            let step = mechanism.step(Some(&message));
            (mechanism, step)
        })
        .await
        .ok_or(Failed::Panicked)?;
        let Step { message, complete } = step.map_err(Failed::Logon)?;
        let message = message.map(|message| STANDARD.encode(message));
        if complete {
            return Ok(Taken::Complete(mechanism, message));
        }
        begun.mechanism = mechanism;
        self.begun = Some(begun);
        message.map(Taken::Goes).ok_or(Failed::Message(
            "the login waits for the client, and says nothing",
        ))
    }
}

/// Runs what asks the program about a user: on a thread that may block, if it might. `None`: it has
/// panicked.
pub(super) async fn run<T: Send + 'static>(
    may_block: bool,
    ask: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    match may_block {
        // The only error is a panic: the task is not cancelled.
        true => tokio::task::spawn_blocking(ask).await.ok(),
        false => catch_unwind(AssertUnwindSafe(ask)).ok(),
    }
}

/// Whether a message begins a login: a client may give one up and begin anew.
fn is_first(message: &[u8]) -> bool {
    // RFC 2743 section 3.1 (SPNEGO, Kerberos); [MS-NLMP] section 2.2.1.1.
    const FRAMED: u8 = 0x60;
    message.first() == Some(&FRAMED) || message.starts_with(b"NTLMSSP\0\x01\0\0\0")
}

/// Some clients leave the padding out.
const DECODER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests;
