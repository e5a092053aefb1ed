//! Operations that run by themselves and tell their end in an event: the event-based asynchronous
//! pattern.

use std::future::Future;
use std::path::Path;

use system_net_primitives::{AsyncState, Event, Misuse};

use super::completed::{AsyncCompletedEventArgs, Handover};
use super::events::Events;
use super::{Waits, WebClient};
use crate::error::WebError;
use crate::streams::{RequestStream, ResponseStream};

impl WebClient {
    /// Starts a download into memory. Its end is told in
    /// [`on_download_data_completed`](Self::on_download_data_completed), with `user_state`.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: another operation that was started so is under way.
    ///
    /// .NET: `System.Net.WebClient.DownloadDataAsync`
    #[doc(alias = "WebClient.DownloadDataAsync")]
    pub fn start_download_data(
        &self,
        address: &str,
        user_state: Option<AsyncState>,
    ) -> Result<(), Misuse> {
        let address = address.to_owned();
        let run = move |client: Self| async move {
            client.download_data_with(&address, Waits::Unlimited).await
        };
        self.start(user_state, |events| &events.download_data, run)
    }

    /// Starts a download as text. Its end is told in
    /// [`on_download_string_completed`](Self::on_download_string_completed), with `user_state`.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: another operation that was started so is under way.
    ///
    /// .NET: `System.Net.WebClient.DownloadStringAsync`
    #[doc(alias = "WebClient.DownloadStringAsync")]
    pub fn start_download_string(
        &self,
        address: &str,
        user_state: Option<AsyncState>,
    ) -> Result<(), Misuse> {
        let address = address.to_owned();
        let run = move |client: Self| async move {
            client
                .download_string_with(&address, Waits::Unlimited)
                .await
        };
        self.start(user_state, |events| &events.download_string, run)
    }

    /// Starts a download into a file. Its end is told in
    /// [`on_download_file_completed`](Self::on_download_file_completed), with `user_state`.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: another operation that was started so is under way.
    ///
    /// .NET: `System.Net.WebClient.DownloadFileAsync`
    #[doc(alias = "WebClient.DownloadFileAsync")]
    pub fn start_download_file(
        &self,
        address: &str,
        path: impl AsRef<Path>,
        user_state: Option<AsyncState>,
    ) -> Result<(), Misuse> {
        let (address, path) = (address.to_owned(), path.as_ref().to_owned());
        let run = move |client: Self| async move {
            client
                .download_file_with(&address, &path, Waits::Unlimited)
                .await
        };
        self.start(user_state, |events| &events.download_file, run)
    }

    /// Starts opening a stream to read from an address. Its end is told in
    /// [`on_open_read_completed`](Self::on_open_read_completed), with `user_state`.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: another operation that was started so is under way.
    ///
    /// .NET: `System.Net.WebClient.OpenReadAsync`
    #[doc(alias = "WebClient.OpenReadAsync")]
    pub fn start_open_read(
        &self,
        address: &str,
        user_state: Option<AsyncState>,
    ) -> Result<(), Misuse> {
        let address = address.to_owned();
        let run = move |client: Self| async move { client.handed_over_read(&address).await };
        self.start(user_state, |events| &events.open_read, run)
    }

    /// Starts opening a stream to write to an address. Its end is told in
    /// [`on_open_write_completed`](Self::on_open_write_completed), with `user_state`.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: another operation that was started so is under way.
    ///
    /// .NET: `System.Net.WebClient.OpenWriteAsync`
    #[doc(alias = "WebClient.OpenWriteAsync")]
    pub fn start_open_write(
        &self,
        address: &str,
        method: Option<&str>,
        user_state: Option<AsyncState>,
    ) -> Result<(), Misuse> {
        let (address, method) = (address.to_owned(), method.map(str::to_owned));
        let run = move |client: Self| async move {
            client.handed_over_write(&address, method.as_deref()).await
        };
        self.start(user_state, |events| &events.open_write, run)
    }

    /// Starts an upload of bytes. Its end is told in
    /// [`on_upload_data_completed`](Self::on_upload_data_completed), with `user_state`.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: another operation that was started so is under way.
    ///
    /// .NET: `System.Net.WebClient.UploadDataAsync`
    #[doc(alias = "WebClient.UploadDataAsync")]
    pub fn start_upload_data(
        &self,
        address: &str,
        method: Option<&str>,
        data: Vec<u8>,
        user_state: Option<AsyncState>,
    ) -> Result<(), Misuse> {
        let (address, method) = (address.to_owned(), method.map(str::to_owned));
        let run = move |client: Self| async move {
            client
                .upload_data_with(&address, method.as_deref(), &data, Waits::Unlimited)
                .await
        };
        self.start(user_state, |events| &events.upload_data, run)
    }

