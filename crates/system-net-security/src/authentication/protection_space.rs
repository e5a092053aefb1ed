//! Where credentials that were accepted once may be sent again unasked.
//!
//! To read: RFC 7617 section 2.2, RFC 9110 section 11.5.

use std::net::{Ipv4Addr, Ipv6Addr};

use system_net_uri::{HostAddress, Uri};

/// An origin and a directory on it: all URIs at or below the directory.
///
/// # Examples
/// ```
/// use system_net_security::authentication::ProtectionSpace;
/// use system_net_uri::Uri;
///
/// let asked = Uri::parse("http://example.com/docs/index.html")?;
/// let space = ProtectionSpace::of(&asked);
/// assert!(space.contains(&Uri::parse("http://example.com/docs/new/paper?x=1")?));
/// assert!(!space.contains(&Uri::parse("http://example.com/docs2/")?));
/// assert!(!space.contains(&Uri::parse("http://example.com:8080/docs/")?));
/// # Ok::<(), system_net_uri::UriFormatError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectionSpace {
    scheme: String,
    host: Host,
    port: Option<u16>,
    directory: String,
}

/// The host in the form that is connected to: one of an address has no text, so that each request
/// can be compared with it without writing one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Name(String),
    V4(Ipv4Addr),
    V6(Ipv6Addr, Option<String>),
}

impl ProtectionSpace {
    /// The space a challenge for this URI opens: everything at or below the URI's directory.
    ///
    /// RFC 7617 section 2.2: a client may assume that all paths at or deeper than the depth of
    /// the last symbolic element in the path are within the protection space.
    #[must_use]
    pub fn of(uri: &Uri) -> Self {
        Self {
            scheme: uri.scheme().to_owned(),
            host: Host::of(uri),
            port: uri.port(),
            directory: directory_of(uri).to_owned(),
        }
    }

    /// The whole server: what a proxy's challenge covers.
    #[must_use]
    pub fn of_server(uri: &Uri) -> Self {
        Self {
            directory: "/".to_owned(),
            ..Self::of(uri)
        }
    }

    /// The space that a realm names, absolute or relative to the URI that was challenged.
    ///
    /// Gives `None` for a realm on another server: a server may speak for itself only.
    #[must_use]
    pub fn named(realm: &str, challenged: &Uri) -> Option<Self> {
        let uri = challenged.combine(realm).ok()?;
        let space = Self::of(&uri);
        space.is_server_of(challenged).then_some(space)
    }

    /// Whether the URI lies inside.
    #[must_use]
    pub fn contains(&self, uri: &Uri) -> bool {
        self.is_server_of(uri) && is_below(uri.absolute_path(), &self.directory)
    }

    /// The directory, with the slash at its end.
    #[must_use]
    pub fn directory(&self) -> &str {
        &self.directory
    }

    fn is_server_of(&self, uri: &Uri) -> bool {
        self.scheme == uri.scheme() && self.port == uri.port() && self.host.is_of(uri)
    }
}

impl Host {
    fn of(uri: &Uri) -> Self {
        match uri.host_address() {
            HostAddress::Dns(name) => Self::Name(name.to_owned()),
            HostAddress::V4(address) => Self::V4(address),
            HostAddress::V6(address, zone) => Self::V6(address, zone.map(str::to_owned)),
            _ => Self::Name(uri.host().to_owned()),
        }
    }

    fn is_of(&self, uri: &Uri) -> bool {
        match (self, uri.host_address()) {
            (Self::Name(own), HostAddress::Dns(name)) => own == name,
            (Self::V4(own), HostAddress::V4(address)) => *own == address,
            (Self::V6(own, own_zone), HostAddress::V6(address, zone)) => {
                *own == address && own_zone.as_deref() == zone
            }
            (_, HostAddress::Dns(_) | HostAddress::V4(_) | HostAddress::V6(..)) => false,
            (Self::Name(own), _) => own == uri.host(),
            _ => false,
        }
    }
}

/// Whether the directory of a path begins with this one. That ends in a slash, and so it can be
/// compared without looking for the last slash of the path.
fn is_below(path: &str, directory: &str) -> bool {
    path.starts_with(directory) || directory == "/" && !path.contains('/')
}

/// The path up to its last slash.
fn directory_of(uri: &Uri) -> &str {
    let path = uri.absolute_path();
    path.rfind('/').map_or("/", |slash| &path[..=slash])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(challenged: &str, other: &str, expected: bool) {
        let challenged = Uri::parse(challenged).unwrap();
        let other = Uri::parse(other).unwrap();
        let inside = ProtectionSpace::of(&challenged).contains(&other);
        assert_eq!(inside, expected, "{other:?} below {challenged:?}");
    }

    #[test]
    fn preauth_scope() {
        check("http://h/a/b", "http://h/a/b", true);
        check("http://h/a/b", "http://h/a/c", true);
        check("http://h/a/b", "http://h/a/", true);
        check("http://h/a/b", "http://h/a/c/d?q", true);
        check("http://h/a/b", "http://h/a", false);
        check("http://h/a/b", "http://h/", false);
        check("http://h/a/b", "http://h/ab/c", false);
        check("http://h/a/b/", "http://h/a/c", false);
        check("http://h/a/b/", "http://h/a/b/c", true);
        check("http://h", "http://h/anything/below", true);
        check("http://h/a/", "http://h/a/../b", false);
        check("http://h/a/", "http://h/A/", false);
        check("http://h/a/", "http://H/a/", true);
        check("http://h/a/", "http://h:80/a/", true);
        check("http://h/a/", "http://h:81/a/", false);
        check("http://h/a/", "https://h/a/", false);
        check("http://h/a/", "http://h.evil/a/", false);
        check("http://h/a/", "http://h@evil/a/", false);
        check("http://h/a/?x=/b/", "http://h/a/c", true);
        // One server by any spelling of its address.
        check("http://127.0.0.1/a/", "http://127.1/a/", true);
        check("http://127.0.0.1/a/", "http://127.0.0.2/a/", false);
        check("http://[::1]/a/", "http://[0:0::1]/a/", true);
        check("http://[::1]/a/", "http://[::2]/a/", false);
        check("foo://0x7f.1/a/", "foo://127.0.0.1/a/", true);
        check("http://[fe80::1%25a]/a/", "http://[fe80::1%25a]/a/", true);
        check("http://[fe80::1%25a]/a/", "http://[fe80::1%25b]/a/", false);
        check(
            "http://b\u{fc}cher.example/",
            "http://xn--bcher-kva.example/",
            true,
        );
    }

    #[test]
    fn a_proxy_asks_for_all_of_itself() {
        let proxy = Uri::parse("http://proxy:8080/a/b").unwrap();
        let space = ProtectionSpace::of_server(&proxy);
        assert_eq!(space.directory(), "/");
        assert!(space.contains(&Uri::parse("http://proxy:8080/c").unwrap()));
        assert!(!space.contains(&Uri::parse("http://proxy:8081/c").unwrap()));
    }

    #[test]
    fn a_realm_on_another_server_is_ignored() {
        let challenged = Uri::parse("https://h/a/b").unwrap();
        let space = |realm: &str| ProtectionSpace::named(realm, &challenged);
        assert_eq!(space("/c/").unwrap().directory(), "/c/");
        assert_eq!(space("https://h/").unwrap().directory(), "/");
        assert_eq!(space("d/e").unwrap().directory(), "/a/d/");
        assert_eq!(space("https://evil/"), None);
        assert_eq!(space("http://h/"), None);
        assert_eq!(space("//evil/a/"), None);
    }
}
