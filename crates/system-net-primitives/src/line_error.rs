//! Text files of one entry a line: reading them, and the error that says which line is at fault.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, Read as _};

/// A text file of which a line cannot be taken: a jar of cookies, a list of public suffixes, a list
/// of hosts with HSTS.
#[derive(Debug)]
pub struct LineError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    line: usize,
    what: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl LineError {
    /// An error of a line that holds something else than it should.
    pub(crate) fn new(
        line: usize,
        what: &'static str,
        source: Option<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self(Box::new(Inner { line, what, source }))
    }

    /// The number of the line; the first is 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.0.line
    }

    /// The failure of reading, if it was one.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        self.0.source.as_ref()?.downcast_ref()
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.0.line, self.0.what)
    }
}

impl Error for LineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

/// Lines of a reader, with their numbers. Text that is not UTF-8 is taken byte by byte.
pub(crate) struct Lines<R> {
    reader: R,
    number: usize,
    bytes: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Longer lines are refused: nothing of ours writes them.
    const LONGEST: u64 = 64 * 1024;

    pub(crate) const fn new(reader: R) -> Self {
        Self {
            reader,
            number: 0,
            bytes: Vec::new(),
        }
    }

    /// The next line without its end; `None` at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<String>, LineError> {
        self.number += 1;
        self.bytes.clear();
        // One byte more than is allowed tells a line that is too long.
        let mut limited = self.reader.by_ref().take(Self::LONGEST + 1);
        let read = limited
            .read_until(b'\n', &mut self.bytes)
            .map_err(|error| {
                LineError::new(self.number, "cannot be read", Some(Box::new(error)))
            })?;
        if read == 0 {
            return Ok(None);
        }
        if read as u64 > Self::LONGEST {
            return Err(self.syntax("a line has at most 64 KiB"));
        }
        let line = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(Some(match std::str::from_utf8(line) {
            Ok(text) => text.to_owned(),
            Err(_) => line.iter().copied().map(char::from).collect(),
        }))
    }

    /// An error about the line that was read last.
    pub(crate) fn syntax(&self, what: &'static str) -> LineError {
        LineError::new(self.number, what, None)
    }

    pub(crate) const fn number(&self) -> usize {
        self.number
    }
}
