//! The cookies of a container, by domain, and which of them goes when there is no more room.

use std::collections::HashMap;
use std::time::SystemTime;

use super::cookie::Variant;
use super::rules::{self, Host, Key, Place};
use super::{Cookie, CookieError, CookieErrorKind};

/// How much a container holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) capacity: usize,
    pub(super) per_domain: usize,
    pub(super) cookie_size: usize,
}

/// A cookie that was taken.
struct Stored {
    cookie: Cookie,
    host_only: bool,
    /// When it first came, as a number: among paths of one length the older goes first.
    created: u64,
    /// When it was last sent or set, as a number.
    used: u64,
}

pub(super) struct Store {
    /// By the domain in lower case, without a dot in front.
    domains: HashMap<Box<str>, Vec<Stored>>,
    count: usize,
    /// How many are for safe connections: without any, nothing needs to be looked for.
    secure: usize,
    ticks: u64,
    pub(super) limits: Limits,
}

impl Store {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            domains: HashMap::new(),
            count: 0,
            secure: 0,
            ticks: 0,
            limits,
        }
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Keeps a cookie that was admitted, in the place of the one it is the same as. One that has
    /// ended takes that one away instead.
    pub(super) fn put(
        &mut self,
        cookie: Cookie,
        key: Key,
        now: SystemTime,
    ) -> Result<(), CookieError> {
        if cookie.name.len() + cookie.value.len() > self.limits.cookie_size {
            return Err(CookieErrorKind::TooLong.into());
        }
        let same = |own: &Stored| own.host_only == key.host_only && own.cookie.is_same(&cookie);
        let found = self
            .domains
            .get(key.domain.as_str())
            .and_then(|own| own.iter().position(same));
        if cookie.expired_at(now) {
            if let Some(at) = found {
                self.remove_at(&key.domain, at);
            }
            return Ok(());
        }
        self.ticks += 1;
        let used = self.ticks;
        let secure = usize::from(cookie.secure);
        if let Some(own) = found.and_then(|at| self.domains.get_mut(&*key.domain)?.get_mut(at)) {
            self.secure = self.secure + secure - usize::from(own.cookie.secure);
            own.cookie = cookie;
            own.used = used;
            return Ok(());
        }
        self.make_room(&key.domain, now);
        self.count += 1;
        self.secure += secure;
        let own = self.domains.entry(key.domain.into_boxed_str()).or_default();
        own.push(Stored {
            cookie,
            host_only: key.host_only,
            created: used,
            used,
        });
        Ok(())
    }

    /// rfc6265bis section 5.7, step 16: over a connection that is not safe, no server sets a cookie
    /// that could be taken for one that is for safe connections.
    pub(super) fn would_hide_secure(&self, cookie: &Cookie, domain: &str) -> bool {
        let hides = |own: &Stored| {
            own.cookie.secure
                && own.cookie.name.eq_ignore_ascii_case(&cookie.name)
                && rules::path_matches(super::token::unquoted(&cookie.path), &own.cookie.path)
        };
        self.secure > 0
            && self.domains.iter().any(|(other, own)| {
                let related = **other == *domain
                    || rules::is_below(other, domain)
                    || rules::is_below(domain, other);
                related && own.iter().any(hides)
            })
    }

    /// Hands each cookie for a place to `take`, the longest path first, of equal ones the oldest
    /// first (RFC 6265 section 5.4). Looks at the domains that the host is in, and at no others.
    pub(super) fn each_for(
        &mut self,
        place: &Place<'_>,
        now: SystemTime,
        mut take: impl FnMut(&Cookie),
    ) {
        self.ticks += 1;
        let mut found: Vec<(usize, u64, &str, usize)> = Vec::new();
        let mut ended = 0;
        for (level, name) in names(&place.host).enumerate() {
            let Some((name, own)) = self.domains.get_key_value(name) else {
                continue;
            };
            for (at, stored) in own.iter().enumerate() {
                if stored.cookie.expired_at(now) {
                    ended += 1;
                } else if stored.fits(place, level) {
                    let length = super::token::unquoted(&stored.cookie.path).len();
                    found.push((length, stored.created, name, at));
                }
            }
        }
        found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, _, name, at) in &found {
            if let Some(stored) = self.domains.get(*name).and_then(|own| own.get(*at)) {
                take(&stored.cookie);
            }
        }
        let used: Vec<u64> = found.iter().map(|found| found.1).collect();
        let ticks = self.ticks;
        for name in names(&place.host) {
            if let Some(own) = self.domains.get_mut(name) {
                for stored in own {
                    if used.contains(&stored.created) {
                        stored.used = ticks;
                    }
                }
            }
        }
        if ended > 0 {
            for name in names(&place.host) {
                self.drop_ended_of(name, now);
            }
        }
    }

    /// All that have not ended, the oldest first, with whether each is for one host alone.
    pub(super) fn all(&self, now: SystemTime) -> Vec<(String, bool, Cookie)> {
        let mut all: Vec<(u64, &str, &Stored)> = self
            .domains
            .iter()
            .flat_map(|(domain, own)| {
                own.iter()
                    .map(move |stored| (stored.created, &**domain, stored))
            })
            .filter(|(_, _, stored)| !stored.cookie.expired_at(now))
            .collect();
        all.sort_unstable_by_key(|(created, _, _)| *created);
        all.into_iter()
            .map(|(_, domain, stored)| (domain.to_owned(), stored.host_only, stored.cookie.clone()))
            .collect()
    }

    /// Takes away what is as this one, and says how many that were.
    pub(super) fn remove(&mut self, cookie: &Cookie) -> usize {
        let domain = rules::bare(&cookie.domain).to_ascii_lowercase();
        self.retain_in(&domain, |stored| !stored.cookie.is_same(cookie))
    }

    pub(super) fn clear(&mut self) {
        self.domains.clear();
        (self.count, self.secure) = (0, 0);
    }

    /// Makes what is there fit into smaller limits.
    pub(super) fn shrink(&mut self, now: SystemTime) {
        let names: Vec<Box<str>> = self.domains.keys().cloned().collect();
        for name in names {
            self.drop_ended_of(&name, now);
            let own = self.domains.get(&name).map_or(0, Vec::len);
            for _ in self.limits.per_domain..own {
                self.evict_from(&name);
            }
        }
        while self.count > self.limits.capacity {
            self.evict();
        }
    }

    /// Room for one more of a domain: what has ended goes first, then what was not used for the
    /// longest time; what is not for safe connections before what is.
    fn make_room(&mut self, domain: &str, now: SystemTime) {
        let own = |store: &Self| store.domains.get(domain).map_or(0, Vec::len);
        if own(self) >= self.limits.per_domain {
            self.drop_ended_of(domain, now);
            while own(self) >= self.limits.per_domain {
                self.evict_from(domain);
            }
        }
        if self.count >= self.limits.capacity {
            let names: Vec<Box<str>> = self.domains.keys().cloned().collect();
            for name in names {
                self.drop_ended_of(&name, now);
            }
            while self.count >= self.limits.capacity {
                self.evict();
            }
        }
    }

    fn evict_from(&mut self, domain: &str) {
        let oldest = self
            .domains
            .get(domain)
            .and_then(|own| (0..own.len()).min_by_key(|&at| own[at].worth()));
        if let Some(at) = oldest {
            self.remove_at(domain, at);
        }
    }

    fn evict(&mut self) {
        let oldest = self
            .domains
            .iter()
            .flat_map(|(name, own)| own.iter().map(move |stored| (stored.worth(), name)))
            .min()
            .map(|(_, name)| name.clone());
        if let Some(name) = oldest {
            self.evict_from(&name);
        }
    }

    fn drop_ended_of(&mut self, domain: &str, now: SystemTime) {
        self.retain_in(domain, |stored| !stored.cookie.expired_at(now));
    }

    fn remove_at(&mut self, domain: &str, at: usize) {
        let mut index = 0;
        self.retain_in(domain, |_| {
            index += 1;
            index != at + 1
        });
    }

    /// Keeps what `keep` says in one domain; the one place where cookies go.
    fn retain_in(&mut self, domain: &str, mut keep: impl FnMut(&Stored) -> bool) -> usize {
        let Some(own) = self.domains.get_mut(domain) else {
            return 0;
        };
        let before = own.len();
        let mut secure = 0;
        own.retain(|stored| {
            let kept = keep(stored);
            secure += usize::from(!kept && stored.cookie.secure);
            kept
        });
        let gone = before - own.len();
        if own.is_empty() {
            self.domains.remove(domain);
        }
        self.count -= gone;
        self.secure -= secure;
        gone
    }
}

