//! `WebClient`: downloads and uploads in one call, over any registered protocol.

mod completed;
mod download;
mod events;
mod form;
mod open_write;
mod operations;
mod progress;
mod properties;
mod request;
mod resume;
mod start;
mod upload;

pub use completed::{
    AsyncCompletedEventArgs, DownloadDataCompletedEventArgs, DownloadStringCompletedEventArgs,
    Handover, OpenReadCompletedEventArgs, OpenWriteCompletedEventArgs,
    UploadDataCompletedEventArgs, UploadFileCompletedEventArgs, UploadStringCompletedEventArgs,
    UploadValuesCompletedEventArgs,
};
pub use progress::{DownloadProgressChangedEventArgs, UploadProgressChangedEventArgs};

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use encoding_rs::{Encoding, UTF_8};
use system_net_config::NetContext;
use system_net_primitives::{Credentials, WebHeaderCollection};
use system_net_uri::Uri;
use system_net_web_proxy::Proxy;

use self::events::Events;
use self::operations::Operations;
use crate::cache_policy::HttpRequestCachePolicy;
use crate::error::{WebError, without_user_info};
use crate::rate_limit::RateLimit;
use crate::retry::RetryPolicy;
use crate::web_request::WebRequest;
use crate::web_response::WebResponse;

/// Downloads and uploads in one call.
///
/// Every method comes in a blocking form and an `_async` one. The blocking form waits at most the
/// time-out of the request, 100 s, for the response, and at most 300 s for each piece of it. The
/// `start_` forms run by themselves and tell the end in an event; what .NET calls `DownloadData`,
/// `DownloadDataTaskAsync` and `DownloadDataAsync` is `download_data`, `download_data_async` and
/// `start_download_data`. [`cancel_async`](Self::cancel_async) ends all that are under way.
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
/// # Differences from .NET
/// Several downloads and uploads may be under way at once, but for those begun with `start_`.
///
/// .NET: `System.Net.WebClient`
pub struct WebClient {
    context: NetContext,
    base_address: Option<Uri>,
    query: Vec<(String, String)>,
    headers: WebHeaderCollection,
    credentials: Option<Arc<dyn Credentials>>,
    use_default_credentials: bool,
    /// `None`: not set, and requests have the default one.
    proxy: Option<Option<Arc<dyn Proxy>>>,
    encoding: &'static Encoding,
    buffering: Buffering,
    retry: Option<RetryPolicy>,
    /// `None`: as the context has it.
    cache_policy: Option<HttpRequestCachePolicy>,
    download_limit: Option<RateLimit>,
    upload_limit: Option<RateLimit>,
    get_web_request: Option<WebRequestHook>,
    get_web_response: Option<WebResponseHook>,
    shared: Arc<Shared>,
}

/// Looks at each request of a [`WebClient`] before it is sent.
pub type WebRequestHook = Arc<dyn Fn(&mut WebRequest) -> Result<(), WebError> + Send + Sync>;
/// Looks at each response to a [`WebClient`] before its body is read.
pub type WebResponseHook = Arc<dyn Fn(&WebResponse) -> Result<(), WebError> + Send + Sync>;

#[derive(Clone, Copy)]
struct Buffering {
    read: bool,
    write: bool,
}

/// What the operations that are under way share with the client they were begun on.
#[derive(Default)]
struct Shared {
    response_headers: Mutex<Option<WebHeaderCollection>>,
    events: Events,
    operations: Operations,
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
            use_default_credentials: false,
            proxy: None,
            encoding: UTF_8,
            buffering: Buffering {
                read: false,
                write: true,
            },
            retry: None,
            cache_policy: None,
            download_limit: None,
            upload_limit: None,
            get_web_request: None,
            get_web_response: None,
            shared: Arc::default(),
        }
    }

    /// The client as it is now, for an operation that goes on by itself: later changes of the
    /// properties do not reach it, its events and headers are this client's.
    fn snapshot(&self) -> Self {
        Self {
            context: self.context.clone(),
            base_address: self.base_address.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            credentials: self.credentials.clone(),
            proxy: self.proxy.clone(),
            retry: self.retry.clone(),
            download_limit: self.download_limit.clone(),
            upload_limit: self.upload_limit.clone(),
            get_web_request: self.get_web_request.clone(),
            get_web_response: self.get_web_response.clone(),
            shared: Arc::clone(&self.shared),
            ..*self
        }
    }

    fn last_headers(&self) -> MutexGuard<'_, Option<WebHeaderCollection>> {
        self.shared
            .response_headers
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
