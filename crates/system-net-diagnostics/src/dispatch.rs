//! From what is emitted to who hears: `tracing`, and the listeners that configuration asks for.

use std::collections::VecDeque;
use std::sync::{Mutex, Once, PoisonError};

use system_net_config::{TraceMode, trace_demand};
use tracing::level_filters::LevelFilter;

use crate::global::{self, Busy};
use crate::heard::{TraceData, TraceKind, TraceRecord};
use crate::lines::on_one_line;
use crate::moment::Moment;
use crate::record::What;
use crate::redact::{self, Redactor};
use crate::{ObjectName, Source, TraceEventType, subscriber};

/// Whether anybody hears: one load for listeners, one for subscribers.
#[inline]
pub(crate) fn wanted(source: Source, level: TraceEventType) -> bool {
    trace_demand::current() & demand_bit(source, level) != 0
        || LevelFilter::current() >= subscriber::level(level)
}

/// As [`wanted`], of a call: its entry, exit or error.
#[inline]
pub(crate) fn call_wanted(source: Source) -> bool {
    const fn bits(source: Source) -> u32 {
        demand_bit(source, TraceEventType::Error) | demand_bit(source, TraceEventType::Verbose)
    }
    trace_demand::current() & bits(source) != 0
        || LevelFilter::current() >= subscriber::level(TraceEventType::Error)
}

/// Finds out what is wanted, if that is not known. A class of this source is about to be traced.
pub(crate) fn settle(source: Source) {
    if let Some(_busy) = Busy::enter() {
        global::settle();
        tell_notes(source);
    }
}

/// The bit of a source and a level in what is wanted: five for each of six sources.
#[inline]
pub(crate) const fn demand_bit(source: Source, level: TraceEventType) -> u32 {
    1 << (source as u32 * TraceEventType::ALL.len() as u32 + level as u32)
}

/// Tells whoever hears.
pub(crate) fn emit(source: Source, level: TraceEventType, object: ObjectName, what: What<'_>) {
    let Some(_busy) = Busy::enter() else {
        return;
    };
    global::settle();
    tell_notes(source);
    tell(source, level, object, what);
}

/// Tells once what in the configuration files of the process has no effect, whatever class is traced
/// first: in the source that is about all of them, or in that of the class if it alone is heard.
fn tell_notes(source: Source) {
    static TOLD: Once = Once::new();
    if TOLD.is_completed() {
        return;
    }
    let level = TraceEventType::Warning;
    let is_heard = |source: &Source| {
        trace_demand::current() & demand_bit(*source, level) != 0
            || subscriber::enabled(*source, level, TraceKind::Warning)
    };
    // As long as nobody hears it may still be told.
    let Some(source) = [Source::Net, source].into_iter().find(is_heard) else {
        return;
    };
    TOLD.call_once(|| {
        for note in global::notes() {
            let what = What::Problem {
                method: "Load",
                text: format_args!("{note}"),
            };
            tell(source, level, ObjectName::of_class("Configuration"), what);
        }
    });
}

/// Tells whoever hears it; the thread is busy.
fn tell(source: Source, level: TraceEventType, object: ObjectName, what: What<'_>) {
    let heard = trace_demand::current() & demand_bit(source, level) != 0;
    let kind = kind(level, &what);
    let subscribed = subscriber::enabled(source, level, kind);
    if !heard && !subscribed {
        return;
    }
    let moment = Moment::now();
    let object_name = object.to_string();
    let (method, plain) = parts(&what);
    let shown = redact::text(&plain);
    let data = match what {
        What::Data { method, data } => Some(data_without_secrets(object, method, data)),
        _ => None,
    };
    // Lines are one line whatever they tell of.
    let (plain, shown) = (on_one_line(&plain), on_one_line(&shown));
    let message = message(kind, &object_name, method, &shown);
    let record = TraceRecord {
        source,
        event_type: level,
        kind,
        moment,
        object: &object_name,
        method,
        detail: &shown,
        message: &message,
        data: data.as_deref().map(whole),
    };
    if subscribed {
        subscriber::emit(&record);
    }
    if heard {
        let message = self::message(kind, &object_name, method, &plain);
        let with_secrets = TraceRecord {
            detail: &plain,
            message: &message,
            data: match what {
                What::Data { data, .. } => Some(whole(data)),
                _ => None,
            },
            ..record
        };
        global::hear(&record, &with_secrets);
    }
}

