//! The part of a download that is there, in a file beside the target.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};

use super::{Checksum, Record};

/// A record is a few lines; what is longer is none.
const RECORD_LIMIT: u64 = 16 * 1024;

/// The part of a download that is there. Locked: nobody else downloads to the same place.
pub(crate) struct Part {
    target: PathBuf,
    path: PathBuf,
    record_path: PathBuf,
    address: String,
    file: File,
    length: u64,
    record: Option<Record>,
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
        let record_path = beside(target, ".part.info");
        let file = open_locked(&path)?;
        let mut part = Self {
            target: target.to_owned(),
            record: read_record(&record_path, address),
            path,
            record_path,
            address: address.to_owned(),
            length: file.metadata()?.len(),
            file,
            told: None,
            finished: false,
        };
        part.told = part
            .record
            .as_ref()
            .and_then(|record| record.checksum.clone());
        let fits = part.record.as_ref().is_some_and(|record| {
            part.length > 0 && record.total.is_none_or(|total| part.length <= total)
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
    pub(crate) fn record(&self) -> Option<&Record> {
        self.record.as_ref().filter(|_| self.length > 0)
    }

    /// Throws away what is there.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        (self.record, self.told) = (None, None);
        remove(&self.record_path)?;
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.length = 0;
        Ok(())
    }

    /// Starts anew, with what the response says. Without a record the part cannot be gone on with.
    pub(crate) fn begin(
        &mut self,
        record: Option<Record>,
        told: Option<Checksum>,
    ) -> io::Result<()> {
        self.clear()?;
        if let Some(record) = &record {
            // Before the first byte: a part without a record is worth nothing.
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            let mut file = safely(&mut options).open(&self.record_path)?;
            file.write_all(record.write(&self.address).as_bytes())?;
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
        remove(&self.record_path)
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
            let _ = remove(&self.record_path);
            let _ = remove(&self.path);
        }
    }
}

fn beside(target: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = target.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The names are known beforehand: no link that somebody put there is followed.
fn safely(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
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

fn read_record(path: &Path, address: &str) -> Option<Record> {
    let mut options = OpenOptions::new();
    let file = safely(options.read(true)).open(path).ok()?;
    let mut text = String::new();
    file.take(RECORD_LIMIT).read_to_string(&mut text).ok()?;
    Record::read(&text, address)
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
