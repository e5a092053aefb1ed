//! [`UriBuilder`]: a URI put together from parts.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::escape::{Existing, PATH_CHARS, escape};
use crate::syntax::{self, Rules};
use crate::uri::Uri;
use crate::{UriFormatError, UriFormatErrorKind as Kind, UriKind, UriSettings};

/// A URI put together from parts. The parts are not checked until [`uri`](Self::uri).
///
/// .NET: `System.UriBuilder`
///
/// # Examples
/// ```
/// use system_net_uri::UriBuilder;
///
/// let mut builder = UriBuilder::with_host("http", "contoso.com")?;
/// builder.set_path("a b");
/// builder.set_query("q=1");
/// assert_eq!(builder.uri()?.absolute_uri(), "http://contoso.com/a%20b?q=1");
/// # Ok::<(), system_net_uri::UriFormatError>(())
/// ```
#[doc(alias = "System.UriBuilder")]
#[derive(Clone)]
pub struct UriBuilder {
    scheme: String,
    user_name: String,
    password: String,
    host: String,
    port: Option<u16>,
    path: String,
    query: String,
    fragment: String,
    settings: UriSettings,
    /// The URI these parts were taken from, until one of them is set.
    unchanged: Option<Uri>,
}

impl UriBuilder {
    /// `http://localhost/`
    ///
    /// .NET: `UriBuilder.#ctor`
    #[must_use]
    pub fn new() -> Self {
        Self {
            scheme: "http".to_owned(),
            user_name: String::new(),
            password: String::new(),
            host: "localhost".to_owned(),
            port: None,
            path: "/".to_owned(),
            query: String::new(),
            fragment: String::new(),
            settings: UriSettings::default(),
            unchanged: None,
        }
    }

    /// The parts of a text; one without a scheme is taken for an http address.
    ///
    /// # Errors
    /// [`UriFormatError`] if the text is no URI even with `http://` before it.
    pub fn parse(text: &str) -> Result<Self, UriFormatError> {
        let uri = Uri::parse_kind(text, UriKind::RelativeOrAbsolute)?;
        if uri.is_absolute_uri() {
            return Self::from_uri(&uri);
        }
        Self::from_uri(&Uri::parse(&format!("http://{text}"))?)
    }

    /// The parts of a URI.
    ///
    /// # Errors
    /// [`NotAbsolute`](Kind::NotAbsolute) if it is relative.
    pub fn from_uri(uri: &Uri) -> Result<Self, UriFormatError> {
        if !uri.is_absolute_uri() {
            return Err(UriFormatError::new(Kind::NotAbsolute, 0));
        }
        let mut builder = Self {
            settings: uri.settings().clone(),
            ..Self::new()
        };
        builder.take_parts(uri);
        builder.unchanged = Some(uri.clone());
        Ok(builder)
    }

    /// A scheme and a host.
    ///
    /// # Errors
    /// [`BadScheme`](Kind::BadScheme), see [`set_scheme`](Self::set_scheme).
    pub fn with_host(scheme: &str, host: &str) -> Result<Self, UriFormatError> {
        let mut builder = Self::new();
        builder.set_scheme(scheme)?;
        builder.set_host(host);
        Ok(builder)
    }

    /// A scheme, a host and a port.
    ///
    /// # Errors
    /// As [`with_host`](Self::with_host).
    pub fn with_port(scheme: &str, host: &str, port: Option<u16>) -> Result<Self, UriFormatError> {
        let mut builder = Self::with_host(scheme, host)?;
        builder.set_port(port);
        Ok(builder)
    }

    /// A scheme, a host, a port and a path.
    ///
    /// # Errors
    /// As [`with_host`](Self::with_host).
    pub fn with_path(
        scheme: &str,
        host: &str,
        port: Option<u16>,
        path: &str,
    ) -> Result<Self, UriFormatError> {
        let mut builder = Self::with_port(scheme, host, port)?;
        builder.set_path(path);
        Ok(builder)
    }

    /// A scheme, a host, a port, a path, and `extra`: a query with its `?`, a fragment with its
    /// `#`, or both.
    ///
    /// # Errors
    /// As [`with_host`](Self::with_host); [`InvalidArgument`](Kind::InvalidArgument) if `extra`
    /// begins with neither.
    pub fn with_extra(
        scheme: &str,
        host: &str,
        port: Option<u16>,
        path: &str,
        extra: &str,
    ) -> Result<Self, UriFormatError> {
        let mut builder = Self::with_path(scheme, host, port, path)?;
        if !extra.is_empty() && !extra.starts_with(['?', '#']) {
            return Err(UriFormatError::new(Kind::InvalidArgument, 0));
        }
        let (query, fragment) = extra.split_at(extra.find('#').unwrap_or(extra.len()));
        builder.set_query(query.strip_prefix('?').unwrap_or(query));
        builder.set_fragment(fragment.strip_prefix('#').unwrap_or(fragment));
        Ok(builder)
    }