const fn whole(bytes: &[u8]) -> TraceData<'_> {
    TraceData {
        bytes,
        length: bytes.len(),
        mode: TraceMode::IncludeHex,
    }
}

const fn kind(level: TraceEventType, what: &What<'_>) -> TraceKind {
    match what {
        What::Enter { .. } => TraceKind::Enter,
        What::Exit { .. } => TraceKind::Exit,
        What::Data { .. } => TraceKind::Data,
        What::Associate { .. } => TraceKind::Associate,
        What::Information { .. } | What::Note { .. } => TraceKind::Information,
        What::Problem { .. } if matches!(level, TraceEventType::Warning) => TraceKind::Warning,
        What::Problem { .. } => TraceKind::Error,
        What::Exception { .. } => TraceKind::Exception,
    }
}

/// The method, and what is told beside it.
fn parts(what: &What<'_>) -> (Option<&'static str>, String) {
    match what {
        What::Enter { method, arguments } => (Some(method), arguments.to_string()),
        What::Exit { method, value } => (Some(method), value.to_string()),
        What::Data { method, .. } => (Some(method), String::new()),
        What::Associate { with } => (None, with.to_string()),
        What::Information { method, text } => (Some(method), text.to_string()),
        What::Note { text } => (None, text.to_string()),
        What::Problem { method, text } => (Some(method), text.to_string()),
        What::Exception { method, error } => (Some(method), error.to_string()),
    }
}

/// The sentence for it, in the words of .NET.
pub(crate) fn message(kind: TraceKind, object: &str, method: Option<&str>, detail: &str) -> String {
    let method = method.unwrap_or_default();
    match kind {
        TraceKind::Enter => format!("Entering {object}::{method}({detail})"),
        TraceKind::Exit if detail.trim().is_empty() => format!("Exiting {object}::{method}()"),
        TraceKind::Exit => format!("Exiting {object}::{method}()-> {detail}"),
        TraceKind::Data => format!("Data from {object}::{method}"),
        TraceKind::Associate => format!("Associating {object} with {detail}"),
        TraceKind::Information if method.is_empty() => format!("{object} - {detail}"),
        TraceKind::Information => format!("{object}::{method}({detail})"),
        TraceKind::Warning | TraceKind::Error => format!("{object}::{method}() - {detail}"),
        TraceKind::Exception => format!("Exception in {object}::{method} - {detail}."),
    }
}

/// How many streams are remembered whose last dump ended where a secret may go on.
const STREAMS: usize = 1024;

/// An object and whether it writes.
type Stream = (ObjectName, bool);

/// Streams whose last dump ended where a secret may go on, the oldest first.
static OPEN: Mutex<VecDeque<(Stream, Redactor)>> = Mutex::new(VecDeque::new());

fn data_without_secrets(object: ObjectName, method: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    let stream = (object, method.contains("Send") || method.contains("Write"));
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let place = open.iter().position(|(known, _)| *known == stream);
    let mut redactor = place
        .and_then(|place| open.remove(place))
        .map(|(_, redactor)| redactor)
        .unwrap_or_default();
    redactor.part(&mut bytes);
    // Without an object there is no saying what a dump goes on with.
    if object.number().is_some() && !redactor.is_idle() {
        if open.len() >= STREAMS {
            open.pop_front();
        }
        open.push_back((stream, redactor));
    }
    bytes
}
