//! Lines of JSON.

use std::io::{self, Write};
use std::path::PathBuf;

use super::TraceListener;
use super::file::TraceFile;
use crate::{TraceRecord, json};

/// Writes each trace as one line of JSON, for other tools to read. `docs/tracing.md` has the
/// members.
pub struct JsonLinesTraceListener {
    writer: Box<dyn Write + Send>,
    line: String,
}

impl JsonLinesTraceListener {
    /// To a writer.
    #[must_use]
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self {
            writer: Box::new(writer),
            line: String::new(),
        }
    }

    /// To the end of a file, which the first trace opens.
    #[must_use]
    pub fn to_file(path: impl Into<PathBuf>) -> Self {
        Self::new(TraceFile::new(path))
    }
}

impl TraceListener for JsonLinesTraceListener {
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()> {
        self.line.clear();
        // Writing to a string does not fail.
        let _ = json::write(record, &mut self.line);
        self.writer.write_all(self.line.as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl std::fmt::Debug for JsonLinesTraceListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JsonLinesTraceListener")
            .finish_non_exhaustive()
    }
}
