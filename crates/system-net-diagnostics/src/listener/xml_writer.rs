//! XML as the service trace viewer of .NET reads it.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process;

use super::TraceListener;
use super::file::TraceFile;
use crate::TraceRecord;
use crate::moment::RoundTrip;

/// Writes each trace as an element `E2ETraceEvent`, one on each line. The file has no element
/// around them, as that of .NET has none.
///
/// .NET: `System.Diagnostics.XmlWriterTraceListener`
pub(super) struct XmlWriter {
    file: TraceFile,
}

impl XmlWriter {
    pub(super) fn new(path: &str) -> Self {
        Self {
            file: TraceFile::new(path),
        }
    }
}

impl TraceListener for XmlWriter {
    fn trace(&mut self, record: &TraceRecord<'_>) -> io::Result<()> {
        self.file.write_all(element(record).as_bytes())
    }
}

fn element(record: &TraceRecord<'_>) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = record.write_text(&mut text);
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(|path| path.file_name());
    let mut element = String::from(
        "<E2ETraceEvent xmlns=\"http://schemas.microsoft.com/2004/06/E2ETraceEvent\">\
         <System xmlns=\"http://schemas.microsoft.com/2004/06/windows/eventlog/system\">\
         <EventID>0</EventID><Type>3</Type>",
    );
    let level = record.event_type();
    let _ = write!(
        element,
        "<SubType Name=\"{}\">0</SubType><Level>{}</Level><TimeCreated SystemTime=\"{}\" />\
         <Source Name=\"{}\" />\
         <Correlation ActivityID=\"{{00000000-0000-0000-0000-000000000000}}\" />\
         <Execution ProcessName=\"{}\" ProcessID=\"{}\" ThreadID=\"{}\" />\
         <Channel/><Computer></Computer></System><ApplicationData>{}</ApplicationData>\
         </E2ETraceEvent>",
        level.name(),
        level.bit(),
        RoundTrip(record.time()),
        record.source().name(),
        escaped(&program.unwrap_or_default().to_string_lossy()),
        process::id(),
        record.thread_id(),
        escaped(text.trim_end()),
    );
    element.push('\n');
    element
}

/// What XML cannot hold becomes a dot.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            control if control.is_control() => escaped.push('.'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('.'),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heard::tests::record;

    #[test]
    fn trace_xml_event() {
        let shown = element(&record("a <b> & \"c\" \u{1}"));
        for part in [
            "<SubType Name=\"Information\">0</SubType><Level>8</Level>",
            "<TimeCreated SystemTime=\"1970-01-01T00:00:01.0000000Z\" />",
            "<Source Name=\"System.Net\" />",
            "ThreadID=\"588\" />",
            "<ApplicationData>a &lt;b&gt; &amp; &quot;c&quot; .</ApplicationData></E2ETraceEvent>\n",
        ] {
            assert!(shown.contains(part), "{shown}");
        }
        assert_eq!(shown.matches('\n').count(), 1);
    }
}
