//! Rust text as the checks read it: code without comments and string contents, test modules cut
//! out, and the names of the tests a file defines. A reader of this workspace's formatted sources,
//! not a parser of the language.

use std::sync::LazyLock;

use regex::Regex;

/// The text with comments and the contents of string and character literals turned into spaces;
/// line ends stay, so that positions still give line numbers.
pub(crate) fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => block_comment_end(bytes, at),
            b'"' => string_end(bytes, at),
            b'r' if !continues_word(bytes, at) => match raw_string_end(bytes, at) {
                Some(end) => end,
                None => at,
            },
            b'\'' => char_end(bytes, at),
            _ => at,
        };
        if end == at {
            at += 1;
            continue;
        }
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    // Whole literals and comments are replaced, so no character is ever cut.
    String::from_utf8_lossy(&code).into_owned()
}

/// [`code_only`], with each `#[cfg(test)] mod … { … }` blanked as well.
pub(crate) fn library_code(text: &str) -> String {
    static MODULE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*mod\s+\w+\s*\{").expect("fixed pattern")
    });
    let mut code = code_only(text).into_bytes();
    while let Some(found) = MODULE
        .find(&String::from_utf8_lossy(&code))
        .map(|found| found.range())
    {
        let mut depth = 0_usize;
        let mut end = found.end - 1;
        while end < code.len() {
            match code[end] {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            end += 1;
            if depth == 0 {
                break;
            }
        }
        for byte in &mut code[found.start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// Whether a file holds tests only, by the house's layout.
pub(crate) fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.starts_with("tests/") || path.contains("/tests/")
}

/// The line number of a byte position.
pub(crate) fn line_of(text: &str, position: usize) -> usize {
    text.as_bytes()[..position]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

/// The functions of a file that a test runner calls, as `file::name`, where `file` is the path
/// without `.rs`, with `::` for `/`: a filter may name a module as well as a function.
pub(crate) fn tests_of(path: &str, text: &str) -> Vec<String> {
    static FUNCTION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^\s*(?:pub(?:\([a-z]+\))? )?(?:async )?fn (\w+)\s*\(")
            .expect("fixed pattern")
    });
    static MARK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s*#\[(?:\w+::)*test(?:\([^\]]*\))?\]").expect("fixed pattern")
    });
    let code = code_only(text);
    let lines: Vec<&str> = code.lines().collect();
    let module = path.trim_end_matches(".rs").replace('/', "::");
    let mut names = Vec::new();
    for found in FUNCTION.captures_iter(&code) {
        // The match may begin in empty lines above; its group is on the line that counts.
        let name = found.get(1).expect("the pattern has one group");
        let line = line_of(&code, name.start()) - 1;
        let marked = lines[..line]
            .iter()
            .rev()
            .take_while(|above| {
                let above = above.trim();
                above.is_empty() || above.starts_with('#') || above.ends_with(']')
            })
            .any(|above| MARK.is_match(above));
        if marked {
            names.push(format!("{module}::{}", name.as_str()));
        }
    }
    names
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    bytes[start..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| start + length)
}

fn block_comment_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn raw_string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let hashes = bytes[start + 1..]
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    let open = start + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return None;
    }
    let mut close = vec![b'"'];
    close.resize(hashes + 1, b'#');
    let rest = &bytes[open + 1..];
    let length = rest
        .windows(close.len())
        .position(|window| window == close)?;
    Some(open + 1 + length + close.len())
}

/// The end of a character literal, or `start` for a lifetime.
fn char_end(bytes: &[u8], start: usize) -> usize {
    match bytes.get(start + 1) {
        Some(b'\\') => {
            let rest = &bytes[(start + 3).min(bytes.len())..];
            rest.iter()
                .position(|byte| *byte == b'\'')
                .map_or(start, |length| start + 3 + length + 1)
        }
        Some(first) => {
            let width = match first {
                0xF0.. => 4,
                0xE0.. => 3,
                0xC0.. => 2,
                _ => 1,
            };
            let end = start + 1 + width;
            if bytes.get(end) == Some(&b'\'') {
                end + 1
            } else {
                start
            }
        }
        None => start,
    }
}

fn continues_word(bytes: &[u8], at: usize) -> bool {
    // `br"…"` and `cr"…"` are raw strings too; any other letter before `r` makes it a name.
    match at.checked_sub(1).map(|before| bytes[before]) {
        Some(b'b' | b'c') => {
            at >= 2 && (bytes[at - 2].is_ascii_alphanumeric() || bytes[at - 2] == b'_')
        }
        Some(before) => before.is_ascii_alphanumeric() || before == b'_',
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_code(text: &str, expected: &str) {
        assert_eq!(code_only(text), expected);
    }

    #[test]
    fn comments_and_literals_become_spaces() {
        check_code("a // b\nc", "a     \nc");
        check_code("a /* b /* c */ d */ e", "a                   e");
        check_code(r#"f("x\"y") g"#, "f(      ) g");
        check_code("f(r#\"x\"y\"#) g", "f(        ) g");
        check_code("br\"x\" y", "b     y");
        check_code("for 'a in '\\'' 'b'", "for 'a in         ");
        check_code("let r = bar;", "let r = bar;");
    }

    #[test]
    fn test_modules_are_not_library_code() {
        let code =
            library_code("fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { \"}\"; }\n}\nfn c() {}");
        assert!(code.contains("fn a") && code.contains("fn c") && !code.contains("fn b"));
        assert_eq!(code.lines().count(), 6);
    }

    #[test]
    fn tests_are_found_by_their_attribute() {
        let text = "#[test]\nfn one() {}\n\n#[tokio::test(flavor = \"multi_thread\")]\nasync fn two() {}\n\
            fn helper() {}\nproptest! {\n    /// About it.\n    #[test]\n    fn three(x in 0..3) {}\n}\n// #[test]\nfn four() {}";
        let names = tests_of("crates/x/src/a/tests.rs", text);
        let prefix = "crates::x::src::a::tests";
        assert_eq!(
            names,
            ["one", "two", "three"].map(|name| format!("{prefix}::{name}"))
        );
    }
}
