//! The path by which a request is matched with prefixes.

use std::borrow::Cow;

use system_net_uri::Uri;

/// The path with its dot segments resolved and its escapes undone, or `None` if it has no such
/// form. Escaped slashes, backslashes and NULs stay escaped: they separate nothing.
///
/// What is matched is what [`Uri`] makes of the path, so that a prefix cannot be left by a way that
/// the handler's own look at the URL would not show.
pub(crate) fn canonical_path(raw: &str) -> Option<Cow<'_, [u8]>> {
    if is_canonical(raw.as_bytes()) {
        return Some(Cow::Borrowed(raw.as_bytes()));
    }
    let uri = Uri::parse(&format!("http://h{raw}")).ok()?;
    Some(Cow::Owned(unescape(uri.absolute_path().as_bytes())))
}

/// Nothing to undo, as in nearly every path.
#[inline]
fn is_canonical(path: &[u8]) -> bool {
    let mut before = 0;
    path.iter().all(|&byte| {
        let plain = byte.is_ascii_graphic()
            && !matches!(byte, b'%' | b'\\' | b'?' | b'#')
            && !(byte == b'.' && before == b'/');
        before = byte;
        plain
    })
}

fn unescape(path: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&byte, tail)) = rest.split_first() {
        let decoded = match tail {
            [high, low, ..] if byte == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match decoded.map(|(high, low)| high << 4 | low) {
            Some(decoded) if !matches!(decoded, b'/' | b'\\' | 0) => {
                bytes.push(decoded);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    bytes
}

/// Path and query with those escapes of the path undone that stand for characters a path may hold
/// as they are and that separate nothing (RFC 3986 section 3.3: `pchar`).
pub(crate) fn unescape_url(raw: &str) -> Cow<'_, str> {
    let (path, query) = raw.split_at(raw.find('?').unwrap_or(raw.len()));
    if !path.contains('%') {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let byte = match rest.as_bytes() {
            [_, high, low, ..] => hex(*high).zip(hex(*low)).map(|(h, l)| h << 4 | l),
            _ => None,
        };
        let whole = match byte {
            Some(b) if b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&b) => {
                text.push(char::from(b));
                3
            }
            _ => {
                text.push('%');
                1
            }
        };
        rest = &rest[whole..];
    }
    text.push_str(rest);
    text.push_str(query);
    Cow::Owned(text)
}

/// The value of a hexadecimal digit.
pub(crate) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_escapes() {
        for (raw, url) in [
            ("/a?%3B", "/a?%3B"),
            ("/a%3Bb%40?%3B", "/a;b@?%3B"),
            ("/%2e%2E/%41", "/../A"),
            ("/%2F%5c%3F%23%25%00%20%E4", "/%2F%5c%3F%23%25%00%20%E4"),
            ("/%253B", "/%253B"),
            ("/%", "/%"),
            ("/%3", "/%3"),
            ("/%zz%3B", "/%zz;"),
            ("/%\u{e4}%3B", "/%\u{e4};"),
        ] {
            assert_eq!(unescape_url(raw), url, "{raw}");
        }
    }

    #[test]
    fn canonical_paths() {
        #[track_caller]
        fn check(raw: &str, path: &str) {
            let canonical = canonical_path(raw).unwrap();
            assert_eq!(canonical.escape_ascii().to_string(), path, "{raw}");
        }
        check("/", "/");
        check("/a/b.html", "/a/b.html");
        check("/a/./b/../c", "/a/c");
        check("/../../x", "/x");
        check("/a/%2e%2e/b", "/b");
        check("/a%20b", "/a b");
        check("/a%2fb%5Cc%00", "/a%2fb%5Cc%00");
        check("/a\\b", "/a/b");
        check("/%", "/%");
        check("/%zz", "/%zz");
        check("/%e4", "/\\xe4");
    }
}
