//! `-C`: a download goes on where a file ends, and only if it is still a download of the same.
//!
//! While it is under way, the file has the note of a `PartialDownload` beside it, with what names
//! its version (the ETag, or the date of Last-Modified). With that the server is asked to go on only with the same version
//! (`If-Range`, RFC 9110 section 13.1.5), and sends all of the new one otherwise. A file without a
//! note, as one that another program began, goes on as curl does it: on trust.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use system_net::{HttpWebRequest, HttpWebResponse, PartialDownload};

use crate::arguments::Offset;
use crate::failure::{BAD_RESUME, Failure, RANGE, WRITE};

/// A download that goes on, or begins to be one that can.
pub(crate) struct Resume {
    /// `None`: stdout.
    file: Option<PathBuf>,
    /// Whether the path may be a link.
    follow: bool,
    offset: u64,
    /// What is known of what the file is a part of.
    known: Option<PartialDownload>,
}

/// What to do with an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The body is what is missing.
    Append,
    /// The body is all of it.
    FromStart,
    /// Nothing is missing.
    Complete,
}

impl Resume {
    /// `file` is where the body goes, with whether it may be a link; `None` for stdout.
    pub(crate) fn new(
        offset: Offset,
        file: Option<(&Path, bool)>,
        url: &str,
    ) -> Result<Self, Failure> {
        let Some((path, follow)) = file else {
            let Offset::At(offset) = offset else {
                return Err(Failure::usage(
                    "-C - goes on with a file: name it with -o or -O",
                ));
            };
            return Ok(Self {
                file: None,
                follow: false,
                offset,
                known: None,
            });
        };
        let length = match path.metadata() {
            Ok(facts) if facts.is_file() => Some(facts.len()),
            Ok(_) => {
                let message = format!("-C: {} is no file", path.display());
                return Err(Failure::new(WRITE, message));
            }
            Err(_) => None,
        };
        let offset = match (offset, length) {
            (Offset::EndOfFile, length) => length.unwrap_or(0),
            (Offset::At(offset), Some(length)) if offset != length => {
                let message = format_args!(
                    "-C {offset}: {} has {length} bytes, so that it cannot go on there",
                    path.display()
                );
                return Err(Failure::new(BAD_RESUME, message).advise("-C - goes on at its end"));
            }
            (Offset::At(offset), _) => offset,
        };
        Ok(Self {
            file: Some(path.to_owned()),
            follow,
            offset,
            known: length.and_then(|_| PartialDownload::load(path, url)),
        })
    }

    pub(crate) fn apply(&self, http: &mut HttpWebRequest) -> Result<(), Failure> {
        if self.offset == 0 {
            return Ok(());
        }
        let from = i64::try_from(self.offset)
            .map_err(|_| Failure::usage(format_args!("-C {}: too large", self.offset)))?;
        http.add_range_with("bytes", from)?;
        if let Some(known) = &self.known {
            http.headers_mut()?.set("If-Range", known.if_range())?;
        }
        Ok(())
    }

    /// What the answer is for the file.
    pub(crate) fn judge(&self, response: &HttpWebResponse) -> Result<Verdict, Failure> {
        let status = response.status_code().as_u16();
        let content_range = response.get_response_header("Content-Range");
        let cannot = |why: &str| {
            let message = format_args!("the download cannot go on at {}: {why}", self.offset);
            Failure::new(RANGE, message)
        };
        match status {
            206 if self.is_other_version(response) => Err(cannot("the server has another version")
                .advise("take the file away and begin anew")),
            206 if self.offset > 0 => match start_of(&content_range) {
                Some(start) if start == self.offset => Ok(Verdict::Append),
                Some(start) => Err(cannot(&format!("the server goes on at {start}"))),
                None => Err(cannot("the server does not say where it goes on")),
            },
            200 if self.offset == 0 => Ok(Verdict::FromStart),
            // The version is another one.
            200 if self.known.is_some() => Ok(Verdict::FromStart),
            // A server without parts, and a file with as much as it has: as curl takes it.
            200 if response.content_length() == Some(self.offset) => Ok(Verdict::Complete),
            200 => {
                Err(cannot("the server sends all of it")
                    .advise("take the file away and begin anew"))
            }
            416 if total_of(&content_range) == Some(self.offset) => Ok(Verdict::Complete),
            416 => Err(cannot("the server has less than that")
                .advise("the file may be of another version: take it away and begin anew")),
            // A page that says so is no part of the file.
            400.. => Err(Failure::http(status, response.status_description())),
            _ => Err(cannot(&format!("the status is {status}"))),
        }
    }

    fn is_other_version(&self, response: &HttpWebResponse) -> bool {
        let known = self.known.as_ref();
        known.is_some_and(|known| known.is_contradicted_by(response.headers()))
    }

    /// The file, at the place where the body goes on, with a note beside it. `None`: stdout.
    pub(crate) fn open(
        &self,
        verdict: &Verdict,
        url: &str,
        response: &HttpWebResponse,
    ) -> Result<Option<(File, PathBuf)>, Failure> {
        let Some(path) = &self.file else {
            return Ok(None);
        };
        let fail = |error: io::Error| Failure::file(WRITE, path.display(), &error);
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        if !self.follow {
            let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
            options.custom_flags(flags);
        }
        let file = options.open(path).map_err(fail)?;
        if *verdict == Verdict::FromStart {
            file.set_len(0).map_err(fail)?;
        }
        match self.now_known(verdict, response) {
            Some(known) => known.save(path, url).map_err(fail)?,
            None => self.forget(),
        }
        Ok(Some((file, path.clone())))
    }

    /// What will be known of the file. A part (206) tells its version, too, but not of the whole how
    /// long that is.
    fn now_known(&self, verdict: &Verdict, response: &HttpWebResponse) -> Option<PartialDownload> {
        let length = match verdict {
            Verdict::FromStart => response.content_length(),
            _ if self.known.is_some() => return self.known.clone(),
            _ => total_of(&response.get_response_header("Content-Range")),
        };
        PartialDownload::of(response.headers(), length)
    }

    /// The file is whole, or of nobody knows what: there is no note any more.
    pub(crate) fn forget(&self) {
        if let Some(path) = &self.file {
            // Usually there is none.
            let _ = PartialDownload::remove(path);
        }
    }
}

/// `bytes 5-9/10`: 5.
fn start_of(content_range: &str) -> Option<u64> {
    let range = content_range.trim().strip_prefix("bytes")?.trim_start();
    range.split_once('-')?.0.trim().parse().ok()
}

/// `bytes */10`, or `bytes 5-9/10`: 10.
fn total_of(content_range: &str) -> Option<u64> {
    let range = content_range.trim().strip_prefix("bytes")?;
    range.rsplit_once('/')?.1.trim().parse().ok()
}
