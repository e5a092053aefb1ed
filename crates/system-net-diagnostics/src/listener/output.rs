//! `traceOutputOptions`: what is written below a trace.

use std::fmt;
use std::process;

use crate::TraceRecord;
use crate::moment::RoundTrip;

/// What is written below each trace.
///
/// .NET: `System.Diagnostics.TraceOptions`
#[doc(alias = "TraceOptions")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TraceOutputOptions(u8);

impl TraceOutputOptions {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// The time of day, of UTC.
    pub const DATE_TIME: Self = Self(2);
    /// Nanoseconds since the program started.
    pub const TIMESTAMP: Self = Self(4);
    /// The number of the process.
    pub const PROCESS_ID: Self = Self(8);
    /// The number of the thread.
    pub const THREAD_ID: Self = Self(16);

    /// Whether all of the other are in it.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Reads the attribute, `DateTime, ThreadId`; also gives the words that have no effect.
    pub(crate) fn parse(text: &str) -> (Self, Vec<&str>) {
        const NAMES: &[(&str, TraceOutputOptions)] = &[
            ("None", TraceOutputOptions::NONE),
            ("DateTime", TraceOutputOptions::DATE_TIME),
            ("Timestamp", TraceOutputOptions::TIMESTAMP),
            ("ProcessId", TraceOutputOptions::PROCESS_ID),
            ("ThreadId", TraceOutputOptions::THREAD_ID),
        ];
        let mut options = Self::NONE;
        let mut without_effect = Vec::new();
        for word in text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
        {
            match NAMES
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(word))
            {
                Some((_, option)) => options = options.union(*option),
                None => without_effect.push(word),
            }
        }
        (options, without_effect)
    }

    /// Writes what they ask for, each on a line, in the order of .NET.
    pub(crate) fn write(
        self,
        record: &TraceRecord<'_>,
        indent: usize,
        into: &mut dyn fmt::Write,
    ) -> fmt::Result {
        if self.contains(Self::PROCESS_ID) {
            writeln!(into, "{:indent$}ProcessId={}", "", process::id())?;
        }
        if self.contains(Self::THREAD_ID) {
            writeln!(into, "{:indent$}ThreadId={}", "", record.thread_id())?;
        }
        if self.contains(Self::DATE_TIME) {
            writeln!(into, "{:indent$}DateTime={}", "", RoundTrip(record.time()))?;
        }
        if self.contains(Self::TIMESTAMP) {
            let nanos = record.elapsed().as_nanos();
            writeln!(into, "{:indent$}Timestamp={nanos}", "")?;
        }
        Ok(())
    }
}
