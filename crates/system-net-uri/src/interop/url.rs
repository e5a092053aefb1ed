//! `url::Url`: browsers' idea of an address.

use crate::{Uri, UriFormatError};

impl TryFrom<&url::Url> for Uri {
    type Error = UriFormatError;

    /// # Errors
    /// [`UriFormatError`] where .NET does not read what browsers write, such as `http://a_;b/`.
    fn try_from(url: &url::Url) -> Result<Self, UriFormatError> {
        Self::parse(url.as_str())
    }
}

impl TryFrom<&Uri> for url::Url {
    type Error = url::ParseError;

    /// # Errors
    /// `url::ParseError` for relative URIs and where browsers do not read what .NET writes.
    fn try_from(uri: &Uri) -> Result<Self, url::ParseError> {
        Self::parse(uri.absolute_uri())
    }
}
