//! The schemes of HTTP whose logins take several messages: Negotiate, Kerberos and NTLM.
//!
//! To read: RFC 4559 (Negotiate), [MS-NTHT] (NTLM).

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_primitives::{CredentialCache, Credentials, NetworkCredential};
use zeroize::Zeroizing;

use super::{AuthenticationModule, AuthenticationRequest, Authorization, Challenges, Update};
use crate::mechanism::{ClientLogon, LogonError, Mechanism, MechanismProvider};
use crate::negotiate::NegotiateClient;
use crate::ntlm::NtlmProvider;
use crate::trace;

#[cfg(test)]
mod tests;

/// A scheme whose login belongs to the connection: `Negotiate`, `Kerberos` or `NTLM`.
///
/// The name of the service goes along in every login, and the binding to the TLS channel wherever
/// there is one. A login that was refused is not repeated for the same request.
pub struct LogonModule {
    scheme: &'static str,
    providers: Vec<Arc<dyn MechanismProvider>>,
}

impl LogonModule {
    /// `NTLM`, [MS-NTHT].
    #[must_use]
    pub fn ntlm(provider: NtlmProvider) -> Self {
        Self {
            scheme: "NTLM",
            providers: vec![Arc::new(provider)],
        }
    }

    /// `Negotiate`, RFC 4559, by these mechanisms, best first.
    #[must_use]
    pub fn negotiate(providers: Vec<Arc<dyn MechanismProvider>>) -> Self {
        Self {
            scheme: "Negotiate",
            providers,
        }
    }

    /// `Kerberos`: the messages of one mechanism and nothing around them.
    #[must_use]
    pub fn kerberos(provider: Arc<dyn MechanismProvider>) -> Self {
        Self {
            scheme: "Kerberos",
            providers: vec![provider],
        }
    }

    /// `Negotiate`, then each of these mechanisms as a scheme of its own, best first.
    #[must_use]
    pub fn all(providers: Vec<Arc<dyn MechanismProvider>>) -> Vec<Self> {
        let mut modules = vec![Self::negotiate(providers.clone())];
        modules.extend(providers.into_iter().map(|provider| Self {
            scheme: provider.name(),
            providers: vec![provider],
        }));
        modules
    }

    /// The client's side of one login.
    fn client(&self, logon: &ClientLogon<'_>) -> Result<Box<dyn Mechanism>, LogonError> {
        if self.scheme != "Negotiate" {
            return self.providers[0].client(logon);
        }
        let mut mechanisms = Vec::new();
        let mut failure = None;
        for provider in &self.providers {
            match provider.client(logon) {
                Ok(mechanism) => mechanisms.push(mechanism),
                Err(error) if !error.kind().may_fall_back() => return Err(error),
                Err(error) => {
                    self.tell(&error);
                    failure.get_or_insert(error);
                }
            }
        }
        match (mechanisms.is_empty(), failure) {
            (true, Some(error)) => Err(error),
            _ => Ok(Box::new(NegotiateClient::new(mechanisms))),
        }
    }

    fn begin(
        &self,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        let credential = match credentials.is_default() {
            true => CredentialCache::default_network_credentials(),
            false => credentials.get_credential(request.challenged_uri(), self.scheme)?,
        };
        let logon = ClientLogon {
            target_name: request.target_name(),
            channel_binding: request.channel_binding(),
            delegate: request.may_delegate(),
            ..ClientLogon::new(&credential)
        };
        let begun = self.client(&logon).and_then(|mut mechanism| {
            let step = mechanism.step(None)?;
            Ok((mechanism, step))
        });
        if let Err(error) = &begun
            && !error.kind().may_fall_back()
        {
            // A key distribution center that refuses the password is no reason for another scheme.
            request.state().refuse();
        }
        let (mechanism, step) = self.told(begun)?;
        let message = self.message(&step.message?);
        let user = user_of(&credential);
        let awaits_challenge = mechanism.awaits_challenge();
        request.state().set(Conversation {
            scheme: self.scheme,
            mechanism: Mutex::new(mechanism),
            user: user.clone(),
        });
        Some(authorization(
            &message,
            step.complete,
            user,
            awaits_challenge,
        ))
    }

