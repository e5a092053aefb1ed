//! Names of file servers: like domain names, but the first label may be of `-` and `_` alone,
//! must not be all digits, and letters of any script are allowed.

/// Reads a name up to a byte that `ends` accepts, or the end; returns where it ends.
pub(crate) fn scan(text: &str, start: usize, ends: impl Fn(u8) -> bool) -> Option<usize> {
    let mut valid = false;
    let mut first_label = true;
    let mut last = ' ';
    let mut end = text.len();
    for (offset, c) in text[start..].char_indices() {
        if c.is_ascii() && ends(c as u8) {
            end = start + offset;
            break;
        }
        match c {
            '.' if first_label => {
                if !valid {
                    return None;
                }
                first_label = false;
            }
            '.' => {
                if !valid || last == '.' {
                    return None;
                }
                valid = false;
            }
            '-' | '_' if first_label => valid = true,
            '-' | '_' => {
                if !valid {
                    return None;
                }
            }
            '0'..='9' => valid |= !first_label,
            _ if c.is_alphabetic() => valid = true,
            _ => return None,
        }
        last = c;
    }
    (valid || last == '.')
        .then_some(end)
        .filter(|&end| end > start)
}
