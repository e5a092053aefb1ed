//! The limits of a request's phases.

use std::time::Duration;

use system_net_primitives::{Clock, Misuse, SystemClock};

use super::exchange::Exchange;
use super::properties::Properties;
use super::request::HttpWebRequest;
use super::round_trip::Failure;
use crate::error::{Phase, WebError};
use crate::timeouts::{End, Timeouts};

impl HttpWebRequest {
    /// How long each phase of the request may take. Those of the
    /// [`ServicePointManager`](crate::ServicePointManager::default_timeouts) unless set.
    #[must_use]
    pub fn timeouts(&self) -> Timeouts {
        let own = self.extras().and_then(|extras| extras.timeouts);
        own.or_else(|| self.manager.default_timeouts())
            .unwrap_or_default()
    }

    /// Sets how long each phase of the request may take; `None`: as the manager has it when the
    /// request is sent.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_timeouts(&mut self, timeouts: Option<Timeouts>) -> Result<(), Misuse> {
        self.extras_mut()?.timeouts = timeouts;
        Ok(())
    }
}

impl Properties {
    /// When all of the request must be over, counted from the first call of this.
    pub(super) fn end(&self, timeouts: &Timeouts) -> Option<End> {
        let limit = timeouts.total()?;
        let begun = *self.begun.get_or_init(|| SystemClock.now());
        let at = begun.checked_add(limit);
        Some(End { at, limit })
    }
}

impl Exchange {
    pub(super) fn timeouts(&self) -> Timeouts {
        self.timeouts.as_deref().copied().unwrap_or_default()
    }

    pub(super) fn end(&self) -> Option<End> {
        let timeouts = self.timeouts.as_deref()?;
        self.properties.end(timeouts)
    }
}

/// A phase took too long.
pub(super) fn over(phase: Phase) -> impl Fn(Duration) -> WebError {
    move |limit| WebError::over(phase, limit)
}

impl Failure {
    /// The same, of a round trip: the connection is of no more use, but it was not lost.
    pub(super) fn over(phase: Phase) -> impl Fn(Duration) -> Self {
        move |limit| Self {
            error: WebError::over(phase, limit),
            connection_lost: false,
        }
    }
}
