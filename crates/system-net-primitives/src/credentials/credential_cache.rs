//! Credentials by address and by host, and the rule which of several is meant.

use std::fmt;
use std::sync::Arc;

use system_net_uri::Uri;

use super::{Credentials, NetworkCredential};
use crate::Misuse;

/// A collection of credentials, each for the addresses below a prefix or for one host and port,
/// and for one type of authentication.
///
/// Of several prefixes that fit an address, the longest counts. A prefix covers its folder: what
/// stands behind its last slash does not matter. Types and paths compare without regard to ASCII
/// case.
///
/// .NET: `System.Net.CredentialCache`
///
/// # Examples
/// ```
/// use system_net_primitives::{CredentialCache, Credentials, NetworkCredential};
/// use system_net_uri::Uri;
///
/// let mut cache = CredentialCache::new();
/// cache.add(&Uri::parse("https://example.org/")?, "Basic", NetworkCredential::new("all", "1"))?;
/// cache.add(&Uri::parse("https://example.org/in/")?, "Basic", NetworkCredential::new("in", "2"))?;
/// let found = cache.get_credential(&Uri::parse("https://example.org/in/doc")?, "basic");
/// assert_eq!(found.as_ref().map(NetworkCredential::user_name), Some("in"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct CredentialCache {
    by_uri: Vec<ByUri>,
    by_host: Vec<ByHost>,
}

#[derive(Clone)]
struct ByUri {
    prefix: Uri,
    /// The length of the prefix as text, by which the longest is found.
    length: usize,
    auth_type: Box<str>,
    credential: NetworkCredential,
}

#[derive(Clone)]
struct ByHost {
    host: Box<str>,
    port: u16,
    auth_type: Box<str>,
    credential: NetworkCredential,
}

impl CredentialCache {
    /// A collection without credentials.
    ///
    /// .NET: `System.Net.CredentialCache.CredentialCache()`
    #[must_use]
    pub const fn new() -> Self {
        Self {
            by_uri: Vec::new(),
            by_host: Vec::new(),
        }
    }

    /// What stands for the user who runs the process.
    ///
    /// .NET: `System.Net.CredentialCache.DefaultCredentials`
    #[doc(alias = "CredentialCache.DefaultCredentials")]
    #[must_use]
    pub fn default_credentials() -> Arc<dyn Credentials> {
        Arc::new(NetworkCredential::DEFAULT)
    }

    /// What stands for the user who runs the process, as one credential without readable parts.
    ///
    /// .NET: `System.Net.CredentialCache.DefaultNetworkCredentials`
    #[doc(alias = "CredentialCache.DefaultNetworkCredentials")]
    #[must_use]
    pub const fn default_network_credentials() -> NetworkCredential {
        NetworkCredential::DEFAULT
    }

    /// Adds a credential for the addresses below a prefix.
    ///
    /// .NET: `System.Net.CredentialCache.Add(Uri, String, NetworkCredential)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if there is one for the prefix and type, if the prefix is
    /// relative, or if default credentials are added for a type that would reveal them.
    #[doc(alias = "CredentialCache.Add")]
    pub fn add(
        &mut self,
        uri_prefix: &Uri,
        auth_type: &str,
        credential: NetworkCredential,
    ) -> Result<(), Misuse> {
        if !uri_prefix.is_absolute_uri() {
            return Err(Misuse::invalid_argument(
                "uriPrefix",
                "expected an absolute address",
            ));
        }
        check_default(&credential, auth_type)?;
        if self
            .by_uri
            .iter()
            .any(|entry| entry.is(uri_prefix, auth_type))
        {
            return Err(already_there());
        }
        self.by_uri.push(ByUri {
            prefix: uri_prefix.clone(),
            length: uri_prefix.absolute_uri().len(),
            auth_type: auth_type.into(),
            credential,
        });
        Ok(())
    }

    /// Adds a credential for a host and port.
    ///
    /// .NET: `System.Net.CredentialCache.Add(String, Int32, String, NetworkCredential)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an empty host, if there is one for the same host, port and
    /// type, or if default credentials are added for a type that would reveal them.
    #[doc(alias = "CredentialCache.Add")]
    pub fn add_for_host(
        &mut self,
        host: &str,
        port: u16,
        authentication_type: &str,
        credential: NetworkCredential,
    ) -> Result<(), Misuse> {
        if host.is_empty() {
            return Err(Misuse::invalid_argument(
                "host",
                "a host name cannot be empty",
            ));
        }
        check_default(&credential, authentication_type)?;
        if self
            .by_host
            .iter()
            .any(|entry| entry.is(host, port, authentication_type))
        {
            return Err(already_there());
        }
        let (host, auth_type) = (host.into(), authentication_type.into());
        self.by_host.push(ByHost {
            host,
            port,
            auth_type,
            credential,
        });
        Ok(())
    }

    /// Removes the credential of a prefix and type, if there is one.
    ///
    /// .NET: `System.Net.CredentialCache.Remove(Uri, String)`
    #[doc(alias = "CredentialCache.Remove")]
    pub fn remove(&mut self, uri_prefix: &Uri, auth_type: &str) {
        self.by_uri.retain(|entry| !entry.is(uri_prefix, auth_type));
    }

