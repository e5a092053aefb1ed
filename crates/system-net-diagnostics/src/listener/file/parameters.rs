//! `network.log;maxsize=10MB;files=5`: a path, and when its file is put aside.

use super::TraceFile;

/// When a file is put aside for a new one, and how many of the old are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rotation {
    pub(super) max_size: u64,
    pub(super) files: u32,
}

/// Reads `network.log;maxsize=10MB;files=5`, the form that our own types of listeners have.
pub(in crate::listener) fn parse(text: &str) -> Result<TraceFile, String> {
    let mut parts = text.split(';').map(str::trim);
    let path = parts.next().filter(|path| !path.is_empty());
    let path = path.ok_or("initializeData names no file")?;
    let mut max_size = None;
    let mut files = 5;
    for part in parts.filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match &*name.trim().to_ascii_lowercase() {
            "maxsize" => max_size = Some(size(value.trim())?),
            "files" => {
                files = value
                    .trim()
                    .parse()
                    .ok()
                    .filter(|files| *files <= 1000)
                    .ok_or_else(|| format!("`{value}` is no number of files up to 1000"))?;
            }
            other => return Err(format!("no parameter `{other}`: known are maxsize, files")),
        }
    }
    let rotation = max_size.map(|max_size| Rotation { max_size, files });
    Ok(TraceFile::with_rotation(path, rotation))
}

/// `512`, `64KB`, `10MB`, `1GB`.
fn size(text: &str) -> Result<u64, String> {
    let upper = text.to_ascii_uppercase();
    let (digits, factor) = [("KB", 10), ("MB", 20), ("GB", 30)]
        .into_iter()
        .find_map(|(unit, shift)| Some((upper.strip_suffix(unit)?, 1_u64 << shift)))
        .unwrap_or((&upper, 1));
    digits
        .trim()
        .parse()
        .ok()
        .and_then(|number: u64| number.checked_mul(factor))
        .filter(|size| *size > 0)
        .ok_or_else(|| format!("`{text}` is no size, as 512, 64KB, 10MB or 1GB"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn trace_rotation_parameters() {
        for (text, path, expected) in [
            ("a.log", "a.log", None),
            ("a.log;maxsize=64KB", "a.log", Some((65_536, 5))),
            (" b ; MaxSize=10MB; files=2 ;", "b", Some((10 << 20, 2))),
            ("b;maxsize=7;files=0", "b", Some((7, 0))),
        ] {
            let file = parse(text).unwrap();
            assert_eq!(file.path, Path::new(path), "{text}");
            let rotation = file.rotation.map(|found| (found.max_size, found.files));
            assert_eq!(rotation, expected, "{text}");
        }
        for (text, expected) in [
            ("", "names no file"),
            (";maxsize=1", "names no file"),
            ("a;maxsize=0", "`0` is no size"),
            ("a;maxsize=ten", "`ten` is no size"),
            ("a;maxsize=99999999999GB", "is no size"),
            ("a;files=-1", "`-1` is no number"),
            ("a;size=5", "no parameter `size`"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
