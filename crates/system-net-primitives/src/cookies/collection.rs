//! Cookies in the order they were added, one of each name, domain and path.

use super::Cookie;

/// A list of cookies, one of each name, domain and path.
///
/// .NET: `System.Net.CookieCollection`
///
/// # Examples
/// ```
/// use system_net_primitives::{Cookie, CookieCollection};
///
/// let mut cookies = CookieCollection::new();
/// cookies.add(Cookie::new("a", "1")?);
/// cookies.add(Cookie::new("A", "2")?);
/// assert_eq!(cookies.count(), 1);
/// assert_eq!(cookies.get("a").map(Cookie::value), Some("2"));
/// # Ok::<(), system_net_primitives::CookieError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CookieCollection {
    cookies: Vec<Cookie>,
}

impl CookieCollection {
    /// A list without cookies.
    ///
    /// .NET: `System.Net.CookieCollection.CookieCollection()`
    #[must_use]
    pub const fn new() -> Self {
        Self {
            cookies: Vec::new(),
        }
    }

    /// Adds a cookie, or puts it in the place of the one with the same name, domain and path.
    ///
    /// .NET: `System.Net.CookieCollection.Add(Cookie)`
    #[doc(alias = "CookieCollection.Add")]
    pub fn add(&mut self, cookie: Cookie) {
        match self.index_of(&cookie) {
            Some(at) => self.cookies[at] = cookie,
            None => self.cookies.push(cookie),
        }
    }

    /// Adds every cookie of another list.
    ///
    /// .NET: `System.Net.CookieCollection.Add(CookieCollection)`
    #[doc(alias = "CookieCollection.Add")]
    pub fn add_all(&mut self, cookies: Self) {
        self.extend(cookies);
    }

    /// How many there are.
    ///
    /// .NET: `System.Net.CookieCollection.Count`
    #[doc(alias = "CookieCollection.Count")]
    #[must_use]
    pub const fn count(&self) -> usize {
        self.cookies.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// The first cookie of a name, in any letter case.
    ///
    /// .NET: `System.Net.CookieCollection.Item(String)`
    #[doc(alias = "CookieCollection.Item")]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Cookie> {
        self.cookies
            .iter()
            .find(|cookie| cookie.name.eq_ignore_ascii_case(name))
    }

    /// The cookie at a place.
    ///
    /// .NET: `System.Net.CookieCollection.Item(Int32)`
    #[doc(alias = "CookieCollection.Item")]
    #[must_use]
    pub fn get_at(&self, index: usize) -> Option<&Cookie> {
        self.cookies.get(index)
    }

    /// All of them, in order; slices copy as `CopyTo` does.
    ///
    /// .NET: `System.Net.CookieCollection.CopyTo(Cookie[], Int32)`
    #[doc(alias = "CookieCollection.CopyTo")]
    #[must_use]
    pub fn as_slice(&self) -> &[Cookie] {
        &self.cookies
    }

    /// All of them, in order.
    ///
    /// .NET: `System.Net.CookieCollection.GetEnumerator`
    #[doc(alias = "CookieCollection.GetEnumerator")]
    pub fn iter(&self) -> std::slice::Iter<'_, Cookie> {
        self.cookies.iter()
    }

    /// Whether there is a cookie with the name, domain and path of this one.
    ///
    /// .NET: `System.Net.CookieCollection.Contains(Cookie)`
    #[doc(alias = "CookieCollection.Contains")]
    #[must_use]
    pub fn contains(&self, cookie: &Cookie) -> bool {
        self.index_of(cookie).is_some()
    }

    /// Takes out the cookie with the name, domain and path of this one.
    ///
    /// .NET: `System.Net.CookieCollection.Remove(Cookie)`
    #[doc(alias = "CookieCollection.Remove")]
    pub fn remove(&mut self, cookie: &Cookie) -> Option<Cookie> {
        self.index_of(cookie).map(|at| self.cookies.remove(at))
    }

    /// Takes out all.
    ///
    /// .NET: `System.Net.CookieCollection.Clear`
    #[doc(alias = "CookieCollection.Clear")]
    pub fn clear(&mut self) {
        self.cookies.clear();
    }

    /// `false`: whoever has the list may change it.
    ///
    /// .NET: `System.Net.CookieCollection.IsReadOnly`, which the Framework has as `true`
    #[doc(alias = "CookieCollection.IsReadOnly")]
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        false
    }

    /// `false`: the language sees to it that nobody else changes the list meanwhile.
    ///
    /// .NET: `System.Net.CookieCollection.IsSynchronized`
    #[doc(alias = "CookieCollection.IsSynchronized")]
    #[must_use]
    pub const fn is_synchronized(&self) -> bool {
        false
    }

    /// Adds a cookie that may be there a second time: cookies of several domains that all fit.
    pub(super) fn push(&mut self, cookie: Cookie) {
        self.cookies.push(cookie);
    }

    fn index_of(&self, cookie: &Cookie) -> Option<usize> {
        self.cookies.iter().position(|own| own.is_same(cookie))
    }
}

impl Extend<Cookie> for CookieCollection {
    fn extend<I: IntoIterator<Item = Cookie>>(&mut self, cookies: I) {
        for cookie in cookies {
            self.add(cookie);
        }
    }
}

impl FromIterator<Cookie> for CookieCollection {
    fn from_iter<I: IntoIterator<Item = Cookie>>(cookies: I) -> Self {
        let mut list = Self::new();
        list.extend(cookies);
        list
    }
}

impl IntoIterator for CookieCollection {
    type Item = Cookie;
    type IntoIter = std::vec::IntoIter<Cookie>;

    fn into_iter(self) -> Self::IntoIter {
        self.cookies.into_iter()
    }
}

impl<'a> IntoIterator for &'a CookieCollection {
    type Item = &'a Cookie;
    type IntoIter = std::slice::Iter<'a, Cookie>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
