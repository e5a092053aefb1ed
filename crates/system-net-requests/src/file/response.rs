//! `FileWebResponse`: the content of a file, or the end of writing one.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use system_net_primitives::{Misuse, WebHeaderCollection};
use system_net_uri::Uri;

use crate::abort::AbortHandle;
use crate::error::WebError;
use crate::streams::ResponseStream;
use crate::web_response::WebResponseImpl;

/// The response to a [`FileWebRequest`](crate::FileWebRequest).
///
/// It has the headers `Content-Length` and `Content-Type: application/octet-stream`, as in .NET.
///
/// .NET: `System.Net.FileWebResponse`
#[derive(Clone)]
pub struct FileWebResponse {
    inner: Arc<Inner>,
}

struct Inner {
    uri: Uri,
    length: u64,
    headers: WebHeaderCollection,
    content: Mutex<Content>,
    abort: Option<AbortHandle>,
}

/// The file is opened once and read through one stream.
enum Content {
    Unread(Option<File>),
    Reading(Arc<Mutex<Option<File>>>),
    Closed,
}

impl FileWebResponse {
    pub(super) fn new(uri: Uri, file: File, length: u64, abort: AbortHandle) -> Self {
        Self::with(uri, Some(file), length, Some(abort))
    }

    /// The response to a write.
    pub(super) fn empty(uri: Uri) -> Self {
        Self::with(uri, None, 0, None)
    }

    fn with(uri: Uri, file: Option<File>, length: u64, abort: Option<AbortHandle>) -> Self {
        let mut headers = WebHeaderCollection::new();
        headers.push_raw(b"Content-Length", length.to_string().as_bytes());
        headers.push_raw(b"Content-Type", b"application/octet-stream");
        let content = Mutex::new(Content::Unread(file));
        Self {
            inner: Arc::new(Inner {
                uri,
                length,
                headers,
                content,
                abort,
            }),
        }
    }
}

impl WebResponseImpl for FileWebResponse {
    fn get_response_stream(&self) -> Result<ResponseStream, Misuse> {
        let mut content = self
            .inner
            .content
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *content {
            Content::Unread(file) => Arc::new(Mutex::new(file.take())),
            Content::Reading(file) => Arc::clone(file),
            Content::Closed => return Err(Misuse::disposed("FileWebResponse")),
        };
        *content = Content::Reading(Arc::clone(&file));
        Ok(ResponseStream::from_reader(SharedFile {
            file,
            abort: self.inner.abort.clone(),
            empty: self.inner.abort.is_none(),
        }))
    }

    fn close(&self) {
        let mut content = self
            .inner
            .content
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Content::Reading(file) = &*content {
            *file.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        *content = Content::Closed;
    }

    fn response_uri(&self) -> Result<&Uri, Misuse> {
        Ok(&self.inner.uri)
    }

    fn headers(&self) -> Result<&WebHeaderCollection, Misuse> {
        Ok(&self.inner.headers)
    }

    fn content_length(&self) -> Result<Option<u64>, Misuse> {
        Ok(Some(self.inner.length))
    }

    fn content_type(&self) -> Result<Option<Cow<'_, str>>, Misuse> {
        Ok(Some(Cow::Borrowed("application/octet-stream")))
    }
}

/// The file as the streams share it; closing the response ends them all.
struct SharedFile {
    file: Arc<Mutex<Option<File>>>,
    abort: Option<AbortHandle>,
    /// There never was a file: the response to a write.
    empty: bool,
}

impl Read for SharedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.abort.as_ref().is_some_and(AbortHandle::is_aborted) {
            return Err(WebError::canceled().into_io());
        }
        match &mut *self.file.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(file) => file.read(buffer),
            None if self.empty => Ok(0),
            None => Err(io::Error::other(Misuse::disposed("FileWebResponse"))),
        }
    }
}

impl fmt::Debug for FileWebResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileWebResponse")
            .field("response_uri", &self.inner.uri.absolute_uri())
            .field("content_length", &self.inner.length)
            .finish_non_exhaustive()
    }
}
