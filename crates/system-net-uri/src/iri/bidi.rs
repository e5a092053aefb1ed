//! Bidirectional controls: the modes of .NET Framework take them out of every part of a URI. They
//! stay where what stands around them would become something that nobody wrote: the beginning of
//! a host or a drive, an escape, or a character.

use crate::escape::hex_pair;

/// Whether the character is a bidirectional control that .NET takes out of host names.
pub(crate) const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}')
}

/// What a text may not become by losing its controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    /// What is a slash in front of the text, if it is a path without a host before it, in a scheme
    /// that reads a host behind two slashes, or a drive.
    pub(crate) slashes: &'static [char],
    /// A `%` in the text starts an escape (it does not in a path of a file system).
    pub(crate) escapes: bool,
}

/// Takes the controls out of what stands in `out` from `start` on.
pub(crate) fn take_out(out: &mut String, start: usize, guard: Guard) {
    if !out[start..].contains(is_bidi_control) {
        return;
    }
    let text = out.split_off(start);
    let fixed = match guard.slashes {
        [] => 0,
        _ => beginning(&text, guard),
    };
    out.push_str(&text[..fixed]);
    let mut rest = &text[fixed..];
    while let Some(at) = rest.find(is_bidi_control) {
        out.push_str(&rest[..at]);
        let behind = rest[at..].trim_start_matches(is_bidi_control);
        let before = &out.as_bytes()[start..];
        if guard.escapes && ends_wide(before) && starts_wide(behind.as_bytes()) {
            // Broken UTF-8 on both sides: together it may be a character.
            out.push_str(&rest[at..rest.len() - behind.len()]);
        } else if guard.escapes
            && let Some(percent) = begun_escape(before)
        {
            // "%", control, "41" must not become an escape.
            out.insert_str(start + percent + 1, "25");
        }
        rest = behind;
    }
    out.push_str(rest);
}

/// How much of a path keeps its controls: without them it would begin with two slashes, or with a
/// drive, and does not.
fn beginning(path: &str, guard: Guard) -> usize {
    // Where a backslash is a slash, escaped ones become slashes, or are what a backslash becomes.
    let escapes = guard.escapes && guard.slashes.contains(&'\\');
    let mut count = 0;
    let mut behind = path;
    while let Some(c) = behind.chars().next() {
        let length = match c {
            c if is_bidi_control(c) => c.len_utf8(),
            c if guard.slashes.contains(&c) => {
                count += 1;
                1
            }
            '%' if escapes && matches!(hex_pair(behind.as_bytes(), 1), Some(b'/' | b'\\')) => {
                count += 1;
                3
            }
            _ => break,
        };
        behind = &behind[length..];
    }
    let run = path.len() - behind.len();
    // The letter, what makes it a drive, and what stands behind it.
    let mut seen = behind
        .char_indices()
        .filter(|&(_, c)| !is_bidi_control(c))
        .map(|(at, c)| (run + at, c));
    match (seen.next(), seen.next(), seen.next()) {
        (Some((_, letter)), Some((_, ':' | '|')), next) if letter.is_ascii_alphabetic() => {
            next.map_or(path.len(), |(at, _)| at)
        }
        _ if count > 1 => run,
        _ => 0,
    }
}

/// Whether the text ends with the escape of a byte over 0x7F.
fn ends_wide(text: &[u8]) -> bool {
    text.len()
        .checked_sub(3)
        .is_some_and(|at| starts_wide(&text[at..]))
}

/// Whether the text starts with the escape of a byte over 0x7F.
fn starts_wide(text: &[u8]) -> bool {
    text.first() == Some(&b'%') && hex_pair(text, 1).is_some_and(|byte| byte >= 0x80)
}

/// The position of the `%` at the end of the text, alone or with one digit.
fn begun_escape(text: &[u8]) -> Option<usize> {
    match text {
        [.., b'%'] => Some(text.len() - 1),
        [.., b'%', digit] if digit.is_ascii_hexdigit() => Some(text.len() - 2),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
