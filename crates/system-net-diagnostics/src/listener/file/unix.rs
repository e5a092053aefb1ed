//! What the system does for files of traces.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags, fcntl_getfl, fcntl_setfl, flock};
use rustix::io::Errno;

/// Opens what can be written to without waiting for anybody: a file or a device, or what is the
/// program's own output already. A pipe would have the program wait until somebody reads.
///
/// A file that is made is its owner's alone: traces may hold what no mask has found.
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    // Not to wait, as the open of a pipe does, nor to become a terminal's, before it is known what
    // it is.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = options
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
            // A pipe that nobody reads, or a socket.
            return Err(refused(&fs::metadata(path)?).unwrap_or(error));
        }
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if let Some(error) = refused(&metadata)
        && !is_output(&metadata)
    {
        return Err(error);
    }
    let flags = fcntl_getfl(&file)?;
    fcntl_setfl(&file, flags - OFlags::NONBLOCK)?;
    Ok(file)
}

/// Why what is there is not written to, if it is not.
fn refused(metadata: &fs::Metadata) -> Option<io::Error> {
    let kind = metadata.file_type();
    let what = if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_block_device() {
        "a disk"
    } else {
        return None;
    };
    let text = format!("it is {what}; traces go to files");
    Some(io::Error::new(io::ErrorKind::InvalidInput, text))
}

/// Whether it is what the standard output or the standard error output goes to, as `/dev/stderr` is.
fn is_output(metadata: &fs::Metadata) -> bool {
    ["/dev/stdout", "/dev/stderr"].into_iter().any(|path| {
        let known = fs::metadata(path);
        known.is_ok_and(|known| (known.dev(), known.ino()) == (metadata.dev(), metadata.ino()))
    })
}

/// Whether the file is locked by this call, so that nobody else has it; false if somebody has.
/// Locks go with the file that is closed, and so with the process.
pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(true),
            Err(Errno::WOULDBLOCK) => return Ok(false),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

pub(super) fn unlock(file: &File) -> io::Result<()> {
    Ok(flock(file, FlockOperation::Unlock)?)
}

/// Whether this is the file of that path, and not one that was put aside.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(there)) = (file.metadata(), fs::metadata(path)) else {
        return false;
    };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}
