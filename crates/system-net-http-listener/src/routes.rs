//! Which prefix a request belongs to: HTTP.sys's order of hosts, then the longest path.
//!
//! Read: "UrlPrefix Strings" of the HTTP Server API. The order is: strong wildcard (`+`), explicit
//! name, address, weak wildcard (`*`); within each the longest path that matches, without regard to
//! letter case.

use std::net::IpAddr;

use crate::host::RequestHost;
use crate::prefix::{Prefix, PrefixHost};

/// The prefixes of one listening port.
#[derive(Clone, Debug)]
pub(crate) struct Routes<T> {
    /// In the order in which they are asked.
    hosts: Vec<Host<T>>,
}

#[derive(Clone, Debug)]
struct Host<T> {
    host: PrefixHost,
    /// Longest first.
    paths: Vec<(Box<[u8]>, T)>,
}

/// The hosts of [`Routes`] that a request's host goes with, at most one of each kind: indices that
/// stay valid as long as the routes do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Candidates {
    hosts: [u32; 4],
    count: u8,
}

impl Candidates {
    /// Whether no prefix goes with the host, whatever its path.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<T> Routes<T> {
    pub(crate) fn new() -> Self {
        Self { hosts: Vec::new() }
    }

    /// Adds a prefix, which must not be there yet.
    pub(crate) fn add(&mut self, prefix: &Prefix, target: T) {
        let index = match self.hosts.iter().position(|host| host.host == prefix.host) {
            Some(index) => index,
            None => {
                let order = order(&prefix.host);
                let at = self
                    .hosts
                    .partition_point(|host| self::order(&host.host) <= order);
                let host = Host {
                    host: prefix.host.clone(),
                    paths: Vec::new(),
                };
                self.hosts.insert(at, host);
                at
            }
        };
        let paths = &mut self.hosts[index].paths;
        let at = paths.partition_point(|(path, _)| path.len() >= prefix.path.len());
        paths.insert(at, (prefix.path.clone(), target));
    }

    /// Finds what goes with the host of a request that arrived at `local`.
    pub(crate) fn candidates(&self, request: RequestHost<'_>, local: IpAddr) -> Candidates {
        let mut candidates = Candidates::default();
        for (index, host) in self.hosts.iter().enumerate() {
            let matches = match &host.host {
                PrefixHost::Strong | PrefixHost::Weak => true,
                PrefixHost::Name(name) => {
                    matches!(request, RequestHost::Name(asked) if asked.eq_ignore_ascii_case(name))
                }
                // Where a client says it is going opens nothing: only where it came to does.
                PrefixHost::Address(listed) => *listed == local,
            };
            // One of each kind at most, so there is always room.
            if matches && usize::from(candidates.count) < candidates.hosts.len() {
                candidates.hosts[usize::from(candidates.count)] = index as u32;
                candidates.count += 1;
            }
        }
        candidates
    }

    /// The target that every path leads to, if there is one: that of the root, before all others.
    #[inline]
    pub(crate) fn root_only(&self, candidates: Candidates) -> Option<&T> {
        if candidates.is_empty() {
            return None;
        }
        match &*self.hosts[candidates.hosts[0] as usize].paths {
            [(path, target)] if **path == *b"/" => Some(target),
            _ => None,
        }
    }

    /// Whether any of the targets is such.
    pub(crate) fn any(&self, mut is_such: impl FnMut(&T) -> bool) -> bool {
        let mut paths = self.hosts.iter().flat_map(|host| &host.paths);
        paths.any(|(_, target)| is_such(target))
    }

    /// The target for a path in canonical form.
    pub(crate) fn find(&self, candidates: Candidates, path: &[u8]) -> Option<&T> {
        candidates.hosts[..usize::from(candidates.count)]
            .iter()
            .flat_map(|&index| &self.hosts[index as usize].paths)
            .find(|(prefix, _)| is_below(path, prefix))
            .map(|(_, target)| target)
    }
}

