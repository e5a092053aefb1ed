//! One wait with a time limit that begins at the first `Pending`.

use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use system_net_primitives::Clock;
use system_net_runtime::Timer;

use crate::timeouts::deadline;

/// A timer together with when the current wait ends.
#[derive(Debug, Default)]
pub(crate) struct Wait {
    pub(crate) timer: Timer,
    /// Set at the first poll of the wait; the inner one is `None` if it has no limit.
    end: Option<Option<Instant>>,
}

impl Wait {
    /// Begins anew at the next poll.
    #[inline]
    pub(crate) fn restart(&mut self) {
        self.end = None;
    }

    /// Ready once `timeout` has passed since the first poll of this wait.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        clock: &dyn Clock,
        timeout: Duration,
    ) -> Poll<()> {
        let end = match self.end {
            Some(end) => end,
            None => *self.end.insert(deadline(clock.now(), timeout)),
        };
        match end {
            Some(end) => self.timer.poll_until(cx, end),
            None => Poll::Pending,
        }
    }
}
