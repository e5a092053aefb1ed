//! `FileWebRequest`: reads or writes a file of this machine.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use system_net_primitives::{Credentials, Misuse, WebHeaderCollection};
use system_net_uri::Uri;
use system_net_web_proxy::Proxy;

use super::response::FileWebResponse;
use crate::abort::AbortHandle;
use crate::blocking::BoxFuture;
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::streams::{RequestSink, RequestStream};
use crate::web_request_impl::WebRequestImpl;
use crate::web_response::WebResponse;

/// A request for a file of this machine: `GET` reads it, any other method writes it.
///
/// Writing creates the file or replaces its content. Only local files: a host in the address other
/// than `localhost` is refused, as there is no portable way to reach it.
///
/// .NET: `System.Net.FileWebRequest`
pub struct FileWebRequest {
    uri: Uri,
    method: String,
    headers: WebHeaderCollection,
    content_length: u64,
    credentials: Option<Arc<dyn Credentials>>,
    proxy: Option<Arc<dyn Proxy>>,
    connection_group_name: Option<String>,
    pre_authenticate: bool,
    timeout: Option<Duration>,
    abort: AbortHandle,
    write: Option<Arc<Mutex<Written>>>,
    started: bool,
    response: Option<FileWebResponse>,
}

/// The file being written, shared by the stream and the request.
struct Written {
    file: Option<File>,
    /// `None`: no length was announced.
    remaining: Option<u64>,
    closed: bool,
    failed: Option<WebError>,
}

impl FileWebRequest {
    pub(crate) fn new(uri: Uri) -> Result<Self, WebError> {
        if !uri.is_file() {
            let reason = format!("a file request cannot have the scheme '{}'", uri.scheme());
            return Err(Misuse::not_supported(reason).into());
        }
        Ok(Self {
            uri,
            method: "GET".into(),
            headers: WebHeaderCollection::for_request(),
            content_length: 0,
            credentials: None,
            proxy: None,
            connection_group_name: None,
            pre_authenticate: false,
            timeout: Some(Duration::from_secs(100)),
            abort: AbortHandle::new(),
            write: None,
            started: false,
            response: None,
        })
    }

    fn writes(&self) -> bool {
        self.method != "GET"
    }

    fn unsent(&mut self) -> Result<&mut Self, Misuse> {
        if self.started {
            return Err(Misuse::invalid_operation(
                "the request has been started: its properties cannot be changed any more",
            ));
        }
        Ok(self)
    }

    /// Opening and statting a file are quick; they run where they are called.
    fn open_stream(&mut self) -> Result<RequestStream, WebError> {
        self.abort.check()?;
        if self.started {
            return Err(
                Misuse::invalid_operation("the request stream was already asked for").into(),
            );
        }
        if !self.writes() {
            let reason = format!("cannot send a content body with the method {}", self.method);
            return Err(Misuse::invalid_operation(reason).into());
        }
        let path = local_path(&self.uri)?;
        self.started = true;
        let file = File::create(&path).map_err(|error| self.open_error(&path, error))?;
        let remaining = (self.content_length > 0).then_some(self.content_length);
        let written = Written {
            file: Some(file),
            remaining,
            closed: false,
            failed: None,
        };
        let written = Arc::new(Mutex::new(written));
        self.write = Some(Arc::clone(&written));
        Ok(RequestStream::new(Box::new(FileSink {
            written,
            abort: self.abort.clone(),
        })))
    }

    fn respond(&mut self) -> Result<FileWebResponse, WebError> {
        self.abort.check()?;
        if let Some(response) = &self.response {
            return Ok(response.clone());
        }
        let response = if self.writes() {
            self.finish_write()?;
            FileWebResponse::empty(self.uri.clone())
        } else {
            let path = local_path(&self.uri)?;
            self.started = true;
            let file = File::open(&path).map_err(|error| self.open_error(&path, error))?;
            let metadata = file
                .metadata()
                .map_err(|error| self.open_error(&path, error))?;
            if metadata.is_dir() {
                return Err(self.open_error(
                    &path,
                    io::Error::new(io::ErrorKind::IsADirectory, "it is a folder, not a file"),
                ));
            }
            FileWebResponse::new(self.uri.clone(), file, metadata.len(), self.abort.clone())
        };
        self.response = Some(response.clone());
        Ok(response)
    }

