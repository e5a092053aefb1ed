//! Kerberos for clients of all kinds.

use super::{KerberosClient, KerberosClientOptions, KerberosDelegation};
use crate::mechanism::{
    ClientLogon, DelegatedCredential, LogonError, LogonErrorKind, Mechanism, MechanismProvider,
};

/// Makes Kerberos clients.
#[derive(Clone, Debug)]
pub struct KerberosProvider {
    /// What all of them have in common. Channel and delegation are those of each login.
    pub options: KerberosClientOptions,
    /// What it means that a login lets the server act for the user. Default:
    /// [`WhenTrusted`](KerberosDelegation::WhenTrusted), as on Windows.
    pub delegation: KerberosDelegation,
}

impl Default for KerberosProvider {
    fn default() -> Self {
        Self {
            options: KerberosClientOptions::default(),
            delegation: KerberosDelegation::WhenTrusted,
        }
    }
}

/// The tickets of whoever the credential stands for.
fn held(logon: &ClientLogon<'_>) -> Result<DelegatedCredential, LogonError> {
    let held = logon.credential.held::<DelegatedCredential>();
    held.cloned().ok_or_else(|| {
        LogonError::new(
            LogonErrorKind::NoCredentials,
            "what the credential holds instead of a password is not of Kerberos",
        )
    })
}

impl MechanismProvider for KerberosProvider {
    fn name(&self) -> &'static str {
        "Kerberos"
    }

    /// The first step asks the key distribution center, which may not answer for a while.
    fn may_block(&self) -> bool {
        true
    }

    fn client(&self, logon: &ClientLogon<'_>) -> Result<Box<dyn Mechanism>, LogonError> {
        let target_name = logon.target_name.ok_or_else(|| {
            LogonError::new(
                LogonErrorKind::NoCredentials,
                "Kerberos logs in to services that have a name, and none is named",
            )
        })?;
        let options = KerberosClientOptions {
            channel_binding: logon.channel_binding.cloned(),
            delegation: match logon.delegate {
                true => self.delegation,
                false => KerberosDelegation::Never,
            },
            credential: match logon.credential.is_held() {
                false => self.options.credential.clone(),
                true => Some(held(logon)?),
            },
            ..self.options.clone()
        };
        let client = KerberosClient::new(target_name, logon.credential, options);
        Ok(Box::new(client))
    }
}
