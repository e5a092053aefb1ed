//! Whether a challenge that came from outside is one of this process's own.
//!
//! Somebody who passes messages on can answer a client with the challenge of a server that runs
//! as the same user, and so let the user log in to itself ("reflection").

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The challenges that servers of this process have given out and not yet seen answered.
///
/// Give the same value to the servers and the clients of a process. Clones share it.
#[derive(Clone, Default)]
pub struct OwnChallenges {
    open: Arc<Mutex<HashSet<[u8; 8]>>>,
}

impl OwnChallenges {
    /// No challenge yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a server of this process waits for the answer to this challenge.
    #[must_use]
    pub fn contains(&self, challenge: &[u8; 8]) -> bool {
        self.lock().contains(challenge)
    }

    /// Notes a challenge for as long as the result lives.
    pub(super) fn issue(&self, challenge: [u8; 8]) -> Issued {
        self.lock().insert(challenge);
        Issued {
            of: self.clone(),
            challenge,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<[u8; 8]>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for OwnChallenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnChallenges")
            .field("open", &self.lock().len())
            .finish()
    }
}

/// A challenge that waits for its answer.
pub(super) struct Issued {
    of: OwnChallenges,
    challenge: [u8; 8],
}

impl Drop for Issued {
    fn drop(&mut self) {
        self.of.lock().remove(&self.challenge);
    }
}
