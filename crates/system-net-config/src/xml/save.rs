//! Files put in the place of others: whole or not at all, and not over what somebody else has written.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::error::{ConfigurationError, ConfigurationErrorKind as Kind, Fault};
use super::source;

/// How long a save waits for others who hold the file.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// How long it waits before it asks for the lock again.
const PAUSE: Duration = Duration::from_millis(20);

/// What must be in a file for it to be replaced, and is in it once it has been.
pub(super) struct Expected(Mutex<Content>);

#[derive(Clone)]
enum Content {
    Anything,
    /// There must be no file.
    Nothing,
    Bytes(Vec<u8>),
}

impl Expected {
    pub(super) const fn anything() -> Self {
        Self(Mutex::new(Content::Anything))
    }

    pub(super) const fn nothing() -> Self {
        Self(Mutex::new(Content::Nothing))
    }

    pub(super) const fn bytes(bytes: Vec<u8>) -> Self {
        Self(Mutex::new(Content::Bytes(bytes)))
    }
}

impl Clone for Expected {
    fn clone(&self) -> Self {
        let content = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Self(Mutex::new(content.clone()))
    }
}

/// Writes a new file beside the old one and puts it in its place, behind links and with the rights
/// of the old one. A file that was not there is for its owner alone.
pub(super) fn over(
    file: &Path,
    bytes: Vec<u8>,
    expected: &Expected,
) -> Result<(), ConfigurationError> {
    let io = |error| ConfigurationError::io(file, "written", error);
    let mut expected = expected.0.lock().unwrap_or_else(PoisonError::into_inner);
    let target = target(file).map_err(io)?;
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // A name that nobody has, and that is as short as the name of the file may be long.
    let mut new = tempfile::Builder::new()
        .prefix(".system-net-")
        .suffix(".new")
        .make_in(folder, create)
        .map_err(io)?;
    new.as_file_mut().write_all(&bytes).map_err(io)?;
    let old = locked(&target, LOCK_WAIT).map_err(io)?;
    let is_expected = match (&*expected, &old) {
        (Content::Anything, _) | (Content::Nothing, None) => true,
        (Content::Bytes(bytes), Some(_)) => source::read(&target)? == *bytes,
        (Content::Nothing, Some(_)) | (Content::Bytes(_), None) => false,
    };
    if !is_expected {
        return Err(changed(file));
    }
    if let Some(old) = &old {
        like(new.as_file(), &old.metadata).map_err(io)?;
    }
    new.as_file().sync_all().map_err(io)?;
    let put = match (&*expected, old) {
        // Whoever makes one now is not overwritten.
        (Content::Nothing, _) => new.persist_noclobber(&target),
        // The old one, and its lock, are held until the new one is there.
        (_, old) => {
            let put = new.persist(&target);
            drop(old);
            put
        }
    };
    match put {
        Ok(_) => {
            *expected = Content::Bytes(bytes);
            Ok(())
        }
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(changed(file)),
        Err(error) => Err(io(error.error)),
    }
}

/// Whether both names are of one file, be it there or not.
pub(super) fn is_same(a: &Path, b: &Path) -> bool {
    a == b || matches!((target(a), target(b)), (Ok(a), Ok(b)) if a == b)
}

fn changed(file: &Path) -> ConfigurationError {
    let message = "has been changed by another program since it was read, and is left as it is";
    ConfigurationError::new(file, Fault::at_start(Kind::Changed, message))
}

/// How many links may follow one another, as Linux has it.
const MAX_LINKS: usize = 40;

/// A file that is not there yet, for its owner alone.
fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The file behind links, which need not be there.
fn target(file: &Path) -> io::Result<PathBuf> {
    let mut target = file.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::canonicalize(&target) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            found => return found,
        }
        // A link that leads nowhere, or no file at all.
        match fs::read_link(&target) {
            Ok(next) => target = target.parent().unwrap_or_else(|| Path::new("")).join(next),
            Err(_) => {
                let folder = target.parent().map(fs::canonicalize);
                let name = target.file_name();
                return Ok(match (folder, name) {
                    (Some(Ok(folder)), Some(name)) => folder.join(name),
                    _ => target,
                });
            }
        }
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "too many links"))
}

/// The rights of a file and, as far as this program may give it away, its owner.
fn like(new: &File, old: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let own = new.metadata()?;
        if (own.uid(), own.gid()) != (old.uid(), old.gid()) {
            // Who may not give it away owns the new file, as that of any other editor.
            let _ = fchown(new, Some(old.uid()), Some(old.gid()));
        }
    }
    new.set_permissions(old.permissions())
}

/// A file that no other editor replaces as long as this is held.
struct Locked {
    metadata: Metadata,
    _lock: File,
}

/// The file, if there is one, once no other editor holds it; an error if one does for longer than
/// `wait`. File systems without locks do without.
fn locked(target: &Path, wait: Duration) -> io::Result<Option<Locked>> {
    let mut left = wait;
    loop {
        // Asked before it is opened: to open a pipe is to wait for whoever writes into it.
        match fs::metadata(target) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Ok(metadata) if !metadata.is_file() => {
                return Err(io::Error::new(ErrorKind::InvalidInput, "no regular file"));
            }
            found => found?,
        };
        let file = match File::open(target) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        if !lock(&file) {
            if left.is_zero() {
                return Err(io::Error::new(
                    ErrorKind::TimedOut,
                    format!("another program has held its lock for {wait:?}; end that one first"),
                ));
            }
            let pause = PAUSE.min(left);
            #[allow(
                clippy::disallowed_methods,
                reason = "flock(2) either waits without end or not at all"
            )]
            std::thread::sleep(pause);
            left -= pause;
            continue;
        }
        let metadata = file.metadata()?;
        // Who held it before may have put another one in its place, which has a lock of its own.
        match fs::metadata(target) {
            Ok(now) if !is_one(&metadata, &now) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            now => {
                now?;
                return Ok(Some(Locked {
                    metadata,
                    _lock: file,
                }));
            }
        }
    }
}

/// Takes the lock of a file, if there are locks. False: another one has it.
#[cfg(unix)]
fn lock(file: &File) -> bool {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    loop {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::INTR) => {}
            outcome => return outcome != Err(Errno::WOULDBLOCK),
        }
    }
}

#[cfg(unix)]
fn is_one(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn lock(_: &File) -> bool {
    true
}

#[cfg(not(unix))]
fn is_one(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::fs::{FlockOperation, flock};

    use super::*;

    #[test]
    fn a_lock_that_is_held_is_waited_for_and_not_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.config");
        fs::write(&path, "<configuration/>").unwrap();
        let other = File::open(&path).unwrap();
        flock(&other, FlockOperation::LockExclusive).unwrap();
        for wait in [Duration::ZERO, Duration::from_millis(50)] {
            let error = locked(&path, wait).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            let said =
                format!("another program has held its lock for {wait:?}; end that one first");
            assert_eq!(error.to_string(), said);
        }
        drop(other);
        assert!(locked(&path, Duration::ZERO).unwrap().is_some());
    }
}
