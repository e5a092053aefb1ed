//! A flag that one thread raises and others wait for.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A flag that is raised once and wakes all who wait for it; clones share the flag.
#[derive(Clone, Debug, Default)]
pub struct Signal {
    shared: Arc<(Mutex<bool>, Condvar)>,
}

impl Signal {
    /// A signal that is not raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the signal; it stays raised.
    pub fn raise(&self) {
        let mut raised = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        *raised = true;
        self.shared.1.notify_all();
    }

    /// Whether the signal was raised.
    pub fn is_raised(&self) -> bool {
        *self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the signal; `false` when `limit` passed before it was raised.
    pub fn wait(&self, limit: Duration) -> bool {
        let raised = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (raised, _) = self
            .shared
            .1
            .wait_timeout_while(raised, limit, |raised| !*raised)
            .unwrap_or_else(PoisonError::into_inner);
        *raised
    }
}
