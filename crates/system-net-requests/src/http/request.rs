//! `HttpWebRequest`: an HTTP request, sent once.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use system_net_config::NetContext;
use system_net_diagnostics::{Call, Emitter, ObjectName};
use system_net_primitives::{AsyncCallback, AsyncResult, AsyncState, Misuse};
use system_net_security::extended_protection::TransportContext;
use system_net_uri::Uri;

use super::exchange::{Exchange, RequestBody};
use super::properties::Properties;
use super::response::HttpWebResponse;
use super::upload::Upload;
use crate::abort::AbortHandle;
use crate::blocking::block_on_within;
use crate::error::{WebError, without_user_info};
use crate::retry::Attempts;
use crate::service_point::{ServicePoint, ServicePointManager};
use crate::streams::RequestStream;
use crate::trace;
use crate::web_request::end;

/// An HTTP request over `http:` or `https:`.
///
/// Set its properties, write its body if it has one, then get the response. Nothing is sent before
/// that. A request is for one use.
///
/// # Blocking
/// `get_request_stream` and `get_response` block for at most [`timeout`](Self::timeout); they need
/// no runtime and work inside one. The streams block for at most
/// [`read_write_timeout`](Self::read_write_timeout) per read or write.
///
/// # Examples
/// ```no_run
/// use system_net_requests::WebRequest;
///
/// let mut request = WebRequest::create_http("http://www.contoso.com/default.html")?;
/// request.set_user_agent(Some("porter/1.0"))?;
/// let response = request.get_response()?;
/// println!("{} {}", response.status_code().as_u16(), response.status_description());
/// println!("{}", response.into_string()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// .NET: `System.Net.HttpWebRequest`
pub struct HttpWebRequest {
    pub(super) properties: Arc<Properties>,
    pub(super) manager: Arc<ServicePointManager>,
    pub(super) context: NetContext,
    /// The body being written, from `get_request_stream` on.
    upload: Option<Arc<Upload>>,
    sent: bool,
}

impl HttpWebRequest {
    pub(crate) fn create_in(context: &NetContext, uri: Uri) -> Result<Self, WebError> {
        if !matches!(uri.scheme(), "http" | "https") {
            return Err(Misuse::not_supported(format!(
                "an HTTP request cannot have the scheme '{}'",
                uri.scheme()
            ))
            .into());
        }
        if uri.host().is_empty() {
            return Err(Misuse::invalid_argument("uri", "the address names no host").into());
        }
        let manager = ServicePointManager::of(context);
        let proxy = manager.default_proxy().get()?;
        let this = Self {
            properties: Arc::new(Properties::new(uri, proxy)),
            manager,
            context: context.clone(),
            upload: None,
            sent: false,
        };
        if trace::heard() {
            this.trace_made();
        }
        Ok(this)
    }

