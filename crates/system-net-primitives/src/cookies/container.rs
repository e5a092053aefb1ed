//! The container: shared by its clones, and the one door to the cookies in it.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use system_net_uri::Uri;

use super::container_limits::{AT_LEAST_ONE, PER_DOMAIN, is_per_domain};
use super::header::SetCookie;
use super::rules::{self, By, Host, Place};
use super::store::{Limits, Store};
use super::{Cookie, CookieCollection, CookieError, CookieErrorKind, PublicSuffixList};
use crate::{Clock, Misuse, SystemClock};

/// Cookies of many servers: takes what they set, and says what goes with a request.
///
/// Clones share the cookies; all members take `&self` and may be called from any thread. Nothing
/// waits: a lock is held for the time of a look-up.
///
/// What is taken and sent follows RFC 6265 and its successor, and .NET where that says nothing: a
/// cookie goes to the host that set it, or to a domain that the host is in and that is not
/// [open to everybody](PublicSuffixList); secure ones come and go over safe connections only, and
/// nothing that came over another connection stands in for one; names with `__Host-` and
/// `__Secure-` have what they promise.
///
/// .NET: `System.Net.CookieContainer`
///
/// # Limits
/// [`DEFAULT_COOKIE_LIMIT`](Self::DEFAULT_COOKIE_LIMIT) cookies in all,
/// [`DEFAULT_PER_DOMAIN_COOKIE_LIMIT`](Self::DEFAULT_PER_DOMAIN_COOKIE_LIMIT) of a domain,
/// [`DEFAULT_COOKIE_LENGTH_LIMIT`](Self::DEFAULT_COOKIE_LENGTH_LIMIT) bytes of name and value. When
/// there is no room, what has ended goes first, then what was not used for the longest time.
/// Cookies of servers live 400 days at most.
///
/// # Differences from .NET
/// * Cookies come out as copies: to take one away, call [`remove`](Self::remove).
/// * Of a cookie of a server, a date that is none does not count, and `Max-Age` counts more than
///   `Expires`; .NET drops the cookie and takes the first.
/// * Refused in addition: public suffixes, secure cookies over plain connections, broken
///   promises of names, control characters.
/// * The order of a `Cookie` header is by length of path, then by age, over all domains.
///
/// # Examples
/// ```
/// use system_net_primitives::CookieContainer;
/// use system_net_uri::Uri;
///
/// let jar = CookieContainer::new();
/// let login = Uri::parse("https://shop.example.org/login")?;
/// jar.set_cookies(&login, "session=42; Path=/; Secure; HttpOnly")?;
/// let page = Uri::parse("https://shop.example.org/cart")?;
/// assert_eq!(jar.get_cookie_header(&page), "session=42");
/// assert_eq!(jar.get_cookie_header(&Uri::parse("http://shop.example.org/cart")?), "");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CookieContainer {
    inner: Arc<Mutex<Inner>>,
}

pub(super) struct Inner {
    pub(super) store: Store,
    suffixes: PublicSuffixList,
    clock: Arc<dyn Clock>,
}

impl CookieContainer {
    /// How many bytes name and value of a cookie have at most, unless set: 4096.
    ///
    /// .NET: `System.Net.CookieContainer.DefaultCookieLengthLimit`
    #[doc(alias = "CookieContainer.DefaultCookieLengthLimit")]
    pub const DEFAULT_COOKIE_LENGTH_LIMIT: usize = 4096;

    /// How many cookies a container holds, unless set: 300.
    ///
    /// .NET: `System.Net.CookieContainer.DefaultCookieLimit`
    #[doc(alias = "CookieContainer.DefaultCookieLimit")]
    pub const DEFAULT_COOKIE_LIMIT: usize = 300;

    /// How many cookies of a domain a container holds, unless set: 20.
    ///
    /// .NET: `System.Net.CookieContainer.DefaultPerDomainCookieLimit`
    #[doc(alias = "CookieContainer.DefaultPerDomainCookieLimit")]
    pub const DEFAULT_PER_DOMAIN_COOKIE_LIMIT: usize = 20;

