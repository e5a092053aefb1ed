//! Signing and sealing after the login, [MS-NLMP] section 3.4, with extended session security.

use rc4::{Rc4, StreamCipher as _};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::flags;
use super::keys::{End, hmac_md5, rc4, seal_key, sign_key};
use crate::mechanism::{LogonError, LogonErrorKind};

/// The length of a signature.
const SIGNATURE: usize = 16;

/// The keys of both directions.
pub(super) struct Session {
    key: Zeroizing<[u8; 16]>,
    flags: u32,
    end: End,
    sending: Direction,
    receiving: Direction,
}

struct Direction {
    sign_key: Zeroizing<[u8; 16]>,
    sealing: Rc4,
    number: u32,
    exchanged: bool,
}

impl Session {
    pub(super) fn new(key: Zeroizing<[u8; 16]>, flags: u32, end: End) -> Self {
        let other = match end {
            End::Client => End::Server,
            End::Server => End::Client,
        };
        Self {
            sending: Direction::new(&key, flags, end),
            receiving: Direction::new(&key, flags, other),
            key,
            flags,
            end,
        }
    }

    /// The key streams begin anew, as [MS-SPNG] section 3.3.5.1 has it for their handles. The
    /// messages' numbers go on.
    pub(super) fn restart(&mut self) {
        let numbers = [self.sending.number, self.receiving.number];
        *self = Self::new(self.key.clone(), self.flags, self.end);
        [self.sending.number, self.receiving.number] = numbers;
    }

    pub(super) fn can_sign(&self) -> bool {
        let needed = flags::EXTENDED_SESSION_SECURITY;
        self.flags & needed != 0 && self.flags & (flags::SIGN | flags::ALWAYS_SIGN) != 0
    }

    /// `ALWAYS_SIGN` alone gives keys, with which a negotiation checks itself, and no more: the
    /// messages after the login go as they are.
    pub(super) fn signs_messages(&self) -> bool {
        self.can_sign() && self.flags & (flags::SIGN | flags::SEAL) != 0
    }

    pub(super) fn can_seal(&self) -> bool {
        let needed = flags::EXTENDED_SESSION_SECURITY | flags::SEAL;
        self.flags & needed == needed
    }

    pub(super) fn sign(&mut self, data: &[u8]) -> Result<Vec<u8>, LogonError> {
        self.check(self.can_sign(), "signing")?;
        Ok(self.sending.sign(data)?.to_vec())
    }

    pub(super) fn verify(&mut self, data: &[u8], signature: &[u8]) -> Result<(), LogonError> {
        self.check(self.can_sign(), "signing")?;
        let expected = self.receiving.sign(data)?;
        same(&expected, signature)
    }

    /// Signature, then the data, hidden or not.
    pub(super) fn wrap(&mut self, data: &[u8], encrypt: bool) -> Result<Vec<u8>, LogonError> {
        if !encrypt {
            let mut wrapped = self.sign(data)?;
            wrapped.extend_from_slice(data);
            return Ok(wrapped);
        }
        self.check(self.can_seal(), "encryption")?;
        let mut wrapped = vec![0; SIGNATURE];
        wrapped.extend_from_slice(data);
        let (signature, hidden) = wrapped.split_at_mut(SIGNATURE);
        // The data takes its part of the key stream before the signature does.
        self.sending.sealing.apply_keystream(hidden);
        signature.copy_from_slice(&self.sending.sign(data)?);
        Ok(wrapped)
    }

    pub(super) fn unwrap(
        &mut self,
        message: &[u8],
        encrypted: bool,
    ) -> Result<Vec<u8>, LogonError> {
        let Some((signature, data)) = message.split_at_checked(SIGNATURE) else {
            return Err(LogonError::invalid(
                "the message is shorter than an NTLM signature",
            ));
        };
        let mut data = data.to_vec();
        if encrypted {
            self.check(self.can_seal(), "encryption")?;
            self.receiving.sealing.apply_keystream(&mut data);
        }
        self.verify(&data, signature)?;
        Ok(data)
    }

    fn check(&self, allowed: bool, what: &str) -> Result<(), LogonError> {
        match allowed {
            true => Ok(()),
            false => Err(LogonError::new(
                LogonErrorKind::InvalidState,
                format!("the two sides of this NTLM login did not agree on {what}"),
            )),
        }
    }
}

impl Direction {
    fn new(key: &[u8; 16], flags: u32, of: End) -> Self {
        Self {
            sign_key: sign_key(key, of),
            sealing: rc4(&*seal_key(key, flags, of)),
            number: 0,
            exchanged: flags & flags::KEY_EXCHANGE != 0,
        }
    }

    /// Section 3.4.4.2: version 1, eight bytes of a keyed hash, the message's number.
    fn sign(&mut self, data: &[u8]) -> Result<[u8; SIGNATURE], LogonError> {
        let number = self.number.to_le_bytes();
        self.number = self.number.checked_add(1).ok_or_else(|| {
            let message = "the NTLM login has signed all the messages it can; log in anew";
            LogonError::new(LogonErrorKind::InvalidState, message)
        })?;
        let hash = hmac_md5(&*self.sign_key, &[&number, data]);
        let mut signature = [0; SIGNATURE];
        signature[0] = 1;
        let checksum = &mut signature[4..12];
        checksum.copy_from_slice(&hash[..8]);
        if self.exchanged {
            self.sealing.apply_keystream(checksum);
        }
        signature[12..].copy_from_slice(&number);
        Ok(signature)
    }
}

/// Compares in constant time.
pub(super) fn same(expected: &[u8], found: &[u8]) -> Result<(), LogonError> {
    match bool::from(expected.ct_eq(found)) {
        true => Ok(()),
        false => Err(LogonError::new(
            LogonErrorKind::Tampered,
            "the signature of the NTLM message is wrong: it was changed on the way, or is not the \
             next one",
        )),
    }
}
