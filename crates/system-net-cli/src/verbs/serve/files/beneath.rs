//! Opens what lies below a folder. Who may write in the folder may put a link there at any moment, also
//! between the look at a path and its opening: therefore the path is one without links, as
//! `canonicalize` gives it, and is opened name by name, each below the folder of the one before and none
//! of them through a link. One that has come meanwhile is an error, wherever it leads.
//!
//! Read: openat(2), `O_NOFOLLOW`; what openat2(2) calls `RESOLVE_NO_SYMLINKS` is the same in one call, but
//! Linux alone has that, and not in every container.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fstat, open, openat, statat};

/// What was opened.
#[derive(Debug)]
pub(super) enum Opened {
    /// A plain file.
    File(File),
    /// A folder, for [`read_folder`].
    Folder(OwnedFd),
}

/// To go through a folder one need not be allowed to read it, where there is a way to say so.
#[cfg(target_os = "linux")]
const THROUGH: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const THROUGH: OFlags = OFlags::RDONLY;
const FOLDER: OFlags = THROUGH
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
/// A pipe that has come in the place of a file lets nobody wait.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// Opens `below`, which has plain names alone, in the folder `root`; both without links.
///
/// # Errors
/// The system's, as ELOOP or ENOTDIR for a link; `InvalidInput` for what is no path below a folder, or
/// neither a file nor a folder.
pub(super) fn open_beneath(root: &Path, below: &Path) -> io::Result<Opened> {
    let mut folder = open(root, FOLDER, Mode::empty())?;
    let mut names = below.components().peekable();
    while let Some(part) = names.next() {
        let Component::Normal(name) = part else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        if names.peek().is_some() {
            folder = openat(&folder, name, FOLDER, Mode::empty())?;
            continue;
        }
        // Devices are not even opened: some do something then.
        let seen = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
        return match FileType::from_raw_mode(seen.st_mode) {
            FileType::Directory => openat(&folder, name, FOLDER, Mode::empty()).map(Opened::Folder),
            FileType::RegularFile => {
                openat(&folder, name, FILE, Mode::empty()).and_then(|file| match is_plain(&file)? {
                    true => Ok(Opened::File(file.into())),
                    false => Err(rustix::io::Errno::INVAL),
                })
            }
            FileType::Symlink => Err(rustix::io::Errno::LOOP),
            _ => Err(rustix::io::Errno::INVAL),
        }
        .map_err(io::Error::from);
    }
    Ok(Opened::Folder(folder))
}

/// The names in a folder that was opened.
///
/// # Errors
/// The system's, as for a folder that may be gone through and not read.
pub(super) fn read_folder(folder: impl AsFd) -> io::Result<Dir> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(Dir::new(openat(folder, ".", flags, Mode::empty())?)?)
}

/// Whether it is a file like others: what was seen may have been changed for something else.
fn is_plain(file: impl AsFd) -> rustix::io::Result<bool> {
    Ok(FileType::from_raw_mode(fstat(file)?.st_mode) == FileType::RegularFile)
}

#[cfg(test)]
mod tests;
