//! The members of [`HttpListener`] that are about logins.

use std::sync::Arc;

use system_net_primitives::Misuse;
use system_net_security::accounts::CredentialValidator;
use system_net_security::authentication::DigestServerOptions;
use system_net_security::extended_protection::{ExtendedProtectionPolicy, ServiceNameCollection};
#[cfg(feature = "kerberos")]
use system_net_security::kerberos::KerberosServerOptions;
use system_net_security::ntlm::NtlmServerOptions;

use super::rules::Digest;
use super::schemes::AuthenticationSchemes;
use crate::listener::HttpListener;
use crate::request::HttpListenerRequest;

/// Chooses the schemes for a request, before anything else of it is looked at.
///
/// .NET: `System.Net.AuthenticationSchemeSelector`
pub type AuthenticationSchemeSelector =
    Arc<dyn Fn(&HttpListenerRequest) -> AuthenticationSchemes + Send + Sync>;

/// Chooses the policy for a request; with `None` nothing is checked.
///
/// .NET: `System.Net.HttpListener.ExtendedProtectionSelector`
pub type ExtendedProtectionSelector =
    Arc<dyn Fn(&HttpListenerRequest) -> Option<ExtendedProtectionPolicy> + Send + Sync>;

/// Logins. What is set here holds for requests from then on.
///
/// A request that is not let in never reaches the program: it is answered with 401 and a challenge of
/// each scheme, and the trace source `System.Net.HttpListener` says why.
impl HttpListener {
    /// The schemes by which clients may log in; [`ANONYMOUS`](AuthenticationSchemes::ANONYMOUS)
    /// unless set.
    ///
    /// .NET: `System.Net.HttpListener.AuthenticationSchemes`
    #[doc(alias = "HttpListener.AuthenticationSchemes")]
    #[must_use]
    pub fn authentication_schemes(&self) -> AuthenticationSchemes {
        self.shared().gatekeeper.rules().schemes
    }

    /// Sets the schemes by which clients may log in. Digest, NTLM and, unless there are keys for
    /// Kerberos, Negotiate need [`set_credential_validator`](Self::set_credential_validator).
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use system_net_http_listener::{AuthenticationSchemes, HttpListener};
    /// use system_net_security::accounts::Accounts;
    ///
    /// let users = Accounts::new();
    /// users.add("joe", "", "secret");
    /// let listener = HttpListener::new();
    /// listener.set_credential_validator(Some(Arc::new(users)));
    /// listener.set_authentication_schemes(AuthenticationSchemes::DIGEST);
    /// listener.set_realm(Some("the office"))?;
    /// # Ok::<(), system_net_primitives::Misuse>(())
    /// ```
    pub fn set_authentication_schemes(&self, value: AuthenticationSchemes) {
        let gatekeeper = &self.shared().gatekeeper;
        gatekeeper.change(|rules| rules.schemes = value);
    }

    /// What chooses the schemes for each request.
    ///
    /// .NET: `System.Net.HttpListener.AuthenticationSchemeSelectorDelegate`
    #[doc(alias = "HttpListener.AuthenticationSchemeSelectorDelegate")]
    #[must_use]
    pub fn authentication_scheme_selector_delegate(&self) -> Option<AuthenticationSchemeSelector> {
        self.shared().gatekeeper.rules().scheme_selector.clone()
    }

    /// Sets what chooses the schemes for each request, in place of
    /// [`authentication_schemes`](Self::authentication_schemes). A request for which it gives
    /// [`NONE`](AuthenticationSchemes::NONE) is answered with 403; if it panics, with 500.
    ///
    /// For a scheme of the program's own give [`ANONYMOUS`](AuthenticationSchemes::ANONYMOUS) and look
    /// at the request's `Authorization` field.
    pub fn set_authentication_scheme_selector_delegate(
        &self,
        value: Option<AuthenticationSchemeSelector>,
    ) {
        let gatekeeper = &self.shared().gatekeeper;
        gatekeeper.change(|rules| rules.scheme_selector = value);
    }

