//! Downloads: to memory, to text, to a file, or as a stream.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

use super::progress::Progress;
use super::request::{PieceReader, local, read_piece};
use super::{
    DownloadProgressChangedEventArgs, UploadProgressChangedEventArgs, Waits, WebClient, blocking,
};
use crate::error::WebError;
use crate::streams::ResponseStream;
use crate::web_response::{WebResponse, check_in_memory};

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// A file with a name of its own, which gets `path` when it is whole. Its permissions are those of
/// the file it replaces, or of any new file: what is downloaded is no secret of this user.
fn new_beside(path: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    let permissions = std::fs::metadata(path).map(|metadata| metadata.permissions());
    let file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    if let Ok(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(file)
}

impl WebClient {
    /// Opens a stream to read from an address.
    ///
    /// # Errors
    /// As [`WebRequest::get_response`](crate::WebRequest::get_response).
    ///
    /// # Blocking
    /// Until the head of the response has come, at most 100 s.
    ///
    /// .NET: `System.Net.WebClient.OpenRead`
    #[doc(alias = "WebClient.OpenRead")]
    pub fn open_read(&self, address: &str) -> Result<ResponseStream, WebError> {
        blocking(self.operate(self.open_read_with(address, Waits::Limited)))
    }

    /// [`open_read`](Self::open_read) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.OpenReadTaskAsync`
    #[doc(alias = "WebClient.OpenReadTaskAsync")]
    pub async fn open_read_async(&self, address: &str) -> Result<ResponseStream, WebError> {
        self.operate(self.open_read_with(address, Waits::Unlimited))
            .await
    }

    /// Downloads a resource into memory; 2 GiB at most.
    ///
    /// # Errors
    /// As [`WebRequest::get_response`](crate::WebRequest::get_response), and as reading its stream.
    ///
    /// # Blocking
    /// At most 100 s for the head of the response, and 300 s for each piece of its body.
    ///
    /// .NET: `System.Net.WebClient.DownloadData`
    #[doc(alias = "WebClient.DownloadData")]
    pub fn download_data(&self, address: &str) -> Result<Vec<u8>, WebError> {
        blocking(self.operate(self.download_data_with(address, Waits::Limited)))
    }

    /// [`download_data`](Self::download_data) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.DownloadDataTaskAsync`
    #[doc(alias = "WebClient.DownloadDataTaskAsync")]
    pub async fn download_data_async(&self, address: &str) -> Result<Vec<u8>, WebError> {
        self.operate(self.download_data_with(address, Waits::Unlimited))
            .await
    }

    /// Downloads a resource as text, in the character set its content type names, else in
    /// [`encoding`](Self::encoding). Malformed bytes become U+FFFD.
    ///
    /// # Errors
    /// As [`download_data`](Self::download_data).
    ///
    /// # Blocking
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.DownloadString`
    #[doc(alias = "WebClient.DownloadString")]
    pub fn download_string(&self, address: &str) -> Result<String, WebError> {
        blocking(self.operate(self.download_string_with(address, Waits::Limited)))
    }

    /// [`download_string`](Self::download_string) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.DownloadStringTaskAsync`
    #[doc(alias = "WebClient.DownloadStringTaskAsync")]
    pub async fn download_string_async(&self, address: &str) -> Result<String, WebError> {
        self.operate(self.download_string_with(address, Waits::Unlimited))
            .await
    }

    /// Downloads a resource into a file. The file appears, or replaces an older one, when it is
    /// whole; a failure leaves nothing behind.
    ///
    /// # Errors
    /// As [`download_data`](Self::download_data); `UnknownError` with the path if the file cannot
    /// be written.
    ///
    /// # Blocking
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.DownloadFile`
    #[doc(alias = "WebClient.DownloadFile")]
    pub fn download_file(&self, address: &str, path: impl AsRef<Path>) -> Result<(), WebError> {
        blocking(self.operate(self.download_file_with(address, path.as_ref(), Waits::Limited)))
    }

    /// [`download_file`](Self::download_file) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.DownloadFileTaskAsync`
    #[doc(alias = "WebClient.DownloadFileTaskAsync")]
    pub async fn download_file_async(
        &self,
        address: &str,
        path: impl AsRef<Path>,
    ) -> Result<(), WebError> {
        self.operate(self.download_file_with(address, path.as_ref(), Waits::Unlimited))
            .await
    }

    pub(super) async fn open_read_with(
        &self,
        address: &str,
        waits: Waits,
    ) -> Result<ResponseStream, WebError> {
        let mut request = self.request(address, None)?;
        let response = self.respond(&mut request, waits).await?;
        self.body_of(&response)
    }

    pub(super) async fn download_data_with(
        &self,
        address: &str,
        waits: Waits,
    ) -> Result<Vec<u8>, WebError> {
        let mut request = self.request(address, None)?;
        let response = self.respond(&mut request, waits).await?;
        self.read_all(&response, Progress::download(), waits).await
    }

    pub(super) async fn download_string_with(
        &self,
        address: &str,
        waits: Waits,
    ) -> Result<String, WebError> {
        let mut request = self.request(address, None)?;
        let response = self.respond(&mut request, waits).await?;
        let bytes = self
            .read_all(&response, Progress::download(), waits)
            .await?;
        Ok(self.decode(&response, &bytes))
    }

    pub(super) async fn download_file_with(
        &self,
        address: &str,
        path: &Path,
        waits: Waits,
    ) -> Result<(), WebError> {
        let mut request = self.request(address, None)?;
        let response = self.respond(&mut request, waits).await?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut file = new_beside(path, folder.unwrap_or_else(|| Path::new(".")))
            .map_err(|error| local(error, path))?;
        self.pump(&response, Progress::download(), waits, |piece| {
            file.write_all(piece).map_err(|error| local(error, path))
        })
        .await?;
        file.persist(path)
            .map_err(|error| local(error.error, path))?;
        Ok(())
    }

    pub(super) async fn read_all(
        &self,
        response: &WebResponse,
        progress: Progress,
        waits: Waits,
    ) -> Result<Vec<u8>, WebError> {
        let limit = response.max_in_memory();
        let mut bytes = Vec::new();
        self.pump(response, progress, waits, |piece| {
            check_in_memory(bytes.len() + piece.len(), limit)?;
            bytes.extend_from_slice(piece);
            Ok(())
        })
        .await?;
        Ok(bytes)
    }

    /// Hands the body on piece by piece, with the progress event after each and one at the end.
    pub(super) async fn pump(
        &self,
        response: &WebResponse,
        progress: Progress,
        waits: Waits,
        mut take: impl FnMut(&[u8]) -> Result<(), WebError>,
    ) -> Result<(), WebError> {
        let announced = response.content_length().ok().flatten();
        let total = announced.map(|length| length + progress.before);
        let mut stream = PieceReader::new(self.body_of(response)?, waits);
        let mut buffer = vec![0; PIECE];
        let mut received = progress.before;
        loop {
            let n = read_piece(&mut stream, &mut buffer).await?;
            if n == 0 {
                break;
            }
            take(&buffer[..n])?;
            received += n as u64;
            self.received(&progress, received, total);
        }
        if total != Some(received) || received == progress.before {
            self.received(&progress, received, Some(received));
        }
        Ok(())
    }

    fn received(&self, progress: &Progress, received: u64, total: Option<u64>) {
        let events = &self.shared.events;
        match progress.sent {
            None => events
                .download_progress
                .raise(&DownloadProgressChangedEventArgs { received, total }),
            // What an upload is answered is part of it.
            Some(sent) => events
                .upload_progress
                .raise(&UploadProgressChangedEventArgs {
                    sent,
                    total: sent,
                    received,
                    total_to_receive: total,
                }),
        }
    }

    /// The body, as fast as downloads may be.
    fn body_of(&self, response: &WebResponse) -> Result<ResponseStream, WebError> {
        let stream = response.get_response_stream()?;
        Ok(match &self.download_limit {
            Some(limit) => stream.limited(limit),
            None => stream,
        })
    }

    pub(super) fn decode(&self, response: &WebResponse, bytes: &[u8]) -> String {
        let content_type = response.content_type().ok().flatten();
        let named = content_type
            .as_deref()
            .and_then(crate::text::charset)
            .and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
        named.unwrap_or(self.encoding).decode(bytes).0.into_owned()
    }
}
