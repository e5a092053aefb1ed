//! Where a body goes: stdout, a file that appears when it is whole, or the JSON report.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use system_net::{Uri, WebResponse};
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
    /// A file of this name in the current folder or that of --output-dir, never elsewhere.
    InFolder(PathBuf),
    /// A file in this folder, not in the place of one that exists. Its name may come with the
    /// answer.
    New {
        folder: PathBuf,
        name: Option<String>,
    },
    /// The report.
    Report,
    /// Nowhere: the headers are all that is wanted.
    Nowhere,
}

impl Destination {
    pub(crate) fn choose(options: &Body, json: bool, uri: &Uri) -> Result<Self, Failure> {
        let folder = options
            .output_dir
            .as_deref()
            .unwrap_or_else(|| Path::new(""));
        match &options.output {
            Some(path) if path == Path::new("-") && !json => Ok(Self::Stdout { guarded: false }),
            Some(path) if path == Path::new("-") => Ok(Self::Report),
            Some(path) => Ok(Self::File(folder.join(path))),
            None if options.remote_header_name => Ok(Self::New {
                folder: folder.to_owned(),
                name: file_name::from_path(uri.absolute_path()),
            }),
            None if options.remote_name => file_name::from_path(uri.absolute_path())
                .map(|name| Self::InFolder(folder.join(name)))
                .ok_or_else(|| {
                    Failure::new(WRITE, format_args!("-O: {uri} names no file"))
                        .advise("name one with -o")
                }),
            None if json => Ok(Self::Report),
            None => Ok(Self::Stdout { guarded: true }),
        }
    }

    /// The file it goes to, for the report.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) | Self::InFolder(path) => Some(path.clone()),
            Self::New { folder, name } => Some(folder.join(name.as_deref()?)),
            _ => None,
        }
    }

    /// Whether it is a file.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::File(_) | Self::InFolder(_) | Self::New { .. })
    }

    /// What it is once an answer has come, which may name the file.
    pub(crate) fn named(self, answer: &WebResponse) -> Result<Self, Failure> {
        let Self::New { folder, name } = self else {
            return Ok(self);
        };
        let field = answer.headers().ok();
        let field = field.and_then(|headers| headers.get("Content-Disposition"));
        let given = field.and_then(|field| file_name::from_disposition(&field));
        let Some(name) = given.or(name) else {
            let message = "-J: neither the address nor the answer names a file";
            return Err(Failure::new(WRITE, message).advise("name one with -o"));
        };
        let path = folder.join(&name);
        // A link counts too.
        match path.symlink_metadata() {
            Ok(_) => Err(exists(&path)),
            Err(_) => Ok(Self::New {
                folder,
                name: Some(name),
            }),
        }
    }

    /// Makes the folders that its file needs.
    pub(crate) fn make_folders(&self) -> Result<(), Failure> {
        let path = self.path();
        match path.as_deref().and_then(Path::parent) {
            Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder)
                .map_err(|error| Failure::file(WRITE, folder.display(), &error)),
            _ => Ok(()),
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
                    _ => Sink::whole(target, true).map_err(|error| fail(path, error))?,
                }
            }
            // A link of that name is replaced, not followed.
            Self::InFolder(path) => {
                Sink::whole(path.clone(), true).map_err(|error| fail(path, error))?
            }
            Self::New { folder, name } => {
                let path = folder.join(name.as_deref().unwrap_or_default());
                Sink::whole(path.clone(), false).map_err(|error| fail(&path, error))?
            }
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
    Stdout {
        stdout: File,
        guard: bool,
    },
    Direct {
        file: File,
        path: PathBuf,
    },
    Whole {
        file: NamedTempFile,
        path: PathBuf,
        replace: bool,
    },
    Memory(Vec<u8>),
    Nowhere,
}

impl Sink {
    /// A file beside `path` that takes its place at the end.
    fn whole(path: PathBuf, replace: bool) -> io::Result<Self> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        // The mask of the process still counts, as for any new file.
        let file = tempfile::Builder::new()
            .prefix(".sysnet-")
            .suffix(".part")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder.unwrap_or_else(|| Path::new(".")))?;
        Ok(Self::Whole {
            file,
            path,
            replace,
        })
    }
}

impl Output {
    /// A file that grows in place.
    pub(crate) fn direct(file: File, path: PathBuf) -> Self {
        Self {
            sink: Sink::Direct { file, path },
        }
    }

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
            Sink::Whole { file, path, .. } => file
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

    /// The body is whole: a file takes its place, and is of this time. Gives what the report shall
    /// hold.
    pub(crate) fn finish(self, time: Option<SystemTime>) -> Result<Option<Vec<u8>>, Failure> {
        let date = |file: &File, path: &Path| match time {
            Some(time) => file
                .set_modified(time)
                .map_err(|error| Failure::file(WRITE, path.display(), &error)),
            None => Ok(()),
        };
        match self.sink {
            Sink::Whole {
                file,
                path,
                replace,
            } => {
                date(file.as_file(), &path)?;
                let placed = match replace {
                    true => file.persist(&path),
                    false => file.persist_noclobber(&path),
                };
                match placed {
                    Ok(_) => Ok(None),
                    Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                        Err(exists(&path))
                    }
                    Err(error) => Err(Failure::file(WRITE, path.display(), &error.error)),
                }
            }
            Sink::Direct { file, path } => {
                if file.metadata().is_ok_and(|facts| facts.is_file()) {
                    date(&file, &path)?;
                }
                Ok(None)
            }
            Sink::Memory(bytes) => Ok(Some(bytes)),
            _ => Ok(None),
        }
    }
}

fn exists(path: &Path) -> Failure {
    let message = format!("-J: {} exists already", path.display());
    Failure::new(WRITE, message).advise("name another file with -o")
}