    /// Removes the credential of a host, port and type, if there is one.
    ///
    /// .NET: `System.Net.CredentialCache.Remove(String, Int32, String)`
    #[doc(alias = "CredentialCache.Remove")]
    pub fn remove_for_host(&mut self, host: &str, port: u16, authentication_type: &str) {
        self.by_host
            .retain(|entry| !entry.is(host, port, authentication_type));
    }

    /// All credentials.
    ///
    /// .NET: `System.Net.CredentialCache.GetEnumerator`
    #[doc(alias = "CredentialCache.GetEnumerator")]
    pub fn iter(&self) -> impl Iterator<Item = &NetworkCredential> {
        let by_uri = self.by_uri.iter().map(|entry| &entry.credential);
        by_uri.chain(self.by_host.iter().map(|entry| &entry.credential))
    }
}

impl CredentialCache {
    fn longest(&self, uri: &Uri, auth_type: &str) -> Option<&NetworkCredential> {
        let mut best: Option<&ByUri> = None;
        for entry in &self.by_uri {
            // Of equally long ones the first counts.
            if best.is_none_or(|best| entry.length > best.length) && entry.fits(uri, auth_type) {
                best = Some(entry);
            }
        }
        best.map(|entry| &entry.credential)
    }
}

impl Credentials for CredentialCache {
    /// The credential of the longest prefix that fits.
    ///
    /// .NET: `System.Net.CredentialCache.GetCredential(Uri, String)`
    fn get_credential(&self, uri: &Uri, auth_type: &str) -> Option<NetworkCredential> {
        self.longest(uri, auth_type).cloned()
    }

    fn with_credential(
        &self,
        uri: &Uri,
        auth_type: &str,
        look: &mut dyn FnMut(&NetworkCredential),
    ) {
        if let Some(credential) = self.longest(uri, auth_type) {
            look(credential);
        }
    }

    /// The credential of exactly this host and port.
    ///
    /// .NET: `System.Net.CredentialCache.GetCredential(String, Int32, String)`
    fn get_credential_by_host(
        &self,
        host: &str,
        port: u16,
        authentication_type: &str,
    ) -> Option<NetworkCredential> {
        let entry = self
            .by_host
            .iter()
            .find(|entry| entry.is(host, port, authentication_type))?;
        Some(entry.credential.clone())
    }

    fn is_bound_to_addresses(&self) -> bool {
        true
    }
}

impl ByUri {
    fn is(&self, prefix: &Uri, auth_type: &str) -> bool {
        self.auth_type.eq_ignore_ascii_case(auth_type) && self.prefix == *prefix
    }

    fn fits(&self, uri: &Uri, auth_type: &str) -> bool {
        if !uri.is_absolute_uri()
            || !self.auth_type.eq_ignore_ascii_case(auth_type)
            || self.prefix.scheme() != uri.scheme()
            || self.prefix.host() != uri.host()
            || self.prefix.port() != uri.port()
        {
            return false;
        }
        let (prefix, path) = (self.prefix.absolute_path(), uri.absolute_path());
        let (prefix, path) = (prefix.as_bytes(), path.as_bytes());
        let folder = |path: &[u8]| path.iter().rposition(|&b| b == b'/').unwrap_or_default();
        let length = folder(prefix);
        length <= folder(path) && path[..length].eq_ignore_ascii_case(&prefix[..length])
    }
}

impl ByHost {
    fn is(&self, host: &str, port: u16, auth_type: &str) -> bool {
        self.port == port
            && self.host.eq_ignore_ascii_case(host)
            && self.auth_type.eq_ignore_ascii_case(auth_type)
    }
}

/// Default credentials may go to those types only that do not give the password away.
fn check_default(credential: &NetworkCredential, auth_type: &str) -> Result<(), Misuse> {
    const SAFE: [&str; 3] = ["NTLM", "Negotiate", "Kerberos"];
    if credential.is_default() && !SAFE.iter().any(|safe| safe.eq_ignore_ascii_case(auth_type)) {
        return Err(Misuse::invalid_argument(
            "authType",
            "default credentials are for NTLM, Negotiate and Kerberos only",
        ));
    }
    Ok(())
}

fn already_there() -> Misuse {
    Misuse::invalid_argument(
        "authType",
        "there is a credential for this place and type already",
    )
}

impl fmt::Debug for CredentialCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the whole prefix: it may hold a name and a password of its own.
        let place = |uri: &Uri| format!("{}://{}{}", uri.scheme(), uri.host(), uri.absolute_path());
        let by_uri = self
            .by_uri
            .iter()
            .map(|e| (place(&e.prefix), &*e.auth_type));
        let by_host = self
            .by_host
            .iter()
            .map(|e| (format!("{}:{}", e.host, e.port), &*e.auth_type));
        f.debug_list().entries(by_uri.chain(by_host)).finish()
    }
}
