//! Downloads that go on where an earlier one ended.

use std::path::Path;

use super::progress::Progress;
use super::request::local;
use super::{Waits, WebClient, blocking};
use crate::error::{Phase, WebError, WebExceptionStatus};
use crate::resume::{Checksum, ContentRange, Part, PartialDownload};
use crate::retry::{Attempts, Failed};
use crate::web_request::WebRequest;
use crate::web_response::WebResponse;

/// What came of asking for the rest.
enum Piece {
    /// The part is as long as the whole.
    Whole,
    /// There is more to ask for.
    More,
}

impl WebClient {
    /// Downloads a resource into a file, going on where an earlier call ended.
    ///
    /// Until it is whole, what came stands in `path` with `.part` added, and what it is a part of
    /// in a note beside that ([`PartialDownload`](crate::PartialDownload)). The rest is asked for with `If-Range`: if the resource is another by now, or
    /// the server knows no ranges, the download starts anew. A [`retry
    /// policy`](Self::set_retry_policy) of the client goes on by itself when the connection breaks.
    /// Resources of other protocols than HTTP, and those without a strong validator (`ETag`, or
    /// `Last-Modified` and `Date`), are downloaded from the start each time.
    ///
    /// Before the file gets its name, its checksum is compared: the one given, and the one that the
    /// server told in `Repr-Digest`, `Digest`, `Content-Digest` or `Content-MD5`. A file with another
    /// checksum is thrown away.
    ///
    /// # Errors
    /// As [`download_file`](Self::download_file); `ReceiveFailure` if the checksum is another;
    /// `ServerProtocolViolation` if the server sends another part than was asked for;
    /// `UnknownError` with the path if another download to this place is under way.
    ///
    /// # Blocking
    /// As there, and the waits between attempts.
    pub fn download_file_resumed(
        &self,
        address: &str,
        path: impl AsRef<Path>,
        checksum: Option<&Checksum>,
    ) -> Result<(), WebError> {
        let download =
            self.download_file_resumed_with(address, path.as_ref(), checksum, Waits::Limited);
        blocking(self.operate(download))
    }

