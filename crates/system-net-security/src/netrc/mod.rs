//! `Netrc`: the logins that a `.netrc` file keeps for hosts.
//!
//! To read: the manual page netrc(5) of ftp, and curl's, which adds quoted words and comments.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use system_net_primitives::NetworkCredential;
use system_net_uri::Uri;
use zeroize::Zeroizing;

mod error;
mod reader;
#[cfg(test)]
mod tests;

pub use error::NetrcError;

/// The logins of a `.netrc` file.
///
/// Words stand between blanks and line ends: `machine HOST login NAME password SECRET`, and `default`
/// instead of `machine HOST` for every other host. A word in quotation marks may hold blanks, and
/// `\"`, `\\`, `\n`, `\r` and `\t` in it. A line that begins with `#` is a comment. `account` and
/// macros (`macdef`, up to an empty line) are skipped.
///
/// The first entry of a host counts. What an entry leaves out is empty, and never another entry's.
/// A host is the host of a parsed address, as it is connected to: nothing else of an address is
/// looked at, so that no user name and no path passes for one. Passwords are wiped from memory
/// when the value is dropped, and do not show in [`Debug`](fmt::Debug).
///
/// Give what is found to one request; it is for the host that it was found for. As every single
/// credential it does not travel along when a redirect leads to another origin.
///
/// # Examples
/// ```
/// use system_net_security::Netrc;
/// use system_net_uri::Uri;
///
/// let netrc = Netrc::parse("machine www.contoso.com login ann password secret")?;
/// let found = netrc.find(&Uri::parse("https://WWW.contoso.com/")?, None);
/// assert_eq!(found.unwrap().user_name(), "ann");
/// assert!(netrc.find(&Uri::parse("https://www.contoso.com@evil.example/")?, None).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Differences from .NET
/// .NET has nothing like it.
#[derive(Clone, Default)]
pub struct Netrc {
    entries: Vec<Entry>,
    skipped_lines: Vec<usize>,
    readable_by_others: bool,
}

#[derive(Clone)]
struct Entry {
    /// `None`: the entry is for every other host.
    machine: Option<String>,
    credential: NetworkCredential,
}

impl Netrc {
    /// Longest file that is read: bytes.
    pub const MAX_LENGTH: usize = 1 << 20;

    /// Reads a text.
    ///
    /// # Errors
    /// [`NetrcError`]: it is longer than [`MAX_LENGTH`](Self::MAX_LENGTH), a word that needs a value
    /// stands at the end, or a quotation mark is not closed. No error shows a word of the text.
    pub fn parse(text: &str) -> Result<Self, NetrcError> {
        reader::read(text)
    }

    /// Reads a file, with a look at who else may.
    ///
    /// # Errors
    /// [`NetrcError`]: it cannot be read, is not UTF-8, or is not what [`parse`](Self::parse) takes.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, NetrcError> {
        let mut file = File::open(path).map_err(NetrcError::io)?;
        // Of the very file that is read, not of what the path names by now.
        let readable_by_others = others_may_read(&file).map_err(NetrcError::io)?;
        let mut bytes = Zeroizing::new(Vec::new());
        let limit = Self::MAX_LENGTH as u64 + 1;
        file.by_ref()
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(NetrcError::io)?;
        if bytes.len() > Self::MAX_LENGTH {
            return Err(NetrcError::too_long());
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            NetrcError::at(line_of(before), "the file is not UTF-8")
        })?;
        Ok(Self {
            readable_by_others,
            ..Self::parse(text)?
        })
    }

    /// The login for an address: of the first entry for its host, else of the entry `default`, if
    /// there is one.
    ///
    /// With `user`, only an entry for the host with this login counts, and never `default`, whose
    /// password belongs to another name.
    #[must_use]
    pub fn find(&self, uri: &Uri, user: Option<&str>) -> Option<NetworkCredential> {
        let host = bare(uri.host());
        // As names are asked for: a file may have it so.
        let ascii = uri.idn_host().map_or(host, bare);
        if host.is_empty() {
            return None;
        }
        let is_host = |entry: &&Entry| {
            let machine = entry.machine.as_deref().map(bare);
            machine.is_some_and(|machine| {
                machine.eq_ignore_ascii_case(host) || machine.eq_ignore_ascii_case(ascii)
            })
        };
        let mut of_host = self.entries.iter().filter(is_host);
        let found = match user {
            Some(user) => of_host.find(|entry| entry.credential.user_name() == user),
            None => of_host.next().or_else(|| {
                let mut entries = self.entries.iter();
                entries.find(|entry| entry.machine.is_none())
            }),
        };
        found.map(|entry| entry.credential.clone())
    }

    /// The lines with words that mean nothing where they stand, which were skipped: a mistake in
    /// writing, or part of a password with blanks that is not in quotation marks. Counted from 1.
    #[must_use]
    pub fn skipped_lines(&self) -> &[usize] {
        &self.skipped_lines
    }

    /// Whether the file may be read by others than its owner. False for a text, and where a system
    /// has no such permissions.
    #[must_use]
    pub fn readable_by_others(&self) -> bool {
        self.readable_by_others
    }
}

impl fmt::Debug for Netrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries.iter();
        let shown = entries.map(|entry| {
            let machine = entry.machine.as_deref().unwrap_or("(default)");
            (machine, entry.credential.user_name())
        });
        f.debug_map().entries(shown).finish()
    }
}

/// An address of IPv6 without its brackets: files have it either way.
fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

/// The line that ends here, from 1.
fn line_of(before: &[u8]) -> usize {
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(unix)]
fn others_may_read(file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata()?;
    // Of a pipe, as `<(…)` makes it, the permissions say nothing.
    Ok(metadata.is_file() && metadata.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_file: &File) -> std::io::Result<bool> {
    Ok(false)
}
