//! The algorithms of RFC 7616 section 3.3 and their hashes, as text in hexadecimal digits.

use std::fmt;
use std::ops::Deref;

use md5::Md5;
use sha2::digest::Output;
use sha2::{Sha256, Sha512_256};

/// The hash function of a Digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DigestHash {
    /// MD5, 16 bytes. Weak; every server knows it.
    Md5,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-512/256 of FIPS 180-4, 32 bytes: not SHA-512 cut short, as RFC 7616's example has it.
    Sha512_256,
}

/// An algorithm of the Digest scheme: a hash, and whether the first request of a session makes a
/// key for all of it (the `-sess` forms).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DigestAlgorithm {
    hash: DigestHash,
    session: bool,
}

impl DigestAlgorithm {
    /// `MD5`
    pub const MD5: Self = Self::new(DigestHash::Md5, false);
    /// `MD5-sess`
    pub const MD5_SESS: Self = Self::new(DigestHash::Md5, true);
    /// `SHA-256`
    pub const SHA_256: Self = Self::new(DigestHash::Sha256, false);
    /// `SHA-256-sess`
    pub const SHA_256_SESS: Self = Self::new(DigestHash::Sha256, true);
    /// `SHA-512-256`
    pub const SHA_512_256: Self = Self::new(DigestHash::Sha512_256, false);
    /// `SHA-512-256-sess`
    pub const SHA_512_256_SESS: Self = Self::new(DigestHash::Sha512_256, true);

    /// The algorithm of that hash.
    #[must_use]
    pub const fn new(hash: DigestHash, session: bool) -> Self {
        Self { hash, session }
    }

    /// The algorithm of that name; letter case does not count.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        const ALL: [DigestAlgorithm; 6] = [
            DigestAlgorithm::MD5,
            DigestAlgorithm::MD5_SESS,
            DigestAlgorithm::SHA_256,
            DigestAlgorithm::SHA_256_SESS,
            DigestAlgorithm::SHA_512_256,
            DigestAlgorithm::SHA_512_256_SESS,
        ];
        ALL.into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(name))
    }

    /// Its name in challenges.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match (self.hash, self.session) {
            (DigestHash::Md5, false) => "MD5",
            (DigestHash::Md5, true) => "MD5-sess",
            (DigestHash::Sha256, false) => "SHA-256",
            (DigestHash::Sha256, true) => "SHA-256-sess",
            (DigestHash::Sha512_256, false) => "SHA-512-256",
            (DigestHash::Sha512_256, true) => "SHA-512-256-sess",
        }
    }

    /// Its hash.
    #[must_use]
    pub const fn hash(self) -> DigestHash {
        self.hash
    }

    /// Whether it is one of the `-sess` forms.
    #[must_use]
    pub const fn is_session(self) -> bool {
        self.session
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl DigestHash {
    /// How many hexadecimal digits its values have.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha256 | Self::Sha512_256 => 64,
        }
    }

    /// How strong it is beside the others: MD5 alone is weak.
    pub(super) const fn strength(self) -> u8 {
        match self {
            Self::Md5 => 0,
            Self::Sha256 | Self::Sha512_256 => 1,
        }
    }

    /// The hash of these parts, one behind the other.
    pub(super) fn of(self, parts: &[&[u8]]) -> Hex {
        match self {
            Self::Md5 => hex_of::<Md5>(parts),
            Self::Sha256 => hex_of::<Sha256>(parts),
            Self::Sha512_256 => hex_of::<Sha512_256>(parts),
        }
    }

    /// The hash that hides a user name in a realm (`userhash`).
    #[must_use]
    pub fn of_user(self, user_name: &str, realm: &str) -> String {
        let (user_name, realm) = (user_name.as_bytes(), realm.as_bytes());
        str::to_owned(&self.of(&[user_name, b":", realm]))
    }

    /// The hash of a body, for `auth-int`.
    #[must_use]
    pub fn of_body(self, body: &[u8]) -> String {
        str::to_owned(&self.of(&[body]))
    }
}

/// A hash as lower-case hexadecimal digits, without memory of its own.
#[derive(Clone, Copy)]
pub(super) struct Hex {
    digits: [u8; 64],
    length: usize,
}

impl Hex {
    fn of(bytes: &[u8]) -> Self {
        let mut hex = Self {
            digits: [0; 64],
            length: 2 * bytes.len(),
        };
        for (pair, byte) in hex.digits.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
            *pair = hex_byte(*byte);
        }
        hex
    }

    /// Overwrites the digits.
    pub(super) fn wipe(&mut self) {
        use zeroize::Zeroize as _;
        self.digits.zeroize();
    }
}

impl Deref for Hex {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.digits[..self.length]).expect("hexadecimal digits are ASCII")
    }
}

/// The two digits of a byte.
pub(super) const fn hex_byte(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

fn hex_of<H: sha2::Digest>(parts: &[&[u8]]) -> Hex {
    let mut hasher = H::new();
    for part in parts {
        hasher.update(part);
    }
    let value: Output<H> = hasher.finalize();
    Hex::of(&value)
}
