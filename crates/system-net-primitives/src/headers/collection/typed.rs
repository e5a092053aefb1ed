//! The members that take a header from the two enumerations instead of its name.

use super::WebHeaderCollection;
use crate::Misuse;
use crate::headers::{HeaderSet, HttpRequestHeader, HttpResponseHeader};

/// The same by the members of the two enumerations.
impl WebHeaderCollection {
    /// As [`add`](Self::add).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Add(HttpRequestHeader, String)`
    ///
    /// # Errors
    /// As [`add`](Self::add).
    #[doc(alias = "WebHeaderCollection.Add")]
    pub fn add_request_header(
        &mut self,
        header: HttpRequestHeader,
        value: &str,
    ) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Request)?;
        self.add(header.name(), value)
    }

    /// As [`set`](Self::set).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Set(HttpRequestHeader, String)`
    ///
    /// # Errors
    /// As [`add`](Self::add), and [`Misuse::InvalidOperation`] for a response's collection.
    #[doc(alias = "WebHeaderCollection.Set")]
    pub fn set_request_header(
        &mut self,
        header: HttpRequestHeader,
        value: &str,
    ) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Request)?;
        self.set(header.name(), value)
    }

    /// As [`remove`](Self::remove).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Remove(HttpRequestHeader)`
    ///
    /// # Errors
    /// As [`remove`](Self::remove), and [`Misuse::InvalidOperation`] for a response's collection.
    #[doc(alias = "WebHeaderCollection.Remove")]
    pub fn remove_request_header(&mut self, header: HttpRequestHeader) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Request)?;
        self.remove(header.name())
    }

    /// As [`add`](Self::add).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Add(HttpResponseHeader, String)`
    ///
    /// # Errors
    /// As [`add`](Self::add), and [`Misuse::InvalidOperation`] for a request's collection.
    #[doc(alias = "WebHeaderCollection.Add")]
    pub fn add_response_header(
        &mut self,
        header: HttpResponseHeader,
        value: &str,
    ) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Response)?;
        self.add(header.name(), value)
    }

    /// As [`set`](Self::set).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Set(HttpResponseHeader, String)`
    ///
    /// # Errors
    /// As [`add`](Self::add), and [`Misuse::InvalidOperation`] for a request's collection.
    #[doc(alias = "WebHeaderCollection.Set")]
    pub fn set_response_header(
        &mut self,
        header: HttpResponseHeader,
        value: &str,
    ) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Response)?;
        self.set(header.name(), value)
    }

    /// As [`remove`](Self::remove).
    ///
    /// .NET: `System.Net.WebHeaderCollection.Remove(HttpResponseHeader)`
    ///
    /// # Errors
    /// As [`remove`](Self::remove), and [`Misuse::InvalidOperation`] for a request's collection.
    #[doc(alias = "WebHeaderCollection.Remove")]
    pub fn remove_response_header(&mut self, header: HttpResponseHeader) -> Result<(), Misuse> {
        self.check_set(HeaderSet::Response)?;
        self.remove(header.name())
    }

    fn check_set(&self, wanted: HeaderSet) -> Result<(), Misuse> {
        if self.set == HeaderSet::Plain || self.set == wanted {
            return Ok(());
        }
        Err(Misuse::invalid_operation(match wanted {
            HeaderSet::Request => "request headers cannot be changed in a response",
            _ => "response headers cannot be changed in a request",
        }))
    }
}
