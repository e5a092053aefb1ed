//! The file name a URL or a server suggests, made safe: it names a file in the current folder or nothing.

use percent_encoding::percent_decode_str;

/// The longest name that common file systems take, in bytes.
const LONGEST: usize = 255;

/// The name for `-O`: the last part of the path, decoded, without anything that could lead out of
/// the folder or that a terminal could take for a command. `None` if nothing is left.
pub(crate) fn from_path(path: &str) -> Option<String> {
    let last = path.rsplit('/').next().unwrap_or_default();
    let decoded = percent_decode_str(last).decode_utf8_lossy();
    safe(&decoded)
}

/// The name that a `Content-Disposition` gives, in the same way: that of `filename*` before that of
/// `filename` (RFC 6266 section 4.3).
pub(crate) fn from_disposition(field: &str) -> Option<String> {
    let (mut plain, mut extended) = (None, None);
    let mut rest = field.split_once(';')?.1;
    while let Some((key, after)) = rest.split_once('=') {
        let (value, behind) = parameter(after.trim_start());
        match key.trim().to_ascii_lowercase().as_str() {
            "filename" => plain = plain.or(Some(value)),
            "filename*" => extended = extended.or_else(|| extended_value(&value)),
            _ => {}
        }
        rest = behind.split_once(';').map_or("", |(_, rest)| rest);
    }
    safe(&extended.or(plain)?)
}

/// A value, in quotes or not, and what stands behind it.
fn parameter(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, _) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim().to_owned(), &text[value.len()..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, kept)| kept)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// `UTF-8'en'na%20me` (RFC 8187); other character sets than UTF-8 are not understood.
fn extended_value(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    let decoded = percent_decode_str(encoded).decode_utf8().ok()?;
    charset
        .eq_ignore_ascii_case("utf-8")
        .then(|| decoded.into_owned())
}

fn safe(decoded: &str) -> Option<String> {
    // An encoded separator is one to the file system: only what stands behind it counts.
    let name = decoded.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name: String = name
        .chars()
        .map(|char| if is_plain(char) { char } else { '_' })
        .collect();
    while name.len() > LONGEST {
        name.pop();
    }
    // "." and "..", and names that a shell hides.
    let name = name.trim_start_matches('.').trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Not a control character, and none of those that reverse the writing direction.
fn is_plain(char: char) -> bool {
    !char.is_control()
        && !matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        && char != '\u{fffd}'
        && char != ':'
}

#[cfg(test)]
mod tests {
    use super::{from_disposition, from_path};

    #[test]
    fn names_stay_in_the_folder() {
        for (path, name) in [
            ("/a/file.txt", Some("file.txt")),
            ("/file%20name.txt", Some("file name.txt")),
            ("/%C3%BCber", Some("über")),
            ("/", None),
            ("/a/", None),
            ("/..", None),
            ("/%2e%2e", None),
            ("/%2e%2e%2fpasswd", Some("passwd")),
            ("/..%5c..%5cboot.ini", Some("boot.ini")),
            ("/%2fetc%2fpasswd", Some("passwd")),
            ("/.bashrc", Some("bashrc")),
            ("/a%00b", Some("a_b")),
            ("/a%0d%0ab", Some("a__b")),
            ("/%1b%5b31m", Some("_[31m")),
            ("/c%3Ax", Some("c_x")),
            ("/a%E2%80%AEtxt.exe", Some("a_txt.exe")),
            ("/%ff", Some("_")),
            ("/%20", None),
        ] {
            assert_eq!(from_path(path).as_deref(), name, "{path}");
        }
        for (field, name) in [
            ("attachment; filename=a.txt", Some("a.txt")),
            (
                "attachment; filename=\"a b;c\\\".txt\"; size=3",
                Some("a b;c\".txt"),
            ),
            ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            ("attachment; filename=\"C:\\\\boot.ini\"", Some("boot.ini")),
            ("attachment; filename=\".bashrc\"", Some("bashrc")),
            ("attachment; filename=\"a%2fb\"", Some("a%2fb")),
            ("inline; FileName = x ; y", Some("x")),
            (
                "attachment; filename=a; filename*=UTF-8'de'%C3%BC%2f..%2Fb",
                Some("b"),
            ),
            (
                "attachment; filename*=utf-8''na%20me; filename=\"x\"",
                Some("na me"),
            ),
            (
                "attachment; filename*=ISO-8859-1''%FC; filename=x",
                Some("x"),
            ),
            ("attachment; filename=\"..\"", None),
            ("attachment; filename=", None),
            ("attachment", None),
            ("filename=x", None),
        ] {
            assert_eq!(from_disposition(field).as_deref(), name, "{field}");
        }
        let long = format!("/{}", "ä".repeat(200));
        assert_eq!(from_path(&long).unwrap().len(), 254);
    }
}
