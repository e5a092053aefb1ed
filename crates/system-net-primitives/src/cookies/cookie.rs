//! One cookie, with every attribute that .NET knows and `SameSite`.

use std::hash::{Hash, Hasher};
use std::time::SystemTime;

use system_net_uri::Uri;

use super::{CookieError, CookieErrorKind, SameSite, rules};
use crate::{Clock, SystemClock};

/// A cookie: a name, a value, and where and how long it is to be sent.
///
/// What is set here is checked when a [`CookieContainer`](crate::CookieContainer) takes the cookie;
/// only names and ports are checked at once. Times are of UTC.
///
/// .NET: `System.Net.Cookie`
///
/// # Equality
/// Two cookies are equal if name and domain are, in any letter case, and value, path and version.
///
/// # Differences from .NET
/// * Dates that are not set are `None`.
/// * `SameSite` is kept; .NET drops it.
/// * `Debug` does not show the value. `Display` does: it is what .NET's `ToString` gives.
///
/// # Examples
/// ```
/// use system_net_primitives::Cookie;
///
/// let mut cookie = Cookie::with_path("session", "42", "/shop")?;
/// cookie.set_secure(true);
/// assert_eq!(cookie.to_string(), "session=42");
/// assert!(Cookie::new("a;b", "1").is_err());
/// # Ok::<(), system_net_primitives::CookieError>(())
/// ```
#[derive(Clone)]
pub struct Cookie {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) comment: String,
    pub(super) comment_uri: Option<Uri>,
    pub(super) discard: bool,
    pub(super) domain: String,
    /// The domain was not set: it is that of the host.
    pub(super) domain_implicit: bool,
    pub(super) expires: Option<SystemTime>,
    pub(super) http_only: bool,
    pub(super) path: String,
    /// The path was not set: it is that of the address.
    pub(super) path_implicit: bool,
    pub(super) port: String,
    pub(super) port_implicit: bool,
    /// The ports of `port`; `None` if it was not set, or is the one of an address to come.
    pub(super) ports: Option<Vec<u16>>,
    pub(super) same_site: SameSite,
    pub(super) secure: bool,
    pub(super) time_stamp: SystemTime,
    pub(super) variant: Variant,
    pub(super) version: u32,
    pub(super) quoted_version: bool,
    pub(super) quoted_domain: bool,
}

/// Whose rules a cookie follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variant {
    /// Netscape's and RFC 6265.
    Plain,
    Rfc2109,
    Rfc2965,
}

impl Cookie {
    /// A cookie without a name, as .NET's constructor without arguments makes it: no container
    /// takes it before a name is set.
    ///
    /// .NET: `System.Net.Cookie.Cookie()`
    #[must_use]
    pub fn empty() -> Self {
        Self::empty_at(SystemClock.utc_now())
    }

    pub(super) const fn empty_at(now: SystemTime) -> Self {
        Self {
            name: String::new(),
            value: String::new(),
            comment: String::new(),
            comment_uri: None,
            discard: false,
            domain: String::new(),
            domain_implicit: true,
            expires: None,
            http_only: false,
            path: String::new(),
            path_implicit: true,
            port: String::new(),
            port_implicit: true,
            ports: None,
            same_site: SameSite::Unspecified,
            secure: false,
            time_stamp: now,
            variant: Variant::Plain,
            version: 0,
            quoted_version: false,
            quoted_domain: false,
        }
    }

    /// A cookie for the host and path it is added for.
    ///
    /// .NET: `System.Net.Cookie.Cookie(String, String)`
    ///
    /// # Errors
    /// [`CookieErrorKind::Name`].
    pub fn new(name: &str, value: &str) -> Result<Self, CookieError> {
        let mut cookie = Self::empty();
        cookie.set_name(name)?;
        cookie.set_value(value);
        Ok(cookie)
    }

    /// A cookie for a path and what is below it.
    ///
    /// .NET: `System.Net.Cookie.Cookie(String, String, String)`
    ///
    /// # Errors
    /// [`CookieErrorKind::Name`].
    pub fn with_path(name: &str, value: &str, path: &str) -> Result<Self, CookieError> {
        let mut cookie = Self::new(name, value)?;
        cookie.set_path(path);
        Ok(cookie)
    }

    /// A cookie for a path and a domain: the host of that name and all below it.
    ///
    /// .NET: `System.Net.Cookie.Cookie(String, String, String, String)`
    ///
    /// # Errors
    /// [`CookieErrorKind::Name`].
    pub fn with_domain(
        name: &str,
        value: &str,
        path: &str,
        domain: &str,
    ) -> Result<Self, CookieError> {
        let mut cookie = Self::with_path(name, value, path)?;
        cookie.set_domain(domain);
        Ok(cookie)
    }