    /// The realm that challenges of Basic and Digest name; `None`, the default, names an empty one.
    ///
    /// .NET: `System.Net.HttpListener.Realm`
    #[doc(alias = "HttpListener.Realm")]
    #[must_use]
    pub fn realm(&self) -> Option<String> {
        self.shared().gatekeeper.rules().realm.clone()
    }

    /// Sets the realm. Nonces that were given out for another one are good no more.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if it has a control character.
    pub fn set_realm(&self, value: Option<&str>) -> Result<(), Misuse> {
        if value.is_some_and(|realm| realm.chars().any(char::is_control)) {
            return Err(Misuse::invalid_argument("value", "has a control character"));
        }
        self.shared().gatekeeper.change(|rules| {
            let options = rules.digest.options.clone();
            rules.digest = Arc::new(Digest::new(value.unwrap_or_default(), options));
            rules.realm = value.map(str::to_owned);
        });
        Ok(())
    }

    /// Whether an NTLM login holds for all requests that come over its connection; `false`.
    ///
    /// .NET: `System.Net.HttpListener.UnsafeConnectionNtlmAuthentication`
    #[doc(alias = "HttpListener.UnsafeConnectionNtlmAuthentication")]
    #[must_use]
    pub fn unsafe_connection_ntlm_authentication(&self) -> bool {
        self.shared().gatekeeper.rules().keeps_ntlm
    }

    /// Lets an NTLM login hold for all requests that come over its connection, or asks for one each
    /// time. It saves clients two round trips for each request. It is not safe behind a proxy that
    /// sends requests of several users over one connection.
    pub fn set_unsafe_connection_ntlm_authentication(&self, value: bool) {
        let gatekeeper = &self.shared().gatekeeper;
        gatekeeper.change(|rules| rules.keeps_ntlm = value);
    }

    /// What ties logins by Negotiate and NTLM to their channel or service; `None` unless set, by the
    /// program or by an element `extendedProtectionPolicy` of its configuration file.
    ///
    /// # Differences from .NET
    /// There it is `Never` unless set. Here, without a policy, a login over TLS that is bound to
    /// another channel is refused (`WhenSupported`); without TLS nothing is checked.
    ///
    /// .NET: `System.Net.HttpListener.ExtendedProtectionPolicy`
    #[doc(alias = "HttpListener.ExtendedProtectionPolicy")]
    #[must_use]
    pub fn extended_protection_policy(&self) -> Option<ExtendedProtectionPolicy> {
        self.shared().gatekeeper.rules().policy.clone()
    }

    /// Sets what ties logins by Negotiate and NTLM to their channel or service.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for a policy with a channel binding of its own: a listener
    /// knows the one of each connection.
    pub fn set_extended_protection_policy(
        &self,
        value: Option<ExtendedProtectionPolicy>,
    ) -> Result<(), Misuse> {
        let own = value.as_ref().and_then(|it| it.custom_channel_binding());
        if own.is_some() {
            return Err(Misuse::invalid_argument(
                "value",
                "the policy of a listener has no channel binding of its own: that of each \
                 connection is compared",
            ));
        }
        let gatekeeper = &self.shared().gatekeeper;
        gatekeeper.change(|rules| {
            rules.policy = value;
            rules.unfit = None;
        });
        Ok(())
    }

    /// What chooses the policy for each request.
    ///
    /// .NET: `System.Net.HttpListener.ExtendedProtectionSelectorDelegate`
    #[doc(alias = "HttpListener.ExtendedProtectionSelectorDelegate")]
    #[must_use]
    pub fn extended_protection_selector_delegate(&self) -> Option<ExtendedProtectionSelector> {
        self.shared().gatekeeper.rules().policy_selector.clone()
    }

