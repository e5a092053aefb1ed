//! A user name with its password, wiped from memory when it goes.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use system_net_uri::Uri;
use zeroize::Zeroize;

use super::Credentials;

/// A user name, a password and a domain.
///
/// As a source of credentials it answers every address and type with itself. The password is
/// overwritten in memory when the value is dropped or the password is changed, and never shows in
/// [`Debug`](fmt::Debug).
///
/// .NET: `System.Net.NetworkCredential`
///
/// # Examples
/// ```
/// use system_net_primitives::NetworkCredential;
///
/// let credential = NetworkCredential::new("ann", "secret");
/// assert_eq!(credential.user_name(), "ann");
/// assert!(!format!("{credential:?}").contains("secret"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NetworkCredential {
    user_name: String,
    password: String,
    domain: String,
    default: bool,
    held: Option<Held>,
}

/// What stands for a password. Two are the same if they are one.
#[derive(Clone)]
struct Held(Arc<dyn Any + Send + Sync>);

impl Held {
    fn address(&self) -> *const () {
        Arc::as_ptr(&self.0).cast()
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for Held {}

impl Hash for Held {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl NetworkCredential {
    /// A credential without a name and a password.
    ///
    /// .NET: `System.Net.NetworkCredential.NetworkCredential()`
    pub const NONE: Self = Self::empty(false);

    /// The credential that stands for the user who runs the process.
    pub(super) const DEFAULT: Self = Self::empty(true);

    const fn empty(default: bool) -> Self {
        Self {
            user_name: String::new(),
            password: String::new(),
            domain: String::new(),
            default,
            held: None,
        }
    }

    /// A name and a password.
    ///
    /// .NET: `System.Net.NetworkCredential.NetworkCredential(String, String)`
    #[must_use]
    pub fn new(user_name: impl Into<String>, password: impl Into<String>) -> Self {
        Self::with_domain(user_name, password, "")
    }

    /// A name, a password and the domain that knows them.
    ///
    /// .NET: `System.Net.NetworkCredential.NetworkCredential(String, String, String)`
    #[must_use]
    pub fn with_domain(
        user_name: impl Into<String>,
        password: impl Into<String>,
        domain: impl Into<String>,
    ) -> Self {
        Self {
            user_name: user_name.into(),
            password: password.into(),
            domain: domain.into(),
            default: false,
            held: None,
        }
    }

    /// A user for whom something else than a password stands, such as the tickets that a client
    /// gave a server to act for it. It answers the schemes `Negotiate` and `Kerberos` alone: no
    /// other could do anything with it.
    #[must_use]
    pub fn with_held(
        user_name: impl Into<String>,
        domain: impl Into<String>,
        held: Arc<dyn Any + Send + Sync>,
    ) -> Self {
        let mut credential = Self::with_domain(user_name, "", domain);
        credential.held = Some(Held(held));
        credential
    }

    /// What stands for the password, if it is of this type.
    #[must_use]
    pub fn held<T: Any>(&self) -> Option<&T> {
        self.held.as_ref()?.0.downcast_ref()
    }

    /// Whether something else than a password stands for the user.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.held.is_some()
    }

    fn answers(&self, authentication_type: &str) -> bool {
        let by_tickets = ["Negotiate", "Kerberos"];
        self.held.is_none()
            || by_tickets
                .iter()
                .any(|known| known.eq_ignore_ascii_case(authentication_type))
    }

    /// The name.
    ///
    /// .NET: `System.Net.NetworkCredential.UserName`
    #[doc(alias = "NetworkCredential.UserName")]
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// Changes the name.
    ///
    /// .NET: `System.Net.NetworkCredential.UserName`
    #[doc(alias = "NetworkCredential.UserName")]
    pub fn set_user_name(&mut self, user_name: impl Into<String>) {
        self.user_name = user_name.into();
    }

    /// The password.
    ///
    /// .NET: `System.Net.NetworkCredential.Password`
    #[doc(alias = "NetworkCredential.Password")]
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Changes the password and overwrites the old one.
    ///
    /// .NET: `System.Net.NetworkCredential.Password`
    #[doc(alias = "NetworkCredential.Password")]
    pub fn set_password(&mut self, password: impl Into<String>) {
        self.password.zeroize();
        self.password = password.into();
    }

    /// The domain; empty for none.
    ///
    /// .NET: `System.Net.NetworkCredential.Domain`
    #[doc(alias = "NetworkCredential.Domain")]
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Changes the domain.
    ///
    /// .NET: `System.Net.NetworkCredential.Domain`
    #[doc(alias = "NetworkCredential.Domain")]
    pub fn set_domain(&mut self, domain: impl Into<String>) {
        self.domain = domain.into();
    }
}

impl Credentials for NetworkCredential {
    /// This credential, whatever is asked.
    ///
    /// .NET: `System.Net.NetworkCredential.GetCredential`
    fn get_credential(&self, _uri: &Uri, auth_type: &str) -> Option<NetworkCredential> {
        self.answers(auth_type).then(|| self.clone())
    }

    fn with_credential(
        &self,
        _uri: &Uri,
        auth_type: &str,
        look: &mut dyn FnMut(&NetworkCredential),
    ) {
        if self.answers(auth_type) {
            look(self);
        }
    }

    fn get_credential_by_host(
        &self,
        _host: &str,
        _port: u16,
        authentication_type: &str,
    ) -> Option<NetworkCredential> {
        self.answers(authentication_type).then(|| self.clone())
    }

    fn is_default(&self) -> bool {
        self.default
    }
}

impl fmt::Debug for NetworkCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.default {
            return f.write_str("NetworkCredential(default)");
        }
        f.debug_struct("NetworkCredential")
            .field("user_name", &self.user_name)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

impl Drop for NetworkCredential {
    fn drop(&mut self) {
        self.password.zeroize();
    }
}
