//! Lists with semicolons, as spreadsheets read them.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process;

use super::file::TraceFile;
use super::{TraceListener, TraceListenerArguments, TraceOutputOptions};
use crate::TraceRecord;
use crate::moment::RoundTrip;

/// Writes each trace as one line, in the order of .NET: source, level, 0, text, and behind an empty
/// member the process, an empty stack, the thread, time and time stamp if they are asked for.
///
/// .NET: `System.Diagnostics.DelimitedListTraceListener`
pub(super) struct DelimitedList {
    file: TraceFile,
    options: TraceOutputOptions,
}

impl DelimitedList {
    pub(super) fn new(path: &str, arguments: &TraceListenerArguments<'_>) -> Self {
        Self {
            file: TraceFile::new(path),
            options: arguments.options,
        }
    }
}

impl TraceListener for DelimitedList {
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()> {
        self.file.write_all(line(record, self.options).as_bytes())
    }
}

fn line(record: &TraceRecord<'_>, options: TraceOutputOptions) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = record.write_text(&mut text);
    let (source, level) = (record.source().name(), record.event_type().name());
    let mut line = format!("{};{level};0;{};;", quoted(source), quoted(text.trim_end()));
    if options.contains(TraceOutputOptions::PROCESS_ID) {
        let _ = write!(line, "{}", process::id());
    }
    line.push_str(";;");
    if options.contains(TraceOutputOptions::THREAD_ID) {
        line.push_str(&quoted(&record.thread_id().to_string()));
    }
    line.push(';');
    if options.contains(TraceOutputOptions::DATE_TIME) {
        line.push_str(&quoted(&RoundTrip(record.time()).to_string()));
    }
    line.push(';');
    if options.contains(TraceOutputOptions::TIMESTAMP) {
        let _ = write!(line, "{}", record.elapsed().as_nanos());
    }
    line.push_str(";\n");
    line
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heard::tests::record;

    #[test]
    fn trace_delimited_list() {
        let (options, _) = TraceOutputOptions::parse("ProcessId, ThreadId, DateTime, Timestamp");
        let bare = line(&record("say \"a\""), TraceOutputOptions::NONE);
        assert_eq!(
            bare,
            "\"System.Net\";Information;0;\"say \"\"a\"\"\";;;;;;;\n"
        );
        let pid = process::id();
        assert_eq!(
            line(&record("a"), options),
            format!(
                "\"System.Net\";Information;0;\"a\";;{pid};;\"588\";\"1970-01-01T00:00:01.0000000Z\";4357000000;\n"
            )
        );
    }
}
