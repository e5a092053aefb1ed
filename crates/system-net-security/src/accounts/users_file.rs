//! Users with hashes of their passwords, in a file that may change while the server runs.

use std::error::Error;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::{CredentialValidator, UserEntry, UserEntryError, UserName};
use crate::authentication::{DigestHash, DigestSecret};
use crate::ntlm::NtHash;
use crate::trace::authentication;

/// Users with hashes of their passwords, one a line as [`UserEntry`] describes it. Empty lines and
/// those that begin with `#` do not count.
///
/// Before each login the file is looked at, and read again if it has changed: write a new one and
/// rename it over the old. If the new one is wrong, the old users stay, and the trace says what is
/// the matter.
///
/// A file that others than its owner may read or write gets a warning in the trace: each hash lets
/// its reader in.
///
/// # Blocking
/// A login waits for the file system.
///
/// # Limits
/// [`MAX_BYTES`](Self::MAX_BYTES).
pub struct UsersFile {
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    /// What the file looked like when it was read.
    seen: Seen,
    users: Arc<Vec<UserEntry>>,
}

/// What changes with a file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    modified: Option<SystemTime>,
    length: u64,
    #[cfg(unix)]
    inode: u64,
}

/// Why a users file cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum UsersFileError {
    /// It cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is longer than [`UsersFile::MAX_BYTES`].
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// A line is wrong.
    Line {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        source: UserEntryError,
    },
    /// A user stands there twice.
    Twice {
        /// The file.
        path: PathBuf,
        /// The number of the second line.
        line: usize,
        /// The user.
        user: String,
    },
}

impl UsersFile {
    /// Most bytes that are read.
    pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or is wrong.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, UsersFileError> {
        let path = path.into();
        let state = read(&path)?;
        Ok(Self {
            path,
            state: Mutex::new(state),
        })
    }

    /// The users as they are now.
    fn users(&self) -> Arc<Vec<UserEntry>> {
        let mut state = self.lock();
        let seen = std::fs::metadata(&self.path).map(|metadata| Seen::of(&metadata));
        if !matches!(&seen, Ok(seen) if *seen == state.seen) {
            match read(&self.path) {
                Ok(new) => *state = new,
                Err(error) => {
                    authentication().warning(
                        "Authenticate",
                        format_args!("{error}; the users of before stay"),
                    );
                    // Told once for each state of the file.
                    if let Ok(seen) = seen {
                        state.seen = seen;
                    }
                }
            }
        }
        Arc::clone(&state.users)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> Result<State, UsersFileError> {
    let failed = |source| UsersFileError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    warn_if_open_to_others(path, &metadata);
    let mut text = Zeroizing::new(String::new());
    let mut limited = file.take(UsersFile::MAX_BYTES + 1);
    limited.read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > UsersFile::MAX_BYTES {
        return Err(UsersFileError::TooLong {
            path: path.to_owned(),
        });
    }
    Ok(State {
        seen: Seen::of(&metadata),
        users: Arc::new(parse(path, &text)?),
    })
}

fn parse(path: &Path, text: &str) -> Result<Vec<UserEntry>, UsersFileError> {
    let mut users: Vec<UserEntry> = Vec::new();
    let mut names = std::collections::HashSet::new();
    for (index, text) in text.lines().enumerate() {
        let line = index + 1;
        if text.trim().is_empty() || text.trim_start().starts_with('#') {
            continue;
        }
        let entry = UserEntry::from_line(text).map_err(|source| UsersFileError::Line {
            path: path.to_owned(),
            line,
            source,
        })?;
        let user = entry.user_name().to_string();
        if !names.insert(user.to_lowercase()) {
            return Err(UsersFileError::Twice {
                path: path.to_owned(),
                line,
                user,
            });
        }
        users.push(entry);
    }
    Ok(users)
}

#[cfg(unix)]
fn warn_if_open_to_others(path: &Path, metadata: &Metadata) {
    use std::os::unix::fs::PermissionsExt as _;
    if let mode @ 1.. = metadata.permissions().mode() & 0o077 {
        authentication().warning(
            "Authenticate",
            format_args!(
                "others than the owner may use {} (mode {mode:03o}): each hash in it lets its \
                 reader in; chmod 600 it",
                path.display()
            ),
        );
    }
}

#[cfg(not(unix))]
fn warn_if_open_to_others(_path: &Path, _metadata: &Metadata) {}

impl Seen {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            #[cfg(unix)]
            inode: metadata.ino(),
        }
    }
}

impl CredentialValidator for UsersFile {
    fn may_block(&self) -> bool {
        false
    }

    fn check_password(&self, user: UserName<'_>, password: &str) -> bool {
        let users = self.users();
        match users.iter().find(|entry| entry.user_name() == user) {
            Some(entry) => entry.check_password(password),
            None => {
                // As much work as for a user that there is.
                std::hint::black_box(NtHash::of_password(password));
                false
            }
        }
    }

    fn digest_secret(
        &self,
        user: UserName<'_>,
        realm: &str,
        hash: DigestHash,
    ) -> Option<DigestSecret> {
        let users = self.users();
        let entry = users.iter().find(|entry| entry.user_name() == user)?;
        entry.digest_secret(realm, hash).cloned()
    }

    fn user_of_hash(&self, name_hash: &str, realm: &str, hash: DigestHash) -> Option<String> {
        let users = self.users();
        let mut names = users.iter().map(|entry| entry.user_name().to_string());
        names.find(|name| hash.of_user(name, realm) == name_hash)
    }

    fn nt_hash(&self, user: UserName<'_>) -> Option<NtHash> {
        let users = self.users();
        let mut all = users.iter();
        let entry = all.find(|entry| entry.user_name().is_same_account(user))?;
        entry.nt_hash().cloned()
    }
}

impl fmt::Debug for UsersFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsersFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for UsersFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, .. } => {
                write!(f, "the users file {} cannot be read", path.display())
            }
            Self::TooLong { path } => {
                let most = UsersFile::MAX_BYTES;
                write!(
                    f,
                    "the users file {} has more than {most} bytes",
                    path.display()
                )
            }
            Self::Line { path, line, source } => {
                write!(f, "{}, line {line}: {source}", path.display())
            }
            Self::Twice { path, line, user } => {
                write!(
                    f,
                    "{}, line {line}: {user} stands there twice",
                    path.display()
                )
            }
        }
    }
}

impl Error for UsersFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            _ => None,
        }
    }
}
