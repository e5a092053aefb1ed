//! `NetrcError`: why a `.netrc` file cannot be used.

use std::error::Error;
use std::fmt;
use std::io;

use super::Netrc;

/// Why a `.netrc` file cannot be used. It never shows a word of the file: any of them may be a
/// password.
#[derive(Debug)]
pub struct NetrcError(Cause);

#[derive(Debug)]
enum Cause {
    Io(io::Error),
    TooLong,
    Grammar { line: usize, what: &'static str },
}

impl NetrcError {
    pub(super) fn io(error: io::Error) -> Self {
        Self(Cause::Io(error))
    }

    pub(super) const fn too_long() -> Self {
        Self(Cause::TooLong)
    }

    pub(super) const fn at(line: usize, what: &'static str) -> Self {
        Self(Cause::Grammar { line, what })
    }

    /// The line of the mistake, from 1; `None` when the file could not be read at all.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        match self.0 {
            Cause::Grammar { line, .. } => Some(line),
            Cause::Io(_) | Cause::TooLong => None,
        }
    }

    /// What the system said, if the file could not be read.
    #[must_use]
    pub const fn io_error(&self) -> Option<&io::Error> {
        match &self.0 {
            Cause::Io(error) => Some(error),
            Cause::TooLong | Cause::Grammar { .. } => None,
        }
    }
}

impl fmt::Display for NetrcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Io(_) => f.write_str("the netrc file cannot be read"),
            Cause::TooLong => {
                let limit = Netrc::MAX_LENGTH;
                write!(f, "the netrc file is longer than {limit} bytes")
            }
            Cause::Grammar { line, what } => write!(f, "line {line} of the netrc file: {what}"),
        }
    }
}

impl Error for NetrcError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Cause::Io(error) => Some(error),
            Cause::TooLong | Cause::Grammar { .. } => None,
        }
    }
}
