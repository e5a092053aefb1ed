//! Field lines of a complete head or trailer section: RFC 9112 section 5.
//!
//! `httparse` is the oracle of the tests instead of a part of this file: the scanner knows the
//! line ends already, the place of an error is wanted, and offsets are pushed as they are found.

use memchr::memchr;
use system_net_primitives::WebHeaderCollection;

use crate::bytes::{bad_value_byte, is_ows, token_len};
use crate::error::{Place, ProtoError, Rule};
use crate::facts::Facts;
use crate::limits::LimitName;

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
    let block = &section[start..=last as usize];
    let mut headers = WebHeaderCollection::with_block(block.to_vec());
    headers.reserve_fields(line_ends.len());
    let mut line_start = 0;
    for &end in line_ends {
        // The scanner made sure that CR LF stands at `end - 1`.
        let line_end = end as usize - start - 1;
        let line = &block[line_start..line_end];
        let learned = parse_line(line, rules).and_then(|field| {
            let value = &line[field.value_start..field.value_end];
            match facts.learn(&line[..field.name_len], value) {
                Ok(()) => Ok(field),
                Err(rule) => Err(LineError {
                    rule,
                    at: field.value_start,
                }),
            }
        });
        match learned {
            Ok(Field {
                name_len,
                value_start,
                value_end,
            }) => headers.push_offsets(
                line_start as u32..(line_start + name_len) as u32,
                (line_start + value_start) as u32..(line_start + value_end) as u32,
            ),
            Err(error) => {
                let index = line_ends.iter().take_while(|other| **other < end).count();
                return Err(ProtoError::grammar(error.rule, rules.place)
                    .at(start + line_start + error.at)
                    .on_line(first_line + index));
            }
        }
        line_start = line_end + 2;
    }
    Ok(headers)
}

struct Field {
    name_len: usize,
    value_start: usize,
    value_end: usize,
}

struct LineError {
    rule: Rule,
    at: usize,
}

/// RFC 9112 section 5: `field-name ":" OWS field-value OWS`.
#[inline]
fn parse_line(line: &[u8], rules: FieldRules) -> Result<Field, LineError> {
    let name_len = token_len(line);
    let mut value_start = name_len + 1;
    if name_len == 0 || line.get(name_len) != Some(&b':') {
        value_start = unusual_name_end(line, name_len, rules)? + 1;
    }
    while value_start < line.len() && is_ows(line[value_start]) {
        value_start += 1;
    }
    let mut value_end = line.len();
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
        name_len,
        value_start,
        value_end,
    })
}

/// The place of the colon, where something else than a colon follows the name.
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
