//! The part of a download that is there, in a file beside the target.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::record::{remove, safely};
use super::{Checksum, PartialDownload};

/// The part of a download that is there. Locked: nobody else downloads to the same place.
pub(crate) struct Part {
    target: PathBuf,
    path: PathBuf,
    address: String,
    file: File,
    length: u64,
    record: Option<PartialDownload>,
    /// What the whole comes to, as the server says.
    told: Option<Checksum>,
    /// It has its last name.
    finished: bool,
}

impl Part {
    /// Opens what there is of a download of `address` to `target`; an empty part if there is
    /// nothing, or nothing that is of that address.
    pub(crate) fn open(target: &Path, address: &str) -> io::Result<Self> {
        let path = beside(target, ".part");
        let file = open_locked(&path)?;
        let mut part = Self {
            target: target.to_owned(),
            record: PartialDownload::load(&path, address),
            path,
            address: address.to_owned(),
            length: file.metadata()?.len(),
            file,
            told: None,
            finished: false,
        };
        part.told = part
            .record
            .as_ref()
            .and_then(|record| record.checksum().cloned());
        let fits = part.record.as_ref().is_some_and(|record| {
            part.length > 0
                && record
                    .total_length()
                    .is_none_or(|total| part.length <= total)
        });
        if fits {
            part.file.seek(SeekFrom::End(0))?;
        } else {
            part.clear()?;
        }
        Ok(part)
    }

    /// Where the file will be.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// How much there is.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// What it is a part of; `None` if there is nothing to go on with.
    pub(crate) fn record(&self) -> Option<&PartialDownload> {
        self.record.as_ref().filter(|_| self.length > 0)
    }

    /// Throws away what is there.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        (self.record, self.told) = (None, None);
        PartialDownload::remove(&self.path)?;
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.length = 0;
        Ok(())
    }

    /// Starts anew, with what the response says. Without a record the part cannot be gone on with.
    pub(crate) fn begin(
        &mut self,
        record: Option<PartialDownload>,
        told: Option<Checksum>,
    ) -> io::Result<()> {
        self.clear()?;
        if let Some(record) = &record {
            record.save(&self.path, &self.address)?;
        }
        (self.record, self.told) = (record, told);
        Ok(())
    }

    /// What the whole comes to, as the server says.
    pub(crate) fn told(&self) -> Option<&Checksum> {
        self.told.as_ref()
    }

    /// Adds bytes.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// What the part comes to.
    pub(crate) fn checksum_of(&self, like: &Checksum) -> io::Result<Checksum> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(0))?;
        Checksum::of(like.algorithm(), file)
    }

    /// The part is the whole: it gets its name, and the permissions of the file it replaces.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if let Ok(replaced) = std::fs::metadata(&self.target) {
            self.file.set_permissions(replaced.permissions())?;
        }
        std::fs::rename(&self.path, &self.target)?;
        self.finished = true;
        PartialDownload::remove(&self.path)
    }

    /// Throws away both files.
    pub(crate) fn discard(&mut self) {
        self.record = None;
    }
}

/// After a failure, what can be gone on with stays, and nothing else.
impl Drop for Part {
    fn drop(&mut self) {
        if !self.finished && self.record().is_none() {
            // What cannot be removed is no part of anything without its record.
            let _ = PartialDownload::remove(&self.path);
            let _ = remove(&self.path);
        }
    }
}

fn beside(target: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = target.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn open_locked(path: &Path) -> io::Result<File> {
    loop {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = safely(&mut options).open(path)?;
        let opened = file.metadata()?;
        if !opened.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
            match io::Error::from(error) {
                error if error.kind() == io::ErrorKind::WouldBlock => {
                    io::Error::new(error.kind(), "another download to this place is under way")
                }
                error => error,
            }
        })?;
        // Whoever had the lock may have given the file its last name meanwhile.
        match std::fs::symlink_metadata(path) {
            Ok(named) if (named.dev(), named.ino()) == (opened.dev(), opened.ino()) => {
                return Ok(file);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
}
