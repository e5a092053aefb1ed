//! Names of services that differ from what their addresses say.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use system_net_primitives::Misuse;
use system_net_uri::Uri;

/// Service names (SPNs) by the addresses they are for: what a login names in place of `HTTP/host`
/// for addresses that begin with one of these.
///
/// Of several the longest counts. Letter case does not count, nor user information, query and
/// fragment. A path fits by its letters, not by its folders: end it with a slash to mean a folder.
///
/// .NET: `System.Net.AuthenticationManager.CustomTargetNameDictionary`
///
/// # Examples
/// ```
/// use system_net_security::authentication::CustomTargetNameDictionary;
/// use system_net_uri::Uri;
///
/// let names = CustomTargetNameDictionary::new();
/// names.set("http://alias/", "HTTP/server.example")?;
/// let uri = Uri::parse("http://alias/docs?x=1").unwrap();
/// assert_eq!(names.find(&uri).as_deref(), Some("HTTP/server.example"));
/// # Ok::<(), system_net_primitives::Misuse>(())
/// ```
#[derive(Default)]
pub struct CustomTargetNameDictionary {
    names: RwLock<BTreeMap<String, String>>,
}

impl CustomTargetNameDictionary {
    /// No name.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name for addresses that begin with this one.
    ///
    /// .NET: `System.Collections.Specialized.StringDictionary.Add`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if the address is not an absolute one, or there is a name for it.
    pub fn add(&self, uri_prefix: &str, target_name: impl Into<String>) -> Result<(), Misuse> {
        let key = key_of_text(uri_prefix)?;
        let mut names = self.write();
        if names.contains_key(&key) {
            return Err(Misuse::invalid_argument(
                "key",
                format!("there is a target name for {key} already"),
            ));
        }
        names.insert(key, target_name.into());
        Ok(())
    }

    /// Adds a name for addresses that begin with this one, or changes it.
    ///
    /// .NET: `System.Collections.Specialized.StringDictionary.Item`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if the address is not an absolute one.
    pub fn set(&self, uri_prefix: &str, target_name: impl Into<String>) -> Result<(), Misuse> {
        let key = key_of_text(uri_prefix)?;
        self.write().insert(key, target_name.into());
        Ok(())
    }

    /// Takes out the name for addresses that begin with this one; false if there was none.
    ///
    /// .NET: `System.Collections.Specialized.StringDictionary.Remove`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] if the address is not an absolute one.
    pub fn remove(&self, uri_prefix: &str) -> Result<bool, Misuse> {
        let key = key_of_text(uri_prefix)?;
        Ok(self.write().remove(&key).is_some())
    }

    /// The name for an address: that of the longest beginning that was added.
    #[must_use]
    pub fn find(&self, uri: &Uri) -> Option<String> {
        let names = self.read();
        if names.is_empty() {
            return None;
        }
        let key = key_of(uri);
        let fitting = names.iter().filter(|(prefix, _)| key.starts_with(*prefix));
        let (_, name) = fitting.max_by_key(|(prefix, _)| prefix.len())?;
        Some(name.clone())
    }

    /// Takes out all names.
    ///
    /// .NET: `System.Collections.Specialized.StringDictionary.Clear`
    pub fn clear(&self) {
        self.write().clear();
    }

    /// How many names there are.
    ///
    /// .NET: `System.Collections.Specialized.StringDictionary.Count`
    #[must_use]
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// Whether there is no name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All names, with the addresses they are for.
    #[must_use]
    pub fn to_vec(&self) -> Vec<(String, String)> {
        let names = self.read();
        let pairs = names.iter();
        pairs
            .map(|(key, name)| (key.clone(), name.clone()))
            .collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, String>> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, String>> {
        self.names.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_of_text(uri: &str) -> Result<String, Misuse> {
    let parsed = Uri::parse(uri).ok().filter(Uri::is_absolute_uri);
    let parsed = parsed.ok_or_else(|| {
        Misuse::invalid_argument("key", "expected an absolute address, as http://server/")
    })?;
    Ok(key_of(&parsed))
}

/// Scheme, host, port and path in lower case. The port always stands there, so that a host is not
/// the beginning of a longer one.
fn key_of(uri: &Uri) -> String {
    let port = uri.port().map_or_else(String::new, |port| port.to_string());
    let path = uri.absolute_path();
    format!("{}://{}:{port}{path}", uri.scheme(), uri.host()).to_lowercase()
}

impl fmt::Debug for CustomTargetNameDictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.read().iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_target_name_longest_prefix() {
        let names = CustomTargetNameDictionary::new();
        names.add("http://h/", "HTTP/root").unwrap();
        names.add("http://h/a/", "HTTP/a").unwrap();
        names.add("http://h/a/b", "HTTP/b").unwrap();
        names.add("https://h:8443/", "HTTP/secure").unwrap();
        assert_eq!(names.len(), 4);
        assert_eq!(names.to_vec()[0].1, "HTTP/root");
        for (uri, expected) in [
            ("http://h", Some("HTTP/root")),
            ("http://H:80/x?y#z", Some("HTTP/root")),
            ("http://user:pw@h/x", Some("HTTP/root")),
            ("http://h/a", Some("HTTP/root")),
            ("http://h/a/x", Some("HTTP/a")),
            ("http://h/A/B", Some("HTTP/b")),
            ("http://h/a/bc", Some("HTTP/b")),
            ("http://h:81/", None),
            ("http://h.evil/", None),
            ("https://h/", None),
            ("https://h:8443/x", Some("HTTP/secure")),
            ("https://h:844/x", None),
        ] {
            let found = names.find(&Uri::parse(uri).unwrap());
            assert_eq!(found.as_deref(), expected, "{uri}");
        }
        assert!(matches!(
            names.add("http://H:80", "HTTP/x"),
            Err(Misuse::InvalidArgument { .. })
        ));
        names.set("http://H:80", "HTTP/x").unwrap();
        let root = Uri::parse("http://h/").unwrap();
        assert_eq!(names.find(&root).as_deref(), Some("HTTP/x"));
        assert!(names.remove("http://h/").unwrap() && !names.remove("http://h/").unwrap());
        assert_eq!(names.find(&root), None);
        for key in ["", "/a", "h"] {
            assert!(names.set(key, "HTTP/x").is_err(), "{key}");
        }
        names.clear();
        assert!(names.is_empty());
    }
}
