//! Uploads: bytes, text, forms and files.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use system_net_primitives::Misuse;
use tokio::io::AsyncWriteExt;

use super::form::{FilePart, url_encoded};
use super::progress::Progress;
use super::request::local;
use super::{UploadProgressChangedEventArgs, Waits, WebClient, blocking};
use crate::blocking::within;
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::rate_limit::RateLimit;
use crate::streams::RequestStream;
use crate::web_request::WebRequest;
use crate::web_response::WebResponse;

/// How much is written at once.
const PIECE: usize = 64 * 1024;

impl WebClient {
    /// Opens a stream to write to an address with a method (`None`: `POST`, for a file `PUT`). The
    /// upload is done when the stream is closed; the response is not looked at.
    ///
    /// # Errors
    /// As [`WebRequest::get_request_stream`].
    ///
    /// # Blocking
    /// At most 100 s.
    ///
    /// .NET: `System.Net.WebClient.OpenWrite`
    #[doc(alias = "WebClient.OpenWrite")]
    pub fn open_write(
        &self,
        address: &str,
        method: Option<&str>,
    ) -> Result<RequestStream, WebError> {
        blocking(self.operate(self.open_write_with(address, method, Waits::Limited)))
    }

    /// [`open_write`](Self::open_write) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.OpenWriteTaskAsync`
    #[doc(alias = "WebClient.OpenWriteTaskAsync")]
    pub async fn open_write_async(
        &self,
        address: &str,
        method: Option<&str>,
    ) -> Result<RequestStream, WebError> {
        self.operate(self.open_write_with(address, method, Waits::Unlimited))
            .await
    }

    /// Uploads bytes with a method (`None`: `POST`, for a file `PUT`) and gives the response's body.
    ///
    /// # Errors
    /// As [`WebRequest::get_response`].
    ///
    /// # Blocking
    /// At most 100 s for the head of the response, and 300 s for each piece sent or received.
    ///
    /// .NET: `System.Net.WebClient.UploadData`
    #[doc(alias = "WebClient.UploadData")]
    pub fn upload_data(
        &self,
        address: &str,
        method: Option<&str>,
        data: &[u8],
    ) -> Result<Vec<u8>, WebError> {
        blocking(self.operate(self.upload_data_with(address, method, data, Waits::Limited)))
    }

    /// [`upload_data`](Self::upload_data) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.UploadDataTaskAsync`
    #[doc(alias = "WebClient.UploadDataTaskAsync")]
    pub async fn upload_data_async(
        &self,
        address: &str,
        method: Option<&str>,
        data: &[u8],
    ) -> Result<Vec<u8>, WebError> {
        self.operate(self.upload_data_with(address, method, data, Waits::Unlimited))
            .await
    }

    /// Uploads text, in [`encoding`](Self::encoding), and gives the response's body as text.
    ///
    /// # Errors
    /// As [`upload_data`](Self::upload_data).
    ///
    /// # Blocking
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.UploadString`
    #[doc(alias = "WebClient.UploadString")]
    pub fn upload_string(
        &self,
        address: &str,
        method: Option<&str>,
        text: &str,
    ) -> Result<String, WebError> {
        blocking(self.operate(self.upload_string_with(address, method, text, Waits::Limited)))
    }

    /// [`upload_string`](Self::upload_string) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.UploadStringTaskAsync`
    #[doc(alias = "WebClient.UploadStringTaskAsync")]
    pub async fn upload_string_async(
        &self,
        address: &str,
        method: Option<&str>,
        text: &str,
    ) -> Result<String, WebError> {
        self.operate(self.upload_string_with(address, method, text, Waits::Unlimited))
            .await
    }

    /// Uploads name and value pairs as a form and gives the response's body.
    ///
    /// # Errors
    /// As [`upload_data`](Self::upload_data); [`Misuse::InvalidOperation`] if the client's headers
    /// say another content type.
    ///
    /// # Blocking
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.UploadValues`
    #[doc(alias = "WebClient.UploadValues")]
    pub fn upload_values(
        &self,
        address: &str,
        method: Option<&str>,
        values: &[(&str, &str)],
    ) -> Result<Vec<u8>, WebError> {
        blocking(self.operate(self.upload_values_with(address, method, values, Waits::Limited)))
    }

    /// [`upload_values`](Self::upload_values) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.UploadValuesTaskAsync`
    #[doc(alias = "WebClient.UploadValuesTaskAsync")]
    pub async fn upload_values_async(
        &self,
        address: &str,
        method: Option<&str>,
        values: &[(&str, &str)],
    ) -> Result<Vec<u8>, WebError> {
        self.operate(self.upload_values_with(address, method, values, Waits::Unlimited))
            .await
    }

