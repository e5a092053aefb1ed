//! Cookies from the text of headers: `Set-Cookie` as servers send it, `Cookie` as clients do.

use std::time::{Duration, SystemTime};

use system_net_uri::Uri;

use super::token::{Token, Tokens, unquoted};
use super::{Cookie, CookieCollection, CookieError, CookieErrorKind, SameSite, date, rules};

/// rfc6265bis section 5.6: a longer value of an attribute does not count.
const LONGEST_ATTRIBUTE: usize = 1024;

/// rfc6265bis section 5.5: no cookie of a server lives longer than 400 days.
const LONGEST_LIFE: Duration = Duration::from_secs(400 * 86_400);

/// The cookies of a `Set-Cookie` field, each of them or what is wrong with it.
pub(super) struct SetCookie<'a> {
    tokens: Tokens<'a>,
    now: SystemTime,
}

impl<'a> SetCookie<'a> {
    pub(super) const fn new(text: &'a str, now: SystemTime) -> Self {
        Self {
            tokens: Tokens::new(text),
            now,
        }
    }

    fn cookie(&mut self, pair: &Token<'_>) -> Result<Cookie, CookieError> {
        let mut cookie = Cookie::empty_at(self.now);
        let mut fault = rules::check_name(pair.name).err();
        pair.name.clone_into(&mut cookie.name);
        pair.value.unwrap_or_default().clone_into(&mut cookie.value);
        let mut seen = Seen::default();
        while let Some(token) = self.tokens.next_token() {
            if let Err(error) = seen.set(&mut cookie, &token, self.now) {
                fault.get_or_insert(error);
            }
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        let longest = self.now.checked_add(LONGEST_LIFE);
        cookie.expires = seen
            .max_age
            .or(seen.expires)
            .map(|expires| longest.map_or(expires, |longest| expires.min(longest)));
        Ok(cookie)
    }
}

impl Iterator for SetCookie<'_> {
    type Item = Result<Cookie, CookieError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.tokens.next_cookie() {
            if let Some(pair) = self.tokens.next_token() {
                return Some(self.cookie(&pair));
            }
        }
        None
    }
}

/// Which attributes a cookie has had: of each the first counts, as in .NET.
#[derive(Default)]
struct Seen {
    comment: bool,
    comment_url: bool,
    domain: bool,
    path: bool,
    port: bool,
    same_site: bool,
    version: bool,
    expires: Option<SystemTime>,
    /// RFC 6265 section 5.3, step 3: it stands above a date.
    max_age: Option<SystemTime>,
}

impl Seen {
    fn set(
        &mut self,
        cookie: &mut Cookie,
        token: &Token<'_>,
        now: SystemTime,
    ) -> Result<(), CookieError> {
        let is = |name: &str| token.name.eq_ignore_ascii_case(name);
        let first = |seen: &mut bool| !std::mem::replace(seen, true);
        let Some(value) = token.value else {
            if is("secure") {
                cookie.secure = true;
            } else if is("httponly") {
                cookie.http_only = true;
            } else if is("discard") {
                cookie.discard = true;
            } else if is("port") && first(&mut self.port) {
                cookie.set_port("")?;
            }
            return Ok(());
        };
        if value.len() > LONGEST_ATTRIBUTE {
            return Ok(());
        }
        if is("path") && first(&mut self.path) {
            cookie.set_path(value);
        } else if is("domain") && first(&mut self.domain) {
            cookie.set_domain(unquoted(value));
            cookie.quoted_domain = token.quoted;
        } else if is("max-age") && self.max_age.is_none() {
            self.max_age = max_age(unquoted(value), now);
        } else if is("expires") && self.expires.is_none() {
            self.expires = date::parse(unquoted(value));
        } else if is("samesite") && first(&mut self.same_site) {
            cookie.same_site = SameSite::parse(unquoted(value));
        } else if is("version") && first(&mut self.version) {
            let version = unquoted(value).parse();
            cookie.set_version(version.map_err(|_| CookieErrorKind::Version)?);
            cookie.quoted_version = token.quoted;
        } else if is("port") && first(&mut self.port) {
            cookie.set_port(value)?;
        } else if is("comment") && first(&mut self.comment) {
            cookie.set_comment(value);
        } else if is("commenturl") && first(&mut self.comment_url) {
            cookie.comment_uri = Uri::parse(unquoted(value)).ok();
        }
        Ok(())
    }
}

/// RFC 6265 section 5.2.2: digits, perhaps behind a `-`; nothing else counts.
fn max_age(text: &str, now: SystemTime) -> Option<SystemTime> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // More digits than a number holds: for as long as possible.
    let seconds = digits.parse().unwrap_or(u64::MAX);
    if negative || seconds == 0 {
        return Some(SystemTime::UNIX_EPOCH);
    }
    let life = Duration::from_secs(seconds).min(LONGEST_LIFE);
    Some(now.checked_add(life).unwrap_or(now))
}

impl CookieCollection {
    /// The cookies of a `Cookie` header, for servers: names and values, and `$Path`, `$Domain` and
    /// `$Port` of cookies of version 1. What is no cookie is left out.
    ///
    /// # Examples
    /// ```
    /// use system_net_primitives::CookieCollection;
    ///
    /// let cookies = CookieCollection::from_cookie_header("a=1; b=2");
    /// assert_eq!(cookies.get("b").map(|cookie| cookie.value()), Some("2"));
    /// ```
    #[must_use]
    pub fn from_cookie_header(header: &str) -> Self {
        let mut cookies = Self::new();
        let mut tokens = Tokens::new(header);
        let mut version = 0;
        let mut open: Option<Cookie> = None;
        while tokens.next_cookie() {
            while let Some(token) = tokens.next_token() {
                let value = token.value.unwrap_or_default();
                let is = |name: &str| token.name.eq_ignore_ascii_case(name);
                if is("$version") {
                    version = unquoted(value).parse().unwrap_or_default();
                } else if !token.name.starts_with('$') {
                    cookies.extend(open.take());
                    open = Cookie::new(token.name, value).ok();
                    if let Some(cookie) = &mut open {
                        cookie.set_version(version);
                    }
                } else if let Some(cookie) = &mut open {
                    if is("$path") {
                        cookie.set_path(value);
                    } else if is("$domain") {
                        cookie.set_domain(unquoted(value));
                    } else if is("$port") {
                        // A port that is none does not make the cookie none.
                        let _ = cookie.set_port(value);
                    }
                }
            }
        }
        cookies.extend(open);
        cookies
    }
}
