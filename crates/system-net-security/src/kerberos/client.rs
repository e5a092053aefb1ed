//! The client's side.

use std::path::PathBuf;

use system_net_gssapi::{
    Credential, CredentialStore, Flags, GssError, Initiation, KERBEROS, Name, NameKind,
    SecurityContext,
};
use system_net_primitives::NetworkCredential;

use super::credential::credential;
use super::failure::{Side, failure};
use super::{library, protection};
use crate::extended_protection::ChannelBinding;
use crate::mechanism::{DelegatedCredential, LogonError, LogonErrorKind, Mechanism, Step};

/// Whether a server gets the client's tickets to act for it elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum KerberosDelegation {
    /// No server does.
    #[default]
    Never,
    /// A server does that the realm trusts with it (`ok_as_delegate`), as on Windows.
    WhenTrusted,
    /// Every server does. It can then do anywhere whatever the user can.
    Always,
}

/// How a client logs in.
#[derive(Clone, Debug)]
pub struct KerberosClientOptions {
    /// The channel the login is made through.
    pub channel_binding: Option<ChannelBinding>,
    /// Where the user's tickets are, such as `FILE:/tmp/krb5cc_1000`; by default where the
    /// environment (`KRB5CCNAME`) or `krb5.conf` say.
    pub credential_cache: Option<String>,
    /// The keys of a program that logs in by itself; by default those of the environment
    /// (`KRB5_CLIENT_KTNAME`) or `krb5.conf`.
    pub client_keytab: Option<String>,
    /// Log in with what a client delegated to this server, whatever the credential says.
    pub credential: Option<DelegatedCredential>,
    /// Whether the server gets tickets to act for the user; never by default.
    pub delegation: KerberosDelegation,
    /// Have the server prove itself. Default: true.
    pub mutual: bool,
    /// Let the library find the host's canonical name, by the name service if `krb5.conf` says
    /// so, which is its default. Then whoever can forge its answers chooses the service the user
    /// logs in to. Default: false, the host is the one that was named.
    pub canonicalize_host: bool,
    /// The file of the library; by default the system's `libgssapi_krb5.so.2`.
    pub library: Option<PathBuf>,
}

impl Default for KerberosClientOptions {
    fn default() -> Self {
        Self {
            channel_binding: None,
            credential_cache: None,
            client_keytab: None,
            credential: None,
            delegation: KerberosDelegation::Never,
            mutual: true,
            canonicalize_host: false,
            library: None,
        }
    }
}

/// The client's side of a login.
///
/// # Examples
/// ```
/// use system_net_primitives::CredentialCache;
/// use system_net_security::kerberos::KerberosClient;
/// use system_net_security::mechanism::{LogonErrorKind, Mechanism};
///
/// let user = CredentialCache::default_network_credentials();
/// let mut client = KerberosClient::new("HTTP/www.example.com", &user, Default::default());
/// match client.step(None) {
///     Ok(step) => assert!(step.message.is_some()),
///     // No ticket, no library, no such service, no KDC in reach: the message says which.
///     Err(error) => assert!(matches!(
///         error.kind(),
///         LogonErrorKind::NoCredentials | LogonErrorKind::Unavailable
///     )),
/// }
/// ```
pub struct KerberosClient {
    target_name: String,
    user: NetworkCredential,
    options: KerberosClientOptions,
    state: State,
}

enum State {
    Start,
    Begun(Box<Login>),
    Failed,
}

/// A login under way, or complete.
struct Login {
    context: SecurityContext,
    target: Name,
    credential: Option<Credential>,
}

impl KerberosClient {
    /// A login of this user at this service, such as `HTTP/www.example.com`. A realm may stand
    /// behind an `@`; without, the realm of the user's ticket finds the service.
    ///
    /// The user is the one who runs the process if the credential is the default one or has no
    /// name; then the ticket cache is used. A name without a password stands for tickets of that
    /// name. The credential's domain is the realm; without one a name may have the form
    /// `user@REALM` or `REALM\user`.
    #[must_use]
    pub fn new(
        target_name: impl Into<String>,
        user: &NetworkCredential,
        options: KerberosClientOptions,
    ) -> Self {
        Self {
            target_name: target_name.into(),
            user: user.clone(),
            options,
            state: State::Start,
        }
    }

    fn begin(&self) -> Result<Login, LogonError> {
        let delegated = match &self.options.credential {
            Some(delegated) => Some(delegated.get::<Credential>().cloned().ok_or_else(|| {
                LogonError::new(
                    LogonErrorKind::NoCredentials,
                    "what the client delegated is not of Kerberos",
                )
            })?),
            None => None,
        };
        let begun = || -> Result<Login, GssError> {
            let library = library(self.options.library.as_ref())?;
            let credential = match delegated {
                Some(delegated) => Some(delegated),
                None => credential(&library, &self.user, &self.store())?,
            };
            let (text, kind) = self.target();
            Ok(Login {
                target: library.import_name(&text, kind)?,
                context: SecurityContext::new(&library),
                credential,
            })
        };
        begun().map_err(|error| failure(Side::Client, error))
    }

