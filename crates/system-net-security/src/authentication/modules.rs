//! The registered schemes, their order, and the protection spaces they opened.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use system_net_primitives::{Credentials, Misuse};
use system_net_uri::Uri;

use super::credential_policy::{CredentialPolicy, Judged};
use super::{
    AuthenticationModule, AuthenticationRequest, Authorization, Basic, Challenges,
    CustomTargetNameDictionary, Digest, LogonModule, ProtectionSpace, Update,
};
use crate::negotiate::usual_providers;
use crate::ntlm::NtlmProvider;
use crate::trace;

#[cfg(test)]
mod tests;

/// The schemes that answer challenges, asked in their order: the strongest stands first.
///
/// A context keeps one. Looking at it costs one short lock, never held while a module works.
///
/// .NET: `System.Net.AuthenticationManager`
#[doc(alias = "AuthenticationManager")]
pub struct AuthenticationModules {
    inner: Mutex<Inner>,
    target_names: CustomTargetNameDictionary,
}

#[derive(Default)]
struct Inner {
    modules: Vec<Arc<dyn AuthenticationModule>>,
    /// Oldest first.
    spaces: Vec<(ProtectionSpace, Arc<dyn AuthenticationModule>)>,
    policy: Option<Arc<dyn CredentialPolicy>>,
}

impl AuthenticationModules {
    /// Most protection spaces that are remembered; the oldest is forgotten for a new one.
    pub const MAX_PROTECTION_SPACES: usize = 1024;

    /// The built-in schemes, strongest first.
    #[must_use]
    pub fn new() -> Self {
        Self::with_ntlm(NtlmProvider::default())
    }

    /// As [`new`](Self::new), with logins by NTLM, and those by Negotiate that lead to it, as the
    /// provider makes them.
    #[must_use]
    pub fn with_ntlm(ntlm: NtlmProvider) -> Self {
        let modules = Self::empty();
        for module in LogonModule::all(usual_providers(ntlm)) {
            modules.register(Arc::new(module));
        }
        modules.register(Arc::new(Digest::new()));
        modules.register(Arc::new(Basic::new()));
        modules
    }

