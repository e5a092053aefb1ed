//! What the events at the end of an operation tell.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use system_net_primitives::AsyncState;

use crate::error::WebError;
use crate::streams::{RequestStream, ResponseStream};

/// How an operation ended.
///
/// .NET: `System.ComponentModel.AsyncCompletedEventArgs`
pub struct AsyncCompletedEventArgs<T> {
    outcome: Result<T, WebError>,
    cancelled: bool,
    user_state: Option<AsyncState>,
}

/// .NET: `System.Net.DownloadDataCompletedEventArgs`
pub type DownloadDataCompletedEventArgs = AsyncCompletedEventArgs<Vec<u8>>;
/// .NET: `System.Net.DownloadStringCompletedEventArgs`
pub type DownloadStringCompletedEventArgs = AsyncCompletedEventArgs<String>;
/// .NET: `System.Net.OpenReadCompletedEventArgs`
pub type OpenReadCompletedEventArgs = AsyncCompletedEventArgs<Handover<ResponseStream>>;
/// .NET: `System.Net.OpenWriteCompletedEventArgs`
pub type OpenWriteCompletedEventArgs = AsyncCompletedEventArgs<Handover<RequestStream>>;
/// .NET: `System.Net.UploadDataCompletedEventArgs`
pub type UploadDataCompletedEventArgs = AsyncCompletedEventArgs<Vec<u8>>;
/// .NET: `System.Net.UploadStringCompletedEventArgs`
pub type UploadStringCompletedEventArgs = AsyncCompletedEventArgs<String>;
/// .NET: `System.Net.UploadFileCompletedEventArgs`
pub type UploadFileCompletedEventArgs = AsyncCompletedEventArgs<Vec<u8>>;
/// .NET: `System.Net.UploadValuesCompletedEventArgs`
pub type UploadValuesCompletedEventArgs = AsyncCompletedEventArgs<Vec<u8>>;

impl<T> AsyncCompletedEventArgs<T> {
    pub(super) fn new(
        outcome: Result<T, WebError>,
        cancelled: bool,
        user_state: Option<AsyncState>,
    ) -> Self {
        Self {
            outcome,
            cancelled,
            user_state,
        }
    }

    /// What came of it.
    ///
    /// # Errors
    /// The operation's own; with the status `RequestCanceled` if it was cancelled.
    ///
    /// .NET: `System.Net.DownloadDataCompletedEventArgs.Result`
    /// .NET: `System.Net.DownloadStringCompletedEventArgs.Result`
    /// .NET: `System.Net.OpenReadCompletedEventArgs.Result`
    /// .NET: `System.Net.OpenWriteCompletedEventArgs.Result`
    /// .NET: `System.Net.UploadDataCompletedEventArgs.Result`
    /// .NET: `System.Net.UploadStringCompletedEventArgs.Result`
    /// .NET: `System.Net.UploadFileCompletedEventArgs.Result`
    /// .NET: `System.Net.UploadValuesCompletedEventArgs.Result`
    #[doc(alias = "DownloadDataCompletedEventArgs.Result")]
    #[doc(alias = "DownloadStringCompletedEventArgs.Result")]
    #[doc(alias = "OpenReadCompletedEventArgs.Result")]
    #[doc(alias = "OpenWriteCompletedEventArgs.Result")]
    #[doc(alias = "UploadDataCompletedEventArgs.Result")]
    #[doc(alias = "UploadStringCompletedEventArgs.Result")]
    #[doc(alias = "UploadFileCompletedEventArgs.Result")]
    #[doc(alias = "UploadValuesCompletedEventArgs.Result")]
    pub fn result(&self) -> Result<&T, &WebError> {
        self.outcome.as_ref()
    }

    /// Why it failed; `None` if it did not, and if it was cancelled.
    ///
    /// .NET: `System.ComponentModel.AsyncCompletedEventArgs.Error`
    #[doc(alias = "AsyncCompletedEventArgs.Error")]
    #[must_use]
    pub fn error(&self) -> Option<&WebError> {
        self.outcome.as_ref().err().filter(|_| !self.cancelled)
    }

    /// Whether it was cancelled.
    ///
    /// .NET: `System.ComponentModel.AsyncCompletedEventArgs.Cancelled`
    #[doc(alias = "AsyncCompletedEventArgs.Cancelled")]
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.cancelled
    }

    /// What its caller gave it.
    ///
    /// .NET: `System.ComponentModel.AsyncCompletedEventArgs.UserState`
    #[doc(alias = "AsyncCompletedEventArgs.UserState")]
    #[must_use]
    pub fn user_state(&self) -> Option<&AsyncState> {
        self.user_state.as_ref()
    }
}

impl<T> fmt::Debug for AsyncCompletedEventArgs<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncCompletedEventArgs")
            .field("error", &self.outcome.as_ref().err())
            .field("cancelled", &self.cancelled)
            .finish_non_exhaustive()
    }
}

/// Something that one of the handlers of an event can have.
pub struct Handover<T> {
    value: Mutex<Option<T>>,
}

impl<T> Handover<T> {
    pub(super) fn new(value: T) -> Self {
        Self {
            value: Mutex::new(Some(value)),
        }
    }

    /// Takes it; `None` if another handler was first.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.value
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl<T> fmt::Debug for Handover<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover").finish_non_exhaustive()
    }
}
