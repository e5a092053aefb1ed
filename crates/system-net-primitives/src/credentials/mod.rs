//! Who asks: credentials, and the rules by which a request gets one.

mod credential_cache;
mod network_credential;

use std::sync::Arc;

use system_net_uri::Uri;

pub use credential_cache::CredentialCache;
pub use network_credential::NetworkCredential;

/// A source of credentials.
///
/// .NET: `System.Net.ICredentials`, `System.Net.ICredentialsByHost`
#[doc(alias = "ICredentials")]
#[doc(alias = "ICredentialsByHost")]
pub trait Credentials: Send + Sync {
    /// The credential for an address and a type of authentication, as `Basic` or `Negotiate`.
    ///
    /// .NET: `System.Net.ICredentials.GetCredential`
    #[doc(alias = "ICredentials.GetCredential")]
    fn get_credential(&self, uri: &Uri, auth_type: &str) -> Option<NetworkCredential>;

    /// Shows what [`get_credential`](Self::get_credential) gives, and nothing if it gives none: for
    /// whoever only looks at it. A source that has the credential itself need not copy it.
    fn with_credential(
        &self,
        uri: &Uri,
        auth_type: &str,
        look: &mut dyn FnMut(&NetworkCredential),
    ) {
        if let Some(credential) = self.get_credential(uri, auth_type) {
            look(&credential);
        }
    }

    /// The credential for a server that is no web server, as one that takes mail.
    ///
    /// .NET: `System.Net.ICredentialsByHost.GetCredential`
    #[doc(alias = "ICredentialsByHost.GetCredential")]
    fn get_credential_by_host(
        &self,
        host: &str,
        port: u16,
        authentication_type: &str,
    ) -> Option<NetworkCredential> {
        let _ = (host, port, authentication_type);
        None
    }

    /// Whether this stands for the user who runs the process, as
    /// [`CredentialCache::default_credentials`] does. Such credentials go to NTLM, Negotiate and
    /// Kerberos only.
    fn is_default(&self) -> bool {
        false
    }

    /// Whether each credential belongs to the addresses it was added for, as in a
    /// [`CredentialCache`]. Others belong to the place they were set for, and do not follow a
    /// redirect to another origin.
    fn is_bound_to_addresses(&self) -> bool {
        false
    }
}

impl<C: Credentials + ?Sized> Credentials for Arc<C> {
    fn get_credential(&self, uri: &Uri, auth_type: &str) -> Option<NetworkCredential> {
        (**self).get_credential(uri, auth_type)
    }

    fn with_credential(
        &self,
        uri: &Uri,
        auth_type: &str,
        look: &mut dyn FnMut(&NetworkCredential),
    ) {
        (**self).with_credential(uri, auth_type, look);
    }

    fn get_credential_by_host(
        &self,
        host: &str,
        port: u16,
        authentication_type: &str,
    ) -> Option<NetworkCredential> {
        (**self).get_credential_by_host(host, port, authentication_type)
    }

    fn is_default(&self) -> bool {
        (**self).is_default()
    }

    fn is_bound_to_addresses(&self) -> bool {
        (**self).is_bound_to_addresses()
    }
}
