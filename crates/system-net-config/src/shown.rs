//! Texts of files as people see them in errors, warnings and `Debug`: short, without control
//! characters, and without the passwords of addresses.

use std::borrow::Cow;

/// How many characters of a value or a name are shown.
#[cfg(feature = "xml")]
const LONGEST: usize = 100;

/// How many characters a message has, of which a value or two are a part.
#[cfg(feature = "xml")]
const LONGEST_MESSAGE: usize = 1000;

/// A text with stars in place of the password of an address. Of a text that is no address, as one
/// that is refused, rather too much is masked than too little: whatever is behind the first colon and
/// before the last `@`.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let Some(at) = text.rfind('@') else {
        return Cow::Borrowed(text);
    };
    let before = &text[..at];
    let user = before.find("://").map_or(0, |scheme| scheme + 3);
    match before[user..].find(':') {
        None => Cow::Borrowed(text),
        Some(colon) => Cow::Owned([&text[..=user + colon], "***", &text[at..]].concat()),
    }
}

/// As [`masked`], of a value that need not be there.
pub(crate) fn masked_option(text: &Option<String>) -> Option<Cow<'_, str>> {
    text.as_deref().map(masked)
}

/// A value between backticks, and behind them how long it is if that is too long to be shown.
#[cfg(feature = "xml")]
pub(crate) fn quoted(text: &str) -> String {
    let (text, more) = cut(&masked(text), LONGEST);
    format!("`{text}`{more}")
}

/// The name of an element or an attribute, or its path.
#[cfg(feature = "xml")]
pub(crate) fn name(text: &str) -> String {
    let (text, more) = cut(text, LONGEST);
    text + &more
}

/// What is said as a whole, on one line.
#[cfg(feature = "xml")]
pub(crate) fn message(text: &str) -> String {
    let (text, more) = cut(text, LONGEST_MESSAGE);
    text + &more
}

/// The first characters and, if there are more, how many there are in all.
#[cfg(feature = "xml")]
fn cut(text: &str, longest: usize) -> (String, String) {
    let Some((end, _)) = text.char_indices().nth(longest) else {
        return (on_one_line(text), String::new());
    };
    let more = format!(" ({} characters)", text.chars().count());
    (on_one_line(&text[..end]) + "…", more)
}

/// A text with its control characters as `\n` or `\u{1b}`: they would end the line or steer the
/// terminal. So would those that turn the direction of writing.
#[cfg(feature = "xml")]
pub(crate) fn on_one_line(text: &str) -> String {
    let steers = |c: char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}')
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        c.is_control() || turns
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match steers(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_addresses_are_masked() {
        for (text, shown) in [
            ("", ""),
            ("http://proxy:80", "http://proxy:80"),
            ("http://user@proxy:80", "http://user@proxy:80"),
            ("http://user:S@proxy:80", "http://user:***@proxy:80"),
            ("http://user:@proxy", "http://user:***@proxy"),
            ("http://:S@proxy", "http://:***@proxy"),
            ("http://u:S/S@S@proxy:99999", "http://u:***@proxy:99999"),
            ("user:S@proxy:80", "user:***@proxy:80"),
            ("http:\\\\user:S@proxy", "http:***@proxy"),
            ("http//user:S@proxy://x", "http//user:***@proxy://x"),
            ("\u{e4}:\u{f6}@\u{fc}", "\u{e4}:***@\u{fc}"),
            ("jsmith@contoso.com", "jsmith@contoso.com"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    #[cfg(feature = "xml")]
    fn long_texts_are_cut_at_characters() {
        for (c, shown) in [('a', "a"), ('\u{1f600}', "\u{1f600}"), ('\n', "\\n")] {
            let text = |count| c.to_string().repeat(count);
            assert_eq!(quoted(&text(100)), format!("`{}`", shown.repeat(100)));
            let cut = format!("`{}…` (101 characters)", shown.repeat(100));
            assert_eq!(quoted(&text(101)), cut);
            assert_eq!(name(&text(5)), shown.repeat(5));
        }
        let long = message(&"m".repeat(1001));
        assert_eq!(long, "m".repeat(1000) + "… (1001 characters)");
    }

    #[test]
    #[cfg(feature = "xml")]
    fn what_steers_a_terminal_is_escaped() {
        let text = "\u{1b}[2J\u{7f}\u{85}\r\n\t\u{202e}\u{2066}\u{2028}\u{e4}\u{1f600}'\"";
        let shown =
            "\\u{1b}[2J\\u{7f}\\u{85}\\r\\n\\t\\u{202e}\\u{2066}\\u{2028}\u{e4}\u{1f600}'\"";
        assert_eq!(on_one_line(text), shown);
    }
}
