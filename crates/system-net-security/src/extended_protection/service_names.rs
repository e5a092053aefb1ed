//! The names of services that a login may be meant for.

use std::fmt;

use system_net_primitives::Misuse;
use system_net_uri::{Uri, UriHostNameType};

/// A list of service principal names, such as `HTTP/www.example.com`.
///
/// Names are compared without regard to case and in a normal form: the host of
/// `HTTP/b\u{fc}cher.example:80` is turned into its ASCII form. No name stands twice.
///
/// .NET: `System.Security.Authentication.ExtendedProtection.ServiceNameCollection`
#[doc(alias = "System.Security.Authentication.ExtendedProtection.ServiceNameCollection")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceNameCollection {
    names: Vec<String>,
}

impl ServiceNameCollection {
    /// A list of these names, in this order; those that stand there already are left out.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ServiceNameCollection..ctor`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an empty name.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Self, Misuse> {
        Self::default().merge(names)
    }

    /// This list with further names behind, in a new list.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ServiceNameCollection.Merge`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for an empty name.
    #[doc(alias = "ServiceNameCollection.Merge")]
    pub fn merge<S: AsRef<str>>(&self, names: impl IntoIterator<Item = S>) -> Result<Self, Misuse> {
        let mut merged = self.clone();
        for name in names {
            let name = name.as_ref();
            if name.is_empty() {
                return Err(Misuse::invalid_argument(
                    "serviceName",
                    "a service name must not be empty",
                ));
            }
            let name = normalize(name);
            if !merged.has(&name) {
                merged.names.push(name);
            }
        }
        Ok(merged)
    }

    /// Whether a name stands in the list; case does not count.
    ///
    /// .NET: `System.Security.Authentication.ExtendedProtection.ServiceNameCollection.Contains`
    #[doc(alias = "ServiceNameCollection.Contains")]
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.has(&normalize(name))
    }

    fn has(&self, normal: &str) -> bool {
        self.names
            .iter()
            .any(|known| known.to_lowercase() == normal.to_lowercase())
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl fmt::Display for ServiceNameCollection {
    /// The names with commas between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names.join(", "))
    }
}

/// `class/host[:port][/rest]` with the host in its ASCII form. Whatever is not of that form, or
/// has an address for a host, stays as it is.
fn normalize(name: &str) -> String {
    normal_form(name)
        .filter(|normal| !normal.eq_ignore_ascii_case(name))
        .unwrap_or_else(|| name.to_owned())
}

fn normal_form(name: &str) -> Option<String> {
    let (class, place) = name.split_once('/')?;
    let (authority, rest) = match place.find('/') {
        Some(slash) => place.split_at(slash),
        None => (place, ""),
    };
    let (host, port) = match authority.rfind(':') {
        Some(colon) => authority.split_at(colon),
        None => (authority, ""),
    };
    if let Some(digits) = port.strip_prefix(':') {
        digits.parse::<u16>().ok()?;
    }
    if Uri::check_host_name(host) != UriHostNameType::Dns {
        return None;
    }
    let uri = Uri::parse(&format!("http://{host}")).ok()?;
    Some(format!("{class}/{}{port}{rest}", uri.idn_host().ok()?))
}
