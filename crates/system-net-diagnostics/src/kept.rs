//! A trace that is told later.

use system_net_config::TraceMode;

use crate::heard::{TraceData, TraceKind, TraceRecord};
use crate::moment::Moment;
use crate::{Source, TraceEventType};

/// A record that borrows nothing.
pub(crate) struct Kept {
    source: Source,
    event_type: TraceEventType,
    kind: TraceKind,
    moment: Moment,
    object: String,
    method: Option<String>,
    detail: String,
    message: String,
    data: Option<(Vec<u8>, usize, TraceMode)>,
}

impl Kept {
    pub(crate) fn of(record: &TraceRecord<'_>) -> Self {
        let data = record.data;
        Self {
            source: record.source,
            event_type: record.event_type,
            kind: record.kind,
            moment: record.moment,
            object: record.object.to_owned(),
            method: record.method.map(str::to_owned),
            detail: record.detail.to_owned(),
            message: record.message.to_owned(),
            data: data.map(|data| (data.bytes.to_vec(), data.length, data.mode)),
        }
    }

    pub(crate) fn record(&self) -> TraceRecord<'_> {
        TraceRecord {
            source: self.source,
            event_type: self.event_type,
            kind: self.kind,
            moment: self.moment,
            object: &self.object,
            method: self.method.as_deref(),
            detail: &self.detail,
            message: &self.message,
            data: self.data.as_ref().map(|(bytes, length, mode)| TraceData {
                bytes,
                length: *length,
                mode: *mode,
            }),
        }
    }
}