    /// Takes over what a URI is made of.
    fn take_parts(&mut self, uri: &Uri) {
        uri.scheme().clone_into(&mut self.scheme);
        uri.host().clone_into(&mut self.host);
        uri.absolute_path().clone_into(&mut self.path);
        uri.query().clone_into(&mut self.query);
        uri.fragment().clone_into(&mut self.fragment);
        self.port = uri.port();
        match uri.user_info().split_once(':') {
            Some((name, password)) => {
                name.clone_into(&mut self.user_name);
                password.clone_into(&mut self.password);
            }
            None if !uri.user_info().is_empty() => uri.user_info().clone_into(&mut self.user_name),
            None => {}
        }
    }

    /// The settings [`uri`](Self::uri) reads the result with.
    pub fn set_settings(&mut self, settings: UriSettings) {
        self.unchanged = None;
        self.settings = settings;
    }

    /// The scheme, in lower case.
    ///
    /// .NET: `UriBuilder.Scheme`
    #[doc(alias = "UriBuilder.Scheme")]
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Sets the scheme; what follows a `:` is left out. An empty scheme gives a text without one.
    ///
    /// # Errors
    /// [`BadScheme`](Kind::BadScheme) if it is no scheme name; the old one stays.
    pub fn set_scheme(&mut self, scheme: &str) -> Result<(), UriFormatError> {
        let name = scheme.split(':').next().unwrap_or_default();
        if !name.is_empty() && !crate::check_scheme_name(name) {
            return Err(UriFormatError::new(Kind::BadScheme, 0));
        }
        self.unchanged = None;
        self.scheme = name.to_ascii_lowercase();
        Ok(())
    }

    /// The user name; empty for none.
    ///
    /// .NET: `UriBuilder.UserName`
    #[doc(alias = "UriBuilder.UserName")]
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// Sets the user name; empty for none.
    ///
    /// It is not escaped, as in .NET: one with a `/`, `?`, `#`, `@` or `:` changes where the host
    /// begins. Give [`Uri::escape_data_string`] of it.
    ///
    /// # Examples
    /// ```
    /// use system_net_uri::{Uri, UriBuilder};
    ///
    /// let mut builder = UriBuilder::with_host("ftp", "h")?;
    /// builder.set_user_name(&Uri::escape_data_string("a@b"));
    /// builder.set_password(&Uri::escape_data_string("x/y"));
    /// assert_eq!(builder.uri()?.absolute_uri(), "ftp://a%40b:x%2Fy@h/");
    /// assert_eq!(builder.uri()?.host(), "h");
    /// # Ok::<(), system_net_uri::UriFormatError>(())
    /// ```
    pub fn set_user_name(&mut self, name: &str) {
        self.unchanged = None;
        name.clone_into(&mut self.user_name);
    }

    /// The password; empty for none.
    ///
    /// .NET: `UriBuilder.Password`
    #[doc(alias = "UriBuilder.Password")]
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Sets the password; it needs a user name. Empty for none.
    ///
    /// It is not escaped, as in .NET; see [`set_user_name`](Self::set_user_name).
    pub fn set_password(&mut self, password: &str) {
        self.unchanged = None;
        password.clone_into(&mut self.password);
    }

    /// The host; an IPv6 address in brackets.
    ///
    /// .NET: `UriBuilder.Host`
    #[doc(alias = "UriBuilder.Host")]
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Sets the host. One with a colon is an IPv6 address and gets its brackets.
    pub fn set_host(&mut self, host: &str) {
        self.unchanged = None;
        self.host = if host.contains(':') && !host.starts_with('[') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
    }

    /// The port; `None` (.NET: -1) for the scheme's default.
    ///
    /// .NET: `UriBuilder.Port`
    #[doc(alias = "UriBuilder.Port")]
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Sets the port; `None` for the scheme's default.
    pub fn set_port(&mut self, port: Option<u16>) {
        self.unchanged = None;
        self.port = port;
    }

    /// The path, escaped.
    ///
    /// .NET: `UriBuilder.Path`
    #[doc(alias = "UriBuilder.Path")]
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sets the path: `\` becomes `/`, what needs it is escaped, an empty path is `/`.
    pub fn set_path(&mut self, path: &str) {
        self.unchanged = None;
        let path = if path.is_empty() { "/" } else { path };
        self.path = escape(&path.replace('\\', "/"), PATH_CHARS, Existing::Keep).into_owned();
    }

    /// The query with its `?`; empty for none.
    ///
    /// .NET: `UriBuilder.Query`
    #[doc(alias = "UriBuilder.Query")]
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Sets the query, with or without `?`; empty for none.
    pub fn set_query(&mut self, query: &str) {
        self.unchanged = None;
        self.query = delimited('?', query);
    }

    /// The fragment with its `#`; empty for none.
    ///
    /// .NET: `UriBuilder.Fragment`
    #[doc(alias = "UriBuilder.Fragment")]
    #[must_use]
    pub fn fragment(&self) -> &str {
        &self.fragment
    }

