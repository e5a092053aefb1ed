//! Heads of the usual form, read in one pass.
//!
//! Nearly every head is there as a whole when it is looked at first, and has nothing odd in it.
//! Whatever is otherwise is left to the scanner and the parser of lines, which go on where they
//! stopped, and know what is wrong and where: this file refuses nothing.

use system_net_primitives::WebHeaderCollection;

use crate::bytes::{next_odd, token_len};
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
    let first_end = text_len(data);
    let mut rest = data.get(first_end..)?.strip_prefix(b"\r\n")?;
    let fields = rest;
    // However large the last one was, what is there bounds this one.
    let memory = if memory == 0 { FIRST_MEMORY } else { memory };
    let mut headers = WebHeaderCollection::with_memory(memory.min(4 * data.len()));
    let mut facts = Facts::default();
    loop {
        let name_len = name_len(rest);
        let (name, behind) = rest.split_at_checked(name_len)?;
        let behind = match behind {
            [b':', b' ', behind @ ..] | [b':', behind @ ..] => behind,
            [b'\r', b'\n', ..] if name.is_empty() => break,
            _ => return None,
        };
        let (value, next) = behind.split_at_checked(text_len(behind))?;
        if name.is_empty() || is_padded(value) {
            return None;
        }
        facts.learn(name, value).ok()?;
        let at = |rest: &[u8]| (fields.len() - rest.len()) as u32;
        headers.push_offsets(at(rest), name_len as u32, at(behind), value.len() as u32);
        rest = next.strip_prefix(b"\r\n")?;
    }
    let text = &fields[..fields.len() - rest.len()];
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

/// Whether white space is at one end, which is no part of the value.
#[inline]
fn is_padded(value: &[u8]) -> bool {
    matches!(value, [b' ' | b'\t', ..] | [.., b' ' | b'\t'])
}

/// How many bytes at the front are visible characters of ASCII or spaces.
// Not inlined: the few values it needs stay in registers.
#[inline(never)]
fn text_len(bytes: &[u8]) -> usize {
    next_odd(bytes, 0)
}

/// How many bytes at the front are characters of a token.
#[inline(never)]
fn name_len(bytes: &[u8]) -> usize {
    token_len(bytes)
}
