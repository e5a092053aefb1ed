//! `ToUri`: what addresses can be given as.

use system_net_uri::{Uri, UriFormatError, UriKind, UriSettings};

/// What an address can be given as: text, or a [`Uri`].
pub trait ToUri {
    /// The address.
    ///
    /// # Errors
    /// The text is not an absolute URI.
    fn to_uri(&self) -> Result<Uri, UriFormatError>;

    /// The address, read as a context reads addresses. What is a [`Uri`] already stays as it was
    /// read.
    ///
    /// # Errors
    /// The text is not an absolute URI.
    fn to_uri_in(&self, settings: &UriSettings) -> Result<Uri, UriFormatError> {
        let _ = settings;
        self.to_uri()
    }
}

impl ToUri for str {
    fn to_uri(&self) -> Result<Uri, UriFormatError> {
        Uri::parse(self)
    }

    fn to_uri_in(&self, settings: &UriSettings) -> Result<Uri, UriFormatError> {
        Uri::parse_in(self, UriKind::Absolute, settings)
    }
}

impl ToUri for String {
    fn to_uri(&self) -> Result<Uri, UriFormatError> {
        Uri::parse(self)
    }

    fn to_uri_in(&self, settings: &UriSettings) -> Result<Uri, UriFormatError> {
        self.as_str().to_uri_in(settings)
    }
}

impl ToUri for Uri {
    fn to_uri(&self) -> Result<Uri, UriFormatError> {
        Ok(self.clone())
    }
}

impl<T: ToUri + ?Sized> ToUri for &T {
    fn to_uri(&self) -> Result<Uri, UriFormatError> {
        (**self).to_uri()
    }

    fn to_uri_in(&self, settings: &UriSettings) -> Result<Uri, UriFormatError> {
        (**self).to_uri_in(settings)
    }
}
