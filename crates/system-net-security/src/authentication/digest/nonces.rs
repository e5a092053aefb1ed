//! The server's nonces: made and recognized without memory, and which of their numbers were used.
//!
//! A nonce is a time, random bytes, and a keyed hash over both, so that a server knows its own
//! without keeping them. Only nonces that somebody has logged in with are kept, for as long as they
//! are good: who knows no password cannot fill the memory.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::mechanism::{LogonError, Randomness};

/// What tells nonces apart: the milliseconds of their birth, and random bytes.
pub(super) type NonceId = (u64, [u8; 8]);

const MAC_LENGTH: usize = 16;

/// The key of a server.
pub(super) struct NonceKey(Zeroizing<[u8; 32]>);

impl NonceKey {
    pub(super) fn new(randomness: &dyn Randomness) -> Result<Self, LogonError> {
        let mut key = Zeroizing::new([0; 32]);
        randomness.fill(&mut *key)?;
        Ok(Self(key))
    }

    /// A new nonce.
    pub(super) fn make(
        &self,
        now: u64,
        realm: &str,
        randomness: &dyn Randomness,
    ) -> Result<String, LogonError> {
        let mut random = [0; 8];
        randomness.fill(&mut random)?;
        let mut bytes = Vec::with_capacity(16 + MAC_LENGTH);
        bytes.extend_from_slice(&now.to_be_bytes());
        bytes.extend_from_slice(&random);
        bytes.extend_from_slice(&self.mac((now, random), realm));
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What a nonce is; `None` if it is not one of this server.
    pub(super) fn read(&self, nonce: &str, realm: &str) -> Option<NonceId> {
        let bytes = URL_SAFE_NO_PAD.decode(nonce).ok()?;
        let (time, rest) = bytes.split_first_chunk::<8>()?;
        let (random, presented) = rest.split_first_chunk::<8>()?;
        let id = (u64::from_be_bytes(*time), *random);
        let own = self.mac(id, realm);
        bool::from(own.as_slice().ct_eq(presented)).then_some(id)
    }

    fn mac(&self, (time, random): NonceId, realm: &str) -> [u8; MAC_LENGTH] {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&*self.0)
            .expect("HMAC takes keys of any length");
        mac.update(&time.to_be_bytes());
        mac.update(&random);
        mac.update(realm.as_bytes());
        let mut cut = [0; MAC_LENGTH];
        cut.copy_from_slice(&mac.finalize().into_bytes()[..MAC_LENGTH]);
        cut
    }
}

/// The numbers that were used, by nonce.
pub(super) struct UsedNumbers {
    /// Oldest first.
    nonces: BTreeMap<NonceId, Used>,
    most: usize,
    /// Nonces up to this one were forgotten before their time: they are not good any more.
    forgotten: Option<NonceId>,
}

#[derive(Default)]
struct Used {
    highest: u32,
    /// The bit `n` stands for the number `highest - n`.
    seen: u128,
    /// Of the first request, which the key of a session may come from.
    cnonce: String,
}

impl UsedNumbers {
    pub(super) fn new(most: usize) -> Self {
        Self {
            nonces: BTreeMap::new(),
            most: most.max(1),
            forgotten: None,
        }
    }

    /// Whether the nonce was forgotten for want of room.
    pub(super) fn is_forgotten(&self, id: NonceId) -> bool {
        self.forgotten.is_some_and(|last| id <= last)
    }

    /// The client's part of the first request with this nonce.
    pub(super) fn first_cnonce(&self, id: NonceId) -> Option<&str> {
        self.nonces.get(&id).map(|used| &*used.cnonce)
    }

    /// Takes a number; false if it was taken before, or lies so far back that nobody knows.
    pub(super) fn take(&mut self, id: NonceId, number: u32, cnonce: &str, oldest: u64) -> bool {
        if self.is_forgotten(id) {
            return false;
        }
        while let Some(first) = self.nonces.first_entry() {
            if first.key().0 >= oldest {
                break;
            }
            first.remove();
        }
        let used = self.nonces.entry(id).or_insert_with(|| Used {
            cnonce: cnonce.to_owned(),
            ..Used::default()
        });
        let taken = used.take(number);
        if self.nonces.len() > self.most
            && let Some((first, _)) = self.nonces.pop_first()
        {
            self.forgotten = Some(first);
        }
        taken
    }

    /// How many nonces are kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.nonces.len()
    }
}

impl Used {
    fn take(&mut self, number: u32) -> bool {
        if number == 0 {
            return false;
        }
        if number > self.highest {
            let ahead = number - self.highest;
            self.seen = self.seen.checked_shl(ahead).unwrap_or_default() | 1;
            self.highest = number;
            return true;
        }
        // Requests on several connections overtake each other: some way back is borne.
        let bit = 1_u128
            .checked_shl(self.highest - number)
            .unwrap_or_default();
        if bit == 0 || self.seen & bit != 0 {
            return false;
        }
        self.seen |= bit;
        true
    }
}

/// The earliest birth of a nonce that is good now.
pub(super) fn oldest(now: u64, lifetime: Duration) -> u64 {
    let lifetime = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
    now.saturating_sub(lifetime)
}