    /// The next message, once the server has answered the one before.
    fn go_on(
        &self,
        request: &mut AuthenticationRequest<'_>,
        token: &[u8],
    ) -> Option<Authorization> {
        let conversation = request.state().get_mut::<Conversation>()?;
        let user = conversation.user.clone();
        let step = conversation.mechanism().step(Some(token));
        let awaits_challenge = conversation.mechanism().awaits_challenge();
        let step = self.told(step)?;
        let message = self.message(&step.message?);
        Some(authorization(
            &message,
            step.complete,
            user,
            awaits_challenge,
        ))
    }

    fn message(&self, token: &[u8]) -> Zeroizing<String> {
        Zeroizing::new(format!("{} {}", self.scheme, STANDARD.encode(token)))
    }

    fn told<T>(&self, result: Result<T, LogonError>) -> Option<T> {
        result.map_err(|error| self.tell(&error)).ok()
    }

    fn tell(&self, error: &LogonError) {
        let scheme = self.scheme;
        trace::authentication().warning("Authenticate", format_args!("{scheme}: {error}"));
    }

    /// The server's message; `None` if there is none or it cannot be read.
    fn token(&self, challenges: &Challenges) -> Option<Vec<u8>> {
        let token = challenges.find(self.scheme)?.token68()?;
        match STANDARD.decode(token) {
            Ok(token) => Some(token),
            Err(error) => {
                let scheme = self.scheme;
                trace::authentication().warning(
                    "Authenticate",
                    format_args!("{scheme}: the server's message is not in base64: {error}"),
                );
                None
            }
        }
    }
}

fn authorization(
    message: &str,
    complete: bool,
    user: String,
    awaits_challenge: bool,
) -> Authorization {
    let mut authorization = Authorization::with_connection_group(message, complete, user);
    authorization.set_awaits_challenge(awaits_challenge);
    authorization
}

/// A name for who logs in, for the group of the connections that are its own.
fn user_of(credential: &NetworkCredential) -> String {
    match (credential.is_default(), credential.domain()) {
        (true, _) => "(default)".to_owned(),
        (false, "") => credential.user_name().to_owned(),
        (false, domain) => format!("{domain}\\{}", credential.user_name()),
    }
}

/// One login between its messages.
struct Conversation {
    scheme: &'static str,
    mechanism: Mutex<Box<dyn Mechanism>>,
    user: String,
}

impl Conversation {
    fn mechanism(&mut self) -> &mut dyn Mechanism {
        let mechanism = self.mechanism.get_mut();
        &mut **mechanism.unwrap_or_else(PoisonError::into_inner)
    }
}

impl AuthenticationModule for LogonModule {
    fn authentication_type(&self) -> &str {
        self.scheme
    }

    fn can_pre_authenticate(&self) -> bool {
        true
    }

    fn binds_connection(&self) -> bool {
        true
    }

    fn may_block(&self) -> bool {
        self.providers.iter().any(|provider| provider.may_block())
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        challenges.find(self.scheme)?;
        if !request.has_own_connection() {
            let scheme = self.scheme;
            trace::authentication().warning(
                "Authenticate",
                format_args!(
                    "{scheme} does not work through a proxy that passes requests on: its logins \
                     belong to the connection, and the proxy may share its own"
                ),
            );
            return None;
        }
        let begun = request.state().get::<Conversation>();
        let is_mine = begun.is_some_and(|conversation| conversation.scheme == self.scheme);
        match (is_mine, self.token(challenges)) {
            (false, _) => self.begin(request, credentials),
            (true, Some(token)) => self.go_on(request, &token),
            // The server asks from the beginning: it has refused what it got.
            (true, None) => None,
        }
    }

    fn pre_authenticate(
        &self,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        self.begin(request, credentials)
    }

    fn update(
        &self,
        challenges: &Challenges,
        _info: Option<&[u8]>,
        request: &mut AuthenticationRequest<'_>,
    ) -> Update {
        let Some(token) = self.token(challenges) else {
            return Update::Unchanged;
        };
        let Some(conversation) = request.state().get_mut::<Conversation>() else {
            return Update::Unchanged;
        };
        match conversation.mechanism().step(Some(&token)) {
            Ok(_) if conversation.mechanism().is_mutually_authenticated() => {
                Update::MutuallyAuthenticated
            }
            Ok(_) => Update::Unchanged,
            Err(error) => {
                self.tell(&error);
                Update::Failed(error)
            }
        }
    }
}
