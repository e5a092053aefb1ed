//! What goes to `tracing`: all its callsites stand here, as target and level belong to the site.

use tracing::Level;

use crate::heard::{TraceKind, TraceRecord};
use crate::{Source, TraceEventType};

/// The level that subscribers see; dumps are one level below.
#[inline]
pub(crate) const fn level(level: TraceEventType) -> Level {
    match level {
        TraceEventType::Critical | TraceEventType::Error => Level::ERROR,
        TraceEventType::Warning => Level::WARN,
        TraceEventType::Information => Level::INFO,
        TraceEventType::Verbose => Level::DEBUG,
    }
}

/// Calls a macro with the source's name and the level of a record as constants.
macro_rules! at_site {
    ($source:expr, $level:expr, $kind:expr, $site:ident) => {
        match $source {
            Source::Net => at_site!("System.Net", $level, $kind, $site; level),
            Source::Sockets => at_site!("System.Net.Sockets", $level, $kind, $site; level),
            Source::HttpListener => {
                at_site!("System.Net.HttpListener", $level, $kind, $site; level)
            }
            Source::Cache => at_site!("System.Net.Cache", $level, $kind, $site; level),
            Source::Http => at_site!("System.Net.Http", $level, $kind, $site; level),
            Source::WebSockets => at_site!("System.Net.WebSockets", $level, $kind, $site; level),
        }
    };
    ($target:literal, $level:expr, $kind:expr, $site:ident; level) => {
        match ($level, $kind) {
            (_, TraceKind::Data) => $site!($target, Level::TRACE),
            (TraceEventType::Critical | TraceEventType::Error, _) => {
                $site!($target, Level::ERROR)
            }
            (TraceEventType::Warning, _) => $site!($target, Level::WARN),
            (TraceEventType::Information, _) => $site!($target, Level::INFO),
            (TraceEventType::Verbose, _) => $site!($target, Level::DEBUG),
        }
    };
}

/// Whether a subscriber hears it.
pub(crate) fn enabled(source: Source, level: TraceEventType, kind: TraceKind) -> bool {
    macro_rules! ask {
        ($target:literal, $level:expr) => {
            tracing::event_enabled!(
                target: $target, $level,
                kind, object, method, arguments, result, with, text, data, length
            )
        };
    }
    at_site!(source, level, kind, ask)
}

/// Tells the subscriber.
pub(crate) fn emit(record: &TraceRecord<'_>) {
    let of = |kind| (record.kind == kind).then_some(record.detail);
    let arguments = of(TraceKind::Enter);
    let result = of(TraceKind::Exit).filter(|result| !result.is_empty());
    let with = of(TraceKind::Associate);
    let told = !matches!(
        record.kind,
        TraceKind::Enter | TraceKind::Exit | TraceKind::Associate | TraceKind::Data
    );
    let text = told.then_some(record.detail);
    let data = record.data.map(|data| data.bytes);
    let length = record.data.map(|data| data.length);
    macro_rules! tell {
        ($target:literal, $level:expr) => {
            tracing::event!(
                target: $target,
                $level,
                kind = record.kind.name(),
                object = record.object,
                method = record.method,
                arguments,
                result,
                with,
                text,
                data,
                length,
                "{}",
                record.message,
            )
        };
    }
    at_site!(record.source, record.event_type, record.kind, tell);
}
