//! `http::Uri`: the request target of the `http` crate and what is built on it.

use std::borrow::Cow;

use crate::flags::Flags;
use crate::{Uri, UriFormatError, UriFormatErrorKind as Kind, UriKind, UriPartial};

impl TryFrom<&http::Uri> for Uri {
    type Error = UriFormatError;

    /// A target with a scheme becomes an absolute URI, one that is only a path a relative URI.
    ///
    /// # Errors
    /// [`BadFormat`](Kind::BadFormat) for a bare `host:port` and for `*`, which are no URIs; else
    /// as [`Uri::parse`].
    fn try_from(target: &http::Uri) -> Result<Self, UriFormatError> {
        if target.scheme().is_some() {
            return Self::parse(&target.to_string());
        }
        let Some(path) = target
            .path_and_query()
            .filter(|path| target.authority().is_none() && path.as_str().starts_with('/'))
        else {
            return Err(UriFormatError::new(Kind::BadFormat, 0));
        };
        // RFC 3986 section 4.2: a relative URI that begins with two slashes names a host.
        let text = match path.as_str() {
            text if text.starts_with("//") => Cow::Owned(format!("/.{text}")),
            text => Cow::Borrowed(text),
        };
        Self::parse_kind(&text, UriKind::Relative)
    }
}

impl TryFrom<&Uri> for http::Uri {
    type Error = UriFormatError;

    /// The URI without its fragment, the host as DNS wants it, an IPv6 address without its zone.
    /// A relative URI is the path it begins with.
    ///
    /// # Errors
    /// [`BadAuthority`](Kind::BadAuthority) for an absolute URI without a host;
    /// [`BadUnicodeHost`](Kind::BadUnicodeHost) for a host that has no form for DNS;
    /// [`NotAbsolute`](Kind::NotAbsolute) for a relative URI that does not begin with one slash;
    /// [`BadFormat`](Kind::BadFormat) for what the `http` crate does not read, such as a scheme
    /// longer than 64 characters.
    fn try_from(uri: &Uri) -> Result<Self, UriFormatError> {
        let text = if uri.is_absolute_uri() {
            absolute(uri)?
        } else {
            relative(uri)?
        };
        Self::try_from(text.as_ref()).map_err(|_| UriFormatError::new(Kind::BadFormat, 0))
    }
}

fn absolute(uri: &Uri) -> Result<Cow<'_, str>, UriFormatError> {
    // `mailto:a@h` has a host, but the `http` crate would read all of it as one.
    if uri.host().is_empty() || !uri.inner().flags.any(Flags::AUTHORITY) {
        return Err(UriFormatError::new(Kind::BadAuthority, 0));
    }
    let text = uri.left_part(UriPartial::Query);
    if uri.host().is_ascii() {
        return Ok(Cow::Borrowed(text));
    }
    let wire = &uri.inner().wire;
    let (before, rest) = text.split_at((wire.host - wire.scheme) as usize);
    let behind = &rest[uri.host().len()..];
    Ok(Cow::Owned(format!("{before}{}{behind}", uri.idn_host()?)))
}

fn relative(uri: &Uri) -> Result<Cow<'_, str>, UriFormatError> {
    let text = uri.components(
        crate::UriComponents::SERIALIZATION_INFO_STRING,
        crate::UriFormat::UriEscaped,
    )?;
    if !text.starts_with('/') || text.starts_with("//") {
        return Err(UriFormatError::new(Kind::NotAbsolute, 0));
    }
    let end = text.find('#').unwrap_or(text.len());
    Ok(Cow::Owned(text[..end].to_owned()))
}
