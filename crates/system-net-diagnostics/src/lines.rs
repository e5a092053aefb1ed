//! The lines of traces as the guide shows them under "Interpreting Network Tracing".

use std::fmt;

use system_net_config::TraceMode;

use crate::heard::{TraceData, TraceRecord};

/// How many bytes a line of numbers holds.
const WIDTH: usize = 16;

/// Writes the lines of a record, each with the prefix.
pub(crate) fn write(
    record: &TraceRecord<'_>,
    prefix: &str,
    into: &mut dyn fmt::Write,
) -> fmt::Result {
    let Some(data) = record.data else {
        return writeln!(into, "{prefix}{}", record.message);
    };
    match data.mode {
        TraceMode::IncludeHex => {
            writeln!(into, "{prefix}{}", record.message)?;
            cut(data, prefix, into)?;
            numbers(data.bytes, prefix, into)
        }
        TraceMode::ProtocolOnly => {
            cut(data, prefix, into)?;
            write!(into, "{prefix}{}<<", record.message)?;
            text(data.bytes, into)?;
            into.write_str(">>\n")
        }
    }
}

fn cut(data: TraceData<'_>, prefix: &str, into: &mut dyn fmt::Write) -> fmt::Result {
    let (shown, length) = (data.bytes.len(), data.length);
    if shown < length {
        writeln!(into, "{prefix}(printing {shown} out of {length})")?;
    }
    Ok(())
}

/// `00000000 : 47 45 54 20 2F 77 70 61-64 2E 64 61 74 20 48 54 : GET /wpad.dat HT`
fn numbers(bytes: &[u8], prefix: &str, into: &mut dyn fmt::Write) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    let mut shown = String::with_capacity(5 * WIDTH);
    for (line, bytes) in bytes.chunks(WIDTH).enumerate() {
        shown.clear();
        for (index, &byte) in bytes.iter().enumerate() {
            shown.push(if index == WIDTH / 2 { '-' } else { ' ' });
            shown.push(digit(byte >> 4));
            shown.push(digit(byte));
        }
        shown.push_str(" : ");
        for &byte in bytes {
            let character = matches!(byte, b' '..=b'~');
            shown.push(if character { char::from(byte) } else { '.' });
        }
        writeln!(into, "{prefix}{:08X} :{shown}", line * WIDTH)?;
    }
    Ok(())
}

/// Data as text: the lines they have, and a dot for what is no character or would control a
/// terminal.
pub(crate) fn text(bytes: &[u8], into: &mut dyn fmt::Write) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        let mut characters = chunk.valid().chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\r' if characters.peek() == Some(&'\n') => {}
                '\n' | '\t' => into.write_char(character)?,
                control if control.is_control() => into.write_char('.')?,
                character => into.write_char(character)?,
            }
        }
        for _ in chunk.invalid() {
            into.write_char('.')?;
        }
    }
    Ok(())
}

/// A text on one line: controls are written as in source code, so that no text from outside makes
/// a line of its own.
pub(crate) fn on_one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if !text.contains(breaks) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if breaks(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests;
