//! Finds the end of a head or trailer section, each byte being looked at once.
//!
//! RFC 9112 section 2.2: lines end in CR LF. The permission there to take a bare LF for a line end
//! is not used, because peers that disagree about it can be made to see different messages.

use crate::bytes::controls_at;
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
    /// A control character other than tabs and line ends was seen, a bare CR for one.
    dirty: bool,
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
        if self.line_ends.is_empty() && limits.first_line < most {
            let window = &data[..data.len().min(limits.first_line)];
            match self.lines(window, true) {
                Search::FirstLine => {}
                Search::Incomplete if window.len() == limits.first_line => {
                    return Err(
                        ProtoError::limit(LimitName::StartLineBytes, limits.first_place)
                            .at(limits.first_line)
                            .on_line(1),
                    );
                }
                search => return self.outcome(search, limits),
            }
        }
        let window = &data[..data.len().min(most)];
        let search = self.lines(window, false);
        if matches!(search, Search::Incomplete) && window.len() == most {
            return Err(ProtoError::limit(limits.bytes_name, self.place(limits))
                .at(most)
                .on_line(self.line_ends.len() + 1));
        }
        self.outcome(search, limits)
    }

    #[inline]
    fn outcome(&self, search: Search, limits: SectionLimits) -> Result<Option<usize>, ProtoError> {
        match search {
            Search::End(length) => Ok(Some(length)),
            Search::Incomplete | Search::FirstLine => Ok(None),
            Search::BareLineFeed(at) => Err(ProtoError::grammar(Rule::LineEnd, self.place(limits))
                .at(at)
                .on_line(self.line_ends.len() + 1)),
        }
    }

    fn place(&self, limits: SectionLimits) -> Place {
        if self.line_ends.is_empty() {
            limits.first_place
        } else {
            limits.place
        }
    }

    /// Notes the ends of lines, up to the empty one or only the first. Whatever other control
    /// character is met is noted and judged when it is known in which part of a line it stands.
    ///
    /// Eight bytes are looked at in one step, wherever in them lines end.
    #[inline]
    fn lines(&mut self, window: &[u8], only_first: bool) -> Search {
        // A limit that was lowered can lie before what was searched; then nothing is left.
        let mut word = self.scanned.min(window.len());
        let mut line_start = self.line_start;
        let (at, search) = 'found: loop {
            let mut found = controls_at(window, word);
            while found != 0 {
                let at = word + found.trailing_zeros() as usize / 8;
                found &= found - 1;
                match window.get(at..).and_then(<[u8]>::first_chunk::<2>) {
                    Some([b'\r', b'\n']) if at == line_start => {
                        break 'found (at, Search::End(at + 2));
                    }
                    Some([b'\r', b'\n']) => {
                        self.line_ends.push(at as u32 + 1);
                        line_start = at + 2;
                        if only_first {
                            break 'found (line_start, Search::FirstLine);
                        }
                        // The LF is the next one that was found, or begins the next word.
                        found &= found.wrapping_sub(1);
                    }
                    _ if at + 1 == line_start => {}
                    _ => {
                        if let Some(search) = self.odd_control(window, at) {
                            break 'found (at, search);
                        }
                    }
                }
            }
            word += 8;
            if word >= window.len() {
                break (window.len(), Search::Incomplete);
            }
        };
        self.scanned = at;
        self.line_start = line_start;
        search
    }

    /// What a control character means that is not a line end; `None` to go on behind it.
    #[cold]
    fn odd_control(&mut self, window: &[u8], at: usize) -> Option<Search> {
        match window[at..] {
            [] | [b'\r'] => Some(Search::Incomplete),
            [b'\n', ..] => Some(Search::BareLineFeed(at)),
            [b'\t', ..] => None,
            _ => {
                self.dirty = true;
                None
            }
        }
    }

    /// Whether nothing of the section was looked at.
    #[inline]
    pub(crate) fn is_fresh(&self) -> bool {
        self.scanned == 0
    }

    /// Whether the lines have no control characters but tabs, so that nobody has to look again.
    #[inline]
    pub(crate) fn is_clean(&self) -> bool {
        !self.dirty
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
        self.dirty = false;
    }
}

enum Search {
    /// The section ends with the empty line and is that long.
    End(usize),
    /// The first line is complete.
    FirstLine,
    BareLineFeed(usize),
    Incomplete,
}
