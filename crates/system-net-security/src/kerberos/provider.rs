//! Kerberos for clients of all kinds.

use super::{KerberosClient, KerberosClientOptions, KerberosDelegation};
use crate::mechanism::{ClientLogon, LogonError, LogonErrorKind, Mechanism, MechanismProvider};

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

impl MechanismProvider for KerberosProvider {
    fn name(&self) -> &'static str {
        "Kerberos"
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
            ..self.options.clone()
        };
        let client = KerberosClient::new(target_name, logon.credential, options);
        Ok(Box::new(client))
    }
}