    /// The name.
    ///
    /// .NET: `System.Net.Cookie.Name`
    #[doc(alias = "Cookie.Name")]
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sets the name.
    ///
    /// .NET: `System.Net.Cookie.Name`
    ///
    /// # Errors
    /// [`CookieErrorKind::Name`] if it is empty, begins with `$`, begins or ends with a blank, or
    /// holds a control character, `=`, `;` or `,`; the name is then as before.
    pub fn set_name(&mut self, name: &str) -> Result<(), CookieError> {
        rules::check_name(name)?;
        name.clone_into(&mut self.name);
        Ok(())
    }

    /// The value, as it is sent.
    ///
    /// .NET: `System.Net.Cookie.Value`
    #[doc(alias = "Cookie.Value")]
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Sets the value. A container takes it if it holds no control character but tabs, and no `;`
    /// and `,` outside of quotes.
    ///
    /// .NET: `System.Net.Cookie.Value`
    pub fn set_value(&mut self, value: &str) {
        value.clone_into(&mut self.value);
    }

    /// What the server says the cookie is for.
    ///
    /// .NET: `System.Net.Cookie.Comment`
    #[doc(alias = "Cookie.Comment")]
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// Sets the comment.
    ///
    /// .NET: `System.Net.Cookie.Comment`
    pub fn set_comment(&mut self, comment: &str) {
        comment.clone_into(&mut self.comment);
    }

    /// Where the server says what the cookie is for.
    ///
    /// .NET: `System.Net.Cookie.CommentUri`
    #[doc(alias = "Cookie.CommentUri")]
    #[must_use]
    pub const fn comment_uri(&self) -> Option<&Uri> {
        self.comment_uri.as_ref()
    }

    /// Sets the address of the comment.
    ///
    /// .NET: `System.Net.Cookie.CommentUri`
    pub fn set_comment_uri(&mut self, uri: Option<Uri>) {
        self.comment_uri = uri;
    }

    /// Whether the server wants the cookie to be forgotten at the end of the program.
    ///
    /// .NET: `System.Net.Cookie.Discard`
    #[doc(alias = "Cookie.Discard")]
    #[must_use]
    pub const fn discard(&self) -> bool {
        self.discard
    }

    /// Sets whether the cookie ends with the program, whatever its date says: it is then not
    /// written to a jar on disk.
    ///
    /// .NET: `System.Net.Cookie.Discard`
    pub const fn set_discard(&mut self, discard: bool) {
        self.discard = discard;
    }

    /// The domain as it was set, or the host that a container took the cookie for.
    ///
    /// .NET: `System.Net.Cookie.Domain`
    #[doc(alias = "Cookie.Domain")]
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Sets the domain, with or without a dot in front: the cookie goes to the host of that name
    /// and to all below it. A domain that is open to everybody, and an IP address, stand for that
    /// one host.
    ///
    /// .NET: `System.Net.Cookie.Domain`
    pub fn set_domain(&mut self, domain: &str) {
        domain.clone_into(&mut self.domain);
        self.domain_implicit = false;
    }

    /// Whether the cookie has ended by now.
    ///
    /// .NET: `System.Net.Cookie.Expired`
    #[doc(alias = "Cookie.Expired")]
    #[must_use]
    pub fn expired(&self) -> bool {
        self.expired_at(SystemClock.utc_now())
    }