    /// [`download_file_resumed`](Self::download_file_resumed) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    pub async fn download_file_resumed_async(
        &self,
        address: &str,
        path: impl AsRef<Path>,
        checksum: Option<&Checksum>,
    ) -> Result<(), WebError> {
        let download =
            self.download_file_resumed_with(address, path.as_ref(), checksum, Waits::Unlimited);
        self.operate(download).await
    }

    async fn download_file_resumed_with(
        &self,
        address: &str,
        path: &Path,
        checksum: Option<&Checksum>,
        waits: Waits,
    ) -> Result<(), WebError> {
        let uri = self.address(address)?;
        let mut part = Part::open(path, uri.absolute_uri()).map_err(|e| local(e, path))?;
        let mut attempts = self
            .retry
            .as_ref()
            .map(|policy| Attempts::begin(policy, &self.context, &uri));
        loop {
            let error = match self.download_piece(address, &mut part, waits).await {
                Ok(Piece::Whole) => break,
                Ok(Piece::More) => continue,
                Err(error) => error,
            };
            let wait = attempts.as_mut().and_then(|attempts| {
                let retry_after = error.response().and_then(|answer| {
                    Some(answer.headers().ok()?.get("Retry-After")?.into_owned())
                });
                let status = error.response().and_then(WebResponse::as_http);
                let failed = match status {
                    Some(answer) => Failed::Answer {
                        status: answer.status_code().as_u16(),
                        retry_after: retry_after.as_deref(),
                    },
                    None => Failed::Error(&error),
                };
                attempts.next("GET", &failed)
            });
            match (wait, &attempts) {
                (Some(wait), Some(attempts)) => attempts.pause(wait).await,
                _ => return Err(error),
            }
        }
        self.finish(part, checksum).await
    }

    /// Asks for what is missing and adds it to the part.
    async fn download_piece(
        &self,
        address: &str,
        part: &mut Part,
        waits: Waits,
    ) -> Result<Piece, WebError> {
        let mut request = self.request(address, None)?;
        let asked = ask_for_rest(&mut request, part)?;
        self.prepared(&mut request)?;
        if let Some(http) = request.as_http_mut() {
            // It goes on here, and not there as well.
            http.set_retry_policy(None)?;
        }
        let response = match self.answered(&mut request, waits).await {
            Err(error) if asked && status_of(&error) == Some(416) => {
                return self.unsatisfied(&error, part);
            }
            other => other?,
        };
        let status = response.as_http().map(|http| http.status_code().as_u16());
        if status != Some(206) {
            // All of it, whatever was asked for.
            let headers = response.headers().ok();
            let told = headers.and_then(|headers| Checksum::of_fields(headers, true));
            let total = response.content_length().ok().flatten();
            let record = headers
                .filter(|_| status == Some(200))
                .and_then(|headers| PartialDownload::of(headers, total));
            part.begin(record, told)
                .map_err(|e| local(e, part.target()))?;
            let complete = self.append(&response, part, waits).await;
            return complete.map(|()| Piece::Whole);
        }
        let headers = response.headers()?;
        let range = headers.get("Content-Range");
        let range = range.as_deref().and_then(ContentRange::parse);
        let known = part.record().filter(|_| asked);
        let Some((record, (range, (first, last)))) =
            known.zip(range.and_then(|range| Some((range, range.bytes?))))
        else {
            return Err(other_part("it is no part that was asked for"));
        };
        // RFC 9110 section 15.3.7.3: only parts of the same version may be put together.
        let other_version = record.is_contradicted_by(headers)
            || record
                .total_length()
                .zip(range.total)
                .is_some_and(|(a, b)| a != b);
        if other_version {
            part.clear().map_err(|e| local(e, part.target()))?;
            return Ok(Piece::More);
        }
        let length = response.content_length()?;
        if first != part.length() || length.is_some_and(|length| length != last - first + 1) {
            return Err(other_part("its range is another than was asked for"));
        }
        let total = record.total_length().or(range.total);
        self.append(&response, part, waits).await?;
        if part.length() != last + 1 {
            return Err(other_part("it is longer or shorter than its range"));
        }
        Ok(match total {
            Some(total) if part.length() < total => Piece::More,
            _ => Piece::Whole,
        })
    }

    /// 416: there is nothing behind what is there. Either it is the whole, or it is of no use.
    fn unsatisfied(&self, error: &WebError, part: &mut Part) -> Result<Piece, WebError> {
        let headers = error.response().and_then(|answer| answer.headers().ok());
        let range = headers.and_then(|headers| ContentRange::parse(&headers.get("Content-Range")?));
        let is_whole = range.and_then(|range| range.total) == Some(part.length())
            && part.record().is_some_and(|record| {
                record
                    .total_length()
                    .is_none_or(|total| total == part.length())
                    && !headers.is_some_and(|headers| record.is_contradicted_by(headers))
            });
        if is_whole {
            return Ok(Piece::Whole);
        }
        part.clear().map_err(|e| local(e, part.target()))?;
        Ok(Piece::More)
    }

    async fn append(
        &self,
        response: &WebResponse,
        part: &mut Part,
        waits: Waits,
    ) -> Result<(), WebError> {
        let progress = Progress {
            before: part.length(),
            sent: None,
        };
        self.pump(response, progress, waits, |piece| {
            part.append(piece).map_err(|e| local(e, part.target()))
        })
        .await
    }

    /// Compares the checksums and gives the file its name.
    async fn finish(&self, mut part: Part, given: Option<&Checksum>) -> Result<(), WebError> {
        let checksums: Vec<Checksum> = given.into_iter().chain(part.told()).cloned().collect();
        // Long files take long: not on a thread that serves others.
        let work = move || {
            for expected in checksums {
                let found = part
                    .checksum_of(&expected)
                    .map_err(|e| local(e, part.target()))?;
                if found != expected {
                    part.discard();
                    return Err(WebError::new(
                        WebExceptionStatus::ReceiveFailure,
                        Phase::ReadingBody,
                        format!("the checksum of the file is {found}, not {expected}"),
                    ));
                }
            }
            part.finish().map_err(|e| local(e, part.target()))
        };
        let task = system_net_runtime::background().spawn_blocking(work);
        task.await
            .unwrap_or_else(|error| Err(local(std::io::Error::other(error), Path::new(""))))
    }
}

/// Adds `Range` and `If-Range` if there is something to go on with.
fn ask_for_rest(request: &mut WebRequest, part: &Part) -> Result<bool, WebError> {
    let (Some(http), Some(record)) = (request.as_http_mut(), part.record()) else {
        return Ok(false);
    };
    let Ok(from) = i64::try_from(part.length()) else {
        return Ok(false);
    };
    http.add_range(from)?;
    http.headers_mut()?.set("If-Range", record.if_range())?;
    Ok(true)
}

fn status_of(error: &WebError) -> Option<u16> {
    let http = error.response()?.as_http()?;
    Some(http.status_code().as_u16())
}

fn other_part(why: &str) -> WebError {
    WebError::new(
        WebExceptionStatus::ServerProtocolViolation,
        Phase::ReadingBody,
        format!("the server sent 206 Partial Content, but {why}"),
    )
}
