//! Credentials that answer for the schemes alone that the command line names.

use std::sync::Arc;

use system_net::{CredentialCache, Credentials, NetworkCredential, Uri};

/// The login, for these schemes alone; for all with `None`. Without name and password it stands for
/// the user who runs the program, as with curl.
pub(crate) fn login(
    credential: NetworkCredential,
    allowed: Option<Vec<&'static str>>,
) -> Arc<dyn Credentials> {
    let nameless = credential.user_name().is_empty() && credential.password().is_empty();
    let by_name = ["NTLM", "Negotiate"];
    let own = allowed
        .as_ref()
        .is_some_and(|allowed| nameless && allowed.iter().all(|scheme| by_name.contains(scheme)));
    let inner: Arc<dyn Credentials> = match own {
        true => CredentialCache::default_credentials(),
        false => Arc::new(credential),
    };
    restricted(inner, allowed)
}

/// The same credentials, for these schemes alone; for all with `None`.
pub(crate) fn restricted(
    inner: Arc<dyn Credentials>,
    allowed: Option<Vec<&'static str>>,
) -> Arc<dyn Credentials> {
    match allowed {
        Some(allowed) => Arc::new(Restricted { inner, allowed }),
        None => inner,
    }
}

struct Restricted {
    inner: Arc<dyn Credentials>,
    allowed: Vec<&'static str>,
}

impl Credentials for Restricted {
    fn get_credential(&self, uri: &Uri, auth_type: &str) -> Option<NetworkCredential> {
        let is_allowed = |scheme: &&str| scheme.eq_ignore_ascii_case(auth_type);
        let allowed = self.allowed.iter().any(is_allowed);
        allowed.then(|| self.inner.get_credential(uri, auth_type))?
    }

    fn is_default(&self) -> bool {
        self.inner.is_default()
    }

    fn is_bound_to_addresses(&self) -> bool {
        self.inner.is_bound_to_addresses()
    }
}
