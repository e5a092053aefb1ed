//! Where the random bytes of logins come from.

use super::{LogonError, LogonErrorKind};

/// A source of random bytes, so that tests can replay a login.
pub trait Randomness: Send + Sync {
    /// Fills all of `bytes`.
    ///
    /// # Errors
    /// The source has failed; the login cannot go on.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), LogonError>;
}

/// The operating system's secure generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), LogonError> {
        getrandom::fill(bytes).map_err(|error| {
            let message = "the operating system gave no random bytes";
            LogonError::new(LogonErrorKind::Unavailable, message).with_source(error)
        })
    }
}
