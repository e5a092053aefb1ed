//! Texts that are shown: a caret below a place, and nothing that a terminal would obey.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

/// How many characters are shown on either side of the place.
const CONTEXT: usize = 40;

/// The text and a line with a caret below byte `offset`; nothing for an empty text.
pub(super) fn around(text: &str, offset: usize) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let boundary = |&at: &usize| text.is_char_boundary(at);
    let at = (0..=offset.min(text.len()))
        .rev()
        .find(boundary)
        .unwrap_or(0);
    let (before, behind) = text.split_at(at);
    let start = before.char_indices().rev().nth(CONTEXT - 1);
    let end = behind.char_indices().nth(CONTEXT);
    let mut shown = String::new();
    if start.is_some_and(|(cut, _)| cut > 0) {
        shown.push('…');
    }
    shown.push_str(&visible(&before[start.map_or(0, |(cut, _)| cut)..]));
    let column = shown.width();
    shown.push_str(&visible(
        &behind[..end.map_or(behind.len(), |(cut, _)| cut)],
    ));
    if end.is_some() {
        shown.push('…');
    }
    vec![shown, format!("{:column$}^", "")]
}

/// The text with control characters, and those that turn the writing around, as `\u{…}`.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}')
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns {
            // Writing to a string cannot fail.
            let _ = write!(out, "{}", c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{CONTEXT, around, visible};

    #[test]
    fn caret_stands_below_the_place() {
        for (text, offset, column) in [
            ("http://h:x/", 9, 9),
            ("http://h", 0, 0),
            // At the end, and beyond it.
            ("http://", 7, 7),
            ("http://", 99, 7),
            // ä is two bytes and one column; the offset may be inside of it.
            ("ä:x", 3, 2),
            ("ä:x", 1, 0),
            // Two columns each, and none for the accent.
            ("日本:x", 7, 5),
            ("e\u{301}:x", 4, 2),
            // \u{1b} takes six.
            ("\u{1b}:x", 2, 7),
        ] {
            let lines = around(text, offset);
            assert_eq!(lines, [visible(text), format!("{}^", " ".repeat(column))]);
        }
        assert!(around("", 0).is_empty());
    }

    #[test]
    fn long_texts_are_cut_around_the_place() {
        let long = format!("{}!{}", "a".repeat(1000), "b".repeat(1000));
        let near =
            |left: usize, right: usize| format!("…{}!{}…", "a".repeat(left), "b".repeat(right - 1));
        assert_eq!(
            around(&long, 1000),
            [
                near(CONTEXT, CONTEXT),
                format!("{}^", " ".repeat(CONTEXT + 1))
            ]
        );
        let fits = format!("{}!{}", "a".repeat(CONTEXT), "b".repeat(CONTEXT - 1));
        assert_eq!(around(&fits, CONTEXT)[0], fits);
    }
}
