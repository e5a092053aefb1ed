//! The rule whether a credential may be used for a request at all.

use std::fmt;

use system_net_primitives::{Credentials, NetworkCredential};
use system_net_uri::{HostAddress, Uri};

use super::{AuthenticationModule, AuthenticationRequest};
use crate::trace;

/// Decides whether a credential goes along with a request. Asked for each credential that a module
/// is about to use, answering a challenge or before one.
///
/// .NET: `System.Net.ICredentialPolicy`
#[doc(alias = "ICredentialPolicy")]
pub trait CredentialPolicy: Send + Sync {
    /// Whether the credential may be used.
    ///
    /// .NET: `System.Net.ICredentialPolicy.ShouldSendCredential`
    #[doc(alias = "ICredentialPolicy.ShouldSendCredential")]
    fn should_send_credential(
        &self,
        challenge_uri: &Uri,
        request: &CredentialUse<'_>,
        credential: &NetworkCredential,
        module: &dyn AuthenticationModule,
    ) -> bool;
}

/// What a [`CredentialPolicy`] learns about the request.
#[derive(Clone, Copy, Debug)]
pub struct CredentialUse<'a> {
    method: &'a str,
    target: &'a str,
    proxy: bool,
    secure: bool,
    connection_group: Option<&'a str>,
}

impl<'a> CredentialUse<'a> {
    /// The request's method.
    #[must_use]
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// The target as it stands in the request line.
    #[must_use]
    pub const fn target(&self) -> &'a str {
        self.target
    }

    /// Whether a proxy asks (407) and not the origin (401).
    #[must_use]
    pub const fn is_proxy(&self) -> bool {
        self.proxy
    }

    /// Whether the message travels encrypted.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The connection group of the request, if it has one.
    #[must_use]
    pub const fn connection_group(&self) -> Option<&'a str> {
        self.connection_group
    }
}

/// Lets credentials go to hosts of the own network alone: names without a dot, and the domains that
/// are named.
///
/// .NET: `Microsoft.Win32.IntranetZoneCredentialPolicy`
///
/// # Differences from .NET
/// Windows asks the zones of its Internet settings, which do not exist here: the domains of the own
/// network are named instead. As in Windows, an address is not of the own network unless it is the
/// loopback one.
///
/// # Examples
/// ```
/// use std::sync::Arc;
///
/// use system_net_security::authentication::{AuthenticationModules, IntranetZoneCredentialPolicy};
///
/// let modules = AuthenticationModules::new();
/// let policy = IntranetZoneCredentialPolicy::new().with_domain("corp.example");
/// modules.set_credential_policy(Some(Arc::new(policy)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct IntranetZoneCredentialPolicy {
    domains: Vec<String>,
}

impl IntranetZoneCredentialPolicy {
    /// Names without a dot, and the loopback addresses.
    ///
    /// .NET: `Microsoft.Win32.IntranetZoneCredentialPolicy..ctor`
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a domain: the name itself, and all names below it.
    #[must_use]
    pub fn with_domain(mut self, name: &str) -> Self {
        let name = name.trim_start_matches('.').trim_end_matches('.');
        self.domains.push(name.to_ascii_lowercase());
        self
    }

    /// Whether the host is one of the own network.
    #[must_use]
    pub fn is_intranet(&self, uri: &Uri) -> bool {
        match uri.host_address() {
            HostAddress::Dns(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                !name.is_empty() && (!name.contains('.') || self.is_below_a_domain(&name))
            }
            HostAddress::V4(address) => address.is_loopback(),
            HostAddress::V6(address, _) => address.is_loopback(),
            _ => false,
        }
    }

