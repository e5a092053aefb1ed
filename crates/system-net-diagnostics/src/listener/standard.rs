//! The console, and what stands in for a debugger.

use std::io::{self, Write};

use super::{TextWriterTraceListener, TraceListener, TraceListenerArguments};
use crate::TraceRecord;

/// Writes the lines of the guide to the standard output or the standard error output.
///
/// .NET: `System.Diagnostics.ConsoleTraceListener`
#[doc(alias = "System.Diagnostics.ConsoleTraceListener")]
#[derive(Debug)]
pub struct ConsoleTraceListener {
    lines: TextWriterTraceListener,
}

impl ConsoleTraceListener {
    /// To the standard output.
    #[must_use]
    pub fn new() -> Self {
        Self::with_use_error_stream(false)
    }

    /// To the standard error output if `use_error_stream`.
    #[must_use]
    pub fn with_use_error_stream(use_error_stream: bool) -> Self {
        let lines = if use_error_stream {
            TextWriterTraceListener::new(io::stderr())
        } else {
            TextWriterTraceListener::new(io::stdout())
        };
        Self { lines }
    }

    pub(super) fn with_arguments(self, arguments: &TraceListenerArguments<'_>) -> Self {
        let lines = self.lines.with_arguments(arguments);
        Self { lines }
    }
}

impl Default for ConsoleTraceListener {
    fn default() -> Self {
        Self::new()
    }
}

impl TraceListener for ConsoleTraceListener {
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()> {
        self.lines.trace(record)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lines.flush()
    }
}

/// Writes a line of the library's own to the standard error output.
pub(crate) fn report(text: &str) {
    // If that fails too, there is nobody left to tell.
    let _ = io::stderr().write_all(format!("system-net: {text}\n").as_bytes());
}
