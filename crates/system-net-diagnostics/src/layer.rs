//! A layer for `tracing-subscriber` that writes what the listeners of a configuration would.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use system_net_config::TraceMode;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::dispatch::message;
use crate::heard::{TraceData, TraceKind, TraceRecord};
use crate::kept::Kept;
use crate::listener::TraceListener;
use crate::moment::Moment;
use crate::turn::{PATIENCE, Turn};
use crate::{Source, TraceEventType};

/// Gives the traces that go to `tracing` to a listener: for programs that compose their subscriber
/// themselves. Secrets have been taken out of them before. Which of them come is said by filters,
/// as those of other targets; dumps are of the level `TRACE`, calls of `DEBUG`.
///
/// # Examples
/// ```
/// use system_net_diagnostics::{Emitter, Source, TextWriterTraceListener, TraceLayer};
/// use tracing_subscriber::filter::{LevelFilter, Targets};
/// use tracing_subscriber::prelude::*;
///
/// let folder = std::env::temp_dir().join(format!("trace-layer-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
/// let file = folder.join("network.log");
/// let layer = TraceLayer::new(TextWriterTraceListener::to_file(&file))
///     .with_filter(Targets::new().with_target("System.Net", LevelFilter::TRACE));
/// tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
///     let dns = Emitter::of_class(Source::Sockets, "DNS");
///     dns.enter("GetHostName", format_args!("")).exit(format_args!("here"));
/// });
/// let lines = std::fs::read_to_string(&file)?;
/// assert!(lines.ends_with("Exiting DNS::GetHostName()-> here\n"));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TraceLayer {
    turn: Turn<Kept>,
    listener: Mutex<Box<dyn TraceListener>>,
    mode: TraceMode,
    max_data_size: usize,
}

impl TraceLayer {
    /// For a listener. Data are shown as numbers too, 1024 bytes of each dump.
    #[must_use]
    pub fn new(listener: impl TraceListener + 'static) -> Self {
        Self {
            turn: Turn::new(PATIENCE),
            listener: Mutex::new(Box::new(listener)),
            mode: TraceMode::IncludeHex,
            max_data_size: 1024,
        }
    }

    /// Shows data in this way.
    #[must_use]
    pub const fn with_trace_mode(mut self, mode: TraceMode) -> Self {
        self.mode = mode;
        self
    }

    /// Shows so many bytes of each dump.
    #[must_use]
    pub const fn with_max_data_size(mut self, max_data_size: usize) -> Self {
        self.max_data_size = max_data_size;
        self
    }
}

impl<S: Subscriber> Layer<S> for TraceLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(source) = Source::from_name(event.metadata().target()) else {
            return;
        };
        let mut found = Found::default();
        event.record(&mut found);
        // What others emit with our target has no kind.
        let Some(kind) = found.kind.as_deref().and_then(TraceKind::from_name) else {
            return;
        };
        let method = found.method.as_deref();
        let detail = match kind {
            TraceKind::Enter => found.arguments,
            TraceKind::Exit => found.result,
            TraceKind::Associate => found.with,
            _ => found.text,
        };
        let detail = detail.unwrap_or_default();
        let data = found.data.as_deref().map(|bytes| TraceData {
            bytes: &bytes[..bytes.len().min(self.max_data_size)],
            length: bytes.len(),
            mode: self.mode,
        });
        let record = TraceRecord {
            source,
            event_type: event_type(*event.metadata().level()),
            kind,
            moment: Moment::now(),
            object: &found.object,
            method,
            detail: &detail,
            message: &message(kind, &found.object, method, &detail),
            data,
        };
        let tell = |record: &TraceRecord<'_>| {
            self.turn.own(&"layer".into(), || {
                let mut listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
                // There is nobody to tell of an error: a subscriber has no place for it.
                let _ = listener.trace(record);
            });
        };
        let later = |kept: Kept| tell(&kept.record());
        let _ = (self.turn).tell(|| tell(&record), || Kept::of(&record), later);
    }
}

impl fmt::Debug for TraceLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceLayer")
            .field("mode", &self.mode)
            .field("max_data_size", &self.max_data_size)
            .finish_non_exhaustive()
    }
}

const fn event_type(level: Level) -> TraceEventType {
    match level {
        Level::ERROR => TraceEventType::Error,
        Level::WARN => TraceEventType::Warning,
        Level::INFO => TraceEventType::Information,
        _ => TraceEventType::Verbose,
    }
}

/// The fields of an event.
#[derive(Default)]
struct Found {
    kind: Option<String>,
    object: String,
    method: Option<String>,
    arguments: Option<String>,
    result: Option<String>,
    with: Option<String>,
    text: Option<String>,
    data: Option<Vec<u8>>,
}

impl Visit for Found {
    fn record_str(&mut self, field: &Field, value: &str) {
        let value = value.to_owned();
        match field.name() {
            "kind" => self.kind = Some(value),
            "object" => self.object = value,
            "method" => self.method = Some(value),
            "arguments" => self.arguments = Some(value),
            "result" => self.result = Some(value),
            "with" => self.with = Some(value),
            "text" => self.text = Some(value),
            _ => {}
        }
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        if field.name() == "data" {
            self.data = Some(value.to_vec());
        }
    }

    /// Of the message alone, which is made anew.
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
