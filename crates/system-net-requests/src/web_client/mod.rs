//! `WebClient`: downloads and uploads in one call, over any registered protocol.

mod download;
mod form;
mod open_write;
mod progress;
mod request;
mod upload;

pub use progress::{DownloadProgressChangedEventArgs, UploadProgressChangedEventArgs};

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use encoding_rs::{Encoding, UTF_8};
use system_net_config::NetContext;
use system_net_primitives::{
    CredentialCache, Credentials, Event, Misuse, Subscription, WebHeaderCollection,
};
use system_net_uri::Uri;
use system_net_web_proxy::{DefaultWebProxy, Proxy};

use crate::error::{WebError, without_user_info};

/// Downloads and uploads in one call.
///
/// Every method comes in a blocking form and an `_async` one. The blocking form waits at most the
/// time-out of the request, 100 s, for the response, and at most 300 s for each piece of it.
///
/// Addresses may be relative to [`base_address`](Self::base_address). For `file:` addresses an
/// upload writes the file.
///
/// # Examples
/// ```no_run
/// use system_net_requests::WebClient;
///
/// let client = WebClient::new();
/// let page = client.download_string("http://www.contoso.com/")?;
/// # Ok::<(), system_net_requests::WebError>(())
/// ```
///
/// .NET: `System.Net.WebClient`
pub struct WebClient {
    context: NetContext,
    base_address: Option<Uri>,
    query: Vec<(String, String)>,
    headers: WebHeaderCollection,
    credentials: Option<Arc<dyn Credentials>>,
    /// `None`: not set, and requests have the default one.
    proxy: Option<Option<Arc<dyn Proxy>>>,
    encoding: &'static Encoding,
    response_headers: Mutex<Option<WebHeaderCollection>>,
    download_progress: Event<DownloadProgressChangedEventArgs>,
    upload_progress: Event<UploadProgressChangedEventArgs>,
}

impl WebClient {
    /// A client in a context.
    #[must_use]
    pub fn new_in(context: &NetContext) -> Self {
        Self {
            context: context.clone(),
            base_address: None,
            query: Vec::new(),
            headers: WebHeaderCollection::new(),
            credentials: None,
            proxy: None,
            encoding: UTF_8,
            response_headers: Mutex::default(),
            download_progress: Event::default(),
            upload_progress: Event::default(),
        }
    }

    /// What relative addresses are relative to.
    ///
    /// .NET: `System.Net.WebClient.BaseAddress`
    #[doc(alias = "WebClient.BaseAddress")]
    #[must_use]
    pub fn base_address(&self) -> Option<&Uri> {
        self.base_address.as_ref()
    }

    /// Sets what relative addresses are relative to.
    pub fn set_base_address(&mut self, base_address: Option<Uri>) {
        self.base_address = base_address;
    }

    /// The name and value pairs that every address without a query gets as its query.
    ///
    /// .NET: `System.Net.WebClient.QueryString`
    #[doc(alias = "WebClient.QueryString")]
    #[must_use]
    pub fn query_string(&self) -> &[(String, String)] {
        &self.query
    }

    /// The query pairs, to change them.
    pub fn query_string_mut(&mut self) -> &mut Vec<(String, String)> {
        &mut self.query
    }

    /// The headers of every request.
    ///
    /// .NET: `System.Net.WebClient.Headers`
    #[doc(alias = "WebClient.Headers")]
    #[must_use]
    pub fn headers(&self) -> &WebHeaderCollection {
        &self.headers
    }

    /// The headers of every request, to change them.
    pub fn headers_mut(&mut self) -> &mut WebHeaderCollection {
        &mut self.headers
    }

    /// The headers of the last response, if its protocol has any.
    ///
    /// .NET: `System.Net.WebClient.ResponseHeaders`
    #[doc(alias = "WebClient.ResponseHeaders")]
    #[must_use]
    pub fn response_headers(&self) -> Option<WebHeaderCollection> {
        self.last_headers().clone()
    }

