//! A file that lines are appended to, opened by the first of them.

mod parameters;
#[cfg(not(unix))]
#[path = "file/elsewhere.rs"]
mod system;
#[cfg(unix)]
#[path = "file/unix.rs"]
mod system;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

pub(super) use parameters::parse;

use parameters::Rotation;

/// How long whoever writes waits for others who have the file, altogether. It takes them a write;
/// but their process may have been stopped.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a file may be put aside by others between being opened and locked.
const REPLACED: usize = 1000;

/// Appends whole blocks, each by one call of the system: nothing is kept back, so nothing is lost
/// however the program ends, and programs that write to one file do not mix their lines.
#[derive(Debug)]
pub(super) struct TraceFile {
    path: PathBuf,
    rotation: Option<Rotation>,
    open: Option<File>,
    /// Whether it was waited for in vain, and no more of it.
    locked_out: bool,
}

impl TraceFile {
    /// A file that grows without limit.
    pub(super) fn new(path: impl Into<PathBuf>) -> Self {
        Self::with_rotation(path, None)
    }

    fn with_rotation(path: impl Into<PathBuf>, rotation: Option<Rotation>) -> Self {
        Self {
            path: path.into(),
            rotation,
            open: None,
            locked_out: false,
        }
    }

    fn opened(&mut self) -> io::Result<File> {
        if let Some(open) = self.open.take() {
            return Ok(open);
        }
        system::open(OpenOptions::new().append(true).create(true), &self.path)
            .map_err(|error| named(&error, "open", &self.path))
    }

    fn append(&mut self, mut file: File, block: &[u8]) -> io::Result<()> {
        let written = file.write_all(block);
        self.open = Some(file);
        written.map_err(|error| named(&error, "write to", &self.path))
    }

    /// Writes to a file of a limited size. Others may write to it too, in this process and in
    /// others: all take turns by a lock of the file itself. Whoever has it, and finds that the file
    /// is still the one of the path, says whether it is full and puts it aside; whoever gets it
    /// then finds another file there, and turns to that.
    fn write_limited(&mut self, block: &[u8], rotation: Rotation) -> io::Result<()> {
        let mut problem = Ok(());
        for _ in 0..REPLACED {
            let file = self.opened()?;
            let alone = match self.lock(&file) {
                Ok(()) => true,
                Err(error) => {
                    problem = Err(named(&error, "lock", &self.path));
                    false
                }
            };
            if alone && !system::is_at(&file, &self.path) {
                continue;
            }
            let size = file.metadata().map_or(0, |metadata| metadata.len());
            let full = size > 0 && size.saturating_add(block.len() as u64) > rotation.max_size;
            if alone && full {
                match self.rotate(rotation.files) {
                    Ok(()) => continue,
                    // The file grows on, and whoever writes hears of it.
                    Err(error) => problem = Err(error),
                }
            }
            let written = self.append(file, block);
            if alone && let Some(file) = &self.open {
                system::unlock(file).map_err(|error| named(&error, "unlock", &self.path))?;
            }
            return written.and(problem);
        }
        let replaced = io::Error::other("others put it aside all the time");
        Err(named(&replaced, "write to", &self.path))
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "a lock that is given up after a time is asked for again and again"
    )]
    fn lock(&mut self, file: &File) -> io::Result<()> {
        let (mut pause, mut waited) = (Duration::from_micros(50), Duration::ZERO);
        while !system::try_lock(file)? {
            if self.locked_out || waited >= PATIENCE {
                self.locked_out = true;
                return Err(io::Error::other(
                    "another program has locked it; it may grow beyond its limit",
                ));
            }
            thread::sleep(pause);
            waited += pause;
            pause = (pause * 2).min(Duration::from_millis(5));
        }
        self.locked_out = false;
        Ok(())
    }

    /// Puts the file aside as `NAME.1`, the one of that name as `NAME.2`, and so on; the file of
    /// the path last, so that nobody finds the place free before.
    fn rotate(&self, files: u32) -> io::Result<()> {
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
        match self.rotation {
            None => {
                let file = self.opened()?;
                self.append(file, block)?;
            }
            Some(rotation) => self.write_limited(block, rotation)?,
        }
        Ok(block.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn named(error: &io::Error, what: &str, path: &Path) -> io::Error {
    let text = format!("cannot {what} {}: {error}", path.display());
    io::Error::new(error.kind(), text)
}

#[cfg(test)]
mod tests;
