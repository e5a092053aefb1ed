//! How fast a client takes what it is sent: the time is counted in which it lets us wait, and no other.
//!
//! A program that gives its answer in pieces has the client wait in between, and while nothing of ours waits to be
//! taken the client is not slow. The times of waiting are put together to periods, be they of one piece or of
//! many; over each of them the client has to keep to the least rate.

use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use system_net_primitives::Clock;
use system_net_runtime::Timer;

use crate::timeouts::HttpListenerTimeoutManager;

/// How fast a client takes what it is sent.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Since when the client lets us wait; `None` while it does not.
    since: Option<Instant>,
    period: Option<Period>,
}

/// So much waiting as is judged at once, in one piece or in many.
#[derive(Debug)]
struct Period {
    length: Duration,
    /// How long the client let us wait in it, up to the wait that lasts.
    waited: Duration,
    /// What it had taken before.
    before: u64,
}

impl Pace {
    /// Whether the client lets us wait.
    #[inline]
    pub(crate) fn waits(&self) -> bool {
        self.since.is_some()
    }

    /// Nothing waits for the client any more.
    pub(crate) fn rest(&mut self, now: impl FnOnce() -> Instant) {
        let Some(since) = self.since.take() else {
            return;
        };
        if let Some(period) = &mut self.period {
            period.waited += now().saturating_duration_since(since);
            // A little over its end the client may be judged when it lets us wait again. If nobody has looked for
            // much longer, it was not the client that was waited for.
            if period.waited >= 2 * period.length {
                self.period = None;
            }
        }
    }

    /// When the period is over if the wait lasts so long; `taken` is how much the client took so far.
    fn end(
        &mut self,
        taken: u64,
        length: Duration,
        now: impl FnOnce() -> Instant,
    ) -> Option<Instant> {
        let since = *self.since.get_or_insert_with(now);
        let period = self.period.get_or_insert(Period {
            length,
            waited: Duration::ZERO,
            before: taken,
        });
        period.length = length;
        since.checked_add(length.saturating_sub(period.waited))
    }

    /// The period is over, and the wait lasts. Whether the client was too slow in it.
    fn judge(&mut self, taken: u64, rate: u64) -> bool {
        self.since = None;
        let over = self.period.take();
        over.is_some_and(|period| {
            let took = u128::from(taken - period.before) * 1000;
            took < u128::from(rate) * period.length.as_millis()
        })
    }

    /// The client lets us wait. Ready if it has done so for too long; `taken` is how much it took so far.
    pub(crate) fn poll_too_slow(
        &mut self,
        taken: u64,
        cx: &mut Context<'_>,
        timer: &mut Timer,
        clock: &dyn Clock,
        timeouts: &HttpListenerTimeoutManager,
    ) -> Poll<()> {
        let rate = timeouts.min_send_bytes_per_second();
        let length = timeouts.min_send_period();
        if rate == 0 || length.is_zero() {
            return Poll::Pending;
        }
        loop {
            let Some(end) = self.end(taken, length, || clock.now()) else {
                return Poll::Pending;
            };
            ready!(timer.poll_until(cx, end));
            if self.judge(taken, rate) {
                return Poll::Ready(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use system_net_primitives::FakeClock;

    use super::*;

    const LENGTH: Duration = Duration::from_secs(10);
    const SECOND: Duration = Duration::from_secs(1);

    /// A client that takes so many bytes in each second in which it is let, in waits of one second between which
    /// the program gives nothing for so long. After how many seconds of waiting it is cut off, of a hundred.
    fn cut_after(rate: u64, takes: u64, pause: Duration) -> Option<u64> {
        let clock = FakeClock::default();
        let mut pace = Pace::default();
        let mut taken = 0;
        for second in 1..=100 {
            let begun = clock.now();
            let end = pace.end(taken, LENGTH, || begun).unwrap();
            clock.advance(SECOND);
            assert!(pace.waits());
            if clock.now() >= end && pace.judge(taken + takes, rate) {
                return Some(second);
            }
            taken += takes;
            pace.rest(|| clock.now());
            assert!(!pace.waits());
            clock.advance(pause);
        }
        None
    }

    #[test]
    fn the_rate_holds_for_pieces_together() {
        for pause in [0, 1, 3600].map(Duration::from_secs) {
            assert_eq!(cut_after(1_000_000, 1_000_000, pause), None);
            assert_eq!(cut_after(1_000_000, 999_999, pause), Some(10));
            assert_eq!(cut_after(1_000_000, 65_536, pause), Some(10));
            assert_eq!(cut_after(65_536, 65_536, pause), None);
            assert_eq!(cut_after(150, 0, pause), Some(10));
        }
    }

    /// Who was fast once does not live on that: each period counts for itself.
    #[test]
    fn each_period_counts_for_itself() {
        let clock = FakeClock::default();
        let mut pace = Pace::default();
        let end = pace.end(0, LENGTH, || clock.now()).unwrap();
        assert_eq!(end - clock.now(), LENGTH);
        clock.advance(LENGTH);
        assert!(!pace.judge(1 << 30, 1000));
        let end = pace.end(1 << 30, LENGTH, || clock.now()).unwrap();
        assert_eq!(end - clock.now(), LENGTH);
        assert!(pace.judge((1 << 30) + 9_999, 1000));
    }

    /// A wait for which nobody was there at the end of the period says nothing of the client.
    #[test]
    fn what_nobody_waited_for_does_not_count() {
        let clock = FakeClock::default();
        let mut pace = Pace::default();
        pace.end(0, LENGTH, || clock.now()).unwrap();
        clock.advance(6 * SECOND);
        pace.rest(|| clock.now());
        // Four are left.
        let end = pace.end(1, LENGTH, || clock.now()).unwrap();
        assert_eq!(end - clock.now(), 4 * SECOND);
        clock.advance(60 * SECOND);
        pace.rest(|| clock.now());
        let end = pace.end(2, LENGTH, || clock.now()).unwrap();
        assert_eq!(end - clock.now(), LENGTH);
        clock.advance(12 * SECOND);
        pace.rest(|| clock.now());
        let end = pace.end(9_999, LENGTH, || clock.now()).unwrap();
        assert_eq!(end, clock.now());
        assert!(pace.judge(9_999, 1000));
        pace.end(9_999, LENGTH, || clock.now()).unwrap();
        // A rest behind a rest is none.
        pace.rest(|| clock.now());
        pace.rest(|| panic!("nobody waits"));
    }
}
