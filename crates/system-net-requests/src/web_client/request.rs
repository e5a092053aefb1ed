//! The requests of a `WebClient`: address, headers, sending with or without time-outs.

use std::io;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use system_net_primitives::WebHeaderCollection;
use system_net_uri::{Uri, UriKind};
use tokio::io::AsyncReadExt;

use super::{Waits, WebClient};
use crate::blocking::within;
use crate::error::WebError;
use crate::streams::ResponseStream;
use crate::web_request::{ToUri, WebRequest};
use crate::web_response::{WebResponse, reading};

/// What may stand in a query as it is: RFC 3986's unreserved characters.
pub(super) const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl WebClient {
    /// The request for an address, with the client's headers, credentials and query.
    pub(super) fn request(
        &self,
        address: &str,
        method: Option<&str>,
    ) -> Result<WebRequest, WebError> {
        let uri = self.address(address)?;
        let mut request = WebRequest::create_in(&self.context, &uri)?;
        if let Some(method) = method {
            request.set_method(method)?;
        }
        if let Some(credentials) = &self.credentials {
            request.set_credentials(Some(credentials.clone()))?;
        }
        if let Some(proxy) = &self.proxy {
            // Protocols that know no proxies need none.
            let _ = request.set_proxy(proxy.clone());
        }
        if !self.headers.is_empty() {
            apply_headers(&mut request, &self.headers)?;
        }
        Ok(request)
    }

    /// The whole address that is meant.
    pub(super) fn address(&self, address: &str) -> Result<Uri, WebError> {
        self.with_query(self.resolve(address)?)
    }

    fn resolve(&self, address: &str) -> Result<Uri, WebError> {
        match &self.base_address {
            Some(base) => Ok(base.combine(address)?),
            None => Ok(address.to_uri_in(&self.context.uri_settings())?),
        }
    }

    fn with_query(&self, uri: Uri) -> Result<Uri, WebError> {
        if self.query.is_empty() || !uri.query().is_empty() {
            return Ok(uri);
        }
        let pairs: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| {
                format!(
                    "{}={}",
                    utf8_percent_encode(name, QUERY),
                    utf8_percent_encode(value, QUERY)
                )
            })
            .collect();
        let text = uri.absolute_uri();
        let end = text.len() - uri.fragment().len();
        let with_query = format!("{}?{}{}", &text[..end], pairs.join("&"), &text[end..]);
        Ok(Uri::parse_in(
            &with_query,
            UriKind::Absolute,
            uri.settings(),
        )?)
    }

    /// What the client's properties and its hook make of a request that is about to be sent.
    pub(super) fn prepared(&self, request: &mut WebRequest) -> Result<(), WebError> {
        if let Some(http) = request.as_http_mut() {
            http.set_allow_read_stream_buffering(self.buffering.read)?;
            http.set_allow_write_stream_buffering(self.buffering.write)?;
            if self.cache_policy.is_some() {
                http.set_cache_policy(self.cache_policy)?;
            }
            if self.retry.is_some() {
                http.set_retry_policy(self.retry.clone())?;
            }
        }
        match &self.get_web_request {
            Some(hook) => hook(request),
            None => Ok(()),
        }
    }

    pub(super) async fn respond(
        &self,
        request: &mut WebRequest,
        waits: Waits,
    ) -> Result<WebResponse, WebError> {
        self.prepared(request)?;
        self.answered(request, waits).await
    }

    /// The response to a request that was prepared.
    pub(super) async fn answered(
        &self,
        request: &mut WebRequest,
        waits: Waits,
    ) -> Result<WebResponse, WebError> {
        let limit = match waits {
            Waits::Limited => request.timeout().ok().flatten(),
            Waits::Unlimited => None,
        };
        let abort = request.abort_handle().ok();
        let response = within(limit, abort.as_ref(), request.get_response_async()).await;
        let answer = match &response {
            Ok(response) => Some(response),
            Err(error) => error.response(),
        };
        if let Some(answer) = answer {
            *self.last_headers() = answer.headers().ok().cloned();
        }
        let response = response?;
        if let Some(hook) = &self.get_web_response {
            hook(&response)?;
        }
        Ok(response)
    }
}

/// Copies the client's headers; those with a property of their own go past the restriction.
fn apply_headers(request: &mut WebRequest, headers: &WebHeaderCollection) -> Result<(), WebError> {
    for (name, value) in headers.iter() {
        match (request.as_http_mut(), name.to_ascii_lowercase().as_str()) {
            (_, "content-type") => request.set_content_type(Some(&value))?,
            (Some(http), "accept") => http.set_accept(Some(&value))?,
            (Some(http), "user-agent") => http.set_user_agent(Some(&value))?,
            (Some(http), "referer") => http.set_referer(Some(&value))?,
            (Some(http), "host") => http.set_host(&value)?,
            _ => request.headers_mut()?.add(name, &value)?,
        }
    }
    Ok(())
}

/// One read of a response, with the stream's time-out if waits are limited.
pub(super) async fn read_piece(
    stream: &mut PieceReader,
    buffer: &mut [u8],
) -> Result<usize, WebError> {
    let limit = match stream.waits {
        Waits::Limited => stream.limit,
        Waits::Unlimited => None,
    };
    let read = async { stream.inner.read(buffer).await.map_err(reading) };
    within(limit, None, read).await
}

/// A response stream and how long its reads wait.
pub(super) struct PieceReader {
    inner: crate::streams::AsyncResponseStream,
    limit: Option<std::time::Duration>,
    waits: Waits,
}

impl PieceReader {
    pub(super) fn new(stream: ResponseStream, waits: Waits) -> Self {
        let limit = stream.read_timeout();
        Self {
            inner: stream.into_async(),
            limit,
            waits,
        }
    }
}

/// A local file could not be read or written.
pub(super) fn local(error: io::Error, path: &std::path::Path) -> WebError {
    use crate::error::{Phase, WebExceptionStatus};
    let detail = format!("{}: {error}", path.display());
    WebError::new(WebExceptionStatus::UnknownError, Phase::Preparing, detail).with_source(error)
}
