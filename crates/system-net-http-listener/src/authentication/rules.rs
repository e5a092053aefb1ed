//! What the members of a listener about logins set, and whether it fits together.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use system_net_config::NetContext;
use system_net_primitives::Misuse;
use system_net_security::accounts::CredentialValidator;
use system_net_security::authentication::{BasicServer, DigestServer, DigestServerOptions};
use system_net_security::extended_protection::{
    ExtendedProtectionPolicy, PolicyEnforcement, ProtectionScenario, ServiceNameCollection,
};
use system_net_security::ntlm::{NtlmServerOptions, OwnChallenges};

use super::covered::HeldBytes;
use super::kerberos;
use super::{AuthenticationSchemeSelector, AuthenticationSchemes, ExtendedProtectionSelector};
use crate::request::HttpListenerRequest;

/// The rules of a listener, and at one glance whether there are any.
pub(crate) struct Gatekeeper {
    asks: AtomicBool,
    pub(super) held: HeldBytes,
    rules: Mutex<Arc<Rules>>,
}

impl Gatekeeper {
    pub(crate) fn new(context: &NetContext) -> Self {
        Self {
            asks: AtomicBool::new(false),
            held: HeldBytes::default(),
            rules: Mutex::new(Arc::new(Rules::new(context))),
        }
    }

    /// Whether requests are asked who sends them.
    #[inline]
    pub(crate) fn asks(&self) -> bool {
        self.asks.load(Ordering::Acquire)
    }

