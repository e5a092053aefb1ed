//! A line of a configuration file with a caret below a place, as compilers show it. Passwords in it
//! are not shown.

use system_net::ConfigurationReport;

use crate::excerpt;

/// The longest line that is shown a part of, in bytes.
const LONGEST: usize = 64 << 10;
/// How many characters before the place are looked at: more than are shown, so that the beginning
/// of a password is among them.
const BEFORE: usize = 1000;
/// How many behind it.
const BEHIND: usize = 1000;

/// The line with its number, and the caret. Nothing if there is no such
/// line, or it is one that no person wrote.
pub(crate) fn lines(report: &ConfigurationReport, line: u32, column: u32) -> Vec<String> {
    let Some(text) = report.line(line).filter(|text| text.len() <= LONGEST) else {
        return Vec::new();
    };
    let index = usize::try_from(column)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    let first = index.saturating_sub(BEFORE);
    let near: String = text.chars().skip(first).take(BEFORE + BEHIND).collect();
    // A blank is as wide as it looks, which a tabulator is not.
    let text = masked(&near).replace('\t', " ");
    let place = text.char_indices().nth(index - first);
    let offset = place.map_or(text.len(), |(at, _)| at);
    let number = line.to_string();
    let blank = " ".repeat(number.len());
    let gutters = [number, blank];
    let shown = excerpt::around(&text, offset);
    let with_gutter = gutters.iter().zip(shown);
    with_gutter
        .map(|(gutter, text)| format!("{gutter} | {text}"))
        .collect()
}

/// The text with stars for the values of the attribute `password` and for passwords in addresses,
/// one for each character.
pub(crate) fn masked(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for start in 0..chars.len() {
        let rest = &chars[start..];
        if let Some((from, to)) = attribute_value(rest).or_else(|| in_address(rest)) {
            chars[start + from..start + to].fill('*');
        }
    }
    chars.into_iter().collect()
}

/// Where the value stands if the text begins with `password="…`; up to the end if it is not closed.
fn attribute_value(text: &[char]) -> Option<(usize, usize)> {
    const NAME: &str = "password";
    let begins = text.len() > NAME.len()
        && NAME
            .chars()
            .zip(text)
            .all(|(a, b)| a == b.to_ascii_lowercase());
    if !begins {
        return None;
    }
    let blank = |at: usize| {
        text[at..]
            .iter()
            .position(|c| !c.is_whitespace())
            .map(|n| at + n)
    };
    let equals = blank(NAME.len()).filter(|at| text[*at] == '=')?;
    let quote = blank(equals + 1).filter(|at| ['"', '\''].contains(&text[*at]))?;
    let value = &text[quote + 1..];
    let end = value
        .iter()
        .position(|c| *c == text[quote])
        .unwrap_or(value.len());
    Some((quote + 1, quote + 1 + end))
}

/// Where the password stands if the text begins with `://user:password@`.
fn in_address(text: &[char]) -> Option<(usize, usize)> {
    if !text.starts_with(&[':', '/', '/']) {
        return None;
    }
    let ends = |c: &char| "/?#\"'<> ".contains(*c);
    let authority = &text[3..];
    let end = authority.iter().position(ends).unwrap_or(authority.len());
    let at = authority[..end].iter().rposition(|c| *c == '@')?;
    let colon = authority[..at].iter().position(|c| *c == ':')?;
    Some((3 + colon + 1, 3 + at))
}

#[cfg(test)]
mod tests {
    use system_net::Configuration;

    use super::{lines, masked};

    #[test]
    fn passwords_are_masked() {
        for (text, shown) in [
            (
                "<network password=\"geheim\" port='x'/>",
                "<network password=\"******\" port='x'/>",
            ),
            (
                "PassWord = 'a\"b' password='c",
                "PassWord = '***' password='*",
            ),
            ("a='http://u:p@h/x:y@z'", "a='http://u:*@h/x:y@z'"),
            ("a='http://u:p:q@w@h'", "a='http://u:*****@h'"),
            (
                "a='http://u@h/' password=x password",
                "a='http://u@h/' password=x password",
            ),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn the_caret_stands_below_the_column() {
        let report = Configuration::check_bytes("<a>\n\t\u{e4}<b/>".as_bytes(), "f");
        assert_eq!(lines(&report, 2, 3), ["2 |  \u{e4}<b/>", "  |   ^"]);
        assert!(lines(&report, 0, 0).is_empty());
        assert!(lines(&report, 3, 1).is_empty());
    }
}
