//! Finds the end of a head or trailer section, each byte being looked at once.
//!
//! RFC 9112 section 2.2: lines end in CR LF. The permission there to take a bare LF for a line end
//! is not used, because peers that disagree about it can be made to see different messages.

use memchr::memchr;

use crate::error::{Place, ProtoError, Rule};
use crate::limits::LimitName;

/// How far the search for the end of a section went, and the lines it passed.
#[derive(Debug, Default)]
pub(crate) struct SectionScanner {
    /// Bytes of the section that were searched already.
    scanned: usize,
    /// Where the line begins that is not complete yet.
    line_start: usize,
    /// Where each complete line's LF stands.
    line_ends: Vec<u32>,
}

/// What a section may be at most, and which limit that is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SectionLimits {
    pub(crate) bytes: usize,
    pub(crate) bytes_name: LimitName,
    /// The limit of the first line; of no meaning in trailers.
    pub(crate) first_line: usize,
    /// Where the first line is, for errors.
    pub(crate) first_place: Place,
    pub(crate) place: Place,
}

impl SectionScanner {
    /// Looks for the empty line in `data`, which begins where the section begins and holds what
    /// was there at the last call and more. Gives the length of the section with its empty line.
    ///
    /// Errors come in the order of the bytes, so they do not depend on how the bytes were split.
    pub(crate) fn scan(
        &mut self,
        data: &[u8],
        limits: SectionLimits,
    ) -> Result<Option<usize>, ProtoError> {
        // Offsets are kept in 32 bits.
        let most = limits.bytes.min(u32::MAX as usize);
        loop {
            let first = self.line_ends.is_empty();
            let most_here = if first {
                most.min(limits.first_line)
            } else {
                most
            };
            let place = if first {
                limits.first_place
            } else {
                limits.place
            };
            let window = &data[..data.len().min(most_here)];
            // A shrunk limit can lie before what was searched; then nothing is left to search.
            let fresh = window.get(self.scanned..).unwrap_or_default();
            let Some(found) = memchr(b'\n', fresh) else {
                self.scanned = self.scanned.max(window.len());
                if data.len() < most_here {
                    return Ok(None);
                }
                let name = if first && limits.first_line < most {
                    LimitName::StartLineBytes
                } else {
                    limits.bytes_name
                };
                return Err(ProtoError::limit(name, place)
                    .at(most_here)
                    .on_line(self.line_ends.len() + 1));
            };
            let lf = self.scanned + found;
            if lf == self.line_start || data[lf - 1] != b'\r' {
                return Err(ProtoError::grammar(Rule::LineEnd, place)
                    .at(lf)
                    .on_line(self.line_ends.len() + 1));
            }
            self.scanned = lf + 1;
            if lf - 1 == self.line_start {
                return Ok(Some(lf + 1));
            }
            self.line_start = lf + 1;
            self.line_ends.push(lf as u32);
        }
    }

    /// The ends (LF) of the lines before the empty one.
    #[inline]
    pub(crate) fn line_ends(&self) -> &[u32] {
        &self.line_ends
    }

    #[inline]
    pub(crate) fn line_ends_mut(&mut self) -> &mut Vec<u32> {
        &mut self.line_ends
    }

    /// Begins with a new section; the memory is kept.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.scanned = 0;
        self.line_start = 0;
        self.line_ends.clear();
    }
}
