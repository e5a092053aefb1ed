//! [`Uri`]: one string with offsets, parsed once, shared by its clones.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::flags::Flags;
use crate::host::{HostAddress, HostKind};
use crate::inner::Inner;
use crate::parse;
use crate::{
    UriFormatError, UriFormatErrorKind as Kind, UriHostNameType, UriKind, UriPartial, UriSettings,
};

/// An identifier of a resource, absolute or relative, as System.Uri reads it.
///
/// A URI is parsed once; its members are slices of one string in the form for the wire
/// ([`absolute_uri`](Self::absolute_uri)). A clone is a counter increment.
///
/// Members that in .NET throw `InvalidOperationException` on a relative URI return here, without
/// a failure, the empty string, `None` or `false`; only [`components`](Self::components) says so
/// as an error. Ask [`is_absolute_uri`](Self::is_absolute_uri) where it matters.
///
/// Two URIs are equal when they name the same resource: user info and fragment do not count, the
/// host and the path of a Windows file are compared without letter case. As in .NET the text
/// [`SafeUnescaped`](crate::UriFormat::SafeUnescaped) gives is what is compared: `?|` equals
/// `?%7C`, yet `?\` and `?%5C` are two, though both go out as the second.
///
/// .NET: `System.Uri`
///
/// # Limits
/// A text has at most 65,519 UTF-16 units, a scheme at most 1,024 characters.
///
/// # Differences from .NET
/// See `docs/porting/differences.md`. Paths of Windows and Unix are told apart by
/// [`UriSettings`], not by the operating system.
///
/// # Examples
/// ```
/// use system_net_uri::Uri;
///
/// let uri = Uri::parse("HTTP://Contoso.com:80/a/../b c?q=1#top")?;
/// assert_eq!(uri.absolute_uri(), "http://contoso.com/b%20c?q=1#top");
/// assert_eq!(uri.to_string(), "http://contoso.com/b c?q=1#top");
/// assert_eq!((uri.host(), uri.port()), ("contoso.com", Some(80)));
/// assert_eq!(uri.path_and_query(), "/b%20c?q=1");
/// assert_eq!(uri.combine("../d")?.absolute_uri(), "http://contoso.com/d");
/// # Ok::<(), system_net_uri::UriFormatError>(())
/// ```
#[doc(alias = "System.Uri")]
#[derive(Clone)]
pub struct Uri(Arc<Inner>);

impl Uri {
    /// The delimiter behind a scheme. .NET: `Uri.SchemeDelimiter`
    #[doc(alias = "Uri.SchemeDelimiter")]
    pub const SCHEME_DELIMITER: &'static str = "://";
    /// `http`. .NET: `Uri.UriSchemeHttp`
    #[doc(alias = "Uri.UriSchemeHttp")]
    pub const URI_SCHEME_HTTP: &'static str = "http";
    /// `https`. .NET: `Uri.UriSchemeHttps`
    #[doc(alias = "Uri.UriSchemeHttps")]
    pub const URI_SCHEME_HTTPS: &'static str = "https";
    /// `ftp`. .NET: `Uri.UriSchemeFtp`
    #[doc(alias = "Uri.UriSchemeFtp")]
    pub const URI_SCHEME_FTP: &'static str = "ftp";
    /// `file`. .NET: `Uri.UriSchemeFile`
    #[doc(alias = "Uri.UriSchemeFile")]
    pub const URI_SCHEME_FILE: &'static str = "file";
    /// `gopher`. .NET: `Uri.UriSchemeGopher`
    #[doc(alias = "Uri.UriSchemeGopher")]
    pub const URI_SCHEME_GOPHER: &'static str = "gopher";
    /// `mailto`. .NET: `Uri.UriSchemeMailto`
    #[doc(alias = "Uri.UriSchemeMailto")]
    pub const URI_SCHEME_MAILTO: &'static str = "mailto";
    /// `news`. .NET: `Uri.UriSchemeNews`
    #[doc(alias = "Uri.UriSchemeNews")]
    pub const URI_SCHEME_NEWS: &'static str = "news";
    /// `nntp`. .NET: `Uri.UriSchemeNntp`
    #[doc(alias = "Uri.UriSchemeNntp")]
    pub const URI_SCHEME_NNTP: &'static str = "nntp";
    /// `net.pipe`. .NET: `Uri.UriSchemeNetPipe`
    #[doc(alias = "Uri.UriSchemeNetPipe")]
    pub const URI_SCHEME_NET_PIPE: &'static str = "net.pipe";
    /// `net.tcp`. .NET: `Uri.UriSchemeNetTcp`
    #[doc(alias = "Uri.UriSchemeNetTcp")]
    pub const URI_SCHEME_NET_TCP: &'static str = "net.tcp";

    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Reads an absolute URI with the default settings.
    ///
    /// .NET: `Uri.#ctor`
    ///
    /// # Errors
    /// [`UriFormatError`] if the text is no absolute URI.
    #[doc(alias = "new Uri")]
    pub fn parse(text: &str) -> Result<Self, UriFormatError> {
        parse::parse(text, UriKind::Absolute, &UriSettings::default(), false)
    }