    /// A container with the usual limits.
    ///
    /// .NET: `System.Net.CookieContainer.CookieContainer()`
    #[must_use]
    pub fn new() -> Self {
        Self::of(Limits {
            capacity: Self::DEFAULT_COOKIE_LIMIT,
            per_domain: Self::DEFAULT_PER_DOMAIN_COOKIE_LIMIT,
            cookie_size: Self::DEFAULT_COOKIE_LENGTH_LIMIT,
        })
    }

    /// A container that holds that many cookies.
    ///
    /// .NET: `System.Net.CookieContainer.CookieContainer(Int32)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for 0.
    pub fn with_capacity(capacity: usize) -> Result<Self, Misuse> {
        let per_domain = Self::DEFAULT_PER_DOMAIN_COOKIE_LIMIT.min(capacity);
        Self::with_limits(capacity, per_domain, Self::DEFAULT_COOKIE_LENGTH_LIMIT)
    }

    /// A container with limits of your choice. `usize::MAX` of a domain means that only the
    /// capacity counts.
    ///
    /// .NET: `System.Net.CookieContainer.CookieContainer(Int32, Int32, Int32)`
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`] for a capacity or size of 0; [`Misuse::OutOfRange`] if a domain
    /// may have none, or more than the container.
    pub fn with_limits(
        capacity: usize,
        per_domain_capacity: usize,
        max_cookie_size: usize,
    ) -> Result<Self, Misuse> {
        if capacity == 0 {
            return Err(Misuse::invalid_argument("capacity", AT_LEAST_ONE));
        }
        if !is_per_domain(per_domain_capacity, capacity) {
            return Err(Misuse::out_of_range("perDomainCapacity", PER_DOMAIN));
        }
        if max_cookie_size == 0 {
            return Err(Misuse::invalid_argument("maxCookieSize", AT_LEAST_ONE));
        }
        Ok(Self::of(Limits {
            capacity,
            per_domain: per_domain_capacity,
            cookie_size: max_cookie_size,
        }))
    }

    fn of(limits: Limits) -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner {
                store: Store::new(limits),
                suffixes: PublicSuffixList::embedded(),
                clock: Arc::new(SystemClock),
            })),
        }
    }

    /// How many cookies there are; some may have ended since they were last looked at.
    ///
    /// .NET: `System.Net.CookieContainer.Count`
    #[doc(alias = "CookieContainer.Count")]
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().store.count()
    }

    /// Sets the clock that says when cookies end.
    pub fn set_clock(&self, clock: Arc<dyn Clock>) {
        self.lock().clock = clock;
    }

    /// Which domains are open to everybody.
    #[must_use]
    pub fn public_suffixes(&self) -> PublicSuffixList {
        self.lock().suffixes.clone()
    }

    /// Sets which domains are open to everybody. What is there stays.
    pub fn set_public_suffixes(&self, list: PublicSuffixList) {
        self.lock().suffixes = list;
    }

    /// Adds a cookie for its own domain, which has to be set. One that has ended takes the cookie
    /// of that name away.
    ///
    /// .NET: `System.Net.CookieContainer.Add(Cookie)`
    ///
    /// # Errors
    /// What is wrong with the cookie; [`CookieErrorKind::Domain`] if it has no domain.
    #[doc(alias = "CookieContainer.Add")]
    pub fn add(&self, cookie: &Cookie) -> Result<(), CookieError> {
        let uri = Uri::parse(&format!("http://{}/", rules::bare(&cookie.domain)))
            .map_err(|_| CookieError::with_text(CookieErrorKind::Domain, &cookie.domain))?;
        let host = Host::of(&uri)
            .ok_or_else(|| CookieError::with_text(CookieErrorKind::Domain, &cookie.domain))?;
        // A path that came from an address is the folder of this one.
        let below = format!("{}/", cookie.path);
        let place = Place {
            host,
            port: cookie
                .ports
                .as_ref()
                .and_then(|ports| ports.first().copied()),
            path: &below,
            secure: cookie.secure,
        };
        self.lock().take(cookie.clone(), &place, By::Program)
    }

    /// Adds every cookie of a list for its own domain.
    ///
    /// .NET: `System.Net.CookieContainer.Add(CookieCollection)`
    ///
    /// # Errors
    /// Those of [`add`](Self::add); the cookies in front of that one are added.
    #[doc(alias = "CookieContainer.Add")]
    pub fn add_all(&self, cookies: &CookieCollection) -> Result<(), CookieError> {
        cookies.iter().try_for_each(|cookie| self.add(cookie))
    }

    /// Adds a cookie as if the server of that address had set it; what it does not say comes from
    /// the address. A program may add secure cookies for plain addresses: they go over safe
    /// connections only.
    ///
    /// .NET: `System.Net.CookieContainer.Add(Uri, Cookie)`
    ///
    /// # Errors
    /// What is wrong with the cookie.
    #[doc(alias = "CookieContainer.Add")]
    pub fn add_for(&self, uri: &Uri, cookie: &Cookie) -> Result<(), CookieError> {
        let place = Place::of(uri)?;
        self.lock().take(cookie.clone(), &place, By::Program)
    }

    /// Adds every cookie of a list as if the server of that address had set it.
    ///
    /// .NET: `System.Net.CookieContainer.Add(Uri, CookieCollection)`
    ///
    /// # Errors
    /// Those of [`add_for`](Self::add_for); the cookies in front of that one are added.
    #[doc(alias = "CookieContainer.Add")]
    pub fn add_all_for(&self, uri: &Uri, cookies: &CookieCollection) -> Result<(), CookieError> {
        cookies
            .iter()
            .try_for_each(|cookie| self.add_for(uri, cookie))
    }

    /// Takes the cookies of a `Set-Cookie` header that came from an address; commas outside of
    /// dates and quotes separate several.
    ///
    /// .NET: `System.Net.CookieContainer.SetCookies(Uri, String)`
    ///
    /// # Errors
    /// What is wrong with the first cookie that is refused; none is taken if one is not written as
    /// a cookie or is not for this address.
    #[doc(alias = "CookieContainer.SetCookies")]
    pub fn set_cookies(&self, uri: &Uri, cookie_header: &str) -> Result<(), CookieError> {
        let place = Place::of(uri)?;
        let mut inner = self.lock();
        let mut admitted: Vec<(Cookie, rules::Key)> = Vec::new();
        for cookie in SetCookie::new(cookie_header, inner.clock.utc_now()) {
            let mut cookie = cookie?;
            let key = rules::admit(&mut cookie, &place, By::Server, &inner.suffixes)?;
            admitted.push((cookie, key));
        }
        for (cookie, key) in admitted {
            inner.keep(cookie, key, &place, By::Server)?;
        }
        Ok(())
    }

    /// Takes what can be taken of one `Set-Cookie` field of a response, and says what that was; the
    /// rest is left out, as browsers do. This is what a client calls for each field; the result is
    /// what .NET's `HttpWebResponse.Cookies` holds, cookies that have ended among them.
    ///
    /// # Examples
    /// ```
    /// use system_net_primitives::CookieContainer;
    /// use system_net_uri::Uri;
    ///
    /// let jar = CookieContainer::new();
    /// let uri = Uri::parse("http://www.example.org/")?;
    /// let taken = jar.accept_set_cookie(&uri, "a=1; Domain=org");
    /// assert!(taken.is_empty());
    /// let taken = jar.accept_set_cookie(&uri, "b=2; Domain=example.org");
    /// assert_eq!(taken.count(), 1);
    /// # Ok::<(), system_net_uri::UriFormatError>(())
    /// ```
    pub fn accept_set_cookie(&self, uri: &Uri, field: &str) -> CookieCollection {
        let mut taken = CookieCollection::new();
        let Ok(place) = Place::of(uri) else {
            return taken;
        };
        let mut inner = self.lock();
        for cookie in SetCookie::new(field, inner.clock.utc_now()) {
            let Ok(mut cookie) = cookie else {
                continue;
            };
            let admitted = rules::admit(&mut cookie, &place, By::Server, &inner.suffixes);
            if let Ok(key) = admitted
                && inner.keep(cookie.clone(), key, &place, By::Server).is_ok()
            {
                taken.add(cookie);
            }
        }
        taken
    }

