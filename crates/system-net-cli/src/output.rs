//! Where a body goes: stdout, a file that appears when it is whole, or the JSON report.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use system_net::Uri;
use tempfile::NamedTempFile;

use crate::arguments::Body;
use crate::failure::{FAILED, Failure, WRITE};
use crate::file_name;

/// The longest body that a JSON report holds.
const LONGEST_IN_REPORT: usize = 16 << 20;

/// Where the options send a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// stdout; binary data is kept from a terminal unless it was asked for by `-o -`.
    Stdout { guarded: bool },
    /// This file.
    File(PathBuf),
    /// A file of this name in the current folder, never elsewhere.
    InFolder(PathBuf),
    /// The report.
    Report,
    /// Nowhere: the headers are all that is wanted.
    Nowhere,
}

impl Destination {
    pub(crate) fn choose(options: &Body, json: bool, uri: &Uri) -> Result<Self, Failure> {
        match &options.output {
            Some(path) if path == Path::new("-") && !json => Ok(Self::Stdout { guarded: false }),
            Some(path) if path == Path::new("-") => Ok(Self::Report),
            Some(path) => Ok(Self::File(path.clone())),
            None if options.remote_name => file_name::from_path(uri.absolute_path())
                .map(|name| Self::InFolder(PathBuf::from(name)))
                .ok_or_else(|| {
                    Failure::new(WRITE, format_args!("-O: {uri} names no file"))
                        .advise("name one with -o")
                }),
            None if json => Ok(Self::Report),
            None => Ok(Self::Stdout { guarded: true }),
        }
    }

    /// The file it goes to, for the report.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) | Self::InFolder(path) => Some(path),
            _ => None,
        }
    }

    /// Whether what is printed comes to a terminal, where a progress bar would be in the way.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Self::Stdout { .. }) && io::stdout().is_terminal()
    }

    pub(crate) fn open(&self) -> Result<Output, Failure> {
        let fail = |path: &Path, error| Failure::file(WRITE, path.display(), &error);
        let sink = match self {
            // Not through std's stdout, which looks for line ends in every piece.
            Self::Stdout { guarded } => {
                let stdout = io::stdout();
                let terminal = stdout.is_terminal();
                let stdout = stdout
                    .as_fd()
                    .try_clone_to_owned()
                    .map_err(|error| Failure::file(WRITE, "stdout", &error))?;
                Sink::Stdout {
                    stdout: File::from(stdout),
                    guard: *guarded && terminal,
                }
            }
            Self::File(path) => {
                let target = path.canonicalize().unwrap_or_else(|_| path.clone());
                match target.metadata() {
                    // A device or a pipe: there is nothing to replace.
                    Ok(facts) if !facts.is_file() => Sink::Direct {
                        file: OpenOptions::new()
                            .write(true)
                            .open(&target)
                            .map_err(|error| fail(path, error))?,
                        path: path.clone(),
                    },
                    _ => Sink::whole(target).map_err(|error| fail(path, error))?,
                }
            }
            // A link of that name is replaced, not followed.
            Self::InFolder(path) => Sink::whole(path.clone()).map_err(|error| fail(path, error))?,
            Self::Report => Sink::Memory(Vec::new()),
            Self::Nowhere => Sink::Nowhere,
        };
        Ok(Output { sink })
    }
}

/// An open destination.
pub(crate) struct Output {
    sink: Sink,
}

enum Sink {
    Stdout { stdout: File, guard: bool },
    Direct { file: File, path: PathBuf },
    Whole { file: NamedTempFile, path: PathBuf },
    Memory(Vec<u8>),
    Nowhere,
}

impl Sink {
    /// A file beside `path` that takes its place at the end.
    fn whole(path: PathBuf) -> io::Result<Self> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        // The mask of the process still counts, as for any new file.
        let file = tempfile::Builder::new()
            .prefix(".sysnet-")
            .suffix(".part")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder.unwrap_or_else(|| Path::new(".")))?;
        Ok(Self::Whole { file, path })
    }
}

impl Output {
    pub(crate) fn write(&mut self, piece: &[u8]) -> Result<(), Failure> {
        match &mut self.sink {
            Sink::Stdout { stdout, guard } => {
                if *guard && piece.contains(&0) {
                    return Err(Failure::new(
                        WRITE,
                        "the body is binary and was kept from the terminal",
                    )
                    .advise("write it to a file with -o FILE or -O")
                    .advise("send it to the terminal all the same with -o -"));
                }
                stdout
                    .write_all(piece)
                    .map_err(|error| Failure::file(WRITE, "stdout", &error))
            }
            Sink::Direct { file, path } => file
                .write_all(piece)
                .map_err(|error| Failure::file(WRITE, path.display(), &error)),
            Sink::Whole { file, path } => file
                .write_all(piece)
                .map_err(|error| Failure::file(WRITE, path.display(), &error)),
            Sink::Memory(bytes) => {
                if bytes.len() + piece.len() > LONGEST_IN_REPORT {
                    return Err(Failure::new(
                        FAILED,
                        "the body is too long for a JSON report (16 MiB)",
                    )
                    .advise("write it to a file with -o FILE or -O"));
                }
                bytes.extend_from_slice(piece);
                Ok(())
            }
            Sink::Nowhere => Ok(()),
        }
    }

    /// The body is whole: a file takes its place. Gives what the report shall hold.
    pub(crate) fn finish(self) -> Result<Option<Vec<u8>>, Failure> {
        match self.sink {
            Sink::Whole { file, path } => match file.persist(&path) {
                Ok(_) => Ok(None),
                Err(error) => Err(Failure::file(WRITE, path.display(), &error.error)),
            },
            Sink::Memory(bytes) => Ok(Some(bytes)),
            _ => Ok(None),
        }
    }
}