    /// Reads a URI of the given kind with the default settings. With
    /// [`RelativeOrAbsolute`](UriKind::RelativeOrAbsolute) it takes the texts that .NET's converter
    /// of types takes.
    ///
    /// .NET: `Uri.TryCreate`, `UriTypeConverter.ConvertFrom`, `UriTypeConverter.IsValid`
    ///
    /// # Errors
    /// [`UriFormatError`] if the text is no URI of that kind.
    #[doc(alias = "Uri.TryCreate")]
    #[doc(alias = "UriTypeConverter.ConvertFrom")]
    #[doc(alias = "UriTypeConverter.IsValid")]
    pub fn parse_kind(text: &str, kind: UriKind) -> Result<Self, UriFormatError> {
        parse::parse(text, kind, &UriSettings::default(), false)
    }

    /// Reads a URI of the given kind with the given settings, which it keeps.
    ///
    /// # Errors
    /// [`UriFormatError`] if the text is no URI of that kind.
    pub fn parse_in(
        text: &str,
        kind: UriKind,
        settings: &UriSettings,
    ) -> Result<Self, UriFormatError> {
        parse::parse(text, kind, settings, false)
    }

    /// Whether the URI is absolute.
    ///
    /// .NET: `Uri.IsAbsoluteUri`
    #[doc(alias = "Uri.IsAbsoluteUri")]
    #[must_use]
    pub fn is_absolute_uri(&self) -> bool {
        self.0.absolute
    }

    /// The text as it was given.
    ///
    /// .NET: `Uri.OriginalString`
    #[doc(alias = "Uri.OriginalString")]
    #[must_use]
    pub fn original_string(&self) -> &str {
        self.0.at(self.0.original)
    }