    /// The cookies that go with a request for an address.
    ///
    /// .NET: `System.Net.CookieContainer.GetCookies(Uri)`
    #[doc(alias = "CookieContainer.GetCookies")]
    #[must_use]
    pub fn get_cookies(&self, uri: &Uri) -> CookieCollection {
        let mut cookies = CookieCollection::new();
        self.each_for(uri, |cookie| cookies.push(cookie.clone()));
        cookies
    }

    /// The value of the `Cookie` header of a request for an address; empty if no cookie goes there.
    ///
    /// .NET: `System.Net.CookieContainer.GetCookieHeader(Uri)`
    #[doc(alias = "CookieContainer.GetCookieHeader")]
    #[must_use]
    pub fn get_cookie_header(&self, uri: &Uri) -> String {
        let mut header = String::new();
        self.each_for(uri, |cookie| {
            let between = if header.is_empty() { "" } else { "; " };
            // Writing to a string never fails.
            let _ = write!(header, "{between}{cookie}");
        });
        header
    }

    fn each_for(&self, uri: &Uri, take: impl FnMut(&Cookie)) {
        let Ok(place) = Place::of(uri) else {
            return;
        };
        let mut inner = self.lock();
        if inner.store.count() > 0 {
            let now = inner.clock.utc_now();
            inner.store.each_for(&place, now, take);
        }
    }

