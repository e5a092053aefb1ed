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
        slashes => beginning(&text, slashes),
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
fn beginning(path: &str, slashes: &[char]) -> usize {
    let is_slash = |c: char| slashes.contains(&c);
    let behind = path.trim_start_matches(|c| is_slash(c) || is_bidi_control(c));
    let run = path.len() - behind.len();
    let count = path[..run].chars().filter(|&c| is_slash(c)).count();
    // The letter, what makes it a drive, and the slash behind it.
    let mut seen = behind
        .char_indices()
        .filter(|&(_, c)| !is_bidi_control(c))
        .map(|(at, c)| (run + at, c));
    match (seen.next(), seen.next(), seen.next()) {
        (Some((_, letter)), Some((colon, ':' | '|')), next) if letter.is_ascii_alphabetic() => next
            .filter(|&(_, c)| is_slash(c))
            .map_or(colon + 1, |(slash, _)| slash + 1),
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
mod tests {
    use super::*;

    /// `L` is U+200E, `R` U+202E.
    #[track_caller]
    fn check(text: &str, guard: Guard, expected: &str) {
        let with_controls = |text: &str| text.replace('L', "\u{200e}").replace('R', "\u{202e}");
        let mut out = "%4".to_owned();
        out.push_str(&with_controls(text));
        take_out(&mut out, 2, guard);
        assert_eq!(out[2..], with_controls(expected), "{text} {guard:?}");
    }

    #[test]
    fn beginnings_keep_their_controls() {
        let opens = Guard {
            slashes: &['/', '\\'],
            escapes: true,
        };
        for text in [
            "/L/h", "/LR/h", "/L/R/h", "L//h", "LR//h", "/L//h", "L/R/h", "/L\\h", "L\\\\h",
            "\\L/h", "/Lc:/a", "Lc:/a", "cL:/a", "/cL:/a", "/c:L/a", "c|L\\a", "/L/", "L//",
        ] {
            check(text, opens, text);
        }
        for (text, expected) in [
            ("/L", "/"),
            ("/Lh", "/h"),
            ("L/h", "/h"),
            ("Lh//i", "h//i"),
            ("/LhL/L/i", "/h//i"),
            ("/L.L/.L./L/h", "/./..//h"),
            ("/L/hL/Ri", "/L/h/i"),
            ("/c:/L/aL", "/c://a"),
            ("/Lc:/aL", "/Lc:/a"),
            ("L1:/a", "1:/a"),
            ("", ""),
            ("L", ""),
        ] {
            check(text, opens, expected);
        }
        // Where a backslash is none.
        let opens = Guard {
            slashes: &['/'],
            ..opens
        };
        for (text, expected) in [
            ("/L/h", "/L/h"),
            ("/L\\h", "/\\h"),
            ("L\\\\h", "\\\\h"),
            ("/\\L/h", "/\\/h"),
            ("/cL:/a", "/cL:/a"),
            ("/cL:\\aL", "/cL:\\a"),
        ] {
            check(text, opens, expected);
        }
    }

    #[test]
    fn elsewhere_controls_go() {
        let inside = Guard {
            slashes: &[],
            escapes: true,
        };
        for (text, expected) in [
            ("/L/h", "//h"),
            ("L//h", "//h"),
            ("/Lc:/a", "/c:/a"),
            ("aLRb", "ab"),
            ("L1", "1"),
        ] {
            check(text, inside, expected);
        }
    }

    #[test]
    fn escapes_are_not_joined() {
        let guard = |escapes| Guard {
            slashes: &[],
            escapes,
        };
        for (text, expected) in [
            ("%L41", "%2541"),
            ("%4L1", "%2541"),
            ("%L4R1", "%2541"),
            ("%LR41", "%2541"),
            ("%%L41", "%%2541"),
            ("%41L41", "%4141"),
            ("%4gL1", "%4g1"),
            ("%L", "%25"),
            ("%C3L%A4", "%C3L%A4"),
            ("%E2LR%80L%8E", "%E2LR%80L%8E"),
            ("%C3L%41", "%C3%41"),
            ("%41L%C3", "%41%C3"),
            ("%C3LaL%A4", "%C3a%A4"),
        ] {
            check(text, guard(true), expected);
        }
        // In a path of a file system a percent sign is one.
        for (text, expected) in [("%L41", "%41"), ("%4L1", "%41"), ("%C3L%A4", "%C3%A4")] {
            check(text, guard(false), expected);
        }
    }
}