impl Stored {
    /// Whether it goes to a place whose host is that many labels below its domain.
    fn fits(&self, place: &Place<'_>, level: usize) -> bool {
        let cookie = &self.cookie;
        let depth = match (self.host_only, cookie.variant) {
            (true, _) => 0,
            (false, Variant::Plain) => usize::MAX,
            (false, _) => 1,
        };
        let port = |ports: &Vec<u16>| place.port.is_some_and(|port| ports.contains(&port));
        level <= depth
            && (place.secure || !cookie.secure)
            && cookie.ports.as_ref().is_none_or(port)
            && rules::path_matches(place.path, &cookie.path)
    }

    /// The least goes first.
    const fn worth(&self) -> (bool, u64) {
        (self.cookie.secure, self.used)
    }
}

/// The host and, if it is a name, every domain that it is in.
fn names<'a>(host: &'a Host<'_>) -> impl Iterator<Item = &'a str> {
    let above = if host.is_address {
        None
    } else {
        rules::parent(&host.name)
    };
    std::iter::once(&*host.name).chain(std::iter::successors(above, |name| rules::parent(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The work for a request is that of the domains its host is in, however full the store is.
    #[test]
    fn cookie_store_looks_at_the_domains_of_the_host_only() {
        for (name, is_address, expected) in [
            ("a.b.example", false, "a.b.example b.example example"),
            ("localhost", false, "localhost"),
            ("10.0.0.1", true, "10.0.0.1"),
            ("[::1]", true, "[::1]"),
        ] {
            let host = Host {
                name: name.into(),
                is_address,
            };
            let looked_at: Vec<&str> = names(&host).collect();
            assert_eq!(looked_at.join(" "), expected);
        }
    }
}