    /// Starts an upload of text. Its end is told in
    /// [`on_upload_string_completed`](Self::on_upload_string_completed), with `user_state`.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: another operation that was started so is under way.
    ///
    /// .NET: `System.Net.WebClient.UploadStringAsync`
    #[doc(alias = "WebClient.UploadStringAsync")]
    pub fn start_upload_string(
        &self,
        address: &str,
        method: Option<&str>,
        text: &str,
        user_state: Option<AsyncState>,
    ) -> Result<(), Misuse> {
        let (address, method) = (address.to_owned(), method.map(str::to_owned));
        let text = text.to_owned();
        let run = move |client: Self| async move {
            client
                .upload_string_with(&address, method.as_deref(), &text, Waits::Unlimited)
                .await
        };
        self.start(user_state, |events| &events.upload_string, run)
    }

    /// Starts an upload of a file. Its end is told in
    /// [`on_upload_file_completed`](Self::on_upload_file_completed), with `user_state`.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: another operation that was started so is under way.
    ///
    /// .NET: `System.Net.WebClient.UploadFileAsync`
    #[doc(alias = "WebClient.UploadFileAsync")]
    pub fn start_upload_file(
        &self,
        address: &str,
        method: Option<&str>,
        path: impl AsRef<Path>,
        user_state: Option<AsyncState>,
    ) -> Result<(), Misuse> {
        let (address, method) = (address.to_owned(), method.map(str::to_owned));
        let path = path.as_ref().to_owned();
        let run = move |client: Self| async move {
            client
                .upload_file_with(&address, method.as_deref(), &path, Waits::Unlimited)
                .await
        };
        self.start(user_state, |events| &events.upload_file, run)
    }

    /// Starts an upload of a form. Its end is told in
    /// [`on_upload_values_completed`](Self::on_upload_values_completed), with `user_state`.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: another operation that was started so is under way.
    ///
    /// .NET: `System.Net.WebClient.UploadValuesAsync`
    #[doc(alias = "WebClient.UploadValuesAsync")]
    pub fn start_upload_values(
        &self,
        address: &str,
        method: Option<&str>,
        values: &[(&str, &str)],
        user_state: Option<AsyncState>,
    ) -> Result<(), Misuse> {
        let (address, method) = (address.to_owned(), method.map(str::to_owned));
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let values: Vec<_> = values.iter().map(own).collect();
        let run = move |client: Self| async move {
            client
                .upload_pairs_with(&address, method.as_deref(), &values, Waits::Unlimited)
                .await
        };
        self.start(user_state, |events| &events.upload_values, run)
    }

    /// Runs an operation on the background runtime; then its event is raised, once.
    fn start<T, F>(
        &self,
        user_state: Option<AsyncState>,
        event: fn(&Events) -> &Event<AsyncCompletedEventArgs<T>>,
        run: impl FnOnce(Self) -> F + Send + 'static,
    ) -> Result<(), Misuse>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, WebError>> + Send + 'static,
    {
        // From here on it can be cancelled.
        let operation = self.begin_alone()?;
        let (client, shared) = (self.snapshot(), std::sync::Arc::clone(&self.shared));
        system_net_runtime::background().spawn(async move {
            let outcome = operation.run(run(client)).await;
            let cancelled = outcome.is_err() && operation.is_cancelled();
            // A handler may start the next one.
            drop(operation);
            let args = AsyncCompletedEventArgs::new(outcome, cancelled, user_state);
            event(&shared.events).raise(&args);
        });
        Ok(())
    }

    async fn handed_over_read(&self, address: &str) -> Result<Handover<ResponseStream>, WebError> {
        let stream = self.open_read_with(address, Waits::Unlimited).await?;
        Ok(Handover::new(stream))
    }

    async fn handed_over_write(
        &self,
        address: &str,
        method: Option<&str>,
    ) -> Result<Handover<RequestStream>, WebError> {
        let stream = self
            .open_write_with(address, method, Waits::Unlimited)
            .await?;
        Ok(Handover::new(stream))
    }
}
