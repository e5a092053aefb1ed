//! Who has logged in.

use std::fmt;
use std::sync::Arc;

use system_net_security::authentication::BasicCredentials;
use system_net_security::mechanism::{Accepted, DelegatedCredential, Mechanism};

/// Who sent a request, as its login says.
///
/// .NET: `System.Security.Principal.IIdentity`, as `HttpListenerContext.User.Identity` gives it
#[derive(Clone)]
pub struct HttpListenerIdentity {
    name: String,
    authentication_type: &'static str,
    basic: Option<HttpListenerBasicIdentity>,
    accepted: Option<Accepted>,
    delegated: Option<DelegatedCredential>,
}

/// Shared by the parts of a context, and by the requests of a connection.
pub(crate) type Identity = Arc<HttpListenerIdentity>;

impl HttpListenerIdentity {
    /// The name of the user: as the client sent it by Basic and Digest, `DOMAIN\user` by NTLM,
    /// `user@REALM` by Kerberos.
    ///
    /// .NET: `System.Security.Principal.IIdentity.Name`
    #[doc(alias = "IIdentity.Name")]
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the user logged in: `Basic`, `Digest`, `NTLM` or `Kerberos`. Of a negotiation it is what
    /// was chosen.
    ///
    /// .NET: `System.Security.Principal.IIdentity.AuthenticationType`
    #[doc(alias = "IIdentity.AuthenticationType")]
    #[must_use]
    pub fn authentication_type(&self) -> &'static str {
        self.authentication_type
    }

    /// Whether the user has a name: always, but for a Basic login without one that no validator has
    /// looked at.
    ///
    /// .NET: `System.Security.Principal.IIdentity.IsAuthenticated`
    #[doc(alias = "IIdentity.IsAuthenticated")]
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        !self.name.is_empty()
    }

    /// Name and password of a Basic login.
    #[must_use]
    pub fn basic(&self) -> Option<&HttpListenerBasicIdentity> {
        self.basic.as_ref()
    }

    /// What a login by NTLM or Kerberos carried.
    #[must_use]
    pub fn accepted(&self) -> Option<&Accepted> {
        self.accepted.as_ref()
    }

    /// What the client gave this server to act for it elsewhere (Kerberos); `None` if it gave
    /// nothing.
    #[must_use]
    pub fn delegated_credential(&self) -> Option<&DelegatedCredential> {
        self.delegated.as_ref()
    }

    pub(super) fn of_basic(credentials: &BasicCredentials) -> Self {
        let basic = HttpListenerBasicIdentity(credentials.clone());
        Self {
            basic: Some(basic),
            ..Self::plain(credentials.user_name(), "Basic")
        }
    }

    pub(super) fn of_digest(user_name: &str) -> Self {
        Self::plain(user_name, "Digest")
    }

    /// Of a login that is complete; `None` if it does not tell who the client is.
    pub(super) fn of_mechanism(mechanism: &dyn Mechanism) -> Option<Self> {
        let accepted = mechanism.accepted()?.clone();
        let authentication_type = mechanism.name();
        let (user, domain) = (&accepted.user_name, &accepted.domain);
        let name = match (&**domain, authentication_type) {
            ("", _) => user.clone(),
            (realm, "Kerberos") => format!("{user}@{realm}"),
            (domain, _) => format!("{domain}\\{user}"),
        };
        Some(Self {
            accepted: Some(accepted),
            delegated: mechanism.delegated_credential().cloned(),
            ..Self::plain(&name, authentication_type)
        })
    }

    fn plain(name: &str, authentication_type: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            authentication_type,
            basic: None,
            accepted: None,
            delegated: None,
        }
    }
}

impl fmt::Debug for HttpListenerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpListenerIdentity")
            .field("name", &self.name)
            .field("authentication_type", &self.authentication_type)
            .finish_non_exhaustive()
    }
}

/// User name and password of a Basic login. The password is wiped when it goes, and never shown.
///
/// .NET: `System.Net.HttpListenerBasicIdentity`
#[derive(Clone)]
pub struct HttpListenerBasicIdentity(BasicCredentials);

impl HttpListenerBasicIdentity {
    /// Of a user whose name and password are known, as for a test of what takes identities.
    ///
    /// .NET: `System.Net.HttpListenerBasicIdentity.HttpListenerBasicIdentity`
    #[doc(alias = "HttpListenerBasicIdentity.HttpListenerBasicIdentity")]
    #[must_use]
    pub fn new(username: &str, password: &str) -> Self {
        Self(BasicCredentials::new(username, password))
    }

    /// The user name, with the domain before a backslash if the client sent one.
    ///
    /// .NET: `System.Security.Principal.IIdentity.Name`
    #[doc(alias = "IIdentity.Name")]
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.user_name()
    }

    /// The password that the client sent.
    ///
    /// .NET: `System.Net.HttpListenerBasicIdentity.Password`
    #[doc(alias = "HttpListenerBasicIdentity.Password")]
    #[must_use]
    pub fn password(&self) -> &str {
        self.0.password()
    }

    /// Whether this is the password; takes the same time wherever the two differ.
    #[must_use]
    pub fn password_is(&self, expected: &str) -> bool {
        self.0.password_is(expected)
    }
}

impl fmt::Debug for HttpListenerBasicIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpListenerBasicIdentity")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
