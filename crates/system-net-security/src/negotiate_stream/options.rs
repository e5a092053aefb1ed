//! What the two sides of a `NegotiateStream` log in with.

use std::fmt;
use std::sync::Arc;

use system_net_primitives::NetworkCredential;

use super::{ProtectionLevel, TokenImpersonationLevel};
use crate::extended_protection::{ChannelBinding, ExtendedProtectionPolicy};
use crate::mechanism::{ClientLogon, LogonError, LogonErrorKind, Mechanism, MechanismProvider};
use crate::negotiate::NegotiateClient;
use crate::ntlm::NtlmProvider;

/// How a client logs in.
#[derive(Clone)]
pub struct NegotiateClientOptions {
    /// The service that is meant, such as `HOST/server.example.com`. Without it Kerberos is not
    /// done, a server that checks the name lets nobody in, and NTLM does not log in to a server of
    /// this very process. Default: `None`.
    pub target_name: Option<String>,
    /// The channel that the login is tied to, such as that of TLS below. Default: `None`.
    pub channel_binding: Option<ChannelBinding>,
    /// The least protection that will do. Default: [`ProtectionLevel::EncryptAndSign`].
    pub required_protection_level: ProtectionLevel,
    /// How far the server may act for the user: [`TokenImpersonationLevel::Delegation`] gives it
    /// the user's ticket. Default: [`TokenImpersonationLevel::Identification`].
    pub allowed_impersonation_level: TokenImpersonationLevel,
    /// The logins to offer, best first. Default: Kerberos, if the feature `kerberos` is on, and NTLM.
    pub providers: Vec<Arc<dyn MechanismProvider>>,
}

impl Default for NegotiateClientOptions {
    fn default() -> Self {
        Self {
            target_name: None,
            channel_binding: None,
            required_protection_level: ProtectionLevel::EncryptAndSign,
            allowed_impersonation_level: TokenImpersonationLevel::Identification,
            providers: usual_providers(),
        }
    }
}

#[cfg(feature = "kerberos")]
fn usual_providers() -> Vec<Arc<dyn MechanismProvider>> {
    vec![
        Arc::new(crate::kerberos::KerberosProvider::default()),
        Arc::new(NtlmProvider::default()),
    ]
}

#[cfg(not(feature = "kerberos"))]
fn usual_providers() -> Vec<Arc<dyn MechanismProvider>> {
    vec![Arc::new(NtlmProvider::default())]
}

impl NegotiateClientOptions {
    pub(super) fn mechanism(
        &self,
        credential: &NetworkCredential,
    ) -> Result<Box<dyn Mechanism>, LogonError> {
        if self.allowed_impersonation_level < TokenImpersonationLevel::Identification {
            return Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "a login tells the server who the user is: allow Identification at least",
            ));
        }
        let logon = ClientLogon {
            credential,
            target_name: self.target_name.as_deref(),
            channel_binding: self.channel_binding.as_ref(),
            encrypt: self.required_protection_level == ProtectionLevel::EncryptAndSign,
            delegate: self.allowed_impersonation_level == TokenImpersonationLevel::Delegation,
        };
        let mut mechanisms = Vec::new();
        let mut first_failure = None;
        for provider in &self.providers {
            match provider.client(&logon) {
                Ok(mechanism) => mechanisms.push(mechanism),
                Err(error) => {
                    first_failure.get_or_insert(error);
                }
            }
        }
        match (mechanisms.is_empty(), first_failure) {
            (true, Some(error)) => Err(error),
            _ => Ok(Box::new(NegotiateClient::new(mechanisms))),
        }
    }
}

impl fmt::Debug for NegotiateClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NegotiateClientOptions")
            .field("target_name", &self.target_name)
            .field("channel_binding", &self.channel_binding.is_some())
            .field("required_protection_level", &self.required_protection_level)
            .field(
                "allowed_impersonation_level",
                &self.allowed_impersonation_level,
            )
            .finish_non_exhaustive()
    }
}

/// What a server demands of logins.
#[derive(Clone, Debug)]
pub struct NegotiateServerOptions {
    /// The least protection that will do. Default: [`ProtectionLevel::EncryptAndSign`].
    pub required_protection_level: ProtectionLevel,
    /// How far the client must let this server act for it. Default:
    /// [`TokenImpersonationLevel::Identification`].
    pub required_impersonation_level: TokenImpersonationLevel,
    /// What logins must be tied to: the policy's own channel binding or service names. Default:
    /// `None`, nothing.
    pub policy: Option<ExtendedProtectionPolicy>,
}

impl Default for NegotiateServerOptions {
    fn default() -> Self {
        Self {
            required_protection_level: ProtectionLevel::EncryptAndSign,
            required_impersonation_level: TokenImpersonationLevel::Identification,
            policy: None,
        }
    }
}
