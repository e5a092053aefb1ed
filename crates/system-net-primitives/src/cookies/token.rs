//! The text of `Set-Cookie` and `Cookie` headers, cut into names and values as .NET cuts it: `;`
//! ends an attribute, `,` a cookie, and neither counts within quotes.

/// One attribute, or the pair at the beginning of a cookie.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) name: &'a str,
    /// `None` where there is no `=`.
    pub(super) value: Option<&'a str>,
    /// Whether the name or the value begins with a quote.
    pub(super) quoted: bool,
}

/// What ended a piece of text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Attribute,
    Equals,
    Cookie,
    Text,
}

/// Cuts a header. Ask for tokens of one cookie until there is none, then go to the next cookie.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    first: bool,
    cookie_ended: bool,
    finished: bool,
}

impl<'a> Tokens<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            first: true,
            cookie_ended: false,
            finished: false,
        }
    }

    /// Goes to the next cookie; `false` at the end of the text.
    pub(super) fn next_cookie(&mut self) -> bool {
        self.first = true;
        self.cookie_ended = false;
        !self.finished && !self.rest.trim_start().is_empty()
    }

    /// The next token of this cookie. It can be without a name: between `;;`, and where a cookie
    /// begins with `=` or `;`.
    pub(super) fn next_token(&mut self) -> Option<Token<'a>> {
        if self.cookie_ended || self.finished {
            return None;
        }
        let first = std::mem::replace(&mut self.first, false);
        let mut quoted = false;
        let (name, end) = self.piece(&mut quoted, false, false);
        self.note(end);
        if end != End::Equals {
            let nothing = name.is_empty() && end != End::Attribute;
            return (!nothing).then_some(Token {
                name,
                value: None,
                quoted,
            });
        }
        let date = !first && name.eq_ignore_ascii_case("expires");
        let (value, end) = self.piece(&mut quoted, true, date);
        self.note(end);
        Some(Token {
            name,
            value: Some(value),
            quoted,
        })
    }

    fn note(&mut self, end: End) {
        self.cookie_ended |= end == End::Cookie;
        self.finished |= end == End::Text;
    }

    /// Cuts off the text up to the next separator. With `date`, a comma behind a week day is none.
    fn piece(&mut self, quoted: &mut bool, value: bool, date: bool) -> (&'a str, End) {
        let text = self.rest.trim_start();
        let mut from = 0;
        let quote = quoted_length(text);
        *quoted |= quote > 0;
        let ends = |at: usize| match text.as_bytes()[at] {
            b';' => Some(End::Attribute),
            b'=' if !value => Some(End::Equals),
            b',' if !(date && is_week_day(&text[..at])) => Some(End::Cookie),
            _ => None,
        };
        let found = (quote..text.len()).find_map(|at| Some((at, ends(at)?)));
        let (at, end) = found.unwrap_or((text.len(), End::Text));
        self.rest = text.get(at + 1..).unwrap_or_default();
        if quote > 0 {
            // What stands between the quotes and the separator does not count.
            return (&text[..quote], end);
        }
        if date && let Some(comma) = text[..at].find(',') {
            from = comma + 1;
        }
        let piece = if *quoted {
            &text[from..at]
        } else {
            text[from..at].trim()
        };
        (piece, end)
    }
}

/// The length of a quoted text at the beginning, with its quotes; one that does not end goes on to
/// the end of the text.
fn quoted_length(text: &str) -> usize {
    let Some(inside) = text.strip_prefix('"') else {
        return 0;
    };
    let mut escaped = false;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 2,
            _ => {}
        }
    }
    text.len()
}

/// Whether the text is the week day of a date: letters only, and not more than one word.
fn is_week_day(text: &str) -> bool {
    let text = text.trim();
    text.len() >= 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// A text without the quotes around it.
pub(super) fn unquoted(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and values as `name=value`, `;` between tokens, `|` between cookies.
    fn cut(text: &str) -> String {
        let mut tokens = Tokens::new(text);
        let mut cookies = Vec::new();
        while tokens.next_cookie() {
            let mut cookie = Vec::new();
            while let Some(token) = tokens.next_token() {
                cookie.push(match token.value {
                    Some(value) => format!("{}={value}", token.name),
                    None => token.name.to_owned(),
                });
            }
            cookies.push(cookie.join(";"));
        }
        cookies.join("|")
    }

    #[test]
    fn set_cookie_is_cut_as_by_dotnet() {
        for (text, expected) in [
            ("a=b", "a=b"),
            (" a = b ; path = / ", "a=b;path=/"),
            ("a=b,c=d; secure", "a=b|c=d;secure"),
            ("a=\"b,c;d\"x; e", "a=\"b,c;d\";e"),
            (r#"a="b\",c""#, r#"a="b\",c""#),
            ("a=\"b; c", "a=\"b; c"),
            ("a=b;;c", "a=b;;c"),
            ("=b", "=b"),
            (";", ""),
            ("", ""),
            ("  ", ""),
            (",,a", "||a"),
            ("a=b,", "a=b"),
            ("a==b", "a==b"),
            (
                "a=b; expires=Wed, 09 Jun 2060 10:18:14 GMT,c=d",
                "a=b;expires=09 Jun 2060 10:18:14 GMT|c=d",
            ),
            (
                "a=b; expires=09 Jun 2060 10:18:14 GMT,c=d",
                "a=b;expires=09 Jun 2060 10:18:14 GMT|c=d",
            ),
            ("expires=Wed, x", "expires=Wed|x"),
            ("a=b; expires=\"Wed, 09\"", "a=b;expires=\"Wed, 09\""),
        ] {
            assert_eq!(cut(text), expected, "{text}");
        }
    }
}