    fn is_below_a_domain(&self, name: &str) -> bool {
        self.domains.iter().any(|domain| {
            let rest = name.strip_suffix(domain.as_str());
            !domain.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }
}

impl CredentialPolicy for IntranetZoneCredentialPolicy {
    /// Whether the challenge came from the own network.
    ///
    /// .NET: `Microsoft.Win32.IntranetZoneCredentialPolicy.ShouldSendCredential`
    fn should_send_credential(
        &self,
        challenge_uri: &Uri,
        _request: &CredentialUse<'_>,
        _credential: &NetworkCredential,
        _module: &dyn AuthenticationModule,
    ) -> bool {
        self.is_intranet(challenge_uri)
    }
}

/// Credentials as one module gets them for one request: those that the policy lets go.
pub(super) struct Judged<'a> {
    credentials: &'a dyn Credentials,
    rule: Option<Rule<'a>>,
    /// The policy, asked for the default credential, keeps it: it is not one then.
    default: bool,
}

struct Rule<'a> {
    policy: &'a dyn CredentialPolicy,
    uri: &'a Uri,
    usage: CredentialUse<'a>,
    module: &'a dyn AuthenticationModule,
}

impl<'a> Judged<'a> {
    pub(super) fn new(
        credentials: &'a dyn Credentials,
        policy: Option<&'a dyn CredentialPolicy>,
        request: &AuthenticationRequest<'a>,
        module: &'a dyn AuthenticationModule,
    ) -> Self {
        let rule = policy.map(|policy| Rule {
            policy,
            uri: request.challenged_uri(),
            usage: CredentialUse {
                method: request.method(),
                target: request.target(),
                proxy: request.is_proxy(),
                secure: request.is_secure(),
                connection_group: request.connection_group(),
            },
            module,
        });
        let default = credentials.is_default();
        Self {
            credentials,
            rule,
            default,
        }
    }
}

impl Rule<'_> {
    fn lets_go(&self, credential: &NetworkCredential) -> bool {
        let Self {
            policy,
            uri,
            usage,
            module,
        } = self;
        let goes = policy.should_send_credential(uri, usage, credential, *module);
        if !goes {
            trace::authentication().information(
                "Authenticate",
                format_args!(
                    "the credential policy keeps the credential for {} from {}",
                    module.authentication_type(),
                    uri.host()
                ),
            );
        }
        goes
    }
}

impl Credentials for Judged<'_> {
    fn get_credential(&self, uri: &Uri, auth_type: &str) -> Option<NetworkCredential> {
        let credential = self.credentials.get_credential(uri, auth_type)?;
        let goes = self
            .rule
            .as_ref()
            .is_none_or(|rule| rule.lets_go(&credential));
        goes.then_some(credential)
    }

    fn with_credential(
        &self,
        uri: &Uri,
        auth_type: &str,
        look: &mut dyn FnMut(&NetworkCredential),
    ) {
        self.credentials
            .with_credential(uri, auth_type, &mut |credential| {
                let rule = self.rule.as_ref();
                if rule.is_none_or(|rule| rule.lets_go(credential)) {
                    look(credential);
                }
            });
    }

    fn get_credential_by_host(
        &self,
        host: &str,
        port: u16,
        authentication_type: &str,
    ) -> Option<NetworkCredential> {
        let by_host =
            |from: &dyn Credentials| from.get_credential_by_host(host, port, authentication_type);
        let credential = by_host(self.credentials)?;
        let goes = self
            .rule
            .as_ref()
            .is_none_or(|rule| rule.lets_go(&credential));
        goes.then_some(credential)
    }

    fn is_default(&self) -> bool {
        // A module that learns so need not ask for the credential itself any more.
        self.default
            && self.rule.as_ref().is_none_or(|rule| {
                let default = system_net_primitives::CredentialCache::default_network_credentials();
                rule.lets_go(&default)
            })
    }

    fn is_bound_to_addresses(&self) -> bool {
        self.credentials.is_bound_to_addresses()
    }
}

