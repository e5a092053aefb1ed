//! The calls of a request that send and receive: blocking, asynchronous, and in Begin/End pairs.

use std::time::Duration;

use system_net_diagnostics::Call;
use system_net_primitives::{AsyncCallback, AsyncResult, AsyncState, Misuse};

use super::{Repr, WebRequest};
use crate::abort::AbortHandle;
use crate::blocking::block_on_within;
use crate::error::WebError;
use crate::http::HttpWebRequest;
use crate::streams::RequestStream;
use crate::trace;
use crate::web_response::WebResponse;

impl WebRequest {
    /// Sends the request and waits for the head of the response; its body is read later.
    ///
    /// Calling it again gives the same response, as long as that is held somewhere.
    ///
    /// A request of HTTP is traced as
    /// [`HttpWebRequest::get_response`](crate::HttpWebRequest::get_response) says.
    ///
    /// # Errors
    /// Anything that went wrong on the way, with its status; a response that says there was an
    /// error is in [`WebError::response`].
    ///
    /// # Blocking
    /// At most [`timeout`](Self::timeout) (100 s unless set).
    ///
    /// .NET: `System.Net.WebRequest.GetResponse`
    #[doc(alias = "WebRequest.GetResponse")]
    pub fn get_response(&mut self) -> Result<WebResponse, WebError> {
        if let Repr::Http(request) = &mut self.inner {
            return request.get_response().map(WebResponse::from);
        }
        let (timeout, abort) = self.limits();
        let sending = self.as_impl_mut().send_async();
        block_on_within(timeout, abort.as_ref(), sending).map_err(|error| self.named(error))
    }

    /// [`get_response`](Self::get_response) for asynchronous code. It has no time-out of its own;
    /// dropping the future cancels the request.
    ///
    /// A request of HTTP is traced as
    /// [`HttpWebRequest::get_response_async`](crate::HttpWebRequest::get_response_async) says.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebRequest.GetResponseAsync`
    #[doc(alias = "WebRequest.GetResponseAsync")]
    pub async fn get_response_async(&mut self) -> Result<WebResponse, WebError> {
        match &mut self.inner {
            Repr::Http(request) => request.get_response_async().await.map(WebResponse::from),
            Repr::Other(request) => request.send_async().await,
        }
    }

