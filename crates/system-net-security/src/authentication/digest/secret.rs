//! What stands for a password in the Digest scheme.

use std::fmt;

use zeroize::Zeroizing;

use super::algorithm::{DigestHash, Hex};

/// The hash of user name, realm and password (`A1` of RFC 7616 section 3.4.2): what a server keeps
/// in place of the password. Whoever has it can log in to that realm with it.
///
/// It is not shown by `Debug` and wiped when dropped.
#[derive(Clone)]
pub struct DigestSecret {
    hash: DigestHash,
    digits: Zeroizing<String>,
}

impl DigestSecret {
    /// That of a password. User name and password count as UTF-8.
    #[must_use]
    pub fn of_password(hash: DigestHash, user_name: &str, realm: &str, password: &str) -> Self {
        let (user_name, realm) = (user_name.as_bytes(), realm.as_bytes());
        let mut digits = hash.of(&[user_name, b":", realm, b":", password.as_bytes()]);
        let secret = Self {
            hash,
            digits: Zeroizing::new(str::to_owned(&digits)),
        };
        digits.wipe();
        secret
    }

    /// One that is stored, in hexadecimal digits; letter case does not count. `None` if these are
    /// not as many digits as the hash has.
    #[must_use]
    pub fn from_hex(hash: DigestHash, digits: &str) -> Option<Self> {
        let right = digits.len() == hash.digits() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        right.then(|| Self {
            hash,
            digits: Zeroizing::new(digits.to_ascii_lowercase()),
        })
    }

    /// Its hash.
    #[must_use]
    pub const fn hash(&self) -> DigestHash {
        self.hash
    }

    /// The hexadecimal digits, to store them.
    #[must_use]
    pub fn as_hex(&self) -> &str {
        &self.digits
    }

    /// The key of a session, of the `-sess` forms.
    pub(super) fn for_session(&self, nonce: &str, cnonce: &str) -> Self {
        let (nonce, cnonce) = (nonce.as_bytes(), cnonce.as_bytes());
        let mut digits: Hex = self
            .hash
            .of(&[self.digits.as_bytes(), b":", nonce, b":", cnonce]);
        let key = Self {
            hash: self.hash,
            digits: Zeroizing::new(str::to_owned(&digits)),
        };
        digits.wipe();
        key
    }
}

impl fmt::Debug for DigestSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestSecret")
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}
