//! The body to send: from the command line, from a file or from stdin. Files and stdin are sent as
//! they are read and never held in memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, READ};
use crate::multipart::Form;

/// How much is read and sent at once.
pub(crate) const PIECE: usize = 64 * 1024;

/// A body to send.
pub(crate) enum Upload {
    /// Short and known: the library keeps it, so that it can be sent again.
    Bytes(Vec<u8>),
    /// Read once, as it is sent; of this length, if that is known beforehand.
    Stream {
        reader: Box<dyn Read>,
        length: Option<u64>,
        name: String,
        /// How to read it once more, if that can be done.
        again: Option<Again>,
    },
}

/// A body that is made of files, which can be read once more.
#[derive(Clone)]
pub(crate) enum Again {
    File(PathBuf),
    Form(Form),
}

impl Again {
    /// The body from its beginning.
    pub(crate) fn open(&self) -> Result<Upload, Failure> {
        match self {
            Self::File(path) => Upload::file(path),
            Self::Form(form) => form.open(),
        }
    }
}

impl Upload {
    /// A file, or stdin for `-`.
    pub(crate) fn file(path: &Path) -> Result<Self, Failure> {
        let (reader, length) = open(path)?;
        Ok(Self::Stream {
            reader,
            length,
            name: path.display().to_string(),
            // Only files have a length that is known; pipes and devices are read once.
            again: length.map(|_| Again::File(path.to_owned())),
        })
    }

    /// How to read it once more, if it is read from files and that can be done.
    pub(crate) fn again(&self) -> Option<&Again> {
        match self {
            Self::Bytes(_) => None,
            Self::Stream { again, .. } => again.as_ref(),
        }
    }

    /// Its length, if that is known beforehand.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Stream { length, .. } => *length,
        }
    }

    /// Whether it can be sent only once.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Stream { .. })
    }

    /// Hands the body on piece by piece; stops when `take` says so.
    pub(crate) fn pump(
        self,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<io::Result<()>, Failure> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.chunks(PIECE).try_for_each(take)),
            Self::Stream {
                mut reader, name, ..
            } => {
                let mut buffer = vec![0; PIECE];
                loop {
                    let read = match reader.read(&mut buffer) {
                        Ok(0) => return Ok(Ok(())),
                        Ok(read) => read,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                        Err(error) => return Err(Failure::file(READ, name, &error)),
                    };
                    if let Err(error) = take(&buffer[..read]) {
                        return Ok(Err(error));
                    }
                }
            }
        }
    }
}

/// A file with its length, or stdin, whose length is known only if it is a file.
pub(crate) fn open(path: &Path) -> Result<(Box<dyn Read>, Option<u64>), Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let fail = |error: io::Error| Failure::file(READ, path.display(), &error);
    let file = File::open(path).map_err(fail)?;
    let facts = file.metadata().map_err(fail)?;
    if facts.is_dir() {
        let error = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(fail(error));
    }
    let length = facts.is_file().then_some(facts.len());
    Ok((Box::new(file), length))
}
