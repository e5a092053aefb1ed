//! `open_write`: a stream that sends its request when it is closed.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::AsyncWrite;

use crate::BoxFuture;
use crate::error::WebError;
use crate::streams::{AsyncRequestStream, RequestSink, RequestStream};
use crate::web_request::WebRequest;
use crate::web_response::WebResponse;

/// The same stream; closing it sends the request and reads its response to the end of its head.
pub(super) fn sending_on_close(stream: RequestStream, request: WebRequest) -> RequestStream {
    let limit = request.timeout().ok().flatten();
    RequestStream::new(Box::new(SendOnClose {
        stream: stream.into_async(),
        request: Some(request),
        response: None,
        limit,
    }))
}

struct SendOnClose {
    stream: AsyncRequestStream,
    request: Option<WebRequest>,
    response: Option<BoxFuture<Result<WebResponse, WebError>>>,
    limit: Option<Duration>,
}

impl RequestSink for SendOnClose {
    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.response.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            let Some(mut request) = self.request.take() else {
                return Poll::Ready(Ok(()));
            };
            self.response = Some(Box::pin(async move { request.get_response_async().await }));
        }
        let Some(response) = &mut self.response else {
            return Poll::Ready(Ok(()));
        };
        let result = ready!(response.as_mut().poll(cx));
        self.response = None;
        Poll::Ready(
            result
                .map(|response| response.close())
                .map_err(WebError::into_io),
        )
    }

    /// A dropped stream sends its request as well, on the background runtime; nobody is told how
    /// that ends.
    fn abandon(&mut self) {
        if let Some(mut request) = self.request.take() {
            let mut stream = std::mem::replace(&mut self.stream, AsyncRequestStream::closed());
            system_net_runtime::background().spawn(async move {
                if stream.close().await.is_ok() {
                    let _ = request.get_response_async().await;
                }
            });
        }
    }

    fn write_timeout(&self) -> Option<Duration> {
        self.limit
    }
}