    /// The request in traces.
    #[inline]
    pub(crate) fn trace(&self) -> Emitter<'_> {
        trace::request(&self.properties.traced)
    }

    #[cold]
    #[inline(never)]
    fn trace_made(&self) {
        let uri = trace::Address(&self.properties.uri);
        drop(self.trace().enter("HttpWebRequest", format_args!("{uri}")));
    }

    #[inline]
    fn enter(&self, method: &'static str) -> Call {
        self.trace().enter(method, format_args!(""))
    }

    /// Sends the request and waits for the head of the response; its body is read later. Calling
    /// it again gives the same response, as long as that is held somewhere.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// Anything that went wrong on the way, with its status. A response with a status of 400 and
    /// above is an error with the status `ProtocolError`, and in [`WebError::response`].
    ///
    /// # Blocking
    /// At most [`timeout`](Self::timeout).
    ///
    /// .NET: `System.Net.HttpWebRequest.GetResponse`
    #[doc(alias = "HttpWebRequest.GetResponse")]
    pub fn get_response(&mut self) -> Result<HttpWebResponse, WebError> {
        let call = self.enter("GetResponse");
        let result = self
            .respond_blocking()
            .map_err(|error| error.with_uri(&self.properties.uri));
        call.exit_result(&result, |response| response.trace().name());
        result
    }

    /// [`get_response`](Self::get_response) for asynchronous code. [`timeout`](Self::timeout) does
    /// not apply, [`total_timeout`](Self::total_timeout) does; dropping the future cancels the
    /// request.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebRequest.GetResponseAsync`
    #[doc(alias = "WebRequest.GetResponseAsync")]
    pub async fn get_response_async(&mut self) -> Result<HttpWebResponse, WebError> {
        let call = self.enter("GetResponseAsync");
        let result = self.respond().await;
        call.exit_result(&result, |response| response.trace().name());
        result
    }

    /// Starts [`get_response`](Self::get_response) on the background runtime; `callback` is called
    /// there, once.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpWebRequest.BeginGetResponse`
    #[doc(alias = "HttpWebRequest.BeginGetResponse")]
    pub fn begin_get_response(
        &mut self,
        callback: Option<AsyncCallback<Result<HttpWebResponse, WebError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<HttpWebResponse, WebError>> {
        let _call = self.enter("BeginGetResponse");
        system_net_runtime::begin(self.send(), callback, state)
    }

    /// Waits for what [`begin_get_response`](Self::begin_get_response) started.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As for `get_response`; [`Misuse::InvalidOperation`] if its result was taken before.
    ///
    /// .NET: `System.Net.HttpWebRequest.EndGetResponse`
    #[doc(alias = "HttpWebRequest.EndGetResponse")]
    pub fn end_get_response(
        &self,
        result: &AsyncResult<Result<HttpWebResponse, WebError>>,
    ) -> Result<HttpWebResponse, WebError> {
        let call = self.enter("EndGetResponse");
        let result = end(result, Some(&self.abort_handle()));
        call.exit_result(&result, |response| response.trace().name());
        result
    }

    /// Opens the stream for the body.
    ///
    /// With a content length or `send_chunked`, the connection is there and the head of the request
    /// is written when this returns, and what is written goes out at once: the head with the first
    /// bytes of the body in one write, or 5 ms later without them; at once if the server is asked
    /// to continue (`ServicePoint::expect_100_continue`). Without either, the body is kept until the
    /// stream is closed, to find its length. With `allow_write_stream_buffering` (on unless set) a
    /// copy is kept in any case, so that the request can be repeated after a redirect or a login.
    /// Without, a request with credentials waits here for what the server says to `Expect`, and logs in
    /// before its body is begun.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the method takes no body, or the request was sent, or neither
    /// length nor chunks nor buffering. Else as for `get_response`.
    ///
    /// # Blocking
    /// At most [`timeout`](Self::timeout).
    ///
    /// .NET: `System.Net.HttpWebRequest.GetRequestStream`
    #[doc(alias = "HttpWebRequest.GetRequestStream")]
    pub fn get_request_stream(&mut self) -> Result<RequestStream, WebError> {
        let call = self.enter("GetRequestStream");
        let future = self.open_stream();
        let abort = AbortHandle::of_started(&self.properties);
        let result = block_on_within(self.properties.timeout, Some(&abort), future)
            .map_err(|error| error.with_uri(&self.properties.uri));
        call.exit_result(&result, |_| self.stream_name());
        result
    }

    /// [`get_request_stream`](Self::get_request_stream) for asynchronous code.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.HttpWebRequest.GetRequestStreamAsync`
    #[doc(alias = "HttpWebRequest.GetRequestStreamAsync")]
    pub async fn get_request_stream_async(&mut self) -> Result<RequestStream, WebError> {
        let call = self.enter("GetRequestStreamAsync");
        let result = self.open_stream().await;
        call.exit_result(&result, |_| self.stream_name());
        result
    }

    /// Starts [`get_request_stream`](Self::get_request_stream) on the background runtime.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpWebRequest.BeginGetRequestStream`
    #[doc(alias = "HttpWebRequest.BeginGetRequestStream")]
    pub fn begin_get_request_stream(
        &mut self,
        callback: Option<AsyncCallback<Result<RequestStream, WebError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<RequestStream, WebError>> {
        let _call = self.enter("BeginGetRequestStream");
        system_net_runtime::begin(self.open_stream(), callback, state)
    }

    /// Waits for what [`begin_get_request_stream`](Self::begin_get_request_stream) started.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As for `get_request_stream`; [`Misuse::InvalidOperation`] if its result was taken before.
    ///
    /// .NET: `System.Net.HttpWebRequest.EndGetRequestStream`
    #[doc(alias = "HttpWebRequest.EndGetRequestStream")]
    pub fn end_get_request_stream(
        &self,
        result: &AsyncResult<Result<RequestStream, WebError>>,
    ) -> Result<RequestStream, WebError> {
        let call = self.enter("EndGetRequestStream");
        let result = end(result, Some(&self.abort_handle()));
        call.exit_result(&result, |_| self.stream_name());
        result
    }

    /// The channel that the body goes over.
    pub(super) fn upload_channel(&self) -> TransportContext {
        let upload = self.upload.as_ref();
        upload.map(|upload| upload.channel()).unwrap_or_default()
    }

    /// The stream of the body in traces.
    pub(crate) fn stream_name(&self) -> ObjectName {
        trace::stream(&self.properties.stream).name()
    }

    /// Cancels the request, in whatever phase it is, its streams included.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.HttpWebRequest.Abort`
    #[doc(alias = "HttpWebRequest.Abort")]
    pub fn abort(&self) {
        let _call = self.enter("Abort");
        self.abort_handle().abort();
    }

    /// A handle with which another thread can cancel the request.
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        match self.is_started() {
            true => AbortHandle::of_started(&self.properties),
            false => AbortHandle::of_unstarted(&self.properties.abort),
        }
    }

    /// The service point that serves the request's address, or that of the proxy it goes through.
    ///
    /// # Errors
    /// [`Misuse::NotSupported`]: the proxy's scheme is neither `http` nor `https`.
    ///
    /// .NET: `System.Net.HttpWebRequest.ServicePoint`
    #[doc(alias = "HttpWebRequest.ServicePoint")]
    pub fn service_point(&self) -> Result<Arc<ServicePoint>, WebError> {
        let proxy = self.properties.proxy.as_deref();
        self.manager.find_with_proxy(&self.properties.uri, proxy)
    }

    fn is_started(&self) -> bool {
        self.sent || self.upload.is_some()
    }

    /// The properties, to change them; only before anything is sent.
    pub(super) fn unsent(&mut self) -> Result<&mut Properties, Misuse> {
        if self.is_started() {
            return Err(already_sent());
        }
        Arc::get_mut(&mut self.properties).ok_or_else(already_sent)
    }

    /// The whole of `get_response`.
    async fn respond(&mut self) -> Result<HttpWebResponse, WebError> {
        match self.start()? {
            Start::Run(body) => self.started(body).answer().await,
            Start::Answered(response) => Ok(response),
        }
    }

    /// The same on this thread. Nothing of it is moved once it is made: it is large.
    fn respond_blocking(&mut self) -> Result<HttpWebResponse, WebError> {
        match self.start()? {
            Start::Run(body) => {
                let mut exchange = self.started(body);
                let abort = exchange.abort_handle();
                let answer = pin!(exchange.answer());
                block_on_within(self.properties.timeout, Some(&abort), answer)
            }
            Start::Answered(response) => Ok(response),
        }
    }

    /// The same, as a future that owns what it needs.
    pub(super) fn send(
        &mut self,
    ) -> impl Future<Output = Result<HttpWebResponse, WebError>> + Send + use<> {
        let start = self.start().map(|start| match start {
            Start::Run(body) => Ok(self.started(body)),
            Start::Answered(response) => Err(response),
        });
        async move {
            match start? {
                Ok(mut exchange) => exchange.answer().await,
                Err(response) => Ok(response),
            }
        }
    }

    fn start(&mut self) -> Result<Start, WebError> {
        self.properties.abort.check()?;
        if self.sent {
            let outcome = self.properties.outcome.get().ok_or_else(already_sent)?;
            let Some(response) = &outcome.response else {
                return Err(Misuse::invalid_operation(
                    "the request has failed already: make a new one to try again",
                )
                .into());
            };
            let response = response
                .upgrade()
                .ok_or_else(|| Misuse::disposed("WebResponse"))?;
            return Ok(Start::Answered(HttpWebResponse::from_inner(response)));
        }
        let body = match self.upload.take() {
            Some(upload) => match upload.take() {
                Ok(body) => body,
                Err(error) => {
                    self.upload = Some(upload);
                    return Err(error);
                }
            },
            None => RequestBody::None,
        };
        self.check_body(&body)?;
        if matches!(body, RequestBody::None) {
            self.apply_cache_policy()?;
        }
        self.upgrade_to_tls();
        self.sent = true;
        Ok(Start::Run(body))
    }

    /// What runs from then on.
    #[inline]
    fn started(&self, body: RequestBody) -> Exchange {
        self.exchange(body, self.attempts())
    }

    /// Method and content length must agree with whether a body was written.
    fn check_body(&self, body: &RequestBody) -> Result<(), Misuse> {
        let announced = self.properties.send_chunked || self.properties.content_length > Some(0);
        if !announced || !matches!(body, RequestBody::None) {
            return Ok(());
        }
        Err(if self.properties.method_takes_no_body() {
            no_body_for(&self.properties.method)
        } else {
            Misuse::invalid_operation(
                "a body was announced by content_length or send_chunked: write it to get_request_stream first",
            )
        })
    }

    /// The whole of `get_request_stream`, as a future that owns what it needs.
    pub(super) fn open_stream(
        &mut self,
    ) -> impl Future<Output = Result<RequestStream, WebError>> + Send + use<> {
        let upload = self.start_upload();
        let exchange = upload
            .is_ok()
            .then(|| self.exchange(RequestBody::Waiting, None));
        let uri = self.properties.uri.clone();
        // A body that is kept first is limited when it is sent.
        let properties = &*self.properties;
        let at_once = properties.send_chunked || properties.content_length.is_some();
        let limit = self.upload_rate_limit().filter(|_| at_once).cloned();
        async move {
            let upload = upload?;
            if let Some(exchange) = exchange {
                upload
                    .open(exchange)
                    .await
                    .map_err(|error| error.with_uri(&uri))?;
            }
            Ok(match limit {
                Some(limit) => upload.stream().limited(&limit),
                None => upload.stream(),
            })
        }
    }

    fn start_upload(&mut self) -> Result<Arc<Upload>, WebError> {
        self.properties.abort.check()?;
        if self.is_started() {
            return Err(
                Misuse::invalid_operation("the request stream was already asked for").into(),
            );
        }
        if self.properties.method_takes_no_body() {
            return Err(no_body_for(&self.properties.method).into());
        }
        self.apply_cache_policy()?;
        self.upgrade_to_tls();
        let upload = Arc::new(Upload::new(
            Arc::clone(&self.properties),
            AbortHandle::of_started(&self.properties),
        )?);
        self.upload = Some(Arc::clone(&upload));
        Ok(upload)
    }

    #[inline]
    fn exchange(&self, body: RequestBody, attempts: Option<Box<Attempts>>) -> Exchange {
        Exchange::new(
            Arc::clone(&self.properties),
            Arc::clone(&self.manager),
            &self.context,
            AbortHandle::of_started(&self.properties),
            body,
            attempts,
        )
    }
}

/// What `get_response` begins with.
enum Start {
    Answered(HttpWebResponse),
    /// Send it, with this body.
    Run(RequestBody),
}

fn already_sent() -> Misuse {
    Misuse::invalid_operation(
        "the request has been started: its properties cannot be changed any more",
    )
}

fn no_body_for(method: &str) -> Misuse {
    Misuse::invalid_operation(format!(
        "cannot send a content body with the method {method}"
    ))
}

impl fmt::Debug for HttpWebRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpWebRequest")
            .field("method", &self.properties.method)
            .field("request_uri", &without_user_info(&self.properties.uri))
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}
