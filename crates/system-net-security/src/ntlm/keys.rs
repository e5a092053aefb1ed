//! The mathematics of answers and keys, [MS-NLMP] sections 3.3 and 3.4.

use std::fmt;

use des::Des;
use des::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use hmac::{Hmac, Mac as _};
use md4::Md4;
use md5::{Digest as _, Md5};
use rc4::{Rc4, StreamCipher as _};
use zeroize::{Zeroize as _, Zeroizing};

use super::fields::utf16;
use super::flags;

/// What a server keeps in place of a password: its MD4. Whoever has it can log in with it.
///
/// [MS-NLMP] section 3.3.1, `NTOWFv1`.
#[derive(Clone, PartialEq, Eq)]
pub struct NtHash(Zeroizing<[u8; 16]>);

impl NtHash {
    /// That of a password.
    #[must_use]
    pub fn of_password(password: &str) -> Self {
        let password = Zeroizing::new(utf16(password));
        Self::new(Md4::digest(&password[..]).into())
    }

    /// One that is stored.
    #[must_use]
    pub fn new(hash: [u8; 16]) -> Self {
        Self(Zeroizing::new(hash))
    }

    /// The 16 bytes, to store them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// `NTOWFv2`, section 3.3.2: the user counts in upper case, the domain as it is written.
    pub(super) fn for_user(&self, user_name: &str, domain: &str) -> Zeroizing<[u8; 16]> {
        let mut name = utf16(&upper_case(user_name));
        name.extend(utf16(domain));
        Zeroizing::new(hmac_md5(&*self.0, &[&name]))
    }

    /// The key of version 1's session, section 3.3.1.
    pub(super) fn session_key_v1(&self) -> Zeroizing<[u8; 16]> {
        Zeroizing::new(Md4::digest(*self.0).into())
    }
}

impl fmt::Debug for NtHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NtHash(..)")
    }
}

/// One character stays one, as in Windows' tables: `ß` has no upper case there.
fn upper_case(text: &str) -> String {
    text.chars()
        .map(|c| {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(single), None) => single,
                _ => c,
            }
        })
        .collect()
}

/// `LMOWFv1`, section 3.3.1: two halves of the first 14 characters in upper case, each a key.
pub(super) fn lm_hash(password: &str) -> Zeroizing<[u8; 16]> {
    let mut key = Zeroizing::new([0_u8; 14]);
    let upper = Zeroizing::new(password.to_uppercase());
    for (byte, c) in key.iter_mut().zip(upper.chars()) {
        // A character that the old code page does not have.
        *byte = u8::try_from(c).unwrap_or(b'?');
    }
    let mut hash = Zeroizing::new([0; 16]);
    let (halves, _) = key.as_chunks::<7>();
    for (half, out) in halves.iter().zip(hash.as_chunks_mut::<8>().0) {
        *out = des(half, *b"KGS!@#$%");
    }
    hash
}

/// `DESL`, section 6: the answer of version 1 to eight bytes.
pub(super) fn response_v1(hash: &[u8; 16], challenge: [u8; 8]) -> Vec<u8> {
    let mut key = Zeroizing::new([0_u8; 21]);
    key[..16].copy_from_slice(hash);
    let (thirds, _) = key.as_chunks::<7>();
    thirds
        .iter()
        .flat_map(|third| des(third, challenge))
        .collect()
}

/// DES with a key of seven bytes, whose parity bits do not count.
fn des(key: &[u8; 7], block: [u8; 8]) -> [u8; 8] {
    let bits = key
        .iter()
        .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let spread: Zeroizing<[u8; 8]> = Zeroizing::new(std::array::from_fn(|at| {
        // Truncation takes the seven bits at hand, moved above the parity bit.
        (bits >> (49 - 7 * at) << 1) as u8
    }));
    let mut block = block.into();
    Des::new((&*spread).into()).encrypt_block(&mut block);
    block.into()
}

/// Version 2's blob before the proof: `temp` of section 3.3.2.
pub(super) fn blob(time: [u8; 8], client_challenge: [u8; 8], target_info: &[u8]) -> Vec<u8> {
    let mut blob = vec![1, 1, 0, 0, 0, 0, 0, 0];
    blob.extend_from_slice(&time);
    blob.extend_from_slice(&client_challenge);
    blob.extend_from_slice(&[0; 4]);
    blob.extend_from_slice(target_info);
    blob.extend_from_slice(&[0; 4]);
    blob
}

pub(super) fn hmac_md5(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac =
        <Hmac<Md5> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

pub(super) fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

pub(super) fn rc4(key: &[u8]) -> Rc4 {
    use rc4::KeyInit as _;
    Rc4::new_from_slice(key).expect("RC4 takes keys of 1 to 256 bytes, and these have 5 to 16")
}

/// Encrypts or decrypts the session's key.
pub(super) fn exchange_key(key: &[u8; 16], mut session_key: [u8; 16]) -> Zeroizing<[u8; 16]> {
    rc4(key).apply_keystream(&mut session_key);
    let exchanged = Zeroizing::new(session_key);
    session_key.zeroize();
    exchanged
}

/// The end that a key belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Client,
    Server,
}

/// `SIGNKEY`, section 3.4.5.2.
pub(super) fn sign_key(session_key: &[u8; 16], of: End) -> Zeroizing<[u8; 16]> {
    let magic: &[u8] = match of {
        End::Client => b"session key to client-to-server signing key magic constant\0",
        End::Server => b"session key to server-to-client signing key magic constant\0",
    };
    Zeroizing::new(md5(&[session_key, magic]))
}

/// `SEALKEY`, section 3.4.5.3: how much of the session's key counts is negotiated.
pub(super) fn seal_key(session_key: &[u8; 16], flags: u32, of: End) -> Zeroizing<[u8; 16]> {
    let magic: &[u8] = match of {
        End::Client => b"session key to client-to-server sealing key magic constant\0",
        End::Server => b"session key to server-to-client sealing key magic constant\0",
    };
    let counts = match flags {
        flags if flags & flags::KEY_128 != 0 => 16,
        flags if flags & flags::KEY_56 != 0 => 7,
        _ => 5,
    };
    Zeroizing::new(md5(&[&session_key[..counts], magic]))
}
