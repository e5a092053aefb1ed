//! Who may log in to a server: one trait through which every scheme asks, and two lists of users.
//!
//! [`Accounts`] holds passwords in memory, [`UsersFile`] hashes in a file that may change while the
//! server runs. [`NtlmUsers`] lets NTLM ask either of them.

mod entry;
mod memory;
mod users_file;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub use entry::{UserEntry, UserEntryError};
pub use memory::Accounts;
pub use users_file::{UsersFile, UsersFileError};

use crate::authentication::{DigestHash, DigestSecret};
use crate::ntlm::{NtHash, NtlmAccounts};

/// What the schemes of a server ask about users.
///
/// All of it may be asked from several threads at once. How long an answer takes should not tell
/// whether there is such a user.
pub trait CredentialValidator: Send + Sync {
    /// Whether an answer may wait for more than the file system: a directory, a database. Such a
    /// validator is asked where waiting holds up nobody else. Default: true.
    fn may_block(&self) -> bool {
        true
    }

    /// Whether this is the user's password, for Basic. False for a user that does not exist.
    fn check_password(&self, user: UserName<'_>, password: &str) -> bool;

    /// What stands for the user's password in a realm, for Digest. `None` if there is no such
    /// user, or nothing is known of it for this realm and hash.
    fn digest_secret(
        &self,
        user: UserName<'_>,
        realm: &str,
        hash: DigestHash,
    ) -> Option<DigestSecret>;

    /// The name of the user whose name and realm have this hash, in lower-case hexadecimal digits,
    /// for Digest clients that hide names. The name has the domain before a backslash, if there is
    /// one.
    fn user_of_hash(&self, name_hash: &str, realm: &str, hash: DigestHash) -> Option<String>;

    /// The hash of the user's password, for NTLM. Names and domains count without regard to letter
    /// case there.
    fn nt_hash(&self, user: UserName<'_>) -> Option<NtHash>;
}

/// The name of a user, and the domain that knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserName<'a> {
    /// The name alone.
    pub name: &'a str,
    /// The domain; empty for none.
    pub domain: &'a str,
}

impl<'a> UserName<'a> {
    /// A name in a domain.
    #[must_use]
    pub const fn new(name: &'a str, domain: &'a str) -> Self {
        Self { name, domain }
    }

    /// Reads `name` or `DOMAIN\name`.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        match text.split_once('\\') {
            Some((domain, name)) => Self { name, domain },
            None => Self::new(text, ""),
        }
    }

    fn is_same_account(self, other: UserName<'_>) -> bool {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        same(self.name, other.name) && same(self.domain, other.domain)
    }
}

impl fmt::Display for UserName<'_> {
    /// As [`parse`](Self::parse) reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.domain {
            "" => f.write_str(self.name),
            domain => write!(f, "{domain}\\{}", self.name),
        }
    }
}

/// The users of a [`CredentialValidator`], for NTLM's server.
#[derive(Clone)]
pub struct NtlmUsers(Arc<dyn CredentialValidator>);

impl NtlmUsers {
    /// NTLM's view of these users.
    #[must_use]
    pub fn new(users: Arc<dyn CredentialValidator>) -> Self {
        Self(users)
    }
}

impl NtlmAccounts for NtlmUsers {
    /// That of the user in the domain that the client names; clients that know of none name that
    /// of their own computer, and so a user without a domain is meant by any.
    fn nt_hash(&self, user_name: &str, domain: &str) -> Option<NtHash> {
        let exact = self.0.nt_hash(UserName::new(user_name, domain));
        exact.or_else(|| self.0.nt_hash(UserName::new(user_name, "")))
    }
}

impl fmt::Debug for NtlmUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NtlmUsers").finish_non_exhaustive()
    }
}