    /// Uploads a file and gives the response's body. Over HTTP it is the one part `file` of a
    /// `multipart/form-data` body, over other protocols the body itself.
    ///
    /// # Errors
    /// As [`upload_data`](Self::upload_data); `UnknownError` with the path if the file cannot be
    /// read.
    ///
    /// # Blocking
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.UploadFile`
    #[doc(alias = "WebClient.UploadFile")]
    pub fn upload_file(
        &self,
        address: &str,
        method: Option<&str>,
        path: impl AsRef<Path>,
    ) -> Result<Vec<u8>, WebError> {
        blocking(self.operate(self.upload_file_with(
            address,
            method,
            path.as_ref(),
            Waits::Limited,
        )))
    }

    /// [`upload_file`](Self::upload_file) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.UploadFileTaskAsync`
    #[doc(alias = "WebClient.UploadFileTaskAsync")]
    pub async fn upload_file_async(
        &self,
        address: &str,
        method: Option<&str>,
        path: impl AsRef<Path>,
    ) -> Result<Vec<u8>, WebError> {
        self.operate(self.upload_file_with(address, method, path.as_ref(), Waits::Unlimited))
            .await
    }

    pub(super) async fn open_write_with(
        &self,
        address: &str,
        method: Option<&str>,
        waits: Waits,
    ) -> Result<RequestStream, WebError> {
        let mut request = self.upload_request(address, method)?;
        self.prepared(&mut request)?;
        let limit = limit_of(&request, waits);
        let abort = request.abort_handle().ok();
        let stream = within(limit, abort.as_ref(), request.get_request_stream_async()).await?;
        let stream = self.limited_upload(stream);
        Ok(super::open_write::sending_on_close(stream, request))
    }

    pub(super) async fn upload_data_with(
        &self,
        address: &str,
        method: Option<&str>,
        data: &[u8],
        waits: Waits,
    ) -> Result<Vec<u8>, WebError> {
        let request = self.upload_request(address, method)?;
        self.upload(request, &mut Body::bytes(data), waits)
            .await
            .map(|(_, bytes)| bytes)
    }

    pub(super) async fn upload_string_with(
        &self,
        address: &str,
        method: Option<&str>,
        text: &str,
        waits: Waits,
    ) -> Result<String, WebError> {
        let request = self.upload_request(address, method)?;
        let (data, ..) = self.encoding.encode(text);
        let mut body = Body::bytes(&data);
        let (response, bytes) = self.upload(request, &mut body, waits).await?;
        Ok(self.decode(&response, &bytes))
    }

    pub(super) async fn upload_pairs_with(
        &self,
        address: &str,
        method: Option<&str>,
        values: &[(String, String)],
        waits: Waits,
    ) -> Result<Vec<u8>, WebError> {
        let values: Vec<(&str, &str)> = values.iter().map(|(n, v)| (&**n, &**v)).collect();
        self.upload_values_with(address, method, &values, waits)
            .await
    }