    /// All cookies that have not ended, the oldest first.
    ///
    /// .NET: `System.Net.CookieContainer.GetAllCookies`, which the Framework has not
    #[doc(alias = "CookieContainer.GetAllCookies")]
    #[must_use]
    pub fn get_all_cookies(&self) -> CookieCollection {
        let mut all = CookieCollection::new();
        for (_, _, cookie) in self.by_age() {
            all.push(cookie);
        }
        all
    }

    /// Takes away the cookie with the name, domain and path of this one, and says whether it was
    /// there.
    pub fn remove(&self, cookie: &Cookie) -> bool {
        self.lock().store.remove(cookie) > 0
    }

    /// Takes away all.
    pub fn clear(&self) {
        self.lock().store.clear();
    }

    /// The domain, whether it is for that host alone, and the cookie; the oldest first.
    pub(super) fn by_age(&self) -> Vec<(String, bool, Cookie)> {
        let inner = self.lock();
        inner.store.all(inner.clock.utc_now())
    }

    pub(super) fn now(&self) -> SystemTime {
        self.lock().clock.utc_now()
    }

    /// Keeps a cookie that was admitted.
    pub(super) fn put(&self, cookie: Cookie, key: rules::Key) -> Result<(), CookieError> {
        let mut inner = self.lock();
        let now = inner.clock.utc_now();
        inner.store.put(cookie, key, now)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        // Counts and lists change together in one place, which does not panic half-way.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn take(&mut self, mut cookie: Cookie, place: &Place<'_>, by: By) -> Result<(), CookieError> {
        let key = rules::admit(&mut cookie, place, by, &self.suffixes)?;
        self.keep(cookie, key, place, by)
    }

    fn keep(
        &mut self,
        cookie: Cookie,
        key: rules::Key,
        place: &Place<'_>,
        by: By,
    ) -> Result<(), CookieError> {
        if by == By::Server && !place.secure && self.store.would_hide_secure(&cookie, &key.domain) {
            return Err(CookieErrorKind::SecureExists.into());
        }
        let now = self.clock.utc_now();
        self.store.put(cookie, key, now)
    }

    pub(super) fn shrink(&mut self) {
        let now = self.clock.utc_now();
        self.store.shrink(now);
    }
}

impl Default for CookieContainer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CookieContainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.lock();
        f.debug_struct("CookieContainer")
            .field("count", &inner.store.count())
            .field("limits", &inner.store.limits)
            .field("public_suffixes", &inner.suffixes)
            .finish_non_exhaustive()
    }
}