fn order(host: &PrefixHost) -> u8 {
    match host {
        PrefixHost::Strong => 0,
        PrefixHost::Name(_) => 1,
        PrefixHost::Address(_) => 2,
        PrefixHost::Weak => 3,
    }
}

/// Whether a path is that of a prefix, with or without its last slash, or below it.
fn is_below(path: &[u8], prefix: &[u8]) -> bool {
    let whole = prefix.len();
    match path.get(..whole) {
        Some(start) => start.eq_ignore_ascii_case(prefix),
        None => path.len() + 1 == whole && path.eq_ignore_ascii_case(&prefix[..whole - 1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(routes: &Routes<&'a str>, local: &str, host: &str, path: &str) -> Option<&'a str> {
        let host = RequestHost::parse(host.as_bytes()).unwrap();
        let candidates = routes.candidates(host, local.parse().unwrap());
        let found = routes.find(candidates, path.as_bytes()).copied();
        assert!(found.is_some() || routes.root_only(candidates).is_none());
        found
    }

    fn routes<'a>(prefixes: &[&'a str]) -> Routes<&'a str> {
        let mut routes = Routes::new();
        for &text in prefixes {
            routes.add(&Prefix::parse(text).unwrap(), text);
        }
        routes
    }

    /// F03-20, the part that needs no socket; the rest is in the integration tests.
    #[test]
    fn listener_prefix_table_order() {
        let all = routes(&[
            "http://*/",
            "http://*/weak/",
            "http://example.org/",
            "http://example.org/a/",
            "http://example.org/a/b/",
            "http://127.0.0.1/ip/",
            "http://[::1]/ip/",
            "http://+/strong/",
            "http://+/a/b/strong/",
        ]);
        #[track_caller]
        fn check(routes: &Routes<&str>, local: &str, host: &str, path: &str, prefix: &str) {
            assert_eq!(
                find(routes, local, host, path),
                Some(prefix),
                "{host} {path}"
            );
        }
        let v4 = "127.0.0.1";
        check(&all, v4, "example.org", "/", "http://example.org/");
        check(&all, v4, "EXAMPLE.org:80", "/x", "http://example.org/");
        check(&all, v4, "example.org.", "/a/", "http://example.org/a/");
        check(&all, v4, "example.org", "/a", "http://example.org/a/");
        check(&all, v4, "example.org", "/ab", "http://example.org/");
        check(&all, v4, "example.org", "/A/B/c", "http://example.org/a/b/");
        check(&all, v4, "example.org", "/weak/x", "http://example.org/");
        check(&all, v4, "example.org", "/strong/x", "http://+/strong/");
        check(
            &all,
            v4,
            "example.org",
            "/a/b/strong/",
            "http://+/a/b/strong/",
        );
        check(&all, v4, "other", "/weak/x", "http://*/weak/");
        check(&all, v4, "other", "/x", "http://*/");
        check(&all, v4, "", "/x", "http://*/");
        check(&all, v4, "localhost", "/ip/x", "http://127.0.0.1/ip/");
        check(&all, v4, "127.0.0.1:80", "/ip/x", "http://127.0.0.1/ip/");
        check(&all, v4, "[::1]", "/ip/x", "http://127.0.0.1/ip/");
        check(&all, "::1", "localhost", "/ip/x", "http://[::1]/ip/");
        check(&all, "10.0.0.1", "localhost", "/ip/x", "http://*/");
        check(&all, "10.0.0.1", "127.0.0.1", "/ip/x", "http://*/");

        let few = routes(&["http://example.org/a/", "http://127.0.0.1/"]);
        assert_eq!(find(&few, "10.0.0.1", "example.org", "/"), None);
        assert_eq!(find(&few, "10.0.0.1", "other", "/a/"), None);
        assert_eq!(find(&few, "10.0.0.1", "127.0.0.1", "/"), None);
        check(&few, v4, "other", "/a/", "http://127.0.0.1/");
        check(&few, v4, "10.9.9.9:8080", "/a/", "http://127.0.0.1/");
        check(&few, v4, "example.org", "/b/", "http://127.0.0.1/");
    }
}