    fn finish_write(&mut self) -> Result<(), WebError> {
        let Some(written) = &self.write else {
            return Err(Misuse::invalid_operation(format!(
                "the method {} writes: write the content to get_request_stream first",
                self.method
            ))
            .into());
        };
        let mut written = lock(written);
        if let Some(error) = written.failed.take() {
            return Err(error);
        }
        if !written.closed {
            return Err(Misuse::invalid_operation(
                "close the request stream before asking for the response",
            )
            .into());
        }
        Ok(())
    }

    /// .NET reports what the file system refuses as `ConnectFailure`.
    fn open_error(&self, path: &Path, error: io::Error) -> WebError {
        let detail = format!("{}: {error}", path.display());
        WebError::new(
            WebExceptionStatus::ConnectFailure,
            Phase::Connecting,
            detail,
        )
        .with_source(error)
        .with_uri(&self.uri)
    }
}

fn local_path(uri: &Uri) -> Result<PathBuf, WebError> {
    if uri.is_unc() && !uri.host().eq_ignore_ascii_case("localhost") {
        return Err(Misuse::not_supported(format!(
            "the file is on another machine ('{}'): mount the share and use its local path",
            uri.host()
        ))
        .into());
    }
    // RFC 8089 section 2: `localhost` is this machine, as if no host were there. The URI type, which
    // knows of UNC names only, would make it a part of the path.
    let without_host = match uri.is_unc() {
        true => Some(Uri::parse(&format!("file://{}", uri.absolute_path()))?),
        false => None,
    };
    let path = without_host.as_ref().unwrap_or(uri).local_path();
    if path.contains('\0') {
        return Err(Misuse::invalid_argument("uri", "the path holds a NUL character").into());
    }
    let slash = |c| matches!(c, '/' | '\\');
    if path.starts_with(slash) && path[1..].starts_with(slash) {
        // Escaped slashes, or those behind `localhost`. Windows would ask the server that follows,
        // and tell it who asks.
        return Err(Misuse::not_supported(format!(
            "the path names another machine ('{path}'): mount the share and use its local path"
        ))
        .into());
    }
    if path.split(slash).any(|segment| segment == "..") {
        // Resolved before, unless the dots came to light only now.
        let why = format!("the path leads upwards once its escapes are undone ('{path}')");
        return Err(Misuse::invalid_argument("uri", why).into());
    }
    Ok(PathBuf::from(path.as_ref()))
}

impl WebRequestImpl for FileWebRequest {
    fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>> {
        let response = self.respond();
        Box::pin(async move { response.map(WebResponse::from) })
    }

    fn open_request_stream_async(&mut self) -> BoxFuture<Result<RequestStream, WebError>> {
        let stream = self.open_stream();
        Box::pin(async move { stream })
    }

    fn request_uri(&self) -> Result<&Uri, Misuse> {
        Ok(&self.uri)
    }

    fn method(&self) -> Result<&str, Misuse> {
        Ok(&self.method)
    }

    fn set_method(&mut self, method: &str) -> Result<(), Misuse> {
        if method.is_empty() {
            return Err(Misuse::invalid_argument(
                "value",
                "a method name cannot be empty",
            ));
        }
        self.unsent()?.method = method.to_ascii_uppercase();
        Ok(())
    }

    fn headers(&self) -> Result<&WebHeaderCollection, Misuse> {
        Ok(&self.headers)
    }

    fn headers_mut(&mut self) -> Result<&mut WebHeaderCollection, Misuse> {
        Ok(&mut self.unsent()?.headers)
    }

    fn content_length(&self) -> Result<Option<u64>, Misuse> {
        Ok(Some(self.content_length))
    }

    fn set_content_length(&mut self, length: u64) -> Result<(), Misuse> {
        self.unsent()?.content_length = length;
        Ok(())
    }

    fn content_type(&self) -> Result<Option<String>, Misuse> {
        Ok(self.headers.get("Content-Type").map(Into::into))
    }

    fn set_content_type(&mut self, content_type: Option<&str>) -> Result<(), Misuse> {
        let headers = &mut self.unsent()?.headers;
        match content_type {
            Some(content_type) => headers.set_engine("Content-Type", content_type),
            None => {
                headers.remove_engine("Content-Type");
                Ok(())
            }
        }
    }

    fn credentials(&self) -> Result<Option<Arc<dyn Credentials>>, Misuse> {
        Ok(self.credentials.clone())
    }

