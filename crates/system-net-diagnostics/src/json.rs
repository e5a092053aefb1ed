//! One trace as one line of JSON.

use std::fmt::{self, Write as _};

use system_net_config::TraceMode;

use crate::heard::{TraceKind, TraceRecord};
use crate::moment::RoundTrip;

/// Writes the line. Its members, always in this order: `time`, `elapsed_ms`, `thread`, `source`,
/// `level`, `kind`, `object`, `method`, then of `arguments`, `result`, `with` and `text` the one
/// that the kind has, and of data `length`, `shown`, `text` and, where numbers are asked for, `hex`.
pub(crate) fn write(record: &TraceRecord<'_>, into: &mut String) -> fmt::Result {
    write!(
        into,
        "{{\"time\":\"{}\",\"elapsed_ms\":{},\"thread\":{}",
        RoundTrip(record.moment.time),
        record.moment.elapsed.as_millis(),
        record.moment.thread,
    )?;
    member("source", record.source.name(), into)?;
    member("level", record.event_type.name(), into)?;
    member("kind", record.kind.name(), into)?;
    member("object", record.object, into)?;
    if let Some(method) = record.method {
        member("method", method, into)?;
    }
    match record.kind {
        TraceKind::Enter => member("arguments", record.detail, into)?,
        TraceKind::Exit if record.detail.is_empty() => {}
        TraceKind::Exit => member("result", record.detail, into)?,
        TraceKind::Associate => member("with", record.detail, into)?,
        TraceKind::Data => {}
        _ => member("text", record.detail, into)?,
    }
    if let Some(data) = record.data {
        let (length, shown) = (data.length, data.bytes.len());
        write!(into, ",\"length\":{length},\"shown\":{shown}")?;
        member("text", &String::from_utf8_lossy(data.bytes), into)?;
        if data.mode == TraceMode::IncludeHex {
            into.push_str(",\"hex\":\"");
            for byte in data.bytes {
                for digit in [byte >> 4, byte & 15] {
                    into.extend(char::from_digit(digit.into(), 16));
                }
            }
            into.push('"');
        }
    }
    into.push_str("}\n");
    Ok(())
}

fn member(name: &str, value: &str, into: &mut String) -> fmt::Result {
    write!(into, ",\"{name}\":\"")?;
    for character in value.chars() {
        match character {
            '"' | '\\' => {
                into.push('\\');
                into.push(character);
            }
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            control if control.is_control() => write!(into, "\\u{:04x}", u32::from(control))?,
            character => into.push(character),
        }
    }
    into.push('"');
    Ok(())
}
