//! Users with their passwords, in memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

use super::{CredentialValidator, UserName};
use crate::authentication::{DigestHash, DigestSecret};
use crate::ntlm::NtHash;

/// Users with their passwords, in memory: for tests, tools and small servers.
///
/// It may change while servers ask it. Passwords are wiped when they go and never shown.
///
/// # Examples
/// ```
/// use system_net_security::accounts::{Accounts, CredentialValidator, UserName};
///
/// let users = Accounts::new();
/// users.add("joe", "SALES", "secret");
/// assert!(users.check_password(UserName::parse("SALES\\joe"), "secret"));
/// assert!(!users.check_password(UserName::parse("joe"), "secret"));
/// ```
#[derive(Default)]
pub struct Accounts {
    users: RwLock<HashMap<String, Zeroizing<String>>>,
}

impl Accounts {
    /// No user yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a user, or changes its password. The domain is empty for none.
    pub fn add(&self, name: &str, domain: &str, password: &str) {
        let name = UserName::new(name, domain).to_string();
        self.write()
            .insert(name, Zeroizing::new(password.to_owned()));
    }

    /// Takes a user out; false if there was none.
    pub fn remove(&self, name: &str, domain: &str) -> bool {
        let name = UserName::new(name, domain).to_string();
        self.write().remove(&name).is_some()
    }

    fn password(&self, user: UserName<'_>) -> Option<Zeroizing<String>> {
        self.read().get(&user.to_string()).cloned()
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<String, Zeroizing<String>>> {
        self.users.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<String, Zeroizing<String>>> {
        self.users.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CredentialValidator for Accounts {
    fn may_block(&self) -> bool {
        false
    }

    fn check_password(&self, user: UserName<'_>, password: &str) -> bool {
        let found = self.password(user);
        let known = Choice::from(u8::from(found.is_some()));
        // Hashes are compared, so that time tells nothing of the length either.
        let expected = NtHash::of_password(&found.unwrap_or_default());
        let presented = NtHash::of_password(password);
        (expected.as_bytes().ct_eq(presented.as_bytes()) & known).into()
    }

    fn digest_secret(
        &self,
        user: UserName<'_>,
        realm: &str,
        hash: DigestHash,
    ) -> Option<DigestSecret> {
        let password = self.password(user)?;
        let name = user.to_string();
        Some(DigestSecret::of_password(hash, &name, realm, &password))
    }

    fn user_of_hash(&self, name_hash: &str, realm: &str, hash: DigestHash) -> Option<String> {
        let users = self.read();
        let mut names = users.keys();
        names
            .find(|name| hash.of_user(name, realm) == name_hash)
            .cloned()
    }

    fn nt_hash(&self, user: UserName<'_>) -> Option<NtHash> {
        let users = self.read();
        let mut all = users.iter();
        let found = all.find(|(name, _)| UserName::parse(name).is_same_account(user));
        found.map(|(_, password)| NtHash::of_password(password))
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("users", &self.read().len())
            .finish()
    }
}
