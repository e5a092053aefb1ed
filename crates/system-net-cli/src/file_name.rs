//! The file name a URL suggests, made safe: it names a file in the current folder or nothing.

use percent_encoding::percent_decode_str;

/// The longest name that common file systems take, in bytes.
const LONGEST: usize = 255;

/// The name for `-O`: the last part of the path, decoded, without anything that could lead out of
/// the folder or that a terminal could take for a command. `None` if nothing is left.
pub(crate) fn from_path(path: &str) -> Option<String> {
    let last = path.rsplit('/').next().unwrap_or_default();
    let decoded = percent_decode_str(last).decode_utf8_lossy();
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
    use super::from_path;

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
        let long = format!("/{}", "ä".repeat(200));
        assert_eq!(from_path(&long).unwrap().len(), 254);
    }
}
