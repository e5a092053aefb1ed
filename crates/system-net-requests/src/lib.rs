//! `WebRequest`, `WebResponse` and the protocols behind them: http, https and file.
//!
//! # In scope
//! * [`WebRequest`], [`WebResponse`]: one request API, the registry of prefixes, and the traits for
//!   authors of protocols ([`WebRequestCreate`], [`WebRequestImpl`], [`WebResponseImpl`])
//! * [`HttpWebRequest`], [`HttpWebResponse`]: HTTP/1.0, 1.1 and 2 over TCP and TLS
//! * [`FileWebRequest`], [`FileWebResponse`]
//! * [`ServicePoint`], [`ServicePointManager`]: the connections to a server and their limit
//! * the way through proxies, in absolute form and in tunnels; which proxy is the choice of
//!   `system-net-web-proxy`
//! * [`WebClient`]: downloads and uploads in one call, with progress; downloads that are resumed
//! * [`StreamReader`]: text from any stream, in any character set
//! * [`RetryPolicy`], [`RateLimit`], [`Timeouts`]: what is sent again, how fast, and how long it may
//!   take
//! * [`WebError`], [`WebExceptionStatus`]
//!
//! # Out of scope
//! Bytes of the protocol (`system-net-http-proto`), sockets and names (`system-net-sockets`), TLS
//! and logins (`system-net-security`). Servers (`system-net-http-listener`).
//!
//! # Features
//! * `brotli`, `zstd`: responses in these codings (on unless switched off)
//! * `trace` (default): what the classes do is traced
//! * `serde`: the properties of requests are written and read (`HttpRequestTemplate`)
//! * `xml`: the global context reads the program's configuration file
//!
//! # Blocking and asynchronous
//! Every operation has a blocking form, an `_async` form and a Begin/End pair, over one
//! implementation. The blocking form needs no runtime: it waits in `poll(2)` on the caller's own
//! thread, and works inside runtimes and destructors as well.
//!
//! # A request
//! ```no_run
//! use system_net_requests::{WebError, WebRequest};
//!
//! let mut request = WebRequest::create("http://www.contoso.com/default.html")?;
//! let response = request.get_response()?;
//! if let Some(http) = response.as_http() {
//!     println!("{}", http.status_description());
//! }
//! println!("{}", response.into_string()?);
//! # Ok::<(), WebError>(())
//! ```
#![forbid(unsafe_code)]

mod abort;
mod blocking;
mod cache_policy;
mod certificate_judge;
mod connection;
mod decompression;
mod error;
mod file;
mod global;
mod hsts;
mod http;
mod http2;
mod identity_connectors;
mod rate_limit;
mod redirect_policy;
mod registry;
mod resume;
mod retry;
mod service_point;
mod streams;
mod text;
mod timeouts;
mod trace;
mod web_client;
mod web_request;
mod web_request_impl;
mod web_request_methods;
mod web_response;

pub use abort::AbortHandle;
pub use blocking::BoxFuture;
pub use cache_policy::HttpRequestCachePolicy;
pub use decompression::{DecompressionLimits, DecompressionMethods};
pub use error::{Phase, WebError, WebExceptionStatus};
pub use file::{FileWebRequest, FileWebResponse};
pub use hsts::Hsts;
#[cfg(feature = "serde")]
pub use http::HttpRequestTemplate;
pub use http::{
    AuthenticationManager, ConnectionEventArgs, ConnectionHandler, HeadEventArgs, HeadHandler,
    HttpContinueDelegate, HttpWebRequest, HttpWebResponse, register_authentication_module_in,
};
pub use http2::{Http2Error, HttpVersionPolicy};
pub use rate_limit::RateLimit;
pub use redirect_policy::{RedirectHandler, RedirectPolicy, Redirection, SchemeDowngrade};
pub use registry::register_module_in;
pub use resume::{Checksum, ChecksumAlgorithm, PartialDownload};
pub use retry::{RetryBudget, RetryEventArgs, RetryHandler, RetryPolicy};
pub use service_point::{BindIpEndPoint, ServicePoint, ServicePointManager};
pub use streams::{
    AsyncRequestStream, AsyncResponseStream, RequestSink, RequestStream, ResponseSource,
    ResponseStream,
};
pub use text::{Lines, MalformedText, StreamReader};
pub use timeouts::Timeouts;
pub use web_client::{
    AsyncCompletedEventArgs, DownloadDataCompletedEventArgs, DownloadProgressChangedEventArgs,
    DownloadStringCompletedEventArgs, Handover, OpenReadCompletedEventArgs,
    OpenWriteCompletedEventArgs, UploadDataCompletedEventArgs, UploadFileCompletedEventArgs,
    UploadProgressChangedEventArgs, UploadStringCompletedEventArgs, UploadValuesCompletedEventArgs,
    WebClient, WebRequestHook, WebResponseHook,
};
pub use web_request::{ToUri, WebRequest};
pub use web_request_impl::{WebRequestCreate, WebRequestImpl};
pub use web_request_methods::{FileMethods, HttpMethods};
pub use web_response::{WebResponse, WebResponseImpl};
