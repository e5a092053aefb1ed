//! The server's side.

use std::path::PathBuf;

use system_net_gssapi::{
    Acceptance, Credential, CredentialStore, CredentialUse, Flags, GssError, Gssapi, KERBEROS,
    NameKind, SecurityContext,
};

use super::failure::{Side, failure};
use super::{library, protection};
use crate::der::{self, Reader};
use crate::extended_protection::{BindingCheck, ChannelBinding};
use crate::mechanism::{
    Accepted, DelegatedCredential, LogonError, LogonErrorKind, Mechanism, Step, bind_once,
};
use crate::negotiate::is_same;

/// How a server lets clients log in.
#[derive(Clone, Debug, Default)]
pub struct KerberosServerOptions {
    /// The file of the service's keys; by default that of the environment (`KRB5_KTNAME`) or
    /// `krb5.conf`, usually `/etc/krb5.keytab`.
    pub keytab: Option<String>,
    /// The one service that logins may be for, such as `HTTP/www.example.com`, or `HTTP` for that
    /// of any host; by default every one that the keytab has a key of.
    pub service_name: Option<String>,
    /// The channel clients come through. With one, a login that is bound to another channel is
    /// refused, [`LogonErrorKind::BindingDiffers`]; one that is not bound is not, and
    /// [`Accepted::binding`] says so. Leave it out where bindings are not to be looked at.
    pub channel_binding: Option<ChannelBinding>,
    /// The file of the library; by default the system's `libgssapi_krb5.so.2`.
    pub library: Option<PathBuf>,
}

/// The server's side of a login.
///
/// [`Accepted::user_name`] is the name as the realm writes it: a service has a slash in it, and a
/// slash or `@` that belongs to a name has a backslash before it. [`Accepted::domain`] is the
/// realm. [`Accepted::service_name`] is the service the client's ticket is for, without its realm.
/// The ticket proves it if the services of the keytab have keys of their own; accounts of Active
/// Directory have one key for all their names, which then stand for each other.
///
/// # Limits
/// Whether a login was bound to this channel tells MIT Kerberos 1.19 and later; with an older
/// library every login that is not bound to another channel counts as not bound.
pub struct KerberosServer {
    options: KerberosServerOptions,
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
    credential: Credential,
    accepted: Option<Accepted>,
    delegated: Option<DelegatedCredential>,
}

impl KerberosServer {
    /// A login of whoever has a ticket for the service.
    #[must_use]
    pub fn new(options: KerberosServerOptions) -> Self {
        Self {
            options,
            state: State::Start,
        }
    }

    fn begin(&self) -> Result<Login, GssError> {
        let library = library(self.options.library.as_ref())?;
        Ok(Login {
            credential: self.keys(&library)?,
            context: SecurityContext::new(&library),
            accepted: None,
            delegated: None,
        })
    }

    /// The keys. Asked for by mechanism, so that no other one of the system's library is let in.
    fn keys(&self, library: &Gssapi) -> Result<Credential, GssError> {
        let mut store = CredentialStore::default();
        store.keytab.clone_from(&self.options.keytab);
        let name = match self.options.service_name.as_deref() {
            None => None,
            Some(name) if name.contains('@') => {
                Some(library.import_name(name, NameKind::Principal)?)
            }
            Some(name) => {
                let name = name.replacen('/', "@", 1);
                Some(library.import_name(&name, NameKind::HostbasedService)?)
            }
        };
        library.acquire(name.as_ref(), CredentialUse::Accept, KERBEROS, &store)
    }

    fn go_on(&self, login: &mut Login, message: &[u8]) -> Result<Step, LogonError> {
        let mut what = Acceptance::default();
        what.credential = Some(&login.credential);
        let binding = self.options.channel_binding.as_ref();
        what.channel_binding = binding.map(ChannelBinding::application_data);
        let step = login
            .context
            .accept(&what, message)
            .map_err(|error| failure(Side::Server, error))?;
        login.delegated = step.delegated.map(DelegatedCredential::new);
        if step.complete {
            login.accepted = Some(self.accepted(login)?);
        }
        Ok(Step {
            message: step.token,
            complete: step.complete,
        })
    }

