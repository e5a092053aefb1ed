//! Downloads: to memory, to text, to a file, or as a stream.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

use super::request::{PieceReader, local, read_piece};
use super::{DownloadProgressChangedEventArgs, Waits, WebClient, blocking};
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
        blocking(self.open_read_with(address, Waits::Limited))
    }

    /// [`open_read`](Self::open_read) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.OpenReadTaskAsync`
    #[doc(alias = "WebClient.OpenReadTaskAsync")]
    pub async fn open_read_async(&self, address: &str) -> Result<ResponseStream, WebError> {
        self.open_read_with(address, Waits::Unlimited).await
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
        blocking(self.download_data_with(address, Waits::Limited))
    }

    /// [`download_data`](Self::download_data) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.DownloadDataTaskAsync`
    #[doc(alias = "WebClient.DownloadDataTaskAsync")]
    pub async fn download_data_async(&self, address: &str) -> Result<Vec<u8>, WebError> {
        self.download_data_with(address, Waits::Unlimited).await
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
        blocking(self.download_string_with(address, Waits::Limited))
    }

    /// [`download_string`](Self::download_string) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.Net.WebClient.DownloadStringTaskAsync`
    #[doc(alias = "WebClient.DownloadStringTaskAsync")]
    pub async fn download_string_async(&self, address: &str) -> Result<String, WebError> {
        self.download_string_with(address, Waits::Unlimited).await
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
        blocking(self.download_file_with(address, path.as_ref(), Waits::Limited))
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
        self.download_file_with(address, path.as_ref(), Waits::Unlimited)
            .await
    }

    async fn open_read_with(
        &self,
        address: &str,
        waits: Waits,
    ) -> Result<ResponseStream, WebError> {
        let mut request = self.request(address, None)?;
        let response = self.respond(&mut request, waits).await?;
        Ok(response.get_response_stream()?)
    }

    async fn download_data_with(&self, address: &str, waits: Waits) -> Result<Vec<u8>, WebError> {
        let mut request = self.request(address, None)?;
        let response = self.respond(&mut request, waits).await?;
        self.read_all(&response, waits).await
    }

    async fn download_string_with(&self, address: &str, waits: Waits) -> Result<String, WebError> {
        let mut request = self.request(address, None)?;
        let response = self.respond(&mut request, waits).await?;
        let bytes = self.read_all(&response, waits).await?;
        Ok(self.decode(&response, &bytes))
    }

    async fn download_file_with(
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
        self.pump(&response, waits, |piece| {
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
        waits: Waits,
    ) -> Result<Vec<u8>, WebError> {
        let limit = response.max_in_memory();
        let mut bytes = Vec::new();
        self.pump(response, waits, |piece| {
            check_in_memory(bytes.len() + piece.len(), limit)?;
            bytes.extend_from_slice(piece);
            Ok(())
        })
        .await?;
        Ok(bytes)
    }

    /// Hands the body on piece by piece, with the progress event after each and one at the end.
    async fn pump(
        &self,
        response: &WebResponse,
        waits: Waits,
        mut take: impl FnMut(&[u8]) -> Result<(), WebError>,
    ) -> Result<(), WebError> {
        let total = response.content_length().ok().flatten();
        let mut stream = PieceReader::new(response.get_response_stream()?, waits);
        let mut buffer = vec![0; PIECE];
        let mut received = 0;
        loop {
            let n = read_piece(&mut stream, &mut buffer).await?;
            if n == 0 {
                break;
            }
            take(&buffer[..n])?;
            received += n as u64;
            self.download_progress
                .raise(&DownloadProgressChangedEventArgs { received, total });
        }
        if total != Some(received) || received == 0 {
            let total = Some(received);
            self.download_progress
                .raise(&DownloadProgressChangedEventArgs { received, total });
        }
        Ok(())
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
