//! What listeners get of one emission.

use std::fmt;
use std::time::{Duration, SystemTime};

use system_net_config::TraceMode;

use crate::lines;
use crate::moment::Moment;
use crate::{Source, TraceEventType};

/// What one trace says. Secrets have been taken out, unless the configuration asks for them.
#[derive(Clone, Copy, Debug)]
pub struct TraceRecord<'a> {
    pub(crate) source: Source,
    pub(crate) event_type: TraceEventType,
    pub(crate) kind: TraceKind,
    pub(crate) moment: Moment,
    pub(crate) object: &'a str,
    pub(crate) method: Option<&'a str>,
    pub(crate) detail: &'a str,
    pub(crate) message: &'a str,
    pub(crate) data: Option<TraceData<'a>>,
}

/// Data that went over the wire.
#[derive(Clone, Copy, Debug)]
pub struct TraceData<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) length: usize,
    pub(crate) mode: TraceMode,
}

/// What kind of thing a trace tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TraceKind {
    /// A call is entered.
    Enter,
    /// A call is exited.
    Exit,
    /// Data of a call.
    Data,
    /// Two objects belong together.
    Associate,
    /// News.
    Information,
    /// Something is not as it should be.
    Warning,
    /// Something failed.
    Error,
    /// A call fails.
    Exception,
}

impl TraceKind {
    const ALL: [Self; 8] = [
        Self::Enter,
        Self::Exit,
        Self::Data,
        Self::Associate,
        Self::Information,
        Self::Warning,
        Self::Error,
        Self::Exception,
    ];

    /// The name, as JSON lines and subscribers have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Exit => "exit",
            Self::Data => "data",
            Self::Associate => "associate",
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Exception => "exception",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl<'a> TraceRecord<'a> {
    /// The source.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// How grave it is.
    #[must_use]
    pub const fn event_type(&self) -> TraceEventType {
        self.event_type
    }

    /// What kind of thing it tells.
    #[must_use]
    pub const fn kind(&self) -> TraceKind {
        self.kind
    }

    /// The object, `Socket#33574638`, or the class.
    #[must_use]
    pub const fn object(&self) -> &'a str {
        self.object
    }

    /// The method, if one is told of.
    #[must_use]
    pub const fn method(&self) -> Option<&'a str> {
        self.method
    }

    /// The arguments of a call that is entered, the result of one that is exited, the other object
    /// of an association, or the text of what else is told; may be empty.
    #[must_use]
    pub const fn detail(&self) -> &'a str {
        self.detail
    }

    /// All but the data as one sentence, as `Entering Socket#33574638::Send()`.
    #[must_use]
    pub const fn message(&self) -> &'a str {
        self.message
    }

    /// The data of a dump.
    #[must_use]
    pub const fn data(&self) -> Option<TraceData<'a>> {
        self.data
    }

    /// The thread.
    #[must_use]
    pub const fn thread_id(&self) -> u32 {
        self.moment.thread
    }

    /// The time since the program started.
    #[must_use]
    pub const fn elapsed(&self) -> Duration {
        self.moment.elapsed
    }

    /// The time of day.
    #[must_use]
    pub const fn time(&self) -> SystemTime {
        self.moment.time
    }

    /// Writes the sentence and, in lines below, the data; without thread and time.
    ///
    /// # Errors
    /// If the text cannot be written.
    pub fn write_text(&self, into: &mut dyn fmt::Write) -> fmt::Result {
        lines::write(self, "", into)
    }
}

/// The lines of the guide, each with thread and time in front and a line feed behind.
impl fmt::Display for TraceRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (thread, elapsed) = (self.moment.thread, self.moment.elapsed.as_millis());
        lines::write(self, &format!("[{thread}] ({elapsed}) "), f)
    }
}

impl<'a> TraceData<'a> {
    /// The bytes that are shown.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How many bytes there are in all.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// How they are shown.
    #[must_use]
    pub const fn mode(&self) -> TraceMode {
        self.mode
    }
}

#[cfg(test)]
pub(crate) mod tests {
    //! A record for the tests of listeners.

    use std::time::UNIX_EPOCH;

    use super::*;

    pub(crate) fn record(message: &str) -> TraceRecord<'_> {
        TraceRecord {
            source: Source::Net,
            event_type: TraceEventType::Information,
            kind: TraceKind::Information,
            moment: Moment {
                thread: 588,
                elapsed: Duration::from_millis(4357),
                time: UNIX_EPOCH + Duration::from_secs(1),
            },
            object: "Socket#33574638",
            method: Some("Send"),
            detail: message,
            message,
            data: None,
        }
    }
}