    /// The rules as they are now.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.lock())
    }

    /// Changes the rules, for requests from now on.
    pub(super) fn change(&self, change: impl FnOnce(&mut Rules)) {
        let mut rules = self.lock();
        change(Arc::make_mut(&mut rules));
        let asks =
            rules.schemes != AuthenticationSchemes::ANONYMOUS || rules.scheme_selector.is_some();
        self.asks.store(asks, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Rules>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who may log in, and how.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(super) schemes: AuthenticationSchemes,
    pub(super) scheme_selector: Option<AuthenticationSchemeSelector>,
    pub(super) realm: Option<String>,
    pub(super) keeps_ntlm: bool,
    pub(super) policy: Option<ExtendedProtectionPolicy>,
    /// What is wrong with the policy of the settings, unless the program has set one.
    pub(super) unfit: Option<Misuse>,
    pub(super) policy_selector: Option<ExtendedProtectionSelector>,
    pub(super) users: Option<Arc<dyn CredentialValidator>>,
    pub(super) kerberos: Option<kerberos::Options>,
    pub(super) ntlm: NtlmServerOptions,
    pub(super) digest: Arc<Digest>,
}

/// The server's side of Digest, made when it is needed first: it draws random bytes. It knows the
/// numbers that were used, so that one stays as long as its settings do.
pub(super) struct Digest {
    pub(super) realm: String,
    pub(super) options: DigestServerOptions,
    server: OnceLock<DigestServer>,
}

impl Digest {
    pub(super) fn new(realm: &str, options: DigestServerOptions) -> Self {
        Self {
            realm: realm.to_owned(),
            options,
            server: OnceLock::new(),
        }
    }

    pub(super) fn server(&self) -> Result<&DigestServer, Misuse> {
        if let Some(server) = self.server.get() {
            return Ok(server);
        }
        let made = DigestServer::new(&self.realm, self.options.clone())?;
        Ok(self.server.get_or_init(|| made))
    }
}

impl Rules {
    fn new(context: &NetContext) -> Self {
        let clock = context.clock();
        let configured = &context.settings().http_listener.extended_protection_policy;
        let configured = configured
            .as_ref()
            .map(ExtendedProtectionPolicy::from_element);
        let (policy, unfit) = match configured.transpose() {
            Ok(policy) => (policy, None),
            Err(unfit) => (None, Some(unfit)),
        };
        let digest = DigestServerOptions {
            clock: Arc::clone(clock),
            ..DigestServerOptions::default()
        };
        Self {
            schemes: AuthenticationSchemes::ANONYMOUS,
            scheme_selector: None,
            realm: None,
            keeps_ntlm: false,
            policy,
            unfit,
            policy_selector: None,
            users: None,
            kerberos: None,
            ntlm: NtlmServerOptions {
                computer: computer(machine_name().as_deref()),
                own_challenges: OwnChallenges::of_process().clone(),
                clock: Arc::clone(clock),
                ..NtlmServerOptions::default()
            },
            digest: Arc::new(Digest::new("", digest)),
        }
    }

    /// The realm that challenges name.
    pub(super) fn basic(&self) -> Result<BasicServer, Misuse> {
        BasicServer::new(self.realm.as_deref().unwrap_or_default())
    }

    /// What ties a login of this request to its channel or service.
    pub(super) fn policy_of(
        &self,
        request: &HttpListenerRequest,
        supported: bool,
    ) -> ExtendedProtectionPolicy {
        let never = || ExtendedProtectionPolicy::new(PolicyEnforcement::Never);
        if let Some(selector) = &self.policy_selector {
            return selector(request).unwrap_or_else(never);
        }
        match &self.policy {
            Some(policy) => policy.clone(),
            // Whoever sends a binding means it.
            None if request.is_secure_connection() && supported => {
                ExtendedProtectionPolicy::new(PolicyEnforcement::WhenSupported)
            }
            None => never(),
        }
    }

    /// How clients log in by Kerberos; `None` if they do not.
    ///
    /// Without users there is nothing else that a negotiation could choose: the system's keys are
    /// taken then.
    pub(super) fn kerberos(&self) -> Option<kerberos::Options> {
        match (&self.kerberos, &self.users) {
            (None, None) => Some(kerberos::Options::default()),
            (options, _) => options.clone(),
        }
    }

    /// Whether the schemes can be done at all, and can let anybody in.
    ///
    /// # Errors
    /// What is missing, and how to give it.
    pub(crate) fn check(
        &self,
        has_plain_prefix: bool,
        default_names: impl FnOnce() -> ServiceNameCollection,
    ) -> Result<(), Misuse> {
        let asked = |schemes| self.schemes.intersects(schemes);
        for scheme in [AuthenticationSchemes::DIGEST, AuthenticationSchemes::NTLM] {
            if asked(scheme) {
                self.check_users(scheme)?;
            }
        }
        if asked(AuthenticationSchemes::NEGOTIATE) && !kerberos::IS_BUILT_IN {
            self.check_users(AuthenticationSchemes::NEGOTIATE)?;
        }
        if asked(AuthenticationSchemes::DIGEST) {
            self.digest.server()?;
        }
        if let Some(unfit) = &self.unfit {
            return Err(unfit.clone());
        }
        let Some(policy) = &self.policy else {
            return Ok(());
        };
        let integrated = AuthenticationSchemes::INTEGRATED_WINDOWS_AUTHENTICATION;
        let wants_names = policy.policy_enforcement() != PolicyEnforcement::Never
            && policy.custom_service_names().is_none()
            && (has_plain_prefix
                || policy.protection_scenario() == ProtectionScenario::TrustedProxy)
            && (asked(integrated) || self.scheme_selector.is_some());
        if wants_names && default_names().is_empty() {
            return Err(Misuse::invalid_operation(
                "the extended protection policy compares service names, and none is known: add a \
                 prefix with the name of a host before the start, or give the policy service names \
                 of its own",
            ));
        }
        Ok(())
    }

    /// # Errors
    /// There are no users.
    pub(super) fn check_users(
        &self,
        scheme: AuthenticationSchemes,
    ) -> Result<&Arc<dyn CredentialValidator>, Misuse> {
        self.users.as_ref().ok_or_else(|| {
            Misuse::invalid_operation(format!(
                "the scheme {scheme} needs to know the users: call set_credential_validator first"
            ))
        })
    }
}

/// The name of this machine, if it has one.
pub(crate) fn machine_name() -> Option<String> {
    let name = system_net_sockets::Dns::get_host_name().ok()?;
    (!name.is_empty()).then_some(name)
}

/// The short name of this machine, as NTLM has it.
fn computer(machine: Option<&str>) -> String {
    let short = machine.and_then(|name| name.split('.').next());
    let fit = short.filter(|name| !name.is_empty());
    fit.map_or_else(|| "SERVER".to_owned(), str::to_uppercase)
}