    pub(super) async fn upload_values_with(
        &self,
        address: &str,
        method: Option<&str>,
        values: &[(&str, &str)],
        waits: Waits,
    ) -> Result<Vec<u8>, WebError> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let mut request = self.upload_request(address, method)?;
        if let Some(other) = self
            .headers
            .get("Content-Type")
            .filter(|t| !t.eq_ignore_ascii_case(FORM))
        {
            return Err(Misuse::invalid_operation(format!(
                "the client's headers say the content type '{other}', but values are sent as {FORM}"
            ))
            .into());
        }
        request.set_content_type(Some(FORM))?;
        let data = url_encoded(values.iter().copied());
        self.upload(request, &mut Body::bytes(data.as_bytes()), waits)
            .await
            .map(|(_, bytes)| bytes)
    }

    pub(super) async fn upload_file_with(
        &self,
        address: &str,
        method: Option<&str>,
        path: &Path,
        waits: Waits,
    ) -> Result<Vec<u8>, WebError> {
        let mut request = self.upload_request(address, method)?;
        let file = File::open(path).map_err(|error| local(error, path))?;
        let length = file.metadata().map_err(|error| local(error, path))?.len();
        let mut body = Body {
            before: &[],
            file: Some((file, path, length)),
            after: &[],
        };
        let part;
        if request.as_http().is_some() {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy())
                .unwrap_or_default();
            part = FilePart::new(&boundary(), &name);
            request.set_content_type(Some(&part.content_type))?;
            (body.before, body.after) = (&part.before, &part.after);
        }
        self.upload(request, &mut body, waits)
            .await
            .map(|(_, bytes)| bytes)
    }

    fn upload_request(&self, address: &str, method: Option<&str>) -> Result<WebRequest, WebError> {
        let mut request = self.request(address, None)?;
        let default = if request.as_http().is_some() {
            "POST"
        } else {
            "PUT"
        };
        request.set_method(method.unwrap_or(default))?;
        Ok(request)
    }

    /// Sends the body and reads the answer.
    async fn upload(
        &self,
        mut request: WebRequest,
        body: &mut Body<'_>,
        waits: Waits,
    ) -> Result<(WebResponse, Vec<u8>), WebError> {
        let total = body.length();
        request.set_content_length(total)?;
        self.prepared(&mut request)?;
        let limit = limit_of(&request, waits);
        let abort = request.abort_handle().ok();
        let stream = within(limit, abort.as_ref(), request.get_request_stream_async()).await?;
        let mut stream = self.limited_upload(stream).into_async();
        let mut sent = 0;
        let mut buffer = Vec::new();
        while body.next(&mut buffer)? {
            // A limit makes the time of a piece a matter of its rate, not of the server.
            for part in buffer.chunks(self.upload_part()) {
                let write = async { stream.write_all(part).await.map_err(sending) };
                within(limit, abort.as_ref(), write).await?;
                sent += part.len() as u64;
                self.sent(sent, total);
            }
        }
        within(limit, abort.as_ref(), stream.close()).await?;
        if total == 0 {
            // An empty body has no pieces; that it is done is told all the same.
            self.sent(0, 0);
        }
        let response = self.answered(&mut request, waits).await?;
        let progress = Progress::answer_to(total);
        let bytes = self.read_all(&response, progress, waits).await?;
        Ok((response, bytes))
    }

    fn sent(&self, sent: u64, total: u64) {
        let args = UploadProgressChangedEventArgs {
            sent,
            total,
            received: 0,
            total_to_receive: None,
        };
        self.shared.events.upload_progress.raise(&args);
    }

    /// How much is written at once: not more than goes through in a second.
    fn upload_part(&self) -> usize {
        let rate = self.upload_limit.as_ref().map(RateLimit::bytes_per_second);
        rate.and_then(|rate| usize::try_from(rate.get()).ok())
            .map_or(PIECE, |rate| rate.min(PIECE))
    }

    /// The stream, as fast as uploads may be.
    fn limited_upload(&self, stream: RequestStream) -> RequestStream {
        match &self.upload_limit {
            Some(limit) => stream.limited(limit),
            None => stream,
        }
    }
}

fn limit_of(request: &WebRequest, waits: Waits) -> Option<Duration> {
    match waits {
        Waits::Limited => request.timeout().ok().flatten(),
        Waits::Unlimited => None,
    }
}

fn sending(error: std::io::Error) -> WebError {
    WebError::from_io(error, WebExceptionStatus::SendFailure, Phase::Sending)
}

/// What is uploaded: bytes, a file, or a file between bytes.
struct Body<'a> {
    before: &'a [u8],
    /// With its path, for errors, and how much of it is still to come.
    file: Option<(File, &'a Path, u64)>,
    after: &'a [u8],
}

impl<'a> Body<'a> {
    fn bytes(data: &'a [u8]) -> Self {
        Self {
            before: data,
            file: None,
            after: &[],
        }
    }

    fn length(&self) -> u64 {
        let file = self.file.as_ref().map_or(0, |(_, _, length)| *length);
        self.before.len() as u64 + file + self.after.len() as u64
    }

    /// Fills the buffer with the next piece; false at the end.
    fn next(&mut self, buffer: &mut Vec<u8>) -> Result<bool, WebError> {
        buffer.clear();
        if take_piece(&mut self.before, buffer) {
            return Ok(true);
        }
        if let Some((file, path, left)) = self.file.as_mut().filter(|(_, _, left)| *left > 0) {
            let n = file.take((*left).min(PIECE as u64)).read_to_end(buffer);
            let n = n.map_err(|error| local(error, path))? as u64;
            if n == 0 {
                let error = std::io::Error::new(
                    std::io::ErrorKind::UnexpectedEof,
                    "the file became shorter while it was uploaded",
                );
                return Err(local(error, path));
            }
            *left -= n;
            return Ok(true);
        }
        Ok(take_piece(&mut self.after, buffer))
    }
}

fn take_piece(from: &mut &[u8], buffer: &mut Vec<u8>) -> bool {
    let (piece, rest) = from.split_at(from.len().min(PIECE));
    buffer.extend_from_slice(piece);
    *from = rest;
    !piece.is_empty()
}

/// A line that is unlikely to occur in a file: time and place of this call.
fn boundary() -> String {
    use std::hash::{BuildHasher, Hasher};
    let random = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish();
    format!("---------------------{random:016x}")
}