    /// Sets the fragment, with or without `#`; empty for none.
    pub fn set_fragment(&mut self, fragment: &str) {
        self.unchanged = None;
        self.fragment = delimited('#', fragment);
    }

    /// The URI of these parts. The parts become those of the URI: in its letter case, with its
    /// port, escaped. While no part has been set, it is the very URI the builder was made of.
    ///
    /// .NET: `UriBuilder.Uri`
    ///
    /// # Errors
    /// [`UriFormatError`] if the parts make no URI.
    #[doc(alias = "UriBuilder.Uri")]
    pub fn uri(&mut self) -> Result<Uri, UriFormatError> {
        if let Some(uri) = &self.unchanged {
            return Ok(uri.clone());
        }
        let text = self.text()?;
        let uri = Uri::parse_in(&text, UriKind::Absolute, &self.settings)?;
        self.take_parts(&uri);
        self.unchanged = Some(uri.clone());
        Ok(uri)
    }

    /// The text of these parts.
    ///
    /// .NET: `UriBuilder.ToString`
    ///
    /// # Errors
    /// [`BadUserPassword`](Kind::BadUserPassword) if there is a password without a user name.
    #[doc(alias = "UriBuilder.ToString")]
    pub fn text(&self) -> Result<String, UriFormatError> {
        if self.user_name.is_empty() && !self.password.is_empty() {
            return Err(UriFormatError::new(Kind::BadUserPassword, 0));
        }
        Ok(self.to_string())
    }

    /// What stands between scheme and host.
    fn delimiter(&self) -> &'static str {
        let registered = || {
            self.settings
                .parsers()?
                .find(&self.scheme)
                .map(|parser| parser.rules)
        };
        let rules = syntax::known(self.scheme.as_bytes())
            .map(|scheme| scheme.rules)
            .or_else(registered);
        let slashes = match rules {
            Some(rules) => {
                rules.any(Rules::MUST_HAVE_AUTHORITY)
                    || (!self.host.is_empty()
                        && rules.any(Rules::OPTIONAL_AUTHORITY)
                        && !rules.any(Rules::MAILTO_LIKE))
            }
            None => !self.host.is_empty(),
        };
        // Without a host two slashes of the path would announce one.
        let opens = self.host.is_empty()
            && self.user_name.is_empty()
            && self.path.starts_with("//")
            && rules.is_none_or(|rules| rules.any(Rules::OPTIONAL_AUTHORITY));
        let slashes = slashes || opens;
        if slashes { Uri::SCHEME_DELIMITER } else { ":" }
    }
}

fn delimited(delimiter: char, text: &str) -> String {
    if text.is_empty() || text.starts_with(delimiter) {
        return text.to_owned();
    }
    format!("{delimiter}{text}")
}

impl Default for UriBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl FromStr for UriBuilder {
    type Err = UriFormatError;

    fn from_str(text: &str) -> Result<Self, UriFormatError> {
        Self::parse(text)
    }
}

impl fmt::Display for UriBuilder {
    /// The text of these parts; a password without a user name is left out (.NET throws, as
    /// [`UriBuilder::text`] does).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delimiter = self.delimiter();
        if !self.scheme.is_empty() {
            write!(f, "{}{delimiter}", self.scheme)?;
        }
        if !self.user_name.is_empty() {
            f.write_str(&self.user_name)?;
            if !self.password.is_empty() {
                write!(f, ":{}", self.password)?;
            }
            f.write_str("@")?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port.filter(|_| !self.host.is_empty()) {
            write!(f, ":{port}")?;
        }
        // Behind two slashes a path without one would be the host, or a part of it.
        let behind = !self.host.is_empty() || delimiter == Uri::SCHEME_DELIMITER;
        if behind && !self.path.is_empty() && !self.path.starts_with('/') {
            f.write_str("/")?;
        }
        write!(f, "{}{}{}", self.path, self.query, self.fragment)
    }
}

impl fmt::Debug for UriBuilder {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UriBuilder")
            .field("scheme", &self.scheme)
            .field("user_name", &self.user_name)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("fragment", &self.fragment)
            .finish_non_exhaustive()
    }
}

impl PartialEq for UriBuilder {
    /// Whether both give equal URIs; builders that give none are equal if their texts are.
    fn eq(&self, other: &Self) -> bool {
        match (self.clone().uri(), other.clone().uri()) {
            (Ok(a), Ok(b)) => a == b,
            (Err(_), Err(_)) => self.to_string() == other.to_string(),
            _ => false,
        }
    }
}

impl Eq for UriBuilder {}

impl Hash for UriBuilder {
    /// The hash of the URI, or of the text if there is none.
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.clone().uri() {
            Ok(uri) => uri.hash(state),
            Err(_) => self.to_string().hash(state),
        }
    }
}
