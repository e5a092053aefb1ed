//! Lines in the form of the guide.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

use super::file::TraceFile;
use super::{TraceListener, TraceListenerArguments, TraceOutputOptions};
use crate::TraceRecord;

/// Writes the lines of the guide, a trace by one call of its writer.
///
/// .NET: `System.Diagnostics.TextWriterTraceListener`
#[doc(alias = "System.Diagnostics.TextWriterTraceListener")]
pub struct TextWriterTraceListener {
    writer: Box<dyn Write + Send>,
    options: TraceOutputOptions,
    indent: usize,
    block: String,
}

impl TextWriterTraceListener {
    /// To a writer.
    #[must_use]
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self {
            writer: Box::new(writer),
            options: TraceOutputOptions::NONE,
            indent: 4,
            block: String::new(),
        }
    }

    /// To the end of a file, which the first trace opens.
    #[must_use]
    pub fn to_file(path: impl Into<PathBuf>) -> Self {
        Self::new(TraceFile::new(path))
    }

    /// Writes more below each trace.
    pub const fn set_trace_output_options(&mut self, options: TraceOutputOptions) {
        self.options = options;
    }

    pub(super) fn with_arguments(mut self, arguments: &TraceListenerArguments<'_>) -> Self {
        self.options = arguments.options;
        // What .NET reads as a number of blanks may be any; a line is not made of blanks alone.
        self.indent = arguments.indent_size.min(100) as usize;
        self
    }
}

impl TraceListener for TextWriterTraceListener {
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()> {
        self.block.clear();
        // Writing to a string does not fail.
        let _ = write!(self.block, "{record}");
        let _ = self.options.write(record, self.indent, &mut self.block);
        self.writer.write_all(self.block.as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl std::fmt::Debug for TextWriterTraceListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextWriterTraceListener")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