    fn store(&self) -> CredentialStore {
        let mut store = CredentialStore::default();
        store.cache.clone_from(&self.options.credential_cache);
        store.client_keytab.clone_from(&self.options.client_keytab);
        store
    }

    /// The service's name for the library.
    ///
    /// The usual form, `HTTP@host`, would have it ask the name service for the host, so that
    /// forged answers could choose the service. A principal is taken as it stands, and an empty
    /// realm makes the library ask the KDC of the user's realm, which knows where the service is
    /// or refers to who does.
    fn target(&self) -> (String, NameKind) {
        let name = &self.target_name;
        match name.split_once('/') {
            Some((service, host)) if self.options.canonicalize_host && !name.contains('@') => {
                (format!("{service}@{host}"), NameKind::HostbasedService)
            }
            _ if name.contains('@') => (name.clone(), NameKind::Principal),
            _ => (format!("{name}@"), NameKind::Principal),
        }
    }

    fn flags(&self) -> Flags {
        let mut flags = Flags::REPLAY
            | Flags::SEQUENCE
            | Flags::CONFIDENTIALITY
            | Flags::INTEGRITY
            // Also without a channel: then a server that has one must not take the login. MIT
            // Kerberos passes it on from version 1.21.
            | Flags::CHANNEL_BOUND;
        if self.options.mutual {
            flags |= Flags::MUTUAL;
        }
        match self.options.delegation {
            KerberosDelegation::Never => {}
            KerberosDelegation::WhenTrusted => flags |= Flags::DELEGATE_IF_TRUSTED,
            KerberosDelegation::Always => flags |= Flags::DELEGATE,
        }
        flags
    }

    fn go_on(&self, login: &mut Login, message: Option<&[u8]>) -> Result<Step, LogonError> {
        let mut what = Initiation::new(&login.target, KERBEROS, self.flags());
        what.credential = login.credential.as_ref();
        let binding = self.options.channel_binding.as_ref();
        what.channel_binding = binding.map(ChannelBinding::application_data);
        let step = login
            .context
            .initiate(&what, message)
            .map_err(|error| failure(Side::Client, error))?;
        if step.complete && self.options.mutual && !login.context.flags().contains(Flags::MUTUAL) {
            return Err(LogonError::new(
                LogonErrorKind::NotAllowed,
                "the server did not prove who it is, and was asked to",
            ));
        }
        Ok(Step {
            message: step.token,
            complete: step.complete,
        })
    }

    fn context(&mut self) -> Result<&mut SecurityContext, LogonError> {
        match &mut self.state {
            State::Begun(login) => Ok(&mut login.context),
            _ => Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "the Kerberos login is not complete",
            )),
        }
    }

    fn agreed(&self) -> Flags {
        match &self.state {
            State::Begun(login) => login.context.flags(),
            _ => Flags::NONE,
        }
    }
}

impl Mechanism for KerberosClient {
    fn name(&self) -> &'static str {
        "Kerberos"
    }

    fn oid(&self) -> &'static [u8] {
        KERBEROS
    }

    fn step(&mut self, message: Option<&[u8]>) -> Result<Step, LogonError> {
        let mut login = match (std::mem::replace(&mut self.state, State::Failed), message) {
            (State::Start, None) => Box::new(self.begin()?),
            (State::Begun(login), Some(_)) => login,
            _ => {
                return Err(LogonError::new(
                    LogonErrorKind::InvalidState,
                    "a Kerberos client sends, and gets one answer",
                ));
            }
        };
        let step = self.go_on(&mut login, message)?;
        self.state = State::Begun(login);
        Ok(step)
    }

    /// The first step asks the key distribution center, which may not answer for a while.
    fn may_block(&self) -> bool {
        matches!(self.state, State::Start)
    }

    fn is_complete(&self) -> bool {
        matches!(&self.state, State::Begun(login) if login.context.is_complete())
    }

    fn is_mutually_authenticated(&self) -> bool {
        self.agreed().contains(Flags::MUTUAL)
    }

    fn sign(&mut self, data: &[u8]) -> Result<Vec<u8>, LogonError> {
        protection::sign(self.context()?, data)
    }

    fn verify(&mut self, data: &[u8], signature: &[u8]) -> Result<(), LogonError> {
        protection::verify(self.context()?, data, signature)
    }

    fn wrap(&mut self, data: &[u8], encrypt: bool) -> Result<Vec<u8>, LogonError> {
        protection::wrap(self.context()?, data, encrypt)
    }

    fn unwrap(&mut self, message: &[u8], encrypted: bool) -> Result<Vec<u8>, LogonError> {
        protection::unwrap(self.context()?, message, encrypted)
    }

    fn can_encrypt(&self) -> bool {
        self.agreed().contains(Flags::CONFIDENTIALITY)
    }

    fn can_sign(&self) -> bool {
        self.agreed().contains(Flags::INTEGRITY)
    }
}