    /// The scheme in lower case, without the colon.
    ///
    /// .NET: `Uri.Scheme`
    #[doc(alias = "Uri.Scheme")]
    #[inline]
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.at(self.0.scheme)
    }

    /// The host: names in lower case, IPv6 addresses in brackets and without zone.
    ///
    /// .NET: `Uri.Host`
    #[doc(alias = "Uri.Host")]
    #[inline]
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.slice(self.0.wire.host, self.0.wire.port)
    }

    /// Host and port, the port only if it is not the default one.
    ///
    /// .NET: `Uri.Authority`
    #[doc(alias = "Uri.Authority")]
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.slice(self.0.wire.host, self.0.wire.path)
    }

    /// User name and password as they stand before the `@`.
    ///
    /// .NET: `Uri.UserInfo`
    #[doc(alias = "Uri.UserInfo")]
    #[must_use]
    pub fn user_info(&self) -> &str {
        let wire = &self.0.wire;
        let text = self.0.slice(wire.user, wire.host);
        text.strip_suffix('@').unwrap_or(text)
    }

    /// The path, escaped. For a Windows path it begins with the drive letter.
    ///
    /// .NET: `Uri.AbsolutePath`
    #[doc(alias = "Uri.AbsolutePath")]
    #[must_use]
    pub fn absolute_path(&self) -> &str {
        self.0.slice(self.path_start(), self.0.wire.query)
    }

    /// The query with its `?`, escaped; empty if there is none.
    ///
    /// .NET: `Uri.Query`
    #[doc(alias = "Uri.Query")]
    #[must_use]
    pub fn query(&self) -> &str {
        self.0.slice(self.0.wire.query, self.0.wire.fragment)
    }

    /// The fragment with its `#`, escaped; empty if there is none.
    ///
    /// .NET: `Uri.Fragment`
    #[doc(alias = "Uri.Fragment")]
    #[must_use]
    pub fn fragment(&self) -> &str {
        self.0.slice(self.0.wire.fragment, self.0.wire.end)
    }

    /// Path and query, escaped: what a request line carries.
    ///
    /// .NET: `Uri.PathAndQuery`
    #[doc(alias = "Uri.PathAndQuery")]
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        self.0.slice(self.path_start(), self.0.wire.fragment)
    }

    /// The whole URI, escaped for the wire.
    ///
    /// .NET: `Uri.AbsoluteUri`
    #[doc(alias = "Uri.AbsoluteUri")]
    #[must_use]
    pub fn absolute_uri(&self) -> &str {
        self.0.slice(self.0.wire.scheme, self.0.wire.end)
    }

    /// The path without the slash that stands before a drive letter.
    fn path_start(&self) -> u32 {
        let path = self.0.wire.path;
        let drive = self.0.flags.any(Flags::DOS_PATH);
        path + u32::from(drive && self.0.text.as_bytes().get(path as usize) == Some(&b'/'))
    }

    /// The path in pieces that end with their slash, escaped.
    ///
    /// .NET: `Uri.Segments`
    #[doc(alias = "Uri.Segments")]
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.0
            .slice(self.0.wire.path, self.0.wire.query)
            .split_inclusive('/')
            .collect()
    }

    /// The port, also if it is the scheme's default; `None` if there is no such number
    /// (.NET: -1).
    ///
    /// .NET: `Uri.Port`
    #[doc(alias = "Uri.Port")]
    #[inline]
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.0.port
    }

    /// Whether the port is the scheme's default. True if neither has one.
    ///
    /// .NET: `Uri.IsDefaultPort`
    #[doc(alias = "Uri.IsDefaultPort")]
    #[must_use]
    pub fn is_default_port(&self) -> bool {
        self.0.absolute && !self.0.flags.any(Flags::NOT_DEFAULT_PORT)
    }

    /// Whether the scheme is `file`.
    ///
    /// .NET: `Uri.IsFile`
    #[doc(alias = "Uri.IsFile")]
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.scheme() == Self::URI_SCHEME_FILE
    }

    /// Whether it is a path on a file server, `\\server\share`.
    ///
    /// .NET: `Uri.IsUnc`
    #[doc(alias = "Uri.IsUnc")]
    #[must_use]
    pub fn is_unc(&self) -> bool {
        self.0.flags.any(Flags::UNC_PATH)
    }

    /// Whether the host is this machine: `localhost`, a loopback address, or no host at all.
    ///
    /// .NET: `Uri.IsLoopback`
    #[doc(alias = "Uri.IsLoopback")]
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.flags.any(Flags::LOOPBACK)
    }

    /// Whether the caller vouched for the escaping (the obsolete constructors).
    ///
    /// .NET: `Uri.UserEscaped`
    #[doc(alias = "Uri.UserEscaped")]
    #[must_use]
    pub fn user_escaped(&self) -> bool {
        self.0.flags.any(Flags::USER_ESCAPED)
    }

    /// What the host is.
    ///
    /// .NET: `Uri.HostNameType`
    #[doc(alias = "Uri.HostNameType")]
    #[must_use]
    pub fn host_name_type(&self) -> UriHostNameType {
        self.0.host.name_type()
    }

    /// The host as a program shows it to a resolver: an IPv6 address without brackets and with
    /// its zone, a free-style host unescaped, a name as it is.
    ///
    /// .NET: `Uri.DnsSafeHost`
    #[doc(alias = "Uri.DnsSafeHost")]
    #[must_use]
    pub fn dns_safe_host(&self) -> &str {
        match (self.0.host, self.0.idn) {
            (HostKind::V6(_) | HostKind::Basic, Some(span)) => self.0.at(span),
            (_, Some(span)) if self.0.flags.any(Flags::IDN_HOST) => self.0.at(span),
            _ => self.host(),
        }
    }

    /// The host with international labels in Punycode, whatever the settings.
    ///
    /// .NET: `Uri.IdnHost`
    ///
    /// # Errors
    /// [`UriFormatErrorKind::BadUnicodeHost`](Kind::BadUnicodeHost) if UTS 46 has no such form
    /// for the name.
    #[doc(alias = "Uri.IdnHost")]
    pub fn idn_host(&self) -> Result<&str, UriFormatError> {
        match self.0.idn {
            Some(span) => Ok(self.0.at(span)),
            None if self.0.absolute => Err(UriFormatError::new(Kind::BadUnicodeHost, 0)),
            None => Ok(""),
        }
    }

    /// What is connected to.
    #[inline]
    #[must_use]
    pub fn host_address(&self) -> HostAddress<'_> {
        self.0.host_address()
    }

    /// The settings the URI was read with.
    #[must_use]
    pub fn settings(&self) -> &UriSettings {
        &self.0.settings
    }

    /// The URI up to and with the given part, escaped.
    ///
    /// .NET: `Uri.GetLeftPart`
    #[doc(alias = "Uri.GetLeftPart")]
    #[must_use]
    pub fn left_part(&self, part: UriPartial) -> &str {
        let wire = &self.0.wire;
        let end = match part {
            UriPartial::Scheme => wire.user,
            UriPartial::Authority
                if !self.0.flags.any(Flags::AUTHORITY) || self.0.flags.any(Flags::DOS_PATH) =>
            {
                return "";
            }
            UriPartial::Authority => wire.path,
            UriPartial::Path => wire.query,
            UriPartial::Query => wire.fragment,
        };
        self.0.slice(wire.scheme, end)
    }
}