impl fmt::Debug for Judged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judged").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use system_net_primitives::{CredentialCache, NetworkCredential};

    use super::*;
    use crate::authentication::{AuthenticationModules, AuthenticationState, Challenges};

    /// What was asked, and what is answered.
    struct Asked(Mutex<Vec<String>>, fn(&dyn AuthenticationModule) -> bool);

    impl CredentialPolicy for Asked {
        fn should_send_credential(
            &self,
            challenge_uri: &Uri,
            request: &CredentialUse<'_>,
            credential: &NetworkCredential,
            module: &dyn AuthenticationModule,
        ) -> bool {
            self.0.lock().unwrap().push(format!(
                "{} {} {} {}",
                module.authentication_type(),
                request.method(),
                challenge_uri.host(),
                credential.user_name()
            ));
            (self.1)(module)
        }
    }

    /// The scheme that answers both challenges under this rule, and what the rule was asked.
    #[track_caller]
    fn check(
        rule: fn(&dyn AuthenticationModule) -> bool,
        credentials: &dyn Credentials,
        expected: Option<&str>,
        asked: &[&str],
    ) {
        let modules = AuthenticationModules::new();
        let policy = Arc::new(Asked(Mutex::default(), rule));
        modules.set_credential_policy(Some(Arc::clone(&policy) as _));
        assert!(modules.credential_policy().is_some());
        let uri = Uri::parse("http://h/").unwrap();
        let mut state = AuthenticationState::new();
        let mut request = AuthenticationRequest::new(&uri, "GET", false, &mut state);
        let challenges = "Basic realm=r, Digest realm=r, nonce=n, NTLM";
        let challenges = Challenges::parse([challenges.as_bytes()]);
        let answer = modules.authenticate(&challenges, &mut request, credentials);
        let scheme = answer
            .as_ref()
            .map(|answer| answer.authentication_type().to_owned());
        assert_eq!(scheme.as_deref(), expected);
        assert_eq!(*policy.0.lock().unwrap(), asked);
        modules.set_credential_policy(None);
        let mut state = AuthenticationState::new();
        let mut request = AuthenticationRequest::new(&uri, "GET", false, &mut state);
        let answer = modules
            .authenticate(&challenges, &mut request, credentials)
            .unwrap();
        assert_eq!(answer.authentication_type(), "NTLM");
    }

    #[test]
    fn credential_policy_called() {
        let joe = NetworkCredential::new("joe", "pw");
        check(|_| true, &joe, Some("NTLM"), &["NTLM GET h joe"]);
        check(
            |module| module.authentication_type() == "Digest",
            &joe,
            Some("Digest"),
            &["NTLM GET h joe", "Digest GET h joe"],
        );
        check(
            |_| false,
            &joe,
            None,
            &["NTLM GET h joe", "Digest GET h joe", "Basic GET h joe"],
        );
    }

    #[test]
    fn the_default_credential_is_asked_for_too() {
        let modules = AuthenticationModules::new();
        let policy = Arc::new(Asked(Mutex::default(), |_| false));
        modules.set_credential_policy(Some(policy));
        let uri = Uri::parse("http://h/").unwrap();
        let mut state = AuthenticationState::new();
        let mut request = AuthenticationRequest::new(&uri, "GET", false, &mut state);
        let challenges = Challenges::parse([b"NTLM, Basic realm=r".as_slice()]);
        let default = CredentialCache::default_credentials();
        assert!(
            modules
                .authenticate(&challenges, &mut request, &default)
                .is_none()
        );
    }

    #[test]
    fn intranet_zone_policy_knows_its_own_network() {
        let policy = IntranetZoneCredentialPolicy::new().with_domain(".Corp.example.");
        for (uri, inside) in [
            ("http://server/", true),
            ("http://localhost:8080/", true),
            ("http://127.0.0.1/", true),
            ("http://[::1]/", true),
            ("http://corp.example/", true),
            ("http://a.b.CORP.example/", true),
            ("http://corp.example./", true),
            ("http://notcorp.example/", false),
            ("http://corp.example.evil/", false),
            ("http://example/", true),
            ("http://10.0.0.1/", false),
            ("http://[fe80::1]/", false),
            ("http://www.example.org/", false),
        ] {
            assert_eq!(
                policy.is_intranet(&Uri::parse(uri).unwrap()),
                inside,
                "{uri}"
            );
        }
    }
}
