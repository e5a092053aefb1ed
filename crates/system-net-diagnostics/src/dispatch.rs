//! From what is emitted to who hears: `tracing`, and the listeners that configuration asks for.

use std::fmt::Write as _;

use system_net_config::trace_demand;
use tracing::level_filters::LevelFilter;

use crate::record::What;
use crate::{ObjectName, Source, TraceEventType};

/// Whether anybody hears: one load for listeners, one for subscribers.
#[inline]
pub(crate) fn wanted(source: Source, level: TraceEventType) -> bool {
    trace_demand::current() & demand_bit(source, level) != 0
        || LevelFilter::current() >= subscriber_level(level)
}

/// The bit of a source and a level in what is wanted: five for each of six sources.
#[inline]
pub(crate) const fn demand_bit(source: Source, level: TraceEventType) -> u32 {
    1 << (source as u32 * TraceEventType::ALL.len() as u32 + level as u32)
}

/// The level that subscribers see.
#[inline]
const fn subscriber_level(level: TraceEventType) -> tracing::Level {
    match level {
        TraceEventType::Critical | TraceEventType::Error => tracing::Level::ERROR,
        TraceEventType::Warning => tracing::Level::WARN,
        TraceEventType::Information => tracing::Level::INFO,
        TraceEventType::Verbose => tracing::Level::DEBUG,
    }
}

pub(crate) fn emit(source: Source, level: TraceEventType, object: ObjectName, what: What<'_>) {
    crate::global::settle();
    let mut text = String::new();
    let _ = match what {
        What::Enter { method, arguments } => {
            write!(text, "Entering {object}::{method}({arguments})")
        }
        _ => Ok(()),
    };
    let _ = (source, level, text);
}