/// An absolute URI from its text: what .NET looks up a converter for is a trait here. One that
/// takes relative texts as well is [`Uri::parse_kind`].
///
/// .NET: `UriTypeConverter`, `UriTypeConverter.#ctor`
impl FromStr for Uri {
    type Err = UriFormatError;

    fn from_str(text: &str) -> Result<Self, UriFormatError> {
        Self::parse(text)
    }
}

/// Whether there is such a conversion is known when the program is compiled.
///
/// .NET: `UriTypeConverter.CanConvertFrom`
impl TryFrom<&str> for Uri {
    type Error = UriFormatError;

    fn try_from(text: &str) -> Result<Self, UriFormatError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Uri {
    type Error = UriFormatError;

    fn try_from(text: String) -> Result<Self, UriFormatError> {
        Self::parse(&text)
    }
}

/// The text as it was given ([`Uri::original_string`]), not the one for people.
///
/// .NET: `UriTypeConverter.ConvertTo`, `UriTypeConverter.CanConvertTo`
///
/// # Examples
/// ```
/// use system_net_uri::{Uri, UriKind};
///
/// let text = String::from(Uri::parse("HTTP://h:80/a%20b")?);
/// assert_eq!(text, "HTTP://h:80/a%20b");
/// let relative = Uri::parse_kind("../a b", UriKind::RelativeOrAbsolute)?;
/// assert_eq!(String::from(relative), "../a b");
/// assert!(Uri::try_from("../a b".to_owned()).is_err());
/// # Ok::<(), system_net_uri::UriFormatError>(())
/// ```
impl From<Uri> for String {
    fn from(uri: Uri) -> Self {
        uri.original_string().to_owned()
    }
}

impl fmt::Debug for Uri {
    /// The text as written, with a password hidden.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wire = &self.0.wire;
        let shown: Cow<'_, str> = match self.user_info().split_once(':') {
            Some((name, _)) => Cow::Owned(format!(
                "{}{name}:***@{}",
                self.0.slice(wire.scheme, wire.user),
                self.0.slice(wire.host, wire.end)
            )),
            None if self.0.absolute => Cow::Borrowed(self.absolute_uri()),
            None => Cow::Borrowed(self.original_string()),
        };
        f.debug_tuple("Uri").field(&shown).finish()
    }
}
