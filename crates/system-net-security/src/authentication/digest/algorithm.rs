//! The algorithms of RFC 7616 section 3.3 and their hashes, as text in hexadecimal digits.

use std::fmt;
use std::ops::Deref;

use md5::Md5;
use sha2::digest::{Digest, Output};
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

    /// A hash whose input begins with these parts, which is done for all that go on with it.
    pub(super) fn begin(self, parts: &[&[u8]]) -> Begun {
        match self {
            Self::Md5 => Begun::Md5(begun(parts)),
            Self::Sha256 => Begun::Sha256(begun(parts)),
            Self::Sha512_256 => Begun::Sha512_256(Box::new(begun(parts))),
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

/// A hash with the beginning of its input. It is wiped when dropped: the beginning is a secret.
pub(super) enum Begun {
    Md5(Md5),
    Sha256(Sha256),
    Sha512_256(Box<Sha512_256>),
}

impl Begun {
    /// More of the beginning.
    pub(super) fn add(&mut self, piece: &[u8]) {
        match self {
            Self::Md5(hasher) => hasher.update(piece),
            Self::Sha256(hasher) => hasher.update(piece),
            Self::Sha512_256(hasher) => hasher.update(piece),
        }
    }

    /// The hash with the rest of the input. Others may finish it otherwise.
    pub(super) fn finish(&self, rest: &[&[u8]]) -> Hex {
        match self {
            Self::Md5(hasher) => finished(hasher.clone(), rest),
            Self::Sha256(hasher) => finished(hasher.clone(), rest),
            Self::Sha512_256(hasher) => finished(Sha512_256::clone(hasher), rest),
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // Two blocks of the largest hash at least: nothing is left of what waited in the buffer,
        // and there is no way back from the state.
        const OVER: [u8; 256] = [0; 256];
        match self {
            Self::Md5(hasher) => hasher.update(OVER),
            Self::Sha256(hasher) => hasher.update(OVER),
            Self::Sha512_256(hasher) => hasher.update(OVER),
        }
        zeroize::optimization_barrier(self);
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
        let (words, rest) = bytes.as_chunks::<4>();
        debug_assert!(rest.is_empty(), "hashes are whole words");
        for (digits, word) in hex.digits.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *digits = hex_word(*word);
        }
        hex
    }

    /// Overwrites the digits.
    pub(super) fn wipe(&mut self) {
        use zeroize::Zeroize as _;
        self.digits.zeroize();
    }
}

impl Hex {
    /// The digits, which need not be checked to be text.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.digits[..self.length]
    }
}

impl Deref for Hex {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("hexadecimal digits are ASCII")
    }
}

/// The eight digits of four bytes.
pub(super) const fn hex_word(bytes: [u8; 4]) -> [u8; 8] {
    // Each half of a byte comes into a byte of its own.
    let mut word = u32::from_be_bytes(bytes) as u64;
    word = (word | word << 16) & 0x0000_ffff_0000_ffff;
    word = (word | word << 8) & 0x00ff_00ff_00ff_00ff;
    word = (word | word << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    // Those above nine carry into the upper half when six is added: they are letters.
    let letters = (word + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    let to_letter = (b'a' - b'0' - 10) as u64;
    (word + 0x3030_3030_3030_3030 + letters * to_letter).to_be_bytes()
}

fn hex_of<H: Digest>(parts: &[&[u8]]) -> Hex {
    finished(H::new(), parts)
}

fn begun<H: Digest>(parts: &[&[u8]]) -> H {
    let mut hasher = H::new();
    for part in parts {
        hasher.update(part);
    }
    hasher
}

fn finished<H: Digest>(mut hasher: H, parts: &[&[u8]]) -> Hex {
    for part in parts {
        hasher.update(part);
    }
    let value: Output<H> = hasher.finalize();
    Hex::of(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_words() {
        for byte in 0..=u8::MAX {
            let word = [byte, !byte, byte.rotate_left(4), byte ^ 0x5a];
            let expected: String = word.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex_word(word), expected.as_bytes());
        }
    }

    /// A hash that began elsewhere is the same as one in a single piece, however often it ends.
    #[test]
    fn begun_hashes_go_on() {
        let text = [b'x'; 400];
        for hash in [DigestHash::Md5, DigestHash::Sha256, DigestHash::Sha512_256] {
            for at in (0..text.len()).step_by(7) {
                let (begin, rest) = text.split_at(at);
                let begun = hash.begin(&[begin]);
                for _ in 0..2 {
                    assert_eq!(*begun.finish(&[rest]), *hash.of(&[&text]), "{hash:?} {at}");
                }
            }
        }
    }
}
