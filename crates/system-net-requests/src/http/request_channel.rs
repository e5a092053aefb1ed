//! The channel below a request's stream, for logins of the program's own that are tied to it.

use system_net_primitives::AsyncResult;
use system_net_security::extended_protection::TransportContext;

use super::request::HttpWebRequest;
use crate::error::WebError;
use crate::streams::RequestStream;

/// The request's stream together with its channel.
///
/// The channel has a binding once there is a connection over TLS: with
/// [`content_length`](HttpWebRequest::content_length) or
/// [`send_chunked`](HttpWebRequest::send_chunked). A body that is kept first has none yet, nor has one
/// over plain http.
impl HttpWebRequest {
    /// [`get_request_stream`](Self::get_request_stream), and the channel that the body goes over.
    ///
    /// .NET: `System.Net.HttpWebRequest.GetRequestStream(TransportContext)`
    ///
    /// # Errors
    /// As there.
    ///
    /// # Blocking
    /// As there.
    pub fn get_request_stream_with_context(
        &mut self,
    ) -> Result<(RequestStream, TransportContext), WebError> {
        let stream = self.get_request_stream()?;
        Ok((stream, self.upload_channel()))
    }

    /// [`get_request_stream_async`](Self::get_request_stream_async), and the channel that the body
    /// goes over.
    ///
    /// # Errors
    /// As there.
    pub async fn get_request_stream_with_context_async(
        &mut self,
    ) -> Result<(RequestStream, TransportContext), WebError> {
        let stream = self.get_request_stream_async().await?;
        Ok((stream, self.upload_channel()))
    }

    /// [`end_get_request_stream`](Self::end_get_request_stream), and the channel that the body goes
    /// over.
    ///
    /// .NET: `System.Net.HttpWebRequest.EndGetRequestStream(IAsyncResult, TransportContext)`
    ///
    /// # Errors
    /// As there.
    pub fn end_get_request_stream_with_context(
        &self,
        result: &AsyncResult<Result<RequestStream, WebError>>,
    ) -> Result<(RequestStream, TransportContext), WebError> {
        let stream = self.end_get_request_stream(result)?;
        Ok((stream, self.upload_channel()))
    }
}
