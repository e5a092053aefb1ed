//! How long the phases of a context's requests may take.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::manager::ServicePointManager;
use crate::timeouts::Timeouts;

impl ServicePointManager {
    /// How long each phase of requests without limits of their own may take; `None`, which holds
    /// unless set: as long as it takes.
    #[must_use]
    pub fn default_timeouts(&self) -> Option<Timeouts> {
        // Nearly every request finds none, and takes no lock for it.
        if !self.has_timeouts.load(Ordering::Acquire) {
            return None;
        }
        *self.timeouts.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets how long each phase of requests without limits of their own may take, from the next that
    /// is sent.
    pub fn set_default_timeouts(&self, timeouts: Option<Timeouts>) {
        let mut place = self
            .timeouts
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *place = timeouts;
        self.has_timeouts
            .store(timeouts.is_some(), Ordering::Release);
    }
}
