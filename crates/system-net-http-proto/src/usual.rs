//! Heads of the usual form, read in one pass.
//!
//! Nearly every head is there as a whole when it is looked at first, and has nothing odd in it.
//! Whatever is otherwise is left to the scanner and the parser of lines, which go on where they
//! stopped, and know what is wrong and where: this file refuses nothing.

use system_net_primitives::WebHeaderCollection;

use crate::bytes::{next_odd, token_end};
use crate::facts::Facts;
use crate::fields::FIELD;
use crate::limits::Limits;

/// A head behind whose first line all is read.
pub(crate) struct Usual {
    /// Where the first line ends (CR); it has no control characters.
    pub(crate) first_end: usize,
    pub(crate) headers: WebHeaderCollection,
    pub(crate) facts: Facts,
    /// With the empty line.
    pub(crate) length: usize,
}

/// What the fields of a first head are expected to take.
const FIRST_MEMORY: usize = 512;

impl Usual {
    /// What the fields of the next head will take, if it is about like this one.
    pub(crate) fn memory(&self) -> usize {
        FIELD * (self.headers.len() + 1) + self.length - self.first_end
    }
}

/// Reads the head at the beginning of `data`, if it is of the usual form; `memory` is what the last
/// one said, or 0.
pub(crate) fn read(data: &[u8], limits: &Limits, memory: usize) -> Option<Usual> {
    let first_end = text_end(data, 0);
    let fields = data.get(first_end..)?.strip_prefix(b"\r\n")?;
    // However large the last one was, what is there bounds this one.
    let memory = if memory == 0 { FIRST_MEMORY } else { memory };
    let mut headers = WebHeaderCollection::with_memory(memory.min(4 * data.len()));
    let mut facts = Facts::default();
    let mut start = 0;
    let text = loop {
        let name_end = name_end(fields, start);
        let value_start = match fields.get(name_end..)?.first_chunk()? {
            b": " => name_end + 2,
            [b':', _] => name_end + 1,
            b"\r\n" if name_end == start => break &fields[..start],
            _ => return None,
        };
        let value_end = text_end(fields, value_start);
        let (name, value) = (&fields[start..name_end], &fields[value_start..value_end]);
        let line_end = fields.get(value_end..)?.first_chunk()?;
        if name.is_empty() || is_padded(value) || line_end != b"\r\n" {
            return None;
        }
        facts.learn(name, value).ok()?;
        headers.push_offsets(
            start as u32,
            name.len() as u32,
            value_start as u32,
            value.len() as u32,
        );
        start = value_end + 2;
    };
    let length = first_end + 2 + text.len() + 2;
    let fits = first_end + 2 <= limits.start_line_bytes
        && length <= limits.head_bytes.min(u32::MAX as usize / 2)
        && headers.len() <= limits.headers;
    if !fits {
        return None;
    }
    headers.set_text(text);
    Some(Usual {
        first_end,
        headers,
        facts,
        length,
    })
}

/// Whether spaces are at one end, which are no part of the value.
#[inline]
fn is_padded(value: &[u8]) -> bool {
    value.first() == Some(&b' ') || value.last() == Some(&b' ')
}

/// Where what begins at `from` ends: visible characters of ASCII, and spaces.
// Not inlined: the few values it needs stay in registers.
#[inline(never)]
fn text_end(bytes: &[u8], from: usize) -> usize {
    next_odd(bytes, from)
}

/// Where the characters of a token that begin at `from` end.
#[inline(never)]
fn name_end(bytes: &[u8], from: usize) -> usize {
    token_end(bytes, from)
}