    /// The credentials to answer challenges with.
    ///
    /// .NET: `System.Net.WebClient.Credentials`
    #[doc(alias = "WebClient.Credentials")]
    #[must_use]
    pub fn credentials(&self) -> Option<&Arc<dyn Credentials>> {
        self.credentials.as_ref()
    }

    /// Sets the credentials.
    pub fn set_credentials(&mut self, credentials: Option<Arc<dyn Credentials>>) {
        self.credentials = credentials;
    }

    /// Sends the credentials of the process's user, or none.
    ///
    /// .NET: `System.Net.WebClient.UseDefaultCredentials`
    #[doc(alias = "WebClient.UseDefaultCredentials")]
    pub fn set_use_default_credentials(&mut self, use_default: bool) {
        self.credentials = use_default.then(CredentialCache::default_credentials);
    }

    /// The proxy of every request; `None`: they go directly. The default proxy unless set.
    ///
    /// # Errors
    /// As for [`DefaultWebProxy::get`], unless one was set.
    ///
    /// .NET: `System.Net.WebClient.Proxy`
    #[doc(alias = "WebClient.Proxy")]
    pub fn proxy(&self) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
        match &self.proxy {
            Some(proxy) => Ok(proxy.clone()),
            None => DefaultWebProxy::of(&self.context).get(),
        }
    }

    /// Sets the proxy of every request; `None`: they go directly, whatever the default is.
    pub fn set_proxy(&mut self, proxy: Option<Arc<dyn Proxy>>) {
        self.proxy = Some(proxy);
    }

    /// The name of the encoding that text is uploaded in, and downloaded text is read in unless
    /// its content type says otherwise. UTF-8 unless set.
    ///
    /// .NET: `System.Net.WebClient.Encoding`
    #[doc(alias = "WebClient.Encoding")]
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        self.encoding.name()
    }

    /// Sets the encoding by its name, for example `utf-8` or `iso-8859-1`.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: there is no such encoding.
    pub fn set_encoding(&mut self, name: &str) -> Result<(), Misuse> {
        self.encoding = Encoding::for_label(name.as_bytes()).ok_or_else(|| {
            Misuse::invalid_argument(
                "name",
                format!("there is no encoding '{}'", name.escape_debug()),
            )
        })?;
        Ok(())
    }

    /// Calls `handler` for each piece of a download, on the thread that reads it.
    ///
    /// .NET: `System.Net.WebClient.DownloadProgressChanged`
    #[doc(alias = "WebClient.DownloadProgressChanged")]
    pub fn on_download_progress_changed(
        &self,
        handler: impl Fn(&DownloadProgressChangedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.download_progress.on(handler)
    }

    /// Calls `handler` for each piece of an upload, on the thread that writes it.
    ///
    /// .NET: `System.Net.WebClient.UploadProgressChanged`
    #[doc(alias = "WebClient.UploadProgressChanged")]
    pub fn on_upload_progress_changed(
        &self,
        handler: impl Fn(&UploadProgressChangedEventArgs) + Send + Sync + 'static,
    ) -> Subscription {
        self.upload_progress.on(handler)
    }

    fn last_headers(&self) -> MutexGuard<'_, Option<WebHeaderCollection>> {
        self.response_headers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the waits of a transfer end: the blocking forms have the time-outs of the request, the
/// asynchronous ones are ended by dropping their future.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waits {
    Limited,
    Unlimited,
}

/// Runs one of the asynchronous forms for its blocking twin.
fn blocking<T>(future: impl Future<Output = Result<T, WebError>>) -> Result<T, WebError> {
    system_net_runtime::block_on(future)
}

impl fmt::Debug for WebClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebClient")
            .field(
                "base_address",
                &self.base_address.as_ref().map(without_user_info),
            )
            .finish_non_exhaustive()
    }
}
