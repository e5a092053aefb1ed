//! Why a cookie is not taken.

use std::error::Error;
use std::fmt;

/// A cookie that cannot be made, or that a container does not take.
///
/// It names the attribute at fault and what to do. The value of the cookie is never part of it.
///
/// .NET: `System.Net.CookieException`
#[doc(alias = "CookieException")]
#[derive(Clone, PartialEq, Eq)]
pub struct CookieError {
    kind: CookieErrorKind,
    /// The text of the attribute, where it is no secret.
    text: Option<Box<str>>,
}

/// What is wrong with a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CookieErrorKind {
    /// The name is empty, begins with `$`, begins or ends with a blank, or holds a character that
    /// separates: a control character, `=`, `;` or `,`.
    Name,
    /// The value holds a control character, or `;` or `,` outside of quotes.
    Value,
    /// The comment holds a control character, or `;` or `,` outside of quotes.
    Comment,
    /// The path holds a control character, or `;` or `,` outside of quotes.
    Path,
    /// The domain is no name, or the host is not within it.
    Domain,
    /// The domain is one that everybody can have names below, such as `co.uk`.
    PublicSuffix,
    /// The list of ports is none, or the port of the address is not on it.
    Port,
    /// The version of the cookie is no number.
    Version,
    /// Name and value are longer than [`CookieContainer::max_cookie_size`].
    ///
    /// [`CookieContainer::max_cookie_size`]: crate::CookieContainer::max_cookie_size
    TooLong,
    /// A cookie that is for safe connections came over another one.
    NotSecure,
    /// A name that begins with `__Secure-` or `__Host-` without what it promises.
    Prefix,
    /// It would stand in for a cookie that is for safe connections, and came over another one.
    SecureExists,
    /// The address has no host.
    Host,
}

impl CookieError {
    /// An error about a text that may be shown.
    pub(super) fn with_text(kind: CookieErrorKind, text: &str) -> Self {
        Self {
            kind,
            text: Some(text.into()),
        }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> CookieErrorKind {
        self.kind
    }

    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self.kind {
            CookieErrorKind::Name => "take a name of letters, digits, - and _",
            CookieErrorKind::Value | CookieErrorKind::Comment => {
                "escape it, as WebUtility::url_encode does, or put quotes around it"
            }
            CookieErrorKind::Path => "write it as in an address, with escapes",
            CookieErrorKind::Domain => "name the host itself or a domain that it is in",
            CookieErrorKind::PublicSuffix => {
                "name a domain below it, or leave the domain out and the cookie is for this host"
            }
            CookieErrorKind::Port => "write the ports in quotes, with the one of the address",
            CookieErrorKind::Version => "0 and 1 are the versions there are",
            CookieErrorKind::TooLong => "raise max_cookie_size of the container",
            CookieErrorKind::NotSecure | CookieErrorKind::SecureExists => "use https",
            CookieErrorKind::Prefix => {
                "__Secure- needs Secure; __Host- needs Secure, Path=/ and no Domain"
            }
            CookieErrorKind::Host => "use an absolute address with a host",
        }
    }
}

impl From<CookieErrorKind> for CookieError {
    fn from(kind: CookieErrorKind) -> Self {
        Self { kind, text: None }
    }
}

impl fmt::Display for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            CookieErrorKind::Name => "the name of the cookie is not valid",
            CookieErrorKind::Value => "the value of the cookie is not valid",
            CookieErrorKind::Comment => "the comment of the cookie is not valid",
            CookieErrorKind::Path => "the path of the cookie is not valid",
            CookieErrorKind::Domain => "the domain of the cookie is not one of the host",
            CookieErrorKind::PublicSuffix => "the domain of the cookie is open to everybody",
            CookieErrorKind::Port => "the ports of the cookie are not valid here",
            CookieErrorKind::Version => "the version of the cookie is not valid",
            CookieErrorKind::TooLong => "the cookie is too long",
            CookieErrorKind::NotSecure => "a secure cookie came over a connection that is not",
            CookieErrorKind::Prefix => "the cookie lacks what its name promises",
            CookieErrorKind::SecureExists => "there is a secure cookie that this one would hide",
            CookieErrorKind::Host => "the address has no host that cookies could belong to",
        })?;
        match &self.text {
            Some(text) => write!(f, ": {text:?}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieError")
            .field("kind", &self.kind)
            .field("text", &self.text)
            .field("hint", &self.hint())
            .finish()
    }
}

impl Error for CookieError {}
