//! The events of a `WebClient`.

use system_net_primitives::{Event, Subscription};

use super::completed::{
    AsyncCompletedEventArgs, DownloadDataCompletedEventArgs, DownloadStringCompletedEventArgs,
    OpenReadCompletedEventArgs, OpenWriteCompletedEventArgs, UploadDataCompletedEventArgs,
    UploadFileCompletedEventArgs, UploadStringCompletedEventArgs, UploadValuesCompletedEventArgs,
};
use super::{DownloadProgressChangedEventArgs, UploadProgressChangedEventArgs, WebClient};

/// One event for each kind of operation, and two for their progress.
#[derive(Default)]
pub(super) struct Events {
    pub(super) download_progress: Event<DownloadProgressChangedEventArgs>,
    pub(super) upload_progress: Event<UploadProgressChangedEventArgs>,
    pub(super) download_data: Event<DownloadDataCompletedEventArgs>,
    pub(super) download_string: Event<DownloadStringCompletedEventArgs>,
    pub(super) download_file: Event<AsyncCompletedEventArgs<()>>,
    pub(super) open_read: Event<OpenReadCompletedEventArgs>,
    pub(super) open_write: Event<OpenWriteCompletedEventArgs>,
    pub(super) upload_data: Event<UploadDataCompletedEventArgs>,
    pub(super) upload_string: Event<UploadStringCompletedEventArgs>,
    pub(super) upload_file: Event<UploadFileCompletedEventArgs>,
    pub(super) upload_values: Event<UploadValuesCompletedEventArgs>,
}

impl WebClient {
    /// Calls `handler` for each piece of a download, on the thread that reads it.
    ///
    /// .NET: `System.Net.WebClient.DownloadProgressChanged`
    #[doc(alias = "WebClient.DownloadProgressChanged")]
    pub fn on_download_progress_changed(
        &self,
        handler: impl Fn(&DownloadProgressChangedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.download_progress.on(handler)
    }

    /// Calls `handler` for each piece of an upload, and then of its response, on the thread that
    /// transfers it.
    ///
    /// .NET: `System.Net.WebClient.UploadProgressChanged`
    #[doc(alias = "WebClient.UploadProgressChanged")]
    pub fn on_upload_progress_changed(
        &self,
        handler: impl Fn(&UploadProgressChangedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.upload_progress.on(handler)
    }

    /// Calls `handler` at the end of a download begun with [`start_download_data`](Self::start_download_data), on a thread of the background runtime.
    ///
    /// .NET: `System.Net.WebClient.DownloadDataCompleted`
    #[doc(alias = "WebClient.DownloadDataCompleted")]
    pub fn on_download_data_completed(
        &self,
        handler: impl Fn(&DownloadDataCompletedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.download_data.on(handler)
    }

    /// Calls `handler` at the end of a download begun with [`start_download_string`](Self::start_download_string), on a thread of the background runtime.
    ///
    /// .NET: `System.Net.WebClient.DownloadStringCompleted`
    #[doc(alias = "WebClient.DownloadStringCompleted")]
    pub fn on_download_string_completed(
        &self,
        handler: impl Fn(&DownloadStringCompletedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.download_string.on(handler)
    }

    /// Calls `handler` at the end of a download begun with [`start_download_file`](Self::start_download_file), on a thread of the background runtime.
    ///
    /// .NET: `System.Net.WebClient.DownloadFileCompleted`
    #[doc(alias = "WebClient.DownloadFileCompleted")]
    pub fn on_download_file_completed(
        &self,
        handler: impl Fn(&AsyncCompletedEventArgs<()>) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.download_file.on(handler)
    }

    /// Calls `handler` at the end of what [`start_open_read`](Self::start_open_read) began, on a thread of the background runtime.
    ///
    /// .NET: `System.Net.WebClient.OpenReadCompleted`
    #[doc(alias = "WebClient.OpenReadCompleted")]
    pub fn on_open_read_completed(
        &self,
        handler: impl Fn(&OpenReadCompletedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.open_read.on(handler)
    }

    /// Calls `handler` at the end of what [`start_open_write`](Self::start_open_write) began, on a thread of the background runtime.
    ///
    /// .NET: `System.Net.WebClient.OpenWriteCompleted`
    #[doc(alias = "WebClient.OpenWriteCompleted")]
    pub fn on_open_write_completed(
        &self,
        handler: impl Fn(&OpenWriteCompletedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.open_write.on(handler)
    }

    /// Calls `handler` at the end of an upload begun with [`start_upload_data`](Self::start_upload_data), on a thread of the background runtime.
    ///
    /// .NET: `System.Net.WebClient.UploadDataCompleted`
    #[doc(alias = "WebClient.UploadDataCompleted")]
    pub fn on_upload_data_completed(
        &self,
        handler: impl Fn(&UploadDataCompletedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.upload_data.on(handler)
    }

    /// Calls `handler` at the end of an upload begun with [`start_upload_string`](Self::start_upload_string), on a thread of the background runtime.
    ///
    /// .NET: `System.Net.WebClient.UploadStringCompleted`
    #[doc(alias = "WebClient.UploadStringCompleted")]
    pub fn on_upload_string_completed(
        &self,
        handler: impl Fn(&UploadStringCompletedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.upload_string.on(handler)
    }

    /// Calls `handler` at the end of an upload begun with [`start_upload_file`](Self::start_upload_file), on a thread of the background runtime.
    ///
    /// .NET: `System.Net.WebClient.UploadFileCompleted`
    #[doc(alias = "WebClient.UploadFileCompleted")]
    pub fn on_upload_file_completed(
        &self,
        handler: impl Fn(&UploadFileCompletedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.upload_file.on(handler)
    }

    /// Calls `handler` at the end of an upload begun with [`start_upload_values`](Self::start_upload_values), on a thread of the background runtime.
    ///
    /// .NET: `System.Net.WebClient.UploadValuesCompleted`
    #[doc(alias = "WebClient.UploadValuesCompleted")]
    pub fn on_upload_values_completed(
        &self,
        handler: impl Fn(&UploadValuesCompletedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.shared.events.upload_values.on(handler)
    }
}