    /// Sets what chooses the policy for each request with a login, in place of
    /// [`extended_protection_policy`](Self::extended_protection_policy). If it panics, the request
    /// is answered with 500.
    pub fn set_extended_protection_selector_delegate(
        &self,
        value: Option<ExtendedProtectionSelector>,
    ) {
        let gatekeeper = &self.shared().gatekeeper;
        gatekeeper.change(|rules| rules.policy_selector = value);
    }

    /// The service names that the prefixes stand for: `HTTP/` and the host of each. Prefixes for any
    /// host, and those with an address, stand for the name of this machine.
    ///
    /// # Differences from .NET
    /// No name is looked up in DNS. .NET adds the full name that DNS has for a host without a dot.
    ///
    /// .NET: `System.Net.HttpListener.DefaultServiceNames`
    #[doc(alias = "HttpListener.DefaultServiceNames")]
    #[must_use]
    pub fn default_service_names(&self) -> ServiceNameCollection {
        self.shared().default_service_names()
    }

    /// Who knows the users and their passwords.
    #[must_use]
    pub fn credential_validator(&self) -> Option<Arc<dyn CredentialValidator>> {
        self.shared().gatekeeper.rules().users.clone()
    }

    /// Sets who knows the users and their passwords: an
    /// [`Accounts`](system_net_security::accounts::Accounts), a
    /// [`UsersFile`](system_net_security::accounts::UsersFile), or the program's own. Without one
    /// (the default) Basic logins are let in as in .NET, and the program has to check
    /// [`HttpListenerIdentity::basic`](crate::HttpListenerIdentity::basic) itself.
    ///
    /// # Blocking
    /// One that [may block](CredentialValidator::may_block) is asked on a thread of the runtime's
    /// pool, others in the connection's task.
    pub fn set_credential_validator(&self, value: Option<Arc<dyn CredentialValidator>>) {
        let gatekeeper = &self.shared().gatekeeper;
        gatekeeper.change(|rules| rules.users = value);
    }

    /// Sets the keys by which clients log in with Kerberos, as one of the logins of Negotiate. Its
    /// channel binding is that of each connection. `None`, the default, offers no Kerberos, but with
    /// no [`credential_validator`](Self::credential_validator) either the system's keys are taken.
    #[cfg(feature = "kerberos")]
    pub fn set_kerberos_options(&self, value: Option<KerberosServerOptions>) {
        let gatekeeper = &self.shared().gatekeeper;
        gatekeeper.change(|rules| rules.kerberos = value);
    }

    /// Sets how clients log in with NTLM, by itself and as one of the logins of Negotiate. The
    /// channel binding is that of each connection, whatever stands here.
    pub fn set_ntlm_options(&self, value: NtlmServerOptions) {
        let gatekeeper = &self.shared().gatekeeper;
        gatekeeper.change(|rules| rules.ntlm = value);
    }

    /// Sets how clients log in with Digest. Nonces that were given out before are good no more.
    ///
    /// With `auth_int` a client's proof may cover the body of its request. Such a body is read whole
    /// before the program sees the request, up to
    /// [`digest_body_bytes`](crate::HttpListenerLimits::digest_body_bytes); a request whose body is
    /// another than the client's is answered with 401. The listener's own proof covers the body of the
    /// response then: it stands in the head for a body that is given whole, behind one that is sent in
    /// chunks, and is left out for one that is written to a stream after its length was announced.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] as
    /// [`DigestServer::new`](system_net_security::authentication::DigestServer::new) has it.
    pub fn set_digest_options(&self, value: DigestServerOptions) -> Result<(), Misuse> {
        let gatekeeper = &self.shared().gatekeeper;
        let realm = self.realm().unwrap_or_default();
        let digest = Digest::new(&realm, value);
        digest.server()?;
        gatekeeper.change(|rules| rules.digest = Arc::new(digest));
        Ok(())
    }
}