    /// Kept for callers that set it on every request; a local file has no login.
    fn set_credentials(&mut self, credentials: Option<Arc<dyn Credentials>>) -> Result<(), Misuse> {
        self.unsent()?.credentials = credentials;
        Ok(())
    }

    fn proxy(&self) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
        Ok(self.proxy.clone())
    }

    /// Kept for callers that set it on every request; files are reached directly.
    fn set_proxy(&mut self, proxy: Option<Arc<dyn Proxy>>) -> Result<(), Misuse> {
        self.unsent()?.proxy = proxy;
        Ok(())
    }

    fn use_default_credentials(&self) -> Result<bool, Misuse> {
        Err(Misuse::not_supported(
            "use_default_credentials does not apply to files",
        ))
    }

    fn set_use_default_credentials(&mut self, _use_default: bool) -> Result<(), Misuse> {
        Err(Misuse::not_supported(
            "use_default_credentials does not apply to files",
        ))
    }

    fn pre_authenticate(&self) -> Result<bool, Misuse> {
        Ok(self.pre_authenticate)
    }

    /// Kept for callers that set it on every request; a local file has no login.
    fn set_pre_authenticate(&mut self, pre_authenticate: bool) -> Result<(), Misuse> {
        self.unsent()?.pre_authenticate = pre_authenticate;
        Ok(())
    }

    fn connection_group_name(&self) -> Result<Option<&str>, Misuse> {
        Ok(self.connection_group_name.as_deref())
    }

    /// Kept for callers that set it on every request; a file has no connection.
    fn set_connection_group_name(&mut self, name: Option<&str>) -> Result<(), Misuse> {
        self.unsent()?.connection_group_name = name.map(str::to_owned);
        Ok(())
    }

    fn timeout(&self) -> Result<Option<Duration>, Misuse> {
        Ok(self.timeout)
    }

    fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<(), Misuse> {
        self.unsent()?.timeout = timeout;
        Ok(())
    }

    fn abort_handle(&self) -> Result<AbortHandle, Misuse> {
        Ok(self.abort.clone())
    }
}

/// Writes to the file, as the stream is written.
struct FileSink {
    written: Arc<Mutex<Written>>,
    abort: AbortHandle,
}

impl RequestSink for FileSink {
    fn poll_write(&mut self, _cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if self.abort.is_aborted() {
            return Poll::Ready(Err(WebError::canceled().into_io()));
        }
        let mut written = lock(&self.written);
        if let Some(remaining) = written
            .remaining
            .filter(|remaining| data.len() as u64 > *remaining)
        {
            let misuse = Misuse::invalid_operation(format!(
                "{} bytes written where the content length leaves room for {remaining}",
                data.len()
            ));
            return Poll::Ready(Err(WebError::from(misuse).into_io()));
        }
        let Some(file) = &mut written.file else {
            return Poll::Ready(Ok(0));
        };
        let result = file.write(data);
        if let (Ok(n), Some(remaining)) = (&result, &mut written.remaining) {
            *remaining -= *n as u64;
        }
        Poll::Ready(result)
    }

    fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut written = lock(&self.written);
        Poll::Ready(written.file.as_mut().map_or(Ok(()), File::flush))
    }

    fn poll_close(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.close().map_err(WebError::into_io))
    }

    fn abandon(&mut self) {
        if let Err(error) = self.close() {
            lock(&self.written).failed = Some(error);
        }
    }
}

impl FileSink {
    fn close(&mut self) -> Result<(), WebError> {
        let mut written = lock(&self.written);
        if written.closed {
            return Ok(());
        }
        written.closed = true;
        written.file = None;
        match written.remaining {
            Some(missing) if missing > 0 => {
                let detail = format!(
                    "the request stream was closed {missing} bytes short of the content length"
                );
                let error = |detail: String| {
                    WebError::new(WebExceptionStatus::RequestCanceled, Phase::Sending, detail)
                };
                written.failed = Some(error(detail.clone()));
                Err(error(detail))
            }
            _ => Ok(()),
        }
    }
}

fn lock(written: &Mutex<Written>) -> MutexGuard<'_, Written> {
    written.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for FileWebRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileWebRequest")
            .field("method", &self.method)
            .field("request_uri", &self.uri.absolute_uri())
            .finish_non_exhaustive()
    }
}
