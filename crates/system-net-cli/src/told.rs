//! What the library tells on stderr of a transfer: its warnings, and with `-v` what it does. What it
//! fails with is told by the program itself.

use std::fmt::Debug;
use std::io::Write;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::verbose::{self, Verbose};

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Nothing,
    Warnings,
    WarningsAndVerbose,
}

impl Told {
    pub(crate) fn of(verbose: bool, silent: bool) -> Self {
        match (verbose, silent) {
            (true, _) => Self::WarningsAndVerbose,
            (false, true) => Self::Nothing,
            (false, false) => Self::Warnings,
        }
    }

    /// From now on, for the whole process.
    pub(crate) fn begin(self) {
        if self == Self::Nothing {
            return;
        }
        let warnings = Warnings.with_filter(filter_fn(|metadata| {
            *metadata.level() == Level::WARN && metadata.target().starts_with("System.Net")
        }));
        let data = Targets::new().with_target(verbose::TARGET, LevelFilter::TRACE);
        let verbose = (self == Self::WarningsAndVerbose).then(|| Verbose.with_filter(data));
        tracing_subscriber::registry()
            .with(warnings)
            .with(verbose)
            .init();
    }
}

/// Prints the text of each event.
struct Warnings;

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut Message);
    }
}

struct Message;

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let line = format!("sysnet: warning: {value:?}\n");
            // Nothing can be done about a stderr that has gone.
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }
}