    /// Whether the cookie has ended at that time.
    #[must_use]
    pub fn expired_at(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// With `true`, the cookie ends now; `false` does nothing, as in .NET.
    ///
    /// .NET: `System.Net.Cookie.Expired`
    pub fn set_expired(&mut self, expired: bool) {
        if expired {
            self.expires = Some(SystemClock.utc_now());
        }
    }

    /// When the cookie ends; `None` for a cookie that ends with the program.
    ///
    /// .NET: `System.Net.Cookie.Expires`
    #[doc(alias = "Cookie.Expires")]
    #[must_use]
    pub const fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// Sets when the cookie ends. A container drops a cookie of that name when it is given one
    /// that has ended.
    ///
    /// .NET: `System.Net.Cookie.Expires`
    pub const fn set_expires(&mut self, expires: Option<SystemTime>) {
        self.expires = expires;
    }

    /// Whether scripts of a page may not see the cookie. There are none here: it is kept and
    /// written.
    ///
    /// .NET: `System.Net.Cookie.HttpOnly`
    #[doc(alias = "Cookie.HttpOnly")]
    #[must_use]
    pub const fn http_only(&self) -> bool {
        self.http_only
    }

    /// Sets whether scripts may not see the cookie.
    ///
    /// .NET: `System.Net.Cookie.HttpOnly`
    pub const fn set_http_only(&mut self, http_only: bool) {
        self.http_only = http_only;
    }

    /// The path that the cookie is for, with all below it.
    ///
    /// .NET: `System.Net.Cookie.Path`
    #[doc(alias = "Cookie.Path")]
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sets the path. It is compared as it stands: one that does not begin with `/` never fits. An
    /// empty one is that of the address that the cookie is added for.
    ///
    /// .NET: `System.Net.Cookie.Path`
    pub fn set_path(&mut self, path: &str) {
        path.clone_into(&mut self.path);
        self.path_implicit = false;
    }

    /// The ports that the cookie is for, as text in quotes; empty for all, or for the one of the
    /// address.
    ///
    /// .NET: `System.Net.Cookie.Port`
    #[doc(alias = "Cookie.Port")]
    #[must_use]
    pub fn port(&self) -> &str {
        &self.port
    }

    /// Sets the ports, such as `"80, 8080"` with its quotes. Empty text is the port of the address
    /// that the cookie is added for. A list makes it a cookie of version 1.
    ///
    /// .NET: `System.Net.Cookie.Port`
    ///
    /// # Errors
    /// [`CookieErrorKind::Port`] for text without quotes, and for what is no port.
    pub fn set_port(&mut self, port: &str) -> Result<(), CookieError> {
        let refused = || CookieError::with_text(CookieErrorKind::Port, port);
        if !port.is_empty() {
            let list = port
                .strip_prefix('"')
                .and_then(|list| list.strip_suffix('"'))
                .ok_or_else(refused)?;
            let ports: Result<Vec<u16>, _> = list
                .split([' ', ',', '"'])
                .filter(|text| !text.is_empty())
                .map(str::parse)
                .collect();
            self.ports = Some(ports.map_err(|_| refused())?);
            self.version = 1;
            self.variant = Variant::Rfc2965;
        }
        port.clone_into(&mut self.port);
        self.port_implicit = false;
        Ok(())
    }

    /// The value of the attribute `SameSite`.
    #[must_use]
    pub const fn same_site(&self) -> SameSite {
        self.same_site
    }

    /// Sets the attribute `SameSite`.
    pub const fn set_same_site(&mut self, same_site: SameSite) {
        self.same_site = same_site;
    }

    /// Whether the cookie is sent over safe connections only.
    ///
    /// .NET: `System.Net.Cookie.Secure`
    #[doc(alias = "Cookie.Secure")]
    #[must_use]
    pub const fn secure(&self) -> bool {
        self.secure
    }

    /// Sets whether the cookie is sent over safe connections only.
    ///
    /// .NET: `System.Net.Cookie.Secure`
    pub const fn set_secure(&mut self, secure: bool) {
        self.secure = secure;
    }

    /// When the cookie was made, or came from a server.
    ///
    /// .NET: `System.Net.Cookie.TimeStamp`
    #[doc(alias = "Cookie.TimeStamp")]
    #[must_use]
    pub const fn time_stamp(&self) -> SystemTime {
        self.time_stamp
    }

    /// The version: 0 for cookies as everybody sends them, 1 for those of RFC 2109 and 2965.
    ///
    /// .NET: `System.Net.Cookie.Version`
    #[doc(alias = "Cookie.Version")]
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Sets the version. A cookie of version 1 or higher is sent with its attributes.
    ///
    /// .NET: `System.Net.Cookie.Version`
    pub const fn set_version(&mut self, version: u32) {
        self.version = version;
        if version > 0 && matches!(self.variant, Variant::Plain) {
            self.variant = Variant::Rfc2109;
        }
    }

    /// Whether a container would keep one of the two: the same name and domain in any letter case,
    /// and the same path.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
            && rules::bare(&self.domain).eq_ignore_ascii_case(rules::bare(&other.domain))
            && self.path == other.path
    }
}

impl Default for Cookie {
    fn default() -> Self {
        Self::empty()
    }
}

impl PartialEq for Cookie {
    fn eq(&self, other: &Self) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
            && self.value == other.value
            && self.path == other.path
            && self.domain.eq_ignore_ascii_case(&other.domain)
            && self.version == other.version
    }
}

impl Eq for Cookie {}

impl Hash for Cookie {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.to_ascii_lowercase().hash(state);
        self.value.hash(state);
        self.path.hash(state);
        self.domain.to_ascii_lowercase().hash(state);
        self.version.hash(state);
    }
}
