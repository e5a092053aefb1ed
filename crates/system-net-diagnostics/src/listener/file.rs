//! A file that lines are appended to, opened by the first of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Appends whole blocks, each by one call of the system: nothing is kept back, so nothing is lost
/// however the program ends, and programs that write to one file do not mix their lines.
#[derive(Debug)]
pub(super) struct TraceFile {
    path: PathBuf,
    rotation: Option<Rotation>,
    open: Option<(File, u64)>,
}

/// When a file is put aside for a new one, and how many of the old are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rotation {
    pub(super) max_size: u64,
    pub(super) files: u32,
}

impl TraceFile {
    pub(super) fn new(path: impl Into<PathBuf>, rotation: Option<Rotation>) -> Self {
        Self {
            path: path.into(),
            rotation,
            open: None,
        }
    }

    fn open(&self) -> io::Result<(File, u64)> {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.path)
            .map_err(|error| named(&error, "open", &self.path))?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        Ok((file, size))
    }

    /// Puts the file aside as `NAME.1`, the one of that name as `NAME.2`, and so on.
    fn rotate(&mut self, files: u32) -> io::Result<()> {
        self.open = None;
        if files == 0 {
            return fs::remove_file(&self.path).map_err(|e| named(&e, "remove", &self.path));
        }
        for number in (1..files).rev() {
            let older = self.numbered(number);
            if older.exists() {
                let to = self.numbered(number + 1);
                fs::rename(&older, to).map_err(|e| named(&e, "rename", &older))?;
            }
        }
        fs::rename(&self.path, self.numbered(1)).map_err(|e| named(&e, "rename", &self.path))
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

impl Write for TraceFile {
    /// Writes a whole block.
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        let length = block.len() as u64;
        let (mut file, mut size) = match self.open.take() {
            Some(open) => open,
            None => self.open()?,
        };
        let mut rotated = Ok(());
        if let Some(rotation) = self.rotation
            && size > 0
            && size.saturating_add(length) > rotation.max_size
        {
            drop(file);
            // If that fails the file grows on, and whoever writes hears of it.
            rotated = self.rotate(rotation.files);
            (file, size) = self.open()?;
        }
        let written = file.write_all(block);
        self.open = Some((file, size.saturating_add(length)));
        written.map_err(|error| named(&error, "write to", &self.path))?;
        rotated.map(|()| block.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn named(error: &io::Error, what: &str, path: &Path) -> io::Error {
    let text = format!("cannot {what} {}: {error}", path.display());
    io::Error::new(error.kind(), text)
}

/// Reads `network.log;maxsize=10MB;files=5`, the form that our own types of listeners have.
pub(super) fn parse(text: &str) -> Result<TraceFile, String> {
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
    Ok(TraceFile::new(path, rotation))
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

    #[test]
    fn trace_rotation_by_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let rotation = Rotation {
            max_size: 8,
            files: 2,
        };
        let mut file = TraceFile::new(&path, Some(rotation));
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).ok();
        for block in ["one\n", "two\n", "three\n", "a long one\n", "b\n"] {
            assert_eq!(file.write(block.as_bytes()).unwrap(), block.len());
        }
        // What does not fit at all still has a file of its own.
        assert_eq!(read("a.log").as_deref(), Some("b\n"));
        assert_eq!(read("a.log.1").as_deref(), Some("a long one\n"));
        assert_eq!(read("a.log.2").as_deref(), Some("three\n"));
        assert_eq!(read("a.log.3"), None);
        // A file of an earlier run is gone on with.
        let mut next = TraceFile::new(&path, Some(rotation));
        next.write_all(b"c\n").unwrap();
        assert_eq!(read("a.log").as_deref(), Some("b\nc\n"));
        let none = Rotation {
            max_size: 8,
            files: 0,
        };
        let mut alone = TraceFile::new(&path, Some(none));
        alone.write_all(b"12345\n").unwrap();
        assert_eq!(read("a.log").as_deref(), Some("12345\n"));
        assert_eq!(read("a.log.1").as_deref(), Some("a long one\n"));
    }
}