    /// No scheme at all.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            inner: Mutex::default(),
            target_names: CustomTargetNameDictionary::new(),
        }
    }

    /// Adds a module at the end of the order. A module of the same type is taken out first.
    ///
    /// .NET: `System.Net.AuthenticationManager.Register`
    #[doc(alias = "AuthenticationManager.Register")]
    pub fn register(&self, module: Arc<dyn AuthenticationModule>) {
        let mut inner = self.lock();
        inner.remove(module.authentication_type());
        inner.modules.push(module);
    }

    /// Takes out the module of a type; letter case does not count.
    ///
    /// .NET: `System.Net.AuthenticationManager.Unregister`
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`] if no such module is registered.
    #[doc(alias = "AuthenticationManager.Unregister")]
    pub fn unregister(&self, authentication_type: &str) -> Result<(), Misuse> {
        if self.lock().remove(authentication_type) {
            Ok(())
        } else {
            Err(Misuse::invalid_operation(format!(
                "no authentication module is registered for \"{authentication_type}\""
            )))
        }
    }

    /// The modules in their order.
    ///
    /// .NET: `System.Net.AuthenticationManager.RegisteredModules`
    #[doc(alias = "AuthenticationManager.RegisteredModules")]
    #[must_use]
    pub fn registered_modules(&self) -> Vec<Arc<dyn AuthenticationModule>> {
        self.lock().modules.clone()
    }

    /// The rule that is asked before any credential is used; `None`, the default, lets each go.
    ///
    /// .NET: `System.Net.AuthenticationManager.CredentialPolicy`
    #[doc(alias = "AuthenticationManager.CredentialPolicy")]
    #[must_use]
    pub fn credential_policy(&self) -> Option<Arc<dyn CredentialPolicy>> {
        self.lock().policy.clone()
    }

    /// Sets the rule that is asked before any credential is used.
    ///
    /// .NET: `System.Net.AuthenticationManager.CredentialPolicy`
    pub fn set_credential_policy(&self, policy: Option<Arc<dyn CredentialPolicy>>) {
        self.lock().policy = policy;
    }

    /// The names of services that differ from what their addresses say.
    ///
    /// .NET: `System.Net.AuthenticationManager.CustomTargetNameDictionary`
    #[doc(alias = "AuthenticationManager.CustomTargetNameDictionary")]
    #[must_use]
    pub fn custom_target_name_dictionary(&self) -> &CustomTargetNameDictionary {
        &self.target_names
    }

    /// Asks the modules in their order; the first that answers wins. None is asked once a login of
    /// the request was refused ([`AuthenticationState::refuse`](super::AuthenticationState::refuse)):
    /// a module that has nothing to log in with is passed over, one that was refused is not.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.AuthenticationManager.Authenticate`
    #[doc(alias = "AuthenticationManager.Authenticate")]
    #[must_use]
    pub fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<AuthenticationAnswer> {
        let policy = self.credential_policy();
        for module in self.registered_modules() {
            if request.state().is_refused() {
                return None;
            }
            let answer = ask(module, policy.as_deref(), challenges, request, credentials);
            if let Some(answer) = answer {
                let who = answer.module.authentication_type();
                trace::authentication()
                    .information("Authenticate", format_args!("{who} answers the challenge"));
                return Some(answer);
            }
        }
        None
    }

    /// Asks the module of an earlier answer, and no other, for what follows on it. `None`: the
    /// login was refused, which is no reason to send what is weaker. .NET asks no other either.
    ///
    /// Outputs trace information when network tracing is enabled.
    #[must_use]
    pub fn go_on(
        &self,
        answer: &AuthenticationAnswer,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<AuthenticationAnswer> {
        let policy = self.credential_policy();
        let module = Arc::clone(&answer.module);
        let answer = ask(module, policy.as_deref(), challenges, request, credentials)?;
        let who = answer.module.authentication_type();
        trace::authentication()
            .information("Authenticate", format_args!("{who} answers the challenge"));
        Some(answer)
    }

    /// Remembers that the server accepted an answer, so that further requests to the same
    /// protection space can be answered before they are challenged.
    ///
    /// Does nothing if the answer is not complete or its scheme cannot be used that way, nor if it
    /// went out unasked, in a space that is known. Only the scheme is remembered, no credential:
    /// those of the next request are asked again.
    pub fn accepted(&self, answer: &AuthenticationAnswer, request: &AuthenticationRequest<'_>) {
        // A login of a connection waits for the server's last message, which comes with the
        // response that lets the request in.
        let complete = answer.authorization.complete() || answer.binds_connection();
        if answer.unasked || !complete || !answer.module.can_pre_authenticate() {
            return;
        }
        let uri = request.challenged_uri();
        let realm = answer.authorization.protection_realm();
        let spaces: Vec<ProtectionSpace> = if request.is_proxy() {
            vec![ProtectionSpace::of_server(uri)]
        } else if realm.is_empty() {
            vec![ProtectionSpace::of(uri)]
        } else {
            realm
                .iter()
                .filter_map(|name| ProtectionSpace::named(name, uri))
                .collect()
        };
        let mut inner = self.lock();
        for space in spaces {
            let youngest = inner.spaces.last();
            if youngest
                .is_some_and(|(known, by)| *known == space && Arc::ptr_eq(by, &answer.module))
            {
                continue;
            }
            inner.spaces.retain(|(known, _)| *known != space);
            if inner.spaces.len() == Self::MAX_PROTECTION_SPACES {
                inner.spaces.remove(0);
            }
            inner.spaces.push((space, Arc::clone(&answer.module)));
        }
    }

    /// Whether an answer to these challenges may wait for something, such as a key distribution
    /// center.
    #[must_use]
    pub fn may_block(&self, challenges: &Challenges) -> bool {
        self.registered_modules().iter().any(|module| {
            module.may_block() && challenges.find(module.authentication_type()).is_some()
        })
    }

    /// Who answers a request to this address before a challenge, and by which rule; `None` if no
    /// accepted answer opened a space around it.
    #[must_use]
    pub fn pre_authentication(&self, uri: &Uri) -> Option<PreAuthentication> {
        let inner = self.lock();
        let inside = inner.spaces.iter().filter(|(space, _)| space.contains(uri));
        let (_, module) = inside.max_by_key(|(space, _)| space.directory().len())?;
        Some(PreAuthentication {
            module: Arc::clone(module),
            policy: inner.policy.clone(),
        })
    }

    /// Answers before a challenge, if the request lies in a protection space that an accepted
    /// answer opened; of several, the one of the longest directory counts.
    ///
    /// .NET: `System.Net.AuthenticationManager.PreAuthenticate`
    #[doc(alias = "AuthenticationManager.PreAuthenticate")]
    #[must_use]
    pub fn pre_authenticate(
        &self,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<AuthenticationAnswer> {
        let found = self.pre_authentication(request.challenged_uri())?;
        found.answer(request, credentials)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Lists of whole entries: a panic elsewhere cannot leave them half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer of one module.
fn ask(
    module: Arc<dyn AuthenticationModule>,
    policy: Option<&dyn CredentialPolicy>,
    challenges: &Challenges,
    request: &mut AuthenticationRequest<'_>,
    credentials: &dyn Credentials,
) -> Option<AuthenticationAnswer> {
    let judged = Judged::new(credentials, policy, request, &*module);
    let authorization = module.authenticate(challenges, request, &judged)?;
    Some(AuthenticationAnswer {
        authorization,
        module,
        unasked: false,
    })
}

impl Inner {
    fn remove(&mut self, authentication_type: &str) -> bool {
        let is_other = |module: &Arc<dyn AuthenticationModule>| {
            !module
                .authentication_type()
                .eq_ignore_ascii_case(authentication_type)
        };
        let before = self.modules.len();
        self.modules.retain(is_other);
        self.spaces.retain(|(_, module)| is_other(module));
        self.modules.len() < before
    }
}

impl Default for AuthenticationModules {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AuthenticationModules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.lock();
        let types: Vec<&str> = inner
            .modules
            .iter()
            .map(|module| module.authentication_type())
            .collect();
        f.debug_struct("AuthenticationModules")
            .field("modules", &types)
            .field("protection_spaces", &inner.spaces.len())
            .finish()
    }
}

/// The module that answers requests to an address before they are challenged.
pub struct PreAuthentication {
    module: Arc<dyn AuthenticationModule>,
    policy: Option<Arc<dyn CredentialPolicy>>,
}

impl PreAuthentication {
    /// The module.
    #[must_use]
    pub fn module(&self) -> &dyn AuthenticationModule {
        &*self.module
    }

    /// What the module answers; `None` if it has no credential, or the rule keeps it.
    #[must_use]
    pub fn answer(
        self,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<AuthenticationAnswer> {
        let Self { module, policy } = self;
        let judged = Judged::new(credentials, policy.as_deref(), request, &*module);
        let authorization = module.pre_authenticate(request, &judged)?;
        Some(AuthenticationAnswer {
            authorization,
            module,
            unasked: true,
        })
    }
}

impl fmt::Debug for PreAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreAuthentication")
            .field("module", &self.module.authentication_type())
            .finish_non_exhaustive()
    }
}

/// An answer together with the module that gave it.
#[derive(Clone)]
pub struct AuthenticationAnswer {
    authorization: Authorization,
    module: Arc<dyn AuthenticationModule>,
    /// It went out before a challenge.
    unasked: bool,
}

impl AuthenticationAnswer {
    /// The answer.
    #[must_use]
    pub fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// Whether the login holds for the connection it is made on, and not for the request.
    #[must_use]
    pub fn binds_connection(&self) -> bool {
        self.module.binds_connection()
    }

    /// Whether it was given before a challenge: [`AuthenticationModules::accepted`] has nothing to
    /// remember of it.
    #[must_use]
    pub fn is_unasked(&self) -> bool {
        self.unasked
    }

    /// Whether the module may answer the challenges of a response that refused this answer.
    #[must_use]
    pub fn may_repeat(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
    ) -> bool {
        self.module.may_repeat(challenges, request)
    }

    /// Whether [`update`](Self::update) finds nothing in a response that has no field about a login.
    #[must_use]
    pub fn updates_by_fields(&self) -> bool {
        self.module.updates_by_fields()
    }

    /// Lets the module look at the response that lets the request in.
    ///
    /// .NET: `System.Net.ISessionAuthenticationModule.Update`
    #[doc(alias = "ISessionAuthenticationModule.Update")]
    pub fn update(
        &self,
        challenges: &Challenges,
        info: Option<&[u8]>,
        request: &mut AuthenticationRequest<'_>,
    ) -> Update {
        self.module.update(challenges, info, request)
    }

    /// The name of the module's scheme.
    #[must_use]
    pub fn authentication_type(&self) -> &str {
        self.module.authentication_type()
    }
}

impl fmt::Debug for AuthenticationAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationAnswer")
            .field("authentication_type", &self.authentication_type())
            .field("authorization", &self.authorization)
            .finish()
    }
}
