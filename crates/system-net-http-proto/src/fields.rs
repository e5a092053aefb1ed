//! Field lines of a complete head or trailer section: RFC 9112 section 5.
//!
//! `httparse` is the oracle of the tests instead of a part of this file: the scanner knows the
//! line ends already, the place of an error is wanted, and offsets are pushed as they are found.

use memchr::memchr;
use system_net_primitives::WebHeaderCollection;

use crate::bytes::{bad_value_byte, is_ows, token_end};
use crate::error::{Place, ProtoError, Rule};
use crate::facts::Facts;
use crate::limits::LimitName;

/// What a collection needs for one field beside its text.
pub(crate) const FIELD: usize = 16;

/// How field lines are to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldRules {
    pub(crate) most: usize,
    pub(crate) place: Place,
    pub(crate) space_before_colon: bool,
    /// The lines have no control characters but tabs, as the scanner said.
    pub(crate) clean: bool,
}

/// Reads the lines of `section` between `start` and the last of `line_ends`.
///
/// `facts` learns what bears on framing. Errors carry offsets within `section` and lines counted
/// with `first_line`.
pub(crate) fn parse_fields(
    section: &[u8],
    start: usize,
    line_ends: &[u32],
    first_line: usize,
    rules: FieldRules,
    facts: &mut Facts,
) -> Result<WebHeaderCollection, ProtoError> {
    let Some(&last) = line_ends.last() else {
        return Ok(WebHeaderCollection::new());
    };
    if line_ends.len() > rules.most {
        let over = rules
            .most
            .checked_sub(1)
            .map_or(start, |last| line_ends[last] as usize + 1);
        return Err(ProtoError::limit(LimitName::Headers, rules.place)
            .at(over)
            .on_line(first_line + rules.most));
    }
    let text = &section[start..=last as usize];
    let mut headers = WebHeaderCollection::with_memory(text.len() + FIELD * line_ends.len());
    let mut line_start = start;
    for &end in line_ends {
        // The scanner made sure that CR LF stands at `end - 1`.
        let line_end = end as usize - 1;
        let learned = parse_line(section, line_start, line_end, rules).and_then(|field| {
            let name = &section[line_start..field.name_end];
            match facts.learn(name, &section[field.value_start..field.value_end]) {
                Ok(_) => Ok(field),
                Err(rule) => Err(LineError {
                    rule,
                    at: field.value_start,
                }),
            }
        });
        match learned {
            Ok(field) => {
                let at = |place: usize| (place - start) as u32;
                headers.push_offsets(
                    at(line_start),
                    (field.name_end - line_start) as u32,
                    at(field.value_start),
                    (field.value_end - field.value_start) as u32,
                );
            }
            Err(error) => {
                let index = line_ends.iter().take_while(|other| **other < end).count();
                return Err(ProtoError::grammar(error.rule, rules.place)
                    .at(error.at)
                    .on_line(first_line + index));
            }
        }
        line_start = line_end + 2;
    }
    headers.set_text(text);
    Ok(headers)
}

/// Where the parts of a line end and begin, within the section.
struct Field {
    name_end: usize,
    value_start: usize,
    value_end: usize,
}

struct LineError {
    rule: Rule,
    /// Within the section.
    at: usize,
}

/// RFC 9112 section 5: `field-name ":" OWS field-value OWS`.
#[inline]
fn parse_line(
    section: &[u8],
    start: usize,
    end: usize,
    rules: FieldRules,
) -> Result<Field, LineError> {
    // The line end stops it, which is no part of a token.
    let name_end = token_end(section, start);
    let mut value_start = name_end + 1;
    if name_end == start || section.get(name_end) != Some(&b':') {
        let line = &section[start..end];
        value_start = match unusual_name_end(line, name_end - start, rules) {
            Ok(colon) => start + colon + 1,
            Err(LineError { rule, at }) => {
                let at = start + at;
                return Err(LineError { rule, at });
            }
        };
    }
    let line = &section[..end];
    while value_start < end && is_ows(line[value_start]) {
        value_start += 1;
    }
    let mut value_end = end;
    while value_end > value_start && is_ows(line[value_end - 1]) {
        value_end -= 1;
    }
    if !rules.clean
        && let Some(at) = bad_value_byte(&line[value_start..value_end])
    {
        let at = value_start + at;
        let rule = if line[at] == b'\r' {
            Rule::LineEnd
        } else {
            Rule::HeaderValue
        };
        return Err(LineError { rule, at });
    }
    Ok(Field {
        name_end,
        value_start,
        value_end,
    })
}

/// The place of the colon, where something else than a colon follows the name; it and that of an
/// error are within the line.
#[cold]
fn unusual_name_end(line: &[u8], name_len: usize, rules: FieldRules) -> Result<usize, LineError> {
    let fail = |rule, at| Err(LineError { rule, at });
    match line.get(name_len) {
        // RFC 9112 section 5.2: obs-fold. Allowed folds are gone before this is called; what is
        // left is a fold where that is not allowed, or one with no line to continue.
        Some(b' ' | b'\t') if name_len == 0 => fail(Rule::FoldedHeader, 0),
        Some(b' ' | b'\t') => {
            // RFC 9112 section 5.1: "No whitespace is allowed between the field name and colon."
            let spaces = line[name_len..].iter().position(|&b| !is_ows(b));
            match spaces.map(|spaces| name_len + spaces) {
                Some(at) if line[at] == b':' && rules.space_before_colon => Ok(at),
                Some(at) if line[at] == b':' => fail(Rule::SpaceBeforeColon, name_len),
                Some(at) if line[at] == b'\r' => fail(Rule::LineEnd, at),
                Some(_) => fail(Rule::HeaderName, name_len),
                None => fail(Rule::MissingColon, line.len()),
            }
        }
        Some(b'\r') => fail(Rule::LineEnd, name_len),
        Some(_) => fail(Rule::HeaderName, name_len),
        None => fail(Rule::MissingColon, line.len()),
    }
}

/// RFC 9112 section 5.2: a user agent that gets a fold replaces it with spaces. This does so in
/// place, so that the folded lines become one; `line_ends` loses the ends within them.
///
/// Only values can be folded: a line without colon stays alone, and is refused for it later.
/// `from` is the index of the first line that may be continued.
pub(crate) fn unfold(section: &mut [u8], line_ends: &mut Vec<u32>, from: usize) {
    let mut kept = from;
    let mut has_colon = false;
    // The LF of the line before, which is no colon.
    let mut start = from
        .checked_sub(1)
        .map_or(0, |before| line_ends[before] as usize);
    for index in from..line_ends.len() {
        let end = line_ends[index] as usize;
        has_colon = has_colon || memchr(b':', &section[start..end]).is_some();
        start = end;
        // Behind the last line stands the empty one, which does not begin with white space.
        let continued = section.get(end + 1).is_some_and(|&b| is_ows(b));
        if continued && has_colon {
            section[end - 1] = b' ';
            section[end] = b' ';
        } else {
            line_ends[kept] = end as u32;
            kept += 1;
            has_colon = false;
        }
    }
    line_ends.truncate(kept);
}
