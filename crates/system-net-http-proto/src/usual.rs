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

/// Reads the head at the beginning of `data`, if it is of the usual form. `memory` is what the last
/// one said, or 0.
pub(crate) fn read(
    data: &[u8],
    limits: &Limits,
    memory: usize,
    last: &mut LastHead,
) -> Option<Usual> {
    let first_end = text_len(data);
    let fields = data.get(first_end..)?.strip_prefix(b"\r\n")?;
    // However large the last one was, what is there bounds this one.
    let memory = if memory == 0 { FIRST_MEMORY } else { memory };
    let mut headers = WebHeaderCollection::with_memory(memory.min(4 * data.len()));
    let Fields { facts, text, .. } = last.read_fields(fields, &mut headers)?;
    let length = first_end + 2 + text + 2;
    fits(limits, first_end, length, headers.len()).then_some(Usual {
        first_end,
        headers,
        facts,
        length,
    })
}

/// Whether a head of this length, with its empty line, is within the limits.
#[inline]
pub(crate) fn fits(limits: &Limits, first_end: usize, length: usize, headers: usize) -> bool {
    first_end + 2 <= limits.start_line_bytes
        && length <= limits.head_bytes.min(u32::MAX as usize / 2)
        && headers <= limits.headers
}

/// Reads the field lines at the beginning of `fields` into `headers`, which is empty; gives what they
/// say and how long they are, without the empty line.
fn read_fields(
    fields: &[u8],
    headers: &mut WebHeaderCollection,
    names: &mut Names,
) -> Option<(Facts, usize)> {
    let mut facts = Facts::default();
    let mut rest = fields;
    let mut index = 0;
    while !rest.starts_with(b"\r\n") {
        let known = names.at(index, rest);
        let (name_len, behind) = match known {
            Some((known, behind)) => (known.name_len, behind),
            None => split_name(rest)?,
        };
        let (value, next) = behind.split_at_checked(text_len(behind))?;
        if is_padded(value) {
            return None;
        }
        if known.is_none_or(|(known, _)| known.counts) {
            let counts = facts.learn(&rest[..name_len], value).ok()?;
            if known.is_none() {
                names.note(index, &rest[..rest.len() - behind.len()], counts);
            }
        }
        // Heads are below 4 GiB; what is not is refused in the end.
        let at = |rest: &[u8]| (fields.len() - rest.len()) as u32;
        headers.push_offsets(at(rest), name_len as u32, at(behind), value.len() as u32);
        rest = next.strip_prefix(b"\r\n")?;
        index += 1;
    }
    let text = &fields[..fields.len() - rest.len()];
    if text.len() > u32::MAX as usize / 2 {
        return None;
    }
    headers.set_text(text);
    Some((facts, text.len()))
}

/// The length of the name at the front of a line, and what is behind the colon.
#[inline]
fn split_name(line: &[u8]) -> Option<(usize, &[u8])> {
    match line.split_at_checked(name_len(line))? {
        ([], _) => None,
        (name, [b':', b' ', behind @ ..] | [b':', behind @ ..]) => Some((name.len(), behind)),
        _ => None,
    }
}

/// Whether spaces are at one end, which are no part of the value.
#[inline]
fn is_padded(value: &[u8]) -> bool {
    value.first() == Some(&b' ') || value.last() == Some(&b' ')
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

/// What a connection remembers of the last head: the other side mostly sends the same fields again, as
/// a whole or at least by their names.
#[derive(Debug, Default)]
pub(crate) struct LastHead {
    names: Names,
    /// Empty if there is nothing worth to be remembered.
    headers: WebHeaderCollection,
    /// What they say.
    facts: Facts,
}

/// The fields of a head.
pub(crate) struct Fields {
    pub(crate) facts: Facts,
    /// How long their lines are, without the empty one.
    pub(crate) text: usize,
    /// They are those of the last head.
    pub(crate) repeated: bool,
}

/// Fields that take more are not remembered as a whole.
const REMEMBERED: usize = 1024;

impl LastHead {
    /// Reads the field lines at the beginning of `fields` into `headers`, which is empty, if they are
    /// of the usual form.
    #[inline]
    pub(crate) fn read_fields(
        &mut self,
        fields: &[u8],
        headers: &mut WebHeaderCollection,
    ) -> Option<Fields> {
        if let Some(text) = self.repeated(fields) {
            headers.copy_from(&self.headers);
            return Some(Fields {
                facts: self.facts,
                text,
                repeated: true,
            });
        }
        let (facts, text) = read_fields(fields, headers, &mut self.names)?;
        self.remember(headers, &facts, text);
        Some(Fields {
            facts,
            text,
            repeated: false,
        })
    }

    /// How long the field lines are, if they are the last ones again, byte for byte, and all.
    #[inline]
    fn repeated(&self, fields: &[u8]) -> Option<usize> {
        let text = self.headers.text()?;
        let behind = fields.strip_prefix(text)?;
        behind.starts_with(b"\r\n").then_some(text.len())
    }

    /// The last head is not the one that is remembered.
    pub(crate) fn forget(&mut self) {
        self.headers.clear();
    }

    /// Keeps the fields in the memory of those before.
    fn remember(&mut self, headers: &WebHeaderCollection, facts: &Facts, text: usize) {
        self.facts = *facts;
        if text <= REMEMBERED {
            self.headers.copy_from(headers);
        } else {
            self.headers.clear();
        }
    }
}

/// The names of the last head. Mostly the same ones come in the same order again, and to
/// compare a name takes less than to look at each of its characters.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// In the order of their lines.
    names: Vec<Name>,
}

#[derive(Debug)]
struct Name {
    /// As it stood there, with `: ` behind it.
    text: [u8; LONGEST],
    /// 0: it was too long, or something else stood behind it.
    length: u8,
    /// Its value bears on framing or on the connection.
    counts: bool,
}

/// What is known of a line by its name.
#[derive(Clone, Copy)]
struct Known {
    name_len: usize,
    counts: bool,
}

/// What mostly stands behind a name.
const SEPARATOR: &[u8] = b": ";

/// How many names are kept, and how long they are at most.
const MOST: usize = 32;
const LONGEST: usize = 30;

impl Names {
    /// What is known of a line, if it begins as that of the same number did, and what is behind that.
    #[inline]
    fn at<'a>(&self, index: usize, line: &'a [u8]) -> Option<(Known, &'a [u8])> {
        let name = self.names.get(index)?;
        let length = usize::from(name.length);
        let known = Known {
            name_len: length.checked_sub(SEPARATOR.len())?,
            counts: name.counts,
        };
        Some((known, line.strip_prefix(name.text.get(..length)?)?))
    }

    /// For the next head: how a line begins, and whether that counts.
    #[cold]
    fn note(&mut self, index: usize, beginning: &[u8], counts: bool) {
        let mut name = Name {
            text: [0; LONGEST],
            length: 0,
            counts,
        };
        if let Some(text) = name.text.get_mut(..beginning.len())
            && beginning.ends_with(SEPARATOR)
        {
            text.copy_from_slice(beginning);
            name.length = beginning.len() as u8;
        }
        match self.names.get_mut(index) {
            Some(known) => *known = name,
            None if index < MOST => self.names.push(name),
            None => {}
        }
    }
}