    fn accepted(&self, login: &mut Login) -> Result<Accepted, LogonError> {
        let names = login.context.names().and_then(|(user, service)| {
            let (user, service) = (user.to_text()?, service.to_text()?);
            Ok((user, service))
        });
        let (user, service) = names.map_err(|error| failure(Side::Server, error))?;
        let (user, realm) = split(&user);
        if user == "WELLKNOWN/ANONYMOUS" {
            return Err(LogonError::new(
                LogonErrorKind::Refused,
                "the client came without a user's name: an anonymous Kerberos login",
            ));
        }
        let bound = login.context.flags().contains(Flags::CHANNEL_BOUND);
        Ok(Accepted {
            binding: match bound && self.options.channel_binding.is_some() {
                true => BindingCheck::Matches,
                false => BindingCheck::Absent,
            },
            service_name: Some(split(&service).0.to_owned()),
            delegated: login.delegated.is_some(),
            ..Accepted::new(user, realm)
        })
    }

    fn login(&self) -> Option<&Login> {
        match &self.state {
            State::Begun(login) => Some(login),
            _ => None,
        }
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
        self.login()
            .map_or(Flags::NONE, |login| login.context.flags())
    }
}

/// Whether it is of this mechanism at all: framed as RFC 2743 section 3.1 has it, or an AP-REQ
/// without the frame. The library has other mechanisms as well.
fn is_kerberos(message: &[u8]) -> bool {
    const AP_REQ: u8 = 0x6e;
    let framed = || {
        let oid = Reader::new(Reader::new(message).expect(0x60)?).expect(der::OBJECT_IDENTIFIER)?;
        Some(is_same(oid, KERBEROS))
    };
    message.first() == Some(&AP_REQ) || framed() == Some(true)
}

/// Name and realm. An `@` of the name has a backslash before it, and a realm has none.
fn split(principal: &str) -> (&str, &str) {
    principal.rsplit_once('@').unwrap_or((principal, ""))
}

impl Mechanism for KerberosServer {
    fn name(&self) -> &'static str {
        "Kerberos"
    }

    fn oid(&self) -> &'static [u8] {
        KERBEROS
    }

    fn bind_to_channel(&mut self, binding: &ChannelBinding) -> Result<(), LogonError> {
        bind_once(&mut self.options.channel_binding, binding)
    }

    fn step(&mut self, message: Option<&[u8]>) -> Result<Step, LogonError> {
        let Some(message) = message else {
            self.state = State::Failed;
            return Err(LogonError::new(
                LogonErrorKind::InvalidState,
                "a Kerberos server waits for the client's message",
            ));
        };
        let mut login = match std::mem::replace(&mut self.state, State::Failed) {
            State::Start if !is_kerberos(message) => {
                return Err(LogonError::invalid(
                    "the client's message is not one of Kerberos",
                ));
            }
            State::Start => {
                let begun = self.begin();
                Box::new(begun.map_err(|error| failure(Side::Server, error))?)
            }
            State::Begun(login) => login,
            State::Failed => {
                return Err(LogonError::new(
                    LogonErrorKind::InvalidState,
                    "the Kerberos login has failed",
                ));
            }
        };
        let step = self.go_on(&mut login, message)?;
        self.state = State::Begun(login);
        Ok(step)
    }

    /// The first step reads the keytab, and writes down that it has seen the login.
    fn may_block(&self) -> bool {
        matches!(self.state, State::Start)
    }

    fn is_complete(&self) -> bool {
        self.login()
            .is_some_and(|login| login.context.is_complete())
    }

    fn accepted(&self) -> Option<&Accepted> {
        self.login()?.accepted.as_ref()
    }

    fn delegated_credential(&self) -> Option<&DelegatedCredential> {
        self.login()?.delegated.as_ref()
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