    /// Starts [`get_response`](Self::get_response) on the background runtime. `callback` is called
    /// there, once. The time-out does not apply; [`abort`](Self::abort) ends it.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.WebRequest.BeginGetResponse`
    #[doc(alias = "WebRequest.BeginGetResponse")]
    pub fn begin_get_response(
        &mut self,
        callback: Option<AsyncCallback<Result<WebResponse, WebError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<WebResponse, WebError>> {
        let _call = trace::enter(self, "BeginGetResponse");
        system_net_runtime::begin(self.as_impl_mut().send_async(), callback, state)
    }

    /// Waits for what [`begin_get_response`](Self::begin_get_response) started and takes its result.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As for `get_response`; [`Misuse::InvalidOperation`] if it was taken before.
    ///
    /// .NET: `System.Net.WebRequest.EndGetResponse`
    #[doc(alias = "WebRequest.EndGetResponse")]
    pub fn end_get_response(
        &self,
        result: &AsyncResult<Result<WebResponse, WebError>>,
    ) -> Result<WebResponse, WebError> {
        let call = trace::enter(self, "EndGetResponse");
        let result = end(result, self.as_impl().abort_handle().ok().as_ref());
        trace::exit_with_response(call, &result);
        result
    }

    /// Opens the stream for the body of the request.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As for `get_response`; [`Misuse::InvalidOperation`] if the method takes no body or the
    /// request was sent.
    ///
    /// # Blocking
    /// May connect and send the head of the request; at most [`timeout`](Self::timeout).
    ///
    /// .NET: `System.Net.WebRequest.GetRequestStream`
    #[doc(alias = "WebRequest.GetRequestStream")]
    pub fn get_request_stream(&mut self) -> Result<RequestStream, WebError> {
        let call = trace::enter(self, "GetRequestStream");
        let (timeout, abort) = self.limits();
        let stream = self.as_impl_mut().open_request_stream_async();
        let result = block_on_within(timeout, abort.as_ref(), stream);
        let result = result.map_err(|error| self.named(error));
        self.exit_with_stream(call, &result);
        result
    }

    /// [`get_request_stream`](Self::get_request_stream) for asynchronous code.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebRequest.GetRequestStreamAsync`
    #[doc(alias = "WebRequest.GetRequestStreamAsync")]
    pub async fn get_request_stream_async(&mut self) -> Result<RequestStream, WebError> {
        let call = trace::enter(self, "GetRequestStreamAsync");
        let result = self.as_impl_mut().open_request_stream_async().await;
        self.exit_with_stream(call, &result);
        result
    }

    /// Starts [`get_request_stream`](Self::get_request_stream) on the background runtime.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.WebRequest.BeginGetRequestStream`
    #[doc(alias = "WebRequest.BeginGetRequestStream")]
    pub fn begin_get_request_stream(
        &mut self,
        callback: Option<AsyncCallback<Result<RequestStream, WebError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<RequestStream, WebError>> {
        let _call = trace::enter(self, "BeginGetRequestStream");
        system_net_runtime::begin(
            self.as_impl_mut().open_request_stream_async(),
            callback,
            state,
        )
    }

    /// Waits for what [`begin_get_request_stream`](Self::begin_get_request_stream) started.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// As for `get_request_stream`; [`Misuse::InvalidOperation`] if it was taken before.
    ///
    /// .NET: `System.Net.WebRequest.EndGetRequestStream`
    #[doc(alias = "WebRequest.EndGetRequestStream")]
    pub fn end_get_request_stream(
        &self,
        result: &AsyncResult<Result<RequestStream, WebError>>,
    ) -> Result<RequestStream, WebError> {
        let call = trace::enter(self, "EndGetRequestStream");
        let result = end(result, self.as_impl().abort_handle().ok().as_ref());
        self.exit_with_stream(call, &result);
        result
    }

    #[inline]
    fn exit_with_stream(&self, call: Call, result: &Result<RequestStream, WebError>) {
        call.exit_result(result, |_| {
            trace::Shown(self.as_http().map(HttpWebRequest::stream_name))
        });
    }

    /// Cancels the request, in whatever phase it is. See also [`abort_handle`](Self::abort_handle).
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol cannot be cancelled.
    ///
    /// .NET: `System.Net.WebRequest.Abort`
    #[doc(alias = "WebRequest.Abort")]
    pub fn abort(&self) -> Result<(), Misuse> {
        let _call = trace::enter(self, "Abort");
        self.as_impl().abort_handle().map(|handle| handle.abort())
    }

    /// A handle with which another thread can cancel the request.
    ///
    /// # Errors
    /// [`Misuse::NotImplemented`] if the protocol cannot be cancelled.
    pub fn abort_handle(&self) -> Result<AbortHandle, Misuse> {
        self.as_impl().abort_handle()
    }

    /// The error with the request's address, if that is known.
    fn named(&self, error: WebError) -> WebError {
        match self.as_impl().request_uri() {
            Ok(uri) => error.with_uri(uri),
            Err(_) => error,
        }
    }

    /// The time-out and the abort handle, for the blocking calls; none where the protocol has none.
    fn limits(&self) -> (Option<Duration>, Option<AbortHandle>) {
        (
            self.as_impl().timeout().ok().flatten(),
            self.as_impl().abort_handle().ok(),
        )
    }
}

/// The End half of a Begin/End pair: after an abort the answer is `RequestCanceled`, whatever the
/// operation itself came to.
pub(crate) fn end<T>(
    result: &AsyncResult<Result<T, WebError>>,
    abort: Option<&AbortHandle>,
) -> Result<T, WebError> {
    let outcome = result.end()?;
    if let Some(abort) = abort {
        abort.check()?;
    }
    outcome
}
