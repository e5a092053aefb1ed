//! Where lines go: a writer of the program's, or a file that is changed for a fresh one when it is full
//! or the day ends.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::format::{Layout, stamp};

/// When a file is put aside and a fresh one begun. The old one gets the moment behind its name:
/// `access.log.20260102-030405`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessLogRotation {
    /// Never; whoever moves the file away calls [`AccessLog::reopen`](super::AccessLog::reopen).
    #[default]
    Never,
    /// Before a line with which the file would be larger than so many bytes.
    Bytes(u64),
    /// With the first line of a new day of UTC.
    Daily,
}

/// Told of each file that was put aside: to compress it, or to delete old ones. Runs beside the requests;
/// lines wait meanwhile.
pub type RotatedCallback = Box<dyn Fn(&Path) + Send + Sync>;

pub(super) enum Sink {
    Writer(Box<dyn Write + Send>),
    File(LogFile),
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Writer(_) => f.write_str("Writer"),
            Self::File(file) => f.debug_tuple("File").field(&file.path).finish(),
        }
    }
}

pub(super) struct LogFile {
    path: PathBuf,
    /// `None` after it could not be opened again.
    file: Option<File>,
    size: u64,
    /// The day of UTC that its lines are of.
    day: u64,
    rotation: AccessLogRotation,
    rotated: Option<RotatedCallback>,
}

fn day(now: SystemTime) -> u64 {
    let since = now.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_secs() / 86_400
}

impl Sink {
    /// Writes whole lines.
    pub(super) fn write(
        &mut self,
        lines: &[u8],
        layout: &Layout,
        now: SystemTime,
    ) -> io::Result<()> {
        match self {
            Self::Writer(writer) => {
                writer.write_all(lines)?;
                writer.flush()
            }
            Self::File(file) => file.write(lines, layout, now),
        }
    }

    /// What a fresh log begins with.
    pub(super) fn begin(&mut self, layout: &Layout, now: SystemTime) -> io::Result<()> {
        self.write(layout.heading(now).as_bytes(), layout, now)
    }

    /// Opens a file by its name again.
    pub(super) fn reopen(&mut self, layout: &Layout, now: SystemTime) -> io::Result<()> {
        match self {
            Self::Writer(_) => Ok(()),
            Self::File(file) => file.open(layout, now),
        }
    }
}

impl LogFile {
    pub(super) fn new(
        path: PathBuf,
        rotation: AccessLogRotation,
        rotated: Option<RotatedCallback>,
        layout: &Layout,
        now: SystemTime,
    ) -> io::Result<Self> {
        let mut this = Self {
            path,
            file: None,
            size: 0,
            day: 0,
            rotation,
            rotated,
        };
        this.open(layout, now)?;
        Ok(this)
    }

    /// Opens the file, at its end, and says what its lines are. If that fails, lines go where they went.
    fn open(&mut self, layout: &Layout, now: SystemTime) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?;
        let before = file.metadata()?;
        // A file of yesterday is put aside with the first line.
        self.day = match before.len() {
            0 => day(now),
            _ => before.modified().map_or_else(|_| day(now), day),
        };
        let heading = layout.heading(now);
        file.write_all(heading.as_bytes())?;
        self.size = before.len() + heading.len() as u64;
        self.file = Some(file);
        Ok(())
    }

    fn write(&mut self, mut lines: &[u8], layout: &Layout, now: SystemTime) -> io::Result<()> {
        if self.file.is_none() {
            self.open(layout, now)?;
        }
        if self.rotation == AccessLogRotation::Daily && self.day != day(now) {
            self.rotate(layout, now)?;
        }
        while !lines.is_empty() {
            let fitting = match self.rotation {
                AccessLogRotation::Bytes(limit) => fitting(lines, limit.saturating_sub(self.size)),
                _ => lines.len(),
            };
            let (piece, rest) = lines.split_at(fitting);
            if let Some(file) = &mut self.file {
                file.write_all(piece)?;
            }
            self.size += piece.len() as u64;
            lines = rest;
            if !lines.is_empty() {
                let heading = layout.heading(now).len() as u64;
                if self.size > heading {
                    self.rotate(layout, now)?;
                } else {
                    // A line that is larger than a file may be has one for itself.
                    let end = line_end(lines);
                    if let Some(file) = &mut self.file {
                        file.write_all(&lines[..end])?;
                    }
                    self.size += end as u64;
                    lines = &lines[end..];
                }
            }
        }
        Ok(())
    }

    /// Puts the file aside and begins a fresh one.
    fn rotate(&mut self, layout: &Layout, now: SystemTime) -> io::Result<()> {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{}", stamp(now)));
        let mut aside = PathBuf::from(&name);
        let mut number = 1;
        // Several in a second; nothing is written over.
        while aside.symlink_metadata().is_ok() {
            let mut next = name.clone();
            next.push(format!("-{number}"));
            aside = next.into();
            number += 1;
        }
        self.file = None;
        std::fs::rename(&self.path, &aside)?;
        self.open(layout, now)?;
        if let Some(rotated) = &self.rotated {
            rotated(&aside);
        }
        Ok(())
    }
}

fn line_end(lines: &[u8]) -> usize {
    let end = lines.iter().position(|byte| *byte == b'\n');
    end.map_or(lines.len(), |at| at + 1)
}

/// How many bytes of whole lines there are within `room`.
fn fitting(lines: &[u8], room: u64) -> usize {
    let room = usize::try_from(room).map_or(lines.len(), |room| room.min(lines.len()));
    let end = lines[..room].iter().rposition(|byte| *byte == b'\n');
    end.map_or(0, |at| at + 1)
}
