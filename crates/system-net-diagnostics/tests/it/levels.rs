//! The table of levels and events: for listeners and for subscribers alike.

use std::sync::{Arc, Mutex};

use system_net_diagnostics::{Source, TraceKind, TraceLayer, TraceListener, TraceRecord, Traced};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

use crate::{Traces, emit_all, to_file, turn};

const LEVELS: [&str; 5] = ["Critical", "Error", "Warning", "Information", "Verbose"];

/// From which of the levels on a kind of event is shown. Calls are of the level `Verbose`, as in
/// .NET's own sources.
const TABLE: [(TraceKind, usize); 8] = [
    (TraceKind::Exception, 1),
    (TraceKind::Error, 1),
    (TraceKind::Warning, 2),
    (TraceKind::Information, 3),
    (TraceKind::Associate, 3),
    (TraceKind::Enter, 4),
    (TraceKind::Exit, 4),
    (TraceKind::Data, 4),
];

#[test]
fn trace_level_event_table() {
    for (place, level) in LEVELS.into_iter().enumerate() {
        let section = to_file("System.Net", level).replace(
            "System.Diagnostics.TextWriterTraceListener",
            "SystemNet.Diagnostics.JsonLinesTraceListener",
        );
        let traces = Traces::new(&section);
        emit_all(Source::Net, &Traced::new());
        let shown = traces.read("network.log");
        for (kind, from) in TABLE {
            let member = format!("\"kind\":\"{}\"", kind.name());
            assert_eq!(shown.contains(&member), place >= from, "{level} {kind:?}");
        }
    }
}

struct Kinds(Arc<Mutex<Vec<TraceKind>>>);

impl TraceListener for Kinds {
    fn trace(&mut self, record: &TraceRecord<'_>) -> std::io::Result<()> {
        self.0.lock().unwrap().push(record.kind());
        Ok(())
    }
}

/// Subscribers tell calls and data apart.
#[test]
fn trace_level_event_table_of_subscribers() {
    let _turn = turn();
    for (filter, from) in [
        (LevelFilter::OFF, 0),
        (LevelFilter::ERROR, 1),
        (LevelFilter::WARN, 2),
        (LevelFilter::INFO, 3),
        (LevelFilter::DEBUG, 4),
        (LevelFilter::TRACE, 5),
    ] {
        let heard = Arc::default();
        let layer = TraceLayer::new(Kinds(Arc::clone(&heard))).with_filter(filter);
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || emit_all(Source::Cache, &Traced::new()));
        let heard = heard.lock().unwrap();
        for (kind, level) in TABLE {
            let level = level + usize::from(kind == TraceKind::Data);
            assert_eq!(heard.contains(&kind), from >= level, "{filter} {kind:?}");
        }
    }
}
