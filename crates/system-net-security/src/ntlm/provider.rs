//! NTLM for clients of all kinds, with the check that nobody reflects a login.

use std::net::IpAddr;
use std::sync::LazyLock;

use system_net_primitives::{Credentials as _, NetworkCredential};

use super::{NtlmClient, NtlmClientOptions, OwnChallenges, user_file};
use crate::mechanism::{ClientLogon, LogonError, LogonErrorKind, Mechanism, MechanismProvider};
use crate::registry_text::{RegistryText, RegistryTextError};
use crate::trace;

/// The challenges of this process.
static OWN_CHALLENGES: LazyLock<OwnChallenges> = LazyLock::new(OwnChallenges::new);

impl OwnChallenges {
    /// Those of the whole process, which every [`NtlmProvider`] looks at unless it is told
    /// otherwise.
    #[must_use]
    pub fn of_process() -> &'static Self {
        &OWN_CHALLENGES
    }
}

/// Makes NTLM clients.
#[derive(Clone, Debug)]
pub struct NtlmProvider {
    /// The servers' challenges that count as this process's own.
    pub own_challenges: OwnChallenges,
    /// Names that stand for this computer besides `localhost` and its loopback addresses: servers
    /// under them may be this process. Case does not count.
    ///
    /// Windows: `BackConnectionHostNames`
    pub back_connection_host_names: Vec<String>,
    /// Answer this process's own challenges whatever the server's name. Less safe: each such
    /// answer is traced as a warning. Default: false.
    ///
    /// Windows: `DisableLoopbackCheck`
    pub disable_loopback_check: bool,
    /// The login of the user who runs the process. Without one, default credentials are read from
    /// the file that the environment variable `NTLM_USER_FILE` names, whose first line is
    /// `DOMAIN:user:password`.
    pub default_credential: Option<NetworkCredential>,
}

impl Default for NtlmProvider {
    fn default() -> Self {
        Self {
            own_challenges: OwnChallenges::of_process().clone(),
            back_connection_host_names: Vec::new(),
            disable_loopback_check: false,
            default_credential: None,
        }
    }
}

impl NtlmProvider {
    /// The key of `BackConnectionHostNames`.
    const NTLM_KEY: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0";
    /// The key of `DisableLoopbackCheck`.
    const LSA_KEY: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa";

    /// Takes what the text of a registry file (`.reg`) says of the check that nobody reflects a
    /// login: the names of the multi-string `BackConnectionHostNames` are added, and
    /// `DisableLoopbackCheck` turns the check off or on. What it does not say stays.
    ///
    /// # Errors
    /// A line that cannot be read, and a value of another kind: the names are a `hex(7):` (or a
    /// single text), the switch is a `dword:`.
    ///
    /// # Examples
    /// ```
    /// use system_net_security::ntlm::NtlmProvider;
    ///
    /// let text = "Windows Registry Editor Version 5.00\n\n\
    ///     [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0]\n\
    ///     \"BackConnectionHostNames\"=hex(7):63,00,6f,00,6e,00,74,00,6f,00,73,00,6f,00,\\\n  \
    ///     00,00,00,00\n";
    /// let provider = NtlmProvider::default().with_registry_text(text)?;
    /// assert_eq!(provider.back_connection_host_names, ["contoso"]);
    /// # Ok::<(), system_net_security::RegistryTextError>(())
    /// ```
    pub fn with_registry_text(mut self, text: &str) -> Result<Self, RegistryTextError> {
        let registry = RegistryText::parse(text)?;
        let names = registry.texts(Self::NTLM_KEY, "BackConnectionHostNames")?;
        for name in names.unwrap_or_default() {
            let name = name.trim();
            if !name.is_empty()
                && !self
                    .back_connection_host_names
                    .iter()
                    .any(|own| own == name)
            {
                self.back_connection_host_names.push(name.to_owned());
            }
        }
        if let Some(switch) = registry.number(Self::LSA_KEY, "DisableLoopbackCheck")? {
            self.disable_loopback_check = switch != 0;
        }
        Ok(self)
    }

    /// Whether a server of this name may be this very process.
    fn may_be_this_computer(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        host.eq_ignore_ascii_case("localhost")
            || host
                .parse()
                .is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback())
            || self
                .back_connection_host_names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(host))
    }
}

impl MechanismProvider for NtlmProvider {
    fn name(&self) -> &'static str {
        "NTLM"
    }

    fn client(&self, logon: &ClientLogon<'_>) -> Result<Box<dyn Mechanism>, LogonError> {
        if logon.credential.is_held() {
            return Err(LogonError::new(
                LogonErrorKind::NoCredentials,
                "NTLM logs in by a password, and tickets stand for this user",
            ));
        }
        let of_file;
        let credential = match (logon.credential.is_default(), &self.default_credential) {
            (false, _) => logon.credential,
            (true, Some(credential)) => credential,
            (true, None) => {
                of_file = user_file::default_credential()?;
                &of_file
            }
        };
        let host = logon.target_host();
        let is_this = host.is_some_and(|host| self.may_be_this_computer(host));
        if self.disable_loopback_check && !is_this {
            trace::authentication().warning(
                "Authenticate",
                format_args!(
                    "the loopback check of NTLM is turned off, for {} too: whoever passes messages \
                     on can have this user log in to itself; name the host in the back connection \
                     host names instead",
                    logon.target_name.unwrap_or("a server without a name")
                ),
            );
        }
        let options = NtlmClientOptions {
            target_name: logon.target_name.map(str::to_owned),
            channel_binding: logon.channel_binding.cloned(),
            encrypt: logon.encrypt,
            own_challenges: self.own_challenges.clone(),
            allow_reflection: is_this || self.disable_loopback_check,
            ..NtlmClientOptions::default()
        };
        Ok(Box::new(NtlmClient::new(credential, options)))
    }
}
