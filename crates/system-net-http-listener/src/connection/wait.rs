//! One wait with a time limit that begins at the first `Pending`.

use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use system_net_primitives::Clock;
use system_net_runtime::Timer;

use crate::timeouts::deadline;

/// A timer together with when the current wait ends.
#[derive(Debug, Default)]
pub(crate) struct Wait {
    timer: Timer,
    /// Set at the first poll of the wait; the inner one is `None` if it has no limit.
    end: Option<Option<Instant>>,
    /// When the timer will wake the task; `None` if that is not known for certain.
    armed: Option<Instant>,
}

impl Wait {
    /// Begins anew at the next poll.
    #[inline]
    pub(crate) fn restart(&mut self) {
        self.end = None;
    }

    /// The timer, for waits of another kind.
    pub(crate) fn timer(&mut self) -> &mut Timer {
        self.armed = None;
        &mut self.timer
    }

    /// When the timer will wake the task, if that is known for certain.
    pub(crate) fn armed(&self) -> Option<Instant> {
        self.armed
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
            Some(end) => self.timer().poll_until(cx, end),
            None => Poll::Pending,
        }
    }

    /// As [`poll`](Self::poll), for a timer that one task alone polls. `since` is when the wait
    /// began, if that is known.
    ///
    /// A timer that will wake the task in time anyway is not looked at in the first poll of a wait:
    /// most waits end before their time, and then it need not be moved either.
    #[inline]
    pub(crate) fn poll_in_task(
        &mut self,
        cx: &mut Context<'_>,
        clock: &dyn Clock,
        since: Option<Instant>,
        timeout: Duration,
    ) -> Poll<()> {
        if self.end.is_none() {
            let now = since.unwrap_or_else(|| clock.now());
            let end = deadline(now, timeout);
            self.end = Some(end);
            match (self.armed, end) {
                (Some(armed), Some(end)) if now < armed && armed <= end => return Poll::Pending,
                _ => {}
            }
        }
        self.poll_armed(cx, clock)
    }

    /// As [`poll_in_task`](Self::poll_in_task), for a wait that began some time ago.
    #[cold]
    pub(crate) fn poll_since(
        &mut self,
        cx: &mut Context<'_>,
        clock: &dyn Clock,
        since: Instant,
        timeout: Duration,
    ) -> Poll<()> {
        self.end = Some(deadline(since, timeout));
        self.poll_armed(cx, clock)
    }

    #[cold]
    fn poll_armed(&mut self, cx: &mut Context<'_>, clock: &dyn Clock) -> Poll<()> {
        let Some(end) = self.end.flatten() else {
            return Poll::Pending;
        };
        let now = clock.now();
        let pending = self.armed.filter(|armed| now < *armed);
        if pending.is_none() {
            // It may have fired while nobody waited: then it would not fire again.
            self.timer.release();
        }
        let polled = self.timer.poll_until(cx, end);
        // An earlier moment stays; the timer moves on from there when it comes.
        self.armed = polled
            .is_pending()
            .then(|| pending.map_or(end, |pending| pending.min(end)));
        polled
    }
}
